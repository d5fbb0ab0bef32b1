import type { Construct } from 'constructs';
import type { IJobEngine, JobEngineBindOptions, JobEngineConfig } from './job-engine';
import type { IQueueFed } from '../messaging/queue-fed';

/**
 * Jobs are done by the consumer of a queue, for instance a `QueueFedFunction`. The consumer takes each job and records its outcome itself; allow it to by
 * `grantReport` of the API.
 */
export class QueueEngine implements IJobEngine {
  /**
   * @param consumer whoever does the jobs; each message is `{"table": "<name of the table of the jobs>", "job": "<key of the job in it>"}`
   */
  constructor(private readonly consumer: IQueueFed) {}

  public bind(_scope: Construct, options: JobEngineBindOptions): JobEngineConfig {
    const { queue } = this.consumer;
    queue.grantSendMessages(options.pipeRole);
    return {
      targetArn: queue.queueArn,
      // Jobs have no order among each other, so each is a group of its own and waits for no other.
      targetParameters: queue.fifo ? { sqsQueueParameters: { messageGroupId: '$.eventID', messageDeduplicationId: '$.eventID' } } : undefined,
      // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html
      batchSize: 10,
    };
  }
}
