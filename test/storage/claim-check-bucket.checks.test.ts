import { App, CfnParameter, Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as s3n from 'aws-cdk-lib/aws-s3-notifications';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { consumerIn, importedConsumerIn, problemsAtSynth, problemsIn, RULE, warningIds, warningOf } from './fixtures';
import type { ClaimCheckBucketProps, ClaimCheckConsumerOptions, IQueueFed, UploadConsumerOptions } from '../../src';
import { ClaimCheckBucket, QueueFed } from '../../src';
import { newStack, resourceOf } from '../messaging/fixtures';

const parameter = (stack: Stack) => new CfnParameter(stack, 'Value', { type: 'Number' }).valueAsNumber;

describe('the props', () => {
  const problemsOf = (propsIn: (stack: Stack) => ClaimCheckBucketProps) => {
    const stack = newStack();
    return problemsIn(() => new ClaimCheckBucket(stack, 'Payloads', propsIn(stack)));
  };

  test.each([1, 36_500])('take an expiration of %d days', (days) => {
    expect(problemsOf(() => ({ expiration: Duration.days(days) }))).toEqual([]);
  });

  test.each([0, 36_501])('take no expiration of %d days', (days) => {
    expect(problemsOf(() => ({ expiration: Duration.days(days) }))).toEqual([
      `expiration is ${days} days, but must be from 1 to 36500 whole days: leave it out for what the consumers need`,
    ]);
  });

  test('take no part of a day', () => {
    expect(problemsOf(() => ({ expiration: Duration.hours(36), redriveWindow: Duration.hours(12) }))).toEqual([
      'redriveWindow is 0.5 days, but must be from 0 to 36500 whole days: leave it out for 14 days',
      'expiration is 1.5 days, but must be from 1 to 36500 whole days: leave it out for what the consumers need',
    ]);
  });

  test.each([0, 36_500])('take a redriveWindow of %d days', (days) => {
    expect(problemsOf(() => ({ redriveWindow: Duration.days(days) }))).toEqual([]);
  });

  test('take no redriveWindow that is a token: the expiry is derived from it', () => {
    expect(problemsOf((stack) => ({ redriveWindow: Duration.days(parameter(stack)) }))).toEqual([
      'redriveWindow is a token, but must be known, because the expiry of payloads is derived from it: state it, or leave it out for 14 days',
    ]);
  });

  test('take no expiration that is a token in hours', () => {
    expect(problemsOf((stack) => ({ expiration: Duration.hours(parameter(stack)) }))).toEqual([
      'expiration is a token in hours, which cannot be converted to days: state it with Duration.days',
    ]);
  });

  test('take no snapshot', () => {
    expect(problemsOf(() => ({ removalPolicy: RemovalPolicy.SNAPSHOT }))).toEqual([
      'removalPolicy is snapshot, but there are no snapshots of a bucket: set RemovalPolicy.RETAIN or RemovalPolicy.DESTROY, or leave removalPolicy out',
    ]);
  });

  test('take nothing that an adopted bucket settles itself', () => {
    const problems = problemsOf((stack) => ({
      bucket: new s3.Bucket(stack, 'Live'),
      encryptionKey: new kms.Key(stack, 'Key'),
      expiration: Duration.days(50),
      serverAccessLogsBucket: new s3.Bucket(stack, 'Logs', { encryptionKey: new kms.Key(stack, 'LogsKey') }),
      serverAccessLogsPrefix: 'payloads/',
      cors: [{ allowedMethods: [s3.HttpMethods.PUT], allowedOrigins: ['https://example.com'] }],
      removalPolicy: RemovalPolicy.DESTROY,
    }));
    expect(problems).toEqual(['encryptionKey', 'expiration', 'serverAccessLogsBucket', 'serverAccessLogsPrefix', 'cors', 'removalPolicy'].map((prop) => (
      `${prop} is set, but it is the adopted bucket's own (bucket 'Stack/Live'), which is not changed here: leave ${prop} out, or set it where the bucket is made`
    )));
  });

  test('take no prefix of access logs alone: the logs would be among the payloads', () => {
    expect(problemsOf(() => ({ serverAccessLogsPrefix: 'logs/' }))).toEqual([
      "serverAccessLogsPrefix is 'logs/', but serverAccessLogsBucket is not set, so the logs would be among the payloads, and delivered as uploads: " +
      'give another bucket as serverAccessLogsBucket, or leave the prefix out',
    ]);
  });

  test.each([['region', 'us-east-1', 'eu-west-1'], ['account', '444455556666', '111122223333']] as const)('take no bucket for access logs of another %s', (place, far, own) => {
    const env = { region: 'eu-west-1', account: '111122223333' };
    const app = new App();
    const stack = new Stack(app, 'Stack', { env });
    const logs = new s3.Bucket(new Stack(app, 'Far', { env: { ...env, [place]: far } }), 'Logs', { bucketName: 'logs' });
    expect(problemsIn(() => new ClaimCheckBucket(stack, 'Payloads', { serverAccessLogsBucket: logs }))).toEqual([
      `serverAccessLogsBucket 'Far/Logs' is in ${place} ${far}, but this stack is in ${own}, and S3 delivers access logs only within a ${place}: give a bucket of the same ${place}`,
    ]);
  });

  test('take no bucket for access logs to which S3 delivers none', () => {
    expect(problemsOf((stack) => ({ serverAccessLogsBucket: new s3.Bucket(stack, 'Logs', { encryptionKey: new kms.Key(stack, 'Key') }) }))).toEqual([
      "serverAccessLogsBucket 'Stack/Logs' is encrypted with a customer-managed key, but S3 delivers access logs only to buckets with SSE-S3: encrypt it with s3.BucketEncryption.S3_MANAGED",
    ]);
  });

  test('that are wrong leave nothing half-made', () => {
    const stack = newStack();
    expect(() => new ClaimCheckBucket(stack, 'Payloads', { expiration: Duration.days(0) })).toThrow("ClaimCheckBucket 'Stack/Payloads' cannot be made:\n  - expiration is 0");
    expect(stack.node.findAll()).toEqual([stack]);
    expect(() => new ClaimCheckBucket(stack, 'Payloads')).not.toThrow();
  });
});

describe('the expiration', () => {
  const atSynth = (days: number, register: (payloads: ClaimCheckBucket, stack: Stack) => void, props: ClaimCheckBucketProps = {}) => {
    const stack = newStack();
    register(new ClaimCheckBucket(stack, 'Payloads', { expiration: Duration.days(days), ...props }), stack);
    return problemsAtSynth(stack);
  };

  test('must not be shorter than a payload may be asked for; the sum is spelled out', () => {
    expect(atSynth(31, (payloads, stack) => payloads.addConsumer('Orders', consumerIn(stack)))).toEqual([
      'expiration is 31 days, but Stack/Payloads/Orders may claim a payload for 32 days (4 days in its queue + 14 days in its dead-letter queue + 14 days after a redrive (redriveWindow)): ' +
      'set expiration: Duration.days(32) or longer, or leave it out',
    ]);
    expect(atSynth(32, (payloads, stack) => payloads.addConsumer('Orders', consumerIn(stack)))).toEqual([]);
  });

  test('counts the time in which SNS may try', () => {
    expect(atSynth(54, (payloads, stack) => payloads.addConsumer('Orders', consumerIn(stack), { throughTopic: true }))).toEqual([
      expect.stringContaining('for 55 days (23 days in which SNS may go on trying to deliver + 4 days in its queue + '),
    ]);
  });

  test('counts the time in which EventBridge may try', () => {
    expect(atSynth(32, (payloads, stack) => payloads.addUploadConsumer('Orders', consumerIn(stack)))).toEqual([
      expect.stringContaining('for 33 days (1 day in which EventBridge may go on trying to deliver + 4 days in its queue + '),
    ]);
  });

  test('counts what is stated', () => {
    expect(atSynth(20, (payloads, stack) => payloads.addConsumer('Orders', importedConsumerIn(stack), { lifetime: Duration.hours(420) }), { redriveWindow: Duration.days(3) })).toEqual([
      expect.stringContaining('for 21 days (1512000 seconds in its queue and dead-letter queue (lifetime) + 3 days after a redrive (redriveWindow)): set expiration: Duration.days(21)'),
    ]);
  });

  test('is compared with the longest of all consumers', () => {
    expect(atSynth(40, (payloads, stack) => {
      payloads.addConsumer('One', consumerIn(stack, 'One', { retentionPeriod: Duration.days(14) }));
      payloads.addConsumer('Two', consumerIn(stack, 'Two'));
    })).toEqual([expect.stringContaining('Stack/Payloads/One may claim a payload for 42 days')]);
  });

  test('is not compared while there is no consumer', () => {
    expect(atSynth(1, () => undefined)).toEqual([]);
  });

  test('fails the synthesis', () => {
    const stack = newStack();
    new ClaimCheckBucket(stack, 'Payloads', { expiration: Duration.days(1) }).addConsumer('Orders', consumerIn(stack));
    expect(() => (stack.node.root as App).synth()).toThrow('expiration is 1 days, but Stack/Payloads/Orders may claim a payload for 32 days');
  });
});

describe.each(['addConsumer', 'addUploadConsumer'] as const)('%s', (method) => {
  type Options = ClaimCheckConsumerOptions & UploadConsumerOptions;
  const problemsOf = (consumer: (stack: Stack) => IQueueFed, options: (stack: Stack) => Options = () => ({})) => {
    const stack = newStack();
    const payloads = new ClaimCheckBucket(stack, 'Payloads');
    return problemsIn(() => payloads[method]('Orders', consumer(stack), options(stack)));
  };
  const unknown = (path: string) => [
    `lifetime is not set, and how long queue '${path}' keeps a message cannot be read, because it is not made in this app or its retentionPeriod is a token: ` +
    'state what the queue and its dead-letter queue keep a message for, together, for example lifetime: Duration.days(18)',
  ];

  test('needs the lifetime of imported queues', () => {
    expect(problemsOf((stack) => importedConsumerIn(stack))).toEqual(unknown('Stack/OrdersQueue'));
    expect(problemsOf((stack) => importedConsumerIn(stack), () => ({ lifetime: Duration.days(18) }))).toEqual([]);
  });

  test('needs the lifetime where one queue is imported', () => {
    expect(problemsOf((stack) => QueueFed.of(new sqs.Queue(stack, 'Queue'), importedConsumerIn(stack).deadLetterQueue))).toEqual(unknown('Stack/OrdersDeadLetters'));
  });

  test('needs the lifetime where a retention is a token', () => {
    expect(problemsOf((stack) => consumerIn(stack, 'Orders', { retentionPeriod: Duration.seconds(parameter(stack)) }))).toEqual(unknown('Stack/OrdersQueue'));
    expect(problemsOf((stack) => consumerIn(stack, 'Orders', {}, { retentionPeriod: Duration.seconds(parameter(stack)) }))).toEqual(unknown('Stack/OrdersDeadLetters'));
  });

  test('takes no lifetime that is a token', () => {
    expect(problemsOf((stack) => importedConsumerIn(stack), (stack) => ({ lifetime: Duration.days(parameter(stack)) }))).toEqual([
      'lifetime is a token, but must be known, because the expiry of payloads is derived from it: state what the queue and its dead-letter queue keep a message for, together, each at most 14 days',
    ]);
  });

  test.each([60, 2_419_200])('takes a lifetime of %d seconds', (seconds) => {
    expect(problemsOf((stack) => importedConsumerIn(stack), () => ({ lifetime: Duration.seconds(seconds) }))).toEqual([]);
  });

  test.each([59, 2_419_201])('takes no lifetime of %d seconds', (seconds) => {
    expect(problemsOf((stack) => importedConsumerIn(stack), () => ({ lifetime: Duration.seconds(seconds) }))).toEqual([
      `lifetime is ${seconds} seconds, but must be from 60 to 2419200 whole seconds: state what the queue and its dead-letter queue keep a message for, together, each at most 14 days`,
    ]);
  });

  test('takes no part of a second', () => {
    expect(problemsOf((stack) => importedConsumerIn(stack), () => ({ lifetime: Duration.millis(90_500) }))).toEqual([
      'lifetime is 90.5 seconds, but must be from 60 to 2419200 whole seconds: state what the queue and its dead-letter queue keep a message for, together, each at most 14 days',
    ]);
  });

  test.each<[string, (stack: Stack) => IQueueFed, number]>([
    ['both queues keep', (stack) => consumerIn(stack), 1_555_200],
    ['the one that is known keeps', (stack) => QueueFed.of(new sqs.Queue(stack, 'OrdersQueue'), sqs.Queue.fromQueueArn(stack, 'Failed', 'arn:aws:sqs:eu-west-1:111122223333:failed')), 345_600],
  ])('takes no shorter lifetime than %s', (_, consumer, least) => {
    expect(problemsOf(consumer, () => ({ lifetime: Duration.seconds(least) }))).toEqual([]);
    expect(problemsOf(consumer, () => ({ lifetime: Duration.seconds(least - 1) }))).toEqual([
      `lifetime is ${least - 1} seconds, but queue 'Stack/OrdersQueue' and its dead-letter queue keep a message for ${least} seconds: ` +
      'leave lifetime out where both queues are made in this app, or state the sum',
    ]);
  });

  test('leaves nothing half-made when it fails, and the id can be used again', () => {
    const stack = newStack();
    const payloads = new ClaimCheckBucket(stack, 'Payloads');
    const consumer = importedConsumerIn(stack);
    const before = stack.node.findAll().map(({ node }) => node.path);
    expect(() => payloads[method]('Orders', consumer)).toThrow(/^ClaimCheckBucket( upload)? consumer 'Stack\/Payloads\/Orders' cannot be made:/);
    expect(stack.node.findAll().map(({ node }) => node.path)).toEqual(before);
    expect(() => payloads[method]('Orders', consumer, { lifetime: Duration.days(18) })).not.toThrow();
  });

  test('takes an id once', () => {
    const stack = newStack();
    const payloads = new ClaimCheckBucket(stack, 'Payloads');
    payloads[method]('Orders', consumerIn(stack));
    expect(() => payloads[method]('Orders', consumerIn(stack, 'Others'))).toThrow("There is already a Construct with name 'Orders'");
  });
});

describe('a consumer by message', () => {
  const problemsOf = (props: sqs.QueueProps) => {
    const stack = newStack();
    return problemsIn(() => new ClaimCheckBucket(stack, 'Payloads').addConsumer('Orders', consumerIn(stack, 'Orders', props)));
  };

  test('has no content-based deduplication: pointers to equal payloads differ', () => {
    expect(problemsOf({ fifo: true, contentBasedDeduplication: true })).toEqual([
      "queue 'Stack/OrdersQueue' has contentBasedDeduplication, but the key of a payload is random, so a message that is sent twice would not be recognised: " +
      'turn it off, and send each message with a MessageDeduplicationId',
    ]);
  });

  test('may have a FIFO queue without', () => {
    expect(problemsOf({ fifo: true })).toEqual([]);
    expect(problemsOf({ fifo: true, contentBasedDeduplication: false })).toEqual([]);
  });
});

describe('a consumer of uploads', () => {
  const problemsOf = (props: sqs.QueueProps, options: UploadConsumerOptions = {}) => {
    const stack = newStack();
    return problemsIn(() => new ClaimCheckBucket(stack, 'Payloads').addUploadConsumer('Uploads', consumerIn(stack, 'Orders', props), options));
  };

  test('has no queue with the AWS-managed key: EventBridge may not use it', () => {
    expect(problemsOf({ encryption: sqs.QueueEncryption.KMS_MANAGED })).toEqual([
      "queue 'Stack/OrdersQueue' is encrypted with the AWS-managed key 'alias/aws/sqs', which EventBridge may not use, so that it would deliver nothing: " +
      'encrypt it with SSE-SQS (sqs.QueueEncryption.SQS_MANAGED) or a customer-managed key',
    ]);
  });

  test('may have a FIFO queue whose deduplication only the deployment knows', () => {
    const stack = newStack();
    const consumer = consumerIn(stack, 'Orders', { fifo: true });
    (consumer.queue.node.defaultChild as sqs.CfnQueue).addPropertyOverride('ContentBasedDeduplication', { Ref: 'ByContent' });
    expect(problemsIn(() => new ClaimCheckBucket(stack, 'Payloads').addUploadConsumer('Uploads', consumer, {}))).toEqual([]);
  });

  test('has content-based deduplication, if its queue is a FIFO one', () => {
    expect(problemsOf({ fifo: true, contentBasedDeduplication: true })).toEqual([]);
    expect(problemsOf({ fifo: true })).toEqual([
      "queue 'Stack/OrdersQueue' is a FIFO queue without contentBasedDeduplication, but EventBridge sends no MessageDeduplicationId, so SQS would refuse every message: " +
      'set contentBasedDeduplication: true on the queue, or give a consumer with a standard queue',
    ]);
  });

  test('may have a FIFO queue of which nothing is known', () => {
    const stack = newStack();
    const consumer = importedConsumerIn(stack, 'Orders', 'arn:aws:sqs:eu-west-1:111122223333:orders.fifo');
    expect(problemsIn(() => new ClaimCheckBucket(stack, 'Payloads').addUploadConsumer('Uploads', consumer, { lifetime: Duration.days(18) }))).toEqual([]);
  });

  test('has a message group only if its queue is a FIFO one', () => {
    expect(problemsOf({}, { messageGroupId: 'orders' })).toEqual([
      "messageGroupId is 'orders', but queue 'Stack/OrdersQueue' is a standard queue: leave messageGroupId out, or give a consumer with a FIFO queue",
    ]);
  });

  test('is in the region of the bucket', () => {
    const app = new App();
    const here = new Stack(app, 'Here', { env: { region: 'eu-west-1', account: '111122223333' } });
    const there = new Stack(app, 'There', { env: { region: 'eu-central-1', account: '111122223333' } });
    const payloads = new ClaimCheckBucket(here, 'Payloads');
    expect(problemsIn(() => payloads.addUploadConsumer('Uploads', consumerIn(there)))).toEqual([
      "queue 'There/OrdersQueue' is in region eu-central-1, but the rule that delivers to it is in eu-west-1, and EventBridge delivers to queues only within a region: give a consumer in eu-west-1",
    ]);
    expect(problemsIn(() => payloads.addUploadConsumer('Uploads', importedConsumerIn(here, 'Far', 'arn:aws:sqs:us-east-1:111122223333:orders'), { lifetime: Duration.days(18) }))).toEqual([
      "queue 'Here/FarQueue' is in region us-east-1, but the rule that delivers to it is in eu-west-1, and EventBridge delivers to queues only within a region: give a consumer in eu-west-1",
    ]);
  });

  test('is in the account of the bucket', () => {
    const app = new App();
    const here = new Stack(app, 'Here', { env: { region: 'eu-west-1', account: '111122223333' } });
    const there = new Stack(app, 'There', { env: { region: 'eu-west-1', account: '444455556666' } });
    const problem = (path: string) => (
      `queue '${path}' is in account 444455556666, but the rule that delivers to it is in 111122223333, and EventBridge delivers to another account only by a role, which this target does not have: ` +
      'give a consumer in account 111122223333'
    );
    const payloads = new ClaimCheckBucket(here, 'Payloads');
    expect(problemsIn(() => payloads.addUploadConsumer('Uploads', consumerIn(there)))).toEqual([problem('There/OrdersQueue')]);
    const imported = importedConsumerIn(here, 'Far', 'arn:aws:sqs:eu-west-1:444455556666:orders');
    expect(problemsIn(() => payloads.addUploadConsumer('Uploads', imported, { lifetime: Duration.days(18) }))).toEqual([problem('Here/FarQueue')]);
  });

  test.each([['region', 'us-east-1', 'eu-west-1'], ['account', '444455556666', '111122223333']] as const)('is of a bucket that is in the %s of the stack', (place, far, own) => {
    const here = new Stack(new App(), 'Here', { env: { region: 'eu-west-1', account: '111122223333' } });
    const bucket = s3.Bucket.fromBucketAttributes(here, 'Live', { bucketName: 'live', [place]: far });
    const payloads = new ClaimCheckBucket(here, 'Payloads', { bucket });
    const problem = `bucket 'Here/Live' is in ${place} ${far}, but the rule for its events is in ${own}, and S3 sends them only to the ${place} of the bucket: make this in a stack of ${place} ${far}`;
    expect(problemsIn(() => payloads.addUploadConsumer('Uploads', consumerIn(here)))).toEqual([problem]);
    const beside = importedConsumerIn(here, 'Beside', `arn:aws:sqs:${place === 'region' ? far : 'eu-west-1'}:${place === 'account' ? far : '111122223333'}:orders`);
    expect(problemsIn(() => payloads.addUploadConsumer('Uploads', beside, { lifetime: Duration.days(18) }))).toEqual([problem]);
    expect(problemsIn(() => payloads.addConsumer('Orders', consumerIn(here, 'Others')))).toEqual([]);
  });

  test('has the type of a bare queue read from it', () => {
    const stack = newStack();
    const bare = new sqs.CfnQueue(stack, 'Bare', { fifoQueue: true, contentBasedDeduplication: true });
    const consumer = QueueFed.of(sqs.Queue.fromQueueArn(stack, 'Queue', bare.attrArn), new sqs.Queue(stack, 'Failed', { fifo: true }));
    new ClaimCheckBucket(stack, 'Payloads').addUploadConsumer('Uploads', consumer);
    expect(resourceOf(stack, RULE).Properties.Targets[0].SqsParameters).toEqual({ MessageGroupId: 'Uploads' });
  });


  test.each<[UploadConsumerOptions, string[]]>([
    [{ suffixes: ['.csv', ''] }, ['suffixes has an empty one, with which every key ends: leave suffixes out for any key']],
    [{ objectSizeLessThan: Size.bytes(0) }, ['objectSizeLessThan is 0 bytes, but must be from 1 to 5000000000: leave it out for any size']],
    [{ objectSizeLessThan: Size.bytes(1) }, []],
    [{ objectSizeLessThan: Size.bytes(5_000_000_000) }, []],
    [{ objectSizeLessThan: Size.bytes(5_000_000_001) }, ['objectSizeLessThan is 5000000001 bytes, but must be from 1 to 5000000000: leave it out for any size']],
    [{ objectSizeLessThan: Size.kibibytes(0.3) }, ['objectSizeLessThan is 307.2 bytes, but must be from 1 to 5000000000: leave it out for any size']],
    [{ objectSizeGreaterThan: Size.bytes(0.5), objectSizeLessThan: Size.bytes(9) }, [
      'objectSizeGreaterThan is 0.5 bytes, but must be from 0 to 5000000000: leave it out for all that are not empty',
    ]],
    [{ objectSizeGreaterThan: Size.bytes(0), objectSizeLessThan: Size.bytes(2) }, []],
    [{ objectSizeGreaterThan: Size.bytes(0), objectSizeLessThan: Size.bytes(1) }, [
      'objectSizeLessThan is 1 bytes, but objectSizeGreaterThan is 0 bytes, so no object would be delivered: state a larger objectSizeLessThan',
    ]],
    [{ objectSizeGreaterThan: Size.bytes(7) }, [
      'objectSizeGreaterThan is 7 bytes, but objectSizeLessThan is not set: EventBridge compares numbers up to 5000000000 only, so larger objects would be left out unsaid: ' +
      'set objectSizeLessThan, at most Size.bytes(5000000000), or leave out objects by their prefix',
    ]],
    [{ objectSizeGreaterThan: Size.bytes(0), objectSizeLessThan: Size.bytes(9), includeEmptyObjects: true }, [
      'includeEmptyObjects is true, but objectSizeGreaterThan is 0 bytes, which leaves empty objects out: leave one of them out',
    ]],
  ])('filters what EventBridge can filter: %p', (options, problems) => {
    expect(problemsOf({}, options)).toEqual(problems);
  });

  test('filters by no size that is a token', () => {
    const size = (stack: Stack) => Size.mebibytes(new CfnParameter(stack, 'Size', { type: 'Number' }).valueAsNumber);
    const stack = newStack();
    const options = { objectSizeGreaterThan: Size.bytes(1), objectSizeLessThan: size(stack) };
    expect(problemsIn(() => new ClaimCheckBucket(stack, 'Payloads').addUploadConsumer('Uploads', consumerIn(stack), options))).toEqual([
      'objectSizeLessThan is a token, but must be known, because EventBridge compares numbers, and a token becomes text: state it, or leave it out for any size',
    ]);
  });

  const ALARMS = ['deadLetters', 'moreDeadLetters', 'failedInvocations', 'failedToSendToDlq'] as const;

  test.each(ALARMS)('has the alarm %s held to what CloudWatch takes', (alarm) => {
    expect(problemsOf({}, { alarms: { [alarm]: { evaluationPeriods: 0 } } })).toEqual([
      `alarms.${alarm}.evaluationPeriods is 0, but must be a whole number from 1 to 1440: leave it out for the default`,
    ]);
    expect(problemsOf({}, { alarms: { [alarm]: { datapointsToAlarm: 2 } } })).toEqual([expect.stringContaining('which is 1 unless stated')]);
  });

  test('has all that is wrong reported at once', () => {
    expect(problemsOf({ encryption: sqs.QueueEncryption.KMS_MANAGED }, { messageGroupId: 'x', lifetime: Duration.seconds(1), alarms: { deadLetters: { evaluationPeriods: 0 } } })).toHaveLength(5);
  });
});

describe('uploads and messages in one bucket', () => {
  test('have queues of their own, or give a warning: claim must be told the form of a message', () => {
    const stack = newStack();
    const payloads = new ClaimCheckBucket(stack, 'Payloads');
    const [both, other] = [consumerIn(stack), consumerIn(stack, 'Others')];
    payloads.addConsumer('Others', other, { prefix: 'others/' });
    payloads.addConsumer('Orders', both, { prefix: 'orders/' });
    payloads.addUploadConsumer('Uploads', QueueFed.of(sqs.Queue.fromQueueArn(stack, 'Again', both.queue.queueArn), both.deadLetterQueue), { prefix: 'in/' });
    expect(warningOf(stack, 'messagesAndUploadsInOneQueue')).toBe(
      'Stack/Payloads/Orders gets messages and Stack/Payloads/Uploads gets uploads by one queue, so claim cannot be told which envelope a message has: ' +
      'give each a queue of its own; they may have the same handler',
    );
  });

  test('give a warning for each queue that they share', () => {
    const stack = newStack();
    const payloads = new ClaimCheckBucket(stack, 'Payloads');
    for (const id of ['One', 'Two']) {
      const consumer = consumerIn(stack, id);
      payloads.addConsumer(`Messages${id}`, consumer, { prefix: `messages/${id}/` });
      payloads.addUploadConsumer(`Uploads${id}`, consumer, { prefix: `uploads/${id}/` });
    }
    expect(warningIds(stack)).toEqual(['messagesAndUploadsInOneQueue', 'messagesAndUploadsInOneQueue']);
  });

  const overlapping = (message: string | undefined, upload: UploadConsumerOptions) => {
    const stack = newStack();
    const payloads = new ClaimCheckBucket(stack, 'Payloads');
    payloads.addConsumer('Orders', consumerIn(stack, 'Orders'), message === undefined ? {} : { prefix: message });
    payloads.addUploadConsumer('Uploads', consumerIn(stack, 'Uploads'), upload);
    return problemsAtSynth(stack);
  };

  test.each<[string | undefined, UploadConsumerOptions]>([
    [undefined, {}],
    [undefined, { prefix: 'in/' }],
    ['orders/', {}],
    ['orders/', { prefix: 'orders/' }],
    ['orders/', { prefix: 'orders/new/' }],
    ['orders/new/', { prefix: 'orders/' }],
  ])('do not share keys: %p and %p', (message, upload) => {
    expect(overlapping(message, upload)).toEqual([
      `Stack/Payloads/Uploads gets uploads with the prefix '${upload.prefix ?? ''}', and Stack/Payloads/Orders claims payloads by message with the prefix '${message ?? ''}', ` +
      'so each payload that is deposited for the one would be delivered to the other as an upload: give both a prefix, neither of which begins with the other',
    ]);
  });

  test.each<[string | undefined, UploadConsumerOptions]>([
    ['orders/', { prefix: 'in/' }],
    ['orders/', { prefix: 'order-' }],
    [undefined, { suffixes: ['.csv'] }],
  ])('may have keys of their own: %p and %p', (message, upload) => {
    expect(overlapping(message, upload)).toEqual([]);
  });

  const twice = (bucketOf: (stack: Stack, first: ClaimCheckBucket) => s3.IBucket, prefixes: [string, string] = ['a/', 'a/b/']) => {
    const stack = newStack();
    const live = new s3.Bucket(stack, 'Live', { lifecycleRules: [{ expiration: Duration.days(40) }] });
    (live.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
    const first = new ClaimCheckBucket(stack, 'First', { bucket: live });
    first.addConsumer('ByMessage', consumerIn(stack, 'One'), { prefix: prefixes[0] });
    new ClaimCheckBucket(stack, 'Second', { bucket: bucketOf(stack, first) }).addUploadConsumer('ByUpload', consumerIn(stack, 'Two'), { prefix: prefixes[1] });
    return problemsAtSynth(stack);
  };

  test.each<[string, (stack: Stack, first: ClaimCheckBucket) => s3.IBucket]>([
    ['the bucket', (_, { bucket }) => bucket],
    ['an import of it', (stack, { bucket }) => s3.Bucket.fromBucketName(stack, 'Again', bucket.bucketName)],
  ])('must not share keys either where two have adopted it: %s', (_, bucketOf) => {
    expect(twice(bucketOf)).toEqual([
      "Stack/Second/ByUpload gets uploads with the prefix 'a/b/', and Stack/First/ByMessage claims payloads by message with the prefix 'a/', so each payload that is deposited for the one would be " +
      'delivered to the other as an upload: give both a prefix, neither of which begins with the other',
    ]);
    expect(twice(bucketOf, ['a/', 'b/'])).toEqual([]);
  });

  test('of different buckets may share keys', () => {
    expect(twice((stack) => {
      const other = new s3.Bucket(stack, 'Other', { lifecycleRules: [{ expiration: Duration.days(40) }] });
      (other.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
      return other;
    })).toEqual([]);
  });

  test.each([['live', 1], ['other', 0]])('of imported buckets must not share keys if these are one: live and %s', (name, count) => {
    const stack = newStack();
    const imported = (id: string, bucketName: string) => s3.Bucket.fromBucketName(stack, id, bucketName);
    new ClaimCheckBucket(stack, 'First', { bucket: imported('Live', 'live') }).addConsumer('ByMessage', consumerIn(stack, 'One'));
    new ClaimCheckBucket(stack, 'Second', { bucket: imported('Again', name) }).addUploadConsumer('ByUpload', consumerIn(stack, 'Two'));
    expect(problemsAtSynth(stack)).toHaveLength(count);
  });

  test('of a bucket that left the app are forgotten', () => {
    const stack = newStack();
    const bucket = s3.Bucket.fromBucketName(stack, 'Live', 'live');
    new ClaimCheckBucket(stack, 'First', { bucket }).addConsumer('ByMessage', consumerIn(stack, 'One'));
    stack.node.tryRemoveChild('First');
    new ClaimCheckBucket(stack, 'Second', { bucket }).addUploadConsumer('ByUpload', consumerIn(stack, 'Two'));
    expect(problemsAtSynth(stack)).toEqual([]);
  });

  test('of two buckets need queues of their own too', () => {
    const stack = newStack();
    const consumer = consumerIn(stack);
    new ClaimCheckBucket(stack, 'Messages').addConsumer('Orders', consumer);
    new ClaimCheckBucket(stack, 'Uploads').addUploadConsumer('Files', consumer);
    expect(problemsAtSynth(stack)).toEqual([]);
    expect(warningOf(stack, 'messagesAndUploadsInOneQueue')).toContain('Stack/Messages/Orders gets messages and Stack/Uploads/Files gets uploads by one queue');
  });

  test('may share keys with their like', () => {
    const stack = newStack();
    const payloads = new ClaimCheckBucket(stack, 'Payloads');
    ['One', 'Two'].forEach((id) => payloads.addConsumer(id, consumerIn(stack, id), { prefix: 'orders/' }));
    ['Three', 'Four'].forEach((id) => payloads.addUploadConsumer(id, consumerIn(stack, id), { prefix: 'in/' }));
    expect(problemsAtSynth(stack)).toEqual([]);
  });
});

test('a bucket without consumers gives a warning', () => {
  const stack = newStack();
  const payloads = new ClaimCheckBucket(stack, 'Payloads');
  expect(warningOf(stack, 'claimCheckWithoutConsumers')).toBe(
    'no consumer is registered, so how long payloads are needed is not known: it is taken for 42 days. ' +
    'Register each consumer with addConsumer or addUploadConsumer, also those of other apps (QueueFed.of(queue, deadLetterQueue) with lifetime)',
  );
  expect(payloads.allAlarms).toEqual([]);
});

test('a bucket with a consumer gives none', () => {
  const stack = newStack();
  new ClaimCheckBucket(stack, 'Payloads').addConsumer('Orders', consumerIn(stack));
  expect(warningIds(stack)).toEqual([]);
});

describe('an adopted bucket', () => {
  function adopt(props: s3.BucketProps, register: (payloads: ClaimCheckBucket, stack: Stack) => void = (payloads, stack) => payloads.addConsumer('Orders', consumerIn(stack))) {
    const stack = newStack();
    const bucket = new s3.Bucket(stack, 'Live', props);
    const payloads = new ClaimCheckBucket(stack, 'Payloads', { bucket });
    register(payloads, stack);
    return { stack, bucket, payloads };
  }
  const uploads = (payloads: ClaimCheckBucket, stack: Stack) => void payloads.addUploadConsumer('Orders', consumerIn(stack));
  const expiring = (days: number, rule: s3.LifecycleRule = {}) => ({ lifecycleRules: [{ expiration: Duration.days(days), ...rule }] });

  test('that expires late enough is fine', () => {
    const { stack } = adopt(expiring(32));
    expect(problemsAtSynth(stack)).toEqual([]);
    expect(warningIds(stack)).toEqual([]);
  });

  test('must not expire too early; the sum is spelled out', () => {
    expect(problemsAtSynth(adopt(expiring(31)).stack)).toEqual([
      "bucket 'Stack/Live' expires objects after 31 days, but Stack/Payloads/Orders may claim a payload for 32 days (" +
      '4 days in its queue + 14 days in its dead-letter queue + 14 days after a redrive (redriveWindow)): let the lifecycle rule expire after 32 days or more',
    ]);
  });

  test.each<[string, s3.LifecycleRule, string[]]>([
    ['for other keys', { prefix: 'logs/' }, ['payloadsNeverExpire']],
    ['that is off', { enabled: false }, ['payloadsNeverExpire']],
    ['for tagged objects only', { tagFilters: { temporary: 'yes' } }, ['payloadsNeverExpire']],
  ])('may have an early rule %s, and then gives a warning that payloads stay', (_, rule, warnings) => {
    const { stack } = adopt(expiring(1, rule), (payloads, scope) => payloads.addConsumer('Orders', consumerIn(scope), { prefix: 'orders/' }));
    expect(problemsAtSynth(stack)).toEqual([]);
    expect(warningIds(stack)).toEqual(warnings);
  });

  test.each(['orders/', 'orders/new/', 'ord', ''])('must not have an early rule for keys of its own: %p', (prefix) => {
    const { stack } = adopt(expiring(1, { prefix }), (payloads, scope) => payloads.addConsumer('Orders', consumerIn(scope), { prefix: 'orders/' }));
    expect(problemsAtSynth(stack)).toHaveLength(1);
  });

  test('has each consumer compared with its own keys', () => {
    const { stack } = adopt({ lifecycleRules: [{ expiration: Duration.days(55), prefix: 'slow/' }, { expiration: Duration.days(32), prefix: 'fast/' }] }, (payloads, scope) => {
      payloads.addConsumer('Slow', consumerIn(scope, 'Slow'), { prefix: 'slow/', throughTopic: true });
      payloads.addConsumer('Fast', consumerIn(scope, 'Fast'), { prefix: 'fast/' });
    });
    expect(problemsAtSynth(stack)).toEqual([]);
  });

  test('that expires nothing gives a warning', () => {
    const { stack } = adopt({});
    expect(warningOf(stack, 'payloadsNeverExpire')).toBe(
      "bucket 'Stack/Live' has no lifecycle rule that expires the payloads, so they are kept, and paid for, for ever: let it expire them after 32 days or more",
    );
  });

  test.each<[string, s3.LifecycleRule, string[]]>([
    ['and does not expire noncurrent versions gives a warning', {}, ['noncurrentVersionsNeverExpire']],
    ['and expires noncurrent versions gives none', { noncurrentVersionExpiration: Duration.days(3) }, []],
  ])('that is versioned %s', (_, rule, warnings) => {
    expect(warningIds(adopt({ versioned: true, ...expiring(40, rule) }).stack)).toEqual(warnings);
  });

  test('says what is paid for when noncurrent versions stay', () => {
    expect(warningOf(adopt({ versioned: true, ...expiring(40) }).stack, 'noncurrentVersionsNeverExpire')).toBe(
      "bucket 'Stack/Live' is versioned, and no lifecycle rule expires noncurrent versions, so payloads that expired are still kept, and paid for: add noncurrentVersionExpiration to a rule",
    );
  });

  test('reads the older property of a rule for noncurrent versions', () => {
    const { stack, bucket } = adopt({ versioned: true, ...expiring(40) });
    (bucket.node.defaultChild as s3.CfnBucket).lifecycleConfiguration = { rules: [{ status: 'Enabled', expirationInDays: 40, noncurrentVersionExpirationInDays: 3 }] };
    expect(warningIds(stack)).toEqual([]);
  });

  test('must send its events, where there are uploads', () => {
    const { stack, bucket } = adopt(expiring(40), uploads);
    expect(problemsAtSynth(stack)).toEqual([
      "bucket 'Stack/Live' does not send its events to EventBridge, so no object would be delivered: where it is made, set " +
      '(bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } }',
    ]);
    (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
    expect(problemsAtSynth(stack)).toEqual([]);
    expect(warningIds(stack)).toEqual([]);
    (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: false } };
    expect(problemsAtSynth(stack)).toHaveLength(1);
  });

  const notify = (bucket: s3.IBucket, stack: Stack) => (
    bucket.addEventNotification(s3.EventType.OBJECT_REMOVED, new s3n.SqsDestination(new sqs.Queue(stack, 'Audit')))
  );

  test('may send its events by a custom resource', () => {
    const { stack, bucket } = adopt({ ...expiring(40), eventBridgeEnabled: true }, uploads);
    notify(bucket, stack);
    expect(problemsAtSynth(stack)).toEqual([]);
    expect(warningIds(stack)).toEqual([]);
  });

  test.each<[string, (bucket: s3.CfnBucket) => void]>([
    ['alone', () => undefined],
    ['although the resource itself states the events', (resource) => {
      resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
    }],
  ])('must not have them switched off by an ordinary notification, %s', (_, set) => {
    const { stack, bucket } = adopt(expiring(40), uploads);
    notify(bucket, stack);
    set(bucket.node.defaultChild as s3.CfnBucket);
    expect(problemsAtSynth(stack)).toEqual([
      "'Stack/Live/Notifications/Resource' (addEventNotification) replaces all notifications of bucket 'Stack/Live' and switches EventBridge off, so no object would be delivered: " +
      "use a rule in EventBridge for these events instead (new events.Rule with source 'aws.s3'), or set eventBridgeEnabled: true where the bucket is made",
    ]);
  });

  test('may have a notification that keeps what it finds, and still must send its events', () => {
    const { stack, bucket } = adopt(expiring(40), uploads);
    notify(s3.Bucket.fromBucketName(stack, 'Again', bucket.bucketName), stack);
    expect(problemsAtSynth(stack)).toEqual([expect.stringContaining('does not send its events to EventBridge')]);
    (bucket.node.defaultChild as s3.CfnBucket).addPropertyOverride('NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled', true);
    expect(problemsAtSynth(stack)).toEqual([]);
  });

  test('need not send its events for messages', () => {
    expect(warningIds(adopt({ ...expiring(40), eventBridgeEnabled: true }).stack)).toEqual([]);
  });

  test('has tokens in its rules left alone', () => {
    const stack = newStack();
    const days = parameter(stack);
    const bucket = new s3.Bucket(stack, 'Live', expiring(days as unknown as number));
    bucket.addLifecycleRule({ prefix: new CfnParameter(stack, 'Prefix').valueAsString, expiration: Duration.days(1) });
    new ClaimCheckBucket(stack, 'Payloads', { bucket }).addConsumer('Orders', consumerIn(stack));
    expect(problemsAtSynth(stack)).toEqual([]);
    expect(warningIds(stack)).toEqual([]);
  });

  const TIERING = { Id: 'old', Status: 'Enabled', Prefix: 'orders/', Tierings: [{ AccessTier: 'ARCHIVE_ACCESS', Days: 60 }] };
  const archiving = (days: number, storageClass = s3.StorageClass.GLACIER, rule: s3.LifecycleRule = {}): s3.BucketProps => (
    expiring(400, { transitions: [{ storageClass, transitionAfter: Duration.days(days) }], ...rule })
  );

  test('must not move payloads to an archive too early', () => {
    expect(problemsAtSynth(adopt(archiving(31)).stack)).toEqual([
      "bucket 'Stack/Live' moves objects to GLACIER after 31 days, where they cannot be read until they are restored, but Stack/Payloads/Orders may claim a payload for 32 days (" +
      '4 days in its queue + 14 days in its dead-letter queue + 14 days after a redrive (redriveWindow)): ' +
      'move them after 32 days or more, or to a storage class that can be read at once, such as GLACIER_IR',
    ]);
  });

  test.each<[string, number, (resource: s3.CfnBucket) => void]>([
    ['to the deep archive', 1, () => undefined],
    ['by the older property of a rule', 1, (resource) => resource.addPropertyOverride('LifecycleConfiguration.Rules', [
      { Status: 'Enabled', ExpirationInDays: 400, Transition: { StorageClass: 'GLACIER', TransitionInDays: 31 } },
    ])],
    ['by Intelligent-Tiering', 1, (resource) => {
      resource.addPropertyOverride('LifecycleConfiguration.Rules', [{ Status: 'Enabled', ExpirationInDays: 400 }]);
      resource.addPropertyOverride('IntelligentTieringConfigurations', [TIERING]);
    }],
    ['as far as it cannot be known', 0, (resource) => {
      resource.addPropertyOverride('LifecycleConfiguration.Rules', { 'Fn::GetAtt': ['Settings', 'Rules'] });
      resource.addPropertyOverride('IntelligentTieringConfigurations', { 'Fn::GetAtt': ['Settings', 'Tierings'] });
    }],
    ['by Intelligent-Tiering that is off', 0, (resource) => {
      resource.addPropertyOverride('LifecycleConfiguration.Rules', [{ Status: 'Enabled', ExpirationInDays: 400 }]);
      resource.addPropertyOverride('IntelligentTieringConfigurations', [{ ...TIERING, Status: 'Disabled' }]);
    }],
    ['by Intelligent-Tiering of tagged objects', 0, (resource) => {
      resource.addPropertyOverride('LifecycleConfiguration.Rules', [{ Status: 'Enabled', ExpirationInDays: 400 }]);
      resource.addPropertyOverride('IntelligentTieringConfigurations', [{ ...TIERING, TagFilters: [{ Key: 'a', Value: 'b' }] }]);
    }],
  ])('must not do so %s (%#: %d)', (_, count, change) => {
    const { stack, bucket } = adopt(archiving(31, s3.StorageClass.DEEP_ARCHIVE), (payloads, scope) => (
      payloads.addConsumer('Orders', consumerIn(scope), { lifetime: Duration.days(28), throughTopic: true })
    ));
    change(bucket.node.defaultChild as s3.CfnBucket);
    expect(problemsAtSynth(stack)).toEqual(Array.from({ length: count }, () => expect.stringMatching(/moves objects to (DEEP_ARCHIVE|GLACIER|ARCHIVE_ACCESS) after (31|60) days/)));
  });

  test.each<[string, s3.BucketProps]>([
    ['when nobody claims them', archiving(32)],
    ['of other keys', archiving(1, s3.StorageClass.GLACIER, { prefix: 'logs/' })],
    ['of tagged objects', archiving(1, s3.StorageClass.GLACIER, { tagFilters: { old: 'yes' } })],
    ['by a rule that is off', archiving(1, s3.StorageClass.GLACIER, { enabled: false })],
    ['where they can be read at once', archiving(1, s3.StorageClass.GLACIER_INSTANT_RETRIEVAL)],
  ])('may move objects %s', (_, props) => {
    const { stack } = adopt(props, (payloads, scope) => payloads.addConsumer('Orders', consumerIn(scope), { prefix: 'orders/' }));
    expect(problemsAtSynth(stack)).toEqual([]);
  });

  test.each([
    [s3.ObjectOwnership.OBJECT_WRITER, ['payloadsOwnedByWriter']],
    [s3.ObjectOwnership.BUCKET_OWNER_PREFERRED, ['payloadsOwnedByWriter']],
    [s3.ObjectOwnership.BUCKET_OWNER_ENFORCED, []],
  ])('in which objects belong as %s says', (objectOwnership, warnings) => {
    expect(warningIds(adopt({ ...expiring(40), objectOwnership }).stack)).toEqual(warnings);
  });

  test('says why its owner must own all objects', () => {
    expect(warningOf(adopt({ ...expiring(40), objectOwnership: s3.ObjectOwnership.OBJECT_WRITER }).stack, 'payloadsOwnedByWriter')).toBe(
      "bucket 'Stack/Live' has objectOwnership ObjectWriter, so what another account puts there may stay its own, and no grant of this app lets a consumer read it: " +
      'set objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED where the bucket is made',
    );
  });

  test('is looked at as aspects and overrides leave it', () => {
    const { stack, bucket } = adopt(expiring(40));
    (bucket.node.defaultChild as s3.CfnBucket).addPropertyOverride('LifecycleConfiguration.Rules.0.ExpirationInDays', 7);
    expect(problemsAtSynth(stack)).toEqual([expect.stringContaining('expires objects after 7 days')]);
  });

  test('must not expire on a date, on which all payloads would go', () => {
    const { stack } = adopt({ lifecycleRules: [{ expirationDate: new Date('2030-01-01') }] });
    expect(problemsAtSynth(stack)).toEqual([
      "bucket 'Stack/Live' expires objects on a date, but Stack/Payloads/Orders may claim a payload for 32 days (" +
      '4 days in its queue + 14 days in its dead-letter queue + 14 days after a redrive (redriveWindow)): let the lifecycle rule expire after 32 days or more',
    ]);
  });

  test.each<[string, (stack: Stack, live: s3.Bucket) => s3.IBucket]>([
    ['name', (stack, live) => s3.Bucket.fromBucketName(stack, 'Again', live.bucketName)],
    ['ARN', (stack, live) => s3.Bucket.fromBucketArn(stack, 'Again', live.bucketArn)],
  ])('is known by its %s too', (_, again) => {
    const stack = newStack();
    const live = new s3.Bucket(stack, 'Live', expiring(31));
    new ClaimCheckBucket(stack, 'Payloads', { bucket: again(stack, live) }).addConsumer('Orders', consumerIn(stack));
    expect(problemsAtSynth(stack)).toEqual([expect.stringContaining("bucket 'Stack/Again' expires objects after 31 days, but ")]);
  });

  test('gives a warning too while it has no consumers', () => {
    expect(warningIds(adopt({}, () => undefined).stack)).toEqual(['claimCheckWithoutConsumers']);
  });

  test('that is imported gives a warning that says what must be true', () => {
    const stack = newStack();
    const bucket = s3.Bucket.fromBucketName(stack, 'Live', 'live');
    const payloads = new ClaimCheckBucket(stack, 'Payloads', { bucket });
    payloads.addConsumer('Orders', consumerIn(stack, 'Orders'), { prefix: 'orders/' });
    const text = "bucket 'Stack/Live' is not made in this app, so it cannot be checked: it must keep payloads for at least 32 days " +
      '(4 days in its queue + 14 days in its dead-letter queue + 14 days after a redrive (redriveWindow)) and out of archives, expire them after that, noncurrent versions too, ' +
      'own all objects (BucketOwnerEnforced), block public access and refuse requests without TLS';
    expect(warningOf(stack, 'adoptedBucketUnchecked')).toBe(text);
  });

  test('that is imported must send its events, where there are uploads', () => {
    const stack = newStack();
    new ClaimCheckBucket(stack, 'Payloads', { bucket: s3.Bucket.fromBucketName(stack, 'Live', 'live') }).addUploadConsumer('Orders', consumerIn(stack));
    expect(warningOf(stack, 'adoptedBucketUnchecked')).toMatch(/refuse requests without TLS, and send its events to EventBridge \(aws s3api put-bucket-notification-configuration .+\)$/);
  });
});
