import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';

/**
 * The alarms on a dead-letter queue.
 */
export interface DeadLetterAlarms {
  /**
   * There are messages in the dead-letter queue.
   *
   * @default - switched off
   */
  readonly deadLetters?: cloudwatch.Alarm;

  /**
   * The number of messages in the dead-letter queue grows.
   *
   * @default - switched off
   */
  readonly moreDeadLetters?: cloudwatch.Alarm;
}

/**
 * The alarms on the queue and the dead-letter queue of a consumer.
 */
export interface QueueAlarms extends DeadLetterAlarms {
  /**
   * The age of the oldest message in the queue.
   *
   * @default - switched off
   */
  readonly messageAge?: cloudwatch.Alarm;
}

/**
 * The alarms on a handler's function.
 */
export interface HandlerAlarms {
  /**
   * Invocations that ended in an error.
   *
   * @default - switched off
   */
  readonly handlerErrors?: cloudwatch.Alarm;

  /**
   * Invocations that Lambda throttled.
   *
   * @default - switched off
   */
  readonly handlerThrottles?: cloudwatch.Alarm;

  /**
   * Invocations whose duration approaches the handler's timeout.
   *
   * @default - switched off, or not created because the timeout is not known at synthesis
   */
  readonly handlerDuration?: cloudwatch.Alarm;
}
