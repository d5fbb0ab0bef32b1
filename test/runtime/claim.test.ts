import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import { etagOf, FakeS3 } from './fake-s3';
import type { ClaimableMessage } from '../../runtime/src';
import {
  claim,
  ClaimError,
  claimStream,
  deposit,
  ForeignPayloadError,
  MalformedPointerError,
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
    ['a pointer that no attribute announces', pointer('x')],
    ['JSON that looks a little like an SNS envelope', '{"Type":"Notification","Message":"x"}'],
    ['broken JSON', '{"Type":'],
    ['an event of another service', '{"source":"aws.ec2","detail-type":"Object Created"}'],
    ['another event of S3', '{"source":"aws.s3","detail-type":"Object Deleted","detail":{"bucket":{"name":"payloads"},"object":{"key":"x"}}}'],
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

  test('is where the pointer in an SNS envelope says', async () => {
    const envelope = { Type: 'Notification', TopicArn: 'arn:aws:sns:us-east-1:111122223333:orders', Message: pointer('x'), MessageAttributes: { ExtendedPayloadSize: { Type: 'Number', Value: '7' } } };
    expect((await claim({ body: JSON.stringify(envelope) }, { bucket, s3: s3With({ x: 'payload' }).client })).toString()).toBe('payload');
  });

  test('is in an SNS envelope itself', async () => {
    const envelope = { Type: 'Notification', TopicArn: 'arn:aws:sns:us-east-1:111122223333:orders', Message: 'payload' };
    expect((await claim({ body: JSON.stringify(envelope) }, { bucket, s3: new FakeS3().client })).toString()).toBe('payload');
  });

  test('is the object of an upload', async () => {
    const s3 = s3With({ 'a/ü +%.csv': 'payload' });
    expect((await claim(upload('a/ü +%.csv', { size: 7, etag: etagOf(Buffer.from('payload')) }), { bucket, s3: s3.client })).toString()).toBe('payload');
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

describe('a pointer that cannot be read', () => {
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
    const error = await failure(claim(message, { bucket, prefix: 'orders/', s3: s3.client }));
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

  test('was replaced after the upload that the message is about', async () => {
    const s3 = s3With({ x: 'another' });
    const error = await failure(claim(upload('x', { size: 7, etag: etagOf(Buffer.from('payload')) }), { bucket, s3: s3.client }));
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
    const error = await failure(claim(upload('x', { size: 9 }), { bucket, s3: s3With({ x: 'payload' }).client }));
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
