import type { Place, Problem, Rule } from './rule';
import { knownToDiffer } from './rule';

/** What is known of the queue of a consumer. */
export interface ConsumedQueueFacts extends Place {
  /** What texts call it by. Undefined: the queue that is made with the consumer. */
  readonly path?: string | undefined;
  readonly fifo?: boolean | undefined;
  readonly visibilityTimeoutSeconds?: number | undefined;
  readonly retentionSeconds?: number | undefined;
  readonly maxReceiveCount?: number | undefined;
  /** Whether it has a redrive policy. */
  readonly setsAside?: boolean | undefined;
}

/** What is known of the dead-letter queue of a consumer. */
export interface DeadLetterQueueFacts extends Place {
  /** What texts call it by. Undefined: the one that is made with the consumer. */
  readonly path?: string | undefined;
  readonly fifo?: boolean | undefined;
  readonly retentionSeconds?: number | undefined;
  /** Whether it is the queue itself. */
  readonly isTheQueue?: boolean;
  /** Whether the redrive policy of the queue names another. */
  readonly isAnother?: boolean;
  /** The consumer that has it already. */
  readonly owner?: string | undefined;
  /** Whether its redrive allow policy lets the queue move messages there. */
  readonly allowsQueue?: boolean | undefined;
}

/** What is known of the function that processes the messages. */
export interface HandlerFacts extends Place {
  readonly path: string;
  /** The timeout of one invocation. */
  readonly timeoutSeconds?: number | undefined;
  /** How long all invocations of a durable execution may take. Undefined also for a function that is not durable. */
  readonly executionTimeoutSeconds?: number | undefined;
  readonly durable?: boolean | undefined;
  /** Whether what invokes it names a version or an alias. */
  readonly qualified?: boolean | undefined;
  readonly managedInstances?: boolean | undefined;
  readonly tenantIsolation?: boolean | undefined;
}

/** What is known of the event source between them. Where it is made is where the handler must be. */
export interface EventSourceFacts extends Place {
  readonly batchSize?: number | undefined;
  /** Undefined: none is stated. `'unknown'`: one is stated, but it is a token. */
  readonly maxBatchingWindowSeconds?: number | 'unknown' | undefined;
}

/** What is known of a function that a queue feeds. */
export interface QueueConsumerFacts {
  readonly queue: ConsumedQueueFacts;
  readonly deadLetterQueue?: DeadLetterQueueFacts | undefined;
  readonly handler: HandlerFacts;
  readonly eventSource: EventSourceFacts;
}

/** The longest batching window, which one that is not known may have. */
const LONGEST_WINDOW_SECONDS = 300;

/** The longest that SQS keeps a message. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
export const LONGEST_RETENTION_SECONDS = 1_209_600;

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const LONGEST_TIMEOUT_SECONDS = 900;
/** https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances.html */
export const LONGEST_MANAGED_TIMEOUT_SECONDS = 5400;

/** The longest that one delivery of a message may take: of a durable function, the event source waits for the whole execution. */
export function deliverySeconds({ durable, executionTimeoutSeconds, timeoutSeconds }: HandlerFacts): number | undefined {
  return durable ? executionTimeoutSeconds : timeoutSeconds;
}

/** The visibility timeout in which Lambda can retry a throttled batch. */
export function derivedVisibilitySeconds(
  { handler, eventSource: { maxBatchingWindowSeconds: window } }: Pick<QueueConsumerFacts, 'handler' | 'eventSource'>,
): number | undefined {
  const seconds = deliverySeconds(handler);
  return seconds === undefined ? undefined : 6 * seconds + (window === 'unknown' ? LONGEST_WINDOW_SECONDS : window ?? 0);
}

const VISIBILITY_PAGE = 'https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html';
const DEAD_LETTER_PAGE = 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html';

const whereIsVisibility = ({ path }: ConsumedQueueFacts) => (path === undefined ? 'visibilityTimeout' : `visibilityTimeout of queue '${path}'`);
const typeName = (fifo: boolean) => (fifo ? 'FIFO' : 'standard');
const timeoutName = ({ durable }: HandlerFacts) => (durable ? 'execution timeout' : 'timeout');

/**
 * What is true of a queue that feeds a function and loses nothing.
 */
