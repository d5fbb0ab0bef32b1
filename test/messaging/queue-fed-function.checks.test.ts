import { App, CfnParameter, Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { handlerIn, newStack, resourceOf } from './fixtures';
import type { QueueFedFunctionProps } from '../../src';
import { QueueFedFunction } from '../../src';

type Props = Partial<QueueFedFunctionProps>;

const ACCOUNT = '111122223333';
const arn = (name: string) => `arn:aws:sqs:eu-west-1:${ACCOUNT}:${name}`;

/** Makes a pattern, 'Orders', in a new stack; the handler's timeout is 10 seconds. */
function make(props: Props | ((stack: Stack) => Props) = {}) {
  const stack = newStack();
  const orders = new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack), ...(typeof props === 'function' ? props(stack) : props) });
  return { stack, orders };
}

function problemsOf(props: Props | ((stack: Stack) => Props)): string[] {
  return problemsIn(() => make(props));
}

/** The problems that an error lists. */
function problemsIn(action: () => unknown): string[] {
  try {
    action();
  } catch (error) {
    const [title, ...problems] = (error as Error).message.split('\n  - ');
    expect(title).toMatch(/^QueueFedFunction '.+' cannot be made:$/);
    return problems;
  }
  return [];
}

function warningIds(stack: Stack): string[] {
  return Annotations.fromStack(stack).findWarning('*', Match.anyValue())
    .map(({ entry }) => /\[ack: cdk-serverless-patterns:(\w+)\]/.exec(entry.data as string)?.[1] ?? 'foreign')
    .filter((id) => id !== 'alarmsNotifyNobody');
}

function warningOf(stack: Stack, id: string): string {
  const found = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp(`\\[ack: cdk-serverless-patterns:${id}\\]`));
  expect(found).toHaveLength(1);
  return found[0]?.entry.data as string;
}

describe('numbers are held to what AWS takes', () => {
  const pollers = (prop: string, value: number) => ({ provisionedPollerConfig: { [prop]: value } });
  const limits: [prop: string, min: number, max: number, fix: string, (value: number) => Props][] = [
    ['batchSize', 1, 10_000, 'a standard queue takes no other; leave it out for 10', (batchSize) => ({ batchSize, maxBatchingWindow: Duration.seconds(1) })],
    ['batchSize', 1, 10, 'a FIFO queue takes no other; leave it out for 1', (batchSize) => ({ batchSize, fifo: true })],
    ['maxConcurrency', 2, 1000, 'leave it out for the default', (maxConcurrency) => ({ maxConcurrency })],
    ['maxReceiveCount', 1, 1000, 'leave it out for 5', (maxReceiveCount) => ({ maxReceiveCount })],
    ['provisionedPollerConfig.minimumPollers', 2, 200, 'leave it out for 2', (value) => pollers('minimumPollers', value)],
    ['provisionedPollerConfig.maximumPollers', 2, 2000, 'leave it out for 200', (value) => pollers('maximumPollers', value)],
  ];

  describe.each(limits)('%s, from %d to %d', (prop, min, max, fix, propsWith) => {
    test.each([min, min + 1, max - 1, max])('%d is taken', (value) => {
      expect(problemsOf(propsWith(value))).toEqual([]);
    });

    test.each([min - 1, max + 1, min + 0.5, NaN, Infinity, -1])('%d is refused', (value) => {
      expect(problemsOf(propsWith(value))).toContain(`${prop} is ${value}, but must be a whole number from ${min} to ${max}: ${fix}`);
    });
  });
});

describe('durations are held to what AWS takes', () => {
  // `least` is what AWS takes; `min` is what this handler, whose timeout is 10 seconds, leaves of it.
  const limits: [prop: string, least: number, min: number, max: number, fix: string, (value: Duration) => Props][] = [
    ['maxBatchingWindow', 0, 0, 300, 'state it in whole seconds, or leave it out for none', (maxBatchingWindow) => ({ maxBatchingWindow })],
    ['retentionPeriod', 60, 60, 1_209_600, 'leave it out for 4 days', (retentionPeriod) => ({ retentionPeriod, maxReceiveCount: 1, visibilityTimeout: Duration.seconds(10) })],
    ['deliveryDelay', 0, 0, 900, 'leave it out for none', (deliveryDelay) => ({ deliveryDelay })],
    ['visibilityTimeout', 0, 10, 43_200, "leave it out for 6 x the handler's timeout", (visibilityTimeout) => ({ visibilityTimeout })],
  ];

  describe.each(limits)('%s', (prop, least, min, max, fix, propsWith) => {
    test.each([min, min + 1, max - 1, max])('%d is taken', (seconds) => {
      expect(problemsOf(propsWith(Duration.seconds(seconds)))).toEqual([]);
    });

    test(`${max + 1} is refused`, () => {
      expect(problemsOf(propsWith(Duration.seconds(max + 1)))).toContainEqual(expect.stringContaining(`${prop} is ${max + 1} seconds, but must be from`));
    });

    test('a fraction of a second is refused', () => {
      expect(problemsOf(propsWith(Duration.millis(min * 1000 + 500)))).toEqual([
        `${prop} is ${min + 0.5} seconds, but must be from ${least} to ${max} whole seconds: ${fix}`,
      ]);
    });
  });

  test('a retentionPeriod of 59 seconds is refused', () => {
    expect(problemsOf({ retentionPeriod: Duration.seconds(59) })).toContain(
      'retentionPeriod is 59 seconds, but must be from 60 to 1209600 whole seconds: leave it out for 4 days',
    );
  });

  test('a visibilityTimeout above 12 hours is refused', () => {
    expect(problemsOf({ visibilityTimeout: Duration.hours(13) })).toEqual([
      "visibilityTimeout is 46800 seconds, but must be from 0 to 43200 whole seconds: leave it out for 6 x the handler's timeout",
    ]);
  });
});

describe('batches', () => {
  const needsWindow = (value: string) =>
    `maxBatchingWindow is ${value}, but a batchSize above 10 (11) needs one of at least 1 second: set maxBatchingWindow: Duration.seconds(1) or longer`;

  test('of 10 need no window', () => {
    expect(problemsOf({ batchSize: 10 })).toEqual([]);
  });

  test('of 11 without a window are refused', () => {
    expect(problemsOf({ batchSize: 11 })).toEqual([needsWindow('not set')]);
  });

  test('of 11 with a window of 0 are refused', () => {
    expect(problemsOf({ batchSize: 11, maxBatchingWindow: Duration.seconds(0) })).toEqual([needsWindow('0')]);
  });

  test('of 11 with a window of 1 second are taken', () => {
    expect(problemsOf({ batchSize: 11, maxBatchingWindow: Duration.seconds(1) })).toEqual([]);
  });

  test('from a FIFO queue have no window', () => {
    expect(problemsOf({ fifo: true, maxBatchingWindow: Duration.seconds(1) })).toEqual([
      'maxBatchingWindow is Duration.seconds(1), but a FIFO queue has no batching window: leave maxBatchingWindow out',
    ]);
  });

  test('from a FIFO queue may say that they have none', () => {
    expect(problemsOf({ fifo: true, maxBatchingWindow: Duration.seconds(0) })).toEqual([]);
  });

  test('above 10 from a FIFO queue are refused for their size alone: a window would not help', () => {
    expect(problemsOf({ fifo: true, batchSize: 11 })).toEqual([
      'batchSize is 11, but must be a whole number from 1 to 10: a FIFO queue takes no other; leave it out for 1',
    ]);
  });

  test.each([1, 5, 10])('take %d filters', (count) => {
    expect(problemsOf({ filters: Array.from({ length: count }, () => ({ pattern: '{}' })) })).toEqual([]);
  });

  test.each([0, 11])('do not take %d filters', (count) => {
    expect(problemsOf({ filters: Array.from({ length: count }, () => ({ pattern: '{}' })) })).toEqual([
      `filters has ${count} entries, but an event source takes 1 to 10 (5 unless the quota was raised): ` +
      'combine filters, or leave filters out to process every message',
    ]);
  });
});

