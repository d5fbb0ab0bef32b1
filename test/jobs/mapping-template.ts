import { Compile, parse } from 'velocityjs';

/** What a mapping template sees of a request and, if it maps an answer, of that. */
export interface Exchange {
  readonly context: object;
  readonly headers?: Record<string, string>;
  readonly path?: Record<string, string>;
  /** The request's body, or the answer's. */
  readonly body?: string;
}

export interface Rendered {
  readonly text: string;
  readonly status: number | undefined;
  readonly headers: Record<string, string>;
}

/**
 * Evaluates a mapping template with a real VTL engine, and what API Gateway puts beside it: `$input`, `$util`, `$context`, and Java's methods of strings.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
 */
export function render(template: string, { context, headers = {}, path = {}, body = '' }: Exchange): Rendered {
  const responseOverride = { header: onceOnly() as Record<string, string>, ...{} as { status?: number } };
  const overrides = onceOnly(responseOverride) as typeof responseOverride;
  const engine = new Velocity(parsed(template), { customMethodHandlers: [JAVA_STRING] });
  const text = engine.render({
    context: { ...context, responseOverride: overrides },
    input: {
      body,
      params: () => ({ header: headers, path, querystring: {} }),
      path: (expression: string) => at(JSON.parse(body || '{}'), expression),
    },
    util: {
      escapeJavaScript: (value: unknown) => escapeJavaScript(String(value)),
      base64Encode: (value: unknown) => Buffer.from(String(value)).toString('base64'),
      parseJson: (value: string) => JSON.parse(value) as unknown,
    },
  });
  return { text, status: responseOverride.status, headers: { ...responseOverride.header } };
}

const templates = new Map<string, ReturnType<typeof parse>>();

/** Parsing takes most of the time, and a template is rendered many times. */
function parsed(template: string): ReturnType<typeof parse> {
  const known = templates.get(template) ?? parse(template);
  templates.set(template, known);
  return known;
}

/** A whole number divided by a whole number is one too, as in Java. (The engine declares that every expression is a string.) */
class Velocity extends Compile {
  public override getExpression(ast: Parameters<Compile['getExpression']>[0]): string {
    const value: unknown = super.getExpression(ast);
    const isQuotient = ast.type === 'math' && ast.operator === '/' && ast.expression.every((operand) => Number.isInteger(this.getExpression(operand)));
    return (isQuotient ? Math.trunc(value as number) : value) as string;
  }
}

/** To override a header or the status twice fails the request. */
function onceOnly(target: object = {}): object {
  return new Proxy(target, {
    set: (object: Record<string, unknown>, name: string, value: unknown) => {
      // The engine marks every object it calls a method of.
      if (name !== 'eval' && object[name] !== undefined) {
        throw new Error(`${name} is overridden twice`);
      }
      object[name] = value;
      return true;
    },
  });
}

/** A definite JSONPath; what is not there is an empty text. */
function at(document: unknown, expression: string): unknown {
  const found = expression.split('.').slice(1).reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], document);
  return found ?? '';
}

/** As Apache Commons Lang 2.6 does it, apostrophe and slash included. */
function escapeJavaScript(text: string): string {
  const named: Record<string, string> = { '\b': '\\b', '\n': '\\n', '\t': '\\t', '\f': '\\f', '\r': '\\r', '"': '\\"', "'": "\\'", '\\': '\\\\', '/': '\\/' };
  return text.replaceAll(/[^ !#-&(-.0-[\]-\u007f]/g, (sign) => named[sign] ?? [...Array(sign.length).keys()]
    .map((index) => `\\u${sign.charCodeAt(index).toString(16).toUpperCase().padStart(4, '0')}`).join(''));
}

const STRING_METHODS: Record<string, (self: string, ...params: any[]) => unknown> = {
  length: (self) => self.length,
  contains: (self, part: string) => self.includes(part),
  equalsIgnoreCase: (self, other: string) => self.toLowerCase() === other.toLowerCase(),
  lastIndexOf: (self, part: string) => self.lastIndexOf(part),
  matches: (self, pattern: string) => new RegExp(`^(?:${pattern})$`).test(self),
  replaceAll: (self, pattern: string, by: string) => self.replaceAll(new RegExp(pattern, 'g'), by),
  substring: (self, start: number, end?: number) => self.substring(start, end),
};

const JAVA_STRING = {
  uid: 'java.lang.String',
  match: ({ property, context }: { property: string; context: unknown }) => typeof context === 'string' && property in STRING_METHODS,
  resolve: ({ property, context, params }: { property: string; context: string; params: unknown[] }) => (
    STRING_METHODS[property]?.(context, ...params)
  ),
};
