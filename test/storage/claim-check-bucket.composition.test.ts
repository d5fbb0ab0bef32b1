import { App, Duration, NestedStack, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { ALARM, BUCKET, consumerIn, importedConsumerIn, POLICY, QUEUE, QUEUE_POLICY, RULE, warningIds, warningOf } from './fixtures';
import { ClaimCheckBucket, QueueFed, QueueFedFunction } from '../../src';
import { handlerIn, newStack, ref, resourceOf, resourcesOf } from '../messaging/fixtures';

const lifetime = Duration.days(18);

describe('keys', () => {
  const FOR_EVENTBRIDGE = {
    Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
    Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Resource: '*',
  };

  function keyed() {
    const stack = newStack();
    const encryptionKey = new kms.Key(stack, 'Key');
    const payloads = new ClaimCheckBucket(stack, 'Payloads', { encryptionKey });
    return { stack, payloads, encryptionKey };
  }

  test('of the bucket is that of the dead-letter queue, and EventBridge may use it', () => {
    const { stack, payloads } = keyed();
    payloads.addUploadConsumer('Uploads', consumerIn(stack));
    expect(resourceOf(stack, QUEUE, 'PayloadsUploadsDeadLetterQueue').Properties).toMatchObject({ KmsMasterKeyId: { 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] } });
    const statements = resourceOf(stack, 'AWS::KMS::Key').Properties.KeyPolicy.Statement as unknown[];
    expect(statements).toContainEqual(FOR_EVENTBRIDGE);
  });

  test('of an adopted bucket is that of the dead-letter queue too', () => {
    const stack = newStack();
    const bucket = new s3.Bucket(stack, 'Live', { encryptionKey: new kms.Key(stack, 'Key') });
    (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
    new ClaimCheckBucket(stack, 'Payloads', { bucket }).addUploadConsumer('Uploads', consumerIn(stack));
    expect(resourceOf(stack, QUEUE, 'PayloadsUploadsDeadLetterQueue').Properties).toHaveProperty('KmsMasterKeyId');
    expect(resourceOf(stack, 'AWS::KMS::Key').Properties.KeyPolicy.Statement).toContainEqual(FOR_EVENTBRIDGE);
  });

  test.each(['addConsumer', 'addUploadConsumer'] as const)('of the consumer: %s', (method) => {
    const stack = newStack();
    new ClaimCheckBucket(stack, 'Payloads')[method]('Orders', consumerIn(stack, 'Orders', { encryptionMasterKey: new kms.Key(stack, 'Key') }));
    const statements = resourceOf(stack, 'AWS::KMS::Key').Properties.KeyPolicy.Statement as unknown[];
    // Producers send messages themselves, with rights of their own.
    expect(statements.slice(1)).toEqual(method === 'addConsumer' ? [] : [FOR_EVENTBRIDGE]);
    expect(warningIds(stack)).toEqual([]);
  });

  test('that are not made in this app give a warning that says what they must allow', () => {
    const stack = new Stack(new App(), 'Stack', { env: { region: 'eu-west-1', account: '111122223333' } });
    const imported = kms.Key.fromKeyArn(stack, 'Imported', 'arn:aws:kms:eu-west-1:111122223333:key/1234');
    new ClaimCheckBucket(stack, 'Payloads').addUploadConsumer('Uploads', consumerIn(stack, 'Orders', { encryptionMasterKey: imported }));
    expect(warningOf(stack, 'queueKeyNotGranted')).toBe(
      "the key of queue 'Stack/OrdersQueue' is not made in this app, so its policy cannot be changed here, and EventBridge can put nothing into the queue until it has this statement: " +
      '{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":["kms:Decrypt","kms:GenerateDataKey"],"Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}',
    );
  });

  test('are named with a place for the account where it is not known', () => {
    const { stack } = keyed();
    const imported = kms.Key.fromKeyArn(stack, 'Imported', 'arn:aws:kms:eu-west-1:111122223333:key/1234');
    new ClaimCheckBucket(stack, 'Others').addUploadConsumer('Uploads', consumerIn(stack, 'Orders', { encryptionMasterKey: imported }));
    expect(warningOf(stack, 'queueKeyNotGranted')).toContain('"aws:SourceAccount":"<account of the rule>"');
  });
});

describe('an imported queue', () => {
  test('gives a warning that says which policies it needs', () => {
    const stack = newStack();
    const payloads = new ClaimCheckBucket(stack, 'Payloads');
    payloads.addUploadConsumer('Uploads', importedConsumerIn(stack), { lifetime });
    expect(warningOf(stack, 'queuePolicyNotChanged')).toBe(
      "queue 'Stack/OrdersQueue' is not made in this app, so its policy cannot be changed here, and EventBridge can deliver nothing to it until it has this statement: " +
      '{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"arn:aws:sqs:eu-west-1:111122223333:orders",' +
      '"Condition":{"ArnEquals":{"aws:SourceArn":"<ARN of the rule>"}}}. If it is encrypted with a customer-managed key, the key\'s policy needs this one: ' +
      '{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":["kms:Decrypt","kms:GenerateDataKey"],"Resource":"*",' +
      '"Condition":{"StringEquals":{"aws:SourceAccount":"<account of the rule>"}}}. It must not be encrypted with the AWS-managed key alias/aws/sqs',
    );
  });

  test('gives the rule its place below the bucket', () => {
    const stack = newStack();
    const { rule } = new ClaimCheckBucket(stack, 'Payloads').addUploadConsumer('Uploads', importedConsumerIn(stack), { lifetime });
    expect(rule.node.path).toBe('Stack/Payloads/Uploads/Rule');
    expect(resourceOf(stack, RULE).Properties.Targets[0].Arn).toBe('arn:aws:sqs:eu-west-1:111122223333:orders');
  });

  test('gives no warning for messages, which its producers send', () => {
    const stack = newStack();
    new ClaimCheckBucket(stack, 'Payloads').addConsumer('Orders', importedConsumerIn(stack), { lifetime });
    expect(warningIds(stack)).toEqual([]);
  });
});

describe('across stacks', () => {
  function twoStacks() {
    const app = new App();
    const [storage, workers] = [new Stack(app, 'Storage'), new Stack(app, 'Workers')];
    const payloads = new ClaimCheckBucket(storage, 'Payloads', { encryptionKey: new kms.Key(storage, 'Key') });
    const handler = handlerIn(workers, { environment: { BUCKET: payloads.bucket.bucketName } });
    const consumer = new QueueFedFunction(workers, 'Orders', { handler, encryptionKey: new kms.Key(workers, 'Key') });
    return { app, storage, workers, payloads, consumer };
  }

  test('the stack of the consumer depends on that of the bucket, never the reverse', () => {
    const { app, storage, workers, payloads, consumer } = twoStacks();
    payloads.addConsumer('Orders', consumer, { prefix: 'orders/' });
    payloads.addUploadConsumer('Uploads', consumer, { prefix: 'in/' });
    app.synth();
    expect(workers.dependencies).toEqual([storage]);
    expect(storage.dependencies).toEqual([]);
  });

  test('what delivers uploads is with the queue', () => {
    const { storage, workers, payloads, consumer } = twoStacks();
    const { rule, deadLetterQueue, alarms } = payloads.addUploadConsumer('Uploads', consumer);
    expect(rule.node.path).toMatch(/^Workers\/Orders\/Queue\/StoragePayloads[0-9A-F]{8}-Uploads\/Rule$/);
    [deadLetterQueue, ...Object.values(alarms)].forEach((made) => expect(Stack.of(made)).toBe(workers));
    Template.fromStack(storage).resourceCountIs(RULE, 0);
    Template.fromStack(storage).resourceCountIs(QUEUE, 0);
    expect(resourceOf(storage, BUCKET).Properties.NotificationConfiguration).toEqual({ EventBridgeConfiguration: { EventBridgeEnabled: true } });
    Template.fromStack(workers).hasResourceProperties(RULE, { EventPattern: { detail: { bucket: { name: [{ 'Fn::ImportValue': Match.stringLikeRegexp('^Storage:') }] } } } });
  });

  test('the expiry is known where the bucket is', () => {
    const { storage, payloads, consumer } = twoStacks();
    payloads.addConsumer('Orders', consumer);
    expect(resourceOf(storage, BUCKET).Properties.LifecycleConfiguration.Rules[0].ExpirationInDays).toBe(32);
  });

  test('the permission of the handler is with the handler', () => {
    const { storage, workers, payloads, consumer } = twoStacks();
    payloads.addConsumer('Orders', consumer, { prefix: 'orders/' });
    Template.fromStack(storage).resourceCountIs(POLICY, 0);
    Template.fromStack(workers).hasResourceProperties(POLICY, {
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: 's3:GetObject', Resource: { 'Fn::Join': ['', [Match.anyValue(), '/orders/*']] } })]) },
    });
  });

  test('of which one is nested, in both directions', () => {
    const parent = newStack();
    const nested = new NestedStack(parent, 'Nested');
    new ClaimCheckBucket(parent, 'Outer').addUploadConsumer('Uploads', consumerIn(nested, 'Inner'));
    new ClaimCheckBucket(nested, 'Inside').addUploadConsumer('Uploads', consumerIn(new NestedStack(parent, 'Other'), 'Beside'));
    Template.fromStack(nested).resourceCountIs(RULE, 1);
    Template.fromStack(parent).resourceCountIs(RULE, 0);
  });

  test('that share nothing but the consumer', () => {
    const app = new App();
    const workers = new Stack(app, 'Workers');
    const consumer = consumerIn(workers);
    for (const id of ['One', 'Two']) {
      new ClaimCheckBucket(new Stack(app, id), 'Payloads').addUploadConsumer('Uploads', consumer);
    }
    Template.fromStack(workers).resourceCountIs(RULE, 2);
    const [policy] = Object.values(resourcesOf(workers, QUEUE_POLICY)).filter(({ Properties }) => JSON.stringify(Properties.Queues).includes('OrdersQueue'));
    expect(policy?.Properties.PolicyDocument.Statement).toHaveLength(2);
  });
});

