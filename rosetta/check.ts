/**
 * Checks that every TypeScript snippet of README.md, docs/ and the API's doc comments compiles and does what it shows: an app is synthesized, and warns of
 * nothing but what the snippet announces; a handler is driven with a batch that has a poison message in it. Snippets of the package itself (README.md and
 * doc comments) must also translate into the other languages.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as ts from 'typescript';
import { ASSEMBLY, compileAssemblyIfStale, ROOT, runNode } from './assembly';
import type { Snippet } from './snippets';
import { pagesWithSnippets, snippetsOfApi, snippetsOfMarkdown } from './snippets';
import { filesIn, hashOf } from '../scripts/closure';
import type { Unit } from '../scripts/proofs';
import { Proofs } from '../scripts/proofs';
import { record } from '../scripts/results';

const BUILD = path.join(ROOT, '.build', 'snippets');

async function main(): Promise<void> {
  compileAssemblyIfStale();
  fs.rmSync(BUILD, { recursive: true, force: true });
  fs.mkdirSync(BUILD, { recursive: true });

  const proofs = Proofs.of('snippets');
  const only = process.argv[2];
  const all = sources().filter(({ id }) => only === undefined || id === only);
  const { run: planned } = proofs.plan(all);
  const snippets = planned.flatMap((source) => source.snippets.map((snippet) => ({ ...snippet, source })));
  const files = snippets.map((snippet, index) => {
    const file = path.join(BUILD, `snippet-${index}.ts`);
    fs.writeFileSync(file, `${snippet.program}\nexport {};\n`);
    return file;
  });

  const problems = compile(files);
  for (const [index, snippet] of snippets.entries()) {
    const file = files[index] ?? '';
    const found = problems.get(file) ?? await run(snippet, file);
    if (found) {
      problems.set(file, found);
      console.error(`${snippet.where}:\n${found.replace(/^/gm, '    ')}\n`);
    }
  }
  for (const source of planned.filter(({ id }) => id !== TRANSLATION)) {
    const own = snippets.flatMap((snippet, index) => snippet.source === source ? [files[index] ?? ''] : []);
    own.some((file) => problems.has(file)) ? proofs.failed(source) : proofs.passed(source, own.length);
  }
  const translation = planned.find(({ id }) => id === TRANSLATION);
  const untranslated = translation && translate();
  if (translation) {
    untranslated ? proofs.failed(translation) : proofs.passed(translation, 1);
  }
  if (untranslated) {
    console.error(`jsii-rosetta extract:\n${untranslated}`);
  }

  const passed = snippets.length - problems.size + (translation && !untranslated ? 1 : 0);
  const failed = problems.size + (untranslated ? 1 : 0);
  record('snippets', { passed, failed, carriedOver: proofs.save(only === undefined) });
  console.log(`snippets: ${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || all.every((source) => source.snippets.length === 0) ? 1 : 0;
}

/** That the package's own snippets translate. */
const TRANSLATION = 'translation';

interface Source extends Unit {
  readonly snippets: readonly Snippet[];
}

/** The pages, the API and the translation, each with its snippets. What a snippet does follows from the library, whatever it uses of it. */
function sources(): Source[] {
  const common = filesIn('src', 'runtime/src', 'rosetta', 'tsconfig.strict.json');
  const source = (id: string, snippets: readonly Snippet[], ...texts: string[]): Source => (
    { id, snippets, inputs: hashOf(common, ...snippets.map(({ program }) => program), ...texts) }
  );
  return [
    ...pagesWithSnippets().map((file) => source(file, snippetsOfMarkdown(file, fs.readFileSync(path.join(ROOT, file), 'utf8')))),
    source('API', snippetsOfApi(JSON.parse(fs.readFileSync(ASSEMBLY, 'utf8')))),
    source(TRANSLATION, [], fs.readFileSync(path.join(ROOT, 'README.md'), 'utf8')),
  ];
}

