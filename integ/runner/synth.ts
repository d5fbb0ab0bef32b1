import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AssemblyManifest, AwsCloudFormationStackProperties, IntegManifest, TestCase } from '@aws-cdk/cloud-assembly-schema';
import recommendedFlags from '@aws-cdk/integ-runner/lib/recommended-feature-flags.json';
import { fileOf } from './tests';

/** A test as it was synthesized. */
export interface SynthesizedTest {
  readonly name: string;
  /** The folder of its cloud assembly. */
  readonly assembly: string;
  readonly cases: readonly TestCase[];
  /** The names of all its stacks, with those of what they depend on and of the assertions. */
  readonly stackNames: readonly string[];
}

/** What a synthesis sees beside the variables of this process. Stack traces would put paths of this machine into the assembly. */
const ENVIRONMENT = { CDK_DISABLE_STACK_TRACE: '1', JSII_DEPRECATED: 'quiet' };

/** The context that integ-runner gives to a test: the feature flags as recommended, but for the target partitions. */
function context(): Record<string, unknown> {
  const { '@aws-cdk/core:target-partitions': _everyPartition, ...flags } = recommendedFlags as Record<string, unknown>;
  return flags;
}

/** Synthesizes tests one after the other in this process, each into a folder of its own that goes with the process. */
export async function synthesizeAll(tests: readonly string[]): Promise<SynthesizedTest[]> {
  const folder = mkdtempSync(join(tmpdir(), 'integ-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const synthesized: SynthesizedTest[] = [];
  for (const test of tests) {
    synthesized.push(await synthesize(test, join(folder, test)));
  }
  return synthesized;
}

async function synthesize(name: string, assembly: string): Promise<SynthesizedTest> {
  const variables: Record<string, string> = { ...ENVIRONMENT, CDK_OUTDIR: assembly, CDK_CONTEXT_JSON: JSON.stringify(context()) };
  const before = Object.keys(variables).map((variable) => [variable, process.env[variable]] as const);
  Object.assign(process.env, variables);
  try {
    await atBeforeExitOf(() => import(fileOf(name)));
  } finally {
    before.forEach(([variable, value]) => value === undefined ? delete process.env[variable] : process.env[variable] = value);
  }
  const { testCases } = readJson(assembly, 'integ.json') as IntegManifest;
  return { name, assembly, cases: Object.values(testCases), stackNames: stackNamesIn(assembly) };
}

function stackNamesIn(assembly: string): string[] {
  const { artifacts = {} } = readJson(assembly, 'manifest.json') as AssemblyManifest;
  return Object.entries(artifacts)
    .filter(([, { type }]) => type === 'aws:cloudformation:stack')
    .map(([id, { properties }]) => (properties as AwsCloudFormationStackProperties).stackName ?? id);
}

function readJson(folder: string, file: string): unknown {
  return JSON.parse(readFileSync(join(folder, file), 'utf8'));
}

/** An app that the toolkit runs is synthesized when its process has nothing left to do: what a module puts off until then is done here at once. */
async function atBeforeExitOf(load: () => Promise<unknown>): Promise<void> {
  const others = process.rawListeners('beforeExit');
  await load();
  for (const listener of process.rawListeners('beforeExit').filter((candidate) => !others.includes(candidate))) {
    process.off('beforeExit', listener as () => void);
    listener.call(process, 0);
  }
}
