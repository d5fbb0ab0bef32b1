import type { Stack } from 'aws-cdk-lib';
import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { BUCKET, consumerIn, POLICY, problemsAtSynth, QUEUE, RULE, warningIds } from './fixtures';
import type { BucketFedFunctionProps } from '../../src';
import { BucketFedFunction } from '../../src';
import { attribute, handlerIn, newStack, ref, resourceOf, resourcesOf } from '../messaging/fixtures';

type Props = Omit<BucketFedFunctionProps, 'handler'>;

function importsWith(props?: (stack: Stack) => Props) {
  const stack = newStack();
  return { stack, imports: new BucketFedFunction(stack, 'Imports', { handler: handlerIn(stack), ...props?.(stack) }) };
}

const patternOf = (props: Props) => resourceOf(importsWith(() => props).stack, RULE, 'ImportsDeliveryRule').Properties.EventPattern as { detail: { object: object } };

describe('with nothing stated, the bucket', () => {
  const { stack } = importsWith();
  const bucket = resourceOf(stack, BUCKET);

  test('blocks public access', () => {
    const all = { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true };
    expect(bucket.Properties.PublicAccessBlockConfiguration).toEqual(all);
    expect(bucket.Properties.OwnershipControls).toEqual({ Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] });
  });

  test('refuses what does not come over TLS, and allows nobody anything', () => {
    const withoutTls = { Bool: { 'aws:SecureTransport': 'false' } };
    Template.fromStack(stack).hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: { Statement: [{ Action: 's3:*', Condition: withoutTls, Effect: 'Deny', Principal: { AWS: '*' }, Resource: Match.anyValue() }] },
    });
  });

  test('is encrypted with keys of S3', () => {
    expect(bucket.Properties.BucketEncryption).toEqual({ ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] });
  });

  test('keeps objects, and their versions for as long as a message may name them', () => {
    expect(bucket.Properties.VersioningConfiguration).toEqual({ Status: 'Enabled' });
    expect(bucket.Properties.LifecycleConfiguration).toEqual({
      Rules: [{ Status: 'Enabled', NoncurrentVersionExpiration: { NoncurrentDays: 19 }, ExpiredObjectDeleteMarker: true, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } }],
    });
  });

  test('sends its events to EventBridge by its own property, without a function that sets it', () => {
    expect(bucket.Properties.NotificationConfiguration).toEqual({ EventBridgeConfiguration: { EventBridgeEnabled: true } });
    expect(resourcesOf(stack, 'Custom::S3BucketNotifications')).toEqual({});
    expect(Object.keys(resourcesOf(stack, 'AWS::Lambda::Function'))).toHaveLength(1);
  });

  test('settles nothing else', () => {
    expect(Object.keys(bucket.Properties).sort()).toEqual([
      'BucketEncryption', 'LifecycleConfiguration', 'NotificationConfiguration', 'OwnershipControls', 'PublicAccessBlockConfiguration', 'VersioningConfiguration',
    ]);
  });

  test('is kept, except when the deployment that makes it fails', () => {
    expect(bucket).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
  });
});

