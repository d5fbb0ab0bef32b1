import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { CountAlarmOptions, DeadLetterAlarmOptions, DurationAlarmOptions } from '../alarms/alarm-options';
import { AlarmSeverity } from '../alarms/alarms';
import type { QueueAlarms } from '../alarms/alarms-by-name';
import type { AlarmRow } from '../private/alarms/alarm-table';
import { AlarmTable, ANY } from '../private/alarms/alarm-table';
import { ThresholdUnit } from '../private/alarms/tuning';
import { ruleMetric } from '../private/events/rule-alarms';
import { deadLetterRows, QUEUE_ALARMS } from '../private/sqs/queue-alarms';

/**
 * Tuning of the alarms of a `QueueFedService`.
 */
export interface QueueFedServiceAlarmOptions extends DeadLetterAlarmOptions {
  /**
   * The age of the oldest message in the queue, those that are being processed included.
   *
   * @default - on; above the longer of 15 minutes and 2 x (`acceptableDelay` + `maxProcessingTime`), but at most half of the queue's retention period, in 1 of 1
   * periods
   */
  readonly messageAge?: DurationAlarmOptions;

  /**
   * Tasks that could not start, or whose worker ended with an error.
   *
   * @default - on; above 0 in 3 of 15 periods
   */
  readonly workersFail?: CountAlarmOptions;

  /**
   * Deployments that ECS gave up and rolled back.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly deploymentFailed?: CountAlarmOptions;

  /**
   * The age of the oldest message while as many tasks run as may.
   *
   * @default - on; above `acceptableDelay` + `maxProcessingTime` in 5 of 5 periods
   */
  readonly atMaximum?: DurationAlarmOptions;
}

/**
 * The alarms of a `QueueFedService`, on its queues and on its workers.
 */
export interface QueueFedServiceAlarms extends QueueAlarms {
  /**
   * Tasks that could not start, or whose worker ended with an error.
   *
   * @default - switched off
   */
  readonly workersFail?: cloudwatch.Alarm;

  /**
   * Deployments that ECS gave up and rolled back.
   *
   * @default - switched off
   */
  readonly deploymentFailed?: cloudwatch.Alarm;

  /**
   * The age of the oldest message while as many tasks run as may.
   *
   * @default - switched off
   */
  readonly atMaximum?: cloudwatch.Alarm;
}

interface QueueFacts {
  readonly retentionSeconds?: number | undefined;
}

/** What the metrics of the scaling are about. */
export interface ScaledSubject {
  /** The path of the pattern. */
  readonly path: string;
  readonly queue: sqs.IQueue;
  readonly service: ecs.FargateService;
}

interface ServiceSubject extends QueueFacts, ScaledSubject {
  readonly deadLetterQueue: sqs.IQueue;
  readonly ageSeconds: number;
  readonly dueSeconds: number;
  readonly maxCapacity: number;
  /** Of events of tasks that failed, and of deployments that did. */
  readonly taskRule: events.IRule;
  readonly deploymentRule: events.IRule;
}

/** The page of the runbook. */
const PAGE = 'queue-fed-service';

/** What waits and what is in flight, by their maximum, which is the CDK's own choice for both. */
const messages = ({ queue }: ScaledSubject) => ({
  visible: queue.metricApproximateNumberOfMessagesVisible(),
  inFlight: queue.metricApproximateNumberOfMessagesNotVisible(),
});

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html */
export function runningTasks({ service }: ScaledSubject): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: 'ECS/ContainerInsights',
    metricName: 'RunningTaskCount',
    dimensionsMap: { ClusterName: service.cluster.clusterName, ServiceName: service.serviceName },
  });
}

