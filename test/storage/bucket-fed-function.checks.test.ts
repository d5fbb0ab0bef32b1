import type { StackProps } from 'aws-cdk-lib';
import { App, CfnParameter, Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { consumerIn, problemsAtSynth, problemsIn, warningIds, warningOf } from './fixtures';
import type { BucketFedFunctionProps } from '../../src';
import { BucketFedFunction } from '../../src';
import { handlerIn, newStack, resourcesOf } from '../messaging/fixtures';

type Props = Omit<BucketFedFunctionProps, 'handler'>;

const ENV: StackProps = { env: { region: 'eu-west-1', account: '111122223333' } };

function problemsWith(props: (stack: Stack) => Props): string[] {
  const stack = new Stack(new App(), 'Stack', ENV);
  const given = props(stack);
  return problemsIn(() => new BucketFedFunction(stack, 'Imports', { handler: handlerIn(stack), ...given }));
}

test.each<[string, (stack: Stack) => Props, string]>([
  ['an empty prefix', () => ({ prefix: '' }), 'prefix is \'\', with which every key begins: leave prefix out for any key'],
  ['an empty suffix', () => ({ suffix: '' }), 'suffix is \'\', with which every key ends: leave suffix out for any key'],
  ['a suffix of folders', () => ({ suffix: '/' }), (
    'suffix is \'/\', but only the keys of folders end with a slash: state what the keys of files end with, or the folder as prefix'
  )],
  ['empty objects and folders', () => ({ minObjectSize: Size.bytes(0) }), (
    'minObjectSize is 0 bytes, but suffix is not set, so that folders would be delivered, which are empty objects whose keys end with a slash: ' +
    'set the suffix that the empty objects have, or leave minObjectSize out'
  )],
  ['a least size that leaves the largest out unsaid', () => ({ minObjectSize: Size.bytes(2) }), (
    'minObjectSize is 2 bytes, but maxObjectSize is not set: EventBridge compares numbers up to 5000000000 only, so larger objects would be left out unsaid: ' +
    'set maxObjectSize, at most Size.bytes(5000000000), or leave out objects by their prefix'
  )],
  ['sizes that no object has', () => ({ minObjectSize: Size.bytes(3), maxObjectSize: Size.bytes(2) }), (
    'maxObjectSize is 2 bytes, but minObjectSize is 3 bytes, so no object would be delivered: state a larger maxObjectSize'
  )],
  ['an alarm on what cannot happen', () => ({ deliveryAlarms: { objectsTooLarge: { threshold: 3 } } }), (
    'deliveryAlarms.objectsTooLarge is set, but maxObjectSize is not, so no object is too large: set maxObjectSize, or leave deliveryAlarms.objectsTooLarge out'
  )],
  ['output among all objects', () => ({ outputPrefix: 'out/' }), (
    'outputPrefix is \'out/\', but prefix is not set, so that every object is delivered to the handler, and what it writes would come back to it without end: ' +
    'set prefix and outputPrefix so that neither begins with the other, or let the handler write to another bucket'
  )],
  ['output within the prefix', () => ({ prefix: 'in/', outputPrefix: 'in/done/' }), (
    'outputPrefix is \'in/done/\', but objects with the prefix \'in/\' are delivered to the handler, and what it writes would come back to it without end: ' +
    'set prefix and outputPrefix so that neither begins with the other, or let the handler write to another bucket'
  )],
  ['output around the prefix', () => ({ prefix: 'data/in/', outputPrefix: 'data/' }), (
    'outputPrefix is \'data/\', but objects with the prefix \'data/in/\' are delivered to the handler, and what it writes would come back to it without end: ' +
    'set prefix and outputPrefix so that neither begins with the other, or let the handler write to another bucket'
  )],
  ['output anywhere', () => ({ prefix: 'in/', outputPrefix: '' }), (
    'outputPrefix is \'\', but objects with the prefix \'in/\' are delivered to the handler, and what it writes would come back to it without end: ' +
    'set prefix and outputPrefix so that neither begins with the other, or let the handler write to another bucket'
  )],
  ['a FIFO queue that takes no message of EventBridge', () => ({ fifo: true }), (
    'queue \'Stack/Imports/Consumer/Queue\' is a FIFO queue without contentBasedDeduplication, but EventBridge sends no MessageDeduplicationId, so SQS would refuse every message: ' +
    'set contentBasedDeduplication: true on the queue, or give a consumer with a standard queue'
  )],
  ['an adopted FIFO queue that takes none', (stack) => ({ queue: consumerIn(stack, 'Orders', { fifo: true }).queue }), (
    'queue \'Stack/OrdersQueue\' is a FIFO queue without contentBasedDeduplication, but EventBridge sends no MessageDeduplicationId, so SQS would refuse every message: ' +
    'set contentBasedDeduplication: true on the queue, or give a consumer with a standard queue'
  )],
  ['an adopted queue with the AWS-managed key', (stack) => ({
    bucket: s3.Bucket.fromBucketName(stack, 'Uploads', 'uploads'), queue: consumerIn(stack, 'Orders', { encryption: sqs.QueueEncryption.KMS_MANAGED }).queue,
  }), (
    'queue \'Stack/OrdersQueue\' is encrypted with the AWS-managed key \'alias/aws/sqs\', which EventBridge may not use, so that it would deliver nothing: ' +
    'encrypt it with SSE-SQS (sqs.QueueEncryption.SQS_MANAGED) or a customer-managed key'
  )],
  ['an adopted queue in another region', (stack) => ({
    queue: sqs.Queue.fromQueueArn(stack, 'Queue', 'arn:aws:sqs:us-east-1:111122223333:orders'),
    deadLetterQueue: sqs.Queue.fromQueueArn(stack, 'Dead', 'arn:aws:sqs:us-east-1:111122223333:dead'),
  }), (
    'queue \'Stack/Queue\' is in region us-east-1, but the rule that delivers to it is in eu-west-1, and EventBridge delivers to queues only within a region: give a consumer in eu-west-1'
  )],
  ['an adopted queue in another account', (stack) => ({
    queue: sqs.Queue.fromQueueArn(stack, 'Queue', 'arn:aws:sqs:eu-west-1:444455556666:orders'),
    deadLetterQueue: sqs.Queue.fromQueueArn(stack, 'Dead', 'arn:aws:sqs:eu-west-1:444455556666:dead'),
  }), (
    'queue \'Stack/Queue\' is in account 444455556666, but the rule that delivers to it is in 111122223333, and EventBridge delivers to another account only by a role, which this target does not have: ' +
    'give a consumer in account 111122223333'
  )],
  ['an adopted bucket in another region', (stack) => ({ bucket: s3.Bucket.fromBucketAttributes(stack, 'Uploads', { bucketName: 'uploads', region: 'us-east-1' }) }), (
    'bucket \'Stack/Uploads\' is in region us-east-1, but the rule for its events is in eu-west-1, and S3 sends them only to the region of the bucket: make this in a stack of region us-east-1'
  )],
  ['an AWS-managed key', (stack) => ({ encryptionKey: kms.Alias.fromAliasName(stack, 'Key', 'alias/aws/s3') }), (
    'encryptionKey is the AWS-managed key \'alias/aws/s3\', which services may not use for each other, but must be a customer-managed key: give one, or leave encryptionKey out for SSE-S3 and SSE-SQS'
  )],
  ['a snapshot', () => ({ removalPolicy: RemovalPolicy.SNAPSHOT }), (
    'removalPolicy is snapshot, but there are no snapshots of a bucket or a queue: set RemovalPolicy.RETAIN or RemovalPolicy.DESTROY, or leave removalPolicy out'
  )],
  ['an alarm that makes no sense', () => ({ deliveryAlarms: { deadLetters: { threshold: -1 } } }), (
    'deliveryAlarms.deadLetters.threshold is -1, but must be 0 or more, because the alarm fires above it: leave it out for the default'
  )],
  ['another that makes none', () => ({ maxObjectSize: Size.bytes(9), deliveryAlarms: { objectsTooLarge: { threshold: -1 } } }), (
    'deliveryAlarms.objectsTooLarge.threshold is -1, but must be 0 or more, because the alarm fires above it: leave it out for the default'
  )],
  ['what the consumer does not take', () => ({ batchSize: 0 }), (
    'batchSize is 0, but must be a whole number from 1 to 10000: a standard queue takes no other; leave it out for 10'
  )],
])('it takes not %s', (_, props, problem) => {
  expect(problemsWith(props)).toEqual([problem]);
});

test('a queue of another stack is refused: each stack would wait for the other', () => {
  const app = new App();
  const [stack, other] = [new Stack(app, 'Stack'), new Stack(app, 'Other')];
  const { queue } = consumerIn(other);
  expect(problemsIn(() => new BucketFedFunction(stack, 'Imports', { handler: handlerIn(stack), queue }))).toEqual([
    'queue \'Other/OrdersQueue\' is made in another stack (Other), whose policy would have to name the rule that is made here, so that each stack would wait for the other: ' +
    'make the BucketFedFunction in the stack of the queue, or leave queue out',
  ]);
});

test('all that is wrong is told of at once, what concerns the queue too', () => {
  expect(problemsWith(() => ({ prefix: '', suffix: '', minObjectSize: Size.bytes(2), maxReceiveCount: 0, retentionPeriod: Duration.days(15) }))).toHaveLength(5);
});

test('what failed its checks leaves nothing behind', () => {
  const stack = newStack();
  const handler = handlerIn(stack);
  problemsIn(() => new BucketFedFunction(stack, 'Imports', { handler, prefix: '' }));
  expect(stack.node.tryFindChild('Imports')).toBeUndefined();
  new BucketFedFunction(stack, 'Imports', { handler });
  expect(Object.keys(resourcesOf(stack, 'AWS::S3::Bucket'))).toHaveLength(1);
});

test('what its consumer refuses leaves nothing behind either', () => {
  const stack = newStack();
  const handler = new lambda.Alias(stack, 'Handler', { aliasName: 'live', version: lambda.Version.fromVersionArn(stack, 'Imported', 'arn:aws:lambda:us-east-1:111122223333:function:imports:1') });
  expect(() => new BucketFedFunction(stack, 'Imports', { handler })).toThrow('Stack/Imports/Consumer');
  expect(stack.node.tryFindChild('Imports')).toBeUndefined();
});

describe('keys that look encoded', () => {
  test.each<[keyof Props, string, string]>([['prefix', 'my+files/', 'my files/'], ['suffix', '%20copy.csv', ' copy.csv']])('are warned of: %s %s', (prop, text, plain) => {
    const stack = newStack();
    new BucketFedFunction(stack, 'Imports', { handler: handlerIn(stack), [prop]: text });
    expect(warningOf(stack, 'objectKeyEncoded')).toContain(`${prop} is '${text}', which looks encoded`);
    expect(warningOf(stack, 'objectKeyEncoded')).toContain(`write '${plain}'`);
  });

  test('are not those with other characters', () => {
    const stack = newStack();
    new BucketFedFunction(stack, 'Imports', { handler: handlerIn(stack), prefix: 'a b/ü%/', suffix: ' (1).csv' });
    expect(warningIds(stack)).toEqual([]);
  });
});

test('tokens are taken for what they may be', () => {
  const stack = newStack();
  const text = (id: string) => new CfnParameter(stack, id).valueAsString;
  new BucketFedFunction(stack, 'Imports', { handler: handlerIn(stack), prefix: text('Prefix'), suffix: text('Suffix'), outputPrefix: text('Output') });
  new BucketFedFunction(stack, 'Others', { handler: handlerIn(stack, {}, 'Other'), prefix: text('Other1'), outputPrefix: 'out/' });
  new BucketFedFunction(stack, 'More', { handler: handlerIn(stack, {}, 'OfMore'), prefix: 'in/', outputPrefix: text('Output2') });
  expect(problemsAtSynth(stack)).toEqual([]);
});

describe('what cannot be changed or seen here is told by a warning', () => {
  test('a bucket that is not made in this app: what it must do', () => {
    const stack = newStack();
    new BucketFedFunction(stack, 'Imports', { handler: handlerIn(stack), bucket: s3.Bucket.fromBucketName(stack, 'Uploads', 'uploads') });
    expect(problemsAtSynth(stack)).toEqual([]);
    expect(warningOf(stack, 'adoptedBucketUnchecked')).toBe(
      'bucket \'Stack/Uploads\' is not made in this app, so it cannot be checked: it must send its events to EventBridge ' +
      '(aws s3api put-bucket-notification-configuration with "EventBridgeConfiguration": {}, beside the notifications that it has), ' +
      'and keep objects for at least 19 days (1 day in which EventBridge may go on trying to deliver + 4 days in its queue + 14 days in its dead-letter queue) ' +
      'and out of archives, versions that were replaced too',
    );
  });

  test('a handler of which no role is known: what it must be allowed', () => {
    const stack = newStack();
    const handler = lambda.Function.fromFunctionArn(stack, 'Handler', 'arn:aws:lambda:eu-west-1:111122223333:function:f');
    const encryptionKey = new kms.Key(stack, 'Key');
    new BucketFedFunction(stack, 'Imports', { handler, handlerTimeout: Duration.seconds(9), prefix: 'in/', outputPrefix: 'out/', encryptionKey });
    const texts = stack.node.findChild('Imports').node.metadata.map(({ data }) => String(data));
    expect(texts).toEqual([
      'the role of handler \'Stack/Handler\' is not known, so it cannot be allowed to read the objects here: allow it s3:GetObject, s3:GetObjectVersion on the keys that begin with \'in/\'; ' +
      's3:ListBucket on the bucket; s3:PutObject, s3:AbortMultipartUpload on the keys that begin with \'out/\' of bucket \'Stack/Imports/Bucket\', and kms:Decrypt on its key, ' +
      'or import the function with its role (Function.fromFunctionAttributes) [ack: cdk-serverless-patterns:handlerRoleUnknown]',
    ]);
  });
});
