import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as sns from 'aws-cdk-lib/aws-sns';
import { attribute, handlerIn, make, makeWithQueue, newStack, ref, resourceOf, resourcesOf } from './fixtures';
import { Alarms, AlarmSeverity, FunctionEngine, PollingStatusApi } from '../../src';

const ALARM = 'AWS::CloudWatch::Alarm';
const RUNBOOKS = 'https://github.com/cdkserverlesspatterns/cdk-serverless-patterns/blob/v0.0.0/docs/runbooks';
const STAGE_DIMENSIONS = [
  { Name: 'ApiName', Value: { 'Fn::Join': ['', [{ Ref: 'AWS::StackName' }, '-Jobs']] } },
  { Name: 'Stage', Value: ref('JobsApiDeploymentStageprod') },
];
const states = (MetricName: string) => ({ MetricName, Namespace: 'AWS/States', Statistic: 'Sum', Period: 60, Dimensions: [{ Name: 'StateMachineArn', Value: ref('JobsEngineWorkflow') }] });
const pipe = (MetricName: string) => ({ MetricName, Namespace: 'AWS/EventBridge/Pipes', Statistic: 'Sum', Period: 60, Dimensions: [{ Name: 'PipeName', Value: ref('JobsPipe') }] });
const deadLetters = { Namespace: 'AWS/SQS', MetricName: 'ApproximateNumberOfMessagesVisible', Dimensions: [{ Name: 'QueueName', Value: attribute('JobsDeadLetterQueue', 'QueueName') }] };

/** What each alarm says. */
const TEXTS: Record<string, string> = {
  serverErrors:
    'The API of Stack/Jobs cannot answer its callers. ' +
    'First: read status and error of the failed requests in the access log.',
  latency:
    'The API of Stack/Jobs answers slowly. ' +
    'First: compare latency and integration latency in the access log: the difference is API Gateway and its authorizer, the rest the table.',
  pipeFailed:
    'The pipe of Stack/Jobs cannot give jobs to their engine; they wait, and become dead letters when their time is over. ' +
    'First: read the log of the pipe.',
  pipeThrottled:
    'The pipe of Stack/Jobs is throttled, so jobs wait. ' +
    'First: compare the quota of concurrent pipe executions with the jobs that come in.',
  deadLetters:
    'Jobs of Stack/Jobs could not be given to their engine. ' +
    'First: list the jobs that are still PENDING; a dead letter only says where in the stream they were.',
  moreDeadLetters:
    'More jobs of Stack/Jobs could not be given to their engine within the last period. ' +
    'First: see whether the engine is there and the pipe may deliver to it.',
  failed:
    'Jobs of Stack/Jobs/Engine failed or did not end in time. ' +
    'First: open the newest failed execution and read the error of its state Work.',
  timedOut:
    'Executions of Stack/Jobs/Engine hung around the work itself, and were ended. ' +
    'First: open one and see which state it hung in.',
  aborted:
    'Executions of Stack/Jobs/Engine were stopped by somebody; their jobs read as failed. ' +
    'First: find in CloudTrail who called StopExecution.',
};

/** Each alarm: whose it is, its prop, the beginning of its logical id, and its defaults. */
const ALARMS = [
  {
    of: 'api',
    prop: 'serverErrors',
    id: 'JobsServerErrorsAlarm',
    threshold: 0.05,
    periods: 3,
    severity: AlarmSeverity.CRITICAL,
    anchor: 'server-errors',
    metric: { MetricName: '5XXError', Namespace: 'AWS/ApiGateway', Statistic: 'Average', Period: 60, Dimensions: STAGE_DIMENSIONS },
  },
  {
    of: 'api',
    prop: 'latency',
    id: 'JobsLatencyAlarm',
    threshold: 2500,
    periods: 5,
    severity: AlarmSeverity.WARNING,
    anchor: 'latency',
    metric: { MetricName: 'Latency', Namespace: 'AWS/ApiGateway', ExtendedStatistic: 'p90', Period: 60, Dimensions: STAGE_DIMENSIONS },
  },
  { of: 'api', prop: 'pipeFailed', id: 'JobsPipeFailedAlarm', threshold: 0, periods: 1, severity: AlarmSeverity.CRITICAL, anchor: 'pipe-failed', metric: pipe('ExecutionFailed') },
  { of: 'api', prop: 'pipeThrottled', id: 'JobsPipeThrottledAlarm', threshold: 0, periods: 5, severity: AlarmSeverity.WARNING, anchor: 'pipe-throttled', metric: pipe('ExecutionThrottled') },
  { of: 'api', prop: 'deadLetters', id: 'JobsDeadLettersAlarm', threshold: 0, periods: 1, severity: AlarmSeverity.CRITICAL, anchor: 'dead-letters', metric: deadLetters },
  { of: 'api', prop: 'moreDeadLetters', id: 'JobsMoreDeadLettersAlarm', threshold: 0, periods: 1, severity: AlarmSeverity.CRITICAL, anchor: 'more-dead-letters', metric: {} },
  { of: 'engine', prop: 'failed', id: 'JobsEngineFailedAlarm', threshold: 0, periods: 1, severity: AlarmSeverity.WARNING, anchor: 'failed-jobs', metric: states('ExecutionsFailed') },
  { of: 'engine', prop: 'timedOut', id: 'JobsEngineTimedOutAlarm', threshold: 0, periods: 1, severity: AlarmSeverity.CRITICAL, anchor: 'workflow-timed-out', metric: states('ExecutionsTimedOut') },
  { of: 'engine', prop: 'aborted', id: 'JobsEngineAbortedAlarm', threshold: 0, periods: 1, severity: AlarmSeverity.WARNING, anchor: 'workflow-aborted', metric: states('ExecutionsAborted') },
];

