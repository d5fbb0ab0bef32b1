import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { DynamoDBClient, GetItemCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeExecutionCommand, DescribeStateMachineCommand, SFNClient, StopExecutionCommand, UpdateStateMachineCommand } from '@aws-sdk/client-sfn';
import { GetQueueAttributesCommand, PurgeQueueCommand, PurgeQueueInProgress, SQSClient } from '@aws-sdk/client-sqs';
import type { WatchEvent } from './watcher';
import type { JobFault, JobPlan, PlannedJob } from '../jobs/job-plan';
import { ENDS, plannedJobs, resultOf } from '../jobs/job-plan';
import type { Answer, Request } from '../jobs/signed-request';
import { signedRequest } from '../jobs/signed-request';

/** One of the APIs that the client talks to, and what it looks at beside it. */
export interface JobApi {
  readonly run: string;
  readonly apiId: string;
  readonly stage: string;
  /** Of the jobs, below the stage. */
  readonly path: string;
  /** The page that the client is. @default - none */
  readonly origin?: string;
  readonly tableName: string;
  readonly deadLetterQueueUrl: string;
  /** What an authorizer knows the client by. @default - requests are signed */
  readonly token?: string;
}

/** A job that can be done, a question for one that is not there, and a body that is not JSON. */
export type TrafficRequest = 'job' | 'unknown' | 'malformed';

export interface Traffic {
  readonly api: JobApi;
  /** Sent in turn, two a second. */
  readonly requests: readonly TrafficRequest[];
}

export interface TrafficEvent {
  readonly action: 'traffic';
  readonly traffic: readonly Traffic[];
  readonly seconds: number;
  /** Queues that are emptied first, by their URLs. */
  readonly emptied: readonly string[];
  /** Is asked afterwards; its answer is given together with that of the client. */
  readonly watcher: { readonly functionName: string; readonly event: WatchEvent };
}

export interface TrafficAnswer {
  /** By run: the statuses of the answers, each once, in order. */
  readonly answered: Readonly<Record<string, readonly number[]>>;
}

export type JobClientEvent =
  | { readonly action: 'submit' | 'abort' | 'read'; readonly api: JobApi; readonly plan: JobPlan }
  | { readonly action: 'cancel'; readonly api: JobApi; readonly plan: JobPlan; readonly fault: JobFault; readonly from: string; readonly answer: number }
  | { readonly action: 'traces'; readonly api: JobApi; readonly plan: JobPlan }
  | { readonly action: 'executions'; readonly api: JobApi; readonly plan: JobPlan; readonly fault: JobFault }
  | { readonly action: 'refusals' | 'dead-letters'; readonly api: JobApi }
  | { readonly action: 'peek'; readonly api: JobApi; readonly plan: JobPlan; readonly unsigned: boolean }
  | { readonly action: 'knock'; readonly api: JobApi; readonly alarmName: string }
  | { readonly action: 'obstruct'; readonly stateMachineArn: string }
  | TrafficEvent;

/** How many requests are under way at a time. */
const PARALLEL = 20;

/** A client sends each job as often as this at the same time, as if it had got no answer. */
const COPIES = 3;

const cloudwatch = new CloudWatchClient({});
const dynamodb = new DynamoDBClient({});
const lambda = new LambdaClient({});
const sqs = new SQSClient({});
const stepFunctions = new SFNClient({});

/** A client of the job APIs: submits, reads, compares with the plan, and stops executions as an operator would. */
export async function handler(event: JobClientEvent): Promise<object> {
  switch (event.action) {
    case 'submit':
      return submit(event.api, plannedJobs(event.plan));
    case 'abort':
      return abort(event.api, plannedJobs(event.plan));
    case 'read':
      return read(event.api, plannedJobs(event.plan));
    case 'cancel':
      return cancel(event.api, plannedJobs(event.plan).filter(({ fault }) => fault === event.fault), event);
    case 'executions':
      return executions(event.api, plannedJobs(event.plan).filter(({ fault }) => fault === event.fault));
    case 'traces':
      return traces(event.api, plannedJobs(event.plan));
    case 'refusals':
      return refusals(event.api);
    case 'peek':
      return peek(event.api, plannedJobs(event.plan), event.unsigned);
    case 'knock':
      return knock(event.api, event.alarmName);
    case 'obstruct':
      return obstruct(event.stateMachineArn);
    case 'traffic':
      return traffic(event);
    case 'dead-letters': {
      const { Attributes: attributes } = await sqs.send(new GetQueueAttributesCommand({
        QueueUrl: event.api.deadLetterQueueUrl, AttributeNames: ['ApproximateNumberOfMessages'],
      }));
      // Records that fail together may share a letter.
      return { someSetAside: Number(attributes?.ApproximateNumberOfMessages) > 0 };
    }
  }
}

