import { FakeJobTable } from './fake-job-table';
import type { Job } from '../../runtime/src';
import { JobCancelledError, JobEndedError, JobTimedOutError, takeJob } from '../../runtime/src';

const NOW = Date.UTC(2030, 0, 1);
const SECONDS = NOW / 1000;

let dynamodb: FakeJobTable;

beforeEach(() => {
  jest.useFakeTimers({ now: NOW });
  dynamodb = new FakeJobTable();
  dynamodb.accept('ann/k-1', 60, { city: 'Ulm' });
});

afterEach(() => {
  jest.useRealTimers();
});

const MESSAGE = '{"table": "Jobs", "job": "ann/k-1"}';
const take = async () => await takeJob<{ city: string }>(MESSAGE, { dynamodb }) as Job<{ city: string }>;
const errorOf = ({ signal }: Job) => signal.reason as Error | undefined;
const reasonOf = (job: Job) => [job.signal.aborted, errorOf(job)?.constructor, errorOf(job)?.message];
const stored = () => dynamodb.of('ann/k-1');

describe('taking a job', () => {
  test('is one conditional write, and gives what the client sent', async () => {
    const job = await take();
    expect(dynamodb.updates).toEqual([{
      TableName: 'Jobs',
      Key: { jobKey: { S: 'ann/k-1' } },
      ConditionExpression: 'jobStatus IN (:pending, :running) AND deadline > :now',
      UpdateExpression: 'SET jobStatus = :jobStatus',
      ExpressionAttributeValues: { ':pending': { S: 'PENDING' }, ':running': { S: 'RUNNING' }, ':now': { N: `${SECONDS}` }, ':jobStatus': { S: 'RUNNING' } },
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    }]);
    expect(stored().jobStatus).toEqual({ S: 'RUNNING' });
    expect([job.id, job.body, job.deadline, job.signal.aborted]).toEqual(['k-ann/k-1', { city: 'Ulm' }, new Date(NOW + 60_000), false]);
  });

  test('works with what the message says, as a function of a FunctionEngine has it', async () => {
    expect(await takeJob({ table: 'Jobs', job: 'ann/k-1' }, { dynamodb })).toBeDefined();
  });

  test('works again for a job that another worker left', async () => {
    await take();
    expect(await take()).toBeDefined();
  });

  test.each(['CANCELLED', 'SUCCEEDED', 'FAILED'])('gives nothing for a job that is %s', async (S) => {
    stored().jobStatus = { S };
    expect(await takeJob(MESSAGE, { dynamodb })).toBeUndefined();
    expect(stored().jobStatus).toEqual({ S });
  });

  test('gives nothing for a job that is past its deadline, or not there', async () => {
    jest.setSystemTime(NOW + 60_000);
    expect(await takeJob(MESSAGE, { dynamodb })).toBeUndefined();
    expect(await takeJob({ table: 'Jobs', job: 'ann/k-2' }, { dynamodb })).toBeUndefined();
  });

  test('throws what DynamoDB could not do', async () => {
    dynamodb.failures.push({ error: new Error('throttled'), written: false });
    await expect(take()).rejects.toThrow('throttled');
  });

  test.each(['{}', '{"table": "Jobs"}', '{"job": "ann/k-1"}', '{"table": 1, "job": "ann/k-1"}'])('refuses the message %s', async (message) => {
    await expect(takeJob(message, { dynamodb })).rejects.toThrow(new TypeError('the message is none of a QueueEngine: it has no table and job'));
  });
});

describe('a report', () => {
  test('of progress is shown, and says to go on', async () => {
    const job = await take();
    expect(await job.progress(40)).toBe(true);
    expect(stored()).toMatchObject({ jobStatus: { S: 'RUNNING' }, jobProgress: { N: '40' } });
  });

  test('without progress leaves what is shown', async () => {
    const job = await take();
    await job.progress(0);
    expect(await job.progress()).toBe(true);
    expect(stored().jobProgress).toEqual({ N: '0' });
  });

  test.each([[{ celsius: 21 }, '{"celsius":21}'], ['text', '"text"'], [null, 'null'], [undefined, 'null']])('of the result %j is its JSON', async (result, S) => {
    expect(await (await take()).succeed(result)).toBe(true);
    expect(stored()).toMatchObject({ jobStatus: { S: 'SUCCEEDED' }, jobResult: { S } });
  });

  test('of where the result is', async () => {
    expect(await (await take()).succeedAt('https://example.com/1')).toBe(true);
    expect(stored()).toMatchObject({ jobStatus: { S: 'SUCCEEDED' }, resultLocation: { S: 'https://example.com/1' } });
  });

  test('of a failure is for the client', async () => {
    expect(await (await take()).fail('NO_SUCH_CITY', 'There is no such city.')).toBe(true);
    expect(stored()).toMatchObject({ jobStatus: { S: 'FAILED' }, failureCode: { S: 'NO_SUCH_CITY' }, failureReason: { S: 'There is no such city.' } });
  });

  test('throws what DynamoDB could not do, and can be tried again', async () => {
    const job = await take();
    dynamodb.failures.push({ error: new Error('throttled'), written: false });
    await expect(job.succeed(1)).rejects.toThrow('throttled');
    expect(reasonOf(job)).toEqual([false, undefined, undefined]);
    expect(await job.succeed(1)).toBe(true);
  });

  test('is good if only its answer was lost', async () => {
    const job = await take();
    dynamodb.failures.push({ error: new Error('connection reset'), written: true });
    await expect(job.succeed(1)).rejects.toThrow('connection reset');
    expect(await job.succeed(1)).toBe(true);
    expect(await job.succeed(2)).toBe(false);
    expect(stored().jobResult).toEqual({ S: '1' });
  });
});

