import type { Context, DynamoDBRecord, KinesisStreamRecord, SQSRecord } from 'aws-lambda';
import type { Entry } from '../../integ/support/books';
import type { LedgerMessage } from '../../integ/support/message';
import { recordingHandler } from '../../integ/support/recording-handler';
import type { StreamRecord } from '../../integ/support/stream-record';

const mockEntries: Entry[] = [];
const mockStrikes = new Map<number, number>();
let mockRepaired = false;
let mockDown = false;

/** The table, in memory. */
jest.mock('../../integ/support/entries', () => ({
  Entries: class {
    append = async (entries: Entry[]) => void mockEntries.push(...entries);
    appendOnce = async (entry: Entry) => mockEntries.every(({ kind, number }) => kind !== 'effect' || number !== entry.number) && mockEntries.push(entry) > 0;
    nextPosition = async () => mockEntries.filter(({ kind }) => kind === 'effect').length + 1;
    isRepaired = async () => mockRepaired;
    isDown = async () => mockDown;
    strike = async (number: number, times: number) => {
      const strikes = (mockStrikes.get(number) ?? 0) + 1;
      mockStrikes.set(number, Math.min(strikes, times));
      return strikes <= times;
    };
  },
}));

beforeEach(() => {
  mockEntries.length = 0;
  mockStrikes.clear();
  mockRepaired = false;
  mockDown = false;
  delete process.env.LEDGER_STATION;
});

function record(message: Partial<LedgerMessage> & { number: number }, receiveCount = 1, group?: string): SQSRecord {
  return {
    messageId: `id-${message.number}`,
    body: JSON.stringify({ run: 'run', ...message }),
    attributes: { ApproximateReceiveCount: String(receiveCount), ...(group ? { MessageGroupId: group } : {}) },
  } as SQSRecord;
}

const context = { getRemainingTimeInMillis: () => 1000 } as Context;

