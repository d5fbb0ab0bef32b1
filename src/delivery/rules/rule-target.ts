import type { Place, Rule } from './rule';
import { knownToDiffer } from './rule';

/** What is known of where a service sends what it cannot deliver. */
export interface SetAsideFacts extends Place {
  /** What texts call it by. */
  readonly path: string;
  readonly fifo?: boolean | undefined;
  /** Whether it is what could not be delivered to. */
  readonly isTarget?: boolean | undefined;
}

/** What is known of a delivery, and where the service is that makes it. */
export interface AttemptedDeliveryFacts extends Place {
  /** What texts call it by, such as `target 'Target0' of rule 'Shop/Rule'`. */
  readonly name: string;
  /** `none`: nowhere. Undefined: not known. */
  readonly deadLetters?: SetAsideFacts | 'none' | undefined;
  /** How often it is tried again. */
  readonly attempts?: number | undefined;
  /** How long it is tried again. */
  readonly ageSeconds?: number | undefined;
}

const DEAD_LETTER_PAGE = 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html';
const RETRY_PAGE = 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html';

/** A throttled target or a deployment takes minutes. */
const SHORT_SECONDS = 300;

/**
 * What is true of a rule of EventBridge that loses no event.
 */
export const RULE_TARGET_RULES: readonly Rule<AttemptedDeliveryFacts>[] = [
  {
    id: 'ruleTargetWithoutDeadLetterQueue',
    severity: 'warning',
    why: 'EventBridge drops an event that it could not deliver, at once if the target is missing or refuses it, unless the target has a dead-letter queue.',
    source: DEAD_LETTER_PAGE,
    finding: ({ name, deadLetters }) => (
      deadLetters !== 'none' ? undefined
        : {
          what: `${name} has no DeadLetterConfig, so events that EventBridge cannot deliver to it are lost`,
          fix: 'set DeadLetterConfig.Arn of the target to a standard queue whose policy lets events.amazonaws.com send messages for this rule',
        }
    ),
  },
  {
    id: 'ruleTargetDeadLetterQueueType',
    severity: 'error',
    why: 'EventBridge sends dead letters to standard queues only.',
    source: DEAD_LETTER_PAGE,
    finding: (facts) => fifoProblem(facts, 'EventBridge'),
  },
  {
    id: 'ruleTargetDeadLetterQueueRegion',
    severity: 'error',
    why: 'EventBridge sends dead letters only to a queue of the region of the rule.',
    source: DEAD_LETTER_PAGE,
    finding: regionProblem,
  },
  {
    id: 'ruleTargetDeadLetterQueueIsTarget',
    severity: 'error',
    why: 'What cannot be delivered to a queue cannot be set aside in it.',
    source: DEAD_LETTER_PAGE,
    finding: isTargetProblem,
  },
  {
    id: 'ruleTargetWithoutRetries',
    severity: 'warning',
    why: 'A target that is throttled for a moment takes the event at the next attempt, if there is one.',
    source: RETRY_PAGE,
    finding: ({ name, attempts }) => (
      attempts !== 0 ? undefined
        : {
          what: `${name} has RetryPolicy.MaximumRetryAttempts 0, so EventBridge gives an event up when the target is throttled once`,
          fix: 'leave RetryPolicy out (185 attempts in 24 hours), or set MaximumRetryAttempts to what the target needs to recover',
        }
    ),
  },
  {
    id: 'ruleTargetRetriesBriefly',
    severity: 'note',
    why: 'An outage of the target that is longer than the time of the attempts loses events, or leaves them to be redriven.',
    source: RETRY_PAGE,
    finding: ({ name, attempts, ageSeconds }) => (
      attempts === 0 || ageSeconds === undefined || ageSeconds >= SHORT_SECONDS ? undefined
        : {
          what: `${name} has RetryPolicy.MaximumEventAgeInSeconds ${ageSeconds}, so EventBridge gives an event up when the target fails for longer than that`,
          fix: `set MaximumEventAgeInSeconds to ${SHORT_SECONDS} or more, or leave it out (24 hours), unless a late event is of no use`,
        }
    ),
  },
];

/** Of dead letters that are to go to a FIFO queue. */
export function fifoProblem({ name, deadLetters }: AttemptedDeliveryFacts, service: string) {
  return typeof deadLetters !== 'object' || !deadLetters.fifo ? undefined
    : {
      what: `the dead-letter queue '${deadLetters.path}' of ${name} is a FIFO queue, to which ${service} cannot send`,
      fix: 'set DeadLetterConfig.Arn to a standard queue, also if the target is a FIFO queue',
    };
}

/** Of dead letters that are to go to another region. */
export function regionProblem({ name, deadLetters, region }: AttemptedDeliveryFacts) {
  return typeof deadLetters !== 'object' || !knownToDiffer(deadLetters.region, region) ? undefined
    : {
      what: `the dead-letter queue '${deadLetters.path}' of ${name} is in region ${deadLetters.region}, but EventBridge would send to it from ${region}, which it does not`,
      fix: `set DeadLetterConfig.Arn to a queue in ${region}`,
    };
}

/** Of dead letters that are to go where they could not be delivered. */
export function isTargetProblem({ name, deadLetters }: AttemptedDeliveryFacts) {
  return typeof deadLetters !== 'object' || !deadLetters.isTarget ? undefined
    : {
      what: `the dead-letter queue of ${name} is the target itself ('${deadLetters.path}'), so what cannot be delivered to it cannot be kept either`,
      fix: 'set DeadLetterConfig.Arn to another queue',
    };
}
