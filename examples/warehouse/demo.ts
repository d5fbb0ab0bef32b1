/**
 * Deploys the warehouse to a local AWS emulator, works with it amid four faults, and accounts for everything, before and after the repair.
 */
/* eslint-disable no-console -- this is what a person runs and reads */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Books } from './demo/books';
import { drawUpBooks, isSettled } from './demo/books';
import { BRANCH, contentOf, FAULTY, filmOf, FILMS, NOTES, PIECES, REPAIR, REPEATED, REPEATED_TRANSFER, SCANS, STOCK, sumOf, TRANSFERS, UNDONE } from './demo/plan';
import type { WarehouseOutputs } from './demo/warehouse-client';
import { WarehouseClient } from './demo/warehouse-client';
import { run as runTool } from '../../cli/src/main';
import type { Emulator } from '../../emulator/emulator';
import { startEmulator } from '../../emulator/emulator';
import { emulatorPython } from '../../emulator/python';
import { record } from '../../scripts/results';
import { deploy } from '../deployment';

const EXAMPLE = { folder: 'warehouse', stackName: 'Warehouse' };
const BUILD = path.join(__dirname, '..', '..', '.build');
/** Only ends hopeless waits. */
const PATIENCE_MS = 120_000;
const POLL_MS = 500;

interface Check {
  readonly title: string;
  readonly passed: boolean;
}

async function main(): Promise<number> {
  record('demo-warehouse', { failed: 1 });
  fs.mkdirSync(BUILD, { recursive: true });
  const folder = fs.mkdtempSync(path.join(BUILD, 'warehouse-'));
  let emulator: Emulator | undefined;
  try {
    // With IAM, so that the functions get by with what the app and the patterns grant them.
    emulator = await step('start the emulator', async () => startEmulator({ enforceIam: true }));
    takeOver(emulator.env);
    const checks = await play(emulator, folder);
    const passed = checks.filter((check) => check.passed).length;
    checks.forEach((check) => console.log(`${check.passed ? '  ✔' : '  ✘ NOT TRUE:'} ${check.title}`));
    record('demo-warehouse', { passed, failed: checks.length - passed });
    return passed === checks.length ? 0 : 1;
  } finally {
    await emulator?.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function play(emulator: Emulator, folder: string): Promise<Check[]> {
  const { outputs } = await step('deploy the warehouse', async () => {
    await emulator.bootstrap();
    const env = { ...emulator.childEnv(), PYTHON_OF_THE_EMULATOR: emulatorPython() };
    return deploy<WarehouseOutputs>(EXAMPLE, folder, env, new AbortController().signal);
  });
  const client = new WarehouseClient(outputs);

  const work = `scan ${SCANS.length} times, upload ${Object.keys(NOTES).length} delivery notes and ${Object.keys(FILMS).length} films, ask for ${TRANSFERS.length} transfers`;
  await step(`enter ${STOCK.length} articles, ${work}`, async () => {
    await Promise.all([...STOCK.map(async (item) => client.enter(item)), ...BRANCH.map(async (item) => client.enterAtBranch(item))]);
    await client.scan(SCANS);
    await client.scan(REPEATED);
    await Promise.all(Object.keys(NOTES).map(async (note) => client.deliver(note, contentOf(note))));
    await Promise.all(Object.keys(FILMS).map(async (film) => client.film(film, filmOf(film))));
    await Promise.all(TRANSFERS.map(async (request) => client.requestTransfer(request)));
  });
  const amidFaults = await step('wait until everything is done or set aside', async () => settled(client));
  const counted = (await client.readJournal()).filter(({ entry }) => entry.startsWith('counted/'));
  const undone = await client.readUndone();
  const thereAmidFaults = sumOf(await client.readBranch());
  show('amid the faults', amidFaults);

  const filed = await step('ask for a transfer a second time, have the night\'s count take place', async () => {
    await client.requestTransfer(REPEATED_TRANSFER);
    return nextList(client);
  });

  await step('enter the articles, change the supplier and the carrier, replay and redrive what was set aside', async () => {
    await client.enter(REPAIR.unknown);
    await client.changeSupplier(REPAIR.outOfReach.article, REPAIR.outOfReach.supplier);
    await client.enterAtBranch(REPAIR.unknownThere);
    await client.changeCarrier(REPAIR.notCarried.article, REPAIR.notCarried.carrier);
    await client.redriveTransfers();
    await replay(path.join(folder, 'replay.jsonl'));
  });
  const afterRepair = await step('wait until everything is done', async () => settled(client));
  show('after the repair', afterRepair);
  const [here, there] = [sumOf(await client.readStock()), sumOf(await client.readBranch())];

  const setAside = Object.values(amidFaults.accounts).flatMap((account) => account.setAside);
  const faulty = [...FAULTY.failures, ...FAULTY.deadLetters];
  const isSetAside = isDeepStrictEqual([...setAside].sort(), [...faulty].sort())
    && amidFaults.failures === FAULTY.failures.length && amidFaults.deadLetters === FAULTY.deadLetters.length;
  const isAllDone = Object.values(afterRepair.accounts).every(({ accepted, done }) => accepted === done);
  return [
    { title: 'nothing is lost', passed: isSettled(amidFaults) && isSettled(afterRepair) },
    { title: `set aside were ${faulty.join(', ')}, and nothing beside them`, passed: isSetAside },
    { title: 'each of those in the failure bucket has a ticket', passed: amidFaults.tickets === FAULTY.failures.length },
    { title: `of ${Object.keys(UNDONE).join(' and ')} exactly the completed steps were undone, the last one first`, passed: isDeepStrictEqual(undone, UNDONE) },
    { title: `the goods of these are where they were: ${PIECES.amidFaults.there} pieces are at the branch`, passed: thereAmidFaults === PIECES.amidFaults.there },
    {
      title: `the list of the night has all ${STOCK.length} articles and ${PIECES.amidFaults.here} pieces: each scan was booked once, though some came twice`,
      passed: filed.articles === STOCK.length && filed.quantity === PIECES.amidFaults.here,
    },
    { title: 'tasks, of which there are none without films, counted each film as it is', passed: Object.entries(FILMS).every(([film, frames]) => counted.some((found) => found.entry === `counted/${film}` && found.quantity === totalOf(frames))) },
    { title: 'the shop shows what is there, of every article', passed: [amidFaults, afterRepair].every(({ notShown }) => notShown.length === 0) },
    { title: 'after the repair, a replay and a redrive all is done, once, and nothing is set aside', passed: isAllDone && isExplained(afterRepair) && afterRepair.failures === 0 && afterRepair.deadLetters === 0 },
    { title: `${PIECES.afterRepair.here} pieces are here and ${PIECES.afterRepair.there} at the branch: each transfer took place once, though one was asked for twice`, passed: here === PIECES.afterRepair.here && there === PIECES.afterRepair.there },
  ];
}

/** Waits until nothing is on its way; what still is after a long time shows in the books. */
async function settled(client: WarehouseClient): Promise<Books> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const books = drawUpBooks({
      journal: await client.readJournal(),
      stock: await client.readStock(),
      failures: await client.readFailures(),
      deadLetters: await client.readDeadLetters(),
      ends: await client.countEnds(),
      messages: await client.countMessages(),
    });
    if (isSettled(books) || Date.now() > deadline) {
      return books;
    }
    await sleep(POLL_MS);
  }
}

