import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { FakeS3 } from './fake-s3';
import { deposit } from '../../runtime/src';

const MIB = 1024 * 1024;
const bucket = 'payloads';

function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe('a payload that fits', () => {
  test('is the body of the message', async () => {
    const s3 = new FakeS3();
    expect(await deposit('grüezi', { bucket, s3: s3.client })).toEqual({ body: 'grüezi', attributes: {}, size: 7, sha256: sha256('grüezi') });
    expect(s3.calls).toEqual([]);
  });

  test.each<[string, string | Uint8Array | Readable]>([
    ['text', 'order'],
    ['bytes', Buffer.from('order')],
    ['a stream of bytes', Readable.from([Buffer.from('or'), Buffer.from('der')])],
    ['a stream of text', Readable.from(['or', 'der'])],
    ['a stream of both', Readable.from(['or', Buffer.from('d'), 'er'])],
  ])('may be %s', async (_, payload) => {
    expect((await deposit(payload, { bucket, s3: new FakeS3().client })).body).toBe('order');
  });

  test('may have a character in two chunks of a stream', async () => {
    expect((await deposit(Readable.from(['a\ud83d', '\ude00b']), { bucket, s3: new FakeS3().client })).body).toBe('a\u{1f600}b');
  });

  test('may have every character that SQS takes', async () => {
    const s3 = new FakeS3();
    const payload = '\t\n\r \u007f\ud7ff\ue000\ufffd\u{10000}\u{10ffff}';
    expect(await deposit(payload, { bucket, s3: s3.client })).toMatchObject({ body: payload });
    expect(s3.calls).toEqual([]);
  });

  test('keeps the attributes of the message', async () => {
    const attributes = { kind: { DataType: 'String', StringValue: 'order' } };
    expect((await deposit('x', { bucket, attributes, s3: new FakeS3().client })).attributes).toEqual(attributes);
  });

  test('may be of any size up to the threshold, attributes included', async () => {
    const s3 = new FakeS3();
    const attributes = { kind: { DataType: 'String', StringValue: 'order' }, bits: { DataType: 'Binary', BinaryValue: Buffer.from([1, 2]) } };
    const room = 262_144 - 'kindStringorder'.length - 'bitsBinary'.length - 2;
    expect((await deposit('x'.repeat(room), { bucket, attributes, s3: s3.client })).key).toBeUndefined();
    expect((await deposit('x'.repeat(room + 1), { bucket, attributes, s3: s3.client })).key).toBeDefined();
  });

  test('is counted in bytes, not in characters', async () => {
    const s3 = new FakeS3();
    expect((await deposit('ü'.repeat(5), { bucket, threshold: 10, s3: s3.client })).key).toBeUndefined();
    expect((await deposit('ü'.repeat(5), { bucket, threshold: 9, s3: s3.client })).key).toBeDefined();
  });

  test('may be as large as SQS takes, where every hop allows it', async () => {
    expect((await deposit('x'.repeat(MIB), { bucket, threshold: MIB, s3: new FakeS3().client })).key).toBeUndefined();
  });
});

