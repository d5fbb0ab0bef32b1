import { posix } from 'node:path';
import * as ts from 'typescript';
import { declaredIn } from '../../scripts/closure';

/** What is appended to the names of the copies, by their number: the originals are the first. */
const WORDS = ['Second', 'Third', 'Fourth', 'Fifth', 'Sixth'];

export const MOST = WORDS.length + 1;

/** Folders of `src` that all patterns share. */
const SHARED = ['alarms', 'private'];

/** What is recorded from what the library makes. It is recorded anew, not renamed. */
const RECORDED = /(^|\/)__snapshots__\/|^integ\/snapshots\/|^test\/releases\//;

/** Files in which each line about a pattern is followed by the same line about its copies. */
const LISTS = /^(src\/index\.ts|test\/patterns\.ts|rosetta\/[^/]+\.ts-fixture|scripts\/closure\.ts|test\/proof\/registry\.ts|test\/opinions\/(alarms\.test\.ts|test_(regions|deliveries)\.py))$/;

/** Files by path from the root of the project. */
export type Files = ReadonlyMap<string, string>;

/**
 * Gives every pattern copies under other names, with everything that belongs to it: sources, unit tests, forms, integ tests, its page,
 * acknowledgements.
 *
 * @param files the text files of the project
 * @param times how many of each pattern there will be, the original included
 * @returns the files that are new or changed
 */
export function duplicate(files: Files, times: number): Map<string, string> {
  const project = new Project(files);
  // In the order in which lint wants their imports.
  const copies = WORDS.slice(0, times - 1).sort().map((word) => new Copy(project, word));
  const result = new Map<string, string>();
  if (copies.length === 0) {
    return result;
  }
  for (const [file, text] of files) {
    if (project.isPatterns(file)) {
      copies.forEach((copy) => result.set(copy.pathOf(file), copy.file(file, text)));
    } else if (!RECORDED.test(file)) {
      const changed = withCopies(project, copies, file, text);
      if (changed !== text) {
        result.set(file, changed);
      }
    }
  }
  return result;
}

/** Whether a file is written by a recording of what the library makes. */
export function isRecorded(file: string): boolean {
  return RECORDED.test(file);
}

/** What belongs to patterns in a project, and under which names. */
class Project {
  public readonly families: readonly string[];
  /** The names of patterns in the names of files, such as `queue-fed-function`. */
  public readonly patterns: readonly string[];
  /** The classes that the families export. */
  public readonly classes: readonly string[];
  /** All names that the families export, and those of the forms in the registry. */
  public readonly names: readonly string[];
  /** What shared sources say of a class, such as `as with ClaimCheckBucket`. The tests of a copy expect it as it is. */
  public readonly phrases: readonly string[];

  constructor(public readonly files: Files) {
    const paths = [...files.keys()];
    const captured = (expression: RegExp) => [...new Set(paths.flatMap((file) => expression.exec(file)?.[1] ?? []))];
    this.families = captured(/^src\/([^/]+)\//).filter((family) => !SHARED.includes(family));
    this.patterns = captured(/^test\/patterns\/([^/]+)\.test\.ts$/);
    const sources = [...files].filter(([file]) => this.families.some((family) => file.startsWith(`src/${family}/`)));
    const forms = this.patterns.map((pattern) => `test/patterns/${pattern}.ts`).map((file): [string, string] => [file, files.get(file) ?? '']);
    const classesIn = (text: string) => Array.from(text.matchAll(/^export (?:abstract )?class (\w+)/gm), ([, name = '']) => name);
    this.classes = sources.flatMap(([, text]) => classesIn(text));
    this.names = [...sources, ...forms].flatMap(([file, text]) => declaredIn(file, text));
    const shared = [...files].filter(([file]) => SHARED.some((folder) => file.startsWith(`src/${folder}/`)));
    const phrase = new RegExp(`\\w+ \\w+ (${this.classes.join('|')})\\b`, 'g');
    const phrasesIn = (text: string) => stringsIn(text).flatMap(({ pos, end }) => text.slice(pos, end).match(phrase) ?? []);
    this.phrases = this.classes.length === 0 ? [] : shared.flatMap(([, text]) => phrasesIn(text));
  }

  /** Whether each copy of a pattern has this file for itself. */
  public isPatterns(file: string): boolean {
    return pathWith(this, file, '') !== undefined;
  }

  /** The file that a relative module specifier means, if there is one. */
  public resolve(from: string, specifier: string): string | undefined {
    const place = posix.join(posix.dirname(from), specifier);
    return [place, `${place}.ts`, `${place}/index.ts`].find((candidate) => this.files.has(candidate));
  }
}

/** Where the copy of a file stands: beside it, in a folder or under a name that ends with `suffix`. */
function pathWith({ families, patterns }: Project, file: string, suffix: string): string | undefined {
  if (RECORDED.test(file)) {
    return undefined;
  }
  const [, top = '', folder = '', rest = ''] = /^(src|test)\/([^/]+)\/(.+)$/.exec(file) ?? [];
  if (families.includes(folder)) {
    return `${top}/${folder}${suffix}/${rest}`;
  }
  const ownFile = new RegExp(`^((?:test|integ)/(?:.+/)?(?:integ\\.)?|docs/)(${patterns.join('|')})(?=[.-])`);
  return patterns.length > 0 && ownFile.test(file) ? file.replace(ownFile, `$1$2${suffix}`) : undefined;
}

/** One copy of all patterns. */
class Copy {
  private readonly suffix: string;

