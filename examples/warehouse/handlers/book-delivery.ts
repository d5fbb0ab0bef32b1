import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { eachMessage } from './messages';
import { book } from './stock';
import { s3Records } from 'cdk-serverless-patterns-runtime';

const s3 = new S3Client({});

/** Books the lines of a delivery note, such as `mug,40`. A note that comes again books only what it did not book before. */
export const handler = eachMessage(async (message) => {
  for (const { bucket, key, versionId } of s3Records(message)) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }));
    const lines = (await Body!.transformToString()).trim().split('\n');
    for (const [index, line] of lines.entries()) {
      const [article = '', quantity] = line.split(',');
      await book({ id: `${key}#${index + 1}`, article, quantity: Number(quantity) });
    }
  }
});
