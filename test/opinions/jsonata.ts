import { createHash, randomUUID } from 'node:crypto';
import jsonata from 'jsonata';

const compiled = new Map<string, jsonata.Expression>();

export function isExpression(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith('{%') && value.endsWith('%}');
}

/**
 * Evaluates a JSONata expression of a state machine with the reference engine. As in Step Functions it sees `$states`, the variables, and
 * no document; there are functions that
 * JSONata itself does not have, and `$eval` is not there. A value that is not defined is an error.
 * https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
 */
export async function evaluate(expression: string, states: object, variables: Readonly<Record<string, unknown>>): Promise<unknown> {
  const source = expression.slice('{%'.length, -'%}'.length).trim();
  const value: unknown = await compile(source).evaluate(undefined, { ...variables, states });
  if (value === undefined || typeof value === 'function') {
    throw new Error('the value is not defined');
  }
  // Without what the engine adds to its sequences.
  return JSON.parse(JSON.stringify(value)) as unknown;
}

function compile(source: string): jsonata.Expression {
  const known = compiled.get(source);
  if (known) {
    return known;
  }
  const expression = jsonata(source);
  for (const [name, implementation] of Object.entries(FUNCTIONS)) {
    expression.registerFunction(name, implementation);
  }
  compiled.set(source, expression);
  return expression;
}

const FUNCTIONS: Readonly<Record<string, (...args: unknown[]) => unknown>> = {
  parse: (text) => JSON.parse(text as string) as unknown,
  partition: (items, size) => {
    const [all, each] = [items as unknown[], size as number];
    return Array.from({ length: Math.ceil(all.length / each) }, (_, index) => all.slice(index * each, (index + 1) * each));
  },
  range: (first, last, step) => {
    const [start, end, by] = [first as number, last as number, step as number];
    return Array.from({ length: Math.floor((end - start) / by) + 1 }, (_, index) => start + index * by);
  },
  hash: (text, algorithm) => createHash((algorithm as string).replace('-', '').toLowerCase()).update(text as string).digest('hex'),
  uuid: () => randomUUID(),
  eval: () => {
    throw new Error('Step Functions has no $eval');
  },
};
