import type { CfnResource, StackProps } from 'aws-cdk-lib';
import { App, Duration, Size, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as firehose from 'aws-cdk-lib/aws-kinesisfirehose';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { newStack, resourceOf, resourcesOf } from './fixtures';
import type { IRecordDelivery, TopicFanOutDeliveryOptions } from '../../src';
import { BucketDelivery, EventRouter, QueueFed, TopicFanOut } from '../../src';
import { resourcesBelow } from '../../src/private/app/resources-below';
import { describeLateChanges, describeRoles, problemsAtSynthesis } from '../late-changes';

const PAGE = 'https://github.com/cdkserverlesspatterns/cdk-serverless-patterns/blob/v0.0.0/docs/runbooks/topic-fan-out.md';
const BOOKS = { kind: sns.SubscriptionFilter.stringFilter({ allowlist: ['book'] }) };

function delivered(options?: TopicFanOutDeliveryOptions) {
  const stack = newStack();
  const placed = new TopicFanOut(stack, 'Placed');
  const archive = new BucketDelivery(stack, 'Archive');
  return { stack, placed, archive, made: placed.addDelivery('Archive', archive, options) };
}

const attribute = (id: string): unknown => ({ 'Fn::GetAtt': [expect.stringMatching(new RegExp(`^${id}[0-9A-F]{8}$`)), 'Arn'] });
const STREAM = attribute('ArchiveDeliveryStream');
const subscriptionWith = (options?: TopicFanOutDeliveryOptions) => resourceOf(delivered(options).stack, 'AWS::SNS::Subscription');

describe('a delivery to a bucket', () => {
  test('is subscribed by its delivery stream, raw, with a role and a dead-letter queue of its own', () => {
    expect(subscriptionWith().Properties).toEqual({
      TopicArn: { Ref: expect.stringMatching(/^PlacedTopic/) },
      Protocol: 'firehose',
      Endpoint: STREAM,
      SubscriptionRoleArn: attribute('PlacedArchiveRole'),
      RawMessageDelivery: true,
      RedrivePolicy: { deadLetterTargetArn: attribute('PlacedArchiveDeadLetterQueue') },
    });
  });

  test('may be in an envelope, and of some messages', () => {
    expect(subscriptionWith({ rawMessageDelivery: false, filterPolicy: BOOKS }).Properties).toMatchObject({ RawMessageDelivery: false, FilterPolicy: { kind: ['book'] } });
    const total = sns.FilterOrPolicy.filter(sns.SubscriptionFilter.numericFilter({ greaterThan: 1000 }));
    expect(subscriptionWith({ filterPolicyWithMessageBody: { total } }).Properties).toMatchObject({ FilterPolicyScope: 'MessageBody' });
  });

  test('is put into by a role of SNS that may do that, and nothing else', () => {
    const { stack, made } = delivered();
    expect(resourceOf(stack, 'AWS::IAM::Role', 'PlacedArchiveRole').Properties.AssumeRolePolicyDocument.Statement).toEqual([
      { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' } },
    ]);
    expect(resourceOf(stack, 'AWS::IAM::Policy', 'PlacedArchiveRole').Properties.PolicyDocument.Statement).toEqual([
      { Action: ['firehose:PutRecord', 'firehose:PutRecordBatch'], Effect: 'Allow', Resource: STREAM },
      { Action: ['firehose:DescribeDeliveryStream', 'firehose:ListTagsForDeliveryStream'], Effect: 'Allow', Resource: STREAM },
    ]);
    expect(made.role.node.path).toBe('Stack/Placed/Archive/Role');
  });

  test('is subscribed when the role may put and the dead-letter queue lets the topic in', () => {
    expect(subscriptionWith().DependsOn).toEqual([
      expect.stringMatching(/^PlacedArchiveDeadLetterQueuePolicy/), expect.stringMatching(/^PlacedArchiveRoleDefaultPolicy/), expect.stringMatching(/^PlacedArchiveRole[0-9A-F]{8}$/),
    ]);
  });

  test('has alarms on its dead-letter queue, which keeps messages for 14 days', () => {
    const { stack, placed, made } = delivered({ alarms: { deadLetters: { threshold: 3 } } });
    expect(resourceOf(stack, 'AWS::SQS::Queue', 'PlacedArchiveDeadLetterQueue').Properties.MessageRetentionPeriod).toBe(1_209_600);
    const alarmOf = (id: string) => resourceOf(stack, 'AWS::CloudWatch::Alarm', `PlacedArchive${id}`).Properties;
    expect(alarmOf('DeadLetters').Threshold).toBe(3);
    expect(alarmOf('DeadLetters').AlarmDescription).toBe(
      'Messages of topic Stack/Placed could not be put into the delivery stream of Archive and are in a dead-letter queue. First: see whether the delivery stream exists and the role of the ' +
      `subscription may put records; put the messages there only after the repair. Runbook: ${PAGE}#dead-letters`,
    );
    expect(alarmOf('MoreDeadLetters').AlarmDescription).toBe(
      'More messages of topic Stack/Placed could not be put into the delivery stream of Archive within the last period. First: see whether the cause is the known one. ' +
      `Runbook: ${PAGE}#more-dead-letters`,
    );
    expect(Object.keys(made.alarms)).toEqual(['deadLetters', 'moreDeadLetters']);
    expect(placed.allAlarms).toEqual([...Object.values(placed.alarms), ...Object.values(made.alarms)]);
  });

  test('stands in its own stack, which depends on that of the topic', () => {
    const app = new App();
    const [there, here] = [new Stack(app, 'There'), new Stack(app, 'Here')];
    const placed = new TopicFanOut(there, 'Placed');
    placed.addDelivery('Archive', new BucketDelivery(here, 'Archive'));
    expect(problemsAtSynthesis(here)).toEqual([]);
    expect([here, there].map(({ dependencies }) => dependencies.map(({ node }) => node.id))).toEqual([['There'], []]);
    expect(resourceOf(here, 'AWS::SNS::Subscription').Properties.Protocol).toBe('firehose');
  });
});

describe('a delivery to a bucket is refused', () => {
  const ENV: StackProps = { env: { region: 'eu-west-1', account: '111122223333' } };
  const problemOf = (make: (stack: Stack) => TopicFanOut, options?: TopicFanOutDeliveryOptions) => {
    const stack = new Stack(new App(), 'Stack', ENV);
    const placed = make(stack);
    const archive = new BucketDelivery(stack, 'Archive');
    const before = stack.node.findAll().length;
    try {
      placed.addDelivery('Archive', archive, options);
    } catch (error) {
      expect(stack.node.findAll()).toHaveLength(before);
      return (error as Error).message;
    }
    return undefined;
  };
  const imported = (place: string) => (stack: Stack) => new TopicFanOut(stack, 'Placed', { topic: sns.Topic.fromTopicArn(stack, 'Topic', `arn:aws:sns:${place}:orders`) });

  test.each<[string, (stack: Stack) => TopicFanOut, TopicFanOutDeliveryOptions, string]>([
    ['by a FIFO topic', (stack) => new TopicFanOut(stack, 'Placed', { fifo: true }), {}, (
      'topic \'Stack/Placed/Topic\' is a FIFO topic, but SNS delivers to Firehose from standard topics only: add a consumer whose handler puts the messages into the delivery stream'
    )],
    ['by a topic of another account', imported('eu-west-1:444455556666'), {}, (
      'delivery \'Stack/Archive\' is in account 111122223333, but the topic is in 444455556666, and SNS delivers to Firehose within one account only: make the BucketDelivery there'
    )],
    ['with two filter policies', (stack) => new TopicFanOut(stack, 'Placed'), { filterPolicy: BOOKS, filterPolicyWithMessageBody: {} }, 'filterPolicy and filterPolicyWithMessageBody are both set'],
    ['with an alarm that makes no sense', (stack) => new TopicFanOut(stack, 'Placed'), { alarms: { deadLetters: { period: Duration.seconds(31) } } }, 'alarms.deadLetters.period is 31 seconds'],
  ])('%s', (_, make, options, problem) => {
    expect(problemOf(make, options)).toContain(`TopicFanOut delivery 'Stack/Placed/Archive' cannot be made:\n  - ${problem}`);
  });

  test('in another region', () => {
    const app = new App();
    const placed = new TopicFanOut(new Stack(app, 'There', { env: { region: 'us-east-1', account: '111122223333' } }), 'Placed');
    expect(() => placed.addDelivery('Archive', new BucketDelivery(new Stack(app, 'Here', ENV), 'Archive'))).toThrow(
      'delivery \'Here/Archive\' is in region eu-west-1, but the topic is in us-east-1, and SNS delivers to Firehose within one region only: make the BucketDelivery there',
    );
  });

  test('with a stream as source, and leaves nothing behind', () => {
    const stack = newStack();
    const placed = new TopicFanOut(stack, 'Placed');
    const archive = new BucketDelivery(stack, 'Archive', { source: new kinesis.Stream(stack, 'Stream') });
    expect(() => placed.addDelivery('Archive', archive)).toThrow('records of BucketDelivery \'Stack/Archive\' come from stream \'Stack/Stream\'');
    expect(placed.node.tryFindChild('Archive')).toBeUndefined();
  });

  test('by nothing else: a topic of the same place', () => {
    expect(problemOf(imported('eu-west-1:111122223333'))).toBeUndefined();
  });
});

describe('what SNS counts for a topic', () => {
  const ARN = 'arn:aws:sns:eu-west-1:111122223333:placed';
  const consumer = (stack: Stack, index: number) => {
    const queueCalled = (name: string) => sqs.Queue.fromQueueArn(stack, name, `arn:aws:sqs:eu-west-1:111122223333:${name}`);
    return QueueFed.of(queueCalled(`Q${index}`), queueCalled(`D${index}`));
  };
  const warningsOf = (stack: Stack, id: string) => Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp(id)).map(({ entry }) => String(entry.data));
  // Another than the one that made them may stand for a delivery stream.
  const standIn = (stack: Stack, { deliveryStream }: BucketDelivery): IRecordDelivery => Object.assign(new Construct(stack, 'StandIn'), {
    deliveryStream: firehose.DeliveryStream.fromDeliveryStreamArn(stack, 'Import', deliveryStream.deliveryStreamArn),
    grantPutRecords: (grantee: iam.IGrantable) => deliveryStream.grantPutRecords(grantee),
  });

  test.each<[string, (stack: Stack, archive: BucketDelivery) => IRecordDelivery]>([
    ['itself', (_, archive) => archive],
    ['in another guise', standIn],
  ])('a delivery is subscribed to a topic once, also by another fan-out: %s', (_, again) => {
    const stack = newStack();
    const topic = (id: string) => sns.Topic.fromTopicArn(stack, id, ARN);
    const archive = new BucketDelivery(stack, 'Archive');
    new TopicFanOut(stack, 'Placed', { topic: topic('Topic') }).addDelivery('Archive', archive);
    const other = new TopicFanOut(stack, 'Other', { topic: topic('Again') });
    const twice = again(stack, archive);
    expect(() => other.addDelivery('Archive', twice, { filterPolicy: BOOKS })).toThrow(
      "TopicFanOut delivery 'Stack/Other/Archive' cannot be made:\n" +
      `  - delivery '${twice.node.path}' is subscribed already, by 'Stack/Placed/Archive', and SNS has one subscription of a delivery stream to a topic: ` +
      'add the delivery once, with one filter policy for all that it keeps, or add another BucketDelivery',
    );
    expect(other.node.tryFindChild('Archive')).toBeUndefined();
    stack.node.tryRemoveChild('Placed');
    expect(() => other.addDelivery('Archive', twice)).not.toThrow();
  });

  test('a delivery may be subscribed to two topics, and two deliveries to one', () => {
    const stack = newStack();
    const archives = ['One', 'Two'].map((id) => new BucketDelivery(stack, id));
    ['Placed', 'Paid'].map((id) => new TopicFanOut(stack, id)).forEach((topic) => archives.forEach((archive) => topic.addDelivery(archive.node.id, archive)));
    expect(problemsAtSynthesis(stack)).toEqual([]);
    expect(Object.values(resourcesOf(stack, 'AWS::SNS::Subscription'))).toHaveLength(4);
  });

  test('the quota of deliveries is foretold, whatever consumers there are', () => {
    const stack = newStack();
    const placed = new TopicFanOut(stack, 'Placed');
    placed.addConsumer('Mail', consumer(stack, 0));
    const add = (index: number) => placed.addDelivery(`D${index}`, new BucketDelivery(stack, `Archive${index}`));
    [1, 2, 3, 4, 5].forEach(add);
    expect(warningsOf(stack, 'deliveriesAboveQuota')).toEqual([]);
    add(6);
    expect(warningsOf(stack, 'deliveriesAboveQuota')).toEqual([expect.stringContaining(
      'the topic has 6 deliveries, but SNS subscribes 5 delivery streams of an account to a topic, unless the quota was raised: raise it, or let one BucketDelivery keep what several do',
    )]);
  });

  test.each<[string, TopicFanOutDeliveryOptions]>([
    ['attributes', { filterPolicy: BOOKS }],
    ['bodies', { filterPolicyWithMessageBody: { kind: sns.FilterOrPolicy.filter(sns.SubscriptionFilter.existsFilter()) } }],
  ])('a filter policy of a delivery counts, and is counted: by %s', (_, options) => {
    const stack = newStack();
    const placed = new TopicFanOut(stack, 'Placed');
    placed.addDelivery('Archive', new BucketDelivery(stack, 'Archive'), options);
    Array.from({ length: 199 }, (_unused, index) => placed.addConsumer(`C${index}`, consumer(stack, index), { filterPolicy: BOOKS }));
    placed.addDelivery('All', new BucketDelivery(stack, 'All'));
    expect(warningsOf(stack, 'filterPoliciesAboveQuota')).toEqual([]);
    placed.addDelivery('More', new BucketDelivery(stack, 'More'), options);
    expect(warningsOf(stack, 'filterPoliciesAboveQuota')).toEqual([expect.stringContaining('the topic has 201 subscriptions with a filter policy, but SNS takes 200 of a topic')]);
  });

  test('a topic of large messages has 100 subscriptions, those of deliveries among them, also if it was made to take them later', () => {
    const stack = newStack();
    const placed = new TopicFanOut(stack, 'Placed', { maximumMessageSize: Size.bytes(262_145) });
    placed.addDelivery('First', new BucketDelivery(stack, 'First'));
    Array.from({ length: 99 }, (_unused, index) => placed.addConsumer(`C${index}`, consumer(stack, index)));
    const most = 'the topic has 100 consumers already, and with a maximumMessageSize above 262144 bytes (262145) SNS takes at most 100 subscriptions';
    expect(() => placed.addDelivery('Last', new BucketDelivery(stack, 'Last'))).toThrow(most);

    const resource = placed.topic.node.defaultChild as CfnResource;
    resource.addPropertyOverride('MaximumMessageSize', 1024);
    placed.addDelivery('Late', new BucketDelivery(stack, 'Late'));
    resource.addPropertyOverride('MaximumMessageSize', 262_145);
    expect(problemsAtSynthesis(stack)).toEqual([expect.stringMatching(new RegExp(`^\\[Stack/Placed/Late/Subscription\\].*${most.replace(/[()]/g, '\\$&')}`))]);
  });
});

describe('late changes of a delivery to a bucket', () => {
  const make = (stack: Stack) => {
    const placed = new TopicFanOut(stack, 'Placed');
    placed.addDelivery('Archive', new BucketDelivery(stack, 'Archive'), { filterPolicy: BOOKS });
    return placed;
  };
  const of = (type: string) => (placed: TopicFanOut): CfnResource => resourcesBelow(placed.node.findChild('Archive') as TopicFanOut, type)[0]!;
  describeLateChanges(make, { subscription: of('AWS::SNS::Subscription') }, [
    ['subscription', 'Properties.TopicArn', 'other', 'add the delivery to another TopicFanOut'],
    ['subscription', 'Properties.Protocol', 'https', 'a delivery is subscribed by its delivery stream'],
    ['subscription', 'Properties.Endpoint', 'other', 'add another delivery'],
    ['subscription', 'Properties.SubscriptionRoleArn', 'other', 'change what that role may do'],
    ['subscription', 'Properties.RawMessageDelivery', false, 'state rawMessageDelivery in addDelivery'],
    ['subscription', 'Properties.FilterPolicy', { kind: ['pen'] }, 'state filterPolicy in addDelivery'],
    ['subscription', 'Properties.FilterPolicyScope', 'MessageBody', 'state filterPolicyWithMessageBody in addDelivery'],
    ['subscription', 'Properties.RedrivePolicy', undefined, 'what cannot be delivered is set aside there'],
  ]);

  describeRoles(make, {
    'role of the subscription': { of: ({ node }) => node.findChild('Archive'), takes: 'SNS takes this role; add others to it', does: 'SNS puts messages by this role' },
  });

  test('the scope of a filter policy may be stated as it is by default', () => {
    const stack = newStack();
    of('AWS::SNS::Subscription')(make(stack)).addPropertyOverride('FilterPolicyScope', 'MessageAttributes');
    expect(problemsAtSynthesis(stack)).toEqual([]);
  });

  const ofBody = (stack: Stack) => {
    const placed = new TopicFanOut(stack, 'Placed');
    const total = sns.FilterOrPolicy.filter(sns.SubscriptionFilter.numericFilter({ greaterThan: 1000 }));
    placed.addDelivery('Archive', new BucketDelivery(stack, 'Archive'), { filterPolicyWithMessageBody: { total } });
    return placed;
  };
  describeLateChanges(ofBody, { subscription: of('AWS::SNS::Subscription') }, [
    ['subscription', 'Properties.FilterPolicy', { kind: ['pen'] }, 'state filterPolicyWithMessageBody in addDelivery'],
    ['subscription', 'Properties.FilterPolicyScope', 'MessageAttributes', 'state filterPolicyWithMessageBody in addDelivery'],
  ]);
});

test('a bus feeds a delivery to a bucket by a target, with a dead-letter queue and retries', () => {
  const stack = newStack();
  const archive = new BucketDelivery(stack, 'Archive');
  const bus = new EventRouter(stack, 'Bus');
  bus.addTarget('Delivery', new targets.FirehoseDeliveryStream(archive.deliveryStream), { eventPattern: { source: ['shop.orders'] } });
  const rule = Object.values(resourcesOf(stack, 'AWS::Events::Rule')).find(({ Properties }) => Properties.Targets);
  expect(rule?.Properties.Targets).toEqual([expect.objectContaining({
    Arn: STREAM, DeadLetterConfig: { Arn: expect.anything() }, RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
  })]);
  expect(problemsAtSynthesis(stack)).toEqual([]);
});
