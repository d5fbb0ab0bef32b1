import { member } from './member';
import { ACCOUNT_SYMBOL, isUnknown, literal, REGION_SYMBOL, splitAt, unknownSymbol } from './symbols';

/** What an intrinsic function may refer to. A method returns undefined for what the template does not have. */
export interface Surroundings {
  readonly stack: string;
  readonly region?: string | undefined;
  readonly account?: string | undefined;
  /** A resource or a parameter. */
  ref(logicalId: string): unknown;
  attribute(logicalId: string, attribute: string): unknown;
  imported(name: string): unknown;
  /** An output of another stack, which need not be exported. */
  outputOf(name: string, output: string): unknown;
  mapping(name: string): unknown;
  /** Undefined: unknown. */
  condition(name: string): boolean | undefined;
}

/** Deeper than any template that people write: CloudFormation takes a megabyte. What is deeper is unknown. */
const DEEPEST = 200;

/** As long as a whole template may be. */
const LONGEST_TEXT = 1_000_000;

/** What a symbol says of an expression; longer ones are numbered. */
const LONGEST_SYMBOL = 80;

const NO_VALUE = Symbol('AWS::NoValue');

/** `{{resolve:…}}` */
const DYNAMIC_REFERENCE = /\{\{resolve:[^{}]*\}\}/g;

/**
 * Evaluates values of one template: intrinsic functions are replaced by what they return, as far as that is known.
 */
export class Evaluation {
  private readonly expressions = new Map<string, number>();

  public constructor(private readonly surroundings: Surroundings) {}

  /** Undefined for what is no value (`AWS::NoValue`). */
  public evaluate(value: unknown): unknown {
    const result = this.at(value, 0);
    return result === NO_VALUE ? undefined : result;
  }

  /** Whether a condition holds; undefined: unknown. */
  public condition(value: unknown): boolean | undefined {
    return this.holds(value, 0);
  }

  private at(value: unknown, depth: number): unknown {
    if (depth > DEEPEST) {
      return this.unknown('too deep');
    }
    if (typeof value === 'string') {
      return this.resolved(literal(value));
    }
    if (Array.isArray(value)) {
      return this.items(value, depth + 1);
    }
    if (typeof value !== 'object' || value === null) {
      return value;
    }
    const names = Object.keys(value);
    const [name = ''] = names;
    if (names.length === 1 && (name === 'Ref' || name.startsWith('Fn::'))) {
      return this.intrinsic(name, (value as Record<string, unknown>)[name], depth);
    }
    // A transform adds what nobody knows.
    return names.some((key) => key.startsWith('Fn::')) ? this.unknownOf(value) : this.members(value as Record<string, unknown>, names, depth + 1);
  }

  /** A list in which nothing is to be evaluated is the result itself, as most are. */
  private items(values: readonly unknown[], depth: number): readonly unknown[] {
    let changed: unknown[] | undefined;
    values.forEach((value, index) => {
      const item = this.at(value, depth);
      changed ??= item === value ? undefined : values.slice(0, index);
      if (item !== NO_VALUE) {
        changed?.push(item);
      }
    });
    return changed ?? values;
  }

  /** The same of an object. */
  private members(values: Readonly<Record<string, unknown>>, names: readonly string[], depth: number): Readonly<Record<string, unknown>> {
    let changed: Record<string, unknown> | undefined;
    for (const name of names) {
      const item = this.at(values[name], depth);
      if (item !== values[name]) {
        changed ??= { ...values };
        changed[name] = item;
      }
      if (item === NO_VALUE) {
        delete changed![name];
      }
    }
    return changed ?? values;
  }

  private intrinsic(name: string, argument: unknown, depth: number): unknown {
    const next = depth + 1;
    const unknown = () => this.unknownOf({ [name]: argument });
    switch (name) {
      case 'Ref':
        return typeof argument === 'string' ? this.ref(argument) : unknown();
      case 'Fn::GetAtt': {
        const parts: unknown = typeof argument === 'string' ? splitOnce(argument) : argument;
        const [logicalId, attribute] = Array.isArray(parts) ? parts.map((part) => this.at(part, next)) : [];
        return typeof logicalId === 'string' && typeof attribute === 'string' ? this.surroundings.attribute(logicalId, attribute) ?? unknown() : unknown();
      }
      case 'Fn::Join': {
        const [delimiter, items] = this.argumentsOf(argument, next);
        return typeof delimiter === 'string' && Array.isArray(items) && items.every(isScalar) ? this.limited(items.join(delimiter)) : unknown();
      }
      case 'Fn::Sub': {
        const [text, values] = Array.isArray(argument) ? argument : [argument];
        const named = new Map(Object.entries(typeof values === 'object' && values !== null ? values : {}));
        return typeof text === 'string' ? this.substitute(text, named, next) : unknown();
      }
      case 'Fn::Select': {
        const [index, items] = this.argumentsOf(argument, next);
        const item = Array.isArray(items) ? items[Number(index)] : undefined;
        return item ?? unknown();
      }
      case 'Fn::Split': {
        const [delimiter, text] = this.argumentsOf(argument, next);
        return typeof delimiter === 'string' && delimiter !== '' && typeof text === 'string' && !isUnknown(text) ? splitAt(delimiter, text) : unknown();
      }
      case 'Fn::If': {
        const [condition, then, otherwise] = Array.isArray(argument) ? argument : [];
        const holds = typeof condition === 'string' ? this.surroundings.condition(condition) : undefined;
        if (holds !== undefined) {
          return this.at(holds ? then : otherwise, next);
        }
        const [one, other] = [this.at(then, next), this.at(otherwise, next)];
        return one !== NO_VALUE && other !== NO_VALUE && JSON.stringify(one) === JSON.stringify(other) ? one : unknown();
      }
      case 'Fn::FindInMap': {
        const [map, key, attribute] = this.argumentsOf(argument, next);
        return member(this.surroundings.mapping(String(map)), String(key), String(attribute)) ?? unknown();
      }
      case 'Fn::ImportValue': {
        const imported = this.at(argument, next);
        return typeof imported === 'string' ? this.surroundings.imported(imported) ?? this.unknown(`import ${imported}`) : unknown();
      }
      case 'Fn::GetStackOutput': {
        const { StackName: stack, OutputName: output } = Object(this.at(argument, next)) as Record<string, unknown>;
        return typeof stack === 'string' && typeof output === 'string' ? this.surroundings.outputOf(stack, output) ?? unknown() : unknown();
      }
      case 'Fn::ToJsonString': {
        const json = this.at(argument, next);
        return typeof json === 'object' ? JSON.stringify(json) : unknown();
      }
      default:
        return unknown();
    }
  }

