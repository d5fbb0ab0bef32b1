/**
 * Writes docs/languages: the snippets of the pages in the other languages that the library is published for. `--check` says which pages are not
 * current, and writes nothing.
 *
 * Handlers, workers and hooks are left out: they are code for Lambda, and not part of an app of the CDK.
 */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as ts from 'typescript';
import { compileAssemblyIfStale, ROOT } from './assembly';
import type { Snippet } from './snippets';
import { DEFAULT_FIXTURE, fixtureFile, pagesWithSnippets, snippetsOfMarkdown, TRANSLATED } from './snippets';
import type { Language, Original, Translation } from './translate';
import { importsOf, LANGUAGES, problemsOf, translate, UNTRANSLATED } from './translate';
import { anchorOf } from '../test/rigs/docs';

const NAMES: Readonly<Record<Language, string>> = { python: 'Python', java: 'Java', go: 'Go', csharp: 'C#' };

/** A page with snippets of apps. */
interface Page {
  /** From the root of the project. */
  readonly file: string;
  readonly title: string;
  readonly snippets: readonly Snippet[];
}

interface Translated {
  readonly snippet: Snippet;
  /** Undefined where the snippet says that it is not translated. */
  readonly texts?: Translation['texts'];
}

function main(check: boolean): void {
  compileAssemblyIfStale();
  const pages = pagesWithSnippets().map(read).filter(({ snippets }) => snippets.some(({ options }) => !options.has('untranslated')));
  const snippets = pages.flatMap((page) => page.snippets);
  const translations = translateAll(snippets);
  const own = pages.map((page) => translations.splice(0, page.snippets.length));
  const imports = translateAll(pages.map((page, index) => importsUsedBy(page, own[index] ?? [])));

  const wanted = new Map<string, string>();
  for (const [place, page] of pages.entries()) {
    const translated = page.snippets.map((snippet, index) => {
      const texts = own[place]?.[index]?.texts;
      return { snippet, ...texts && !snippet.options.has('untranslated') ? { texts } : {} };
    });
    wanted.set(twinOf(page.file), render(page, imports[place]?.texts, translated, pages));
  }
  check ? compare(wanted) : write(wanted);
}

function translateAll(originals: readonly Original[]): Translation[] {
  const translations = translate(originals);
  refuse([...problemsOf(originals, translations), ...problemsOfPython(originals, translations)]);
  return translations;
}

