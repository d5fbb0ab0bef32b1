import type { Duration, Size } from 'aws-cdk-lib';
import { SizeRoundingBehavior, Token } from 'aws-cdk-lib';

/** What the value of one prop may be, whatever the other props are. */
export interface Bounds {
  /** A `Duration` is checked in seconds, minutes or days, a `Size` in bytes. Only a ratio may be a fraction. */
  readonly unit: 'number' | 'ratio' | 'seconds' | 'minutes' | 'days' | 'bytes';
  readonly min: number;
  /** Undefined: no limit that is known here. */
  readonly max?: number;
  /** What to do instead, as «leave it out for 5». */
  readonly fix: string;
  /** Why it must be known when the app is made. Undefined: a token is taken as it is. */
  readonly known?: string;
}

/**
 * The bounds of the props of one construct, as data: what checks them reads it, and so does the test that tries each. A member of a struct is named by its path, as `alarms.age.threshold`.
 * What depends on other props is told them.
 */
export interface PropBounds<P> {
  readonly [prop: string]: Bounds | ((props: P) => Bounds);
}

type Bounded = number | Duration | Size;

/** What is wrong with values that are out of their bounds, in the order of the table. What is not set is not checked. */
export function outOfBounds<P extends object>(props: P, table: PropBounds<P>): string[] {
  return Object.entries(table).flatMap(([prop, bounds]) => {
    const value = prop.split('.').reduce((parent: unknown, member) => (parent as Record<string, unknown> | undefined)?.[member], props);
    return outOf(prop, value as Bounded | undefined, typeof bounds === 'function' ? bounds(props) : bounds);
  });
}

/** What is wrong with one value; nothing if it is not set. */
export function outOf(prop: string, value: Bounded | undefined, bounds: Bounds): string[] {
  const text = value === undefined ? undefined : problemOf(prop, value, bounds);
  return text === undefined ? [] : [text];
}

function problemOf(prop: string, value: Bounded, { unit, min, max, fix, known }: Bounds): string | undefined {
  if (isToken(value)) {
    return known === undefined ? problemOfToken(prop, value, unit) : `${prop} is a token, but must be known, because ${known}: ${fix.startsWith('state') ? fix : `state it, or ${fix}`}`;
  }
  const amount = amountOf(value, unit);
  if ((unit === 'ratio' || Number.isInteger(amount)) && amount >= min && amount <= (max ?? Infinity)) {
    return undefined;
  }
  const range = max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;
  return `${prop} is ${amount}${UNITS[unit].after}, but must be ${UNITS[unit].before}${range}${UNITS[unit].whole}: ${fix}`;
}

const UNITS = {
  number: { after: '', before: 'a whole number ', whole: '' },
  ratio: { after: '', before: '', whole: '' },
  seconds: { after: ' seconds', before: '', whole: ' whole seconds' },
  minutes: { after: ' minutes', before: '', whole: ' whole minutes' },
  days: { after: ' days', before: '', whole: ' whole days' },
  bytes: { after: ' bytes', before: '', whole: '' },
};

/** A token is of one unit only: the CDK cannot convert it. */
function problemOfToken(prop: string, value: Bounded, unit: Bounds['unit']): string | undefined {
  const stated = typeof value === 'number' || unit === 'bytes' ? unit : (value as Duration).unitLabel();
  return stated === unit ? undefined : `${prop} is a token in ${stated}, which cannot be converted to ${unit}: state it with Duration.${unit}`;
}

function isToken(value: Bounded): boolean {
  return typeof value === 'number' ? Token.isUnresolved(value) : value.isUnresolved();
}

function amountOf(value: Bounded, unit: Bounds['unit']): number {
  if (typeof value === 'number') {
    return value;
  }
  switch (unit) {
    case 'days':
      return (value as Duration).toDays({ integral: false });
    case 'minutes':
      return (value as Duration).toMinutes({ integral: false });
    case 'bytes':
      return (value as Size).toBytes({ rounding: SizeRoundingBehavior.NONE });
    default:
      return (value as Duration).toSeconds({ integral: false });
  }
}

/** A number, if it is known. */
export function knownNumber(value: number | undefined): number | undefined {
  return Token.isUnresolved(value) ? undefined : value;
}

/** The seconds of a duration, if it is known. */
export function knownSeconds(duration: Duration | undefined): number | undefined {
  return duration?.isUnresolved() ? undefined : duration?.toSeconds({ integral: false });
}

/** The bytes of a size, if it is known. */
export function knownBytes(size: Size | undefined): number | undefined {
  return size?.isUnresolved() ? undefined : size?.toBytes({ rounding: SizeRoundingBehavior.NONE });
}
