import { App, NestedStack, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { ALARM, BUCKET, consumerIn, POLICY, QUEUE, QUEUE_POLICY, RULE, warningIds } from './fixtures';
import { FailureBucket, QueueFedFunction } from '../../src';
import { handlerIn, newStack, resourceOf, resourcesOf } from '../messaging/fixtures';

test('the rule of a consumer, and no other, may send to its queue', () => {
  const stack = newStack();
  new FailureBucket(stack, 'Failures').addConsumer('Inspection', consumerIn(stack));
  Template.fromStack(stack).hasResourceProperties(QUEUE_POLICY, {
    PolicyDocument: {
      Statement: Match.arrayWith([Match.objectLike({
        Action: 'sqs:SendMessage',
        Principal: { Service: 'events.amazonaws.com' },
        Condition: { ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [Match.stringLikeRegexp('^FailuresInspectionRule'), 'Arn'] } } },
      })]),
    },
  });
});

describe('across stacks', () => {
  function twoStacks() {
    const app = new App();
    const [storage, workers] = [new Stack(app, 'Storage'), new Stack(app, 'Workers')];
    const failures = new FailureBucket(storage, 'Failures', { encryptionKey: new kms.Key(storage, 'Key') });
    const consumer = new QueueFedFunction(workers, 'Inspection', { handler: handlerIn(workers), encryptionKey: new kms.Key(workers, 'Key') });
    return { app, storage, workers, failures, consumer };
  }

  test('the stack of the consumer depends on that of the bucket, never the reverse', () => {
    const { app, storage, workers, failures, consumer } = twoStacks();
    failures.addConsumer('Inspection', consumer);
    app.synth();
    expect(workers.dependencies).toEqual([storage]);
    expect(storage.dependencies).toEqual([]);
  });

  test('what delivers, and what the handler may read, is with the consumer; what counts is with the bucket', () => {
    const { storage, workers, failures, consumer } = twoStacks();
    const { rule, deadLetterQueue, alarms } = failures.addConsumer('Inspection', consumer);
    expect(rule.node.path).toMatch(/^Workers\/Inspection\/Queue\/StorageFailures[0-9A-F]{8}-Inspection\/Rule$/);
    [deadLetterQueue, ...Object.values(alarms)].forEach((made) => expect(Stack.of(made)).toBe(workers));
    expect(Object.keys(resourcesOf(storage, RULE))).toEqual([expect.stringMatching(/^FailuresArrivalRule/)]);
    expect(Object.keys(resourcesOf(storage, ALARM))).toEqual([expect.stringMatching(/^FailuresFailuresStoredAlarm/)]);
    Template.fromStack(storage).resourceCountIs(QUEUE, 0);
    Template.fromStack(storage).resourceCountIs(POLICY, 0);
  });

  test('of which one is nested, in both directions', () => {
    const parent = newStack();
    const nested = new NestedStack(parent, 'Nested');
    new FailureBucket(parent, 'Outer').addConsumer('Inspection', consumerIn(nested, 'Inner'));
    new FailureBucket(nested, 'Inside').addConsumer('Inspection', consumerIn(new NestedStack(parent, 'Other'), 'Beside'));
    Template.fromStack(nested).resourceCountIs(RULE, 2);
    Template.fromStack(parent).resourceCountIs(RULE, 1);
  });
});

describe('it works', () => {
  test('twice in one stack, with one key', () => {
    const stack = newStack();
    const encryptionKey = new kms.Key(stack, 'Key');
    ['One', 'Two'].forEach((id) => new FailureBucket(stack, id, { encryptionKey }).addConsumer('Inspection', consumerIn(stack, `${id}Orders`)));
    expect(Object.keys(resourcesOf(stack, BUCKET))).toHaveLength(2);
    expect(Object.keys(resourcesOf(stack, ALARM))).toHaveLength(10);
    const { Statement } = resourceOf(stack, 'AWS::KMS::Key').Properties.KeyPolicy as { Statement: { Principal: { Service?: string } }[] };
    expect(Statement.filter(({ Principal }) => Principal.Service === 'events.amazonaws.com')).toHaveLength(1);
  });

  test('in a nested stack', () => {
    const parent = newStack();
    const nested = new NestedStack(parent, 'Nested');
    new FailureBucket(nested, 'Failures');
    Template.fromStack(nested).resourceCountIs(BUCKET, 1);
    Template.fromStack(parent).resourceCountIs(BUCKET, 0);
  });

  test('with two consumers, each with its own rule and dead-letter queue', () => {
    const stack = newStack();
    const failures = new FailureBucket(stack, 'Failures');
    const made = ['One', 'Two'].map((id) => failures.addConsumer(id, consumerIn(stack, id)));
    expect(new Set(made.map(({ deadLetterQueue }) => deadLetterQueue)).size).toBe(2);
    expect(failures.allAlarms).toEqual([failures.alarms.failuresStored, ...made.flatMap(({ alarms }) => Object.values(alarms))]);
    Template.fromStack(stack).resourceCountIs(RULE, 3);
  });
});

test('another account is granted by the bucket policy', () => {
  const stack = newStack();
  new FailureBucket(stack, 'Failures').grantRead(new iam.AccountPrincipal('444455556666'));
  Template.fromStack(stack).hasResourceProperties('AWS::S3::BucketPolicy', {
    PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: 's3:GetObject', Effect: 'Allow' }), Match.objectLike({ Action: 's3:ListBucket', Effect: 'Allow' })]) },
  });
  expect(warningIds(stack)).toEqual([]);
});