describe('the rule', () => {
  test('delivers every object that is not empty to the queue, for 24 hours, and else sets the event aside', () => {
    const { stack, imports } = importsWith();
    Template.fromStack(stack).hasResourceProperties(RULE, {
      EventPattern: {
        'source': ['aws.s3'],
        'detail-type': ['Object Created'],
        'detail': { bucket: { name: [ref('ImportsBucket')] }, object: { size: [{ 'anything-but': [0] }], key: Match.absent() } },
      },
      State: 'ENABLED',
      EventBusName: Match.absent(),
      Targets: [{
        Arn: attribute('ImportsConsumerQueue'),
        DeadLetterConfig: { Arn: attribute('ImportsDeliveryDeadLetterQueue') },
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
        SqsParameters: Match.absent(),
      }],
    });
    expect(Object.keys(resourcesOf(stack, RULE))).toHaveLength(1);
    expect(imports.tooLargeRule).toBeUndefined();
    expect(resourceOf(stack, QUEUE, 'ImportsDeliveryDeadLetterQueue').Properties).toEqual({ MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true });
  });

  const NOT_EMPTY = [{ 'anything-but': [0] }];
  test.each<[string, Props, object]>([
    ['a prefix', { prefix: 'in/' }, { key: [{ prefix: 'in/' }], size: NOT_EMPTY }],
    ['a suffix', { suffix: '.csv' }, { key: [{ suffix: '.csv' }], size: NOT_EMPTY }],
    ['both, with what wildcards are made of', { prefix: 'in*/', suffix: '\\.csv' }, { key: [{ wildcard: 'in\\*/*\\\\.csv' }], size: NOT_EMPTY }],
    ['a least size of one byte', { minObjectSize: Size.bytes(1) }, { size: NOT_EMPTY }],
    ['empty objects too', { suffix: '_SUCCESS', minObjectSize: Size.bytes(0) }, { key: [{ suffix: '_SUCCESS' }] }],
    ['a largest size', { maxObjectSize: Size.kibibytes(1) }, { size: [{ numeric: ['>=', 1, '<=', 1024] }] }],
    ['both sizes', { minObjectSize: Size.bytes(5), maxObjectSize: Size.bytes(5) }, { size: [{ numeric: ['>=', 5, '<=', 5] }] }],
    ['empty objects and a largest size', { suffix: '.x', minObjectSize: Size.bytes(0), maxObjectSize: Size.bytes(9) }, { key: [{ suffix: '.x' }], size: [{ numeric: ['>=', 0, '<=', 9] }] }],
  ])('is for objects with %s', (_, props, object) => {
    expect(patternOf(props).detail.object).toEqual(object);
  });

  test('has a second one beside it that counts what is too large, with the same keys and no target', () => {
    const { stack, imports } = importsWith(() => ({ prefix: 'in/', maxObjectSize: Size.mebibytes(1) }));
    const { Properties: counting } = resourceOf(stack, RULE, 'ImportsDeliveryTooLargeRule');
    expect(counting.EventPattern.detail.object).toEqual({ key: [{ prefix: 'in/' }], size: [{ numeric: ['>', 1_048_576] }] });
    expect(counting).toMatchObject({ State: 'ENABLED' });
    expect(counting).not.toHaveProperty('Targets');
    expect(imports.tooLargeRule?.node.path).toBe('Stack/Imports/Delivery/TooLargeRule');
  });
});

describe('the handler', () => {
  const statementsOf = (stack: Stack) => resourceOf(stack, POLICY, 'HandlerServiceRole').Properties.PolicyDocument.Statement as { Action: string | string[]; Resource: unknown }[];
  const ofBucket = (path: string) => ({ 'Fn::Join': ['', [attributeOf('ImportsBucket'), path]] });
  const attributeOf = (id: string) => ({ 'Fn::GetAtt': [expect.stringMatching(`^${id}`), 'Arn'] as unknown });

  test('may read every object and its versions, and list the bucket to tell what is gone', () => {
    expect(statementsOf(importsWith().stack).filter(({ Action }) => JSON.stringify(Action).includes('s3:'))).toEqual([
      { Action: ['s3:GetObject', 's3:GetObjectVersion'], Effect: 'Allow', Resource: ofBucket('/*') },
      { Action: 's3:ListBucket', Effect: 'Allow', Resource: attributeOf('ImportsBucket') },
    ]);
  });

  test('may read those with the prefix only, and write those with outputPrefix', () => {
    const { stack } = importsWith(() => ({ prefix: 'in/', outputPrefix: 'out/' }));
    expect(statementsOf(stack).filter(({ Action }) => JSON.stringify(Action).includes('s3:'))).toEqual([
      { Action: ['s3:GetObject', 's3:GetObjectVersion'], Effect: 'Allow', Resource: ofBucket('/in/*') },
      { Action: 's3:ListBucket', Effect: 'Allow', Resource: attributeOf('ImportsBucket') },
      { Action: ['s3:PutObject', 's3:AbortMultipartUpload'], Effect: 'Allow', Resource: ofBucket('/out/*') },
    ]);
    expect([problemsAtSynth(stack), warningIds(stack)]).toEqual([[], []]);
  });

  test('may decrypt with the key of the bucket, and encrypt what it writes', () => {
    const withKey = (props: Props) => importsWith((stack) => ({ ...props, encryptionKey: new kms.Key(stack, 'Key') })).stack;
    // The first is that of the queue.
    const toKey = (stack: Stack) => statementsOf(stack).filter(({ Action }) => JSON.stringify(Action).includes('kms:')).map(({ Action }) => Action);
    expect(toKey(withKey({}))).toEqual(['kms:Decrypt']);
    expect(toKey(withKey({ prefix: 'in/', outputPrefix: 'out/' }))).toEqual(['kms:Decrypt', ['kms:Decrypt', 'kms:GenerateDataKey']]);
  });

  test('needs no right to versions of a bucket that has none', () => {
    const { stack } = importsWith((inStack) => ({ bucket: sending(new s3.Bucket(inStack, 'Uploads')) }));
    expect(JSON.stringify(statementsOf(stack))).toContain('"Action":"s3:GetObject"');
  });
});

