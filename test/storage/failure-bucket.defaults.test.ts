import type { Stack } from 'aws-cdk-lib';
import { CfnParameter, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { BUCKET, consumerIn, POLICY, problemsAtSynth, QUEUE, RULE, warningIds } from './fixtures';
import type { FailureBucketProps, FailureConsumerOptions } from '../../src';
import { FailureBucket, FailureForm, FailureStore, QueueFedFunction } from '../../src';
import { attribute, handlerIn, newStack, ref, resourceOf, resourcesOf } from '../messaging/fixtures';

function failuresWith(props?: FailureBucketProps) {
  const stack = newStack();
  return { stack, failures: new FailureBucket(stack, 'Failures', props) };
}

const NOTIFICATIONS = { EventBridgeConfiguration: { EventBridgeEnabled: true } };
const OF_BUCKET = { 'source': ['aws.s3'], 'detail-type': ['Object Created'], 'detail': { bucket: { name: [ref('FailuresBucket')] } } };

describe('with nothing stated, the bucket', () => {
  const { stack } = failuresWith();
  const bucket = resourceOf(stack, BUCKET);

  test('blocks public access', () => {
    const all = { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true };
    expect(bucket.Properties.PublicAccessBlockConfiguration).toEqual(all);
    expect(bucket.Properties.OwnershipControls).toEqual({ Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] });
  });

  test('refuses what does not come over TLS, and allows nobody anything', () => {
    const withoutTls = { Bool: { 'aws:SecureTransport': 'false' } };
    Template.fromStack(stack).hasResourceProperties('AWS::S3::BucketPolicy', {
      Bucket: ref('FailuresBucket'),
      PolicyDocument: { Statement: [{ Action: 's3:*', Condition: withoutTls, Effect: 'Deny', Principal: { AWS: '*' }, Resource: Match.anyValue() }] },
    });
    Template.fromStack(stack).resourceCountIs(POLICY, 0);
  });

  test('is encrypted with keys of S3', () => {
    expect(bucket.Properties.BucketEncryption).toEqual({ ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] });
  });

  test('keeps failures for 90 days, removes what nobody finished to put after 7, and old versions, should there be any, after one', () => {
    expect(bucket.Properties.LifecycleConfiguration).toEqual({
      Rules: [{ Status: 'Enabled', ExpirationInDays: 90, NoncurrentVersionExpiration: { NoncurrentDays: 1 }, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } }],
    });
  });

  test('sends its events to EventBridge by its own property, without a function that sets it', () => {
    expect(bucket.Properties.NotificationConfiguration).toEqual(NOTIFICATIONS);
    expect(resourcesOf(stack, 'Custom::S3BucketNotifications')).toEqual({});
    expect(resourcesOf(stack, 'AWS::Lambda::Function')).toEqual({});
  });

  test('settles nothing else', () => {
    expect(Object.keys(bucket.Properties).sort()).toEqual([
      'BucketEncryption', 'LifecycleConfiguration', 'NotificationConfiguration', 'OwnershipControls', 'PublicAccessBlockConfiguration',
    ]);
  });

  test('is kept, except when the deployment that makes it fails', () => {
    expect(bucket).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
  });
});

test('what arrives is counted by a rule without a target, on the default event bus', () => {
  const { stack, failures } = failuresWith();
  Template.fromStack(stack).hasResourceProperties(RULE, { EventPattern: OF_BUCKET, State: 'ENABLED', Targets: Match.absent(), EventBusName: Match.absent() });
  expect(failures.arrivalRule.node.path).toBe('Stack/Failures/ArrivalRule');
  expect(resourcesOf(stack, QUEUE)).toEqual({});
});

