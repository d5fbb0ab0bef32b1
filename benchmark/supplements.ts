import { readdirSync, readFileSync } from 'node:fs';
import { Drill } from './deliveries';
import type { Spread } from './statistics';
import { ratiosOf, spreadOf } from './statistics';
import type { Emulator } from '../emulator/emulator';
import { startEmulator } from '../emulator/emulator';

export interface SupplementsPlan {
  readonly messages: number;
  readonly rounds: number;
}

/** What one emulator takes to process a queue, and that divided by what the emulator alone takes in the same round. */
export interface ProcessingCost {
  readonly way: string;
  readonly cpuMicrosecondsPerMessage: Spread;
  readonly messagesPerSecond: Spread;
  readonly cpuRatio: Spread;
  readonly wallRatio: Spread;
}

export interface SupplementsCost {
  readonly messages: number;
  readonly costs: readonly ProcessingCost[];
}

export const SUPPLEMENTED = 'with the supplements';
const ALONE = 'the emulator alone';
const ALONE_AGAIN = 'the emulator alone, once more';

/** Of the system's accounting, which is in these units on Linux whatever its timer does. */
const TICK_SECONDS = 0.01;

/**
 * What the supplements cost an SQS event source, beside the emulator alone, taking turns.
 *
 * @throws Error where there is no /proc, which the CPU time of processes that are not children is read from
 */
export async function measureSupplements({ messages, rounds }: SupplementsPlan, tell: (line: string) => void): Promise<SupplementsCost> {
  const emulators: Emulator[] = [];
  try {
    const start = async (plain: boolean) => {
      const emulator = await startEmulator({ plain });
      emulators.push(emulator);
      const drill = new Drill(emulator.endpoint, tell);
      await drill.deploy(JSON.stringify(TEMPLATE));
      return { emulator, drill };
    };
    const [alone, supplemented] = [await start(true), await start(false)];
    const ways = [{ way: ALONE, ...alone }, { way: ALONE_AGAIN, ...alone }, { way: SUPPLEMENTED, ...supplemented }];
    const taken = new Map(ways.map(({ way }) => [way, { cpu: [] as number[], wall: [] as number[] }]));
    for (let round = 0; round <= rounds; round++) {
      const first = round % ways.length;
      for (const { way, emulator, drill } of [...ways.slice(first), ...ways.slice(0, first)]) {
        const [cpu, wall] = await drill.processed('Idle', messages, () => [cpuSeconds(emulator.pid), Number(process.hrtime.bigint()) / 1e9]);
        // The first round starts the function's processes and is left out.
        if (round > 0) {
          taken.get(way)!.cpu.push(cpu!);
          taken.get(way)!.wall.push(wall!);
          tell(`${way}: ${(cpu! / messages * 1e6).toFixed(0)} µs of CPU a message, ${(messages / wall!).toFixed(0)} messages per second`);
        }
      }
    }
    const baseline = taken.get(ALONE)!;
    const costs = ways.map(({ way }): ProcessingCost => {
      const { cpu, wall } = taken.get(way)!;
      return {
        way,
        cpuMicrosecondsPerMessage: spreadOf(cpu.map((seconds) => seconds / messages * 1e6)),
        messagesPerSecond: spreadOf(wall.map((seconds) => messages / seconds)),
        cpuRatio: ratiosOf(cpu, baseline.cpu),
        wallRatio: ratiosOf(wall, baseline.wall),
      };
    });
    return { messages, costs };
  } finally {
    await Promise.all(emulators.map((emulator) => emulator.stop()));
  }
}

/** The CPU time so far of an emulator and its Lambda workers: of all processes in its group. */
function cpuSeconds(group: number): number {
  let ticks = 0;
  for (const process of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    let stat: string;
    try {
      stat = readFileSync(`/proc/${process}/stat`, 'utf8');
    } catch {
      continue; // it has just ended
    }
    // The name of the program, in brackets, may have spaces; the fields after it are state, parent, group, …
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(fields[2]) === group) {
      ticks += Number(fields[11]) + Number(fields[12]);
    }
  }
  return ticks * TICK_SECONDS;
}

const alarm = (namespace: string, metric: string, dimension: string, of: object) => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    Namespace: namespace,
    MetricName: metric,
    Dimensions: [{ Name: dimension, Value: of }],
    Statistic: 'Maximum',
    Period: 60,
    EvaluationPeriods: 3,
    Threshold: 1_000_000, // never reached: what an alarm does is not measured
    ComparisonOperator: 'GreaterThanThreshold',
    TreatMissingData: 'notBreaching',
  },
});

/** As QueueFedFunction has them, but for its alarm on metric math, which the emulator alone refuses. */
const TEMPLATE = {
  Resources: {
    DeadLetters: { Type: 'AWS::SQS::Queue' },
    Queue: {
      Type: 'AWS::SQS::Queue',
      Properties: { VisibilityTimeout: 60, RedrivePolicy: { maxReceiveCount: 5, deadLetterTargetArn: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] } } },
    },
    Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [] } } },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Timeout: 10,
        Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
        Code: { ZipFile: 'exports.handler = async () => ({ batchItemFailures: [] });' },
      },
    },
    Source: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        FunctionName: { Ref: 'Function' },
        EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] },
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 100 },
      },
    },
    Age: alarm('AWS/SQS', 'ApproximateAgeOfOldestMessage', 'QueueName', { 'Fn::GetAtt': ['Queue', 'QueueName'] }),
    SetAside: alarm('AWS/SQS', 'ApproximateNumberOfMessagesVisible', 'QueueName', { 'Fn::GetAtt': ['DeadLetters', 'QueueName'] }),
    Errors: alarm('AWS/Lambda', 'Errors', 'FunctionName', { Ref: 'Function' }),
    Throttles: alarm('AWS/Lambda', 'Throttles', 'FunctionName', { Ref: 'Function' }),
    Duration: alarm('AWS/Lambda', 'Duration', 'FunctionName', { Ref: 'Function' }),
  },
  Outputs: { IdleFunction: { Value: { Ref: 'Function' } }, IdleQueueUrl: { Value: { Ref: 'Queue' } } },
};
