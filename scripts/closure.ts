import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as ts from 'typescript';

const ROOT = path.join(__dirname, '..');

/** Files that only re-export. Whoever imports a name from one depends on the file that declares the name, not on all of them. */
const BARRELS = ['src/index.ts', 'runtime/src/index.ts'];

/** How this project's own packages are imported, by the file that this means. */
const OWN_PACKAGES: Readonly<Record<string, string>> = { 'cdk-serverless-patterns': 'src/index.ts', 'cdk-serverless-patterns-runtime': 'runtime/src/index.ts' };

/**
 * What modules read besides the modules that they import: files and folders, from the root of the project. A module that reads files and is not listed here is an
 * error, because what depends on such files would not be checked again when they change.
 */
const READ_BY: Readonly<Record<string, readonly string[]>> = {
  // And the page of the pattern that it is asked about: see unit-tests.ts.
  'test/rigs/docs.ts': ['docs/runbooks'],
  // The interfaces of the props that it is asked about: see READS_TYPES.
  'test/rigs/structs.ts': [],
  'test/patterns.test.ts': ['test/patterns'],
  'test/delivery/catalogue.test.ts': ['docs/delivery-rules.md', 'test/delivery/checks', 'test/delivery/rules'],
  'test/delivery/examples.ts': ['examples/order-desk', 'examples/warehouse', 'examples/worker-python'],
  'test/delivery/own-apps.test.ts': ['integ/snapshots', 'docs/delivery-checks.md'],
  'test/rooms.test.ts': ['src', 'test/delivery'],
  'test/docs/readme.test.ts': ['README.md', 'CONTRIBUTING.md', 'API.md', 'LICENSE', 'docs', 'runtime/README.md', 'examples/order-desk/README.md', 'examples/warehouse/README.md', 'examples/languages/README.md'],
  // The page and the picture that it computes.
  'test/docs/compute-costs.ts': ['docs/lambda-or-fargate.md', 'docs/images/lambda-or-fargate.svg'],
  'test/docs/compute-costs.test.ts': ['docs/lambda-or-fargate.md', 'docs/images/lambda-or-fargate.svg'],
  'test/docs/workflow-costs.ts': ['docs/polling-status-api.md'],
  'test/docs/workflow-costs.test.ts': ['docs/polling-status-api.md'],
  'test/docs/languages.test.ts': ['README.md', 'docs', 'package.json'],
  'test/cli/replay/permissions.test.ts': ['cli/src/replay/aws-clients.ts', 'cli/README.md'],
  // It takes away the assets of an app that it has synthesized itself.
  'test/delivery/delivery-checks.test.ts': [],
  'test/benchmark/readme.test.ts': ['benchmark/README.md'],
  // Files that a measurement makes itself.
  'benchmark/synth.ts': [],
  'benchmark/workspace.ts': [],
  'benchmark/children.ts': [],
  'rosetta/assembly.ts': [],
  'rosetta/snippets.ts': ['rosetta', 'README.md', 'CONTRIBUTING.md', 'docs'],
  // The pages of the patterns, of which it compares the tables of alarms.
  'test/alarms/docs.test.ts': ['docs'],
  // It looks for the tests and the sections that promises name.
  'test/proof/files.ts': ['test', 'integ', 'emulator', 'rosetta', 'examples/languages', 'docs', 'README.md', 'CONTRIBUTING.md'],
  'test/rigs/releases.ts': ['test/releases'],
  // Templates are linted with what the project's Python environment has.
  'test/rigs/findings.ts': ['emulator/requirements.txt'],
  // It bundles what is in the folder.
  'test/runtime/bundle.test.ts': ['runtime/src'],
  // They are told what to run.
  'test/rigs/mutation-suite.ts': [],
  'test/rigs/mutation.ts': ['src', 'test'],
  // A test hands them a folder of its own.
  'scripts/closure.ts': [],
  'scripts/proofs.ts': [],
  'scripts/results.ts': [],
  'test/scripts/proofs.test.ts': [],
  // They look at whatever there is.
  'test/scripts/closure.test.ts': ['src', 'test', 'integ', 'scripts', 'examples', 'emulator', 'rosetta'],
  'scripts/unit-tests.ts': [],
  'test/rigs/mutation-plan.ts': [],
  'test/rigs/mutation.test.ts': [],
  // It looks for the code that the faults are seeded in.
  'test/rigs/seeded-faults.test.ts': ['src', 'emulator/supplements'],
  'test/integ/deployment-inputs.test.ts': ['emulator', 'integ/run.ts', 'integ/runner', 'integ/support'],
  'test/integ/snapshot.test.ts': [],
  'integ/runner/deployment-inputs.ts': [],
  // It only writes.
  'cli/src/output.ts': [],
  // A test hands it a file of its own.
  'integ/runner/on-aws.ts': [],
  'test/integ/on-aws.test.ts': [],
  // It reads the report that it has CDK write.
  'test/private/iam/role-grants.test.ts': [],
  'test/functions/canary-function.hooks.test.ts': [],
  'test/operations/docs.test.ts': ['docs/cdk-nag.md'],
  // It makes the assets of its functions.
  'test/functions/canary-function.versions.test.ts': [],
  'integ/runner/snapshot.ts': [],
  'integ/runner/synth.ts': ['integ'],
  'integ/runner/tests.ts': ['integ'],
  'integ/support/left-out.ts': [],
  // What it bundles are the handlers of the integ tests.
  'integ/support/bundle.ts': ['integ/support'],
  'integ/support/ledger.ts': ['integ/support'],
  'emulator/emulator.ts': ['emulator'],
  'emulator/python.ts': [],
  'test/opinions/templates.ts': ['integ/snapshots'],
  'test/opinions/error-names.ts': ['emulator/requirements.txt'],
  'test/opinions/velocity.ts': [
    'test/opinions/MappingTemplates.java', 'test/opinions/pom.xml', 'test/opinions/mapping_templates.py', 'emulator/supplements', 'emulator/requirements.txt',
  ],
  // A test writes what it reads.
  'src/delivery/template/assembly.ts': [],
  'test/delivery/template/assembly.test.ts': [],
  'cli/src/inputs.ts': [],
  'cli/src/replay/progress.ts': [],
  'test/cli/replay/fakes.ts': [],
  'test/cli/replay/replay.test.ts': [],
  'test/cli/map.test.ts': [],
  'test/cli/check.test.ts': ['cli/package.json'],
  'test/cli/files.ts': [],
  'test/cli/hostile.test.ts': ['integ/snapshots'],
  // It builds the tool and runs it.
  'test/cli/bin.test.ts': ['cli', 'src/delivery'],
  'test/cli/map-bin.test.ts': ['cli', 'src/delivery'],
  'test/delivery/checks/linear.test.ts': ['integ/snapshots'],
  'test/delivery/policy/evaluator.test.ts': ['test/delivery/policy/policy-cases.json'],
  // The page that it bundles.
  'cli/map-page/bundle.ts': ['cli/map-page', 'src/delivery/map'],
  // They write what others read.
  'test/opinions/dump-templates.ts': [],
  'test/opinions/cloudformation-validate.ts': [],
  // The checks that deploy the examples name all of their files.
  'examples/deployment.ts': [],
  'examples/order-desk/app.ts': [],
  'examples/order-desk/demo/options.ts': [],
  'examples/order-desk/demo/release.ts': [],
  'examples/order-desk/demo/run.ts': [],
  'examples/order-desk/demo/stack-facts.ts': [],
  'examples/order-desk/demo/story.ts': [],
  'examples/warehouse/app.ts': [],
  'examples/warehouse/counter/counter.ts': [],
  'examples/warehouse/demo.ts': [],
};

