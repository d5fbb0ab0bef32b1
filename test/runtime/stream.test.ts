import type { DynamoDBBatchResponse, DynamoDBRecord, KinesisStreamBatchResponse, KinesisStreamRecord } from 'aws-lambda';
import { processInOrder } from '../../runtime/src';

const kinesis = (number: string) => ({ eventSource: 'aws:kinesis', kinesis: { sequenceNumber: number, partitionKey: 'k', data: '' } }) as KinesisStreamRecord;
const dynamodb = (number: string) => ({ eventSource: 'aws:dynamodb', dynamodb: { SequenceNumber: number, Keys: {} } }) as DynamoDBRecord;

let log: jest.SpyInstance;

beforeEach(() => {
  log = jest.spyOn(console, 'error').mockReturnValue();
});

afterEach(() => {
  jest.restoreAllMocks();
});

describe.each([['Kinesis', kinesis], ['a DynamoDB stream', dynamodb]])('the records of %s', (_, record) => {
  const batch = [record('1'), record('2'), record('3'), record('4')];

  test('are processed one after the other', async () => {
    const steps: string[] = [];
    const answer = await processInOrder<typeof batch[number]>(batch, async (each) => {
      steps.push(`begin ${batch.indexOf(each)}`);
      await new Promise(setImmediate);
      steps.push(`end ${batch.indexOf(each)}`);
    });
    expect(steps).toEqual([0, 1, 2, 3].flatMap((index) => [`begin ${index}`, `end ${index}`]));
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(log).not.toHaveBeenCalled();
  });

  test.each<[string, () => unknown]>([
    ['is rejected', async () => Promise.reject(new Error('poison'))],
    ['throws', () => { throw new Error('poison'); }],
  ])('end at the first whose handler %s: from there on Lambda delivers them again', async (__, fail) => {
    const seen: unknown[] = [];
    const answer = await processInOrder<typeof batch[number]>(batch, (each) => {
      seen.push(each);
      return [1, 3].includes(batch.indexOf(each)) ? fail() : undefined;
    });
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });
    expect(seen).toEqual(batch.slice(0, 2));
    expect(log.mock.calls).toEqual([['the record 2 failed, so it and what follows will be delivered again:', new Error('poison')]]);
  });

  test('may all come again', async () => {
    expect(await processInOrder<typeof batch[number]>(batch, () => { throw new Error('poison'); })).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
  });

  test('need not be there', async () => {
    expect(await processInOrder([], () => undefined)).toEqual({ batchItemFailures: [] });
  });
});

test('who asks is told of the failure in place of the log', async () => {
  const onFailure = jest.fn();
  const batch = [kinesis('1'), kinesis('2')];
  await processInOrder(batch, () => { throw new Error('poison'); }, { onFailure });
  expect(onFailure.mock.calls).toEqual([[new Error('poison'), batch[0]]]);
  expect(log).not.toHaveBeenCalled();
});

test.each<[string, object]>([
  ['of SQS', { messageId: '1', body: '{}', eventSource: 'aws:sqs' }],
  ['with an empty number', kinesis('')],
  ['without a number', { dynamodb: {} }],
])('a record %s is refused, before any is processed', async (_, record) => {
  const handler = jest.fn();
  await expect(processInOrder([kinesis('1'), record], handler)).rejects.toThrow(
    new TypeError('record 1 has no sequence number: processInOrder takes the records of Kinesis and of DynamoDB streams, as Lambda gives them'),
  );
  expect(handler).not.toHaveBeenCalled();
});

test('what is returned is what the types of Lambda ask for', async () => {
  const ofKinesis: KinesisStreamBatchResponse = await processInOrder([kinesis('1')], ({ kinesis: { data } }) => data);
  const ofDynamoDb: DynamoDBBatchResponse = await processInOrder([dynamodb('1')], async ({ dynamodb: change }) => change?.NewImage);
  expect([ofKinesis, ofDynamoDb]).toEqual([{ batchItemFailures: [] }, { batchItemFailures: [] }]);
});
