import type { Rule } from './rule';

/** What a template says of an event source between a queue and a function, beyond what makes it work at all. */
export interface QueueEventSourceFacts {
  /** What texts call the queue, the function and the event source by. */
  readonly queue: string;
  readonly handler: string;
  readonly eventSource: string;
  readonly fifo?: boolean | undefined;
  readonly maxReceiveCount?: number | undefined;
  readonly reservedConcurrency?: number | undefined;
  readonly enabled?: boolean | undefined;
  readonly batchSize?: number | undefined;
  readonly reportsItemFailures?: boolean | undefined;
  readonly maximumConcurrency?: number | undefined;
  readonly provisionedPollers?: boolean | undefined;
}

const LEAST_RECEIVES = 3;
/** With a function that is throttled when its concurrency is used up. */
const LEAST_THROTTLED_RECEIVES = 5;

const CONFIGURE_PAGE = 'https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html';

/** What is true of a queue whose messages are tried often enough, whatever consumes it. */
export const RECEIVE_COUNT_RULE: Rule<Pick<QueueEventSourceFacts, 'queue' | 'handler' | 'maxReceiveCount' | 'reservedConcurrency'>> = {
  id: 'receiveCountLow',
  severity: 'warning',
  why: 'A message that was received too often is set aside even if its consumer was only throttled or briefly failing.',
  source: CONFIGURE_PAGE,
  finding: ({ queue, handler, maxReceiveCount: receives, reservedConcurrency: reserved }) => {
    // Of a function that nothing may invoke, another rule tells.
    const least = reserved ? LEAST_THROTTLED_RECEIVES : LEAST_RECEIVES;
    return receives === undefined || receives >= least ? undefined : {
      what: `RedrivePolicy.maxReceiveCount of queue '${queue}' is ${receives}${reserved ? `, but function '${handler}' has a reserved concurrency of ${reserved} and may be throttled` : ''}, ` +
        'so good messages could be in the dead-letter queue after a short disturbance',
      fix: `set maxReceiveCount to ${LEAST_THROTTLED_RECEIVES} or more`,
    };
  },
};

/**
 * What is true of an event source that gives every message a fair chance.
 */
export const QUEUE_EVENT_SOURCE_RULES: readonly Rule<QueueEventSourceFacts>[] = [
  RECEIVE_COUNT_RULE,
  {
    id: 'partialBatchesOff',
    severity: 'warning',
    why: 'When one message of a batch fails, all of them are received again, and in the end set aside together, unless the function may tell which failed.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html',
    finding: ({ eventSource, batchSize, reportsItemFailures }) => (
      reportsItemFailures !== false || batchSize === undefined || batchSize <= 1 ? undefined : {
        what: `event source '${eventSource}' has a BatchSize of ${batchSize} and no FunctionResponseTypes, so one message that fails takes the rest of its batch with it`,
        fix: 'set FunctionResponseTypes: [ReportBatchItemFailures] and return batchItemFailures from the function, or set BatchSize: 1',
      }
    ),
  },
  {
    id: 'pollersWithMaxConcurrency',
    severity: 'error',
    why: 'An event source is scaled either by provisioned pollers or by a maximum concurrency.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html',
    finding: ({ eventSource, maximumConcurrency, provisionedPollers }) => (
      !provisionedPollers || maximumConcurrency === undefined ? undefined : {
        what: `event source '${eventSource}' has ScalingConfig.MaximumConcurrency ${maximumConcurrency} and a ProvisionedPollerConfig, which exclude each other, so Lambda would refuse it`,
        fix: 'leave ScalingConfig out and set ProvisionedPollerConfig.MaximumPollers, or leave ProvisionedPollerConfig out',
      }
    ),
  },
  {
    id: 'fifoBatch',
    severity: 'note',
    why: 'Good messages that wait in one batch behind a message that fails use up their receives with it.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html',
    finding: ({ queue, eventSource, fifo, batchSize }) => (
      !fifo || batchSize === undefined || batchSize <= 1 ? undefined : {
        what: `event source '${eventSource}' has a BatchSize of ${batchSize}, but '${queue}' is a FIFO queue, so good messages behind one that fails are received, and in the end set aside, together with it`,
        fix: 'set BatchSize: 1, or stop at the first failure and report it and all messages behind it',
      }
    ),
  },
  {
    id: 'eventSourceDisabled',
    severity: 'note',
    why: 'Messages wait behind a disabled event source until their retention period is over.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html',
    // Of a function that is paused by its reserved concurrency, another rule tells.
    finding: ({ queue, eventSource, enabled, reservedConcurrency: reserved }) => (
      enabled !== false || reserved === 0 ? undefined : {
        what: `event source '${eventSource}' is disabled, so messages wait in queue '${queue}' until they expire`,
        fix: 'set Enabled: true, or leave it out, as soon as the function may go on',
      }
    ),
  },
];
