import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { pattern } from './pattern';
import { ClaimCheckBucket } from '../../src';

// Consumers, and the alarms on what is delivered to them, are added by methods, which the unit tests of the pattern look at.
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
  'adopted bucket': { ...ALONE, props: (inputs) => ({ bucket: new s3.Bucket(inputs, 'Bucket', { enforceSSL: true }) }) },
});
