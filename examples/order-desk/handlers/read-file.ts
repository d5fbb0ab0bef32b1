import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Order } from './order';
import { parseOrder } from './order';
import { claim, deposit } from 'cdk-serverless-patterns-runtime';
import type { ReceivedMessage } from 'cdk-serverless-patterns-runtime';

/** What a shop hands in. */
export interface OrderFile {
  /** The file, or a pointer to it, as `deposit` makes it: one order in each line, as JSON. */
  readonly file: ReceivedMessage;
}

/** What came of it. */
export interface FileResult {
  /** How many orders were passed on to the stations. */
  readonly accepted: number;
  /** The lines that are no order, counted from 1, and why. */
  readonly refused: readonly { readonly line: number; readonly reason: string }[];
}

/** A job, as the engine of the jobs API gives it to its function. */
interface Job {
  readonly id: string;
  readonly body: OrderFile;
}

interface NumberedOrder {
  readonly line: number;
  readonly order: Order;
}

const bucket = process.env.PAYLOADS_BUCKET!;
const sns = new SNSClient({});

/** Reads a file of orders and tells the stations of each. What it throws is in its log; the shop reads that its job failed. */
export async function handler({ id, body }: Job): Promise<FileResult> {
  const text = (await claim(body.file, { bucket, prefix: 'files/' })).toString();
  const orders: NumberedOrder[] = [];
  const refused: { line: number; reason: string }[] = [];
  for (const [index, content] of text.trimEnd().split('\n').entries()) {
    try {
      orders.push({ line: index + 1, order: parseOrder(content) });
    } catch (error) {
      refused.push({ line: index + 1, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  await Promise.all(byCustomer(orders).map(async (ordersOfOne) => {
    for (const order of ordersOfOne) {
      await publish(id, order);
    }
  }));
  return { accepted: orders.length, refused };
}

/** An order with artwork is too large for a message: then only a pointer to it is published. */
async function publish(jobId: string, { line, order }: NumberedOrder): Promise<void> {
  const { body, attributes } = await deposit(JSON.stringify(order), { bucket, prefix: 'orders/' });
  await sns.send(new PublishCommand({
    TopicArn: process.env.TOPIC_ARN,
    Message: body,
    MessageAttributes: attributes,
    MessageGroupId: order.customer,
    // The same line of the same job is the same message, whoever publishes it again.
    MessageDeduplicationId: `${jobId}-${line}`.slice(-128),
  }));
}

function byCustomer(orders: readonly NumberedOrder[]): NumberedOrder[][] {
  const customers = new Map<string, NumberedOrder[]>();
  for (const numbered of orders) {
    customers.set(numbered.order.customer, [...customers.get(numbered.order.customer) ?? [], numbered]);
  }
  return [...customers.values()];
}
