import { App, CfnParameter, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { attribute, handlerIn, newStack, ref, resourceOf, resourcesOf } from './fixtures';
import type { QueueFedFunctionAlarmOptions, QueueFedFunctionProps } from '../../src';
import { QueueFedFunction } from '../../src';

const ALARM = 'AWS::CloudWatch::Alarm';
const RUNBOOKS = 'https://github.com/cdkserverlesspatterns/cdk-serverless-patterns/blob/v0.0.0/docs/runbooks';

/** A stack with one pattern, 'Orders'; the timeout of its handler, 'Handler', is 10 seconds. */
function stackWith(props: Partial<QueueFedFunctionProps> = {}): Stack {
  const stack = newStack();
  new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack), ...props });
  return stack;
}

/** Each alarm: its prop, the beginning of its logical id, and its defaults. */
const ALARMS = [
  {
    prop: 'deadLetters',
    id: 'OrdersDeadLettersAlarm',
    metric: {
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Namespace: 'AWS/SQS',
      Statistic: 'Maximum',
      Dimensions: [{ Name: 'QueueName', Value: attribute('OrdersDeadLetterQueue', 'QueueName') }],
      Period: 60,
    },
    threshold: 0,
    evaluationPeriods: 1,
    description:
      'Messages of Stack/Orders could not be processed and are in its dead-letter queue. ' +
      'First: read one of them and the error that the handler logged for it; redrive only after the repair. ' +
      `Runbook: ${RUNBOOKS}/queue-fed.md#dead-letters`,
  },
  {
    prop: 'moreDeadLetters',
    id: 'OrdersMoreDeadLettersAlarm',
    metric: {
      Metrics: [
        { Id: 'expr_1', Expression: 'DIFF(visible + FILL(inFlight, 0))', Label: 'Growth of the dead-letter queue', ReturnData: true },
        ...[['visible', 'ApproximateNumberOfMessagesVisible'], ['inFlight', 'ApproximateNumberOfMessagesNotVisible']].map(([Id, MetricName]) => ({
          Id,
          ReturnData: false,
          MetricStat: {
            Metric: { MetricName, Namespace: 'AWS/SQS', Dimensions: [{ Name: 'QueueName', Value: attribute('OrdersDeadLetterQueue', 'QueueName') }] },
            Period: 60,
            Stat: 'Maximum',
          },
        })),
      ],
    },
    threshold: 0,
    evaluationPeriods: 1,
    description:
      'More messages of Stack/Orders went to its dead-letter queue within the last period. ' +
      'First: see whether the cause is the known one; if it is new, disable the event source before more follow. ' +
      `Runbook: ${RUNBOOKS}/queue-fed.md#more-dead-letters`,
  },
  {
    prop: 'messageAge',
    id: 'OrdersMessageAgeAlarm',
    metric: {
      MetricName: 'ApproximateAgeOfOldestMessage',
      Namespace: 'AWS/SQS',
      Statistic: 'Maximum',
      Dimensions: [{ Name: 'QueueName', Value: attribute('OrdersQueue', 'QueueName') }],
      Period: 60,
    },
    threshold: 900,
    evaluationPeriods: 1,
    description:
      'Messages of Stack/Orders wait longer than they should. ' +
      'First: look at the throttles and the duration of the handler: it is too slow, throttled or disabled. ' +
      `Runbook: ${RUNBOOKS}/queue-fed.md#message-age`,
  },
  {
    prop: 'handlerErrors',
    id: 'HandlerHandlerAlarmsErrors',
    metric: {
      MetricName: 'Errors', Namespace: 'AWS/Lambda', Statistic: 'Sum', Dimensions: [{ Name: 'FunctionName', Value: ref('Handler') }], Period: 60,
    },
    threshold: 0,
    evaluationPeriods: 3,
    description:
      'The function Stack/Handler fails repeatedly. ' +
      'First: read the error in its log; what it could not process is retried and then set aside, not lost. ' +
      `Runbook: ${RUNBOOKS}/handler.md#errors`,
  },
  {
    prop: 'handlerThrottles',
    id: 'HandlerHandlerAlarmsThrottles',
    metric: {
      MetricName: 'Throttles', Namespace: 'AWS/Lambda', Statistic: 'Sum', Dimensions: [{ Name: 'FunctionName', Value: ref('Handler') }], Period: 60,
    },
    threshold: 0,
    evaluationPeriods: 5,
    description:
      'The function Stack/Handler is throttled. ' +
      'First: compare its reserved concurrency, and what the account has left, with the maximum concurrency of all its sources. ' +
      `Runbook: ${RUNBOOKS}/handler.md#throttles`,
  },
  {
    prop: 'handlerDuration',
    id: 'HandlerHandlerAlarmsDuration',
    metric: {
      MetricName: 'Duration', Namespace: 'AWS/Lambda', ExtendedStatistic: 'p99', Dimensions: [{ Name: 'FunctionName', Value: ref('Handler') }], Period: 60,
    },
    threshold: 8000,
    evaluationPeriods: 3,
    description:
      'Invocations of the function Stack/Handler come near its timeout. ' +
      'First: find what became slow; at the timeout all that it was invoked with fails, and is processed again. ' +
      `Runbook: ${RUNBOOKS}/handler.md#duration`,
  },
] as const;

