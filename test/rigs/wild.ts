import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { CHECKS, checkTemplates } from '../../src/delivery/checks';
import type { DeliveryProblem } from '../../src/delivery/checks/check';
import type { TemplateInput } from '../../src/delivery/template/app';
import { isAssembly, readAssembly, readTemplates } from '../../src/delivery/template/assembly';
import { Props } from '../../src/delivery/template/props';

/** What is deployed together: the templates of a cloud assembly, or a single one. */
interface WildApp {
  /** Where it is, below the folder that is read. */
  readonly name: string;
  readonly read: () => readonly TemplateInput[];
}

/** What happened to one app. */
interface Outcome {
  readonly app: string;
  readonly resources: number;
  readonly milliseconds: number;
  readonly problems: readonly DeliveryProblem[];
  readonly crash?: string | undefined;
}

const USAGE = 'usage: npm run wild -- <folder> [--json] [--rule <id>] [--sample <of each rule>]';

/**
 * Checks templates that nobody here wrote: everything in a folder, each template or cloud assembly as an app of its own. Prints what was found, by rule and by template;
 * whether it is true, people judge: docs/findings-in-the-wild.md.
 */
function main(): void {
  const options = process.argv.slice(2);
  const valueOf = (option: string) => (options.includes(option) ? options[options.indexOf(option) + 1] : undefined);
  const [only, size] = [valueOf('--rule'), valueOf('--sample')];
  const folder = options[0];
  if (folder === undefined || !fs.existsSync(folder)) {
    throw new Error(USAGE);
  }
  const outcomes = appsIn(folder, folder).map((app) => check(app)).map((outcome) => (
    { ...outcome, problems: outcome.problems.filter(({ id }) => only === undefined || id === only) }
  ));
  if (outcomes.length === 0) {
    throw new Error(`no template was found in ${folder}`);
  }
  const shown = size === undefined ? outcomes : sample(outcomes, Number(size));
  console.log(options.includes('--json') ? JSON.stringify(shown.map(plain), undefined, 1) : report(shown));
  process.exitCode = outcomes.some(({ crash }) => crash !== undefined) ? 1 : 0;
}

/** Other files than assemblies and templates are none of what is checked. */
function appsIn(folder: string, root: string): WildApp[] {
  const name = path.relative(root, folder);
  if (isAssembly(folder)) {
    return [{ name, read: () => readAssembly(folder) }];
  }
  return fs.readdirSync(folder, { withFileTypes: true }).sort((one, other) => (one.name < other.name ? -1 : 1)).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    return entry.isDirectory() ? appsIn(file, root)
      : entry.name.endsWith('.json') ? [{ name: path.join(name, entry.name), read: () => readTemplates([file]) }] : [];
  });
}

function check({ name, read }: WildApp): Outcome {
  const start = performance.now();
  const spent = () => Math.round(performance.now() - start);
  try {
    const inputs = read();
    const resources = inputs.reduce((sum, { template }) => sum + (new Props(template).part('Resources').names() ?? []).length, 0);
    return { app: name, resources, problems: checkTemplates(inputs), milliseconds: spent() };
  } catch (error) {
    return { app: name, resources: 0, problems: [], milliseconds: spent(), crash: error instanceof Error ? error.stack : String(error) };
  }
}

/** Some of what each rule found, drawn as if by lot, but the same each time. */
function sample(outcomes: readonly Outcome[], size: number): Outcome[] {
  const lots = outcomes.flatMap(({ app, problems }) => problems.map((problem) => (
    { problem, lot: createHash('sha256').update(`${problem.id} ${app} ${problem.at.logicalId}`).digest('hex') }
  )));
  const drawn = new Set<DeliveryProblem>();
  const counts = new Map<string, number>();
  for (const { problem } of lots.sort((one, other) => (one.lot < other.lot ? -1 : 1))) {
    const count = counts.get(problem.id) ?? 0;
    counts.set(problem.id, count + 1);
    count < size && drawn.add(problem);
  }
  return outcomes.map((outcome) => ({ ...outcome, problems: outcome.problems.filter((problem) => drawn.has(problem)) }));
}

function plain({ problems, ...outcome }: Outcome) {
  return {
    ...outcome,
    problems: problems.map(({ id, severity, at: { type, logicalId, stack }, what, fix }) => (
      { id, severity, type, logicalId, stack: stack.name, what, fix }
    )),
  };
}

function report(outcomes: readonly Outcome[]): string {
  const problems = outcomes.flatMap(({ app, problems: found }) => found.map((problem) => ({ app, ...problem })));
  // Some rules are asked by several checks.
  const severities = new Map(CHECKS.flatMap(({ rules }) => rules).map(({ id, severity }) => [id, severity]));
  const byRule = [...severities].map(([id, severity]) => {
    const found = problems.filter((problem) => problem.id === id);
    return `| ${id} | ${severity} | ${found.length} | ${new Set(found.map(({ app }) => app)).size} |`;
  });
  const crashes = outcomes.filter(({ crash }) => crash !== undefined);
  const withFindings = outcomes.filter(({ problems: found }) => found.length > 0);
  const resources = outcomes.reduce((sum, outcome) => sum + outcome.resources, 0);
  return [
    `${outcomes.length} apps, ${resources} resources, ${problems.length} findings in ${withFindings.length} apps, ${crashes.length} crashes`,
    '',
    '| rule | severity | findings | apps |',
    '| --- | --- | ---: | ---: |',
    ...byRule,
    '',
    ...withFindings.flatMap(({ app, problems: found }) => [
      `## ${app}`,
      '',
      ...found.map(({ id, severity, at, what }) => `- ${severity} ${id} at ${at.logicalId}: ${what}`),
      '',
    ]),
    ...crashes.map(({ app, crash }) => `crash in ${app}: ${crash}`),
  ].join('\n');
}

main();
