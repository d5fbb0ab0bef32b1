import { Duration, Size } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as sns from 'aws-cdk-lib/aws-sns';
import { ALARM } from './fixtures';
import type { ObjectDeliveryAlarmOptions } from '../../src';
import { Alarms, AlarmSeverity, BucketFedFunction } from '../../src';
import { handlerIn, newStack, resourceOf, resourcesOf } from '../messaging/fixtures';

const PAGE = 'https://github.com/cdkserverlesspatterns/cdk-serverless-patterns/blob/v0.0.0/docs/runbooks/bucket-fed-function.md';

function importsWith(deliveryAlarms?: ObjectDeliveryAlarmOptions) {
  const stack = newStack();
  const imports = new BucketFedFunction(stack, 'Imports', { handler: handlerIn(stack), maxObjectSize: Size.mebibytes(1), ...deliveryAlarms && { deliveryAlarms } });
  return { stack, imports };
}

const ofRule = (name: string) => [{ Name: 'RuleName', Value: { Ref: expect.stringMatching(`^ImportsDelivery${name}[0-9A-F]{8}$`) as unknown } }];

const ALARMS = [
  {
    prop: 'deadLetters',
    id: 'DeadLettersAlarm',
    metric: { Namespace: 'AWS/SQS', MetricName: 'ApproximateNumberOfMessagesVisible', Statistic: 'Maximum' },
    description: 'Objects for Stack/Imports could not be delivered to the queue of their consumer and are in a dead-letter queue. ' +
      `First: read the attribute ERROR_CODE of one of them; move them to the consumer's queue only after the repair. Runbook: ${PAGE}#dead-letters`,
  },
  {
    prop: 'moreDeadLetters',
    id: 'MoreDeadLettersAlarm',
    metric: {},
    description: 'More objects for Stack/Imports could not be delivered to the queue of their consumer within the last period. ' +
      `First: see whether the cause is the known one. Runbook: ${PAGE}#more-dead-letters`,
  },
  {
    prop: 'failedInvocations',
    id: 'FailedInvocationsAlarm',
    metric: { Namespace: 'AWS/Events', MetricName: 'FailedInvocations', Statistic: 'Sum', Period: 60, Dimensions: ofRule('Rule') },
    description: 'Objects for Stack/Imports could not be delivered to the queue of their consumer. ' +
      `First: see whether that queue exists and allows the rule to send; what failed is in the dead-letter queue of the rule. Runbook: ${PAGE}#failed-invocations`,
  },
  {
    prop: 'failedToSendToDlq',
    id: 'FailedToSendToDlqAlarm',
    metric: { Namespace: 'AWS/Events', MetricName: 'InvocationsFailedToBeSentToDlq', Statistic: 'Sum', Period: 60, Dimensions: ofRule('Rule') },
    description: 'Objects for Stack/Imports could neither be delivered nor moved to the dead-letter queue: they are lost as messages. ' +
      'First: note the time, repair the policy and the key of the dead-letter queue, and find the objects of that time in the bucket. ' +
      `Runbook: ${PAGE}#failed-to-send-to-dlq`,
  },
  {
    prop: 'objectsTooLarge',
    id: 'ObjectsTooLargeAlarm',
    metric: { Namespace: 'AWS/Events', MetricName: 'TriggeredRules', Statistic: 'Sum', Period: 60, Dimensions: ofRule('TooLargeRule') },
    description: 'Objects for Stack/Imports are larger than its maxObjectSize, so they were not delivered to it. ' +
      'First: list the objects of that time in the bucket by their size; they are still there, and must be processed in another way. ' +
      `Runbook: ${PAGE}#objects-too-large`,
  },
] as const;

describe.each(ALARMS)('the alarm $prop', ({ prop, id, metric, description }) => {
  const propertiesOf = (options?: ObjectDeliveryAlarmOptions) => resourceOf(importsWith(options).stack, ALARM, `ImportsDelivery${id}`).Properties;

  test('watches its metric, and fires above 0 in one period', () => {
    expect(propertiesOf()).toMatchObject({ ...metric, Threshold: 0, ComparisonOperator: 'GreaterThanThreshold', EvaluationPeriods: 1, TreatMissingData: 'notBreaching' });
    expect(propertiesOf()).not.toHaveProperty('DatapointsToAlarm');
  });

  test('says what it means and what to do', () => {
    expect(propertiesOf().AlarmDescription).toBe(description);
  });

  test('is found by its name, and can be switched off', () => {
    expect(importsWith().imports.deliveryAlarms[prop]?.node.path).toBe(`Stack/Imports/Delivery/${id}`);
    const { imports } = importsWith({ [prop]: { enabled: false } });
    expect(Object.keys(imports.deliveryAlarms)).toEqual(ALARMS.map((alarm) => alarm.prop).filter((other) => other !== prop));
    expect(imports.allAlarms).toHaveLength(6 + ALARMS.length - 1);
  });

  test('takes another threshold, period and other datapoints', () => {
    const tuned = propertiesOf({ [prop]: { threshold: 5, period: Duration.minutes(5), evaluationPeriods: 4, datapointsToAlarm: 2 } });
    expect(tuned).toMatchObject({ Threshold: 5, EvaluationPeriods: 4, DatapointsToAlarm: 2 });
    expect(new Set(JSON.stringify(tuned).match(/"Period":\d+/g))).toEqual(new Set(['"Period":300']));
  });
});

test('without a largest size, nothing is too large', () => {
  const stack = newStack();
  const { deliveryAlarms } = new BucketFedFunction(stack, 'Imports', { handler: handlerIn(stack) });
  expect(Object.keys(deliveryAlarms)).toEqual(['deadLetters', 'moreDeadLetters', 'failedInvocations', 'failedToSendToDlq']);
});

test('the alarms of the consumer are those of a queue-fed function, and all are listed once', () => {
  const { imports } = importsWith();
  expect(Object.keys(imports.alarms)).toEqual(['deadLetters', 'moreDeadLetters', 'messageAge', 'handlerErrors', 'handlerThrottles', 'handlerDuration']);
  expect(new Set(imports.allAlarms).size).toBe(11);
  imports.allAlarms.pop();
  expect(imports.allAlarms).toHaveLength(11);
});

test('what is too large is told of as a warning', () => {
  const { stack } = importsWith();
  Alarms.of(stack).notifyOf(AlarmSeverity.WARNING, new SnsAction(new sns.Topic(stack, 'Mail')));
  expect(resourceOf(stack, ALARM, 'ImportsDeliveryObjectsTooLargeAlarm').Properties.AlarmActions).toHaveLength(1);
});

test('what is too large, and the handler, can wait; what nobody was told of is worth waking somebody for', () => {
  const { stack } = importsWith();
  Alarms.of(stack).notifyOf(AlarmSeverity.CRITICAL, new SnsAction(new sns.Topic(stack, 'OnCall')));
  const silent = Object.entries(resourcesOf(stack, ALARM)).filter(([, { Properties }]) => !Properties.AlarmActions);
  expect(silent.map(([id]) => id.slice(0, -8)).sort()).toEqual(['HandlerAlarmsDuration', 'HandlerAlarmsErrors', 'HandlerAlarmsThrottles', 'ImportsDeliveryObjectsTooLargeAlarm']
    .map((id) => id.replace(/^Handler/, 'HandlerHandler')));
});