test('there are six alarms', () => {
  const ids = Object.keys(resourcesOf(stackWith(), ALARM)).map((id) => id.slice(0, -8));
  expect(ids.sort()).toEqual(ALARMS.map(({ id }) => id).sort());
});

describe.each(ALARMS)('the alarm $prop', ({ prop, id, metric, threshold, evaluationPeriods, description }) => {
  const byDefault = stackWith();
  const { Properties: properties } = resourceOf(byDefault, ALARM, id);
  const tuned = (options: QueueFedFunctionAlarmOptions[typeof prop]) => resourceOf(stackWith({ alarms: { [prop]: options } }), ALARM, id).Properties;

  test('is on this metric', () => {
    Template.fromStack(byDefault).hasResourceProperties(ALARM, { ...metric, AlarmDescription: description });
  });

  test(`fires above ${threshold}`, () => {
    expect(properties).toMatchObject({ Threshold: threshold, ComparisonOperator: 'GreaterThanThreshold' });
  });

  test(`looks at ${evaluationPeriods} datapoints, all of which must be over`, () => {
    expect(properties.EvaluationPeriods).toBe(evaluationPeriods);
    expect(properties).not.toHaveProperty('DatapointsToAlarm');
  });

  test('takes silence for health', () => {
    expect(properties.TreatMissingData).toBe('notBreaching');
  });

  test('says what it means and what to do', () => {
    expect(properties.AlarmDescription).toBe(description);
  });

  test('has no name, no action and nothing else', () => {
    expect(Object.keys(properties).sort()).toEqual(
      ['AlarmDescription', 'ComparisonOperator', 'EvaluationPeriods', 'Threshold', 'TreatMissingData', ...Object.keys(metric)].sort(),
    );
  });

  test('can be switched off', () => {
    const stack = stackWith({ alarms: { [prop]: { enabled: false } } });
    expect(Object.keys(resourcesOf(stack, ALARM)).map((logicalId) => logicalId.slice(0, -8)).sort())
      .toEqual(ALARMS.map((alarm) => alarm.id).filter((other) => other !== id).sort());
  });

  test('can be switched on', () => {
    expect(tuned({ enabled: true })).toEqual(properties);
  });

  test('takes another period', () => {
    const periods = JSON.stringify(tuned({ period: Duration.minutes(5) })).match(/"Period":\d+/g);
    expect(new Set(periods)).toEqual(new Set(['"Period":300']));
  });

  test('takes other datapoints', () => {
    expect(tuned({ evaluationPeriods: 4, datapointsToAlarm: 2 })).toMatchObject({ EvaluationPeriods: 4, DatapointsToAlarm: 2 });
  });

  test('takes its own number of datapoints to alarm', () => {
    expect(tuned({ datapointsToAlarm: 1 })).toMatchObject({ EvaluationPeriods: evaluationPeriods, DatapointsToAlarm: 1 });
  });
});

