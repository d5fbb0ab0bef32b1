import type { CfnResource } from 'aws-cdk-lib';
import { App, CfnParameter, Duration, RemovalPolicies, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as s3n from 'aws-cdk-lib/aws-s3-notifications';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { consumerIn, QUEUE_ARN } from './fixtures';
import type { ClaimCheckBucketProps, UploadConsumerOptions } from '../../src';
import { ClaimCheckBucket, QueueFed } from '../../src';
import { resourcesBelow } from '../../src/private/app/resources-below';
import type { LateChange } from '../late-changes';
import { describeLateChanges, expectHarmless, expectTakenOut, problemsAtSynthesis, problemsWithInjector } from '../late-changes';
import { newStack } from '../messaging/fixtures';

/** A bucket 'Payloads' with a consumer by message and one of uploads, whose payloads may be claimed for 32 and for 33 days. */
function make(
  stack: Stack,
  props: ClaimCheckBucketProps = {},
  options: UploadConsumerOptions = {},
  queueProps: sqs.QueueProps = {},
): ClaimCheckBucket {
  const payloads = new ClaimCheckBucket(stack, 'Payloads', props);
  payloads.addConsumer('Orders', consumerIn(stack), { prefix: 'orders/' });
  payloads.addUploadConsumer('Files', consumerIn(stack, 'Files', queueProps), { prefix: 'files/', ...options });
  return payloads;
}

const ofBucket = (payloads: ClaimCheckBucket) => payloads.bucket.node.defaultChild as CfnResource;
const below = (payloads: ClaimCheckBucket, type: string) => resourcesBelow(payloads, type)[0]!;
const inStack = (payloads: ClaimCheckBucket, path: string) => payloads.node.root.node.findAll().find(({ node }) => node.path === path) as CfnResource;

const RESOURCES = {
  bucket: ofBucket,
  bucketPolicy: (payloads: ClaimCheckBucket) => payloads.bucket.policy!.node.defaultChild as CfnResource,
  rule: (payloads: ClaimCheckBucket) => below(payloads, 'AWS::Events::Rule'),
  deadLetterQueue: (payloads: ClaimCheckBucket) => below(payloads, 'AWS::SQS::Queue'),
  deadLetterPolicy: (payloads: ClaimCheckBucket) => below(payloads, 'AWS::SQS::QueuePolicy'),
  queuePolicy: (payloads: ClaimCheckBucket) => inStack(payloads, 'Stack/FilesQueue/Policy/Resource'),
};

const ENCRYPTION = 'Properties.BucketEncryption.ServerSideEncryptionConfiguration';
const TARGET = 'Properties.Targets.0';
const LIFECYCLE = 'Properties.LifecycleConfiguration.Rules';
const RULE = { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 }, ExpirationInDays: 33, NoncurrentVersionExpiration: { NoncurrentDays: 1 }, Status: 'Enabled' };

