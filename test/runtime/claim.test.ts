import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import { etagOf, FakeS3 } from './fake-s3';
import type { LambdaMessage as ClaimableMessage } from '../../runtime/src';
import {
  claim,
  ClaimError,
  claimStream,
  deposit,
  ForeignPayloadError,
  hasPayload,
  MalformedEnvelopeError,
  MalformedPointerError,
  NoPayloadError,
  PayloadArchivedError,
  PayloadChangedError,
  PayloadDeniedError,
  PayloadMissingError,
  PayloadTruncatedError,
} from '../../runtime/src';

const bucket = 'payloads';
const POINTER = 'software.amazon.payloadoffloading.PayloadS3Pointer';

function pointer(key: string, type = POINTER, where = bucket): string {
  return JSON.stringify([type, { s3BucketName: where, s3Key: key }]);
}

function record(body: string, attributes: Record<string, string> = {}): ClaimableMessage {
  return { body, messageAttributes: Object.fromEntries(Object.entries(attributes).map(([name, stringValue]) => [name, { stringValue }])) };
}

function upload(key: string, object: Record<string, unknown> = {}, event: Record<string, unknown> = {}): ClaimableMessage {
  return record(JSON.stringify({ 'source': 'aws.s3', 'detail-type': 'Object Created', 'detail': { bucket: { name: bucket }, object: { key, ...object } }, ...event }));
}

function s3With(objects: Record<string, string | Buffer>): FakeS3 {
  const s3 = new FakeS3();
  Object.entries(objects).forEach(([key, value]) => s3.objects.set(`${bucket}/${key}`, Buffer.from(value as string)));
  return s3;
}

async function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(() => new Error('it did not fail'), (error: Error) => error);
}

describe('the payload of a message', () => {
  test.each<[string, string]>([
    ['text', 'grüezi'],
    ['JSON', '{"order":1}'],
    ['JSON that is a list of two', '["a",{"b":1}]'],
    ['what looks like an envelope of SNS', '{"Type":"Notification","TopicArn":"arn:aws:sns:us-east-1:111122223333:orders","Message":"x"}'],
    ['what looks like an event of S3', '{"source":"aws.s3","detail-type":"Object Created","detail":{"bucket":{"name":"payloads"},"object":{"key":"x"}}}'],
    ['what looks like a notification of S3', '{"Records":[{"eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"payloads"},"object":{"key":"x"}}}]}'],
    ['what looks like the test event of S3', '{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"payloads"}'],
    ['a list with a pointer in it', `[${pointer('x')},1]`],
    ['broken JSON', '["software'],
    ['null', 'null'],
  ])('is the message itself: %s', async (_, body) => {
    expect((await claim({ body }, { bucket, s3: new FakeS3().client })).toString()).toBe(body);
    expect((await claim({ Body: body }, { bucket, s3: new FakeS3().client })).toString()).toBe(body);
  });

  test.each([
    ['', 'ExtendedPayloadSize', POINTER],
    [' of version 1', 'SQSLargePayloadSize', 'com.amazon.sqs.javamessaging.MessageS3Pointer'],
    [' of both versions', 'SQSLargePayloadSize', POINTER],
  ])('is where a pointer of the Extended Client Libraries%s says', async (_, attribute, type) => {
    const s3 = s3With({ x: 'payload' }).client;
    expect((await claim(record(pointer('x', type), { [attribute]: '7' }), { bucket, s3 })).toString()).toBe('payload');
    expect((await claim({ Body: pointer('x', type), MessageAttributes: { [attribute]: { StringValue: '7' } } }, { bucket, s3 })).toString()).toBe('payload');
  });

  test('comes back as it was deposited', async () => {
    const s3 = new FakeS3();
    const payload = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 256));
    const { body, attributes } = await deposit(payload, { bucket, prefix: 'orders/', s3: s3.client });
    const message = { Body: body, MessageAttributes: attributes };
    expect((await claim(message, { bucket, prefix: 'orders/', s3: s3.client })).equals(payload)).toBe(true);
  });

  test.each(['', 'x'])('may be %p', async (payload) => {
    const s3 = new FakeS3();
    const { body, attributes } = await deposit(payload, { bucket, threshold: 0, s3: s3.client });
    expect((await claim({ Body: body, MessageAttributes: attributes }, { bucket, s3: s3.client })).toString()).toBe(payload);
  });
});

