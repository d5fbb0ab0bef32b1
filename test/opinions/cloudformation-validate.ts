import * as fs from 'node:fs';
import * as path from 'node:path';
import { CelEngine, TemplateFile } from '@aws/cloudformation-validate';
import type { Engine, StandardReport } from '@aws/cloudformation-validate';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { allForms } from '../patterns';
import type { Finding } from '../rigs/findings';
import { placeOf } from '../rigs/findings';
import { ROOT } from '../rigs/structs';
import type { CloudFormationTemplate } from '../rigs/synth';
import { makeForm, resourcesAmong } from '../rigs/synth';

const FOLDER = path.join(ROOT, '.build', 'cloudformation-validate');

/** Of its two engines, which find the same, the quicker one. It takes seconds to start. */
export function newEngine(): Engine {
  return new CelEngine();
}

/** Warnings and worse. What is less tells of style, such as tags, and of properties whose change replaces a resource. */
export function validate(engine: Engine, template: CloudFormationTemplate): StandardReport {
  fs.mkdirSync(FOLDER, { recursive: true });
  const file = path.join(FOLDER, 'template.json');
  fs.writeFileSync(file, JSON.stringify(template));
  return engine.validateStandard(new TemplateFile(file), { severityLevel: 'WARN' });
}

/** What was found in the templates of all forms, and how many resources each report covers. */
export interface Validated {
  readonly findings: Finding[];
  readonly scanned: { readonly name: string; readonly resources: number; readonly ofTemplate: number }[];
}

export function validateForms(engine: Engine): Validated {
  const findings: Finding[] = [];
  const scanned: Validated['scanned'] = [];
  for (const { name, pattern, form } of allForms()) {
    const made = makeForm(pattern, form);
    const template = Template.fromStack(made.stack).toJSON() as CloudFormationTemplate;
    const { diagnostics, metadata } = validate(engine, template);
    scanned.push({ name, resources: metadata.resourcesScanned, ofTemplate: Object.keys(template.Resources ?? {}).length });
    for (const { ruleId, message, entity } of diagnostics) {
      const resource = resourcesAmong(made.stack.node.findAll())
        .find((candidate) => Stack.of(candidate).resolve(candidate.logicalId) === entity?.logicalId);
      if (!resource || made.constructs().includes(resource)) {
        const where = resource ? placeOf(resource, made) : entity?.logicalId ?? 'the template';
        findings.push({ tool: 'cloudformation-validate', rule: ruleId, pattern: pattern.name, form: form.name, where, text: message });
      }
    }
  }
  return { findings, scanned };
}
