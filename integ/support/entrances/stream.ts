import { setTimeout as sleep } from 'node:timers/promises';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kinesis from 'aws-cdk-lib/aws-kinesis';
import type { Confirmation, Entrance, OutgoingMessage, Sender } from './entrance';
import { putRecords } from '../kinesis';
import { digestOf } from '../stream-record';

/** What lets somebody write to a stream: the stream, or a pattern with a grant of its own. */
interface Writable {
  grantWrite(producer: iam.IGrantable): iam.Grant;
}

/** Messages are put into a Kinesis stream. The partition key is the message's group, or one of its own. */
export function streamEntrance(stream: kinesis.IStream, writable: Writable = stream): Entrance {
  return {
    kind: 'stream',
    address: stream.streamName,
    grantSend: (producer) => {
      writable.grantWrite(producer);
    },
  };
}

export const sender: Sender = {
  limit: 10 * 1024 ** 2,
  batchSize: 500,
  send: async (address, messages) => {
    const began = Date.now();
    const confirmed: Confirmation[] = [];
    // A stream holds nothing back, so it is done here.
    for (const delay of new Set(messages.map(({ delaySeconds = 0 }) => delaySeconds))) {
      await sleep(began + 1000 * delay - Date.now());
      confirmed.push(...await put(address, messages.filter(({ delaySeconds = 0 }) => delaySeconds === delay)));
    }
    return { confirmed, refused: [] };
  },
};

async function put(streamName: string, messages: readonly OutgoingMessage[]): Promise<Confirmation[]> {
  const items = messages.map(({ number, body, group = `message-${number}` }) => ({ number, group, body }));
  const records = items.map(({ group, body }) => ({ Data: Buffer.from(body).toString('base64'), PartitionKey: group }));
  const sequences = await putRecords(streamName, records);
  return items.flatMap((item, index) => {
    const sequence = sequences[index];
    // Known by its place in the stream, as its deliveries are.
    return sequence === undefined ? [] : [{ number: item.number, messageId: sequence, sequence, digest: digestOf(item) }];
  });
}
