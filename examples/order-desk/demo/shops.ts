import type { DeskClient } from './desk-client';
import type { OrderPlan, PlannedFile } from './order-plan';
import { orderNumber } from './order-plan';
import { JobFailedError } from '../client/jobs-client';
import type { Job } from '../client/jobs-client';
import { Shop } from '../client/shop';
import type { FileResult, OrderFile } from '../handlers/read-file';

/** A job that a shop got an answer for. */
export interface EndedJob {
  readonly file: string;
  readonly job: Job<FileResult>;
  /** The bytes of the file. */
  readonly bytes: number;
  readonly submittedAt: number;
  readonly endedAt: number;
}

/** A line of a file that the desk accepted as an order. */
export interface AcceptedLine {
  readonly orderId: string;
  readonly messageId: string;
  readonly at: number;
}

/** How many shops hand in at the same time. */
const SHOPS = 4;

/** Plays the shops: hands in all files of a plan, waits for each, and keeps what the API says. */
export class Shops {
  readonly jobs: EndedJob[] = [];
  readonly accepted: AcceptedLine[] = [];
  refusedLines = 0;
  /** Files that were handed in twice at the same time, and got one job. */
  recognised = 0;

  constructor(private readonly client: DeskClient, private readonly plan: OrderPlan, private readonly onProgress: () => void) {}

  /**
   * @param half when the second half of the files may be handed in
   * @param signal ends it
   * @throws Error if a file that should be read is not
   */
  async handInAll(half: Promise<void>, signal: AbortSignal): Promise<void> {
    const { client } = this;
    const { jobsUrl, outputs, region, endpoint } = client;
    const shop = new Shop({ jobsUrl, bucket: outputs.PayloadsBucket, region, credentials: await client.shopCredentials(), endpoint });
    const files = [...this.plan.files];
    const secondHalf = Math.ceil(files.length / 2);
    try {
      await Promise.all(Array.from({ length: SHOPS }, async () => {
        for (let file = files.shift(); file && !signal.aborted; file = files.shift()) {
          if (this.plan.files.indexOf(file) >= secondHalf) {
            await half;
          }
          await this.handIn(shop, file);
        }
      }));
    } finally {
      shop.close();
    }
  }

  private async handIn(shop: Shop, file: PlannedFile): Promise<void> {
    const packed = await shop.pack(file.lines);
    switch (file.fault) {
      case 'handed in twice': {
        const [one, other] = await Promise.all([this.untilRead(shop, file, file.name, packed), shop.handIn(file.name, packed)]);
        this.recognised += one.id === other.id ? 1 : 0;
        return;
      }
      case 'vanishes':
        await this.client.deletePayload(keyOf(packed));
        await this.untilFailed(shop, file, packed);
        await this.untilRead(shop, file, `${file.name}-again`, await shop.pack(file.lines));
        return;
      default:
        await this.untilRead(shop, file, file.name, packed);
    }
  }

  private async untilRead(shop: Shop, file: PlannedFile, name: string, packed: OrderFile): Promise<Job<FileResult>> {
    const submittedAt = Date.now();
    const job = await shop.handIn(name, packed);
    this.keep(name, packed, job, submittedAt);
    const { accepted, refused } = job.result!;
    const refusedLines = new Set(refused.map(({ line }) => line));
    const lines = file.lines.flatMap((line, index): AcceptedLine[] => (typeof line === 'string' || refusedLines.has(index + 1)
      ? []
      : [{ orderId: line.orderId, messageId: `${job.id}-${index + 1}`, at: Date.now() }]));
    if (lines.length !== accepted) {
      throw new Error(`the desk says that it accepted ${accepted} orders of ${name}, but the file has ${lines.length}`);
    }
    this.accepted.push(...lines);
    this.refusedLines += refused.length;
    this.onProgress();
    return job;
  }

  private async untilFailed(shop: Shop, file: PlannedFile, packed: OrderFile): Promise<void> {
    const submittedAt = Date.now();
    try {
      await shop.handIn(file.name, packed);
    } catch (error) {
      if (error instanceof JobFailedError) {
        this.keep(file.name, packed, error.job as Job<FileResult>, submittedAt);
        return;
      }
      throw error;
    }
    throw new Error(`the job of ${file.name} succeeded, though its payload is not there`);
  }

  private keep(file: string, packed: OrderFile, job: Job<FileResult>, submittedAt: number): void {
    this.jobs.push({ file, job, bytes: sizeOf(packed), submittedAt, endedAt: Date.now() });
  }
}

/** How many orders were accepted, each counted once. */
export function countAccepted(accepted: readonly AcceptedLine[]): number {
  return new Set(accepted.map(({ orderId }) => orderNumber(orderId))).size;
}

function sizeOf({ file }: OrderFile): number {
  const size = 'Body' in file ? file.MessageAttributes?.ExtendedPayloadSize?.StringValue : undefined;
  return size === undefined ? Buffer.byteLength('Body' in file ? file.Body ?? '' : '') : Number(size);
}

function keyOf({ file }: OrderFile): string {
  return (JSON.parse('Body' in file ? file.Body! : '') as [string, { s3Key: string }])[1].s3Key;
}
