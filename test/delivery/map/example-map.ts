import type { DeliveryProblem } from '../../../src/delivery/checks/check';
import { DeliveryGraph } from '../../../src/delivery/graph/delivery-graph';
import type { DeadLetters, End, Hop } from '../../../src/delivery/graph/hop';
import type { DeliveryMap } from '../../../src/delivery/map/delivery-map';
import { readMap } from '../../../src/delivery/map/read-map';
import type { Resource } from '../../../src/delivery/template/app';
import { TemplateApp } from '../../../src/delivery/template/app';
import type { Resources } from '../checks/check-defects';

/** A hop as a test states it: from and to resources by their logical ids, or to anything else by a text. */
export interface StatedHop extends Partial<Pick<Hop, 'kind' | 'retries' | 'name'>> {
  readonly at: string;
  readonly from?: string;
  readonly to?: string;
  readonly deadLetters?: string | undefined;
}

/** A problem as a test states it, at a resource by its logical id. */
export interface StatedProblem extends Partial<Omit<DeliveryProblem, 'at'>> {
  readonly at: string;
}

/** The map of a template with the hops and the problems that a test states. */
export function mapOf(resources: Resources, hops: readonly StatedHop[], problems: readonly StatedProblem[] = []): DeliveryMap {
  return mapOfStacks({ Shop: resources }, hops, problems);
}

/** The same of several stacks; logical ids are taken to be unique in all of them. */
export function mapOfStacks(
  stacks: Readonly<Record<string, Resources>>,
  hops: readonly StatedHop[],
  problems: readonly StatedProblem[] = [],
): DeliveryMap {
  const app = new TemplateApp(Object.entries(stacks).map(([stack, resources]) => ({ stack, template: { Resources: resources } })));
  const graph = new DeliveryGraph(app, [(of) => hops.map((hop) => hopOf(of, hop))]);
  return readMap(graph, problems.map(({ at, ...problem }) => ({
    id: 'somethingWrong', severity: 'error', what: 'something is wrong', why: 'It matters.', fix: 'mend it', source: 'https://docs.aws.amazon.com/', ...problem, at: resourceNamed(graph, at)!,
  })));
}

function hopOf(graph: DeliveryGraph, { at, from, to, deadLetters, ...hop }: StatedHop): Hop {
  const resource = resourceNamed(graph, at)!;
  return {
    kind: 'subscription',
    name: `hop '${resource.path}'`,
    service: 'sns.amazonaws.com',
    at: resource,
    from: endNamed(graph, from),
    to: endNamed(graph, to),
    deadLetters: deadLetters === undefined || deadLetters === 'none' || deadLetters === 'unknown' ? deadLetters as DeadLetters | undefined : endNamed(graph, deadLetters),
    ...hop,
  };
}

function endNamed(graph: DeliveryGraph, name: string | undefined): End {
  const resource = name === undefined ? undefined : resourceNamed(graph, name);
  return { text: resource?.arn ?? name, resource };
}

function resourceNamed(graph: DeliveryGraph, logicalId: string): Resource | undefined {
  return graph.app.resources.find((resource) => resource.logicalId === logicalId);
}
