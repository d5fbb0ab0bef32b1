import { isDeepStrictEqual } from 'node:util';

/** A job as a worker gets it: the message of a `QueueEngine`; the event of a `FunctionEngine` and the input of a machine have it too. */
export interface JobReference {
  /** The name of the table of the jobs. */
  readonly table: string;

  /** The key of the job in it. */
  readonly job: string;
}

/** An attribute of a job in its table, of which one value is set. */
export interface JobAttribute {
  readonly S?: string | undefined;
  readonly N?: string | undefined;
}

/**
 * What writes to the table: the `DynamoDB` of `@aws-sdk/client-dynamodb`. Of a `DynamoDBClient` it is `{ updateItem: (input) =>
 * client.send(new UpdateItemCommand(input)) }`, which makes the smaller bundle.
 */
export interface JobTable {
  updateItem(input: {
    TableName: string;
    Key: Record<string, { S: string }>;
    ConditionExpression: string;
    UpdateExpression: string;
    ExpressionAttributeValues: Record<string, { S: string } | { N: string }>;
    ReturnValues: 'ALL_NEW';
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD';
  }): Promise<{ readonly Attributes?: Readonly<Record<string, JobAttribute>> | undefined }>;
}

export interface JobOptions {
  /** What writes to the table. It needs `grantReport` of the API. */
  readonly dynamodb: JobTable;
}

/** Why a job need not be worked on any more: the reason of its `signal`. Nothing is recorded of it from then on. */
export class JobEndedError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Its owner cancelled it. */
export class JobCancelledError extends JobEndedError {}

/** Its deadline has passed: its client has read, or will read, that it timed out. */
export class JobTimedOutError extends JobEndedError {}

const RUNNING = { S: 'RUNNING' };

type Values = Readonly<Record<string, { S: string } | { N: string }>>;

/** The longest time of a timer. */
const LONGEST_TIMER_MILLISECONDS = 2 ** 31 - 1;

/**
 * A job of a `PollingStatusApi` that a worker has taken. Each report is one conditional write, which the table refuses when the job has
 * ended: cancelled by its owner, past its deadline, or done by another worker, because a message may come twice. Then the report is false,
 * `signal` is aborted, and there is nothing left to do.
 *
 * Errors of DynamoDB are thrown: fail the message, so that it comes again.
 */
export class Job<Body = unknown> {
  /** The id by which the client knows it. */
  public readonly id: string;

  /** What the client sent. */
  public readonly body: Body;

  /** When it must have ended. */
  public readonly deadline: Date;

  private readonly ended = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param reference which job it is
   * @param item what the table has of it
   * @param options what writes to the table
   */
  constructor(private readonly reference: JobReference, item: Readonly<Record<string, JobAttribute>>, private readonly options: JobOptions) {
    this.id = item.jobId?.S ?? '';
    this.body = JSON.parse(item.requestBody?.S ?? 'null') as Body;
    this.deadline = new Date(Number(item.deadline?.N) * 1000);
    this.watchDeadline();
  }

  /**
   * Is aborted at the deadline, and as soon as a report finds that the job has ended, with a `JobCancelledError`, `JobTimedOutError` or
   * `JobEndedError`. Nothing tells of a cancelled job by itself: long work reports its progress now and then.
   */
  public get signal(): AbortSignal {
    return this.ended.signal;
  }

  /**
   * Tells the client how far the work has come, and finds out whether it is still wanted.
   *
   * @param percent shown to the client; leave it out to find out only. Costs a write as large as the job in any case
   * @returns whether to go on
   */
  public async progress(percent?: number): Promise<boolean> {
    return this.update({ jobStatus: RUNNING, ...percent === undefined ? {} : { jobProgress: { N: `${percent}` } } });
  }

  /**
   * Records the result, which is sent to the client as JSON. It shares the 400 KB of an item with the body.
   *
   * @returns whether it was recorded
   */
  public async succeed(result: unknown): Promise<boolean> {
    return this.end({ jobStatus: { S: 'SUCCEEDED' }, jobResult: { S: JSON.stringify(result) ?? 'null' } });
  }

  /**
   * Records where the client finds the result, such as a URL.
   *
   * @returns whether it was recorded
   */
  public async succeedAt(resultLocation: string): Promise<boolean> {
    return this.end({ jobStatus: { S: 'SUCCEEDED' }, resultLocation: { S: resultLocation } });
  }

