import type * as events from 'aws-cdk-lib/aws-events';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { EventRouterConsumerAlarmOptions, EventRouterConsumerAlarms } from './event-router.alarms';

/**
 * Which events a function gets from an `EventRouter`.
 */
export interface EventRouterFunctionOptions {
  /**
   * Which events: all fields that are stated must match. `{ source: Match.prefix('') }` matches every event.
   * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
   */
  readonly eventPattern: events.EventPattern;

  /**
   * Tuning of the alarms on the delivery.
   *
   * @default - all alarms on, with their default thresholds
   */
  readonly alarms?: EventRouterConsumerAlarmOptions;
}

/**
 * Which events a consumer gets from an `EventRouter`.
 */
export interface EventRouterConsumerOptions extends EventRouterFunctionOptions {
  /**
   * The message group of all events in a FIFO queue, where a failing one holds up those behind it. EventBridge delivers in no order, and the queue must have content-based deduplication.
   *
   * @default - for a FIFO queue, the id of the consumer
   */
  readonly messageGroupId?: string;
}

/**
 * Which events another target gets from an `EventRouter`.
 */
export interface EventRouterTargetOptions extends EventRouterFunctionOptions {}

/**
 * What `EventRouter.addConsumer`, `EventRouter.addFunction` and `EventRouter.addTarget` made.
 */
export interface EventRouterConsumer {
  /**
   * The rule, which has this one target. A replay can name it, to deliver archived events to this consumer only.
   */
  readonly rule: events.Rule;

  /**
   * The events that EventBridge could not deliver, each as it was sent, with the reason in message attributes.
   */
  readonly deadLetterQueue: sqs.Queue;

  /**
   * The alarms on the delivery.
   */
  readonly alarms: EventRouterConsumerAlarms;
}

/**
 * Which events another account, or an organization, may send to an `EventRouter`.
 */
export interface EventRouterSenderOptions {
  /**
   * The sources (`source`) that their events may have, so that nobody can pass for somebody else.
   * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
   *
   * @default - any
   */
  readonly sources?: string[];
}
