import { createHash } from 'node:crypto';
import { Aws, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * A part of a physical name, by the ids that lead to a place: no other place has it.
 *
 * @param most how many characters the ids may take; the last ones are kept
 * @param around what tells apart places that have the same ids, such as a stack whose name is cut
 */
export function placeName(ids: readonly string[], most: number, around: readonly string[] = []): string {
  // The ids "a-b", and "a" above "b", are different places.
  const hash = createHash('sha256').update([...around, ...ids].join('/')).digest('hex').slice(0, 8);
  return `${ids.join('-').replace(/[^\w.-]/g, '_').slice(-most)}-${hash}`;
}

/** The name of the stack, to begin a physical name with. A stack within another, such as a nested stack or a product, may be deployed under several names. */
export function stackNameOf(scope: IConstruct): string {
  const stack = Stack.of(scope);
  const isWithinAnother = stack.node.scopes.some((outer) => outer !== stack && Stack.isStack(outer));
  return isWithinAnother ? Aws.STACK_NAME : stack.stackName;
}
