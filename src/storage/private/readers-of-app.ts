import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { PayloadReader } from './payload-lifetime';
import type { MessageAndUploadFacts } from '../../delivery/rules/claimed-payload';
import { identityOf } from '../../private/app/references';
import { appState, isInTree } from '../../private/app/registry';
import { bucketResource } from '../../private/s3/bucket-facts';
import { queueIdentity } from '../../private/sqs/queue-facts';

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

/** Each consumer of uploads of a `ClaimCheckBucket` with each by message in the app, whichever `ClaimCheckBucket` that belongs to. */
export function messagesAndUploads(pattern: Construct, bucket: s3.IBucket, readers: readonly PayloadReader[]): MessageAndUploadFacts[] {
  const ownBucket = identityOfBucket(bucket);
  const messages = known(pattern).filter((one) => isInTree(one.pattern)).flatMap((one) => one.readers.filter(({ by }) => by === 'message').map((message) => (
    { message, inOneBucket: one.bucket === ownBucket, queue: queueIdentity(message.queue) }
  )));
  return readers.filter(({ by }) => by === 'upload').flatMap((upload) => {
    const ownQueue = queueIdentity(upload.queue);
    return messages.map(({ message, inOneBucket, queue }) => ({ message, upload, inOneBucket, inOneQueue: queue === ownQueue }));
  });
}

function known(scope: Construct): Readers[] {
  return appState(scope, 'payloadReaders', () => []);
}

function identityOfBucket(bucket: s3.IBucket): string {
  return bucketResource(bucket)?.node.path ?? identityOf(bucket.bucketArn, 'AWS::S3::Bucket', bucket);
}
