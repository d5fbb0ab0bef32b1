import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ClaimCheckBucketProps } from './claim-check-bucket';
import { neededLifetime } from './claim-check-bucket.rules';
import { problemsOfAdoptedBucket } from './private/adopted-bucket';
import type { PayloadReader } from './private/payload-lifetime';
import { daysOf, problemsOfOverlap, queueOfBoth, sumOf } from './private/payload-lifetime';

/** What is wrong, or may be, now that the app is complete. */
export function checkAtSynthesis(scope: Construct, props: ClaimCheckBucketProps, readers: readonly PayloadReader[]): string[] {
  warnAtSynthesis(scope, props, readers);
  return [
    ...problemsOfExpiration(props, readers),
    ...problemsOfOverlap(readers),
    ...props.bucket ? problemsOfAdoptedBucket(scope, props.bucket, readers, neededLifetime(readers, props)) : [],
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
  const sharing = queueOfBoth(readers);
  if (sharing) {
    const [message, upload] = sharing;
    annotations.addWarningV2(
      'cdk-serverless-patterns:messagesAndUploadsInOneQueue',
      `${message.consumer} gets messages and ${upload.consumer} gets uploads by one queue, so claim cannot be told which envelope a message has: give each a queue of its own; they may have the same handler`,
    );
  }
}
