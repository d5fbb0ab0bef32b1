import { Duration } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as destinations from 'aws-cdk-lib/aws-lambda-destinations';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { make } from './async-fixtures';
import type { AsyncFunctionAlarmOptions } from '../../src';
import { Alarms, AlarmSeverity } from '../../src';
import { handlerIn, resourceOf, resourcesOf } from '../messaging/fixtures';

const ALARM = 'AWS::CloudWatch::Alarm';
const PAGE = 'https://github.com/cdkserverlesspatterns/cdk-serverless-patterns/blob/v0.0.0/docs/runbooks/async-function.md';

const withStore = (alarms?: AsyncFunctionAlarmOptions) => make(alarms && { alarms });
const withQueue = (alarms?: AsyncFunctionAlarmOptions) => make((stack) => ({ deadLetterQueue: new sqs.Queue(stack, 'DeadLetters'), ...alarms && { alarms } }));

const ofFunction = (MetricName: string, Statistic = 'Sum') => ({
  Namespace: 'AWS/Lambda', MetricName, Statistic, Period: 60, Dimensions: [{ Name: 'FunctionName', Value: { Ref: expect.stringMatching(/^Handler/) as unknown } }],
});

const ALARMS = [
  {
    prop: 'eventAge',
    id: 'MailsEventAgeAlarm',
    makeWith: withStore,
    metric: ofFunction('AsyncEventAge', 'Maximum'),
    threshold: 1_800_000,
    severity: AlarmSeverity.WARNING,
    other: { stated: Duration.seconds(5), threshold: 5000 },
    description: 'Events of Stack/Mails wait so long that Lambda will soon give them up. ' +
      `First: look at the throttles and the errors of the handler; events older than maxEventAge are set aside unprocessed. Runbook: ${PAGE}#event-age`,
  },
  {
    prop: 'eventsDropped',
    id: 'MailsEventsDroppedAlarm',
    makeWith: withStore,
    metric: ofFunction('AsyncEventsDropped'),
    threshold: 0,
    severity: AlarmSeverity.WARNING,
    other: { stated: 5, threshold: 5 },
    description: 'Lambda gave up events of Stack/Mails, and set them aside. ' +
      `First: read one of those that were set aside, and the error that the handler logged for it; replay only after the repair. Runbook: ${PAGE}#events-dropped`,
  },
  {
    prop: 'recursiveInvocations',
    id: 'MailsRecursiveInvocationsAlarm',
    makeWith: withStore,
    metric: ofFunction('RecursiveInvocationsDropped'),
    threshold: 0,
    severity: AlarmSeverity.CRITICAL,
    other: { stated: 5, threshold: 5 },
    description: 'The handler of Stack/Mails was running in a loop, and Lambda stopped it. ' +
      `First: find what the handler sends that comes back to it; do not replay its events before that is repaired. Runbook: ${PAGE}#recursive-invocations`,
  },
  {
    prop: 'destinationDeliveryFailures',
    id: 'MailsDestinationDeliveryFailuresAlarm',
    makeWith: withStore,
    metric: ofFunction('DestinationDeliveryFailures'),
    threshold: 0,
    severity: AlarmSeverity.CRITICAL,
    other: { stated: 5, threshold: 5 },
    description: 'Lambda could not deliver a failed event or a result of Stack/Mails, which is lost. ' +
      `First: see whether the role of the handler may write to the failure store and to the destination of results, and use their keys. Runbook: ${PAGE}#destination-delivery-failures`,
  },
  {
    prop: 'deadLetterErrors',
    id: 'MailsDeadLetterErrorsAlarm',
    makeWith: withQueue,
    metric: ofFunction('DeadLetterErrors'),
    threshold: 0,
    severity: AlarmSeverity.CRITICAL,
    other: { stated: 5, threshold: 5 },
    description: 'Lambda could not send a failed event of Stack/Mails to its dead-letter queue, and it is lost. ' +
      `First: see whether the role of the handler may send to the queue and use its key, and whether the event was larger than the queue takes. Runbook: ${PAGE}#dead-letter-errors`,
  },
  {
    prop: 'deadLetters',
    id: 'MailsDeadLettersAlarm',
    makeWith: withQueue,
    metric: { Namespace: 'AWS/SQS', MetricName: 'ApproximateNumberOfMessagesVisible', Statistic: 'Maximum' },
    threshold: 0,
    severity: AlarmSeverity.CRITICAL,
    other: { stated: 5, threshold: 5 },
    description: 'Events of Stack/Mails could not be processed and are in its dead-letter queue. ' +
      `First: read one of them, its attribute ErrorMessage and what the handler logged for its RequestID; replay only after the repair. Runbook: ${PAGE}#dead-letters`,
  },
  {
    prop: 'moreDeadLetters',
    id: 'MailsMoreDeadLettersAlarm',
    makeWith: withQueue,
    metric: {},
    threshold: 0,
    severity: AlarmSeverity.CRITICAL,
    other: { stated: 5, threshold: 5 },
    description: 'More events of Stack/Mails went to its dead-letter queue within the last period. ' +
      `First: see whether the cause is the known one; if it is new, stop the senders before more follow. Runbook: ${PAGE}#more-dead-letters`,
  },
];

