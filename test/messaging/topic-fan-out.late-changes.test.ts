import type { CfnResource } from 'aws-cdk-lib';
import { Aspects, RemovalPolicies, Size, Stack, Tags } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Resource } from './fixtures';
import { handlerIn, newStack, resourceOf } from './fixtures';
import type { IQueueFed, TopicFanOutConsumer, TopicFanOutConsumerOptions } from '../../src';
import { QueueFed, QueueFedFunction, TopicFanOut } from '../../src';
import type { LateChange } from '../late-changes';
import { describeLateChanges, expectHarmless, problemsAtSynthesis, problemsWithInjector } from '../late-changes';

const consumers = new WeakMap<TopicFanOut, TopicFanOutConsumer>();

/** A fan-out 'Placed' with all that it can have, and a consumer 'Mail', whose subscription stands below its queue in its own stack, or here. */
function make(stack: Stack, fifo = false, body = false): TopicFanOut {
  const placed = new TopicFanOut(stack, 'Placed', {
    encryptionKey: new kms.Key(stack, 'Key'),
    maximumMessageSize: Size.kibibytes(512),
    ...fifo && { fifo, contentBasedDeduplication: true },
  });
  const mail = new QueueFedFunction(stack, 'Mail', { handler: handlerIn(stack) });
  const only = sns.SubscriptionFilter.stringFilter({ allowlist: ['gold'] });
  consumers.set(placed, placed.addConsumer('Mail', mail, body
    ? { filterPolicyWithMessageBody: { customer: sns.FilterOrPolicy.policy({ tier: sns.FilterOrPolicy.filter(only) }) } }
    : { filterPolicy: { tier: only } }));
  return placed;
}

const queueOf = ({ node }: TopicFanOut) => (node.scope!.node.findChild('Mail') as QueueFedFunction).queue;

const RESOURCES = {
  'topic': ({ topic }: TopicFanOut) => topic.node.defaultChild as CfnResource,
  'topic policy': ({ topic }: TopicFanOut) => topic.node.findChild('Policy').node.defaultChild as CfnResource,
  'subscription': (placed: TopicFanOut) => consumers.get(placed)!.subscription.node.defaultChild as CfnResource,
  'dead-letter queue': (placed: TopicFanOut) => consumers.get(placed)!.deadLetterQueue.node.defaultChild as CfnResource,
};

type Change = LateChange<keyof typeof RESOURCES>;

describe('a standard topic', () => {
  const changes: Change[] = [
    ['topic', 'Properties.FifoTopic', true, 'state fifo of the TopicFanOut'],
    ['topic', 'Properties.ContentBasedDeduplication', true, 'state contentBasedDeduplication'],
    ['topic', 'Properties.KmsMasterKeyId', 'alias/aws/sns', 'state encryptionKey'],
    ['topic', 'Properties.KmsMasterKeyId', undefined, 'state encryptionKey'],
    ['topic', 'Properties.MaximumMessageSize', 1_048_576, 'state maximumMessageSize'],
    ['topic policy', 'Properties.PolicyDocument.Statement', [], 'by TLS only'],
    ['subscription', 'Properties.TopicArn', 'arn:aws:sns:eu-west-1:111122223333:other', 'another TopicFanOut'],
    ['subscription', 'Properties.Protocol', 'lambda', 'by its queue'],
    ['subscription', 'Properties.Endpoint', 'arn:aws:sqs:eu-west-1:111122223333:other', 'add another consumer'],
    ['subscription', 'Properties.RawMessageDelivery', false, 'state rawMessageDelivery in addConsumer'],
    ['subscription', 'Properties.FilterPolicy', { tier: ['silver'] }, 'state filterPolicy in addConsumer'],
    ['subscription', 'Properties.FilterPolicy', undefined, 'state filterPolicy in addConsumer'],
    ['subscription', 'Properties.FilterPolicyScope', 'MessageBody', 'state filterPolicyWithMessageBody in addConsumer'],
    ['subscription', 'Properties.RedrivePolicy', undefined, 'is set aside there'],
    ['subscription', 'Properties.RedrivePolicy', { deadLetterTargetArn: 'arn:aws:sqs:eu-west-1:111122223333:other' }, 'is set aside there'],
  ];

  describeLateChanges((stack) => make(stack), RESOURCES, changes);
});