describe('the alarms on what invocations report at their end', () => {
  const periodsOf = (stack: Stack, id: string) => {
    const { EvaluationPeriods, DatapointsToAlarm } = resourceOf(stack, ALARM, `HandlerHandlerAlarms${id}`).Properties;
    return [EvaluationPeriods, DatapointsToAlarm];
  };
  const slowWith = (alarms: QueueFedFunctionAlarmOptions = {}, minutes = 10) => {
    const stack = newStack();
    new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack, { timeout: Duration.minutes(minutes) }), alarms });
    return stack;
  };

  test('look back as long as the handler may run', () => {
    const stack = slowWith();
    expect(periodsOf(stack, 'Duration')).toEqual([13, 3]);
    // What is turned away is reported at once.
    expect(periodsOf(stack, 'Throttles')).toEqual([5, undefined]);
    expect(periodsOf(slowWith({}, 1), 'Duration')).toEqual([3, undefined]);
  });

  test('look back over the retries of a batch that fails, which come a visibility timeout apart', () => {
    expect(periodsOf(slowWith({}, 0.5), 'Errors')).toEqual([9, 3]);
    expect(periodsOf(slowWith({}, 1), 'Errors')).toEqual([18, 3]);
    // As long as the handler may run besides.
    expect(periodsOf(slowWith({}, 10), 'Errors')).toEqual([190, 3]);
    // Invocations that are slow or throttled come without a retry too.
    expect(periodsOf(slowWith({}, 0.5), 'Duration')).toEqual([3, undefined]);
  });

  test('look back over the longest wait of all patterns of a handler, also of one that is made later', () => {
    const stack = newStack();
    const handler = handlerIn(stack);
    const pattern = (id: string, seconds: number) => new QueueFedFunction(stack, id, { handler, visibilityTimeout: Duration.seconds(seconds) });
    pattern('Orders', 60);
    expect(periodsOf(stack, 'Errors')).toEqual([3, undefined]);
    const other = newStack();
    const shared = handlerIn(other);
    [60, 240, 120].forEach((seconds, index) => new QueueFedFunction(other, `Orders${index}`, { handler: shared, visibilityTimeout: Duration.seconds(seconds) }));
    expect(periodsOf(other, 'Errors')).toEqual([12, 3]);
  });

  test('take fewer datapoints where a day has no more retries', () => {
    const stack = newStack();
    new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack), visibilityTimeout: Duration.hours(12), retentionPeriod: Duration.days(5) });
    expect(periodsOf(stack, 'Errors')).toEqual([1440, 2]);
  });

  test('count in periods that are stated, and take stated numbers as they are', () => {
    const stack = slowWith({ handlerErrors: { period: Duration.minutes(5), datapointsToAlarm: 4 }, handlerDuration: { evaluationPeriods: 2 } });
    expect(periodsOf(stack, 'Errors')).toEqual([3 * 12 + 2, 4]);
    expect(periodsOf(stack, 'Duration')).toEqual([2, undefined]);
    expect(() => slowWith({ handlerErrors: { datapointsToAlarm: 191 } })).toThrow('alarms.handlerErrors.datapointsToAlarm is 191, but must be a whole number from 1 to 190');
  });
});

test.each(['deadLetters', 'moreDeadLetters', 'handlerErrors', 'handlerThrottles'] as const)('the alarm %s takes another threshold', (prop) => {
  const id = ALARMS.find((alarm) => alarm.prop === prop)?.id;
  expect(resourceOf(stackWith({ alarms: { [prop]: { threshold: 5 } } }), ALARM, id).Properties.Threshold).toBe(5);
});

