import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as sns from 'aws-cdk-lib/aws-sns';
import { attribute, newStack, resourceOf, resourcesOf } from './fixtures';
import type { CountAlarmOptions, TopicFanOutAlarmOptions, TopicFanOutProps } from '../../src';
import { Alarms, AlarmSeverity, TopicFanOut } from '../../src';

const ALARM = 'AWS::CloudWatch::Alarm';
const RUNBOOK = 'https://github.com/cdkserverlesspatterns/cdk-serverless-patterns/blob/v0.0.0/docs/runbooks/topic-fan-out.md';

function stackWith(props: TopicFanOutProps = {}) {
  const stack = newStack();
  new TopicFanOut(stack, 'Placed', props);
  return stack;
}

/** Each alarm: its prop, the beginning of its logical id, its metric, and what it says. */
const ALARMS: [prop: keyof TopicFanOutAlarmOptions, id: string, metric: string, description: string][] = [
  [
    'redriven', 'PlacedRedrivenAlarm', 'NumberOfNotificationsRedrivenToDlq',
    'could not be delivered to a consumer and went to its dead-letter queue. ' +
    `First: find the dead-letter queue that grew, and see whether the queue before it exists and allows the topic to send. Runbook: ${RUNBOOK}#redriven`,
  ],
  [
    'failedToRedrive', 'PlacedFailedToRedriveAlarm', 'NumberOfNotificationsFailedToRedriveToDlq',
    'could neither be delivered to a consumer nor moved to a dead-letter queue: they are lost to that consumer. ' +
    `First: see whether the dead-letter queues of the subscriptions exist and allow the topic to send, and stop publishing until they do. Runbook: ${RUNBOOK}#failed-to-redrive`,
  ],
  [
    'notificationsFailed', 'PlacedNotificationsFailedAlarm', 'NumberOfNotificationsFailed',
    'were given up after all attempts to deliver them. ' +
    `First: if no dead-letter queue grew, look for messages with more than ten attributes: SNS discards them where delivery is raw. Runbook: ${RUNBOOK}#notifications-failed`,
  ],
  [
    'invalidAttributes', 'PlacedInvalidAttributesAlarm', 'NumberOfNotificationsFilteredOut-InvalidAttributes',
    'did not reach a consumer because their attributes could not be read by its filter policy. ' +
    `First: find the publisher whose attributes are malformed; such a message goes to no dead-letter queue. Runbook: ${RUNBOOK}#invalid-attributes`,
  ],
  [
    'invalidMessageBody', 'PlacedInvalidMessageBodyAlarm', 'NumberOfNotificationsFilteredOut-InvalidMessageBody',
    'did not reach a consumer because their body, which its filter policy looks at, is not JSON. ' +
    `First: find the publisher whose bodies are not JSON; such a message goes to no dead-letter queue. Runbook: ${RUNBOOK}#invalid-message-body`,
  ],
];

test('there are no others', () => {
  expect(Object.keys(resourcesOf(stackWith(), ALARM)).map((id) => id.slice(0, -8)).sort()).toEqual(ALARMS.map(([, id]) => id).sort());
});

describe.each(ALARMS)('%s', (prop, id, metric, description) => {
  const tuned = (options: CountAlarmOptions) => stackWith({ alarms: { [prop]: options } });

  test('has its defaults', () => {
    expect(resourceOf(stackWith(), ALARM, id).Properties).toEqual({
      MetricName: metric,
      Namespace: 'AWS/SNS',
      Statistic: 'Sum',
      Dimensions: [{ Name: 'TopicName', Value: { 'Fn::GetAtt': [expect.stringMatching(/^PlacedTopic/), 'TopicName'] } }],
      Period: 60,
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
      EvaluationPeriods: 1,
      TreatMissingData: 'notBreaching',
      AlarmDescription: `Messages of topic Stack/Placed ${description}`,
    });
  });

  test('can be tuned, and the others stay', () => {
    const stack = tuned({ threshold: 3, period: Duration.minutes(5), evaluationPeriods: 4, datapointsToAlarm: 2 });
    expect(resourceOf(stack, ALARM, id).Properties).toMatchObject({ Threshold: 3, Period: 300, EvaluationPeriods: 4, DatapointsToAlarm: 2 });
    Template.fromStack(stack).resourcePropertiesCountIs(ALARM, { Threshold: 0, Period: 60, EvaluationPeriods: 1 }, 4);
  });

  test('can be switched off alone', () => {
    const ids = Object.keys(resourcesOf(tuned({ enabled: false }), ALARM));
    expect(ids).toHaveLength(4);
    expect(ids.filter((found) => found.startsWith(id))).toEqual([]);
  });

  test('is checked under its name', () => {
    expect(() => tuned({ evaluationPeriods: 0 })).toThrow(`alarms.${prop}.evaluationPeriods is 0, but must be a whole number from 1 to 1440`);
  });

  test('is one to act on now', () => {
    const stack = newStack();
    const actions: string[] = [];
    Alarms.of(stack).notifyOf(AlarmSeverity.CRITICAL, { bind: (_scope, alarm) => ({ alarmActionArn: `arn:${actions.push(alarm.node.path)}` }) });
    new TopicFanOut(stack, 'Placed');
    expect(actions).toContain(`Stack/Placed/${id.slice('Placed'.length)}`);
  });
});

test('an adopted topic has the same alarms, on its own name', () => {
  const stack = newStack();
  new TopicFanOut(stack, 'Placed', { topic: sns.Topic.fromTopicArn(stack, 'Live', 'arn:aws:sns:eu-west-1:111122223333:live') });
  Template.fromStack(stack).resourcePropertiesCountIs(ALARM, { Namespace: 'AWS/SNS', Dimensions: [{ Name: 'TopicName', Value: 'live' }] }, 5);
});

test('an adopted topic of this app too', () => {
  const stack = newStack();
  new TopicFanOut(stack, 'Placed', { topic: new sns.Topic(stack, 'Live') });
  Template.fromStack(stack).resourcePropertiesCountIs(ALARM, { Dimensions: [{ Name: 'TopicName', Value: attribute('Live', 'TopicName') }] }, 5);
});