/** Everything that the pattern derives: where it is, another value for it, and what the error advises. */
const DERIVED: LateChange<keyof typeof RESOURCES>[] = [
  ['bucket', LIFECYCLE, undefined, 'state expiration of the ClaimCheckBucket, and add other rules'],
  ['bucket', LIFECYCLE, [{ ...RULE, ExpirationInDays: 32 }], 'state expiration'],
  ['bucket', LIFECYCLE, [{ ...RULE, ExpirationInDays: undefined }], 'state expiration'],
  ['bucket', LIFECYCLE, [{ ...RULE, Status: 'Disabled' }], 'state expiration'],
  ['bucket', LIFECYCLE, [{ ...RULE, Prefix: 'orders/' }], 'state expiration'],
  ['bucket', LIFECYCLE, [{ ...RULE, TagFilters: [{ Key: 'a', Value: 'b' }] }], 'state expiration'],
  ['bucket', LIFECYCLE, [{ ...RULE, ObjectSizeGreaterThan: '1' }], 'state expiration'],
  ['bucket', LIFECYCLE, [{ ...RULE, ObjectSizeLessThan: '1' }], 'state expiration'],
  ['bucket', LIFECYCLE, [{ ...RULE, NoncurrentVersionExpiration: undefined }], 'state expiration'],
  ['bucket', LIFECYCLE, [{ ...RULE, AbortIncompleteMultipartUpload: undefined }], 'state expiration'],
  ['bucket', `${ENCRYPTION}.0.ServerSideEncryptionByDefault.SSEAlgorithm`, 'aws:kms', 'state encryptionKey'],
  ['bucket', `${ENCRYPTION}.0.ServerSideEncryptionByDefault.KMSMasterKeyID`, 'other', 'state encryptionKey'],
  ['bucket', 'Properties.PublicAccessBlockConfiguration', undefined, 'presigned URLs'],
  ['bucket', 'Properties.PublicAccessBlockConfiguration', { BlockPublicAcls: false }, 'presigned URLs'],
  ['bucket', 'Properties.OwnershipControls.Rules', [{ ObjectOwnership: 'ObjectWriter' }], 'grantDeposit'],
  ['bucket', 'Properties.NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled', false, 'delivered by EventBridge'],
  ['bucket', 'Properties.LoggingConfiguration', { LogFilePrefix: 'logs/' }, 'the logs would be among the payloads; state serverAccessLogsBucket'],
  ['bucket', 'DeletionPolicy', 'Snapshot', 'state removalPolicy'],
  ['bucket', 'UpdateReplacePolicy', undefined, 'state removalPolicy'],
  ['bucketPolicy', 'Properties.Bucket', 'other', 'refuses requests without TLS'],
  ['bucketPolicy', 'Properties.PolicyDocument.Statement', [], 'requests without TLS are refused'],
  ['rule', 'Properties.EventPattern', { source: ['aws.ecr'] }, 'with addUploadConsumer'],
  ['rule', 'Properties.State', 'DISABLED', 'pause the consumer'],
  ['rule', 'Properties.EventBusName', 'other', 'the default event bus'],
  ['rule', `${TARGET}.Arn`, 'other', 'give another consumer to addUploadConsumer'],
  ['rule', `${TARGET}.DeadLetterConfig`, undefined, 'is set aside there'],
  ['rule', `${TARGET}.DeadLetterConfig.Arn`, 'other', 'is set aside there'],
  ['rule', `${TARGET}.RetryPolicy`, undefined, 'given up earlier'],
  ['rule', `${TARGET}.RetryPolicy.MaximumEventAgeInSeconds`, 60, 'given up earlier'],
  ['rule', `${TARGET}.RetryPolicy.MaximumRetryAttempts`, 0, 'given up earlier'],
  ['rule', `${TARGET}.SqsParameters.MessageGroupId`, 'other', 'state messageGroupId'],
  ['rule', `${TARGET}.Input`, '{}', 'as S3 sends it'],
  ['rule', `${TARGET}.InputPath`, '$.detail', 'as S3 sends it'],
  ['rule', `${TARGET}.InputTransformer`, { InputTemplate: '"a"' }, 'as S3 sends it'],
  ['deadLetterQueue', 'Properties.MessageRetentionPeriod', 60, 'uploads wait there for people'],
  ['deadLetterQueue', 'Properties.FifoQueue', true, 'uploads wait there for people'],
  ['deadLetterQueue', 'Properties.RedrivePolicy', { maxReceiveCount: 1 }, 'uploads wait there for people'],
  ['deadLetterQueue', 'Properties.MaximumMessageSize', 1024, 'uploads wait there for people'],
  ['deadLetterQueue', 'Properties.KmsMasterKeyId', 'alias/aws/sqs', 'state encryptionKey of the ClaimCheckBucket'],
  ['deadLetterQueue', 'Properties.SqsManagedSseEnabled', false, 'state encryptionKey'],
  ['deadLetterQueue', 'DeletionPolicy', 'Snapshot', 'state removalPolicy'],
  ['deadLetterQueue', 'UpdateReplacePolicy', undefined, 'state removalPolicy'],
  ['deadLetterPolicy', 'Properties.PolicyDocument.Statement', [], 'add other statements to it'],
  ['deadLetterPolicy', 'Properties.Queues', [], 'add other statements to it'],
  ['queuePolicy', 'Properties.PolicyDocument.Statement', [], 'add other statements to it'],
  ['queuePolicy', 'Properties.Queues', ['other'], 'add other statements to it'],
];

