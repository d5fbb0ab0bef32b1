import { S3Client } from '@aws-sdk/client-s3';
import type { Credentials } from './iam-signer';
import { signWith } from './iam-signer';
import type { Job } from './jobs-client';
import { JobsClient } from './jobs-client';
import type { Order } from '../handlers/order';
import type { FileResult, OrderFile } from '../handlers/read-file';
import { deposit } from 'cdk-serverless-patterns-runtime';

export interface ShopOptions {
  /** The stack's outputs `JobsUrl` and `PayloadsBucket`. */
  readonly jobsUrl: string;
  readonly bucket: string;
  readonly region: string;
  /** Those of the role `Shop`. */
  readonly credentials: Credentials;
  /** Where S3 is, if not at AWS. */
  readonly endpoint?: string;
}

/** The largest file that goes along with its job; what is larger is deposited first. */
const INLINE_BYTES = 64 * 1024;

/** What a shop does: hand in files of orders. */
export class Shop {
  readonly jobs: JobsClient<OrderFile, FileResult>;
  private readonly s3: S3Client;

  constructor(private readonly options: ShopOptions) {
    const { jobsUrl, region, credentials, endpoint } = options;
    this.jobs = new JobsClient({ url: jobsUrl, authorize: signWith(credentials, region) });
    this.s3 = new S3Client({ region, credentials, ...(endpoint ? { endpoint, forcePathStyle: true } : {}) });
  }

  /** Makes a file of orders, or of lines as they are, ready to be handed in. */
  async pack(orders: readonly (Order | string)[]): Promise<OrderFile> {
    const lines = orders.map((order) => (typeof order === 'string' ? order : JSON.stringify(order)));
    const { body, attributes } = await deposit(lines.join('\n'), { bucket: this.options.bucket, prefix: 'files/', threshold: INLINE_BYTES, s3: this.s3 });
    return { file: { Body: body, MessageAttributes: attributes } };
  }

  /**
   * Hands in a file that was packed, and waits until it is read.
   *
   * @param name of the file: the same file is read once, however often it is handed in
   * @throws JobFailedError if it cannot be read
   */
  async handIn(name: string, file: OrderFile): Promise<Job<FileResult>> {
    const { id } = await this.jobs.submit(file, { idempotencyKey: name });
    return this.jobs.wait(id);
  }

  close(): void {
    this.s3.destroy();
  }
}