describe('provisioned pollers', () => {
  test('exclude maxConcurrency', () => {
    expect(problemsOf({ provisionedPollerConfig: {}, maxConcurrency: 10 })).toEqual([
      'maxConcurrency and provisionedPollerConfig are both set, but an event source has one or the other: ' +
      'with provisioned pollers, limit maximumPollers and leave maxConcurrency out',
    ]);
  });

  test('may be of one number', () => {
    expect(problemsOf({ provisionedPollerConfig: { minimumPollers: 5, maximumPollers: 5 } })).toEqual([]);
  });

  test.each([[{ minimumPollers: 6, maximumPollers: 5 }, 6, 5]])('have no minimum above the maximum: %j', (provisionedPollerConfig, minimum, maximum) => {
    expect(problemsOf({ provisionedPollerConfig })).toEqual([
      `provisionedPollerConfig.minimumPollers is ${minimum}, which is more than provisionedPollerConfig.maximumPollers (${maximum}): raise maximumPollers or lower minimumPollers`,
    ]);
  });
});

test('highThroughput is for FIFO queues', () => {
  expect(problemsOf({ highThroughput: true })).toEqual(['highThroughput is true, but a standard queue has no limit to raise: set fifo: true, or leave highThroughput out']);
  expect(problemsOf({ highThroughput: false })).toEqual([]);
});

test('filterEncryption needs filters, and a key whose policy can be changed', () => {
  expect(problemsOf((stack) => ({ filterEncryption: new kms.Key(stack, 'Key') }))).toEqual([
    'filterEncryption is set, but there are no filters to encrypt: set filters, or leave filterEncryption out',
  ]);
  const filters = [lambda.FilterCriteria.filter({ body: { kind: lambda.FilterRule.isEqual('order') } })];
  expect(problemsOf((stack) => ({ filters, filterEncryption: kms.Alias.fromAliasName(stack, 'Key', 'alias/aws/lambda') }))).toEqual([
    expect.stringContaining("filterEncryption is the AWS-managed key 'alias/aws/lambda'"),
  ]);
});

describe('maximumMessageSize', () => {
  test.each([1024, 262_144, 1_048_576])('takes %d bytes', (bytes) => {
    expect(problemsOf({ maximumMessageSize: Size.bytes(bytes) })).toEqual([]);
  });

  test.each([0, 1023, 1_048_577])('takes no %d bytes', (bytes) => {
    expect(problemsOf({ maximumMessageSize: Size.bytes(bytes) })).toEqual([
      `maximumMessageSize is ${bytes} bytes, but must be from 1024 to 1048576: leave it out for 1 MiB, and send larger messages by claim check (ClaimCheckBucket)`,
    ]);
  });

  test('takes no token', () => {
    expect(problemsOf((stack) => ({ maximumMessageSize: Size.bytes(new CfnParameter(stack, 'Size', { type: 'Number' }).valueAsNumber) }))).toEqual([
      'maximumMessageSize is a token, but must be known, because it decides what may be sent here: state it, or leave it out for 1 MiB, and send larger messages by claim check (ClaimCheckBucket)',
    ]);
  });
});

test('contentBasedDeduplication is for FIFO queues', () => {
  expect(problemsOf({ contentBasedDeduplication: true })).toEqual([
    'contentBasedDeduplication is true, but only a FIFO queue deduplicates: set fifo: true, or leave contentBasedDeduplication out',
  ]);
});

test('there is no snapshot of a queue', () => {
  expect(problemsOf({ removalPolicy: RemovalPolicy.SNAPSHOT })).toEqual([
    'removalPolicy is snapshot, but there are no snapshots of a queue: set RemovalPolicy.RETAIN or RemovalPolicy.DESTROY, or leave removalPolicy out',
  ]);
});

describe('the visibility timeout', () => {
  test.each([0, 9])('of %d seconds is below the timeout of the handler, and refused', (seconds) => {
    expect(problemsOf({ visibilityTimeout: Duration.seconds(seconds) })).toEqual([
      `visibilityTimeout is ${seconds} seconds, which is shorter than the handler's timeout (10 seconds), so messages would be delivered again while they are processed: ` +
      'set it to 60 seconds (6 x timeout + batching window) or leave it out',
    ]);
  });

  test.each([10, 59])('of %d seconds is below 6 times the timeout, which is a warning', (seconds) => {
    const { stack } = make({ visibilityTimeout: Duration.seconds(seconds) });
    expect(warningOf(stack, 'visibilityTimeoutShort')).toContain(
      `visibilityTimeout is ${seconds} seconds, less than the 60 seconds that Lambda needs to retry a throttled batch (6 x timeout + batching window), ` +
      'so good messages can end in the dead-letter queue: set it to 60 seconds',
    );
  });

  test.each([60, 61])('of %d seconds is enough', (seconds) => {
    expect(warningIds(make({ visibilityTimeout: Duration.seconds(seconds) }).stack)).toEqual([]);
  });

  test.each([
    [64, ['visibilityTimeoutShort']],
    [65, []],
  ])('of %d seconds is measured with the batching window', (seconds, expected) => {
    const { stack } = make({ visibilityTimeout: Duration.seconds(seconds), maxBatchingWindow: Duration.seconds(5) });
    expect(warningIds(stack)).toEqual(expected);
  });

  test('that is derived never gives a warning', () => {
    expect(warningIds(make({ maxBatchingWindow: Duration.seconds(5) }).stack)).toEqual([]);
  });
});

