import { App, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { IAM_MINIMIZE_POLICIES } from 'aws-cdk-lib/cx-api';
import type { IQueueFed } from '../../../src';
import { ClaimCheckBucket, QueueFed, QueueFedFunction, TopicFanOut } from '../../../src';
import { handlerIn, newStack, resourcesOf } from '../../messaging/fixtures';
import { consumerIn } from '../../storage/fixtures';

interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Principal: { readonly Service?: string };
  readonly Condition: { readonly ArnEquals?: { readonly 'aws:SourceArn': unknown } };
}

/** The statements of the policy of the queue whose logical id begins like this. */
function statementsOf(stack: Stack, queue: string): Statement[] {
  const [policy] = Object.values(resourcesOf(stack, 'AWS::SQS::QueuePolicy')).filter(({ Properties }) => JSON.stringify(Properties.Queues).includes(`"${queue}`));
  return policy?.Properties.PolicyDocument.Statement as Statement[];
}

function sendersOf(stack: Stack, queue: string, service: string): unknown[] {
  return statementsOf(stack, queue).filter(({ Principal }) => Principal.Service === `${service}.amazonaws.com`).map(({ Condition }) => Condition.ArnEquals?.['aws:SourceArn']);
}

function fanIn(scope: Stack, consumer: IQueueFed, count: number, prefix = 'Topic'): void {
  Array.from({ length: count }, (_, index) => new TopicFanOut(scope, `${prefix}${index}`).addConsumer('Audit', consumer));
}

/** But for that on the policy of a queue, which these tests write anew. */
const problemsAtSynth = (stack: Stack) => stack.node.findAll().flatMap((construct) => construct.node.validate()).filter((problem) => !problem.includes('by TLS only'));

describe.each([true, false])('the senders of a queue, where the CDK merges policies: %p', (merges) => {
  const stackWith = () => {
    const stack = newStack();
    stack.node.setContext(IAM_MINIMIZE_POLICIES, merges);
    return stack;
  };

  test('share one statement for each service, with a list', () => {
    const stack = stackWith();
    const audit = new QueueFedFunction(stack, 'Audit', { handler: handlerIn(stack) });
    fanIn(stack, audit, 25);
    for (const id of ['One', 'Two']) {
      new ClaimCheckBucket(stack, id).addUploadConsumer('Audit', audit);
    }
    for (const queue of ['AuditQueue', 'AuditDeadLetterQueue']) {
      expect(sendersOf(stack, queue, 'sns')).toEqual([Array.from({ length: 25 }, (_, index) => ({ Ref: expect.stringMatching(`^Topic${index}Topic`) }))]);
    }
    expect(sendersOf(stack, 'AuditQueue', 'events')).toEqual([['One', 'Two'].map((id) => ({ 'Fn::GetAtt': [expect.stringMatching(`^${id}AuditRule`), 'Arn'] }))]);
    // With the one that refuses plain HTTP.
    expect(statementsOf(stack, 'AuditQueue')).toHaveLength(3);
    expect(problemsAtSynth(stack)).toEqual([]);
  });

  test('are one text where there is one', () => {
    const stack = stackWith();
    fanIn(stack, new QueueFedFunction(stack, 'Audit', { handler: handlerIn(stack) }), 1);
    expect(sendersOf(stack, 'AuditQueue', 'sns')).toEqual([{ Ref: expect.stringMatching(/^Topic0Topic/) }]);
  });

  test('share one statement in the policy of the key', () => {
    const stack = stackWith();
    fanIn(stack, consumerIn(stack, 'Audit', { encryptionMasterKey: new kms.Key(stack, 'Key') }), 3);
    const [key] = Object.values(resourcesOf(stack, 'AWS::KMS::Key'));
    expect(key?.Properties.KeyPolicy.Statement).toHaveLength(2);
  });
});

test('topics of other stacks are in the one statement too', () => {
  const app = new App();
  const workers = new Stack(app, 'Workers');
  const audit = consumerIn(workers, 'Audit');
  ['One', 'Two'].forEach((id) => fanIn(new Stack(app, id), audit, 1));
  fanIn(new NestedStack(workers, 'Nested') as Stack, audit, 1);
  app.synth();
  expect(sendersOf(workers, 'AuditQueue', 'sns')).toEqual([[
    { 'Fn::ImportValue': expect.stringMatching(/^One:/) }, { 'Fn::ImportValue': expect.stringMatching(/^Two:/) }, { 'Fn::GetAtt': [expect.stringMatching(/^Nested/), expect.stringMatching(/^Outputs\./)] },
  ]]);
});

