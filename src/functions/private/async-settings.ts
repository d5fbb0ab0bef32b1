import { Stack } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { identityOf } from '../../private/app/references';
import { appState, isInTree } from '../../private/app/registry';
import { functionBehind } from '../../private/lambda/handler-facts';

/** Which construct settles the asynchronous invocations of which function, version or alias. */
const ownersIn = (scope: IConstruct) => appState(scope, 'asynchronousSettings', () => new Map<string, IConstruct>());

/** Two imports of one alias are the same. */
function identity(handler: lambda.IFunction, qualifier: string): string {
  return `${identityOf(functionBehind(handler).functionArn, 'AWS::Lambda::Function', handler)} ${JSON.stringify(Stack.of(handler).resolve(qualifier))}`;
}

/** The construct that settles the asynchronous invocations of a handler already. */
export function settingsOwner(scope: IConstruct, handler: lambda.IFunction, qualifier: string): IConstruct | undefined {
  const owner = ownersIn(scope).get(identity(handler, qualifier));
  // One that was taken out of the tree again settles nothing.
  return owner && isInTree(owner) ? owner : undefined;
}

export function claimSettings(owner: IConstruct, handler: lambda.IFunction, qualifier: string): void {
  ownersIn(owner).set(identity(handler, qualifier), owner);
}
