import { note } from './journal';
import { eachMessage } from './messages';
import { s3Records } from 'cdk-serverless-patterns-runtime';

/** Opens a ticket for what was set aside. Its key says who failed, and when. */
export const handler = eachMessage(async (message) => {
  for (const { bucket, key } of s3Records(message)) {
    await note(`ticket/${key}`, { bucket });
  }
});
