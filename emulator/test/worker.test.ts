import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SQS } from '@aws-sdk/client-sqs';
import type { Emulator } from '../emulator';
import { startEmulator } from '../emulator';

/*
 * The worker loop of the runtime package in processes of its own, which are killed and stopped as ECS does it, against the queues of the emulator, which no supplement mends. The agent of ECS is
 * a substitute.
 */

const RECEIVES = 3;
const REFUSED = { failure: { Reason: 'DEPLOYMENT_BLOCKED' } };

let emulator: Emulator;
let sqs: SQS;
let agent: Server;
/** What the agent was asked, and whether it refuses. */
const asked: boolean[] = [];
let refuses: boolean;
let folder: string;
let queueUrl: string;
let deadLettersUrl: string;
const workers: ChildProcess[] = [];

beforeAll(async () => {
  emulator = await startEmulator({ plain: true });
  sqs = new SQS({ endpoint: emulator.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  agent = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => body += chunk);
    request.on('end', () => {
      const { ProtectionEnabled } = JSON.parse(body) as { ProtectionEnabled: boolean };
      asked.push(ProtectionEnabled);
      response.end(JSON.stringify(refuses && ProtectionEnabled ? REFUSED : { protection: { ProtectionEnabled } }));
    });
  }).listen(0, '127.0.0.1');
  await once(agent, 'listening');
}, 120_000);

afterAll(async () => {
  agent.close();
  await emulator.stop();
});

beforeEach(async () => {
  [asked.length, refuses] = [0, false];
  folder = mkdtempSync(join(tmpdir(), 'worker-'));
  const name = `q${Date.now()}`;
  deadLettersUrl = (await sqs.createQueue({ QueueName: `${name}-dead` })).QueueUrl!;
  const { Attributes } = await sqs.getQueueAttributes({ QueueUrl: deadLettersUrl, AttributeNames: ['QueueArn'] });
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount: RECEIVES });
  queueUrl = (await sqs.createQueue({ QueueName: name, Attributes: { RedrivePolicy } })).QueueUrl!;
});

afterEach(async () => {
  await Promise.all(workers.splice(0).filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null).map(async (worker) => {
    worker.kill('SIGKILL');
    await once(worker, 'exit');
  }));
  rmSync(folder, { recursive: true });
});

const inFolder = (name: string) => join(folder, name);
const books = () => (existsSync(inFolder('books')) ? readFileSync(inFolder('books'), 'utf8').trim().split('\n') : []);
const release = () => writeFileSync(inFolder('release'), '');

function startWorker(maxProcessingSeconds = 60): ChildProcess {
  const worker = spawn(process.execPath, ['--import', require.resolve('tsx'), join(__dirname, 'worker-process.ts')], {
    stdio: 'ignore',
    env: {
      ...emulator.childEnv(),
      BOOKS: inFolder('books'),
      RELEASE: inFolder('release'),
      QUEUE_URL: queueUrl,
      MAX_PROCESSING_SECONDS: `${maxProcessingSeconds}`,
      VISIBILITY_TIMEOUT_SECONDS: '4',
      ECS_AGENT_URI: `http://127.0.0.1:${(agent.address() as AddressInfo).port}`,
    },
  });
  workers.push(worker);
  return worker;
}

async function send(...bodies: string[]): Promise<void> {
  for (const MessageBody of bodies) {
    await sqs.sendMessage({ QueueUrl: queueUrl, MessageBody });
  }
}

async function sign(of: () => boolean | Promise<boolean>): Promise<void> {
  while (!await of()) {
    await sleep(100);
  }
}

async function countIn(url: string): Promise<number> {
  const { Attributes } = await sqs.getQueueAttributes({ QueueUrl: url, AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] });
  return Number(Attributes?.ApproximateNumberOfMessages) + Number(Attributes?.ApproximateNumberOfMessagesNotVisible);
}

test('the message of a worker that is killed with -9 is done by another', async () => {
  await send('slow');
  const first = startWorker();
  await sign(() => books().includes('started slow'));
  first.kill('SIGKILL');
  await once(first, 'exit');
  expect(await countIn(queueUrl)).toBe(1);

  release();
  startWorker();
  await sign(async () => await countIn(queueUrl) === 0);
  expect(books()).toEqual(['started slow', 'started slow', 'done slow']);
  expect(await countIn(deadLettersUrl)).toBe(0);
});

test('a message that takes far longer than the visibility timeout is done once, by one of two workers', async () => {
  await send('slow');
  startWorker();
  startWorker();
  await sign(() => books().includes('started slow'));
  // Two visibility timeouts.
  await sleep(8000);
  release();
  await sign(async () => await countIn(queueUrl) === 0);
  expect(books()).toEqual(['started slow', 'done slow']);
});

test('a worker that is stopped finishes its message, and leaves the others', async () => {
  await send('slow');
  const worker = startWorker();
  await sign(() => books().includes('started slow'));
  await send('next');
  worker.kill('SIGTERM');
  await sleep(1000);
  expect(worker.exitCode).toBeNull();
  release();
  const [code] = await once(worker, 'exit') as [number];
  expect([code, books()]).toEqual([0, ['started slow', 'done slow']]);
  expect(await countIn(queueUrl)).toBe(1);
  expect(asked.at(-1)).toBe(false);
});

test('nothing is received while protection is refused', async () => {
  refuses = true;
  await send('quick');
  const worker = startWorker();
  await sign(() => asked.length >= 2);
  expect(asked).toEqual([true, false]);
  await sleep(2000);
  expect(books()).toEqual([expect.stringContaining('DEPLOYMENT_BLOCKED')]);
  expect(await countIn(queueUrl)).toBe(1);
  worker.kill('SIGTERM');
  await once(worker, 'exit');

  refuses = false;
  startWorker();
  await sign(async () => await countIn(queueUrl) === 0);
  expect(books().slice(1)).toEqual(['started quick', 'done quick']);
});

test('poison is set aside after as many receives as it may have, and the others are done', async () => {
  await send('quick-1', 'poison', 'quick-2');
  startWorker();
  await sign(async () => await countIn(deadLettersUrl) === 1 && await countIn(queueUrl) === 0);
  expect(books().filter((line) => line === 'started poison')).toHaveLength(RECEIVES);
  expect(books().filter((line) => line.startsWith('done')).sort()).toEqual(['done quick-1', 'done quick-2']);
});

test('a worker that hangs ends with an error, and its message comes back', async () => {
  await send('endless');
  const worker = startWorker(2);
  const [code] = await once(worker, 'exit') as [number];
  expect([code, books()]).toEqual([1, ['started endless']]);
  expect(await countIn(queueUrl)).toBe(1);
});
