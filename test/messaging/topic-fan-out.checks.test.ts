import { App, CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { handlerIn, newStack, resourceOf, resourcesOf } from './fixtures';
import type { IQueueFed, TopicFanOutConsumerOptions, TopicFanOutProps } from '../../src';
import { QueueFed, QueueFedFunction, TopicFanOut } from '../../src';

const ACCOUNT = '111122223333';
const REGION = 'eu-west-1';
const queueArn = (name: string, region = REGION, account = ACCOUNT) => `arn:aws:sqs:${region}:${account}:${name}`;
const topicArn = (name: string, region = REGION, account = ACCOUNT) => `arn:aws:sns:${region}:${account}:${name}`;

/** A stack whose account and region are known. */
function stackIn(app: App, id: string, region = REGION, account = ACCOUNT): Stack {
  return new Stack(app, id, { env: { region, account } });
}

/** The title and the problems that an error lists. */
function errorOf(action: () => unknown): { title: string; problems: string[] } {
  try {
    action();
  } catch (error) {
    const [title = '', ...problems] = (error as Error).message.split('\n  - ');
    return { title, problems };
  }
  throw new Error('there was no error');
}

function warningIds(stack: Stack): string[] {
  return Annotations.fromStack(stack).findWarning('*', Match.anyValue())
    .map(({ entry }) => /\[ack: cdk-serverless-patterns:(\w+)\]/.exec(entry.data as string)?.[1] ?? (entry.data as string))
    .filter((id) => id !== 'alarmsNotifyNobody');
}

function warningsOf(stack: Stack, id: string): string[] {
  return Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp(`\\[ack: cdk-serverless-patterns:${id}\\]`)).map(({ entry }) => entry.data as string);
}

/** Two plain queues. */
function queues(scope: Stack, id: string, props: sqs.QueueProps = {}, deadLetterProps: sqs.QueueProps = props): IQueueFed {
  return QueueFed.of(new sqs.Queue(scope, `${id}Queue`, props), new sqs.Queue(scope, `${id}Dead`, deadLetterProps));
}

