/** How a job stands, as the API answers. Times are in seconds since 1970. */
export interface Job<Result> {
  readonly id: string;
  readonly status: 'PENDING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
  readonly acceptedAt: number;
  /** When it has failed at the latest. */
  readonly deadline: number;
  /** Until when it can be read. */
  readonly expiresAt: number;
  /** In percent, if the worker reports it. */
  readonly progress?: number;
  readonly result?: Result;
  /** Where to fetch a result that is not here. */
  readonly resultLocation?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

export interface ApiRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Adds to a request what shows who sends it, a token or a signature (`iam-signer.ts`), and answers with all of its headers. */
export type Authorize = (request: ApiRequest) => Promise<Readonly<Record<string, string>>>;

export interface JobsClientOptions {
  /** The address of the jobs: the API's, with `/jobs`. */
  readonly url: string;

  readonly authorize: Authorize;

  /** How often a request is sent at most. @default 5 */
  readonly attempts?: number;

  /** The longest time between two looks at a job, in milliseconds, unless the API asks for more. @default 20_000 */
  readonly longestPause?: number;
}

export interface SubmitOptions {
  /** The same for the same job, also in another run of the program. @default - a new one */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

export interface WaitOptions<Result> {
  /** Hears each answer. */
  readonly onStatus?: (job: Job<Result>) => void;
  readonly signal?: AbortSignal;
}

/** The API refused a request, for a reason that does not pass by itself (RFC 9457). */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';

  constructor(readonly status: number, readonly title: string, readonly detail?: string) {
    super(`${status} ${title}${detail ? `: ${detail}` : ''}`);
  }
}

/** A job that came to a bad end. */
export class JobFailedError extends Error {
  override readonly name = 'JobFailedError';

  constructor(readonly job: Job<unknown>) {
    super(`job ${job.id} has failed: ${job.error?.message ?? 'no reason given'} (${job.error?.code ?? 'unknown'})`);
  }
}

/** A job that its owner cancelled. */
export class JobCancelledError extends Error {
  override readonly name = 'JobCancelledError';

  constructor(readonly job: Job<unknown>) {
    super(`job ${job.id} was cancelled`);
  }
}

/** What passes by itself: too many requests, and what the API could not do. */
const PASSING = new Set([429, 500, 502, 503, 504]);
const FIRST_PAUSE = 250;

/**
 * A client of a `PollingStatusApi`, for Node.js and for browsers: it has `fetch` and nothing else.
 *
 * Whatever it sends it may send again: a submitted job has an idempotency key, so it is accepted once.
 */
export class JobsClient<Body, Result> {
  private readonly url: string;

  constructor(private readonly options: JobsClientOptions) {
    this.url = options.url.replace(/\/+$/, '');
  }

  /**
   * Submits a job and answers with how it stands.
   *
   * @throws ProblemError if the API refuses it
   */
  async submit(body: Body, { idempotencyKey = crypto.randomUUID(), signal }: SubmitOptions = {}): Promise<Job<Result>> {
    const headers = { 'content-type': 'application/json', 'idempotency-key': idempotencyKey };
    const answer = await this.request({ method: 'POST', url: this.url, headers, body: JSON.stringify(body) }, signal);
    return await answer.json() as Job<Result>;
  }

  /**
   * Asks how a job stands until it has ended, and answers with it. Waits longer each time, and never less than the API asks for.
   *
   * @throws JobFailedError if the job has failed, JobCancelledError if it was cancelled, ProblemError if the API does not know it
   */
  async wait(id: string, { onStatus, signal }: WaitOptions<Result> = {}): Promise<Job<Result>> {
    const { longestPause = 20_000 } = this.options;
    for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, longestPause)) {
      const answer = await this.request({ method: 'GET', url: `${this.url}/${encodeURIComponent(id)}`, headers: {} }, signal);
      const job = await answer.json() as Job<Result>;
      onStatus?.(job);
      if (job.status === 'SUCCEEDED') {
        return job;
      }
      if (job.status === 'FAILED') {
        throw new JobFailedError(job);
      }
      if (job.status === 'CANCELLED') {
        throw new JobCancelledError(job);
      }
      await sleep(Math.max(jittered(pause), retryAfter(answer)), signal);
    }
  }

  /**
   * Cancels a job, which may have been cancelled before, and answers with it.
   *
   * @throws ProblemError with status 409 if the job has ended otherwise, 404 if the API does not know it
   */
  async cancel(id: string, signal?: AbortSignal): Promise<Job<Result>> {
    const answer = await this.request({ method: 'POST', url: `${this.url}/${encodeURIComponent(id)}/cancel`, headers: {} }, signal);
    return await answer.json() as Job<Result>;
  }

  private async request(request: ApiRequest, signal?: AbortSignal): Promise<Response> {
    const { attempts = 5 } = this.options;
    for (let attempt = 1, pause = FIRST_PAUSE; ; attempt++, pause *= 2) {
      const outcome = await this.send(request, signal).catch((error: Error) => error);
      signal?.throwIfAborted();
      if (!(outcome instanceof Error) && outcome.ok) {
        return outcome;
      }
      // No answer at all is no reason to give up either.
      const mayPass = outcome instanceof Error || PASSING.has(outcome.status);
      if (!mayPass || attempt >= attempts) {
        throw outcome instanceof Error ? outcome : await problemOf(outcome);
      }
      await sleep(Math.max(jittered(pause), outcome instanceof Error ? 0 : retryAfter(outcome)), signal);
    }
  }

  private async send(request: ApiRequest, signal?: AbortSignal): Promise<Response> {
    // Signed anew for each attempt: a signature grows old.
    const headers = await this.options.authorize(request);
    const { method, url, body } = request;
    return fetch(url, { method, headers, ...(body === undefined ? {} : { body }), ...(signal ? { signal } : {}) });
  }
}

async function problemOf(answer: Response): Promise<ProblemError> {
  const problem = await answer.json().catch(() => ({})) as { title?: string; message?: string; detail?: string };
  return new ProblemError(answer.status, problem.title ?? problem.message ?? answer.statusText, problem.detail);
}

/** In milliseconds; 0 if the answer does not say. */
function retryAfter(answer: Response): number {
  const seconds = Number(answer.headers.get('retry-after') ?? 0);
  return Number.isFinite(seconds) ? 1000 * seconds : 0;
}

/** Half of it to all of it, so that clients that began together do not go on together. */
function jittered(milliseconds: number): number {
  return milliseconds * (0.5 + Math.random() / 2);
}

async function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
