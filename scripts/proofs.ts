import * as fs from 'node:fs';
import * as path from 'node:path';

/** What a check proves at once. */
export interface Unit {
  readonly id: string;
  /** The hash of everything that its outcome depends on. */
  readonly inputs: string;
}

interface Proof {
  readonly inputs: string;
  readonly count: number;
}

/** Which units of a check need not run, because nothing that their outcome depends on has changed since they passed. */
export class Proofs {
  public static of(check: string): Proofs {
    return new Proofs(path.join(__dirname, '..', 'test', 'proofs', `${check}.json`));
  }

  private readonly ledger: { [id: string]: Proof | undefined };
  private readonly proven: { [id: string]: Proof | undefined } = {};
  private carriedOver: readonly Unit[] = [];

  private constructor(private readonly file: string) {
    this.ledger = process.env.PROOFS !== undefined && fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) as { [id: string]: Proof } : {};
  }

  /** Which of these to run now, and which the ledger vouches for. */
  public plan<U extends Unit>(units: readonly U[]): { run: U[]; carriedOver: U[] } {
    const isProven = ({ id, inputs }: Unit) => this.ledger[id]?.inputs === inputs;
    const carriedOver = units.filter(isProven);
    carriedOver.forEach(({ id }) => this.proven[id] = this.ledger[id]);
    this.carriedOver = [...this.carriedOver, ...carriedOver];
    return { run: units.filter((unit) => !isProven(unit)), carriedOver };
  }

  public passed({ id, inputs }: Unit, count: number): void {
    this.proven[id] = { inputs, count };
  }

  public failed({ id }: Unit): void {
    delete this.proven[id];
    delete this.ledger[id];
  }

  /** Writes the ledger; gives how much was carried over. */
  public save(complete: boolean): number {
    if (process.env.PROOFS !== undefined) {
      const proofs = { ...(complete ? {} : this.ledger), ...this.proven };
      const sorted = Object.fromEntries(Object.entries(proofs).sort(([a], [b]) => a < b ? -1 : 1));
      fs.mkdirSync(path.dirname(this.file), { recursive: true });
      fs.writeFileSync(this.file, `${JSON.stringify(sorted, undefined, 2)}\n`);
    }
    return this.carriedOver.reduce((sum, { id }) => sum + (this.ledger[id]?.count ?? 0), 0);
  }
}
