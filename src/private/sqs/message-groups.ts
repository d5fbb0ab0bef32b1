import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import { queueIdentity } from './queue-facts';
import { appState } from '../app/registry';

/** What is known of the messages of a queue. */
interface KnownGroups {
  /** Whether nobody but what is noted here is expected to send. */
  closed: boolean;
  /** Undefined: the group of some messages is not known. */
  readonly groups: Set<string | undefined>;
}

const groupsIn = (scope: IConstruct) => appState(scope, 'messageGroups', () => new Map<string, KnownGroups>());

/** Notes that something sends to a queue, and the message group of all that it sends. */
export function noteSender(queue: sqs.IQueue, group: string | undefined): KnownGroups {
  const known = groupsIn(queue);
  const identity = queueIdentity(queue);
  const ofQueue = known.get(identity) ?? { closed: false, groups: new Set() };
  known.set(identity, ofQueue);
  ofQueue.groups.add(group);
  return ofQueue;
}

/** Notes that a queue is for one sender, whose messages are in this group. Others may join it. */
export function noteOnlySender(queue: sqs.IQueue, group: string): void {
  noteSender(queue, group).closed = true;
}

/**
 * How many message groups a queue has, if that is known. Lambda processes no more of its batches at a time.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 *
 * @param identity of the queue, as `queueIdentity` gives it
 */
export function messageGroups(scope: IConstruct, identity: string): number | undefined {
  const known = groupsIn(scope).get(identity);
  return !known?.closed || known.groups.has(undefined) ? undefined : known.groups.size;
}