  constructor(private readonly project: Project, private readonly word: string) {
    this.suffix = `-${word.toLowerCase()}`;
  }

  public pathOf(file: string): string {
    return pathWith(this.project, file, this.suffix) ?? file;
  }

  /** The props of `Copied` are `CopiedProps`: jsii and the checks of the registry want that end. */
  public nameOf(name: string): string {
    return name.endsWith('Props') ? `${name.slice(0, -'Props'.length)}${this.word}Props` : `${name}${this.word}`;
  }

  /** A whole file of a pattern. */
  public file(file: string, text: string): string {
    return /\.tsx?$/.test(file) ? this.code(file, text) : this.prose(text);
  }

  /**
   * Code. In its strings only the names of classes are renamed, because a name such as `ProvisionedConcurrency` is also one of AWS's.
   *
   * @param file the original, from which relative imports are resolved
   */
  public code(file: string, text: string): string {
    const strings = stringsIn(text);
    const ends = [0, ...strings.map(({ end }) => end)];
    const between = (start: number, end: number) => this.paths(this.words(text.slice(start, end), this.project.names));
    const renamed = strings.map(({ pos, end }, index) => between(ends[index] ?? 0, pos) + this.string(file, text.slice(pos, end)));
    return renamed.join('') + between(ends.at(-1) ?? 0, text.length);
  }

  /** A string with its quotes. */
  private string(file: string, literal: string): string {
    const [quote, value] = [literal.slice(0, 1), literal.slice(1, -1)];
    const target = /^\.\.?\//.test(value) ? this.project.resolve(file, value) : undefined;
    if (target !== undefined) {
      const place = posix.relative(posix.dirname(this.pathOf(file)), this.pathOf(target));
      const specifier = value.endsWith('.ts') ? place : place.replace(/(\/index)?\.ts$/, '');
      return `${quote}${specifier.startsWith('.') ? '' : './'}${specifier}${quote}`;
    }
    // A section is named as its heading.
    const heading = file.startsWith('test/proof/') ? this.project.classes.find((name) => name.toLowerCase() === value) : undefined;
    if (heading !== undefined) {
      return `${quote}${this.nameOf(heading).toLowerCase()}${quote}`;
    }
    const phrase = this.project.phrases.find((candidate) => literal.includes(candidate));
    if (phrase !== undefined) {
      return literal.split(phrase).map((part) => this.paths(this.words(part, this.project.classes))).join(phrase);
    }
    // Stacks and tests of integ tests begin with the name of what they are about.
    const begins = file.startsWith('integ/') ? literal.replace(/^'((?:Integ)?)([A-Z]\w*)'$/, (whole, integ: string, id: string) => {
      const name = this.project.classes.filter((candidate) => id.startsWith(candidate)).sort((a, b) => b.length - a.length)[0];
      return name === undefined ? whole : `'${integ}${this.nameOf(name)}${id.slice(name.length)}'`;
    }) : literal;
    return begins === literal ? this.paths(this.words(literal, this.project.classes)) : begins;
  }

  /** Markdown, or the name of a mutant. */
  public prose(text: string): string {
    return this.paths(this.words(text, this.project.names));
  }

  /** A line of Python. */
  public python(line: string): string {
    return this.paths(this.words(line, this.project.classes));
  }

  private words(text: string, names: readonly string[]): string {
    const known = new Set(names);
    return text.replace(/[A-Za-z_$][\w$]*/g, (word) => known.has(word) ? this.nameOf(word) : word);
  }

