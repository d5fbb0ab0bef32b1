import { Stack } from 'aws-cdk-lib';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { differ } from '../app/environments';
import type { Problems } from '../checks/problems';

interface AccessLogsProps {
  readonly serverAccessLogsBucket?: s3.IBucket | undefined;
  readonly serverAccessLogsPrefix?: string | undefined;
}

/**
 * Notes what is wrong with where S3 is to log the requests to a bucket.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
 *
 * @param consequence what becomes of logs in the bucket itself
 */
export function checkAccessLogs(problems: Problems, scope: Construct, props: AccessLogsProps, consequence: string): void {
  const { serverAccessLogsBucket: logs, serverAccessLogsPrefix } = props;
  if (!logs && serverAccessLogsPrefix !== undefined) {
    problems.add(
      `serverAccessLogsPrefix is '${serverAccessLogsPrefix}', but serverAccessLogsBucket is not set, so ${consequence}: ` +
      'give another bucket as serverAccessLogsBucket, or leave the prefix out',
    );
  }
  for (const place of ['region', 'account'] as const) {
    const own = Stack.of(scope)[place];
    if (logs && differ(logs.env[place], own)) {
      problems.add(
        `serverAccessLogsBucket '${logs.node.path}' is in ${place} ${logs.env[place]}, but this stack is in ${own}, and S3 delivers access logs only within a ${place}: give a bucket of the same ${place}`,
      );
    }
  }
  if (logs?.encryptionKey) {
    problems.add(
      `serverAccessLogsBucket '${logs.node.path}' is encrypted with a customer-managed key, but S3 delivers access logs only to buckets with SSE-S3: ` +
      'encrypt it with s3.BucketEncryption.S3_MANAGED',
    );
  }
}
