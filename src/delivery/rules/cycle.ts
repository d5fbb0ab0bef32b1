import type { Rule } from './rule';

/** What is known of a way that leads back to where it began. */
export interface CycleFacts {
  /** The resources on the way, each once. */
  readonly resources: readonly string[];
  /** What delivers from each to the next, and from the last to the first. */
  readonly deliveries: readonly string[];
}

/** What is known of a function that reads both a queue and its dead-letter queue. */
export interface DeadLetterConsumerFacts {
  readonly queue: string;
  readonly deadLetterQueue: string;
  /** Who reads the dead-letter queue. */
  readonly consumers: readonly string[];
  /** Who reads the queue. */
  readonly consumersOfQueue: readonly string[];
}

/** More would hide where to look. */
const MOST_SHOWN = 8;

/**
 * What is true of deliveries that end.
 */
export const CYCLE_RULES: readonly Rule<CycleFacts>[] = [
  {
    id: 'deliveryCycle',
    severity: 'error',
    why: 'What goes round is delivered without end, and Lambda stops only some of these loops.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html',
    finding: ({ resources, deliveries }) => {
      const [first] = resources;
      return first === undefined ? undefined : {
        what: `what is delivered goes round without end: ${shortened([...resources, first].map((path) => `'${path}'`)).join(' -> ')}, by the ${shortened(deliveries).join(', the ')}`,
        fix: 'take one of these deliveries out, or let it filter what has been round before',
      };
    },
  },
];

/**
 * What is true of those who read dead letters.
 */
export const DEAD_LETTER_CONSUMER_RULES: readonly Rule<DeadLetterConsumerFacts>[] = [
  {
    id: 'deadLettersConsumedAgain',
    severity: 'warning',
    why: 'A message that a function could not process comes back to the same function at once, and nobody sees it.',
    source: 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html',
    finding: ({ queue, deadLetterQueue, consumers, consumersOfQueue }) => {
      const again = consumers.find((consumer) => consumersOfQueue.includes(consumer));
      return again === undefined ? undefined : {
        what: `function '${again}' reads queue '${queue}' and its dead-letter queue '${deadLetterQueue}' too, so it gets again what it could not process`,
        fix: 'take the event source of the dead-letter queue out, and redrive its messages when the cause is mended',
      };
    },
  },
];

function shortened(items: readonly string[]): readonly string[] {
  return items.length <= MOST_SHOWN ? items : [...items.slice(0, MOST_SHOWN - 1), `… (${items.length - MOST_SHOWN} more)`, ...items.slice(-1)];
}
