import type { CfnResource, Stack } from 'aws-cdk-lib';
import { Duration, RemovalPolicies, Size } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as s3n from 'aws-cdk-lib/aws-s3-notifications';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { BucketFedFunctionProps } from '../../src';
import { BucketFedFunction } from '../../src';
import type { LateChange } from '../late-changes';
import { describeLateChanges, expectHarmless, problemsAtSynthesis, problemsWithInjector } from '../late-changes';
import { handlerIn, newStack } from '../messaging/fixtures';

/** A function that may read an object for 19 days. */
function make(stack: Stack, props: Partial<BucketFedFunctionProps> = {}): BucketFedFunction {
  return new BucketFedFunction(stack, 'Imports', { handler: handlerIn(stack), prefix: 'in/', maxObjectSize: Size.mebibytes(1), ...props });
}

const resource = ({ node }: { readonly node: { readonly defaultChild?: unknown } }) => node.defaultChild as CfnResource;
const policyOf = (queue: sqs.IQueue) => resource(queue.node.findChild('Policy'));

const RESOURCES = {
  bucket: ({ bucket }: BucketFedFunction) => resource(bucket),
  bucketPolicy: ({ bucket }: BucketFedFunction) => resource(bucket.policy!),
  rule: ({ rule }: BucketFedFunction) => resource(rule),
  tooLargeRule: ({ tooLargeRule }: BucketFedFunction) => resource(tooLargeRule!),
  deadLetterQueue: ({ deliveryDeadLetterQueue }: BucketFedFunction) => resource(deliveryDeadLetterQueue),
  deadLetterPolicy: ({ deliveryDeadLetterQueue }: BucketFedFunction) => policyOf(deliveryDeadLetterQueue),
  queuePolicy: ({ queue }: BucketFedFunction) => policyOf(queue),
};

const ENCRYPTION = 'Properties.BucketEncryption.ServerSideEncryptionConfiguration.0';
const TARGET = 'Properties.Targets.0';
const LIFECYCLE = 'Properties.LifecycleConfiguration.Rules';
const RULE = { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 }, NoncurrentVersionExpiration: { NoncurrentDays: 19 }, Status: 'Enabled' };
const KEPT = 'objects and their versions are kept for as long as messages may name them';

