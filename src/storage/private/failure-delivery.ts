import { EVENTBRIDGE_RETRIES } from './payload-lifetime';
import type { PayloadReaderFacts } from '../../delivery/rules/claimed-payload';
import type { IQueueFed } from '../../messaging/queue-fed';
import type { DerivedValue } from '../../private/checks/derived-values';
import type { ObjectDelivery } from '../../private/events/object-delivery';
import { valuesOfRule, valuesOfTarget } from '../../private/events/object-delivery';
import { queueFacts } from '../../private/sqs/queue-facts';

/** How stored failures are delivered to a consumer. */
export interface FailureDelivery extends ObjectDelivery {
  readonly consumer: IQueueFed;
  /** The path of the consumer. */
  readonly path: string;
  readonly prefix: string;
}

/** For how long a consumer may still ask for a failure that it was told of. What its queues do not say of themselves is left out. */
export function readerOf({ consumer: { queue, deadLetterQueue }, path, prefix }: Pick<FailureDelivery, 'consumer' | 'path' | 'prefix'>): PayloadReaderFacts {
  const kept = ([[queue, 'in its queue'], [deadLetterQueue, 'in its dead-letter queue']] as const).flatMap(([one, what]) => {
    const { retentionSeconds } = queueFacts(one);
    return retentionSeconds === undefined ? [] : [{ seconds: retentionSeconds, what }];
  });
  return {
    consumer: path,
    prefix,
    does: 'read a stored failure',
    parts: [EVENTBRIDGE_RETRIES, ...kept],
  };
}

/** What the rule that counts failures must be. */
export function valuesOfArrival(arrival: Pick<ObjectDelivery, 'rule' | 'eventPattern'>): DerivedValue[] {
  return valuesOfRule(arrival, {
    pattern: 'every failure is counted; make another rule for some of them',
    state: 'the alarm on stored failures would be silent; tune it by the prop alarms.failuresStored',
  });
}

/** What a rule for a consumer must be. */
export function valuesOfDelivery(delivery: FailureDelivery): DerivedValue[] {
  return [
    ...valuesOfRule(delivery, {
      pattern: 'state prefix with addConsumer',
      state: 'the consumer would not be told of what is stored meanwhile; pause the consumer of the queue',
    }),
    ...valuesOfTarget(delivery, {
      method: 'addConsumer',
      event: 'the consumer reads the event as S3 sends it',
      retries: 'it is counted into how long failures are kept, and what is given up earlier only fills the dead-letter queue',
    }),
  ];
}
