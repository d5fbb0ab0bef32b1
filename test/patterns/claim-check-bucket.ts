import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { COUNT_ALARM, newConsumer, newFunction } from './inputs';
import { pattern } from './pattern';
import { ClaimCheckBucket } from '../../src';
import { CLAIM_CHECK_BUCKET_BOUNDS, UPLOAD_CONSUMER_BOUNDS } from '../../src/storage/claim-check-bucket.rules';
import { LIFETIME_BOUNDS } from '../../src/storage/private/payload-lifetime';

/** Without consumers; alarms come with those of uploads. */
const ALONE = { warnings: ['claimCheckWithoutConsumers'], silent: true };

export const claimCheckBucket = pattern(ClaimCheckBucket, {
  'default': { ...ALONE, props: () => ({}) },
  'all of its own': {
    ...ALONE,
    props: (inputs) => ({
      encryptionKey: new kms.Key(inputs, 'Key', { enableKeyRotation: true }),
      expiration: Duration.days(100),
      redriveWindow: Duration.days(30),
      removalPolicy: RemovalPolicy.DESTROY,
    }),
  },
  'access logs and uploads of web pages': {
    ...ALONE,
    props: (inputs) => ({
      serverAccessLogsBucket: new s3.Bucket(inputs, 'Logs', { enforceSSL: true }),
      serverAccessLogsPrefix: 'payloads/',
      cors: [{ allowedMethods: [s3.HttpMethods.POST], allowedOrigins: ['https://example.com'], allowedHeaders: ['*'] }],
    }),
  },
  'consumers': {
    props: () => ({}),
    then: (inputs) => {
      const [orders, files] = [newConsumer(inputs, 'Orders'), newConsumer(inputs, 'Files', { encryptionMasterKey: new kms.Key(inputs, 'Key', { enableKeyRotation: true }) })];
      const [claimant, reader] = [newFunction(inputs, {}, 'Claimant'), newFunction(inputs, {}, 'Reader')];
      return (payloads) => {
        payloads.addConsumer('Orders', orders, { prefix: 'orders/', throughTopic: true, grantee: claimant });
        payloads.addUploadConsumer('Files', files, { prefix: 'files/', suffixes: ['.csv'], grantee: reader });
      };
    },
    feeds: true,
  },
  'fifo consumer of uploads': {
    props: () => ({}),
    then: (inputs) => {
      const files = newConsumer(inputs, 'Files', { fifo: true, contentBasedDeduplication: true });
      const reader = newFunction(inputs, {}, 'Reader');
      return (payloads) => {
        payloads.addUploadConsumer('Files', files, {
          grantee: reader,
          messageGroupId: 'files',
          lifetime: Duration.days(20),
          alarms: { deadLetters: COUNT_ALARM, moreDeadLetters: COUNT_ALARM, failedInvocations: COUNT_ALARM, failedToSendToDlq: COUNT_ALARM },
        });
      };
    },
    feeds: true,
  },
  'filters of uploads': {
    props: () => ({}),
    then: (inputs) => {
      const [small, all] = [newConsumer(inputs, 'Small'), newConsumer(inputs, 'All')];
      return (payloads) => {
        payloads.addUploadConsumer('Small', small, {
          prefix: 'in/', suffixes: ['.csv', '.tsv'], objectSizeGreaterThan: Size.bytes(10), objectSizeLessThan: Size.mebibytes(5),
        });
        payloads.addUploadConsumer('All', all, { includeEmptyObjects: true });
      };
    },
    feeds: true,
  },
  'adopted bucket': { ...ALONE, props: (inputs) => ({ bucket: new s3.Bucket(inputs, 'Bucket', { enforceSSL: true }) }) },
}, {
  ofProps: CLAIM_CHECK_BUCKET_BOUNDS,
  ofOptions: [
    {
      struct: 'UploadConsumerOptions',
      table: { ...UPLOAD_CONSUMER_BOUNDS, ...LIFETIME_BOUNDS },
      base: () => ({}),
      make: (scope, options) => new ClaimCheckBucket(scope, 'Pattern').addUploadConsumer('Consumer', newConsumer(scope, 'Consumer'), options),
    },
    {
      struct: 'ClaimCheckConsumerOptions',
      table: LIFETIME_BOUNDS,
      base: () => ({}),
      make: (scope, options) => void new ClaimCheckBucket(scope, 'Pattern').addConsumer('Consumer', newConsumer(scope, 'Consumer'), options),
    },
  ],
});
