import type { RemovalPolicy } from 'aws-cdk-lib';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { EVENTBRIDGE_RETRIES } from './payload-lifetime';
import type { PayloadReaderFacts } from '../../delivery/rules/claimed-payload';
import type { IQueueFed } from '../../messaging/queue-fed';
import type { DerivedValue } from '../../private/checks/derived-values';
import { messageGroupOf } from '../../private/events/event-delivery';
import type { ObjectDelivery } from '../../private/events/object-delivery';
import { newObjectDelivery, objectCreated, valuesOfRule, valuesOfTarget } from '../../private/events/object-delivery';
import { grantReadOfFailures } from '../../private/s3/failure-grants';
import { queueFacts } from '../../private/sqs/queue-facts';
import { FAILURE_CONSUMER_ALARMS } from '../failure-bucket.alarms';
import type { FailureConsumer, FailureConsumerOptions } from '../failure-consumers';

/** How stored failures are delivered to a consumer. */
export interface FailureDelivery extends ObjectDelivery {
  readonly consumer: IQueueFed;
  /** The path of the consumer. */
  readonly path: string;
  readonly prefix: string;
}

/** Where failures are stored. */
export interface FailurePlace {
  readonly bucket: s3.IBucket;
  /** Of the dead-letter queues of consumers. */
  readonly encryptionKey: kms.IKey | undefined;
  readonly removalPolicy: RemovalPolicy | undefined;
  /** The class of the pattern that stores them there. */
  readonly pattern: string;
}

/** The events of S3 about stored failures. */
export function failurePattern(bucket: s3.IBucket, prefix: string | undefined): events.EventPattern {
  return objectCreated(bucket, prefix ? { object: { key: [{ prefix }] } } : {});
}

/**
 * Delivers stored failures to a consumer, whose function may read them.
 *
 * @param scope of the consumer, below the pattern or in the stack of its queue
 */
export function newFailureConsumer(
  pattern: Construct, scope: Construct, id: string, consumer: IQueueFed, options: FailureConsumerOptions, place: FailurePlace,
): { readonly delivery: FailureDelivery; readonly made: FailureConsumer } {
  const { prefix, messageGroupId, grantee, alarms } = options;
  const { bucket, ...own } = place;
  const { queue } = consumer;
  const { path } = scope.node;
  const delivery = newObjectDelivery(scope, {
    ...own, queue, eventPattern: failurePattern(bucket, prefix), messageGroupId: messageGroupOf(id, queue, messageGroupId), objects: 'stored failures',
  });
  const reader = grantee ?? (consumer as { readonly handler?: iam.IGrantable }).handler;
  if (reader) {
    grantReadOfFailures(pattern, bucket, reader, prefix);
  }
  const { rule, deadLetterQueue } = delivery;
  return {
    delivery: { ...delivery, consumer, path, prefix: prefix ?? '' },
    made: { rule, deadLetterQueue, alarms: FAILURE_CONSUMER_ALARMS.add(scope, { path, rule, deadLetterQueue }, alarms) },
  };
}

/** For how long a consumer may still ask for a failure that it was told of. What its queues do not say of themselves is left out. */
export function readerOf({ consumer: { queue, deadLetterQueue }, path, prefix }: Pick<FailureDelivery, 'consumer' | 'path' | 'prefix'>): PayloadReaderFacts {
  const kept = ([[queue, 'in its queue'], [deadLetterQueue, 'in its dead-letter queue']] as const).flatMap(([one, what]) => {
    const { retentionSeconds } = queueFacts(one);
    return retentionSeconds === undefined ? [] : [{ seconds: retentionSeconds, what }];
  });
  return {
    consumer: path,
    prefix,
    does: 'read a stored failure',
    parts: [EVENTBRIDGE_RETRIES, ...kept],
  };
}

/** What the rule that counts failures must be. */
export function valuesOfArrival(arrival: Pick<ObjectDelivery, 'rule' | 'eventPattern'>): DerivedValue[] {
  return valuesOfRule(arrival, {
    pattern: 'every failure is counted; make another rule for some of them',
    state: 'the alarm on stored failures would be silent; tune it by the prop alarms.failuresStored',
  });
}

/**
 * What a rule for a consumer must be.
 *
 * @param method by which the consumer was added
 */
export function valuesOfDelivery(delivery: FailureDelivery, method: string): DerivedValue[] {
  return [
    ...valuesOfRule(delivery, {
      pattern: `state prefix with ${method}`,
      state: 'the consumer would not be told of what is stored meanwhile; pause the consumer of the queue',
    }),
    ...valuesOfTarget(delivery, {
      method,
      event: 'the consumer reads the event as S3 sends it',
      retries: 'it is counted into how long failures are kept, and what is given up earlier only fills the dead-letter queue',
    }),
  ];
}
