import * as fs from 'node:fs';
import * as path from 'node:path';
import { expandSam } from './sam';
import { parseYaml } from './yaml';
import type { TemplateInput } from '../../src/delivery/template/app';
import type { TemplateParser } from '../../src/delivery/template/assembly';
import { isAssembly, readAssembly, readTemplates, textOf, UnreadableError } from '../../src/delivery/template/assembly';

/** What the files of templates are called. */
const TEMPLATE_FILE = /\.(json|ya?ml|template)$/i;

/** What others put there is not checked. */
const SKIPPED_FOLDER = /^(\.|node_modules$)/;

/** What a template has that nothing else has; quicker than to parse every file of a folder. */
const LIKE_A_TEMPLATE = [/["']?Resources["']?\s*:/, /\b(AWS|Alexa|Custom)::/];

/**
 * The templates of each app that is at these paths. A cloud assembly is an app, so are all templates in a folder, and all that are named by themselves.
 *
 * @throws UnreadableError
 */
export function readApps(paths: readonly string[]): TemplateInput[][] {
  const places = paths.map((place) => ({ place, isFolder: kindOf(place) === 'folder' }));
  const files = places.filter(({ isFolder }) => !isFolder).map(({ place }) => place);
  const parse = parsingOnce();
  files.forEach((file) => requireTemplate(file, parse));
  return [
    ...places.filter(({ isFolder }) => isFolder).flatMap(({ place }) => appsIn(place, parse)),
    ...files.length === 0 ? [] : [readTemplates(files, parse)],
  ];
}

/** What is looked at and then read is parsed once. */
function parsingOnce(): TemplateParser {
  const known = new Map<string, unknown>();
  return (text, file) => {
    const place = path.resolve(file);
    if (!known.has(place)) {
      known.set(place, parseTemplate(text, file));
    }
    return known.get(place);
  };
}

function kindOf(place: string): 'folder' | 'file' {
  const stat = fs.statSync(place, { throwIfNoEntry: false });
  if (stat === undefined) {
    throw new UnreadableError(place, 'there is no such file or folder');
  }
  return stat.isDirectory() ? 'folder' : 'file';
}

function appsIn(folder: string, parse: TemplateParser): TemplateInput[][] {
  const assemblies: string[] = [];
  const files: string[] = [];
  const open = [folder];
  for (const place of open) {
    if (isAssembly(place)) {
      assemblies.push(place);
      continue;
    }
    for (const entry of entriesOf(place)) {
      const name = path.join(place, entry.name);
      if (entry.isDirectory() && !SKIPPED_FOLDER.test(entry.name)) {
        open.push(name);
      } else if (entry.isFile() && TEMPLATE_FILE.test(entry.name) && isTemplate(name, parse)) {
        files.push(name);
      }
    }
  }
  if (assemblies.length === 0 && files.length === 0) {
    throw new UnreadableError(folder, 'there is no template in it, and no cloud assembly');
  }
  return [...assemblies.map((assembly) => readAssembly(assembly, parse)), ...files.length === 0 ? [] : [readTemplates(files, parse)]];
}

function entriesOf(folder: string): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true }).sort((one, other) => (one.name < other.name ? -1 : 1));
  } catch (error) {
    throw new UnreadableError(folder, (error as Error).message);
  }
}

/** Something that looks like a template and cannot be parsed is one, and an error when it is read. */
function isTemplate(file: string, parse: TemplateParser): boolean {
  const text = textOf(file);
  if (!LIKE_A_TEMPLATE.every((mark) => mark.test(text))) {
    return false;
  }
  try {
    return hasResources(parse(text, file));
  } catch {
    return true;
  }
}

function requireTemplate(file: string, parse: TemplateParser): void {
  let template: unknown;
  try {
    template = parse(textOf(file), file);
  } catch (error) {
    throw error instanceof UnreadableError ? error : new UnreadableError(file, (error as Error).message.replace(/\s+/g, ' '));
  }
  if (!hasResources(template)) {
    throw new UnreadableError(file, 'it is no template, because it has no Resources');
  }
}

function hasResources(template: unknown): boolean {
  const resources = typeof template === 'object' && template !== null && 'Resources' in template ? template.Resources : undefined;
  return typeof resources === 'object' && resources !== null;
}

function parseTemplate(text: string, file: string): unknown {
  try {
    return expandSam(/^\s*\{/.test(text) || /\.json$/i.test(file) ? JSON.parse(text) : parseYaml(text));
  } catch (error) {
    throw error instanceof RangeError ? new Error('it is nested too deep') : error;
  }
}
