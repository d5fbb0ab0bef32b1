import type { ConsumedQueueFacts } from './queue-consumer';
import { LONGEST_RETENTION_SECONDS } from './queue-consumer';
import type { Place, Rule } from './rule';
import { knownToDiffer } from './rule';

/** What is known of a service whose tasks work through a queue. */
export interface QueueServiceFacts extends Place {
  readonly queue: ConsumedQueueFacts;
  readonly cluster: {
    readonly path: string;
    /** Whether it has Container Insights. Undefined: the cluster is imported, or leaves it to the settings of the account. */
    readonly containerInsights?: boolean | undefined;
  };
  /** How long the processing of one message may take. */
  readonly maxProcessingSeconds?: number | undefined;
  /** For how long a receive, or a heartbeat, hides a message. */
  readonly visibilityTimeoutSeconds?: number | undefined;
  /** Whether tasks run on Fargate Spot. */
  readonly spot?: boolean | undefined;
  /** How long the worker has between SIGTERM and SIGKILL. */
  readonly stopTimeoutSeconds?: number | undefined;
}

/** The longest time between SIGTERM and SIGKILL on Fargate, and all that a reclaimed Spot task has. */
export const LONGEST_STOP_SECONDS = 120;

/** The time that a container has of which nothing is said. */
export const DEFAULT_STOP_SECONDS = 30;

const INSIGHTS_PAGE = 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html';

/** Why the scaling needs Container Insights. */
export const SCALING_NEEDS = 'the number of running tasks, by which the backlog is divided, is a metric of Container Insights';

/**
 * What is true of a service whose tasks work through a queue and lose nothing.
 */
export const QUEUE_SERVICE_RULES: readonly Rule<QueueServiceFacts>[] = [
  {
    id: 'containerInsightsOff',
    severity: 'error',
    why: 'Without the number of running tasks there is no backlog per task, and a target tracking policy without data never scales.',
    source: INSIGHTS_PAGE,
    finding: ({ cluster: { path, containerInsights } }) => (
      containerInsights !== false ? undefined
        : { what: `cluster '${path}' has Container Insights off, but ${SCALING_NEEDS}`, fix: 'set containerInsightsV2: ecs.ContainerInsights.ENABLED where the cluster is made' }
    ),
  },
  {
    id: 'processedTooLate',
    severity: 'error',
    why: 'SQS deletes what its queue has kept for the retention period, even if it is being processed, or still has to be received before it is set aside.',
    source: 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html',
    finding: ({ queue, maxProcessingSeconds: processing, visibilityTimeoutSeconds: visibility }) => {
      const { path, maxReceiveCount: receives, retentionSeconds: retention } = queue;
      if (receives === undefined || retention === undefined || processing === undefined || visibility === undefined) {
        return undefined;
      }
      const seconds = receives * (processing + visibility);
      if (seconds < retention) {
        return undefined;
      }
      const raised = seconds < LONGEST_RETENTION_SECONDS ? `raise retentionPeriod above ${seconds} seconds, or ` : '';
      return {
        what: `maxReceiveCount x (maxProcessingTime + visibilityTimeout) is ${receives} x (${processing} + ${visibility}) seconds, ` +
          `which is not less than the retentionPeriod of ${path === undefined ? 'the queue' : `queue '${path}'`} (${retention} seconds), ` +
          'so a failing message could be deleted before it is set aside',
        fix: `${raised}lower maxReceiveCount or maxProcessingTime`,
      };
    },
  },
  {
    id: 'spotInterruptsWork',
    severity: 'warning',
    why: 'A task on Fargate Spot is stopped two minutes after a warning, whether it is protected or not.',
    source: 'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html',
    finding: ({ spot, maxProcessingSeconds: processing }) => (
      !spot || processing === undefined || processing <= LONGEST_STOP_SECONDS ? undefined
        : {
          what: `maxProcessingTime is ${processing} seconds, but a task on Fargate Spot is stopped ${LONGEST_STOP_SECONDS} seconds after a warning, and its message is received again from the start`,
          fix: 'leave spot out, or let the worker keep its progress and acknowledge this warning',
        }
    ),
  },
  {
    id: 'workerStoppedEarly',
    severity: 'warning',
    why: 'What a worker has not finished when its container is killed is received again from the start, and has used up one of its receives.',
    source: 'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#container_definition_timeout',
    finding: ({ stopTimeoutSeconds: seconds, maxProcessingSeconds: processing }) => (
      seconds === undefined || processing === undefined || seconds >= Math.min(LONGEST_STOP_SECONDS, processing) ? undefined
        : {
          what: `the worker is killed ${seconds} seconds after it was told to stop, but a message may take ${processing} seconds`,
          fix: `set stopTimeout: Duration.seconds(${LONGEST_STOP_SECONDS}), the most that Fargate has, where the container is added to the task definition`,
        }
    ),
  },
  {
    id: 'queueAccount',
    severity: 'error',
    why: 'The metrics of a queue are in its own account, and Application Auto Scaling follows only those of the account of the service.',
    source: 'https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-target-tracking-metric-math.html',
    finding: ({ account, queue: { path, account: accountOfQueue } }) => (
      !knownToDiffer(account, accountOfQueue) ? undefined
        : {
          what: `queue '${path}' is in account ${accountOfQueue}, but the service is in ${account}, where its scaling and its alarms would find no metrics of the queue`,
          fix: 'make this in a stack of that account, or bring the messages to a queue of this one',
        }
    ),
  },
];
