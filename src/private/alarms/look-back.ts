import { mostPeriods } from './tuning';
import type { AlarmOptions } from '../../alarms/alarm-options';

/** What the datapoints of an alarm on invocations are spread over. Undefined: not known, and taken for nothing. */
export interface Spread {
  /** How long an invocation may take. Lambda dates a metric at its start and sends it at its end. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html */
  readonly timeoutSeconds?: number | undefined;
  /** How long a message that failed waits for its next attempt: one poison message fails once in this time, and not each minute. */
  readonly retrySeconds?: number | undefined;
}

/** How many periods an alarm looks at, and how many of them must be above the threshold. */
export interface EvaluationWindow {
  readonly evaluationPeriods: number;
  /** Undefined: all of them. */
  readonly datapointsToAlarm?: number;
}

/**
 * The window in which an alarm finds so many datapoints, although they come one retry after the other, and up to a timeout late. As many as fit into what CloudWatch looks back.
 */
export function windowFor(datapoints: number, { timeoutSeconds = 0, retrySeconds = 0 }: Spread, periodSeconds = 60): Required<EvaluationWindow> {
  const late = timeoutSeconds > periodSeconds ? Math.ceil(timeoutSeconds / periodSeconds) : 0;
  const apart = Math.max(1, Math.ceil(retrySeconds / periodSeconds));
  const most = mostPeriods(periodSeconds);
  const fitting = Math.max(1, Math.min(datapoints, Math.floor((most - late) / apart)));
  return { evaluationPeriods: Math.min(most, fitting * apart + late), datapointsToAlarm: fitting };
}

/** The window with what is stated instead: a stated number of periods without datapoints must be filled by them. */
export function tunedWindow(datapoints: number, spread: Spread, options: AlarmOptions = {}): EvaluationWindow {
  const { evaluationPeriods: periods, datapointsToAlarm: datapointsStated } = options;
  if (periods !== undefined) {
    return { evaluationPeriods: periods, ...(datapointsStated !== undefined && { datapointsToAlarm: datapointsStated }) };
  }
  const period = options.period && !options.period.isUnresolved() ? options.period.toSeconds({ integral: false }) : undefined;
  const { evaluationPeriods, datapointsToAlarm } = windowFor(datapoints, spread, period);
  const isAll = datapointsStated === undefined && datapointsToAlarm === evaluationPeriods;
  return { evaluationPeriods, ...(!isAll && { datapointsToAlarm: datapointsStated ?? datapointsToAlarm }) };
}
