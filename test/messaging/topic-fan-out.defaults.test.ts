import { Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { attribute, handlerIn, newStack, ref, resourceOf, resourcesOf } from './fixtures';
import type { IQueueFed, QueueFedFunctionProps, TopicFanOutConsumerOptions, TopicFanOutProps } from '../../src';
import { QueueFed, QueueFedFunction, TopicFanOut } from '../../src';

const TOPIC = 'AWS::SNS::Topic';
const SUBSCRIPTION = 'AWS::SNS::Subscription';
const QUEUE_POLICY = 'AWS::SQS::QueuePolicy';

/** A stack with a topic, 'Placed', and a consumer of it, 'Mail', whose queue-fed function is 'Mailer'. */
function make(props: TopicFanOutProps = {}, options: TopicFanOutConsumerOptions = {}, mailerProps: Partial<QueueFedFunctionProps> = {}) {
  const stack = newStack();
  const placed = new TopicFanOut(stack, 'Placed', props);
  const mailer = new QueueFedFunction(stack, 'Mailer', { handler: handlerIn(stack), ...mailerProps });
  const mail = placed.addConsumer('Mail', mailer, options);
  return { stack, placed, mailer, mail };
}

function statementsOf(stack: Stack, type: string, idPrefix: string, document = 'PolicyDocument'): Record<string, any>[] {
  return resourceOf(stack, type, idPrefix).Properties[document].Statement;
}

/** What a queue's policy must say for the topic, besides that it takes TLS only. */
function delivery(queue: string, topic = ref('PlacedTopic')) {
  return Match.objectLike({
    Effect: 'Allow',
    Principal: { Service: 'sns.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: attribute(queue),
    Condition: { ArnEquals: { 'aws:SourceArn': topic } },
  });
}

describe('the topic', () => {
  test('is a standard topic without a key and without a name', () => {
    const { stack } = make();
    expect(resourceOf(stack, TOPIC).Properties).toBeUndefined();
  });

  test('refuses to be published to without TLS', () => {
    const { stack } = make();
    Template.fromStack(stack).hasResourceProperties('AWS::SNS::TopicPolicy', {
      Topics: [ref('PlacedTopic')],
      PolicyDocument: { Statement: [Match.objectLike({ Effect: 'Deny', Action: 'sns:Publish', Principal: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })] },
    });
  });

  test('is a FIFO topic, named by CloudFormation, with fifo', () => {
    const { stack } = make({ fifo: true }, {}, { fifo: true });
    expect(resourceOf(stack, TOPIC).Properties).toEqual({ FifoTopic: true });
  });

  test('deduplicates by content with contentBasedDeduplication', () => {
    const { stack } = make({ fifo: true, contentBasedDeduplication: true }, {}, { fifo: true });
    expect(resourceOf(stack, TOPIC).Properties).toEqual({ FifoTopic: true, ContentBasedDeduplication: true });
  });

  test('states neither with fifo: false', () => {
    const { stack } = make({ fifo: false });
    expect(resourceOf(stack, TOPIC).Properties).toBeUndefined();
  });

  test('is encrypted with encryptionKey', () => {
    const stack = newStack();
    new TopicFanOut(stack, 'Placed', { encryptionKey: new kms.Key(stack, 'Key') });
    expect(resourceOf(stack, TOPIC).Properties).toEqual({ KmsMasterKeyId: { 'Fn::GetAtt': ['Key961B73FD', 'Arn'] } });
  });

  test('is not made where one is adopted', () => {
    const stack = newStack();
    const topic = new sns.Topic(stack, 'Live');
    const placed = new TopicFanOut(stack, 'Placed', { topic });
    expect(placed.topic).toBe(topic);
    expect(Object.keys(resourcesOf(stack, TOPIC))).toEqual([stack.getLogicalId(topic.node.defaultChild as sns.CfnTopic)]);
  });

  test('may be published to by whom grantPublish names', () => {
    const { stack, placed } = make();
    placed.grantPublish(new iam.Role(stack, 'Shop', { assumedBy: new iam.AccountRootPrincipal() }));
    expect(statementsOf(stack, 'AWS::IAM::Policy', 'ShopDefaultPolicy')).toEqual([{ Effect: 'Allow', Action: 'sns:Publish', Resource: { Ref: expect.stringMatching(/^PlacedTopic/) } }]);
  });

  test('and with its key encrypted by them', () => {
    const stack = newStack();
    const placed = new TopicFanOut(stack, 'Placed', { encryptionKey: new kms.Key(stack, 'Key') });
    placed.grantPublish(new iam.Role(stack, 'Shop', { assumedBy: new iam.AccountRootPrincipal() }));
    expect(statementsOf(stack, 'AWS::IAM::Policy', 'ShopDefaultPolicy').map(({ Action }) => Action)).toEqual(['sns:Publish', ['kms:Decrypt', 'kms:GenerateDataKey*']]);
  });
});

describe('a consumer', () => {
  test('gets every message as it was published, and what cannot be delivered goes to its own dead-letter queue', () => {
    const { stack, mail, mailer } = make();
    Template.fromStack(stack).hasResourceProperties(SUBSCRIPTION, {
      TopicArn: ref('PlacedTopic'),
      Protocol: 'sqs',
      Endpoint: attribute('MailerQueue'),
      RawMessageDelivery: true,
      RedrivePolicy: { deadLetterTargetArn: attribute('MailerDeadLetterQueue') },
      FilterPolicy: Match.absent(),
      FilterPolicyScope: Match.absent(),
      Region: Match.absent(),
    });
    expect(mail.deadLetterQueue).toBe(mailer.deadLetterQueue);
    expect(mail.alarms).toEqual({});
  });

  test('gets an envelope with rawMessageDelivery: false', () => {
    const { stack } = make({}, { rawMessageDelivery: false });
    expect(resourceOf(stack, SUBSCRIPTION).Properties.RawMessageDelivery).toBe(false);
  });

  test.each(['MailerQueue', 'MailerDeadLetterQueue'])('lets the topic send to its %s, and no other topic', (queue) => {
    const { stack } = make();
    expect(statementsOf(stack, QUEUE_POLICY, `${queue}Policy`)).toHaveLength(2);
    Template.fromStack(stack).hasResourceProperties(QUEUE_POLICY, { PolicyDocument: { Statement: Match.arrayWith([delivery(queue)]) } });
  });

  test('is subscribed only when both queues let the topic in', () => {
    const { stack } = make();
    const policies = Object.keys(resourcesOf(stack, QUEUE_POLICY));
    expect(policies).toHaveLength(2);
    expect(resourceOf(stack, SUBSCRIPTION).DependsOn?.sort()).toEqual(policies.sort());
  });

  test('has its filter on attributes', () => {
    const { stack } = make({}, { filterPolicy: { kind: sns.SubscriptionFilter.stringFilter({ allowlist: ['book', 'game'] }) } });
    const { FilterPolicy, FilterPolicyScope } = resourceOf(stack, SUBSCRIPTION).Properties;
    expect({ FilterPolicy, FilterPolicyScope }).toEqual({ FilterPolicy: { kind: ['book', 'game'] }, FilterPolicyScope: undefined });
  });

  test('has its filter on the body', () => {
    const total = sns.FilterOrPolicy.filter(sns.SubscriptionFilter.numericFilter({ greaterThan: 100 }));
    const { stack } = make({}, { filterPolicyWithMessageBody: { order: sns.FilterOrPolicy.policy({ total }) } });
    const { FilterPolicy, FilterPolicyScope } = resourceOf(stack, SUBSCRIPTION).Properties;
    expect({ FilterPolicy, FilterPolicyScope }).toEqual({ FilterPolicy: { order: { total: [{ numeric: ['>', 100] }] } }, FilterPolicyScope: 'MessageBody' });
  });

  test('with a customer key lets SNS use it, once, for topics of this account and region', () => {
    const stack = newStack();
    const key = new kms.Key(stack, 'Key');
    const placed = new TopicFanOut(stack, 'Placed');
    placed.addConsumer('Mail', new QueueFedFunction(stack, 'Mailer', { handler: handlerIn(stack), encryptionKey: key }));
    placed.addConsumer('Print', new QueueFedFunction(stack, 'Printer', { handler: handlerIn(stack, {}, 'Print'), encryptionKey: key }));
    const statements = statementsOf(stack, 'AWS::KMS::Key', 'Key', 'KeyPolicy').filter(({ Principal }) => Principal.Service === 'sns.amazonaws.com');
    expect(statements).toEqual([{
      Effect: 'Allow',
      Principal: { Service: 'sns.amazonaws.com' },
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: '*',
      Condition: {
        ArnLike: { 'aws:SourceArn': { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':sns:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':*']] } },
      },
    }]);
  });

  test('of a FIFO topic may have a FIFO queue, with its own dead-letter queue', () => {
    const { stack, mail, mailer } = make({ fifo: true }, {}, { fifo: true });
    expect(mail.deadLetterQueue).toBe(mailer.deadLetterQueue);
    expect(Object.keys(resourcesOf(stack, 'AWS::SQS::Queue'))).toHaveLength(2);
  });
});

describe('a dead-letter queue of its own', () => {
  /** A standard consumer of a FIFO topic, whose dead letters must be in a FIFO queue. */
  const makeOwn = (props: TopicFanOutProps = {}) => make({ fifo: true, ...props });

  test('is made for a standard consumer of a FIFO topic: a FIFO queue that keeps messages for 14 days', () => {
    const { stack, mail, mailer } = makeOwn();
    const queue = resourceOf(stack, 'AWS::SQS::Queue', 'PlacedMailDeadLetterQueue');
    expect(queue.Properties).toEqual({ FifoQueue: true, MessageRetentionPeriod: Duration.days(14).toSeconds(), SqsManagedSseEnabled: true });
    expect([queue.DeletionPolicy, queue.UpdateReplacePolicy]).toEqual(['Delete', 'Retain']);
    expect(mail.deadLetterQueue).not.toBe(mailer.deadLetterQueue);
    Template.fromStack(stack).hasResourceProperties(SUBSCRIPTION, { RedrivePolicy: { deadLetterTargetArn: attribute('PlacedMailDeadLetterQueue') } });
  });

  test('lets the topic in; the consumer\'s own does not', () => {
    const { stack } = makeOwn();
    Template.fromStack(stack).hasResourceProperties(QUEUE_POLICY, { PolicyDocument: { Statement: Match.arrayWith([delivery('PlacedMailDeadLetterQueue')]) } });
    expect(statementsOf(stack, QUEUE_POLICY, 'MailerDeadLetterQueuePolicy')).toHaveLength(1);
  });

  test('is encrypted with the key of the topic, which SNS may use', () => {
    const stack = newStack();
    const placed = new TopicFanOut(stack, 'Placed', { fifo: true, encryptionKey: new kms.Key(stack, 'Key') });
    placed.addConsumer('Mail', new QueueFedFunction(stack, 'Mailer', { handler: handlerIn(stack) }));
    expect(resourceOf(stack, 'AWS::SQS::Queue', 'PlacedMailDeadLetterQueue').Properties.KmsMasterKeyId).toEqual({ 'Fn::GetAtt': ['Key961B73FD', 'Arn'] });
    const principals = statementsOf(stack, 'AWS::KMS::Key', 'Key', 'KeyPolicy').map(({ Principal }) => Principal.Service);
    expect(principals).toContain('sns.amazonaws.com');
  });

  test('has its alarms, in the list of the topic too', () => {
    const { stack, mail, placed } = makeOwn();
    expect([mail.alarms.deadLetters, mail.alarms.moreDeadLetters].map((alarm) => alarm?.node.path)).toEqual(['Stack/Placed/Mail/DeadLettersAlarm', 'Stack/Placed/Mail/MoreDeadLettersAlarm']);
    expect(placed.allAlarms).toEqual(expect.arrayContaining(Object.values(mail.alarms)));
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Dimensions: [{ Name: 'QueueName', Value: attribute('PlacedMailDeadLetterQueue', 'QueueName') }],
      AlarmDescription:
        'Messages of topic Stack/Placed could not be delivered to the queue of consumer Mail and are in a dead-letter queue. ' +
        'First: see whether that queue exists and allows the topic to send; move the messages there only after the repair. ' +
        'Runbook: https://github.com/cdkserverlesspatterns/cdk-serverless-patterns/blob/v0.0.0/docs/runbooks/topic-fan-out.md#dead-letters',
    });
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmDescription:
        'More messages of topic Stack/Placed could not be delivered to the queue of consumer Mail within the last period. ' +
        'First: see whether the cause is the known one. ' +
        'Runbook: https://github.com/cdkserverlesspatterns/cdk-serverless-patterns/blob/v0.0.0/docs/runbooks/topic-fan-out.md#more-dead-letters',
    });
  });

  test('has alarms that can be tuned', () => {
    const { stack } = make({ fifo: true }, { alarms: { deadLetters: { threshold: 7 }, moreDeadLetters: { enabled: false } } });
    const alarms = Object.entries(resourcesOf(stack, 'AWS::CloudWatch::Alarm')).filter(([id]) => id.startsWith('PlacedMail'));
    expect(alarms.map(([, { Properties }]) => Properties.Threshold)).toEqual([7]);
  });

  test('cannot become that of another consumer', () => {
    const { stack, mail } = makeOwn();
    const deadLetterQueue = mail.deadLetterQueue;
    expect(() => new QueueFedFunction(stack, 'Other', { handler: handlerIn(stack, {}, 'OtherHandler'), fifo: true, deadLetterQueue })).toThrow('belongs to \'Stack/Placed/Mail\' already');
  });
});

