import { CfnResource, Token } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import type { HandlerFacts } from '../../delivery/rules/queue-consumer';
import { placeOf } from '../app/environments';
import { resourceBehind } from '../app/references';
import { renderedProperty, renderedResource } from '../app/rendered-resource';

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
 * The handler's timeout in seconds. `'unknown'`: it is a token. Undefined: the function is not made in this app.
 */
export function timeoutSeconds(handler: lambda.IFunction): number | 'unknown' | undefined {
  const resource = functionResource(handler);
  if (!resource) {
    return undefined;
  }
  const timeout = renderedProperty(resource, 'Timeout') ?? DEFAULT_TIMEOUT_SECONDS;
  return typeof timeout === 'number' ? timeout : 'unknown';
}

/**
 * The reserved concurrency of the function, if it is known: unknown for imported functions, for tokens, and where none is reserved.
 */
export function reservedConcurrency(resource: lambda.CfnFunction): number | undefined {
  const value = renderedProperty(resource, 'ReservedConcurrentExecutions');
  return typeof value === 'number' ? value : undefined;
}

/**
 * What is known of a handler that an event source invokes.
 *
 * @param statedSeconds the timeout, where it cannot be read
 */
export function handlerFacts(handler: lambda.IFunction, statedSeconds?: number): HandlerFacts {
  const resource = functionResource(handler);
  const timeout = timeoutSeconds(handler);
  const has = (name: string) => resource !== undefined && renderedProperty(resource, name) !== undefined;
  return {
    ...placeOf(handler.env),
    path: handler.node.path,
    timeoutSeconds: typeof timeout === 'number' ? timeout : statedSeconds,
    durable: has('DurableConfig'),
    executionTimeoutSeconds: resource && has('DurableConfig') ? executionTimeoutSeconds(resource) : undefined,
    qualified: functionBehind(handler) !== handler,
    managedInstances: has('CapacityProviderConfig'),
    tenantIsolation: has('TenancyConfig'),
  };
}

function executionTimeoutSeconds(resource: lambda.CfnFunction): number | undefined {
  const { DurableConfig: config } = renderedResource(resource).Properties as { DurableConfig?: { ExecutionTimeout?: unknown } };
  return typeof config?.ExecutionTimeout === 'number' ? config.ExecutionTimeout : undefined;
}

/**
 * The version or alias in the ARN of an imported function, which `Function.fromFunctionArn` leaves out of its name: what invokes it by its name invokes `$LATEST`.
 */
export function droppedQualifier({ functionArn, functionName }: lambda.IFunction): string | undefined {
  const qualifier = Token.isUnresolved(functionArn) ? undefined : functionArn.split(':')[7];
  return qualifier !== undefined && !functionName.endsWith(`:${qualifier}`) ? qualifier : undefined;
}
