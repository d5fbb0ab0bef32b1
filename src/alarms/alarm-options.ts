import type { Duration } from 'aws-cdk-lib';

/**
 * What can be tuned on every alarm of a pattern.
 */
export interface AlarmOptions {
  /**
   * Whether the alarm is made at all.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * The length of one datapoint, in multiples of a minute: the metrics are reported once a minute.
   *
   * @default Duration.minutes(1)
   */
  readonly period?: Duration;

  /**
   * How many of the latest datapoints are looked at.
   *
   * @default - as the docs of the pattern state for each alarm
   */
  readonly evaluationPeriods?: number;

  /**
   * How many of the datapoints looked at must be over the threshold.
   *
   * @default - as many as the docs of the pattern state; all of the stated `evaluationPeriods`
   */
  readonly datapointsToAlarm?: number;
}

/**
 * Tuning of an alarm on a number of things: messages, errors, throttles.
 */
export interface CountAlarmOptions extends AlarmOptions {
  /**
   * The alarm fires when the count in one period is above this number.
   *
   * @default 0
   */
  readonly threshold?: number;
}

/**
 * Tuning of an alarm on a time: an age, a duration.
 */
export interface DurationAlarmOptions extends AlarmOptions {
  /**
   * The alarm fires when the time is above this one.
   *
   * @default - derived, as the docs of the pattern state for each alarm
   */
  readonly threshold?: Duration;
}

/**
 * Tuning of the alarms on a handler's function. They are made once for each function, however many patterns it serves, so two patterns on one function
 * must state the same.
 *
 * Lambda dates a metric at the start of the invocation and sends it at the end. So where the handler's timeout is longer than a period, the alarms on errors and on duration
 * look back as many periods more as the timeout has, for 3 datapoints as otherwise.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html
 */
export interface HandlerAlarmOptions {
  /**
   * Invocations that ended in an error. Partial batch failures do not count as errors in Lambda.
   *
   * @default - on; above 0 in 3 periods of those that three visibility timeouts take, because a batch that fails is tried again after each
   */
  readonly handlerErrors?: CountAlarmOptions;

  /**
   * Invocations that Lambda throttled for lack of concurrency.
   *
   * @default - on; above 0 in 5 of 5 periods
   */
  readonly handlerThrottles?: CountAlarmOptions;

  /**
   * The 99th percentile of the time that invocations take, against the handler's timeout.
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
   * Messages are in the dead-letter queue.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly deadLetters?: CountAlarmOptions;

  /**
   * The number of messages in the dead-letter queue grows: rings again for new ones while old ones still wait there.
   *
   * @default - on; growth above 0 in 1 of 1 periods
   */
  readonly moreDeadLetters?: CountAlarmOptions;
}

/**
 * Tuning of the alarms on a queue-fed consumer's two queues.
 */
export interface QueueAlarmOptions extends DeadLetterAlarmOptions {
  /**
   * The age of the oldest message that waits in the queue.
   *
   * @default - on; above the longer of 15 minutes and 2 x maxReceiveCount x visibility timeout, but at most half of the queue's retention period, in 1 of 1 periods
   */
  readonly messageAge?: DurationAlarmOptions;
}

/**
 * Tuning of an alarm on a share of things: errors among requests.
 */
export interface PercentAlarmOptions extends AlarmOptions {
  /**
   * The alarm fires when the share in one period is above this number, in percent.
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
   * Jobs that failed or did not end in time.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly failed?: CountAlarmOptions;

  /**
   * Executions that hung around the work itself.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly timedOut?: CountAlarmOptions;

  /**
   * Executions that somebody stopped.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly aborted?: CountAlarmOptions;
}
