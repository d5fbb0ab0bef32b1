import type * as sqs from 'aws-cdk-lib/aws-sqs';

/**
 * A consumer that is fed by a queue: the joint between sources and consumers.
 *
 * Every source of this library (topics, buses, buckets, webhooks, schedules) delivers to an `IQueueFed`, and every consumer that owns a queue is one.
 * To make one from queues that you already have, use `QueueFed.of`.
 */
export interface IQueueFed {
  /**
   * The queue that feeds the consumer; sources send to it.
   */
  readonly queue: sqs.IQueue;

  /**
   * Where messages go that this consumer could not process. It belongs to this consumer alone.
   */
  readonly deadLetterQueue: sqs.IQueue;
}

/**
 * Makes an `IQueueFed` from queues that exist already, for instance those of a consumer that another team runs.
 */
export class QueueFed {
  /**
   * A consumer that reads from `queue` and whose failed messages are set aside in `deadLetterQueue`.
   *
   * @param queue the queue that the consumer reads from
   * @param deadLetterQueue the dead-letter queue that the redrive policy of `queue` names, used by no other consumer
   */
  public static of(queue: sqs.IQueue, deadLetterQueue: sqs.IQueue): IQueueFed {
    return { queue, deadLetterQueue };
  }

  private constructor() {}
}