describe('what is stated', () => {
  test('the access logs go to another bucket, which lets them in', () => {
    const stack = newStack();
    const logs = new s3.Bucket(stack, 'Logs');
    new FailureBucket(stack, 'Failures', { serverAccessLogsBucket: logs, serverAccessLogsPrefix: 'failures/' });
    Template.fromStack(stack).hasResourceProperties(BUCKET, { LoggingConfiguration: { DestinationBucketName: stack.resolve(logs.bucketName) as unknown, LogFilePrefix: 'failures/' } });
  });

  test('the key encrypts the bucket, with few requests to KMS, and the dead letters of consumers', () => {
    const stack = newStack();
    const encryptionKey = new kms.Key(stack, 'Key');
    new FailureBucket(stack, 'Failures', { encryptionKey }).addConsumer('Inspection', consumerIn(stack));
    expect(resourceOf(stack, BUCKET).Properties.BucketEncryption).toEqual({
      ServerSideEncryptionConfiguration: [{
        BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: stack.resolve(encryptionKey.keyArn) as unknown },
      }],
    });
    expect(resourceOf(stack, QUEUE, 'FailuresInspectionDeadLetterQueue').Properties.KmsMasterKeyId).toEqual(stack.resolve(encryptionKey.keyArn));
    Template.fromStack(stack).hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: { Statement: Match.arrayWith([Match.objectLike({ Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Principal: { Service: 'events.amazonaws.com' } })]) },
    });
  });

  test('failures are kept for as long', () => {
    const { stack } = failuresWith({ expiration: Duration.days(180) });
    expect(resourceOf(stack, BUCKET).Properties.LifecycleConfiguration.Rules[0].ExpirationInDays).toBe(180);
  });

  test('a token says how long', () => {
    const stack = newStack();
    const days = new CfnParameter(stack, 'Days', { type: 'Number' }).valueAsNumber;
    new FailureBucket(stack, 'Failures', { expiration: Duration.days(days) }).addConsumer('Inspection', consumerIn(stack));
    expect(resourceOf(stack, BUCKET).Properties.LifecycleConfiguration.Rules[0].ExpirationInDays).toEqual({ Ref: 'Days' });
    expect(problemsAtSynth(stack)).toEqual([]);
  });

  test('everything goes with the stack', () => {
    const { stack, failures } = failuresWith({ removalPolicy: RemovalPolicy.DESTROY });
    failures.addConsumer('Inspection', consumerIn(stack));
    expect(resourceOf(stack, BUCKET)).toMatchObject({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
    expect(resourceOf(stack, QUEUE, 'FailuresInspectionDeadLetterQueue')).toMatchObject({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
  });
});

describe('a consumer', () => {
  function withConsumer(options?: FailureConsumerOptions, fifo?: { fifo: true; contentBasedDeduplication: true }) {
    const stack = newStack();
    const made = new FailureBucket(stack, 'Failures').addConsumer('Inspection', consumerIn(stack, 'Orders', fifo), options);
    return { stack, made, rule: resourceOf(stack, RULE, 'FailuresInspectionRule').Properties };
  }

  test('is told of every failure, for 24 hours, and else finds it set aside', () => {
    const { stack } = withConsumer();
    Template.fromStack(stack).hasResourceProperties(RULE, {
      EventPattern: OF_BUCKET,
      Targets: [{
        Arn: attribute('OrdersQueue'),
        DeadLetterConfig: { Arn: attribute('FailuresInspectionDeadLetterQueue') },
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
        SqsParameters: Match.absent(),
      }],
    });
    expect(resourceOf(stack, QUEUE, 'FailuresInspectionDeadLetterQueue').Properties).toEqual({ MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true });
  });

  test('is told of those with a prefix only', () => {
    expect(withConsumer({ prefix: 'aws/lambda/async/' }).rule.EventPattern.detail.object).toEqual({ key: [{ prefix: 'aws/lambda/async/' }] });
    expect(withConsumer({ prefix: '' }).rule.EventPattern.detail).not.toHaveProperty('object');
  });

  test('with a FIFO queue gets them in one message group', () => {
    const fifo = { fifo: true, contentBasedDeduplication: true } as const;
    expect(withConsumer({}, fifo).rule.Targets[0].SqsParameters).toEqual({ MessageGroupId: 'Inspection' });
    expect(withConsumer({ messageGroupId: 'failures' }, fifo).rule.Targets[0].SqsParameters).toEqual({ MessageGroupId: 'failures' });
  });

  test('leaves its dead letters where they are when the queue is replaced', () => {
    expect(resourceOf(withConsumer().stack, QUEUE, 'FailuresInspectionDeadLetterQueue')).toMatchObject({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Retain' });
  });

  test('is given what was made for it', () => {
    const { made } = withConsumer();
    expect([made.rule, made.deadLetterQueue].map(({ node }) => node.path)).toEqual(['Stack/Failures/Inspection/Rule', 'Stack/Failures/Inspection/DeadLetterQueue']);
  });

  test('has a handler that may read what it is told of', () => {
    const stack = newStack();
    new FailureBucket(stack, 'Failures').addConsumer('Inspection', new QueueFedFunction(stack, 'Inspection', { handler: handlerIn(stack) }), { prefix: 'aws/' });
    expect(readingOf(stack)).toMatchObject([{ Action: 's3:GetObject', Resource: { 'Fn::Join': ['', [expect.anything(), '/aws/*']] } }, { Action: 's3:ListBucket' }]);
  });

  test('may have a reader of its own instead', () => {
    const stack = newStack();
    const reader = handlerIn(stack, {}, 'Reader');
    const consumer = new QueueFedFunction(stack, 'Inspection', { handler: handlerIn(stack) });
    new FailureBucket(stack, 'Failures').addConsumer('Inspection', consumer, { grantee: reader });
    const [policy] = Object.entries(resourcesOf(stack, POLICY)).filter(([, { Properties }]) => JSON.stringify(Properties).includes('s3:GetObject'));
    expect(policy?.[1].Properties.Roles).toEqual([stack.resolve(reader.role!.roleName)]);
  });
});

const readingOf = (stack: Stack) => Object.values(resourcesOf(stack, POLICY))
  .flatMap(({ Properties }) => Properties.PolicyDocument.Statement as { Action: string }[]).filter(({ Action }) => /^s3|^kms/.test(Action));

describe('who reads', () => {
  const account = { StringEquals: { 's3:ResourceAccount': { Ref: 'AWS::AccountId' } } };
  const readBy = (props: FailureBucketProps | ((stack: Stack) => FailureBucketProps), prefix?: string) => {
    const stack = newStack();
    const failures = new FailureBucket(stack, 'Failures', typeof props === 'function' ? props(stack) : props);
    failures.grantRead(handlerIn(stack), prefix);
    return { stack, statements: readingOf(stack), arn: stack.resolve(failures.bucket.bucketArn) as unknown };
  };

  test('may get and list every failure, of a bucket of this account', () => {
    const { statements, arn } = readBy({});
    expect(statements).toEqual([
      { Action: 's3:GetObject', Effect: 'Allow', Resource: { 'Fn::Join': ['', [arn, '/*']] }, Condition: account },
      { Action: 's3:ListBucket', Effect: 'Allow', Resource: arn, Condition: account },
    ]);
  });

  test('may get and list those with a prefix', () => {
    const { statements, arn } = readBy({}, 'aws/');
    expect(statements).toEqual([
      { Action: 's3:GetObject', Effect: 'Allow', Resource: { 'Fn::Join': ['', [arn, '/aws/*']] }, Condition: account },
      { Action: 's3:ListBucket', Effect: 'Allow', Resource: arn, Condition: { ...account, StringLike: { 's3:prefix': 'aws/*' } } },
    ]);
  });

  test('may decrypt with the key', () => {
    const { statements } = readBy((stack) => ({ encryptionKey: new kms.Key(stack, 'Key') }));
    expect(statements.slice(2)).toMatchObject([{ Action: 'kms:Decrypt' }]);
  });
});

describe('a store', () => {
  test('is a bucket that exists, as it is', () => {
    const stack = newStack();
    const bucket = s3.Bucket.fromBucketName(stack, 'Live', 'live');
    expect(FailureStore.of(bucket)).toEqual({ bucket });
    expect(Template.fromStack(stack).toJSON().Resources).toBeUndefined();
    expect(warningIds(stack)).toEqual([]);
  });

  test('has a form by a name that stays', () => {
    expect(FailureForm).toEqual({ STREAM_BATCH: 'stream-batch', ASYNC_INVOCATION: 'async-invocation', FIREHOSE_RECORDS: 'firehose-records' });
  });
});
