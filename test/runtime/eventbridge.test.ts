import { recordPauses } from './pauses';
import type { EventAnswer, EventEntry } from '../../runtime/src';
import { EventsNotPutError, NotPutError, putEvents, sizeOfEvent } from '../../runtime/src';

const MIB = 1024 * 1024;

function entry(id: number | string): EventEntry {
  return { Source: 'orders', DetailType: 'Order Placed', Detail: `{"id":${id}}` };
}

function entries(count: number): EventEntry[] {
  return Array.from({ length: count }, (_, index) => entry(index));
}

/** An event that counts as so many bytes. */
function ofSize(bytes: number): EventEntry {
  return { Source: 's', DetailType: 't', Detail: `"${'x'.repeat(bytes - 4)}"` };
}

/** Answers calls: `refuse` gives the error with which an event of a call is not taken. */
class FakeEventBridge {
  readonly calls: EventEntry[][] = [];
  readonly put: EventEntry[] = [];

  constructor(private readonly refuse: (event: EventEntry, call: number) => string | undefined = () => undefined) {}

  async putEvents({ Entries }: { Entries: EventEntry[] }): Promise<{ FailedEntryCount: number; Entries: EventAnswer[] }> {
    this.calls.push(Entries);
    const answers = Entries.map((event): EventAnswer => {
      const ErrorCode = this.refuse(event, this.calls.length);
      if (ErrorCode) {
        return { ErrorCode, ErrorMessage: `it is ${ErrorCode}` };
      }
      this.put.push(event);
      return { EventId: `id of ${event.Detail}` };
    });
    return { FailedEntryCount: answers.filter(({ ErrorCode }) => ErrorCode).length, Entries: answers };
  }
}

