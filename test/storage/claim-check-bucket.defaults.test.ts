import type { Stack } from 'aws-cdk-lib';
import { CfnParameter, Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { BUCKET, consumerIn, importedConsumerIn, POLICY, problemsAtSynth, QUEUE, QUEUE_POLICY, RULE } from './fixtures';
import type { ClaimCheckBucketProps, UploadConsumerOptions } from '../../src';
import { ClaimCheckBucket, QueueFedFunction } from '../../src';
import { attribute, handlerIn, newStack, ref, resourceOf, resourcesOf } from '../messaging/fixtures';

function payloadsWith(props?: ClaimCheckBucketProps) {
  const stack = newStack();
  return { stack, payloads: new ClaimCheckBucket(stack, 'Payloads', props) };
}

describe('with nothing stated, the bucket', () => {
  const { stack } = payloadsWith();
  const bucket = resourceOf(stack, BUCKET);

  test('blocks public access', () => {
    const all = { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true };
    expect(bucket.Properties.PublicAccessBlockConfiguration).toEqual(all);
    expect(bucket.Properties.OwnershipControls).toEqual({ Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] });
  });

  test('refuses what does not come over TLS, and allows nobody anything', () => {
    const withoutTls = { Bool: { 'aws:SecureTransport': 'false' } };
    Template.fromStack(stack).hasResourceProperties('AWS::S3::BucketPolicy', {
      Bucket: ref('PayloadsBucket'),
      PolicyDocument: { Statement: [{ Action: 's3:*', Condition: withoutTls, Effect: 'Deny', Principal: { AWS: '*' }, Resource: Match.anyValue() }] },
    });
  });

  test('is encrypted with keys of S3', () => {
    expect(bucket.Properties.BucketEncryption).toEqual({ ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] });
  });

  test('has no versions, sends no events, and settles nothing else', () => {
    expect(Object.keys(bucket.Properties).sort()).toEqual(['BucketEncryption', 'LifecycleConfiguration', 'OwnershipControls', 'PublicAccessBlockConfiguration']);
  });

  test('removes what nobody finished to put after 7 days, and old versions, should there be any, after one', () => {
    expect(bucket.Properties.LifecycleConfiguration).toEqual({
      Rules: [{ Status: 'Enabled', ExpirationInDays: 42, NoncurrentVersionExpiration: { NoncurrentDays: 1 }, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } }],
    });
  });

  test('is kept, except when the deployment that makes it fails', () => {
    expect(bucket).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
  });

  test('has no alarms', () => {
    expect(payloadsWith().payloads.allAlarms).toEqual([]);
  });
});

