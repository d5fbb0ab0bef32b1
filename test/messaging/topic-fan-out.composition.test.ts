import { App, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { handlerIn, newStack, resourcesOf } from './fixtures';
import type { QueueFedFunctionProps } from '../../src';
import { QueueFed, QueueFedFunction, TopicFanOut } from '../../src';

const SUBSCRIPTION = 'AWS::SNS::Subscription';
const QUEUE = 'AWS::SQS::Queue';

/** A consumer that has its handler beside it. */
function consumerIn(scope: Construct, id = 'Mailer', props: Partial<QueueFedFunctionProps> = {}): QueueFedFunction {
  return new QueueFedFunction(scope, id, { handler: handlerIn(scope, {}, `${id}Handler`), ...props });
}

function subscriptionsIn(stack: Stack): number {
  return Object.keys(resourcesOf(stack, SUBSCRIPTION)).length;
}

/** The stacks that each stack depends on. */
function dependenciesOf(...stacks: Stack[]): Record<string, string[]> {
  (stacks[0]!.node.root as App).synth();
  return Object.fromEntries(stacks.map((stack) => [stack.node.id, stack.dependencies.map(({ node }) => node.id).sort()]));
}

describe('across stacks', () => {
  test('the stack of the consumer depends on that of the topic, and has the subscription', () => {
    const app = new App();
    const [topics, mails] = [new Stack(app, 'Topics'), new Stack(app, 'Mails')];
    const placed = new TopicFanOut(topics, 'Placed');
    const { subscription } = placed.addConsumer('Mail', consumerIn(mails));
    expect(dependenciesOf(topics, mails)).toEqual({ Topics: [], Mails: ['Topics'] });
    expect([subscriptionsIn(topics), subscriptionsIn(mails)]).toEqual([0, 1]);
    expect(subscription.node.path).toBe('Mails/Mailer/Queue/TopicsPlaced2DBFA708-Mail/Subscription');
  });

  test('a topic of another stack is adopted: that stack depends on nothing', () => {
    const app = new App();
    const [topics, mails] = [new Stack(app, 'Topics'), new Stack(app, 'Mails')];
    const placed = new TopicFanOut(mails, 'Placed', { topic: new sns.Topic(topics, 'Topic') });
    placed.addConsumer('Mail', consumerIn(mails));
    expect(dependenciesOf(topics, mails)).toEqual({ Topics: [], Mails: ['Topics'] });
    expect([subscriptionsIn(topics), subscriptionsIn(mails)]).toEqual([0, 1]);
  });

  test('topic, fan-out and consumer may be in three stacks', () => {
    const app = new App();
    const [topics, fans, mails] = [new Stack(app, 'Topics'), new Stack(app, 'Fans'), new Stack(app, 'Mails')];
    new TopicFanOut(fans, 'Placed', { topic: new sns.Topic(topics, 'Topic') }).addConsumer('Mail', consumerIn(mails));
    expect(dependenciesOf(topics, fans, mails)).toEqual({ Topics: [], Fans: ['Topics'], Mails: ['Topics'] });
  });

  test('the consumer may be beside the topic, and the fan-out in a third stack', () => {
    const app = new App();
    const [topics, fans] = [new Stack(app, 'Topics'), new Stack(app, 'Fans')];
    new TopicFanOut(fans, 'Placed', { topic: new sns.Topic(topics, 'Topic') }).addConsumer('Mail', consumerIn(topics));
    expect(dependenciesOf(topics, fans)).toEqual({ Topics: [], Fans: ['Topics'] });
    expect(subscriptionsIn(topics)).toBe(1);
  });

  test('queue and dead-letter queue may be in two stacks', () => {
    const app = new App();
    const [topics, mails, letters] = [new Stack(app, 'Topics'), new Stack(app, 'Mails'), new Stack(app, 'Letters')];
    const queue = new sqs.Queue(letters, 'Dead');
    new TopicFanOut(topics, 'Placed').addConsumer('Mail', QueueFed.of(new sqs.Queue(mails, 'Queue', { deadLetterQueue: { queue, maxReceiveCount: 5 } }), queue));
    expect(dependenciesOf(topics, mails, letters)).toEqual({ Topics: [], Mails: ['Letters', 'Topics'], Letters: ['Topics'] });
  });

  test('a dead-letter queue that is made for a consumer is in the consumer\'s stack, with its alarms', () => {
    const app = new App();
    const [topics, mails] = [new Stack(app, 'Topics'), new Stack(app, 'Mails')];
    const { deadLetterQueue, alarms } = new TopicFanOut(topics, 'Placed', { fifo: true }).addConsumer('Mail', consumerIn(mails));
    expect([deadLetterQueue, ...Object.values(alarms)].map((made) => Stack.of(made))).toEqual([mails, mails, mails]);
    expect(dependenciesOf(topics, mails)).toEqual({ Topics: [], Mails: ['Topics'] });
  });

  test('one key for topic and queues, in a stack of its own, depends on neither', () => {
    const app = new App();
    const [keys, topics, mails] = [new Stack(app, 'Keys'), new Stack(app, 'Topics'), new Stack(app, 'Mails')];
    const encryptionKey = new kms.Key(keys, 'Key');
    const placed = new TopicFanOut(topics, 'Placed', { encryptionKey });
    placed.addConsumer('Mail', consumerIn(mails, 'Mailer', { encryptionKey }));
    placed.addConsumer('Print', consumerIn(topics, 'Printer', { encryptionKey }));
    expect(dependenciesOf(keys, topics, mails)).toEqual({ Keys: [], Topics: ['Keys'], Mails: ['Keys', 'Topics'] });
  });

  test('one topic with two fan-outs', () => {
    const app = new App();
    const [topics, mails, prints] = [new Stack(app, 'Topics'), new Stack(app, 'Mails'), new Stack(app, 'Prints')];
    const topic = new sns.Topic(topics, 'Topic');
    new TopicFanOut(mails, 'Placed', { topic }).addConsumer('Mail', consumerIn(mails));
    new TopicFanOut(prints, 'Placed', { topic }).addConsumer('Print', consumerIn(prints));
    expect(dependenciesOf(topics, mails, prints)).toEqual({ Topics: [], Mails: ['Topics'], Prints: ['Topics'] });
  });

  test('a consumer of two topics of two stacks has both subscriptions', () => {
    const app = new App();
    const [one, two, mails] = [new Stack(app, 'One'), new Stack(app, 'Two'), new Stack(app, 'Mails')];
    const mailer = consumerIn(mails);
    new TopicFanOut(one, 'Topic').addConsumer('Mail', mailer);
    new TopicFanOut(two, 'Topic').addConsumer('Mail', mailer);
    expect(subscriptionsIn(mails)).toBe(2);
  });

  test('an imported queue is subscribed where the topic is, wherever it was imported', () => {
    const app = new App();
    const [topics, mails] = [new Stack(app, 'Topics'), new Stack(app, 'Mails')];
    const queue = sqs.Queue.fromQueueArn(mails, 'Queue', 'arn:aws:sqs:eu-west-1:111122223333:mail');
    new TopicFanOut(topics, 'Placed').addConsumer('Mail', QueueFed.of(queue, new sqs.Queue(topics, 'Dead')));
    expect([subscriptionsIn(topics), subscriptionsIn(mails)]).toEqual([1, 0]);
  });
});

describe('within one stack', () => {
  /** Resources that each resource needs, directly. */
  const needs = (stack: Stack): Map<string, Set<string>> => {
    const resources = (Template.fromStack(stack).toJSON() as { Resources: Record<string, object> }).Resources;
    return new Map(Object.entries(resources).map(([id, resource]) => (
      [id, new Set(Object.keys(resources).filter((other) => other !== id && JSON.stringify(resource).includes(`"${other}"`)))]
    )));
  };
  const hasCycle = (graph: Map<string, Set<string>>): boolean => {
    const open = new Map([...graph].map(([id, others]) => [id, new Set(others)]));
    const next = () => [...open].find(([, others]) => others.size === 0)?.[0];
    for (let free = next(); free !== undefined; free = next()) {
      open.delete(free);
      for (const others of open.values()) {
        others.delete(free);
      }
    }
    return open.size > 0;
  };

  test('one key for topic and queues makes no cycle', () => {
    const stack = newStack();
    const encryptionKey = new kms.Key(stack, 'Key');
    new TopicFanOut(stack, 'Placed', { encryptionKey }).addConsumer('Mail', consumerIn(stack, 'Mailer', { encryptionKey }));
    expect(hasCycle(needs(stack))).toBe(false);
  });

  test('and the check of it would find one', () => {
    expect(hasCycle(new Map([['a', new Set(['b'])], ['b', new Set(['c'])], ['c', new Set(['b'])]]))).toBe(true);
  });

  test('two topics share consumers and do not share names', () => {
    const stack = newStack();
    const [mailer, printer] = [consumerIn(stack), consumerIn(stack, 'Printer')];
    for (const id of ['Placed', 'Paid']) {
      const topic = new TopicFanOut(stack, id);
      topic.addConsumer('Mail', mailer);
      topic.addConsumer('Print', printer);
    }
    expect(subscriptionsIn(stack)).toBe(4);
    expect(Object.keys(resourcesOf(stack, QUEUE))).toHaveLength(4);
  });
});

describe('in nested stacks', () => {
  test('the consumer', () => {
    const parent = new Stack(new App(), 'Parent');
    const nested = new NestedStack(parent, 'Nested');
    new TopicFanOut(parent, 'Placed').addConsumer('Mail', consumerIn(nested));
    expect([subscriptionsIn(parent), subscriptionsIn(nested)]).toEqual([0, 1]);
  });

  test('the topic', () => {
    const parent = new Stack(new App(), 'Parent');
    const nested = new NestedStack(parent, 'Nested');
    new TopicFanOut(nested, 'Placed').addConsumer('Mail', consumerIn(parent));
    expect([subscriptionsIn(parent), subscriptionsIn(nested)]).toEqual([1, 0]);
  });
});

test('a queue that is a bare resource is taken for what it is', () => {
  const stack = newStack();
  const bare = (id: string) => sqs.Queue.fromQueueArn(stack, `${id}Imported`, new sqs.CfnQueue(stack, id).attrArn);
  new TopicFanOut(stack, 'Placed').addConsumer('Mail', QueueFed.of(bare('Queue'), bare('Dead')));
  Template.fromStack(stack).hasResourceProperties(SUBSCRIPTION, { Endpoint: { 'Fn::GetAtt': ['Queue', 'Arn'] }, RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] } } });
});
