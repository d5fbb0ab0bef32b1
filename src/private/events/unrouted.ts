import { Lazy, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import type { Construct } from 'constructs';
import { renderedPattern } from './event-pattern';

/** Which types of events a consumer takes: of these sources, with these detail types. Undefined: any. */
export interface TakenTypes {
  readonly source?: readonly string[] | undefined;
  readonly detailType?: readonly string[] | undefined;
}

/** The types that a pattern is for. `unknown`: it says them by something else than plain texts, so that what it leaves cannot be said. */
export function takenTypes(scope: Construct, eventPattern: events.EventPattern): TakenTypes | 'unknown' {
  const { source, 'detail-type': detailType } = Stack.of(scope).resolve(renderedPattern(eventPattern)) as Record<string, unknown>;
  return arePlain(source) && arePlain(detailType) ? { source, detailType } : 'unknown';
}

function arePlain(values: unknown): values is readonly string[] | undefined {
  return values === undefined || (Array.isArray(values) && values.every((value) => typeof value === 'string'));
}

/**
 * A pattern for the events whose type no consumer takes. Source and detail type are texts that each event has once, so what a list of them leaves can be said, which is not so of the fields of a detail.
 * Who takes events of every type, as one that keeps them all, is nobody's consumer in particular and does not count.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export function unroutedPattern(consumers: readonly TakenTypes[]): object {
  const taken = consumers.filter(({ source, detailType }) => source ?? detailType);
  const ofAnySource = unique(taken.flatMap(({ source, detailType }) => (source ? [] : detailType!)));
  const sources = unique(taken.flatMap(({ source }) => source ?? []));
  const branches = sources.flatMap((source) => {
    const ofThis = taken.filter((one) => one.source?.includes(source));
    const detailTypes = unique([...ofAnySource, ...ofThis.flatMap(({ detailType }) => detailType ?? [])]);
    return ofThis.some(({ detailType }) => !detailType) ? [] : [{ 'source': [source], 'detail-type': but(detailTypes) }];
  });
  const ofOthers = {
    source: sources.length > 0 ? but(sources) : [{ prefix: '' }],
    ...ofAnySource.length > 0 && { 'detail-type': but(ofAnySource) },
  };
  // `$or` takes two or more.
  return branches.length > 0 ? { $or: [ofOthers, ...branches] } : ofOthers;
}

/** A rule without a target for these events: EventBridge counts what it matches. Consumers may be added until the app is complete. */
export function newUnroutedRule(scope: Construct, eventBus: events.IEventBus | undefined, consumers: readonly TakenTypes[]): events.Rule {
  const rule = new events.Rule(scope, 'UnroutedRule', { eventPattern: { source: events.Match.prefix('') }, ...eventBus && { eventBus } });
  (rule.node.defaultChild as events.CfnRule).eventPattern = Lazy.any({ produce: () => unroutedPattern(consumers) });
  return rule;
}

function but(values: readonly string[]): object[] {
  return [{ 'anything-but': values }];
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort();
}