describe('it works', () => {
  test('twice in one stack', () => {
    const stack = newStack();
    ['One', 'Two'].forEach((id) => new ClaimCheckBucket(stack, id).addUploadConsumer('Uploads', consumerIn(stack, `${id}Orders`)));
    expect(Object.keys(resourcesOf(stack, BUCKET))).toHaveLength(2);
    expect(Object.keys(resourcesOf(stack, ALARM))).toHaveLength(8);
  });

  test('with an alias as the handler', () => {
    const stack = newStack();
    const payloads = new ClaimCheckBucket(stack, 'Payloads');
    payloads.addConsumer('Orders', new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack).addAlias('live') }));
    Template.fromStack(stack).hasResourceProperties(POLICY, {
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: 's3:GetObject' })]) }, Roles: [ref('HandlerServiceRole')],
    });
  });

  test('with an imported handler, whose role gets the permission', () => {
    const stack = newStack();
    const handler = lambda.Function.fromFunctionAttributes(stack, 'Handler', {
      functionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:orders',
      role: iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111122223333:role/orders'),
    });
    const consumer = new QueueFedFunction(stack, 'Orders', { handler, handlerTimeout: Duration.seconds(10) });
    new ClaimCheckBucket(stack, 'Payloads').addConsumer('Orders', consumer);
    Template.fromStack(stack).hasResourceProperties(POLICY, { PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: 's3:GetObject' })]) }, Roles: ['orders'] });
  });

  test('with a depositor of another account, who is named in the policy of the bucket', () => {
    const stack = new Stack(new App(), 'Stack', { env: { region: 'eu-west-1', account: '111122223333' } });
    const payloads = new ClaimCheckBucket(stack, 'Payloads');
    payloads.grantDeposit(new iam.AccountPrincipal('444455556666'), 'theirs/');
    Template.fromStack(stack).hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Effect: 'Allow', Action: ['s3:PutObject', 's3:AbortMultipartUpload'] })]) },
    });
  });

  test('with a grantee of another account, whom an imported bucket must allow, which a warning says', () => {
    const stack = new Stack(new App(), 'Stack', { env: { region: 'eu-west-1', account: '111122223333' } });
    const payloads = new ClaimCheckBucket(stack, 'Payloads', { bucket: s3.Bucket.fromBucketName(stack, 'Live', 'live') });
    payloads.addConsumer('Orders', importedConsumerIn(stack), { lifetime, prefix: 'orders/', grantee: new iam.AccountPrincipal('444455556666') });
    expect(warningOf(stack, 'bucketPolicyNotChanged')).toBe(
      "bucket 'Stack/Live' is not made in this app, so its policy cannot be changed here: it must allow s3:GetObject and s3:GetObjectVersion on the keys that begin with 'orders/' to the grantee in account 444455556666",
    );
  });

  test('with a service that deposits into an imported bucket, in the same way', () => {
    const stack = newStack();
    const payloads = new ClaimCheckBucket(stack, 'Payloads', { bucket: s3.Bucket.fromBucketName(stack, 'Live', 'live') });
    payloads.grantDeposit(new iam.ServicePrincipal('delivery.logs.amazonaws.com'));
    expect(warningOf(stack, 'bucketPolicyNotChanged')).toContain('it must allow s3:PutObject and s3:AbortMultipartUpload on every key to the grantee');
  });

  const inAccount = () => new Stack(new App(), 'Stack', { env: { region: 'eu-west-1', account: '111122223333' } });
  const other = new iam.AccountPrincipal('444455556666');

  test('with a grantee of another account and an import that stands for a bucket of this app, whose policy names it', () => {
    const stack = inAccount();
    const live = new s3.Bucket(stack, 'Live');
    new ClaimCheckBucket(stack, 'Payloads', { bucket: s3.Bucket.fromBucketName(stack, 'Again', live.bucketName) }).grantDeposit(other);
    Template.fromStack(stack).hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: { Statement: [Match.objectLike({ Effect: 'Allow', Action: ['s3:PutObject', 's3:AbortMultipartUpload'] })] },
    });
    expect(warningIds(stack)).not.toContain('bucketPolicyNotChanged');
  });

  test('with a grantee of another account and a bare CfnBucket, of which a warning says what it must allow', () => {
    const stack = inAccount();
    const bare = new s3.CfnBucket(stack, 'Bare');
    new ClaimCheckBucket(stack, 'Payloads', { bucket: s3.Bucket.fromBucketName(stack, 'Again', bare.ref) }).grantDeposit(other);
    expect(warningOf(stack, 'bucketPolicyNotChanged')).toBe(
      "bucket 'Stack/Again' is a bare CfnBucket, so its policy cannot be changed here: it must allow s3:PutObject and s3:AbortMultipartUpload on every key to the grantee in account 444455556666",
    );
  });

  describe('with the key of the bucket', () => {
    const keyArn = 'arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555';
    const roleIn = (stack: Stack) => new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
    const claims = (stack: Stack, bucket: s3.IBucket, grantee: iam.IGrantable) => {
      new ClaimCheckBucket(stack, 'Payloads', { bucket }).grantClaim(grantee);
      return Template.fromStack(stack);
    };

    test('that an import of a bucket of this app does not know', () => {
      const stack = inAccount();
      const live = new s3.Bucket(stack, 'Live', { encryptionKey: new kms.Key(stack, 'Key') });
      claims(stack, s3.Bucket.fromBucketName(stack, 'Again', live.bucketName), roleIn(stack)).hasResourceProperties('AWS::IAM::Policy', {
        PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: 'kms:Decrypt', Resource: stack.resolve((live.encryptionKey!).keyArn) as unknown })]) },
      });
      expect(warningIds(stack)).not.toContain('bucketKeyNotGranted');
    });

    test.each<[string, (stack: Stack) => s3.IBucket, (stack: Stack) => iam.IGrantable, string | undefined]>([
      [
        'that is imported, for another account',
        (stack) => s3.Bucket.fromBucketAttributes(stack, 'Live', { bucketName: 'live', encryptionKey: kms.Key.fromKeyArn(stack, 'Key', keyArn) }),
        () => other,
        'is not made in this app, so its policy cannot be changed here',
      ],
      [
        'that is imported, for a service',
        (stack) => s3.Bucket.fromBucketAttributes(stack, 'Live', { bucketName: 'live', encryptionKey: kms.Key.fromKeyArn(stack, 'Key', keyArn) }),
        () => new iam.ServicePrincipal('delivery.logs.amazonaws.com'),
        'is not made in this app, so its policy cannot be changed here',
      ],
      [
        'that is imported, for a role of this account',
        (stack) => s3.Bucket.fromBucketAttributes(stack, 'Live', { bucketName: 'live', encryptionKey: kms.Key.fromKeyArn(stack, 'Key', keyArn) }),
        roleIn,
        undefined,
      ],
      ['that is made here, for another account', (stack) => new s3.Bucket(stack, 'Live', { encryptionKey: new kms.Key(stack, 'Key') }), () => other, undefined],
      [
        'that AWS manages, for another account',
        (stack) => new s3.Bucket(stack, 'Live', { encryption: s3.BucketEncryption.KMS_MANAGED }),
        () => other,
        'is managed by AWS and for this account only, so the bucket must have a customer-managed key',
      ],
      ['that AWS manages, for a role of this account', (stack) => new s3.Bucket(stack, 'Live', { encryption: s3.BucketEncryption.KMS_MANAGED }), roleIn, undefined],
      [
        'that is imported, and that an import of the bucket does not know',
        (stack) => s3.Bucket.fromBucketName(stack, 'Live', new s3.Bucket(stack, 'Made', { encryptionKey: kms.Key.fromKeyArn(stack, 'Key', keyArn) }).bucketName),
        roleIn,
        'is not known to the object that stands for the bucket, so it was not granted (Bucket.fromBucketAttributes takes encryptionKey)',
      ],
      ['of S3, for another account', (stack) => new s3.Bucket(stack, 'Live', { encryption: s3.BucketEncryption.S3_MANAGED }), () => other, undefined],
    ])('%s', (_, bucketIn, granteeIn, problem) => {
      const stack = inAccount();
      claims(stack, bucketIn(stack), granteeIn(stack));
      expect(warningIds(stack).includes('bucketKeyNotGranted')).toBe(problem !== undefined);
      if (problem !== undefined) {
        expect(warningOf(stack, 'bucketKeyNotGranted')).toMatch(new RegExp(`^the key of bucket 'Stack/Live' ${problem.replace(/[().]/g, '\\$&')}: its policy must allow kms:Decrypt to the grantee`));
      }
    });
  });

  test('with a role of this account and an imported bucket, without a warning', () => {
    const stack = newStack();
    const payloads = new ClaimCheckBucket(stack, 'Payloads', { bucket: s3.Bucket.fromBucketName(stack, 'Live', 'live') });
    payloads.grantClaim(new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') }));
    payloads.addConsumer('Orders', consumerIn(stack));
    expect(warningIds(stack)).toEqual(['adoptedBucketUnchecked']);
  });

  test('with a bare CfnQueue that an import stands for', () => {
    const stack = newStack();
    const bare = new sqs.CfnQueue(stack, 'Bare', { messageRetentionPeriod: 86_400 });
    const consumer = QueueFed.of(sqs.Queue.fromQueueArn(stack, 'Queue', bare.attrArn), new sqs.Queue(stack, 'Failed', { retentionPeriod: Duration.days(14) }));
    new ClaimCheckBucket(stack, 'Payloads').addConsumer('Orders', consumer);
    expect(resourceOf(stack, BUCKET).Properties.LifecycleConfiguration.Rules[0].ExpirationInDays).toBe(29);
  });
});