function sending(bucket: s3.Bucket): s3.Bucket {
  (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  return bucket;
}

describe('what is stated', () => {
  test('the key encrypts the bucket, with few requests to KMS, and all queues', () => {
    const { stack } = importsWith((inStack) => ({ encryptionKey: new kms.Key(inStack, 'Key') }));
    const key = attributeOfKey;
    expect(resourceOf(stack, BUCKET).Properties.BucketEncryption).toEqual({
      ServerSideEncryptionConfiguration: [{ BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: key } }],
    });
    expect(Object.values(resourcesOf(stack, QUEUE)).map(({ Properties }) => Properties.KmsMasterKeyId as unknown)).toEqual([key, key, key]);
  });

  const attributeOfKey = { 'Fn::GetAtt': [expect.stringMatching('^Key'), 'Arn'] as unknown };

  test('everything goes with the stack', () => {
    const { stack } = importsWith(() => ({ removalPolicy: RemovalPolicy.DESTROY }));
    const stateful = [...Object.values(resourcesOf(stack, BUCKET)), ...Object.values(resourcesOf(stack, QUEUE))];
    expect(stateful.map(({ DeletionPolicy, UpdateReplacePolicy }) => [DeletionPolicy, UpdateReplacePolicy])).toEqual(Array(4).fill(['Delete', 'Delete']));
  });

  test('how long versions are kept follows from how long the queues keep messages, even if that is changed later', () => {
    const daysWith = (props: (stack: Stack) => Props) => (
      resourceOf(importsWith(props).stack, BUCKET).Properties.LifecycleConfiguration.Rules[0].NoncurrentVersionExpiration.NoncurrentDays as number
    );
    expect(daysWith(() => ({ retentionPeriod: Duration.days(14) }))).toBe(29);
    expect(daysWith(() => ({ retentionPeriod: Duration.hours(1) }))).toBe(16);
  });

  test('a FIFO queue gets all messages in one group', () => {
    const { stack } = importsWith(() => ({ fifo: true, contentBasedDeduplication: true }));
    expect(resourceOf(stack, RULE).Properties.Targets[0].SqsParameters).toEqual({ MessageGroupId: 'Imports' });
    expect(resourceOf(stack, QUEUE, 'ImportsConsumerQueue').Properties).toMatchObject({ FifoQueue: true, ContentBasedDeduplication: true });
  });

  test('an adopted queue keeps its own key and removal policy; those that are stated are for the rest', () => {
    const { stack } = importsWith((inStack) => ({
      queue: consumerIn(inStack, 'Orders', { visibilityTimeout: Duration.minutes(1) }).queue, encryptionKey: new kms.Key(inStack, 'Key'), removalPolicy: RemovalPolicy.DESTROY,
    }));
    expect(resourceOf(stack, QUEUE, 'OrdersQueue').Properties).not.toHaveProperty('KmsMasterKeyId');
    expect(resourceOf(stack, QUEUE, 'ImportsDeliveryDeadLetterQueue').Properties.KmsMasterKeyId).toEqual(attributeOfKey);
    expect(resourceOf(stack, BUCKET)).toMatchObject({ DeletionPolicy: 'Delete' });
  });
});
