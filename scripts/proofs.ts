import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';

/**
 * The ledger of what has passed, and with which inputs.
 *
 * Most checks cost far more than finding out whether anything that decides their outcome has changed. So a unit of a check (a test file, the deployment of a test, the
 * mutants of a source file) whose inputs are those with which it last passed is *carried over*: it is not run, and counted apart, never as passed.
 *
 * Trust in the ledger is limited in two ways. Every run repeats a fifth of what could be carried over, another fifth each time, so that within five runs everything has
 * really run; and a lottery drawn by the commit repeats some more, which nobody can foresee when they write an entry by hand. A unit that fails although the ledger vouches
 * for it is reported as such: the entry is forged, its inputs are incomplete, or the check is flaky.
 */
const ROOT = path.join(__dirname, '..');
const LEDGER = path.join('.ci', 'proofs');
const RUNS = 'runs.json';

/** In so many runs everything has run once. */
export const ROTATION = 5;

/** One in so many of what the rotation leaves out is drawn by the commit. */
const LOTTERY = 12;

/** What is run or carried over as one. */
export interface Unit {
  /** Does not change when the unit's contents do. */
  readonly id: string;
  /** A hash of everything that its outcome depends on. */
  readonly inputs: string;
}

interface Entry {
  readonly inputs: string;
  /** How many single tests it passed. */
  readonly passed: number;
}

type Entries = Readonly<Record<string, Entry>>;

/** The run that a check is a part of, as the runner tells it. */
export interface Run {
  /** Counts the runs that the ledger knows of. */
  readonly number: number;
  readonly commit: string;
  /** Whether nothing is carried over. */
  readonly full: boolean;
}

/** Whether a run repeats a unit that the ledger vouches for. */
export function isRepeated(check: string, id: string, run: Run): boolean {
  const draw = (...texts: string[]) => createHash('sha256').update(texts.join('\0')).digest().readUInt32BE();
  return run.full || draw(check, id) % ROTATION === run.number % ROTATION || draw(run.commit, check, id) % LOTTERY === 0;
}

/** The part of the ledger that belongs to one check. */
export class Proofs {
  /** The ledger as the runner has set it up for this process; without the runner nothing is carried over and nothing is written. */
  static of(check: string): Proofs {
    const run = process.env.PROOFS_RUN;
    return new Proofs(check, path.join(ROOT, LEDGER), run === undefined ? undefined : JSON.parse(run) as Run);
  }

  private readonly file: string;
  private readonly before: Entries;
  private readonly now = new Map<string, Entry | undefined>();
  private planned: readonly Unit[] = [];
  private carried = 0;

  constructor(private readonly check: string, folder: string, private readonly run: Run | undefined) {
    this.file = path.join(folder, `${check}.json`);
    this.before = fs.existsSync(this.file) ? JSON.parse(fs.readFileSync(this.file, 'utf8')) as Entries : {};
  }

  /** Says which units to run now. The others passed with the same inputs before. */
  plan<U extends Unit>(units: readonly U[]): { readonly run: U[]; readonly carriedOver: U[] } {
    const isCarriedOver = (unit: U) => this.run !== undefined && this.vouchesFor(unit) && !isRepeated(this.check, unit.id, this.run);
    const carriedOver = units.filter(isCarriedOver);
    this.planned = units;
    this.carried = carriedOver.reduce((sum, { id }) => sum + (this.before[id]?.passed ?? 0), 0);
    return { run: units.filter((unit) => !carriedOver.includes(unit)), carriedOver };
  }

  /**
   * Notes that a unit passed now, with so many single tests. If some were skipped, because this machine lacks a tool, it is not proven for a machine that has the tool,
   * and the ledger keeps what it knew.
   */
  passed({ id, inputs }: Unit, count: number, skipped = 0): void {
    if (skipped === 0) {
      this.now.set(id, { inputs, passed: count });
    }
  }

  /** Notes that a unit failed now. The ledger no longer vouches for it. */
  failed(unit: Unit): void {
    this.now.set(unit.id, undefined);
    if (this.run && this.vouchesFor(unit)) {
      console.error(`${this.check}: ${unit.id} fails, though ${path.join(LEDGER, path.basename(this.file))} says that it passed with the same inputs: ` +
        'that entry was not written by a run, something that the outcome depends on is not among the inputs, or the check is flaky');
    }
  }

  /**
   * Writes the ledger.
   *
   * @param complete whether all units of the check were planned: entries of units that are no more are then dropped
   * @returns how many single tests were carried over
   */
  save(complete: boolean): number {
    if (this.run) {
      const known = new Set(this.planned.map(({ id }) => id));
      const kept = Object.entries(this.before).filter(([id]) => !complete || known.has(id));
      const entries = new Map<string, Entry | undefined>([...kept, ...this.now]);
      const lines = [...entries].filter(([, entry]) => entry !== undefined).sort(([a], [b]) => a < b ? -1 : 1)
        .map(([id, entry]) => `  ${JSON.stringify(id)}: ${JSON.stringify(entry)}`);
      fs.mkdirSync(path.dirname(this.file), { recursive: true });
      fs.writeFileSync(this.file, `{\n${lines.join(',\n')}\n}\n`);
    }
    return this.carried;
  }

  private vouchesFor({ id, inputs }: Unit): boolean {
    return this.before[id]?.inputs === inputs;
  }
}

/** The run that begins now: the one after the last that the ledger knows of. */
export function nextRun(full: boolean, folder = path.join(ROOT, LEDGER)): Run {
  const file = path.join(folder, RUNS);
  const last = fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')) as { run: number }).run : 0;
  const { stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: ROOT, encoding: 'utf8' });
  const commit = (stdout ?? '').trim();
  // Where there is no commit to draw by, nothing is left to trust.
  return { number: last + 1, commit, full: full || commit === '' };
}

/** Lets the ledger know that a run has come to its end, whatever its outcome: the next one repeats other units. */
export function endRun({ number }: Run, folder = path.join(ROOT, LEDGER)): void {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, RUNS), `${JSON.stringify({ run: number })}\n`);
}
