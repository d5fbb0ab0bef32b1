import type { Known } from './texts';
import { arnLike, equal, every, like, not, some, someOf } from './texts';

/** The values of a condition key in a request: none if the request is known to lack it. Undefined: not known. Names of keys have no case. */
export type Context = (key: string) => readonly string[] | undefined;

type Test = (value: string, wanted: string, context: Context) => Known;

/**
 * Without the negated ones, which are these with `Not`. Numbers, dates and addresses are no part of what services send to each other.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
const OPERATORS: Readonly<Record<string, Test>> = {
  StringEquals: equal,
  StringEqualsIgnoreCase: (value, wanted, context) => equal(value.toLowerCase(), wanted.toLowerCase(), context),
  StringLike: like,
  ArnEquals: arnLike,
  ArnLike: arnLike,
  Bool: (value, wanted) => equal(value.toLowerCase(), wanted.toLowerCase()),
};

/** One key of one operator in the `Condition` of a statement. */
export interface Condition {
  readonly key: string;
  readonly expected: readonly unknown[];
  /** Undefined: not known. */
  readonly operator: Operator | undefined;
}

interface Operator {
  /** Undefined: `Null`, which asks whether the key is there. */
  readonly test: Test | undefined;
  readonly negated: boolean;
  /** Whether all values of the key must pass, rather than one of them. */
  readonly all: boolean;
  readonly ifExists: boolean;
}

/** What the `Condition` of a statement says. Undefined: not known. */
export function conditionsOf(conditions: unknown): readonly Condition[] | undefined {
  if (conditions === undefined) {
    return [];
  }
  return isObject(conditions)
    ? Object.entries(conditions).flatMap(([name, keys]): Condition[] => {
      const operator = operatorOf(name);
      return isObject(keys) ? Object.entries(keys).map(([key, expected]) => ({ key, expected: listOf(expected), operator }))
        : [{ key: '', expected: [], operator: undefined }];
    })
    : undefined;
}

function operatorOf(name: string): Operator | undefined {
  const [, quantifier, plain = '', ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(name) ?? [];
  const negated = plain.includes('Not');
  const positive = plain.replace('Not', '');
  const test = Object.hasOwn(OPERATORS, positive) ? OPERATORS[positive] : undefined;
  return test === undefined && plain !== 'Null' ? undefined
    : { test, negated, all: quantifier === 'ForAllValues' || (negated && quantifier === undefined), ifExists: ifExists !== undefined };
}

/** Whether all of the conditions hold. */
export function conditionsHold(conditions: readonly Condition[] | undefined, context: Context): Known {
  return conditions && every(conditions.map((condition) => conditionHolds(condition, context)));
}

function conditionHolds({ key, expected, operator }: Condition, context: Context): Known {
  const values = context(key);
  if (values === undefined || operator === undefined) {
    return undefined;
  }
  const { test, negated, all, ifExists } = operator;
  if (test === undefined) {
    return every(expected.map((wanted) => equal(String(wanted).toLowerCase(), String(values.length === 0))));
  }
  if (!expected.every(isScalar)) {
    return undefined;
  }
  if (values.length === 0) {
    return all || ifExists;
  }
  const holds = values.map((value) => {
    const found = someOf(expected, (wanted) => test(value, String(wanted), context));
    return negated ? not(found) : found;
  });
  return all ? every(holds) : some(holds);
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
