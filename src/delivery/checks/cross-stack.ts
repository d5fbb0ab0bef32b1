import type { Reading } from './check';
import { check } from './check';
import type { DeliveryGraph } from '../graph/delivery-graph';
import type { End, Hop } from '../graph/hop';
import { namedResource, writtenTexts } from '../graph/references';
import type { CrossStackFacts } from '../rules/cross-stack';
import { CROSS_STACK_RULES } from '../rules/cross-stack';
import { knownToDiffer } from '../rules/rule';
import type { Resource } from '../template/app';
import type { Stack } from '../template/stack';

export const CROSS_STACK_CHECKS = [check(CROSS_STACK_RULES, readReferences)];

function* readReferences(graph: DeliveryGraph): Iterable<Reading<CrossStackFacts>> {
  const texts = new Map<Resource, ReadonlyMap<string, unknown>>();
  const told = new Map<Resource, Set<Resource>>();
  for (const hop of graph.hops) {
    const { at } = hop;
    for (const { text, resource: found } of endsOf(hop).filter(({ resource }) => resource?.stack !== at.stack)) {
      const written = texts.get(at) ?? writtenTexts(at);
      texts.set(at, written);
      const named = text === undefined || !written.has(text) ? undefined : namedResource(graph.app, at, written.get(text), found);
      const known = told.get(at) ?? new Set();
      if (named !== undefined && couldImport(at.stack, named.resource.stack) && !known.has(named.resource)) {
        told.set(at, known.add(named.resource));
        yield { at, facts: { delivery: hop.name, resource: named.resource.path, stack: named.resource.stack.name, by: named.by } };
      }
    }
  }
}

function endsOf({ from, to, deadLetters }: Hop): readonly End[] {
  return [from, to, ...typeof deadLetters === 'object' ? [deadLetters] : []];
}

/** Exports are of one account and region. */
function couldImport(stack: Stack, other: Stack): boolean {
  return stack !== other && !knownToDiffer(stack.account, other.account) && !knownToDiffer(stack.region, other.region);
}