describe("the handler's timeout", () => {
  const imported = (stack: Stack) => lambda.Function.fromFunctionAttributes(stack, 'Imported', {
    functionArn: `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:orders`,
    role: handlerIn(stack, {}, 'Other').role!,
  });

  test('is asked for where it cannot be read', () => {
    expect(problemsOf((stack) => ({ handler: imported(stack) }))).toEqual([
      "handlerTimeout is not set, and the timeout of handler 'Stack/Imported' cannot be read, because it is not made in this app: " +
      'state the timeout that it has, for example handlerTimeout: Duration.seconds(30)',
    ]);
  });

  test('is what is stated, where it cannot be read', () => {
    const { stack } = make((scope) => ({ handler: imported(scope), handlerTimeout: Duration.seconds(20) }));
    expect(resourceOf(stack, 'AWS::SQS::Queue', 'OrdersQueue').Properties.VisibilityTimeout).toBe(120);
  });

  test('may be stated where it can be read', () => {
    expect(problemsOf({ handlerTimeout: Duration.seconds(10) })).toEqual([]);
  });

  test.each([9, 11])('must not be stated as %d seconds where it is 10', (seconds) => {
    expect(problemsOf({ handlerTimeout: Duration.seconds(seconds) })).toEqual([
      `handlerTimeout is ${seconds} seconds, but the timeout of handler 'Stack/Handler' is 10 seconds: leave handlerTimeout out`,
    ]);
  });

  test.each([1, 5400])('may be %d seconds', (seconds) => {
    expect(problemsOf((stack) => ({ handler: imported(stack), handlerTimeout: Duration.seconds(seconds) }))).toEqual([]);
  });

  test.each([0, 5401])('must not be %d seconds', (seconds) => {
    expect(problemsOf((stack) => ({ handler: imported(stack), handlerTimeout: Duration.seconds(seconds) }))).toEqual([
      `handlerTimeout is ${seconds} seconds, but must be from 1 to 5400 whole seconds: state the timeout that the handler has`,
    ]);
  });

  test('must be the same for all patterns of one handler', () => {
    const stack = newStack();
    const handler = imported(stack);
    new QueueFedFunction(stack, 'First', { handler, handlerTimeout: Duration.seconds(20) });
    expect(problemsIn(() => new QueueFedFunction(stack, 'Second', { handler, handlerTimeout: Duration.seconds(30) }))).toEqual([
      "handlerTimeout is 30 seconds, but it is 20 seconds for 'Stack/First', which has the same handler: state the same in both",
    ]);
    expect(problemsIn(() => new QueueFedFunction(stack, 'Third', { handler, handlerTimeout: Duration.seconds(20) }))).toEqual([]);
  });
});

describe('a handler on Managed Instances', () => {
  const managed = (stack: Stack, timeout: number) => {
    const handler = handlerIn(stack, {}, 'Managed');
    const resource = handler.node.defaultChild as lambda.CfnFunction;
    resource.timeout = timeout;
    resource.addPropertyOverride('CapacityProviderConfig', { LambdaManagedInstancesCapacityProviderConfig: { CapacityProviderArn: 'arn:aws:lambda:eu-west-1:111122223333:capacity-provider:cp' } });
    return handler;
  };

  test('may run for 90 minutes, which the visibility timeout follows', () => {
    const { stack } = make((scope) => ({ handler: managed(scope, 5400) }));
    expect(resourceOf(stack, 'AWS::SQS::Queue', 'OrdersQueue').Properties.VisibilityTimeout).toBe(32_400);
  });

  test.each([
    [true, []],
    [false, ['handlerTimeout is 5400 seconds, but must be from 1 to 900 whole seconds: state the timeout that the handler has']],
  ])('and no other (managed: %s)', (isManaged, expected) => {
    const timeout = (stack: Stack) => new CfnParameter(stack, 'Timeout', { type: 'Number' }).valueAsNumber;
    expect(problemsOf((stack) => ({
      handler: isManaged ? managed(stack, timeout(stack)) : handlerIn(stack, { timeout: Duration.seconds(timeout(stack)) }, 'Other'),
      handlerTimeout: Duration.seconds(5400),
    }))).toEqual(expected);
  });
});

describe('a durable handler', () => {
  const durable = (stack: Stack, executionTimeout: Duration) => handlerIn(stack, { durableConfig: { executionTimeout } }, 'Durable');

  test('has a visibility timeout for the whole execution, for which the event source waits', () => {
    const { stack } = make((scope) => ({ handler: durable(scope, Duration.minutes(15)).currentVersion }));
    expect(resourceOf(stack, 'AWS::SQS::Queue', 'OrdersQueue').Properties.VisibilityTimeout).toBe(5400);
  });

  test('has an alarm on the duration of an invocation, which has a timeout of its own', () => {
    const { orders, stack } = make((scope) => ({ handler: durable(scope, Duration.minutes(15)).currentVersion }));
    expect(stack.resolve((orders.alarms.handlerDuration!.node.defaultChild as cloudwatch.CfnAlarm).threshold)).toBe(8000);
  });

  test('must end within 15 minutes', () => {
    expect(problemsOf((stack) => ({ handler: durable(stack, Duration.hours(2)).currentVersion, maxReceiveCount: 1 }))).toEqual([
      "the execution timeout of handler 'Stack/Durable/CurrentVersion' is 7200 seconds, but an event source waits for a durable execution at most 900 seconds, all its waits included: " +
      'set durableConfig.executionTimeout to 900 seconds or less, or start longer executions asynchronously from a function that the queue feeds',
    ]);
  });

  test('is given by a version or an alias', () => {
    expect(problemsOf((stack) => ({ handler: durable(stack, Duration.minutes(1)) }))).toEqual([
      "handler 'Stack/Durable' is a durable function, but it is given without a version or an alias, by one of which it must be invoked: " +
      'give an alias, for example that of a CanaryFunction, or its currentVersion',
    ]);
    expect(problemsOf((stack) => ({ handler: durable(stack, Duration.minutes(1)).addAlias('live') }))).toEqual([]);
  });

  test('whose execution timeout is a token needs a visibility timeout', () => {
    const timeout = (stack: Stack) => Duration.seconds(new CfnParameter(stack, 'Timeout', { type: 'Number' }).valueAsNumber);
    expect(problemsOf((stack) => ({ handler: durable(stack, timeout(stack)).currentVersion }))).toEqual([expect.stringContaining('visibilityTimeout is not set and cannot be derived')]);
    expect(problemsOf((stack) => ({ handler: durable(stack, timeout(stack)).currentVersion, visibilityTimeout: Duration.hours(1) }))).toEqual([]);
  });
});

test('a handler with tenant isolation cannot be fed by a queue', () => {
  expect(problemsOf((stack) => ({ handler: handlerIn(stack, { tenancyConfig: lambda.TenancyConfig.PER_TENANT }, 'Isolated') }))).toEqual([
    "handler 'Stack/Isolated' has tenant isolation, but an event source names no tenant, so Lambda would refuse every invocation: " +
    'give a handler without tenancyConfig, which may invoke this function for each tenant',
  ]);
});

describe('a handler imported by an ARN with a qualifier', () => {
  const FUNCTION_ARN = `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:orders`;
  const handlerTimeout = Duration.seconds(10);

  test.each(['live', '12', '$LATEST'])('%s, which the CDK leaves out, is refused', (qualifier) => {
    expect(problemsOf((stack) => ({ handler: lambda.Function.fromFunctionArn(stack, 'Imported', `${FUNCTION_ARN}:${qualifier}`), handlerTimeout }))).toEqual([
      `handler 'Stack/Imported' is imported by an ARN with the qualifier '${qualifier}', which the CDK leaves out of its name, so the event source would invoke $LATEST: ` +
      'import the version or alias instead (lambda.Version.fromVersionArn, lambda.Alias.fromAliasAttributes)',
    ]);
  });

  test.each<[string, (stack: Stack) => lambda.IFunction, string]>([
    ['a version', (stack) => lambda.Version.fromVersionArn(stack, 'Imported', `${FUNCTION_ARN}:12`), 'orders:12'],
    ['an alias', (stack) => lambda.Alias.fromAliasAttributes(stack, 'Imported', { aliasName: 'live', aliasVersion: lambda.Version.fromVersionArn(stack, 'Version', `${FUNCTION_ARN}:12`) }), 'orders:live'],
    ['a function', (stack) => lambda.Function.fromFunctionArn(stack, 'Imported', FUNCTION_ARN), 'orders'],
  ])('is given as %s', (_, handlerOf, name) => {
    const { stack } = make((scope) => ({ handler: handlerOf(scope), handlerTimeout }));
    expect(resourceOf(stack, 'AWS::Lambda::EventSourceMapping').Properties.FunctionName).toBe(name);
  });
});