export const QUEUE_FED_SERVICE_ALARMS = new AlarmTable<keyof QueueFedServiceAlarms, QueueFacts, ServiceSubject>({
  ...deadLetterRows<QueueFacts, ServiceSubject>({
    waiting: {
      meaning: ({ path }) => `Messages of ${path} could not be processed and are in its dead-letter queue.`,
      firstStep: 'read one of them and the error that the worker logged for it; redrive only after the repair.',
    },
    growing: {
      meaning: ({ path }) => `More messages of ${path} went to its dead-letter queue within the last period.`,
      firstStep: 'see whether the cause is the known one; if it is new, set maxCapacity of the scalable target to 0 before more follow.',
    },
    page: PAGE,
  }),
  messageAge: {
    ...QUEUE_ALARMS.rows.messageAge as AlarmRow<QueueFacts, ServiceSubject>,
    firstStep: 'look whether tasks run at all, and what their worker logs: they cannot start, hang, are refused protection, or are too few.',
    runbook: { page: PAGE, section: 'message-age' },
  },
  workersFail: {
    ...ANY,
    id: 'WorkersFailAlarm',
    metric: ({ taskRule: rule }, period) => ruleMetric('TriggeredRules', { rule }, period),
    datapoints: 3,
    // A task that fails is replaced at once at first, and then ever more slowly: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html
    spread: () => ({ retrySeconds: 300 }),
    severity: AlarmSeverity.CRITICAL,
    meaning: ({ path }) => `Tasks of ${path} cannot start, or their worker ends with an error, again and again.`,
    firstStep: 'read stoppedReason of a stopped task and the end of its log.',
    runbook: { page: PAGE, section: 'workers-fail' },
  },
  deploymentFailed: {
    ...ANY,
    id: 'DeploymentFailedAlarm',
    metric: ({ deploymentRule: rule }, period) => ruleMetric('TriggeredRules', { rule }, period),
    severity: AlarmSeverity.CRITICAL,
    meaning: ({ path }) => `A deployment of ${path} failed; the tasks before it go on.`,
    firstStep: 'read the events of the service, and why its new tasks stopped.',
    runbook: { page: PAGE, section: 'deployment-failed' },
  },
  atMaximum: {
    id: 'AtMaximumAlarm',
    metric: (subject, period) => new cloudwatch.MathExpression({
      expression: `IF(running >= ${subject.maxCapacity}, age, 0)`,
      label: 'Age of the oldest message while all tasks run',
      period,
      usingMetrics: { running: runningTasks(subject), age: subject.queue.metricApproximateAgeOfOldestMessage() },
    }),
    unit: ThresholdUnit.SECONDS,
    threshold: ({ dueSeconds }) => dueSeconds,
    datapoints: 5,
    severity: AlarmSeverity.WARNING,
    meaning: ({ path }) => `Messages of ${path} wait longer than is acceptable, although as many tasks run as may.`,
    firstStep: 'raise maxCapacity, unless what the workers call is the bottleneck.',
    runbook: { page: PAGE, section: 'at-maximum' },
  },
});

/** Alarms for Application Auto Scaling, which notify nobody. */
export const SCALING_ALARMS = new AlarmTable<'wake' | 'idle', object, ScaledSubject>({
  wake: {
    ...ANY,
    id: 'WakeAlarm',
    // While a task works on one of them, target tracking decides.
    metric: (subject, period) => new cloudwatch.MathExpression({
      expression: 'IF(visible > 0 AND FILL(inFlight, 0) == 0, visible, 0)',
      label: 'Messages that nobody works on',
      period,
      usingMetrics: messages(subject),
    }),
    meaning: ({ path }) => `Messages of ${path} wait, and none is in flight: a task is started.`,
    firstStep: 'nothing; this alarm is for Application Auto Scaling.',
    runbook: { page: PAGE, section: 'scaling' },
  },
  idle: {
    ...ANY,
    id: 'IdleAlarm',
    metric: (subject, period) => new cloudwatch.MathExpression({
      expression: 'visible + FILL(inFlight, 0)',
      label: 'Messages waiting or in flight',
      period,
      usingMetrics: messages(subject),
    }),
    threshold: 1,
    comparison: 'below',
    datapoints: 15,
    meaning: ({ path }) => `${path} has had nothing to do for 15 minutes: its tasks are stopped, but for minCapacity.`,
    firstStep: 'nothing; this alarm is for Application Auto Scaling.',
    runbook: { page: PAGE, section: 'scaling' },
  },
});