describe('a payload that does not fit', () => {
  test('is put into the bucket, and the message is a pointer in the format of the Extended Client Libraries', async () => {
    const s3 = new FakeS3();
    const payload = 'x'.repeat(300_000);
    const { body, attributes, key, size, sha256: checksum } = await deposit(payload, { bucket, prefix: 'orders/', s3: s3.client });
    expect(key).toMatch(/^orders\/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(body).toBe(`["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"payloads","s3Key":"${key}"}]`);
    expect(attributes).toEqual({
      ExtendedPayloadSize: { DataType: 'Number', StringValue: '300000' },
      PayloadSha256: { DataType: 'String', StringValue: sha256(payload) },
    });
    expect([size, checksum]).toEqual([300_000, sha256(payload)]);
    expect(s3.objects.get(`payloads/${key}`)?.toString()).toBe(payload);
    expect(s3.calls).toEqual(['PutObject']);
  });

  test('keeps the attributes of the message beside those of the pointer', async () => {
    const { attributes } = await deposit('x', { bucket, threshold: 0, attributes: { kind: { DataType: 'String', StringValue: 'order' } }, s3: new FakeS3().client });
    expect(Object.keys(attributes)).toEqual(['kind', 'ExtendedPayloadSize', 'PayloadSha256']);
  });

  test('has another key each time', async () => {
    const s3 = new FakeS3();
    await deposit('x', { bucket, threshold: 0, s3: s3.client });
    await deposit('x', { bucket, threshold: 0, s3: s3.client });
    expect(s3.objects.size).toBe(2);
  });

  test.each<[string, Uint8Array | string]>([
    ['is no UTF-8, which a message cannot carry', Buffer.from([0x66, 0xff, 0x00])],
    ...['\0', '\b', '\u001f', '\ufffe', '\uffff'].map((character): [string, string] => [`has ${JSON.stringify(character)}, which SQS refuses or replaces`, `order${character}`]),
    ['is empty, which SQS refuses', ''],
    ...['software.amazon.payloadoffloading.PayloadS3Pointer', 'com.amazon.sqs.javamessaging.MessageS3Pointer'].map((type): [string, string] => (
      [`looks like a pointer of ${type}`, ` ["${type}", {}]`]
    )),
  ])('is also one that %s', async (_, payload) => {
    const s3 = new FakeS3();
    const { key, size } = await deposit(payload, { bucket, s3: s3.client });
    expect(size).toBe(Buffer.byteLength(payload));
    expect(s3.objects.get(`payloads/${key}`)).toEqual(Buffer.from(payload as Uint8Array));
  });

  test('is not sent when it could not be put', async () => {
    const s3 = new FakeS3();
    s3.failing.set('PutObject', ['AccessDenied', 403]);
    await expect(deposit('x', { bucket, threshold: 0, s3: s3.client })).rejects.toThrow('AccessDenied');
  });
});

describe('a large payload', () => {
  const chunk = Buffer.alloc(MIB, 'abcdefg');
  const streamOf = (chunks: number) => Readable.from(Array<Buffer>(chunks).fill(chunk));

  test.each([
    [7, ['PutObject']],
    [8, ['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload']],
    [10, ['CreateMultipartUpload', 'UploadPart', 'UploadPart', 'CompleteMultipartUpload']],
    [16, ['CreateMultipartUpload', 'UploadPart', 'UploadPart', 'CompleteMultipartUpload']],
  ])('of %d MiB goes in parts of 8 MiB', async (chunks, calls) => {
    const s3 = new FakeS3();
    const whole = Buffer.concat(Array<Buffer>(chunks).fill(chunk));
    const { key, size, sha256: checksum } = await deposit(streamOf(chunks), { bucket, s3: s3.client });
    expect(s3.calls).toEqual(calls);
    expect(size).toBe(whole.length);
    expect(checksum).toBe(sha256(whole));
    expect(s3.objects.get(`payloads/${key}`)?.equals(whole)).toBe(true);
  });

  test('of bytes goes in parts too', async () => {
    const s3 = new FakeS3();
    await deposit(Buffer.alloc(9 * MIB), { bucket, s3: s3.client });
    expect(s3.calls.filter((call) => call === 'UploadPart')).toHaveLength(2);
  });

  test.each(['UploadPart', 'CompleteMultipartUpload'])('leaves no parts behind when %s fails', async (command) => {
    const s3 = new FakeS3();
    s3.failing.set(command, ['SlowDown', 503]);
    await expect(deposit(streamOf(9), { bucket, s3: s3.client })).rejects.toThrow('SlowDown');
    expect([s3.uploads.size, s3.objects.size]).toEqual([0, 0]);
  });

  test('leaves no parts behind when its source fails', async () => {
    const s3 = new FakeS3();
    const broken = Readable.from((async function* () {
      yield Buffer.alloc(9 * MIB);
      throw new Error('the source broke off');
    })());
    await expect(deposit(broken, { bucket, s3: s3.client })).rejects.toThrow('the source broke off');
    expect([s3.uploads.size, s3.objects.size]).toEqual([0, 0]);
  });

  test('whose parts cannot be removed fails with the first error', async () => {
    const s3 = new FakeS3();
    s3.failing.set('UploadPart', ['SlowDown', 503]).set('AbortMultipartUpload', ['AccessDenied', 403]);
    await expect(deposit(streamOf(9), { bucket, s3: s3.client })).rejects.toThrow('SlowDown');
  });
});

describe('what cannot be sent is refused before anything is put', () => {
  const attribute = { DataType: 'String', StringValue: 'x' };
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, attribute]));

  test.each([-1, 1.5, MIB + 1, Number.NaN])('a threshold of %d', async (threshold) => {
    await expect(deposit('x', { bucket, threshold, s3: new FakeS3().client })).rejects.toThrow(`threshold is ${threshold}, but must be a whole number of bytes from 0 to 1048576`);
  });

  test('nine attributes', async () => {
    await expect(deposit('x', { bucket, attributes: many(8), s3: new FakeS3().client })).resolves.toBeDefined();
    await expect(deposit('x', { bucket, attributes: many(9), s3: new FakeS3().client })).rejects.toThrow('there are 9 attributes, but a message with a pointer takes at most 8');
  });

  test.each([262_144, 1024, 1])('attributes that alone are larger than the threshold of %d', async (threshold) => {
    const s3 = new FakeS3();
    const attributes = { trace: { DataType: 'String', StringValue: 'y'.repeat(threshold) } };
    await expect(deposit('x', { bucket, attributes, threshold, s3: s3.client })).rejects.toThrow(
      new RangeError(`the attributes have ${threshold + 11} bytes, which alone is more than the threshold of ${threshold}: put them into the payload`),
    );
    expect(s3.calls).toEqual([]);
  });

  test.each([[262_144, 262_144], [1024, 1024], [0, 262_144]])('attributes that are too large with the pointer, with a threshold of %d', async (threshold, most) => {
    const s3 = new FakeS3();
    const of = (size: number) => ({ trace: { DataType: 'String', StringValue: 'y'.repeat(size) } });
    const pointer = (await deposit('x', { bucket, threshold: 0, s3: s3.client })).body.length + 'ExtendedPayloadSizeNumber'.length + 'PayloadSha256String'.length + 64;
    // The size of the largest payload has 11 digits.
    const room = most - 'traceString'.length - pointer - 11;
    const send = (size: number) => deposit('x'.repeat(most), { bucket, attributes: of(size), threshold, s3: s3.client });
    await expect(send(room)).resolves.toMatchObject({ key: expect.any(String) });
    const before = s3.objects.size;
    await expect(send(room + 1)).rejects.toThrow(new RangeError(
      `with its attributes, the pointer to the payload has ${most + 1} bytes, which is more than the ${most} that a message may have: put the attributes into the payload`,
    ));
    expect(s3.objects.size).toBe(before);
  });

  test('but not by a threshold that no queue has for its maximum', async () => {
    const attributes = { trace: { DataType: 'String', StringValue: 'y'.repeat(1000) } };
    await expect(deposit('x'.repeat(100), { bucket, attributes, threshold: 1023, s3: new FakeS3().client })).resolves.toMatchObject({ key: expect.any(String) });
  });

  test.each<[string, string | Readable]>([
    ['text', 'a\ud800b'],
    ['a low half', '\udc00'],
    ['text whose last character is half', 'a\ud800'],
    ['a stream with half a character before bytes', Readable.from(['\ud83d', Buffer.from('x'), '\ude00'])],
    ['a stream that ends in half a character', Readable.from(['a', '\ud83d'])],
  ])('half a surrogate pair: %s', async (_, payload) => {
    await expect(deposit(payload, { bucket, s3: new FakeS3().client })).rejects.toThrow(
      new RangeError('the payload is text with half a surrogate pair, which no encoding can carry: deposit it as bytes'),
    );
  });

  test.each(['ExtendedPayloadSize', 'SQSLargePayloadSize', 'PayloadSha256'])('the attribute %s', async (name) => {
    await expect(deposit('x', { bucket, attributes: { [name]: attribute }, s3: new FakeS3().client })).rejects.toThrow(`the attribute ${name} is reserved for the pointer`);
  });
});