/** The states in which a job has not ended, and there is something to come back for. */
const OPEN: readonly string[] = ['PENDING', 'RUNNING'];

interface Submissions {
  readonly accepted: number;
  readonly refusedWithOtherBody: number;
  /** By their numbers, the answers to the jobs that were not answered as they should be. */
  readonly wrong: Readonly<Record<number, string>>;
}

async function submit(api: JobApi, jobs: readonly PlannedJob[]): Promise<Submissions> {
  const wrong: Record<number, string> = {};
  let refusedWithOtherBody = 0;
  let accepted = 0;
  await inParallel(jobs, async (job) => {
    const body = JSON.stringify({ run: api.run, ...job, result: resultOf(job) });
    const answers = await Promise.all(Array.from({ length: COPIES }, () => post(api, keyOf(api, job), body)));
    const good = answers.every(({ status, headers, body: { id, status: end } }) => (
      status === 202 && id === idOf(api, job) && headers.get('location') === `/${api.stage}/${api.path}/${id}` && isFor(api, headers)
      // A copy may come when the job is done already.
      && (headers.get('retry-after') !== null) === OPEN.includes(end ?? '')
    ));
    const other = await post(api, keyOf(api, job), JSON.stringify({ run: api.run, ...job, other: true }));
    accepted += good ? 1 : 0;
    refusedWithOtherBody += other.status === 422 ? 1 : 0;
    if (!good || !isProblem(other, 422)) {
      wrong[job.number] = [...answers, other].map(({ status, body: answer }) => `${status} ${JSON.stringify(answer)}`).join(', ').slice(0, 600);
    }
  });
  return { accepted, refusedWithOtherBody, wrong };
}

/** Whether the page that the client is may read an answer. */
function isFor({ origin }: JobApi, headers: Headers): boolean {
  return headers.get('access-control-allow-origin') === (origin ?? null);
}

/** Stops the executions that work on the jobs that are to be stopped, as soon as they have begun. */
async function abort(api: JobApi, jobs: readonly PlannedJob[]): Promise<{ aborted: number }> {
  let aborted = 0;
  for (const job of jobs.filter(({ fault }) => fault === 'abort' || fault === 'lost')) {
    const execution = (await itemOf(api, job)).jobWorker?.S;
    if (execution) {
      await stepFunctions.send(new StopExecutionCommand({ executionArn: execution }));
      aborted += 1;
    }
  }
  return { aborted };
}

interface Cancellation {
  /** Of how many jobs both requests were answered as expected. */
  readonly answered: number;
  /** By their numbers, other answers. */
  readonly wrong: Record<number, string>;
}

/** Cancels each job twice, as soon as it reads as stated. */
async function cancel(api: JobApi, jobs: readonly PlannedJob[], { from, answer: expected }: { from: string; answer: number }): Promise<Cancellation> {
  const cancellation = { answered: 0, wrong: {} as Record<number, string> };
  await inParallel(jobs, async (job) => {
    const path = `/${api.path}/${idOf(api, job)}`;
    const { body: { status } } = await call(api, { method: 'GET', path });
    if (![from, 'CANCELLED'].includes(status as string)) {
      return;
    }
    for (const attempt of ['first', 'second']) {
      const answer = await call(api, { method: 'POST', path: `${path}/cancel` });
      const isCancelled = answer.status === 200 && answer.body.id === idOf(api, job) && answer.body.status === 'CANCELLED' && answer.headers.get('retry-after') === null;
      if (expected === 200 ? !isCancelled || !isFor(api, answer.headers) : !isProblem(answer, expected)) {
        cancellation.wrong[job.number] = `${attempt}: ${answer.status} ${JSON.stringify(answer.body)}`.slice(0, 300);
        return;
      }
    }
    cancellation.answered += 1;
  });
  return cancellation;
}

/** How many executions that worked on jobs are in which state. */
async function executions(api: JobApi, jobs: readonly PlannedJob[]): Promise<{ executions: Record<string, number> }> {
  const found: Record<string, number> = {};
  for (const job of jobs) {
    const { status = '' } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn: (await itemOf(api, job)).jobWorker?.S }));
    found[status] = (found[status] ?? 0) + 1;
  }
  return { executions: found };
}

/** Of how many jobs the table says that a worker took them, and of how many what their work gave. */
async function traces(api: JobApi, jobs: readonly PlannedJob[]): Promise<{ begun: number; results: number }> {
  const found = { begun: 0, results: 0 };
  for (const job of jobs) {
    const item = await itemOf(api, job);
    found.begun += item.jobWorker ?? item.jobProgress ? 1 : 0;
    found.results += item.jobResult ?? item.resultLocation ?? item.failureCode ? 1 : 0;
  }
  return found;
}

