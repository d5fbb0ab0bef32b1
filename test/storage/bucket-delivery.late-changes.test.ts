import type { CfnResource, Stack } from 'aws-cdk-lib';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as s3n from 'aws-cdk-lib/aws-s3-notifications';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { consumerIn } from './fixtures';
import type { BucketDeliveryProps } from '../../src';
import { BucketDelivery } from '../../src';
import { resourcesBelow } from '../../src/private/app/resources-below';
import type { LateChange } from '../late-changes';
import { describeLateChanges, describeRoles, expectHarmless, problemsAtSynthesis, problemsWithInjector } from '../late-changes';
import { handlerIn, newStack } from '../messaging/fixtures';

/** A delivery with a transformation, of whose failures a consumer, 'Inspection', is told for up to 19 days. */
function make(stack: Stack, props: BucketDeliveryProps = {}): BucketDelivery {
  const delivery = new BucketDelivery(stack, 'Orders', { transform: handlerIn(stack), ...props });
  delivery.addFailureConsumer('Inspection', consumerIn(stack));
  return delivery;
}

const inConsumer = ({ node }: BucketDelivery, type: string) => resourcesBelow(node.findChild('Inspection') as BucketDelivery, type)[0]!;
const resourceOf = ({ node }: { node: BucketDelivery['node'] }) => node.defaultChild as CfnResource;

const RESOURCES = {
  stream: ({ deliveryStream }: BucketDelivery) => resourceOf(deliveryStream),
  bucket: ({ bucket }: BucketDelivery) => resourceOf(bucket),
  bucketPolicy: ({ bucket }: BucketDelivery) => resourceOf(bucket.policy!),
  policy: ({ role }: BucketDelivery) => resourcesBelow(role, 'AWS::IAM::Policy')[0]!,
  logs: ({ logGroup }: BucketDelivery) => resourceOf(logGroup),
  failureRule: ({ failureRule }: BucketDelivery) => resourceOf(failureRule),
  rule: (delivery: BucketDelivery) => inConsumer(delivery, 'AWS::Events::Rule'),
  deadLetterQueue: (delivery: BucketDelivery) => inConsumer(delivery, 'AWS::SQS::Queue'),
  handler: ({ node }: BucketDelivery) => resourceOf(node.scope!.node.findChild('Handler')),
};

const DESTINATION = 'Properties.ExtendedS3DestinationConfiguration';
const BACKUP = `${DESTINATION}.S3BackupConfiguration`;
const TARGET = 'Properties.Targets.0';
const LIFECYCLE = 'Properties.LifecycleConfiguration.Rules';
const RULE = { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 }, NoncurrentVersionExpiration: { NoncurrentDays: 1 }, Status: 'Enabled' };

