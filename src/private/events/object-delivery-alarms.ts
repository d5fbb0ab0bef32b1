import type { EventDeliverySubject } from './event-delivery-alarms';
import { eventDeliveryRows } from './event-delivery-alarms';

/** What delivers the objects of a bucket to a consumer. */
export type ObjectDeliverySubject = EventDeliverySubject;

/**
 * The alarms on the delivery of objects to a consumer.
 *
 * @param objects what the alarms' texts call them, in the plural
 * @param page the page of the runbook
 */
export function objectDeliveryRows(objects: string, page: string) {
  return eventDeliveryRows(objects, page, {
    target: 'the queue of their consumer',
    redrive: 'move them to the consumer\'s queue',
    firstStep: 'see whether that queue exists and allows the rule to send',
    recovery: 'find the objects of that time in the bucket',
  });
}