interface Readings {
  /** How many jobs ended how. */
  readonly ends: Record<string, number>;
  /** How many have not ended. */
  readonly open: number;
  /** Jobs that ended otherwise than their fault leads to, by number. */
  readonly wrong: Record<number, string>;
  /** Jobs that had ended otherwise when they were read before. */
  readonly changed: number[];
}

async function read(api: JobApi, jobs: readonly PlannedJob[]): Promise<Readings> {
  const readings = { ends: {} as Record<string, number>, open: 0, wrong: {} as Record<number, string>, changed: [] as number[] };
  await inParallel(jobs, async (job) => {
    const { status, headers, body } = await call(api, { method: 'GET', path: `/${api.path}/${idOf(api, job)}` });
    const end = [body.status, body.error?.code].filter(Boolean).join(' ') as string;
    if (status === 200 && OPEN.includes(end) && headers.get('retry-after') !== null) {
      readings.open += 1;
      return;
    }
    readings.ends[end] = (readings.ends[end] ?? 0) + 1;
    const isDone = end !== 'SUCCEEDED' || isDeepStrictEqual(body.result, resultOf(job));
    if (status !== 200 || end !== ENDS[job.fault] || !isDone || !isFor(api, headers)) {
      readings.wrong[job.number] = `${job.fault}: ${status} ${JSON.stringify(body)}`.slice(0, 300);
    }
    if (await firstEnd(`${api.run}/${job.number}`, end) !== end) {
      readings.changed.push(job.number);
    }
  });
  return readings;
}

/** Keeps how a job was first seen to end, and gives that. */
async function firstEnd(job: string, end: string): Promise<string | undefined> {
  const TableName = process.env.JOB_ENDS_TABLE;
  try {
    await dynamodb.send(new PutItemCommand({ TableName, Item: { job: { S: job }, end: { S: end } }, ConditionExpression: 'attribute_not_exists(job)' }));
    return end;
  } catch (error) {
    if ((error as Error).name !== 'ConditionalCheckFailedException') {
      throw error;
    }
    const { Item: item } = await dynamodb.send(new GetItemCommand({ TableName, Key: { job: { S: job } }, ConsistentRead: true }));
    return item?.end?.S;
  }
}

/** Whether each bad request is answered with a problem of its status. */
async function refusals(api: JobApi): Promise<Record<string, boolean>> {
  const json = { 'content-type': 'application/json' };
  const requests: Record<string, [number, Request]> = {
    noJson: [400, { method: 'POST', path: `/${api.path}`, headers: json, body: '{"number":' }],
    againstSchema: [400, { method: 'POST', path: `/${api.path}`, headers: json, body: '{"number":"one"}' }],
    longKey: [400, { method: 'POST', path: `/${api.path}`, headers: { ...json, 'idempotency-key': 'k'.repeat(3000) }, body: '{"number":1}' }],
    tooLarge: [413, { method: 'POST', path: `/${api.path}`, headers: json, body: JSON.stringify({ number: 1, text: 'x'.repeat(262_144) }) }],
    noJsonType: [415, { method: 'POST', path: `/${api.path}`, headers: { 'content-type': 'text/plain' }, body: '{"number":1}' }],
    unknown: [404, { method: 'GET', path: `/${api.path}/k-unknown` }],
    unlikeAnId: [404, { method: 'GET', path: `/${api.path}/unknown` }],
    noMethod: [403, { method: 'DELETE', path: `/${api.path}/k-unknown` }],
  };
  const answers = Object.entries(requests).map(async ([name, [status, request]]) => [name, isProblem(await call(api, request), status)]);
  return Object.fromEntries(await Promise.all(answers));
}

interface Sight {
  /** How often reading a job was answered with which status. */
  readonly reads: Record<number, number>;
  /** How many of these answers were problems of their status. */
  readonly problems: number;
  /** How often cancelling a job was answered with which status. */
  readonly cancellations: Record<number, number>;
  /** The status of the answer to another job. */
  readonly submission: number;
}

async function peek(api: JobApi, jobs: readonly PlannedJob[], unsigned: boolean): Promise<Sight> {
  const reads: Record<number, number> = {};
  const cancellations: Record<number, number> = {};
  let problems = 0;
  await inParallel(jobs, async (job) => {
    const answer = await call(api, { method: 'GET', path: `/${api.path}/${idOf(api, job)}`, unsigned });
    reads[answer.status] = (reads[answer.status] ?? 0) + 1;
    problems += isProblem(answer, answer.status) ? 1 : 0;
    const { status: cancelled } = await call(api, { method: 'POST', path: `/${api.path}/${idOf(api, job)}/cancel`, unsigned });
    cancellations[cancelled] = (cancellations[cancelled] ?? 0) + 1;
  });
  const headers = { 'content-type': 'application/json' };
  const { status } = await call(api, { method: 'POST', path: `/${api.path}`, headers, body: '{"number":1,"fault":"none"}', unsigned });
  return { reads, problems, cancellations, submission: status };
}