describe('the time to the dead-letter queue', () => {
  // 5 receives x 60 seconds.
  const text = (where: string, retention: number, fix: string) => (
    `maxReceiveCount x visibilityTimeout of ${where} is 5 x 60 seconds, which is not less than its retentionPeriod (${retention} seconds), ` +
    `so a failing message would be deleted before it is set aside: ${fix}lower maxReceiveCount or visibilityTimeout`
  );

  test.each([299, 300])('is refused if the queue keeps messages for %d seconds only', (seconds) => {
    expect(problemsOf({ retentionPeriod: Duration.seconds(seconds) })).toEqual([text('the queue', seconds, 'raise retentionPeriod above 300 seconds, or ')]);
  });

  test('is taken if the queue keeps messages a second longer', () => {
    expect(problemsOf({ retentionPeriod: Duration.seconds(301) })).toEqual([]);
  });

  test('is compared with what SQS does where nothing is stated: 4 days', () => {
    expect(problemsOf({ maxReceiveCount: 8, visibilityTimeout: Duration.hours(12) })).toEqual([expect.stringContaining('raise retentionPeriod above 345600 seconds, or lower')]);
    expect(problemsOf({ maxReceiveCount: 7, visibilityTimeout: Duration.hours(12) })).toEqual([]);
  });

  test('longer than SQS keeps messages at all can only be lowered', () => {
    expect(problemsOf({ maxReceiveCount: 28, visibilityTimeout: Duration.hours(12) })).toEqual([expect.stringContaining('set aside: lower maxReceiveCount or visibilityTimeout')]);
  });

  test('is that of an adopted queue', () => {
    const liveIn = (stack: Stack, retentionPeriod: Duration) => new sqs.Queue(stack, 'Live', {
      visibilityTimeout: Duration.seconds(60),
      retentionPeriod,
      deadLetterQueue: { queue: new sqs.Queue(stack, 'Failed', { retentionPeriod: Duration.days(14) }), maxReceiveCount: 5 },
    });
    expect(problemsOf((stack) => ({ queue: liveIn(stack, Duration.seconds(300)) }))).toEqual([text("queue 'Stack/Live'", 300, 'raise retentionPeriod above 300 seconds, or ')]);
    expect(problemsOf((stack) => ({ queue: liveIn(stack, Duration.seconds(301)) }))).toEqual([]);
  });

  test.each<[string, (value: number) => Props]>([
    ['retentionPeriod', (value) => ({ retentionPeriod: Duration.seconds(value) })],
    ['maxReceiveCount', (maxReceiveCount) => ({ maxReceiveCount, retentionPeriod: Duration.seconds(60) })],
    ['visibilityTimeout', (value) => ({ visibilityTimeout: Duration.seconds(value), retentionPeriod: Duration.seconds(60) })],
  ])('is not compared where %s is a token', (_, propsWith) => {
    expect(problemsOf((stack) => propsWith(new CfnParameter(stack, 'Value', { type: 'Number' }).valueAsNumber))).toEqual([]);
  });
});

describe('retention', () => {
  const withRetention = (source: Duration | undefined, deadLetters: Duration | undefined, fifo = false) => (stack: Stack): Props => ({
    ...(fifo && { fifo }),
    ...(source && { retentionPeriod: source }),
    deadLetterQueue: new sqs.Queue(stack, 'Failed', { ...(fifo && { fifo }), ...(deadLetters && { retentionPeriod: deadLetters }) }),
  });

  test('of the dead-letter queue shorter than that of the queue is refused', () => {
    expect(problemsOf(withRetention(Duration.days(5), Duration.days(4)))).toEqual([
      "retentionPeriod of deadLetterQueue 'Stack/Failed' is 345600 seconds, shorter than the queue's (432000 seconds), so dead letters could expire at once: set it to 14 days",
    ]);
  });

  test('is compared with what SQS does where nothing is stated: 4 days', () => {
    expect(problemsOf(withRetention(undefined, Duration.days(3)))).toEqual([expect.stringContaining("is 259200 seconds, shorter than the queue's (345600 seconds)")]);
    expect(problemsOf(withRetention(Duration.days(5), undefined))).toEqual([expect.stringContaining("is 345600 seconds, shorter than the queue's (432000 seconds)")]);
  });

  test.each([[undefined, undefined], [Duration.days(4), Duration.days(4)], [Duration.days(14), Duration.days(14)]])('of %s and %s is equal, which is a warning', (source, deadLetters) => {
    const seconds = (source ?? Duration.days(4)).toSeconds();
    expect(warningOf(make(withRetention(source, deadLetters)).stack, 'deadLetterRetentionEqual')).toContain(
      `the queue and its dead-letter queue both keep messages for ${seconds} seconds, counted from when a message was first sent, ` +
      'so one that waited long has little time left as a dead letter: shorten retentionPeriod of the queue',
    );
  });

  test('of the dead-letter queue a second longer is enough', () => {
    expect(warningIds(make(withRetention(Duration.days(4), Duration.seconds(345_601))).stack)).toEqual([]);
  });

  test('of 14 days equals that of the dead-letter queue made here, which is a warning', () => {
    expect(warningIds(make({ retentionPeriod: Duration.days(14) }).stack)).toEqual(['deadLetterRetentionEqual']);
    expect(warningIds(make({ retentionPeriod: Duration.days(13) }).stack)).toEqual([]);
  });

  test('is not compared for FIFO queues, where a message set aside starts anew', () => {
    expect(warningIds(make(withRetention(Duration.days(5), Duration.days(1), true)).stack)).toEqual([]);
    expect(warningIds(make(withRetention(Duration.days(4), Duration.days(4), true)).stack)).toEqual([]);
    expect(warningIds(make({ fifo: true, retentionPeriod: Duration.days(14) }).stack)).toEqual([]);
  });
});

