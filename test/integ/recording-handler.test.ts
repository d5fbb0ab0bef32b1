import type { SQSRecord } from 'aws-lambda';
import type { Entry } from '../../integ/support/books';
import type { LedgerMessage } from '../../integ/support/recording-handler';
import { recordingHandler } from '../../integ/support/recording-handler';

const mockEntries: Entry[] = [];
let mockRepaired = false;

/** The table, in memory. */
jest.mock('../../integ/support/entries', () => ({
  Entries: class {
    append = async (entries: Entry[]) => void mockEntries.push(...entries);
    appendOnce = async (entry: Entry) => mockEntries.every(({ kind, number }) => kind !== 'effect' || number !== entry.number) && mockEntries.push(entry) > 0;
    nextPosition = async () => mockEntries.filter(({ kind }) => kind === 'effect').length + 1;
    isRepaired = async () => mockRepaired;
  },
}));

beforeEach(() => {
  mockEntries.length = 0;
  mockRepaired = false;
});

function record(message: Partial<LedgerMessage> & { number: number }, receiveCount = 1, group?: string): SQSRecord {
  return {
    messageId: `id-${message.number}`,
    body: JSON.stringify({ run: 'run', ...message }),
    attributes: { ApproximateReceiveCount: String(receiveCount), ...(group ? { MessageGroupId: group } : {}) },
  } as SQSRecord;
}

async function failedOf(...records: SQSRecord[]): Promise<string[]> {
  return (await recordingHandler()({ Records: records })).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
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

test.each([[1, ['id-1']], [2, ['id-1']], [3, []]])('a transient fault at delivery %i gives failures %j', async (delivery, failures) => {
  expect(await failedOf(record({ number: 1, fault: 'transient' }, delivery))).toEqual(failures);
});

test('a batch error comes after the rest of the batch was done, and only at the first delivery', async () => {
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
  expect(await handler({ Records: [record({ number: 1 }), record({ number: 2 })] })).toEqual({ batchItemFailures: [{ itemIdentifier: 'id-2' }] });
  expect(mockEntries.filter((entry) => entry.kind === 'failure')).toMatchObject([{ number: 2, reason: 'no stock' }]);
});