test('a subscription waits for the policy that it shares', () => {
  const stack = newStack();
  fanIn(stack, consumerIn(stack, 'Audit'), 2);
  for (const { DependsOn } of Object.values(resourcesOf(stack, 'AWS::SNS::Subscription'))) {
    expect(DependsOn).toEqual(expect.arrayContaining([expect.stringMatching(/^AuditQueuePolicy/), expect.stringMatching(/^AuditDeadLettersPolicy/)]));
  }
});

describe('the policy of a queue', () => {
  test.each([
    ['that is fed', (stack: Stack): sqs.IQueue => {
      const audit = consumerIn(stack, 'Audit');
      fanIn(stack, audit, 1);
      return audit.queue;
    }],
    ['of a pattern', (stack: Stack): sqs.IQueue => new QueueFedFunction(stack, 'Audit', { handler: handlerIn(stack) }).queue],
  ])('%s has no more statements than SQS takes', (_, make) => {
    const stack = newStack();
    const queue = make(stack);
    const allow = (account: number) => queue.addToResourcePolicy(new iam.PolicyStatement({
      principals: [new iam.AccountPrincipal(String(111_122_220_000 + account))], actions: ['sqs:SendMessage'], resources: [queue.queueArn],
    }));
    Array.from({ length: 19 }, (__, index) => allow(index));
    expect(problemsAtSynth(stack)).toEqual([]);
    allow(19);
    expect(problemsAtSynth(stack)).toEqual([
      `the policy of queue '${queue.node.path}' has 21 statements, but SQS takes at most 20: topics and rules of this library share one for each service, ` +
      'so combine those that are added otherwise (addToResourcePolicy, grants to other accounts, addSubscription)',
    ]);
    expect(() => (stack.node.root as App).synth()).toThrow('has 21 statements, but SQS takes at most 20');
  });

  test('has no more bytes than SQS takes', () => {
    const stack = newStack();
    const audit = new QueueFedFunction(stack, 'Audit', { handler: handlerIn(stack) });
    fanIn(stack, audit, 90);
    expect(problemsAtSynth(stack)).toEqual([]);
    fanIn(stack, audit, 40, 'Other');
    expect(problemsAtSynth(stack)).toEqual(['Stack/Audit/DeadLetterQueue', 'Stack/Audit/Queue'].map((path) => (
      expect.stringMatching(new RegExp(`^the policy of queue '${path}' has at least \\d{4,5} bytes, but SQS takes at most 8192: ` +
        'spread what is sent to it over several consumers, each with a queue of its own; they may have the same handler$'))
    )));
  });

  test.each([[8192, 0], [8193, 1]])('of %d bytes gives %d problems', (bytes, count) => {
    const stack = newStack();
    const { queue } = new QueueFedFunction(stack, 'Audit', { handler: handlerIn(stack) });
    const policy = queue.node.findChild('Policy').node.defaultChild as sqs.CfnQueuePolicy;
    policy.policyDocument = { Statement: [{ Sid: 'x'.repeat(bytes - '{"Statement":[{"Sid":""}]}'.length) }] };
    expect(problemsAtSynth(stack)).toHaveLength(count);
  });

  test('is counted with what is overridden', () => {
    const stack = newStack();
    const { queue } = new QueueFedFunction(stack, 'Audit', { handler: handlerIn(stack) });
    const policy = queue.node.findChild('Policy').node.defaultChild as sqs.CfnQueuePolicy;
    policy.addPropertyOverride('PolicyDocument.Statement', Array.from({ length: 21 }, (_, index) => ({ Sid: `S${index}` })));
    expect(problemsAtSynth(stack)).toEqual([expect.stringContaining('has 21 statements')]);
  });

  test('in a nested stack is counted too', () => {
    const nested = new NestedStack(newStack(), 'Nested');
    fanIn(nested, consumerIn(nested, 'Audit'), 1);
    expect(problemsAtSynth(nested)).toEqual([]);
  });
});

test('an imported queue has no policy here', () => {
  const stack = newStack();
  const imported = (name: string) => sqs.Queue.fromQueueArn(stack, name, `arn:aws:sqs:us-east-1:111122223333:${name}`);
  const consumer = QueueFed.of(imported('audit'), imported('dead'));
  new TopicFanOut(stack, 'One').addConsumer('Audit', consumer);
  new TopicFanOut(stack, 'Two', { topic: sns.Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:us-east-1:111122223333:orders') }).addConsumer('Audit', consumer);
  Template.fromStack(stack).resourceCountIs('AWS::SQS::QueuePolicy', 0);
  expect(problemsAtSynth(stack)).toEqual([]);
});
