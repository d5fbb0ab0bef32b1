import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** The ids of a construct and of those above it in its stack. */
export function idsInStack(construct: IConstruct): string[] {
  return construct.node.scopes.slice(Stack.of(construct).node.scopes.length).map(({ node }) => node.id);
}