async function failedOf(...records: (SQSRecord | StreamRecord)[]): Promise<string[]> {
  return (await recordingHandler()({ Records: records }, context)).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

const numbersOf = (kind: Entry['kind']) => mockEntries.filter((entry) => entry.kind === kind).map((entry) => entry.number);

test('good messages beside poison are done, and only the poison fails', async () => {
  expect(await failedOf(record({ number: 1 }), record({ number: 2, fault: 'poison' }), record({ number: 3 }))).toEqual(['id-2']);
  expect(numbersOf('effect')).toEqual([1, 3]);
  expect(numbersOf('delivery')).toEqual([1, 2, 3]);
});

test('poison succeeds after the repair', async () => {
  mockRepaired = true;
  expect(await failedOf(record({ number: 2, fault: 'poison' }, 6))).toEqual([]);
  expect(numbersOf('effect')).toEqual([2]);
});

test('a transient fault fails at two attempts, however often the message was received before', async () => {
  expect(await failedOf(record({ number: 1, fault: 'transient' }, 2))).toEqual(['id-1']);
  expect(await failedOf(record({ number: 1, fault: 'transient' }, 3))).toEqual(['id-1']);
  expect(await failedOf(record({ number: 1, fault: 'transient' }, 4))).toEqual([]);
});

test('a batch error comes after the rest of the batch was done, and only at the first attempt', async () => {
  await expect(failedOf(record({ number: 1 }), record({ number: 2, fault: 'batch-error' }), record({ number: 3 }))).rejects.toThrow('batch-error');
  expect(numbersOf('effect')).toEqual([1, 3]);
  expect(await failedOf(record({ number: 2, fault: 'batch-error' }, 2))).toEqual([]);
});

test('work that was done already is not done again, and counts as a duplicate', async () => {
  expect(await failedOf(record({ number: 1 }))).toEqual([]);
  expect(await failedOf(record({ number: 1 }, 2))).toEqual([]);
  expect(numbersOf('effect')).toEqual([1]);
  expect(numbersOf('duplicate')).toEqual([1]);
});

test('after a failure the rest of its group waits, and other groups go on', async () => {
  expect(await failedOf(
    record({ number: 1 }, 1, 'a'),
    record({ number: 2, fault: 'poison' }, 1, 'a'),
    record({ number: 3 }, 1, 'b'),
    record({ number: 4 }, 1, 'a'),
    record({ number: 5 }, 1, 'b'),
  )).toEqual(['id-2', 'id-4']);
  expect(numbersOf('effect').sort()).toEqual([1, 3, 5]);
});

test('work that throws is a failure and has no effect', async () => {
  const handler = recordingHandler(async ({ number }) => {
    if (number === 2) {
      throw new Error('no stock');
    }
  });
  expect(await handler({ Records: [record({ number: 1 }), record({ number: 2 })] }, context)).toEqual({ batchItemFailures: [{ itemIdentifier: 'id-2' }] });
  expect(mockEntries.filter((entry) => entry.kind === 'failure')).toMatchObject([{ number: 2, reason: 'no stock' }]);
});

test('a malformed answer comes after the rest of the batch was done, and only at the first attempt', async () => {
  expect(await failedOf(record({ number: 1 }), record({ number: 2, fault: 'malformed' }), record({ number: 3 }))).toEqual(['']);
  expect(numbersOf('effect')).toEqual([1, 3]);
  expect(await failedOf(record({ number: 2, fault: 'malformed' }, 2))).toEqual([]);
});

test('a crash ends the process after what comes before it in the batch, and only at the first attempt', async () => {
  const exit = jest.spyOn(process, 'exit').mockImplementation((): never => {
    throw new Error('the process has ended');
  });
  await expect(failedOf(record({ number: 1 }), record({ number: 2, fault: 'crash' }), record({ number: 3 }))).rejects.toThrow('the process has ended');
  expect(exit).toHaveBeenCalledWith(1);
  exit.mockRestore();
  expect(numbersOf('effect')).toEqual([1]);
  expect(numbersOf('failure')).toEqual([2]);
  expect(await failedOf(record({ number: 2, fault: 'crash' }, 2), record({ number: 3 }, 2))).toEqual([]);
});

test('a time-out never answers, when what comes before it in the batch is done', async () => {
  jest.useFakeTimers();
  try {
    const answer = jest.fn();
    void failedOf(record({ number: 1 }), record({ number: 2, fault: 'time-out' }), record({ number: 3 })).then(answer, answer);
    await jest.advanceTimersByTimeAsync(899_000);
    expect(answer).not.toHaveBeenCalled();
    expect(numbersOf('effect')).toEqual([1]);
    expect(numbersOf('failure')).toEqual([2]);
  } finally {
    jest.useRealTimers();
  }
});

test('a slow message takes most of the time that is left, and is done', async () => {
  jest.useFakeTimers();
  try {
    const answer = jest.fn();
    void failedOf(record({ number: 1, fault: 'slow' })).then(answer, answer);
    await jest.advanceTimersByTimeAsync(849);
    expect(answer).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1);
    expect(answer).toHaveBeenCalledWith([]);
  } finally {
    jest.useRealTimers();
  }
});

test('nothing is done while what the handler depends on is down', async () => {
  mockDown = true;
  expect(await failedOf(record({ number: 1 }), record({ number: 2 }))).toEqual(['id-1', 'id-2']);
  expect(mockEntries.filter((entry) => entry.kind === 'failure')).toMatchObject([{ reason: 'downstream: 503 Service Unavailable' }, {}]);
  mockDown = false;
  expect(await failedOf(record({ number: 1 }, 2), record({ number: 2 }, 2))).toEqual([]);
});

test('a fault that is about one consumer leaves the others alone', async () => {
  const poison = { number: 1, fault: 'poison', faultAt: ['billing'] } as const;
  process.env.LEDGER_STATION = 'billing';
  expect(await failedOf(record(poison))).toEqual(['id-1']);
  process.env.LEDGER_STATION = 'shipping';
  expect(await failedOf(record(poison))).toEqual([]);
});

