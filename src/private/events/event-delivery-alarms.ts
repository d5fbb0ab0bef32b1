import type * as events from 'aws-cdk-lib/aws-events';
import type { RuleTexts } from './rule-alarms';
import { ruleRows } from './rule-alarms';
import type { DeadLetterSubject } from '../sqs/queue-alarms';
import { deadLetterRows } from '../sqs/queue-alarms';

/** What delivers events to a consumer. */
export interface EventDeliverySubject extends DeadLetterSubject {
  /** The path of the consumer. */
  readonly path: string;
  readonly rule: events.IRule;
  /** The custom event bus of the rule. Undefined: the default event bus. */
  readonly eventBus?: events.IEventBus | undefined;
}

/** What the texts of the alarms on a delivery of events say. */
export interface EventDeliveryTexts extends RuleTexts {
  /** Where to move what waits in the dead-letter queue. */
  readonly redrive: string;
}

/**
 * The alarms on the delivery of events to a consumer.
 *
 * @param subject what is delivered, in the plural
 * @param page the page of the runbook
 */
export function eventDeliveryRows(subject: string, page: string, { redrive, ...texts }: EventDeliveryTexts) {
  const atTheBeginning = subject.charAt(0).toUpperCase() + subject.slice(1);
  return {
    ...deadLetterRows<object, EventDeliverySubject>({
      waiting: {
        meaning: ({ path }) => `${atTheBeginning} for ${path} could not be delivered to ${texts.target} and are in a dead-letter queue.`,
        firstStep: `read the attribute ERROR_CODE of one of them; ${redrive} only after the repair.`,
      },
      growing: {
        meaning: ({ path }) => `More ${subject} for ${path} could not be delivered to ${texts.target} within the last period.`,
        firstStep: 'see whether the cause is the known one.',
      },
      page,
    }),
    ...ruleRows<object, EventDeliverySubject>(({ path }) => `${atTheBeginning} for ${path}`, page, texts),
  };
}
