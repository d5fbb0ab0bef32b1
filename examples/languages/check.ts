/**
 * Builds the same app in TypeScript, Python, Java and Go, each from the package that the library publishes for that language, and checks that all of them
 * make the same template and that the library is documented alike in all of them. C# is generated and its documentation checked; nothing compiles it here.
 *
 * The snippets of the docs run in Python, which is what shows that their translations are more than text.
 *
 * A language whose tools this machine lacks is counted as skipped.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { run } from './command';
import type { Templates } from './comparison';
import { differences, templatesIn } from './comparison';
import { documentationIn } from './documentation';
import type { Language } from './languages';
import { LANGUAGES } from './languages';
import type { NpmPackage } from './packages';
import { distFolder, makePackages, npmPackage, problemsOf } from './packages';
import { filesIn, hashOf } from '../../scripts/closure';
import type { Unit } from '../../scripts/proofs';
import { Proofs } from '../../scripts/proofs';
import { record } from '../../scripts/results';

const ASSEMBLY = path.join(__dirname, '..', '..', '.jsii');
const DIFFERENCES_TO_SHOW = 20;

const SNIPPETS = path.join(__dirname, '..', '..', 'docs', 'languages');
const SNIPPETS_RUNNER = path.join(__dirname, 'python_snippets.py');

/** The files of this check. */
const OWN = filesIn('examples/languages', 'scripts/compile.ts');

const counts = { passed: 0, failed: 0, skipped: 0 };

async function main(): Promise<void> {
  // Counted as failed until the check has come to its end.
  record('languages', { failed: 1 });
  const proofs = Proofs.of('languages');
  console.error('languages: compiling the library …');
  const npm = await npmPackage();
  const units: readonly (Unit & { readonly run: () => Promise<void> })[] = [
    { id: 'npm package', inputs: hashOf([...filesIn('src', 'README.md', 'package.json'), ...OWN]), run: () => checkNpmPackage(npm) },
    // What a language makes of the library follows from its API; what the library then does is the same JavaScript in all of them.
    { id: 'languages', inputs: hashOf([...filesIn('README.md', 'package.json'), ...OWN], apiIn(ASSEMBLY)), run: () => checkLanguages(npm) },
    { id: 'Python snippets', inputs: hashOf([...filesIn('docs/languages', 'package.json'), ...OWN], apiIn(ASSEMBLY)), run: () => checkSnippets(npm) },
  ];
  for (const unit of proofs.plan(units).run) {
    const before = { ...counts };
    await unit.run();
    counts.failed > before.failed ? proofs.failed(unit) : proofs.passed(unit, counts.passed - before.passed, counts.skipped - before.skipped);
  }
  record('languages', { ...counts, carriedOver: proofs.save(true) });
  process.exitCode = counts.failed > 0 ? 1 : 0;
}

async function checkNpmPackage(npm: NpmPackage): Promise<void> {
  await check('npm package', async () => {
    failWith('the npm package', await problemsOf(npm));
    return `${npm.files.length} files, ${(npm.bytes / 1000).toFixed(1)} kB packed`;
  });
}

async function checkLanguages(npm: NpmPackage): Promise<void> {

  const present: Language[] = [];
  const lacking = new Map<Language, string>();
  for (const language of LANGUAGES) {
    const missing = await language.missing();
    missing ? lacking.set(language, missing) : present.push(language);
  }
  console.error(`languages: packing for ${present.map((language) => language.name).join(', ')} …`);
  await makePackages(npm, present.map((language) => language.target));

  let expected: Templates | undefined;
  for (const language of LANGUAGES) {
    const missing = lacking.get(language);
    if (missing) {
      report(language.name, 'skipped', `needs ${missing}`);
    } else {
      await check(language.name, async () => {
        const templates = await synthesize(language, npm);
        const texts = await checkDocumentation(language, npm);
        if (language === LANGUAGES[0]) {
          expected = templates;
          return `types checked, ${texts} texts of documentation`;
        }
        if (!expected) {
          throw new Error(`there is no template of ${LANGUAGES[0]?.name} to compare with`);
        }
        failWith(`the template (- ${LANGUAGES[0]?.name}, + ${language.name})`, differences(expected, templates));
        return `same template, ${texts} texts of documentation`;
      });
    }
  }

  await check('C#', async () => {
    await makePackages(npm, ['dotnet'], { codeOnly: true });
    return `sources generated, not compiled; ${documented(distFolder(npm, 'dotnet'))} texts of documentation`;
  });
}

