import type { StackProps } from 'aws-cdk-lib';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { consumerIn, importedConsumerIn, problemsIn, warningIds } from './fixtures';
import type { FailureBucketProps, FailureConsumerOptions, IQueueFed } from '../../src';
import { FailureBucket } from '../../src';
import { newStack } from '../messaging/fixtures';

const ENV: StackProps = { env: { region: 'eu-west-1', account: '111122223333' } };

describe('the props', () => {
  const problemsWith = (props: (stack: Stack) => FailureBucketProps) => {
    const stack = new Stack(new App(), 'Stack', ENV);
    return problemsIn(() => new FailureBucket(stack, 'Failures', props(stack)));
  };

  test.each<[string, (stack: Stack) => FailureBucketProps, string]>([
    ['an expiration of part of a day', () => ({ expiration: Duration.hours(36) }), 'expiration is 1.5 days, but must be from 1 to 36500 whole days: leave it out for 90 days'],
    ['no expiration at all', () => ({ expiration: Duration.days(0) }), 'expiration is 0 days, but must be from 1 to 36500 whole days: leave it out for 90 days'],
    ['an AWS-managed key', (stack) => ({ encryptionKey: kms.Alias.fromAliasName(stack, 'Key', 'alias/aws/s3') }), (
      'encryptionKey is the AWS-managed key \'alias/aws/s3\', which services may not use for each other, but must be a customer-managed key: give one, or leave encryptionKey out for SSE-S3'
    )],
    ['a snapshot', () => ({ removalPolicy: RemovalPolicy.SNAPSHOT }), (
      'removalPolicy is snapshot, but there are no snapshots of a bucket: set RemovalPolicy.RETAIN or RemovalPolicy.DESTROY, or leave removalPolicy out'
    )],
    ['a prefix of logs that go nowhere', () => ({ serverAccessLogsPrefix: 'logs/' }), (
      'serverAccessLogsPrefix is \'logs/\', but serverAccessLogsBucket is not set, so the logs would be among the failures, and each would ring the alarm: ' +
      'give another bucket as serverAccessLogsBucket, or leave the prefix out'
    )],
    ['logs in another account', (stack) => ({ serverAccessLogsBucket: s3.Bucket.fromBucketAttributes(stack, 'Logs', { bucketName: 'logs', account: '444455556666' }) }), (
      'serverAccessLogsBucket \'Stack/Logs\' is in account 444455556666, but this stack is in 111122223333, and S3 delivers access logs only within a account: give a bucket of the same account'
    )],
    ['an alarm that makes no sense', () => ({ alarms: { failuresStored: { threshold: -1 } } }), (
      'alarms.failuresStored.threshold is -1, but must be 0 or more, because the alarm fires above it: leave it out for the default'
    )],
  ])('take not %s', (_, props, problem) => {
    expect(problemsWith(props)).toEqual([problem]);
  });

  test('are all told of at once', () => {
    expect(problemsWith(() => ({ expiration: Duration.days(0), removalPolicy: RemovalPolicy.SNAPSHOT, serverAccessLogsPrefix: 'logs/' }))).toHaveLength(3);
  });
});

describe('a consumer', () => {
  const problemsWith = (consumer: (stack: Stack) => IQueueFed, options: FailureConsumerOptions = {}, props: FailureBucketProps = {}) => {
    const stack = new Stack(new App(), 'Stack', ENV);
    const failures = new FailureBucket(stack, 'Failures', props);
    const fed = consumer(stack);
    return problemsIn(() => failures.addConsumer('Inspection', fed, options));
  };

  test.each<[string, (stack: Stack) => IQueueFed, FailureConsumerOptions, string]>([
    ['with a message group without a FIFO queue', (stack) => consumerIn(stack), { messageGroupId: 'failures' }, (
      'messageGroupId is \'failures\', but queue \'Stack/OrdersQueue\' is a standard queue: leave messageGroupId out, or give a consumer with a FIFO queue'
    )],
    ['with a FIFO queue that takes no message of EventBridge', (stack) => consumerIn(stack, 'Orders', { fifo: true }), {}, (
      'queue \'Stack/OrdersQueue\' is a FIFO queue without contentBasedDeduplication, but EventBridge sends no MessageDeduplicationId, so SQS would refuse every message: ' +
      'set contentBasedDeduplication: true on the queue, or give a consumer with a standard queue'
    )],
    ['with the AWS-managed key of SQS', (stack) => consumerIn(stack, 'Orders', { encryption: sqs.QueueEncryption.KMS_MANAGED }), {}, (
      'queue \'Stack/OrdersQueue\' is encrypted with the AWS-managed key \'alias/aws/sqs\', which EventBridge may not use, so that it would deliver nothing: ' +
      'encrypt it with SSE-SQS (sqs.QueueEncryption.SQS_MANAGED) or a customer-managed key'
    )],
    ['in another account', (stack) => importedConsumerIn(stack, 'Orders', 'arn:aws:sqs:eu-west-1:444455556666:orders'), {}, (
      'queue \'Stack/OrdersQueue\' is in account 444455556666, but the rule that delivers to it is in 111122223333, and EventBridge delivers to another account only by a role, which this target does not have: ' +
      'give a consumer in account 111122223333'
    )],
    ['with an alarm that makes no sense', (stack) => consumerIn(stack), { alarms: { deadLetters: { threshold: -1 } } }, (
      'alarms.deadLetters.threshold is -1, but must be 0 or more, because the alarm fires above it: leave it out for the default'
    )],
  ])('is not one %s', (_, consumer, options, problem) => {
    expect(problemsWith(consumer, options)).toEqual([problem]);
  });

  test('must not be told of what has expired', () => {
    expect(problemsWith((stack) => consumerIn(stack), {}, { expiration: Duration.days(18) })).toEqual([
      'expiration is 18 days, but Stack/Failures/Inspection may read a stored failure for 19 days ' +
      '(1 day in which EventBridge may go on trying to deliver + 4 days in its queue + 14 days in its dead-letter queue): set expiration: Duration.days(19) or longer, or leave it out',
    ]);
    expect(problemsWith((stack) => consumerIn(stack), {}, { expiration: Duration.days(19) })).toEqual([]);
  });

  test('of which it is not known how long it keeps a message is taken', () => {
    expect(problemsWith((stack) => importedConsumerIn(stack), {}, { expiration: Duration.days(1) })).toEqual([]);
  });

  test('that failed its checks leaves nothing behind', () => {
    const stack = newStack();
    const failures = new FailureBucket(stack, 'Failures');
    const consumer = consumerIn(stack);
    problemsIn(() => failures.addConsumer('Inspection', consumer, { messageGroupId: 'failures' }));
    expect(failures.node.tryFindChild('Inspection')).toBeUndefined();
    failures.addConsumer('Inspection', consumer);
    expect(failures.allAlarms).toHaveLength(5);
  });

  test('with an imported queue is told by a warning which policy lets the rule in', () => {
    const stack = newStack();
    new FailureBucket(stack, 'Failures').addConsumer('Inspection', importedConsumerIn(stack));
    expect(warningIds(stack)).toEqual(['queuePolicyNotChanged']);
  });
});
