import type { DeliveryGraph } from './delivery-graph';
import { ALIAS, FUNCTION, VERSION } from './resource-types';
import type { Resource } from '../template/app';


/** What invokes a function names it by an ARN, by its name, or by one of these with a version or an alias. */
export interface FunctionReference {
  /** Undefined: none of this app, or not known which. */
  readonly function?: Resource | undefined;
  /** Undefined: not known. */
  readonly qualified?: boolean | undefined;
}

/** Names may have a version or an alias too, as the CDK has them for aliases. */
const QUALIFIED = /^(arn:[^:]+:lambda:[^:]*:[^:]*:function:[^:]+|[^:]+):([^:]+)$/;

export function functionOf(graph: DeliveryGraph, text: string | undefined): FunctionReference {
  const found = graph.app.find(text, FUNCTION, VERSION, ALIAS);
  if (found === undefined) {
    // `$LATEST` is a qualifier that names no version.
    const [, arn, qualifier] = QUALIFIED.exec(text ?? '') ?? [];
    return arn === undefined ? {} : { function: graph.app.find(arn, FUNCTION), qualified: qualifier !== '$LATEST' };
  }
  return found.type === FUNCTION ? { function: found, qualified: false } : { ...functionOf(graph, found.props.text('FunctionName')), qualified: true };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html */
const DEFAULT_TIMEOUT_SECONDS = 3;

/** What a template says of a function. What is undefined is not known, or is not so. */
export interface FunctionFacts {
  readonly path: string;
  readonly timeoutSeconds?: number | undefined;
  readonly durable?: boolean | undefined;
  readonly executionTimeoutSeconds?: number | undefined;
  readonly managedInstances?: boolean | undefined;
  readonly tenantIsolation?: boolean | undefined;
  readonly reservedConcurrency?: number | undefined;
  readonly account?: string | undefined;
  readonly region?: string | undefined;
}

export function functionFacts({ path, props, stack: { account, region } }: Resource): FunctionFacts {
  return {
    path,
    timeoutSeconds: props.number('Timeout', DEFAULT_TIMEOUT_SECONDS),
    durable: props.has('DurableConfig'),
    executionTimeoutSeconds: props.number('DurableConfig.ExecutionTimeout'),
    managedInstances: props.has('CapacityProviderConfig'),
    tenantIsolation: props.has('TenancyConfig'),
    reservedConcurrency: props.number('ReservedConcurrentExecutions'),
    account,
    region,
  };
}
