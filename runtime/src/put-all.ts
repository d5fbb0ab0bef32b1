/** How often, and how soon, what a service did not take is put again. */
export interface RetryOptions {
  /**
   * How often an entry is put at most, the first time included.
   *
   * @default 8
   */
  readonly maxAttempts?: number;

  /**
   * The most that is waited before the second attempt, in milliseconds. It doubles with each attempt, and what is waited is a random part
   * of it (full jitter), so that producers that failed together do not come back together.
   * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
   *
   * @default 100
   */
  readonly baseDelay?: number;

  /**
   * The most that is waited before any attempt, in milliseconds. With all defaults, 6 seconds pass on average until a call gives up, and 12
   * at most; the function's timeout has to be longer.
   *
   * @default 5000
   */
  readonly maxDelay?: number;
}

/** What could not be put, and why. */
export interface PutFailure<Entry> {
  readonly entry: Entry;

  /** What the service said of the entry when it was put last; undefined if it was not put at all, or the call failed as a whole. */
  readonly errorCode?: string | undefined;

  /** What the service said besides. */
  readonly errorMessage?: string | undefined;
}

/**
 * What the errors of `putRecords` and `putEvents` have in common: what was not put is in them, so that it can be kept or put again. What is
 * not in them was put.
 */
export class NotPutError<Entry> extends Error {
  /** What was not put, in the order in which it was given. */
  readonly entries: readonly Entry[];

  /** The same with the reasons. */
  readonly failures: readonly PutFailure<Entry>[];

  constructor(what: string, failures: readonly PutFailure<Entry>[], total: number, options?: ErrorOptions) {
    const reasons = new Map<string, number>();
    for (const { errorCode = 'not sent, or not answered' } of failures) {
      reasons.set(errorCode, (reasons.get(errorCode) ?? 0) + 1);
    }
    const because = [...reasons].map(([reason, count]) => `${count} × ${reason}`).join(', ');
    const cause = options?.cause instanceof Error ? `; a call failed: ${options.cause.message}` : '';
    super(`${failures.length} of ${total} ${what} were not put (${because}${cause}): keep error.entries, or put them again`, options);
    this.name = new.target.name;
    this.entries = failures.map(({ entry }) => entry);
    this.failures = failures;
  }
}

/** What a service says of one entry. */
export interface Answer {
  readonly ErrorCode?: string | undefined;
  readonly ErrorMessage?: string | undefined;
}

/** What became of one entry. */
export interface Outcome<Entry, A extends Answer> {
  readonly entry: Entry;
  answer?: A | undefined;
}

/** What differs between services. */
export interface Service<Entry, A extends Answer> {
  /** The answers are in the order of the entries. */
  put(entries: Entry[]): Promise<readonly A[]>;
  isPut(answer: A | undefined): boolean;
  /** Whether it is of no use to put the entry again. */
  isFinal(answer: A | undefined): boolean;
}

/** As much of an array as fits into one call, then the next; a limit of `size` is the most that is allowed. */
export function chunksOf<Entry>(
  entries: readonly Entry[], sizeOf: (entry: Entry) => number, most: { readonly count: number; readonly size: number },
): Entry[][] {
  const chunks: Entry[][] = [];
  let size = Infinity;
  for (const entry of entries) {
    const chunk = chunks[chunks.length - 1];
    const added = sizeOf(entry);
    if (!chunk || chunk.length === most.count || size + added > most.size) {
      chunks.push([entry]);
      size = added;
    } else {
      chunk.push(entry);
      size += added;
    }
  }
  return chunks;
}

/**
 * Puts chunk after chunk, and of each chunk again what was not taken, until all is put or cannot be. Stops when a call fails as a whole,
 * which the SDK has already tried again if that is of use, and when the attempts are used up, because what follows would meet the same, and
 * must not overtake what is left.
 */
export async function putAll<Entry, A extends Answer>(
  chunks: readonly (readonly Entry[])[], service: Service<Entry, A>, options: RetryOptions,
): Promise<{ outcomes: Outcome<Entry, A>[]; cause?: unknown }> {
  const { maxAttempts = 8, baseDelay = 100, maxDelay = 5000 } = options;
  if (!Number.isInteger(maxAttempts) || maxAttempts < 1) {
    throw new RangeError(`maxAttempts is ${maxAttempts}, but must be a whole number from 1`);
  }
  const planned = chunks.map((chunk) => chunk.map((entry): Outcome<Entry, A> => ({ entry })));
  const outcomes = planned.flat();
  for (const chunk of planned) {
    let left = chunk;
    for (let attempt = 1; left.length > 0; attempt++) {
      if (attempt > maxAttempts) {
        return { outcomes };
      }
      if (attempt > 1) {
        await sleep(Math.random() * Math.min(maxDelay, baseDelay * 2 ** (attempt - 2)));
      }
      try {
        const answers = await service.put(left.map(({ entry }) => entry));
        left.forEach((outcome, index) => {
          outcome.answer = answers[index];
        });
      } catch (cause) {
        return { outcomes, cause };
      }
      left = left.filter(({ answer }) => !service.isPut(answer) && !service.isFinal(answer));
    }
  }
  return { outcomes };
}

/** What was not put. */
export function failuresIn<Entry, A extends Answer>(outcomes: readonly Outcome<Entry, A>[], service: Service<Entry, A>): PutFailure<Entry>[] {
  return outcomes
    .filter(({ answer }) => !service.isPut(answer))
    .map(({ entry, answer }) => ({ entry, errorCode: answer?.ErrorCode, errorMessage: answer?.ErrorMessage }));
}

async function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
