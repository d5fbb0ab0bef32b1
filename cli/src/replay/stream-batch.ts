import { elementsOf, isRecord, membersOf, parsed, textAt } from './json-text';
import type { KeptBatch, StreamRecord, Unusable } from './kept';

/**
 * Lambda's document for a batch of a stream that it gave up on: metadata, and the event as text in `payload`.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
export function readStreamBatch(document: Readonly<Record<string, unknown>>): KeptBatch | Unusable {
  const form = 'stream-batch';
  const recordedFor = textAt(document.requestContext, 'functionArn');
  const conditions = [textAt(document.requestContext, 'condition') ?? 'unknown'];
  const event = textAt(document, 'payload');
  if (recordedFor === undefined) {
    return { form, conditions, unusable: 'it does not say which function it is of (requestContext.functionArn)' };
  }
  if (event === undefined) {
    return {
      form,
      recordedFor,
      conditions,
      unusable: `it has no payload, only positions: read ${batchOf(document)} from the stream before they expire`,
    };
  }
  const content = parsed(event);
  if (!isRecord(content)) {
    return { form, recordedFor, conditions, unusable: 'its payload is no event' };
  }
  if ('window' in content) {
    return { form, recordedFor, conditions, unusable: 'it is of a tumbling window, whose state only Lambda keeps from batch to batch' };
  }
  return { form, recordedFor, conditions, event, records: recordsOf(content, event) };
}

/** The event with some of its records only. */
export function eventOf(batch: KeptBatch, records: readonly StreamRecord[]): string {
  const list = `[${records.map(({ text }) => text).join(',')}]`;
  return `{${[...membersOf(batch.event)].map(([key, value]) => `${JSON.stringify(key)}:${key === 'Records' ? list : value}`).join(',')}}`;
}

function recordsOf({ Records }: Readonly<Record<string, unknown>>, event: string): readonly StreamRecord[] | undefined {
  if (!Array.isArray(Records)) {
    return undefined;
  }
  const ids = Records.map(sequenceNumberOf);
  const texts = elementsOf(membersOf(event).get('Records') ?? '[]');
  return ids.every((id) => id !== undefined) && new Set(ids).size === ids.length ? ids.map((id, index) => ({ id, text: texts[index] ?? '' })) : undefined;
}

function sequenceNumberOf(record: unknown): string | undefined {
  return isRecord(record) ? textAt(record.kinesis, 'sequenceNumber') ?? textAt(record.dynamodb, 'SequenceNumber') : undefined;
}

function batchOf({ KinesisBatchInfo, DDBStreamBatchInfo }: Readonly<Record<string, unknown>>): string {
  const info = KinesisBatchInfo ?? DDBStreamBatchInfo;
  const [shard, start, end] = ['shardId', 'startSequenceNumber', 'endSequenceNumber'].map((key) => textAt(info, key));
  return shard === undefined ? 'the records' : `${start} to ${end} of ${shard}`;
}
