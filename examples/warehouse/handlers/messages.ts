import type { SQSHandler, SQSRecord } from 'aws-lambda';

/** Makes the handler of a queue: it does the work of each message, and answers with those that failed, so that only these come again. */
export function eachMessage(work: (message: SQSRecord) => Promise<void>): SQSHandler {
  return async ({ Records }) => {
    const batchItemFailures = await Promise.all(Records.map(async (message) => {
      try {
        await work(message);
        return [];
      } catch (error) {
        console.error('message failed', message.messageId, error);
        return [{ itemIdentifier: message.messageId }];
      }
    }));
    return { batchItemFailures: batchItemFailures.flat() };
  };
}