describeLateChanges(make, RESOURCES, DERIVED);

test('the rule for the lifecycle is named whole', () => {
  const stack = newStack();
  RESOURCES.bucket(make(stack)).addPropertyDeletionOverride('LifecycleConfiguration');
  expect(problemsAtSynthesis(stack)).toEqual([expect.stringContaining(JSON.stringify({
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 }, ExpirationInDays: 33, NoncurrentVersionExpiration: { NoncurrentDays: 1 }, Status: 'Enabled',
  }))]);
});

test('the error names the construct, the value, what it should be, and how to say it', () => {
  const stack = newStack();
  RESOURCES.rule(make(stack)).addPropertyOverride('State', 'DISABLED');
  expect(problemsAtSynthesis(stack)).toEqual([
    '[Stack/Payloads] State of \'Stack/Payloads/Files/Rule/Resource\' was changed to "DISABLED", but must be "ENABLED": what is uploaded meanwhile would be lost; pause the consumer of the queue',
  ]);
});

describe.each(DERIVED.filter(([, at, other]) => other !== undefined && at.startsWith('Properties.')
  && !/LoggingConfiguration|EventBusName|MessageGroupId|Input|FifoQueue|RedrivePolicy|MaximumMessageSize|KmsMasterKeyId|KMSMasterKeyID|SqsManagedSse|Rules$/.test(at)))(
  'of the %s %s',
  (...change) => {
    test('taken out', () => expectTakenOut(make, RESOURCES[change[0]], change));
  },
);

describe('with a customer-managed key and a FIFO queue', () => {
  const makeAll = (stack: Stack) => {
    const encryptionKey = new kms.Key(stack, 'Key');
    const fifo = { fifo: true, contentBasedDeduplication: true, encryptionMasterKey: encryptionKey };
    const serverAccessLogsBucket = new s3.Bucket(stack, 'Logs');
    return make(stack, { encryptionKey, expiration: Duration.days(40), serverAccessLogsBucket, removalPolicy: RemovalPolicy.DESTROY }, { messageGroupId: 'files' }, fifo);
  };
  const usingTheKey = (Action: string) => ({ Action, Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Resource: '*' });
  const ALL = {
    bucket: RESOURCES.bucket,
    rule: RESOURCES.rule,
    deadLetterQueue: RESOURCES.deadLetterQueue,
    key: (payloads: ClaimCheckBucket) => inStack(payloads, 'Stack/Key/Resource'),
  };
  describeLateChanges(makeAll, ALL, [
    ['bucket', LIFECYCLE, [{ ...RULE, ExpirationInDays: 39 }], 'state expiration'],
    ['bucket', `${ENCRYPTION}.0.ServerSideEncryptionByDefault.SSEAlgorithm`, 'AES256', 'state encryptionKey'],
    ['bucket', `${ENCRYPTION}.0.ServerSideEncryptionByDefault.KMSMasterKeyID`, 'alias/aws/s3', 'state encryptionKey'],
    ['bucket', 'Properties.LoggingConfiguration.DestinationBucketName', 'other', 'state serverAccessLogsBucket'],
    ['bucket', `${ENCRYPTION}.0.BucketKeyEnabled`, false, 'for every object'],
    ['rule', `${TARGET}.SqsParameters`, undefined, 'state messageGroupId'],
    ['deadLetterQueue', 'Properties.KmsMasterKeyId', 'other', 'state encryptionKey'],
    ['key', 'Properties.KeyPolicy.Statement', [], 'add other statements to it'],
    ['key', 'Properties.KeyPolicy.Statement', [usingTheKey('kms:Decrypt')], 'add other statements to it'],
    ['key', 'Properties.KeyPolicy.Statement', [usingTheKey('kms:GenerateDataKey')], 'add other statements to it'],
  ]);
});

