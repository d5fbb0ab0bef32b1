import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import { ChangeMessageVisibilityCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { messageIn } from './message';

/** How long what was read stays invisible to others, unless it is made visible again before: time enough to read all. */
const READING_SECONDS = 30;

/**
 * Reads what a dead-letter queue holds, whoever set it aside, and leaves it there. No other reader must be at it.
 *
 * In a FIFO queue the messages of a group that come after the first ten are not seen, because SQS gives no more of a group while some of it are being read.
 */
export async function readDeadLetters(sqs: SQSClient, queueUrl: string): Promise<number[]> {
  const read: Message[] = [];
  try {
    let empty = 0;
    // SQS asks only some of its servers at a time, so that one empty answer may be by chance; a wait makes it ask all.
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
    while (empty < 2) {
      const { Messages: messages = [] } = await sqs.send(new ReceiveMessageCommand({
        QueueUrl: queueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'], VisibilityTimeout: READING_SECONDS, WaitTimeSeconds: empty,
      }));
      read.push(...messages);
      empty = messages.length === 0 ? empty + 1 : 0;
    }
  } finally {
    await makeVisible(sqs, queueUrl, read);
  }
  return read.map(numberOf);
}

function numberOf({ Body: body, MessageAttributes: attributes, MessageId: id }: Message): number {
  const message = messageIn([body, attributes]);
  if (!message) {
    throw new Error(`dead letter ${id} is no message of a ledger: ${body}`);
  }
  return message.number;
}

async function makeVisible(sqs: SQSClient, queueUrl: string, messages: readonly Message[]): Promise<void> {
  await Promise.all(messages.map(({ ReceiptHandle }) => sqs.send(new ChangeMessageVisibilityCommand({
    QueueUrl: queueUrl, ReceiptHandle, VisibilityTimeout: 0,
  }))));
}
