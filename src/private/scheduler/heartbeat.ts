import { Duration } from 'aws-cdk-lib';
import type * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { expressionFacts, runsIn } from './schedule-facts';
import type { AlarmOptions } from '../../alarms/alarm-options';
import { hasDaylightSaving, isCron } from '../../delivery/rules/schedule-expression';
import { knownSeconds } from '../checks/prop-bounds';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** An alarm looks back for a week at most, by periods of an hour or more. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
const LONGEST_LOOK_BACK = 7 * DAY;

/**
 * How long a schedule may be silent, in seconds, before a run is missing: the longest time between two runs, and some slack, as a run comes up to a minute late, and its metric later still. Undefined:
 * not known, or longer than an alarm looks back.
 *
 * @param flexibleWindow by how much a run may come later than its time
 */
export function silenceOf(schedule: scheduler.ScheduleExpression, flexibleWindow: Duration | undefined): number | undefined {
  const { expression, timeZone } = expressionFacts('', schedule);
  const longest = runsIn(schedule)?.longestSeconds;
  if (longest === undefined) {
    return undefined;
  }
  const slack = Math.max(5 * MINUTE, longest / 10);
  // A run that falls into the hour that clocks are put back by takes place once only.
  const putBack = isCron(expression) && hasDaylightSaving(timeZone) ? HOUR : 0;
  const silence = longest + (knownSeconds(flexibleWindow) ?? 0) + slack + putBack;
  return silence > LONGEST_LOOK_BACK ? undefined : silence;
}

/**
 * What is stated of a heartbeat, with the window that it has by default: as few periods as possible, because CloudWatch looks at more than it evaluates where some are missing.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
export function heartbeatOptions(silenceSeconds: number, stated: AlarmOptions = {}): AlarmOptions {
  const periods = Math.ceil(silenceSeconds / DAY);
  const seconds = knownSeconds(stated.period) ?? MINUTE * Math.ceil(silenceSeconds / periods / MINUTE);
  const { period = Duration.seconds(seconds), evaluationPeriods = Math.ceil(silenceSeconds / seconds) } = stated;
  return { ...stated, period, evaluationPeriods };
}
