import { FakeQueue } from './fake-queue';
import type { MessageHandler, WorkerOptions } from '../../runtime/src';
import { HungHandlerError, QueueWorker, runWorker } from '../../runtime/src';

const AGENT = 'http://169.254.170.2/api/1234';

function granted(on: boolean): Response {
  return Response.json({ protection: { ProtectionEnabled: on, ExpirationDate: '2026-12-01T00:00:00Z', TaskArn: 'arn:aws:ecs:eu-west-1:111122223333:task/1' } });
}

function refused(): Response {
  return Response.json({ failure: { Arn: 'arn:aws:ecs:eu-west-1:111122223333:task/1', Reason: 'DEPLOYMENT_BLOCKED', Detail: '' }, requestID: '1' });
}

/** What the ECS agent is asked, as `on 25` at a second; and what it answers. */
class FakeAgent {
  readonly asked: string[] = [];
  answer: (on: boolean) => Response | Error = granted;

  constructor() {
    jest.spyOn(globalThis, 'fetch').mockImplementation((async (url: string, { method, headers, body }: { method: string; headers: object; body: string }) => {
      expect([url, method, headers]).toEqual([`${AGENT}/task-protection/v1/state`, 'PUT', { 'Content-Type': 'application/json' }]);
      const { ProtectionEnabled: on, ExpiresInMinutes: minutes } = JSON.parse(body) as { ProtectionEnabled: boolean; ExpiresInMinutes?: number };
      this.asked.push(`${Date.now() / 1000} ${on ? `on ${minutes}` : 'off'}`);
      const answer = this.answer(on);
      if (answer instanceof Error) {
        throw answer;
      }
      return answer;
    }) as never);
  }
}

const running: QueueWorker[] = [];
const logged: string[] = [];

/** A worker with two minutes of visibility, an hour for a message and no agent, that is running. `ended` says how its run did. */
function work(sqs: FakeQueue, handler: MessageHandler, options: Partial<WorkerOptions> = {}) {
  const log = (text: string, error?: unknown) => void logged.push(error === undefined ? text : `${text} ${(error as Error).message}`);
  const worker = new QueueWorker(handler, {
    sqs, queueUrl: 'https://sqs/orders', maxProcessingSeconds: 3600, visibilityTimeoutSeconds: 120, agentUri: '', log, ...options,
  });
  running.push(worker);
  const run: { ended?: unknown } = {};
  worker.run().then(() => run.ended = 'well', (error: unknown) => run.ended = error);
  return { worker, run };
}

const takes = (time: number): MessageHandler => async () => new Promise((resolve) => {
  setTimeout(resolve, time * 1000);
});
const passes = async (time: number) => jest.advanceTimersByTimeAsync(time * 1000);

/** Works until its signal, and fails then. */
const gives = (signals: string[]): MessageHandler => async (_, signal) => new Promise((_resolve, reject) => {
  signal.addEventListener('abort', () => {
    signals.push(`${Date.now() / 1000} ${(signal.reason as Error).message}`);
    reject(new Error('gave up'));
  });
});

beforeEach(() => {
  jest.useFakeTimers({ now: 0 });
  logged.length = 0;
});

afterEach(async () => {
  running.splice(0).forEach((worker) => worker.stop());
  await passes(4000);
  jest.restoreAllMocks();
  jest.useRealTimers();
});

