import { App, Duration, NestedStack, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as s3n from 'aws-cdk-lib/aws-s3-notifications';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { BUCKET, POLICY, problemsAtSynth, QUEUE, QUEUE_POLICY, RULE, warningIds, warningOf } from './fixtures';
import type { BucketFedFunctionProps, IQueueFed } from '../../src';
import { BucketFedFunction, QueueFed, TopicFanOut } from '../../src';
import { handlerIn, newStack, resourceOf, resourcesOf } from '../messaging/fixtures';

/** A live bucket that sends its events to EventBridge. */
function sendingBucket(stack: Stack, props: s3.BucketProps = {}): s3.Bucket {
  const bucket = new s3.Bucket(stack, 'Uploads', props);
  (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  return bucket;
}

function adopting(bucketIn: (stack: Stack) => s3.IBucket, props: Partial<BucketFedFunctionProps> = {}) {
  const stack = newStack();
  const bucket = bucketIn(stack);
  return { stack, bucket, imports: new BucketFedFunction(stack, 'Imports', { handler: handlerIn(stack), bucket, ...props }) };
}

test('the rule, and no other, may send to both queues', () => {
  const stack = newStack();
  new BucketFedFunction(stack, 'Imports', { handler: handlerIn(stack) });
  const policies = Object.entries(resourcesOf(stack, QUEUE_POLICY)).filter(([, { Properties }]) => JSON.stringify(Properties).includes('events.amazonaws.com'));
  expect(policies.map(([id]) => id.slice(0, -14)).sort()).toEqual(['ImportsConsumerQueue', 'ImportsDeliveryDeadLetterQueue']);
  for (const [, { Properties }] of policies) {
    expect(Properties.PolicyDocument.Statement).toContainEqual(expect.objectContaining({
      Action: 'sqs:SendMessage',
      Principal: { Service: 'events.amazonaws.com' },
      Condition: { ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [expect.stringMatching('^ImportsDeliveryRule'), 'Arn'] } } },
    }));
  }
});

test('it is a queue-fed consumer, with the parts of one', () => {
  const stack = newStack();
  const imports: IQueueFed & BucketFedFunction = new BucketFedFunction(stack, 'Imports', { handler: handlerIn(stack) });
  const { consumer } = imports;
  expect([imports.handler, imports.queue, imports.deadLetterQueue, imports.eventSource, imports.alarms])
    .toEqual([consumer.handler, consumer.queue, consumer.deadLetterQueue, consumer.eventSource, consumer.alarms]);
  expect([imports.queue, imports.deadLetterQueue, imports.deliveryDeadLetterQueue].map(({ node }) => node.path))
    .toEqual(['Stack/Imports/Consumer/Queue', 'Stack/Imports/Consumer/DeadLetterQueue', 'Stack/Imports/Delivery/DeadLetterQueue']);
  new TopicFanOut(stack, 'Topic').addConsumer('Imports', QueueFed.of(imports.queue, imports.deadLetterQueue));
  expect(problemsAtSynth(stack)).toEqual([]);
});

