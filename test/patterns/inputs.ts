import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { IQueueFed } from '../../src';
import { QueueFed } from '../../src';

export function newFunction(inputs: Construct, props: Partial<lambda.FunctionProps> = {}, id = 'Handler'): lambda.Function {
  return new lambda.Function(inputs, id, {
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline('exports.handler = async () => ({ batchItemFailures: [] });'),
    timeout: Duration.seconds(20),
    ...props,
  });
}

/** A table with a stream. The CDK of our floor warns of what it does in TableV2 itself, which is not for users to hear. */
export function newTable(inputs: Construct, props: Partial<dynamodb.TablePropsV2> = {}, id = 'Table'): dynamodb.TableV2 {
  const { JSII_DEPRECATED: before } = process.env;
  process.env.JSII_DEPRECATED = 'quiet';
  try {
    return new dynamodb.TableV2(inputs, id, {
      partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
      dynamoStream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      ...props,
    });
  } finally {
    before === undefined ? delete process.env.JSII_DEPRECATED : process.env.JSII_DEPRECATED = before;
  }
}

/** A consumer of messages: a queue with its dead-letter queue. */
export function newConsumer(inputs: Construct, id: string, props: sqs.QueueProps = {}): IQueueFed {
  const fifo = props.fifo ? { fifo: true } : {};
  const queue = new sqs.Queue(inputs, `${id}DeadLetters`, { ...fifo, enforceSSL: true, retentionPeriod: Duration.days(14) });
  return QueueFed.of(new sqs.Queue(inputs, `${id}Queue`, { ...props, enforceSSL: true, deadLetterQueue: { queue, maxReceiveCount: 5 } }), queue);
}

/** Differs from every default. */
export const COUNT_ALARM = { enabled: true, threshold: 7, period: Duration.minutes(2), evaluationPeriods: 6, datapointsToAlarm: 4 };
export const DURATION_ALARM = { ...COUNT_ALARM, threshold: Duration.seconds(13) };
export const OFF = { enabled: false };

/** What a function can be told of a standard queue of its own, besides filters, for forms that state every prop. */
export function statedConsumer(inputs: Construct) {
  return {
    handlerTimeout: Duration.seconds(20),
    batchSize: 100,
    maxBatchingWindow: Duration.seconds(5),
    maxConcurrency: 20,
    maxReceiveCount: 8,
    retentionPeriod: Duration.days(2),
    visibilityTimeout: Duration.minutes(3),
    deliveryDelay: Duration.seconds(30),
    maximumMessageSize: Size.kibibytes(256),
    enabled: false,
    encryptionKey: new kms.Key(inputs, 'Key', { enableKeyRotation: true }),
    filterEncryption: new kms.Key(inputs, 'FilterKey', { enableKeyRotation: true }),
    metricsConfig: { metrics: [lambda.MetricType.EVENT_COUNT] },
    alarms: {
      deadLetters: COUNT_ALARM,
      moreDeadLetters: COUNT_ALARM,
      messageAge: DURATION_ALARM,
      handlerErrors: COUNT_ALARM,
      handlerThrottles: COUNT_ALARM,
      handlerDuration: DURATION_ALARM,
    },
    removalPolicy: RemovalPolicy.RETAIN,
  };
}