describe('a message in an envelope of SNS', () => {
  const inEnvelope = (envelope: object): ClaimableMessage => record(JSON.stringify({ Type: 'Notification', TopicArn: 'arn:aws:sns:us-east-1:111122223333:orders', ...envelope }));
  const options = { bucket, envelope: 'sns' } as const;

  test('has the payload that it says', async () => {
    expect((await claim(inEnvelope({ Message: 'payload' }), { ...options, s3: new FakeS3().client })).toString()).toBe('payload');
  });

  test('has the payload where its pointer says', async () => {
    const message = inEnvelope({ Message: pointer('x'), MessageAttributes: { ExtendedPayloadSize: { Type: 'Number', Value: '7' } } });
    expect((await claim(message, { ...options, s3: s3With({ x: 'payload' }).client })).toString()).toBe('payload');
  });

  test('is opened once: the payload may be such an envelope too', async () => {
    const payload = inEnvelope({ Message: 'inner' }).body;
    expect((await claim(inEnvelope({ Message: payload }), { ...options, s3: new FakeS3().client })).toString()).toBe(payload);
  });

  test.each(['payload', '{}', '{"Type":"Notification"}', '{"Message":"x"}', 'null', '{"Type":'])('is refused if it is none: %s', async (body) => {
    const error = await failure(claim(record(body), options));
    expect(error).toBeInstanceOf(MalformedEnvelopeError);
    expect(error.message).toBe(`envelope is 'sns', but the body is no notification of SNS: leave envelope out where raw message delivery is on: ${body}`);
    expect(hasPayload(record(body), options)).toBe(true);
  });

  test.each(['SubscriptionConfirmation', 'UnsubscribeConfirmation'])('has no payload if it is a %s', async (Type) => {
    const message = inEnvelope({ Type, Message: 'You have chosen to subscribe' });
    const error = await failure(claim(message, options));
    expect(error).toBeInstanceOf(NoPayloadError);
    expect(error.message).toBe(`the message is a ${Type} of SNS, which has no payload: acknowledge it`);
    expect(hasPayload(message, options)).toBe(false);
  });
});