describe('a subscription with a filter on the body', () => {
  const changes: Change[] = [
    ['subscription', 'Properties.FilterPolicy', { customer: ['silver'] }, 'state filterPolicyWithMessageBody in addConsumer'],
    ['subscription', 'Properties.FilterPolicyScope', 'MessageAttributes', 'state filterPolicyWithMessageBody in addConsumer'],
  ];

  describeLateChanges((stack) => make(stack, false, true), RESOURCES, changes);
});

describe('a FIFO topic, whose standard consumers have a dead-letter queue of their own', () => {
  const changes: Change[] = [
    ['topic', 'Properties.FifoTopic', false, 'state fifo'],
    ['topic', 'Properties.ContentBasedDeduplication', false, 'state contentBasedDeduplication'],
    ['dead-letter queue', 'Properties.MessageRetentionPeriod', 60, 'give a consumer whose deadLetterQueue'],
    ['dead-letter queue', 'Properties.FifoQueue', false, 'give a consumer whose deadLetterQueue'],
    ['dead-letter queue', 'Properties.KmsMasterKeyId', undefined, 'state encryptionKey of the TopicFanOut'],
  ];

  // The dead-letter queue stands below the queue of the consumer, whose path is not that of the fan-out.
  describe.each(changes)('of the %s %s', (resource, at, other, advice) => {
    test('changed by an override', () => {
      const stack = newStack();
      RESOURCES[resource](make(stack, true)).addOverride(at, other);
      expect(problemsAtSynthesis(stack)).toContainEqual(expect.stringMatching(`${at.replace('Properties.', '')} of '.+' was .+, but must be .+: .*${String(advice)}`));
    });
  });

  test('nothing is found with nothing changed', () => {
    const stack = newStack();
    make(stack, true);
    expect(problemsAtSynthesis(stack)).toEqual([]);
  });
});

describe('an injector of the CDK\'s own constructs', () => {
  test.each<[string, string, object, string]>([
    ['the key of the topic', sns.Topic.PROPERTY_INJECTION_ID, { masterKey: undefined }, '[Stack/Placed] KmsMasterKeyId'],
    ['the type of the topic', sns.Topic.PROPERTY_INJECTION_ID, { fifo: true }, '[Stack/Placed] FifoTopic'],
    ['raw delivery', sns.Subscription.PROPERTY_INJECTION_ID, { rawMessageDelivery: false }, '/Subscription] RawMessageDelivery'],
    ['the filter', sns.Subscription.PROPERTY_INJECTION_ID, { filterPolicy: undefined }, '/Subscription] FilterPolicy'],
  ])('changes %s', (_, id, more, at) => {
    expect(problemsWithInjector(id, more, make)).toContainEqual(expect.stringContaining(`${at} of '`));
  });

  test('may not take the TLS statement out of the policy of the topic', () => {
    const problems = problemsWithInjector(sns.Topic.PROPERTY_INJECTION_ID, { enforceSSL: false }, make);
    expect(problems).toEqual([expect.stringContaining('the topic has no policy that takes messages by TLS only')]);
  });
});

