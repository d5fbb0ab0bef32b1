import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Change } from './compare-templates';
import { compareTemplates } from './compare-templates';
import { ROOT } from './structs';
import type { CloudFormationTemplate } from './synth';
import { templateOf, withoutAdditions } from './synth';
import type { AcknowledgedBreak } from '../acknowledged-findings';
import { allForms, patterns } from '../patterns';

const RELEASES = path.join(ROOT, 'test', 'releases');

/** The templates of all forms, by the names of their files. */
export type Templates = { readonly [name: string]: CloudFormationTemplate };

/** What became of the templates of a release. */
export interface Comparison {
  readonly form: string;
  readonly changes: readonly Change[];
}

/** The versions whose templates are kept, oldest first. */
export function recordedVersions(): string[] {
  return fs.readdirSync(RELEASES, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name)
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

export function templatesOfRelease(version: string): Templates {
  const folder = path.join(RELEASES, version);
  // With PATTERN, the registry has one pattern only.
  const isWanted = (file: string) => process.env.PATTERN === undefined || patterns().some(({ name }) => file.startsWith(`${name}.`));
  return Object.fromEntries(fs.readdirSync(folder).filter(isWanted).sort().map((file) => [
    path.basename(file, '.json'), JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8')) as CloudFormationTemplate,
  ]));
}

export function currentTemplates(): Templates {
  return Object.fromEntries(allForms().map(({ pattern, form }) => [`${pattern.name}.${form.name.replaceAll(' ', '-')}`, withoutAdditions(templateOf(pattern, form))]));
}

/** Writes the templates of a release. A version that was released is never written again. */
export function recordRelease(version: string, templates: Templates): void {
  const folder = path.join(RELEASES, version);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  for (const [name, template] of Object.entries(templates)) {
    fs.writeFileSync(path.join(folder, `${name}.json`), `${JSON.stringify(template, undefined, 2)}\n`);
  }
}

/** Compares form by form; a form that is gone is a pattern that is gone. */
export function compareReleases(released: Templates, current: Templates): Comparison[] {
  return Object.keys({ ...released, ...current }).sort().map((form) => {
    const [before, after] = [released[form], current[form]];
    if (!after) {
      return { form, changes: [{ breaking: true, text: 'is gone' }] };
    }
    return { form, changes: before ? compareTemplates(before, after) : [{ breaking: false, text: 'is new' }] };
  });
}

/** The breaking changes that nobody acknowledged, as the acknowledgements name them: `<form>: <change>`. */
export function unacknowledgedBreaks(comparisons: readonly Comparison[], acknowledged: readonly AcknowledgedBreak[]): string[] {
  return breaks(comparisons).filter((change) => !acknowledged.some((entry) => entry.change === change));
}

/** Acknowledgements of changes that are none. */
export function staleBreaks(comparisons: readonly Comparison[], acknowledged: readonly AcknowledgedBreak[]): string[] {
  return acknowledged.map(({ change }) => change).filter((change) => !breaks(comparisons).includes(change));
}

function breaks(comparisons: readonly Comparison[]): string[] {
  return comparisons.flatMap(({ form, changes }) => changes.filter(({ breaking }) => breaking).map(({ text }) => `${form}: ${text}`));
}
