import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as firehose from 'aws-cdk-lib/aws-kinesisfirehose';
import type { Entrance, Sender } from './entrance';
import { callJsonApi } from '../json-api';

/** A delivery stream that takes records, as a `BucketDelivery` does. */
interface Delivery {
  readonly deliveryStream: firehose.IDeliveryStream;
  grantPutRecords(grantee: iam.IGrantable): unknown;
}

/** Each message is a record that is put into a delivery stream. */
export function deliveryEntrance(delivery: Delivery): Entrance {
  return {
    kind: 'delivery',
    address: delivery.deliveryStream.deliveryStreamName,
    grantSend: (producer) => {
      delivery.grantPutRecords(producer);
    },
  };
}

interface PutAnswer {
  readonly RequestResponses: readonly { readonly RecordId?: string }[];
}

export const sender: Sender = {
  limit: 1000 * 1024,
  batchSize: 500,
  send: async (address, messages) => {
    const { RequestResponses: answers } = await callJsonApi<PutAnswer>('firehose', 'Firehose_20150804.PutRecordBatch', {
      DeliveryStreamName: address, Records: messages.map(({ body }) => ({ Data: Buffer.from(body).toString('base64') })),
    });
    const confirmed = messages.flatMap(({ number }, index) => {
      const messageId = answers[index]?.RecordId;
      return messageId === undefined ? [] : [{ number, messageId }];
    });
    return { confirmed, refused: [] };
  },
};
