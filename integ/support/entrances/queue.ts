import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { acceptanceOf } from './batch';
import type { Entrance, Sender } from './entrance';

/** Messages are sent to an SQS queue. */
export function queueEntrance(queue: sqs.IQueue): Entrance {
  return {
    kind: 'queue',
    address: queue.queueUrl,
    grantSend: (producer) => queue.grantSendMessages(producer),
  };
}

const client = new SQSClient({});

export const sender: Sender = {
  limit: 1_048_576,
  batchSize: 10,
  send: async (address, messages) => {
    const answer = await client.send(new SendMessageBatchCommand({
      QueueUrl: address,
      Entries: messages.map(({ body, category, group, delaySeconds, deduplicationId }, index) => ({
        Id: String(index),
        MessageBody: body,
        ...(category ? { MessageAttributes: { category: { DataType: 'String', StringValue: category } } } : {}),
        ...(delaySeconds ? { DelaySeconds: delaySeconds } : {}),
        ...(group ? { MessageGroupId: group, MessageDeduplicationId: deduplicationId } : {}),
      })),
    }));
    return acceptanceOf(answer, messages);
  },
};
