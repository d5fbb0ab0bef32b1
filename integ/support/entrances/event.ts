import type * as events from 'aws-cdk-lib/aws-events';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { Confirmation, Entrance, Refusal, Sender } from './entrance';
import { putEvents } from '../eventbridge';

/** A bus that takes events, as an `EventRouter` does. */
interface Bus {
  readonly eventBus: events.IEventBus;
  grantPutEvents(grantee: iam.IGrantable): unknown;
}

/** Messages are sent as events to a bus, with their category as the type. */
export function eventEntrance(router: Bus): Entrance {
  return {
    kind: 'event',
    address: router.eventBus.eventBusName,
    grantSend: (producer) => {
      router.grantPutEvents(producer);
    },
  };
}

/** What EventBridge says of events that it may take the next time. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html */
const PASSING: readonly (string | undefined)[] = ['InternalFailure', 'ThrottlingException', undefined];

export const sender: Sender = {
  // Of all events of a call together.
  limit: 262_144,
  batchSize: 10,
  send: async (address, messages) => {
    const confirmed: Confirmation[] = [];
    const refused: Refusal[] = [];
    const answers = await putEvents(address, messages);
    messages.forEach(({ number }, index) => {
      const { EventId: messageId, ErrorCode: code, ErrorMessage: text } = answers[index] ?? {};
      if (messageId !== undefined) {
        confirmed.push({ number, messageId });
      } else if (!PASSING.includes(code)) {
        refused.push({ number, reason: `${code}: ${text}` });
      }
    });
    return { confirmed, refused };
  },
};