function read(file: string): Page {
  const text = fs.readFileSync(path.join(ROOT, file), 'utf8');
  const isOfApp = ({ options }: Snippet) => (options.get('fixture') ?? DEFAULT_FIXTURE) === DEFAULT_FIXTURE;
  return { file, title: /^# (.+)$/m.exec(text)?.[1] ?? file, snippets: snippetsOfMarkdown(file, text).filter(isOfApp) };
}

/** The page with the translations of a page. */
function twinOf(file: string): string {
  return path.join(TRANSLATED, file.replace(/^docs\//, ''));
}

/**
 * What the snippets of a page take from the imports of their fixture.
 *
 * @param translations of the snippets: in Python a struct has a name that it needs not have in TypeScript, with its module
 */
function importsUsedBy({ file, snippets }: Page, translations: readonly Translation[]): Original {
  const takes = ({ options }: Snippet) => !options.has('nofixture') && !options.has('untranslated');
  const used = new Set(snippets.filter(takes).flatMap(({ code }) => identifiersIn(code)));
  const inPython = snippets.map((snippet, index) => takes(snippet) ? translations[index]?.texts.python ?? '' : '').join('\n');
  const lines = importsOf(fs.readFileSync(fixtureFile(DEFAULT_FIXTURE), 'utf8')).flatMap(({ module, alias, names }) => {
    const wanted = names.filter((name) => used.has(name));
    return alias === undefined
      ? wanted.length > 0 ? [`import { ${wanted.join(', ')} } from '${module}';`] : []
      : used.has(alias) || new RegExp(`\\b${alias}_?\\.[A-Z]`).test(inPython) ? [`import * as ${alias} from '${module}';`] : [];
  });
  return { where: `${file}, the imports`, code: lines.join('\n'), options: new Map([['nofixture', '']]) };
}

function identifiersIn(source: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      found.push(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('snippet.ts', source, ts.ScriptTarget.Latest, true));
  return found;
}

/** What is not Python, by Python's own parser. */
function problemsOfPython(originals: readonly Original[], translations: readonly Translation[]): string[] {
  const translated = originals.flatMap(({ where }, index) => {
    const { texts, problems = [] } = translations[index] ?? {};
    return texts && problems.length === 0 ? [{ where, text: texts.python }] : [];
  });
  const program = [
    'import ast, json, sys',
    'for snippet in json.load(sys.stdin):',
    '    try:',
    '        ast.parse(snippet["text"])',
    '    except SyntaxError as error:',
    '        print(f"{snippet[\'where\']}: in Python, line {error.lineno}: {error.msg}: {error.text}")',
  ].join('\n');
  const { status, stdout, stderr, error } = spawnSync('python3', ['-c', program], { encoding: 'utf8', input: JSON.stringify(translated) });
  if (status !== 0) {
    throw error ?? new Error(stderr);
  }
  return stdout.split('\n').filter(Boolean);
}

function render(page: Page, imports: Translation['texts'] | undefined, translated: readonly Translated[], pages: readonly Page[]): string {
  const twin = twinOf(page.file);
  const original = path.relative(path.dirname(twin), page.file);
  const sections = new Map<string, Translated[]>();
  for (const one of translated) {
    const section = one.snippet.section ?? page.title;
    sections.set(section, [...sections.get(section) ?? [], one]);
  }
  const standsInStack = page.snippets.some(({ options }) => !options.has('nofixture'));
  return [
    `# ${page.title} in ${list(LANGUAGES.map((language) => NAMES[language]))}`,
    `Generated by \`npm run twins\` from the TypeScript snippets of [the page](${original}) by jsii-rosetta.`,
    'A test runs the Python snippets. Java, Go and C# are not compiled. Go is a draft to be completed: jsii-rosetta leaves out the package of a '
      + 'struct (`&sqs.QueueProps`), the call that reads a property (`orders.Queue()`) and `nil` for props that are not given.',
    ...standsInStack ? ['In the snippets, `self` or `this` is a stack that has a function `handler`.'] : [],
    ...page.file === 'README.md' ? [`Other pages: ${pages.filter((other) => other !== page).map(linkTo).join(' · ')}`] : [],
    ...imports?.python
      ? ['## Imports', ...inAllLanguages({ ...imports, java: [...collectionsIn(translated), imports.java].join('\n') })]
      : [],
    ...[...sections].flatMap(([section, snippets]) => [`## ${section}`, ...snippets.flatMap(({ texts }, index) => {
      const which = snippets.length > 1 ? ` (${index + 1} of ${snippets.length})` : '';
      const link = `[In TypeScript](${original}#${anchorOf(section)})${which}`;
      return texts ? [`${link}:`, ...inAllLanguages(texts)] : [`${link}. It is not translated: ${reasonOf(snippets[index]?.snippet)}.`];
    })]),
  ].join('\n\n') + '\n';
}

/** A link from the folder of the translations. */
function linkTo({ file, title }: Page): string {
  return `[${title}](${path.relative(TRANSLATED, twinOf(file))})`;
}

/** The imports of the collections in the Java of a page. jsii-rosetta uses them and leaves their imports out. */
function collectionsIn(translated: readonly Translated[]): string[] {
  return ['List', 'Map'].filter((name) => translated.some(({ texts }) => texts?.java.includes(`${name}.of(`))).map((name) => `import java.util.${name};`);
}

function inAllLanguages(texts: Translation['texts']): string[] {
  return LANGUAGES.map((language) => (
    `<details${language === 'python' ? ' open' : ''}><summary>${NAMES[language]}</summary>\n\n\`\`\`${language}\n${texts[language]}\n\`\`\`\n\n</details>`
  ));
}

function reasonOf(snippet: Snippet | undefined): string {
  return UNTRANSLATED[snippet?.options.get('untranslated') ?? ''] ?? '';
}

function list(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) {
    throw new Error(problems.join('\n'));
  }
}

function existing(): string[] {
  const folder = path.join(ROOT, TRANSLATED);
  const files = fs.existsSync(folder) ? fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
  return files.filter((file) => file.endsWith('.md')).map((file) => path.join(TRANSLATED, file));
}

function compare(wanted: ReadonlyMap<string, string>): void {
  const text = (file: string) => fs.existsSync(path.join(ROOT, file)) ? fs.readFileSync(path.join(ROOT, file), 'utf8') : undefined;
  const stale = [...new Set([...wanted.keys(), ...existing()])].filter((file) => text(file) !== wanted.get(file)).sort();
  refuse(stale.length > 0 ? [`not what the snippets are in other languages: ${stale.join(', ')}: run \`npm run twins\` and commit them`] : []);
}

function write(wanted: ReadonlyMap<string, string>): void {
  existing().filter((file) => !wanted.has(file)).forEach((file) => fs.rmSync(path.join(ROOT, file)));
  for (const [file, text] of wanted) {
    fs.mkdirSync(path.dirname(path.join(ROOT, file)), { recursive: true });
    fs.writeFileSync(path.join(ROOT, file), text);
  }
}

try {
  main(process.argv.includes('--check'));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
