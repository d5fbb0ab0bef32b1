import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CreateQueueCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { leftOver, processGroup, withBusyWorker } from './processes';
import type { Emulator, EmulatorOptions } from '../emulator';
import { startEmulator } from '../emulator';

const started: Emulator[] = [];

async function start(options?: EmulatorOptions): Promise<Emulator> {
  const emulator = await startEmulator(options);
  started.push(emulator);
  return emulator;
}

afterEach(async () => {
  await Promise.all(started.splice(0).map(emulator => emulator.stop()));
});

function queues(emulator: Emulator): SQSClient {
  return new SQSClient({ endpoint: emulator.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
}

async function health(emulator: Emulator): Promise<{ auth: string }> {
  return await (await fetch(`${emulator.endpoint}/_ministack/health`)).json() as { auth: string };
}

describe('a started emulator', () => {
  test('is healthy, on a free port of the loopback interface, with its supplements', async () => {
    const emulator = await start();
    expect(await health(emulator)).toMatchObject({ auth: 'disabled' });
    expect(emulator.endpoint).toBe(`http://127.0.0.1:${emulator.port}`);
    expect(readFileSync(emulator.logFile, 'utf8')).toContain('supplement: lambda_error_type');
  });

  test('can be plain and can enforce IAM', async () => {
    const emulator = await start({ plain: true, enforceIam: true });
    expect(await health(emulator)).toMatchObject({ auth: 'enabled' });
    expect(readFileSync(emulator.logFile, 'utf8')).not.toContain('supplement:');
  });

  test('has a neighbour that shares nothing with it', async () => {
    const [one, other] = await Promise.all([start(), start()]);
    await queues(one).send(new CreateQueueCommand({ QueueName: 'mine' }));
    expect((await queues(one).send(new ListQueuesCommand({}))).QueueUrls).toHaveLength(1);
    expect((await queues(other).send(new ListQueuesCommand({}))).QueueUrls ?? []).toHaveLength(0);
  });

  test('forgets everything on reset', async () => {
    const emulator = await start();
    await queues(emulator).send(new CreateQueueCommand({ QueueName: 'gone' }));
    await emulator.reset();
    expect((await queues(emulator).send(new ListQueuesCommand({}))).QueueUrls ?? []).toHaveLength(0);
  });

  test('keeps the AWS settings of its user away from child processes', async () => {
    process.env.AWS_PROFILE = 'production';
    try {
      const emulator = await start();
      expect(emulator.childEnv()).toMatchObject({ AWS_ENDPOINT_URL: emulator.endpoint, PATH: process.env.PATH });
      expect(emulator.childEnv()).not.toHaveProperty('AWS_PROFILE');
    } finally {
      delete process.env.AWS_PROFILE;
    }
  });

  test('tells its log line by line', async () => {
    const lines: string[] = [];
    const emulator = await start({ onLog: line => lines.push(line) });
    await emulator.stop();
    expect(lines.join('\n')).toBe(readFileSync(emulator.logFile, 'utf8').trimEnd());
    expect(lines).toContainEqual(expect.stringContaining(`Running on ${emulator.endpoint}`));
  });
});

describe('a start that cannot succeed', () => {
  test('names the port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    try {
      await expect(start({ port })).rejects.toThrow(new Error(`port ${port} is already in use: give another one, or none for a free one`));
    } finally {
      other.close();
    }
  });

  test('names the Python that is missing', async () => {
    const before = process.env.EMULATOR_PYTHON;
    process.env.EMULATOR_PYTHON = '/nowhere/python';
    try {
      await expect(start()).rejects.toThrow(/^the emulator's Python environment is missing \(\/nowhere\/python\)/);
    } finally {
      if (before === undefined) {
        delete process.env.EMULATOR_PYTHON;
      } else {
        process.env.EMULATOR_PYTHON = before;
      }
    }
  });

  test('shows the end of the log', async () => {
    await expect(start({ lambdaRetryBaseSeconds: 'soon' as unknown as number })).rejects.toThrow(/ended while starting; the end of .*\.log:\n[^]*soon/);
  });
});

describe('nothing is left', () => {
  test('after stop, with a worker in the middle of something', async () => {
    const emulator = await start();
    const state = await withBusyWorker(emulator);
    expect(processGroup(emulator.pid).length).toBeGreaterThan(1);
    await emulator.stop();
    expect(await leftOver(emulator.pid)).toEqual([]);
    expect(existsSync(state)).toBe(false);
    await emulator.stop(); // again: nothing to do
  });

  test('after the server was killed', async () => {
    const emulator = await start();
    const state = await withBusyWorker(emulator);
    process.kill(emulator.pid, 'SIGKILL');
    await emulator.ended;
    expect(await leftOver(emulator.pid)).toEqual([]);
    expect(existsSync(state)).toBe(false);
  });

  // What the owner's exit looks like to whoever started it is part of the promise: our clean-up must not hide it.
  test.each([
    ['killed', 'waits', 'SIGKILL', [null, 'SIGKILL']],
    ['interrupted', 'waits', 'SIGINT', [null, 'SIGINT']],
    ['terminated', 'waits', 'SIGTERM', [null, 'SIGTERM']],
    ['hung up', 'waits', 'SIGHUP', [null, 'SIGHUP']],
    ['done', 'exits', undefined, [3, null]],
    ['failing', 'throws', undefined, [1, null]],
  ] as const)('after its owner was %s', async (_how, behaviour, signal, exit) => {
    const owner = spawn(process.execPath, ['--import', 'tsx', join(__dirname, 'owner.ts'), behaviour], { stdio: ['ignore', 'pipe', 'ignore'] });
    const ended = once(owner, 'exit');
    const [line] = await once(createInterface({ input: owner.stdout }), 'line') as [string];
    const { pid, state } = JSON.parse(line) as { pid: number; state: string };
    if (signal) {
      expect(processGroup(pid).length).toBeGreaterThan(1);
      owner.kill(signal);
    }
    expect(await ended).toEqual([...exit]);
    expect(await leftOver(pid)).toEqual([]);
    expect(existsSync(state)).toBe(false);
  });
});
