import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { stackWith, videosIn } from './fixtures';
import type { QueueFedServiceAlarmOptions, QueueFedServiceProps } from '../../src';
import { Alarms, AlarmSeverity } from '../../src';
import { attribute, newStack, ref, resourceOf, resourcesOf } from '../messaging/fixtures';

const ALARM = 'AWS::CloudWatch::Alarm';
const RUNBOOK = 'https://github.com/cdkserverlesspatterns/cdk-serverless-patterns/blob/v0.0.0/docs/runbooks/queue-fed-service.md';

interface Query {
  readonly Id: string;
  readonly MetricStat?: { readonly Metric: { readonly MetricName: string; readonly Namespace: string }; readonly Stat: string };
}

const stat = (Id: string, Namespace: string, MetricName: string, Stat: string, Dimensions: object[]) => (
  { Id, ReturnData: false, MetricStat: { Metric: { MetricName, Namespace, Dimensions }, Period: 60, Stat } }
);
const ofQueue = (id: string) => [{ Name: 'QueueName', Value: attribute(id, 'QueueName') }];
const ofRule = (id: string) => ({ Namespace: 'AWS/Events', MetricName: 'TriggeredRules', Statistic: 'Sum', Period: 60, Dimensions: [{ Name: 'RuleName', Value: ref(id) }] });

const ALARMS = [
  {
    prop: 'deadLetters',
    id: 'VideosDeadLettersAlarm',
    metric: { Namespace: 'AWS/SQS', MetricName: 'ApproximateNumberOfMessagesVisible', Statistic: 'Maximum', Period: 60, Dimensions: ofQueue('VideosDeadLetterQueue') },
    firing: [0, 1, undefined],
    description: 'Messages of Stack/Videos could not be processed and are in its dead-letter queue. ' +
      `First: read one of them and the error that the worker logged for it; redrive only after the repair. Runbook: ${RUNBOOK}#dead-letters`,
  },
  {
    prop: 'moreDeadLetters',
    id: 'VideosMoreDeadLettersAlarm',
    metric: {
      Metrics: [
        { Id: 'expr_1', Expression: 'DIFF(visible + FILL(inFlight, 0))', Label: 'Growth of the dead-letter queue', ReturnData: true },
        stat('visible', 'AWS/SQS', 'ApproximateNumberOfMessagesVisible', 'Maximum', ofQueue('VideosDeadLetterQueue')),
        stat('inFlight', 'AWS/SQS', 'ApproximateNumberOfMessagesNotVisible', 'Maximum', ofQueue('VideosDeadLetterQueue')),
      ],
    },
    firing: [0, 1, undefined],
    description: 'More messages of Stack/Videos went to its dead-letter queue within the last period. ' +
      `First: see whether the cause is the known one; if it is new, set maxCapacity of the scalable target to 0 before more follow. Runbook: ${RUNBOOK}#more-dead-letters`,
  },
  {
    prop: 'messageAge',
    id: 'VideosMessageAgeAlarm',
    metric: { Namespace: 'AWS/SQS', MetricName: 'ApproximateAgeOfOldestMessage', Statistic: 'Maximum', Period: 60, Dimensions: ofQueue('VideosQueue') },
    firing: [8400, 1, undefined],
    description: 'Messages of Stack/Videos wait longer than they should. ' +
      `First: look whether tasks run at all, and what their worker logs: they cannot start, hang, are refused protection, or are too few. Runbook: ${RUNBOOK}#message-age`,
  },
  {
    prop: 'workersFail',
    id: 'VideosWorkersFailAlarm',
    metric: ofRule('VideosTaskRule'),
    firing: [0, 15, 3],
    description: 'Tasks of Stack/Videos cannot start, or their worker ends with an error, again and again. ' +
      `First: read stoppedReason of a stopped task and the end of its log. Runbook: ${RUNBOOK}#workers-fail`,
  },
  {
    prop: 'deploymentFailed',
    id: 'VideosDeploymentFailedAlarm',
    metric: ofRule('VideosDeploymentRule'),
    firing: [0, 1, undefined],
    description: `A deployment of Stack/Videos failed; the tasks before it go on. First: read the events of the service, and why its new tasks stopped. Runbook: ${RUNBOOK}#deployment-failed`,
  },
  {
    prop: 'atMaximum',
    id: 'VideosAtMaximumAlarm',
    metric: {
      Metrics: [
        { Id: 'expr_1', Expression: 'IF(running >= 10, age, 0)', Label: 'Age of the oldest message while all tasks run', ReturnData: true },
        stat('running', 'ECS/ContainerInsights', 'RunningTaskCount', 'Average', [
          { Name: 'ClusterName', Value: ref('Cluster') }, { Name: 'ServiceName', Value: { 'Fn::GetAtt': [expect.stringMatching(/^VideosService/), 'Name'] } },
        ]),
        stat('age', 'AWS/SQS', 'ApproximateAgeOfOldestMessage', 'Maximum', ofQueue('VideosQueue')),
      ],
    },
    firing: [4200, 5, undefined],
    description: 'Messages of Stack/Videos wait longer than is acceptable, although as many tasks run as may. ' +
      `First: raise maxCapacity, unless what the workers call is the bottleneck. Runbook: ${RUNBOOK}#at-maximum`,
  },
] as const;

