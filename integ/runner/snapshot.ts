import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AssetManifest } from '@aws-cdk/cloud-assembly-schema';
import type { SynthesizedTest } from './synth';

const TEMPLATE = '.template.json';

/** How long a line of a snapshot may be that shows a whole object or list. */
const LINE_LENGTH = 140;

/** The templates of a test by the names of their files. */
export type Templates = ReadonlyMap<string, unknown>;

/**
 * What is compared of a test: the templates of its stacks. Not those of its assertions, which say in JSON what the test says, and change with each synthesis.
 *
 * Instead of the hash of an asset there is its place in the tree: which handler a function has is compared, but not the handler's code. What that does is proven by the deployment.
 */
export function templatesOf({ assembly, cases }: Pick<SynthesizedTest, 'assembly' | 'cases'>): Templates {
  const assertions = cases.map(({ assertionStackName }) => `${assertionStackName}${TEMPLATE}`);
  const files = readdirSync(assembly).filter((file) => file.endsWith(TEMPLATE) && !assertions.includes(file)).sort();
  return new Map(files.map((file) => [file, JSON.parse(withoutHashes(assembly, file))]));
}

function withoutHashes(assembly: string, file: string): string {
  const manifest = join(assembly, file.replace(TEMPLATE, '.assets.json'));
  const { files = {} } = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')) as AssetManifest : {};
  return Object.entries(files).reduce(
    (text, [hash, { displayName = 'asset' }]) => text.replaceAll(hash, `<${displayName}>`),
    readFileSync(join(assembly, file), 'utf8'),
  );
}

/** The templates in the folder of a snapshot; none if there is no such folder. */
export function readSnapshot(folder: string): Templates {
  const files = existsSync(folder) ? readdirSync(folder).sort() : [];
  return new Map(files.map((file) => [file, JSON.parse(readFileSync(join(folder, file), 'utf8'))]));
}

export function writeSnapshot(folder: string, templates: Templates): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  templates.forEach((template, file) => writeFileSync(join(folder, file), `${format(template)}\n`));
}

/** How the templates differ from a snapshot, a line for each difference, for people; none: they do not. */
export function differences(snapshot: Templates, templates: Templates): string[] {
  const files = [...new Set([...snapshot.keys(), ...templates.keys()])].sort();
  return files.flatMap((file) => {
    const found = !templates.has(file) ? ['  the stack is gone']
      : !snapshot.has(file) ? ['  the stack is new']
        : valueDifferences('', snapshot.get(file), templates.get(file));
    return found.length > 0 ? [`${file.replace(TEMPLATE, '')}:`, ...found] : [];
  });
}

function valueDifferences(path: string, before: unknown, after: unknown): string[] {
  if (JSON.stringify(before) === JSON.stringify(after)) {
    return [];
  }
  const plainLists = [before, after].every((value) => Array.isArray(value) && !value.some(isObject)); // such as actions: shown whole
  if (!plainLists && isObject(before) && isObject(after) && Array.isArray(before) === Array.isArray(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => valueDifferences(path === '' ? key : `${path}.${key}`, before[key], after[key]));
  }
  const [was, is] = typeof before === 'string' && typeof after === 'string' ? whereTheyDiffer(before, after) : [before, after];
  return [
    ...(before === undefined ? [] : [`  - ${path}: ${JSON.stringify(was)}`]),
    ...(after === undefined ? [] : [`  + ${path}: ${JSON.stringify(is)}`]),
  ];
}

/** How much of two long texts is shown on each side of where they differ. */
const CONTEXT = 60;

/** Of long texts, such as the definition of a state machine, the part in which they differ. */
function whereTheyDiffer(before: string, after: string): [string, string] {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) {
    start += 1;
  }
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) {
    end += 1;
  }
  const part = (text: string) => {
    const [from, to] = [Math.max(0, start - CONTEXT), Math.min(text.length, text.length - end + CONTEXT)];
    return `${from > 0 ? '…' : ''}${text.slice(from, to)}${to < text.length ? '…' : ''}`;
  };
  return [part(before), part(after)];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** JSON with a line for whatever fits into one, so that a resource takes a few lines and a statement of a policy one. */
export function format(value: unknown, indent = '', taken = 0): string {
  const line = inOneLine(value);
  if (!isObject(value) || indent.length + taken + line.length < LINE_LENGTH) {
    return line;
  }
  const deeper = `${indent}  `;
  const inside = Array.isArray(value)
    ? value.map((item) => `${deeper}${format(item, deeper)}`)
    : Object.entries(value).map(([key, item]) => `${deeper}${JSON.stringify(key)}: ${format(item, deeper, key.length + 4)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${inside.join(',\n')}\n${indent}${close}`;
}

function inOneLine(value: unknown): string {
  if (!isObject(value)) {
    return JSON.stringify(value);
  }
  return Array.isArray(value)
    ? `[${value.map(inOneLine).join(', ')}]`
    : `{${Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${inOneLine(item)}`).join(', ')}}`;
}
