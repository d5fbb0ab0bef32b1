import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Aspects, Stack } from 'aws-cdk-lib';
import type { INagLogger, NagLoggerErrorData, NagLoggerNonComplianceData } from 'cdk-nag';
import { AwsSolutionsChecks, ServerlessChecks, VALIDATION_FAILURE_ID } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { ROOT } from './structs';
import type { Made } from './synth';
import { makeForm, resourcesAmong, templateOf } from './synth';
import { inPythonEnvironment } from '../../emulator/python';
import type { AcknowledgedFinding } from '../acknowledged-findings';
import { allForms, patterns } from '../patterns';

/** A finding on what a pattern makes. Findings on what it is given (a handler, a key) are its user's. */
export interface Finding {
  readonly tool: AcknowledgedFinding['tool'];
  readonly rule: string;
  readonly pattern: string;
  readonly form: string;
  /** The path of the resource: below the pattern where it stands there, else from the root. */
  readonly where: string;
  readonly text: string;
}

/** What the packs AwsSolutions and Serverless of cdk-nag find in all forms of all patterns, after `prepare` has done something to the app of each. */
export function nagFindings(prepare: (app: IConstruct) => void = () => undefined): Finding[] {
  return allForms().flatMap(({ pattern, form }) => {
    const made = makeForm(pattern, form);
    prepare(made.app);
    const log = new Log();
    for (const Pack of [AwsSolutionsChecks, ServerlessChecks]) {
      Aspects.of(made.app).add(new Pack({ reports: false, additionalLoggers: [log] }));
    }
    made.app.synth();
    const own = new Set<IConstruct>(made.constructs());
    return log.entries.filter(({ resource }) => own.has(resource)).map(({ resource, ruleId, text }): Finding => ({
      tool: 'cdk-nag', rule: ruleId, pattern: pattern.name, form: form.name, where: placeOf(resource, made), text,
    }));
  });
}

/** Where cfn-lint is installed with the emulator; undefined if it is not. */
export function cfnLint(): string | undefined {
  return inPythonEnvironment('bin', 'cfn-lint');
}

/** What cfn-lint finds in the templates of all forms of all patterns, in one run. */
export function lintFindings(command: string): Finding[] {
  const folder = path.join(ROOT, '.build', 'cfn-lint');
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  const forms = allForms().map((entry, index) => ({ ...entry, file: path.join(folder, `${index}.json`) }));
  forms.forEach(({ pattern, form, file }) => fs.writeFileSync(file, JSON.stringify(templateOf(pattern, form))));
  const { stdout, stderr, error } = spawnSync(command, ['--format', 'json', '--regions', 'us-east-1', '--template', ...forms.map(({ file }) => file)], { encoding: 'utf8' });
  if (error || !stdout.trim().startsWith('[')) {
    throw new Error(`cfn-lint gave no findings in JSON: ${error?.message ?? stderr}`);
  }
  return (JSON.parse(stdout) as LintMatch[]).flatMap((match): Finding[] => {
    const { pattern, form } = forms.find(({ file }) => file === match.Filename) ?? {};
    if (!pattern || !form) {
      throw new Error(`cfn-lint names a file that it was not given: ${match.Filename}`);
    }
    const [section, logicalId] = match.Location.Path;
    const made = makeForm(pattern, form);
    const resource = section === 'Resources' ? resourcesAmong(made.stack.node.findAll()).find((candidate) => Stack.of(candidate).resolve(candidate.logicalId) === logicalId) : undefined;
    if (resource && !made.constructs().includes(resource)) {
      return [];
    }
    const where = resource ? placeOf(resource, made) : match.Location.Path.join('/');
    return [{ tool: 'cfn-lint', rule: match.Rule.Id, pattern: pattern.name, form: form.name, where, text: match.Message }];
  });
}

/** Findings that nobody acknowledged. */
export function unacknowledged(findings: readonly Finding[], acknowledged: readonly AcknowledgedFinding[]): Finding[] {
  return findings.filter((finding) => !acknowledged.some((entry) => matches(entry, finding)));
}

/** Acknowledgements that match none of the findings of their tool. With PATTERN, those of the one pattern in the registry. */
export function stale(findings: readonly Finding[], acknowledged: readonly AcknowledgedFinding[], tool: Finding['tool']): AcknowledgedFinding[] {
  const isRegistered = ({ pattern }: AcknowledgedFinding) => process.env.PATTERN === undefined || patterns().some(({ name }) => name === pattern);
  return acknowledged.filter((entry) => entry.tool === tool && isRegistered(entry) && !findings.some((finding) => matches(entry, finding)));
}

function matches(entry: AcknowledgedFinding, finding: Finding): boolean {
  return entry.tool === finding.tool && entry.rule === finding.rule && entry.pattern === finding.pattern && entry.where === finding.where;
}

/** The path of a resource: below the pattern where it stands there, else from the root. */
export function placeOf(resource: IConstruct, { construct }: Made): string {
  const below = `${construct.node.path}/`;
  return resource.node.path.startsWith(below) ? resource.node.path.slice(below.length) : resource.node.path;
}

interface LintMatch {
  readonly Filename: string;
  readonly Message: string;
  readonly Rule: { readonly Id: string };
  readonly Location: { readonly Path: readonly (string | number)[] };
}

/** Keeps what cdk-nag reports; a rule that could not be evaluated is a finding too. */
class Log implements INagLogger {
  public readonly entries: { ruleId: string; resource: IConstruct; text: string }[] = [];

  public onNonCompliance({ ruleId, resource, ruleInfo }: NagLoggerNonComplianceData): void {
    this.entries.push({ ruleId, resource, text: ruleInfo });
  }

  /** A rule that throws is acknowledged by an id for all of them. */
  public onError({ ruleId, resource, errorMessage }: NagLoggerErrorData): void {
    this.entries.push({ ruleId: VALIDATION_FAILURE_ID, resource, text: `${ruleId} cannot be evaluated: ${errorMessage}` });
  }

  public onCompliance(): void {}
  public onNotApplicable(): void {}
  public onSuppressed(): void {}
  public onSuppressedError(): void {}
}