test('ids and tree are as they were', () => {
  const { placed } = make({ fifo: true });
  const other: IQueueFed = QueueFed.of(new sqs.Queue(placed.node.scope as Stack, 'Queue', { fifo: true }), new sqs.Queue(placed.node.scope as Stack, 'Dead', { fifo: true }));
  placed.addConsumer('Print', other);
  expect(placed.node.findAll().map(({ node }) => node.path)).toEqual([
    'Stack/Placed',
    'Stack/Placed/Topic',
    'Stack/Placed/Topic/Resource',
    'Stack/Placed/Topic/Policy',
    'Stack/Placed/Topic/Policy/Resource',
    'Stack/Placed/RedrivenAlarm',
    'Stack/Placed/RedrivenAlarm/Resource',
    'Stack/Placed/FailedToRedriveAlarm',
    'Stack/Placed/FailedToRedriveAlarm/Resource',
    'Stack/Placed/NotificationsFailedAlarm',
    'Stack/Placed/NotificationsFailedAlarm/Resource',
    'Stack/Placed/InvalidAttributesAlarm',
    'Stack/Placed/InvalidAttributesAlarm/Resource',
    'Stack/Placed/InvalidMessageBodyAlarm',
    'Stack/Placed/InvalidMessageBodyAlarm/Resource',
    'Stack/Placed/Mail',
    'Stack/Placed/Mail/DeadLetterQueue',
    'Stack/Placed/Mail/DeadLetterQueue/Resource',
    'Stack/Placed/Mail/DeadLetterQueue/Policy',
    'Stack/Placed/Mail/DeadLetterQueue/Policy/Resource',
    'Stack/Placed/Mail/Subscription',
    'Stack/Placed/Mail/Subscription/Resource',
    'Stack/Placed/Mail/DeadLettersAlarm',
    'Stack/Placed/Mail/DeadLettersAlarm/Resource',
    'Stack/Placed/Mail/MoreDeadLettersAlarm',
    'Stack/Placed/Mail/MoreDeadLettersAlarm/Resource',
    'Stack/Placed/Print',
    'Stack/Placed/Print/Subscription',
    'Stack/Placed/Print/Subscription/Resource',
  ]);
});

test('the list of alarms is a copy', () => {
  const { placed } = make();
  placed.allAlarms.pop();
  expect(placed.allAlarms).toHaveLength(5);
});