async function checkSnippets(npm: NpmPackage): Promise<void> {
  const python = LANGUAGES.find(({ target }) => target === 'python');
  const missing = await python?.missing();
  if (!python || missing) {
    report('snippets', 'skipped', `needs ${missing}`);
    return;
  }
  await makePackages(npm, [python.target]);
  await check('snippets', async () => {
    const environment = await install(python, npm);
    const count = await run('python', [SNIPPETS_RUNNER, SNIPPETS], { cwd: appFolder(python, npm), env: environment });
    return `${count.trim()} snippets of docs/languages run in Python`;
  });
}

/** Installs what the app of a language needs, in a copy of its folder; gives the environment to run in. */
async function install(language: Language, npm: NpmPackage): Promise<Record<string, string>> {
  const app = appFolder(language, npm);
  fs.cpSync(path.join(__dirname, language.folder), app, { recursive: true });
  return language.install(app, distFolder(npm, language.target));
}

/** Builds and runs the app of a language, and its tests. */
async function synthesize(language: Language, npm: NpmPackage): Promise<Templates> {
  const environment = await install(language, npm);
  const app = appFolder(language, npm);
  const assembly = path.join(app, 'cdk.out');
  fs.rmSync(assembly, { recursive: true, force: true });
  const { app: command } = JSON.parse(fs.readFileSync(path.join(app, 'cdk.json'), 'utf8')) as { app: string };
  await run(command, [], { cwd: app, shell: true, env: { ...environment, CDK_OUTDIR: assembly } });
  await language.test?.(app, environment);
  return templatesIn(assembly);
}

async function checkDocumentation(language: Language, npm: NpmPackage): Promise<number> {
  return documented(await language.sources(appFolder(language, npm), distFolder(npm, language.target)));
}

/** Fails if anything that the library documents is missing in these sources; gives how many texts there are. */
function documented(sources: string): number {
  const { texts, missing } = documentationIn(sources, ['.d.ts', '.py', '.java', '.go', '.cs'], ASSEMBLY);
  failWith('documentation that is missing', missing);
  return texts;
}

function appFolder(language: Language, npm: NpmPackage): string {
  return path.join(npm.folder, language.folder);
}

async function check(name: string, work: () => Promise<string>): Promise<void> {
  try {
    report(name, 'passed', await work());
  } catch (error) {
    report(name, 'failed', error instanceof Error ? error.message : String(error));
  }
}

function report(name: string, outcome: keyof typeof counts, detail: string): void {
  counts[outcome] += 1;
  console.log(`${name.padEnd(12)} ${outcome}  ${detail.replace(/\n/g, '\n    ')}`);
}

function failWith(what: string, problems: readonly string[]): void {
  if (problems.length > 0) {
    const more = problems.length > DIFFERENCES_TO_SHOW ? [`and ${problems.length - DIFFERENCES_TO_SHOW} more`] : [];
    throw new Error([`${what}:`, ...problems.slice(0, DIFFERENCES_TO_SHOW), ...more].join('\n'));
  }
}


/** What the assembly says of the API, without what changes with every line of code. */
function apiIn(assembly: string): string {
  const { fingerprint: _, ...api } = JSON.parse(fs.readFileSync(assembly, 'utf8')) as { readonly fingerprint: string };
  return JSON.stringify(api, (key, value: unknown) => key === 'locationInModule' ? undefined : value);
}

main().catch((error: unknown) => {
  console.error(`languages: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
});