test('the alarm messageAge takes another threshold, in seconds', () => {
  const stack = stackWith({ alarms: { messageAge: { threshold: Duration.hours(1) } } });
  expect(resourceOf(stack, ALARM, 'OrdersMessageAge').Properties.Threshold).toBe(3600);
});

test('the alarm handlerDuration takes another threshold, in milliseconds', () => {
  const stack = stackWith({ alarms: { handlerDuration: { threshold: Duration.seconds(2) } } });
  expect(resourceOf(stack, ALARM, 'HandlerHandlerAlarmsDuration').Properties.Threshold).toBe(2000);
});

test('the alarm handlerDuration takes a fraction of a millisecond', () => {
  const stack = stackWith({ alarms: { handlerDuration: { threshold: Duration.millis(1500.5) } } });
  expect(resourceOf(stack, ALARM, 'HandlerHandlerAlarmsDuration').Properties.Threshold).toBe(1500.5);
});

describe('the threshold on age', () => {
  const ageOf = (props: Partial<QueueFedFunctionProps>) => resourceOf(stackWith(props), ALARM, 'OrdersMessageAge').Properties.Threshold;

  test.each([
    [1, Duration.seconds(60), 900],
    [5, Duration.seconds(89), 900],
    [5, Duration.seconds(90), 900],
    [5, Duration.seconds(91), 910],
    [3, Duration.minutes(10), 3600],
    [1000, Duration.seconds(60), 120_000],
  ])('is 15 minutes or 2 x maxReceiveCount %d x visibility timeout %s: %d', (maxReceiveCount, visibilityTimeout, expected) => {
    expect(ageOf({ maxReceiveCount, visibilityTimeout })).toBe(expected);
  });

  test.each([
    [Duration.minutes(1), 30],
    [Duration.minutes(29), 870],
    [Duration.minutes(30), 900],
    [Duration.days(1), 43_200],
    [Duration.days(4), 172_800],
    [Duration.days(13), 561_600],
    [undefined, 172_800],
  ])('is at most half of the retention, %s: %d', (retentionPeriod, expected) => {
    // Set aside after three quarters of the retention, or at once.
    const [visibilityTimeout, maxReceiveCount] = expected > 900 ? [Duration.hours(1), expected * 1.5 / 3600] : [Duration.seconds(10), 1];
    expect(ageOf({ maxReceiveCount, visibilityTimeout, ...(retentionPeriod && { retentionPeriod }) })).toBe(expected);
  });

  test('takes the derived visibility timeout', () => {
    const stack = newStack();
    new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack, { timeout: Duration.minutes(15) }) });
    expect(resourceOf(stack, ALARM, 'OrdersMessageAge').Properties.Threshold).toBe(2 * 5 * 5400);
  });

  test('takes what an adopted queue settles', () => {
    const stack = newStack();
    const queue = new sqs.Queue(stack, 'Live', {
      visibilityTimeout: Duration.minutes(10),
      deadLetterQueue: { queue: new sqs.Queue(stack, 'Failed', { retentionPeriod: Duration.days(14) }), maxReceiveCount: 7 },
    });
    new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack), queue });
    expect(resourceOf(stack, ALARM, 'OrdersMessageAge').Properties.Threshold).toBe(2 * 7 * 600);
  });

  test('takes the retention of an adopted queue', () => {
    const stack = newStack();
    const queue = new sqs.Queue(stack, 'Live', {
      visibilityTimeout: Duration.minutes(10),
      retentionPeriod: Duration.hours(1),
      deadLetterQueue: { queue: new sqs.Queue(stack, 'Failed', { retentionPeriod: Duration.days(14) }), maxReceiveCount: 5 },
    });
    new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack), queue });
    expect(resourceOf(stack, ALARM, 'OrdersMessageAge').Properties.Threshold).toBe(1800);
  });

  test('takes the retention of SQS, 4 days, for an imported queue, and what is derived for the rest', () => {
    const stack = newStack();
    new QueueFedFunction(stack, 'Orders', {
      handler: handlerIn(stack, { timeout: Duration.minutes(15) }),
      queue: sqs.Queue.fromQueueArn(stack, 'Live', 'arn:aws:sqs:eu-west-1:111122223333:live'),
      deadLetterQueue: sqs.Queue.fromQueueArn(stack, 'Failed', 'arn:aws:sqs:eu-west-1:111122223333:failed'),
    });
    expect(resourceOf(stack, ALARM, 'OrdersMessageAge').Properties.Threshold).toBe(54_000);
  });

  test('is 15 minutes where maxReceiveCount or the visibility timeout is a token', () => {
    expect(ageOf({ maxReceiveCount: Lazy.number({ produce: () => 1000 }) })).toBe(900);
    expect(ageOf({ maxReceiveCount: 1000, visibilityTimeout: Duration.seconds(Lazy.number({ produce: () => 3600 })) })).toBe(900);
  });
});