describe('an event of S3', () => {
  const options = { bucket, envelope: 's3-event' } as const;
  const notification = (key: unknown, object: object = {}, event: object = {}) => ({ eventSource: 'aws:s3', eventName: 'ObjectCreated:Put', s3: { bucket: { name: bucket }, object: { key, ...object } }, ...event });
  const etag = etagOf(Buffer.from('payload'));

  test.each<[string, ClaimableMessage]>([
    ['through EventBridge', upload('a/ü +%.csv', { size: 7, etag })],
    ['from the bucket itself', record(JSON.stringify({ Records: [notification('a/%C3%BC+%2B%25.csv', { size: 7, eTag: etag })] }))],
  ])('%s has the object that it is about for its payload', async (_, message) => {
    expect((await claim(message, { ...options, s3: s3With({ 'a/ü +%.csv': 'payload' }).client })).toString()).toBe('payload');
    expect(hasPayload(message, options)).toBe(true);
  });

  test.each<[string, ClaimableMessage]>([
    ['through EventBridge', upload('x', { 'size': 7, etag, 'version-id': 'v1' })],
    ['from the bucket itself', record(JSON.stringify({ Records: [notification('x', { size: 7, eTag: etag, versionId: 'v1' })] }))],
  ])('%s of a bucket with versions has the version that it is about, whatever came later', async (_, message) => {
    const s3 = s3With({ 'x': 'replaced', 'x?versionId=v1': 'payload' });
    expect((await claim(message, { ...options, s3: s3.client })).toString()).toBe('payload');
  });

  test('of a bucket whose versions are suspended has the object', async () => {
    const message = upload('x', { 'size': 7, etag, 'version-id': 'null' });
    expect((await claim(message, { ...options, s3: s3With({ x: 'payload' }).client })).toString()).toBe('payload');
  });

  test('of a version that the role may not read says which action it lacks', async () => {
    const s3 = new FakeS3();
    s3.failing.set('GetObject', ['AccessDenied', 403]);
    const error = await failure(claim(upload('x', { 'size': 7, etag, 'version-id': 'v1' }), { ...options, s3: s3.client }));
    expect(error.message).toContain('or the role lacks s3:GetObjectVersion on it');
  });

  test.each<[string, ClaimableMessage, string]>([
    ['the test event', record('{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"payloads"}'), 'the message is the test event that S3 sends when notifications are set up, which has no payload: acknowledge it'],
    ['a folder', upload('in/2026/', { size: 0 }), "the message is about the folder 'in/2026/', which has no payload: acknowledge it"],
    ['a folder, told by the bucket itself', record(JSON.stringify({ Records: [notification('in/', { size: 0 })] })), "the message is about the folder 'in/', which has no payload: acknowledge it"],
    ['a deletion', upload('x', {}, { 'detail-type': 'Object Deleted' }), "the message is the event 'Object Deleted' of S3, which is not about an object that was created: acknowledge it, and let the rule send only 'Object Created'"],
    ['a removal, told by the bucket itself', record(JSON.stringify({ Records: [notification('x', {}, { eventName: 'ObjectRemoved:Delete' })] })), "the message is the event 'ObjectRemoved:Delete' of S3, which is not about an object that was created: acknowledge it, and let the rule send only 'Object Created'"],
  ])('has no payload: %s', async (_, message, text) => {
    const error = await failure(claim(message, { ...options, s3: s3With({ x: 'payload' }).client }));
    expect(error).toBeInstanceOf(NoPayloadError);
    expect(error.message).toBe(text);
    expect(hasPayload(message, options)).toBe(false);
  });

  test.each([['in/', 'payload'], ['empty', '']])('has a payload: %p with %p in it', async (key, content) => {
    const message = upload(key, { size: content.length });
    expect((await claim(message, { ...options, s3: s3With({ [key]: content }).client })).toString()).toBe(content);
    expect(hasPayload(message, options)).toBe(true);
  });

  test.each<[string, string]>([
    ['a payload', 'payload'],
    ['a list', '[1]'],
    ['null', 'null'],
    ['an event of another service', '{"source":"aws.ec2","detail-type":"Object Created"}'],
    ['an event without a bucket', '{"source":"aws.s3","detail-type":"Object Created","detail":{"object":{"key":"x"}}}'],
    ['an event without a key', '{"source":"aws.s3","detail-type":"Object Created","detail":{"bucket":{"name":"payloads"}}}'],
    ['an event without details', '{"source":"aws.s3","detail-type":"Object Created"}'],
    ['an event without a type', '{"source":"aws.s3","detail":{"bucket":{"name":"payloads"},"object":{"key":"x"}}}'],
    ['two notifications', JSON.stringify({ Records: [notification('x'), notification('y')] })],
    ['no notification', '{"Records":[]}'],
    ['a notification of another service', JSON.stringify({ Records: [notification('x', {}, { eventSource: 'aws:sns' })] })],
    ['a notification whose key cannot be read', JSON.stringify({ Records: [notification('%')] })],
    ['a notification whose key is no text', JSON.stringify({ Records: [notification(1)] })],
    ['a notification without an object', JSON.stringify({ Records: [notification('x', {}, { s3: undefined })] })],
  ])('is refused if it is none: %s', async (_, body) => {
    const error = await failure(claim(record(body), options));
    expect(error).toBeInstanceOf(MalformedEnvelopeError);
    expect(error.message).toBe(`envelope is 's3-event', but the body is no event of S3 about one object: ${body}`.slice(0, 200 + "envelope is 's3-event', but the body is no event of S3 about one object: ".length));
  });
});

test('an envelope that there is not is refused', async () => {
  expect((await failure(claim(record('x'), { bucket, envelope: 'sqs' as 'sns' }))).message).toBe("envelope is 'sqs', but must be 'none', 'sns' or 's3-event'");
  expect(() => hasPayload(record('x'), { envelope: 'none' })).not.toThrow();
});

describe('a pointer that cannot be read', () => {
  test('is one whose message lost its attributes', async () => {
    const s3 = s3With({ x: 'payload' });
    const error = await failure(claim(record(pointer('x')), { bucket, s3: s3.client }));
    expect(error).toBeInstanceOf(MalformedPointerError);
    expect(error.message).toBe(
      'the body is a pointer, but the message lacks the attribute ExtendedPayloadSize: send it with all attributes that deposit gave, ' +
      "receive it with MessageAttributeNames: ['All'], and without raw message delivery claim it with envelope: 'sns'",
    );
    expect(s3.calls).toEqual([]);
  });

  test.each([
    ['no JSON', 'payload'],
    ['no list', '{"s3BucketName":"payloads","s3Key":"x"}'],
    ['a list of one', `["${POINTER}"]`],
    ['a list of three', `["${POINTER}",{"s3BucketName":"payloads","s3Key":"x"},1]`],
    ['of an unknown class', pointer('x', 'java.lang.Runtime')],
    ['without a target', `["${POINTER}",null]`],
    ['without a key', `["${POINTER}",{"s3BucketName":"payloads"}]`],
    ['without a bucket', `["${POINTER}",{"s3Key":"x"}]`],
    ['with a key that is no text', `["${POINTER}",{"s3BucketName":"payloads","s3Key":1}]`],
  ])('is an error: %s', async (_, body) => {
    const s3 = s3With({ x: 'payload' });
    const error = await failure(claim(record(body, { ExtendedPayloadSize: '7' }), { bucket, s3: s3.client }));
    expect(error).toBeInstanceOf(MalformedPointerError);
    expect(error.message).toBe(`the message says that its payload is in S3, but its body is no pointer to it: ${body}`);
    expect(s3.calls).toEqual([]);
  });

  test.each(['', '-1', '1.5', 'many'])('is one with the size %p', async (size) => {
    const error = await failure(claim(record(pointer('x'), { ExtendedPayloadSize: size }), { bucket, s3: s3With({ x: 'payload' }).client }));
    expect(error).toBeInstanceOf(MalformedPointerError);
    expect(error.message).toBe(`ExtendedPayloadSize is '${size}', but must be the size of the payload in bytes`);
  });
});