describe('an adopted bucket', () => {
  test('is not changed, and its objects are delivered', () => {
    const { stack, bucket, imports } = adopting(sendingBucket);
    expect(imports.bucket).toBe(bucket);
    expect(Object.keys(resourceOf(stack, BUCKET).Properties)).toEqual(['NotificationConfiguration']);
    Template.fromStack(stack).hasResourceProperties(RULE, {
      EventPattern: { detail: { bucket: { name: [{ Ref: Match.stringLikeRegexp('^Uploads') }] } } },
    });
    expect([problemsAtSynth(stack), warningIds(stack)]).toEqual([[], []]);
  });

  test('must send its events to EventBridge', () => {
    const { stack } = adopting((inStack) => new s3.Bucket(inStack, 'Uploads'));
    expect(problemsAtSynth(stack)).toEqual([
      'bucket \'Stack/Uploads\' does not send its events to EventBridge, so no object would be delivered: ' +
      'where it is made, set (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } }',
    ]);
  });

  test('may do so by the custom resource of the CDK', () => {
    const { stack } = adopting((inStack) => new s3.Bucket(inStack, 'Uploads', { eventBridgeEnabled: true }));
    expect(problemsAtSynth(stack)).toEqual([]);
  });

  test('must not have its notifications replaced', () => {
    const { stack, bucket } = adopting(sendingBucket);
    bucket.addEventNotification(s3.EventType.OBJECT_REMOVED, new s3n.SnsDestination(new sns.Topic(stack, 'Audit')));
    expect(problemsAtSynth(stack)).toEqual([expect.stringContaining('replaces all notifications of bucket \'Stack/Uploads\' and switches EventBridge off')]);
  });

  test.each<[string, s3.LifecycleRule, Partial<BucketFedFunctionProps>, string[]]>([
    ['expire objects early', { expiration: Duration.days(18) }, {}, [
      'bucket \'Stack/Uploads\' expires objects after 18 days, but Stack/Imports may read an object for 19 days ' +
      '(1 day in which EventBridge may go on trying to deliver + 4 days in its queue + 14 days in its dead-letter queue): let the lifecycle rule expire after 19 days or more',
    ]],
    ['archive them early', { transitions: [{ storageClass: s3.StorageClass.GLACIER, transitionAfter: Duration.days(1) }] }, {}, [
      expect.stringContaining('bucket \'Stack/Uploads\' moves objects to GLACIER after 1 days, where they cannot be read until they are restored') as unknown as string,
    ]],
    ['expire them when no message names them any more', { expiration: Duration.days(19) }, {}, []],
    ['expire others', { expiration: Duration.days(1), prefix: 'tmp/' }, { prefix: 'in/' }, []],
    ['expire some of them', { expiration: Duration.days(1), prefix: 'in/tmp/' }, { prefix: 'in/' }, [expect.stringContaining('expires objects after 1 days') as unknown as string]],
  ])('may, or must not, %s', (_, rule, props, problems) => {
    expect(problemsAtSynth(adopting((stack) => sendingBucket(stack, { lifecycleRules: [rule] }), props).stack)).toEqual(problems);
  });

  test('with a key lets the handler decrypt', () => {
    const { stack } = adopting((inStack) => sendingBucket(inStack, { encryptionKey: new kms.Key(inStack, 'Key') }));
    expect(JSON.stringify(resourcesOf(stack, POLICY))).toContain('kms:Decrypt');
  });
});

describe('what the handler may write', () => {
  function writing(grant: (imports: BucketFedFunction, stack: Stack) => unknown, props: Partial<BucketFedFunctionProps> = {}) {
    const stack = newStack();
    const imports = new BucketFedFunction(stack, 'Imports', { handler: handlerIn(stack), ...props });
    grant(imports, stack);
    problemsAtSynth(stack);
    return stack;
  }
  const role = ({ handler }: BucketFedFunction) => handler.role as iam.Role;
  const put = (...resources: string[]) => new iam.PolicyStatement({ actions: ['s3:PutObject'], resources });

  test('comes back to it where it is told of all objects', () => {
    expect(warningOf(writing(({ bucket, handler }) => bucket.grantPut(handler)), 'bucketWritesBack')).toBe(
      'function \'Stack/Handler\' is told of objects in bucket \'Stack/Imports/Bucket\' and may put objects there (s3:PutObject), so it could feed itself without end: ' +
      'let it write to another bucket, or only to keys with another prefix, or acknowledge this if what it writes is never delivered to it',
    );
  });

  test.each<[string, (imports: BucketFedFunction, stack: Stack) => unknown]>([
    ['everything', ({ bucket, handler }) => bucket.grantReadWrite(handler)],
    ['the keys with the prefix', ({ bucket, handler }) => bucket.grantPut(handler, 'in/*')],
    ['some of them', ({ bucket, handler }) => bucket.grantPut(handler, 'in/done/*')],
    ['one of them', (imports) => role(imports).addToPolicy(put(imports.bucket.arnForObjects('in/latest.csv')))],
    ['more than them', ({ bucket, handler }) => bucket.grantPut(handler, 'i*')],
    ['what a wildcard may stand for', (imports) => role(imports).addToPolicy(put(imports.bucket.arnForObjects('?n/x')))],
    ['all buckets', (imports) => role(imports).addToPolicy(put('*'))],
    ['all that S3 has', (imports) => role(imports).addToPolicy(new iam.PolicyStatement({ actions: ['s3:*'], resources: [imports.bucket.arnForObjects('*')] }))],
    ['what a managed policy says', (imports, stack) => role(imports).addManagedPolicy(new iam.ManagedPolicy(stack, 'Writes', { statements: [put(imports.bucket.arnForObjects('*'))] }))],
  ])('is told of by a warning: %s', (_, grant) => {
    expect(warningIds(writing(grant, { prefix: 'in/' }))).toEqual(['bucketWritesBack']);
  });

  test.each<[string, (imports: BucketFedFunction, stack: Stack) => unknown]>([
    ['the keys with another prefix', ({ bucket, handler }) => bucket.grantPut(handler, 'out/*')],
    ['one key elsewhere', (imports) => role(imports).addToPolicy(put(imports.bucket.arnForObjects('i')))],
    ['another bucket', ({ handler }, stack) => new s3.Bucket(stack, 'Other').grantPut(handler)],
    ['a bucket whose name begins alike', (imports) => role(imports).addToPolicy(put(`${imports.bucket.bucketArn}-other/in/*`))],
    ['nothing: it deletes what it has done', ({ bucket, handler }) => bucket.grantDelete(handler)],
    ['nothing: it is denied', (imports) => role(imports).addToPolicy(new iam.PolicyStatement({ effect: iam.Effect.DENY, actions: ['s3:PutObject'], resources: ['*'] }))],
  ])('is harmless: %s', (_, grant) => {
    expect(warningIds(writing(grant, { prefix: 'in/' }))).toEqual([]);
  });

  test('is not known of a role that is not made in this app', () => {
    const stack = newStack();
    const handler = lambda.Function.fromFunctionAttributes(stack, 'Handler', {
      functionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:f', role: iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111122223333:role/r'),
    });
    new BucketFedFunction(stack, 'Imports', { handler, handlerTimeout: Duration.seconds(9) });
    expect([problemsAtSynth(stack), warningIds(stack)]).toEqual([[], []]);
    expect(JSON.stringify(resourcesOf(stack, POLICY))).toContain('s3:GetObjectVersion');
  });
});

