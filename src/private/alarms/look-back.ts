import { Duration } from 'aws-cdk-lib';
import type { AlarmOptions } from '../../alarms/alarm-options';

/**
 * How many periods an alarm on a function looks at to find so many datapoints: as many more as invocations may last, because a metric is dated at their start and sent at
 * their end. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html
 */
export function periodsFor(timeoutSeconds: number | undefined, datapoints: number, period: Duration = Duration.minutes(1)): number {
  if (timeoutSeconds === undefined || period.isUnresolved()) {
    return datapoints;
  }
  const seconds = period.toSeconds({ integral: false });
  return timeoutSeconds > seconds ? datapoints + Math.ceil(timeoutSeconds / seconds) : datapoints;
}

/** The tuning of an alarm that fires for so many datapoints of invocations that may last so long. Periods that are stated stay as they are. */
export function lookingBack(timeoutSeconds: number | undefined, datapoints: number, options: AlarmOptions = {}): AlarmOptions {
  const evaluationPeriods = periodsFor(timeoutSeconds, datapoints, options.period);
  if (options.evaluationPeriods !== undefined || evaluationPeriods === datapoints) {
    return options;
  }
  return { ...options, evaluationPeriods, datapointsToAlarm: options.datapointsToAlarm ?? datapoints };
}
