import { randomUUID } from 'node:crypto';
import type { Message } from '@aws-sdk/client-sqs';
import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient, StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs';
import { readDeadLetters } from '../dead-letters';
import { Entries } from '../entries';
import { queuesOf } from '../runs';

const sqs = new SQSClient({});

export interface RedriveEvent {
  readonly run: string;
  /** Whether messages are moved one by one, as an operator's own script would, instead of by a task of SQS. @default false */
  readonly byHand?: boolean;
}

export interface RedriveAnswer {
  /** The numbers of the messages that go back to the queue. */
  readonly redriven: readonly number[];
  /** Who moves them: SQS, by a task, or this function, where there are no such tasks. */
  readonly by: 'task' | 'function';
}

/** Repairs what made messages poison, then moves all dead letters of a run back to its queue, as an operator would. */
export async function handler({ run, byHand = false }: RedriveEvent): Promise<RedriveAnswer> {
  const { queueArn, deadLetterQueueArn, deadLetterQueueUrl, queueUrl } = queuesOf(run);
  const entries = new Entries(run);
  await entries.repair();
  const redriven = (await readDeadLetters(sqs, deadLetterQueueUrl)).sort((a, b) => a - b);
  await entries.append(redriven.map((number) => ({ kind: 'redriven', number, at: Date.now() })));
  if (!byHand && await moveByTask(deadLetterQueueArn, queueArn)) {
    return { redriven, by: 'task' };
  }
  await moveByHand(deadLetterQueueUrl, queueUrl);
  return { redriven, by: 'function' };
}

/** Gives false where there are no such tasks: the local emulator does not know the action; AWS does and never answers so. */
async function moveByTask(from: string, to: string): Promise<boolean> {
  try {
    // The destination is named, because SQS can find it by itself only for messages that came from a queue.
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
    await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: from, DestinationArn: to }));
    return true;
  } catch (error) {
    if ((error as Error).name === 'InvalidAction') {
      return false;
    }
    throw error;
  }
}

/** Sends each message before it is deleted, so that it can be there twice but never not at all. */
async function moveByHand(from: string, to: string): Promise<void> {
  for (;;) {
    const { Messages: messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: from, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All'] }));
    if (messages.length === 0) {
      return;
    }
    for (const message of messages) {
      await sqs.send(new SendMessageCommand({ QueueUrl: to, MessageBody: message.Body, ...fifoAttributes(message) }));
      await sqs.send(new DeleteMessageCommand({ QueueUrl: from, ReceiptHandle: message.ReceiptHandle }));
    }
  }
}

function fifoAttributes({ Attributes: attributes }: Message): { MessageGroupId?: string; MessageDeduplicationId?: string } {
  // With its first deduplication id the queue would take the message for one that it had, and drop it.
  return attributes?.MessageGroupId ? { MessageGroupId: attributes.MessageGroupId, MessageDeduplicationId: randomUUID() } : {};
}