describe('it works', () => {
  test('twice for one handler, and with one bucket for two', () => {
    const stack = newStack();
    const handler = handlerIn(stack);
    const bucket = sendingBucket(stack);
    ['One', 'Two'].forEach((id) => new BucketFedFunction(stack, id, { handler, bucket, prefix: `${id}/`, maxConcurrency: 2 }));
    expect(Object.keys(resourcesOf(stack, RULE))).toHaveLength(2);
    expect(Object.keys(resourcesOf(stack, BUCKET))).toHaveLength(1);
    expect(problemsAtSynth(stack)).toEqual([]);
  });

  test('in a nested stack', () => {
    const parent = newStack();
    const nested = new NestedStack(parent, 'Nested');
    new BucketFedFunction(nested, 'Imports', { handler: handlerIn(parent), bucket: sendingBucket(parent) });
    Template.fromStack(nested).resourceCountIs(RULE, 1);
    Template.fromStack(parent).resourceCountIs(QUEUE, 0);
  });

  test('with handler, bucket and key of another stack, on which its own depends', () => {
    const app = new App();
    const [given, stack] = [new Stack(app, 'Given'), new Stack(app, 'Stack')];
    const encryptionKey = new kms.Key(given, 'Key');
    new BucketFedFunction(stack, 'Imports', { handler: handlerIn(given), bucket: sendingBucket(given, { encryptionKey }), encryptionKey, outputPrefix: 'out/', prefix: 'in/' });
    app.synth();
    expect([stack.dependencies, given.dependencies]).toEqual([[given], []]);
  });

  test('with an adopted queue that is not made in this app: a warning says which policy it needs', () => {
    const stack = newStack();
    const queueNamed = (name: string) => sqs.Queue.fromQueueArn(stack, name, `arn:aws:sqs:eu-west-1:111122223333:${name}`);
    new BucketFedFunction(stack, 'Imports', { handler: handlerIn(stack), queue: queueNamed('orders'), deadLetterQueue: queueNamed('dead') });
    expect(problemsAtSynth(stack)).toEqual([]);
    expect(warningIds(stack).sort()).toEqual(['adoptedQueueUnchecked', 'deadLetterQueueUnchecked', 'queuePolicyNotChanged']);
    expect(resourceOf(stack, BUCKET).Properties.LifecycleConfiguration.Rules[0].NoncurrentVersionExpiration).toEqual({ NoncurrentDays: 29 });
  });
});
