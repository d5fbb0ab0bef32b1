import { PublishBatchCommand, SNSClient } from '@aws-sdk/client-sns';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { acceptanceOf } from './batch';
import type { Entrance, Sender } from './entrance';

/** Messages are published to an SNS topic, with their category as an attribute. */
export function topicEntrance(topic: sns.ITopic): Entrance {
  return {
    kind: 'topic',
    address: topic.topicArn,
    grantSend: (producer) => {
      topic.grantPublish(producer);
    },
  };
}

const client = new SNSClient({});

export const sender: Sender = {
  limit: 262_144,
  batchSize: 10,
  send: async (address, messages) => {
    const answer = await client.send(new PublishBatchCommand({
      TopicArn: address,
      PublishBatchRequestEntries: messages.map(({ body, category, group, deduplicationId }, index) => ({
        Id: String(index),
        Message: body,
        ...(category ? { MessageAttributes: { category: { DataType: 'String', StringValue: category } } } : {}),
        ...(group ? { MessageGroupId: group, MessageDeduplicationId: deduplicationId } : {}),
      })),
    }));
    return acceptanceOf(answer, messages);
  },
};
