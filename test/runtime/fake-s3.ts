import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';

/** An answer of S3 that is an error. */
class S3Error extends Error {
  readonly $metadata: { httpStatusCode: number };

  constructor(name: string, httpStatusCode: number) {
    super(name);
    this.name = name;
    this.$metadata = { httpStatusCode };
  }
}

interface Input {
  readonly Bucket: string;
  readonly Key: string;
  readonly Body?: Buffer;
  readonly IfMatch?: string;
  readonly VersionId?: string;
  readonly UploadId?: string;
  readonly PartNumber?: number;
  readonly MultipartUpload?: { readonly Parts: { readonly PartNumber: number; readonly ETag: string }[] };
}

/** As much of S3 as deposits and claims use, in memory. */
export class FakeS3 {
  readonly objects = new Map<string, Buffer>();
  /** The parts of uploads that are not complete. */
  readonly uploads = new Map<string, Buffer[]>();
  /** The names of the commands, in order. */
  readonly calls: string[] = [];
  /** Commands that fail, with the error's name and status. */
  readonly failing = new Map<string, [name: string, status: number]>();

  get client(): S3Client {
    return this as unknown as S3Client;
  }

  async send({ constructor, input }: { readonly constructor: { readonly name: string }; readonly input: Input }): Promise<object> {
    const command = constructor.name.replace(/Command$/, '');
    this.calls.push(command);
    const failure = this.failing.get(command);
    if (failure) {
      throw new S3Error(...failure);
    }
    const place = `${input.Bucket}/${input.Key}`;
    switch (command) {
      case 'PutObject':
        this.objects.set(place, Buffer.from(input.Body!));
        return {};
      case 'CreateMultipartUpload':
        this.uploads.set('upload', []);
        return { UploadId: 'upload' };
      case 'UploadPart':
        this.uploads.get(input.UploadId!)![input.PartNumber! - 1] = Buffer.from(input.Body!);
        return { ETag: `"${input.PartNumber}"` };
      case 'CompleteMultipartUpload':
        expect(input.MultipartUpload!.Parts).toEqual(this.uploads.get(input.UploadId!)!.map((_, index) => ({ PartNumber: index + 1, ETag: `"${index + 1}"` })));
        this.objects.set(place, Buffer.concat(this.uploads.get(input.UploadId!)!));
        this.uploads.delete(input.UploadId!);
        return {};
      case 'AbortMultipartUpload':
        this.uploads.delete(input.UploadId!);
        return {};
      case 'GetObject':
        return this.get(input.VersionId === undefined ? place : `${place}?versionId=${input.VersionId}`, input.IfMatch);
      default:
        throw new Error(`FakeS3 knows no ${command}`);
    }
  }

  private get(place: string, ifMatch: string | undefined): object {
    const bytes = this.objects.get(place);
    if (!bytes) {
      throw new S3Error('NoSuchKey', 404);
    }
    if (ifMatch !== undefined && ifMatch !== `"${etagOf(bytes)}"`) {
      throw new S3Error('PreconditionFailed', 412);
    }
    const chunks = bytes.length === 0 ? [] : [bytes.subarray(0, 1), bytes.subarray(1)];
    return { Body: Readable.from(chunks, { objectMode: false }), ContentLength: bytes.length };
  }
}

/** The ETag of an object that was put in one piece. */
export function etagOf(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex');
}
