import type { Rule } from './rule';
import type { AttemptedDeliveryFacts } from './rule-target';
import { fifoProblem, regionProblem } from './rule-target';

const KEY_PAGE = 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html';
const SUBSCRIBER_PAGE = 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-custom-bus-retry.html';

/** What EventBridge does by default for a subscriber, which is little. */
const BRIEF_ATTEMPTS = 5;
const BRIEF_SECONDS = 300;

/** What is known of an event bus. */
export interface EventBusFacts extends AttemptedDeliveryFacts {
  /** Whether a key is stated that encrypts its events. */
  readonly hasKey?: boolean | undefined;
}

/**
 * What is true of an event bus that loses no event.
 */
export const EVENT_BUS_RULES: readonly Rule<EventBusFacts>[] = [
  {
    id: 'eventBusWithoutDeadLetterQueue',
    severity: 'warning',
    why: 'While a customer-managed key cannot be used, events of the bus can be neither encrypted nor decrypted, and only a dead-letter queue of the bus keeps them.',
    source: KEY_PAGE,
    finding: ({ name, hasKey, deadLetters }) => (
      !hasKey || deadLetters !== 'none' ? undefined
        : {
          what: `${name} has a KmsKeyIdentifier, but no DeadLetterConfig, so events are lost while EventBridge cannot use the key`,
          fix: 'set DeadLetterConfig.Arn to a standard queue whose policy lets events.amazonaws.com send messages for this bus, or leave KmsKeyIdentifier out',
        }
    ),
  },
  {
    id: 'eventBusDeadLetterQueueType',
    severity: 'error',
    why: 'EventBridge sends dead letters to standard queues only.',
    source: KEY_PAGE,
    finding: (facts) => fifoProblem(facts, 'EventBridge'),
  },
  {
    id: 'eventBusDeadLetterQueueRegion',
    severity: 'error',
    why: 'EventBridge sends dead letters only to a queue of the region of the bus.',
    source: KEY_PAGE,
    finding: regionProblem,
  },
];

/**
 * What is true of a subscriber of a bus of `AWS::EventsV2` that loses no event.
 */
export const SUBSCRIBER_RULES: readonly Rule<AttemptedDeliveryFacts>[] = [
  {
    id: 'subscriberWithoutDeadLetterQueue',
    severity: 'warning',
    why: 'Without a dead-letter queue an event that exhausts its retries is dropped, and only the metric EventsDropped tells of it.',
    source: SUBSCRIBER_PAGE,
    finding: ({ name, deadLetters }) => (
      deadLetters !== 'none' ? undefined
        : {
          what: `${name} has no OnFailureConfiguration, so events that EventBridge cannot deliver are dropped`,
          fix: 'set OnFailureConfiguration.Arn to a queue to which the role of the subscriber may send messages',
        }
    ),
  },
  {
    id: 'subscriberRetriesBriefly',
    severity: 'warning',
    why: 'By default EventBridge gives an event of a subscriber up after 5 attempts or 300 seconds, and the dead-letter record does not hold the event.',
    source: SUBSCRIBER_PAGE,
    finding: ({ name, attempts, ageSeconds }) => (
      attempts === undefined || ageSeconds === undefined || (attempts > BRIEF_ATTEMPTS && ageSeconds > BRIEF_SECONDS) ? undefined
        : {
          what: `${name} is tried again ${attempts} times in ${ageSeconds} seconds (RetryPolicy), so an outage of its target that is longer loses events`,
          fix: 'set MaxRetryAttempts and MaxEventAgeInSeconds of RetryPolicy to what the target needs to recover, such as 185 and 86400',
        }
    ),
  },
];
