import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { Catalogue } from './catalogue';
import type { Order } from './order';
import { parseOrder } from './order';
import { recordFailure, recordProcessed } from './order-store';
import { charge, ProviderDown } from './payment';

interface Delivery {
  readonly messageId: string;
  readonly receiveCount: number;
  readonly order: Order;
}

/**
 * Processes a batch of orders and answers with those that failed. Only these are delivered again; the ones beside them are done.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const failed: string[] = [];
  const deliveries: Delivery[] = [];
  for (const record of event.Records) {
    try {
      deliveries.push(readDelivery(record));
    } catch (error) {
      console.error(`message ${record.messageId} is not an order: ${reasonOf(error)}`);
      failed.push(record.messageId);
    }
  }

  const catalogue = await Catalogue.readFor(deliveries.map(({ order }) => order));
  const outcomes = await Promise.allSettled(deliveries.map(async ({ messageId, order, receiveCount }) => {
    try {
      await processOrder(order, catalogue, receiveCount, context.awsRequestId);
    } catch (error) {
      failed.push(messageId);
      throw error;
    }
  }));

  // Without the provider no batch can be done. Thrown, and not answered as failed orders, so that Lambda counts an error and the alarm on errors sees it.
  const down = outcomes.find((outcome) => outcome.status === 'rejected' && outcome.reason instanceof ProviderDown);
  if (down?.status === 'rejected') {
    throw down.reason;
  }
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}

async function processOrder(order: Order, catalogue: Catalogue, receiveCount: number, invocation: string): Promise<void> {
  try {
    const cents = catalogue.priceOf(order);
    await charge(order, cents, receiveCount);
    await recordProcessed(order.orderId, { cents, receiveCount, invocation });
  } catch (error) {
    await recordFailure(order.orderId, { reason: reasonOf(error), receiveCount, invocation });
    throw error;
  }
}

function readDelivery(record: SQSRecord): Delivery {
  return {
    messageId: record.messageId,
    receiveCount: Number(record.attributes.ApproximateReceiveCount),
    order: parseOrder(record.body),
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
