import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IFailureStore } from '../storage/failure-store';

/**
 * Properties that every function has that a stream feeds: a Kinesis stream or the stream of a DynamoDB table.
 */
export interface StreamFedProps {
  /**
   * The function that processes the records: a function, an alias, a version, made here or imported.
   *
   * It must return the sequence number of the first record that failed (`batchItemFailures`); Lambda then retries from that record on. An empty list acknowledges the whole batch.
   * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
   */
  readonly handler: lambda.IFunction;

  /**
   * The handler's timeout, from which the alarm on duration is derived.
   *
   * @default - read from the handler; without it, an imported function has no alarm on duration
   */
  readonly handlerTimeout?: Duration;

  /**
   * Maximum number of records in a batch, from 1 to 10,000.
   *
   * @default 100
   */
  readonly batchSize?: number;

  /**
   * Maximum time to gather records before the handler is invoked with a batch that is not full, up to 5 minutes, in whole seconds.
   *
   * @default - none: the handler is invoked as soon as there are records
   */
  readonly maxBatchingWindow?: Duration;

  /**
   * Number of batches of one shard that are processed at the same time, from 1 to 10. Records of one partition key, or changes of one item, stay in order.
   *
   * @default - 1
   */
  readonly parallelizationFactor?: number;

  /**
   * Length of the windows over which the handler aggregates records of a shard, up to 15 minutes, in whole seconds. The handler must return the `state` of the window. Cannot be used with
   * `parallelizationFactor`. https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
   *
   * @default - no windows
   */
  readonly tumblingWindow?: Duration;

  /**
   * Where in the stream to start. With `LATEST`, records are missed that are written while the event source is created or updated.
   *
   * @default lambda.StartingPosition.TRIM_HORIZON
   */
  readonly startingPosition?: lambda.StartingPosition;

  /**
   * Number of times that a batch is retried after the handler failed, from 0 to 10,000. Throttled invocations do not count.
   *
   * @default 5
   */
  readonly retryAttempts?: number;

  /**
   * Age at which a record is given up and moved to the failure store, from one minute to 7 days. It must be shorter than the retention period of the stream: records that expire there are lost
   * uncounted.
   *
   * @default - half of the retention period, which leaves the other half to react
   */
  readonly maxRecordAge?: Duration;

  /**
   * Filters, each created with `lambda.FilterCriteria.filter`. A record that matches one of them is processed; **a record that matches none is skipped**, and is not moved to the failure store.
   * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
   *
   * @default - every record is processed
   */
  readonly filters?: { [key: string]: unknown }[];

  /**
   * Customer-managed key that Lambda encrypts the stored filters with. Lambda is granted the use of it.
   * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filter-criteria-encryption
   *
   * @default - a key that AWS owns
   */
  readonly filterEncryption?: kms.IKey;

  /**
   * Bucket for batches that could not be processed, of this account. Lambda puts each there whole, under `aws/lambda/<id of the event source>/`.
   * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
   *
   * @default - a new `FailureBucket`
   */
  readonly failureStore?: IFailureStore;

  /**
   * Customer-managed key for what is created here. The handler is allowed to use it.
   *
   * @default - encrypted with keys that AWS manages
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Whether the event source invokes the handler. While it is disabled, records wait in the stream until they expire, and the alarm that reading has stopped fires.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * Removal policy of what is created here.
   *
   * @default - kept, except when the deployment that creates it fails
   */
  readonly removalPolicy?: RemovalPolicy;
}
