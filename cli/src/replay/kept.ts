import { gunzipSync } from 'node:zlib';
import { readAsyncInvocation } from './async-invocation';
import { readFirehoseRecords } from './firehose-records';
import { isRecord, parsed } from './json-text';
import { readStreamBatch } from './stream-batch';

/** What the objects of a failure store look like; the names are those of FailureForm in the library. */
export type Form = 'stream-batch' | 'async-invocation' | 'firehose-records';

/** What an object keeps. */
export type Kept = KeptBatch | KeptInvocation | KeptRecords | Unusable;

interface OfFunction {
  /** The ARN of the function that could not be given it. */
  readonly recordedFor: string;
  /** Why Lambda gave up. */
  readonly conditions: readonly string[];
}

/** A batch of a stream. */
export interface KeptBatch extends OfFunction {
  readonly form: 'stream-batch';
  /** The event of the invocation. */
  readonly event: string;
  /** In the order of the stream; undefined if the event has no records that could be told apart. */
  readonly records?: readonly StreamRecord[] | undefined;
}

export interface StreamRecord {
  /** By which a partial batch response names it. */
  readonly id: string;
  readonly text: string;
}

/** The event of an asynchronous invocation. */
export interface KeptInvocation extends OfFunction {
  readonly form: 'async-invocation';
  readonly event: string;
}

/** Records that Firehose could not process. */
export interface KeptRecords {
  readonly form: 'firehose-records';
  readonly conditions: readonly string[];
  readonly records: readonly Uint8Array[];
}

/** Nothing that could be replayed. */
export interface Unusable {
  readonly form?: Form | undefined;
  readonly recordedFor?: string | undefined;
  readonly conditions?: readonly string[] | undefined;
  readonly unusable: string;
}

/** Recognises the form of an object and reads it. */
export function readKept(content: Uint8Array): Kept {
  const text = textOf(content);
  if (text === undefined) {
    return { unusable: 'it is damaged: it begins as gzip does, and cannot be unpacked' };
  }
  const [first = ''] = text.trimStart().split('\n', 1);
  const line = parsed(first);
  if (isRecord(line) && 'rawData' in line) {
    return readFirehoseRecords(text);
  }
  const document = parsed(text);
  if (isRecord(document) && isRecord(document.requestContext)) {
    return 'requestPayload' in document ? readAsyncInvocation(document, text) : readStreamBatch(document);
  }
  return { unusable: 'it has none of the forms in which Lambda and Firehose keep what failed' };
}

/** Firehose packs as it is told to. */
function textOf(content: Uint8Array): string | undefined {
  const isPacked = content[0] === 0x1f && content[1] === 0x8b;
  try {
    return Buffer.from(isPacked ? gunzipSync(content) : content).toString('utf8');
  } catch {
    return undefined;
  }
}