describe('what is stated', () => {
  test('the access logs go to another bucket, which lets them in', () => {
    const stack = newStack();
    const logs = new s3.Bucket(stack, 'Logs');
    new ClaimCheckBucket(stack, 'Payloads', { serverAccessLogsBucket: logs, serverAccessLogsPrefix: 'payloads/' });
    Template.fromStack(stack).hasResourceProperties(BUCKET, { LoggingConfiguration: { DestinationBucketName: stack.resolve(logs.bucketName) as unknown, LogFilePrefix: 'payloads/' } });
  });

  test('web pages may upload', () => {
    const { stack } = payloadsWith({ cors: [{ allowedMethods: [s3.HttpMethods.POST], allowedOrigins: ['https://example.com'], allowedHeaders: ['*'] }] });
    expect(resourceOf(stack, BUCKET).Properties.CorsConfiguration).toEqual({
      CorsRules: [{ AllowedMethods: ['POST'], AllowedOrigins: ['https://example.com'], AllowedHeaders: ['*'] }],
    });
  });

  test('the key encrypts the bucket, with few requests to KMS', () => {
    const stack = newStack();
    new ClaimCheckBucket(stack, 'Keyed', { encryptionKey: new kms.Key(stack, 'Key') });
    expect(resourceOf(stack, BUCKET, 'Keyed').Properties.BucketEncryption).toEqual({
      ServerSideEncryptionConfiguration: [{ BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: expect.anything() } }],
    });
  });

  test.each([
    [RemovalPolicy.DESTROY, { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' }],
    [RemovalPolicy.RETAIN, { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' }],
  ])('the removal policy %s is that of the bucket and of the dead-letter queue', (removalPolicy, expected) => {
    const { stack, payloads } = payloadsWith({ removalPolicy });
    payloads.addUploadConsumer('Uploads', consumerIn(stack));
    expect(resourceOf(stack, BUCKET)).toMatchObject(expected);
    expect(resourceOf(stack, QUEUE, 'PayloadsUploadsDeadLetterQueue')).toMatchObject(expected);
  });

  test('the expiration is that of the bucket', () => {
    const { stack, payloads } = payloadsWith({ expiration: Duration.days(400) });
    payloads.addConsumer('Orders', consumerIn(stack));
    expect(daysIn(stack)).toBe(400);
    expect(problemsAtSynth(stack)).toEqual([]);
  });

  test('an expiration that is a token reaches the template', () => {
    const stack = newStack();
    const days = new CfnParameter(stack, 'Days', { type: 'Number' }).valueAsNumber;
    new ClaimCheckBucket(stack, 'Payloads', { expiration: Duration.days(days) }).addConsumer('Orders', consumerIn(stack));
    expect(daysIn(stack)).toEqual({ Ref: 'Days' });
    expect(problemsAtSynth(stack)).toEqual([]);
  });
});

function daysIn(stack: ReturnType<typeof newStack>): unknown {
  return resourceOf(stack, BUCKET).Properties.LifecycleConfiguration.Rules[0].ExpirationInDays;
}

describe('the expiry', () => {
  test('is that of the longest retention that SQS has, and one redrive, while there is no consumer: 14 + 14 + 14', () => {
    expect(daysIn(payloadsWith().stack)).toBe(42);
  });

  test('is what the queue and the dead-letter queue keep, and one redrive: 4 + 14 + 14', () => {
    const { stack, payloads } = payloadsWith();
    payloads.addConsumer('Orders', consumerIn(stack));
    expect(daysIn(stack)).toBe(32);
  });

  test('has one day more for an upload, in which EventBridge may try', () => {
    const { stack, payloads } = payloadsWith();
    payloads.addUploadConsumer('Orders', consumerIn(stack));
    expect(daysIn(stack)).toBe(33);
  });

  test('has 23 days more where a topic is in between', () => {
    const { stack, payloads } = payloadsWith();
    payloads.addConsumer('Orders', consumerIn(stack), { throughTopic: true });
    expect(daysIn(stack)).toBe(55);
  });

  test('is that of the longest of all consumers, in whichever order they come', () => {
    const { stack, payloads } = payloadsWith();
    payloads.addConsumer('One', consumerIn(stack, 'One'));
    payloads.addConsumer('Two', consumerIn(stack, 'Two', { retentionPeriod: Duration.days(14) }));
    payloads.addConsumer('Three', consumerIn(stack, 'Three', { retentionPeriod: Duration.days(1) }));
    expect(daysIn(stack)).toBe(42);
  });

  test('counts part of a day as a day', () => {
    const { stack, payloads } = payloadsWith();
    payloads.addConsumer('Orders', consumerIn(stack, 'Orders', { retentionPeriod: Duration.minutes(1) }));
    expect(daysIn(stack)).toBe(29);
  });

  test.each([0, 1, 60])('has a redriveWindow of %d days', (days) => {
    const { stack, payloads } = payloadsWith({ redriveWindow: Duration.days(days) });
    payloads.addConsumer('Orders', consumerIn(stack));
    expect(daysIn(stack)).toBe(18 + days);
  });

  test('has the redriveWindow also while there is no consumer', () => {
    expect(daysIn(payloadsWith({ redriveWindow: Duration.days(1) }).stack)).toBe(29);
  });

  test('follows the lifetime that is stated for imported queues', () => {
    const { stack, payloads } = payloadsWith();
    payloads.addConsumer('Orders', importedConsumerIn(stack), { lifetime: Duration.days(20) });
    expect(daysIn(stack)).toBe(34);
  });

  test('follows a longer lifetime than the queues have', () => {
    const { stack, payloads } = payloadsWith();
    payloads.addConsumer('Orders', consumerIn(stack), { lifetime: Duration.days(28) });
    expect(daysIn(stack)).toBe(42);
  });

  test('reads the retention of a consumer of this library', () => {
    const { stack, payloads } = payloadsWith();
    payloads.addConsumer('Orders', new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack), retentionPeriod: Duration.days(2) }));
    expect(daysIn(stack)).toBe(30);
  });
});

