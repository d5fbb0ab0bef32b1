import { SQSClient, StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs';
import { readDeadLetters } from '../dead-letters';
import { Entries } from '../entries';
import { queuesOf } from '../runs';

const sqs = new SQSClient({});

export interface RedriveEvent {
  readonly run: string;
}

export interface RedriveAnswer {
  /** The numbers of the messages that go back to the queue. */
  readonly redriven: readonly number[];
}

/** Repairs what made messages poison, then has SQS move all dead letters of a run back to its queue, as an operator would. */
export async function handler({ run }: RedriveEvent): Promise<RedriveAnswer> {
  const { queueArn, deadLetterQueueArn, deadLetterQueueUrl } = queuesOf(run);
  const entries = new Entries(run);
  await entries.repair();
  const redriven = (await readDeadLetters(sqs, deadLetterQueueUrl)).sort((a, b) => a - b);
  await entries.append(redriven.map((number) => ({ kind: 'redriven', number, at: Date.now() })));
  // The destination is named, because SQS can find it by itself only for messages that came from a queue.
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
  await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: deadLetterQueueArn, DestinationArn: queueArn }));
  return { redriven };
}
