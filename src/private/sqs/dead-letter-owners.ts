import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct, IConstruct } from 'constructs';
import { queueIdentity } from './queue-facts';
import { appState, isInTree } from '../app/registry';

/** Which consumer of the app has which dead-letter queue. */
const ownersIn = (scope: IConstruct) => appState(scope, 'deadLetterOwners', () => new Map<string, IConstruct>());

/**
 * The consumer that has this dead-letter queue already, if there is one.
 */
export function ownerOfDeadLetters(scope: Construct, queue: sqs.IQueue): IConstruct | undefined {
  const owner = ownersIn(scope).get(queueIdentity(queue));
  // A consumer that was taken out of the tree again holds nothing.
  return owner && isInTree(owner) ? owner : undefined;
}

/**
 * Notes that the dead-letter queue belongs to `consumer`: what is set aside there can then only be its own, and a redrive cannot feed it to another.
 */
export function claimDeadLetters(consumer: Construct, queue: sqs.IQueue): void {
  ownersIn(consumer).set(queueIdentity(queue), consumer);
}
