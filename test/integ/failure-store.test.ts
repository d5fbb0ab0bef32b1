import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { readFailures, replayFailures } from '../../integ/support/failure-store';
import { digestOfInvocation } from '../../integ/support/invocation-event';
import { digestOf } from '../../integ/support/stream-record';

const store = { bucket: 'failures', prefix: 'aws/lambda/uuid/' };
const functionArn = 'arn:aws:lambda:us-east-1:123456789012:function:handler';

let objects: Record<string, object>;
let answer: { Payload?: Buffer; FunctionError?: string };
const invoked: unknown[] = [];

const bodyOf = (number: number) => JSON.stringify({ run: 'orders', number });
const recordOf = (number: number) => (
  { eventID: `shard:${number}`, kinesis: { sequenceNumber: String(number), partitionKey: 'a', data: Buffer.from(bodyOf(number)).toString('base64') } }
);

function failure(numbers: number[], info: object = {}) {
  const batch = { batchSize: numbers.length, startSequenceNumber: String(numbers[0]), endSequenceNumber: String(numbers.at(-1)), ...info };
  return {
    requestContext: { functionArn, condition: 'RetryAttemptsExhausted' },
    KinesisBatchInfo: batch,
    payload: JSON.stringify({ Records: numbers.map(recordOf) }),
  };
}

beforeEach(() => {
  invoked.length = 0;
  answer = { Payload: Buffer.from('{"batchItemFailures":[]}') };
  jest.spyOn(S3Client.prototype, 'send').mockImplementation(async (command: unknown) => {
    if (command instanceof ListObjectsV2Command) {
      const keys = Object.keys(objects).filter((key) => key.startsWith(command.input.Prefix ?? '')).sort();
      const start = Number(command.input.ContinuationToken ?? 0);
      const end = start + 2;
      return { Contents: keys.slice(start, end).map((Key) => ({ Key })), ...(end < keys.length ? { NextContinuationToken: String(end) } : {}) };
    }
    if (command instanceof GetObjectCommand) {
      return { Body: { transformToString: async () => JSON.stringify(objects[command.input.Key!]) } };
    }
    delete objects[(command as DeleteObjectCommand).input.Key!];
    return {};
  });
  jest.spyOn(LambdaClient.prototype, 'send').mockImplementation(async (command: unknown) => {
    const { FunctionName, Payload } = (command as InvokeCommand).input;
    invoked.push([FunctionName, JSON.parse(Payload as string)]);
    return answer;
  });
});

afterEach(() => jest.restoreAllMocks());

test('all records of all batches are read, each with its digest, and left there', async () => {
  objects = {
    'aws/lambda/uuid/s/1': failure([12]),
    'aws/lambda/uuid/s/2': failure([2, 3]),
    'aws/lambda/uuid/s/3': failure([7]),
    'aws/lambda/other/s/1': failure([99]),
  };
  const stored = await readFailures(store);
  expect(stored.map(({ number }) => number)).toEqual([2, 3, 7, 12]);
  expect(stored[0]).toEqual({ number: 2, digest: digestOf({ group: 'a', body: bodyOf(2) }), condition: 'RetryAttemptsExhausted' });
  expect(Object.keys(objects)).toHaveLength(4);
});

test('batches are given to the function that failed, in the order of the stream, and what is done is removed', async () => {
  objects = { 'aws/lambda/uuid/s/1': failure([12]), 'aws/lambda/uuid/s/2': failure([2, 3]) };
  expect(await replayFailures(store)).toEqual([2, 3, 12]);
  expect(invoked).toEqual([[functionArn, { Records: [recordOf(2), recordOf(3)] }], [functionArn, { Records: [recordOf(12)] }]]);
  expect(objects).toEqual({});
});

test('a batch that fails again stays', async () => {
  objects = { 'aws/lambda/uuid/s/1': failure([1]) };
  answer = { Payload: Buffer.from('{"batchItemFailures":[{"itemIdentifier":"1"}]}') };
  await replayFailures(store);
  expect(Object.keys(objects)).toHaveLength(1);
  answer = { Payload: Buffer.from('{"errorMessage":"no stock"}'), FunctionError: 'Unhandled' };
  await expect(replayFailures(store)).rejects.toThrow('replay of aws/lambda/uuid/s/1: {"errorMessage":"no stock"}');
  expect(Object.keys(objects)).toHaveLength(1);
});

test.each([
  ['fewer records than it says', failure([1, 2], { batchSize: 3 })],
  ['another first record', failure([1, 2], { startSequenceNumber: '0' })],
  ['another last record', failure([1, 2], { endSequenceNumber: '3' })],
  ['no record', failure([])],
])('a batch that has %s is an error', async (_what, object) => {
  objects = { 'aws/lambda/uuid/s/1': object };
  await expect(readFailures(store)).rejects.toThrow('failure aws/lambda/uuid/s/1: says that it has');
});

test('a record that is not of the ledger is an error', async () => {
  const payload = JSON.stringify({ Records: [{ kinesis: { sequenceNumber: '1', partitionKey: 'a', data: Buffer.from('hello').toString('base64') } }] });
  objects = { 'aws/lambda/uuid/s/1': { ...failure([1]), payload } };
  await expect(readFailures(store)).rejects.toThrow('a record in a failure store is no message of a ledger: hello');
});

describe('an asynchronous invocation', () => {
  const event = { messageId: 'm', body: bodyOf(4) };
  const record = (requestPayload: object) => ({ version: '1.0', requestContext: { functionArn, condition: 'RetriesExhausted' }, requestPayload });

  test('is read with its digest, in which every character of the event counts', async () => {
    objects = { 'aws/lambda/uuid/1': record(event), 'aws/lambda/uuid/2': record({ ...event, body: `${event.body} ` }), 'aws/lambda/uuid/3': record({ ...event, more: 1 }) };
    const stored = await readFailures(store);
    expect(stored.map(({ number, condition }) => [number, condition])).toEqual(Array(3).fill([4, 'RetriesExhausted']));
    expect(stored[0]?.digest).toBe(digestOfInvocation(event));
    expect(new Set(stored.map(({ digest }) => digest)).size).toBe(3);
  });

  test('is given to its function again, and removed when it is done', async () => {
    objects = { 'aws/lambda/uuid/1': record(event) };
    answer = { Payload: Buffer.from('{}') };
    expect(await replayFailures(store)).toEqual([4]);
    expect(invoked).toEqual([[functionArn, event]]);
    expect(objects).toEqual({});
  });
});
