import type { CfnResource, Stack } from 'aws-cdk-lib';
import { CfnParameter, Duration, RemovalPolicies, RemovalPolicy } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as s3n from 'aws-cdk-lib/aws-s3-notifications';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { consumerIn } from './fixtures';
import type { FailureBucketProps, FailureConsumerOptions } from '../../src';
import { FailureBucket } from '../../src';
import { resourcesBelow } from '../../src/private/app/resources-below';
import type { LateChange } from '../late-changes';
import { describeLateChanges, expectHarmless, problemsAtSynthesis, problemsWithInjector } from '../late-changes';
import { newStack } from '../messaging/fixtures';

/** A bucket 'Failures' with a consumer, 'Inspection', that may read a failure for 19 days. */
function make(stack: Stack, props: FailureBucketProps = {}, options: FailureConsumerOptions = {}, queueProps: sqs.QueueProps = {}): FailureBucket {
  const failures = new FailureBucket(stack, 'Failures', props);
  failures.addConsumer('Inspection', consumerIn(stack, 'Orders', queueProps), { prefix: 'aws/', ...options });
  return failures;
}

const ofBucket = ({ bucket }: FailureBucket) => bucket.node.defaultChild as CfnResource;
const inConsumer = (failures: FailureBucket, type: string) => resourcesBelow(failures.node.findChild('Inspection') as FailureBucket, type)[0]!;
const inStack = (failures: FailureBucket, path: string) => failures.node.root.node.findAll().find(({ node }) => node.path === path) as CfnResource;

const RESOURCES = {
  bucket: ofBucket,
  bucketPolicy: ({ bucket }: FailureBucket) => bucket.policy!.node.defaultChild as CfnResource,
  arrivalRule: ({ arrivalRule }: FailureBucket) => arrivalRule.node.defaultChild as CfnResource,
  rule: (failures: FailureBucket) => inConsumer(failures, 'AWS::Events::Rule'),
  deadLetterQueue: (failures: FailureBucket) => inConsumer(failures, 'AWS::SQS::Queue'),
  deadLetterPolicy: (failures: FailureBucket) => inConsumer(failures, 'AWS::SQS::QueuePolicy'),
  queuePolicy: (failures: FailureBucket) => inStack(failures, 'Stack/OrdersQueue/Policy/Resource'),
};

const ENCRYPTION = 'Properties.BucketEncryption.ServerSideEncryptionConfiguration.0';
const TARGET = 'Properties.Targets.0';
const LIFECYCLE = 'Properties.LifecycleConfiguration.Rules';
const RULE = { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 }, ExpirationInDays: 90, NoncurrentVersionExpiration: { NoncurrentDays: 1 }, Status: 'Enabled' };

