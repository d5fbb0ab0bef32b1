import { Stack } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { resourceBehind } from './references';

const FUNCTION = 'AWS::Lambda::Function';

/** What Lambda uses when a function states no timeout, in seconds (AWS::Lambda::Function, Timeout). */
const DEFAULT_TIMEOUT_SECONDS = 3;

/**
 * The function itself, behind any alias or version.
 */
export function functionBehind(handler: lambda.IFunction): lambda.IFunction {
  let current = handler;
  // An alias or a version, imported or not, says which function it belongs to; a function has no such member.
  while ('lambda' in current && current.lambda) {
    current = current.lambda as lambda.IFunction;
  }
  // A SingletonFunction, and an import by the ARN of a function made here, stand for another construct.
  const owner = resourceBehind(current.functionArn, FUNCTION)?.node.scope;
  return owner && 'functionArn' in owner ? (owner as lambda.IFunction) : current;
}

/**
 * The function's own CloudFormation resource, if it is made in this app.
 */
export function functionResource(handler: lambda.IFunction): lambda.CfnFunction | undefined {
  return resourceBehind(functionBehind(handler).functionArn, FUNCTION) as lambda.CfnFunction | undefined;
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
  const value: unknown = Stack.of(resource).resolve(resource.reservedConcurrentExecutions);
  return typeof value === 'number' ? value : undefined;
}
