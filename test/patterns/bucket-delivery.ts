import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as firehose from 'aws-cdk-lib/aws-kinesisfirehose';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { COUNT_ALARM, DURATION_ALARM, newConsumer, newFunction } from './inputs';
import { pattern } from './pattern';
import { BucketDelivery } from '../../src';
import { BUCKET_DELIVERY_BOUNDS } from '../../src/storage/bucket-delivery.rules';

const { threshold: _, ...TIMING } = COUNT_ALARM;
const HANDLER_ALARMS = { handlerErrors: COUNT_ALARM, handlerThrottles: COUNT_ALARM, handlerDuration: DURATION_ALARM };

export const bucketDelivery = pattern(BucketDelivery, {
  'default': { props: () => ({}) },
  'transform and key': {
    props: (inputs) => ({
      transform: newFunction(inputs),
      encryptionKey: new kms.Key(inputs, 'Key', { enableKeyRotation: true }),
      prefix: 'clicks/day=!{timestamp:yyyy-MM-dd}/',
      errorPrefix: 'failed-clicks/',
      backupPrefix: 'raw-clicks/',
      compression: firehose.Compression.UNCOMPRESSED,
      newLineDelimiter: false,
      bufferingInterval: Duration.minutes(1),
      bufferingSize: Size.mebibytes(5),
      logRetention: logs.RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.DESTROY,
      alarms: {
        ...HANDLER_ALARMS,
        deliveryFreshness: DURATION_ALARM,
        failuresStored: COUNT_ALARM,
        backupFreshness: DURATION_ALARM,
        transformFailures: TIMING,
        throttledRecords: COUNT_ALARM,
        keyAccessDenied: COUNT_ALARM,
        keyDisabled: COUNT_ALARM,
        keyInvalidState: COUNT_ALARM,
        keyNotFound: COUNT_ALARM,
      },
    }),
  },
  'Parquet and partitions': {
    props: (inputs) => ({
      transform: newFunction(inputs),
      transformBufferingInterval: Duration.seconds(30),
      transformBufferingSize: Size.mebibytes(2),
      parquet: { databaseName: 'shop', tableName: 'clicks', versionId: '3', region: 'us-east-1', catalogId: '111122223333' },
      partitioning: { keys: { customer: '.customer.id', kind: '.kind // "other"' }, retryDuration: Duration.minutes(30) },
      alarms: { partitionsExceeded: TIMING },
    }),
  },
  'stream, alias and a bucket that exists': {
    props: (inputs) => {
      const bucket = new s3.Bucket(inputs, 'Bucket', { enforceSSL: true, removalPolicy: RemovalPolicy.RETAIN });
      (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
      return {
        bucket,
        source: new kinesis.Stream(inputs, 'Stream', { encryptionKey: new kms.Key(inputs, 'Key', { enableKeyRotation: true }) }),
        transform: new lambda.Alias(inputs, 'Alias', { aliasName: 'live', version: new lambda.Version(inputs, 'Version', { lambda: newFunction(inputs) }) }),
        alarms: { sourceLag: DURATION_ALARM },
      };
    },
  },
  'failure consumers': {
    props: () => ({}),
    then: (inputs) => {
      const [all, some] = [newConsumer(inputs, 'All'), newConsumer(inputs, 'Some')];
      const reader = newFunction(inputs, {}, 'Reader');
      return (delivery) => {
        delivery.addFailureConsumer('All', all);
        delivery.addFailureConsumer('Some', some, {
          prefix: 'errors/processing-failed/',
          grantee: reader,
          alarms: { deadLetters: COUNT_ALARM, moreDeadLetters: COUNT_ALARM, failedInvocations: COUNT_ALARM, failedToSendToDlq: COUNT_ALARM },
        });
      };
    },
    feeds: true,
  },
}, { ofProps: BUCKET_DELIVERY_BOUNDS, besides: { partitioning: { keys: { customer: '.customer' } } } });
