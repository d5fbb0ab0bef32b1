import { deepStrictEqual } from 'node:assert';
import { mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { plainEnvironment, runChild } from './children';
import type { Spread } from './statistics';
import { ratiosOf, spreadOf } from './statistics';
import type { Bench } from './workspace';
import { scratch } from './workspace';

export const OURS = 'queue-fed-function';
export const PLAIN = 'plain-l2';
export const SOLUTIONS = 'solutions-constructs';

/** The same program once more under another name: how far its ratio is from 1 says what the other ratios are worth. */
export const PLAIN_AGAIN = 'plain-l2-again';

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
}

interface Run {
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly maxRssMb: number;
}

/** Measures the whole process that synthesizes an app, for each way, the ways taking turns. */
export async function measureSynth(bench: Bench, ways: readonly string[], plan: Plan, tell: (line: string) => void): Promise<SynthCase[]> {
  const cases: SynthCase[] = [];
  for (const { patterns, rounds } of plan) {
    await requireSameTemplates(bench, patterns);
    const programs = [...ways, PLAIN_AGAIN];
    const runs = new Map<string, Run[]>(programs.map((way) => [way, []]));
    for (let round = 0; round < rounds; round++) {
      // Each round starts with another way, so that none is always the one after a long one.
      for (const way of rotated(programs, round)) {
        runs.get(way)!.push(await synth(bench, way, patterns));
      }
    }
    const plain = runs.get(PLAIN)!;
    for (const [way, own] of runs) {
      const of = (value: (run: Run) => number) => spreadOf(own.map(value));
      const ratio = (value: (run: Run) => number) => ratiosOf(own.map(value), plain.map(value));
      cases.push({
        cdkVersion: bench.cdkVersion,
        patterns,
        way,
        resources: resourcesOf(await templates(bench, way, patterns)),
        cpuMs: of((run) => run.cpuMs),
        wallMs: of((run) => run.wallMs),
        maxRssMb: of((run) => run.maxRssMb),
        cpuRatio: ratio((run) => run.cpuMs),
        wallRatio: ratio((run) => run.wallMs),
      });
      const { cpuMs, cpuRatio } = cases[cases.length - 1]!;
      tell(`aws-cdk-lib ${bench.cdkVersion}, ${patterns} patterns, ${way}: CPU ${cpuMs.median.toFixed(0)} ms, ${cpuRatio.median.toFixed(3)} x plain L2`);
    }
  }
  return cases;
}

async function synth(bench: Bench, way: string, patterns: number, outdir = scratch('assembly')): Promise<Run> {
  mkdirSync(outdir, { recursive: true });
  const program = way === PLAIN_AGAIN ? PLAIN : way;
  const { report, wallMs } = await runChild(process.execPath, ['apps/synth.js', program, String(patterns), outdir], { cwd: bench.folder, env: plainEnvironment() });
  const { cpuMs, maxRssKb } = JSON.parse(report) as { cpuMs: number; maxRssKb: number };
  return { cpuMs, wallMs, maxRssMb: maxRssKb / 1024 };
}

type Template = { readonly Resources: Record<string, { readonly Type: string; readonly Properties: Record<string, unknown> }> };

async function templates(bench: Bench, way: string, patterns: number): Promise<Template[]> {
  const outdir = scratch(`templates-${way}`);
  await synth(bench, way, patterns, outdir);
  const files = readdirSync(outdir).filter((file) => file.endsWith('.template.json')).sort();
  const found = files.map((file) => JSON.parse(readFileSync(join(outdir, file), 'utf8')) as Template);
  rmSync(outdir, { recursive: true });
  return found;
}

/**
 * The comparison with plain L2 code is one only if both give the same: the same stacks, logical ids, properties, dependencies and policies. The one thing
 * left out is what the alarms' descriptions say, because wording costs nothing; each alarm must have one.
 */
async function requireSameTemplates(bench: Bench, patterns: number): Promise<void> {
  const [ours, plain] = [await templates(bench, OURS, patterns), await templates(bench, PLAIN, patterns)].map((all) => all.map(withoutWording));
  deepStrictEqual(plain, ours, `the plain L2 code no longer gives the template of QueueFedFunction (aws-cdk-lib ${bench.cdkVersion}): mend apps/plain-l2.ts`);
}

function withoutWording(template: Template): Template {
  for (const { Properties: properties } of Object.values(template.Resources)) {
    if (typeof properties?.AlarmDescription === 'string') {
      properties.AlarmDescription = 'a text';
    }
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
