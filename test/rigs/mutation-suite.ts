import * as fs from 'node:fs';
import * as path from 'node:path';

/**
 * What one process of the mutation rig is told.
 *
 * Test files are named from `test/`; tests by their file, each `describe` around them and their own name.
 */
export interface SuiteTask {
  readonly sources: readonly SourceTask[];
  readonly survivors: readonly SurvivorTask[];
}

/** Mutants of one source file, each of which a test should kill. */
export interface SourceTask {
  readonly mutants: readonly { readonly id: number; readonly killer?: string }[];
  /** Those that can reach the source file, the likeliest to kill first. */
  readonly testFiles: readonly string[];
}

/** Mutants that no test of this file should kill. */
export interface SurvivorTask {
  readonly testFile: string;
  readonly mutants: readonly { readonly id: number; readonly inside: readonly number[] }[];
}

/** What it answers. */
export interface SuiteResult {
  /** How many tests it ran, each time that it ran one counted. */
  readonly runs: number;
  /** For each mutant the test that it made fail, if there is one; of those that should survive too. */
  readonly killedBy: { readonly [mutant: number]: string | undefined };
}

/** The mutants in the sources, which ask two functions. */
export interface Mutants {
  /** Has these awake, and no others. */
  wake(...mutants: readonly number[]): void;
  /** Those that asked since this was called last. */
  takeReached(): Set<number>;
}

/**
 * Runs unit tests for one mutant after the other, in one process.
 *
 * Jest would load the CDK anew for each run, which takes longer than the tests. So `describe` and `test` are replaced by ones that only
 * collect, and what they collected is run as often as it takes. Bodies of `describe` run again each time; the top level of a test file runs
 * once, while no mutant is awake.
 */
export function runSuite(taskFile: string, resultFile: string): void {
  test('mutants', async () => {
    const task = JSON.parse(fs.readFileSync(taskFile, 'utf8')) as SuiteTask;
    replaceGlobals();
    const load = (file: string) => collect(() => jest.requireActual(path.join(__dirname, '..', file)));
    const beforeTest = (file: string) => {
      jest.clearAllMocks();
      // Some ask Jest which file their tests stand in.
      expect.setState({ testPath: path.join(__dirname, '..', file) });
    };
    const trial = new Trial(plantMutants(), load, { beforeTest, reachFolder: path.dirname(resultFile) });
    fs.writeFileSync(resultFile, JSON.stringify(await trial.run(task)));
  }, 3_600_000);
}

/** Defines the functions that the mutants in the sources ask. */
export function plantMutants(): Mutants {
  const awake = new Set<number>();
  const constants: (() => void)[] = [];
  let reached = new Set<number>();
  Object.assign(globalThis, {
    __mutant: (id: number) => {
      reached.add(id);
      return awake.has(id);
    },
    __whenMutantWakes: (compute: () => void) => constants.push(compute),
  });
  return {
    wake: (...mutants) => {
      awake.clear();
      mutants.forEach((mutant) => awake.add(mutant));
      constants.forEach((compute) => compute());
    },
    takeReached: () => {
      const taken = reached;
      reached = new Set();
      return taken;
    },
  };
}

/** The mutants that each test, `describe` and file reaches. */
type Reach = Map<string, Set<number>>;

/** Finds out which tests fail for which mutants. */
export class Trial {
  private readonly bodies = new Map<string, readonly Body[]>();
  private readonly reach = new Map<string, Reach>();
  private readonly killers = new Set<string>();
  /** What was reached while a file was loaded, and may be in what its tests share. */
  private readonly onLoad = new Set<number>();
  /** Where a failure happens: a test, or a `describe` or file whose body or hooks run. */
  private current = '';
  private runs = 0;

  constructor(
    private readonly mutants: Mutants,
    private readonly load: (testFile: string) => readonly Body[],
    private readonly options: { readonly beforeTest?: (file: string) => void; readonly reachFolder?: string } = {},
  ) {}

