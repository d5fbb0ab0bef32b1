import { S3Client } from '@aws-sdk/client-s3';

let shared: S3Client | undefined;

/** The client for all calls that bring none of their own. */
export function sharedClient(): S3Client {
  shared ??= new S3Client({});
  return shared;
}
