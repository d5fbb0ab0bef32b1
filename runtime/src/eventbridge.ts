import type { Answer, RetryOptions, Service } from './put-all';
import { chunksOf, failuresIn, NotPutError, putAll } from './put-all';

/** An event as `PutEvents` takes it. What is required here, EventBridge asks for too. */
export interface EventEntry {
  readonly Source: string;
  readonly DetailType: string;

  /** A JSON object, as text. */
  readonly Detail: string;

  /**
   * The name or ARN of the bus. **EventBridge takes events for a bus that is not there without an error, and drops them.**
   *
   * @default - the default bus
   */
  readonly EventBusName?: string;

  readonly Resources?: string[];

  /** @default - the time of the call */
  readonly Time?: Date;

  readonly TraceHeader?: string;
}

/**
 * What puts events: the `EventBridge` of `@aws-sdk/client-eventbridge`. Of an `EventBridgeClient` it is `{ putEvents: (input) =>
 * client.send(new PutEventsCommand(input)) }`, which makes the smaller bundle.
 */
export interface EventPutter {
  putEvents(input: { Entries: EventEntry[] }): Promise<{ readonly Entries?: readonly EventAnswer[] | undefined }>;
}

/** What EventBridge says of one event. */
export interface EventAnswer extends Answer {
  readonly EventId?: string | undefined;
}

export interface PutEventsOptions extends RetryOptions {
  /** What puts the events. */
  readonly eventBridge: EventPutter;
}

/** EventBridge did not take some events. */
export class EventsNotPutError extends NotPutError<EventEntry> {}

/**
 * The events of one call, and the most bytes of all of them: less than 1 MB, taken as 1 MiB.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
const CALL = { count: 10, size: 1024 * 1024 - 1 };

/**
 * What EventBridge says of an entry that it will never take.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html
 */
const FINAL: readonly (string | undefined)[] = [
  'AccessDeniedException', 'InvalidAccountIdException', 'InvalidArgument', 'MalformedDetail', 'RedactionFailure', 'NotAuthorizedForSourceException', 'NotAuthorizedForDetailTypeException',
];

/**
 * Puts events on buses of EventBridge: as many calls of `PutEvents` as its limits ask for, one after the other. `PutEvents` succeeds even
 * if it takes no event at all, and only counts them in `FailedEntryCount`; this looks at what it says of each. Those that failed for now
 * are put again, after a pause; those that it will never take hold nobody up. Once the attempts are used up, or if a call fails as a whole,
 * nothing more is put, and what was not is in the error: nothing is lost in silence.
 *
 * An event may come twice, and in any order: a call whose answer is lost may have put its events, and the SDK makes it again.
 *
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
 *
 * @param entries the events
 * @param options how often to try
 * @returns the ids of the events, in the order of the entries
 * @throws RangeError for an event that is larger than a call may be; nothing is put then
 * @throws EventsNotPutError if some were not put; its `entries` are those
 */
export async function putEvents(entries: readonly EventEntry[], options: PutEventsOptions): Promise<string[]> {
  const { eventBridge } = options;
  entries.forEach((entry, index) => {
    if (sizeOfEvent(entry) > CALL.size) {
      throw new RangeError(
        `entry ${index} has ${sizeOfEvent(entry)} bytes, but PutEvents takes at most ${CALL.size}: ` +
        'put its detail into S3, and the key of the object into the event; nothing was put',
      );
    }
  });
  const service: Service<EventEntry, EventAnswer> = {
    put: async (some) => (await eventBridge.putEvents({ Entries: some })).Entries ?? [],
    isPut: (answer) => answer?.EventId !== undefined,
    isFinal: (answer) => FINAL.includes(answer?.ErrorCode),
  };
  const { outcomes, ...rest } = await putAll(chunksOf(entries, sizeOfEvent, CALL), service, options);
  const failures = failuresIn(outcomes, service);
  if (failures.length > 0) {
    throw new EventsNotPutError('events', failures, entries.length, rest);
  }
  return outcomes.map(({ answer }) => answer!.EventId!);
}

/**
 * The size of an event in bytes, as `PutEvents` counts it: 14 for a time; source, detail type, detail and resources in UTF-8. The event
 * that consumers get is larger.
 *
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size
 *
 * @param entry the event
 */
export function sizeOfEvent({ Time, Source, DetailType, Detail, Resources = [] }: EventEntry): number {
  return [Source, DetailType, Detail, ...Resources].reduce((sum, text) => sum + Buffer.byteLength(text), Time === undefined ? 0 : 14);
}
