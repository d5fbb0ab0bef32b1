import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient, StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs';
import { readDeadLetters } from '../dead-letters';
import { Entries } from '../entries';
import type { FailureStoreFacts, StationFacts } from '../runs';
import { bookName, factsOf, placesOf, queueArn, SOLE_STATION } from '../runs';

const sqs = new SQSClient({});

export interface RedriveEvent {
  readonly run: string;
  /** The consumer, where the run has several. */
  readonly station?: string;
}

export interface RedriveAnswer {
  /** The numbers of the messages that go back to the queue, or were given to the handler again, in ascending order. */
  readonly redriven: readonly number[];
}

/** Repairs what made messages poison, then moves all that was set aside for a consumer back to its queue, or gives it to its handler again, as an operator would. */
export async function handler({ run, station = SOLE_STATION }: RedriveEvent): Promise<RedriveAnswer> {
  const facts = factsOf(run).stations[station];
  if (!facts) {
    throw new Error(`run '${run}' has no consumer '${station}'`);
  }
  const entries = new Entries(bookName(run, station));
  await entries.repair();
  if (facts.failures) {
    return { redriven: await replay(facts.failures, entries) };
  }
  const redriven = (await Promise.all(placesOf(facts).map((place) => readDeadLetters(sqs, place)))).flat().sort((a, b) => a - b);
  await note(entries, redriven);
  if (facts.queue) {
    await moveBack(facts, facts.queue);
  }
  return { redriven };
}

/** What is replayed comes late by its nature, which must be known before it comes. */
async function replay(store: FailureStoreFacts, entries: Entries): Promise<number[]> {
  const { readFailures, replayFailures } = await import('../failure-store.js');
  await note(entries, (await readFailures(store)).map(({ number }) => number));
  return [...new Set(await replayFailures(store))].sort((a, b) => a - b);
}

async function note(entries: Entries, numbers: readonly number[]): Promise<void> {
  await entries.append(numbers.map((number) => ({ kind: 'redriven', number, at: Date.now() })));
}

async function moveBack({ deadLetters, alsoSetAsideIn = [] }: StationFacts, queue: string): Promise<void> {
  if (deadLetters) {
    // The destination is named, because SQS can find it by itself only for messages that came from a queue.
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
    await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: queueArn(deadLetters), DestinationArn: queueArn(queue) }));
  }
  // A message move task takes only queues that are the dead-letter queue of another.
  for (const place of alsoSetAsideIn) {
    await moveByHand(place, queue);
  }
}

async function moveByHand(from: string, to: string): Promise<void> {
  for (let empty = 0; empty < 2;) {
    const { Messages: messages = [] } = await sqs.send(new ReceiveMessageCommand({
      QueueUrl: from, MaxNumberOfMessages: 10, WaitTimeSeconds: empty,
    }));
    for (const { Body: body, ReceiptHandle: receipt } of messages) {
      await sqs.send(new SendMessageCommand({ QueueUrl: to, MessageBody: body }));
      await sqs.send(new DeleteMessageCommand({ QueueUrl: from, ReceiptHandle: receipt }));
    }
    empty = messages.length === 0 ? empty + 1 : 0;
  }
}
