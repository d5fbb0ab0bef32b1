import { deepStrictEqual } from 'node:assert';
import { mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { plainEnvironment, runChild } from './children';
import type { Circumstances } from './results';
import type { Spread } from './statistics';
import { ratiosOf, spreadOf } from './statistics';
import type { Bench } from './workspace';
import { scratch } from './workspace';

export const OURS = 'queue-fed-function';
export const PLAIN = 'plain-l2';
export const SOLUTIONS = 'solutions-constructs';

/** The same program once more under another name: how far its ratio is from 1 says what the other ratios are worth. */
export const PLAIN_AGAIN = againOf(PLAIN);

/** A pattern of this library, beside plain L2 code that gives the same template and beside other ways. A way is a program in apps/. */
export interface Comparison {
  /** The name of the pattern's class. */
  readonly pattern: string;
  readonly ours: string;
  readonly plain: string;
  readonly others: readonly string[];
  /** As many for every way, so that all have the same stacks, none with more than the 500 resources that a stack may have. */
  readonly patternsPerStack: number;
}

export const QUEUE_FED_FUNCTION: Comparison = { pattern: 'QueueFedFunction', ours: OURS, plain: PLAIN, others: [SOLUTIONS], patternsPerStack: 25 };

export const OTHER_PATTERNS: readonly Comparison[] = [
  { pattern: 'QueueFedService', ours: 'queue-fed-service', plain: 'plain-queue-fed-service', others: [], patternsPerStack: 10 },
  { pattern: 'TopicFanOut', ours: 'topic-fan-out', plain: 'plain-topic-fan-out', others: [], patternsPerStack: 10 },
  { pattern: 'ClaimCheckBucket', ours: 'claim-check-bucket', plain: 'plain-claim-check-bucket', others: [], patternsPerStack: 10 },
  { pattern: 'StreamFedFunction', ours: 'stream-fed-function', plain: 'plain-stream-fed-function', others: [], patternsPerStack: 10 },
  { pattern: 'TableFedFunction', ours: 'table-fed-function', plain: 'plain-table-fed-function', others: [], patternsPerStack: 10 },
  { pattern: 'BucketFedFunction', ours: 'bucket-fed-function', plain: 'plain-bucket-fed-function', others: [], patternsPerStack: 10 },
  { pattern: 'EventRouter', ours: 'event-router', plain: 'plain-event-router', others: [], patternsPerStack: 10 },
  { pattern: 'AsyncFunction', ours: 'async-function', plain: 'plain-async-function', others: [], patternsPerStack: 10 },
  { pattern: 'ScheduledFunction', ours: 'scheduled-function', plain: 'plain-scheduled-function', others: [], patternsPerStack: 10 },
  { pattern: 'ScheduledMessages', ours: 'scheduled-messages', plain: 'plain-scheduled-messages', others: [], patternsPerStack: 10 },
  { pattern: 'BucketDelivery', ours: 'bucket-delivery', plain: 'plain-bucket-delivery', others: [], patternsPerStack: 10 },
  { pattern: 'ResilientWorkflow', ours: 'resilient-workflow', plain: 'plain-resilient-workflow', others: [], patternsPerStack: 10 },
  { pattern: 'QueueFedWorkflow', ours: 'queue-fed-workflow', plain: 'plain-queue-fed-workflow', others: [], patternsPerStack: 10 },
  { pattern: 'FailureBucket', ours: 'failure-bucket', plain: 'plain-failure-bucket', others: [], patternsPerStack: 10 },
  { pattern: 'PollingStatusApi', ours: 'polling-status-api', plain: 'plain-polling-status-api', others: [], patternsPerStack: 10 },
  { pattern: 'CanaryFunction', ours: 'canary-function', plain: 'plain-canary-function', others: [], patternsPerStack: 10 },
];

export function againOf(plain: string): string {
  return `${plain}-again`;
}

/** For each number of patterns in one app, how often each way is run. */
export type Plan = readonly { readonly patterns: number; readonly rounds: number }[];

export interface SynthCase {
  readonly cdkVersion: string;
  readonly patterns: number;
  readonly way: string;
  readonly resources: number;
  readonly cpuMs: Spread;
  readonly wallMs: Spread;
  readonly maxRssMb: Spread;
  /** Against plain L2 code of the same round. */
  readonly cpuRatio: Spread;
  readonly wallRatio: Spread;
  /** When and where, if it was not measured with the others. */
  readonly measured?: Circumstances;
}

interface Run {
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly maxRssMb: number;
}

/** Measures the whole process that synthesizes an app, for each way, the ways taking turns. */
export async function measureSynth(bench: Bench, comparison: Comparison, plan: Plan, tell: (line: string) => void): Promise<SynthCase[]> {
  const { pattern, ours, plain: plainWay, others } = comparison;
  const cases: SynthCase[] = [];
  for (const { patterns, rounds } of plan) {
    await requireSameTemplates(bench, comparison, patterns);
    const programs = [ours, plainWay, ...others, againOf(plainWay)];
    const runs = new Map<string, Run[]>(programs.map((way) => [way, []]));
    for (let round = 0; round < rounds; round++) {
      // Each round starts with another way, so that none is always the one after a long one.
      for (const way of rotated(programs, round)) {
        runs.get(way)!.push(await synth(bench, comparison, way, patterns));
      }
    }
    const plain = runs.get(plainWay)!;
    for (const [way, own] of runs) {
      const of = (value: (run: Run) => number) => spreadOf(own.map(value));
      const ratio = (value: (run: Run) => number) => ratiosOf(own.map(value), plain.map(value));
      cases.push({
        cdkVersion: bench.cdkVersion,
        patterns,
        way,
        resources: resourcesOf(await templates(bench, comparison, way, patterns)),
        cpuMs: of((run) => run.cpuMs),
        wallMs: of((run) => run.wallMs),
        maxRssMb: of((run) => run.maxRssMb),
        cpuRatio: ratio((run) => run.cpuMs),
        wallRatio: ratio((run) => run.wallMs),
      });
      const { cpuMs, cpuRatio } = cases[cases.length - 1]!;
      tell(`aws-cdk-lib ${bench.cdkVersion}, ${patterns} x ${pattern}, ${way}: CPU ${cpuMs.median.toFixed(0)} ms, ${cpuRatio.median.toFixed(3)} x plain L2`);
    }
  }
  return cases;
}

async function synth(bench: Bench, { plain, patternsPerStack }: Comparison, way: string, patterns: number, outdir = scratch('assembly')): Promise<Run> {
  mkdirSync(outdir, { recursive: true });
  const program = way === againOf(plain) ? plain : way;
  const args = ['apps/synth.js', program, String(patterns), String(patternsPerStack), outdir];
  const { report, wallMs } = await runChild(process.execPath, args, { cwd: bench.folder, env: plainEnvironment() });
  const { cpuMs, maxRssKb } = JSON.parse(report) as { cpuMs: number; maxRssKb: number };
  return { cpuMs, wallMs, maxRssMb: maxRssKb / 1024 };
}

type Template = { readonly Resources: Record<string, { readonly Type: string; readonly Properties: Record<string, unknown> }> };

async function templates(bench: Bench, comparison: Comparison, way: string, patterns: number): Promise<Template[]> {
  const outdir = scratch(`templates-${way}`);
  await synth(bench, comparison, way, patterns, outdir);
  const files = readdirSync(outdir).filter((file) => file.endsWith('.template.json')).sort();
  const found = files.map((file) => JSON.parse(readFileSync(join(outdir, file), 'utf8')) as Template);
  rmSync(outdir, { recursive: true });
  return found;
}

/**
 * The comparison with plain L2 code is one only if both give the same: the same stacks, logical ids, properties, dependencies and policies. Left out is
 * what the alarms' descriptions say, because wording costs nothing; each alarm must have one. And so are the order of statements in a policy, which
 * means nothing, and the hash in the logical id of an API's deployment, which plain L2 code forms of less.
 */
async function requireSameTemplates(bench: Bench, comparison: Comparison, patterns: number): Promise<void> {
  const { pattern, ours: oursWay, plain: plainWay } = comparison;
  const ours = (await templates(bench, comparison, oursWay, patterns)).map(comparable);
  const plain = (await templates(bench, comparison, plainWay, patterns)).map(comparable);
  deepStrictEqual(plain, ours, `the plain L2 code no longer gives the template of ${pattern} (aws-cdk-lib ${bench.cdkVersion}): mend apps/${plainWay}.ts`);
}

function comparable(original: Template): Template {
  const template = JSON.parse(JSON.stringify(original).replaceAll(/(ApiDeployment[0-9A-F]{8})[0-9a-f]{32}/g, '$1')) as Template;
  for (const { Properties: properties } of Object.values(template.Resources)) {
    if (typeof properties?.AlarmDescription === 'string') {
      properties.AlarmDescription = 'a text';
    }
    const { Statement: statements } = (properties?.PolicyDocument ?? {}) as { Statement?: unknown[] };
    statements?.sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
  }
  return template;
}

function resourcesOf(all: readonly Template[]): number {
  return all.reduce((sum, template) => sum + Object.keys(template.Resources).length, 0);
}

function rotated<T>(values: readonly T[], by: number): T[] {
  const start = by % values.length;
  return [...values.slice(start), ...values.slice(0, start)];
}
