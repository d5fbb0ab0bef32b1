import type { Job } from '../../examples/order-desk/client/jobs-client';
import { JobCancelledError, JobFailedError, JobsClient, ProblemError } from '../../examples/order-desk/client/jobs-client';

/** The client of the jobs API in the order desk, against answers that are made up here; time is played. */

const sent: Request[] = [];
let answers: (Response | Error)[] = [];
let authorizations = 0;

const client = new JobsClient<object, object>({
  url: 'https://api.example.com/prod/jobs/',
  authorize: async ({ headers }) => ({ ...headers, authorization: `token-${++authorizations}` }),
  attempts: 3,
});

beforeEach(() => {
  jest.useFakeTimers();
  // Pauses are as long as they can be.
  jest.spyOn(Math, 'random').mockReturnValue(1);
  sent.length = 0;
  authorizations = 0;
  jest.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
    sent.push(new Request(url as string, init));
    const answer = answers.shift();
    if (!answer || answer instanceof Error) {
      throw answer ?? new Error('more requests than answers');
    }
    return answer;
  });
});

afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

const job = (status: Job<object>['status'], more: Partial<Job<object>> = {}): Job<object> => ({ id: 'k-1', status, acceptedAt: 1, deadline: 2, expiresAt: 3, ...more });
const answer = (status: number, body: object, retryAfter?: number) => new Response(JSON.stringify(body), { status, headers: retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) } });

/** What a call comes to, and how long it waited in all. */
async function played<T>(call: Promise<T>): Promise<{ readonly outcome: T | Error; readonly seconds: number }> {
  const start = Date.now();
  let outcome: T | Error | undefined;
  void call.then((value) => { outcome = value; }, (error: Error) => { outcome = error; });
  while (outcome === undefined) {
    await jest.advanceTimersToNextTimerAsync();
  }
  return { outcome, seconds: (Date.now() - start) / 1000 };
}

test('submits a job with its key, and answers with it', async () => {
  answers = [answer(202, job('PENDING'))];
  await expect(client.submit({ city: 'Ulm' }, { idempotencyKey: 'forecast-1' })).resolves.toEqual(job('PENDING'));
  const [request] = sent;
  expect(request?.method).toBe('POST');
  expect(request?.url).toBe('https://api.example.com/prod/jobs');
  expect(request?.headers.get('idempotency-key')).toBe('forecast-1');
  expect(request?.headers.get('authorization')).toBe('token-1');
  await expect(request?.json()).resolves.toEqual({ city: 'Ulm' });
});

test('sends a submission again with the same key, newly authorized, when there is no answer or the API is busy', async () => {
  answers = [new Error('connection reset'), answer(429, {}, 7), answer(202, job('PENDING'))];
  const { outcome, seconds } = await played(client.submit({}));
  expect(outcome).toEqual(job('PENDING'));
  expect(new Set(sent.map(({ headers }) => headers.get('idempotency-key'))).size).toBe(1);
  expect(sent.map(({ headers }) => headers.get('authorization'))).toEqual(['token-1', 'token-2', 'token-3']);
  // A pause of its own after the first, and what the API asks for after the second.
  expect(seconds).toBe(0.25 + 7);
});

test('gives up after its attempts', async () => {
  answers = [1, 2, 3].map(() => answer(503, { title: 'Service Unavailable' }));
  const { outcome } = await played(client.submit({}));
  expect(outcome).toEqual(new ProblemError(503, 'Service Unavailable'));
  expect(sent).toHaveLength(3);
});

test.each([
  [400, { title: 'Bad Request', detail: 'city is missing' }, '400 Bad Request: city is missing'],
  [403, { message: 'Forbidden' }, '403 Forbidden'],
  [422, { title: 'Idempotency-Key was used with another body' }, '422 Idempotency-Key was used with another body'],
])('does not send again what is refused with %i', async (status, body, message) => {
  answers = [answer(status, body)];
  await expect(client.submit({})).rejects.toThrow(message);
  expect(sent).toHaveLength(1);
});

test('asks until the job has ended, with growing pauses and never sooner than the API says', async () => {
  const seen: string[] = [];
  answers = [
    answer(200, job('PENDING')), answer(200, job('RUNNING')), answer(200, job('RUNNING'), 5), answer(200, job('SUCCEEDED', { result: { rain: true } })),
  ];
  const { outcome, seconds } = await played(client.wait('k-1', { onStatus: ({ status }) => seen.push(status) }));
  expect(outcome).toEqual(job('SUCCEEDED', { result: { rain: true } }));
  expect(seen).toEqual(['PENDING', 'RUNNING', 'RUNNING', 'SUCCEEDED']);
  expect(sent.every(({ url }) => url === 'https://api.example.com/prod/jobs/k-1')).toBe(true);
  expect(seconds).toBe(0.25 + 0.5 + 5);
});

test('throws what a failed job says', async () => {
  answers = [answer(200, job('FAILED', { error: { code: 'TIMEOUT', message: 'The job did not end in time.' } }))];
  await expect(client.wait('k-1')).rejects.toThrow(JobFailedError);
  answers = [answer(200, job('FAILED', { error: { code: 'TIMEOUT', message: 'The job did not end in time.' } }))];
  await expect(client.wait('k-1')).rejects.toThrow('job k-1 has failed: The job did not end in time. (TIMEOUT)');
});

test('throws for a cancelled job, for which there is nothing to wait', async () => {
  answers = [answer(200, job('CANCELLED')), answer(200, job('CANCELLED'))];
  await expect(client.wait('k-1')).rejects.toThrow(JobCancelledError);
  await expect(client.wait('k-1')).rejects.toThrow('job k-1 was cancelled');
});

test('cancels a job, and again when there is no answer', async () => {
  answers = [new Error('connection reset'), answer(200, job('CANCELLED'))];
  const { outcome } = await played(client.cancel('k-1'));
  expect(outcome).toEqual(job('CANCELLED'));
  expect(sent.map(({ method, url }) => [method, url])).toEqual(Array(2).fill(['POST', 'https://api.example.com/prod/jobs/k-1/cancel']));
});

test('says that a job that has ended cannot be cancelled', async () => {
  answers = [answer(409, { title: 'The job has ended' })];
  await expect(client.cancel('k-1')).rejects.toThrow('409 The job has ended');
  expect(sent).toHaveLength(1);
});

test('stops when it is told to', async () => {
  const ending = new AbortController();
  answers = [answer(200, job('PENDING'), 60)];
  const waiting = client.wait('k-1', { onStatus: () => ending.abort(new Error('enough')), signal: ending.signal });
  await expect(waiting).rejects.toThrow('enough');
  expect(sent).toHaveLength(1);
});