describe('the threshold of a consumer', () => {
  const thresholdOf = (props: sqs.QueueProps, deadLetterProps: sqs.QueueProps, throughTopic = false) => {
    const { stack, payloads } = payloadsWith();
    return payloads.addConsumer('Orders', consumerIn(stack, 'Orders', props, deadLetterProps), { throughTopic }).threshold;
  };

  test.each<[string, sqs.QueueProps, sqs.QueueProps, number]>([
    ['is what SQS takes', {}, {}, 1_048_576],
    ['is what its queue takes, if that is less', { maxMessageSizeBytes: 65_536 }, {}, 65_536],
    ['is what its dead-letter queue takes, if that is less', {}, { maxMessageSizeBytes: 1024 }, 1024],
  ])('%s', (_, props, deadLetterProps, bytes) => {
    expect(thresholdOf(props, deadLetterProps)).toBe(bytes);
  });

  test('is no more than SNS takes, through a topic', () => {
    expect(thresholdOf({}, {}, true)).toBe(262_144);
    expect(thresholdOf({ maxMessageSizeBytes: 65_536 }, {}, true)).toBe(65_536);
  });

  test('is what every queue takes, where it is not known', () => {
    const { stack, payloads } = payloadsWith();
    expect(payloads.addConsumer('Orders', importedConsumerIn(stack), { lifetime: Duration.days(18) }).threshold).toBe(262_144);
    expect(thresholdOf({ maxMessageSizeBytes: new CfnParameter(stack, 'Bytes', { type: 'Number' }).valueAsNumber }, {})).toBe(262_144);
  });
});

