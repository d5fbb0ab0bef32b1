import * as fs from 'node:fs';
import * as path from 'node:path';

/** What a worker of the mutation rig is told. */
export interface SuiteTask {
  readonly testFiles: readonly string[];
  readonly mutants: readonly number[];
  readonly resultFile: string;
}

/** What it answers. */
export interface SuiteResult {
  /** How many tests there are; all of them passed while no mutant was awake. */
  readonly tests: number;
  /** For each mutant the test that it made fail, if there is one. */
  readonly killedBy: { readonly [mutant: number]: string | undefined };
}

/**
 * Runs unit tests once for each mutant, in one process.
 *
 * Jest would load the CDK anew for each run, which takes longer than the tests. So `describe` and `test` are replaced by ones that only collect, and what they
 * collected is run again and again: first with no mutant awake, when all must pass, and what each test reaches is noted; then with one after the other, only
 * those tests that reach it, and only until one fails. Bodies of `describe` run again for each mutant; the top level of a test file runs once.
 */
export function runSuite(task: SuiteTask): void {
  test('mutants', async () => {
    const mutants = new Mutants();
    replaceGlobals();
    const files = task.testFiles.map((file): TestFile => ({ name: path.basename(file), bodies: collect(file) }));
    const onLoad = mutants.takeReached();

    const { tests, reachedBy } = await runAll(files, mutants);
    const killedBy: { [mutant: number]: string | undefined } = {};
    for (const mutant of task.mutants) {
      mutants.wake(mutant);
      const canTell = (name: string) => onLoad.has(mutant) || (reachedBy.get(name)?.some((reached) => reached.has(mutant)) ?? true);
      killedBy[mutant] = await firstToFail(files, mutants, canTell);
    }
    mutants.wake(undefined);
    // A mutant that left something behind would have made tests fail for a wrong reason.
    await runAll(files, mutants);

    fs.writeFileSync(task.resultFile, JSON.stringify({ tests, killedBy } satisfies SuiteResult));
  }, 3_600_000);
}

/** Runs all tests, which must pass; gives the mutants that each test, `describe` and file reaches: by itself, and by what it shares with others. */
async function runAll(files: readonly TestFile[], mutants: Mutants): Promise<{ tests: number; reachedBy: Map<string, Set<number>[]> }> {
  const reachedBy = new Map<string, Set<number>[]>();
  let tests = 0;
  for (const file of files) {
    for await (const { names, run, shared } of testsOf(file.bodies, mutants, () => true, { ...TOP, names: [file.name] })) {
      await run().catch((error: unknown) => {
        throw new Error(`'${names.at(-1)}' fails while no mutant is awake`, { cause: error });
      });
      const reached = [mutants.takeReached(), ...shared];
      names.forEach((name) => reachedBy.set(name, [...(reachedBy.get(name) ?? []), ...reached]));
      tests += 1;
    }
  }
  return { tests, reachedBy };
}

async function firstToFail(files: TestFile[], mutants: Mutants, canTell: (name: string) => boolean): Promise<string | undefined> {
  for (const file of files.filter(({ name }) => canTell(name))) {
    let current = `${file.name}: a hook, or the body of a describe`;
    try {
      for await (const { names, run } of testsOf(file.bodies, mutants, canTell, { ...TOP, names: [file.name] })) {
        current = names.at(-1) ?? '';
        await run();
      }
    } catch {
      // The next mutant is likely in the same function, and killed by the same file.
      files.unshift(...files.splice(files.indexOf(file), 1));
      return current;
    }
  }
  return undefined;
}

/** The mutants in the sources, which ask these two functions. */
class Mutants {
  private awake: number | undefined;
  private reached = new Set<number>();
  private readonly constants: (() => void)[] = [];

  constructor() {
    Object.assign(globalThis, {
      __mutant: (id: number) => {
        this.reached.add(id);
        return id === this.awake;
      },
      __whenMutantWakes: (compute: () => void) => this.constants.push(compute),
    });
  }

  public wake(mutant: number | undefined): void {
    this.awake = mutant;
    this.constants.forEach((compute) => compute());
  }

  public takeReached(): Set<number> {
    const { reached } = this;
    this.reached = new Set();
    return reached;
  }
}

type Callback = (...args: unknown[]) => unknown;

interface Body {
  readonly name: string;
  readonly kind: 'describe' | 'test' | 'beforeAll' | 'afterAll' | 'beforeEach' | 'afterEach';
  readonly run: () => unknown;
}

interface TestFile {
  readonly name: string;
  readonly bodies: readonly Body[];
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

/** Loads a test file; gives what stands at its top level. */
function collect(file: string): Body[] {
  collected = [];
  jest.requireActual(file);
  return collected;
}

function collector(kind: Body['kind']): Callback {
  const isHook = kind !== 'describe' && kind !== 'test';
  const add = (name: unknown, run: Callback, args: unknown[] = []) => collected.push({ name: String(name), kind, run: () => run(...args) });
  const replacement: Callback = isHook ? (run) => add(kind, run as Callback) : (name, run) => add(name, run as Callback);
  return Object.assign(replacement, {
    each: (rows: unknown[]) => (name: string, run: Callback) => rows.forEach((row, index) => add(`${name} #${index + 1}`, run, Array.isArray(row) ? row as unknown[] : [row])),
    skip: Object.assign(() => undefined, { each: () => () => undefined }),
    todo: () => undefined,
  });
}

/** The wanted tests in these bodies, with their hooks, in order. A generator, so that a `describe` runs only when its turn has come. */
async function* testsOf(
  bodies: readonly Body[],
  mutants: Mutants,
  isWanted: (name: string) => boolean,
  around: Scope,
): AsyncGenerator<CollectedTest> {
  const all = (kind: Body['kind']) => bodies.filter((body) => body.kind === kind);
  const shared = new Set<number>();
  const share = () => mutants.takeReached().forEach((mutant) => shared.add(mutant));
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
  try {
    for (const body of bodies.filter(({ kind }) => kind === 'describe' || kind === 'test')) {
      const name = `${scope.names.at(-1)} › ${body.name}`;
      const inner = { ...scope, names: [...scope.names, name] };
      if (!isWanted(name)) {
        continue;
      }
      if (body.kind === 'describe') {
        collected = [];
        body.run();
        yield* testsOf(collected, mutants, isWanted, inner);
      } else {
        yield { names: inner.names, shared: scope.shared, run: () => runTest(body, scope) };
      }
    }
  } finally {
    if (started) {
      await runBodies(all('afterAll'));
    }
  }
}

async function runTest(body: Body, scope: Scope): Promise<void> {
  await scope.start();
  jest.clearAllMocks();
  try {
    await runBodies([...scope.before, body]);
  } finally {
    await runBodies(scope.after);
  }
}

async function runBodies(bodies: readonly Body[]): Promise<void> {
  for (const body of bodies) {
    await body.run();
  }
}