describe('an injector of the CDK\'s own constructs', () => {
  const problemsWith = (classId: string, more: object) => (
    problemsWithInjector(classId, (_props, scope, id) => (classId !== QUEUE || (id === 'DeadLetterQueue' && scope.node.id === 'Files') ? more : {}), make)
  );
  const BUCKET = s3.Bucket.PROPERTY_INJECTION_ID;
  const QUEUE = sqs.Queue.PROPERTY_INJECTION_ID;

  test.each<[string, string, object, string]>([
    ['the expiry', BUCKET, { lifecycleRules: [{ expiration: Duration.days(7) }] }, 'LifecycleConfiguration.Rules of \'Stack/Payloads/Bucket/Resource\''],
    ['the AWS-managed key', BUCKET, { encryption: s3.BucketEncryption.KMS_MANAGED }, 'BucketEncryption.ServerSideEncryptionConfiguration.0.ServerSideEncryptionByDefault.SSEAlgorithm of \'Stack/Payloads/Bucket/Resource\''],
    ['public access', BUCKET, { blockPublicAccess: s3.BlockPublicAccess.BLOCK_ACLS }, 'PublicAccessBlockConfiguration of'],
    ['who owns objects', BUCKET, { objectOwnership: s3.ObjectOwnership.OBJECT_WRITER }, 'OwnershipControls.Rules of'],
    ['requests without TLS', BUCKET, { enforceSSL: false }, 'bucket \'Stack/Payloads/Bucket\' has no policy, so it takes requests without TLS: leave its enforceSSL on'],
    ['the events', events.Rule.PROPERTY_INJECTION_ID, { eventPattern: { source: ['aws.s3'] } }, 'EventPattern of'],
    ['whether it is on', events.Rule.PROPERTY_INJECTION_ID, { enabled: false }, 'State of'],
    ['the target', events.Rule.PROPERTY_INJECTION_ID, { targets: [] }, 'Targets.0.Arn of \'Stack/Payloads/Files/Rule/Resource\' was taken out'],
    ['the retention of dead letters', QUEUE, { retentionPeriod: Duration.days(2) }, 'MessageRetentionPeriod of \'Stack/Payloads/Files/DeadLetterQueue/Resource\''],
    ['the key of dead letters', QUEUE, { encryption: sqs.QueueEncryption.KMS_MANAGED }, 'KmsMasterKeyId of \'Stack/Payloads/Files/DeadLetterQueue/Resource\''],
  ])('changes %s', (_, id, more, problem) => {
    expect(problemsWith(id, more)).toContainEqual(expect.stringContaining(problem));
  });

  test('may encrypt the bucket with a key of its own, which is granted', () => {
    expect(problemsWith(BUCKET, { encryption: s3.BucketEncryption.KMS, bucketKeyEnabled: true })).toEqual([]);
  });
});

test('an injector may let the CDK empty the bucket of a stack for tests', () => {
  expect(problemsWithInjector(s3.Bucket.PROPERTY_INJECTION_ID, { removalPolicy: RemovalPolicy.DESTROY, autoDeleteObjects: true }, make)).toEqual([]);
});

