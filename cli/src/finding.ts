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
