import {
  DeleteQueueCommand, PurgeQueueCommand, ReceiveMessageCommand, SendMessageCommand, SetQueueAttributesCommand, SQSClient,
} from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { outcomesOf } from '../probes';
import { recordingHandler } from '../recording-handler';

/** The actions that can be tried on a queue. The destructive ones are there to be refused. */
const ATTEMPTS = {
  receive: (QueueUrl: string) => new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 0 }),
  send: (QueueUrl: string) => new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify({ run: 'probe', number: 1 }) }),
  purge: (QueueUrl: string) => new PurgeQueueCommand({ QueueUrl }),
  configure: (QueueUrl: string) => new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: '0' } }),
  delete: (QueueUrl: string) => new DeleteQueueCommand({ QueueUrl }),
};

export interface Probe {
  readonly attempt: keyof typeof ATTEMPTS;
  readonly queueUrl: string;
}

const sqs = new SQSClient({});
const record = recordingHandler();

/** Processes messages like any handler; asked directly, it tries actions on queues with its own role, and answers what came of each. */
export async function handler(event: SQSEvent | Record<string, Probe>, context: Context): Promise<SQSBatchResponse | Record<string, string>> {
  if (Array.isArray(event.Records)) {
    return record(event as SQSEvent, context);
  }
  // The commands have no common type that `send` takes.
  const attempt = (probe: Probe) => sqs.send(ATTEMPTS[probe.attempt](probe.queueUrl) as ReceiveMessageCommand);
  return outcomesOf(event as Record<string, Probe>, attempt, (name) => name.startsWith('AccessDenied'));
}
