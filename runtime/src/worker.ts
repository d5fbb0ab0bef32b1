import { TaskProtection } from './task-protection';

/** A message as `ReceiveMessage` gives it. */
export interface WorkerMessage {
  readonly MessageId?: string | undefined;
  readonly ReceiptHandle?: string | undefined;
  readonly Body?: string | undefined;
  readonly Attributes?: Readonly<Partial<Record<string, string>>> | undefined;
  readonly MessageAttributes?: Readonly<Record<string, WorkerMessageAttribute>> | undefined;
}

/** An attribute of a message, of which one value is set. */
export interface WorkerMessageAttribute {
  readonly DataType: string | undefined;
  readonly StringValue?: string | undefined;
  readonly BinaryValue?: Uint8Array | undefined;
}

/** What receives and deletes: the `SQS` of `@aws-sdk/client-sqs`. */
export interface WorkerQueue {
  receiveMessage(input: {
    QueueUrl: string;
    MaxNumberOfMessages: number;
    WaitTimeSeconds: number;
    VisibilityTimeout: number;
    MessageAttributeNames: string[];
    MessageSystemAttributeNames: 'All'[];
  }): Promise<{ readonly Messages?: readonly WorkerMessage[] | undefined }>;
  deleteMessage(input: { QueueUrl: string; ReceiptHandle: string }): Promise<unknown>;
  changeMessageVisibility(input: { QueueUrl: string; ReceiptHandle: string; VisibilityTimeout: number }): Promise<unknown>;
}

/** Processes one message; what it throws fails the message. The signal says when to give up: its time is over, it was lost to another, or the task is stopped. */
export type MessageHandler = (message: WorkerMessage, signal: AbortSignal) => unknown;

export interface WorkerOptions {
  /** What receives and deletes the messages. */
  readonly sqs: WorkerQueue;

  /**
   * The URL of the queue.
   *
   * @default - the environment variable `QUEUE_URL`
   */
  readonly queueUrl?: string;

  /**
   * How long the processing of one message may take.
   *
   * @default - the environment variable `MAX_PROCESSING_SECONDS`
   */
  readonly maxProcessingSeconds?: number;

  /**
   * For how long a receive, and then each heartbeat, hides a message. A heartbeat is sent four times as often.
   *
   * @default - the environment variable `VISIBILITY_TIMEOUT_SECONDS`
   */
  readonly visibilityTimeoutSeconds?: number;

  /**
   * How long the message in hand may take after SIGTERM. ECS kills the container after its stop timeout, 120 seconds with a `QueueFedService`, so this must be less.
   *
   * @default 100
   */
  readonly drainSeconds?: number;

  /**
   * After how many seconds a message that failed is received again.
   *
   * @param receives how often it has been received
   * @default - 10 seconds, twice as long after each further receive, at most 15 minutes
   */
  readonly backoffSeconds?: (receives: number) => number;

  /**
   * The endpoint of the ECS agent.
   *
   * @default - the environment variable `ECS_AGENT_URI`, which ECS sets; without it there is no protection
   */
  readonly agentUri?: string;

  /**
   * Told of what failed.
   *
   * @default - `console.error`
   */
  readonly log?: (text: string, error?: unknown) => void;
}

/** The handler went on after it was told to give up. The process should end, so that ECS replaces the task: nothing else stops such a handler. */
export class HungHandlerError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** SQS hides a message no longer than this, counted from its receive. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html */
const LONGEST_HIDDEN_SECONDS = 43_200;
/** The longest wait for a message. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html */
const LONGEST_POLL_SECONDS = 20;
/** Without protection for this long after an empty receive, and before it is asked for anew, so that ECS can stop a task however much there is to do. */
const IDLE_PAUSE_SECONDS = 5;
/** ECS refuses protection to a task that it is about to stop. */
const REFUSED_PAUSE_SECONDS = 15;
/** What a handler has to end once it was told to give up. */
const GRACE_SECONDS = 5;
/** So many receives in a row that fail are the end of the worker: ECS replaces the task, and tells it. */
const MOST_FAILED_RECEIVES = 8;
/** In one visibility timeout, so that two in a row may fail. */
const HEARTBEATS = 4;
const MOST_DELETE_ATTEMPTS = 4;

/**
 * Works through a queue, one message at a time, as a task of a `QueueFedService` has to:
 *
 * - It protects its task from scaling in and deployments **before** it receives, and does not receive while ECS refuses. From time to time it gives the protection up between
 *   two messages: a deployment waits for that, and would wait for ever while messages come.
 * - While a message is processed, it extends the visibility timeout, so that the message of a worker that dies comes back within minutes, however long the work takes.
 * - It deletes a message only after the handler has succeeded. A message that failed becomes visible again after a pause; SQS moves it to the dead-letter queue after `maxReceiveCount`.
 * - When it is stopped, it receives no more, and gives the message in hand back at the end of `drainSeconds`.
 *
 * A message may be processed twice, as always with SQS; handlers must be idempotent. A handler must not block the event loop, or no heartbeat is sent.
 */
