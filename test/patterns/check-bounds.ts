import { App, CfnParameter, Duration, Size, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Bounds, PropBounds } from '../../src/private/checks/prop-bounds';
import { membersOf } from '../rigs/structs';

/** A table of bounds, and how to try a value. */
export interface Bounded {
  /** What the props, or options, are called, such as `QueueFedFunctionProps`. */
  readonly struct: string;
  readonly table: PropBounds<never>;
  /** The props that it must have besides the one that is tried. */
  base(scope: Construct): object;
  /** Makes what has these props. */
  make(scope: Construct, props: object): void;
}

/** Tries each bound of a table: the value at it, one just beyond it, a fraction and a token. */
export function checkBounds({ struct, table, base, make }: Bounded): void {
  /** What is wrong with a value by itself. More may be wrong with so extreme a one. */
  const problemOf = (prop: string, valueIn: (stack: Stack) => unknown): string | undefined => {
    const stack = new Stack(new App(), 'Stack');
    const scope = new Construct(stack, 'Tried');
    try {
      make(scope, withMember(base(scope), prop.split('.'), valueIn(stack)));
      return undefined;
    } catch (error) {
      return String(error).split('\n').find((line) => line.startsWith(`  - ${prop} is `) && /, but must be |^ {2}- \S+ is a token/.test(line));
    }
  };

  test('are those of every number, duration and size', () => {
    expect(Object.keys(table)).toEqual(expect.arrayContaining(amountsIn(struct)));
  });

  describe.each(Object.keys(table))('%s', (prop) => {
    const bounds = boundsIn(table, prop, base(new Construct(new Stack(new App(), 'Stack'), 'Tried')));
    const { unit, min, max, fix, known } = bounds;
    const range = unit === 'number' && max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;

    test.each([min, ...max === undefined ? [] : [max]])('may be %d', (amount) => {
      expect(problemOf(prop, () => valueOf(amount, bounds))).toBeUndefined();
    });

    const step = unit === 'ratio' ? 0.01 : 1;
    // There are no durations and sizes below zero.
    const below = min === 0 && unit !== 'number' ? [] : [min - step];
    const above = max === undefined ? [] : [max + step];

    test.each([...below, ...above, ...unit === 'ratio' ? [] : [min + 0.5]])('may not be %d', (amount) => {
      const problem = problemOf(prop, () => valueOf(amount, bounds));
      expect(problem).toMatch(new RegExp(`^  - \\S+ is ${amount}[ a-z]*, but must be [ a-z]*${range}[ a-z]*: `));
      expect(problem?.endsWith(`: ${fix}`)).toBe(true);
    });

    test(known === undefined ? 'may be a token' : 'may not be a token', () => {
      const problem = problemOf(prop, (stack) => valueOf(new CfnParameter(stack, 'Value', { type: 'Number' }).valueAsNumber, bounds));
      expect(problem).toEqual(known === undefined ? undefined : expect.stringContaining(`${prop} is a token, but must be known, because ${known}: `));
    });

    if ((unit === 'seconds' || unit === 'days') && known === undefined) {
      test(`may not be a token that cannot be converted to ${unit}`, () => {
        const problem = problemOf(prop, (stack) => Duration.hours(new CfnParameter(stack, 'Value', { type: 'Number' }).valueAsNumber));
        expect(problem).toContain(`which cannot be converted to ${unit}: state it with Duration.${unit}`);
      });
    }
  });
}

/** The members of props or options that are a number, a duration or a size. */
export function amountsIn(struct: string): string[] {
  return membersOf(struct).filter(({ type }) => /^(number|Duration|Size)$/.test(type)).map(({ name }) => name);
}

function boundsIn(table: PropBounds<never>, prop: string, props: object): Bounds {
  const bounds = table[prop]!;
  return typeof bounds === 'function' ? bounds(props as never) : bounds;
}

function valueOf(amount: number, { unit }: Bounds): number | Duration | Size {
  switch (unit) {
    case 'seconds':
      return Duration.seconds(amount);
    case 'days':
      return Duration.days(amount);
    case 'bytes':
      return Size.bytes(amount);
    default:
      return amount;
  }
}

/** The props with one member more, which may be that of a struct. */
function withMember(props: object, [name = '', ...inner]: readonly string[], value: unknown): object {
  const old = (props as Record<string, object | undefined>)[name];
  return { ...props, [name]: inner.length > 0 ? withMember(old ?? {}, inner, value) : value };
}
