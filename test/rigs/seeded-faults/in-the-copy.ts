import * as fs from 'node:fs';
import * as path from 'node:path';
import { runSupplementTests, supplementTests } from '../../../emulator/test/supplements';
import type { Run, Unit } from '../../../scripts/proofs';
import { isRepeated, Proofs } from '../../../scripts/proofs';
import type { Result } from '../../../scripts/results';
import { runTestFiles, unitTestFiles } from '../../../scripts/unit-tests';

/*
 * Runs in the copy of the project in which a fault may be seeded, by the scripts of the copy.
 */
const LEDGER = path.join(__dirname, '..', '..', '..', '.ci', 'proofs');

/** What the rig asks for. */
export type Task = { readonly do: 'vouch' } | {
  readonly do: 'run';
  /** The file with the fault. */
  readonly fault: string;
  /** Whether to run what is carried over too. */
  readonly full: boolean;
};

interface Count {
  readonly check: string;
  readonly ran: number;
  readonly changed: number;
  readonly all: number;
}

export interface Outcome {
  /** The check and the units that found the fault, all of which ran because their inputs changed. */
  readonly caughtBy?: { readonly check: string; readonly units: readonly string[] };
  /** How many units of each check ran until then, of how many that had changed inputs, of how many there are. */
  readonly counts: readonly Count[];
  /** Units that fail though their inputs have not changed: something is missing among these inputs. */
  readonly incomplete: readonly string[];
  /** CPU time of all processes, in seconds; undefined where the system does not tell. */
  readonly cpuSeconds?: number;
}

interface UnitOfFile extends Unit {
  readonly file: string;
}

/** A check that carries over, and how to run some of its units. */
interface CarryingCheck<U extends UnitOfFile> {
  readonly name: string;
  readonly units: () => readonly U[];
  readonly run: (units: readonly U[]) => Promise<Result>;
}

/**
 * In the order of their cost. The deployments of the integ tests belong at the end, as soon as `integ/run.ts` exports what its units are
 * and how to run some of them.
 */
const CHECKS = [
  asAny({ name: 'unit', units: unitTestFiles, run: (files) => runTestFiles({ check: 'unit', files, complete: false }) }),
  asAny({ name: 'supplements', units: supplementTests, run: (tests) => runSupplementTests(tests, false) }),
];

function asAny<U extends UnitOfFile>({ name, units, run }: CarryingCheck<U>): CarryingCheck<UnitOfFile> {
  return { name, units, run: (some) => run(some as readonly U[]) };
}

/** Writes a ledger by which all units passed with the inputs that they have now. */
function vouch(): void {
  for (const { name, units } of CHECKS) {
    const proofs = new Proofs(name, LEDGER, { number: 1, commit: '', full: false });
    const all = units();
    proofs.plan(all);
    all.forEach((unit) => proofs.passed(unit, 1));
    proofs.save(true);
  }
}

/** A run that does not repeat this unit: neither by rotation nor by lottery. */
function runWithout(check: string, { id }: Unit): Run {
  for (let number = 1; ; number++) {
    const run: Run = { number, commit: `commit ${number}`, full: false };
    if (!isRepeated(check, id, run)) {
      return run;
    }
  }
}

/** Whether the unit runs though it is not drawn, which is because its inputs have changed. */
function isChanged(check: string, unit: Unit): boolean {
  return new Proofs(check, LEDGER, runWithout(check, unit)).plan([unit]).run.length > 0;
}

/** Those that failed in the run that just ended: the ledger does not vouch for them, whereas it does for what passed. */
function failed<U extends Unit>(check: string, units: readonly U[], { failed: count }: Result): U[] {
  const found = units.filter((unit) => isChanged(check, unit));
  if (count > 0 !== found.length > 0) {
    throw new Error(`${check}: ${count} failed, but of no unit in particular: ${units.map(({ id }) => id).join(', ')}`);
  }
  return found;
}

async function runCheaply(fault: string, full: boolean): Promise<Outcome> {
  const counts: Count[] = [];
  const planned = CHECKS.map((check) => {
    const all = check.units();
    const changed = all.filter((unit) => isChanged(check.name, unit));
    return { check, all, changed: likeliestFirst(changed, fault) };
  });
  let caughtBy: Outcome['caughtBy'];
  for (const { check, all, changed } of planned) {
    let ran = 0;
    // One, two, four at a time: to start is dear, and so is what runs in vain.
    for (let size = 1; ran < changed.length && !caughtBy; size *= 2) {
      const some = changed.slice(ran, ran + size);
      process.env.PROOFS_RUN = JSON.stringify(runWithout(check.name, some[0]!));
      const units = failed(check.name, some, await check.run(some));
      ran += some.length;
      caughtBy = units.length > 0 ? { check: check.name, units: units.map(({ id }) => id) } : undefined;
    }
    counts.push({ check: check.name, ran, changed: changed.length, all: all.length });
  }
  const incomplete: string[] = [];
  for (const { check, all, changed } of full ? planned : []) {
    const carriedOver = all.filter((unit) => !changed.includes(unit));
    process.env.PROOFS_RUN = JSON.stringify({ ...runWithout(check.name, all[0]!), full: true });
    const units = carriedOver.length > 0 ? failed(check.name, carriedOver, await check.run(carriedOver)) : [];
    incomplete.push(...units.map(({ id }) => `${check.name} ${id}`));
  }
  return { ...caughtBy ? { caughtBy } : {}, counts, incomplete, ...cpuSeconds() };
}

/** What looks at everything, and takes its time. */
const WIDE = /^(patterns|rigs|scripts)\b/;

/** Those first whose names have most in common with that of the file; among equals those that cost less. */
function likeliestFirst(units: readonly UnitOfFile[], fault: string): UnitOfFile[] {
  const words = (name: string) => new Set(name.replace(/\.\w+$/, '').split(/[^a-z0-9]+/i).filter(Boolean));
  const wanted = words(fault);
  const inCommon = ({ id }: UnitOfFile) => [...words(id)].filter((word) => wanted.has(word)).length;
  const sizeOf = ({ file }: UnitOfFile) => fs.statSync(file).size;
  const isWide = ({ id }: UnitOfFile) => Number(WIDE.test(id));
  return [...units].sort((one, other) => inCommon(other) - inCommon(one) || isWide(one) - isWide(other) || sizeOf(one) - sizeOf(other));
}

/** Of this process and of those that it waited for, and they in turn. */
function cpuSeconds(): { readonly cpuSeconds?: number } {
  const file = '/proc/self/stat';
  if (!fs.existsSync(file)) {
    return {};
  }
  // utime, stime, cutime and cstime, in hundredths of a second: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
  const fields = fs.readFileSync(file, 'utf8').replace(/^.*\) /s, '').split(' ').slice(11, 15);
  return { cpuSeconds: fields.reduce((sum, field) => sum + Number(field), 0) / 100 };
}

async function main(): Promise<void> {
  const [text = '', answer = ''] = process.argv.slice(2);
  const task = JSON.parse(text) as Task;
  const outcome = task.do === 'vouch' ? vouch() : await runCheaply(task.fault, task.full);
  fs.writeFileSync(answer, JSON.stringify(outcome ?? {}));
}

if (require.main === module) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => process.exit(130));
  }
  main().catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
}
