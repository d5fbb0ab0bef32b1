import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { PayloadReader } from './payload-lifetime';
import { identityOf } from '../../private/app/references';
import { appState, isInTree } from '../../private/app/registry';
import { bucketResource } from '../../private/s3/bucket-facts';

/** Who reads from the bucket of one `ClaimCheckBucket`. */
interface Readers {
  readonly pattern: Construct;
  readonly bucket: string;
  readonly readers: readonly PayloadReader[];
}

/** Makes the readers of a `ClaimCheckBucket` known to others, which may have adopted the same bucket or have a consumer with the same queue. */
export function rememberReaders(pattern: Construct, bucket: s3.IBucket, readers: readonly PayloadReader[]): void {
  known(pattern).push({ pattern, bucket: identityOfBucket(bucket), readers });
}

/** All readers in the app, whichever `ClaimCheckBucket` they belong to; those of one bucket only, if it is given. */
export function readersOfApp(pattern: Construct, bucket?: s3.IBucket): PayloadReader[] {
  const wanted = bucket && identityOfBucket(bucket);
  return known(pattern).filter((one) => isInTree(one.pattern) && (wanted === undefined || one.bucket === wanted)).flatMap(({ readers }) => readers);
}

function known(scope: Construct): Readers[] {
  return appState(scope, 'payloadReaders', () => []);
}

function identityOfBucket(bucket: s3.IBucket): string {
  return bucketResource(bucket)?.node.path ?? identityOf(bucket.bucketArn, 'AWS::S3::Bucket', bucket);
}
