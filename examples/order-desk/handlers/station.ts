import type { Context, SQSBatchResponse, SQSEvent, SQSHandler, SQSRecord } from 'aws-lambda';
import type { Order } from './order';
import { parseOrder } from './order';
import type { Attempt } from './work-store';
import { recordDone, recordFailure } from './work-store';
import { claim } from 'cdk-serverless-patterns-runtime';

export interface StationOptions {
  readonly name: string;
  /** Whether the orders of a customer must be worked on one after the other: the queue is a FIFO queue. @default false */
  readonly inOrder?: boolean;
  /** Gets ready for a batch of orders, and answers with what does the work for one of them. */
  prepare(orders: readonly Order[]): Promise<Work>;
}

/** Does the work for an order and answers with what came of it. `attempt` counts from 1. */
export type Work = (order: Order, attempt: number) => Promise<string | number>;

/** Something that stops the whole station, whatever the order. It is thrown on, so that Lambda counts an error and the alarm on errors sees it. */
export class StationDown extends Error {}

interface Delivery {
  readonly record: SQSRecord;
  /** Undefined if the message has none that can be read. */
  readonly order?: Order;
}

/**
 * Makes the handler of a station. It answers with the orders that failed: only these are delivered again, and the ones beside them are done.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function newStation({ name, inOrder = false, prepare }: StationOptions): SQSHandler {
  return async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    const failed = new Set<string>();
    const deliveries = await Promise.all(event.Records.map(read));
    const work = await prepare(deliveries.flatMap(({ order }) => order ?? []));
    let down: StationDown | undefined;

    const workOn = async ({ record, order }: Delivery): Promise<boolean> => {
      if (!order) {
        failed.add(record.messageId);
        return false;
      }
      const attempt: Attempt = {
        orderId: order.orderId,
        station: name,
        receiveCount: Number(record.attributes.ApproximateReceiveCount),
        invocation: context.awsRequestId,
        version: context.functionVersion,
      };
      try {
        await recordDone(attempt, await work(order, attempt.receiveCount));
        return true;
      } catch (error) {
        failed.add(record.messageId);
        down ??= error instanceof StationDown ? error : undefined;
        await recordFailure(attempt, reasonOf(error));
        return false;
      }
    };

    await Promise.all(inOrder ? groupsOf(deliveries).map(async (group) => {
      for (const [position, delivery] of group.entries()) {
        if (!await workOn(delivery)) {
          // What comes after it in its group must wait for it.
          group.slice(position + 1).forEach(({ record }) => failed.add(record.messageId));
          return;
        }
      }
    }) : deliveries.map(workOn));

    if (down) {
      throw down;
    }
    return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

/** Claims an order that is not in its message, and reads it. */
async function read(record: SQSRecord): Promise<Delivery> {
  try {
    const payload = await claim(record, { bucket: process.env.PAYLOADS_BUCKET!, prefix: 'orders/' });
    return { record, order: parseOrder(payload.toString()) };
  } catch (error) {
    console.error(`message ${record.messageId} has no order that can be read: ${reasonOf(error)}`);
    return { record };
  }
}

function groupsOf(deliveries: readonly Delivery[]): Delivery[][] {
  const groups = new Map<string, Delivery[]>();
  for (const delivery of deliveries) {
    const group = delivery.record.attributes.MessageGroupId ?? '';
    groups.set(group, [...groups.get(group) ?? [], delivery]);
  }
  return [...groups.values()];
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
