import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Surroundings } from '../../../cli/src/replay';
import { runReplay } from '../../../cli/src/replay';
import type { AsyncSettings, Aws, DeliveryStream, Invocation, Mapping, StackResource } from '../../../cli/src/replay/aws';
import { AwsError } from '../../../cli/src/replay/aws';

export const NOW = new Date('2026-11-30T12:00:00Z');
export const ORDERS = 'arn:aws:lambda:eu-west-1:111122223333:function:Orders';
export const MAILER = 'arn:aws:lambda:eu-west-1:111122223333:function:Mailer';

/** An account as far as the command sees it. */
export interface Account {
  /** By `bucket/key`. */
  readonly objects: Map<string, { readonly content: Buffer; readonly stored: Date; readonly etag: string }>;
  readonly stacks: Record<string, readonly StackResource[]>;
  readonly mappings: Record<string, Mapping>;
  readonly asyncSettings: Record<string, readonly AsyncSettings[]>;
  readonly deliveryStreams: Record<string, DeliveryStream>;
  /** What a function does with an event. */
  functions: (functionName: string, event: string) => Invocation;
  /** What Firehose says to a record. */
  firehose: (record: string) => string | undefined;
  /** What was asked for, in order. */
  readonly calls: string[];
  readonly invoked: { readonly functionName: string; readonly event: string; readonly at: number }[];
  readonly put: { readonly deliveryStream: string; readonly records: readonly string[] }[];
  /** What a bucket's owner is said to be. */
  readonly owners: (string | undefined)[];
}

export function account(): Account {
  return {
    objects: new Map(),
    stacks: {},
    mappings: {},
    asyncSettings: {},
    deliveryStreams: {},
    functions: () => ({ answer: 'null' }),
    firehose: () => undefined,
    calls: [],
    invoked: [],
    put: [],
    owners: [],
  };
}

/** Stores an object, each later than the one before unless it is said when. */
export function store(at: Account, url: string, content: unknown, stored?: string): void {
  const data = Buffer.isBuffer(content) ? content : Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
  const when = stored === undefined ? new Date(NOW.getTime() - 3_600_000 + at.objects.size * 1_000) : new Date(stored);
  at.objects.set(url.replace('s3://', ''), { content: data, stored: when, etag: `e${at.objects.size}` });
}

export const packed = (text: string) => gzipSync(text);

/** Lambda's document for a batch, as its guide shows it. */
export function batch(ids: readonly string[], { functionArn = ORDERS, event = kinesisEvent(ids) }: { functionArn?: string; event?: string } = {}) {
  return {
    requestContext: { requestId: 'c9b8fa9f-5a7f-xmpl-af9c-0c604cde93a5', functionArn, condition: 'RetryAttemptsExhausted', approximateInvokeCount: 1 },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: '2019-11-14T00:38:06.021Z',
    KinesisBatchInfo: {
      shardId: 'shardId-000000000001',
      startSequenceNumber: ids[0],
      endSequenceNumber: ids.at(-1),
      batchSize: ids.length,
      approximateArrivalOfFirstRecord: '2019-11-14T00:38:04.835Z',
      approximateArrivalOfLastRecord: '2019-11-14T00:38:05.580Z',
      streamArn: 'arn:aws:kinesis:us-east-2:123456789012:stream/mystream',
    },
    payload: event,
  };
}

export function kinesisEvent(ids: readonly string[]): string {
  return JSON.stringify({
    Records: ids.map((id) => (
      { kinesis: { sequenceNumber: id, partitionKey: 'k', data: 'e30=', approximateArrivalTimestamp: 1545084650.987 }, eventSource: 'aws:kinesis' }
    )),
  });
}

