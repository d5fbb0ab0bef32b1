/** An error is refused; a warning can be acknowledged; a note tells what is right for some and not for others, and is reported by DeliveryChecks only. */
export type Severity = 'error' | 'warning' | 'note';

/** From the mildest. */
export const SEVERITIES: readonly Severity[] = ['note', 'warning', 'error'];

export function isAtLeast(severity: Severity, least: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least);
}

/** What is wrong, with the value that was seen, and what to do about it. */
export interface Problem {
  readonly what: string;
  readonly fix: string;
}

/**
 * Something that is true of every delivery that loses nothing, as a pure function over facts. It knows nothing of props, constructs or templates, so each reader of facts can use it:
 * a pattern while it is made, a pattern at synthesis, and whoever reads a template.
 *
 * A fact that is not known (a token, something imported) is undefined, and no rule guesses it.
 */
export interface Rule<F> {
  /** Stable: a warning is acknowledged by it. */
  readonly id: string;
  readonly severity: Severity;
  /** In one sentence. */
  readonly why: string;
  /** The AWS page behind it. */
  readonly source: string;
  /** Undefined if nothing is wrong, or if it is not known. */
  readonly finding: (facts: F) => Problem | undefined;
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
export interface Finding<F> extends Problem {
  readonly rule: Rule<F>;
  /** What is wrong and the fix in one text. */
  readonly text: string;
}

/** What the rules find in some facts, in the order of the rules. */
export function findings<F>(rules: readonly Rule<F>[], facts: F): Finding<F>[] {
  return rules.flatMap((rule) => {
    const found = rule.finding(facts);
    return found === undefined ? [] : [{ rule, ...found, text: `${found.what}: ${found.fix}` }];
  });
}