/** An API with one alarm tuned. */
function tuned({ of, prop }: (typeof ALARMS)[number], options: object) {
  const stack = newStack();
  const alarms = { [prop]: options };
  const jobs = new PollingStatusApi(stack, 'Jobs', { engine: new FunctionEngine(handlerIn(stack), of === 'engine' ? { alarms } : {}), ...(of === 'api' ? { alarms } : {}) });
  return { stack, jobs };
}

describe.each(ALARMS)('$prop', (alarm) => {
  test('is on, with its defaults', () => {
    const { stack } = make();
    Template.fromStack(stack).hasResourceProperties(ALARM, {
      ...alarm.metric,
      AlarmDescription: `${TEXTS[alarm.prop]} Runbook: ${RUNBOOKS}/polling-status-api.md#${alarm.anchor}`,
      Threshold: alarm.threshold,
      EvaluationPeriods: alarm.periods,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
    });
    expect(resourceOf(stack, ALARM, alarm.id).Properties).toMatchObject({ Threshold: alarm.threshold, EvaluationPeriods: alarm.periods });
  });

  test('can be tuned', () => {
    const threshold = alarm.prop === 'latency' ? Duration.seconds(7) : 7;
    const { stack } = tuned(alarm, { threshold, evaluationPeriods: 9, datapointsToAlarm: 2, period: Duration.minutes(2) });
    expect(resourceOf(stack, ALARM, alarm.id).Properties).toMatchObject({
      Threshold: { latency: 7000, serverErrors: 0.07 }[alarm.prop] ?? 7, EvaluationPeriods: 9, DatapointsToAlarm: 2,
    });
  });

  test('can be switched off', () => {
    const { stack, jobs } = tuned(alarm, { enabled: false });
    expect(Object.keys(resourcesOf(stack, ALARM)).filter((id) => id.startsWith(alarm.id))).toEqual([]);
    expect(jobs.allAlarms).toHaveLength(ALARMS.length - 1);
  });

  test('is routed by its severity', () => {
    const { stack } = make();
    const hears = (severity: AlarmSeverity) => new SnsAction(new sns.Topic(stack, severity));
    for (const severity of Object.values(AlarmSeverity)) {
      Alarms.of(stack).notifyOf(severity, hears(severity));
    }
    expect(resourceOf(stack, ALARM, alarm.id).Properties.AlarmActions).toEqual([{ Ref: expect.stringMatching(alarm.severity.replace('_', '')) }]);
  });
});

test('the latency may be a part of a millisecond', () => {
  const { stack } = make({ alarms: { latency: { threshold: Duration.seconds(0.0015) } } });
  expect(resourceOf(stack, ALARM, 'JobsLatencyAlarm').Properties.Threshold).toBe(1.5);
});

test('alarms are given as a copy, those of the engine last', () => {
  const { jobs } = make();
  expect(jobs.allAlarms.map(({ node }) => node.id)).toEqual([
    'ServerErrorsAlarm', 'LatencyAlarm', 'PipeFailedAlarm', 'PipeThrottledAlarm', 'DeadLettersAlarm', 'MoreDeadLettersAlarm', 'FailedAlarm', 'TimedOutAlarm', 'AbortedAlarm',
  ]);
  jobs.allAlarms.pop();
  expect(jobs.allAlarms).toHaveLength(9);
});

test('a queue has its own alarms', () => {
  expect(makeWithQueue().jobs.allAlarms).toHaveLength(6);
});
