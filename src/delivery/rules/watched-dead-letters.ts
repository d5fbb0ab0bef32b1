import type { Rule } from './rule';

/** What is known of a dead-letter queue and of those who look at it. */
export interface WatchedDeadLettersFacts {
  readonly path: string;
  /** What sets messages aside there, as in `the redrive policy of queue 'Shop/Orders'`. */
  readonly from: string;
  /** Whether SQS itself moves messages there. */
  readonly redriven?: boolean | undefined;
  /** The metrics of the queue at which alarms look. Undefined: not known. */
  readonly watched?: readonly string[] | undefined;
}

/** The metrics that have a value as long as something is there. */
const OF_WHAT_IS_THERE = ['ApproximateNumberOfMessagesVisible', 'ApproximateAgeOfOldestMessage'];
const SENT = 'NumberOfMessagesSent';

const PAGE = 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/dead-letter-queues-alarms-cloudwatch.html';

const isWatched = (watched: readonly string[]) => watched.some((metric) => OF_WHAT_IS_THERE.includes(metric));

/**
 * What is true of dead letters of which somebody hears.
 */
export const WATCHED_DEAD_LETTERS_RULES: readonly Rule<WatchedDeadLettersFacts>[] = [
  {
    id: 'deadLettersUnwatched',
    severity: 'warning',
    why: 'What is set aside is lost when its retention period ends, unless somebody hears of it.',
    source: PAGE,
    finding: ({ path, from, redriven, watched }) => (
      watched === undefined || isWatched(watched) || watched.includes(SENT) ? undefined : {
        what: `no alarm looks at what is in dead-letter queue '${path}', where ${from} sets messages aside, so they expire there unseen`,
        fix: `add an alarm on ${OF_WHAT_IS_THERE[0]} of this queue above 0${redriven ? ' (NumberOfMessagesSent does not count what SQS moves there)' : ''}`,
      }
    ),
  },
  {
    id: 'deadLettersWatchedAsSent',
    severity: 'warning',
    why: 'NumberOfMessagesSent does not count messages that SQS itself moves to a dead-letter queue.',
    source: PAGE,
    finding: ({ path, from, redriven, watched }) => (
      !redriven || watched === undefined || isWatched(watched) || !watched.includes(SENT) ? undefined : {
        what: `the alarm on dead-letter queue '${path}' looks at ${SENT}, which stays at 0 when ${from} moves messages there, so it never goes off`,
        fix: `set its MetricName to ${OF_WHAT_IS_THERE[0]}`,
      }
    ),
  },
];
