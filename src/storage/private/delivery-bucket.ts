import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { newPatternBucket, sendEvents } from '../../private/s3/pattern-bucket';
import type { BucketDeliveryProps } from '../bucket-delivery-props';
import { prefixesOf } from './delivery-prefixes';
import { keptFor } from '../failure-bucket.rules';

/**
 * Makes a bucket for what Firehose delivers. Data stays until somebody says otherwise; what failed, and the originals, go when there was time enough to look at them. Firehose writes no key
 * twice, so there are no versions.
 */
export function newDeliveryBucket(scope: Construct, id: string, props: BucketDeliveryProps): s3.Bucket {
  const { encryptionKey, removalPolicy, transform } = props;
  const { errorPrefix, backupPrefix } = prefixesOf(props);
  const bucket = newPatternBucket(scope, id, { encryptionKey, removalPolicy });
  for (const prefix of [errorPrefix, ...transform ? [backupPrefix] : []]) {
    bucket.addLifecycleRule({ prefix, expiration: keptFor() });
  }
  sendEvents(bucket);
  return bucket;
}