/** What reads the types that others declare: with it, imports of types alone are followed too. */
const READS_TYPES = ['test/rigs/structs.ts'];

/** What every check depends on: the packages and how TypeScript is compiled. */
const PINS = ['package-lock.json', 'tsconfig.json', 'tsconfig.dev.json'];

interface Imports {
  /** The files that a module loads whole. */
  readonly files: readonly string[];
  /** The names that it takes from barrels. */
  readonly named: readonly { readonly barrel: string; readonly names: readonly string[] }[];
  /** The files of which it takes types alone. */
  readonly types: readonly string[];
  readonly readsFiles: boolean;
}

/** Remembers what was found in a file, as long as the file stays as it is. */
class Memory<T> {
  private readonly known = new Map<string, { readonly state: string; readonly found: T }>();

  of(file: string, find: (file: string) => T): T {
    const { mtimeNs, size, ino } = fs.statSync(file, { bigint: true });
    const state = `${mtimeNs} ${size} ${ino}`;
    const known = this.known.get(file);
    if (known?.state === state) {
      return known.found;
    }
    const found = find(file);
    this.known.set(file, { state, found });
    return found;
  }
}

const imports = new Memory<Imports>();
const barrels = new Memory<ReadonlyMap<string, string>>();
const contents = new Memory<string>();

