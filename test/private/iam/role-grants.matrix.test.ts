import { App, Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { ClaimCheckBucket, FunctionEngine, PollingStatusApi, QueueFedFunction, TopicFanOut } from '../../../src';
import { handlerIn } from '../../messaging/fixtures';

/** What may be in a stack of its own. */
const PARTS = ['handler', 'queue', 'key', 'topic', 'pattern'] as const;
type Part = typeof PARTS[number];

/** Each way to put the parts into stacks: for each part the number of its stack. */
function arrangements(parts: number = PARTS.length): number[][] {
  if (parts === 0) {
    return [[]];
  }
  return arrangements(parts - 1).flatMap((rest) => Array.from({ length: Math.max(-1, ...rest) + 2 }, (_, stack) => [...rest, stack]));
}

const GRANTS: Record<string, (scope: Stack, consumer: QueueFedFunction, topic: TopicFanOut, grantee: iam.IGrantable) => unknown> = {
  grantSendMessages: (_, consumer, _topic, grantee) => consumer.grantSendMessages(grantee),
  grantRedrive: (_, consumer, _topic, grantee) => consumer.grantRedrive(grantee),
  grantPublish: (_, _consumer, topic, grantee) => topic.grantPublish(grantee),
  grantClaim: (scope, consumer, _topic, grantee) => {
    const payloads = new ClaimCheckBucket(scope, 'Payloads', { encryptionKey: consumer.queue.encryptionMasterKey! });
    payloads.addConsumer('Orders', consumer);
    payloads.grantClaim(grantee);
  },
  grantDeposit: (scope, _consumer, _topic, grantee) => new ClaimCheckBucket(scope, 'Uploads').grantDeposit(grantee),
  grantSubmit: (scope, consumer, _topic, grantee) => new PollingStatusApi(scope, 'Jobs', { engine: new FunctionEngine(consumer.handler) }).grantSubmit(grantee),
  grantReport: (scope, consumer, _topic, grantee) => new PollingStatusApi(scope, 'Reports', { engine: new FunctionEngine(consumer.handler) }).grantReport(grantee),
};

/** An app with all parts, in which the handler may do all that is granted. */
function appWith(stackOf: Record<Part, number>, order: (numbers: number[]) => number[], grants = Object.keys(GRANTS)): App {
  const app = new App({ treeMetadata: false, analyticsReporting: false });
  const stacks = new Map(order([...new Set(Object.values(stackOf))]).map((number) => [number, new Stack(app, `Stack${number}`)]));
  const of = (part: Part) => stacks.get(stackOf[part])!;
  const handler = handlerIn(of('handler'));
  const key = new kms.Key(of('key'), 'Key');
  const failed = new sqs.Queue(of('queue'), 'Failed', { retentionPeriod: Duration.days(14), encryptionMasterKey: key });
  const queue = new sqs.Queue(of('queue'), 'Live', { visibilityTimeout: Duration.minutes(1), encryptionMasterKey: key, deadLetterQueue: { queue: failed, maxReceiveCount: 5 } });
  const topic = new sns.Topic(of('topic'), 'Topic', { masterKey: key });
  const consumer = new QueueFedFunction(of('pattern'), 'Orders', { handler, queue });
  const fanOut = new TopicFanOut(of('pattern'), 'Placed', { topic });
  grants.forEach((name) => GRANTS[name]!(of('pattern'), consumer, fanOut, handler));
  return app;
}

const named = (numbers: number[]) => Object.fromEntries(PARTS.map((part, index) => [part, numbers[index]!])) as Record<Part, number>;
const titled = arrangements().map((numbers) => [numbers.map((number, index) => `${PARTS[index]} in ${number}`).join(', '), numbers] as const);

function isPossible(numbers: number[]): boolean {
  try {
    return !!appWith(named(numbers), (order) => order, []).synth();
  } catch {
    return false;
  }
}

test('there are all arrangements', () => {
  expect(titled).toHaveLength(52);
});

describe.each([['in this order', (numbers: number[]) => numbers], ['in the other order', (numbers: number[]) => [...numbers].reverse()]])('stacks made %s', (_order, order) => {
  // The others have a cycle without any grant, as a queue whose key is beside the pattern that adopts it.
  test.each(titled.filter(([, numbers]) => isPossible(numbers)))('make no cycle: %s', (_title, numbers) => {
    expect(() => appWith(named(numbers), order).synth()).not.toThrow();
  });

  test.each(Object.keys(GRANTS))('make no cycle by %s alone', (grant) => {
    expect(() => appWith(named([0, 1, 2, 3, 4]), order, [grant]).synth()).not.toThrow();
  });
});
