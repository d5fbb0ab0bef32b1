import { isRecord, parsed } from './json-text';
import type { StreamRecord } from './kept';

/**
 * Which record a function says has failed, as Lambda reads its answer to a batch of a stream: everything before the first that it names is done.
 *
 * Whoever stops at the first failure names only that one, and has not looked at what is behind it.
 *
 * @returns the index of the record; `records.length` if none has failed; undefined if all of the batch has, because it names what is not in it
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
 */
export function firstFailure(answer: string, records: readonly StreamRecord[]): number | undefined {
  const content = parsed(answer);
  const failures = isRecord(content) ? content.batchItemFailures ?? [] : [];
  if (!Array.isArray(failures)) {
    return undefined;
  }
  const at = failures.map((failure) => (isRecord(failure) ? records.findIndex(({ id }) => id === failure.itemIdentifier) : -1));
  return at.includes(-1) ? undefined : Math.min(records.length, ...at);
}