/**
 * The files that decide what these TypeScript files do: they themselves, all that they load, and all that those read. Imports of types alone are not followed,
 * because they are gone when the code runs; that the types fit is a check of its own.
 *
 * @param entries absolute paths
 * @returns absolute paths, sorted
 * @throws Error when a module reads files and `READ_BY` does not say which
 */
export function closureOf(entries: readonly string[]): string[] {
  const loaded = follow(entries, false);
  const found = READS_TYPES.some((name) => loaded.has(path.join(ROOT, name))) ? follow(entries, true) : loaded;
  return [...found].sort();
}

function follow(entries: readonly string[], withTypes: boolean): Set<string> {
  const found = new Set<string>();
  const open = [...entries];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (found.has(file)) {
      continue;
    }
    found.add(file);
    if (!/\.tsx?$/.test(file)) {
      continue;
    }
    const { files, named, types, readsFiles } = imports.of(file, parseImports);
    open.push(...files, ...named.flatMap(({ barrel, names }) => [barrel, ...names.flatMap((name) => declarationOf(barrel, name))]));
    open.push(...withTypes ? types : []);
    const name = relative(file);
    const read = READ_BY[name];
    if (readsFiles && read === undefined) {
      throw new Error(`${name} reads files; say in READ_BY of scripts/closure.ts which`);
    }
    filesIn(...(read ?? [])).forEach((other) => found.add(other));
  }
  return found;
}

/** The files below these files and folders, which are named from the root of the project: what git tracks, or would. */
export function filesIn(...names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const place = path.join(ROOT, name);
    if (!fs.existsSync(place)) {
      return [];
    }
    return fs.statSync(place).isFile() ? [place] : fs.readdirSync(place, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/(^|\/)(__pycache__|\.pytest_cache|node_modules|cdk\.out)(\/|$)/.test(entry.parentPath))
      .map((entry) => path.join(entry.parentPath, entry.name));
  }).sort();
}

/** A hash of the names and contents of files, of these texts, and of what everything depends on: the pinned packages and the major version of Node.js. */
export function hashOf(files: readonly string[], ...texts: readonly string[]): string {
  const hash = createHash('sha256').update(process.versions.node.split('.')[0] ?? '');
  for (const file of [...new Set([...files, ...filesIn(...PINS)])].sort()) {
    hash.update(`\0${relative(file)}\0${contentHash(file)}`);
  }
  texts.forEach((text) => hash.update(`\0\0${text}`));
  return hash.digest('hex').slice(0, 32);
}

function contentHash(file: string): string {
  return contents.of(file, () => createHash('sha256').update(fs.readFileSync(file)).digest('hex'));
}

function relative(file: string): string {
  return path.relative(ROOT, file).split(path.sep).join('/');
}