  private paths(text: string): string {
    const { families, patterns } = this.project;
    return text
      .replace(new RegExp(`\\b(src|test)/(${families.join('|')})/`, 'g'), `$1/$2${this.suffix}/`)
      // The tests that killed mutants are named from `test/`.
      .replace(new RegExp(`(?<=^|")(${families.join('|')})/(?=[\\w.-]+\\.test\\.ts)`, 'g'), `$1${this.suffix}/`)
      .replace(new RegExp(`(?<!runbooks/|\\}/)\\b(${patterns.join('|')})\\.md\\b`, 'g'), `$1${this.suffix}.md`)
      .replace(new RegExp(`\\binteg\\.(${patterns.join('|')})(?=[.-])`, 'g'), `integ.$1${this.suffix}`)
      .replace(new RegExp(`\\btest/patterns/(${patterns.join('|')})\\b`, 'g'), `test/patterns/$1${this.suffix}`);
  }
}

/** Where strings stand in code, and the parts of templates. */
function stringsIn(text: string): { readonly pos: number; readonly end: number }[] {
  const source = ts.createSourceFile('code.ts', text, ts.ScriptTarget.ES2022, true);
  const found: { pos: number; end: number }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
      found.push({ pos: node.getStart(source), end: node.end });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found.sort((a, b) => a.pos - b.pos);
}

/** A file that patterns share, with what it lists for each of them also for the copies. */
function withCopies(project: Project, copies: readonly Copy[], file: string, text: string): string {
  if (LISTS.test(file)) {
    return withLines(copies, file, text);
  }
  if (file === 'test/acknowledged-findings.ts') {
    return withElements(copies, text);
  }
  if (/^test\/rigs\/[^/]+\.json$/.test(file)) {
    return `${JSON.stringify(withEntries(copies, JSON.parse(text)), undefined, 2)}\n`;
  }
  return /^(src|test|integ)\/.*\.ts$/.test(file) ? withUnions(project, copies, file, text) : text;
}

function withLines(copies: readonly Copy[], file: string, text: string): string {
  return text.split('\n').flatMap((line) => {
    const inCopy = (copy: Copy) => file.endsWith('.py') ? copy.python(line) : copy.code(file, line);
    const renamed = /^\s*(\/\/|\/?\*|#)/.test(line) ? [] : copies.map(inCopy).filter((other) => other !== line);
    return [line, ...renamed];
  }).join('\n');
}

/** Lists of objects: each that is about a pattern is followed by one for each copy. What is mentioned in a reason does not count. */
function withElements(copies: readonly Copy[], text: string): string {
  const source = ts.createSourceFile('list.ts', text, ts.ScriptTarget.ES2022, true);
  const insertions: { at: number; text: string }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isArrayLiteralExpression(node)) {
      node.elements.filter(ts.isObjectLiteralExpression).forEach((element) => {
        const properties = element.properties.filter(({ name }) => name?.getText(source) !== 'reason');
        const about = properties.map((property) => property.getText(source)).join();
        const renamed = copies.filter((copy) => copy.prose(about) !== about).map((copy) => copy.prose(element.getText(source)));
        insertions.push({ at: element.end, text: renamed.map((other) => `,\n  ${other}`).join('') });
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return insertions.reverse().reduce((all, { at, text: inserted }) => all.slice(0, at) + inserted + all.slice(at), text);
}

/** The same in JSON: members whose names are about a pattern, and elements of lists that are. */
function withEntries(copies: readonly Copy[], value: unknown): unknown {
  const renamed = (copy: Copy, inner: unknown) => JSON.parse(copy.prose(JSON.stringify(inner))) as unknown;
  if (Array.isArray(value)) {
    return value.flatMap((element: unknown) => {
      const others = copies.map((copy) => renamed(copy, element)).filter((other) => JSON.stringify(other) !== JSON.stringify(element));
      return others.length > 0 ? [element, ...others] : [withEntries(copies, element)];
    });
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    const about = copies.filter((copy) => copy.prose(name) !== name);
    return about.length === 0
      ? [[name, withEntries(copies, inner)]]
      : [[name, inner], ...about.map((copy): [string, unknown] => [copy.prose(name), renamed(copy, inner)])];
  }));
}

/** Code that takes a pattern takes its copies too: classes with private members are not interchangeable, so it takes a union of classes. */
function withUnions({ classes }: Project, copies: readonly Copy[], file: string, text: string): string {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const imports = source.statements.filter(ts.isImportDeclaration);
  const taken = imports.filter(({ importClause }) => importClause?.isTypeOnly).flatMap(({ importClause }) => {
    const bindings = importClause?.namedBindings;
    return bindings && ts.isNamedImports(bindings) ? [...bindings.elements] : [];
  }).filter(({ name, propertyName }) => propertyName === undefined && classes.includes(name.text));
  const end = imports.at(-1)?.end;
  if (taken.length === 0 || end === undefined) {
    return text;
  }
  const namesOf = (name: string) => copies.map((copy) => copy.nameOf(name));
  const unions = taken.map(({ name: { text: name } }) => `\ntype ${name} = ${[`${name}First`, ...namesOf(name)].join(' | ')};`);
  const withAliases = `${text.slice(0, end)}\n${unions.join('')}${text.slice(end)}`;
  return [...taken].reverse().reduce((all, { name: { text: name, pos, end: to } }) => (
    `${all.slice(0, pos)} ${name} as ${name}First, ${namesOf(name).join(', ')}${all.slice(to)}`
  ), withAliases);
}