describe('a payload that is not this consumer\'s', () => {
  test.each<[string, ClaimableMessage, string]>([
    ['pointer to another bucket', record(pointer('orders/x', POINTER, 'secrets'), { ExtendedPayloadSize: '7' }), "the payload is in bucket 'secrets', but this consumer takes payloads from 'payloads' only"],
    ['pointer to another prefix', record(pointer('invoices/x'), { ExtendedPayloadSize: '7' }), "the payload has the key 'invoices/x', but this consumer takes only keys that begin with 'orders/'"],
    ['upload with another prefix', upload('invoices/x'), "the payload has the key 'invoices/x', but this consumer takes only keys that begin with 'orders/'"],
    ['upload into another bucket', upload('orders/x', {}, { detail: { bucket: { name: 'secrets' }, object: { key: 'orders/x' } } }), "the payload is in bucket 'secrets', but this consumer takes payloads from 'payloads' only"],
  ])('is not read: %s', async (_, message, text) => {
    const s3 = s3With({ 'orders/x': 'payload', 'invoices/x': 'payload' });
    const envelope = message.body.startsWith('{') ? 's3-event' : 'none';
    const error = await failure(claim(message, { bucket, prefix: 'orders/', envelope, s3: s3.client }));
    expect(error).toBeInstanceOf(ForeignPayloadError);
    expect(error.message).toBe(text);
    expect(s3.calls).toEqual([]);
  });
});

describe('a payload that S3 does not give', () => {
  const message = record(pointer('x'), { ExtendedPayloadSize: '7' });

  test('is missing', async () => {
    const error = await failure(claim(message, { bucket, s3: new FakeS3().client }));
    expect(error).toBeInstanceOf(PayloadMissingError);
    expect(error.message).toBe('the payload s3://payloads/x is not there: it expired, or was removed before its message was read');
    expect((error.cause as Error).name).toBe('NoSuchKey');
  });

  test('is missing, or must not be read', async () => {
    const s3 = new FakeS3();
    s3.failing.set('GetObject', ['AccessDenied', 403]);
    const error = await failure(claim(message, { bucket, s3: s3.client }));
    expect(error).toBeInstanceOf(PayloadDeniedError);
    expect(error.message).toBe(
      'S3 does not let this consumer read the payload s3://payloads/x: it is not there any more, or the role lacks s3:GetObject on it or kms:Decrypt on its key',
    );
  });

  test('is in an archive', async () => {
    const s3 = new FakeS3();
    s3.failing.set('GetObject', ['InvalidObjectState', 403]);
    const error = await failure(claim(message, { bucket, s3: s3.client }));
    expect(error).toBeInstanceOf(PayloadArchivedError);
    expect(error.message).toBe('the payload s3://payloads/x is in an archive: restore it, and let no lifecycle rule of the bucket archive payloads that are still needed');
  });

  test('was replaced after the upload that the message is about', async () => {
    const s3 = s3With({ x: 'another' });
    const error = await failure(claim(upload('x', { size: 7, etag: etagOf(Buffer.from('payload')) }), { bucket, envelope: 's3-event', s3: s3.client }));
    expect(error).toBeInstanceOf(PayloadChangedError);
    expect(error.message).toBe('the object s3://payloads/x was replaced after the upload that the message is about');
  });

  test('may be given later: the error of S3 is passed on as it is', async () => {
    const s3 = new FakeS3();
    s3.failing.set('GetObject', ['SlowDown', 503]);
    const error = await failure(claim(message, { bucket, s3: s3.client }));
    expect(error.name).toBe('SlowDown');
    expect(error).not.toBeInstanceOf(ClaimError);
  });
});

