/**
 * Something that is true of every delivery that loses nothing, as a pure function over facts. It knows nothing of props, constructs or templates, so each reader of facts can use it:
 * a pattern while it is made, a pattern at synthesis, and whoever reads a template.
 *
 * A fact that is not known (a token, something imported) is undefined, and no rule guesses it.
 */
export interface Rule<F> {
  /** Stable: a warning is acknowledged by it. */
  readonly id: string;
  readonly severity: 'error' | 'warning';
  /** In one sentence. */
  readonly why: string;
  /** The AWS page behind it. */
  readonly source: string;
  /** What is wrong: the value, what it should be, and the fix. Undefined if nothing is, or if it is not known. */
  readonly finding: (facts: F) => string | undefined;
}

/** Where something is, as far as it is known. */
export interface Place {
  readonly account?: string | undefined;
  readonly region?: string | undefined;
}

/** Whether two accounts or regions are known to be different. */
export function knownToDiffer(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other;
}

/** What is known of a queue that a service sends to. */
export interface ReceivingQueueFacts extends Place {
  /** What texts call it by. */
  readonly path: string;
  readonly fifo?: boolean | undefined;
  readonly contentBasedDeduplication?: boolean | undefined;
  /** Whether it is encrypted with the AWS-managed key of SQS. */
  readonly awsManagedKey?: boolean | undefined;
  readonly maximumMessageBytes?: number | undefined;
}

/** What a rule found. */
export interface Finding<F> {
  readonly rule: Rule<F>;
  readonly text: string;
}

/** What the rules find in some facts, in the order of the rules. */
export function findings<F>(rules: readonly Rule<F>[], facts: F): Finding<F>[] {
  return rules.flatMap((rule) => {
    const text = rule.finding(facts);
    return text === undefined ? [] : [{ rule, text }];
  });
}