/** Everything that the pattern derives: where it is, another value for it, and what the error advises. */
const DERIVED: LateChange<keyof typeof RESOURCES>[] = [
  ['stream', 'Properties.DeliveryStreamEncryptionConfigurationInput.KeyType', undefined, 'state encryptionKey of the BucketDelivery'],
  ['stream', 'Properties.DeliveryStreamEncryptionConfigurationInput.KeyARN', 'other', 'state encryptionKey of the BucketDelivery'],
  ['stream', 'Properties.KinesisStreamSourceConfiguration.KinesisStreamARN', 'other', 'state source of the BucketDelivery'],
  ['stream', `${DESTINATION}.BucketARN`, 'other', 'state bucket of the BucketDelivery'],
  ['stream', `${DESTINATION}.RoleARN`, 'other', 'change what that role may do'],
  ['stream', `${DESTINATION}.Prefix`, 'errors/data/', 'state prefix of the BucketDelivery'],
  ['stream', `${DESTINATION}.ErrorOutputPrefix`, 'data/errors/', 'state errorPrefix of the BucketDelivery'],
  ['stream', `${DESTINATION}.CompressionFormat`, 'UNCOMPRESSED', 'state compression of the BucketDelivery'],
  ['stream', `${DESTINATION}.BufferingHints.IntervalInSeconds`, 900, 'state bufferingInterval of the BucketDelivery'],
  ['stream', `${DESTINATION}.BufferingHints.SizeInMBs`, 1, 'state bufferingSize of the BucketDelivery'],
  ['stream', `${DESTINATION}.CloudWatchLoggingOptions.Enabled`, false, 'only this log says why Firehose cannot deliver'],
  ['stream', `${DESTINATION}.ProcessingConfiguration`, undefined, 'state transform of the BucketDelivery, partitioning or newLineDelimiter'],
  ['stream', `${DESTINATION}.ProcessingConfiguration`, { Enabled: false }, 'state transform of the BucketDelivery, partitioning or newLineDelimiter'],
  ['stream', `${DESTINATION}.S3BackupMode`, 'Disabled', 'a record that the function drops can be had back from there only'],
  ['stream', `${BACKUP}.BucketARN`, 'other', 'state bucket of the BucketDelivery'],
  ['stream', `${BACKUP}.Prefix`, 'data/', 'state backupPrefix of the BucketDelivery'],
  ['bucket', LIFECYCLE, [{ ...RULE, AbortIncompleteMultipartUpload: undefined }], 'add other rules with addLifecycleRule of the bucket'],
  ['bucket', 'Properties.PublicAccessBlockConfiguration', undefined, 'no record is public; give who reads them a grant'],
  ['bucket', 'Properties.OwnershipControls.Rules', [{ ObjectOwnership: 'ObjectWriter' }], 'nobody here can read what another account owns'],
  ['bucket', 'Properties.NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled', false, 'records that failed are counted, and delivered to consumers, by EventBridge'],
  ['bucket', 'Properties.LoggingConfiguration', { LogFilePrefix: 'logs/' }, 'the logs would be among the records'],
  ['bucket', 'Properties.BucketEncryption.ServerSideEncryptionConfiguration.0.ServerSideEncryptionByDefault.SSEAlgorithm', 'aws:kms', 'state encryptionKey of the BucketDelivery'],
  ['bucket', 'DeletionPolicy', 'Snapshot', 'state removalPolicy of the BucketDelivery'],
  ['bucketPolicy', 'Properties.PolicyDocument.Statement', [], 'requests without TLS are refused'],
  ['logs', 'Properties.RetentionInDays', 1, 'state logRetention of the BucketDelivery'],
  ['failureRule', 'Properties.EventPattern', { source: ['aws.ecr'] }, 'every object with records that failed is counted; make another rule for some of them'],
  ['failureRule', 'Properties.State', 'DISABLED', 'the alarm on stored failures would be silent; tune it by the prop alarms.failuresStored'],
  ['failureRule', 'Properties.EventBusName', 'other', 'the default event bus'],
  ['rule', 'Properties.EventPattern', { source: ['aws.ecr'] }, 'state prefix with addFailureConsumer'],
  ['rule', 'Properties.State', 'DISABLED', 'pause the consumer of the queue'],
  ['rule', `${TARGET}.Arn`, 'other', 'give another consumer to addFailureConsumer'],
  ['rule', `${TARGET}.DeadLetterConfig.Arn`, 'other', 'is set aside there'],
  ['deadLetterQueue', 'Properties.MessageRetentionPeriod', 60, 'stored failures wait there for people'],
  ['deadLetterQueue', 'DeletionPolicy', 'Snapshot', 'state removalPolicy of the BucketDelivery'],
  ['handler', 'Properties.Timeout', 20, 'the alarm on duration is derived from it, so set it where the function is made'],
];

describeLateChanges(make, RESOURCES, DERIVED);

const ROLE = { of: ({ role }: BucketDelivery) => role, takes: 'Firehose takes this role; add others to it', does: 'Firehose reads, transforms and writes by this role' };

describeRoles(make, { 'role of the delivery stream': ROLE });

describe('with a stream, a key and no transformation', () => {
  const makeAll = (stack: Stack) => new BucketDelivery(stack, 'Orders', {
    source: new kinesis.Stream(stack, 'Stream'), encryptionKey: new kms.Key(stack, 'Key'), removalPolicy: RemovalPolicy.DESTROY, newLineDelimiter: false, logRetention: logs.RetentionDays.ONE_WEEK,
  });
  describeRoles(makeAll, { 'role of the delivery stream': ROLE });
  describeLateChanges(makeAll, { stream: RESOURCES.stream, bucket: RESOURCES.bucket, policy: RESOURCES.policy, logs: RESOURCES.logs }, [
    ['stream', 'Properties.KinesisStreamSourceConfiguration.KinesisStreamARN', 'other', 'state source of the BucketDelivery'],
    ['stream', 'Properties.DeliveryStreamEncryptionConfigurationInput.KeyType', 'AWS_OWNED_CMK', 'state encryptionKey of the BucketDelivery'],
    ['stream', `${DESTINATION}.ProcessingConfiguration`, { Enabled: true }, 'state transform of the BucketDelivery, partitioning or newLineDelimiter'],
    ['stream', `${DESTINATION}.S3BackupMode`, 'Enabled', 'state transform of the BucketDelivery'],
    ['stream', `${BACKUP}.Prefix`, 'source/', 'state backupPrefix of the BucketDelivery'],
    ['bucket', 'Properties.BucketEncryption.ServerSideEncryptionConfiguration.0.BucketKeyEnabled', false, 'for every object'],
    ['policy', 'Properties.PolicyDocument.Statement', [{ Action: 's3:PutObject', Effect: 'Allow', Resource: '*' }], 'Firehose reads, transforms and writes by this role'],
    ['logs', 'Properties.RetentionInDays', undefined, 'state logRetention of the BucketDelivery'],
  ]);
});

