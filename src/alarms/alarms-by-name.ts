import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';

/**
 * The alarms on a dead-letter queue.
 */
export interface DeadLetterAlarms {
  /**
   * Messages are in the dead-letter queue.
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
 * The alarms on a queue-fed consumer's two queues.
 */
export interface QueueAlarms extends DeadLetterAlarms {
  /**
   * The age of the oldest message that waits in the queue.
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
   * Invocations that come near the handler's timeout.
   *
   * @default - switched off, or not made because the timeout is not known at synthesis
   */
  readonly handlerDuration?: cloudwatch.Alarm;
}