  public async run({ sources, survivors }: SuiteTask): Promise<SuiteResult> {
    const killedBy: { [mutant: number]: string | undefined } = {};
    for (const source of sources) {
      Object.assign(killedBy, await this.killersOf(source));
    }
    for (const task of survivors) {
      Object.assign(killedBy, await this.unexpectedKillersOf(task));
    }
    await this.requireSoundKillers();
    return { runs: this.runs, killedBy };
  }

  private async killersOf({ mutants, testFiles }: SourceTask): Promise<SuiteResult['killedBy']> {
    const killedBy: { [mutant: number]: string | undefined } = {};
    const order = [...testFiles];
    let recent: string[] = [];
    for (const [index, { id, killer }] of mutants.entries()) {
      // Neighbours are often killed by the same test, which helps a mutant that is new.
      const guesses = new Set([killer, ...recent, mutants[index + 1]?.killer].filter((name) => name !== undefined));
      const found = await this.firstGuessThatKills(id, [...guesses].filter((name) => testFiles.includes(fileOf(name))))
        ?? await this.search(id, order);
      if (found !== undefined) {
        killedBy[id] = found;
        this.killers.add(found);
        recent = [found, ...recent.filter((name) => name !== found)].slice(0, 3);
        order.unshift(...order.splice(order.indexOf(fileOf(found)), 1));
      }
    }
    return killedBy;
  }

  private async firstGuessThatKills(mutant: number, guesses: readonly string[]): Promise<string | undefined> {
    for (const guess of guesses) {
      const failed = await this.firstToFail(fileOf(guess), (name) => isWithin(name, guess) || isWithin(guess, name), mutant);
      if (failed !== undefined) {
        return failed;
      }
    }
    return undefined;
  }

  /** Tries all tests that reach a mutant, file by file. */
  private async search(mutant: number, testFiles: readonly string[]): Promise<string | undefined> {
    for (const file of testFiles) {
      const reach = await this.reachOf(file);
      // Loaded here too where another suite found out the reach: that does not tell what is reached while a file is loaded.
      this.bodiesOf(file);
      const canTell = (name: string) => this.onLoad.has(mutant) || (reach.get(name)?.has(mutant) ?? true);
      const failed = canTell(file) ? await this.firstToFail(file, canTell, mutant) : undefined;
      if (failed !== undefined) {
        return failed;
      }
    }
    return undefined;
  }

  /** Runs the tests of a file, which must pass; gives what each reaches by itself and by what it shares with others. */
  private async reachOf(file: string): Promise<Reach> {
    let reach = this.reach.get(file) ?? this.storedReachOf(file);
    if (!reach) {
      reach = new Map();
      const failed = await this.firstToFail(file, () => true, [], reach);
      if (failed !== undefined) {
        throw new Error(`'${failed}' fails while no mutant is awake`);
      }
      this.storeReach(file, reach);
    }
    this.reach.set(file, reach);
    return reach;
  }

  /** What another suite of this run found out. */
  private storedReachOf(file: string): Reach | undefined {
    const store = this.reachFile(file);
    if (store === undefined || !fs.existsSync(store)) {
      return undefined;
    }
    const stored = JSON.parse(fs.readFileSync(store, 'utf8')) as [string, number[]][];
    return new Map(stored.map(([name, mutants]) => [name, new Set(mutants)]));
  }

  private storeReach(file: string, reach: Reach): void {
    const store = this.reachFile(file);
    if (store !== undefined) {
      // Renamed when it is whole, because another suite may look for it at any time.
      const unfinished = `${store}.${process.pid}`;
      fs.writeFileSync(unfinished, JSON.stringify([...reach].map(([name, mutants]) => [name, [...mutants]])));
      fs.renameSync(unfinished, store);
    }
  }

  private reachFile(file: string): string | undefined {
    const { reachFolder } = this.options;
    return reachFolder === undefined ? undefined : path.join(reachFolder, `${file.replaceAll(path.sep, '+')}.reach.json`);
  }

