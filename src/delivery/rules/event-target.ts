import type { Place, ReceivingQueueFacts, Rule } from './rule';
import { knownToDiffer } from './rule';

/** What is known of a rule of EventBridge and of one of its targets, a queue. */
export interface EventTargetFacts {
  readonly rule: Place;
  readonly queue: ReceivingQueueFacts;
  /** Whether the target names a message group. */
  readonly messageGroup?: boolean | undefined;
  /** Whether the target names a role by which EventBridge sends. */
  readonly role?: boolean | undefined;
}

const PLACE_PAGE = 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-cross-account.html';
const FIFO_PAGE = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-events-rule-sqsparameters.html';

/**
 * What is true of a rule of EventBridge that can deliver to a queue.
 */
export const EVENT_TARGET_RULES: readonly Rule<EventTargetFacts>[] = [
  {
    id: 'eventTargetOtherRegion',
    severity: 'error',
    why: 'EventBridge delivers to another region only by an event bus there.',
    source: PLACE_PAGE,
    finding: ({ queue: { path, region }, rule }) => (
      !knownToDiffer(region, rule.region) ? undefined
        : {
          what: `queue '${path}' is in region ${region}, but the rule that delivers to it is in ${rule.region}, and EventBridge delivers to queues only within a region`,
          fix: `give a consumer in ${rule.region}`,
        }
    ),
  },
  {
    id: 'eventTargetOtherAccount',
    severity: 'error',
    why: 'EventBridge delivers to a queue of another account only by a role.',
    source: PLACE_PAGE,
    finding: ({ queue: { path, account }, rule, role }) => (
      role !== false || !knownToDiffer(account, rule.account) ? undefined
        : {
          what: `queue '${path}' is in account ${account}, but the rule that delivers to it is in ${rule.account}, and EventBridge delivers to another account only by a role, which this target does not have`,
          fix: `give a consumer in account ${rule.account}`,
        }
    ),
  },
  {
    id: 'eventTargetAwsManagedKey',
    severity: 'error',
    why: 'Nobody can change the policy of an AWS-managed key, and it does not let EventBridge use the key.',
    source: 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html',
    finding: ({ queue: { path, awsManagedKey } }) => (
      !awsManagedKey ? undefined
        : {
          what: `queue '${path}' is encrypted with the AWS-managed key 'alias/aws/sqs', which EventBridge may not use, so that it would deliver nothing`,
          fix: 'encrypt it with SSE-SQS (sqs.QueueEncryption.SQS_MANAGED) or a customer-managed key',
        }
    ),
  },
  {
    id: 'eventTargetWithoutDeduplication',
    severity: 'error',
    why: 'EventBridge sends no deduplication id, and a FIFO queue takes no message without one.',
    source: FIFO_PAGE,
    finding: ({ queue: { path, fifo, contentBasedDeduplication } }) => (
      !fifo || contentBasedDeduplication !== false ? undefined
        : {
          what: `queue '${path}' is a FIFO queue without contentBasedDeduplication, but EventBridge sends no MessageDeduplicationId, so SQS would refuse every message`,
          fix: 'set contentBasedDeduplication: true on the queue, or give a consumer with a standard queue',
        }
    ),
  },
  {
    id: 'eventTargetWithoutMessageGroup',
    severity: 'error',
    why: 'A FIFO queue takes no message without a message group, and EventBridge sends only the one that the target names.',
    source: FIFO_PAGE,
    finding: ({ queue: { path, fifo }, messageGroup }) => (
      !fifo || messageGroup !== false ? undefined
        : {
          what: `queue '${path}' is a FIFO queue, but the target of the rule has no message group, so SQS would refuse every message`,
          fix: 'set messageGroupId of the target, or give a consumer with a standard queue',
        }
    ),
  },
];