describe('the policy of a consumer\'s queue', () => {
  const problemsAfter = (change: (policy: CfnResource) => void) => {
    const stack = newStack();
    const placed = make(stack);
    change(queueOf(placed).node.findChild('Policy').node.defaultChild as CfnResource);
    return problemsAtSynthesis(stack);
  };
  const lost = expect.stringMatching(
    /^\[Stack\/Mail\/Queue\] PolicyDocument\.Statement of 'Stack\/Mail\/Queue\/Policy\/Resource' was changed to .+, but must have \{"Action":"sqs:SendMessage",.*"Ref":"Placed.+\}: messages are delivered only by this/,
  );

  test.each<[string, (policy: CfnResource) => void]>([
    ['taken out', (policy) => policy.addPropertyOverride('PolicyDocument.Statement', [])],
    ['denied', (policy) => policy.addPropertyOverride('PolicyDocument.Statement.1.Effect', 'Deny')],
    ['for another service', (policy) => policy.addPropertyOverride('PolicyDocument.Statement.1.Principal', { Service: 'events.amazonaws.com' })],
    ['for another action', (policy) => policy.addPropertyOverride('PolicyDocument.Statement.1.Action', 'sqs:ReceiveMessage')],
    ['for another topic', (policy) => policy.addPropertyOverride('PolicyDocument.Statement.1.Condition', { ArnEquals: { 'aws:SourceArn': 'arn:aws:sns:eu-west-1:111122223333:other' } })],
  ])('must let the topic in: %s', (_, change) => {
    expect(problemsAfter(change)).toContainEqual(lost);
  });

  test('may let others in', () => {
    const stack = newStack();
    queueOf(make(stack)).grantSendMessages(new iam.ServicePrincipal('events.amazonaws.com'));
    expect(problemsAtSynthesis(stack)).toEqual([]);
  });
});

test.each<[string, (placed: TopicFanOut, stack: Stack) => void]>([
  ['tags', (_, stack) => Tags.of(stack).add('team', 'orders')],
  ['removal policies of a stack for tests', (_, stack) => RemovalPolicies.of(stack).destroy()],
  ['a further subscription', ({ topic }, stack) => new sns.Subscription(stack, 'Email', { topic, protocol: sns.SubscriptionProtocol.EMAIL, endpoint: 'team@example.com' })],
  ['a name that is shown', ({ topic }) => (topic.node.defaultChild as CfnResource).addPropertyOverride('DisplayName', 'orders')],
  ['an aspect that looks on', (_, stack) => Aspects.of(stack).add({ visit: () => {} })],
])('%s may be added', (_, change) => expectHarmless(make, change));

test('an adopted topic is its owner\'s', () => {
  const stack = newStack();
  const topic = new sns.Topic(stack, 'Live');
  new TopicFanOut(stack, 'Placed', { topic }).addConsumer('Mail', new QueueFedFunction(stack, 'Mail', { handler: handlerIn(stack) }));
  (topic.node.defaultChild as CfnResource).addPropertyOverride('MaximumMessageSize', 2048);
  expect(problemsAtSynthesis(stack)).toEqual([]);
});

describe('a consumer\'s queues that are made outside', () => {
  const problemsAfter = (change: (resources: { queue: CfnResource; deadLetters: CfnResource; topic: CfnResource }) => void) => {
    const stack = newStack();
    const deadLetters = new sqs.Queue(stack, 'Failed');
    const queue = new sqs.Queue(stack, 'Mail', { deadLetterQueue: { queue: deadLetters, maxReceiveCount: 5 } });
    const topic = new sns.Topic(stack, 'Live');
    new TopicFanOut(stack, 'Placed', { topic }).addConsumer('Mail', QueueFed.of(queue, deadLetters));
    const [q, d, t] = [queue, deadLetters, topic].map(({ node }) => node.defaultChild as CfnResource);
    change({ queue: q!, deadLetters: d!, topic: t! });
    return problemsAtSynthesis(stack);
  };
  const refuses = "is encrypted with the AWS-managed key 'alias/aws/sqs', which SNS may not use";

  test.each<[string, Parameters<typeof problemsAfter>[0], string]>([
    ['the key of the queue', ({ queue }) => queue.addPropertyOverride('KmsMasterKeyId', 'alias/aws/sqs'), `queue 'Stack/Mail' ${refuses}`],
    ['the key of the dead-letter queue', ({ deadLetters }) => deadLetters.addPropertyOverride('KmsMasterKeyId', 'alias/aws/sqs'), `queue 'Stack/Failed' ${refuses}`],
    ['the size of the queue', ({ queue }) => queue.addPropertyOverride('MaximumMessageSize', 1024), "queue 'Stack/Mail' takes messages of at most 1024 bytes, but the topic takes 262144 bytes"],
    ['the size of the topic', ({ topic, queue }) => {
      queue.addPropertyOverride('MaximumMessageSize', 524_288);
      topic.addPropertyOverride('MaximumMessageSize', 1_048_576);
    }, "queue 'Stack/Mail' takes messages of at most 524288 bytes, but the topic takes 1048576 bytes"],
    ['the type of the queue', ({ queue }) => queue.addPropertyOverride('FifoQueue', true), "queue 'Stack/Mail' is a FIFO queue, but the topic is a standard topic"],
  ])('are read again: %s', (_, change, text) => {
    expect(problemsAfter(change)).toEqual([expect.stringContaining(text)]);
  });

  test('may be changed otherwise', () => {
    expect(problemsAfter(({ queue }) => queue.addPropertyOverride('DelaySeconds', 5))).toEqual([]);
  });
});

describe('maximumMessageSize', () => {
  test.each<[Size | undefined, number | undefined]>([
    [Size.mebibytes(1), 1_048_576], [undefined, undefined],
  ])('of %s is %s in the template', (maximumMessageSize, expected) => {
    const stack = newStack();
    new TopicFanOut(stack, 'Placed', { ...maximumMessageSize && { maximumMessageSize } });
    expect((resourceOf(stack, 'AWS::SNS::Topic') as Partial<Resource>).Properties?.MaximumMessageSize).toBe(expected);
  });

  test.each([1024, 1_048_576])('takes %d bytes', (bytes) => {
    expect(() => new TopicFanOut(newStack(), 'Placed', { maximumMessageSize: Size.bytes(bytes) })).not.toThrow();
  });

  test.each([1023, 1_048_577])('takes no %d bytes', (bytes) => {
    expect(() => new TopicFanOut(newStack(), 'Placed', { maximumMessageSize: Size.bytes(bytes) })).toThrow(
      `  - maximumMessageSize is ${bytes} bytes, but must be from 1024 to 1048576: leave it out for 256 KiB, and send larger messages by claim check (ClaimCheckBucket)`,
    );
  });

  const add = (topicSize: Size | undefined, queueSize: Size | undefined) => () => {
    const stack = newStack();
    const placed = new TopicFanOut(stack, 'Placed', { ...topicSize && { maximumMessageSize: topicSize } });
    placed.addConsumer('Mail', new QueueFedFunction(stack, 'Mail', { handler: handlerIn(stack), ...queueSize && { maximumMessageSize: queueSize } }));
  };

  test.each<[Size | undefined, Size | undefined]>([
    [undefined, Size.kibibytes(256)], [Size.kibibytes(64), Size.kibibytes(64)],
    [Size.mebibytes(1), undefined], [Size.kibibytes(300), Size.kibibytes(512)],
  ])('of the topic is what the queues take (%s, %s)', (topicSize, queueSize) => {
    expect(add(topicSize, queueSize)).not.toThrow();
  });

  test.each<[Size | undefined, Size, number]>([
    [undefined, Size.kibibytes(255), 262_144], [Size.mebibytes(1), Size.kibibytes(256), 1_048_576],
  ])(
    'of the topic above that of a queue is refused (%s, %s)', (topicSize, queueSize, largest) => {
      expect(add(topicSize, queueSize)).toThrow(
        `  - queue 'Stack/Mail/Queue' takes messages of at most ${queueSize.toBytes()} bytes, but the topic takes ${largest} bytes, so SNS could not deliver the larger ones: ` +
        `raise maximumMessageSize of the queue to ${largest} bytes or more, or set maximumMessageSize of the topic to ${queueSize.toBytes()} bytes`,
      );
    },
  );

  test('of a dead-letter queue counts too', () => {
    const stack = newStack();
    const deadLetterQueue = new sqs.Queue(stack, 'Failed', { maxMessageSizeBytes: 1024 });
    const mail = { node: stack.node, queue: new sqs.Queue(stack, 'Live'), deadLetterQueue };
    expect(() => new TopicFanOut(stack, 'Placed').addConsumer('Mail', mail)).toThrow("queue 'Stack/Failed' takes messages of at most 1024 bytes");
  });

  test.each<[Size, number]>([[Size.bytes(262_145), 100], [Size.bytes(262_144), 101]])('of %s leaves room for %d consumers', (maximumMessageSize, most) => {
    const stack = newStack();
    const placed = new TopicFanOut(stack, 'Placed', { maximumMessageSize });
    const addOne = (index: number) => placed.addConsumer(`C${index}`, importedConsumer(stack, index));
    Array.from({ length: most }, (_, index) => addOne(index));
    const next = () => addOne(most);
    if (most === 100) {
      expect(next).toThrow('the topic has 100 consumers already, and with a maximumMessageSize above 262144 bytes (262145) SNS takes at most 100 subscriptions');
    } else {
      expect(next).not.toThrow();
    }
  });
});

test.each<[string, (index: number) => TopicFanOutConsumerOptions]>([
  ['attributes', () => ({ filterPolicy: { kind: sns.SubscriptionFilter.existsFilter() } })],
  ['bodies', () => ({ filterPolicyWithMessageBody: { kind: sns.FilterOrPolicy.filter(sns.SubscriptionFilter.existsFilter()) } })],
])('the quota of filter policies on %s is foretold', (_, optionsOf) => {
  const stack = newStack();
  const placed = new TopicFanOut(stack, 'Placed');
  const warnings = () => Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('filterPoliciesAboveQuota'));
  Array.from({ length: 201 }, (_unused, index) => placed.addConsumer(`C${index}`, importedConsumer(stack, index), index === 0 ? {} : optionsOf(index)));
  expect(warnings()).toEqual([]);
  placed.addConsumer('Last', importedConsumer(stack, 201), optionsOf(201));
  expect(warnings()).toHaveLength(1);
  expect(String(warnings()[0]?.entry.data)).toContain('the topic has 201 subscriptions with a filter policy, but SNS takes 200 of a topic');
});

