import { Duration } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as sns from 'aws-cdk-lib/aws-sns';
import { ALARM, consumerIn } from './fixtures';
import type { UploadAlarmOptions } from '../../src';
import { Alarms, AlarmSeverity, ClaimCheckBucket } from '../../src';
import { newStack, resourceOf, resourcesOf } from '../messaging/fixtures';

const PAGE = 'https://github.com/cdkserverlesspatterns/cdk-serverless-patterns/blob/v0.0.0/docs/runbooks/claim-check.md';

/** A stack with a bucket, 'Payloads', whose uploads go to a consumer, 'Uploads'. */
function stackWith(alarms?: UploadAlarmOptions) {
  const stack = newStack();
  const payloads = new ClaimCheckBucket(stack, 'Payloads');
  const uploads = payloads.addUploadConsumer('Uploads', consumerIn(stack), alarms ? { alarms } : {});
  return { stack, payloads, uploads };
}

const ALARMS = [
  {
    prop: 'deadLetters',
    id: 'PayloadsUploadsDeadLettersAlarm',
    metric: { Namespace: 'AWS/SQS', MetricName: 'ApproximateNumberOfMessagesVisible', Statistic: 'Maximum' },
    description: 'Uploads for Stack/Payloads/Uploads could not be delivered to the queue of their consumer and are in a dead-letter queue. ' +
      `First: read the attribute ERROR_CODE of one of them; move them to the consumer's queue only after the repair. Runbook: ${PAGE}#dead-letters`,
  },
  {
    prop: 'moreDeadLetters',
    id: 'PayloadsUploadsMoreDeadLettersAlarm',
    metric: {},
    description: 'More uploads for Stack/Payloads/Uploads could not be delivered to the queue of their consumer within the last period. ' +
      `First: see whether the cause is the known one. Runbook: ${PAGE}#more-dead-letters`,
  },
  {
    prop: 'failedInvocations',
    id: 'PayloadsUploadsFailedInvocationsAlarm',
    metric: { Namespace: 'AWS/Events', MetricName: 'FailedInvocations', Statistic: 'Sum', Period: 60 },
    description: 'Uploads for Stack/Payloads/Uploads could not be delivered to the queue of their consumer. ' +
      `First: see whether that queue exists and allows the rule to send; what failed is in the dead-letter queue of the rule. Runbook: ${PAGE}#failed-invocations`,
  },
  {
    prop: 'failedToSendToDlq',
    id: 'PayloadsUploadsFailedToSendToDlqAlarm',
    metric: { Namespace: 'AWS/Events', MetricName: 'InvocationsFailedToBeSentToDlq', Statistic: 'Sum', Period: 60 },
    description: 'Uploads for Stack/Payloads/Uploads could neither be delivered nor moved to the dead-letter queue: they are lost as messages. ' +
      'First: note the time, repair the policy and the key of the dead-letter queue, and find the objects of that time in the bucket. ' +
      `Runbook: ${PAGE}#failed-to-send-to-dlq`,
  },
] as const;

describe.each(ALARMS)('the alarm $prop', ({ prop, id, metric, description }) => {
  const tuned = (options: UploadAlarmOptions[typeof prop]) => resourceOf(stackWith({ [prop]: options }).stack, ALARM, id).Properties;
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
    const { stack, payloads, uploads } = stackWith({ [prop]: { enabled: false } });
    expect(Object.keys(resourcesOf(stack, ALARM)).map((logicalId) => logicalId.slice(0, -8)).sort())
      .toEqual(ALARMS.map((alarm) => alarm.id).filter((other) => other !== id).sort());
    expect([payloads.allAlarms.length, Object.keys(uploads.alarms).length]).toEqual([3, 3]);
  });

  test('takes another threshold, period and other datapoints', () => {
    const other = tuned({ threshold: 5, period: Duration.minutes(5), evaluationPeriods: 4, datapointsToAlarm: 2 });
    expect(other).toMatchObject({ Threshold: 5, EvaluationPeriods: 4, DatapointsToAlarm: 2 });
    expect(new Set(JSON.stringify(other).match(/"Period":\d+/g))).toEqual(new Set(['"Period":300']));
  });
});

test.each(['FailedInvocations', 'FailedToSendToDlq'])('the alarm %s is on the rule', (name) => {
  expect(resourceOf(stackWith().stack, ALARM, `PayloadsUploads${name}Alarm`).Properties.Dimensions).toEqual([{ Name: 'RuleName', Value: { Ref: expect.stringMatching(/^PayloadsUploadsRule/) } }]);
});

test('the alarms are a copy: changing it changes nothing', () => {
  const { payloads } = stackWith();
  payloads.allAlarms.pop();
  expect(payloads.allAlarms.map(({ node }) => node.id)).toEqual(['DeadLettersAlarm', 'MoreDeadLettersAlarm', 'FailedInvocationsAlarm', 'FailedToSendToDlqAlarm']);
});

test('each of the alarms is worth waking somebody for', () => {
  const { stack } = stackWith();
  Alarms.of(stack).notifyOf(AlarmSeverity.CRITICAL, new SnsAction(new sns.Topic(stack, 'OnCall')));
  expect(Object.values(resourcesOf(stack, ALARM)).map(({ Properties }) => Properties.AlarmActions?.length)).toEqual([1, 1, 1, 1]);
});
