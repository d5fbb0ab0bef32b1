import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Books } from '../books';
import { balance } from '../books';
import { readDeadLetters } from '../dead-letters';
import { Entries } from '../entries';
import { queuesOf } from '../runs';

const sqs = new SQSClient({});

/** Draws up the books of a run. */
export async function handler({ run }: { readonly run: string }): Promise<Books> {
  const { queueUrl, deadLetterQueueUrl } = queuesOf(run);
  // In the direction in which messages move, so that one that moves meanwhile is seen twice rather than not at all.
  const inFlight = await countMessages(queueUrl);
  const setAside = await readDeadLetters(sqs, deadLetterQueueUrl);
  return balance(await new Entries(run).all(), setAside, inFlight);
}

/** Waiting, being processed and delayed. */
async function countMessages(queueUrl: string): Promise<number> {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible', 'ApproximateNumberOfMessagesDelayed'] as const;
  const { Attributes: attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...names] }));
  return names.reduce((sum, name) => sum + Number(attributes[name]), 0);
}