test('the quota of subscriptions of a FIFO topic is foretold, in whichever stacks they are', () => {
  const stack = newStack();
  const other = new Stack(stack.node.root, 'Other');
  const { topic } = new TopicFanOut(stack, 'Placed', { fifo: true });
  const warnings = () => Annotations.fromStack(other).findWarning('*', Match.stringLikeRegexp('fifoSubscriptionsAboveQuota')).map(({ entry }) => String(entry.data));
  [stack, other].forEach((scope) => {
    const fanOut = new TopicFanOut(scope, 'Adopted', { topic });
    Array.from({ length: 50 }, (_unused, index) => fanOut.addConsumer(`C${index}`, importedConsumer(scope, index, scope.node.id)));
  });
  expect(warnings()).toEqual([]);
  new TopicFanOut(other, 'Last', { topic }).addConsumer('Last', importedConsumer(other, 100));
  expect(warnings()).toEqual([expect.stringContaining('the topic has 101 subscriptions, but SNS takes 100 of a FIFO topic, unless the quota was raised')]);
});

test('a queue can be subscribed again when its consumer was taken out', () => {
  const stack = newStack();
  const queue = sqs.Queue.fromQueueArn(stack, 'Queue', 'arn:aws:sqs:eu-west-1:111122223333:live');
  const deadLetterQueue = sqs.Queue.fromQueueArn(stack, 'Failed', 'arn:aws:sqs:eu-west-1:111122223333:failed');
  const topic = sns.Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:eu-west-1:111122223333:placed');
  new TopicFanOut(stack, 'Placed', { topic }).addConsumer('Mail', { queue, deadLetterQueue });
  expect(() => new TopicFanOut(stack, 'Again', { topic }).addConsumer('Mail', { queue, deadLetterQueue })).toThrow("queue 'Stack/Queue' is subscribed already, by 'Stack/Placed/Mail'");
  stack.node.tryRemoveChild('Placed');
  expect(() => new TopicFanOut(stack, 'Again2', { topic }).addConsumer('Mail', { queue, deadLetterQueue })).not.toThrow();
});

/** Queues that are made elsewhere. */
function importedConsumer(stack: Stack, index: number, prefix = ''): IQueueFed {
  const queueCalled = (name: string) => sqs.Queue.fromQueueArn(stack, name, `arn:aws:sqs:eu-west-1:111122223333:${name}`);
  return QueueFed.of(queueCalled(`${prefix}Q${index}`), queueCalled(`${prefix}D${index}`));
}