async function failure(promise: Promise<unknown>): Promise<EventsNotPutError> {
  return promise.then(() => { throw new Error('it did not fail'); }, (error: EventsNotPutError) => error);
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('events', () => {
  test('are put as they are, and their ids given', async () => {
    const eventBridge = new FakeEventBridge();
    const full = { ...entry(1), EventBusName: 'orders', Resources: ['arn:aws:s3:::b'], Time: new Date(0), TraceHeader: 'Root=1' };
    expect(await putEvents([entry(0), full], { eventBridge })).toEqual(['id of {"id":0}', 'id of {"id":1}']);
    expect(eventBridge.calls).toEqual([[entry(0), full]]);
  });

  test.each([[0, []], [10, [10]], [11, [10, 1]], [25, [10, 10, 5]]])('%d go in calls of %j', async (count, calls) => {
    const eventBridge = new FakeEventBridge();
    expect(await putEvents(entries(count), { eventBridge })).toHaveLength(count);
    expect(eventBridge.calls.map(({ length }) => length)).toEqual(calls);
    expect(eventBridge.put).toEqual(entries(count));
  });

  test.each([
    [[MIB / 2, MIB / 2 - 1], [2]],
    [[MIB / 2, MIB / 2], [1, 1]],
    [[MIB - 1, 10, 10], [1, 2]],
  ])('of %j bytes go in calls of %j: less than 1 MB each', async (sizes, calls) => {
    const eventBridge = new FakeEventBridge();
    await putEvents(sizes.map(ofSize), { eventBridge });
    expect(eventBridge.calls.map(({ length }) => length)).toEqual(calls);
  });
});

describe('the size of an event', () => {
  test.each<[string, Partial<EventEntry>, number]>([
    ['its source, its detail type and its detail', {}, 4 + 4 + 2],
    ['their bytes, not their characters', { Source: 'ü', DetailType: '\u{1f600}', Detail: '"€"' }, 2 + 4 + 5],
    ['14 bytes for a time', { Time: new Date() }, 10 + 14],
    ['each of its resources', { Resources: ['ab', 'ü'] }, 10 + 2 + 2],
    ['neither the bus nor the trace', { EventBusName: 'bus', TraceHeader: 'Root=1' }, 10],
  ])('is %s', (_, more, size) => {
    expect(sizeOfEvent({ Source: 'abcd', DetailType: 'efgh', Detail: '{}', ...more })).toBe(size);
  });

  test('decides whether anything is put at all', async () => {
    const eventBridge = new FakeEventBridge();
    await expect(putEvents([entry(0), ofSize(MIB)], { eventBridge })).rejects.toThrow(new RangeError(
      `entry 1 has ${MIB} bytes, but PutEvents takes at most ${MIB - 1}: put its detail into S3, and the key of the object into the event; nothing was put`,
    ));
    expect(eventBridge.calls).toEqual([]);
    await expect(putEvents([ofSize(MIB - 1)], { eventBridge })).resolves.toHaveLength(1);
  });
});

describe('what EventBridge does not take although the call succeeds', () => {
  test.each(['InternalFailure', 'ThrottlingException', 'SomethingNew'])('is put again, alone, after a pause: %s', async (code) => {
    const pauses = recordPauses();
    const eventBridge = new FakeEventBridge(({ Detail }, call) => (['{"id":1}', '{"id":3}'].includes(Detail) && call < 3 ? code : undefined));
    expect(await putEvents(entries(4), { eventBridge })).toEqual(entries(4).map(({ Detail }) => `id of ${Detail}`));
    expect(eventBridge.calls).toEqual([entries(4), [entry(1), entry(3)], [entry(1), entry(3)]]);
    expect(pauses).toEqual([100, 200]);
  });

  test.each([
    'AccessDeniedException', 'InvalidAccountIdException', 'InvalidArgument', 'MalformedDetail', 'RedactionFailure', 'NotAuthorizedForSourceException', 'NotAuthorizedForDetailTypeException',
  ])('is not put again if that is of no use, and holds nobody up: %s', async (code) => {
    const pauses = recordPauses();
    const eventBridge = new FakeEventBridge(({ Detail }) => (Detail === '{"id":1}' ? code : undefined));
    const error = await failure(putEvents(entries(12), { eventBridge }));
    expect(error).toBeInstanceOf(EventsNotPutError);
    expect(error).toBeInstanceOf(NotPutError);
    expect(error.name).toBe('EventsNotPutError');
    expect(error.message).toBe(`1 of 12 events were not put (1 × ${code}): keep error.entries, or put them again`);
    expect(error.failures).toEqual([{ entry: entry(1), errorCode: code, errorMessage: `it is ${code}` }]);
    expect(eventBridge.put).toHaveLength(11);
    expect([eventBridge.calls.length, pauses.length]).toEqual([2, 0]);
  });

  test('is in the error when the attempts are used up, and so is what was not tried', async () => {
    recordPauses();
    const eventBridge = new FakeEventBridge(({ Detail }) => (Detail === '{"id":2}' ? 'ThrottlingException' : undefined));
    const error = await failure(putEvents(entries(12), { eventBridge, maxAttempts: 3 }));
    expect(error.entries).toEqual([entry(2), entry(10), entry(11)]);
    expect(error.message).toBe('3 of 12 events were not put (1 × ThrottlingException, 2 × not sent, or not answered): keep error.entries, or put them again');
    expect(eventBridge.calls).toHaveLength(3);
  });

  test('is also what it does not answer', async () => {
    const eventBridge = { putEvents: async () => ({ FailedEntryCount: 0, Entries: [] }) };
    expect((await failure(putEvents(entries(2), { eventBridge, maxAttempts: 1 }))).entries).toEqual(entries(2));
  });
});

test('a call that fails as a whole ends it, and what was not put is in the error', async () => {
  const eventBridge = new FakeEventBridge();
  const put = eventBridge.putEvents.bind(eventBridge);
  const denied = new Error('not authorized to perform: events:PutEvents');
  eventBridge.putEvents = async (input) => {
    if (eventBridge.calls.length === 1) {
      throw denied;
    }
    return put(input);
  };
  const error = await failure(putEvents(entries(25), { eventBridge }));
  expect(error.entries).toEqual(entries(25).slice(10));
  expect(error.cause).toBe(denied);
  expect(error.message).toContain('a call failed: not authorized to perform: events:PutEvents');
});
