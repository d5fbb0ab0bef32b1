import { Duration, Size } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { COUNT_ALARM, newFunction, OFF, statedConsumer } from './inputs';
import { pattern } from './pattern';
import { BucketFedFunction } from '../../src';
import { BUCKET_FED_FUNCTION_BOUNDS } from '../../src/storage/bucket-fed-function.rules';

/** A live bucket that sends its events to EventBridge. */
function newBucket(inputs: Construct): s3.Bucket {
  const bucket = new s3.Bucket(inputs, 'Bucket', { enforceSSL: true });
  (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  return bucket;
}

export const bucketFedFunction = pattern(BucketFedFunction, {
  'default': { props: (inputs) => ({ handler: newFunction(inputs) }) },
  'every prop': {
    props: (inputs) => ({
      handler: newFunction(inputs),
      ...statedConsumer(inputs),
      prefix: 'in/',
      suffix: '.csv',
      minObjectSize: Size.bytes(0),
      maxObjectSize: Size.mebibytes(100),
      outputPrefix: 'out/',
      filters: [lambda.FilterCriteria.filter({ body: { detail: { reason: lambda.FilterRule.isEqual('PutObject') } } })],
      deliveryAlarms: {
        deadLetters: COUNT_ALARM,
        moreDeadLetters: COUNT_ALARM,
        failedInvocations: COUNT_ALARM,
        failedToSendToDlq: COUNT_ALARM,
        objectsTooLarge: COUNT_ALARM,
      },
    }),
  },
  'fifo, adopted bucket': {
    props: (inputs) => ({
      handler: newFunction(inputs),
      bucket: newBucket(inputs),
      fifo: true,
      contentBasedDeduplication: true,
      highThroughput: true,
      deadLetterQueue: new sqs.Queue(inputs, 'DeadLetters', { fifo: true, enforceSSL: true, retentionPeriod: Duration.days(14) }),
    }),
  },
  'adopted queue, provisioned pollers': {
    props: (inputs) => {
      const deadLetterQueue = { queue: new sqs.Queue(inputs, 'DeadLetters', { retentionPeriod: Duration.days(14), enforceSSL: true }), maxReceiveCount: 3 };
      return {
        handler: newFunction(inputs),
        queue: new sqs.Queue(inputs, 'Queue', { visibilityTimeout: Duration.minutes(2), enforceSSL: true, deadLetterQueue }),
        provisionedPollerConfig: { minimumPollers: 3, maximumPollers: 30 },
      };
    },
    oneStack: true,
  },
  'imported handler and bucket, alarms off': {
    props: (inputs) => ({
      handler: lambda.Function.fromFunctionAttributes(inputs, 'Handler', {
        // Two imports of one function share its alarms, so the names follow the place.
        functionArn: `arn:aws:lambda:us-east-1:111122223333:function:${inputs.node.scope?.node.id}`,
        sameEnvironment: true,
      }),
      handlerTimeout: Duration.seconds(20),
      bucket: s3.Bucket.fromBucketName(inputs, 'Bucket', 'uploads'),
      alarms: { deadLetters: OFF, moreDeadLetters: OFF, messageAge: OFF, handlerErrors: OFF, handlerThrottles: OFF, handlerDuration: OFF },
      deliveryAlarms: { deadLetters: OFF, moreDeadLetters: OFF, failedInvocations: OFF, failedToSendToDlq: OFF },
    }),
    silent: true,
    warnings: ['handlerRoleUnknown', 'handlerRoleUnknown', 'adoptedBucketUnchecked'],
  },
}, { ofProps: BUCKET_FED_FUNCTION_BOUNDS });
