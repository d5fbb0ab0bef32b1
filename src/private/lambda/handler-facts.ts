import { CfnResource, Stack } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { resourceBehind } from '../app/references';

const FUNCTION = 'AWS::Lambda::Function';

/** What Lambda uses when a function states no timeout, in seconds (AWS::Lambda::Function, Timeout). */
const DEFAULT_TIMEOUT_SECONDS = 3;

/**
 * The function itself, behind any alias or version.
 */
export function functionBehind(handler: lambda.IFunction): lambda.IFunction {
  const known = behind.get(handler);
  if (known) {
    return known;
  }
  const found = findFunction(handler);
  behind.set(handler, found);
  return found;
}

/** Found once for each handler, because it is asked for many times, and asking makes tokens. */
const behind = new WeakMap<IConstruct, lambda.IFunction>();

function findFunction(handler: lambda.IFunction): lambda.IFunction {
  let current = handler;
  // An alias or a version, imported or not, says which function it belongs to; a function has no such member.
  while ('lambda' in current && current.lambda) {
    current = current.lambda as lambda.IFunction;
  }
  if (ownResource(current)) {
    return current;
  }
  // A SingletonFunction, and an import by the ARN of a function made here, stand for another construct.
  const owner = resourceBehind(current.functionArn, FUNCTION)?.node.scope;
  return owner && 'functionArn' in owner ? (owner as lambda.IFunction) : current;
}

/**
 * The function's own CloudFormation resource, if it is made in this app.
 */
export function functionResource(handler: lambda.IFunction): lambda.CfnFunction | undefined {
  const fn = functionBehind(handler);
  return ownResource(fn) ?? resourceBehind(fn.functionArn, FUNCTION) as lambda.CfnFunction | undefined;
}

function ownResource(construct: IConstruct): lambda.CfnFunction | undefined {
  const child = construct.node.defaultChild;
  return child && CfnResource.isCfnResource(child) && child.cfnResourceType === FUNCTION ? child as lambda.CfnFunction : undefined;
}

/**
 * The handler's timeout in seconds: a number, a token, or undefined for a function that is not made in this app.
 */
export function timeoutSeconds(handler: lambda.IFunction): number | undefined {
  const resource = functionResource(handler);
  return resource && (resource.timeout ?? DEFAULT_TIMEOUT_SECONDS);
}

/**
 * The reserved concurrency of the function, if it is known: unknown for imported functions, for tokens, and where none is reserved.
 */
export function reservedConcurrency(resource: lambda.CfnFunction): number | undefined {
  const stated = resource.reservedConcurrentExecutions;
  const value: unknown = stated === undefined ? undefined : Stack.of(resource).resolve(stated);
  return typeof value === 'number' ? value : undefined;
}
