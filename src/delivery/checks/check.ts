import type { DeliveryGraph } from '../graph/delivery-graph';
import type { Problem, Rule, Severity } from '../rules/rule';
import { findings } from '../rules/rule';
import type { Resource } from '../template/app';
import { shown } from '../template/symbols';

/** Facts that a template states, and the resource to which findings belong. */
export interface Reading<F> {
  readonly at: Resource;
  readonly facts: F;
}

/** What was found at a resource. */
export interface DeliveryProblem extends Problem {
  readonly id: string;
  readonly severity: Severity;
  readonly at: Resource;
  readonly why: string;
  readonly source: string;
}

/** Rules, with what reads their facts from templates. */
export interface Check {
  readonly rules: readonly Rule<never>[];
  readonly run: (graph: DeliveryGraph) => DeliveryProblem[];
}

export function check<F>(rules: readonly Rule<F>[], read: (graph: DeliveryGraph) => Iterable<Reading<F>>): Check {
  return {
    rules,
    run: (graph) => {
      const problems: DeliveryProblem[] = [];
      for (const { at, facts } of read(graph)) {
        problems.push(...problemsAt(at, rules, facts));
      }
      return problems;
    },
  };
}

/** What the rules find in facts, as problems of a resource. */
export function problemsAt<F>(at: Resource, rules: readonly Rule<F>[], facts: F): DeliveryProblem[] {
  return findings(rules, facts).map(({ rule: { id, severity, why, source }, what, fix }) => (
    { id, severity, at, why, source, what: shown(what), fix: shown(fix) }
  ));
}
