import type { Duration } from 'aws-cdk-lib';
import { Annotations } from 'aws-cdk-lib';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { IJobEngine, JobEngineBindOptions, JobEngineConfig } from './job-engine';
import { requireOwnPlace } from './private/engine-place';
import { permissionValues } from './private/late-values';
import type { IQueueFed } from '../messaging/queue-fed';
import { changedValues } from '../private/checks/derived-values';
import { Problems } from '../private/checks/problems';
import { isFifoQueue, queueFacts } from '../private/sqs/queue-facts';

/**
 * Jobs are done by the consumer of a queue, for instance a `QueueFedFunction`. The consumer takes each job and records its outcome itself;
 * allow it to by `grantReport` of the API.
 */
export class QueueEngine implements IJobEngine {
  /**
   * @param consumer whoever does the jobs; each message is a JSON object with `table` (name of the table of the jobs) and `job` (key of
   * the job in it)
   */
  constructor(private readonly consumer: IQueueFed) {}

  public bind(scope: Construct, options: JobEngineBindOptions): JobEngineConfig {
    const { queue } = this.consumer;
    const problems = new Problems(scope, 'JobEngine');
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html
    requireOwnPlace(problems, scope, 'queue', queue, 'a pipe delivers');
    problems.throwIfAny();
    queue.grantSendMessages(options.pipeRole);
    scope.node.addValidation({
      validate: () => changedValues(permissionValues(
        options.pipeRole, [{ actions: ['sqs:SendMessage'], resource: queue.queueArn }], 'the pipe sends jobs to the queue as this role',
      )),
    });
    warnIfNoRetryIsInTime(scope, queue, options.timeout);
    return {
      targetArn: queue.queueArn,
      // Jobs have no order among each other, so each is a group of its own and waits for no other.
      targetParameters: isFifoQueue(queue) ? { sqsQueueParameters: { messageGroupId: '$.eventID', messageDeduplicationId: '$.eventID' } } : undefined,
      // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html
      batchSize: 10,
    };
  }
}

/** A message that failed comes back after the visibility timeout. */
function warnIfNoRetryIsInTime(scope: Construct, queue: sqs.IQueue, timeout: Duration): void {
  const { visibilityTimeoutSeconds } = queueFacts(queue);
  if (visibilityTimeoutSeconds !== undefined && visibilityTimeoutSeconds >= timeout.toSeconds()) {
    Annotations.of(scope).addWarningV2(
      'cdk-serverless-patterns:jobEndsBeforeRetry',
      `queue '${queue.node.path}' gives a message that failed back after ${visibilityTimeoutSeconds} seconds (visibilityTimeout), but a job has ${timeout.toSeconds()} seconds (timeout), ` +
      'so a job whose worker fails is never tried again in time: raise timeout, or lower the timeout of the handler, which the visibilityTimeout follows',
    );
  }
}