/** Everything that the pattern derives: where it is, another value for it, and what the error advises. */
const DERIVED: LateChange<keyof typeof RESOURCES>[] = [
  ['bucket', LIFECYCLE, undefined, 'state expiration of the FailureBucket'],
  ['bucket', LIFECYCLE, [{ ...RULE, ExpirationInDays: 89 }], 'state expiration'],
  ['bucket', LIFECYCLE, [{ ...RULE, NoncurrentVersionExpiration: undefined }], 'state expiration'],
  ['bucket', LIFECYCLE, [{ ...RULE, AbortIncompleteMultipartUpload: undefined }], 'state expiration'],
  ['bucket', `${ENCRYPTION}.ServerSideEncryptionByDefault.SSEAlgorithm`, 'aws:kms', 'state encryptionKey'],
  ['bucket', 'Properties.PublicAccessBlockConfiguration', undefined, 'no failure is public; give who reads a grant'],
  ['bucket', 'Properties.OwnershipControls.Rules', [{ ObjectOwnership: 'ObjectWriter' }], 'nobody here can read what another account owns'],
  ['bucket', 'Properties.NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled', false, 'stored failures are counted, and delivered to consumers, by EventBridge'],
  ['bucket', 'Properties.LoggingConfiguration', { LogFilePrefix: 'logs/' }, 'the logs would be among the failures'],
  ['bucket', 'DeletionPolicy', 'Snapshot', 'state removalPolicy'],
  ['bucketPolicy', 'Properties.PolicyDocument.Statement', [], 'requests without TLS are refused'],
  ['arrivalRule', 'Properties.EventPattern', { source: ['aws.ecr'] }, 'every failure is counted; make another rule for some of them'],
  ['arrivalRule', 'Properties.State', 'DISABLED', 'the alarm on stored failures would be silent'],
  ['arrivalRule', 'Properties.EventBusName', 'other', 'the default event bus'],
  ['rule', 'Properties.EventPattern', { source: ['aws.ecr'] }, 'state prefix with addConsumer'],
  ['rule', 'Properties.State', 'DISABLED', 'pause the consumer of the queue'],
  ['rule', 'Properties.EventBusName', 'other', 'the default event bus'],
  ['rule', `${TARGET}.Arn`, 'other', 'give another consumer to addConsumer'],
  ['rule', `${TARGET}.DeadLetterConfig.Arn`, 'other', 'is set aside there'],
  ['rule', `${TARGET}.RetryPolicy.MaximumEventAgeInSeconds`, 60, 'given up earlier'],
  ['rule', `${TARGET}.RetryPolicy.MaximumRetryAttempts`, 0, 'given up earlier'],
  ['rule', `${TARGET}.SqsParameters.MessageGroupId`, 'other', 'state messageGroupId with addConsumer'],
  ['rule', `${TARGET}.Input`, '{}', 'the consumer reads the event as S3 sends it'],
  ['rule', `${TARGET}.InputPath`, '$.detail', 'as S3 sends it'],
  ['rule', `${TARGET}.InputTransformer`, { InputTemplate: '"a"' }, 'as S3 sends it'],
  ['deadLetterQueue', 'Properties.MessageRetentionPeriod', 60, 'stored failures wait there for people'],
  ['deadLetterQueue', 'Properties.KmsMasterKeyId', 'alias/aws/sqs', 'state encryptionKey of the FailureBucket'],
  ['deadLetterQueue', 'DeletionPolicy', 'Snapshot', 'state removalPolicy of the FailureBucket'],
  ['deadLetterPolicy', 'Properties.PolicyDocument.Statement', [], 'add other statements to it'],
  ['queuePolicy', 'Properties.PolicyDocument.Statement', [], 'add other statements to it'],
];

describeLateChanges(make, RESOURCES, DERIVED);

describe('with a customer-managed key, access logs and a FIFO queue', () => {
  const makeAll = (stack: Stack) => make(
    stack,
    { encryptionKey: new kms.Key(stack, 'Key'), expiration: Duration.days(40), serverAccessLogsBucket: new s3.Bucket(stack, 'Logs'), removalPolicy: RemovalPolicy.DESTROY },
    { messageGroupId: 'failures' },
    { fifo: true, contentBasedDeduplication: true },
  );
  const ALL = { bucket: RESOURCES.bucket, rule: RESOURCES.rule, deadLetterQueue: RESOURCES.deadLetterQueue };
  describeLateChanges(makeAll, ALL, [
    ['bucket', LIFECYCLE, [{ ...RULE, ExpirationInDays: 39 }], 'state expiration'],
    ['bucket', `${ENCRYPTION}.ServerSideEncryptionByDefault.KMSMasterKeyID`, 'alias/aws/s3', 'state encryptionKey'],
    ['bucket', `${ENCRYPTION}.BucketKeyEnabled`, false, 'for every object'],
    ['bucket', 'Properties.LoggingConfiguration.DestinationBucketName', 'other', 'state serverAccessLogsBucket'],
    ['rule', `${TARGET}.SqsParameters`, undefined, 'state messageGroupId with addConsumer'],
    ['deadLetterQueue', 'Properties.KmsMasterKeyId', 'other', 'state encryptionKey'],
  ]);
});

test.each<[string, string, object, string]>([
  ['requests without TLS', s3.Bucket.PROPERTY_INJECTION_ID, { enforceSSL: false }, 'bucket \'Stack/Failures/Bucket\' has no policy, so it takes requests without TLS: leave its enforceSSL on'],
  ['the expiry', s3.Bucket.PROPERTY_INJECTION_ID, { lifecycleRules: [] }, 'LifecycleConfiguration.Rules of \'Stack/Failures/Bucket/Resource\' was taken out'],
  ['whether rules are on', events.Rule.PROPERTY_INJECTION_ID, { enabled: false }, 'State of \'Stack/Failures/ArrivalRule/Resource\''],
])('an injector of the CDK\'s own constructs changes %s', (_, id, more, problem) => {
  expect(problemsWithInjector(id, more, make)).toContainEqual(expect.stringContaining(problem));
});