describe('a dead-letter queue that is given', () => {
  test.each([
    [true, false, 'standard', 'FIFO'],
    [false, true, 'FIFO', 'standard'],
  ])('must be of the type of the queue (fifo: %s, its own: %s)', (fifo, own, is, must) => {
    expect(problemsOf((stack) => ({ fifo, deadLetterQueue: new sqs.Queue(stack, 'Failed', { ...(own && { fifo: own }), retentionPeriod: Duration.days(14) }) }))).toEqual([
      `deadLetterQueue 'Stack/Failed' is a ${is} queue, but the queue is a ${must} queue, and both must be of one type: give a ${must} queue, or leave deadLetterQueue out`,
    ]);
  });

  test('may be FIFO with a FIFO queue', () => {
    expect(problemsOf((stack) => ({ fifo: true, deadLetterQueue: new sqs.Queue(stack, 'Failed', { fifo: true }) }))).toEqual([]);
  });

  test('may be imported, with a warning that says what it needs', () => {
    const { stack } = make((scope) => ({ deadLetterQueue: sqs.Queue.fromQueueArn(scope, 'Failed', arn('failed')) }));
    expect(warningIds(stack)).toEqual(['deadLetterQueueUnchecked']);
    expect(warningOf(stack, 'deadLetterQueueUnchecked')).toContain(
      "deadLetterQueue 'Stack/Failed' is not made in this app, so it cannot be checked: it must be in the account and region of the queue, keep messages for 14 days, " +
      'and its redrive allow policy, if it has one, must allow the queue: {"redrivePermission": "byQueue", "sourceQueueArns": ["<ARN of the queue>"]}',
    );
  });

  test.each<[string, (stack: Stack) => sqs.RedriveAllowPolicy]>([
    ['no queue', () => ({ redrivePermission: sqs.RedrivePermission.DENY_ALL })],
    ['other queues only', (stack) => ({ redrivePermission: sqs.RedrivePermission.BY_QUEUE, sourceQueues: [new sqs.Queue(stack, 'Other')] })],
  ])('must not allow %s', (_, redriveAllowPolicy) => {
    expect(problemsOf((stack) => ({ deadLetterQueue: new sqs.Queue(stack, 'Failed', { retentionPeriod: Duration.days(14), redriveAllowPolicy: redriveAllowPolicy(stack) }) }))).toEqual([
      "deadLetterQueue 'Stack/Failed' has a redriveAllowPolicy that does not allow the queue, so SQS would refuse to use it: " +
      'allow the queue there (redrivePermission and sourceQueues), or leave deadLetterQueue out',
    ]);
  });

  test('may allow all queues', () => {
    const redriveAllowPolicy = { redrivePermission: sqs.RedrivePermission.ALLOW_ALL };
    expect(problemsOf((stack) => ({ deadLetterQueue: new sqs.Queue(stack, 'Failed', { retentionPeriod: Duration.days(14), redriveAllowPolicy }) }))).toEqual([]);
  });

  test('may allow the adopted queue by its ARN', () => {
    const liveIn = (stack: Stack, allowed: string) => {
      const failed = new sqs.Queue(stack, 'Failed', { retentionPeriod: Duration.days(14) });
      const live = new sqs.Queue(stack, 'Live', { visibilityTimeout: Duration.seconds(60), deadLetterQueue: { queue: failed, maxReceiveCount: 3 } });
      (failed.node.defaultChild as sqs.CfnQueue).redriveAllowPolicy = { redrivePermission: 'byQueue', sourceQueueArns: [allowed === 'it' ? live.queueArn : allowed] };
      return live;
    };
    expect(problemsOf((stack) => ({ queue: liveIn(stack, 'it') }))).toEqual([]);
    expect(problemsOf((stack) => ({ queue: liveIn(stack, arn('other')) }))).toEqual([expect.stringContaining("deadLetterQueue 'Stack/Failed' has a redriveAllowPolicy that does not allow the queue")]);
  });

  test('must be in the region of the stack', () => {
    const stack = new Stack(new App(), 'Stack', { env: { region: 'eu-west-1' } });
    const deadLetterQueue = sqs.Queue.fromQueueArn(stack, 'Failed', `arn:aws:sqs:us-east-1:${ACCOUNT}:failed`);
    expect(problemsIn(() => new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack), deadLetterQueue }))).toEqual([
      "deadLetterQueue 'Stack/Failed' is in region us-east-1, but this stack is in eu-west-1, and handler, queue and dead-letter queue must be in one region: make this in a stack of that region",
    ]);
  });
});

test('a handler must be in the region of the stack', () => {
  const app = new App();
  const elsewhere = new Stack(app, 'Elsewhere', { env: { region: 'us-east-1' } });
  const here = new Stack(app, 'Here', { env: { region: 'eu-west-1' } });
  expect(problemsIn(() => new QueueFedFunction(here, 'Orders', { handler: handlerIn(elsewhere) }))).toEqual([
    expect.stringContaining("handler 'Elsewhere/Handler' is in region us-east-1, but this stack is in eu-west-1"),
  ]);
});

describe('another account', () => {
  const [here, there] = [{ account: '111122223333', region: 'eu-west-1' }, '444455556666'];
  const queueOf = (stack: Stack, id: string, account = there) => sqs.Queue.fromQueueArn(stack, id, `arn:aws:sqs:eu-west-1:${account}:${id}`);
  const stackHere = () => new Stack(new App(), 'Stack', { env: here });

  test.each<[string, (stack: Stack) => lambda.IFunction]>([
    ['by ARN', (stack) => lambda.Function.fromFunctionArn(stack, 'Handler', `arn:aws:lambda:eu-west-1:${there}:function:orders`)],
    ['with its role', (stack) => lambda.Function.fromFunctionAttributes(stack, 'Handler', {
      functionArn: `arn:aws:lambda:eu-west-1:${there}:function:orders`, role: iam.Role.fromRoleArn(stack, 'Role', `arn:aws:iam::${there}:role/orders`),
    })],
  ])('must not be that of the handler, imported %s', (_, handlerOf) => {
    const stack = stackHere();
    expect(problemsIn(() => new QueueFedFunction(stack, 'Orders', { handler: handlerOf(stack), handlerTimeout: Duration.seconds(10) }))).toEqual([
      `handler 'Stack/Handler' is in account ${there}, but this stack is in 111122223333, and an event source invokes only a function of its own account: make this in a stack of that account`,
    ]);
  });

  test('may be that of the queues, whose alarms are then not made here', () => {
    const stack = stackHere();
    const orders = new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack), queue: queueOf(stack, 'live'), deadLetterQueue: queueOf(stack, 'failed') });
    expect(Object.keys(orders.alarms)).toEqual(['handlerErrors', 'handlerThrottles', 'handlerDuration']);
    expect(warningOf(stack, 'queueAlarmsElsewhere')).toContain(
      `queue 'Stack/live' is in account ${there}, and so are its metrics and those of its dead-letter queue, so no alarms on them are made here: ` +
      'make alarms on dead letters and on the age of messages there. The policy of the queue must allow the role of the handler to receive and delete messages',
    );
  });

  test('may be that of the queues only without tuning of their alarms', () => {
    const stack = stackHere();
    const alarms = { deadLetters: { threshold: 3 }, messageAge: { enabled: false }, handlerErrors: { threshold: 3 } };
    const props = { handler: handlerIn(stack), queue: queueOf(stack, 'live'), deadLetterQueue: queueOf(stack, 'failed'), alarms };
    expect(problemsIn(() => new QueueFedFunction(stack, 'Orders', props))).toEqual([
      `alarms.deadLetters, alarms.messageAge is set, but queue 'Stack/live' is in account ${there}, where CloudWatch has its metrics, and no alarms on it are made here: leave it out`,
    ]);
  });

  test.each<[string, string | undefined, string, string]>([
    ['a queue made here', undefined, there, here.account],
    ['a queue of another account', there, here.account, there],
  ])('must not be that of the dead-letter queue of %s', (_, queueAccount, account, ofQueue) => {
    const stack = stackHere();
    const props = { handler: handlerIn(stack), ...(queueAccount && { queue: queueOf(stack, 'live') }), deadLetterQueue: queueOf(stack, 'failed', account) };
    expect(problemsIn(() => new QueueFedFunction(stack, 'Orders', props))).toEqual([
      `deadLetterQueue 'Stack/failed' is in account ${account}, but the queue is in ${ofQueue}, and SQS moves messages only within one account: give a dead-letter queue of the account of the queue`,
    ]);
  });

  test('is not known of a stack without an account', () => {
    const stack = newStack();
    const orders = new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack), queue: queueOf(stack, 'live'), deadLetterQueue: queueOf(stack, 'failed') });
    expect(Object.keys(orders.alarms)).toHaveLength(6);
  });
});