  /**
   * Those of the mutants that a test of the file kills after all.
   *
   * They are awake at once: if no test fails, each survives. Only those inside one another take turns, because the outer one hides the inner.
   * Two that cancel each other out pass for survivors; they are acknowledged as such, so nothing counts as killed that is not.
   */
  private async unexpectedKillersOf({ testFile, mutants }: SurvivorTask): Promise<SuiteResult['killedBy']> {
    const reach: Reach = new Map();
    let isWanted = (_name: string) => true;
    for (let left = mutants; left.length > 0;) {
      const inner = left.filter(({ inside }) => left.some(({ id }) => inside.includes(id)));
      const batch = left.filter((mutant) => !inner.includes(mutant));
      if (await this.firstToFail(testFile, isWanted, batch.map(({ id }) => id), reach) !== undefined) {
        return this.killedOneByOne(testFile, mutants.map(({ id }) => id));
      }
      // Where no outer one was reached, no inner one is.
      const outer = new Set(inner.flatMap(({ inside }) => inside));
      const isOuterIn = (reached: Set<number>) => [...reached].some((mutant) => outer.has(mutant));
      isWanted = (name) => isOuterIn(this.onLoad) || [reach.get(name)].some((reached) => !reached || isOuterIn(reached));
      left = isWanted(testFile) ? inner : [];
    }
    return {};
  }

  private async killedOneByOne(testFile: string, mutants: readonly number[]): Promise<SuiteResult['killedBy']> {
    const killedBy: { [mutant: number]: string | undefined } = {};
    for (const mutant of mutants) {
      const killer = await this.search(mutant, [testFile]);
      if (killer !== undefined) {
        killedBy[mutant] = killer;
        this.killers.add(killer);
      }
    }
    return killedBy;
  }

  /**
   * Runs each test that killed on its own, with no mutant awake: it must pass. Otherwise it failed for another reason: because it needs a
   * test before it, or because a mutant left something behind.
   */
  private async requireSoundKillers(): Promise<void> {
    for (const killer of this.killers) {
      const failed = await this.firstToFail(fileOf(killer), (name) => isWithin(name, killer) || isWithin(killer, name));
      if (failed !== undefined) {
        throw new Error(`'${failed}' fails on its own while no mutant is awake, so its failures prove nothing`);
      }
    }
  }

  /** The first of the wanted tests of a file to fail with a mutant awake, or several; what each reaches is added to `reach`. */
  private async firstToFail(
    file: string,
    isWanted: (name: string) => boolean,
    awake: number | readonly number[] = [],
    reach: Reach = new Map(),
  ): Promise<string | undefined> {
    const bodies = this.bodiesOf(file);
    this.mutants.wake(...[awake].flat());
    this.mutants.takeReached();
    this.current = file;
    try {
      for await (const { names, run, shared } of this.testsOf(bodies, isWanted, { ...TOP, names: [file] })) {
        await run();
        const reached = [this.mutants.takeReached(), ...shared].flatMap((mutants) => [...mutants]);
        names.forEach((name) => reach.set(name, new Set([...(reach.get(name) ?? []), ...reached])));
      }
      return undefined;
    } catch {
      return this.current;
    }
  }

  /** What stands at the top level of a test file, which is loaded when it is needed first. */
  private bodiesOf(file: string): readonly Body[] {
    let bodies = this.bodies.get(file);
    if (!bodies) {
      this.mutants.wake();
      this.mutants.takeReached();
      bodies = this.load(file);
      this.mutants.takeReached().forEach((mutant) => this.onLoad.add(mutant));
      this.bodies.set(file, bodies);
    }
    return bodies;
  }

