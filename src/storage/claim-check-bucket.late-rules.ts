import { Annotations } from 'aws-cdk-lib';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { ClaimCheckBucketProps } from './claim-check-bucket';
import { abandonedAfter, neededLifetime, QUEUE_PROBLEMS } from './claim-check-bucket.rules';
import { overwritten, problemsOfAdoptedBucket, problemsOfLifecycle } from './private/adopted-bucket';
import { valuesOfBucket } from './private/derived-bucket';
import type { Upload } from './private/derived-upload';
import { valuesOfUpload } from './private/derived-upload';
import type { PayloadReader } from './private/payload-lifetime';
import { daysOf, problemsOfOverlap, queueOfBoth, renderedQueue, sumOf } from './private/payload-lifetime';
import { readersOfApp } from './private/readers-of-app';
import { changedValues } from '../private/checks/derived-values';
import { bucketFacts, otherPolicies } from '../private/s3/bucket-facts';

/** What a `ClaimCheckBucket` made, and who reads from it. */
export interface Payloads {
  readonly bucket: s3.IBucket;
  readonly readers: readonly PayloadReader[];
  readonly uploads: readonly Upload[];
}

/** What is wrong, or may be, now that the app is complete. */
export function checkAtSynthesis(scope: Construct, props: ClaimCheckBucketProps, payloads: Payloads): string[] {
  const { bucket, readers, uploads } = payloads;
  warnAtSynthesis(scope, props, readers);
  return [
    ...problemsOfExpiration(props, readers),
    ...problemsOfOverlap(readers, readersOfApp(scope, bucket)),
    ...readers.flatMap(problemsOfQueues),
    ...props.bucket
      ? problemsOfAdoptedBucket(scope, props.bucket, readers, neededLifetime(readers, props))
      : problemsOfOwnBucket(bucket as s3.Bucket, props, payloads),
    ...changedValues(uploads.flatMap(valuesOfUpload)),
  ];
}

/** Of a bucket that is made here, what changed since, and what others do to it. */
function problemsOfOwnBucket(bucket: s3.Bucket, props: ClaimCheckBucketProps, { readers, uploads }: Payloads): string[] {
  const { path } = bucket.node;
  const expirationDays = props.expiration?.toDays() ?? daysOf(neededLifetime(readers, props));
  const plan = { expirationDays, abandonedAfterDays: abandonedAfter().toDays(), sendsEvents: uploads.length > 0 };
  const facts = bucketFacts(bucket)!;
  const added = { ...facts, expiries: facts.expiries.filter(({ after }) => after !== expirationDays) };
  return [
    ...changedValues(valuesOfBucket(bucket, props, plan)),
    ...bucket.policy ? [] : [`bucket '${path}' has no policy, so it takes requests without TLS: leave its enforceSSL on`],
    ...otherPolicies(bucket).map((other) => (
      `'${other.node.path}' is a second policy of bucket '${path}', and S3 keeps the one that is deployed last: add its statements by addToResourcePolicy of the bucket`
    )),
    ...problemsOfLifecycle(path, added, readers),
    ...plan.sendsEvents && facts.overwrittenBy ? [overwritten(path, facts.overwrittenBy)] : [],
  ];
}

/** What became of the queues of a consumer since it was added. Of what is not made in this app nothing is known. */
function problemsOfQueues({ consumer, by, queue, deadLetterQueue, threshold }: PayloadReader): string[] {
  const { ContentBasedDeduplication: deduplicates, FifoQueue: fifo, KmsMasterKeyId: key } = renderedQueue(queue) ?? {};
  if (by === 'upload') {
    return [
      ...key === 'alias/aws/sqs' ? [QUEUE_PROBLEMS.hasAwsManagedKey(queue)] : [],
      ...fifo === true && deduplicates !== true ? [QUEUE_PROBLEMS.needsDeduplication(queue)] : [],
    ];
  }
  const smaller = [queue, deadLetterQueue].filter((one) => {
    const { MaximumMessageSize: most } = renderedQueue(one) ?? {};
    return typeof most === 'number' && most < threshold!;
  });
  return [
    ...deduplicates === true ? [QUEUE_PROBLEMS.deduplicatesPointers(queue)] : [],
    ...smaller.map((one) => (
      `queue '${one.node.path}' takes smaller messages than the threshold that addConsumer gave for ${consumer} (${threshold} bytes): state maximumMessageSize where the queue is made`
    )),
  ];
}

function problemsOfExpiration(props: ClaimCheckBucketProps, readers: readonly PayloadReader[]): string[] {
  const { expiration } = props;
  const needed = neededLifetime(readers, props);
  if (!expiration || expiration.isUnresolved() || readers.length === 0 || expiration.toDays() >= daysOf(needed)) {
    return [];
  }
  return [
    `expiration is ${expiration.toDays()} days, but ${needed.consumer} may claim a payload for ${daysOf(needed)} days: ${sumOf(needed)}; ` +
    `set expiration: Duration.days(${daysOf(needed)}) or longer, or leave it out`,
  ];
}

function warnAtSynthesis(scope: Construct, props: ClaimCheckBucketProps, readers: readonly PayloadReader[]): void {
  const annotations = Annotations.of(scope);
  if (readers.length === 0) {
    annotations.addWarningV2(
      'cdk-serverless-patterns:claimCheckWithoutConsumers',
      `no consumer is registered, so how long payloads are needed is not known: it is taken for ${daysOf(neededLifetime(readers, props))} days. ` +
      'Register each consumer with addConsumer or addUploadConsumer, also those of other apps (QueueFed.of(queue, deadLetterQueue) with lifetime)',
    );
  }
  const sharing = queueOfBoth(readers, readersOfApp(scope));
  if (sharing) {
    const [message, upload] = sharing;
    annotations.addWarningV2(
      'cdk-serverless-patterns:messagesAndUploadsInOneQueue',
      `${message.consumer} gets messages and ${upload.consumer} gets uploads by one queue, so claim cannot be told which envelope a message has: give each a queue of its own; they may have the same handler`,
    );
  }
}
