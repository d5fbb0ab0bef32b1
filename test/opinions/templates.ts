import * as fs from 'node:fs';
import * as path from 'node:path';
import { allForms } from '../patterns';
import { ROOT } from '../rigs/structs';
import type { CloudFormationResource, CloudFormationTemplate } from '../rigs/synth';
import { templateOf } from '../rigs/synth';

/** A template that is judged. */
export interface JudgedTemplate {
  /** As in `PollingStatusApi, default`; the file's name for a snapshot of an integ test. */
  readonly name: string;
  readonly template: CloudFormationTemplate;
}

/** The templates of all forms of all patterns. */
export function formTemplates(): JudgedTemplate[] {
  return allForms().map(({ name, pattern, form }) => ({ name, template: templateOf(pattern, form) }));
}

/** The snapshots of the integ tests. */
export function integTemplates(): JudgedTemplate[] {
  const folder = path.join(ROOT, 'integ', 'snapshots');
  return fs.readdirSync(folder).flatMap((test) => (
    fs.readdirSync(path.join(folder, test))
      .filter((name) => name.endsWith('.template.json'))
      .map((name) => ({ name, template: JSON.parse(fs.readFileSync(path.join(folder, test, name), 'utf8')) as CloudFormationTemplate }))
  ));
}

export interface JudgedResource {
  readonly logicalId: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** The resources of a type. */
export function resourcesOfType({ Resources = {} }: CloudFormationTemplate, type: string): JudgedResource[] {
  return Object.entries(Resources)
    .filter((entry): entry is [string, CloudFormationResource] => entry[1].Type === type)
    .map(([logicalId, { Properties = {} }]) => ({ logicalId, properties: Properties }));
}