describe('messages', () => {
  test('are received one at a time, by long polls, with all that they have, and deleted when they are done', async () => {
    const sqs = new FakeQueue('a', 'b');
    const seen: unknown[] = [];
    work(sqs, (message) => void seen.push(message.Body));
    await passes(1);
    expect(seen).toEqual(['a', 'b']);
    expect(sqs.left).toEqual([]);
    expect(sqs.receives[0]).toEqual({
      QueueUrl: 'https://sqs/orders', MaxNumberOfMessages: 1, WaitTimeSeconds: 20, VisibilityTimeout: 120, MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'],
    });
  });

  test('are not deleted before the handler is done', async () => {
    const sqs = new FakeQueue('a');
    work(sqs, takes(50));
    await passes(49);
    expect(sqs.left).toEqual(['a']);
    await passes(1);
    expect(sqs.events).toEqual(['0 receive a', '30 hide for 120 a', '50 delete a']);
  });

  test('that fail are hidden for 10 seconds, then for twice as long each time, up to 15 minutes', async () => {
    const sqs = new FakeQueue('a');
    work(sqs, () => {
      throw new Error('poison');
    });
    await passes(4000);
    expect(sqs.events.filter((event) => event.includes('hide')).map((event) => Number(event.split(' ')[3]))).toEqual([10, 20, 40, 80, 160, 320, 640, 900, 900, 900, 900]);
    expect(sqs.left).toEqual(['a']);
    expect(logged[0]).toBe('message a failed: poison');
  });

  test('that fail are hidden for as long as is asked for', async () => {
    const sqs = new FakeQueue('a');
    work(sqs, async () => Promise.reject(new Error('poison')), { backoffSeconds: (receives) => receives * 3 });
    await passes(12);
    expect(sqs.events).toEqual(['0 receive a', '0 hide for 3 a', '3 receive a', '3 hide for 6 a', '9 receive a', '9 hide for 9 a']);
  });

  test('that fail and cannot be given back come back by themselves', async () => {
    const sqs = new FakeQueue('a');
    sqs.failures.change.push(new Error('unreachable'));
    work(sqs, async () => Promise.reject(new Error('poison')));
    await passes(120);
    expect(sqs.events).toEqual(['0 receive a', '120 receive a', '120 hide for 20 a']);
    expect(logged).toContain('message a could not be given back, and comes back by itself: unreachable');
  });

  test('that are done are deleted at the fourth attempt, if it takes so many', async () => {
    const sqs = new FakeQueue('a');
    sqs.failures.delete.push(...[1, 2, 3].map(() => new Error('unreachable')));
    work(sqs, () => undefined);
    await passes(1);
    expect(sqs.left).toEqual([]);
    expect(logged).toEqual([1, 2, 3].map(() => 'message a is done, but could not be deleted: unreachable'));
  });

  test('that cannot be deleted do not end the worker', async () => {
    const sqs = new FakeQueue('a', 'b');
    sqs.failures.delete.push(...[1, 2, 3, 4].map(() => new Error('unreachable')));
    work(sqs, () => undefined);
    await passes(1);
    expect(sqs.left).toEqual(['a']);
    expect(logged).toHaveLength(4);
  });

  test.each([['ReceiptHandleIsInvalid', ''], ['MessageNotInflight', ''], ['InvalidParameterValue', 'The receipt handle has expired.']])(
    'whose receipt handle has expired are not deleted again and again: %s', async (name, message) => {
      const sqs = new FakeQueue('a');
      sqs.failures.delete.push(Object.assign(new Error(message), { name }));
      work(sqs, () => undefined);
      await passes(1);
      expect(sqs.left).toEqual(['a']);
      expect(logged).toHaveLength(1);
    },
  );
});

