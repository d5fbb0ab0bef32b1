import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { COUNT_ALARM, newConsumer, newFunction } from './inputs';
import { pattern } from './pattern';
import { FailureBucket } from '../../src';
import { FAILURE_BUCKET_BOUNDS } from '../../src/storage/failure-bucket.rules';

export const failureBucket = pattern(FailureBucket, {
  'default': { props: () => ({}) },
  'every prop': {
    props: (inputs) => ({
      encryptionKey: new kms.Key(inputs, 'Key', { enableKeyRotation: true }),
      expiration: Duration.days(180),
      serverAccessLogsBucket: new s3.Bucket(inputs, 'Logs', { enforceSSL: true }),
      serverAccessLogsPrefix: 'failures/',
      removalPolicy: RemovalPolicy.DESTROY,
      alarms: { failuresStored: COUNT_ALARM },
    }),
  },
  'consumers': {
    props: () => ({}),
    then: (inputs) => {
      const [all, some] = [newConsumer(inputs, 'All'), newConsumer(inputs, 'Some', { encryptionMasterKey: new kms.Key(inputs, 'Key', { enableKeyRotation: true }) })];
      const reader = newFunction(inputs, {}, 'Reader');
      return (failures) => {
        failures.addConsumer('All', all);
        failures.addConsumer('Some', some, {
          prefix: 'aws/lambda/async/',
          grantee: reader,
          alarms: { deadLetters: COUNT_ALARM, moreDeadLetters: COUNT_ALARM, failedInvocations: COUNT_ALARM, failedToSendToDlq: COUNT_ALARM },
        });
      };
    },
    feeds: true,
  },
  'fifo consumer': {
    props: () => ({}),
    then: (inputs) => {
      const fifo = newConsumer(inputs, 'Fifo', { fifo: true, contentBasedDeduplication: true });
      return (failures) => {
        failures.addConsumer('Fifo', fifo, { messageGroupId: 'failures' });
      };
    },
    feeds: true,
  },
}, { ofProps: FAILURE_BUCKET_BOUNDS });
