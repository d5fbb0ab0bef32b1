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

describe('unrouted', () => {
  const UNROUTED = { alarms: { unrouted: {} } };
  const counted = (props: EventRouterProps = UNROUTED) => {
    const stack = newStack();
    return { stack, router: new EventRouter(stack, 'Router', props) };
  };

  test.each<[string, EventRouterProps]>([['by default', {}], ['when it is switched off', { alarms: { unrouted: { enabled: false } } }]])('is not there %s', (_, props) => {
    const { stack, router } = counted(props);
    expect([router.unroutedRule, router.alarms.unrouted, resourcesOf(stack, 'AWS::Events::Rule'), resourcesOf(stack, ALARM)]).toEqual([undefined, undefined, {}, {}]);
  });

  test('counts what a rule without a target matches', () => {
    const { stack, router } = counted();
    const { Properties } = resourceOf(stack, ALARM, 'RouterUnroutedAlarm');
    expect(Properties).toEqual({
      MetricName: 'TriggeredRules',
      Namespace: 'AWS/Events',
      Dimensions: [OF_RULE[0], { Name: 'RuleName', Value: { 'Fn::Select': [1, { 'Fn::Split': ['|', { Ref: expect.stringMatching(/^RouterUnroutedRule/) }] }] } }],
      Statistic: 'Sum',
      Period: 60,
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
      EvaluationPeriods: 1,
      TreatMissingData: 'notBreaching',
      AlarmDescription: 'Events have come to the bus of Stack/Router whose source and detail type no consumer takes. '
        + `First: see which they are; then add a consumer, and replay the archive of that time to its rule. Runbook: ${RUNBOOK}#unrouted`,
    });
    expect(resourceOf(stack, 'AWS::Events::Rule').Properties).toEqual({
      EventBusName: OF_RULE[0]?.Value, EventPattern: { source: [{ prefix: '' }] }, State: 'ENABLED',
    });
    expect(router.allAlarms).toEqual([router.alarms.unrouted]);
  });

  test('knows the consumers that are added later, and those that take everything as nobody', () => {
    const { stack, router } = counted();
    const eventPattern = { source: ['shop'], detailType: ['OrderPlaced'] };
    router.addConsumer('Mail', newConsumer(stack, 'Mail'), { eventPattern });
    router.addConsumer('Audit', newConsumer(stack, 'Audit'), { eventPattern: { account: ['111122223333'] } });
    expect(resourceOf(stack, 'AWS::Events::Rule', 'RouterUnroutedRule').Properties.EventPattern).toEqual({
      $or: [{ source: [{ 'anything-but': ['shop'] }] }, { 'source': ['shop'], 'detail-type': [{ 'anything-but': ['OrderPlaced'] }] }],
    });
  });

  test('is on the default bus too', () => {
    const stack = newStack();
    new EventRouter(stack, 'Router', { ...UNROUTED, eventBus: events.EventBus.fromEventBusName(stack, 'Bus', 'default') });
    expect(resourceOf(stack, ALARM, 'RouterUnroutedAlarm').Properties.Dimensions).toEqual([{ Name: 'RuleName', Value: { Ref: expect.stringMatching(/^RouterUnroutedRule/) } }]);
    expect(resourceOf(stack, 'AWS::Events::Rule').Properties).not.toHaveProperty('EventBusName');
  });

  test('can be tuned, and is a warning', () => {
    const { stack } = counted({ alarms: { unrouted: { threshold: 100 } } });
    const heard: string[] = [];
    Alarms.of(stack).notifyOf(AlarmSeverity.WARNING, { bind: (_, alarm) => { heard.push(alarm.node.id); return { alarmActionArn: 'arn:aws:sns:eu-west-1:111122223333:call' }; } });
    expect(resourceOf(stack, ALARM, 'RouterUnroutedAlarm').Properties.Threshold).toBe(100);
    expect(heard).toEqual(['UnroutedAlarm']);
  });

  test('is there beside those of a bus with a key', () => {
    const { router } = counted((({ stack }) => ({ ...UNROUTED, encryptionKey: new kms.Key(stack, 'Key') }))(counted({})));
    expect(Object.keys(router.alarms)).toEqual(['deadLetters', 'moreDeadLetters', 'unrouted']);
  });

  test('refuses a consumer of which it cannot tell what it takes', () => {
    const { stack, router } = counted();
    const add = () => router.addConsumer('Mail', newConsumer(stack, 'Mail'), { eventPattern: { source: events.Match.prefix('shop.') } });
    expect(add).toThrow(
      'eventPattern states source or detailType by something else than plain texts, but alarms.unrouted of the router is on, which cannot tell then what is left for nobody: '
      + 'state them as plain texts, or leave alarms.unrouted out',
    );
  });
});
