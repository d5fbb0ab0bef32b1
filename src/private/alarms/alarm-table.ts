import { Duration, Lazy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { alarmValues, ON_THIS_METRIC } from './alarm-promises';
import { AlarmRoutes } from './alarm-routes';
import type { Spread } from './look-back';
import { tunedWindow } from './look-back';
import type { RunbookSection } from './runbook';
import { runbookUrl } from './runbook';
import type { AnyAlarmOptions, Comparison, MissingData, TuningLimits } from './tuning';
import { checkTuning, thresholdOf, ThresholdUnit } from './tuning';
import type { AlarmSeverity } from '../../alarms/alarms';
import { changedValues } from '../checks/derived-values';
import type { Problems } from '../checks/problems';

/**
 * All there is to say of one alarm.
 *
 * @template F what is known when the options are checked, before anything is made
 * @template S that, and what the alarm is on
 */
export interface AlarmRow<F, S extends F = F> {
  /** Its construct id: contract, as logical ids come from it. */
  readonly id: string;
  /** The metric, for a given length of datapoint. */
  readonly metric: (subject: S, period: Duration) => cloudwatch.IMetric;
  readonly unit: ThresholdUnit;
  /** The alarm fires above this, or below it, in the metric's own unit. Undefined: cannot be known, and there is no alarm. */
  readonly threshold: number | ((subject: S) => number | undefined);
  /** On which side of the threshold it fires; above it by default. */
  readonly comparison?: Comparison;
  /** What a period without data counts as; not breaching by default. A heartbeat is breaching when it is missing. */
  readonly missingData?: MissingData;
  /** How many datapoints must be beyond the threshold. */
  readonly datapoints: number;
  /** What they are spread over; by default they follow each other. */
  readonly spread?: (facts: F) => Spread;
  readonly ceiling?: (facts: F) => TuningLimits['ceiling'];
  /** Undefined: it works for a machine, which acts by itself, and notifies nobody. */
  readonly severity?: AlarmSeverity;
  /** What it means that the alarm fires. */
  readonly meaning: (subject: S) => string;
  /** What to do first. */
  readonly firstStep: string;
  readonly runbook: RunbookSection;
}

/** Fires as soon as there is any of what is counted. */
export const ANY: Pick<AlarmRow<object>, 'unit' | 'threshold' | 'datapoints'> = { unit: ThresholdUnit.COUNT, threshold: 0, datapoints: 1 };

type Options<N extends string> = { readonly [name in N]?: AnyAlarmOptions };
type Made<N extends string> = { readonly [name in N]?: cloudwatch.Alarm };

/**
 * The alarms of a pattern, each said once: from the table come the check of the options, the alarms, and the rows of the docs.
 */
export class AlarmTable<N extends string, F extends object, S extends F = F> {
  constructor(public readonly rows: { readonly [name in N]: AlarmRow<F, S> }) {}

  /**
   * Notes what is wrong with the tuning of these alarms.
   *
   * @param prop by which they are tuned
   */
  public check(problems: Problems, facts: F, options: Options<N> = {}, prop = 'alarms'): void {
    for (const [name, row] of this.entries()) {
      const tuned: AnyAlarmOptions = options[name] ?? {};
      const { evaluationPeriods } = tunedWindow(row.datapoints, row.spread?.(facts) ?? {}, { ...tuned.period && { period: tuned.period } });
      const { unit, comparison, missingData } = row;
      checkTuning(problems, `${prop}.${name}`, tuned, { unit, comparison, missingData, evaluationPeriods, ceiling: row.ceiling?.(facts) });
    }
  }

  /** Makes the alarms that are not switched off, and enters them where `Alarms.of` finds them. */
  public add(scope: Construct, subject: S, options: Options<N> = {}): Made<N> {
    const made = this.entries().flatMap(([name, row]) => {
      const alarm = addAlarm(scope, name, row, subject, options[name]);
      return alarm ? [[name, alarm]] : [];
    });
    return Object.fromEntries(made) as Made<N>;
  }

  private entries(): [N, AlarmRow<F, S>][] {
    return Object.entries(this.rows) as [N, AlarmRow<F, S>][];
  }
}

/** The alarms of several tables as one list, in their order. */
export function listed(...alarms: { readonly [name: string]: cloudwatch.Alarm | undefined }[]): cloudwatch.Alarm[] {
  return alarms.flatMap((byName) => Object.values(byName)).filter((alarm) => alarm !== undefined);
}

const OPERATORS = {
  above: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
  below: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
} as const;

function addAlarm<F, S extends F>(
  scope: Construct,
  name: string,
  row: AlarmRow<F, S>,
  subject: S,
  options: AnyAlarmOptions = {},
): cloudwatch.Alarm | undefined {
  const byDefault = typeof row.threshold === 'function' ? row.threshold(subject) : row.threshold;
  const threshold = options.threshold === undefined ? byDefault : thresholdOf(options.threshold, row.unit);
  if (options.enabled === false || threshold === undefined) {
    return undefined;
  }
  const { comparison = 'above', missingData = 'notBreaching' } = row;
  const firing = { threshold, ...tunedWindow(row.datapoints, row.spread?.(subject) ?? {}, options) };
  const metric = row.metric(subject, options.period ?? Duration.minutes(1));
  const alarm: cloudwatch.Alarm = new cloudwatch.Alarm(scope, row.id, {
    metric,
    ...firing,
    comparisonOperator: OPERATORS[comparison],
    // A queue or a function at rest reports nothing; that is no reason to ring, and none to hang in INSUFFICIENT_DATA either.
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    treatMissingData: missingData as cloudwatch.TreatMissingData,
    // Where the runbooks are may be said until the app is complete.
    alarmDescription: Lazy.string({ produce: () => description(row.meaning(subject), `First: ${row.firstStep} Runbook: ${runbookUrl(alarm, row.runbook)}`) }),
  });
  const promised = alarmValues(name, alarm, { ...firing, comparisonOperator: OPERATORS[comparison], treatMissingData: missingData });
  alarm.node.addValidation({ validate: () => [...injectedMetric(alarm, metric), ...changedValues(promised)] });
  if (row.severity !== undefined) {
    AlarmRoutes.of(alarm).addAlarm(alarm, row.severity);
  }
  return alarm;
}

/** A property injector of the CDK's alarms changes the metric before the alarm is made. */
function injectedMetric(alarm: cloudwatch.Alarm, metric: cloudwatch.IMetric): string[] {
  return alarm.metric === metric ? [] : [`metric of '${alarm.node.path}' was changed by a property injector to ${String(alarm.metric)}, but must be ${String(metric)}: ${ON_THIS_METRIC}`];
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
const LONGEST_DESCRIPTION = 1024;

/** A path of a construct may be long; what to do is never cut. */
function description(meaning: string, whatToDo: string): string {
  const room = LONGEST_DESCRIPTION - whatToDo.length - 1;
  return `${meaning.length > room ? `${meaning.slice(0, room - 1)}…` : meaning} ${whatToDo}`;
}
