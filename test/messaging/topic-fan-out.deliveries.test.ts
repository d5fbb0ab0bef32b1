import type { CfnResource, StackProps } from 'aws-cdk-lib';
import { App, Duration, Stack } from 'aws-cdk-lib';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as sns from 'aws-cdk-lib/aws-sns';
import { newStack, resourceOf, resourcesOf } from './fixtures';
import type { TopicFanOutDeliveryOptions } from '../../src';
import { BucketDelivery, EventRouter, TopicFanOut } from '../../src';
import { resourcesBelow } from '../../src/private/app/resources-below';
import { describeLateChanges, problemsAtSynthesis } from '../late-changes';

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

describe('late changes of a delivery to a bucket', () => {
  const make = (stack: Stack) => {
    const placed = new TopicFanOut(stack, 'Placed');
    placed.addDelivery('Archive', new BucketDelivery(stack, 'Archive'), { filterPolicy: BOOKS });
    return placed;
  };
  const of = (type: string) => (placed: TopicFanOut): CfnResource => resourcesBelow(placed.node.findChild('Archive') as TopicFanOut, type)[0]!;
  describeLateChanges(make, { subscription: of('AWS::SNS::Subscription'), role: of('AWS::IAM::Role'), policy: of('AWS::IAM::Policy') }, [
    ['subscription', 'Properties.TopicArn', 'other', 'add the delivery to another TopicFanOut'],
    ['subscription', 'Properties.Protocol', 'https', 'a delivery is subscribed by its delivery stream'],
    ['subscription', 'Properties.Endpoint', 'other', 'add another delivery'],
    ['subscription', 'Properties.SubscriptionRoleArn', 'other', 'change what that role may do'],
    ['subscription', 'Properties.RawMessageDelivery', false, 'state rawMessageDelivery in addDelivery'],
    ['subscription', 'Properties.FilterPolicy', { kind: ['pen'] }, 'state filterPolicy in addDelivery'],
    ['subscription', 'Properties.FilterPolicyScope', 'MessageBody', 'state filterPolicyWithMessageBody in addDelivery'],
    ['subscription', 'Properties.RedrivePolicy', undefined, 'what cannot be delivered is set aside there'],
    ['role', 'Properties.AssumeRolePolicyDocument.Statement', [], 'SNS takes this role; add others to it'],
    ['policy', 'Properties.PolicyDocument.Statement', [], 'SNS puts messages by this role'],
  ]);

  test.each(['firehose:PutRecord', 'firehose:PutRecordBatch', 'firehose:DescribeDeliveryStream', 'firehose:ListTagsForDeliveryStream'])('without %s alone', (action) => {
    const stack = newStack();
    const policy = of('AWS::IAM::Policy')(make(stack)) as iam.CfnPolicy;
    const { Statement } = stack.resolve(policy.policyDocument) as { Statement: { Action: string[] }[] };
    policy.addPropertyOverride('PolicyDocument.Statement', Statement.map((statement) => ({ ...statement, Action: statement.Action.filter((one) => one !== action) })));
    expect(problemsAtSynthesis(stack)).toEqual([expect.stringContaining('SNS puts messages by this role')]);
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
