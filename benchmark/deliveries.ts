import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  GetEventSourceMappingCommand, InvokeCommand, LambdaClient, ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { DeleteMessageBatchCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { plainEnvironment, runChild } from './children';
import type { Spread } from './statistics';
import { ratiosOf, spreadOf } from './statistics';
import type { Bench } from './workspace';
import { scratch } from './workspace';
import { EMULATOR_REGION, startEmulator } from '../emulator/emulator';

/** What became of the messages of one queue. */
export interface Deliveries {
  readonly way: string;
  readonly messages: number;
  readonly poison: number;
  readonly invocations: number;
  /** How many of them got how many messages. */
  readonly batchSizes: Readonly<Record<string, number>>;
  readonly setAside: number;
  readonly poisonSetAside: number;
  readonly goodSetAside: number;
  /** Good messages whose work was done more than once. */
  readonly goodDoneAgain: number;
  /** Good messages whose work was never done. */
  readonly goodNeverDone: number;
  /** Good messages of which at least one of the three is true: done again, never done, set aside. */
  readonly goodHarmed: number;
  readonly seconds: number;
}

export interface Throughput {
  readonly messages: number;
  /** Messages per second. */
  readonly ours: Spread;
  readonly byHand: Spread;
  readonly ratio: Spread;
}

export interface EmulatorResult {
  readonly seed: number;
  readonly deliveries: readonly Deliveries[];
  readonly throughput: Throughput;
}

export interface EmulatorPlan {
  readonly messages: number;
  readonly poison: number;
  readonly seed: number;
  readonly throughputMessages: number;
  readonly throughputRounds: number;
}

const WAYS = { Ours: 'QueueFedFunction', ByHand: 'by hand, without partial batch responses', Solutions: 'Solutions Constructs' };

/** Longer than any way needs for its last attempt; a drill that is not over by then has gone wrong. */
const DRILL_LIMIT_MS = 400_000;

export async function measureOnEmulator(bench: Bench, plan: EmulatorPlan, tell: (line: string) => void): Promise<EmulatorResult> {
  const assembly = scratch('deliveries');
  await runChild(process.execPath, ['apps/deliveries-app.js', assembly], { cwd: bench.folder, env: plainEnvironment() });
  const emulator = await startEmulator();
  try {
    const drill = new Drill(emulator.endpoint, tell);
    await drill.deploy(readFileSync(join(assembly, 'Deliveries.template.json'), 'utf8'));
    const deliveries = await drill.deliver(plan);
    const throughput = await drill.throughput(plan);
    return { seed: plan.seed, deliveries, throughput };
  } finally {
    await emulator.stop();
  }
}

interface Message {
  readonly number: number;
  readonly poison: boolean;
}

/** Stacks on an emulator, and the messages sent to their queues. A way is a queue and its function, as the outputs of the stack name them. */
export class Drill {
  private readonly cloudFormation: CloudFormationClient;
  private readonly dynamo: DynamoDBDocumentClient;
  private readonly lambda: LambdaClient;
  private readonly sqs: SQSClient;
  private outputs: Record<string, string> = {};

  constructor(endpoint: string, private readonly tell: (line: string) => void) {
    const client = { endpoint, region: EMULATOR_REGION, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
    this.cloudFormation = new CloudFormationClient(client);
    this.dynamo = DynamoDBDocumentClient.from(new DynamoDBClient(client));
    this.lambda = new LambdaClient(client);
    this.sqs = new SQSClient(client);
  }

  public async deploy(template: string): Promise<void> {
    const name = 'Deliveries';
    await this.cloudFormation.send(new CreateStackCommand({ StackName: name, TemplateBody: template, Capabilities: ['CAPABILITY_IAM'] }));
    for (;;) {
      const { Stacks: stacks } = await this.cloudFormation.send(new DescribeStacksCommand({ StackName: name }));
      const { StackStatus: status, StackStatusReason: reason, Outputs: outputs } = stacks![0]!;
      if (status === 'CREATE_COMPLETE') {
        this.outputs = Object.fromEntries(outputs!.map((output) => [output.OutputKey!, output.OutputValue!]));
        return;
      }
      if (status !== 'CREATE_IN_PROGRESS') {
        throw new Error(`the stack was not deployed: ${status} ${reason ?? ''}`);
      }
      await sleep(100);
    }
  }

  /** The drill with poison, on all queues at the same time. */
  public async deliver(plan: EmulatorPlan): Promise<Deliveries[]> {
    const messages = messagesWithPoison(plan);
    const ways = Object.keys(WAYS) as (keyof typeof WAYS)[];
    for (const way of ways) {
      await this.setEnabled(way, false);
      await this.warm(way, 10);
      // The messages wait before the event source starts, so that the first batches are full.
      await this.send(way, messages);
    }
    const started = Date.now();
    const finished = ways.map(async (way) => {
      await this.setEnabled(way, true);
      await this.untilEmpty(way, started + DRILL_LIMIT_MS);
      return this.account(way, messages, (Date.now() - started) / 1000);
    });
    return Promise.all(finished);
  }

  /** How fast waiting messages are processed, one queue after the other, in turns. */
  public async throughput({ throughputMessages: count, throughputRounds: rounds }: EmulatorPlan): Promise<Throughput> {
    const ways = ['OursIdle', 'ByHandIdle'] as const;
    const rates: Record<typeof ways[number], number[]> = { OursIdle: [], ByHandIdle: [] };
    for (let round = 0; round <= rounds; round++) {
      for (const way of round % 2 ? [...ways].reverse() : ways) {
        const [seconds] = await this.processed(way, count, () => [Number(process.hrtime.bigint()) / 1e9]) as [number];
        // The first round starts the functions' processes and is left out.
        if (round > 0) {
          rates[way].push(count / seconds);
          this.tell(`${way}: ${(count / seconds).toFixed(0)} messages per second`);
        }
      }
    }
    const { OursIdle: ours, ByHandIdle: byHand } = rates;
    return { messages: count, ours: spreadOf(ours), byHand: spreadOf(byHand), ratio: ratiosOf(ours, byHand) };
  }

  /** By how much each meter goes up while waiting messages without poison are processed, from the start of their event source to the last. */
  public async processed(way: string, count: number, meters: () => readonly number[]): Promise<number[]> {
    await this.setEnabled(way, false);
    await this.send(way, Array.from({ length: count }, (_, number) => ({ number, poison: false })));
    const before = meters();
    await this.setEnabled(way, true);
    await this.untilEmpty(way, Date.now() + DRILL_LIMIT_MS);
    return meters().map((value, meter) => value - before[meter]!);
  }

  private async setEnabled(way: string, enabled: boolean): Promise<void> {
    const { EventSourceMappings: mappings } = await this.lambda.send(
      new ListEventSourceMappingsCommand({ FunctionName: this.outputs[`${way}Function`] }),
    );
    const uuid = mappings![0]!.UUID!;
    await this.lambda.send(new UpdateEventSourceMappingCommand({ UUID: uuid, Enabled: enabled }));
    while ((await this.lambda.send(new GetEventSourceMappingCommand({ UUID: uuid }))).State !== (enabled ? 'Enabled' : 'Disabled')) {
      await sleep(50);
    }
  }

  /** Starts the function's processes, so that none is slow for being new. A batch without messages leaves no trace in the books. */
  private async warm(way: string, times: number): Promise<void> {
    const payload = JSON.stringify({ Records: [] });
    const command = new InvokeCommand({ FunctionName: this.outputs[`${way}Function`], Payload: payload });
    await Promise.all(Array.from({ length: times }, () => this.lambda.send(command)));
  }

  private async send(way: string, messages: readonly Message[]): Promise<void> {
    for (let from = 0; from < messages.length; from += 10) {
      const { Failed: failed } = await this.sqs.send(new SendMessageBatchCommand({
        QueueUrl: this.outputs[`${way}QueueUrl`],
        Entries: messages.slice(from, from + 10).map((message) => ({ Id: String(message.number), MessageBody: JSON.stringify(message) })),
      }));
      if (failed?.length) {
        throw new Error(`${failed.length} messages were not accepted: ${failed[0]!.Message}`);
      }
    }
  }

  private async untilEmpty(way: string, limit: number): Promise<void> {
    for (;;) {
      const { Attributes: counts } = await this.sqs.send(new GetQueueAttributesCommand({
        QueueUrl: this.outputs[`${way}QueueUrl`],
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }));
      if (Number(counts!.ApproximateNumberOfMessages) + Number(counts!.ApproximateNumberOfMessagesNotVisible) === 0) {
        return;
      }
      if (Date.now() > limit) {
        throw new Error(`the queue of ${way} is not empty after ${DRILL_LIMIT_MS / 1000} s: ${JSON.stringify(counts)}`);
      }
      await sleep(20);
    }
  }

  /** Counts from what the handler noted and from what lies in the dead-letter queue. */
  private async account(way: keyof typeof WAYS, messages: readonly Message[], seconds: number): Promise<Deliveries> {
    const invocations: { received: number[]; done: number[] }[] = [];
    const query = {
      TableName: this.outputs.Table!,
      KeyConditionExpression: 'way = :way',
      ExpressionAttributeValues: { ':way': way },
      ConsistentRead: true,
    };
    for await (const { Items: items = [] } of paginateQuery({ client: this.dynamo }, query)) {
      invocations.push(...items.map((item) => ({ received: JSON.parse(item.received as string), done: JSON.parse(item.done as string) })));
    }
    const withMessages = invocations.filter(({ received }) => received.length > 0);
    const timesDone = new Map<number, number>();
    withMessages.flatMap(({ done }) => done).forEach((number) => timesDone.set(number, (timesDone.get(number) ?? 0) + 1));
    const setAside = new Set((await this.takeDeadLetters(way)).map(({ number }) => number));
    const good = messages.filter(({ poison }) => !poison).map(({ number }) => number);
    const sizes: Record<string, number> = {};
    withMessages.forEach(({ received }) => sizes[received.length] = (sizes[received.length] ?? 0) + 1);
    const result: Deliveries = {
      way: WAYS[way],
      messages: messages.length,
      poison: messages.length - good.length,
      invocations: withMessages.length,
      batchSizes: sizes,
      setAside: setAside.size,
      poisonSetAside: messages.filter(({ number, poison }) => poison && setAside.has(number)).length,
      goodSetAside: good.filter((number) => setAside.has(number)).length,
      goodDoneAgain: good.filter((number) => (timesDone.get(number) ?? 0) > 1).length,
      goodNeverDone: good.filter((number) => !timesDone.has(number)).length,
      goodHarmed: good.filter((number) => timesDone.get(number) !== 1 || setAside.has(number)).length,
      seconds,
    };
    this.tell(`${result.way}: ${result.invocations} invocations, ${result.setAside} set aside, ${result.goodHarmed} good messages harmed`);
    return result;
  }

  private async takeDeadLetters(way: string): Promise<Message[]> {
    const queueUrl = this.outputs[`${way}DeadLetterUrl`];
    const taken: Message[] = [];
    for (;;) {
      const { Messages: batch = [] } = await this.sqs.send(
        new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
      );
      if (batch.length === 0) {
        return taken;
      }
      taken.push(...batch.map(({ Body: body }) => JSON.parse(body!) as Message));
      await this.sqs.send(new DeleteMessageBatchCommand({
        QueueUrl: queueUrl,
        Entries: batch.map(({ ReceiptHandle: handle }, index) => ({ Id: String(index), ReceiptHandle: handle })),
      }));
    }
  }
}

/** Numbered messages, the poison among them at places that the seed decides. */
function messagesWithPoison({ messages, poison, seed }: EmulatorPlan): Message[] {
  const random = randomNumbers(seed);
  const poisoned = new Set<number>();
  while (poisoned.size < poison) {
    poisoned.add(Math.floor(random() * messages));
  }
  return Array.from({ length: messages }, (_, number) => ({ number, poison: poisoned.has(number) }));
}

/** The generator of Park and Miller: the same seed gives the same places everywhere. */
function randomNumbers(seed: number): () => number {
  const modulus = 2 ** 31 - 1;
  let state = seed;
  return () => {
    state = (state * 48271) % modulus;
    return state / modulus;
  };
}