describe('protection', () => {
  test('is asked for before a message is received, for longer than one may take, and is not asked for again while it lasts', async () => {
    const agent = new FakeAgent();
    const sqs = new FakeQueue('a', 'b', 'c');
    work(sqs, takes(100), { agentUri: AGENT, maxProcessingSeconds: 600 });
    await passes(290);
    expect(agent.asked).toEqual(['0 on 16']);
    await passes(10);
    expect(sqs.left).toEqual([]);
    expect(sqs.receives).toHaveLength(4);
  });

  test('is given up for five seconds before a message for which it would not last, so that the task can be stopped however much there is to do', async () => {
    const agent = new FakeAgent();
    const sqs = new FakeQueue('a', 'b', 'c', 'd');
    work(sqs, takes(200), { agentUri: AGENT, maxProcessingSeconds: 600 });
    await passes(404);
    // 16 minutes are 355 seconds more than the 605 that a message may take.
    expect(agent.asked).toEqual(['0 on 16', '400 off']);
    expect(sqs.receives).toHaveLength(2);
    await passes(197);
    expect(agent.asked).toEqual(['0 on 16', '400 off', '405 on 16']);
    expect(sqs.receives).toHaveLength(3);
  });

  test('that lasts exactly as long as a message may take is not given up', async () => {
    const agent = new FakeAgent();
    const sqs = new FakeQueue('a', 'b', 'c');
    work(sqs, takes(355), { agentUri: AGENT, maxProcessingSeconds: 600 });
    await passes(356);
    expect(agent.asked).toEqual(['0 on 16']);
    expect(sqs.receives).toHaveLength(2);
  });

  test('is given up for five seconds when there is nothing to do, so that the task can be stopped', async () => {
    const agent = new FakeAgent();
    const sqs = new FakeQueue();
    work(sqs, () => undefined, { agentUri: AGENT });
    await passes(26);
    expect(agent.asked).toEqual(['0 on 66', '20 off', '25 on 66']);
    expect(sqs.receives).toHaveLength(2);
  });

  test.each([
    ['refuses', refused],
    ['answers with an error', () => Response.json({ error: { Code: 'AccessDeniedException' } }, { status: 400 })],
    ['answers with nonsense', () => new Response('no')],
    ['is not protected after all', () => granted(false)],
    ['cannot be reached', () => new Error('ECONNREFUSED')],
  ])('is waited for, and nothing received, while ECS %s', async (_, answer) => {
    const agent = new FakeAgent();
    agent.answer = (on) => (on ? answer() : granted(false));
    const sqs = new FakeQueue('a');
    work(sqs, () => undefined, { agentUri: AGENT });
    await passes(16);
    expect(agent.asked).toEqual(['0 on 66', '0 off', '15 on 66', '15 off']);
    expect(sqs.receives).toEqual([]);
    expect(logged[0]).toMatch(/^ECS did not set the protection of this task: .+|^the protection of this task could not be set: .+/);

    agent.answer = granted;
    await passes(15);
    expect(sqs.left).toEqual([]);
  });

  test('that expires is not taken for granted when it was refused in between', async () => {
    const agent = new FakeAgent();
    const sqs = new FakeQueue('a', 'b', 'c');
    agent.answer = (on) => (on && Date.now() >= 300_000 ? refused() : granted(on));
    work(sqs, takes(400), { agentUri: AGENT });
    await passes(420);
    expect(sqs.left).toEqual(['b', 'c']);
    expect(sqs.receives).toHaveLength(1);
  });

  test('is given up when the worker ends', async () => {
    const agent = new FakeAgent();
    const { worker, run } = work(new FakeQueue('a'), takes(30), { agentUri: AGENT });
    await passes(10);
    worker.stop();
    await passes(20);
    expect(run.ended).toBe('well');
    expect(agent.asked).toEqual(['0 on 66', '30 off']);
  });

  test('is not asked for outside ECS', async () => {
    const agent = new FakeAgent();
    work(new FakeQueue('a'), () => undefined);
    await passes(30);
    expect(agent.asked).toEqual([]);
  });
});

describe('while a message is processed', () => {
  test('nobody else gets it, however long it takes', async () => {
    const sqs = new FakeQueue('a');
    work(sqs, takes(3500));
    await passes(10);
    for (let second = 10; second < 3500; second += 10) {
      expect(sqs.visible).toEqual([]);
      await passes(10);
    }
    expect(sqs.left).toEqual([]);
    expect(sqs.events.slice(0, 4)).toEqual(['0 receive a', '30 hide for 120 a', '60 hide for 120 a', '90 hide for 120 a']);
  });

  test('heartbeats end with it', async () => {
    const sqs = new FakeQueue('a');
    work(sqs, takes(50));
    await passes(500);
    expect(sqs.events.filter((event) => event.includes('hide'))).toHaveLength(1);
  });

  test('SQS is not asked to hide it for more than 12 hours in all', async () => {
    const sqs = new FakeQueue('a');
    work(sqs, takes(43_199), { maxProcessingSeconds: 43_200 });
    await passes(43_199);
    expect(sqs.events.slice(-4)).toEqual(['43110 hide for 90 a', '43140 hide for 60 a', '43170 hide for 30 a', '43199 delete a']);
  });

  test('a heartbeat that fails does no harm', async () => {
    const sqs = new FakeQueue('a');
    sqs.failures.change.push(new Error('unreachable'), new Error('unreachable'));
    const signals: string[] = [];
    work(sqs, async (message, signal) => {
      await takes(300)(message, signal);
      signals.push(`${signal.aborted}`);
    });
    await passes(300);
    expect(signals).toEqual(['false']);
    expect(sqs.left).toEqual([]);
    expect(logged).toEqual([1, 2].map(() => 'the visibility timeout of message a could not be extended: unreachable'));
  });

  test('the handler is told when heartbeats have failed for so long that others may have it', async () => {
    const sqs = new FakeQueue('a');
    sqs.failures.change.push(...[1, 2, 3, 4].map(() => new Error('unreachable')));
    const signals: string[] = [];
    work(sqs, gives(signals));
    await passes(121);
    expect(signals).toEqual(['120 message a was lost to another worker']);
  });

  test('the handler is told when its receipt handle has expired, and the message is left to whoever has it', async () => {
    const sqs = new FakeQueue('a');
    const signals: string[] = [];
    work(sqs, gives(signals));
    await passes(10);
    await sqs.changeMessageVisibility({ QueueUrl: '', ReceiptHandle: 'a#1', VisibilityTimeout: 0 });
    const other = sqs.take(1000);
    expect(other?.Attributes).toEqual({ ApproximateReceiveCount: '2' });
    await passes(21);
    expect(signals).toEqual(['30 message a was lost to another worker']);
    expect(sqs.events).toEqual(['0 receive a', '10 hide for 0 a']);
  });

  test('the handler is told when the time is over, and the message is received again later', async () => {
    const sqs = new FakeQueue('a');
    const signals: string[] = [];
    work(sqs, gives(signals), { maxProcessingSeconds: 100 });
    await passes(100);
    expect(signals).toEqual(['100 the message was not done after 100 seconds']);
    expect(sqs.events.at(-1)).toBe('100 hide for 10 a');
  });

  test('a handler that hangs ends the worker, and its message comes back', async () => {
    const sqs = new FakeQueue('a');
    const { run } = work(sqs, takes(1e6), { maxProcessingSeconds: 100 });
    await passes(104);
    expect(run.ended).toBeUndefined();
    await passes(1);
    expect(run.ended).toBeInstanceOf(HungHandlerError);
    expect(run.ended).toMatchObject({ name: 'HungHandlerError', message: 'the handler did not give message a up: end the process', cause: { message: 'the message was not done after 100 seconds' } });
    expect(sqs.events.at(-1)).toBe('105 hide for 10 a');
    const events = [...sqs.events];
    await passes(500);
    expect(sqs.events).toEqual(events);
    expect(sqs.visible).toEqual(['a']);
  });

  test('a worker that is killed loses its message within the visibility timeout', async () => {
    const sqs = new FakeQueue('a');
    // What the queue sees of a process that is gone: no more calls.
    sqs.take(120);
    await passes(119);
    expect(sqs.visible).toEqual([]);
    work(sqs, () => undefined);
    await passes(2);
    expect(sqs.left).toEqual([]);
  });
});