describe('one dead-letter queue for two consumers', () => {
  const shared = (path: string, owner: string) => [
    `deadLetterQueue '${path}' belongs to '${owner}' already, and a shared one could not be redriven to the right consumer: ` +
    'give each consumer its own, or leave deadLetterQueue out',
  ];
  const add = (scope: Stack, id: string, deadLetterQueue: sqs.IQueue) => new QueueFedFunction(scope, id, { handler: handlerIn(scope, {}, `${id}Handler`), deadLetterQueue });
  const durable = { retentionPeriod: Duration.days(14) };

  test('is refused', () => {
    const stack = newStack();
    const failed = new sqs.Queue(stack, 'Failed', durable);
    add(stack, 'Orders', failed);
    expect(problemsIn(() => add(stack, 'Invoices', failed))).toEqual(shared('Stack/Failed', 'Stack/Orders'));
  });

  test('is refused where it is that of another pattern', () => {
    const stack = newStack();
    const orders = new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack) });
    expect(problemsIn(() => add(stack, 'Invoices', orders.deadLetterQueue))).toEqual(shared('Stack/Orders/DeadLetterQueue', 'Stack/Orders'));
  });

  test('is refused across stacks', () => {
    const app = new App();
    const failed = new sqs.Queue(new Stack(app, 'Queues'), 'Failed', durable);
    add(new Stack(app, 'One'), 'Orders', failed);
    expect(problemsIn(() => add(new Stack(app, 'Two'), 'Invoices', failed))).toEqual(shared('Queues/Failed', 'One/Orders'));
  });

  test('is refused where it was imported twice', () => {
    const app = new App();
    const [one, two] = [new Stack(app, 'One'), new Stack(app, 'Two')];
    add(one, 'Orders', sqs.Queue.fromQueueArn(one, 'Failed', arn('failed')));
    expect(problemsIn(() => add(two, 'Invoices', sqs.Queue.fromQueueArn(two, 'Failed', arn('failed'))))).toEqual(shared('Two/Failed', 'One/Orders'));
  });

  test('is refused where it was imported by the ARN of one made here', () => {
    const stack = newStack();
    const failed = new sqs.Queue(stack, 'Failed', durable);
    add(stack, 'Orders', failed);
    expect(problemsIn(() => add(stack, 'Invoices', sqs.Queue.fromQueueArn(stack, 'Again', failed.queueArn)))).toEqual(shared('Stack/Again', 'Stack/Orders'));
  });

  test('is refused where two imports in one stack have one unknown ARN', () => {
    const stack = newStack();
    const queueArn = new CfnParameter(stack, 'FailedArn').valueAsString;
    add(stack, 'Orders', sqs.Queue.fromQueueArn(stack, 'Failed', queueArn));
    expect(problemsIn(() => add(stack, 'Invoices', sqs.Queue.fromQueueArn(stack, 'Again', queueArn)))).toEqual(shared('Stack/Again', 'Stack/Orders'));
  });

  test('is not seen in equal parameters of two stacks, which may have two values', () => {
    const app = new App();
    for (const name of ['One', 'Two']) {
      const stack = new Stack(app, name);
      const queueArn = new CfnParameter(stack, 'FailedArn').valueAsString;
      expect(problemsIn(() => add(stack, 'Orders', sqs.Queue.fromQueueArn(stack, 'Failed', queueArn)))).toEqual([]);
    }
  });

  test('is not seen in another app of the process', () => {
    for (const app of [new App(), new App()]) {
      const stack = new Stack(app, 'Stack');
      expect(problemsIn(() => add(stack, 'Orders', sqs.Queue.fromQueueArn(stack, 'Failed', arn('failed'))))).toEqual([]);
    }
  });

  test('is free again when its consumer was removed', () => {
    const stack = newStack();
    const failed = new sqs.Queue(stack, 'Failed', durable);
    add(stack, 'Orders', failed);
    stack.node.tryRemoveChild('Orders');
    expect(problemsIn(() => add(stack, 'Invoices', failed))).toEqual([]);
  });

  test('is free again when the stack of its consumer was removed', () => {
    const app = new App();
    const failed = new sqs.Queue(new Stack(app, 'Queues'), 'Failed', durable);
    add(new Stack(app, 'One'), 'Orders', failed);
    app.node.tryRemoveChild('One');
    expect(problemsIn(() => add(new Stack(app, 'Two'), 'Invoices', failed))).toEqual([]);
  });
});

