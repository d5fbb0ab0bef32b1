import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { FailureBucketProps } from './failure-bucket';
import { FAILURE_BUCKET_ALARMS, FAILURE_CONSUMER_ALARMS } from './failure-bucket.alarms';
import type { FailureConsumerOptions } from './failure-consumers';
import type { LifecycleFacts } from '../delivery/rules/claimed-payload';
import { PAYLOAD_LIFECYCLE_RULES } from '../delivery/rules/claimed-payload';
import type { IQueueFed } from '../messaging/queue-fed';
import { readerOf } from './private/failure-delivery';
import { Problems } from '../private/checks/problems';
import type { PropBounds } from '../private/checks/prop-bounds';
import { checkObjectDelivery } from '../private/events/object-delivery';
import { checkAccessLogs } from '../private/s3/access-logs';

/** Longer than any queue keeps a message, and time for people to find and repair the cause; most streams have long expired by then. */
export function keptFor(): Duration {
  return Duration.days(90);
}

/** More than a hundred years is a mistake of the unit. */
export const FAILURE_BUCKET_BOUNDS: PropBounds<FailureBucketProps> = {
  expiration: { unit: 'days', min: 1, max: 36_500, fix: `leave it out for ${keptFor().toDays()} days` },
};

/** By what is stated of the bucket, every failure expires; a token says not when. */
export function lifecycleOf({ expiration = keptFor() }: FailureBucketProps): LifecycleFacts {
  return { after: expiration.isUnresolved() ? undefined : expiration.toDays(), prefix: '' };
}

export function checkProps(scope: Construct, props: FailureBucketProps): void {
  const problems = new Problems(scope, 'FailureBucket');
  checkAccessLogs(problems, scope, props, 'the logs would be among the failures, and each would ring the alarm');
  problems.requireCustomerKey('encryptionKey', props.encryptionKey, 'leave encryptionKey out for SSE-S3');
  problems.checkBounds(props, FAILURE_BUCKET_BOUNDS);
  if (props.removalPolicy === RemovalPolicy.SNAPSHOT) {
    problems.add('removalPolicy is snapshot, but there are no snapshots of a bucket: set RemovalPolicy.RETAIN or RemovalPolicy.DESTROY, or leave removalPolicy out');
  }
  FAILURE_BUCKET_ALARMS.check(problems, {}, props.alarms);
  problems.throwIfAny();
}

/** Throws for what is wrong with a consumer of stored failures. */
export function checkConsumer(
  scope: Construct,
  pattern: Construct,
  bucket: s3.IBucket,
  consumer: IQueueFed,
  props: FailureBucketProps,
  { prefix = '', messageGroupId, alarms }: FailureConsumerOptions,
): void {
  const problems = new Problems(scope, 'FailureBucket consumer');
  checkObjectDelivery(problems, pattern, bucket, scope.node.id, consumer.queue, messageGroupId);
  problems.addFindings(PAYLOAD_LIFECYCLE_RULES, { reader: readerOf({ consumer, path: scope.node.path, prefix }), lifecycle: lifecycleOf(props) });
  FAILURE_CONSUMER_ALARMS.check(problems, {}, alarms);
  problems.throwIfAny();
}

