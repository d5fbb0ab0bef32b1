import { setTimeout as sleep } from 'node:timers/promises';
import { signWith } from '../../examples/order-desk/client/iam-signer';

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

/** Called without a client, which no other part of the project would need. Fails by the name of the service's error. */
export async function call<T>(action: string, input: object): Promise<T> {
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '', AWS_SESSION_TOKEN: sessionToken, AWS_REGION: region = '' } = process.env;
  const url = process.env.AWS_ENDPOINT_URL ?? `https://kinesis.${region}.amazonaws.com`;
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `Kinesis_20131202.${action}` };
  const body = JSON.stringify(input);
  const sign = signWith({ accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) }, region, 'kinesis');
  const answer = await fetch(url, { method: 'POST', headers: await sign({ method: 'POST', url, headers, body }), body });
  const text = await answer.text();
  if (!answer.ok) {
    const { __type: type = '', message = text } = parsed(text);
    throw Object.assign(new Error(message), { name: type.split('#').pop(), $fault: answer.status < 500 ? 'client' : 'server' });
  }
  return JSON.parse(text) as T;
}

function parsed(text: string): { __type?: string; message?: string } {
  try {
    return JSON.parse(text) as object;
  } catch {
    return {};
  }
}