/** Everything that the pattern derives: where it is, another value for it, and what the error advises. */
const DERIVED: LateChange<keyof typeof RESOURCES>[] = [
  ['bucket', LIFECYCLE, undefined, KEPT],
  ['bucket', LIFECYCLE, [{ ...RULE, NoncurrentVersionExpiration: { NoncurrentDays: 18 } }], KEPT],
  ['bucket', LIFECYCLE, [RULE, { Status: 'Enabled', Prefix: 'in/', NoncurrentVersionExpiration: { NoncurrentDays: 1 } }], KEPT],
  ['bucket', LIFECYCLE, [RULE, { Status: 'Enabled', NoncurrentVersionExpirationInDays: 1 }], KEPT],
  ['bucket', LIFECYCLE, [{ ...RULE, Prefix: 'in/' }], KEPT],
  ['bucket', LIFECYCLE, [{ ...RULE, Status: 'Disabled' }], KEPT],
  ['bucket', LIFECYCLE, [{ ...RULE, NoncurrentVersionExpiration: undefined }], KEPT],
  ['bucket', LIFECYCLE, [{ ...RULE, AbortIncompleteMultipartUpload: undefined }], KEPT],
  ['bucket', 'Properties.VersioningConfiguration', { Status: 'Suspended' }, 'a message names the version that was put'],
  ['bucket', `${ENCRYPTION}.ServerSideEncryptionByDefault.SSEAlgorithm`, 'aws:kms', 'state encryptionKey of the BucketFedFunction'],
  ['bucket', 'Properties.PublicAccessBlockConfiguration', undefined, 'no object is public; hand out presigned URLs'],
  ['bucket', 'Properties.OwnershipControls.Rules', [{ ObjectOwnership: 'ObjectWriter' }], 'the handler cannot read what another account owns'],
  ['bucket', 'Properties.NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled', false, 'objects are delivered by EventBridge'],
  ['bucket', 'Properties.LoggingConfiguration', { LogFilePrefix: 'logs/' }, 'the logs would be among the objects'],
  ['bucket', 'DeletionPolicy', 'Snapshot', 'state removalPolicy'],
  ['bucketPolicy', 'Properties.PolicyDocument.Statement', [], 'requests without TLS are refused'],
  ['rule', 'Properties.EventPattern', { source: ['aws.ecr'] }, 'state prefix, suffix and sizes of the BucketFedFunction'],
  ['rule', 'Properties.State', 'DISABLED', 'set enabled: false, and messages wait in the queue'],
  ['rule', 'Properties.EventBusName', 'other', 'the default event bus'],
  ['rule', `${TARGET}.Arn`, 'other', 'give another consumer to the BucketFedFunction by its prop queue'],
  ['rule', `${TARGET}.DeadLetterConfig.Arn`, 'other', 'is set aside there'],
  ['rule', `${TARGET}.RetryPolicy.MaximumEventAgeInSeconds`, 60, 'given up earlier'],
  ['rule', `${TARGET}.RetryPolicy.MaximumRetryAttempts`, 0, 'given up earlier'],
  ['rule', `${TARGET}.Input`, '{}', 's3Records reads the event as S3 sends it'],
  ['tooLargeRule', 'Properties.EventPattern', { source: ['aws.ecr'] }, 'state maxObjectSize of the BucketFedFunction'],
  ['tooLargeRule', 'Properties.State', 'DISABLED', 'tune the alarm by deliveryAlarms.objectsTooLarge'],
  ['deadLetterQueue', 'Properties.MessageRetentionPeriod', 60, 'objects wait there for people'],
  ['deadLetterQueue', 'Properties.SqsManagedSseEnabled', false, 'state encryptionKey of the BucketFedFunction'],
  ['deadLetterQueue', 'DeletionPolicy', 'Snapshot', 'state removalPolicy'],
  ['deadLetterPolicy', 'Properties.PolicyDocument.Statement', [], 'messages are delivered only by this'],
  ['queuePolicy', 'Properties.PolicyDocument.Statement', [], 'messages are delivered only by this'],
];

describe('changed behind the pattern\'s back', () => {
  describeLateChanges(make, RESOURCES, DERIVED);
});

describe('changed, where a key and a FIFO queue are stated', () => {
  const makeAll = (stack: Stack) => make(stack, { encryptionKey: new kms.Key(stack, 'Key'), fifo: true, contentBasedDeduplication: true });
  describeLateChanges(makeAll, { bucket: RESOURCES.bucket, rule: RESOURCES.rule, deadLetterQueue: RESOURCES.deadLetterQueue }, [
    ['bucket', `${ENCRYPTION}.ServerSideEncryptionByDefault.KMSMasterKeyID`, 'alias/aws/s3', 'state encryptionKey'],
    ['bucket', `${ENCRYPTION}.BucketKeyEnabled`, false, 'for every object'],
    ['rule', `${TARGET}.SqsParameters`, undefined, 'a FIFO queue gets all objects in one group'],
    ['deadLetterQueue', 'Properties.KmsMasterKeyId', 'other', 'state encryptionKey'],
  ]);
});

test.each<[string, string, object, string]>([
  ['requests without TLS', s3.Bucket.PROPERTY_INJECTION_ID, { enforceSSL: false }, 'bucket \'Stack/Imports/Bucket\' has no policy, so it takes requests without TLS: leave its enforceSSL on'],
  ['versions', s3.Bucket.PROPERTY_INJECTION_ID, { versioned: false }, 'VersioningConfiguration of \'Stack/Imports/Bucket/Resource\' was taken out'],
  ['whether rules are on', events.Rule.PROPERTY_INJECTION_ID, { enabled: false }, 'State of \'Stack/Imports/Delivery/Rule/Resource\''],
])('an injector of the CDK\'s own constructs changes %s', (_, id, more, problem) => {
  expect(problemsWithInjector(id, more, make)).toContainEqual(expect.stringContaining(problem));
});

