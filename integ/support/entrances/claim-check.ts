import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Entrance, Sender } from './entrance';
import { padded } from './padding';
import { deposit } from '../../../runtime/src';
import type { ClaimCheckBucket } from '../../../src';

/** Each payload is deposited in a bucket, if it is too large for a message, and a pointer to it is sent to a queue. */
export function claimCheckEntrance(payloads: ClaimCheckBucket, prefix: string, queue: sqs.IQueue): Entrance {
  return {
    kind: 'claim-check',
    address: `${payloads.bucket.bucketName} ${prefix} ${queue.queueUrl}`,
    grantSend: (producer) => {
      payloads.grantDeposit(producer, prefix);
      queue.grantSendMessages(producer);
    },
  };
}

const client = new SQSClient({});

export const sender: Sender = {
  limit: 1_048_576,
  batchSize: 10,
  send: async (address, messages) => {
    const [bucket = '', prefix = '', queueUrl = ''] = address.split(' ');
    const confirmed = [];
    for (const { number, body, mark, group, deduplicationId } of messages) {
      // The mark is in the key, by which a pointer is known for the message that it is.
      const check = await deposit(padded(body, number), { bucket, prefix: `${prefix}${mark}/` });
      const { MessageId: messageId = '', SequenceNumber: sequence } = await client.send(new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: check.body,
        MessageAttributes: check.attributes,
        ...(group ? { MessageGroupId: group, MessageDeduplicationId: deduplicationId } : {}),
      }));
      confirmed.push({ number, messageId, ...(sequence ? { sequence } : {}) });
    }
    return { confirmed, refused: [] };
  },
};
