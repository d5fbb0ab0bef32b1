import type { KinesisStreamHandler } from 'aws-lambda';
import type { Booking } from './stock';
import { book } from './stock';
import { processInOrder } from 'cdk-serverless-patterns-runtime';

/** Books what was scanned, in order, up to the first scan that fails. */
export const handler: KinesisStreamHandler = async ({ Records }) => processInOrder(Records, async ({ kinesis }) => {
  await book(JSON.parse(Buffer.from(kinesis.data, 'base64').toString()) as Booking);
});
