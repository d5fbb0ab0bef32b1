import { join } from 'node:path';
import { Duration, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { bundle } from './bundle';
import type { RunQueues } from './runs';
import type { IQueueFed } from '../../src';

/** A consumer whose dead letters an operator may be allowed to move back. */
export interface RedrivableConsumer extends IQueueFed {
  grantRedrive(grantee: iam.IGrantable): iam.Grant;
}

export interface LedgerHandlerProps {
  /** The module that exports `handler`, made with `recordingHandler`. @default - a handler that does nothing but record */
  readonly entry?: string;
  /** @default Duration.seconds(3) */
  readonly timeout?: Duration;
  readonly environment?: Record<string, string>;
}

/**
 * Accounts for every message that goes through a queue-fed consumer.
 *
 * A producer sends numbered messages with planned faults, handlers record what they did, and an auditor says where each message is: done, set aside, in flight or
 * lost. What was accepted comes from SQS's answers, what was done from conditional writes to a table, what is set aside from the dead-letter queue itself.
 *
 * One ledger follows any number of consumers, each as a run of its own.
 */
export class Ledger extends Construct {
  readonly table: dynamodb.TableV2;
  /** Sends the messages of a run. Payload: `ProducerEvent`. */
  readonly producer: lambda.Function;
  /** Draws up the books of a run. Payload: `{ run }`; answer: `Books`. */
  readonly auditor: lambda.Function;
  /** Repairs the poison of a run and moves its dead letters back. Payload: `RedriveEvent`; answer: `RedriveAnswer`. */
  readonly redriver: lambda.Function;

  private readonly runs: Record<string, RunQueues> = {};

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.table = new dynamodb.TableV2(this, 'Table', {
      partitionKey: { name: 'run', type: dynamodb.AttributeType.STRING },
      sortKey: { name: 'entry', type: dynamodb.AttributeType.STRING },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.producer = this.newFunction('Producer');
    this.auditor = this.newFunction('Auditor');
    this.redriver = this.newFunction('Redriver');
  }

  /** Makes a handler that records its deliveries and effects. */
  newHandler(scope: Construct, id: string, props: LedgerHandlerProps = {}): lambda.Function {
    return this.newRecorder(scope, id, props.entry ?? join(__dirname, 'handlers', 'consumer.ts'), props.timeout ?? Duration.seconds(3), props.environment);
  }

  /** Makes a handler that can also be asked what its role allows. Payload: `Record<string, Probe>`; answer: `allowed` or `refused` for each. */
  newProber(scope: Construct, id: string, props: Omit<LedgerHandlerProps, 'entry'> = {}): lambda.Function {
    return this.newHandler(scope, id, { ...props, entry: join(__dirname, 'handlers', 'prober.ts') });
  }

  /** Follows a consumer under the name of a run. Its handler must be made with `newHandler`. */
  follow(run: string, consumer: RedrivableConsumer): void {
    const { queue, deadLetterQueue } = consumer;
    this.runs[run] = {
      queueUrl: queue.queueUrl,
      queueArn: queue.queueArn,
      deadLetterQueueUrl: deadLetterQueue.queueUrl,
      deadLetterQueueArn: deadLetterQueue.queueArn,
    };
    queue.grantSendMessages(this.producer);
    // On AWS, sqs:SendMessage covers batches; the local emulator asks for the name of the call.
    queue.grant(this.producer, 'sqs:SendMessageBatch');
    // Without the right to delete: the auditor changes nothing.
    queue.grant(this.auditor, 'sqs:GetQueueAttributes');
    deadLetterQueue.grant(this.auditor, 'sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility');
    deadLetterQueue.encryptionMasterKey?.grantDecrypt(this.auditor);
    consumer.grantRedrive(this.redriver);
  }

  private newFunction(id: string): lambda.Function {
    return this.newRecorder(this, id, join(__dirname, 'handlers', `${id.toLowerCase()}.ts`), Duration.minutes(5), {
      LEDGER_RUNS: Lazy.string({ produce: () => Stack.of(this).toJsonString(this.runs) }),
    });
  }

  private newRecorder(scope: Construct, id: string, entry: string, timeout: Duration, environment?: Record<string, string>): lambda.Function {
    const recorder = new lambda.Function(scope, id, {
      runtime: lambda.Runtime.NODEJS_22_X,
      architecture: lambda.Architecture.ARM_64,
      handler: 'index.handler',
      code: bundle(entry),
      timeout,
      memorySize: 512,
      environment: { LEDGER_TABLE: this.table.tableName, ...environment },
      // Lambda would make one by itself, and leave it behind.
      logGroup: new logs.LogGroup(scope, `${id}Logs`, { retention: logs.RetentionDays.ONE_DAY, removalPolicy: RemovalPolicy.DESTROY }),
    });
    this.table.grantReadWriteData(recorder);
    return recorder;
  }
}