export const QUEUE_CONSUMER_RULES: readonly Rule<QueueConsumerFacts>[] = [
  {
    id: 'batchWithoutWindow',
    severity: 'error',
    why: 'Lambda takes more than 10 messages of a standard queue at once only if it may wait for them.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html',
    finding: ({ queue, eventSource: { batchSize, maxBatchingWindowSeconds: window } }) => (
      queue.fifo !== false || batchSize === undefined || !(batchSize > 10) || (window ?? 0) !== 0 ? undefined
        : {
          what: `maxBatchingWindow is ${window ?? 'not set'}, but a batchSize above 10 (${batchSize}) needs one of at least 1 second`,
          fix: 'set maxBatchingWindow: Duration.seconds(1) or longer',
        }
    ),
  },
  {
    id: 'visibilityTimeoutTooShort',
    severity: 'error',
    why: 'Lambda refuses an event source whose queue shows messages again while they are processed.',
    source: VISIBILITY_PAGE,
    finding: (facts) => {
      const { queue, handler } = facts;
      const [visibility, needed] = [queue.visibilityTimeoutSeconds, deliverySeconds(handler)];
      return visibility === undefined || needed === undefined || visibility >= needed ? undefined
        : {
          what: `${whereIsVisibility(queue)} is ${visibility} seconds, which is shorter than the handler's ${timeoutName(handler)} (${needed} seconds), ` +
            'so messages would be delivered again while they are processed',
          fix: `set it to ${derivedVisibilitySeconds(facts)} seconds (6 x timeout + batching window)${queue.path === undefined ? ' or leave it out' : ''}`,
        };
    },
  },
  {
    id: 'visibilityTimeoutShort',
    severity: 'warning',
    why: 'A throttled batch uses up the receives of good messages if it becomes visible before Lambda has retried it.',
    source: VISIBILITY_PAGE,
    finding: (facts) => {
      const { queue, handler } = facts;
      const [visibility, needed, derived] = [queue.visibilityTimeoutSeconds, deliverySeconds(handler), derivedVisibilitySeconds(facts)];
      return visibility === undefined || needed === undefined || derived === undefined || visibility < needed || visibility >= derived ? undefined
        : {
          what: `${whereIsVisibility(queue)} is ${visibility} seconds, less than the ${derived} seconds that Lambda needs to retry a throttled batch (6 x timeout + batching window), ` +
            'so good messages can end in the dead-letter queue',
          fix: `set it to ${derived} seconds`,
        };
    },
  },
  {
    id: 'durableExecutionTooLong',
    severity: 'error',
    why: 'An event source waits for the whole durable execution, and no longer than a function may run.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking-esm.html',
    finding: ({ handler: { path, durable, executionTimeoutSeconds: seconds, managedInstances } }) => {
      const longest = managedInstances ? LONGEST_MANAGED_TIMEOUT_SECONDS : LONGEST_TIMEOUT_SECONDS;
      return !durable || seconds === undefined || seconds <= longest ? undefined
        : {
          what: `the execution timeout of handler '${path}' is ${seconds} seconds, but an event source waits for a durable execution at most ${longest} seconds, all its waits included`,
          fix: `set durableConfig.executionTimeout to ${longest} seconds or less, or start longer executions asynchronously from a function that the queue feeds`,
        };
    },
  },
  {
    id: 'durableFunctionUnqualified',
    severity: 'error',
    why: 'A durable execution goes on with the version that it began with, so it is invoked by a version or an alias.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html',
    finding: ({ handler }) => unqualifiedProblem(handler),
  },
  {
    id: 'tenantIsolationFedByQueue',
    severity: 'error',
    why: 'Each invocation of a function with tenant isolation names its tenant, and an event source cannot.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation.html',
    finding: ({ handler }) => tenantProblem(handler, 'an event source'),
  },
  inOneRegion('handlerRegion', 'handler'),
  inOneRegion('queueRegion', 'queue'),
  inOneRegion('deadLetterQueueRegion', 'deadLetterQueue'),
  {
    id: 'handlerAccount',
    severity: 'error',
    why: 'An event source invokes only functions of its own account.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-cross-account-example.html',
    finding: ({ handler: { path, account }, eventSource }) => (
      !knownToDiffer(account, eventSource.account) ? undefined
        : {
          what: `handler '${path}' is in account ${account}, but this stack is in ${eventSource.account}, and an event source invokes only a function of its own account`,
          fix: 'make this in a stack of that account',
        }
    ),
  },
  {
    id: 'deadLetterQueueMissing',
    severity: 'error',
    why: 'Without a dead-letter queue a message that cannot be processed is received again until it expires.',
    source: DEAD_LETTER_PAGE,
    finding: ({ queue: { path, setsAside } }) => (
      setsAside !== false ? undefined
        : {
          what: `${path === undefined ? 'the queue' : `queue '${path}'`} has no dead-letter queue, so a message that fails would circle until it expires`,
          fix: 'set deadLetterQueue (RedrivePolicy) where the queue is made',
        }
    ),
  },
  {
    id: 'deadLettersTooLate',
    severity: 'error',
    why: 'SQS deletes what its queue has kept for the retention period, even if it still has to be received before it is set aside.',
    source: DEAD_LETTER_PAGE,
    finding: ({ queue: { path, maxReceiveCount: receives, visibilityTimeoutSeconds: visibility, retentionSeconds: retention } }) => {
      if (receives === undefined || visibility === undefined || retention === undefined || receives * visibility < retention) {
        return undefined;
      }
      const seconds = receives * visibility;
      const raised = seconds < LONGEST_RETENTION_SECONDS ? `raise retentionPeriod above ${seconds} seconds, or ` : '';
      return {
        what: `maxReceiveCount x visibilityTimeout of ${path === undefined ? 'the queue' : `queue '${path}'`} is ${receives} x ${visibility} seconds, ` +
            `which is not less than its retentionPeriod (${retention} seconds), ` +
            'so a failing message would be deleted before it is set aside',
        fix: `${raised}lower maxReceiveCount or visibilityTimeout`,
      };
    },
  },
  {
    id: 'deadLetterQueueType',
    severity: 'error',
    why: 'SQS moves messages only between queues of one type.',
    source: DEAD_LETTER_PAGE,
    finding: ofDeadLetters(({ path, fifo }, queue) => (
      fifo === undefined || queue.fifo === undefined || fifo === queue.fifo ? undefined
        : {
          what: `deadLetterQueue '${path}' is a ${typeName(fifo)} queue, but the queue is a ${typeName(queue.fifo)} queue, and both must be of one type`,
          fix: `give a ${typeName(queue.fifo)} queue, or leave deadLetterQueue out`,
        }
    )),
  },
  {
    id: 'deadLetterQueueAccount',
    severity: 'error',
    why: 'SQS moves messages only within one account.',
    source: DEAD_LETTER_PAGE,
    finding: ofDeadLetters(({ path, account }, queue) => (
      !knownToDiffer(account, queue.account) ? undefined
        : {
          what: `deadLetterQueue '${path}' is in account ${account}, but the queue is in ${queue.account}, and SQS moves messages only within one account`,
          fix: 'give a dead-letter queue of the account of the queue',
        }
    )),
  },
  {
    id: 'deadLetterQueueIsQueue',
    severity: 'error',
    why: 'What cannot be processed must leave the queue.',
    source: DEAD_LETTER_PAGE,
    finding: ofDeadLetters(({ path, isTheQueue }) => (
      isTheQueue ? {
        what: `deadLetterQueue '${path}' is the queue itself`,
        fix: 'give another queue, or leave deadLetterQueue out',
      } : undefined
    )),
  },
  {
    id: 'deadLetterQueueShared',
    severity: 'error',
    why: 'A redrive moves all messages of a dead-letter queue to one queue.',
    source: 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html',
    finding: ofDeadLetters(({ path, owner }) => (
      owner === undefined ? undefined
        : {
          what: `deadLetterQueue '${path}' belongs to '${owner}' already, and a shared one could not be redriven to the right consumer`,
          fix: 'give each consumer its own, or leave deadLetterQueue out',
        }
    )),
  },
  {
    id: 'deadLetterQueueIsAnother',
    severity: 'error',
    why: 'The alarms must watch where messages are really moved.',
    source: DEAD_LETTER_PAGE,
    finding: ofDeadLetters(({ path, isAnother }, queue) => (
      isAnother ? {
        what: `deadLetterQueue is '${path}', but the redrive policy of queue '${queue.path}' names another`,
        fix: 'leave deadLetterQueue out',
      } : undefined
    )),
  },
  {
    id: 'deadLetterQueueRefuses',
    severity: 'error',
    why: 'SQS refuses a redrive policy whose dead-letter queue does not allow the queue.',
    source: 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html',
    finding: ofDeadLetters(({ path, allowsQueue }) => (
      allowsQueue !== false ? undefined
        : {
          what: `deadLetterQueue '${path}' has a redriveAllowPolicy that does not allow the queue, so SQS would refuse to use it`,
          fix: 'allow the queue there (redrivePermission and sourceQueues), or leave deadLetterQueue out',
        }
    )),
  },
  {
    id: 'deadLetterRetentionShort',
    severity: 'error',
    why: 'A message of a standard queue keeps its time of arrival when it is moved, so it expires earlier in a queue that keeps messages for less long.',
    source: DEAD_LETTER_PAGE,
    finding: ofDeadLetters(({ path, retentionSeconds: retention }, queue) => (
      queue.fifo !== false || retention === undefined || queue.retentionSeconds === undefined || retention >= queue.retentionSeconds ? undefined
        : {
          what: `retentionPeriod of deadLetterQueue '${path}' is ${retention} seconds, shorter than the queue's (${queue.retentionSeconds} seconds), so dead letters could expire at once`,
          fix: 'set it to 14 days',
        }
    )),
  },
  {
    id: 'deadLetterRetentionEqual',
    severity: 'warning',
    why: 'A message of a standard queue keeps its time of arrival when it is moved, so one that waited long has little time left as a dead letter.',
    source: DEAD_LETTER_PAGE,
    finding: ofDeadLetters(({ retentionSeconds: retention, isTheQueue }, queue) => (
      isTheQueue || queue.fifo !== false || retention === undefined || retention !== queue.retentionSeconds ? undefined
        : {
          what: `the queue and its dead-letter queue both keep messages for ${retention} seconds, counted from when a message was first sent, ` +
            'so one that waited long has little time left as a dead letter',
          fix: 'shorten retentionPeriod of the queue',
        }
    )),
  },
];

