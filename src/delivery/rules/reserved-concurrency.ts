import type { Rule } from './rule';

/** What is known of an SQS event source of a function. */
export interface ConcurrentSourceFacts {
  readonly path: string;
  readonly enabled: boolean;
  /** Whether it takes what the others leave. */
  readonly sharing: boolean;
  /** The maximum concurrency that is stated. Undefined also for one that is not known. */
  readonly maxConcurrency?: number | undefined;
  /** Whether nothing limits it. */
  readonly uncapped: boolean;
}

/** What is known of a function that event sources share. */
export interface SharedFunctionFacts {
  readonly path: string;
  readonly reservedConcurrency?: number | undefined;
  readonly sources: readonly ConcurrentSourceFacts[];
}

/** One of the event sources of a function. */
export interface SharingSourceFacts {
  readonly handler: Omit<SharedFunctionFacts, 'sources'>;
  readonly source: ConcurrentSourceFacts;
  /** Whether it is the only one. */
  readonly alone?: boolean | undefined;
}

/** The least that Lambda takes as the maximum concurrency of an SQS event source. */
export const LEAST_MAX_CONCURRENCY = 2;

const CONCURRENCY_PAGE = 'https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html';
const SCALING_PAGE = 'https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html';

/**
 * What is true of a function that has concurrency for all of its SQS event sources.
 */
export const SHARED_FUNCTION_RULES: readonly Rule<SharedFunctionFacts>[] = [
  {
    id: 'maxConcurrencyAboveReserved',
    severity: 'error',
    why: 'What does not fit into the reserved concurrency is throttled, received again, and in the end in the dead-letter queue with nothing wrong with it.',
    source: SCALING_PAGE,
    finding: ({ path, reservedConcurrency: reserved, sources }) => {
      const needed = sources.reduce((sum, source) => sum + neededBy(source), 0);
      return !reserved || needed <= reserved ? undefined
        : {
          what: `maxConcurrency of all SQS event sources of '${path}' adds up to ${needed}, but its reservedConcurrentExecutions is ${reserved}`,
          fix: `lower maxConcurrency of some of them, or raise reservedConcurrentExecutions to ${needed} or more (${sources.map(shown).join('; ')})`,
        };
    },
  },
];

function neededBy({ sharing, maxConcurrency }: ConcurrentSourceFacts): number {
  return sharing ? LEAST_MAX_CONCURRENCY : maxConcurrency ?? 0;
}

function shown({ path, sharing, maxConcurrency }: ConcurrentSourceFacts): string {
  return `${path}: ${sharing ? `${LEAST_MAX_CONCURRENCY} at least` : maxConcurrency ?? 'none stated'}`;
}

/**
 * What is true of each SQS event source of a function that has reserved concurrency.
 */
export const SHARING_SOURCE_RULES: readonly Rule<SharingSourceFacts>[] = [
  {
    id: 'pausedFunctionFed',
    severity: 'error',
    why: 'An event source goes on receiving messages for a function that nothing may invoke, until they are in the dead-letter queue.',
    source: CONCURRENCY_PAGE,
    finding: ({ handler, source: { path, enabled } }) => (
      handler.reservedConcurrency !== 0 || !enabled ? undefined
        : {
          what: `the reserved concurrency of '${handler.path}' is 0, but event source '${path}' is enabled, so good messages would be received, throttled, and moved to the dead-letter queue in the end`,
          fix: 'leave enabled out of the QueueFedFunction, or set enabled: false on the event source, as long as the function is paused',
        }
    ),
  },
  {
    id: 'handlerPaused',
    severity: 'warning',
    why: 'Nothing invokes a function for which a concurrency of 0 is reserved.',
    source: CONCURRENCY_PAGE,
    finding: ({ handler, source: { enabled } }) => (
      handler.reservedConcurrency !== 0 || enabled ? undefined
        : {
          what: `the reserved concurrency of '${handler.path}' is 0, so nothing invokes it, and messages wait in the queue of the disabled event source`,
          fix: 'raise reservedConcurrentExecutions when the function may run again',
        }
    ),
  },
  {
    id: 'eventSourceUncapped',
    severity: 'warning',
    why: 'An event source without a maximum concurrency can take all that is reserved for its function.',
    source: SCALING_PAGE,
    finding: ({ handler: { path, reservedConcurrency: reserved }, source, alone }) => {
      if (!reserved || !source.uncapped) {
        return undefined;
      }
      const harm = alone ? `polls more than the reserved concurrency (${reserved}) of '${path}' lets through, and each throttled receive of a message counts`
        : `can take all of the reserved concurrency (${reserved}) of '${path}' from the other sources`;
      const raised = reserved < LEAST_MAX_CONCURRENCY ? `raise reservedConcurrentExecutions to ${LEAST_MAX_CONCURRENCY} or more, and ` : '';
      return { what: `this event source states no maxConcurrency, so it ${harm}`, fix: `${raised}set maxConcurrency on it` };
    },
  },
];