describe('uploads', () => {
  function uploadsWith(options: UploadConsumerOptions = {}, props: ClaimCheckBucketProps = {}, fifo = false) {
    const stack = newStack();
    const payloads = new ClaimCheckBucket(stack, 'Payloads', props);
    const consumer = consumerIn(stack, 'Orders', fifo ? { fifo: true, contentBasedDeduplication: true } : {});
    return { stack, payloads, uploads: payloads.addUploadConsumer('Uploads', consumer, options) };
  }

  test('are told by the bucket itself, without a function that sets it up', () => {
    const { stack } = uploadsWith();
    expect(resourceOf(stack, BUCKET).Properties.NotificationConfiguration).toEqual({ EventBridgeConfiguration: { EventBridgeEnabled: true } });
    expect(resourcesOf(stack, 'AWS::Lambda::Function')).toEqual({});
  });

  test('are not told where only messages are', () => {
    const { stack, payloads } = payloadsWith();
    payloads.addConsumer('Orders', consumerIn(stack));
    expect(resourceOf(stack, BUCKET).Properties).not.toHaveProperty('NotificationConfiguration');
  });

  test('go to the queue, are tried for 24 hours, and are then set aside', () => {
    Template.fromStack(uploadsWith().stack).hasResource(RULE, {
      Properties: {
        EventPattern: { 'source': ['aws.s3'], 'detail-type': ['Object Created'], 'detail': { bucket: { name: [ref('PayloadsBucket')] }, object: { size: [{ 'anything-but': [0] }] } } },
        State: 'ENABLED',
        Targets: [{
          Id: 'Target0',
          Arn: attribute('OrdersQueue'),
          DeadLetterConfig: { Arn: attribute('PayloadsUploadsDeadLetterQueue') },
          RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
        }],
      },
    });
  });

  const NOT_EMPTY = [{ 'anything-but': [0] }];

  test.each<[string, UploadConsumerOptions, unknown]>([
    ['any that are not empty', {}, { size: NOT_EMPTY }],
    ['any that are not empty, with an empty prefix and no suffix', { prefix: '', suffixes: [] }, { size: NOT_EMPTY }],
    ['any', { includeEmptyObjects: true }, undefined],
    ['those with a prefix', { prefix: 'in/' }, { key: [{ prefix: 'in/' }], size: NOT_EMPTY }],
    ['those with a prefix, empty ones too', { prefix: 'in/', includeEmptyObjects: true }, { key: [{ prefix: 'in/' }] }],
    ['those with a suffix', { suffixes: ['.csv'] }, { key: [{ suffix: '.csv' }], size: NOT_EMPTY }],
    ['those with one of the suffixes', { suffixes: ['.csv', '.tsv'] }, { key: [{ suffix: '.csv' }, { suffix: '.tsv' }], size: NOT_EMPTY }],
    ['those with both', { prefix: 'in/', suffixes: ['.csv', '.tsv'] }, { key: [{ wildcard: 'in/*.csv' }, { wildcard: 'in/*.tsv' }], size: NOT_EMPTY }],
    ['those with both, in which an asterisk is one', { prefix: 'a*b\\', suffixes: ['*'] }, { key: [{ wildcard: 'a\\*b\\\\*\\*' }], size: NOT_EMPTY }],
    ['those that are smaller', { objectSizeLessThan: Size.mebibytes(1) }, { size: [{ numeric: ['>', 0, '<', 1_048_576] }] }],
    ['those that are smaller, empty ones too', { objectSizeLessThan: Size.bytes(9), includeEmptyObjects: true }, { size: [{ numeric: ['<', 9] }] }],
    ['those of a range', { objectSizeGreaterThan: Size.bytes(4), objectSizeLessThan: Size.bytes(5_000_000_000) }, { size: [{ numeric: ['>', 4, '<', 5_000_000_000] }] }],
  ])('are %s', (_, options, object) => {
    const { detail } = resourceOf(uploadsWith(options).stack, RULE).Properties.EventPattern;
    expect(detail.object).toEqual(object);
  });

  test('are in one message group, for a FIFO queue', () => {
    const groupOf = (stack: ReturnType<typeof newStack>) => resourceOf(stack, RULE).Properties.Targets[0].SqsParameters;
    expect(groupOf(uploadsWith({}, {}, true).stack)).toEqual({ MessageGroupId: 'Uploads' });
    expect(groupOf(uploadsWith({ messageGroupId: 'orders' }, {}, true).stack)).toEqual({ MessageGroupId: 'orders' });
    expect(groupOf(uploadsWith().stack)).toBeUndefined();
  });

  test.each(['OrdersQueue', 'PayloadsUploadsDeadLetterQueue'])('may be sent to %s by their rule, and by nobody else', (id) => {
    const { stack } = uploadsWith();
    const [policy] = Object.values(resourcesOf(stack, QUEUE_POLICY)).filter(({ Properties }) => JSON.stringify(Properties.Queues).includes(id));
    const allowing = policy?.Properties.PolicyDocument.Statement.filter(({ Effect }: { Effect: string }) => Effect === 'Allow');
    expect(allowing).toEqual([{
      Action: 'sqs:SendMessage',
      Condition: { ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [expect.stringMatching(/^PayloadsUploadsRule/), 'Arn'] } } },
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Resource: { 'Fn::GetAtt': [expect.stringMatching(`^${id}`), 'Arn'] },
    }]);
  });

  test('wait 14 days in a standard dead-letter queue that is encrypted, TLS only, and kept when it is replaced', () => {
    const { stack } = uploadsWith({}, {}, true);
    const queue = resourceOf(stack, QUEUE, 'PayloadsUploadsDeadLetterQueue');
    expect(queue.Properties).toEqual({ MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true });
    expect(queue).toMatchObject({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Retain' });
    expect(JSON.stringify(resourcesOf(stack, QUEUE_POLICY))).toContain('aws:SecureTransport');
  });

  test('give what they made', () => {
    const { stack, payloads, uploads } = uploadsWith();
    expect(stack.resolve(uploads.rule.ruleName)).toEqual({ Ref: expect.stringMatching(/^PayloadsUploadsRule/) });
    expect(stack.resolve(uploads.deadLetterQueue.queueArn)).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^PayloadsUploadsDeadLetterQueue/), 'Arn'] });
    expect(Object.values(uploads.alarms)).toEqual(payloads.allAlarms);
    expect(payloads.allAlarms).toHaveLength(4);
  });

  test('may go to several consumers', () => {
    const { stack, payloads } = uploadsWith();
    payloads.addUploadConsumer('Audit', consumerIn(stack, 'Audit'));
    expect(Object.keys(resourcesOf(stack, RULE))).toHaveLength(2);
    expect(payloads.allAlarms).toHaveLength(8);
  });
});

