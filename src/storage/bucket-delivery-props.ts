import type { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import type * as kinesis from 'aws-cdk-lib/aws-kinesis';
import type * as firehose from 'aws-cdk-lib/aws-kinesisfirehose';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { BucketDeliveryAlarmOptions } from './bucket-delivery.alarms';

/**
 * Properties of a `BucketDelivery`.
 */
export interface BucketDeliveryProps {
  /**
   * Live bucket to deliver to. It is not changed, and must send its events to EventBridge.
   *
   * @default - a new bucket
   */
  readonly bucket?: s3.IBucket;

  /**
   * Stream whose records are delivered. Another one replaces the delivery stream.
   *
   * @default - none: producers put records into the delivery stream (`grantPutRecords`)
   */
  readonly source?: kinesis.IStream;

  /**
   * Function that transforms records before they are written. It must answer within 5 minutes with each `recordId` that it was given, and with at most 6 MB for all of them.
   *
   * What it answers to be `Dropped` is gone from the data, so the records are also kept as they came, below `backupPrefix`.
   * https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html
   *
   * @default - none: records are written as they came
   */
  readonly transform?: lambda.IFunction;

  /**
   * Folder of the data. It may have the expressions `!{timestamp:...}` and `!{firehose:random-string}`; without one of a timestamp, Firehose adds `yyyy/MM/dd/HH/` in UTC.
   * With `partitioning` it must have `!{partitionKeyFromQuery:name}` for the name of each key.
   * https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html
   *
   * @default - 'data/'; with `partitioning`, below it a folder `name=value/` for each key, and then `yyyy/MM/dd/HH/`
   */
  readonly prefix?: string;

  /**
   * Folder of the records that could not be processed, beside the data. Firehose adds the type of the error.
   *
   * @default 'errors/'
   */
  readonly errorPrefix?: string;

  /**
   * Folder of the records as they came, beside the data. Only with `transform`.
   *
   * @default 'source/'
   */
  readonly backupPrefix?: string;

  /**
   * Time for which Firehose collects records for an invocation of `transform`, up to 15 minutes.
   *
   * @default - Firehose's own, which is 1 minute
   */
  readonly transformBufferingInterval?: Duration;

  /**
   * Size of the records at which `transform` is invoked before `transformBufferingInterval` is over, from 0.2 to 3 MiB.
   *
   * @default - Firehose's own, which is 1 MiB
   */
  readonly transformBufferingSize?: Size;

  /**
   * Table by whose columns records, which must be JSON, are converted to Parquet, compressed with Snappy. Records that do not fit it are kept below `errorPrefix`; **attributes that it does
   * not have are left out**. https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion.html
   *
   * @default - none: records are written as they came, or as `transform` answered
   */
  readonly parquet?: ParquetOptions;

  /**
   * By what in the records, which must be JSON, they are put into folders. Firehose cannot switch it on or off later: adding it or taking it out replaces the delivery stream.
   * https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning.html
   *
   * @default - none: only by time
   */
  readonly partitioning?: PartitioningOptions;

  /**
   * Compression of the objects. Not with `parquet`, which compresses by itself.
   *
   * @default Compression.GZIP
   */
  readonly compression?: firehose.Compression;

  /**
   * Whether Firehose ends each record with a new line, so that the records of an object can be told apart. Producers that end their records with one themselves turn it off.
   * https://docs.aws.amazon.com/firehose/latest/APIReference/API_Processor.html
   *
   * @default - true; false with `parquet`
   */
  readonly newLineDelimiter?: boolean;

  /**
   * Time for which Firehose collects records for an object, up to 15 minutes; with `partitioning` a minute at least.
   *
   * @default Duration.minutes(5)
   */
  readonly bufferingInterval?: Duration;

  /**
   * Size at which an object is written before `bufferingInterval` is over, from 1 to 128 MiB; with `parquet` or `partitioning` 64 MiB at least.
   *
   * @default Size.mebibytes(128)
   */
  readonly bufferingSize?: Size;

  /**
   * A customer-managed key for the bucket, for the records that Firehose has buffered, and for the dead-letter queues of failure consumers. A `bucket` or `source` that is given has its own.
   *
   * @default - encrypted by S3, Firehose and SQS with keys of their own
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * How long the log of delivery errors is kept.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: logs.RetentionDays;

  /**
   * Removal policy of the bucket and of the dead-letter queues of failure consumers.
   *
   * With `RemovalPolicy.DESTROY`, CloudFormation deletes the bucket only if it is empty.
   *
   * @default - the bucket is kept, except when the deployment that makes it fails; the queues are deleted with the stack, but kept when CloudFormation replaces them
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * Tuning of the alarms. Those of failure consumers are tuned where the consumer is added.
   *
   * @default - all alarms on, with their default thresholds
   */
  readonly alarms?: BucketDeliveryAlarmOptions;
}

/**
 * The table of the Glue Data Catalog by which a `BucketDelivery` converts records to Parquet.
 */
export interface ParquetOptions {
  /**
   * Name of the database.
   */
  readonly databaseName: string;

  /**
   * Name of the table.
   */
  readonly tableName: string;

  /**
   * Version of the table.
   *
   * @default 'LATEST'
   */
  readonly versionId?: string;

  /**
   * Region of the table.
   *
   * @default - that of this stack
   */
  readonly region?: string;

  /**
   * Account of the table. Another one must allow the role to read it.
   *
   * @default - that of this stack
   */
  readonly catalogId?: string;
}

/**
 * How a `BucketDelivery` puts records into folders by what is in them.
 */
export interface PartitioningOptions {
  /**
   * For each key of a folder the jq expression (of jq 1.6) that gives its value from the record, such as `.customer.id`. At most 50. A record for which one gives nothing is kept below
   * `errorPrefix`. https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-partitioning-keys.html
   */
  readonly keys: { [key: string]: string };

  /**
   * Time for which Firehose tries again to write to a folder, up to 2 hours, before it puts the records below `errorPrefix`.
   * https://docs.aws.amazon.com/firehose/latest/APIReference/API_RetryOptions.html
   *
   * @default Duration.hours(2)
   */
  readonly retryDuration?: Duration;
}
