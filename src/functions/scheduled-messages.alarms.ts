import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmOptions, CountAlarmOptions } from '../alarms/alarm-options';

/**
 * Tuning of the alarms on schedules and on what they could not deliver.
 */
export interface ScheduleAlarmOptions {
  /**
   * The schedule has not run for longer than it ever should: it is disabled, deleted or its expression was changed.
   *
   * @default - on, where the longest time between two runs is known and an alarm looks back that far; without any run in that time and a tenth more
   */
  readonly missedRuns?: AlarmOptions;

  /**
   * Attempts to send a run to the queue that failed. Scheduler tries again.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly targetErrors?: CountAlarmOptions;

  /**
   * Runs that Scheduler gave up.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly droppedRuns?: CountAlarmOptions;

  /**
   * Runs that Scheduler moved to the dead-letter queue of the schedule within the last period.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly runsSetAside?: CountAlarmOptions;

  /**
   * Runs that Scheduler could not even move to the dead-letter queue of the schedule.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly runsNotSetAside?: CountAlarmOptions;

  /**
   * There are runs in the dead-letter queue of the schedule.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly scheduleDeadLetters?: CountAlarmOptions;
}

/**
 * The alarms on schedules and on what they could not deliver.
 */
export interface ScheduleAlarms {
  /**
   * The schedule has not run for longer than it ever should.
   *
   * @default - switched off, or not created because the schedule is disabled, runs once only, or has times between runs that are not known or longer than an alarm looks back
   */
  readonly missedRuns?: cloudwatch.Alarm;

  /**
   * Attempts to send a run to the queue that failed.
   *
   * @default - switched off
   */
  readonly targetErrors?: cloudwatch.Alarm;

  /**
   * Runs that Scheduler gave up.
   *
   * @default - switched off
   */
  readonly droppedRuns?: cloudwatch.Alarm;

  /**
   * Runs that Scheduler moved to the dead-letter queue of the schedule.
   *
   * @default - switched off
   */
  readonly runsSetAside?: cloudwatch.Alarm;

  /**
   * Runs that Scheduler could not even move to the dead-letter queue of the schedule.
   *
   * @default - switched off
   */
  readonly runsNotSetAside?: cloudwatch.Alarm;

  /**
   * There are runs in the dead-letter queue of the schedule.
   *
   * @default - switched off
   */
  readonly scheduleDeadLetters?: cloudwatch.Alarm;
}