describe('an adopted queue', () => {
  const failedIn = (stack: Stack, props: sqs.QueueProps = {}) => new sqs.Queue(stack, 'Failed', { retentionPeriod: Duration.days(14), ...props });
  const liveIn = (stack: Stack, props: sqs.QueueProps = {}, failed: sqs.QueueProps = {}) => new sqs.Queue(stack, 'Live', {
    visibilityTimeout: Duration.seconds(60),
    deadLetterQueue: { queue: failedIn(stack, failed), maxReceiveCount: 3 },
    ...props,
  });
  const importedIn = (stack: Stack, name = 'live') => sqs.Queue.fromQueueArn(stack, 'Live', arn(name));

  test('is used with the dead-letter queue that it has, and nothing is made or changed', () => {
    const alone = newStack();
    liveIn(alone);
    const { stack, orders } = make((scope) => ({ queue: liveIn(scope) }));
    expect(orders.queue).toBe(stack.node.findChild('Live'));
    expect(orders.deadLetterQueue).toBe(stack.node.findChild('Failed'));
    expect(resourceOf(stack, 'AWS::SQS::Queue', 'Live')).toEqual(resourceOf(alone, 'AWS::SQS::Queue', 'Live'));
    expect(resourceOf(stack, 'AWS::SQS::Queue', 'Failed')).toEqual(resourceOf(alone, 'AWS::SQS::Queue', 'Failed'));
    expect(orders.node.tryFindChild('Queue')).toBeUndefined();
    expect(orders.node.tryFindChild('DeadLetterQueue')).toBeUndefined();
    expect(warningIds(stack)).toEqual([]);
  });

  test.each<[keyof QueueFedFunctionProps, unknown]>([
    ['fifo', false],
    ['contentBasedDeduplication', false],
    ['maxReceiveCount', 3],
    ['retentionPeriod', Duration.days(4)],
    ['visibilityTimeout', Duration.seconds(60)],
    ['removalPolicy', RemovalPolicy.RETAIN],
  ])('settles %s itself', (prop, value) => {
    expect(problemsOf((stack) => ({ queue: liveIn(stack), [prop]: value }))).toEqual([
      `${prop} is set, but it is the adopted queue's own (queue 'Stack/Live'), which is not changed here: leave ${prop} out, or set it where the queue is made`,
    ]);
  });

  test('settles encryptionKey itself', () => {
    expect(problemsOf((stack) => ({ queue: liveIn(stack), encryptionKey: new kms.Key(stack, 'Key') }))).toEqual([
      expect.stringContaining("encryptionKey is set, but it is the adopted queue's own (queue 'Stack/Live')"),
    ]);
  });

  test.each([
    ['of 9 seconds', { visibilityTimeout: Duration.seconds(9) }, 9],
    ['of 0 seconds', { visibilityTimeout: Duration.seconds(0) }, 0],
  ])('must not have a visibility timeout %s below the timeout of the handler', (_, props, seconds) => {
    expect(problemsOf((stack) => ({ queue: liveIn(stack, props) }))).toEqual([
      `visibilityTimeout of queue 'Stack/Live' is ${seconds} seconds, which is shorter than the handler's timeout (10 seconds), so messages would be delivered again while they are processed: ` +
      'set it to 60 seconds (6 x timeout + batching window)',
    ]);
  });

  test('should have a visibility timeout of 6 times the timeout of the handler', () => {
    const { stack } = make((scope) => ({ queue: liveIn(scope, { visibilityTimeout: Duration.seconds(59) }) }));
    expect(warningOf(stack, 'visibilityTimeoutShort')).toContain("visibilityTimeout of queue 'Stack/Live' is 59 seconds, less than the 60 seconds");
  });

  test('has the visibility timeout of SQS where it states none: 30 seconds', () => {
    const stack = newStack();
    const handler = handlerIn(stack, { timeout: Duration.seconds(31) });
    const queue = new sqs.Queue(stack, 'Live', { deadLetterQueue: { queue: failedIn(stack), maxReceiveCount: 3 } });
    expect(problemsIn(() => new QueueFedFunction(stack, 'Orders', { handler, queue }))).toEqual([
      expect.stringContaining("visibilityTimeout of queue 'Stack/Live' is 30 seconds, which is shorter"),
    ]);
  });

  test('must have a dead-letter queue', () => {
    expect(problemsOf((stack) => ({ queue: new sqs.Queue(stack, 'Live', { visibilityTimeout: Duration.minutes(1) }) }))).toEqual([
      "queue 'Stack/Live' has no dead-letter queue, so a message that fails would circle until it expires: set deadLetterQueue (RedrivePolicy) where the queue is made",
    ]);
  });

  test('must have a dead-letter queue, and giving one here does not make it so', () => {
    expect(problemsOf((stack) => ({ queue: new sqs.Queue(stack, 'Live', { visibilityTimeout: Duration.minutes(1) }), deadLetterQueue: failedIn(stack) }))).toEqual([
      expect.stringContaining("queue 'Stack/Live' has no dead-letter queue"),
    ]);
  });

  test('must not have a dead-letter queue that keeps messages for less long', () => {
    const queueIn = (stack: Stack) => liveIn(stack, { retentionPeriod: Duration.days(14) }, { retentionPeriod: Duration.days(13) });
    expect(problemsOf((stack) => ({ queue: queueIn(stack) }))).toEqual([
      expect.stringContaining("retentionPeriod of deadLetterQueue 'Stack/Failed' is 1123200 seconds, shorter than the queue's (1209600 seconds)"),
    ]);
  });

  test('may be given with the dead-letter queue that it has', () => {
    const { orders, stack } = make((scope) => {
      const queue = liveIn(scope);
      return { queue, deadLetterQueue: queue.deadLetterQueue!.queue };
    });
    expect(orders.deadLetterQueue).toBe(stack.node.findChild('Failed'));
  });

  test('must not be given with another dead-letter queue', () => {
    expect(problemsOf((stack) => ({ queue: liveIn(stack), deadLetterQueue: new sqs.Queue(stack, 'Wrong', { retentionPeriod: Duration.days(14) }) }))).toEqual([
      "deadLetterQueue is 'Stack/Wrong', but the redrive policy of queue 'Stack/Live' names another: leave deadLetterQueue out",
    ]);
  });

  test('must not be given with a dead-letter queue of another stack that has the same logical id', () => {
    const app = new App();
    const [one, two] = [new Stack(app, 'One'), new Stack(app, 'Two')];
    const queue = liveIn(one);
    const namesake = failedIn(two);
    expect(problemsIn(() => new QueueFedFunction(one, 'Orders', { handler: handlerIn(one), queue, deadLetterQueue: namesake }))).toEqual([
      "deadLetterQueue is 'Two/Failed', but the redrive policy of queue 'One/Live' names another: leave deadLetterQueue out",
    ]);
  });

  test('is not its own dead-letter queue', () => {
    expect(problemsOf((stack) => {
      const queue = importedIn(stack);
      return { queue, deadLetterQueue: sqs.Queue.fromQueueArn(stack, 'Same', arn('live')) };
    })).toEqual(["deadLetterQueue 'Stack/Same' is the queue itself: give another queue, or leave deadLetterQueue out"]);
  });

  test('with a bare redrive policy needs its dead-letter queue given, as nothing is made beside it', () => {
    const bare = (stack: Stack) => {
      const failed = failedIn(stack);
      const queue = new sqs.Queue(stack, 'Live', { visibilityTimeout: Duration.seconds(60) });
      (queue.node.defaultChild as sqs.CfnQueue).redrivePolicy = { deadLetterTargetArn: failed.queueArn, maxReceiveCount: 3 };
      return { queue, failed };
    };
    expect(problemsOf((stack) => ({ queue: bare(stack).queue }))).toEqual([
      "deadLetterQueue is not set, and which one queue 'Stack/Live' has cannot be read, because the queue is imported or a bare CfnQueue: " +
      'give the queue that its redrive policy names as deadLetterQueue',
    ]);
    expect(problemsOf((stack) => {
      const { queue, failed } = bare(stack);
      return { queue, deadLetterQueue: failed };
    })).toEqual([]);
  });

  test('serves one pattern', () => {
    const stack = newStack();
    const queue = liveIn(stack);
    new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack), queue });
    expect(problemsIn(() => new QueueFedFunction(stack, 'Again', { handler: handlerIn(stack, {}, 'Other'), queue }))).toEqual([
      expect.stringContaining("deadLetterQueue 'Stack/Failed' belongs to 'Stack/Orders' already"),
    ]);
  });

  test('of FIFO type is held to the limits of FIFO', () => {
    expect(problemsOf((stack) => ({ batchSize: 11, queue: liveIn(stack, { fifo: true }, { fifo: true }) }))).toEqual([
      expect.stringContaining('batchSize is 11, but must be a whole number from 1 to 10: a FIFO queue takes no other'),
    ]);
  });

  describe('that is imported', () => {
    const both = (stack: Stack): Props => ({ queue: importedIn(stack), deadLetterQueue: sqs.Queue.fromQueueArn(stack, 'Failed', arn('failed')) });

    test('needs its dead-letter queue given', () => {
      expect(problemsOf((stack) => ({ queue: importedIn(stack) }))).toEqual([
        "deadLetterQueue is not set, and which one queue 'Stack/Live' has cannot be read, because the queue is imported or a bare CfnQueue: " +
        'give the queue that its redrive policy names as deadLetterQueue',
      ]);
    });

    test('gives a warning that says what cannot be checked', () => {
      const { stack } = make(both);
      expect(warningIds(stack)).toEqual(['adoptedQueueUnchecked', 'deadLetterQueueUnchecked']);
      expect(warningOf(stack, 'adoptedQueueUnchecked')).toContain(
        "queue 'Stack/Live' is not made in this app, so what it settles cannot be checked: its visibility timeout must be at least the handler's timeout (better 6 x that, plus maxBatchingWindow), " +
        'and its redrive policy must be {"deadLetterTargetArn": "<ARN of deadLetterQueue>", "maxReceiveCount": 5}',
      );
    });

    test('makes no queue', () => {
      const { orders } = make(both);
      expect(orders.node.tryFindChild('Queue')).toBeUndefined();
      expect(orders.node.tryFindChild('DeadLetterQueue')).toBeUndefined();
    });

    test('is FIFO if it stands for a bare FIFO queue', () => {
      const bare = (stack: Stack, id: string, fifoQueue?: boolean) => (
        sqs.Queue.fromQueueArn(stack, id, new sqs.CfnQueue(stack, `${id}Bare`, fifoQueue ? { fifoQueue } : {}).attrArn)
      );
      expect(problemsOf((stack) => ({ queue: bare(stack, 'Live', true), deadLetterQueue: bare(stack, 'Failed') }))).toContainEqual(
        expect.stringContaining("deadLetterQueue 'Stack/Failed' is a standard queue, but the queue is a FIFO queue"),
      );
      expect(problemsOf((stack) => ({ queue: bare(stack, 'Live'), deadLetterQueue: bare(stack, 'Failed', true) }))).toContainEqual(
        expect.stringContaining("deadLetterQueue 'Stack/Failed' is a FIFO queue, but the queue is a standard queue"),
      );
    });

    test('is FIFO by its name', () => {
      expect(problemsOf((stack) => ({ queue: importedIn(stack, 'live.fifo'), deadLetterQueue: sqs.Queue.fromQueueArn(stack, 'Failed', arn('failed')) }))).toEqual([
        expect.stringContaining("deadLetterQueue 'Stack/Failed' is a standard queue, but the queue is a FIFO queue"),
      ]);
    });

    test('must be in the region of the stack', () => {
      const stack = new Stack(new App(), 'Stack', { env: { region: 'us-east-1' } });
      expect(problemsIn(() => new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack), ...both(stack) }))).toEqual([
        expect.stringContaining("queue 'Stack/Live' is in region eu-west-1, but this stack is in us-east-1"),
        expect.stringContaining("deadLetterQueue 'Stack/Failed' is in region eu-west-1, but this stack is in us-east-1"),
      ]);
    });
  });
});