describe('what may change', () => {
  test.each<[string, (imports: BucketFedFunction, stack: Stack) => void]>([
    ['versions are kept longer', (imports) => RESOURCES.bucket(imports).addOverride(LIFECYCLE, [{ ...RULE, NoncurrentVersionExpiration: { NoncurrentDays: 365 } }])],
    ['objects expire when no message names them any more', ({ bucket }) => (bucket as s3.Bucket).addLifecycleRule({ expiration: Duration.days(19) })],
    ['others expire', ({ bucket }) => (bucket as s3.Bucket).addLifecycleRule({ expiration: Duration.days(1), prefix: 'tmp/' })],
    ['everything is deleted with a stack for tests', (_, stack) => RemovalPolicies.of(stack).destroy()],
    ['a tag is added', (imports) => RESOURCES.bucket(imports).addPropertyOverride('Tags', [{ Key: 'team', Value: 'orders' }])],
  ])('%s', (_, change) => expectHarmless(make, change));
});

describe('what is added to the bucket', () => {
  const problemsOf = (change: (imports: BucketFedFunction, stack: Stack) => unknown) => {
    const stack = newStack();
    change(make(stack), stack);
    return problemsAtSynthesis(stack);
  };

  test('must not expire objects while messages name them', () => {
    expect(problemsOf(({ bucket }) => (bucket as s3.Bucket).addLifecycleRule({ expiration: Duration.days(18) }))).toEqual([expect.stringContaining(
      '[Stack/Imports] bucket \'Stack/Imports/Bucket\' expires objects after 18 days, but Stack/Imports may read an object for 19 days (',
    )]);
  });

  test('is no ordinary notification: it switches EventBridge off', () => {
    expect(problemsOf(({ bucket }, stack) => bucket.addEventNotification(s3.EventType.OBJECT_REMOVED, new s3n.SqsDestination(new sqs.Queue(stack, 'Audit'))))).toEqual([
      expect.stringContaining('replaces all notifications of bucket \'Stack/Imports/Bucket\' and switches EventBridge off'),
    ]);
  });

  test('is no second policy', () => {
    expect(problemsOf(({ bucket }, stack) => new s3.BucketPolicy(stack, 'Second', { bucket }).document.addStatements(
      new iam.PolicyStatement({ effect: iam.Effect.DENY, actions: ['s3:*'], resources: [bucket.bucketArn], principals: [new iam.AnyPrincipal()] }),
    ))).toEqual([expect.stringContaining('\'Stack/Second/Resource\' is a second policy of bucket \'Stack/Imports/Bucket\'')]);
  });
});

test('an adopted queue may be changed to keep messages longer, and versions are kept longer with them', () => {
  const stack = newStack();
  const deadLetterQueue = { queue: new sqs.Queue(stack, 'Dead', { retentionPeriod: Duration.days(14) }), maxReceiveCount: 5 };
  const queue = new sqs.Queue(stack, 'Queue', { visibilityTimeout: Duration.minutes(1), deadLetterQueue });
  const imports = make(stack, { queue });
  resource(queue).addPropertyOverride('MessageRetentionPeriod', 604_800);
  expect(problemsAtSynthesis(stack)).toEqual([]);
  expect(stack.resolve((imports.bucket.node.defaultChild as s3.CfnBucket).lifecycleConfiguration)).toMatchObject({
    rules: [{ noncurrentVersionExpiration: { noncurrentDays: 22 } }],
  });
});

test('an adopted queue must take what EventBridge sends', () => {
  const stack = newStack();
  const deadLetterQueue = new sqs.Queue(stack, 'Dead', { fifo: true, retentionPeriod: Duration.days(14) });
  const queue = new sqs.Queue(stack, 'Queue', { fifo: true, contentBasedDeduplication: true, visibilityTimeout: Duration.minutes(1), deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: 5 } });
  make(stack, { queue });
  resource(queue).addPropertyOverride('ContentBasedDeduplication', false);
  expect(problemsAtSynthesis(stack)).toContainEqual(expect.stringContaining('[Stack/Imports] queue \'Stack/Queue\' is a FIFO queue without contentBasedDeduplication'));
});

test('an imported function is looked after as far as it is known', () => {
  const stack = newStack();
  const handler = lambda.Function.fromFunctionAttributes(stack, 'Imported', { functionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:f', sameEnvironment: true });
  make(stack, { handler, handlerTimeout: Duration.seconds(10) });
  expect(problemsAtSynthesis(stack)).toEqual([]);
});
