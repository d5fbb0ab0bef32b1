import type { Rule } from './rule';

/** What is known of what reads a queue and filters messages. */
export interface QueueFilterFacts {
  /** What texts call it by, such as `event source 'Shop/Mapping'`. */
  readonly name: string;
  /** The top-level keys of the patterns of its filters. Empty: it has no filters. */
  readonly filterKeys?: readonly string[] | undefined;
}

/** What a message of SQS has when it is filtered. `$or` has keys in it. */
const RECORD_KEYS = [
  'messageId', 'receiptHandle', 'body', 'attributes', 'messageAttributes', 'md5OfBody', 'md5OfMessageAttributes', 'eventSource', 'eventSourceARN', 'awsRegion', '$or',
];

const FILTER_PAGE = 'https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html';

/**
 * What is true of filters that delete only what they are meant to. Event sources and pipes filter alike: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-filtering.html
 */
export const QUEUE_FILTER_RULES: readonly Rule<QueueFilterFacts>[] = [
  {
    id: 'filterFieldUnknown',
    severity: 'warning',
    why: 'A message that matches no filter is deleted, and no message has a field that SQS does not know.',
    source: FILTER_PAGE,
    finding: ({ name, filterKeys }) => {
      const key = filterKeys?.find(isUnknownKey);
      return key === undefined ? undefined : {
        what: `a filter of ${name} is for '${key}', which a message of SQS does not have, so messages would be deleted that nobody has seen`,
        fix: "filter by 'body', in which what the sender wrote is",
      };
    },
  },
  {
    id: 'filterDeletesMessages',
    severity: 'note',
    why: 'A message that matches no filter is deleted, and no metric of the queue tells it from one that was processed.',
    source: FILTER_PAGE,
    finding: ({ name, filterKeys = [] }) => (
      filterKeys.length === 0 || filterKeys.some(isUnknownKey) ? undefined : {
        what: `${name} has filters, so each message that matches none of them is deleted, unseen`,
        fix: 'filter where messages are sent (FilterPolicy of the subscription, EventPattern of the rule), so that the queue holds only what is to be processed',
      }
    ),
  },
];

function isUnknownKey(key: string): boolean {
  return !RECORD_KEYS.includes(key);
}