export class QueueWorker {
  private readonly queueUrl: string;
  private readonly maxProcessingSeconds: number;
  private readonly visibilitySeconds: number;
  private readonly drainSeconds: number;
  private readonly log: (text: string, error?: unknown) => void;
  private readonly protection: TaskProtection;
  private readonly stopping = new AbortController();

  /**
   * @param handler what processes a message
   * @param options the queue and its times
   */
  constructor(private readonly handler: MessageHandler, private readonly options: WorkerOptions) {
    const { QUEUE_URL, MAX_PROCESSING_SECONDS, VISIBILITY_TIMEOUT_SECONDS, ECS_AGENT_URI = '' } = process.env;
    this.queueUrl = options.queueUrl ?? QUEUE_URL ?? '';
    if (this.queueUrl === '') {
      throw new TypeError('queueUrl is not given, and the environment variable QUEUE_URL is not set: say which queue to receive from');
    }
    this.maxProcessingSeconds = seconds('maxProcessingSeconds', options.maxProcessingSeconds, MAX_PROCESSING_SECONDS, 1);
    this.visibilitySeconds = seconds('visibilityTimeoutSeconds', options.visibilityTimeoutSeconds, VISIBILITY_TIMEOUT_SECONDS, HEARTBEATS);
    this.drainSeconds = options.drainSeconds ?? 100;
    this.log = options.log ?? ((text, error) => (error === undefined ? console.error(text) : console.error(text, error)));
    this.protection = new TaskProtection(options.agentUri ?? ECS_AGENT_URI, this.log);
  }

  /**
   * Works until it is stopped.
   *
   * @throws HungHandlerError if the handler does not give up when it should; what SQS answered if it cannot be received from again and again
   */
  public async run(): Promise<void> {
    const needed = this.maxProcessingSeconds + GRACE_SECONDS;
    while (!this.stopping.signal.aborted) {
      if (this.protection.isRunningOut(needed)) {
        await this.protection.release();
        await this.pause(IDLE_PAUSE_SECONDS);
        continue;
      }
      if (!await this.protection.cover(needed)) {
        await this.protection.release();
        await this.pause(REFUSED_PAUSE_SECONDS);
        continue;
      }
      const message = await this.receive();
      if (!message) {
        await this.protection.release();
        await this.pause(IDLE_PAUSE_SECONDS);
      } else if (this.stopping.signal.aborted) {
        await this.hide(message, 0);
      } else {
        await this.process(message);
      }
    }
    await this.protection.release();
  }

  /** Lets `run` end: at once, if it waits; when the message in hand is done; or after `drainSeconds`, and then the message is given back. */
  public stop(): void {
    this.stopping.abort();
  }

  private async receive(): Promise<WorkerMessage | undefined> {
    for (let attempt = 1; !this.stopping.signal.aborted; attempt++) {
      try {
        const { Messages: messages } = await this.options.sqs.receiveMessage({
          QueueUrl: this.queueUrl,
          MaxNumberOfMessages: 1,
          WaitTimeSeconds: LONGEST_POLL_SECONDS,
          VisibilityTimeout: this.visibilitySeconds,
          MessageAttributeNames: ['All'],
          MessageSystemAttributeNames: ['All'],
        });
        return messages?.[0];
      } catch (error) {
        if (attempt === MOST_FAILED_RECEIVES) {
          throw error;
        }
        this.log(`no message could be received from ${this.queueUrl}:`, error);
        await this.pause(Math.min(30, 2 ** (attempt - 1)));
      }
    }
    return undefined;
  }

  private async process(message: WorkerMessage): Promise<void> {
    const giveUp = new AbortController();
    const timers = [
      setTimeout(() => giveUp.abort(new Error(`the message was not done after ${this.maxProcessingSeconds} seconds`)), this.maxProcessingSeconds * 1000),
      this.startHeartbeat(message, giveUp),
    ];
    const drain = () => void timers.push(setTimeout(() => giveUp.abort(new Error('the task is being stopped')), this.drainSeconds * 1000));
    this.stopping.signal.addEventListener('abort', drain);
    const hung = new Promise<'hung'>((resolve) => {
      giveUp.signal.addEventListener('abort', () => timers.push(setTimeout(() => resolve('hung'), GRACE_SECONDS * 1000)));
    });
    const outcome = await Promise.race([this.handle(message, giveUp.signal), hung]);
    this.stopping.signal.removeEventListener('abort', drain);
    timers.forEach((timer) => clearTimeout(timer));

    if (outcome === 'done') {
      await this.delete(message);
      return;
    }
    const reason: unknown = giveUp.signal.reason;
    // A message that was lost is in other hands already.
    if (!(reason instanceof LostMessageError)) {
      await this.hide(message, this.stopping.signal.aborted ? 0 : this.backoff(message));
    }
    if (outcome === 'hung' && !this.stopping.signal.aborted) {
      throw new HungHandlerError(`the handler did not give message ${message.MessageId} up: end the process`, { cause: reason });
    }
  }

