import type { DerivedValue } from '../../private/checks/derived-values';
import type { ObjectDelivery } from '../../private/events/object-delivery';
import { valuesOfRule, valuesOfTarget } from '../../private/events/object-delivery';

/** What a rule for uploads must be. */
export function valuesOfUpload(upload: ObjectDelivery): DerivedValue[] {
  return [
    ...valuesOfRule(upload, {
      pattern: 'state prefix, suffixes and sizes with addUploadConsumer',
      state: 'what is uploaded meanwhile would be lost; pause the consumer of the queue',
    }),
    ...valuesOfTarget(upload, {
      method: 'addUploadConsumer',
      event: 'claim reads the event as S3 sends it',
      retries: 'it is counted into how long payloads are kept, and what is given up earlier only fills the dead-letter queue',
    }),
  ];
}
