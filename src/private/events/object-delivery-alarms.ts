import type * as events from 'aws-cdk-lib/aws-events';
import { ruleRows } from './rule-alarms';
import type { DeadLetterSubject } from '../sqs/queue-alarms';
import { deadLetterRows } from '../sqs/queue-alarms';

/** What delivers the objects of a bucket to a consumer. */
export interface ObjectDeliverySubject extends DeadLetterSubject {
  /** The path of the consumer below the pattern. */
  readonly path: string;
  readonly rule: events.IRule;
}

/**
 * The alarms on the delivery of objects to a consumer.
 *
 * @param objects what the alarms' texts call them, in the plural
 * @param page the page of the runbook
 */
export function objectDeliveryRows(objects: string, page: string) {
  const atTheBeginning = objects.charAt(0).toUpperCase() + objects.slice(1);
  return {
    ...deadLetterRows<object, ObjectDeliverySubject>({
      waiting: {
        meaning: ({ path }) => `${atTheBeginning} for ${path} could not be delivered to the queue of their consumer and are in a dead-letter queue.`,
        firstStep: 'read the attribute ERROR_CODE of one of them; move them to the consumer\'s queue only after the repair.',
      },
      growing: {
        meaning: ({ path }) => `More ${objects} for ${path} could not be delivered to the queue of their consumer within the last period.`,
        firstStep: 'see whether the cause is the known one.',
      },
      page,
    }),
    ...ruleRows<object, ObjectDeliverySubject>(({ path }) => `${atTheBeginning} for ${path}`, page),
  };
}