describe('what may change', () => {
  test.each<[string, (failures: FailureBucket, stack: Stack) => void]>([
    ['failures are kept longer', (failures) => ofBucket(failures).addOverride(LIFECYCLE, [{ ...RULE, ExpirationInDays: 365 }])],
    ['failures go to an archive when no consumer reads them any more', ({ bucket }) => (bucket as s3.Bucket).addLifecycleRule({
      transitions: [{ storageClass: s3.StorageClass.GLACIER, transitionAfter: Duration.days(19) }],
    })],
    ['the arrival rule gets a target', ({ arrivalRule }, stack) => arrivalRule.addTarget({ bind: () => ({ arn: new sqs.Queue(stack, 'Copy').queueArn }) })],
    ['everything is deleted with a stack for tests', (_, stack) => RemovalPolicies.of(stack).destroy()],
    ['a tag is added', (failures) => ofBucket(failures).addPropertyOverride('Tags', [{ Key: 'team', Value: 'orders' }])],
  ])('%s', (_, change) => expectHarmless(make, change));

  test('nothing, where the expiration is a token', () => {
    const stack = newStack();
    const failures = make(stack, { expiration: Duration.days(new CfnParameter(stack, 'Days', { type: 'Number' }).valueAsNumber) });
    (failures.bucket as s3.Bucket).addLifecycleRule({ expirationDate: new Date('2030-01-01') });
    expect(problemsAtSynthesis(stack)).toEqual([]);
  });
});

describe('what is added to the bucket', () => {
  test.each<[string, s3.LifecycleRule, string]>([
    ['expires failures early', { expiration: Duration.days(89) }, 'expires objects after 89 days, but Stack/Failures keeps failures for 90 days (expiration): state a shorter expiration, or '],
    ['expires some of them early', { prefix: 'tmp/', expiration: Duration.days(1) }, 'expires objects after 1 days, but Stack/Failures keeps failures for 90 days (expiration): state a shorter'],
    ['moves failures to an archive early', { transitions: [{ storageClass: s3.StorageClass.GLACIER, transitionAfter: Duration.days(18) }] }, (
      'moves objects to GLACIER after 18 days, where they cannot be read until they are restored, but Stack/Failures/Inspection may read a stored failure for 19 days ('
    )],
  ])('%s', (_, rule, problem) => {
    const stack = newStack();
    (make(stack).bucket as s3.Bucket).addLifecycleRule(rule);
    expect(problemsAtSynthesis(stack)).toEqual([expect.stringContaining(`[Stack/Failures] bucket 'Stack/Failures/Bucket' ${problem}`)]);
  });

  test('is no ordinary notification: it switches EventBridge off', () => {
    const stack = newStack();
    new FailureBucket(stack, 'Failures').bucket.addEventNotification(s3.EventType.OBJECT_REMOVED, new s3n.SqsDestination(new sqs.Queue(stack, 'Audit')));
    expect(problemsAtSynthesis(stack)).toEqual([expect.stringContaining(
      '\'Stack/Failures/Bucket/Notifications/Resource\' (addEventNotification) replaces all notifications of bucket \'Stack/Failures/Bucket\' and switches EventBridge off',
    )]);
  });

  test('is no second policy', () => {
    const stack = newStack();
    const { bucket } = make(stack);
    new s3.BucketPolicy(stack, 'Second', { bucket }).document.addStatements(
      new iam.PolicyStatement({ effect: iam.Effect.DENY, actions: ['s3:*'], resources: [bucket.bucketArn], principals: [new iam.AnyPrincipal()] }),
    );
    expect(problemsAtSynthesis(stack)).toEqual([expect.stringContaining('\'Stack/Second/Resource\' is a second policy of bucket \'Stack/Failures/Bucket\'')]);
  });
});

describe('the queue of a consumer is changed', () => {
  const changed = (queueProps: sqs.QueueProps, property: string, value: unknown, props: FailureBucketProps = {}) => {
    const stack = newStack();
    make(stack, props, {}, queueProps);
    ((stack.node.findChild('OrdersQueue') as sqs.Queue).node.defaultChild as CfnResource).addPropertyOverride(property, value);
    return problemsAtSynthesis(stack);
  };

  test('to keep messages beyond the expiration', () => {
    expect(changed({}, 'MessageRetentionPeriod', 1_209_600, { expiration: Duration.days(28) })).toEqual([expect.stringContaining(
      '[Stack/Failures] expiration is 28 days, but Stack/Failures/Inspection may read a stored failure for 29 days (',
    )]);
  });

  test('to take no message of EventBridge', () => {
    expect(changed({ fifo: true, contentBasedDeduplication: true }, 'ContentBasedDeduplication', false)).toEqual([expect.stringContaining('without contentBasedDeduplication')]);
  });
});
