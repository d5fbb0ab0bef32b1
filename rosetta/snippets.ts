import * as fs from 'node:fs';
import * as path from 'node:path';
import * as ts from 'typescript';
import { ROOT } from './assembly';

/** A block of TypeScript in the documentation, and the whole program that it stands for. */
export interface Snippet {
  /** Where a reader finds it: a file and a line, or a name in the API. */
  readonly where: string;
  /** The heading that it stands under; undefined in the API. */
  readonly section?: string | undefined;
  /** What stands behind `ts` in the first line of the block: `fixture=NAME`, `nofixture`, `warns=ID,ID` or `warns=none`, `fifo`, `untranslated=REASON`. */
  readonly options: ReadonlyMap<string, string>;
  /** The block as the reader sees it. */
  readonly code: string;
  readonly program: string;
}

/** The languages of blocks that are no program of ours. Any other than these and `ts` is an error, so that nothing goes unchecked by a slip. */
const NOT_COMPILED = ['sh', 'text', 'json', 'xml', 'python', 'toml', 'yaml', 'mermaid'];

/** Where the translations of the pages are. They are generated, and have no snippets of their own. */
export const TRANSLATED = path.join('docs', 'languages');

/** The pages whose blocks are programs of ours. */
export function pagesWithSnippets(): string[] {
  const docs = fs.readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((file) => path.join('docs', file));
  const pages = docs.filter((file) => file.endsWith('.md') && !file.startsWith(TRANSLATED + path.sep));
  return ['README.md', 'CONTRIBUTING.md', ...pages.sort()];
}

/** Every TypeScript block of a Markdown text. */
export function snippetsOfMarkdown(file: string, markdown: string): Snippet[] {
  const snippets: Snippet[] = [];
  const lines = markdown.split('\n');
  let section: string | undefined;
  for (let index = 0; index < lines.length; index += 1) {
    const fence = /^( *)(`{3,}|~{3,})(.*)$/.exec(lines[index] ?? '');
    if (!fence) {
      section = /^#+ +(.+?)\s*$/.exec(lines[index] ?? '')?.[1] ?? section;
      continue;
    }
    const [, indent = '', marks = '', info = ''] = fence;
    const start = index;
    const body: string[] = [];
    for (index += 1; (lines[index] ?? marks).trim() !== marks; index += 1) {
      body.push((lines[index] ?? '').slice(indent.length));
    }
    const where = `${file}:${start + 1}`;
    if (index >= lines.length) {
      throw new Error(`${where}: this block of code has no end`);
    }
    const [language = '', ...options] = info.trim().split(/\s+/);
    if (language === 'ts') {
      snippets.push({ ...snippet(where, body.join('\n'), options), section });
    } else if (!NOT_COMPILED.includes(language)) {
      throw new Error(`${where}: the language of this block of code is '${language}', but must be ts, which is compiled, or one of ${NOT_COMPILED.join(', ')}`);
    }
  }
  return snippets;
}

/** Every `@example` of the API, as the jsii assembly has it. */
export function snippetsOfApi(assembly: unknown, where = ''): Snippet[] {
  if (typeof assembly !== 'object' || assembly === null) {
    return [];
  }
  const { docs, fqn, name } = assembly as { docs?: { example?: string; custom?: { exampleMetadata?: string } }; fqn?: string; name?: string };
  const here = fqn ?? [where, name].filter(Boolean).join('.');
  const own = docs?.example === undefined ? [] : [snippet(`API ${here}`, docs.example, (docs.custom?.exampleMetadata ?? '').split(/\s+/))];
  return [...own, ...Object.entries(assembly).flatMap(([key, child]) => (key === 'docs' ? [] : snippetsOfApi(child, here)))];
}

function snippet(where: string, source: string, given: readonly string[]): Snippet {
  const options = new Map(given.filter(Boolean).map((option) => {
    const [key = '', value = ''] = option.split('=');
    return [key, value] as const;
  }));
  const unknown = [...options.keys()].find((key) => !['fixture', 'nofixture', 'warns', 'fifo', 'untranslated'].includes(key));
  if (unknown !== undefined) {
    throw new Error(`${where}: there is no option '${unknown}' for a block of code`);
  }
  return { where, options, code: source, program: programOf(source, options) };
}

/** The whole program that a block with these options stands for. */
export function programOf(source: string, options: Snippet['options']): string {
  const fixture = () => fs.readFileSync(fixtureFile(options.get('fixture') ?? DEFAULT_FIXTURE), 'utf8');
  return options.has('nofixture') ? source : inFixture(fixture(), source);
}

/** What most snippets stand in: a stack. */
export const DEFAULT_FIXTURE = 'default';

export function fixtureFile(name: string): string {
  return path.join(__dirname, `${name}.ts-fixture`);
}

/**
 * Puts a snippet where the fixture says `/// here`, as jsii-rosetta does, its imports before everything else. What is not of the snippet is
 * hidden from jsii-rosetta's translations.
 */
function inFixture(template: string, source: string): string {
  const parsed = ts.createSourceFile('snippet.ts', source, ts.ScriptTarget.Latest, true);
  const text = (wanted: boolean) => parsed.statements.filter((statement) => ts.isImportDeclaration(statement) === wanted).map((statement) => statement.getFullText()).join('');
  const shown = (code: string) => `/// !show\n${code}\n/// !hide`;
  const imports = text(true);
  return ['/// !hide', ...imports ? [shown(imports)] : [], template.replace(/^[ \t]*\/\/\/ here$/m, () => shown(text(false)))].join('\n');
}