describe('permissions', () => {
  function statementsOf(stack: ReturnType<typeof newStack>): unknown[] {
    return Object.values(resourcesOf(stack, POLICY)).flatMap(({ Properties }) => Properties.PolicyDocument.Statement as unknown[]);
  }

  const objects = (suffix: string) => ({ 'Fn::Join': ['', [{ 'Fn::GetAtt': [expect.stringMatching(/^PayloadsBucket/), 'Arn'] }, `/${suffix}`]] });
  const allow = (Action: unknown, Resource: unknown) => ({ Action, Effect: 'Allow', Resource });
  const key = { 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] };

  function grantWith(grant: (payloads: ClaimCheckBucket, role: iam.Role) => unknown, keyed = false) {
    const stack = newStack();
    const payloads = new ClaimCheckBucket(stack, 'Payloads', keyed ? { encryptionKey: new kms.Key(stack, 'Key') } : {});
    grant(payloads, new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') }));
    return statementsOf(stack);
  }

  test.each([['', '*'], ['orders/', 'orders/*']])('to deposit, with the prefix %p', (prefix, resource) => {
    expect(grantWith((payloads, role) => payloads.grantDeposit(role, prefix))).toEqual([allow(['s3:PutObject', 's3:AbortMultipartUpload'], objects(resource))]);
  });

  test.each([['', '*'], ['orders/', 'orders/*']])('to claim, with the prefix %p: never to delete, nor to list', (prefix, resource) => {
    expect(grantWith((payloads, role) => payloads.grantClaim(role, prefix))).toEqual([allow('s3:GetObject', objects(resource))]);
  });

  test.each<[string, (stack: Stack) => s3.IBucket, unknown]>([
    ['with versions', (stack) => new s3.Bucket(stack, 'Live', { versioned: true }), ['s3:GetObject', 's3:GetObjectVersion']],
    ['without versions', (stack) => new s3.Bucket(stack, 'Live'), 's3:GetObject'],
    ['that is not made in this app', (stack) => s3.Bucket.fromBucketName(stack, 'Live', 'live'), ['s3:GetObject', 's3:GetObjectVersion']],
  ])('to claim versions from an adopted bucket %s', (_, bucketOf, actions) => {
    const stack = newStack();
    const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    new ClaimCheckBucket(stack, 'Payloads', { bucket: bucketOf(stack) }).grantClaim(role);
    expect(statementsOf(stack)).toEqual([allow(actions, expect.anything())]);
  });

  test('for every key, where no prefix is given', () => {
    expect(grantWith((payloads, role) => payloads.grantDeposit(role))).toEqual([allow(['s3:PutObject', 's3:AbortMultipartUpload'], objects('*'))]);
    expect(grantWith((payloads, role) => payloads.grantClaim(role))).toEqual([allow('s3:GetObject', objects('*'))]);
  });

  test('to use the key too, to deposit', () => {
    expect(grantWith((payloads, role) => payloads.grantDeposit(role), true)).toEqual([expect.anything(), allow(['kms:GenerateDataKey', 'kms:Decrypt'], key)]);
  });

  test('to use the key too, to claim', () => {
    expect(grantWith((payloads, role) => payloads.grantClaim(role), true)).toEqual([expect.anything(), allow('kms:Decrypt', key)]);
  });

  test('of a handler: what its consumer may claim', () => {
    const stack = newStack();
    const payloads = new ClaimCheckBucket(stack, 'Payloads');
    const consumer = new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack) });
    payloads.addConsumer('Orders', consumer, { prefix: 'orders/' });
    payloads.addUploadConsumer('Uploads', consumer, { prefix: 'in/' });
    expect(statementsOf(stack)).toEqual(expect.arrayContaining([allow('s3:GetObject', objects('orders/*')), allow('s3:GetObject', objects('in/*'))]));
  });

  test('of whoever claims in the place of a handler', () => {
    const stack = newStack();
    const payloads = new ClaimCheckBucket(stack, 'Payloads');
    const grantee = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
    payloads.addConsumer('Orders', new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack) }), { grantee });
    Template.fromStack(stack).hasResourceProperties(POLICY, { PolicyDocument: { Statement: [allow('s3:GetObject', Match.anyValue())] }, Roles: [ref('Role')] });
  });

  test('of nobody, where it is not known who claims', () => {
    const stack = newStack();
    new ClaimCheckBucket(stack, 'Payloads').addConsumer('Orders', consumerIn(stack));
    expect(statementsOf(stack)).toEqual([]);
  });
});
