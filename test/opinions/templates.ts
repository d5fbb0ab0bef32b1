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

/** The snapshots of the integ tests, without those of the assertions, which are the integ tests' own and never a user's. */
export function integTemplates(): JudgedTemplate[] {
  const folder = path.join(ROOT, 'integ');
  return fs.readdirSync(folder).filter((name) => name.endsWith('.snapshot')).flatMap((snapshot) => (
    fs.readdirSync(path.join(folder, snapshot))
      .filter((name) => name.endsWith('.template.json') && !name.includes('DeployAssert'))
      .map((name) => ({ name, template: JSON.parse(fs.readFileSync(path.join(folder, snapshot, name), 'utf8')) as CloudFormationTemplate }))
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
