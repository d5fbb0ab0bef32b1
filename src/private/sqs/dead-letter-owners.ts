import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct, IConstruct } from 'constructs';
import { queueIdentity } from './queue-facts';

/** For each app, which consumer has which dead-letter queue. */
const owners = new WeakMap<IConstruct, Map<string, IConstruct>>();

/**
 * The consumer that has this dead-letter queue already, if there is one.
 */
export function ownerOfDeadLetters(scope: Construct, queue: sqs.IQueue): IConstruct | undefined {
  const owner = owners.get(scope.node.root)?.get(queueIdentity(queue));
  // A consumer that was taken out of the tree again holds nothing.
  return owner && isInTree(owner) ? owner : undefined;
}

/**
 * Notes that the dead-letter queue belongs to `consumer`: what is set aside there can then only be its own, and a redrive cannot feed it to another.
 */
export function claimDeadLetters(consumer: Construct, queue: sqs.IQueue): void {
  const root = consumer.node.root;
  const owned = owners.get(root) ?? new Map<string, IConstruct>();
  owners.set(root, owned.set(queueIdentity(queue), consumer));
}

function isInTree(construct: IConstruct): boolean {
  const scope = construct.node.scope;
  return !scope || (scope.node.tryFindChild(construct.node.id) === construct && isInTree(scope));
}
