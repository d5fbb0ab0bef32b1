import type { Rule } from './rule';

/** What is known of a group of schedules of EventBridge Scheduler. */
export interface ScheduleGroupFacts {
  readonly path: string;
  /** Whether no schedule of the app is in it, so that it is for those that are made later. */
  readonly empty?: boolean | undefined;
  /** A schedule in it that runs once and has no dead-letter queue. */
  readonly oneTime?: string | undefined;
  /** Whether an alarm looks at what fails in it. */
  readonly watched?: boolean | undefined;
}

/**
 * What is true of a group of schedules whose missed runs somebody hears of.
 */
export const SCHEDULE_GROUP_RULES: readonly Rule<ScheduleGroupFacts>[] = [
  {
    id: 'scheduleGroupUnwatched',
    severity: 'note',
    why: 'A schedule that runs once is not run again, so a run that Scheduler dropped is missed for good unless somebody hears of it.',
    source: 'https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html',
    finding: ({ path, empty, oneTime, watched }) => (
      watched !== false || (!empty && oneTime === undefined) ? undefined
        : {
          what: `no alarm looks at schedule group '${path}', ` + (oneTime === undefined ? 'which is for schedules that are made at run time' : `in which '${oneTime}' runs once and has no dead-letter queue`) +
            ', so nobody learns of a run that Scheduler drops',
          fix: 'add an alarm on InvocationDroppedCount (AWS/Scheduler) of this ScheduleGroup above 0, and give each schedule a dead-letter queue',
        }
    ),
  },
];