  private argumentsOf(argument: unknown, depth: number): readonly unknown[] {
    const evaluated = this.at(argument, depth);
    return Array.isArray(evaluated) ? evaluated : [];
  }

  private ref(name: string): unknown {
    switch (name) {
      case 'AWS::Region': return this.surroundings.region ?? REGION_SYMBOL;
      case 'AWS::AccountId': return this.surroundings.account ?? ACCOUNT_SYMBOL;
      case 'AWS::Partition': return 'aws';
      case 'AWS::URLSuffix': return 'amazonaws.com';
      case 'AWS::StackName': return this.surroundings.stack;
      case 'AWS::NoValue': return NO_VALUE;
      default: return this.surroundings.ref(name) ?? this.unknown(name);
    }
  }

  private substitute(text: string, named: ReadonlyMap<string, unknown>, depth: number): unknown {
    const filled = literal(text).replace(/\$\{([^{}]*)\}/g, (whole, inner: string) => {
      if (inner.startsWith('!')) {
        return `\${${inner.slice(1)}}`;
      }
      const name = inner.trim();
      const value = named.has(name) ? this.at(named.get(name), depth)
        : name.includes('.') ? this.intrinsic('Fn::GetAtt', name, depth) : this.ref(name);
      return isScalar(value) ? String(value) : this.unknown(whole);
    });
    return this.limited(this.resolved(filled));
  }

  /** With symbols for dynamic references, which few texts have. */
  private resolved(text: string): string {
    return text.includes('{{resolve:') ? text.replace(DYNAMIC_REFERENCE, (reference) => this.unknown(reference)) : text;
  }

  /** Values that contain each other twice, again and again, would fill the memory. */
  private limited(text: string): string {
    return text.length > LONGEST_TEXT ? this.unknown('too long') : text;
  }

  private holds(value: unknown, depth: number): boolean | undefined {
    if (depth > DEEPEST || typeof value !== 'object' || value === null) {
      return undefined;
    }
    const [name, argument] = Object.entries(value)[0] ?? ['', undefined];
    const all = () => (Array.isArray(argument) ? argument.map((one) => this.holds(one, depth + 1)) : [undefined]);
    switch (name) {
      case 'Condition': return this.surroundings.condition(String(argument));
      case 'Fn::Equals': {
        const [one, other] = Array.isArray(argument) ? argument.map((side) => this.at(side, depth + 1)) : [];
        if (!isScalar(one) || !isScalar(other)) {
          return undefined;
        }
        const known = ![one, other].some((side) => /[⟨⟦⟪]/.test(String(side)));
        return String(one) === String(other) ? true : known ? false : undefined;
      }
      case 'Fn::Not': {
        const [one] = all();
        return one === undefined ? undefined : !one;
      }
      case 'Fn::And': return all().includes(false) ? false : all().includes(undefined) ? undefined : true;
      case 'Fn::Or': return all().includes(true) ? true : all().includes(undefined) ? undefined : false;
      default: return undefined;
    }
  }

  /** Equal expressions of one stack have equal values. */
  private unknownOf(expression: unknown): string {
    const text = this.textOf(expression);
    if (text.length <= LONGEST_SYMBOL) {
      return this.unknown(text.replace(/[|{}"]/g, ''));
    }
    const number = this.expressions.get(text) ?? this.expressions.size;
    this.expressions.set(text, number);
    return this.unknown(`expression ${number}`);
  }

  /** One that JSON cannot write, because it is too deep, equals no other. */
  private textOf(expression: unknown): string {
    try {
      return JSON.stringify(expression);
    } catch {
      return `${' '.repeat(LONGEST_SYMBOL)}${this.expressions.size}`;
    }
  }

  private unknown(what: string): string {
    return unknownSymbol(this.surroundings.stack, what);
  }
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** `Queue.Arn`; the name of an attribute may have dots. */
function splitOnce(text: string): string[] {
  const dot = text.indexOf('.');
  return dot === -1 ? [text] : [text.slice(0, dot), text.slice(dot + 1)];
}