/** The alarms that notify somebody. */
const idsIn = (stack: ReturnType<typeof newStack>) => Object.keys(resourcesOf(stack, ALARM)).map((id) => id.slice(0, -8)).filter((id) => !/Wake|Idle/.test(id)).sort();

test('there are six alarms', () => {
  expect(idsIn(stackWith())).toEqual(ALARMS.map(({ id }) => id).sort());
});

describe.each(ALARMS)('the alarm $prop', ({ prop, id, metric, firing: [threshold, periods, datapoints], description }) => {
  const tuned = (options: QueueFedServiceAlarmOptions[typeof prop]) => resourceOf(stackWith({ alarms: { [prop]: options } }), ALARM, id).Properties;

  test('is on this metric, and says what it means and what to do', () => {
    const { Properties: properties } = resourceOf(stackWith(), ALARM, id);
    const { AlarmDescription, Threshold, EvaluationPeriods, DatapointsToAlarm, ComparisonOperator, TreatMissingData, ...rest } = properties;
    expect([AlarmDescription, Threshold, EvaluationPeriods, DatapointsToAlarm, ComparisonOperator, TreatMissingData])
      .toEqual([description, threshold, periods, datapoints, 'GreaterThanThreshold', 'notBreaching']);
    expect(Object.keys(rest).sort()).toEqual(Object.keys(metric).sort());
  });

  test('can be switched off', () => {
    const others = ALARMS.map((alarm) => alarm.id).filter((other) => other !== id).sort();
    expect(idsIn(stackWith({ alarms: { [prop]: { enabled: false } } }))).toEqual(others);
  });

  test('takes other numbers', () => {
    expect(tuned({ evaluationPeriods: 4, datapointsToAlarm: 2 })).toMatchObject({ EvaluationPeriods: 4, DatapointsToAlarm: 2 });
    expect(JSON.stringify(tuned({ period: Duration.minutes(5) }))).toContain('"Period":300');
  });
});

test.each(ALARMS.filter(({ metric }) => !('Metrics' in metric)))('the alarm $prop is on one metric', ({ metric }) => {
  Template.fromStack(stackWith()).hasResourceProperties(ALARM, metric);
});

test.each(ALARMS.filter(({ metric }) => 'Metrics' in metric))('the alarm $prop is on this expression', ({ id, metric }) => {
  const namesOf = (queries: readonly Query[]) => (
    queries.map(({ Id, MetricStat: { Metric, Stat } = {} }) => [Id, Metric?.Namespace, Metric?.MetricName, Stat])
  );
  const { Metrics } = resourceOf(stackWith(), ALARM, id).Properties;
  const { Metrics: expected } = metric as { Metrics: readonly Query[] };
  expect(namesOf(Metrics as Query[])).toEqual(namesOf(expected));
  expect(Metrics[0]).toEqual(expected[0]);
});

test('the alarm atMaximum is about this service and this queue, at its maximum', () => {
  const { Metrics } = resourceOf(stackWith({ maxCapacity: 3 }), ALARM, 'VideosAtMaximum').Properties;
  expect(Metrics[0].Expression).toBe('IF(running >= 3, age, 0)');
  expect(Metrics[1].MetricStat.Metric.Dimensions).toEqual([
    { Name: 'ClusterName', Value: { Ref: expect.stringMatching(/^Cluster/) } }, { Name: 'ServiceName', Value: { 'Fn::GetAtt': [expect.stringMatching(/^VideosService/), 'Name'] } },
  ]);
  expect(Metrics[2].MetricStat.Metric.Dimensions).toEqual([{ Name: 'QueueName', Value: { 'Fn::GetAtt': [expect.stringMatching(/^VideosQueue/), 'QueueName'] } }]);
});

