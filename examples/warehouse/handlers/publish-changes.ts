import type { AttributeValue, DynamoDBStreamHandler } from 'aws-lambda';
import { eventBridge } from './event-bridge';
import type { StockLevel } from './stock';
import { processInOrder, putEvents } from 'cdk-serverless-patterns-runtime';

/** Tells the bus of each change of the stock, and when an article has become scarce. */
export const handler: DynamoDBStreamHandler = async ({ Records }) => processInOrder(Records, async ({ dynamodb: change }) => {
  const [before, after] = [read(change?.OldImage), read(change?.NewImage)];
  if (!after || after.version === before?.version) {
    return; // What was changed is not how much is there.
  }
  const event = { EventBusName: process.env.EVENT_BUS!, Source: 'warehouse', Detail: JSON.stringify(after) };
  await putEvents([
    { ...event, DetailType: 'StockChanged' },
    ...(isScarce(after) && !(before && isScarce(before)) ? [{ ...event, DetailType: 'StockLow' }] : []),
  ], { eventBridge });
});

function isScarce({ quantity, reorderLevel }: StockLevel): boolean {
  return quantity < reorderLevel;
}

function read(image: Record<string, AttributeValue> | undefined): StockLevel | undefined {
  return image && {
    article: image.article!.S!, quantity: Number(image.quantity!.N), reorderLevel: Number(image.reorderLevel!.N), version: Number(image.version!.N),
  };
}
