import { DeleteCommand, DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBRecord, KinesisStreamRecord } from 'aws-lambda';
import type { OutgoingMessage } from '../../integ/support/entrances/entrance';
import { sender as streamSender } from '../../integ/support/entrances/stream';
import { sender as tableSender } from '../../integ/support/entrances/table';
import { contentOf } from '../../integ/support/stream-record';

const mockPut = jest.fn();
const mockSlept: number[] = [];
jest.mock('../../integ/support/kinesis', () => ({ putRecords: (...args: unknown[]) => mockPut(...args) as unknown }));
jest.mock('node:timers/promises', () => ({ setTimeout: async (ms: number) => void mockSlept.push(ms) }));

const message = (number: number, more: Partial<OutgoingMessage> = {}): OutgoingMessage => (
  { number, body: JSON.stringify({ run: 'run', number }), mark: `ledger/run/${number}`, deduplicationId: `run-${number}`, ...more }
);

beforeEach(() => {
  mockSlept.length = 0;
  mockPut.mockReset();
});

describe('a stream', () => {
  test('gets the messages of a group with one partition key, and their digests are those of the records', async () => {
    mockPut.mockResolvedValue(['11', '12']);
    const { confirmed } = await streamSender.send('orders', [message(1, { group: 'a' }), message(2)]);
    const [name, records] = mockPut.mock.calls[0] as [string, { Data: string; PartitionKey: string }[]];
    expect([name, records.map(({ PartitionKey }) => PartitionKey)]).toEqual(['orders', ['a', 'message-2']]);
    expect(confirmed).toEqual(records.map(({ Data: data, PartitionKey: partitionKey }, index) => ({
      number: index + 1,
      messageId: `1${index + 1}`,
      sequence: `1${index + 1}`,
      digest: contentOf({ kinesis: { sequenceNumber: '1', partitionKey, data } } as KinesisStreamRecord).digest,
    })));
  });

  test('has not confirmed what it had no room for', async () => {
    mockPut.mockResolvedValue([undefined, '12']);
    expect(await streamSender.send('orders', [message(1), message(2)])).toMatchObject({ confirmed: [{ number: 2 }], refused: [] });
  });

  test('gets messages with a delay one after the other', async () => {
    mockPut.mockImplementation(async (_name, records: unknown[]) => records.map(() => '1'));
    await streamSender.send('orders', [message(1, { delaySeconds: 0 }), message(2, { delaySeconds: 1 }), message(3, { delaySeconds: 2 })]);
    expect(mockPut).toHaveBeenCalledTimes(3);
    expect(mockSlept.map((ms) => Math.round(ms / 1000))).toEqual([0, 1, 2]);
  });
});

describe('a table', () => {
  const sent: unknown[] = [];
  beforeEach(() => {
    sent.length = 0;
    jest.spyOn(DynamoDBDocumentClient.prototype, 'send').mockImplementation(async (command: unknown) => void sent.push(command));
  });
  afterEach(() => jest.restoreAllMocks());

  test('gets the messages of a group as changes of one item, and their digests are those of the records', async () => {
    const { confirmed } = await tableSender.send('orders', [message(1, { group: 'a', category: 'book' })]);
    const { TableName, Item: item = {} } = (sent[0] as PutCommand).input;
    const NewImage = Object.fromEntries(Object.entries(item).map(([name, S]) => [name, { S: S as string }]));
    expect([TableName, item]).toEqual(['orders', { group: 'a', body: message(1).body, category: 'book' }]);
    expect(confirmed).toMatchObject([{ number: 1, digest: contentOf({ dynamodb: { SequenceNumber: '1', NewImage } } as DynamoDBRecord).digest }]);
  });

  test('loses at once what is to be deleted, and gets what is over with its time', async () => {
    await tableSender.send('orders', [message(1, { category: 'deleted' }), message(2, { category: 'expired' })]);
    expect(sent.map((command) => (command as PutCommand | DeleteCommand).constructor.name)).toEqual(['PutCommand', 'DeleteCommand', 'PutCommand']);
    expect((sent[1] as DeleteCommand).input.Key).toEqual({ group: 'message-1' });
    const { expires } = (sent[2] as PutCommand).input.Item as { expires: number };
    expect(Date.now() / 1000 - expires).toBeGreaterThan(55);
  });
});