test.each<[string, string, object, string]>([
  ['requests without TLS', s3.Bucket.PROPERTY_INJECTION_ID, { enforceSSL: false }, 'bucket \'Stack/Orders/Bucket\' has no policy, so it takes requests without TLS: leave its enforceSSL on'],
  ['whether rules are on', events.Rule.PROPERTY_INJECTION_ID, { enabled: false }, 'State of \'Stack/Orders/FailureRule/Resource\''],
])('an injector of the CDK\'s own constructs changes %s', (_, id, more, problem) => {
  expect(problemsWithInjector(id, more, make)).toContainEqual(expect.stringContaining(problem));
});

describe('what may change', () => {
  test.each<[string, (delivery: BucketDelivery, stack: Stack) => void]>([
    ['data expires', ({ bucket }) => (bucket as s3.Bucket).addLifecycleRule({ prefix: 'data/', expiration: Duration.days(1) })],
    ['everything expires later', ({ bucket }) => (bucket as s3.Bucket).addLifecycleRule({ expiration: Duration.days(90) })],
    ['failures go to an archive when no consumer reads them any more', ({ bucket }) => (bucket as s3.Bucket).addLifecycleRule({
      prefix: 'errors/', transitions: [{ storageClass: s3.StorageClass.GLACIER, transitionAfter: Duration.days(19) }],
    })],
    ['the role may do more', ({ role, bucket }) => bucket.grantDelete(role)],
    ['the stack is for tests', (delivery) => resourceOf(delivery.bucket).applyRemovalPolicy(RemovalPolicy.DESTROY)],
  ])('%s', (_, change) => expectHarmless(make, change));
});

describe('what is added to the bucket', () => {
  test.each<[string, s3.LifecycleRule, string]>([
    ['expires everything early', { expiration: Duration.days(89) }, (
      'expires objects after 89 days, but Stack/Orders keeps what is below \'errors/\' for 90 days: give the lifecycle rule the prefix of the data, or give a bucket of your own (bucket)'
    )],
    ['expires some failures early', { prefix: 'errors/processing-failed/', expiration: Duration.days(60) }, 'expires objects after 60 days, but Stack/Orders keeps what is below \'errors/\' for 90 days: '],
    ['expires originals early', { prefix: 'source/', expiration: Duration.days(60) }, 'expires objects after 60 days, but Stack/Orders keeps what is below \'source/\' for 90 days: '],
    ['expires failures on a date', { prefix: 'err', expirationDate: new Date('2100-01-01') }, 'expires objects on a date, but Stack/Orders keeps what is below \'errors/\' for 90 days: '],
    ['moves failures to an archive early', { transitions: [{ storageClass: s3.StorageClass.GLACIER, transitionAfter: Duration.days(18) }] }, (
      'moves objects to GLACIER after 18 days, where they cannot be read until they are restored, but Stack/Orders/Inspection may read a stored failure for 19 days ('
    )],
  ])('%s', (_, rule, problem) => {
    const stack = newStack();
    (make(stack).bucket as s3.Bucket).addLifecycleRule(rule);
    expect(problemsAtSynthesis(stack).filter((one) => one.includes('90 days') || one.includes('GLACIER')).slice(0, 1))
      .toEqual([expect.stringContaining(`[Stack/Orders] bucket 'Stack/Orders/Bucket' ${problem}`)]);
  });

  test('expires what would be originals, if there were any', () => {
    const stack = newStack();
    (new BucketDelivery(stack, 'Orders').bucket as s3.Bucket).addLifecycleRule({ prefix: 'source/', expiration: Duration.days(1) });
    expect(problemsAtSynthesis(stack)).toEqual([]);
  });

  test('is no ordinary notification: it switches EventBridge off', () => {
    const stack = newStack();
    new BucketDelivery(stack, 'Orders').bucket.addEventNotification(s3.EventType.OBJECT_REMOVED, new s3n.SqsDestination(new sqs.Queue(stack, 'Audit')));
    expect(problemsAtSynthesis(stack)).toEqual([expect.stringContaining('replaces all notifications of bucket \'Stack/Orders/Bucket\' and switches EventBridge off')]);
  });
});

test('the queue of a consumer is changed to take no message of EventBridge', () => {
  const stack = newStack();
  const delivery = new BucketDelivery(stack, 'Orders');
  delivery.addFailureConsumer('Inspection', consumerIn(stack, 'Orders', { fifo: true, contentBasedDeduplication: true }));
  resourceOf(stack.node.findChild('OrdersQueue')).addPropertyOverride('ContentBasedDeduplication', false);
  expect(problemsAtSynthesis(stack)).toEqual([expect.stringContaining('without contentBasedDeduplication')]);
});