function parseImports(file: string): Imports {
  const text = fs.readFileSync(file, 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const [files, types]: [string[], string[]] = [[], []];
  const named: { barrel: string; names: string[] }[] = [];
  const visit = (node: ts.Node): void => {
    const { specifier, typesOnly = false } = loadingOf(node);
    const target = specifier === undefined ? undefined : resolve(file, specifier);
    if (target !== undefined) {
      const isBarrel = BARRELS.includes(relative(target));
      const names = isBarrel ? namesTaken(node) : undefined;
      if (typesOnly) {
        types.push(...names ? names.flatMap((name) => declarationOf(target, name)) : [target]);
      } else if (names) {
        named.push({ barrel: target, names });
      } else {
        files.push(target, ...isBarrel ? new Set(exportsOf(target).values()) : []);
      }
    }
    ts.forEachChild(node, visit);
  };
  // What a barrel loads is followed by name only.
  if (!BARRELS.includes(relative(file))) {
    visit(source);
  }
  return { files, named, types, readsFiles: /from 'node:(fs(\/promises)?|child_process)'|\b__dirname\b/.test(text) };
}

/** What a statement or a call loads when it runs, or takes types from. */
function loadingOf(node: ts.Node): { readonly specifier?: string; readonly typesOnly?: boolean } {
  if (ts.isImportDeclaration(node)) {
    const bindings = node.importClause?.namedBindings;
    const typesAll = bindings && ts.isNamedImports(bindings) && !node.importClause?.name && bindings.elements.every(({ isTypeOnly }) => isTypeOnly);
    return { specifier: (node.moduleSpecifier as ts.StringLiteral).text, typesOnly: (node.importClause?.isTypeOnly ?? false) || (typesAll ?? false) };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
    return { specifier: (node.moduleSpecifier as ts.StringLiteral).text, typesOnly: node.isTypeOnly };
  }
  if (ts.isCallExpression(node)) {
    const [first] = node.arguments;
    const loads = node.expression.kind === ts.SyntaxKind.ImportKeyword || /^(require(\.resolve)?|jest\.(requireActual|mock))$/.test(node.expression.getText());
    return loads && first && ts.isStringLiteral(first) ? { specifier: first.text } : {};
  }
  return {};
}

/** The names that an import takes from a module; undefined when it takes all. */
function namesTaken(node: ts.Node): string[] | undefined {
  const bindings = ts.isImportDeclaration(node) ? node.importClause?.namedBindings : ts.isExportDeclaration(node) ? node.exportClause : undefined;
  return bindings && (ts.isNamedImports(bindings) || ts.isNamedExports(bindings))
    ? bindings.elements.map(({ name, propertyName }) => (propertyName ?? name).text)
    : undefined;
}

function resolve(from: string, specifier: string): string | undefined {
  const own = OWN_PACKAGES[specifier];
  if (own !== undefined) {
    return path.join(ROOT, own);
  }
  if (!specifier.startsWith('.')) {
    return undefined;
  }
  const place = path.resolve(path.dirname(from), specifier);
  return [place, `${place}.ts`, path.join(place, 'index.ts')].find((candidate) => fs.existsSync(candidate) && fs.statSync(candidate).isFile());
}

/** The file that declares a name of a barrel; all of them if none does, as for what is re-exported through another file. */
function declarationOf(barrel: string, name: string): string[] {
  const file = exportsOf(barrel).get(name);
  return file ? [file] : [...new Set(exportsOf(barrel).values())];
}

/** The names that a barrel exports, by the files that declare them. */
function exportsOf(barrel: string): ReadonlyMap<string, string> {
  return barrels.of(barrel, () => new Map(
    ts.createSourceFile(barrel, fs.readFileSync(barrel, 'utf8'), ts.ScriptTarget.ES2022, true).statements
      .filter(ts.isExportDeclaration)
      .flatMap((statement) => {
        const file = statement.moduleSpecifier && resolve(barrel, (statement.moduleSpecifier as ts.StringLiteral).text);
        if (!file) {
          return [];
        }
        const names = statement.exportClause && ts.isNamedExports(statement.exportClause)
          ? statement.exportClause.elements.map(({ name }) => name.text)
          : declaredIn(file);
        return names.map((name): [string, string] => [name, file]);
      }),
  ));
}

/** The names that a module declares and exports. */
export function declaredIn(file: string, text = fs.readFileSync(file, 'utf8')): string[] {
  return ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true).statements.flatMap((statement) => {
    const isExported = ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    if (!isExported) {
      return [];
    }
    if (ts.isVariableStatement(statement)) {
      return statement.declarationList.declarations.map(({ name }) => name.getText());
    }
    const { name } = statement as ts.Statement & { name?: ts.Node };
    return name ? [name.getText()] : [];
  });
}
