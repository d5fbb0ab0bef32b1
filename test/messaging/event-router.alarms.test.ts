import type { Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as kms from 'aws-cdk-lib/aws-kms';
import { newStack, resourceOf, resourcesOf } from './fixtures';
import type { EventRouterConsumerAlarmOptions, EventRouterProps } from '../../src';
import { Alarms, AlarmSeverity, EventRouter } from '../../src';
import { newConsumer } from '../patterns/inputs';

const ALARM = 'AWS::CloudWatch::Alarm';
const RUNBOOK = 'https://github.com/cdkserverlesspatterns/cdk-serverless-patterns/blob/v0.0.0/docs/runbooks/event-router.md';

function make(alarms?: EventRouterConsumerAlarmOptions, props: (stack: Stack) => EventRouterProps = () => ({})) {
  const stack = newStack();
  const router = new EventRouter(stack, 'Router', props(stack));
  const mail = router.addConsumer('Mail', newConsumer(stack, 'Mail'), { eventPattern: { source: ['shop'] }, ...alarms && { alarms } });
  return { stack, router, mail };
}

const RULE = { Ref: expect.stringMatching(/^RouterMailRule/) };
const OF_RULE = [
  { Name: 'EventBusName', Value: { Ref: expect.stringMatching(/^RouterBus/) } },
  // The Ref of a rule on a custom bus is `bus|rule`.
  { Name: 'RuleName', Value: { 'Fn::Select': [1, { 'Fn::Split': ['|', RULE] }] } },
];

test('a consumer has four', () => {
  const { stack, router, mail } = make();
  expect(Object.keys(resourcesOf(stack, ALARM)).map((id) => id.slice(0, -8)).sort()).toEqual([
    'RouterMailDeadLettersAlarm', 'RouterMailFailedInvocationsAlarm', 'RouterMailFailedToSendToDlqAlarm', 'RouterMailMoreDeadLettersAlarm',
  ]);
  expect(router.allAlarms).toEqual(Object.values(mail.alarms));
});

describe.each([
  ['failedInvocations', 'RouterMailFailedInvocationsAlarm', 'FailedInvocations', 'could not be delivered to their consumer', 'failed-invocations'],
  ['failedToSendToDlq', 'RouterMailFailedToSendToDlqAlarm', 'InvocationsFailedToBeSentToDlq', 'could neither be delivered nor moved to the dead-letter queue', 'failed-to-send-to-dlq'],
] as const)('%s', (name, id, metric, meaning, section) => {
  test('has its defaults', () => {
    expect(resourceOf(make().stack, ALARM, id).Properties).toEqual({
      MetricName: metric,
      Namespace: 'AWS/Events',
      Dimensions: OF_RULE,
      Statistic: 'Sum',
      Period: 60,
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
      EvaluationPeriods: 1,
      TreatMissingData: 'notBreaching',
      AlarmDescription: expect.stringMatching(new RegExp(`^Events for Stack/Router/Mail ${meaning}.* First: .+ Runbook: ${RUNBOOK}#${section}$`)),
    });
  });

  test('of a rule on the default bus has the name of the rule alone', () => {
    const { stack } = make(undefined, (scope) => ({ eventBus: events.EventBus.fromEventBusName(scope, 'Bus', 'default') }));
    expect(resourceOf(stack, ALARM, id).Properties.Dimensions).toEqual([{ Name: 'RuleName', Value: RULE }]);
  });

  test('can be tuned and switched off', () => {
    expect(resourceOf(make({ [name]: { threshold: 3 } }).stack, ALARM, id).Properties.Threshold).toBe(3);
    const { stack, mail } = make({ [name]: { enabled: false } });
    expect([Object.keys(resourcesOf(stack, ALARM)).filter((one) => one.startsWith(id)), mail.alarms[name]]).toEqual([[], undefined]);
  });
});

test.each([
  [
    'RouterMailDeadLettersAlarm', 'dead-letters',
    'Events for Stack/Router/Mail could not be delivered to their consumer and are in a dead-letter queue. First: read the attribute ERROR_CODE of one of them; '
    + 'move them to the queue of the consumer, or invoke its function with them, only after the repair.',
  ],
  [
    'RouterMailMoreDeadLettersAlarm', 'more-dead-letters',
    'More events for Stack/Router/Mail could not be delivered to their consumer within the last period. First: see whether the cause is the known one.',
  ],
  [
    'RouterMailFailedInvocationsAlarm', 'failed-invocations',
    'Events for Stack/Router/Mail could not be delivered to their consumer. First: see whether the queue, or the function, of the consumer exists and lets the rule in; '
    + 'what failed is in the dead-letter queue of the rule.',
  ],
  [
    'RouterMailFailedToSendToDlqAlarm', 'failed-to-send-to-dlq',
    'Events for Stack/Router/Mail could neither be delivered nor moved to the dead-letter queue: they are lost as messages. '
    + 'First: note the time, repair the policy and the key of the dead-letter queue, and replay the archive of that time to the rule.',
  ],
  [
    'RouterDeadLettersAlarm', 'dead-letters',
    'Events of the bus of Stack/Router could be neither encrypted nor decrypted, reached no consumer, and are in a dead-letter queue. '
    + 'First: see whether the key of the bus is enabled and lets EventBridge use it; send the events again only after the repair.',
  ],
  [
    'RouterMoreDeadLettersAlarm', 'more-dead-letters',
    'More events of the bus of Stack/Router could be neither encrypted nor decrypted within the last period. First: see whether the cause is the known one.',
  ],
])('%s says what it means and what to do first', (id, section, text) => {
  const { stack } = make(undefined, (scope) => ({ encryptionKey: new kms.Key(scope, 'Key') }));
  expect(resourceOf(stack, ALARM, id).Properties.AlarmDescription).toBe(`${text} Runbook: ${RUNBOOK}#${section}`);
});

test('are critical', () => {
  const { stack } = make(undefined, (scope) => ({ encryptionKey: new kms.Key(scope, 'Key') }));
  const heard: string[] = [];
  Alarms.of(stack).notifyOf(AlarmSeverity.CRITICAL, { bind: (_, alarm) => { heard.push(alarm.node.id); return { alarmActionArn: 'arn:aws:sns:eu-west-1:111122223333:call' }; } });
  resourcesOf(stack, ALARM);
  expect(heard).toHaveLength(6);
});