test('a message that is left out is acknowledged, and is known by its mark', async () => {
  const pointer = { ...record({ number: 7 }), body: 'ledger/run/7' };
  expect(await recordingHandler(undefined, { read: async () => ({ skip: 'gone' }) })({ Records: [pointer] }, context)).toEqual({ batchItemFailures: [] });
  expect(mockEntries).toEqual([
    expect.objectContaining({ kind: 'delivery', number: 7 }),
    expect.objectContaining({ kind: 'skipped', number: 7, messageId: 'id-7', reason: 'gone' }),
  ]);
});

test('a message that cannot be read has failed, and is known by its mark', async () => {
  const pointer = { ...record({ number: 0 }), messageId: 'id-7', body: JSON.stringify(['pointer', { s3Key: 'ledger/run/7' }]) };
  const read = async () => {
    throw new Error('no such object');
  };
  expect(await recordingHandler(undefined, { read })({ Records: [pointer] }, context)).toEqual({ batchItemFailures: [{ itemIdentifier: 'id-7' }] });
  expect(mockEntries).toMatchObject([{ kind: 'delivery', number: 7 }, { kind: 'failure', number: 7, reason: 'no such object' }]);
});

test('a record that is not of the ledger is an error', async () => {
  await expect(failedOf({ ...record({ number: 1 }), body: 'hello' })).rejects.toThrow('no message of a ledger is in record id-1');
});

describe('records of a stream', () => {
  const body = (message: Partial<LedgerMessage> & { number: number }) => JSON.stringify({ run: 'run', ...message });

  function put(message: Partial<LedgerMessage> & { number: number }, partitionKey: string): KinesisStreamRecord {
    const data = Buffer.from(body(message)).toString('base64');
    return { eventID: `shard:${message.number}`, kinesis: { partitionKey, data, sequenceNumber: `4967${message.number}` } } as KinesisStreamRecord;
  }

  function change(message: Partial<LedgerMessage> & { number: number }, group: string, image: 'NewImage' | 'OldImage' = 'NewImage'): DynamoDBRecord {
    return { eventID: 'event', dynamodb: { SequenceNumber: `100${message.number}`, [image]: { group: { S: group }, body: { S: body(message) } } } };
  }

  test.each([
    ['Kinesis', put, '4967'],
    ['DynamoDB', change, '100'],
  ] as const)('of %s: what failed, and what comes after it with its key, is named by sequence number', async (_of, made, place) => {
    expect(await failedOf(
      made({ number: 1 }, 'a'),
      made({ number: 2, fault: 'poison' }, 'a'),
      made({ number: 3 }, 'b'),
      made({ number: 4 }, 'a'),
    )).toEqual([`${place}2`, `${place}4`]);
    expect(numbersOf('effect').sort()).toEqual([1, 3]);
    expect(mockEntries.filter(({ kind }) => kind === 'effect')).toMatchObject([{ group: 'a' }, { group: 'b' }]);
  });

  test('what other keys have done is not done again when it is delivered again', async () => {
    const batch = [put({ number: 1, fault: 'transient' }, 'a'), put({ number: 2 }, 'b')];
    expect(await failedOf(...batch)).toEqual(['49671']);
    expect(await failedOf(...batch)).toEqual(['49671']);
    expect(await failedOf(...batch)).toEqual([]);
    expect(numbersOf('effect').sort()).toEqual([1, 2]);
    expect(numbersOf('duplicate')).toEqual([2, 2]);
  });

  test('the message of a deleted item is in its old image', async () => {
    expect(await failedOf(change({ number: 5, fault: 'poison' }, 'a', 'OldImage'))).toEqual(['1005']);
  });

  test('a whole batch fails as one of a queue does', async () => {
    await expect(failedOf(put({ number: 1, fault: 'batch-error' }, 'a'))).rejects.toThrow('batch-error');
    expect(await failedOf(put({ number: 2, fault: 'malformed' }, 'a'))).toEqual(['']);
  });

  test('one that is not of the ledger is an error', async () => {
    const stranger = { eventID: 'event-9', dynamodb: { SequenceNumber: '9', NewImage: { id: { S: 'x' } } } } as DynamoDBRecord;
    await expect(failedOf(stranger)).rejects.toThrow('no message of a ledger is in record event-9');
  });
});
