import { setTimeout as sleep } from 'node:timers/promises';
import { callJsonApi } from './json-api';

export interface OutgoingRecord {
  readonly Data: string;
  readonly PartitionKey: string;
}

interface PutRecordsAnswer {
  readonly Records: readonly { readonly SequenceNumber?: string; readonly ErrorCode?: string }[];
}

/** How often records that a shard had no room for are sent again. */
const ATTEMPTS = 8;

/**
 * Puts records into a stream, and gives the sequence number of each. A call of PutRecords may succeed for some of its records only; the others are sent again, and come after those.
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html
 */
export async function putRecords(streamName: string, records: readonly OutgoingRecord[]): Promise<(string | undefined)[]> {
  const sequences: (string | undefined)[] = records.map(() => undefined);
  let open = records.map((_, index) => index);
  for (let attempt = 1; open.length > 0 && attempt <= ATTEMPTS; attempt++) {
    const { Records: results } = await call<PutRecordsAnswer>('PutRecords', { StreamName: streamName, Records: open.map((index) => records[index]) });
    open.forEach((index, place) => sequences[index] = results[place]?.SequenceNumber);
    open = open.filter((index) => sequences[index] === undefined);
    if (open.length > 0) {
      await sleep(attempt * 200);
    }
  }
  return sequences;
}

/** Fails by the name of the service's error. */
export function call<T>(action: string, input: object): Promise<T> {
  return callJsonApi<T>('kinesis', `Kinesis_20131202.${action}`, input);
}
