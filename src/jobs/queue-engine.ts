import type { Construct } from 'constructs';
import type { IJobEngine, JobEngineBindOptions, JobEngineConfig } from './job-engine';
import { engineFacts, workerFacts } from './private/engine-facts';
import { permissionValues } from './private/late-values';
import { JOB_ENGINE_RULES } from '../delivery/rules/job';
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
    const { visibilityTimeoutSeconds } = queueFacts(queue);
    problems.addFindings(JOB_ENGINE_RULES, engineFacts(scope, options, { queue: { ...workerFacts(queue), visibilityTimeoutSeconds } }));
    problems.throwIfAny();
    queue.grantSendMessages(options.pipeRole);
    scope.node.addValidation({
      validate: () => changedValues(permissionValues(
        options.pipeRole, [{ actions: ['sqs:SendMessage'], resource: queue.queueArn }], 'the pipe sends jobs to the queue as this role',
      )),
    });
    return {
      targetArn: queue.queueArn,
      // Jobs have no order among each other, so each is a group of its own and waits for no other.
      targetParameters: isFifoQueue(queue) ? { sqsQueueParameters: { messageGroupId: '$.eventID', messageDeduplicationId: '$.eventID' } } : undefined,
      // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html
      batchSize: 10,
    };
  }
}
