import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Mutant } from './mutants';
import type { SuiteTask } from './mutation-suite';
import { fileOf } from './mutation-suite';
import { closureOf, hashOf } from '../../scripts/closure';
import type { Unit } from '../../scripts/proofs';

/** For each mutant, by its name, the test that killed it last. It is tried first; one that is outdated costs time, and nothing else. */
export interface Killers {
  readonly [mutant: string]: string | undefined;
}

/** What the mutation rig works on. */
export interface Subject {
  readonly root: string;
  /** Source files, named from the root. */
  readonly sources: readonly { readonly file: string; readonly mutants: readonly Mutant[] }[];
  /** Test files, named from `test/`. */
  readonly testFiles: readonly string[];
  /** Names of mutants that no test can kill. */
  readonly acknowledged: ReadonlySet<string>;
  /** What every outcome depends on. */
  readonly rig: readonly string[];
}

/**
 * The mutants of one source file, acknowledged ones left out: each makes a test fail.
 *
 * That depends on what the source file and the tests that killed load, not on any other test: those could only kill too.
 */
export interface SourceUnit extends Unit {
  readonly kind: 'source';
  readonly mutants: readonly { readonly id: number; readonly name: string; readonly killer?: string }[];
  readonly testFiles: readonly string[];
}

/** The acknowledged mutants that one test file can reach: none makes a test of this file fail. That depends on what the file loads. */
export interface SurvivorUnit extends Unit {
  readonly kind: 'survivors';
  readonly testFile: string;
  readonly mutants: readonly Mutant[];
  readonly weight: number;
}

/** In seconds on a usual machine, times ten: what a mutant costs whose killer is known, and one whose killer is to be found. */
const WEIGHT = { known: 1, unknown: 10 };

/** Bytes of a test file whose tests take a tenth of a second. */
const BYTES_PER_WEIGHT = 1200;

/** Less is not worth a process of its own, which takes seconds to load the CDK; with more, what tests leave in memory slows it down. */
const SUITE_WEIGHT = { min: 100, max: 500 };

export function sourceUnits(subject: Subject, killers: Killers): SourceUnit[] {
  return subject.sources.map(({ file, mutants }): SourceUnit => {
    const source = path.join(subject.root, file);
    const closures = new Map(subject.testFiles.map((testFile) => [testFile, closureOf([testPath(subject, testFile)])]));
    const testFiles = subject.testFiles.filter((testFile) => closures.get(testFile)?.includes(source));
    const toKill = mutants.filter(({ name }) => !subject.acknowledged.has(name)).map(({ id, name }) => {
      const killer = killers[name];
      return { id, name, ...(killer !== undefined && testFiles.includes(fileOf(killer)) ? { killer } : {}) };
    });
    const kills = (testFile: string) => toKill.filter(({ killer }) => killer !== undefined && fileOf(killer) === testFile).length;
    // Of those that have killed nothing, what loads least is the most about this file.
    const rank = (testFile: string) => [-kills(testFile), closures.get(testFile)?.length ?? 0] as const;
    return {
      kind: 'source',
      id: file,
      inputs: inputsOf(
        subject,
        [source, ...testFiles.filter(kills).map((testFile) => testPath(subject, testFile))],
        toKill.map(({ name, killer }) => `${name}: ${killer}`),
      ),
      mutants: toKill,
      testFiles: [...testFiles].sort((a, b) => rank(a)[0] - rank(b)[0] || rank(a)[1] - rank(b)[1]),
    };
  }).filter(({ mutants }) => mutants.length > 0);
}

export function survivorUnits(subject: Subject): SurvivorUnit[] {
  return subject.testFiles.map((testFile): SurvivorUnit => {
    const file = testPath(subject, testFile);
    const loaded = new Set(closureOf([file]));
    const mutants = subject.sources.filter((source) => loaded.has(path.join(subject.root, source.file)))
      .flatMap((source) => source.mutants)
      .filter(({ name }) => subject.acknowledged.has(name));
    return {
      kind: 'survivors',
      id: `acknowledged survivors in ${testFile}`,
      inputs: inputsOf(subject, [file], mutants.map(({ name }) => name)),
      testFile,
      mutants,
      weight: fs.statSync(file).size / BYTES_PER_WEIGHT,
    };
  }).filter(({ mutants }) => mutants.length > 0);
}

/** Shares units among suites, as evenly as whole units allow. */
export function suitesOf(units: readonly (SourceUnit | SurvivorUnit)[], workers: number): SuiteTask[] {
  const weighed = units.map((unit) => ({ unit, weight: weightOf(unit) })).sort((a, b) => b.weight - a.weight);
  const total = weighed.reduce((sum, { weight }) => sum + weight, 0);
  const rounds = Math.ceil(total / (workers * SUITE_WEIGHT.max));
  const count = Math.min(rounds * workers, Math.ceil(total / SUITE_WEIGHT.min));
  const suites = Array.from({ length: count }, () => ({ weight: 0, units: [] as (SourceUnit | SurvivorUnit)[] }));
  for (const { unit, weight } of weighed) {
    const lightest = suites.reduce((least, suite) => suite.weight < least.weight ? suite : least);
    lightest.units.push(unit);
    lightest.weight += weight;
  }
  return suites.filter((suite) => suite.units.length > 0).map((suite) => ({
    sources: suite.units.filter((unit) => unit.kind === 'source').map(({ mutants, testFiles }) => ({ mutants, testFiles })),
    survivors: suite.units.filter((unit) => unit.kind === 'survivors').map(({ mutants, testFile }) => ({ mutants, testFile })),
  }));
}

/** The killers to keep: those found now, of the others those that were known, and none of a mutant that there is no more. */
export function mergeKillers(known: Killers, found: Killers, mutants: readonly string[]): Killers {
  const killers = [...mutants].sort().map((name) => [name, found[name] ?? known[name]] as const);
  return Object.fromEntries(killers.filter(([, killer]) => killer !== undefined));
}

function inputsOf(subject: Subject, entries: readonly string[], texts: readonly string[]): string {
  return hashOf([...new Set([...closureOf(entries), ...subject.rig])].sort(), ...texts);
}

function testPath(subject: Subject, testFile: string): string {
  return path.join(subject.root, 'test', testFile);
}

function weightOf(unit: SourceUnit | SurvivorUnit): number {
  if (unit.kind === 'survivors') {
    return unit.weight;
  }
  return unit.mutants.reduce((sum, { killer }) => sum + (killer === undefined ? WEIGHT.unknown : WEIGHT.known), 0);
}