describe('the topic', () => {
  const problemsOf = (props: TopicFanOutProps | ((stack: Stack) => TopicFanOutProps), stack = newStack()) => {
    const { title, problems } = errorOf(() => new TopicFanOut(stack, 'Placed', typeof props === 'function' ? props(stack) : props));
    expect(title).toBe('TopicFanOut \'Stack/Placed\' cannot be made:');
    expect(stack.node.tryFindChild('Placed')).toBeUndefined();
    return problems;
  };

  test('deduplicates only if it is a FIFO topic', () => {
    expect(problemsOf({ contentBasedDeduplication: true })).toEqual(['contentBasedDeduplication is true, but only a FIFO topic deduplicates: set fifo: true, or leave contentBasedDeduplication out']);
  });

  test.each<[string, (stack: Stack) => sns.ITopic]>([
    ['made here', (stack) => new sns.Topic(stack, 'Live')],
    ['imported', (stack) => sns.Topic.fromTopicArn(stack, 'Live', topicArn('live'))],
  ])('that is adopted (%s) settles what is its own; all of it is reported together', (_, live) => {
    expect(problemsOf((stack) => ({ topic: live(stack), fifo: false, contentBasedDeduplication: false, encryptionKey: new kms.Key(stack, 'Key'), alarms: { redriven: { evaluationPeriods: 0 } } }))).toEqual([
      ...['contentBasedDeduplication', 'encryptionKey', 'fifo'].map((prop) => (
        `${prop} is set, but it is the adopted topic's own (topic 'Stack/Live'), which is not changed here: leave ${prop} out, or set it where the topic is made`
      )),
      'alarms.redriven.evaluationPeriods is 0, but must be a whole number from 1 to 1440: leave it out for the default',
    ]);
  });

  test.each(['redriven', 'failedToRedrive', 'notificationsFailed', 'invalidAttributes', 'invalidMessageBody'])('has the alarm %s held to its one evaluation period', (alarm) => {
    expect(() => new TopicFanOut(newStack(), 'Placed', { alarms: { [alarm]: { datapointsToAlarm: 1 } } })).not.toThrow();
    expect(problemsOf({ alarms: { [alarm]: { datapointsToAlarm: 2 } } })).toEqual([expect.stringContaining('which is 1 unless stated')]);
  });

  test('that is adopted by an ARN that is a token may be stated to be a FIFO topic', () => {
    const stack = newStack();
    const topic = sns.Topic.fromTopicArn(stack, 'Live', new CfnParameter(stack, 'Arn').valueAsString);
    const placed = new TopicFanOut(stack, 'Placed', { topic, fifo: true });
    placed.addConsumer('Mail', queues(stack, 'Mail', { fifo: true }));
    expect(Object.keys(resourcesOf(stack, 'AWS::SQS::Queue'))).toHaveLength(2);
  });

  test('that is adopted by its ARN is a FIFO topic by its name', () => {
    const stack = newStack();
    new TopicFanOut(stack, 'Placed', { topic: sns.Topic.fromTopicArn(stack, 'Live', topicArn('live.fifo')) }).addConsumer('Mail', queues(stack, 'Mail', { fifo: true }));
    expect(resourceOf(stack, 'AWS::SNS::Subscription').Properties.TopicArn).toBe(topicArn('live.fifo'));
  });

  test.each<[string, (stack: Stack) => string]>([
    ['a bare CfnTopic', (stack) => new sns.CfnTopic(stack, 'Live', { fifoTopic: true }).attrTopicArn],
    ['a topic of this app', (stack) => new sns.Topic(stack, 'Live', { fifo: true }).topicArn],
  ])('that is adopted by the ARN of %s is a FIFO topic if that is one', (_, arn) => {
    const stack = newStack();
    new TopicFanOut(stack, 'Placed', { topic: sns.Topic.fromTopicArn(stack, 'Again', arn(stack)) }).addConsumer('Mail', queues(stack, 'Mail', { fifo: true }));
    expect(Object.keys(resourcesOf(stack, 'AWS::SQS::Queue'))).toHaveLength(2);
  });

  test('must be in the region of the stack', () => {
    const stack = stackIn(new App(), 'Stack');
    expect(problemsOf({ topic: sns.Topic.fromTopicArn(stack, 'Live', topicArn('live', 'us-east-1')) }, stack)).toEqual([
      'topic \'Stack/Live\' is in region us-east-1, but this stack is in eu-west-1, and SNS sets aside only in the region of its topic: ' +
      'make this in a stack of that region, and give consumers of other regions by the ARNs of their queues',
    ]);
  });

  test('of another account must allow to subscribe, which a warning says', () => {
    const stack = stackIn(new App(), 'Stack');
    new TopicFanOut(stack, 'Placed', { topic: sns.Topic.fromTopicArn(stack, 'Live', topicArn('live', REGION, '444455556666')) });
    const [warning = ''] = warningsOf(stack, 'topicPolicyUnchecked');
    expect(warning).toContain('topic \'Stack/Live\' is in account 444455556666, so its policy cannot be changed here: it must allow this account to subscribe: ');
    expect(JSON.parse(/\{.*\}/.exec(warning)?.[0] ?? '')).toEqual({
      Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sns:Subscribe', Resource: 'arn:aws:sns:eu-west-1:444455556666:live',
    });
  });

  test('of another account, in this app, is named in the warning without its ARN', () => {
    const app = new App();
    const topic = new sns.Topic(stackIn(app, 'There', REGION, '444455556666'), 'Live', { topicName: 'live' });
    const stack = stackIn(app, 'Stack');
    new TopicFanOut(stack, 'Placed', { topic });
    expect(warningsOf(stack, 'topicPolicyUnchecked')).toEqual([expect.stringContaining('"Resource":"<ARN of the topic>"}')]);
  });

  test('of another account has its alarms there, which a warning says', () => {
    const stack = stackIn(new App(), 'Stack');
    const topic = sns.Topic.fromTopicArn(stack, 'Live', topicArn('live', REGION, '444455556666'));
    const placed = new TopicFanOut(stack, 'Placed', { topic });
    expect(placed.allAlarms).toEqual([]);
    expect(warningsOf(stack, 'topicAlarmsElsewhere')).toEqual([expect.stringMatching(
      /^topic 'Stack\/Live' is in account 444455556666, and so are its metrics, so no alarms on it are made here: let its owner adopt it with a TopicFanOut there\. What is set aside .+ only there \[/,
    )]);
    expect(errorOf(() => new TopicFanOut(stack, 'Tuned', { topic, alarms: { redriven: { threshold: 2 } } })).problems).toEqual([
      "alarms is set, but topic 'Stack/Live' is in account 444455556666, where CloudWatch has its metrics, and no alarms on it are made here: tune them there, and leave alarms out",
    ]);
  });

  test('of this account, or of one that is not known, gives no warning', () => {
    const known = stackIn(new App(), 'Stack');
    new TopicFanOut(known, 'Placed', { topic: sns.Topic.fromTopicArn(known, 'Live', topicArn('live')) });
    const unknown = newStack();
    new TopicFanOut(unknown, 'Placed', { topic: sns.Topic.fromTopicArn(unknown, 'Live', topicArn('live')) });
    expect([...warningIds(known), ...warningIds(unknown)]).toEqual([]);
  });
});

describe('a consumer', () => {
  const problemsOf = (stack: Stack, consumer: IQueueFed, options: TopicFanOutConsumerOptions = {}, props: TopicFanOutProps = {}) => {
    const placed = new TopicFanOut(stack, 'Placed', props);
    const { title, problems } = errorOf(() => placed.addConsumer('Mail', consumer, options));
    expect(title).toBe('TopicFanOut consumer \'Stack/Placed/Mail\' cannot be made:');
    expect(placed.node.tryFindChild('Mail')).toBeUndefined();
    expect(stack.node.tryFindChild('Placed')).toBe(placed);
    return problems;
  };

  test('with a FIFO queue needs a FIFO topic', () => {
    const stack = newStack();
    expect(problemsOf(stack, queues(stack, 'Mail', { fifo: true }))).toEqual([
      'queue \'Stack/MailQueue\' is a FIFO queue, but the topic is a standard topic, which delivers only to standard queues: give a consumer with a standard queue, or make the topic with fifo: true',
    ]);
  });

  test('has the types of bare queues read from them', () => {
    const stack = newStack();
    const bare = (id: string) => sqs.Queue.fromQueueArn(stack, `${id}Imported`, new sqs.CfnQueue(stack, id, { fifoQueue: true }).attrArn);
    const consumer = QueueFed.of(bare('Queue'), bare('Dead'));
    expect(problemsOf(stack, consumer)).toEqual([expect.stringContaining("queue 'Stack/QueueImported' is a FIFO queue, but the topic is a standard topic")]);
    expect(new TopicFanOut(stack, 'Ordered', { fifo: true }).addConsumer('Mail', consumer).deadLetterQueue).toBe(consumer.deadLetterQueue);
  });

  test.each(['MailQueue', 'MailDead'])('whose %s has the AWS-managed key is refused', (which) => {
    const stack = newStack();
    const managed = { encryption: sqs.QueueEncryption.KMS_MANAGED };
    const consumer = queues(stack, 'Mail', which === 'MailQueue' ? managed : {}, which === 'MailQueue' ? {} : managed);
    expect(problemsOf(stack, consumer)).toEqual([
      `queue 'Stack/${which}' is encrypted with the AWS-managed key 'alias/aws/sqs', which SNS may not use, so that it would drop every message: ` +
      'encrypt it with SSE-SQS (sqs.QueueEncryption.SQS_MANAGED) or a customer-managed key',
    ]);
  });

  test('whose dead-letter queue has the AWS-managed key, but is not used, is taken', () => {
    const stack = newStack();
    const consumer = queues(stack, 'Mail', {}, { encryption: sqs.QueueEncryption.KMS_MANAGED });
    expect(() => new TopicFanOut(stack, 'Placed', { fifo: true }).addConsumer('Mail', consumer)).not.toThrow();
  });

  test('has one subscription to a topic, whichever object stands for its queue', () => {
    const stack = newStack();
    const placed = new TopicFanOut(stack, 'Placed');
    const mailer = new QueueFedFunction(stack, 'Mailer', { handler: handlerIn(stack) });
    placed.addConsumer('Mail', mailer);
    const again = QueueFed.of(sqs.Queue.fromQueueArn(stack, 'Again', mailer.queue.queueArn), mailer.deadLetterQueue);
    expect(errorOf(() => placed.addConsumer('More', again)).problems).toEqual([
      'queue \'Stack/Again\' is subscribed already, by \'Stack/Placed/Mail\', and SNS has one subscription of a queue to a topic: add the consumer once, with one filter policy for all that it needs',
    ]);
  });

  test.each<[string, (stack: Stack, id: string) => sns.ITopic]>([
    ['of this app', (stack) => stack.node.tryFindChild('Live') as sns.Topic | undefined ?? new sns.Topic(stack, 'Live')],
    ['that is imported, twice', (stack, id) => sns.Topic.fromTopicArn(stack, `${id}Topic`, topicArn('live'))],
  ])('is added once for all fan-outs over one topic %s', (_, topicOf) => {
    const stack = newStack();
    const mailer = new QueueFedFunction(stack, 'Mailer', { handler: handlerIn(stack) });
    const [one, two] = ['One', 'Two'].map((id) => new TopicFanOut(stack, id, { topic: topicOf(stack, id) }));
    one?.addConsumer('Mail', mailer);
    expect(errorOf(() => two?.addConsumer('Mail', mailer)).problems).toEqual([expect.stringContaining("queue 'Stack/Mailer/Queue' is subscribed already, by 'Stack/One/Mail', and SNS")]);
    new TopicFanOut(stack, 'Other').addConsumer('Mail', mailer);
  });

  test('may consume two topics', () => {
    const stack = newStack();
    const mailer = new QueueFedFunction(stack, 'Mailer', { handler: handlerIn(stack) });
    new TopicFanOut(stack, 'Placed').addConsumer('Mail', mailer);
    new TopicFanOut(stack, 'Paid').addConsumer('Mail', mailer);
    Template.fromStack(stack).resourcePropertiesCountIs('AWS::SNS::Subscription', { RedrivePolicy: Match.anyValue() }, 2);
  });

  test('has a dead-letter queue that is not its queue', () => {
    const stack = newStack();
    const queue = new sqs.Queue(stack, 'Queue');
    expect(problemsOf(stack, QueueFed.of(queue, queue))).toEqual(['deadLetterQueue \'Stack/Queue\' is the queue itself: give the dead-letter queue that its redrive policy names']);
  });

  const SHARED = (path: string, owner: string) => (
    `deadLetterQueue '${path}' belongs to '${owner}' already, and a shared one could not be redriven to the right consumer: give each consumer its own`
  );

  test('shares its dead-letter queue with no other consumer of the topic', () => {
    const stack = newStack();
    const placed = new TopicFanOut(stack, 'Placed');
    const mail = queues(stack, 'Mail');
    placed.addConsumer('Mail', mail);
    const { problems } = errorOf(() => placed.addConsumer('Print', QueueFed.of(new sqs.Queue(stack, 'PrintQueue'), mail.deadLetterQueue)));
    expect(problems).toEqual([SHARED('Stack/MailDead', 'Stack/MailQueue')]);
  });

  test('shares its dead-letter queue with no other pattern', () => {
    const stack = newStack();
    const mailer = new QueueFedFunction(stack, 'Mailer', { handler: handlerIn(stack) });
    expect(problemsOf(stack, QueueFed.of(new sqs.Queue(stack, 'PrintQueue'), mailer.deadLetterQueue))).toEqual([SHARED('Stack/Mailer/DeadLetterQueue', 'Stack/Mailer')]);
  });

  test('may be given as the queues of another pattern', () => {
    const stack = newStack();
    const mailer = new QueueFedFunction(stack, 'Mailer', { handler: handlerIn(stack) });
    expect(() => new TopicFanOut(stack, 'Placed').addConsumer('Mail', QueueFed.of(mailer.queue, mailer.deadLetterQueue))).not.toThrow();
  });

  test('does not have a dead-letter queue that another topic made', () => {
    const stack = newStack();
    const own = new TopicFanOut(stack, 'Ordered', { fifo: true }).addConsumer('Mail', queues(stack, 'Mail')).deadLetterQueue;
    const problems = problemsOf(stack, QueueFed.of(new sqs.Queue(stack, 'PrintQueue', { fifo: true }), own), {}, { fifo: true });
    expect(problems).toEqual([SHARED('Stack/Ordered/Mail/DeadLetterQueue', 'Stack/Ordered/Mail')]);
  });

  test('tunes alarms only where they are made', () => {
    const stack = newStack();
    expect(problemsOf(stack, queues(stack, 'Mail'), { alarms: { deadLetters: { evaluationPeriods: 0 } } })).toEqual([
      'alarms is set, but what cannot be delivered goes to the consumer\'s own dead-letter queue \'Stack/MailDead\', whose alarms are made with it: tune them there, and leave alarms out',
      'alarms.deadLetters.evaluationPeriods is 0, but must be a whole number from 1 to 1440: leave it out for the default',
    ]);
  });

  describe('of another region or account', () => {
    test('is not given by reference', () => {
      const app = new App();
      const consumer = queues(stackIn(app, 'There', 'us-east-1'), 'Mail');
      expect(problemsOf(stackIn(app, 'Stack'), consumer)).toEqual([
        'queue \'There/MailQueue\' is in region us-east-1, but this topic is in eu-west-1, and a reference between regions would take a function behind a custom resource: ' +
        'give the queues by their ARNs, for example QueueFed.of(sqs.Queue.fromQueueArn(this, \'Queue\', \'arn:aws:sqs:…\'), sqs.Queue.fromQueueArn(this, \'DeadLetters\', \'arn:aws:sqs:…\'))',
      ]);
    });

    test('is given by its ARNs, and has a dead-letter queue beside the topic', () => {
      const stack = stackIn(new App(), 'Stack');
      const [queue, dead] = [queueArn('mail', 'us-east-1'), queueArn('mail-dead', 'us-east-1')];
      new TopicFanOut(stack, 'Placed').addConsumer('Mail', QueueFed.of(sqs.Queue.fromQueueArn(stack, 'Queue', queue), sqs.Queue.fromQueueArn(stack, 'Dead', dead)));
      expect(resourceOf(stack, 'AWS::SNS::Subscription').Properties).toMatchObject({
        Endpoint: queue,
        RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': [expect.stringMatching(/^PlacedMailDeadLetterQueue/), 'Arn'] } },
      });
      expect(resourceOf(stack, 'AWS::SQS::Queue').Properties.MessageRetentionPeriod).toBe(Duration.days(14).toSeconds());
      expect(warningIds(stack)).toEqual(['queuePolicyNotChanged']);
    });

    test('has a dead-letter queue beside the topic also if only the dead-letter queue is elsewhere', () => {
      const stack = stackIn(new App(), 'Stack');
      const consumer = QueueFed.of(sqs.Queue.fromQueueArn(stack, 'Queue', queueArn('mail')), sqs.Queue.fromQueueArn(stack, 'Dead', queueArn('dead', REGION, '444455556666')));
      new TopicFanOut(stack, 'Placed').addConsumer('Mail', consumer);
      expect(Object.keys(resourcesOf(stack, 'AWS::SQS::Queue'))).toHaveLength(1);
    });

    test('is subscribed by the account that owns it', () => {
      const stack = stackIn(new App(), 'Stack');
      const there = (id: string) => sqs.Queue.fromQueueArn(stack, id, queueArn(id, REGION, '444455556666'));
      expect(problemsOf(stack, QueueFed.of(there('Queue'), there('Dead')))).toEqual([
        'queue \'Stack/Queue\' is in account 444455556666, but this stack is in 111122223333, and SNS delivers to a queue that somebody else subscribed only when its owner has confirmed it: ' +
        'make a TopicFanOut in a stack of the queue\'s account, with the topic adopted by its ARN (topic: sns.Topic.fromTopicArn)',
      ]);
    });
  });

  describe('filters', () => {
    const values = (count: number) => sns.SubscriptionFilter.stringFilter({ allowlist: Array.from({ length: count }, (_, index) => `v${index}`) });
    const attributes = (count: number, each = values(1)) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, each]));
    const inBody = (filter: sns.SubscriptionFilter) => sns.FilterOrPolicy.filter(filter);
    const nested = (filters: { [key: string]: sns.FilterOrPolicy }) => ({ order: sns.FilterOrPolicy.policy(filters) });

    const refused: [string, TopicFanOutConsumerOptions, string[]][] = [
      ['both kinds', { filterPolicy: attributes(1), filterPolicyWithMessageBody: { a: inBody(values(1)) } }, [
        'filterPolicy and filterPolicyWithMessageBody are both set, but a subscription has one or the other: state what to look for in one of the two',
      ]],
      ['no attribute', { filterPolicy: {} }, ['filterPolicy has 0 attributes, but must have 1 to 5: leave filterPolicy out for every message, or let the consumer itself look at the rest']],
      ['six attributes', { filterPolicy: attributes(6) }, ['filterPolicy has 6 attributes, but must have 1 to 5: leave filterPolicy out for every message, or let the consumer itself look at the rest']],
      ['six properties, nested', { filterPolicyWithMessageBody: nested(Object.fromEntries(Object.entries(attributes(6)).map(([key, filter]) => [key, inBody(filter)]))) }, [
        'filterPolicyWithMessageBody has 6 properties, but must have 1 to 5: leave filterPolicyWithMessageBody out for every message, or let the consumer itself look at the rest',
      ]],
      ['nothing to match', { filterPolicy: { kind: new sns.SubscriptionFilter([]) } }, ['filterPolicy states nothing for \'kind\', which no message could match: state what it must be, or leave it out']],
      ['151 values', { filterPolicy: { kind: values(151) } }, [
        'filterPolicy has 151 combinations of values (the numbers of values multiplied, and with their level of nesting), but may have 150: use prefix or anything-but conditions, or fewer values',
      ]],
      ['16 x 10 values', { filterPolicy: { kind: values(16), size: values(10) } }, [
        'filterPolicy has 160 combinations of values (the numbers of values multiplied, and with their level of nesting), but may have 150: use prefix or anything-but conditions, or fewer values',
      ]],
      ['76 values, one level down', { filterPolicyWithMessageBody: nested({ kind: inBody(values(76)) }) }, [
        'filterPolicyWithMessageBody has 152 combinations of values (the numbers of values multiplied, and with their level of nesting), but may have 150: use prefix or anything-but conditions, or fewer values',
      ]],
      // [["k",["x…x"]]] has 12 bytes around the value.
      ['more than 256 KB', { filterPolicy: { k: sns.SubscriptionFilter.stringFilter({ allowlist: ['x'.repeat(256 * 1024 - 12 + 1)] }) } }, [
        'filterPolicy has 262145 bytes, but may have 262144: use fewer or shorter values',
      ]],
    ];

    test.each(refused)('with %s are refused', (_, options, problems) => {
      const stack = newStack();
      expect(problemsOf(stack, queues(stack, 'Mail'), options)).toEqual(problems);
    });

    test.each<[string, TopicFanOutConsumerOptions]>([
      ['five attributes', { filterPolicy: attributes(5) }],
      ['150 values', { filterPolicy: { kind: values(150) } }],
      ['15 x 10 values', { filterPolicy: { kind: values(15), size: values(10) } }],
      ['75 values, one level down', { filterPolicyWithMessageBody: nested({ kind: inBody(values(75)) }) }],
      ['256 KB', { filterPolicy: { k: sns.SubscriptionFilter.stringFilter({ allowlist: ['x'.repeat(256 * 1024 - 12)] }) } }],
    ])('with %s are taken', (_, options) => {
      const stack = newStack();
      new TopicFanOut(stack, 'Placed').addConsumer('Mail', queues(stack, 'Mail'), options);
      Template.fromStack(stack).resourceCountIs('AWS::SNS::Subscription', 1);
    });
  });

  describe('whose policies are not to be changed here', () => {
    /** The JSON objects in a warning. */
    const statementsIn = (warning = '') => (warning.match(/\{"Effect.*?\}\}\}/g) ?? []).map((text) => JSON.parse(text) as unknown);
    const sendStatement = (queue: string, topic: string) => ({
      Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: queue, Condition: { ArnEquals: { 'aws:SourceArn': topic } },
    });
    const keyStatement = (topics: string) => ({
      Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' }, Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: '*', Condition: { ArnLike: { 'aws:SourceArn': topics } },
    });

    test('gets warnings with the exact statements', () => {
      const stack = newStack();
      const placed = new TopicFanOut(stack, 'Placed', { topic: sns.Topic.fromTopicArn(stack, 'Live', topicArn('live')) });
      placed.addConsumer('Mail', QueueFed.of(sqs.Queue.fromQueueArn(stack, 'Queue', queueArn('mail')), sqs.Queue.fromQueueArn(stack, 'Dead', queueArn('mail-dead'))));
      const warnings = warningsOf(stack, 'queuePolicyNotChanged');
      expect(warnings.map(statementsIn)).toEqual(['mail', 'mail-dead'].map((name) => (
        [sendStatement(queueArn(name), topicArn('live')), keyStatement('arn:aws:sns:eu-west-1:111122223333:*')]
      )));
      expect(warnings[0]).toContain('queue \'Stack/Queue\' is not made in this app, or is a bare CfnQueue, so its policy cannot be changed here, and the topic can deliver nothing to it until it has this statement: {');
      expect(warnings[0]).toContain('It must not be encrypted with the AWS-managed key alias/aws/sqs. For a topic of another region that is an opt-in region, the principal is sns.<region of the topic>.amazonaws.com');
    });

    test('and where an ARN is not known yet, with what to put there', () => {
      const stack = newStack();
      const parameter = new CfnParameter(stack, 'Arn').valueAsString;
      new TopicFanOut(stack, 'Placed').addConsumer('Mail', QueueFed.of(sqs.Queue.fromQueueArn(stack, 'Queue', parameter), new sqs.Queue(stack, 'Dead')));
      const [warning] = warningsOf(stack, 'queuePolicyNotChanged');
      expect(statementsIn(warning)).toEqual([
        sendStatement('<ARN of the queue>', '<ARN of the topic>'),
        keyStatement('arn:aws:sns:<region of the topic>:<account of the topic>:*'),
      ]);
    });

    test('and with the region and the account, where the stack knows them', () => {
      const stack = new Stack(new App(), 'Stack', { env: { region: REGION, account: ACCOUNT } });
      new TopicFanOut(stack, 'Placed').addConsumer('Mail', QueueFed.of(sqs.Queue.fromQueueArn(stack, 'Queue', queueArn('mail')), new sqs.Queue(stack, 'Dead')));
      const [warning] = warningsOf(stack, 'queuePolicyNotChanged');
      expect(statementsIn(warning)).toEqual([sendStatement(queueArn('mail'), '<ARN of the topic>'), keyStatement(`arn:aws:sns:${REGION}:${ACCOUNT}:*`)]);
    });

    test('gets one for a key that is imported', () => {
      const stack = newStack();
      const encryptionMasterKey = kms.Key.fromKeyArn(stack, 'Key', `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234`);
      new TopicFanOut(stack, 'Placed').addConsumer('Mail', queues(stack, 'Mail', { encryptionMasterKey }, {}));
      const [warning = ''] = warningsOf(stack, 'queueKeyNotGranted');
      expect(warning).toContain('the key of queue \'Stack/MailQueue\' is not made in this app, so its policy cannot be changed here, and SNS drops every message until it has this statement: {');
      expect(statementsIn(warning)).toEqual([keyStatement('arn:aws:sns:<region of the topic>:<account of the topic>:*')]);
      expect(warningIds(stack)).toEqual(['queueKeyNotGranted']);
    });

    test('gets one warning for a queue that is imported with its key', () => {
      const stack = newStack();
      const queue = sqs.Queue.fromQueueAttributes(stack, 'Queue', { queueArn: queueArn('mail'), keyArn: `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234` });
      new TopicFanOut(stack, 'Placed').addConsumer('Mail', QueueFed.of(queue, new sqs.Queue(stack, 'Dead')));
      expect(warningIds(stack)).toEqual(['queuePolicyNotChanged']);
    });

    test('and none for what is made here', () => {
      const stack = newStack();
      new TopicFanOut(stack, 'Placed').addConsumer('Mail', queues(stack, 'Mail', { encryptionMasterKey: new kms.Key(stack, 'Key') }));
      expect(warningIds(stack)).toEqual([]);
    });
  });
});
