import type { DynamoDBRecord, KinesisStreamRecord } from 'aws-lambda';
import { contentOf, digestOf } from '../../integ/support/stream-record';

const body = JSON.stringify({ run: 'orders', number: 7, content: 'ü€' });

const kinesis = (data: string, partitionKey = 'a') => (
  { kinesis: { sequenceNumber: '1', partitionKey, data: Buffer.from(data).toString('base64') } } as KinesisStreamRecord
);
const put = (item: Readonly<Record<string, string>>) => (
  { dynamodb: { SequenceNumber: '1', NewImage: Object.fromEntries(Object.entries(item).map(([name, S]) => [name, { S }])) } } as DynamoDBRecord
);

test('a record has the digest of what was sent', () => {
  expect(contentOf(kinesis(body))).toEqual({ sequence: '1', group: 'a', body, digest: digestOf({ group: 'a', body }) });
  expect(contentOf(put({ group: 'a', body, category: 'book' }))).toEqual({ sequence: '1', group: 'a', body, digest: digestOf({ group: 'a', body, category: 'book' }) });
});

test.each([
  ['its body', kinesis(`${body} `)],
  ['its key', kinesis(body, 'b')],
  ['its category', put({ group: 'a', body, category: 'book' })],
])('a record that differs in %s has another digest', (_what, record) => {
  expect(contentOf(record).digest).not.toBe(digestOf({ group: 'a', body }));
});

test('the new image counts more than the old one', () => {
  const before = put({ group: 'a', body: 'before' }).dynamodb!.NewImage!;
  expect(contentOf({ dynamodb: { ...put({ group: 'a', body }).dynamodb, OldImage: before } }).body).toBe(body);
});