describe('the threshold on duration', () => {
  test.each([[1, 800], [3, 2400], [7, 5600], [29, 23_200], [900, 720_000]])('is 80 %% of a timeout of %d seconds: %d', (seconds, expected) => {
    const stack = newStack();
    new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack, { timeout: Duration.seconds(seconds) }) });
    expect(resourceOf(stack, ALARM, 'HandlerHandlerAlarmsDuration').Properties.Threshold).toBe(expected);
  });

  test('is 80 % of the stated timeout of an imported function', () => {
    const stack = newStack();
    const handler = lambda.Function.fromFunctionArn(stack, 'Imported', 'arn:aws:lambda:eu-west-1:111122223333:function:orders');
    new QueueFedFunction(stack, 'Orders', { handler, handlerTimeout: Duration.seconds(50) });
    Template.fromStack(stack).hasResourceProperties(ALARM, {
      MetricName: 'Duration', Threshold: 40_000, Dimensions: [{ Name: 'FunctionName', Value: 'orders' }], AlarmDescription: Match.stringLikeRegexp('^Invocations of the function Stack/Imported '),
    });
  });

  test('may be stated where the timeout is a token', () => {
    const stack = newStack();
    const handler = handlerIn(stack, { timeout: Duration.seconds(Lazy.number({ produce: () => 5 })) });
    new QueueFedFunction(stack, 'Orders', {
      handler, visibilityTimeout: Duration.minutes(1), alarms: { handlerDuration: { threshold: Duration.seconds(4) } },
    });
    expect(resourceOf(stack, ALARM, 'HandlerHandlerAlarmsDuration').Properties.Threshold).toBe(4000);
  });
});

describe('the alarms of the pattern', () => {
  test('are listed: its own, then those of its handler', () => {
    const stack = newStack();
    const orders = new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack) });
    expect(orders.allAlarms.map(({ node }) => node.path)).toEqual([
      'Stack/Orders/DeadLettersAlarm', 'Stack/Orders/MoreDeadLettersAlarm', 'Stack/Orders/MessageAgeAlarm',
      'Stack/Handler/HandlerAlarms/Errors', 'Stack/Handler/HandlerAlarms/Throttles', 'Stack/Handler/HandlerAlarms/Duration',
    ]);
  });

  test('are a copy: changing it changes nothing', () => {
    const stack = newStack();
    const orders = new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack) });
    orders.allAlarms.pop();
    expect(orders.allAlarms).toHaveLength(6);
    expect(orders.allAlarms).not.toBe(orders.allAlarms);
  });

  test('are none where all are switched off', () => {
    const off = { enabled: false };
    const stack = newStack();
    const orders = new QueueFedFunction(stack, 'Orders', {
      handler: handlerIn(stack),
      alarms: { deadLetters: off, moreDeadLetters: off, messageAge: off, handlerErrors: off, handlerThrottles: off, handlerDuration: off },
    });
    expect(orders.allAlarms).toEqual([]);
    expect(resourcesOf(stack, ALARM)).toEqual({});
  });

  test('are on the queues that were given', () => {
    const stack = newStack();
    const failed = new sqs.Queue(stack, 'Failed', { retentionPeriod: Duration.days(14) });
    const queue = new sqs.Queue(stack, 'Live', { visibilityTimeout: Duration.minutes(1), deadLetterQueue: { queue: failed, maxReceiveCount: 3 } });
    new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack), queue });
    const on = (prefix: string) => ({ Dimensions: [{ Name: 'QueueName', Value: attribute(prefix, 'QueueName') }] });
    Template.fromStack(stack).hasResourceProperties(ALARM, { MetricName: 'ApproximateNumberOfMessagesVisible', ...on('Failed') });
    Template.fromStack(stack).hasResourceProperties(ALARM, { MetricName: 'ApproximateAgeOfOldestMessage', ...on('Live') });
  });
});