/** Compiles all snippets with the checks of this project's own code; gives what is wrong by file. */
function compile(files: readonly string[]): Map<string, string> {
  const config = ts.getParsedCommandLineOfConfigFile(path.join(ROOT, 'tsconfig.strict.json'), {}, { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => {} });
  const program = ts.createProgram(files, { ...config?.options, noEmit: true, noUnusedLocals: false, noUnusedParameters: false });
  const problems = new Map<string, string>();
  for (const diagnostic of ts.getPreEmitDiagnostics(program)) {
    const file = path.normalize(diagnostic.file?.fileName ?? files[0] ?? '');
    const line = diagnostic.file?.text.slice(0, diagnostic.start).split('\n').length ?? 0;
    const source = diagnostic.file?.text.split('\n')[line - 1]?.trim() ?? '';
    const text = `${source}\n  TS${diagnostic.code}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n  ')}`;
    problems.set(file, [problems.get(file), text].filter(Boolean).join('\n'));
  }
  return problems;
}

/** Runs a snippet that compiles; gives what is wrong, if anything is. */
async function run(snippet: Snippet, file: string): Promise<string | undefined> {
  const outdir = file.replace(/\.ts$/, '.out');
  try {
    // An app of the CDK is synthesized when the program ends and this variable is set, as the CDK CLI sets it.
    process.env.CDK_OUTDIR = outdir;
    const loaded = await import(file) as { drive?: (fifo: boolean) => Promise<void> };
    process.emit('beforeExit', 0);
    if (loaded.drive) {
      await loaded.drive(snippet.options.has('fifo'));
      return undefined;
    }
    const warns = snippet.options.get('warns');
    if (warns === undefined && !snippet.options.has('nofixture')) {
      // Most snippets in the docs are not about who hears their alarms, nor about the account's logging role.
      return problemsOfAssembly(outdir, [], ['alarmsNotifyNobody', 'apiLoggingAccountUnknown']);
    }
    return problemsOfAssembly(outdir, (warns ?? 'none').split(',').filter((id) => id !== 'none'), []);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    process.removeAllListeners('beforeExit');
    delete process.env.CDK_OUTDIR;
  }
}

/** What the synthesized app has to report, but for the warnings that must be there and those that may. */
function problemsOfAssembly(outdir: string, required: readonly string[], allowed: readonly string[]): string | undefined {
  if (!fs.existsSync(path.join(outdir, 'manifest.json'))) {
    return 'nothing was synthesized: the snippet makes no app';
  }
  const messages = messagesIn(outdir);
  const has = (message: string, ids: readonly string[]) => ids.some((id) => message.includes(`[ack: cdk-serverless-patterns:${id}]`));
  const problems = [
    ...messages.filter((message) => !has(message, [...required, ...allowed])),
    ...required.filter((id) => !messages.some((message) => has(message, [id]))).map((id) => `the warning ${id}, which the snippet announces, is not given`),
  ];
  return problems.length > 0 ? problems.join('\n') : undefined;
}

/** What is read here of a cloud assembly. */
interface Manifest {
  readonly artifacts?: Record<string, Artifact>;
}
interface Artifact {
  readonly additionalMetadataFile?: string;
  readonly metadata?: Metadata;
  readonly properties?: { readonly directoryName?: string };
}
type Metadata = Record<string, { readonly type: string; readonly data?: unknown }[]>;

function messagesIn(outdir: string): string[] {
  const manifest = JSON.parse(fs.readFileSync(path.join(outdir, 'manifest.json'), 'utf8')) as Manifest;
  return Object.values(manifest.artifacts ?? {}).flatMap((artifact) => {
    const nested = artifact.properties?.directoryName ? messagesIn(path.join(outdir, artifact.properties.directoryName)) : [];
    const metadata = artifact.additionalMetadataFile
      ? JSON.parse(fs.readFileSync(path.join(outdir, artifact.additionalMetadataFile), 'utf8')) as Metadata
      : artifact.metadata ?? {};
    const entries = Object.entries(metadata).flatMap(([where, found]) => found.map((entry) => ({ where, ...entry })));
    const messages = entries.filter(({ type }) => /:(warning|error)$/.test(type));
    return [...nested, ...messages.map(({ where, type, data }) => `${type.replace('aws:cdk:', '')} at ${where}: ${String(data)}`)];
  });
}

/** Translates the package's own snippets, and keeps the translations where jsii-pacmak and jsii-docgen look for them. */
function translate(): string | undefined {
  return runNode(path.join(ROOT, 'node_modules', 'jsii-rosetta', 'bin', 'jsii-rosetta'), 'extract', '--strict', ROOT);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  record('snippets', { failed: 1 });
  process.exitCode = 1;
});