describe('a payload that is not what its message says', () => {
  test.each(['payloa', 'payload!', ''])('is not given: %p instead of 7 bytes', async (object) => {
    const error = await failure(claim(record(pointer('x'), { ExtendedPayloadSize: '7' }), { bucket, s3: s3With({ x: object }).client }));
    expect(error).toBeInstanceOf(PayloadTruncatedError);
    expect(error.message).toBe(`the payload s3://payloads/x has ${object.length} bytes, but its message says 7`);
  });

  test('is not given: an upload of another size', async () => {
    const error = await failure(claim(upload('x', { size: 9 }), { bucket, envelope: 's3-event', s3: s3With({ x: 'payload' }).client }));
    expect(error).toBeInstanceOf(PayloadTruncatedError);
  });

  test('is not given: other bytes of the same number', async () => {
    const sha256 = createHash('sha256').update('payload').digest('hex');
    const error = await failure(claim(record(pointer('x'), { ExtendedPayloadSize: '7', PayloadSha256: sha256 }), { bucket, s3: s3With({ x: 'daolyap' }).client }));
    expect(error).toBeInstanceOf(PayloadChangedError);
    expect(error.message).toBe('the payload s3://payloads/x is not the one that was deposited: its SHA-256 differs from that in the message');
  });
});

describe('a stream', () => {
  const MIB = 1024 * 1024;
  const large = Buffer.alloc(5 * MIB, 'abcdefg');
  const message = (size = large.length) => record(pointer('x'), { ExtendedPayloadSize: String(size) });

  /** Reads a stream to its end; gives how much it read, and the error it ended with. */
  async function read(stream: AsyncIterable<Uint8Array>): Promise<{ bytes: Buffer; chunks: number; error: Error | undefined }> {
    const chunks: Uint8Array[] = [];
    try {
      for await (const chunk of stream) {
        chunks.push(chunk);
      }
      return { bytes: Buffer.concat(chunks), chunks: chunks.length, error: undefined };
    } catch (error) {
      return { bytes: Buffer.concat(chunks), chunks: chunks.length, error: error as Error };
    }
  }

  function s3Streaming(chunks: Iterable<Buffer> | AsyncIterable<Buffer>): { s3: S3Client; Body: Readable } {
    const Body = Readable.from(chunks, { objectMode: false });
    return { Body, s3: { send: async () => ({ Body }) } as unknown as S3Client };
  }

  test('gives the payload in pieces', async () => {
    const { s3 } = s3Streaming(Array<Buffer>(5).fill(large.subarray(0, MIB)));
    const { bytes, chunks, error } = await read(await claimStream(message(5 * MIB), { bucket, s3 }));
    expect([bytes.length, error]).toEqual([5 * MIB, undefined]);
    expect(chunks).toBeGreaterThan(1);
  });

  test('ends with an error if the payload is not whole', async () => {
    const { s3 } = s3Streaming([large.subarray(0, 3 * MIB), large.subarray(3 * MIB, 4 * MIB)]);
    const { bytes, error } = await read(await claimStream(message(), { bucket, s3 }));
    expect(bytes.length).toBeGreaterThan(0);
    expect(error).toBeInstanceOf(PayloadTruncatedError);
  });

  test('ends with the error of its connection', async () => {
    const { s3 } = s3Streaming((async function* () {
      yield large;
      throw new Error('socket hang up');
    })());
    expect((await read(await claimStream(message(), { bucket, s3 }))).error?.message).toBe('socket hang up');
    const again = s3Streaming((async function* () {
      yield large;
      throw new Error('socket hang up');
    })());
    await expect(claim(message(), { bucket, s3: again.s3 })).rejects.toThrow('socket hang up');
  });

  test('lets its connection go when it is not read to the end', async () => {
    const { Body, s3 } = s3Streaming(Array<Buffer>(5).fill(large));
    for await (const chunk of await claimStream(message(5 * large.length), { bucket, s3 })) {
      expect(chunk.length).toBeLessThan(5 * large.length);
      break;
    }
    await finished(Body).catch(() => undefined);
    expect([Body.destroyed, Body.readableEnded]).toEqual([true, false]);
  });
});

test('errors say their name', () => {
  expect(new PayloadMissingError('x').name).toBe('PayloadMissingError');
  expect(new PayloadMissingError('x')).toBeInstanceOf(ClaimError);
});