describe("a handler's alarms", () => {
  test('are made once for two patterns', () => {
    const stack = newStack();
    const handler = handlerIn(stack);
    const orders = new QueueFedFunction(stack, 'Orders', { handler });
    const invoices = new QueueFedFunction(stack, 'Invoices', { handler });
    expect(Object.keys(resourcesOf(stack, ALARM))).toHaveLength(9);
    expect(invoices.allAlarms.slice(3)).toEqual(orders.allAlarms.slice(3));
    expect(invoices.allAlarms.slice(0, 3).map(({ node }) => node.path)).toEqual([
      'Stack/Invoices/DeadLettersAlarm', 'Stack/Invoices/MoreDeadLettersAlarm', 'Stack/Invoices/MessageAgeAlarm',
    ]);
  });

  test('have the same ids, whichever pattern comes first', () => {
    const idsOf = (order: string[]) => {
      const stack = newStack();
      const handler = handlerIn(stack);
      order.forEach((id) => new QueueFedFunction(stack, id, { handler }));
      return Object.keys(resourcesOf(stack, ALARM)).sort();
    };
    expect(idsOf(['Orders', 'Invoices'])).toEqual(idsOf(['Invoices', 'Orders']));
  });

  test('are shared by a function, its alias and its version', () => {
    const stack = newStack();
    const handler = handlerIn(stack);
    const patterns = [handler, handler.addAlias('live'), handler.currentVersion].map((of, index) => new QueueFedFunction(stack, `Orders${index}`, { handler: of }));
    const [first, ...rest] = patterns.map(({ allAlarms }) => allAlarms.slice(3));
    rest.forEach((alarms) => expect(alarms).toEqual(first));
    expect(first).toHaveLength(3);
  });

  test('are with the pattern where the function is in another stack, which so does not come to depend on the topic that they notify', () => {
    const app = new App();
    const [functions, queues] = [new Stack(app, 'Functions'), new Stack(app, 'Queues')];
    new QueueFedFunction(queues, 'Orders', { handler: handlerIn(functions) });
    Template.fromStack(functions).resourceCountIs(ALARM, 0);
    expect(Object.keys(resourcesOf(queues, ALARM)).filter((logicalId) => logicalId.startsWith('OrdersHandlerAlarms'))).toHaveLength(3);
  });

  test('are made once for a function that is imported twice', () => {
    const stack = newStack();
    const patterns = ['One', 'Two'].map((id) => new QueueFedFunction(stack, `Orders${id}`, {
      handler: lambda.Function.fromFunctionArn(stack, id, 'arn:aws:lambda:eu-west-1:111122223333:function:orders'),
      handlerTimeout: Duration.seconds(10),
    }));
    expect(patterns[0]?.alarms.handlerErrors).toBe(patterns[1]?.alarms.handlerErrors);
    expect(Object.keys(resourcesOf(stack, ALARM))).toHaveLength(9);
  });

  test('are made anew after the pattern that had them left the tree', () => {
    const app = new App();
    const handler = handlerIn(new Stack(app, 'Functions'));
    const stack = new Stack(app, 'Stack');
    new QueueFedFunction(stack, 'Orders', { handler });
    stack.node.tryRemoveChild('Orders');
    expect(new QueueFedFunction(stack, 'Invoices', { handler }).alarms.handlerErrors?.node.path).toBe('Stack/Invoices/HandlerAlarms/Errors');
  });

  describe('that two patterns state', () => {
    const two = (first: QueueFedFunctionAlarmOptions | undefined, second: QueueFedFunctionAlarmOptions | undefined) => () => {
      const stack = newStack();
      const handler = handlerIn(stack);
      new QueueFedFunction(stack, 'Orders', { handler, ...(first && { alarms: first }) });
      new QueueFedFunction(stack, 'Invoices', { handler, ...(second && { alarms: second }) });
    };
    const CONFLICT =
      "alarms.handlerErrors, handlerThrottles or handlerDuration differ from those of 'Stack/Orders', which has the same handler, and a function has these alarms once: " +
      'state the same in both, or only in the one that is made first';

    const all = {
      handlerErrors: { threshold: 5, period: Duration.minutes(1) },
      handlerThrottles: { enabled: false },
      handlerDuration: { threshold: Duration.seconds(8), evaluationPeriods: 4, datapointsToAlarm: 3 },
    };

    test.each<[string, QueueFedFunctionAlarmOptions | undefined, QueueFedFunctionAlarmOptions | undefined]>([
      ['the same', all, { ...all }],
      ['the same, in other units', { handlerDuration: { threshold: Duration.seconds(8) } }, { handlerDuration: { threshold: Duration.millis(8000) } }],
      ['the same object', all, all],
      ['the same, with a fraction', { handlerDuration: { threshold: Duration.millis(1500.5) } }, { handlerDuration: { threshold: Duration.millis(1500.5) } }],
      ['what is the default', undefined, { handlerErrors: { enabled: true } }],
      ['something in the first only', all, undefined],
      ['other alarms in the second', all, { deadLetters: { threshold: 3 }, moreDeadLetters: { enabled: false }, messageAge: { enabled: false } }],
    ])('may be %s', (_, first, second) => {
      expect(two(first, second)).not.toThrow();
    });

    test('may be the same token', () => {
      const handlerDuration = { threshold: Duration.millis(Lazy.number({ produce: () => 5 })) };
      expect(two({ handlerDuration }, { handlerDuration })).not.toThrow();
      expect(two({ handlerDuration }, { handlerDuration: { threshold: Duration.millis(5) } })).toThrow(CONFLICT);
    });

    const options = (['handlerErrors', 'handlerThrottles', 'handlerDuration'] as const).flatMap((alarm) => [
      [alarm, 'enabled', false],
      [alarm, 'threshold', alarm === 'handlerDuration' ? Duration.seconds(5) : 5],
      [alarm, 'period', Duration.minutes(2)],
      [alarm, 'evaluationPeriods', 2],
      [alarm, 'datapointsToAlarm', 1],
    ] as const);

    test.each(options)('must not differ: %s.%s', (alarm, option, value) => {
      expect(two(undefined, { [alarm]: { [option]: value } })).toThrow(CONFLICT);
      expect(two({ [alarm]: { [option]: value } }, { [alarm]: {} })).toThrow(CONFLICT);
    });
  });
});

test('the age of messages is 15 minutes where the number of receives is a token', () => {
  const stack = newStack();
  const maxReceiveCount = new CfnParameter(stack, 'Receives', { type: 'Number' }).valueAsNumber;
  const { alarms } = new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack), maxReceiveCount, visibilityTimeout: Duration.hours(1) });
  expect((alarms.messageAge!.node.defaultChild as cloudwatch.CfnAlarm).threshold).toBe(900);
});