/** Asks for a job that is not there, and says what came of it and how the alarm is. */
async function knock(api: JobApi, alarmName: string): Promise<{ status: number; title: string; alarm: string | undefined }> {
  const { status, body } = await call(api, { method: 'GET', path: `/${api.path}/k-unknown` });
  const { MetricAlarms: [alarm] = [] } = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [alarmName] }));
  return { status, title: body.title, alarm: alarm?.StateValue };
}

/** Changes a workflow by hand, so that it hangs when the work is done: for a day, if its time limit lets it. */
async function obstruct(stateMachineArn: string): Promise<{ obstructed: true }> {
  const { definition = '' } = await stepFunctions.send(new DescribeStateMachineCommand({ stateMachineArn }));
  const workflow = JSON.parse(definition);
  workflow.States.Hang = { Type: 'Wait', Seconds: 86_400, Next: workflow.States.Work.Next };
  workflow.States.Work.Next = 'Hang';
  await stepFunctions.send(new UpdateStateMachineCommand({ stateMachineArn, definition: JSON.stringify(workflow) }));
  return { obstructed: true };
}

/** Keeps all the APIs busy for a while, and then asks the watcher which alarms rang. */
async function traffic({ traffic: streams, seconds, emptied, watcher }: TrafficEvent): Promise<TrafficAnswer> {
  await Promise.all(emptied.map(empty));
  const answered = await Promise.all(streams.map(async (stream) => [stream.api.run, await statusesOf(stream, seconds)] as const));
  const { Payload: payload } = await lambda.send(new InvokeCommand({ FunctionName: watcher.functionName, Payload: JSON.stringify(watcher.event) }));
  return { ...JSON.parse(Buffer.from(payload ?? []).toString()), answered: Object.fromEntries(answered) };
}

/** SQS does it once a minute at most. */
async function empty(queueUrl: string): Promise<void> {
  try {
    await sqs.send(new PurgeQueueCommand({ QueueUrl: queueUrl }));
  } catch (error) {
    if (!(error instanceof PurgeQueueInProgress)) {
      throw error;
    }
  }
}

/** An answer may take longer than the next request is away. */
async function statusesOf({ api, requests }: Traffic, seconds: number): Promise<number[]> {
  const answers = Array.from({ length: 2 * seconds }, async (_, index) => {
    await sleep(500 * index);
    return call(api, trafficRequest(api, requests[index % requests.length]!));
  });
  return [...new Set((await Promise.all(answers)).map(({ status }) => status))].sort((a, b) => a - b);
}

function trafficRequest(api: JobApi, request: TrafficRequest): Request {
  return request === 'unknown'
    ? { method: 'GET', path: `/${api.path}/k-unknown` }
    : { method: 'POST', path: `/${api.path}`, headers: { 'content-type': 'application/json' }, body: request === 'job' ? '{"number":1,"fault":"none"}' : '{"number":' };
}

function isProblem({ status, headers, body }: Answer, expected: number): boolean {
  return status === expected && headers.get('content-type') === 'application/problem+json' && [body.type, body.title].every((text) => typeof text === 'string');
}

function post(api: JobApi, key: string, body: string): Promise<Answer> {
  return call(api, { method: 'POST', path: `/${api.path}`, headers: { 'content-type': 'application/json', 'idempotency-key': key }, body });
}

function call(api: JobApi, request: Request): Promise<Answer> {
  const { token, origin } = api;
  const from = origin === undefined ? request : { ...request, headers: { ...request.headers, origin } };
  const sent = token === undefined ? from : { ...from, headers: { ...from.headers, authorization: token }, unsigned: true };
  return signedRequest(api.apiId, api.stage, sent);
}

/** A job as it is in the table. Its key begins with its owner, by whatever name the API knows this client. */
async function itemOf(api: JobApi, job: PlannedJob): Promise<Record<string, AttributeValue>> {
  const { Items: items = [] } = await dynamodb.send(new ScanCommand({
    TableName: api.tableName,
    FilterExpression: 'jobId = :id',
    ExpressionAttributeValues: { ':id': { S: idOf(api, job) } },
    ConsistentRead: true,
  }));
  return items[0] ?? {};
}

function keyOf({ run }: JobApi, { number }: PlannedJob): string {
  // Signs that must not come through to a path as they are.
  return `${run}/job ${number}?`;
}

function idOf(api: JobApi, job: PlannedJob): string {
  return `k-${Buffer.from(keyOf(api, job)).toString('base64url')}`;
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  await Promise.all(Array.from({ length: PARALLEL }, async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      await work(item);
    }
  }));
}
