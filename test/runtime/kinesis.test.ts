import { recordPauses } from './pauses';
import type { KinesisAnswer, KinesisEntry } from '../../runtime/src';
import { NotPutError, putRecords, RecordsNotPutError } from '../../runtime/src';

const MIB = 1024 * 1024;
const stream = 'orders';

function record(id: number | string, key = 'k'): KinesisEntry {
  return { Data: Buffer.from(String(id)), PartitionKey: key };
}

function records(count: number): KinesisEntry[] {
  return Array.from({ length: count }, (_, index) => record(index));
}

function idOf({ Data }: KinesisEntry): string {
  return Buffer.from(Data).toString();
}

/** Answers calls: `refuse` says which records of which call are not taken. */
class FakeKinesis {
  readonly calls: { Records: KinesisEntry[]; StreamARN?: string; StreamName?: string }[] = [];
  /** In the order in which they were put. */
  readonly put: string[] = [];

  constructor(private readonly refuse: (id: string, call: number) => boolean = () => false, private readonly errorCode = 'ProvisionedThroughputExceededException') {}

  get sent(): string[][] {
    return this.calls.map(({ Records }) => Records.map(idOf));
  }

  async putRecords(input: { Records: KinesisEntry[] }): Promise<{ FailedRecordCount: number; Records: KinesisAnswer[] }> {
    this.calls.push(input);
    const answers = input.Records.map((entry): KinesisAnswer => {
      if (this.refuse(idOf(entry), this.calls.length)) {
        return { ErrorCode: this.errorCode, ErrorMessage: 'Rate exceeded for shard shardId-000000000000' };
      }
      this.put.push(idOf(entry));
      return { ShardId: 'shardId-000000000000', SequenceNumber: `4959${this.put.length}` };
    });
    return { FailedRecordCount: answers.filter(({ ErrorCode }) => ErrorCode).length, Records: answers };
  }
}

