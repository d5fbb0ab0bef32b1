import type { Answer, RetryOptions, Service } from './put-all';
import { chunksOf, failuresIn, NotPutError, putAll } from './put-all';

/** A record as `PutRecords` takes it. */
export interface KinesisEntry {
  /** The data as it is: the SDK encodes it in base64. */
  readonly Data: Uint8Array;

  /** 1 to 256 characters. Records with the same one come to the same shard. */
  readonly PartitionKey: string;

  /** A shard instead of the one that follows from the partition key. */
  readonly ExplicitHashKey?: string;
}

/** Where a record was put. */
export interface KinesisPosition {
  readonly ShardId?: string | undefined;
  readonly SequenceNumber: string;
}

/**
 * What puts records: the `Kinesis` of `@aws-sdk/client-kinesis`. Of a `KinesisClient` it is `{ putRecords: (input) => client.send(new
 * PutRecordsCommand(input)) }`, which makes the smaller bundle.
 */
export interface KinesisPutter {
  putRecords(input: { Records: KinesisEntry[]; StreamARN?: string; StreamName?: string }): Promise<{
    readonly Records?: readonly KinesisAnswer[] | undefined;
  }>;
}

/** What Kinesis says of one record. */
export interface KinesisAnswer extends Answer {
  readonly ShardId?: string | undefined;
  readonly SequenceNumber?: string | undefined;
}

export interface PutRecordsOptions extends RetryOptions {
  /** What puts the records. */
  readonly kinesis: KinesisPutter;

  /** The ARN of the stream, which AWS recommends over its name, or its name. */
  readonly stream: string;

  /**
   * The most bytes that a record of the stream may have, data and partition key: the stream's own maximum record size, which is 1 MiB
   * unless it was raised. A larger record is refused before anything is put; unless this says so, Kinesis refuses the whole call with it.
   * https://docs.aws.amazon.com/streams/latest/dev/large-records.html
   *
   * @default 10485760 - 10 MiB, the most that any stream takes
   */
  readonly maxRecordSize?: number;
}

/** Some records were not put into the stream. */
export class RecordsNotPutError extends NotPutError<KinesisEntry> {}

/** Records and bytes of one call, partition keys included. https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html */
const CALL = { count: 500, size: 10 * 1024 * 1024 };

const LONGEST_KEY = 256;

/**
 * Puts records into a stream of Kinesis: as many calls of `PutRecords` as its limits ask for, one after the other. Of each call, what
 * Kinesis did not take is put again, after a pause, before the next call is made. A record that still is not put is in the error, and so is
 * everything after its call, which was not tried: nothing is lost in silence.
 *
 * **Order.** What comes in a later call is never put before what is left of an earlier one. Within a call, `PutRecords` promises no order,
 * and goes on after a record that it does not take: a record that is put again comes after later ones of its partition key. Where that
 * matters, use `PutRecord` with `SequenceNumberForOrdering` instead, or let the consumer compare a version in the data. **Duplicates.** A
 * call whose answer is lost may have put its records, and the SDK makes it again. Both are how Kinesis works, so consumers must expect them.
 *
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html
 *
 * @param records the records, in the order in which they are put
 * @param options the stream, and how often to try
 * @returns where each record was put, in the order of the records
 * @throws RangeError for a record that no call can put; nothing is put then
 * @throws RecordsNotPutError if some were not put; its `entries` are those, in order
 */
export async function putRecords(records: readonly KinesisEntry[], options: PutRecordsOptions): Promise<KinesisPosition[]> {
  const { kinesis, stream } = options;
  const maxRecordSize = Math.min(options.maxRecordSize ?? CALL.size, CALL.size);
  records.forEach((record, index) => {
    const { PartitionKey: { length } } = record;
    if (length < 1 || length > LONGEST_KEY) {
      throw new RangeError(`the partition key of record ${index} has ${length} characters, but must have 1 to ${LONGEST_KEY}: nothing was put`);
    }
    if (sizeOf(record) > maxRecordSize) {
      throw new RangeError(
        `record ${index} has ${sizeOf(record)} bytes with its partition key, but the stream takes at most ${maxRecordSize}: ` +
        'put its data into S3, and the key of the object into the record; nothing was put',
      );
    }
  });
  const target = stream.startsWith('arn:') ? { StreamARN: stream } : { StreamName: stream };
  const service: Service<KinesisEntry, KinesisAnswer> = {
    put: async (entries) => (await kinesis.putRecords({ Records: entries, ...target })).Records ?? [],
    isPut: (answer) => answer?.SequenceNumber !== undefined,
    // Either its shard has no room now, or Kinesis failed.
    isFinal: () => false,
  };
  const { outcomes, ...rest } = await putAll(chunksOf(records, sizeOf, CALL), service, options);
  const failures = failuresIn(outcomes, service);
  if (failures.length > 0) {
    throw new RecordsNotPutError(`records for the stream ${stream}`, failures, records.length, rest);
  }
  return outcomes.map(({ answer }) => ({ ShardId: answer!.ShardId, SequenceNumber: answer!.SequenceNumber! }));
}

function sizeOf({ Data, PartitionKey }: KinesisEntry): number {
  return Data.byteLength + Buffer.byteLength(PartitionKey);
}