describe('the tuning of alarms', () => {
  const NAMES = ['deadLetters', 'moreDeadLetters', 'messageAge', 'handlerErrors', 'handlerThrottles', 'handlerDuration'];

  test.each(NAMES)('%s is checked', (name) => {
    expect(problemsOf({ alarms: { [name]: { period: Duration.seconds(90) } } })).toEqual([
      `alarms.${name}.period is 90 seconds, but must be a multiple of 60, because its metric is reported once a minute: leave it out for 1 minute`,
    ]);
  });

  test.each(['deadLetters', 'moreDeadLetters', 'handlerErrors', 'handlerThrottles'])('%s has a threshold that is a number of things', (name) => {
    expect(problemsOf({ alarms: { [name]: { threshold: 1000 } } })).toEqual([]);
    expect(problemsOf({ alarms: { [name]: { threshold: -1 } } })).toEqual([
      `alarms.${name}.threshold is -1, but must be 0 or more, because the alarm fires above it: leave it out for the default`,
    ]);
  });

  test.each<[string, Duration, Partial<Props>, string]>([
    ['messageAge', Duration.days(4), {}, '345600 seconds, but must be less than 345600, or the alarm could never fire: SQS deletes a message when its retention period is over'],
    ['messageAge', Duration.hours(2), { retentionPeriod: Duration.hours(2) }, '7200 seconds, but must be less than 7200, or the alarm could never fire: SQS deletes a message when its retention period is over'],
    ['handlerDuration', Duration.seconds(10), {}, '10000 milliseconds, but must be less than 10000, or the alarm could never fire: Lambda ends an invocation at the timeout of the function'],
  ])('%s has a threshold that it can reach: not %s', (name, threshold, props, problem) => {
    expect(problemsOf({ ...props, alarms: { [name]: { threshold } } })).toEqual([`alarms.${name}.threshold is ${problem}; leave it out for the default`]);
    expect(problemsOf({ ...props, alarms: { [name]: { threshold: Duration.seconds(threshold.toSeconds() - 1) } } })).toEqual([]);
  });
});

describe('what is wrong', () => {
  const wrong: Props = {
    batchSize: 0,
    maxConcurrency: 1,
    maxReceiveCount: 0,
    retentionPeriod: Duration.seconds(1),
    alarms: { deadLetters: { evaluationPeriods: 0 } },
  };

  test('is reported all at once', () => {
    expect(() => make(wrong)).toThrow(
      "QueueFedFunction 'Stack/Orders' cannot be made:\n" +
      '  - batchSize is 0, but must be a whole number from 1 to 10000: a standard queue takes no other; leave it out for 10\n' +
      '  - maxConcurrency is 1, but must be a whole number from 2 to 1000: leave it out for the default\n' +
      '  - maxReceiveCount is 0, but must be a whole number from 1 to 1000: leave it out for 5\n' +
      '  - retentionPeriod is 1 seconds, but must be from 60 to 1209600 whole seconds: leave it out for 4 days\n' +
      '  - alarms.deadLetters.evaluationPeriods is 0, but must be a whole number from 1 to 1440: leave it out for the default',
    );
  });

  test('leaves nothing half-made, so that the same id can be used again', () => {
    const stack = newStack();
    const handler = handlerIn(stack);
    const deadLetterQueue = new sqs.Queue(stack, 'Failed', { retentionPeriod: Duration.days(14) });
    const before = stack.node.findAll().map(({ node }) => node.path);
    expect(() => new QueueFedFunction(stack, 'Orders', { handler, deadLetterQueue, ...wrong })).toThrow('cannot be made');
    expect(stack.node.findAll().map(({ node }) => node.path)).toEqual(before);

    const orders = new QueueFedFunction(stack, 'Orders', { handler, deadLetterQueue });
    expect(orders.node.path).toBe('Stack/Orders');
    expect(orders.allAlarms).toHaveLength(6);
    expect(warningIds(stack)).toEqual([]);
  });

  test('leaves no warning behind', () => {
    const stack = newStack();
    expect(() => new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack), visibilityTimeout: Duration.seconds(20), batchSize: 0 })).toThrow('batchSize');
    expect(warningIds(stack)).toEqual([]);
  });
});
