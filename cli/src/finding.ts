import type { DeliveryProblem } from '../../src/delivery/checks/check';
import type { Severity } from '../../src/delivery/rules/rule';

/** What was found, as it is reported. */
export interface Finding {
  readonly id: string;
  readonly severity: Severity;
  readonly stack: string;
  /** Of the construct where that is known, else of the stack and the resource. */
  readonly path: string;
  readonly logicalId: string;
  readonly message: string;
  readonly fix: string;
  readonly why: string;
  /** The AWS page. */
  readonly docs: string;
  /** The file of the template. */
  readonly file?: string | undefined;
}

/** From the mildest. */
export const SEVERITIES: readonly Severity[] = ['note', 'warning', 'error'];

export function isAtLeast(severity: Severity, bound: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(bound);
}

export function findingOf({ id, severity, at, what, fix, why, source }: DeliveryProblem): Finding {
  const { path, logicalId, stack: { name: stack, input: { file } } } = at;
  return { id, severity, stack, path, logicalId, message: what, fix, why, docs: source, file };
}

/** What is reported of a run. */
export interface Report {
  /** In the order of the stacks. */
  readonly findings: readonly Finding[];
  /** All that were checked, those without findings too. */
  readonly stacks: readonly string[];
  readonly failOn: Severity;
  readonly baseline?: {
    readonly file: string;
    /** How many findings are not reported because it lists them. */
    readonly ignored: number;
    /** How many of its entries match nothing any more. */
    readonly stale: number;
  } | undefined;
}

/** In the order in which the keys come first. */
export function groupedBy<T>(items: Iterable<T>, keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    group ? group.push(item) : groups.set(keyOf(item), [item]);
  }
  return groups;
}