async function failure(promise: Promise<unknown>): Promise<RecordsNotPutError> {
  return promise.then(() => { throw new Error('it did not fail'); }, (error: RecordsNotPutError) => error);
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('records', () => {
  test('are put, and it is said where', async () => {
    const kinesis = new FakeKinesis();
    const ShardId = 'shardId-000000000000';
    expect(await putRecords(records(2), { kinesis, stream })).toEqual([{ ShardId, SequenceNumber: '49591' }, { ShardId, SequenceNumber: '49592' }]);
    expect(kinesis.calls).toEqual([{ Records: records(2), StreamName: 'orders' }]);
  });

  test('are put into the stream of an ARN', async () => {
    const kinesis = new FakeKinesis();
    const arn = 'arn:aws:kinesis:us-east-1:111122223333:stream/orders';
    await putRecords(records(1), { kinesis, stream: arn });
    expect(kinesis.calls).toEqual([{ Records: records(1), StreamARN: arn }]);
  });

  test('need no call if there are none', async () => {
    const kinesis = new FakeKinesis();
    expect(await putRecords([], { kinesis, stream })).toEqual([]);
    expect(kinesis.calls).toEqual([]);
  });

  test.each([[500, [500]], [501, [500, 1]], [1200, [500, 500, 200]]])('%d go in calls of %j', async (count, sizes) => {
    const kinesis = new FakeKinesis();
    expect(await putRecords(records(count), { kinesis, stream })).toHaveLength(count);
    expect(kinesis.sent.map(({ length }) => length)).toEqual(sizes);
    expect(kinesis.sent.flat()).toEqual(records(count).map(idOf));
  });

  test.each([
    [[5 * MIB - 1, 5 * MIB - 1], [2]],
    [[5 * MIB - 1, 5 * MIB], [1, 1]],
    [[10 * MIB - 1, 0, 0], [1, 2]],
    [[0, 10 * MIB - 1, 0], [1, 1, 1]],
  ])('of %j bytes, with a key of one, go in calls of %j: 10 MiB each, keys included', async (sizes, calls) => {
    const kinesis = new FakeKinesis();
    await putRecords(sizes.map((size) => ({ Data: Buffer.alloc(size), PartitionKey: 'k' })), { kinesis, stream });
    expect(kinesis.calls.map(({ Records }) => Records.length)).toEqual(calls);
  });
});

describe('what Kinesis does not take', () => {
  test('is put again, alone and in order, before the next call', async () => {
    recordPauses();
    const kinesis = new FakeKinesis((id, call) => (call === 1 && ['1', '3', '499'].includes(id)) || (call === 2 && id === '3'));
    const positions = await putRecords(records(501), { kinesis, stream });
    expect(kinesis.sent.slice(1)).toEqual([['1', '3', '499'], ['3'], ['500']]);
    expect(kinesis.put.slice(-4)).toEqual(['1', '499', '3', '500']);
    // The answers are those of the records, not of the order in which they were put.
    const places = positions.map(({ SequenceNumber }) => Number(SequenceNumber.slice('4959'.length)) - 1);
    expect(places.map((place) => kinesis.put[place])).toEqual(records(501).map(idOf));
  });

  test.each([[1, [100, 200, 400, 800, 1600, 3200, 5000]], [0.5, [50, 100, 200, 400, 800, 1600, 2500]]])(
    'is put again after a pause, of which chance takes a part: %d', async (random, expected) => {
      const pauses = recordPauses(random);
      const kinesis = new FakeKinesis(() => true);
      await failure(putRecords(records(1), { kinesis, stream }));
      expect(pauses).toEqual(expected);
      expect(kinesis.calls).toHaveLength(8);
    },
  );

  test('is put again as often, and after such pauses, as the options say', async () => {
    const pauses = recordPauses();
    await failure(putRecords(records(1), { kinesis: new FakeKinesis(() => true), stream, maxAttempts: 4, baseDelay: 10, maxDelay: 15 }));
    expect(pauses).toEqual([10, 15, 15]);
  });

  test('is put again with as many attempts in each call', async () => {
    recordPauses();
    const kinesis = new FakeKinesis((id, call) => (id === '0' && call < 3) || (id === '500' && call < 5));
    await expect(putRecords(records(501), { kinesis, stream, maxAttempts: 3 })).resolves.toHaveLength(501);
  });

  test.each(['ProvisionedThroughputExceededException', 'InternalFailure'])('is in the error with its reason in the end, and so is what was not tried: %s', async (code) => {
    recordPauses();
    const kinesis = new FakeKinesis((id) => ['1', '3'].includes(id), code);
    const all = records(502);
    const error = await failure(putRecords(all, { kinesis, stream, maxAttempts: 2 }));
    expect(error).toBeInstanceOf(RecordsNotPutError);
    expect(error).toBeInstanceOf(NotPutError);
    expect(error.name).toBe('RecordsNotPutError');
    expect(error.message).toBe(`4 of 502 records for the stream orders were not put (2 × ${code}, 2 × not sent, or not answered): keep error.entries, or put them again`);
    expect(error.entries).toEqual([all[1], all[3], all[500], all[501]]);
    const errorMessage = 'Rate exceeded for shard shardId-000000000000';
    expect(error.failures).toEqual([
      { entry: all[1], errorCode: code, errorMessage },
      { entry: all[3], errorCode: code, errorMessage },
      { entry: all[500] },
      { entry: all[501] },
    ]);
    expect([...kinesis.put, ...error.entries.map(idOf)].sort()).toEqual(all.map(idOf).sort());
  });

  test('is also what it does not answer', async () => {
    recordPauses();
    const leftBy = async (answer: { Records?: KinesisAnswer[] }) => (
      (await failure(putRecords(records(2), { kinesis: { putRecords: async () => answer }, stream, maxAttempts: 1 }))).entries
    );
    expect(await leftBy({ Records: [{ SequenceNumber: '1' }] })).toEqual([record(1)]);
    expect(await leftBy({})).toEqual(records(2));
  });
});

describe('a call that fails as a whole', () => {
  test('is not made again, as the SDK has done that; all that was not put is in the error', async () => {
    const pauses = recordPauses();
    const kinesis = new FakeKinesis((id) => id === '7');
    const put = kinesis.putRecords.bind(kinesis);
    const denied = new Error('not authorized to perform: kinesis:PutRecords');
    kinesis.putRecords = async (input) => {
      if (kinesis.calls.length === 1) {
        throw denied;
      }
      return put(input);
    };
    const error = await failure(putRecords(records(501), { kinesis, stream }));
    expect(error.entries).toEqual([record(7), record(500)]);
    expect(error.cause).toBe(denied);
    expect(error.message).toBe(
      '2 of 501 records for the stream orders were not put (1 × ProvisionedThroughputExceededException, 1 × not sent, or not answered; a call failed: not authorized to perform: kinesis:PutRecords): ' +
      'keep error.entries, or put them again',
    );
    expect(pauses).toHaveLength(1);
  });
});

describe('what no call can put is refused before anything is', () => {
  test.each<[string, KinesisEntry, number | undefined, string]>([
    ['more than 10 MiB with its key', { Data: Buffer.alloc(10 * MIB - 1), PartitionKey: 'kü' }, undefined, `record 1 has ${10 * MIB + 2} bytes with its partition key, but the stream takes at most ${10 * MIB}`],
    ['more than the stream takes', { Data: Buffer.alloc(MIB), PartitionKey: 'k' }, MIB, `record 1 has ${MIB + 1} bytes with its partition key, but the stream takes at most ${MIB}`],
    ['more than any stream takes, whatever is said of this one', { Data: Buffer.alloc(10 * MIB), PartitionKey: 'k' }, 20 * MIB, `but the stream takes at most ${10 * MIB}`],
    ['no partition key', record(1, ''), undefined, 'the partition key of record 1 has 0 characters, but must have 1 to 256'],
    ['a long partition key', record(1, 'k'.repeat(257)), undefined, 'the partition key of record 1 has 257 characters, but must have 1 to 256'],
  ])('%s', async (_, bad, maxRecordSize, message) => {
    const kinesis = new FakeKinesis();
    const promise = putRecords([record(0), bad], { kinesis, stream, ...maxRecordSize === undefined ? {} : { maxRecordSize } });
    await expect(promise).rejects.toThrow(RangeError);
    await expect(promise).rejects.toThrow(message);
    expect(kinesis.calls).toEqual([]);
  });

  test('but not what is just small enough', async () => {
    const entries = [{ Data: Buffer.alloc(10 * MIB - 1), PartitionKey: 'k' }, record(1, 'k'.repeat(256))];
    await expect(putRecords(entries, { kinesis: new FakeKinesis(), stream })).resolves.toHaveLength(2);
    await expect(putRecords([{ Data: Buffer.alloc(MIB - 1), PartitionKey: 'k' }], { kinesis: new FakeKinesis(), stream, maxRecordSize: MIB })).resolves.toHaveLength(1);
  });

  test.each([0, -1, 1.5, Number.NaN])('%d attempts', async (maxAttempts) => {
    const kinesis = new FakeKinesis();
    await expect(putRecords(records(1), { kinesis, stream, maxAttempts })).rejects.toThrow(new RangeError(`maxAttempts is ${maxAttempts}, but must be a whole number from 1`));
    expect(kinesis.calls).toEqual([]);
  });
});
