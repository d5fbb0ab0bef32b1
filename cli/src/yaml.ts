import type { Document, Node } from 'yaml';
import { isAlias, isMap, isPair, isScalar, isSeq, parseDocument } from 'yaml';

/** More than any template has, in which aliases of aliases are soon reached. */
const MOST_VALUES = 2_000_000;

/** JSON has more depth than anybody writes; what is deeper was made to do harm. */
const DEEPEST = 500;

/** What a template in YAML says, with the short forms of intrinsic functions written out as in JSON. */
export function parseYaml(text: string): unknown {
  const document = documentOf(text);
  const [error] = document.errors;
  if (error !== undefined) {
    const before = text.slice(0, error.pos[0]).split('\n');
    const what = error.message.includes('call stack') ? 'it is nested too deep' : error.message;
    throw new Error(`${what}, at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`);
  }
  return new Conversion().valueOf(document.contents, 0);
}

/** More lines than anybody leaves too little indented, and more than anybody indents. */
const [MOST_REPAIRS, INDENTED] = [100, ' '.repeat(200)];

/** CloudFormation takes lines within brackets that are indented less than what is around them, which YAML 1.2 forbids. */
function documentOf(text: string): Document.Parsed {
  const document = parsed(text);
  let [repairedText, repaired] = [text, document];
  for (let repairs = 0; repairs < MOST_REPAIRS; repairs++) {
    const [error] = repaired.errors;
    if (error === undefined) {
      return repaired;
    }
    if (error.code !== 'BAD_INDENT' || !error.message.startsWith('Flow ')) {
      break;
    }
    const line = repairedText.lastIndexOf('\n', error.pos[0] - 1) + 1;
    repairedText = `${repairedText.slice(0, line)}${INDENTED}${repairedText.slice(line)}`;
    repaired = parsed(repairedText);
  }
  // With the places of the errors as they are in the file.
  return document;
}

function parsed(text: string): Document.Parsed {
  // CloudFormation takes the last of two keys that are the same, and a date for a text.
  return parseDocument(text, { version: '1.2', schema: 'core', uniqueKeys: false, logLevel: 'error', prettyErrors: false });
}

class Conversion {
  private readonly anchors = new Map<string, Node>();
  private values = 0;

  /** Aliases are replaced by what they stand for, which may be much. */
  public valueOf(node: unknown, depth: number): unknown {
    this.values++;
    if (depth > DEEPEST) {
      throw new Error('it is nested too deep');
    }
    if (this.values > MOST_VALUES) {
      throw new Error('it has too many values, or its aliases repeat too much');
    }
    if (isAlias(node)) {
      const meant = this.anchors.get(node.source);
      if (meant === undefined) {
        throw new Error(`nothing is called &${node.source} before *${node.source}`);
      }
      return this.valueOf(meant, depth + 1);
    }
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) {
      return null;
    }
    if (node.anchor !== undefined) {
      this.anchors.set(node.anchor, node as Node);
    }
    const value = isScalar(node) ? scalar(node.value, node.source)
      : isSeq(node) ? node.items.map((item) => this.valueOf(item, depth + 1))
        : this.members(node.items, depth);
    return node.tag?.startsWith('!') === true ? writtenOut(node.tag.slice(1), value) : value;
  }

  private members(pairs: readonly unknown[], depth: number): object {
    const members = new Map<string, unknown>();
    const merged: unknown[] = [];
    for (const pair of pairs) {
      if (!isPair(pair)) {
        continue;
      }
      const key = this.valueOf(pair.key, depth + 1);
      const value = this.valueOf(pair.value, depth + 1);
      if (key === '<<') {
        merged.push(...Array.isArray(value) ? value : [value]);
      } else {
        members.set(typeof key === 'object' && key !== null ? JSON.stringify(key) : String(key), value);
      }
    }
    for (const [key, value] of merged.flatMap((one) => Object.entries(typeof one === 'object' && one !== null ? one : {}))) {
      members.has(key) || members.set(key, value);
    }
    // From entries, because a key such as __proto__ is a key like others.
    return Object.fromEntries(members);
  }
}

/** A number with leading zeros is the id of an account. */
function scalar(value: unknown, source: string | undefined): unknown {
  return typeof value === 'number' && /^0\d/.test(source ?? '') ? source : value;
}

function splitOnce(text: string): string[] {
  const [logicalId = '', ...attribute] = text.split('.');
  return [logicalId, attribute.join('.')];
}

function writtenOut(name: string, value: unknown): unknown {
  switch (name) {
    case '':
    case '!str':
      return value;
    case 'Ref':
    case 'Condition':
      return { [name]: value };
    case 'GetAtt':
      // `Queue.Arn`; the name of an attribute may have dots.
      return { 'Fn::GetAtt': typeof value === 'string' ? splitOnce(value) : value };
    default:
      return { [`Fn::${name}`]: value };
  }
}
