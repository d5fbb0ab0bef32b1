import { Stack, Token } from 'aws-cdk-lib';
import type * as events from 'aws-cdk-lib/aws-events';
import type { Construct } from 'constructs';
import type { EventPatternFacts } from '../../delivery/rules/event-pattern';
import { contentOfPattern } from '../../delivery/rules/event-pattern';

/** An event pattern as CloudFormation takes it. */
export function renderedPattern(eventPattern: events.EventPattern): { readonly [field: string]: unknown } {
  const fields = Object.entries(eventPattern).filter(([, value]) => value !== undefined);
  return Object.fromEntries(fields.map(([name, value]: [string, unknown]) => [name === 'detailType' ? 'detail-type' : name, value]));
}

/** What the rules are told of the pattern of a rule that stands, or is to stand, in `scope`. */
export function patternFacts(scope: Construct, eventPattern: events.EventPattern, eventBus: events.IEventBus | undefined): EventPatternFacts {
  return {
    ...contentOfPattern(known(Stack.of(scope).resolve(renderedPattern(eventPattern)))),
    name: 'eventPattern',
    // A bus that is given by a token may be any.
    onCustomBus: eventBus !== undefined && (isCustom(eventBus) ? true : undefined),
  };
}

/** One that is made in this app, or whose name is known. */
function isCustom({ eventBusName, node }: events.IEventBus): boolean {
  return node.defaultChild !== undefined || !Token.isUnresolved(eventBusName);
}

/** What only the deployment knows is undefined. */
function known(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(known);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const entries = Object.entries(value);
  const isIntrinsic = entries.length === 1 && /^(?:Ref|Fn::.+)$/.test(entries[0]![0]);
  return isIntrinsic ? undefined : Object.fromEntries(entries.map(([name, part]) => [name, known(part)]));
}
