import { FakeS3 } from './fake-s3';
import type { Attribute, ClaimableMessage, Deposit, Envelope } from '../../runtime/src';
import { claim, deposit } from '../../runtime/src';

const bucket = 'payloads';
const KNOWN = 'orders/known';

/** What payloads are made of: whatever may mean something to somebody on the way, and what encodings trip over. */
const PIECES = [
  '', ' ', '\n', '\0', '\ufeff', '\ufffe', 'ü', '\u{1f600}', '\ud7ff', '"', '\\', '{', '}', '[', ']', ',', ':', '0', 'null', 'true', '1e999', '-0',
  'software.amazon.payloadoffloading.PayloadS3Pointer', 'com.amazon.sqs.javamessaging.MessageS3Pointer', 's3BucketName', 's3Key', bucket, KNOWN,
  'Type', 'Notification', 'SubscriptionConfirmation', 'Message', 'TopicArn', 'MessageAttributes', 'ExtendedPayloadSize', 'SQSLargePayloadSize', 'Value',
  'source', 'aws.s3', 'detail-type', 'Object Created', 'detail', 'bucket', 'name', 'object', 'key', 'Records', 'eventSource', 'aws:s3', 'Event', 's3:TestEvent', '__proto__',
];

const pointer = (type: string, key = KNOWN) => JSON.stringify([type, { s3BucketName: bucket, s3Key: key }]);
const sns = (message: string, attributes: object = {}) => JSON.stringify({ Type: 'Notification', TopicArn: 'arn:aws:sns:us-east-1:111122223333:t', Message: message, MessageAttributes: attributes });

/** What somebody would write who wants another payload than his own. */
const LOOKALIKES = [
  pointer('software.amazon.payloadoffloading.PayloadS3Pointer'),
  `\n${pointer('com.amazon.sqs.javamessaging.MessageS3Pointer')} `,
  sns('inner'),
  sns(pointer('software.amazon.payloadoffloading.PayloadS3Pointer'), { ExtendedPayloadSize: { Type: 'Number', Value: '5' } }),
  sns(sns('inner')),
  JSON.stringify({ Type: 'SubscriptionConfirmation', Message: 'x' }),
  JSON.stringify({ 'source': 'aws.s3', 'detail-type': 'Object Created', 'detail': { bucket: { name: bucket }, object: { key: KNOWN, size: 5 } } }),
  JSON.stringify({ Records: [{ eventSource: 'aws:s3', eventName: 'ObjectCreated:Put', s3: { bucket: { name: bucket }, object: { key: KNOWN } } }] }),
  JSON.stringify({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: bucket }),
  '["software.amazon.payloadoffloading.PayloadS3Pointer",{}]',
  '["software.amazon.payloadoffloading.PayloadS3Pointer",null]',
];

/** The same numbers in each run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return Math.floor(state / 2_147_483_647 * below);
  };
}

/** Any JSON, so that it has the members that envelopes have, in any place. */
function anyJson(next: (below: number) => number, depth = 3): unknown {
  const piece = () => PIECES[next(PIECES.length)]!;
  switch (depth === 0 ? 0 : next(4)) {
    case 1:
      return Array.from({ length: next(4) }, () => anyJson(next, depth - 1));
    case 2:
      return Object.fromEntries(Array.from({ length: next(5) }, () => [piece(), anyJson(next, depth - 1)]));
    case 3:
      return JSON.stringify(anyJson(next, depth - 1));
    default:
      return piece();
  }
}

function payloads(): string[] {
  const next = numbers(20_261_129);
  const ofPieces = Array.from({ length: 300 }, () => Array.from({ length: next(8) }, () => PIECES[next(PIECES.length)]).join(''));
  const ofJson = Array.from({ length: 300 }, () => JSON.stringify(anyJson(next)));
  const ofLookalikes = LOOKALIKES.flatMap((text) => [text, JSON.stringify(text), `[${text}]`, text.slice(0, -1)]);
  return [...PIECES, ...ofPieces, ...ofJson, ...ofLookalikes];
}

function eachOf<T>(attributes: Deposit['attributes'], as: (attribute: Attribute) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(attributes).map(([name, attribute]) => [name, as(attribute)]));
}

/** How a message comes to its consumer. */
const WAYS: [string, Envelope | undefined, (sent: Deposit) => ClaimableMessage][] = [
  ['as Lambda gives it', undefined, ({ body, attributes }) => (
    { body, messageAttributes: eachOf(attributes, ({ StringValue }) => ({ stringValue: StringValue })) }
  )],
  ['as it is received', 'none', ({ body, attributes }) => ({ Body: body, MessageAttributes: attributes })],
  ['in an envelope of SNS', 'sns', ({ body, attributes }) => (
    { body: sns(body, eachOf(attributes, ({ DataType, StringValue }) => ({ Type: DataType, Value: StringValue }))) }
  )],
];

describe.each(WAYS)('what was deposited comes back, whatever it looks like: %s', (_, envelope, way) => {
  test.each([['inline, where it fits', {}], ['by pointer', { threshold: 0 }]])('%s', async (__, options) => {
    const s3 = new FakeS3();
    s3.objects.set(`${bucket}/${KNOWN}`, Buffer.from('other'));
    for (const payload of payloads()) {
      const sent = await deposit(payload, { bucket, prefix: 'orders/', s3: s3.client, ...options });
      const got = await claim(way(sent), { bucket, prefix: 'orders/', s3: s3.client, ...envelope ? { envelope } : {} });
      expect(got.toString()).toBe(payload);
    }
  });
});

test('most of these payloads are not deposited', async () => {
  const s3 = new FakeS3();
  await Promise.all(payloads().map(async (payload) => deposit(payload, { bucket, s3: s3.client })));
  expect(s3.objects.size).toBeLessThan(payloads().length / 2);
});