describe.each(ALARMS)('the alarm $prop', ({ prop, id, makeWith, metric, threshold, severity, other, description }) => {
  const { stack, mails } = makeWith();
  const properties = resourceOf(stack, ALARM, id).Properties;

  test('watches its metric, and fires above its threshold in one period', () => {
    expect(properties).toMatchObject({
      ...metric, Threshold: threshold, ComparisonOperator: 'GreaterThanThreshold', EvaluationPeriods: 1, TreatMissingData: 'notBreaching',
    });
    expect(properties).not.toHaveProperty('DatapointsToAlarm');
  });

  test('says what it means and what to do', () => {
    expect(properties.AlarmDescription).toBe(description);
  });

  test('is found by its name', () => {
    expect(mails.alarms[prop as 'eventAge']?.node.path).toBe(`Stack/Mails/${id.slice('Mails'.length)}`);
    expect(mails.allAlarms).toContain(mails.alarms[prop as 'eventAge']);
  });

  test('can be switched off', () => {
    const off = makeWith({ [prop]: { enabled: false } });
    expect(Object.keys(resourcesOf(off.stack, ALARM)).filter((logicalId) => logicalId.startsWith(id))).toEqual([]);
    expect(off.mails.allAlarms).toHaveLength(mails.allAlarms.length - 1);
  });

  test('takes another threshold, period and other datapoints', () => {
    const tuned = { threshold: other.stated, period: Duration.minutes(5), evaluationPeriods: 4, datapointsToAlarm: 2 };
    const { Properties } = resourceOf(makeWith({ [prop]: tuned }).stack, ALARM, id);
    expect(Properties).toMatchObject({ Threshold: other.threshold, EvaluationPeriods: 4, DatapointsToAlarm: 2 });
    expect(new Set(JSON.stringify(Properties).match(/"Period":\d+/g))).toEqual(new Set(['"Period":300']));
  });

  test('is worth waking somebody for, or can wait', () => {
    const one = makeWith();
    Alarms.of(one.stack).notifyOf(severity, new SnsAction(new sns.Topic(one.stack, 'OnCall')));
    expect(resourceOf(one.stack, ALARM, id).Properties.AlarmActions).toHaveLength(1);
  });
});

const namesOf = ({ mails }: ReturnType<typeof make>) => Object.keys(mails.alarms);
const OF_HANDLER = ['handlerErrors', 'handlerThrottles', 'handlerDuration'];

test('there are alarms on what is there: on a failure store, a dead-letter queue, results', () => {
  expect(namesOf(withStore())).toEqual(['eventAge', 'eventsDropped', 'recursiveInvocations', 'destinationDeliveryFailures', ...OF_HANDLER]);
  expect(namesOf(withQueue())).toEqual(['eventAge', 'eventsDropped', 'recursiveInvocations', 'deadLetterErrors', 'deadLetters', 'moreDeadLetters', ...OF_HANDLER]);
  const withResults = make((stack) => ({ deadLetterQueue: new sqs.Queue(stack, 'DeadLetters'), onSuccess: new destinations.SqsDestination(new sqs.Queue(stack, 'Results')) }));
  expect(namesOf(withResults)).toContain('destinationDeliveryFailures');
});

test('the alarms are a copy: changing it changes nothing', () => {
  const { mails } = withStore();
  mails.allAlarms.pop();
  expect(mails.allAlarms).toHaveLength(7);
});

test('the metrics are those of the function, also where callers invoke an alias', () => {
  const { stack } = make((scope) => ({ handler: handlerIn(scope).addAlias('live') }));
  expect(resourceOf(stack, ALARM, 'MailsEventAgeAlarm').Properties).toMatchObject(ofFunction('AsyncEventAge', 'Maximum'));
});

test('the alarm on the age follows the age', () => {
  expect(resourceOf(make({ maxEventAge: Duration.minutes(10) }).stack, ALARM, 'MailsEventAgeAlarm').Properties.Threshold).toBe(300_000);
});

test('the alarm on errors finds three of one event, which is tried again after two minutes', () => {
  const { stack } = make((scope) => ({ handler: handlerIn(scope, { timeout: Duration.minutes(3) }) }));
  expect(resourceOf(stack, ALARM, 'HandlerHandlerAlarmsErrors').Properties).toMatchObject({ EvaluationPeriods: 9, DatapointsToAlarm: 3 });
});
