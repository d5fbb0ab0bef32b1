import { Duration } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as sns from 'aws-cdk-lib/aws-sns';
import { ALARM, consumerIn } from './fixtures';
import type { CountAlarmOptions, FailureConsumerAlarmOptions } from '../../src';
import { Alarms, AlarmSeverity, FailureBucket } from '../../src';
import { newStack, resourceOf, resourcesOf } from '../messaging/fixtures';

const PAGE = 'https://github.com/cdkserverlesspatterns/cdk-serverless-patterns/blob/v0.0.0/docs/runbooks/failure-bucket.md';

/** A stack with a bucket, 'Failures', that a consumer, 'Inspection', is told of. */
function stackWith(alarms?: FailureConsumerAlarmOptions) {
  const stack = newStack();
  const failures = new FailureBucket(stack, 'Failures');
  const inspection = failures.addConsumer('Inspection', consumerIn(stack), alarms ? { alarms } : {});
  return { stack, failures, inspection };
}

/** The alarm of the bucket itself, which is there besides those of the consumer. */
const STORED = 'FailuresFailuresStoredAlarm';

const ALARMS = [
  {
    prop: 'deadLetters',
    id: 'FailuresInspectionDeadLettersAlarm',
    metric: { Namespace: 'AWS/SQS', MetricName: 'ApproximateNumberOfMessagesVisible', Statistic: 'Maximum' },
    description: 'Stored failures for Stack/Failures/Inspection could not be delivered to the queue of their consumer and are in a dead-letter queue. ' +
      `First: read the attribute ERROR_CODE of one of them; move them to the consumer's queue only after the repair. Runbook: ${PAGE}#dead-letters`,
  },
  {
    prop: 'moreDeadLetters',
    id: 'FailuresInspectionMoreDeadLettersAlarm',
    metric: {},
    description: 'More stored failures for Stack/Failures/Inspection could not be delivered to the queue of their consumer within the last period. ' +
      `First: see whether the cause is the known one. Runbook: ${PAGE}#more-dead-letters`,
  },
  {
    prop: 'failedInvocations',
    id: 'FailuresInspectionFailedInvocationsAlarm',
    metric: { Namespace: 'AWS/Events', MetricName: 'FailedInvocations', Statistic: 'Sum', Period: 60 },
    description: 'Stored failures for Stack/Failures/Inspection could not be delivered to the queue of their consumer. ' +
      `First: see whether that queue exists and allows the rule to send; what failed is in the dead-letter queue of the rule. Runbook: ${PAGE}#failed-invocations`,
  },
  {
    prop: 'failedToSendToDlq',
    id: 'FailuresInspectionFailedToSendToDlqAlarm',
    metric: { Namespace: 'AWS/Events', MetricName: 'InvocationsFailedToBeSentToDlq', Statistic: 'Sum', Period: 60 },
    description: 'Stored failures for Stack/Failures/Inspection could neither be delivered nor moved to the dead-letter queue: they are lost as messages. ' +
      'First: note the time, repair the policy and the key of the dead-letter queue, and find the objects of that time in the bucket. ' +
      `Runbook: ${PAGE}#failed-to-send-to-dlq`,
  },
] as const;

describe.each(ALARMS)('the alarm $prop', ({ prop, id, metric, description }) => {
  const tuned = (options: FailureConsumerAlarmOptions[typeof prop]) => resourceOf(stackWith({ [prop]: options }).stack, ALARM, id).Properties;
  const propertiesOf = () => resourceOf(stackWith().stack, ALARM, id).Properties;

  test('watches its metric, and fires above 0 in one period', () => {
    const properties = propertiesOf();
    expect(properties).toMatchObject({ ...metric, Threshold: 0, ComparisonOperator: 'GreaterThanThreshold', EvaluationPeriods: 1, TreatMissingData: 'notBreaching' });
    expect(properties).not.toHaveProperty('DatapointsToAlarm');
  });

  test('says what it means and what to do', () => {
    expect(propertiesOf().AlarmDescription).toBe(description);
  });

  test('can be switched off', () => {
    const { stack, failures, inspection } = stackWith({ [prop]: { enabled: false } });
    expect(Object.keys(resourcesOf(stack, ALARM)).map((logicalId) => logicalId.slice(0, -8)).sort())
      .toEqual([...ALARMS.map((alarm) => alarm.id).filter((other) => other !== id), STORED].sort());
    expect([failures.allAlarms.length, Object.keys(inspection.alarms).length]).toEqual([4, 3]);
  });

  test('takes another threshold, period and other datapoints', () => {
    const other = tuned({ threshold: 5, period: Duration.minutes(5), evaluationPeriods: 4, datapointsToAlarm: 2 });
    expect(other).toMatchObject({ Threshold: 5, EvaluationPeriods: 4, DatapointsToAlarm: 2 });
    expect(new Set(JSON.stringify(other).match(/"Period":\d+/g))).toEqual(new Set(['"Period":300']));
  });
});

