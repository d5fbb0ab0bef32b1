import { Duration } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as logs from 'aws-cdk-lib/aws-logs';
import * as pipes from 'aws-cdk-lib/aws-pipes';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { JOB } from './job-record';
import { pipeLogs, pipeLogsId } from '../../private/pipes/pipe-logs';
import type { JobEngineConfig } from '../job-engine';

export interface JobPipeProps {
  readonly role: iam.Role;
  readonly table: dynamodb.Table;
  readonly engine: JobEngineConfig;
  readonly timeout: Duration;
  readonly deadLetterQueue: sqs.Queue;
  readonly encryptionKey: kms.IKey | undefined;
  /** Undefined: no logs. */
  readonly logRetention: logs.RetentionDays | undefined;
}

/**
 * Makes the pipe that gives each accepted job to its engine.
 */
export function newJobPipe(scope: Construct, id: string, props: JobPipeProps): pipes.CfnPipe {
  const { role, table, deadLetterQueue, encryptionKey, logRetention } = props;
  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-permissions.html
  const reading = new iam.PolicyStatement({ actions: STREAM_ACTIONS, resources: [streamArnOf(table)] });
  const permissions = role.addToPrincipalPolicy(reading).policyDependable;
  // On one stream this would grant nothing. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
  role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ['dynamodb:ListStreams'], resources: ['*'] }));
  encryptionKey?.grantDecrypt(role);
  deadLetterQueue.grantSendMessages(role);
  const pipe = new pipes.CfnPipe(scope, id, {
    description: 'Gives each accepted job to the engine.',
    ...jobPipeProps(props),
    logConfiguration: logRetention && pipeLogs(scope, pipeLogsId(id), logRetention),
  });
  // EventBridge refuses a pipe whose role may not read the stream yet.
  pipe.node.addDependency(...permissions ? [permissions] : []);
  return pipe;
}

/** What the pipe does with the stream. */
export const STREAM_ACTIONS = ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'];

export function streamArnOf(table: dynamodb.Table): string {
  return table.tableStreamArn ?? '';
}

/** Which records a pipe reads, how long it tries, where it puts what it cannot deliver, and what it gives to whom. */
export function jobPipeProps({ role, table, engine, timeout, deadLetterQueue }: JobPipeProps) {
  return {
    roleArn: role.roleArn,
    source: streamArnOf(table),
    sourceParameters: {
      filterCriteria: { filters: [{ pattern: JSON.stringify({ eventName: ['INSERT'] }) }] },
      dynamoDbStreamParameters: {
        startingPosition: 'TRIM_HORIZON',
        batchSize: engine.batchSize ?? 1,
        // Jobs need no order, and what fails holds up only the tenth of a shard that it is in.
        parallelizationFactor: MOST_PARALLEL_BATCHES,
        onPartialBatchItemFailure: 'AUTOMATIC_BISECT',
        // A job is tried for as long as it could still be done.
        maximumRecordAgeInSeconds: Math.min(timeout.toSeconds(), STREAM_RETENTION.toSeconds()),
        deadLetterConfig: { arn: deadLetterQueue.queueArn },
      },
    },
    target: engine.targetArn,
    // With the table's name, a worker needs to be told nothing else, and may work for several APIs.
    targetParameters: { ...engine.targetParameters, inputTemplate: `{"table": "${table.tableName}", "job": <$.dynamodb.Keys.${JOB.key}.S>}` },
  } satisfies pipes.CfnPipeProps;
}

/** https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_PipeSourceDynamoDBStreamParameters.html */
const MOST_PARALLEL_BATCHES = 10;

/** A stream keeps its records no longer. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html */
const STREAM_RETENTION = Duration.hours(24);
