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

/** Whether all of the `Condition` of a statement hold. */
export function conditionsHold(conditions: unknown, context: Context): Known {
  if (conditions === undefined) {
    return true;
  }
  return isObject(conditions)
    ? every(Object.entries(conditions).map(([operator, keys]) => (
      isObject(keys) ? every(Object.entries(keys).map(([key, expected]) => condition(operator, key, listOf(expected), context))) : undefined
    )))
    : undefined;
}

export function condition(operator: string, key: string, expected: readonly unknown[], context: Context): Known {
  const values = context(key);
  const { plain, quantifier, ifExists }: Operator = Object.hasOwn(OPERATORS, operator) ? { plain: operator } : readOperator(operator);
  if (values === undefined || plain === undefined) {
    return undefined;
  }
  if (plain === 'Null') {
    return every(expected.map((wanted) => equal(String(wanted).toLowerCase(), String(values.length === 0))));
  }
  const negated = plain.includes('Not');
  const test = OPERATORS[plain.replace('Not', '')];
  if (test === undefined || !expected.every(isScalar)) {
    return undefined;
  }
  const all = quantifier === 'ForAllValues' || (negated && quantifier === undefined);
  if (values.length === 0) {
    return all || ifExists !== undefined;
  }
  const holds = values.map((value) => {
    const found = someOf(expected, (wanted) => test(value, String(wanted), context));
    return negated ? not(found) : found;
  });
  return all ? every(holds) : some(holds);
}

/** Most operators are plain ones, with nothing before or after. */
interface Operator {
  readonly plain?: string | undefined;
  readonly quantifier?: string | undefined;
  readonly ifExists?: string | undefined;
}

function readOperator(operator: string): Operator {
  const [, quantifier, plain, ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(operator) ?? [];
  return { plain, quantifier, ifExists };
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
