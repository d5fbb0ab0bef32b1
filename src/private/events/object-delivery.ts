import type { RemovalPolicy } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { EventDelivery } from './event-delivery';
import { checkMessageGroup, messageGroupOf, newEventDelivery, queueTarget } from './event-delivery';
import { valuesOfEventRule, valuesOfEventTarget } from './event-promises';
import type { BucketEventsFacts } from '../../delivery/rules/bucket-events';
import type { EventTargetFacts } from '../../delivery/rules/event-target';
import { EVENT_TARGET_RULES } from '../../delivery/rules/event-target';
import { knownToDiffer } from '../../delivery/rules/rule';
import { placeOf } from '../app/environments';
import type { DerivedValue } from '../checks/derived-values';
import type { Problems } from '../checks/problems';
import type { BucketFacts } from '../s3/bucket-facts';
import { receivingQueueFacts } from '../sqs/queue-facts';

/** The events of S3 that tell of an object that was put into a bucket. https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
export function objectCreated(bucket: s3.IBucket, object: { readonly [key: string]: unknown } = {}): events.EventPattern {
  return { source: ['aws.s3'], detailType: ['Object Created'], detail: { bucket: { name: [bucket.bucketName] }, ...object } };
}

/** What a delivery of objects is made of. */
export interface ObjectDeliveryProps {
  readonly queue: sqs.IQueue;
  readonly eventPattern: events.EventPattern;
  readonly messageGroupId: string | undefined;
  /** Of the dead-letter queue. */
  readonly encryptionKey: kms.IKey | undefined;
  readonly removalPolicy: RemovalPolicy | undefined;
  /** The class of the pattern, and what it delivers, in the plural. */
  readonly pattern: string;
  readonly objects: string;
}

/** How the objects of a bucket are delivered to a consumer. */
export interface ObjectDelivery extends EventDelivery, Pick<ObjectDeliveryProps, 'queue' | 'eventPattern' | 'messageGroupId'> {}

/** Sends an event of S3 to a queue for each object, and sets aside what cannot be delivered. */
export function newObjectDelivery(scope: Construct, props: ObjectDeliveryProps): ObjectDelivery {
  const { queue, eventPattern, messageGroupId, objects, ...own } = props;
  const delivery = newEventDelivery(scope, {
    ...own,
    eventPattern,
    waiting: objects,
    target: (deadLetterQueue) => queueTarget(scope, queue, deadLetterQueue, messageGroupId),
  });
  return { ...delivery, queue, eventPattern, messageGroupId };
}

/** Notes what is wrong with a queue that the objects of a bucket are to be delivered to. */
export function checkObjectDelivery(
  problems: Problems, pattern: Construct, bucket: s3.IBucket, id: string, queue: sqs.IQueue, messageGroupId: string | undefined,
): void {
  problems.addFindings(EVENT_TARGET_RULES, targetFacts(pattern, bucket, { queue, messageGroupId: messageGroupOf(id, queue, messageGroupId) }));
  checkMessageGroup(problems, queue, messageGroupId);
}

// What the rules about delivery are told, when a consumer is added and again when the app is complete.

/** Of the rule that delivers objects to a queue. */
export function targetFacts(pattern: Construct, bucket: s3.IBucket, { queue, messageGroupId }: Pick<ObjectDelivery, 'queue' | 'messageGroupId'>): EventTargetFacts {
  const [here, there] = [placeOf(Stack.of(pattern)), placeOf(bucket.env)];
  // A rule that is not where its bucket is must move, so nothing is said yet of how far it reaches.
  const settled = (place: 'region' | 'account') => (knownToDiffer(there[place], here[place]) ? undefined : here[place]);
  return {
    rule: { region: settled('region'), account: settled('account') },
    queue: receivingQueueFacts(queue),
    messageGroup: messageGroupId !== undefined,
    role: false,
  };
}

/** Of the bucket whose objects are delivered; whether it sends its events is settled when the app is complete. */
export function eventsFacts(pattern: Construct, bucket: s3.IBucket, settled?: Pick<BucketFacts, 'sendsEvents' | 'overwrittenBy'>): BucketEventsFacts {
  return {
    bucket: {
      path: bucket.node.path,
      ...placeOf(bucket.env),
      sendsEvents: settled?.sendsEvents,
      replacedBy: settled?.overwrittenBy?.node.path,
      madeWithRule: bucket.node.scope === pattern,
    },
    rule: placeOf(Stack.of(pattern)),
  };
}

/**
 * What a rule for objects must be.
 *
 * @param instead how to say otherwise which objects it is for, and that it is on
 */
export function valuesOfRule(delivery: Pick<ObjectDelivery, 'rule' | 'eventPattern'>, instead: { readonly pattern: string; readonly state: string }): DerivedValue[] {
  return valuesOfEventRule(delivery, { ...instead, eventBus: 'S3 sends its events to the default event bus' });
}

/**
 * What the target of a rule for objects must be.
 *
 * @param instead how to say otherwise by the method that adds a consumer, and why the event and its retries are as they are
 */
export function valuesOfTarget(
  { rule, deadLetterQueue, queue, messageGroupId }: ObjectDelivery,
  instead: { readonly method: string; readonly event: string; readonly retries: string },
): DerivedValue[] {
  return valuesOfEventTarget({ rule, deadLetterQueue, arn: queue.queueArn, messageGroupId }, instead);
}