describe('a worker that is stopped', () => {
  test('finishes its message, and receives no other', async () => {
    const sqs = new FakeQueue('a', 'b');
    const { worker, run } = work(sqs, takes(90));
    await passes(10);
    worker.stop();
    await passes(79);
    expect(run.ended).toBeUndefined();
    await passes(1);
    expect(run.ended).toBe('well');
    expect(sqs.left).toEqual(['b']);
    expect(sqs.receives).toHaveLength(1);
  });

  test.each([[undefined, 100], [20, 20]])('tells the handler to give up in time before it is killed, and gives the message back: %p', async (drainSeconds, expected) => {
    const sqs = new FakeQueue('a');
    const signals: string[] = [];
    const { worker, run } = work(sqs, gives(signals), drainSeconds === undefined ? {} : { drainSeconds });
    await passes(10);
    worker.stop();
    await passes(expected);
    expect(signals).toEqual([`${10 + expected} the task is being stopped`]);
    expect(sqs.events.at(-1)).toBe(`${10 + expected} hide for 0 a`);
    expect(sqs.visible).toEqual(['a']);
    expect(run.ended).toBe('well');
  });

  test('gives the message of a handler that does not give up back as well', async () => {
    const sqs = new FakeQueue('a');
    const { worker, run } = work(sqs, takes(1e6));
    worker.stop();
    await passes(105);
    expect(sqs.left).toEqual(['a']);
    await passes(20);
    expect(run.ended).toBe('well');
  });

  test('gives a message back that it receives then', async () => {
    const sqs = new FakeQueue();
    const handled: unknown[] = [];
    const { worker, run } = work(sqs, (message) => void handled.push(message));
    await passes(5);
    worker.stop();
    sqs.send('a');
    await passes(1);
    expect(handled).toEqual([]);
    expect(sqs.visible).toEqual(['a']);
    expect(run.ended).toBe('well');
  });

  test('ends at once in a pause', async () => {
    const agent = new FakeAgent();
    agent.answer = refused;
    const { worker, run } = work(new FakeQueue(), () => undefined, { agentUri: AGENT });
    await passes(1);
    worker.stop();
    await passes(0);
    expect(run.ended).toBe('well');
  });
});