  private async handle(message: WorkerMessage, signal: AbortSignal): Promise<'done' | 'failed'> {
    try {
      await this.handler(message, signal);
      return 'done';
    } catch (error) {
      this.log(`message ${message.MessageId} failed:`, error);
      return 'failed';
    }
  }

  /** Extends the visibility timeout again and again. A single call that fails does no harm, until the time of the last that did not is over. */
  private startHeartbeat(message: WorkerMessage, giveUp: AbortController): NodeJS.Timeout {
    const received = Date.now();
    let hiddenUntil = received + this.visibilitySeconds * 1000;
    return setInterval(() => {
      const now = Date.now();
      const left = LONGEST_HIDDEN_SECONDS - Math.ceil((now - received) / 1000);
      if (left <= 0) {
        return;
      }
      const VisibilityTimeout = Math.min(this.visibilitySeconds, left);
      this.options.sqs.changeMessageVisibility({ ...this.handleOf(message), VisibilityTimeout }).then(
        () => {
          hiddenUntil = now + VisibilityTimeout * 1000;
        },
        (error: unknown) => {
          this.log(`the visibility timeout of message ${message.MessageId} could not be extended:`, error);
          if (isGone(error) || Date.now() >= hiddenUntil) {
            giveUp.abort(new LostMessageError(`message ${message.MessageId} was lost to another worker`, { cause: error }));
          }
        },
      );
    }, this.visibilitySeconds * 1000 / HEARTBEATS);
  }

  private async delete(message: WorkerMessage): Promise<void> {
    for (let attempt = 1; attempt <= MOST_DELETE_ATTEMPTS; attempt++) {
      try {
        await this.options.sqs.deleteMessage(this.handleOf(message));
        return;
      } catch (error) {
        this.log(`message ${message.MessageId} is done, but could not be deleted:`, error);
        if (isGone(error)) {
          return;
        }
      }
    }
  }

  private async hide(message: WorkerMessage, VisibilityTimeout: number): Promise<void> {
    try {
      await this.options.sqs.changeMessageVisibility({ ...this.handleOf(message), VisibilityTimeout });
    } catch (error) {
      this.log(`message ${message.MessageId} could not be given back, and comes back by itself:`, error);
    }
  }

  private backoff({ Attributes: attributes }: WorkerMessage): number {
    const receives = Number(attributes?.ApproximateReceiveCount ?? 1);
    return this.options.backoffSeconds?.(receives) ?? Math.min(900, 10 * 2 ** (receives - 1));
  }

  private handleOf({ ReceiptHandle = '' }: WorkerMessage): { QueueUrl: string; ReceiptHandle: string } {
    return { QueueUrl: this.queueUrl, ReceiptHandle };
  }

  /** Ends early when the worker is stopped. */
  private async pause(time: number): Promise<void> {
    const { signal } = this.stopping;
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, time * 1000);
      signal.addEventListener('abort', end);
      if (signal.aborted) {
        end();
      }
    });
  }
}

/**
 * Works through a queue until SIGTERM, which ECS sends when it stops a task. See `QueueWorker`. End the process when it returns or throws.
 *
 * @param handler what processes a message
 * @param options the queue and its times
 */
export async function runWorker(handler: MessageHandler, options: WorkerOptions): Promise<void> {
  const worker = new QueueWorker(handler, options);
  const stop = () => worker.stop();
  process.once('SIGTERM', stop);
  try {
    await worker.run();
  } finally {
    process.off('SIGTERM', stop);
  }
}

class LostMessageError extends Error {}

/** Whether SQS says that a receipt handle is of no use any more. By name, because the client may come from another copy of the SDK. */
function isGone(error: unknown): boolean {
  const { name = '', message = '' } = error as Partial<Error>;
  return ['ReceiptHandleIsInvalid', 'MessageNotInflight'].includes(name) || (/^InvalidParameterValue/.test(name) && /receipt handle/i.test(message));
}

function seconds(name: string, given: number | undefined, environment: string | undefined, least: number): number {
  const value = given ?? Number(environment ?? NaN);
  if (!(value >= least && value <= LONGEST_HIDDEN_SECONDS)) {
    throw new RangeError(`${name} is ${given ?? environment ?? 'not given'}, but must be from ${least} to ${LONGEST_HIDDEN_SECONDS}`);
  }
  return value;
}