async function nextList(client: WarehouseClient): Promise<{ readonly articles?: number; readonly quantity?: number }> {
  await client.countNow();
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const list = (await client.readJournal()).find(({ entry }) => entry.startsWith('filed/'));
    if (list || Date.now() > deadline) {
      return list ?? {};
    }
    await sleep(POLL_MS);
  }
}

/** As an operator does it: `npx cdk-serverless-patterns-cli replay Warehouse --yes --delete`. */
async function replay(state: string): Promise<void> {
  let said = '';
  const tell = (text: string) => {
    said += text;
  };
  const status = await runTool(['replay', EXAMPLE.stackName, '--yes', '--delete', '--state', state], { out: tell, err: tell, colors: false });
  if (status !== 0) {
    throw new Error(`the replay ended with ${status}:\n${said}`);
  }
}

function totalOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

function isExplained({ accounts }: Books): boolean {
  return Object.values(accounts).every(({ unexplained }) => unexplained.length === 0);
}

function show(title: string, { accounts, failures, tickets, deadLetters, ends }: Books): void {
  const row = (cells: readonly unknown[]) => cells.map((cell, index) => index === 0 ? String(cell).padEnd(28) : String(cell).padStart(11)).join('');
  console.log(`\n  ${row([title, 'accepted', 'done', 'set aside', 'lost'])}`);
  for (const [subject, { accepted, done, setAside, open }] of Object.entries(accounts)) {
    console.log(`  ${row([subject, accepted, done, setAside.length, open.length])}`);
  }
  console.log(`  ${failures} in the failure bucket, ${tickets} of them with a ticket; ${deadLetters} in the dead-letter queue of the transfers, ${ends} with the end of its execution\n`);
}

async function step<T>(title: string, work: () => Promise<T>): Promise<T> {
  const begun = Date.now();
  const result = await work();
  console.log(`${title}: ${((Date.now() - begun) / 1000).toFixed(1)} s`);
  return result;
}

/** Has the AWS clients of this process talk to the emulator and to nothing else. */
function takeOver(env: Readonly<Record<string, string>>): void {
  Object.keys(process.env).filter((name) => name.startsWith('AWS_')).forEach((name) => delete process.env[name]);
  Object.assign(process.env, env);
}

main().then((code) => process.exit(code), (error: Error) => {
  console.error(`warehouse: ${error.message}`);
  process.exit(1);
});