describe('what may change', () => {
  const setExpiry = (bucket: CfnResource, days: number) => bucket.addOverride(LIFECYCLE, [{ ...RULE, ExpirationInDays: days }]);

  test.each<[string, (payloads: ClaimCheckBucket, stack: Stack) => void]>([
    ['payloads are kept longer', (payloads) => setExpiry(ofBucket(payloads), 365)],
    ['rules are spread over several', (payloads) => ofBucket(payloads).addOverride(LIFECYCLE, [
      { ExpirationInDays: 33, Status: 'Enabled', Prefix: '' },
      { NoncurrentVersionExpirationInDays: 1, Status: 'Enabled' },
      { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }, Status: 'Enabled' },
    ])],
    ['what nobody claims expires early', ({ bucket }) => (bucket as s3.Bucket).addLifecycleRule({ prefix: 'tmp/', expiration: Duration.days(1) })],
    ['the bucket gets versions', (payloads) => ofBucket(payloads).addPropertyOverride('VersioningConfiguration.Status', 'Enabled')],
    ['the bucket policy gets statements', ({ bucket }) => bucket.addToResourcePolicy(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [bucket.arnForObjects('*')], principals: [new iam.AccountPrincipal('444455556666')] }))],
    ['the rule gets another target', (payloads, stack) => (payloads.node.findChild('Files').node.findChild('Rule') as events.Rule).addTarget({ bind: () => ({ arn: new sqs.Queue(stack, 'Copy').queueArn }) })],
    ['the default event bus is named', (payloads) => RESOURCES.rule(payloads).addPropertyOverride('EventBusName', 'default')],
    ['two rules share a queue', (payloads, stack) => payloads.addUploadConsumer('More', QueueFed.of(
      stack.node.findChild('FilesQueue') as sqs.Queue, stack.node.findChild('FilesDeadLetters') as sqs.Queue,
    ), { prefix: 'more/' })],
    ['the queue names its encryption no more', (payloads) => RESOURCES.deadLetterQueue(payloads).addPropertyDeletionOverride('SqsManagedSseEnabled')],
    ['everything is deleted with a stack for tests', (_, stack) => RemovalPolicies.of(stack).destroy()],
    ['everything is kept', (_, stack) => RemovalPolicies.of(stack).retain()],
    ['access logs go to another bucket', (payloads) => ofBucket(payloads).addPropertyOverride('LoggingConfiguration.DestinationBucketName', 'logs')],
    ['a tag is added', (payloads) => ofBucket(payloads).addPropertyOverride('Tags', [{ Key: 'team', Value: 'orders' }])],
  ])('%s', (_, change) => expectHarmless(make, change));

  test('without uploads the bucket sends no events', () => {
    const stack = newStack();
    new ClaimCheckBucket(stack, 'Payloads').addConsumer('Orders', consumerIn(stack));
    expect(problemsAtSynthesis(stack)).toEqual([]);
  });

  test('an expiration that is a token stays what it is', () => {
    const problemsAfter = (change: (payloads: ClaimCheckBucket) => void) => {
      const stack = newStack();
      change(make(stack, { expiration: Duration.days(new CfnParameter(stack, 'Days', { type: 'Number' }).valueAsNumber) }));
      return problemsAtSynthesis(stack);
    };
    expect(problemsAfter(() => undefined)).toEqual([]);
    expect(problemsAfter((payloads) => setExpiry(ofBucket(payloads), 365))).toEqual([expect.stringContaining('LifecycleConfiguration.Rules of')]);
  });
});

test('an expiry that was shortened is reported once', () => {
  const stack = newStack();
  RESOURCES.bucket(make(stack)).addOverride(LIFECYCLE, [{ ...RULE, ExpirationInDays: 32 }]);
  expect(problemsAtSynthesis(stack)).toEqual([expect.stringContaining('LifecycleConfiguration.Rules of \'Stack/Payloads/Bucket/Resource\' was changed to ')]);
});

