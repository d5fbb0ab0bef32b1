import { randomUUID } from 'node:crypto';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Entrance, Sender } from './entrance';
import { padded } from './padding';

/** A bucket that takes objects, as a `ClaimCheckBucket` does. */
interface Depot {
  readonly bucket: s3.IBucket;
  grantDeposit(grantee: iam.IGrantable, prefix: string): unknown;
}

/** Each message is an object that is put into a bucket. */
export function uploadEntrance(payloads: Depot, prefix: string): Entrance {
  return {
    kind: 'upload',
    address: `${payloads.bucket.bucketName} ${prefix}`,
    grantSend: (producer) => {
      payloads.grantDeposit(producer, prefix);
    },
  };
}

const client = new S3Client({});

export const sender: Sender = {
  limit: 5 * 1024 ** 3,
  batchSize: 10,
  send: async (address, messages) => {
    // A prefix may have spaces in it, as keys may.
    const [, bucket = '', prefix = ''] = /^(\S*) (.*)$/.exec(address) ?? [];
    const confirmed = [];
    for (const { number, body, mark } of messages) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: `${prefix}${mark}`, Body: padded(body, number) }));
      // S3 gives no id by which an upload is known later.
      confirmed.push({ number, messageId: randomUUID() });
    }
    return { confirmed, refused: [] };
  },
};
