import type { Duration } from 'aws-cdk-lib';

/**
 * What can be tuned on every alarm of a pattern.
 */
export interface AlarmOptions {
  /**
   * Whether the alarm is created.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * The period of the alarm, in multiples of a minute: the metrics are reported once a minute.
   *
   * @default Duration.minutes(1)
   */
  readonly period?: Duration;

  /**
   * The number of periods that the alarm evaluates.
   *
   * @default - as the docs of the pattern state for each alarm
   */
  readonly evaluationPeriods?: number;

  /**
   * The number of datapoints within the evaluated periods that must breach the threshold.
   *
   * @default - as many as the docs of the pattern state; all of the stated `evaluationPeriods`
   */
  readonly datapointsToAlarm?: number;
}

/**
 * Tuning of an alarm on a count: messages, errors, throttles.
 */
export interface CountAlarmOptions extends AlarmOptions {
  /**
   * The alarm fires when the count in a period is above this threshold.
   *
   * @default 0
   */
  readonly threshold?: number;
}

/**
 * Tuning of an alarm on an age or a duration.
 */
export interface DurationAlarmOptions extends AlarmOptions {
  /**
   * The alarm fires when the age or duration is above this threshold.
   *
   * @default - derived, as the docs of the pattern state for each alarm
   */
  readonly threshold?: Duration;
}

/**
 * Tuning of the alarms on a handler's function. They are created once for each function, however many patterns it serves, so two patterns
 * with the same function must state the same options.
 *
 * Lambda sends a metric at the end of an invocation, with the timestamp of its start. If the handler's timeout is longer than a period, the
 * alarms on errors and on duration therefore evaluate as many more periods as the timeout spans, and still need 3 datapoints.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html
 */
export interface HandlerAlarmOptions {
  /**
   * Invocations that ended in an error. Partial batch failures do not count as errors in Lambda.
   *
   * @default - on; above 0 in 3 of the periods that three visibility timeouts span, because a batch that fails is retried after each
   */
  readonly handlerErrors?: CountAlarmOptions;

  /**
   * Invocations that Lambda throttled because no concurrency was available.
   *
   * @default - on; above 0 in 5 of 5 periods
   */
  readonly handlerThrottles?: CountAlarmOptions;

  /**
   * The 99th percentile of the duration, compared with the handler's timeout.
   *
   * @default - on; above 80 % of the handler's timeout in 3 of 3 periods
   */
  readonly handlerDuration?: DurationAlarmOptions;
}

/**
 * Tuning of the alarms on a dead-letter queue.
 */
export interface DeadLetterAlarmOptions {
  /**
   * There are messages in the dead-letter queue.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly deadLetters?: CountAlarmOptions;

  /**
   * The number of messages in the dead-letter queue grows: fires again for new messages while old ones are still there.
   *
   * @default - on; growth above 0 in 1 of 1 periods
   */
  readonly moreDeadLetters?: CountAlarmOptions;
}

/**
 * Tuning of the alarms on the queue and the dead-letter queue of a consumer.
 */
export interface QueueAlarmOptions extends DeadLetterAlarmOptions {
  /**
   * The age of the oldest message in the queue.
   *
   * @default - on; above the longer of 15 minutes and 2 x maxReceiveCount x visibility timeout, but at most half of the queue's retention
   * period, in 1 of 1 periods
   */
  readonly messageAge?: DurationAlarmOptions;
}

/**
 * Tuning of an alarm on a percentage, such as that of requests that fail.
 */
export interface PercentAlarmOptions extends AlarmOptions {
  /**
   * The alarm fires when the percentage in a period is above this threshold.
   *
   * @default - as the docs of the pattern state
   */
  readonly threshold?: number;
}

/**
 * Tuning of the alarms on the workflow that runs the jobs of a `PollingStatusApi`.
 */
export interface JobWorkflowAlarmOptions {
  /**
   * Jobs that failed or timed out.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly failed?: CountAlarmOptions;

  /**
   * Executions that timed out outside the work itself.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly timedOut?: CountAlarmOptions;

  /**
   * Executions that were stopped. There is no such alarm on an Express workflow, which nobody can stop.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly aborted?: CountAlarmOptions;
}