/** Lambda's record of an asynchronous invocation, as its guide shows it. */
export function asyncRecord(payload: string, functionArn = `${MAILER}:$LATEST`): string {
  return `{"version":"1.0","timestamp":"2019-11-14T18:16:05.568Z",
"requestContext":{"requestId":"e4b46cbf","functionArn":"${functionArn}","condition":"RetriesExhausted","approximateInvokeCount":3},
"requestPayload":${payload},
"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},
"responsePayload":{"errorMessage":"RequestId: e4b46cbf Process exited before completing request"}}`;
}

/** What Firehose writes for each record, as its guide shows it. */
export function firehoseLines(records: readonly string[]): string {
  return records.map((record) => `${JSON.stringify({
    attemptsMade: 4,
    arrivalTimestamp: 1575020067711,
    errorCode: 'Lambda.FunctionError',
    errorMessage: 'an error result',
    attemptEndingTimestamp: 1575020129986,
    rawData: Buffer.from(record).toString('base64'),
    lambdaArn: 'arn',
  })}\n`).join('');
}

export function idsIn(event: string): string[] {
  return (JSON.parse(event) as { Records: { kinesis: { sequenceNumber: string } }[] }).Records.map(({ kinesis }) => kinesis.sequenceNumber);
}

export interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** A place where the command runs again and again, with a clock that only sleeping moves. */
export class Desk {
  public readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'replay-'));
  public readonly state = path.join(this.folder, 'state.jsonl');
  public now = NOW.getTime();

  public constructor(private readonly at: Account) {}

  public isInterrupted = () => false;

  public async run(...args: readonly string[]): Promise<Ended> {
    const written = { out: '', err: '' };
    const surroundings: Surroundings = {
      aws: () => Promise.resolve(awsOf(this.at, () => this.now)),
      clock: { now: () => this.now, sleep: (milliseconds) => { this.now += milliseconds; return Promise.resolve(); } },
      isInterrupted: () => this.isInterrupted(),
    };
    const io = { out: (text: string) => { written.out += text; }, err: (text: string) => { written.err += text; }, colors: false };
    const status = await runReplay([...args, '--state', this.state], io, surroundings);
    return { status, ...written };
  }

  public progress(): string[] {
    return fs.readFileSync(this.state, 'utf8').trimEnd().split('\n');
  }
}

function awsOf(at: Account, now: () => number): Aws {
  const found = <T>(what: Readonly<Record<string, T>>, name: string, kind: string): Promise<T> => {
    const one = what[name];
    return one === undefined ? Promise.reject(new AwsError(`cannot read the ${kind} ${name}: it does not exist`)) : Promise.resolve(one);
  };
  return {
    async *list({ bucket, prefix, owner }) {
      at.calls.push(`list ${bucket}/${prefix}`);
      at.owners.push(owner);
      // Not in the order of age.
      for (const [name, { content, stored, etag }] of [...at.objects].reverse()) {
        if (name.startsWith(`${bucket}/${prefix}`)) {
          yield { key: name.slice(bucket.length + 1), etag, bytes: content.length, stored };
        }
      }
    },
    read: ({ bucket }, key) => Promise.resolve(at.objects.get(`${bucket}/${key}`)?.content),
    remove: ({ bucket }, key) => {
      at.calls.push(`delete ${bucket}/${key}`);
      at.objects.delete(`${bucket}/${key}`);
      return Promise.resolve();
    },
    invoke: (functionName, event) => {
      at.invoked.push({ functionName, event, at: now() });
      try {
        return Promise.resolve(at.functions(functionName, event));
      } catch (error) {
        return Promise.reject(error as Error);
      }
    },
    put: (deliveryStream, data) => {
      const records = data.map((one) => Buffer.from(one).toString());
      at.put.push({ deliveryStream, records });
      return Promise.resolve(records.map(at.firehose));
    },
    resources: (name) => found(at.stacks, name, 'stack'),
    mapping: (id) => found(at.mappings, id, 'event source mapping'),
    asyncSettings: (name) => Promise.resolve(at.asyncSettings[name] ?? []),
    deliveryStream: (name) => found(at.deliveryStreams, name, 'Firehose stream'),
  };
}