test('all but atMaximum are critical', () => {
  const toldOf = (severity: AlarmSeverity) => {
    const stack = newStack();
    videosIn(stack);
    Alarms.of(stack).notifyOf(severity, new SnsAction(new Topic(stack, 'OnCall')));
    const told = Object.entries(resourcesOf(stack, ALARM)).filter(([, { Properties }]) => JSON.stringify(Properties.AlarmActions ?? '').includes('OnCall'));
    return told.map(([id]) => id.slice(0, -8)).sort();
  };
  const warning = 'VideosAtMaximumAlarm';
  expect(toldOf(AlarmSeverity.WARNING)).toEqual([warning]);
  expect(toldOf(AlarmSeverity.CRITICAL)).toEqual(ALARMS.map(({ id }) => id).filter((id) => id !== warning).sort());
});

test('the alarm atMaximum takes another threshold, in seconds', () => {
  expect(resourceOf(stackWith({ alarms: { atMaximum: { threshold: Duration.hours(2) } } }), ALARM, 'VideosAtMaximum').Properties.Threshold).toBe(7200);
});

describe('the threshold on age', () => {
  const ageOf = (props: Partial<QueueFedServiceProps>) => resourceOf(stackWith(props), ALARM, 'VideosMessageAge').Properties.Threshold;

  test.each<[string, Partial<QueueFedServiceProps>, number]>([
    ['twice the time in which a message should be done', { maxProcessingTime: Duration.minutes(30), acceptableDelay: Duration.minutes(15) }, 5400],
    ['not less than 15 minutes', { maxProcessingTime: Duration.minutes(1), acceptableDelay: Duration.minutes(6) }, 900],
    ['not more than half of the retention', { maxProcessingTime: Duration.hours(12), retentionPeriod: Duration.hours(72) }, 2 * (43_200 + 600)],
    ['half of the retention where that is less', { acceptableDelay: Duration.hours(3), retentionPeriod: Duration.hours(6) }, 10_800],
  ])('is %s', (_, props, threshold) => {
    expect(ageOf(props)).toBe(threshold);
  });

  test('is that of four days where the retention of an adopted queue is not known', () => {
    const age = ageOf({ acceptableDelay: Duration.days(3) });
    expect(age).toBe(172_800);
    const stack = stackWith((scope) => ({
      acceptableDelay: Duration.days(3),
      queue: sqs.Queue.fromQueueArn(scope, 'Live', 'arn:aws:sqs:eu-west-1:111122223333:live'),
      deadLetterQueue: sqs.Queue.fromQueueArn(scope, 'Dead', 'arn:aws:sqs:eu-west-1:111122223333:dead'),
    }));
    expect(resourceOf(stack, ALARM, 'VideosMessageAge').Properties.Threshold).toBe(172_800);
  });
});

describe('what is counted by EventBridge', () => {
  const patternOf = (id: string) => resourceOf(stackWith(), 'AWS::Events::Rule', id).Properties;

  test('are tasks of the service that could not start, or ended with an error', () => {
    expect(patternOf('VideosTaskRule')).toEqual({
      State: 'ENABLED',
      EventPattern: {
        'source': ['aws.ecs'],
        'detail-type': ['ECS Task State Change'],
        'detail': {
          clusterArn: [{ 'Fn::GetAtt': [expect.stringMatching(/^Cluster/), 'Arn'] }],
          group: [{ 'Fn::Join': ['', ['service:', { 'Fn::GetAtt': [expect.stringMatching(/^VideosService/), 'Name'] }]] }],
          lastStatus: ['STOPPED'],
          $or: [{ stopCode: ['TaskFailedToStart'] }, { containers: { exitCode: [{ 'anything-but': 0 }] } }],
        },
      },
    });
  });

  test('are deployments of the service that failed', () => {
    expect(patternOf('VideosDeploymentRule')).toEqual({
      State: 'ENABLED',
      EventPattern: {
        'source': ['aws.ecs'],
        'detail-type': ['ECS Deployment State Change'],
        'resources': [{ Ref: expect.stringMatching(/^VideosService/) }],
        'detail': { eventName: ['SERVICE_DEPLOYMENT_FAILED'] },
      },
    });
  });
});

test('alarms are reached by their names, and as a list', () => {
  const videos = videosIn(newStack(), { alarms: { atMaximum: { enabled: false } } });
  const { deadLetters, moreDeadLetters, messageAge, workersFail, deploymentFailed, atMaximum } = videos.alarms;
  const made: (cloudwatch.Alarm | undefined)[] = [deadLetters, moreDeadLetters, messageAge, workersFail, deploymentFailed];
  expect(atMaximum).toBeUndefined();
  expect(videos.allAlarms.map(({ node: { path } }) => path))
    .toEqual(made.map((alarm) => alarm?.node.path));
});
