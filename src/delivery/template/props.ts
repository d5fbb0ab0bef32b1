import { ownMember } from './member';
import { isLiteral, isUnknown } from './symbols';

/** An object of a template, evaluated. What is read has three states: given, absent, and unknown until the deployment; what is unknown is never guessed. */
export class Props {
  /** @param content an object; anything else, unless it is unknown, reads as an empty one */
  public constructor(public readonly content: unknown) {}

  /** The value at a path such as `RedrivePolicy.maxReceiveCount`; undefined if there is none. A part that is unknown is the value. */
  public value(path: string): unknown {
    // Most paths are one name.
    const value = path.includes('.') ? path.split('.').reduce(partOf, this.content) : partOf(this.content, path);
    return value === null ? undefined : value;
  }

  /** Whether a value is given. Undefined: unknown, as of something that only a parameter says. A text of which a part is unknown is given. */
  public has(path: string): boolean | undefined {
    const value = this.value(path);
    return isUnknown(value) && String(value).replace(/⟪[^⟫]*⟫/g, '') === '' ? undefined : value !== undefined;
  }

  /** A text, symbols in it included, to be compared with others or found by. Numbers and booleans are texts too. */
  public text(path: string): string | undefined {
    return textOf(this.value(path));
  }

  /** A text that is fully known; `absent` if none is given. */
  public literal(path: string, absent?: string): string | undefined {
    const value = this.value(path);
    return value === undefined ? absent : literalOf(value);
  }

  /** A number that is known; `absent` if none is given. CloudFormation takes numbers as texts too. */
  public number(path: string, absent?: number): number | undefined {
    const value = this.value(path);
    return value === undefined ? absent : numberOf(literalOf(value));
  }

  /** A boolean that is known; `absent` if none is given. */
  public flag(path: string, absent?: boolean): boolean | undefined {
    const value = this.value(path);
    const text = literalOf(value)?.toLowerCase();
    return text === 'true' ? true : text === 'false' ? false : value === undefined ? absent : undefined;
  }

  /** The members of a list; a single value counts as a list of one, as in policies. Undefined: unknown. */
  public list(path: string): readonly unknown[] | undefined {
    const value = this.value(path);
    return Array.isArray(value) ? value : value === undefined ? [] : isUnknown(value) ? undefined : [value];
  }

  /** The members of a list of objects. Undefined: unknown. */
  public items(path: string): readonly Props[] | undefined {
    return this.list(path)?.map((item) => new Props(item));
  }

  /** An object; an empty one if there is none. */
  public part(path: string): Props {
    return new Props(this.value(path));
  }

  /** The names in an object. Undefined: unknown. */
  public names(): readonly string[] | undefined {
    return isUnknown(this.content) ? undefined : typeof this.content === 'object' && this.content !== null ? Object.keys(this.content) : [];
  }
}

/** What is unknown is unknown in all its parts. */
function partOf(content: unknown, name: string): unknown {
  return isUnknown(content) ? content : ownMember(content, name);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'object' || value === undefined ? undefined : String(value);
}

function literalOf(value: unknown): string | undefined {
  const text = textOf(value);
  return isLiteral(text) ? text : undefined;
}

function numberOf(text: string | undefined): number | undefined {
  const number = text === undefined || text.trim() === '' ? NaN : Number(text);
  return Number.isFinite(number) ? number : undefined;
}
