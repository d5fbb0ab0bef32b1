import { CloudWatchClient, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Entries } from '../entries';
import type { WatchedAlarm } from '../ledger';
import type { StreamEvent } from './producer';

export interface WatchEvent {
  /** The alarms by their logical ids. */
  readonly alarms: Readonly<Record<string, WatchedAlarm>>;
  /** What is sent each time that the question is asked. */
  readonly streams: readonly StreamEvent[];
}

export interface WatchAnswer {
  /** By run: the alarms that those on call have heard of, by their construct ids, in alphabetical order. */
  readonly rung: Readonly<Record<string, readonly string[]>>;
  /** The same, of the alarms that they have heard of more than once. */
  readonly rungAgain: Readonly<Record<string, readonly string[]>>;
  /** The same, of the alarms that are not OK now. */
  readonly notOk: Readonly<Record<string, readonly string[]>>;
  /** Whatever those on call have heard, by logical id: how often. For people, when a run has failed. */
  readonly heard: Readonly<Record<string, number>>;
}

/** Under this name the ledger's table keeps what was heard. */
const BOOK = 'on-call';

const sqs = new SQSClient({});
const cloudwatch = new CloudWatchClient({});
const lambda = new LambdaClient({});

/** Keeps messages coming, takes the notifications of alarms from the queue behind the topic, and says which alarms rang so far. */
export async function handler({ alarms, streams }: WatchEvent): Promise<WatchAnswer> {
  await Promise.all(streams.map((stream) => lambda.send(new InvokeCommand({
    FunctionName: process.env.LEDGER_PRODUCER, Payload: JSON.stringify(stream),
  }))));
  await listen();
  const rings = await new Entries(BOOK).notified();
  const states = await statesOfAlarms();
  const ringsOf = (logicalId: string) => rings.filter((alarm) => alarm === logicalId).length;
  return {
    rung: select(alarms, (logicalId) => ringsOf(logicalId) > 0),
    rungAgain: select(alarms, (logicalId) => ringsOf(logicalId) > 1),
    notOk: select(alarms, (logicalId) => states.get(logicalId) !== 'OK'),
    heard: Object.fromEntries([...new Set(rings)].map((logicalId) => [logicalId, ringsOf(logicalId)])),
  };
}

/** Keeps what it hears in the table before it takes it from the queue. */
async function listen(): Promise<void> {
  const queueUrl = process.env.LEDGER_PAGER;
  for (let heard = true; heard;) {
    const { Messages: messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 }));
    for (const { Body: body, ReceiptHandle: receipt } of messages) {
      const { MessageId: id, Message: text } = JSON.parse(body ?? '') as { MessageId: string; Message: string };
      await new Entries(BOOK).notify(id, logicalIdOf((JSON.parse(text) as { AlarmName: string }).AlarmName));
      await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: receipt }));
    }
    heard = messages.length > 0;
  }
}

async function statesOfAlarms(): Promise<Map<string, string | undefined>> {
  const states = new Map<string, string | undefined>();
  for await (const { MetricAlarms: alarms = [] } of paginateDescribeAlarms({ client: cloudwatch }, {})) {
    alarms.forEach(({ AlarmName: name = '', StateValue: state }) => states.set(logicalIdOf(name), state));
  }
  return states;
}

/** CloudFormation names an alarm by its stack, its logical id and a suffix. */
function logicalIdOf(alarmName: string): string {
  return alarmName.split('-').slice(-2)[0]!;
}

function select(alarms: WatchEvent['alarms'], isMeant: (logicalId: string) => boolean): Record<string, string[]> {
  const selected: Record<string, string[]> = {};
  for (const [logicalId, { run, id }] of Object.entries(alarms)) {
    selected[run] = [...selected[run] ?? [], ...(isMeant(logicalId) ? [id] : [])].sort();
  }
  return selected;
}
