import { asyncRecord, batch, firehoseLines, kinesisEvent, MAILER, ORDERS, packed } from './fakes';
import { firstFailure } from '../../../cli/src/replay/answer';
import { elementsOf, membersOf } from '../../../cli/src/replay/json-text';
import type { KeptBatch, KeptRecords } from '../../../cli/src/replay/kept';
import { readKept } from '../../../cli/src/replay/kept';
import { eventOf } from '../../../cli/src/replay/stream-batch';

const read = (content: unknown) => readKept(Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)));

describe('parts of a JSON text', () => {
  test.each([
    ['{}', []],
    [' { "a" : 1 , "b":"}," } ', [['a', '1'], ['b', '"},"']]],
    ['{"a":{"x":[1,{"y":","}]},"b\\"":[],"c":12345678901234567890.10}', [['a', '{"x":[1,{"y":","}]}'], ['b"', '[]'], ['c', '12345678901234567890.10']]],
    ['{"a":"\\\\","b":"\\\\\\""}', [['a', '"\\\\"'], ['b', '"\\\\\\""']]],
  ])('members of %s', (text, members) => {
    expect([...membersOf(text)]).toEqual(members);
  });

  test.each([
    ['[]', []],
    ['[ ]', []],
    ['[1, [2,3] ,{"a":"],["}]', ['1', '[2,3]', '{"a":"],["}']],
  ])('elements of %s', (text, elements) => {
    expect(elementsOf(text)).toEqual(elements);
  });
});

describe('a batch of a stream', () => {
  test('of Kinesis', () => {
    expect(read(batch(['49', '50']))).toMatchObject({
      form: 'stream-batch', recordedFor: ORDERS, conditions: ['RetryAttemptsExhausted'], event: kinesisEvent(['49', '50']), records: [{ id: '49' }, { id: '50' }],
    });
  });

  test('of DynamoDB', () => {
    const event = JSON.stringify({ Records: [{ dynamodb: { SequenceNumber: '800' }, eventSource: 'aws:dynamodb' }] });
    expect(read(batch([], { event }))).toMatchObject({ event, records: [{ id: '800' }] });
  });

  test('has as much as is wanted of the event, as it was written', () => {
    const event = '{"Records":[{"kinesis":{"sequenceNumber":"1"},"n":12345678901234567890},{"kinesis":{"sequenceNumber":"2"}}],"other":1.0}';
    const kept = read(batch([], { event })) as KeptBatch;
    expect(eventOf(kept, kept.records!.slice(0, 1))).toBe('{"Records":[{"kinesis":{"sequenceNumber":"1"},"n":12345678901234567890}],"other":1.0}');
  });

  test.each([
    ['of Kafka', '{"eventSource":"aws:kafka","records":{"topic-0":[{"offset":15}]}}'],
    ['with a sequence number twice', kinesisEvent(['1', '1'])],
    ['with a record without one', '{"Records":[{"kinesis":{}}]}'],
  ])('%s has records that cannot be told apart', (_, event) => {
    expect(read(batch([], { event }))).toMatchObject({ event, records: undefined });
  });

  test.each([
    ['has no payload, as one that is too large', { ...batch(['49', '50']), payload: undefined }, 'read 49 to 50 of shardId-000000000001 from the stream before they expire'],
    ['is of a tumbling window', batch([], { event: '{"Records":[],"window":{},"state":{}}' }), 'tumbling window'],
    ['has something else as payload', batch([], { event: 'oops' }), 'its payload is no event'],
    ['does not name a function', { requestContext: {}, payload: '{}' }, 'requestContext.functionArn'],
  ])('cannot be replayed if it %s', (_, document, why) => {
    expect(read(document)).toMatchObject({ form: 'stream-batch', unusable: expect.stringContaining(why) as string });
  });
});

describe('an asynchronous invocation', () => {
  test('has its event as it was written', () => {
    expect(read(asyncRecord('{"id": 12345678901234567890, "s": "\\u00e9}"}'))).toEqual({
      form: 'async-invocation', recordedFor: `${MAILER}:$LATEST`, conditions: ['RetriesExhausted'], event: '{"id": 12345678901234567890, "s": "\\u00e9}"}',
    });
  });

  test('may have null as its event', () => {
    expect(read(asyncRecord('null'))).toMatchObject({ event: 'null' });
  });

  test('that succeeded is not replayed', () => {
    expect(read(asyncRecord('{}').replace('RetriesExhausted', 'Success'))).toMatchObject({ unusable: expect.stringContaining('succeeded') as string });
  });
});

describe('records of Firehose', () => {
  const data = (kept: unknown) => (kept as KeptRecords).records.map((record) => Buffer.from(record).toString());

  test('are the lines', () => {
    const kept = read(firehoseLines(['{"a":1}\n', 'é']));
    expect(kept).toMatchObject({ form: 'firehose-records', conditions: ['Lambda.FunctionError'] });
    expect(data(kept)).toEqual(['{"a":1}\n', 'é']);
  });

  test('may be packed', () => {
    expect(data(readKept(packed(firehoseLines(['one']))))).toEqual(['one']);
  });

  test('may not be read by halves', () => {
    expect(read(`${firehoseLines(['one'])}{"rawData":"dHd"`)).toMatchObject({ unusable: 'its line 2 has no rawData in base64' });
  });
});

test.each([
  ['an empty object', ''],
  ['text', 'hello'],
  ['another JSON', '{"a":1}'],
  ['a damaged archive', Buffer.from([0x1f, 0x8b, 1])],
])('%s is none of the forms', (_, content) => {
  expect(readKept(Buffer.from(content))).toEqual({ unusable: expect.any(String) as string });
});

describe('the answer to a batch', () => {
  const records = ['1', '2', '3'].map((id) => ({ id, text: '' }));

  test.each([
    ['null', 3], ['{}', 3], ['"ok"', 3], ['', 3], ['{"batchItemFailures":[]}', 3], ['{"batchItemFailures":null}', 3],
    ['{"batchItemFailures":[{"itemIdentifier":"2"}]}', 1],
    ['{"batchItemFailures":[{"itemIdentifier":"3"},{"itemIdentifier":"2"}]}', 1],
    ['{"batchItemFailures":[{"itemIdentifier":"9"}]}', undefined],
    ['{"batchItemFailures":[{"itemIdentifier":""}]}', undefined],
    ['{"batchItemFailures":[{"itemIdentifier":null}]}', undefined],
    ['{"batchItemFailures":[{"id":"2"}]}', undefined],
    ['{"batchItemFailures":"2"}', undefined],
  ])('%s', (answer, first) => {
    expect(firstFailure(answer, records)).toBe(first);
  });
});
