import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { Run, Unit } from '../../scripts/proofs';
import { endRun, isRepeated, nextRun, Proofs, ROTATION } from '../../scripts/proofs';

let folder: string;
let errors: jest.SpyInstance;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'proofs-'));
  errors = jest.spyOn(console, 'error').mockImplementation(() => undefined);
});

afterEach(() => {
  errors.mockRestore();
  fs.rmSync(folder, { recursive: true });
});

const units: Unit[] = Array.from({ length: 60 }, (_, index) => ({ id: `unit-${index}`, inputs: `inputs-${index}` }));

function run(number: number, commit = `commit-${number}`, full = false): Run {
  return { number, commit, full };
}

/** Runs a check whose units pass, but for those that are broken; gives what ran. */
function runCheck(by: Run | undefined, planned = units, broken: readonly string[] = [], complete = true) {
  const proofs = new Proofs('check', folder, by);
  const ran = proofs.plan(planned).run;
  ran.forEach((unit) => broken.includes(unit.id) ? proofs.failed(unit) : proofs.passed(unit, 3));
  return { ran: ran.map(({ id }) => id), carriedOver: proofs.save(complete) };
}

function ledger(): Record<string, { readonly inputs: string; readonly passed: number }> {
  return JSON.parse(fs.readFileSync(path.join(folder, 'check.json'), 'utf8')) as ReturnType<typeof ledger>;
}

describe('carrying over', () => {
  test('what nobody vouches for runs', () => {
    expect(runCheck(run(1)).ran).toHaveLength(units.length);
  });

  test('what passed with the same inputs is carried over, and its single tests are counted apart', () => {
    runCheck(run(1));
    const { ran, carriedOver } = runCheck(run(2));
    expect(ran.length).toBeLessThan(units.length / 2);
    expect(carriedOver).toBe(3 * (units.length - ran.length));
  });

  test('a stale entry, one with other inputs, runs at once', () => {
    runCheck(run(1));
    for (const unit of units) {
      expect(runCheck(run(2), units.map((other) => other === unit ? { ...unit, inputs: 'changed' } : other)).ran).toContain(unit.id);
    }
  });

  test('what failed runs again', () => {
    runCheck(run(1), units, ['unit-7']);
    expect(ledger()['unit-7']).toBeUndefined();
    expect(runCheck(run(2)).ran).toContain('unit-7');
  });

  test('what skipped something runs again, and does not shake what was proven with the same inputs', () => {
    const skipSome = (by: Run, unit: Unit) => {
      const proofs = new Proofs('check', folder, by);
      proofs.plan([unit]);
      proofs.passed(unit, 2, 1);
      proofs.save(false);
    };
    skipSome(run(1), units[0]!);
    expect(ledger()).toEqual({});
    runCheck(run(1));
    skipSome(run(1, 'commit', true), units[0]!);
    expect(ledger()['unit-0']).toEqual({ inputs: 'inputs-0', passed: 3 });
  });

  test('a full run carries nothing over', () => {
    runCheck(run(1));
    expect(runCheck(run(2, 'commit', true))).toEqual({ ran: units.map(({ id }) => id), carriedOver: 0 });
  });

  test('without the runner all runs, and nothing is written', () => {
    runCheck(run(1));
    const before = ledger();
    expect(runCheck(undefined, units, ['unit-3'])).toEqual({ ran: units.map(({ id }) => id), carriedOver: 0 });
    expect(ledger()).toEqual(before);
  });
});

describe('the sample', () => {
  test.each([1, 2, 17])('repeats everything within five runs from run %i on', (first) => {
    const repeated = Array.from({ length: ROTATION }, (_, index) => units.filter(({ id }) => isRepeated('check', id, run(first + index, 'commit')))).flat();
    expect(new Set(repeated)).toEqual(new Set(units));
  });

  test('is the same for the same commit and run, and another for another commit', () => {
    const sample = (commit: string) => units.filter(({ id }) => isRepeated('check', id, run(1, commit))).map(({ id }) => id);
    expect(sample('a')).toEqual(sample('a'));
    expect(new Set(Array.from('abcdef', (commit) => sample(commit).join()))).toHaveProperty('size', 6);
  });

  test('finds a forged entry within five runs, and says so', () => {
    runCheck(run(1), units.filter(({ id }) => id !== 'unit-7'));
    fs.writeFileSync(path.join(folder, 'check.json'), JSON.stringify({ ...ledger(), 'unit-7': { inputs: 'inputs-7', passed: 3 } }));
    const found = Array.from({ length: ROTATION }, (_, index) => runCheck(run(2 + index), units, ['unit-7']).ran).flat();
    expect(found).toContain('unit-7');
    expect(errors).toHaveBeenCalledWith(expect.stringContaining('check: unit-7 fails, though .ci/proofs/check.json says that it passed'));
  });

  test('finds an entry whose inputs leave something out within five runs, wherever it stands', () => {
    for (const { id } of units) {
      runCheck(run(1, 'commit', true));
      const found = Array.from({ length: ROTATION }, (_, index) => runCheck(run(2 + index, 'commit'), units, [id]).ran).flat();
      expect(found).toContain(id);
    }
  });
});

describe('the ledger', () => {
  test('forgets units that are no more, if all were planned', () => {
    runCheck(run(1));
    runCheck(run(2), units.slice(0, 2), [], false);
    expect(Object.keys(ledger())).toHaveLength(units.length);
    runCheck(run(2), units.slice(0, 2));
    expect(Object.keys(ledger())).toEqual(['unit-0', 'unit-1']);
  });

  test('is sorted, a line for each unit, so that a change of it can be read', () => {
    runCheck(run(1), [...units].reverse());
    const lines = fs.readFileSync(path.join(folder, 'check.json'), 'utf8').split('\n').slice(1, -2);
    expect(lines).toEqual([...lines].sort());
    expect(lines[0]).toBe('  "unit-0": {"inputs":"inputs-0","passed":3},');
  });

  test('counts the runs', () => {
    expect(nextRun(false, folder)).toMatchObject({ number: 1, commit: expect.stringMatching(/^[0-9a-f]{40}$/), full: false });
    endRun(nextRun(false, folder), folder);
    expect(nextRun(true, folder)).toMatchObject({ number: 2, full: true });
  });
});
