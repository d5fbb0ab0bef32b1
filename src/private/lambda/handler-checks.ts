import type { Duration } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { droppedQualifier, functionResource, handlerFacts, timeoutSeconds } from './handler-facts';
import { LONGEST_MANAGED_TIMEOUT_SECONDS, LONGEST_TIMEOUT_SECONDS } from '../../delivery/rules/queue-consumer';
import type { DerivedValue } from '../checks/derived-values';
import { valuesIn } from '../checks/derived-values';
import type { Problems } from '../checks/problems';
import type { Bounds } from '../checks/prop-bounds';
import { knownSeconds } from '../checks/prop-bounds';

/** What a handler's timeout may be that is stated. */
export function handlerTimeoutBounds({ handler }: { readonly handler: lambda.IFunction }): Bounds {
  // An imported function may run on Managed Instances.
  const managed = timeoutSeconds(handler) === undefined || handlerFacts(handler).managedInstances;
  return { unit: 'seconds', min: 1, max: managed ? LONGEST_MANAGED_TIMEOUT_SECONDS : LONGEST_TIMEOUT_SECONDS, fix: 'state the timeout that the handler has' };
}

/** Notes a stated timeout that is not the one that the handler has. */
export function checkStatedTimeout(problems: Problems, handler: lambda.IFunction, handlerTimeout: Duration | undefined): void {
  const own = timeoutSeconds(handler);
  const stated = knownSeconds(handlerTimeout);
  if (typeof own === 'number' && stated !== undefined && stated !== own) {
    problems.add(`handlerTimeout is ${stated} seconds, but the timeout of handler '${handler.node.path}' is ${own} seconds: leave handlerTimeout out`);
  }
}

/**
 * Notes a version or an alias that would be left out.
 *
 * @param consequence what would come of it, as the text goes on
 */
export function checkQualifierIsKept(problems: Problems, handler: lambda.IFunction, consequence: string): void {
  const qualifier = droppedQualifier(handler);
  if (qualifier !== undefined) {
    problems.add(
      `handler '${handler.node.path}' is imported by an ARN with the qualifier '${qualifier}', which the CDK leaves out of its name, so ${consequence}: ` +
      'import the version or alias instead (lambda.Version.fromVersionArn, lambda.Alias.fromAliasAttributes)',
    );
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html */
const MOST_FILTERS = 10;

/**
 * Notes more filters than an event source takes, and an empty list.
 *
 * @param what is filtered, in the singular
 */
export function checkNumberOfFilters(problems: Problems, filters: readonly unknown[] | undefined, what: 'message' | 'record'): void {
  if (filters && (filters.length < 1 || filters.length > MOST_FILTERS)) {
    problems.add(
      `filters has ${filters.length} entries, but an event source takes 1 to ${MOST_FILTERS} (5 unless the quota was raised): combine filters, or leave filters out to process every ${what}`,
    );
  }
}

/**
 * The timeout that a handler must still have when the app is complete.
 *
 * @param derived what was derived from it, with its verb
 */
export function timeoutValues(handler: lambda.IFunction, madeWith: ReturnType<typeof timeoutSeconds>, derived: string): DerivedValue[] {
  const resource = functionResource(handler);
  // A function that states none has the timeout that Lambda gives it.
  return !resource || typeof madeWith !== 'number' || timeoutSeconds(handler) === madeWith ? [] : valuesIn(resource, {
    'Properties.Timeout': [madeWith, `${derived} derived from it, so set it where the function is made`],
  });
}