  /** The wanted tests in these bodies, with their hooks, in order. A generator, so that a `describe` runs only when its turn has come. */
  private async* testsOf(bodies: readonly Body[], isWanted: (name: string) => boolean, around: Scope): AsyncGenerator<CollectedTest> {
    const all = (kind: Body['kind']) => bodies.filter((body) => body.kind === kind);
    const shared = new Set<number>();
    const share = () => this.mutants.takeReached().forEach((mutant) => shared.add(mutant));
    const place = around.names.at(-1) ?? '';
    let started = false;
    const scope: Scope = {
      names: around.names,
      before: [...around.before, ...all('beforeEach')],
      after: [...all('afterEach'), ...around.after],
      shared: [...around.shared, shared],
      start: async () => {
        await around.start();
        if (!started) {
          started = true;
          await runBodies(all('beforeAll'));
          share();
        }
      },
    };
    // What the body of this `describe` reached while it was collected.
    share();
    let hasFailed = true;
    try {
      for (const body of bodies.filter(({ kind }) => kind === 'describe' || kind === 'test')) {
        const name = `${place} › ${body.name}`;
        const inner = { ...scope, names: [...scope.names, name] };
        if (!isWanted(name)) {
          continue;
        }
        this.current = name;
        if (body.kind === 'describe') {
          yield* this.testsOf(collect(body.run), isWanted, inner);
        } else {
          yield { names: inner.names, shared: scope.shared, run: () => this.runTest(body, scope) };
        }
      }
      hasFailed = false;
    } finally {
      if (started) {
        this.current = hasFailed ? this.current : place;
        await runBodies(all('afterAll'));
      }
    }
  }

  private async runTest(body: Body, scope: Scope): Promise<void> {
    this.runs += 1;
    await scope.start();
    this.options.beforeTest?.(fileOf(scope.names[0] ?? ''));
    try {
      await runBodies([...scope.before, body]);
    } finally {
      await runBodies(scope.after);
    }
  }
}

/** The file of a test. */
export function fileOf(test: string): string {
  return test.split(' › ')[0] ?? '';
}

function isWithin(name: string, outer: string): boolean {
  return name === outer || name.startsWith(`${outer} › `);
}

type Callback = (...args: unknown[]) => unknown;

export interface Body {
  readonly name: string;
  readonly kind: 'describe' | 'test' | 'beforeAll' | 'afterAll' | 'beforeEach' | 'afterEach';
  readonly run: () => unknown;
}

interface CollectedTest {
  /** Of its file, of each `describe` around it, and its own; each begins with the one before. */
  readonly names: readonly string[];
  readonly run: () => Promise<void>;
  /** What the bodies and hooks that it shares with other tests reach. */
  readonly shared: readonly Set<number>[];
}

/** What a test has from the bodies of `describe` around it. */
interface Scope {
  readonly names: readonly string[];
  readonly before: readonly Body[];
  readonly after: readonly Body[];
  readonly shared: readonly Set<number>[];
  /** Runs the `beforeAll` of the scopes around, if they have not run. */
  readonly start: () => Promise<void>;
}

const TOP: Scope = { names: [], before: [], after: [], shared: [], start: async () => {} };

let collected: Body[] = [];

/** Replaces Jest's functions for good: bodies of `describe` call them whenever they run. */
function replaceGlobals(): void {
  const kinds = ['describe', 'test', 'beforeAll', 'afterAll', 'beforeEach', 'afterEach'] as const;
  Object.assign(globalThis, Object.fromEntries(kinds.map((kind) => [kind, collector(kind)])), { it: collector('test') });
}

/** What stands at the top level of a test file, or in a `describe`, that this runs. */
function collect(run: () => unknown): Body[] {
  collected = [];
  run();
  return collected;
}

function collector(kind: Body['kind']): Callback {
  const isHook = kind !== 'describe' && kind !== 'test';
  const add = (name: unknown, run: Callback, args: unknown[] = []) => collected.push({ name: String(name), kind, run: () => run(...args) });
  const replacement: Callback = isHook ? (run) => add(kind, run as Callback) : (name, run) => add(name, run as Callback);
  return Object.assign(replacement, {
    each: (rows: unknown[]) => (name: string, run: Callback) => rows.forEach((row, index) => {
      add(`${name} #${index + 1}`, run, Array.isArray(row) ? row as unknown[] : [row]);
    }),
    skip: Object.assign(() => undefined, { each: () => () => undefined }),
    todo: () => undefined,
  });
}

async function runBodies(bodies: readonly Body[]): Promise<void> {
  for (const body of bodies) {
    await body.run();
  }
}