describe('a job that is not wanted any more', () => {
  const REPORTS: [string, (job: Job) => Promise<boolean>][] = [
    ['progress', (job) => job.progress(50)],
    ['a look', (job) => job.progress()],
    ['a result', (job) => job.succeed(1)],
    ['a place', (job) => job.succeedAt('x')],
    ['a failure', (job) => job.fail('X', 'x')],
  ];

  test.each(REPORTS)('because it was cancelled refuses %s, and says why', async (_, report) => {
    const job = await take();
    stored().jobStatus = { S: 'CANCELLED' };
    const before = { ...stored() };
    expect(await report(job)).toBe(false);
    expect(stored()).toEqual(before);
    expect(reasonOf(job)).toEqual([true, JobCancelledError, 'job ann/k-1 was cancelled by its owner']);
    expect(errorOf(job)?.name).toBe('JobCancelledError');
  });

  test.each(REPORTS)('because another clock is past its deadline refuses %s, and says why', async (_, report) => {
    const job = await take();
    stored().deadline = { N: `${SECONDS}` };
    expect(await report(job)).toBe(false);
    expect(reasonOf(job)).toEqual([true, JobTimedOutError, 'job ann/k-1 did not end by its deadline']);
  });

  test.each(REPORTS)('because another worker has done it refuses %s, and says why', async (_, report) => {
    const job = await take();
    Object.assign(stored(), { jobStatus: { S: 'SUCCEEDED' }, jobResult: { S: '"other"' } });
    expect(await report(job)).toBe(false);
    expect(reasonOf(job)).toEqual([true, JobEndedError, 'job ann/k-1 has ended: SUCCEEDED']);
  });

  test('because it is gone says so', async () => {
    const job = await take();
    dynamodb.items.clear();
    expect(await job.progress()).toBe(false);
    expect(reasonOf(job)).toEqual([true, JobEndedError, 'job ann/k-1 has ended: it is not there any more']);
  });

  test('is not reported of again', async () => {
    const job = await take();
    stored().jobStatus = { S: 'CANCELLED' };
    await job.progress();
    expect(await job.succeed(1)).toBe(false);
    expect(dynamodb.updates).toHaveLength(2);
  });
});

describe('the deadline', () => {
  test('aborts the signal by itself', async () => {
    const job = await take();
    jest.advanceTimersByTime(59_999);
    expect(job.signal.aborted).toBe(false);
    jest.advanceTimersByTime(1);
    expect(reasonOf(job)).toEqual([true, JobTimedOutError, 'job ann/k-1 did not end by its deadline']);
    expect(await job.succeed(1)).toBe(false);
  });

  test('may be further away than a timer reaches', async () => {
    const days = 30 * 86_400;
    dynamodb.accept('ann/k-1', days);
    const job = await take();
    jest.advanceTimersByTime(days * 1000 - 1);
    expect(job.signal.aborted).toBe(false);
    jest.advanceTimersByTime(1);
    expect(job.signal.aborted).toBe(true);
  });

  test.each<[string, (job: Job) => Promise<boolean>]>([
    ['succeeded', (job) => job.succeed(1)], ['failed', (job) => job.fail('X', 'x')],
    ['been cancelled', (job) => { stored().jobStatus = { S: 'CANCELLED' }; return job.progress(); }],
  ])('is not waited for when the job has %s', async (_, report) => {
    await report(await take());
    expect(jest.getTimerCount()).toBe(0);
  });

  test('keeps no process alive', async () => {
    const set = jest.spyOn(globalThis, 'setTimeout');
    await take();
    expect((set.mock.results[0]!.value as NodeJS.Timeout).hasRef()).toBe(false);
  });
});
