import type { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type { ScheduleAlarmOptions, ScheduleAlarms } from './scheduled-messages.alarms';
import type { HandlerAlarmOptions, QueueAlarmOptions } from '../alarms/alarm-options';
import { AlarmSeverity } from '../alarms/alarms';
import type { HandlerAlarms, QueueAlarms } from '../alarms/alarms-by-name';
import { AlarmTable, ANY } from '../private/alarms/alarm-table';
import type { DeadLetterSubject } from '../private/sqs/queue-alarms';

/**
 * Tuning of the alarms of a `ScheduledFunction`: those on the schedule, and those on the queue and the handler, as a `QueueFedFunction` has them.
 */
export interface ScheduledFunctionAlarmOptions extends ScheduleAlarmOptions, QueueAlarmOptions, HandlerAlarmOptions {}

/**
 * The alarms of a `ScheduledFunction`, on its schedule, its queues and its handler.
 */
export interface ScheduledFunctionAlarms extends ScheduleAlarms, QueueAlarms, HandlerAlarms {}

interface ScheduleSubject extends DeadLetterSubject {
  /** The path of the pattern. */
  readonly path: string;
  readonly group: scheduler.IScheduleGroup;
}

/** The page of the runbook. */
const PAGE = 'scheduled-function';

/** By group, which is the only dimension that there is. https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html */
function ofGroup(metricName: string): (subject: ScheduleSubject, period: Duration) => cloudwatch.IMetric {
  return ({ group }, period) => new cloudwatch.Metric({
    namespace: 'AWS/Scheduler', metricName, dimensionsMap: { ScheduleGroup: group.scheduleGroupName }, statistic: cloudwatch.Stats.SUM, period,
  });
}

export const HEARTBEAT_ALARMS = new AlarmTable<'missedRuns', object, ScheduleSubject>({
  missedRuns: {
    id: 'MissedRunsAlarm',
    ...ANY,
    metric: ofGroup('InvocationAttemptCount'),
    threshold: 1,
    comparison: 'below',
    missingData: 'breaching',
    severity: AlarmSeverity.CRITICAL,
    meaning: ({ path }) => `The schedule of ${path} has not run for longer than it should.`,
    firstStep: 'look at the state and the expression of the schedule; right after the first deployment, wait for the first run.',
    runbook: { page: PAGE, section: 'missed-runs' },
  },
});

export const SCHEDULE_ALARMS = new AlarmTable<'targetErrors' | 'droppedRuns' | 'runsSetAside' | 'runsNotSetAside' | 'scheduleDeadLetters', object, ScheduleSubject>({
  targetErrors: {
    ...ANY,
    id: 'TargetErrorsAlarm',
    metric: ofGroup('TargetErrorCount'),
    severity: AlarmSeverity.WARNING,
    meaning: ({ path }) => `Scheduler failed to send a run of ${path} to its queue, and tries again.`,
    firstStep: 'see whether the queue exists, and whether the role of the schedule may send to it and use its key.',
    runbook: { page: PAGE, section: 'target-errors' },
  },
  droppedRuns: {
    ...ANY,
    id: 'DroppedRunsAlarm',
    metric: ofGroup('InvocationDroppedCount'),
    severity: AlarmSeverity.CRITICAL,
    meaning: ({ path }) => `Scheduler gave up a run of ${path}, which does not take place.`,
    firstStep: 'repair the queue or the role of the schedule; then see whether the run must be made up for.',
    runbook: { page: PAGE, section: 'dropped-runs' },
  },
  runsSetAside: {
    ...ANY,
    id: 'RunsSetAsideAlarm',
    metric: ofGroup('InvocationsSentToDeadLetterCount'),
    severity: AlarmSeverity.CRITICAL,
    meaning: ({ path }) => `Another run of ${path} could not be delivered and went to the dead-letter queue of its schedule.`,
    firstStep: 'see whether the cause is the known one.',
    runbook: { page: PAGE, section: 'runs-set-aside' },
  },
  runsNotSetAside: {
    ...ANY,
    id: 'RunsNotSetAsideAlarm',
    metric: ofGroup('InvocationsFailedToBeSentToDeadLetterCount'),
    severity: AlarmSeverity.CRITICAL,
    meaning: ({ path }) => `A run of ${path} could neither be delivered nor moved to the dead-letter queue of its schedule.`,
    firstStep: 'note the time, and see whether the role of the schedule may send to that queue and use its key.',
    runbook: { page: PAGE, section: 'runs-not-set-aside' },
  },
  scheduleDeadLetters: {
    ...ANY,
    id: 'ScheduleDeadLettersAlarm',
    metric: ({ deadLetterQueue }, period) => (
      deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period, statistic: cloudwatch.Stats.MAXIMUM })
    ),
    severity: AlarmSeverity.CRITICAL,
    meaning: ({ path }) => `Runs of ${path} could not be delivered and are in the dead-letter queue of its schedule.`,
    firstStep: 'read the attribute ERROR_CODE of one of them; send those that must still take place to the queue by hand, after the repair.',
    runbook: { page: PAGE, section: 'schedule-dead-letters' },
  },
});
