import type { RemovalPolicy } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { appState, isInTree } from '../../private/app/registry';

/** The first canary of a function, which made its versions: further canaries share them. */
export interface VersionOwner {
  readonly canary: IConstruct;
  readonly removalPolicy: RemovalPolicy;
}

function versionOwners(handler: lambda.Function): WeakMap<IConstruct, VersionOwner> {
  return appState(handler, 'versionOwners', () => new WeakMap());
}

export function versionOwnerOf(handler: lambda.Function): VersionOwner | undefined {
  const owner = versionOwners(handler).get(handler);
  return owner && isInTree(owner.canary) ? owner : undefined;
}

export function rememberVersionOwner(handler: lambda.Function, owner: VersionOwner): void {
  if (!versionOwnerOf(handler)) {
    versionOwners(handler).set(handler, owner);
  }
}
