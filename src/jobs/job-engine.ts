import type { Duration, Size } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type * as pipes from 'aws-cdk-lib/aws-pipes';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/**
 * What a `PollingStatusApi` gives its engine to work with.
 */
export interface JobEngineBindOptions {
  /**
   * The table of the jobs, with `jobKey` as its partition key.
   */
  readonly table: dynamodb.ITable;

  /**
   * The role of the pipe, which must be allowed to deliver to the engine.
   */
  readonly pipeRole: iam.IRole;

  /**
   * Time that a job may take after it is accepted.
   */
  readonly timeout: Duration;

  /**
   * Dead-letter queue for what cannot be delivered: a standard queue with an alarm.
   */
  readonly deadLetterQueue: sqs.IQueue;

  /**
   * The customer-managed key of the table and the queue.
   *
   * @default - none
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Retention of logs.
   */
  readonly logRetention: logs.RetentionDays;
}

/**
 * Where a pipe delivers the jobs to.
 */
export interface JobEngineConfig {
  /**
   * The ARN of the pipe's target. It gets an object with `table` (name of the table) and `job` (key of the job in it); a target that takes
   * batches as one payload gets an array of one.
   */
  readonly targetArn: string;

  /**
   * Parameters of the target, without an input template.
   *
   * @default - none
   */
  readonly targetParameters?: pipes.CfnPipe.PipeTargetParametersProperty;

  /**
   * Number of jobs that the pipe delivers at a time.
   *
   * @default 1
   */
  readonly batchSize?: number;

  /**
   * The alarms on the engine, by names that are its own.
   *
   * @default - none
   */
  readonly alarms?: { [name: string]: cloudwatch.Alarm };
}

/**
 * What works on the jobs of a `PollingStatusApi`: `StateMachineEngine`, `FunctionEngine`, `QueueEngine`, or one of your own.
 *
 * It gets the key of each job, at least once. It takes the job by setting `jobStatus` from `PENDING` to `RUNNING`, which also gives it the
 * body, and records how the job ends; both with conditions, so that no end is ever overwritten.
 */
export interface IJobEngine {
  /**
   * The largest body that the engine can work with.
   *
   * @default - 256 KiB, the most that the API accepts
   */
  readonly maxBodySize?: Size;

  /**
   * Makes what the engine needs, and allows the pipe to deliver to it.
   *
   * @param scope where to make it
   * @param options what to work with
   */
  bind(scope: Construct, options: JobEngineBindOptions): JobEngineConfig;
}
