import * as path from 'node:path';
import { DOUBTS } from './doubts';
import type { Doubt } from './doubts';
import { read } from './files';
import { isDrill, MEANS, meansFor, restsOnSupplements } from './means';
import type { Means } from './means';
import type { DocumentedPromise, PagePromises, TestReference } from './promise';
import { PROMISES } from './registry';
import { anchorOf } from '../rigs/docs';

export const PAGE = 'docs/proof.md';
export const HOW_TO_WRITE = 'npm run proof';

/** A run of an integ test on a real account, which passed. */
export interface RunOnAws {
  readonly test: string;
  /** ISO 8601. */
  readonly date: string;
  readonly region: string;
  readonly commit: string;
}

const NAMES: Readonly<Record<Means, string>> = {
  emulated: 'emulated',
  patched: 'emulated, patched',
  engine: 'independent engine',
  policy: 'policy evaluated',
  schema: 'schema',
  run: 'run',
  static: 'static',
};

export function runsOnAws(): RunOnAws[] {
  return (JSON.parse(read('test/proof/on-aws.json')) as { runs: RunOnAws[] }).runs;
}

/** The text of docs/proof.md. */
export function render(): string {
  const all = PROMISES.flatMap(({ promises }) => promises);
  const runs = runsOnAws();
  const last = runs.map(({ date }) => date).sort().at(-1);
  const shownBy = (means: Means) => all.filter((promise) => meansFor(promise).includes(means)).length;
  return [
    '# What is proven, and how',
    '',
    'Every promise of these pages, the tests that fail when the library does not keep it, and by what means they show it. '
    + 'The names of the tests stand in the tips of the links.',
    '',
    `- **${all.length} promises, ${all.filter(({ tests }) => tests.length === 0).length} of them without a test**; these say why.`,
    `- **On AWS: ${last === undefined ? 'never run yet' : `${runs.length} runs, the last on ${last}`}.** `
    + 'The integ tests are made to run there: `npm run integ:aws`.',
    `- **${count(all, 'alone')} rest on nothing but supplements** of the emulator, which this project wrote from AWS's documentation: marked ‼.`,
    `- **${count(all, 'when run')} more are run on supplements only**; other tests look at their templates and no further: marked ▲.`,
    `- [${DOUBTS.length} doubts](#doubts-that-only-a-real-account-settles) are left, each with the experiment that settles it.`,
    '',
    `This page is written by \`${HOW_TO_WRITE}\` from \`test/proof/\`; a unit test compares it with the tests that there are.`,
    '',
    '## Means',
    '',
    'A means is not claimed but follows from where the test stands.',
    '',
    '| Means | What is shown, and how | Promises |',
    '|---|---|---|',
    ...(Object.keys(MEANS) as Means[]).map((means) => row(NAMES[means], MEANS[means], `${shownBy(means)}`)),
    row('on AWS, date', 'the integ test ran on a real account', `${all.filter((promise) => dateOnAws(promise, runs) !== undefined).length}`),
    '',
    ...PROMISES.flatMap((page) => section(page, runs)),
    '## Doubts that only a real account settles',
    '',
    'What the library depends on, is believed of AWS, and cannot be shown here; the most harmful first. '
    + '[The test bed](test-bed.md#not-as-on-aws) says all that differs on the emulator.',
    '',
    ...DOUBTS.flatMap(doubtSection),
  ].join('\n');
}

function count(promises: readonly DocumentedPromise[], how: 'alone' | 'when run'): number {
  return promises.filter((promise) => restsOnSupplements(promise) === how).length;
}

function section({ name, page, promises }: PagePromises, runs: readonly RunOnAws[]): string[] {
  return [
    `## ${name}`,
    '',
    '| Promise | Shown by | Means | On AWS |',
    '|---|---|---|---|',
    ...promises.map((promise) => row(
      [promiseLink(page, promise), ...doubtsAbout(`${name}.${promise.id}`).map(({ title }) => `[doubt](#${anchorOf(title)})`)].join(' · '),
      promise.tests.length > 0 ? testLinks(promise.tests, name).join(', ') : `**no test**: ${promise.untested}`,
      promise.tests.length > 0 ? meansFor(promise).map((means) => NAMES[means]).join(' · ') + mark(promise) : '–',
      dateOnAws(promise, runs) ?? '–',
    )),
    '',
  ];
}

function mark(promise: DocumentedPromise): string {
  const rests = restsOnSupplements(promise);
  return rests === undefined ? '' : rests === 'alone' ? ' ‼' : ' ▲';
}

function promiseLink(page: string, { says, section: anchor }: DocumentedPromise): string {
  return `${says} ([§](${anchor.includes('#') ? anchor : `${path.basename(page)}#${anchor}`}))`;
}

/** One link for each file, with the names of the tests in its tip. */
function testLinks(tests: readonly TestReference[], pattern: string): string[] {
  const files = [...new Set(tests.map(({ file }) => file))];
  return files.map((file) => {
    const names = tests.filter((test) => test.file === file).flatMap(({ name }) => name ?? []);
    const tip = names.length > 0 ? ` "${names.join('; ').replace(/["\\]/g, '\\$&')}"` : '';
    return `[${labelOf(file, pattern)}](../${file}${tip})`;
  });
}

/** `defaults` for test/messaging/queue-fed-function.defaults.test.ts, `integ-alarms` for integ/integ.queue-fed-function-alarms.ts. */
function labelOf(file: string, pattern: string): string {
  const own = pattern.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
  const base = path.basename(file).replace(/(\.test)?\.(ts|py)$/, '').replace(/^test_/, '').replace(/_/g, '-');
  if (isDrill(file)) {
    return base.replace(`integ.${own}`, 'integ').replace(/^integ\./, 'integ of ');
  }
  if (file.startsWith('rosetta/')) {
    return 'snippets';
  }
  const [, kind] = /^(emulator|test\/opinions)\//.exec(file) ?? [];
  if (kind !== undefined) {
    return `${kind === 'emulator' ? 'supplement' : 'opinion'}: ${base}`;
  }
  return base === 'check-pattern' ? 'every pattern' : base.replace(`${own}.`, '');
}

function doubtsAbout(promise: string): Doubt[] {
  return DOUBTS.filter(({ promises }) => promises.includes(promise));
}

function dateOnAws({ tests }: DocumentedPromise, runs: readonly RunOnAws[]): string | undefined {
  return runs.filter(({ test }) => tests.some(({ file }) => file === test)).map(({ date }) => date).sort().at(-1);
}

function doubtSection({ title, believed, sources, harm, experiment: { resources, action, expected, refuted } }: Doubt): string[] {
  return [
    `### ${title}`,
    '',
    `**Believed:** ${believed} (${sources.map((url) => `[${sourceName(url)}](${url})`).join(', ')}) **If wrong:** ${harm}`,
    '',
    `**Experiment.** *Resources:* ${resources}. *Action:* ${action}. *Expected:* ${expected}. *Refuted by:* ${refuted}.`,
    '',
  ];
}

/** `sqs-key-management` for a page of AWS's documentation. */
function sourceName(url: string): string {
  const { host, pathname } = new URL(url);
  return host === 'github.com' ? pathname.slice(1).replace('/issues/', '#') : path.basename(pathname, '.html');
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replace(/\|/g, '\\|')).join(' | ')} |`;
}