describe('a queue that cannot be read', () => {
  test('is tried again after longer and longer pauses', async () => {
    const sqs = new FakeQueue('a');
    sqs.failures.receive.push(...Array.from({ length: 7 }, () => new Error('unreachable')));
    work(sqs, () => undefined);
    await passes(1 + 2 + 4 + 8 + 16 + 30 + 29);
    expect(sqs.receives).toHaveLength(7);
    await passes(1);
    expect(sqs.left).toEqual([]);
    expect(logged[0]).toBe('no message could be received from https://sqs/orders: unreachable');
  });

  test('ends the worker at the eighth failure, so that it is noticed', async () => {
    const sqs = new FakeQueue('a');
    sqs.failures.receive.push(...Array.from({ length: 8 }, () => new Error('denied')));
    const { run } = work(sqs, () => undefined);
    await passes(91);
    expect(run.ended).toEqual(new Error('denied'));
  });

  test('does not keep a worker that is stopped', async () => {
    const sqs = new FakeQueue('a');
    sqs.failures.receive.push(new Error('unreachable'));
    const { worker, run } = work(sqs, () => undefined);
    worker.stop();
    await passes(0);
    expect(run.ended).toBe('well');
    expect(sqs.left).toEqual(['a']);
  });
});

describe('settings', () => {
  const { env } = process;
  afterEach(() => {
    process.env = env;
  });

  test('are those that a QueueFedService gives to its container', async () => {
    process.env = { ...env, QUEUE_URL: 'https://sqs/given', MAX_PROCESSING_SECONDS: '60', VISIBILITY_TIMEOUT_SECONDS: '30', ECS_AGENT_URI: AGENT };
    const agent = new FakeAgent();
    const sqs = new FakeQueue('a');
    const worker = new QueueWorker(takes(1), { sqs });
    running.push(worker);
    void worker.run();
    await passes(1);
    expect(agent.asked).toEqual(['0 on 7']);
    expect(sqs.receives[0]).toMatchObject({ QueueUrl: 'https://sqs/given', VisibilityTimeout: 30 });
  });

  test('must include a queue', () => {
    expect(() => new QueueWorker(() => undefined, { sqs: new FakeQueue() }))
      .toThrow('queueUrl is not given, and the environment variable QUEUE_URL is not set: say which queue to receive from');
  });

  test.each([
    [{}, 'maxProcessingSeconds is not given, but must be from 1 to 43200'],
    [{ maxProcessingSeconds: 0 }, 'maxProcessingSeconds is 0, but must be from 1 to 43200'],
    [{ maxProcessingSeconds: 43_201 }, 'maxProcessingSeconds is 43201, but must be from 1 to 43200'],
    [{ maxProcessingSeconds: 1 }, 'visibilityTimeoutSeconds is not given, but must be from 4 to 43200'],
    [{ maxProcessingSeconds: 43_200, visibilityTimeoutSeconds: 3 }, 'visibilityTimeoutSeconds is 3, but must be from 4 to 43200'],
  ])('%j are refused', (options, problem) => {
    expect(() => new QueueWorker(() => undefined, { sqs: new FakeQueue(), queueUrl: 'q', ...options })).toThrow(problem);
  });

  test('log to the console unless told otherwise', async () => {
    const error = jest.spyOn(console, 'error').mockReturnValue();
    const agent = new FakeAgent();
    agent.answer = refused;
    const worker = new QueueWorker(() => undefined, { sqs: new FakeQueue(), queueUrl: 'q', maxProcessingSeconds: 1, visibilityTimeoutSeconds: 4, agentUri: AGENT });
    running.push(worker);
    void worker.run();
    await passes(1);
    expect(error.mock.calls[0]).toEqual([expect.stringContaining('DEPLOYMENT_BLOCKED')]);
    agent.answer = () => new Error('ECONNREFUSED');
    await passes(15);
    expect(error.mock.calls.at(-1)).toEqual(['the protection of this task could not be set:', new Error('ECONNREFUSED')]);
  });
});

test('SIGTERM stops a worker', async () => {
  const sqs = new FakeQueue('a', 'b');
  const before = process.listenerCount('SIGTERM');
  const done = runWorker(takes(10), { sqs, queueUrl: 'q', maxProcessingSeconds: 60, visibilityTimeoutSeconds: 30 });
  await passes(1);
  process.emit('SIGTERM');
  await passes(9);
  await done;
  expect(sqs.left).toEqual(['b']);
  expect(process.listenerCount('SIGTERM')).toBe(before);
});