test.each(['FailedInvocations', 'FailedToSendToDlq'])('the alarm %s is on the rule', (name) => {
  expect(resourceOf(stackWith().stack, ALARM, `FailuresInspection${name}Alarm`).Properties.Dimensions).toEqual([{ Name: 'RuleName', Value: { Ref: expect.stringMatching(/^FailuresInspectionRule/) } }]);
});

test('the alarms are a copy: changing it changes nothing', () => {
  const { failures } = stackWith();
  failures.allAlarms.pop();
  expect(failures.allAlarms.map(({ node }) => node.id)).toEqual(['FailuresStoredAlarm', 'DeadLettersAlarm', 'MoreDeadLettersAlarm', 'FailedInvocationsAlarm', 'FailedToSendToDlqAlarm']);
});

describe('the alarm failuresStored', () => {
  const storedWith = (failuresStored?: CountAlarmOptions) => {
    const stack = newStack();
    const failures = new FailureBucket(stack, 'Failures', failuresStored && { alarms: { failuresStored } });
    return { stack, failures, properties: Object.values(resourcesOf(stack, ALARM))[0]?.Properties };
  };

  test('watches how often the rule for arrivals was triggered, and fires above 0 in one period', () => {
    expect(storedWith().properties).toMatchObject({
      Namespace: 'AWS/Events',
      MetricName: 'TriggeredRules',
      Statistic: 'Sum',
      Period: 60,
      Dimensions: [{ Name: 'RuleName', Value: { Ref: expect.stringMatching(/^FailuresArrivalRule/) } }],
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
      EvaluationPeriods: 1,
      TreatMissingData: 'notBreaching',
    });
    expect(storedWith().properties).not.toHaveProperty('DatapointsToAlarm');
  });

  test('says what it means and what to do', () => {
    expect(storedWith().properties?.AlarmDescription).toBe(
      'Something that could not be processed was stored in Stack/Failures. ' +
      `First: read the newest object of the bucket and the error that its handler logged; replay it only after the repair. Runbook: ${PAGE}#failures-stored`,
    );
  });

  test('can be switched off, and is found by its name if it is not', () => {
    const { failures, properties } = storedWith({ enabled: false });
    expect([properties, failures.alarms, failures.allAlarms]).toEqual([undefined, {}, []]);
    expect(storedWith().failures.alarms.failuresStored?.node.id).toBe('FailuresStoredAlarm');
  });

  test('takes another threshold, period and other datapoints', () => {
    expect(storedWith({ threshold: 5, period: Duration.minutes(5), evaluationPeriods: 4, datapointsToAlarm: 2 }).properties)
      .toMatchObject({ Threshold: 5, Period: 300, EvaluationPeriods: 4, DatapointsToAlarm: 2 });
  });
});

test('what was stored can wait; what a consumer was not told is worth waking somebody for', () => {
  const { stack } = stackWith();
  Alarms.of(stack).notifyOf(AlarmSeverity.CRITICAL, new SnsAction(new sns.Topic(stack, 'OnCall')));
  const silent = Object.entries(resourcesOf(stack, ALARM)).filter(([, { Properties }]) => !Properties.AlarmActions);
  expect(silent.map(([id]) => id.slice(0, -8))).toEqual([STORED]);
});
