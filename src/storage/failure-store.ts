import type * as s3 from 'aws-cdk-lib/aws-s3';

/**
 * What the objects of a failure store look like.
 */
export enum FailureForm {
  /**
   * What Lambda stores of a batch of a stream that it gave up: one JSON document with metadata of the batch, and the whole event as a string in `payload`.
   * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
   */
  STREAM_BATCH = 'stream-batch',

  /**
   * What Lambda stores of an asynchronous invocation that it gave up: the invocation record, with the event in `requestPayload`.
   * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
   */
  ASYNC_INVOCATION = 'async-invocation',

  /**
   * What Firehose stores of records that it could not transform or convert: lines of JSON, each with a record in base64 in `rawData`.
   * https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html
   */
  FIREHOSE_RECORDS = 'firehose-records',
}

/**
 * A place in a bucket where what could not be processed is kept whole: the joint between what gives up and who looks at it or replays it.
 *
 * It stands beside `IQueueFed`. SQS and SNS as destinations of a stream keep only the positions of records, which can be read back no longer than the stream keeps them. A bucket
 * keeps the records. A `FailureBucket` is one; to make one from a bucket that you already have, use `FailureStore.of`.
 */
export interface IFailureStore {
  /**
   * The bucket that keeps the failures.
   */
  readonly bucket: s3.IBucket;

  /**
   * What the keys of the failures begin with.
   *
   * @default - the whole bucket
   */
  readonly prefix?: string;

  /**
   * What the objects look like.
   *
   * @default - objects of any form
   */
  readonly form?: FailureForm;
}

/**
 * Makes an `IFailureStore` from a bucket that exists already.
 */
export class FailureStore {
  /**
   * A failure store in an existing bucket. It must be in the account and region of what stores failures there. Nothing of it is changed, and no alarm watches it.
   *
   * @param bucket the bucket that keeps the failures
   */
  public static of(bucket: s3.IBucket): IFailureStore {
    return { bucket };
  }

  private constructor() {}
}