/** Of a durable function that is given as no version and no alias. */
export function unqualifiedProblem({ path, durable, qualified }: Pick<HandlerFacts, 'path' | 'durable' | 'qualified'>): Problem | undefined {
  return !durable || qualified !== false ? undefined
    : {
      what: `handler '${path}' is a durable function, but it is given without a version or an alias, by one of which it must be invoked`,
      fix: 'give an alias, for example that of a CanaryFunction, or its currentVersion',
    };
}

/** Of a function with tenant isolation that something invokes which knows no tenant. */
export function tenantProblem({ path, tenantIsolation }: Pick<HandlerFacts, 'path' | 'tenantIsolation'>, invoker: string): Problem | undefined {
  return !tenantIsolation ? undefined
    : {
      what: `handler '${path}' has tenant isolation, but ${invoker} names no tenant, so Lambda would refuse every invocation`,
      fix: 'give a handler without tenancyConfig, which may invoke this function for each tenant',
    };
}

/** Nothing is found where the dead-letter queue is not known. */
function ofDeadLetters(finding: (deadLetters: DeadLetterQueueFacts, queue: ConsumedQueueFacts) => Problem | undefined): Rule<QueueConsumerFacts>['finding'] {
  return ({ queue, deadLetterQueue }) => deadLetterQueue && finding(deadLetterQueue, queue);
}

function inOneRegion(id: string, part: 'handler' | 'queue' | 'deadLetterQueue'): Rule<QueueConsumerFacts> {
  return {
    id,
    severity: 'error',
    why: 'Lambda polls only queues of its own region, and SQS sets messages aside only there.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-cross-account-example.html',
    finding: ({ [part]: facts, eventSource: { region } }) => (
      !facts || !knownToDiffer(facts.region, region) ? undefined
        : {
          what: `${part} '${facts.path}' is in region ${facts.region}, but this stack is in ${region}, and handler, queue and dead-letter queue must be in one region`,
          fix: 'make this in a stack of that region',
        }
    ),
  };
}
