import * as fs from 'node:fs';
import * as path from 'node:path';

/** What the jsii assembly says of a type, a member or a parameter, as far as it is read here. */
interface Documented {
  readonly name: string;
  readonly const?: boolean;
  readonly docs?: { readonly summary?: string; readonly remarks?: string; readonly default?: string };
  readonly properties?: readonly Documented[];
  readonly methods?: readonly Documented[];
  readonly members?: readonly Documented[];
}

export interface Documentation {
  /** How many texts there are: summaries, remarks and defaults of everything public but constants, for which jsii-pacmak writes none in Go. */
  readonly texts: number;
  /** What a text is missing for. */
  readonly missing: readonly string[];
}

/** Looks for everything that the library's assembly documents in its sources in one language: all the files with one of these endings in a folder. */
export function documentationIn(sources: string, endings: readonly string[], assembly: string): Documentation {
  const files = fs.readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((file) => endings.some((ending) => file.endsWith(ending)));
  const written = files.map((file) => wordsOf(fs.readFileSync(path.join(sources, file), 'utf8'))).join('\n');
  const { types } = JSON.parse(fs.readFileSync(assembly, 'utf8')) as { types: Record<string, Documented> };
  const texts = Object.values(types).flatMap((type) => textsOf(type));
  return { texts: texts.length, missing: texts.filter(({ text }) => !written.includes(wordsOf(text))).map(({ where, text }) => `${where}: ${text}`) };
}

function textsOf(item: Documented, parent?: string): { where: string; text: string }[] {
  if (item.const) {
    return [];
  }
  const where = parent ? `${parent}.${item.name}` : item.name;
  const { summary, remarks, default: defaultValue } = item.docs ?? {};
  return [
    ...[summary, remarks, defaultValue].flatMap((text) => text ? [{ where, text }] : []),
    ...[item.properties, item.methods, item.members].flatMap((children) => (children ?? []).flatMap((child) => textsOf(child, where))),
  ];
}

/** The words alone: each language has its own marks for comments, code and emphasis. */
function wordsOf(text: string): string {
  return text.replace(/<\/?[a-z]+>/g, ' ').replace(/&[a-z]+;/g, ' ').replace(/[^\p{L}\p{N}]+/gu, ' ').trim();
}
