import { setTimeout as sleep } from 'node:timers/promises';
import { call } from '../kinesis';

/** A shard gives five reads a second, and takes 1 MB a second. https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html */
const READS = 15;
const WRITES = 3;
const DATA = Buffer.from(JSON.stringify({ load: 'x'.repeat(700 * 1024) })).toString('base64');

/** Less than an assertion may take on AWS. On the emulator the minutes of CloudWatch last a second. */
const LASTS_MS = process.env.AWS_ENDPOINT_URL ? 7_000 : 100_000;

/** For a while, reads and writes more than one shard of a stream gives and takes; says whether any of that was refused. */
export async function handler({ streamName }: { readonly streamName: string }): Promise<{ readonly reads: boolean; readonly writes: boolean }> {
  const { ShardIterator: iterator } = await call<{ readonly ShardIterator: string }>('GetShardIterator', {
    StreamName: streamName, ShardId: 'shardId-000000000000', ShardIteratorType: 'LATEST',
  });
  const read = () => isRefused(call('GetRecords', { ShardIterator: iterator, Limit: 1 }));
  // Of one key, so that it is one shard that takes them.
  const write = () => isRefused(call('PutRecord', { StreamName: streamName, Data: DATA, PartitionKey: 'load' }));
  const refused = { reads: false, writes: false };
  for (const until = Date.now() + LASTS_MS; Date.now() < until;) {
    const [reads, writes] = await Promise.all([several(READS, read), several(WRITES, write), sleep(900)]);
    refused.reads ||= reads.includes(true);
    refused.writes ||= writes.includes(true);
  }
  return refused;
}

function several(times: number, request: () => Promise<boolean>): Promise<boolean[]> {
  return Promise.all(Array.from({ length: times }, request));
}

async function isRefused(request: Promise<unknown>): Promise<boolean> {
  try {
    await request;
    return false;
  } catch (error) {
    if ((error as Error).name !== 'ProvisionedThroughputExceededException') {
      throw error;
    }
    return true;
  }
}