  /**
   * Records that the job failed, for good. To have it tried again, fail its message instead.
   *
   * @param code for programs, such as `NO_SUCH_CITY`
   * @param reason for people: the client reads it
   * @returns whether it was recorded
   */
  public async fail(code: string, reason: string): Promise<boolean> {
    return this.end({ jobStatus: { S: 'FAILED' }, failureCode: { S: code }, failureReason: { S: reason } });
  }

  private async end(values: Values): Promise<boolean> {
    const isRecorded = await this.update(values);
    clearTimeout(this.timer);
    return isRecorded;
  }

  private async update(values: Values): Promise<boolean> {
    if (this.signal.aborted) {
      return false;
    }
    const { item, isRefused } = await updated(this.reference, values, this.options);
    if (!isRefused || isRecordedIn(item, values)) {
      return true;
    }
    clearTimeout(this.timer);
    this.ended.abort(reasonOf(this.reference, item));
    return false;
  }

  private watchDeadline(): void {
    const left = this.deadline.getTime() - Date.now();
    this.timer = setTimeout(() => {
      if (left > LONGEST_TIMER_MILLISECONDS) {
        this.watchDeadline();
      } else {
        this.ended.abort(timedOut(this.reference));
      }
    }, Math.min(left, LONGEST_TIMER_MILLISECONDS));
    // It is no reason to keep a process.
    this.timer.unref();
  }
}

/**
 * Takes a job, so that its client reads `RUNNING`. One that another worker took and left is taken again.
 *
 * @param message the message of a `QueueEngine` as it came (`body` of a record, `Body` of a received message), or what it says
 * @param options what writes to the table
 * @returns undefined if the job has ended: was cancelled, is past its deadline, or done already. Acknowledge the message
 */
export async function takeJob<Body = unknown>(message: string | JobReference, options: JobOptions): Promise<Job<Body> | undefined> {
  const reference = typeof message === 'string' ? JSON.parse(message) as JobReference : message;
  if (typeof reference.table !== 'string' || typeof reference.job !== 'string') {
    throw new TypeError('the message is none of a QueueEngine: it has no table and job');
  }
  const { item, isRefused } = await updated(reference, { jobStatus: RUNNING }, options);
  return isRefused ? undefined : new Job<Body>(reference, item, options);
}

/** Writes to an open job before its deadline, or gives what the table has of one that has ended. */
async function updated(
  { table, job }: JobReference, values: Values, { dynamodb }: JobOptions,
): Promise<{ item: Readonly<Record<string, JobAttribute>>; isRefused: boolean }> {
  try {
    const { Attributes: item = {} } = await dynamodb.updateItem({
      TableName: table,
      Key: { jobKey: { S: job } },
      ConditionExpression: 'jobStatus IN (:pending, :running) AND deadline > :now',
      UpdateExpression: `SET ${Object.keys(values).map((name) => `${name} = :${name}`).join(', ')}`,
      ExpressionAttributeValues: {
        ':pending': { S: 'PENDING' },
        ':running': RUNNING,
        ':now': { N: `${Math.floor(Date.now() / 1000)}` },
        ...Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, value])),
      },
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    return { item, isRefused: false };
  } catch (error) {
    // By name, because the client may come from another copy of the SDK.
    if ((error as Partial<Error>).name !== 'ConditionalCheckFailedException') {
      throw error;
    }
    return { item: (error as { Item?: Readonly<Record<string, JobAttribute>> }).Item ?? {}, isRefused: true };
  }
}

/** Whether an end was recorded at an earlier attempt of the client, whose answer was lost. */
function isRecordedIn(item: Readonly<Record<string, JobAttribute>>, values: Values): boolean {
  return !isDeepStrictEqual(values.jobStatus, RUNNING) && Object.entries(values).every(([name, value]) => isDeepStrictEqual(item[name], value));
}

function reasonOf(reference: JobReference, { jobStatus: status }: Readonly<Record<string, JobAttribute>>): JobEndedError {
  switch (status?.S) {
    case 'CANCELLED':
      return new JobCancelledError(`job ${reference.job} was cancelled by its owner`);
    case 'PENDING':
    case 'RUNNING':
      return timedOut(reference);
    default:
      return new JobEndedError(`job ${reference.job} has ended: ${status?.S ?? 'it is not there any more'}`);
  }
}

function timedOut({ job }: JobReference): JobTimedOutError {
  return new JobTimedOutError(`job ${job} did not end by its deadline`);
}