describe('a bucket that was given and is changed later', () => {
  const keeping = (days: number) => ({ Status: 'Enabled', ExpirationInDays: days });

  test.each<[string, unknown, string]>([
    ['expires payloads early', [keeping(32)], 'bucket \'Stack/Live\' expires objects after 32 days, but Stack/Payloads/Files may claim a payload for 33 days ('],
    ['moves payloads to an archive', [{ ...keeping(400), Transitions: [{ StorageClass: 'GLACIER', TransitionInDays: 32 }] }], 'bucket \'Stack/Live\' moves objects to GLACIER after 32 days, '],
  ])('%s', (_, rules, problem) => {
    const stack = newStack();
    const bucket = new s3.Bucket(stack, 'Live', { lifecycleRules: [{ expiration: Duration.days(33) }] });
    (bucket.node.defaultChild as CfnResource).addPropertyOverride('NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled', true);
    make(stack, { bucket });
    (bucket.node.defaultChild as CfnResource).addOverride(LIFECYCLE, rules);
    expect(problemsAtSynthesis(stack)).toEqual([expect.stringContaining(problem)]);
  });

  test('sends its events no more', () => {
    const stack = newStack();
    const bucket = new s3.Bucket(stack, 'Live', { lifecycleRules: [{ expiration: Duration.days(33) }] });
    (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
    make(stack, { bucket });
    (bucket.node.defaultChild as CfnResource).addPropertyOverride('NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled', false);
    expect(problemsAtSynthesis(stack)).toEqual([expect.stringContaining('bucket \'Stack/Live\' does not send its events to EventBridge')]);
  });
});

describe('what is added to the bucket', () => {
  test.each<[string, s3.LifecycleRule, string]>([
    ['expires payloads early', { prefix: 'orders/', expiration: Duration.days(31) }, 'expires objects after 31 days, but Stack/Payloads/Orders may claim a payload for 32 days ('],
    ['moves payloads to an archive', { prefix: 'orders/', transitions: [{ storageClass: s3.StorageClass.GLACIER, transitionAfter: Duration.days(31) }] }, 'moves objects to GLACIER after 31 days, '],
  ])('%s', (_, rule, problem) => {
    const stack = newStack();
    (make(stack).bucket as s3.Bucket).addLifecycleRule(rule);
    expect(problemsAtSynthesis(stack)).toEqual([expect.stringContaining(`[Stack/Payloads] bucket 'Stack/Payloads/Bucket' ${problem}`)]);
  });

  test('is no ordinary notification, where there are uploads: it switches EventBridge off', () => {
    const stack = newStack();
    make(stack).bucket.addEventNotification(s3.EventType.OBJECT_REMOVED, new s3n.SqsDestination(new sqs.Queue(stack, 'Audit')));
    expect(problemsAtSynthesis(stack)).toEqual([
      '[Stack/Payloads] \'Stack/Payloads/Bucket/Notifications/Resource\' (addEventNotification) replaces all notifications of bucket \'Stack/Payloads/Bucket\' and switches EventBridge off, ' +
      'so no object would be delivered: use a rule in EventBridge for these events instead (new events.Rule with source \'aws.s3\')',
    ]);
  });

  test.each<[string, (payloads: ClaimCheckBucket, stack: Stack) => void]>([
    ['an ordinary notification, where payloads come by message only', (payloads, stack) => {
      payloads.addConsumer('Orders', consumerIn(stack));
      payloads.bucket.addEventNotification(s3.EventType.OBJECT_REMOVED, new s3n.SqsDestination(new sqs.Queue(stack, 'Audit')));
    }],
    ['a notification by a function that keeps what it finds', (payloads, stack) => {
      payloads.addUploadConsumer('Files', consumerIn(stack));
      s3.Bucket.fromBucketName(stack, 'Again', payloads.bucket.bucketName)
        .addEventNotification(s3.EventType.OBJECT_REMOVED, new s3n.SqsDestination(new sqs.Queue(stack, 'Audit')));
    }],
    ['an ordinary notification of another bucket', (payloads, stack) => {
      payloads.addUploadConsumer('Files', consumerIn(stack));
      new s3.Bucket(stack, 'Other').addEventNotification(s3.EventType.OBJECT_REMOVED, new s3n.SqsDestination(new sqs.Queue(stack, 'Audit')));
    }],
    ['the notifications of the resource itself', (payloads, stack) => {
      payloads.addUploadConsumer('Files', consumerIn(stack));
      (payloads.bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = { queueConfigurations: [{ event: 's3:ObjectRemoved:*', queue: QUEUE_ARN }] };
    }],
  ])('may be %s', (_, add) => {
    const stack = newStack();
    add(new ClaimCheckBucket(stack, 'Payloads'), stack);
    expect(problemsAtSynthesis(stack)).toEqual([]);
  });

  test('is no second policy', () => {
    const stack = newStack();
    const { bucket } = make(stack);
    new s3.BucketPolicy(stack, 'Second', { bucket }).document.addStatements(
      new iam.PolicyStatement({ effect: iam.Effect.DENY, actions: ['s3:*'], resources: [bucket.bucketArn], principals: [new iam.AnyPrincipal()] }),
    );
    new s3.Bucket(stack, 'Other', { enforceSSL: true });
    expect(problemsAtSynthesis(stack)).toEqual([
      '[Stack/Payloads] \'Stack/Second/Resource\' is a second policy of bucket \'Stack/Payloads/Bucket\', and S3 keeps the one that is deployed last: add its statements by addToResourcePolicy of the bucket',
    ]);
  });
});

describe('what becomes of the queues of a consumer', () => {
  const problemsAfter = (path: string, property: string, value: unknown, queueProps: sqs.QueueProps = {}, props: ClaimCheckBucketProps = {}) => {
    const stack = newStack();
    const payloads = new ClaimCheckBucket(stack, 'Payloads', props);
    payloads.addConsumer('Orders', consumerIn(stack, 'Orders', {}, { maxMessageSizeBytes: 300_000 }), { prefix: 'orders/' });
    payloads.addUploadConsumer('Files', consumerIn(stack, 'Files', queueProps), { prefix: 'files/' });
    (stack.node.findChild(path).node.defaultChild as CfnResource).addPropertyOverride(property, value);
    return { stack, problems: problemsAtSynthesis(stack) };
  };

  test('is followed by the expiry', () => {
    const { stack, problems } = problemsAfter('OrdersQueue', 'MessageRetentionPeriod', 1_209_600);
    expect(problems).toEqual([]);
    Template.fromStack(stack).hasResourceProperties('AWS::S3::Bucket', { LifecycleConfiguration: { Rules: [{ ExpirationInDays: 42 }] } });
  });

  test('must fit an expiration that is stated', () => {
    expect(problemsAfter('OrdersQueue', 'MessageRetentionPeriod', 1_209_600, {}, { expiration: Duration.days(33) }).problems).toEqual([
      '[Stack/Payloads] expiration is 33 days, but Stack/Payloads/Orders may claim a payload for 42 days (' +
      '14 days in its queue + 14 days in its dead-letter queue + 14 days after a redrive (redriveWindow)): set expiration: Duration.days(42) or longer, or leave it out',
    ]);
  });

  test('stays as it was where it cannot be known', () => {
    const { stack, problems } = problemsAfter('FilesQueue', 'MessageRetentionPeriod', { Ref: 'AWS::NoValue' });
    expect(problems).toEqual([]);
    Template.fromStack(stack).hasResourceProperties('AWS::S3::Bucket', { LifecycleConfiguration: { Rules: [{ ExpirationInDays: 33 }] } });
  });

  test.each<[string, string, unknown, sqs.QueueProps, string]>([
    ['OrdersQueue', 'ContentBasedDeduplication', true, {}, 'queue \'Stack/OrdersQueue\' has contentBasedDeduplication, but '],
    ['FilesQueue', 'ContentBasedDeduplication', false, { fifo: true, contentBasedDeduplication: true }, 'queue \'Stack/FilesQueue\' is a FIFO queue without contentBasedDeduplication, but '],
    ['FilesQueue', 'KmsMasterKeyId', 'alias/aws/sqs', {}, 'queue \'Stack/FilesQueue\' is encrypted with the AWS-managed key \'alias/aws/sqs\', '],
    [
      'OrdersDeadLetters', 'MaximumMessageSize', 299_999, {},
      'queue \'Stack/OrdersDeadLetters\' takes messages of at most 299999 bytes, less than the threshold that was given for Stack/Payloads/Orders (300000 bytes): state maximumMessageSize where the queue is made',
    ],
    ['OrdersQueue', 'MaximumMessageSize', 1024, {}, 'queue \'Stack/OrdersQueue\' takes messages of at most 1024 bytes, less than the threshold'],
  ])('must not harm the delivery: %s %s', (path, property, value, queueProps, problem) => {
    expect(problemsAfter(path, property, value, queueProps).problems).toEqual([expect.stringContaining(problem)]);
  });

  test('must not make it a FIFO queue for which the rule has no message group', () => {
    const stack = newStack();
    make(stack);
    const queue = stack.node.findChild('FilesQueue').node.defaultChild as sqs.CfnQueue;
    queue.addPropertyOverride('FifoQueue', true);
    queue.addPropertyOverride('ContentBasedDeduplication', true);
    expect(problemsAtSynthesis(stack)).toEqual([
      '[Stack/Payloads] queue \'Stack/FilesQueue\' is a FIFO queue, but the target of the rule has no message group, so SQS would refuse every message: ' +
      'set messageGroupId of the target, or give a consumer with a standard queue',
    ]);
  });

  test.each<[string, string, unknown, sqs.QueueProps]>([
    ['OrdersQueue', 'KmsMasterKeyId', 'alias/aws/sqs', {}],
    ['OrdersQueue', 'MaximumMessageSize', 300_000, {}],
    ['FilesQueue', 'MaximumMessageSize', 262_144, {}],
    ['FilesQueue', 'ContentBasedDeduplication', true, { fifo: true, contentBasedDeduplication: true }],
  ])('may be anything else: %s %s', (path, property, value, queueProps) => {
    expect(problemsAfter(path, property, value, queueProps).problems).toEqual([]);
  });
});

describe('with a consumer of another stack', () => {
  const makeAcross = (feed: Stack, storage: Stack) => {
    const encryptionKey = new kms.Key(storage, 'Key');
    const payloads = new ClaimCheckBucket(storage, 'Payloads', { encryptionKey });
    const { deadLetterQueue, rule } = payloads.addUploadConsumer('Files', consumerIn(feed, 'Files', { encryptionMasterKey: new kms.Key(feed, 'Key') }), { prefix: 'files/' });
    return { deadLetterQueue, rule };
  };

  test.each([true, false])('nothing is changed (storage first: %s)', (storageFirst) => {
    const app = new App();
    const stacks = storageFirst ? ['Storage', 'Feed'] : ['Feed', 'Storage'];
    stacks.forEach((id) => new Stack(app, id));
    makeAcross(app.node.findChild('Feed') as Stack, app.node.findChild('Storage') as Stack);
    expect(problemsAtSynthesis(app.node.findChild('Feed') as Stack)).toEqual([]);
  });

  test('what is changed there is found', () => {
    const app = new App();
    const [feed, storage] = [new Stack(app, 'Feed'), new Stack(app, 'Storage')];
    const { deadLetterQueue, rule } = makeAcross(feed, storage);
    (rule.node.defaultChild as CfnResource).addPropertyOverride('State', 'DISABLED');
    (deadLetterQueue.node.defaultChild as CfnResource).addPropertyOverride('KmsMasterKeyId', 'other');
    expect(problemsAtSynthesis(feed)).toEqual([
      expect.stringMatching(/^\[Feed\/.+\] KmsMasterKeyId of 'Feed\/.+' was changed to "other", but must be {/),
      expect.stringMatching(/^\[Storage\/Payloads\] State of 'Feed\/.+' was changed to "DISABLED"/),
    ]);
  });
});
