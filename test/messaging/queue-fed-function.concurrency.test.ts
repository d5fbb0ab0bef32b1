import { App, CfnParameter, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { KinesisEventSource, SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { handlerIn, newStack, resourceOf } from './fixtures';
import { QueueFedFunction } from '../../src';

const MAPPING = 'AWS::Lambda::EventSourceMapping';
const QUEUE_ARN = 'arn:aws:sqs:eu-west-1:111122223333:other';

function concurrencyOf(stack: Stack, id = 'Orders'): number {
  return resourceOf(stack, MAPPING, id).Properties.ScalingConfig.MaximumConcurrency;
}

function withReserved(reserved: number | undefined, scope: Stack = newStack()) {
  return { stack: scope, handler: handlerIn(scope, reserved === undefined ? {} : { reservedConcurrentExecutions: reserved }) };
}

describe('a concurrency that is not stated is what the reserved one leaves', () => {
  test.each([
    [undefined, 100],
    [1000, 100],
    [101, 100],
    [100, 100],
    [99, 99],
    [2, 2],
  ])('of %s reserved, for one queue: %d', (reserved, expected) => {
    const { stack, handler } = withReserved(reserved);
    new QueueFedFunction(stack, 'Orders', { handler });
    expect(concurrencyOf(stack)).toBe(expected);
  });

  test.each([
    [50, 25],
    [51, 25],
    [4, 2],
    [1000, 100],
  ])('of %d reserved, for two queues: %d each', (reserved, expected) => {
    const { stack, handler } = withReserved(reserved);
    new QueueFedFunction(stack, 'Orders', { handler });
    new QueueFedFunction(stack, 'Invoices', { handler });
    expect([concurrencyOf(stack), concurrencyOf(stack, 'Invoices')]).toEqual([expected, expected]);
  });

  test('and by what others state', () => {
    const { stack, handler } = withReserved(50);
    new QueueFedFunction(stack, 'Orders', { handler });
    new QueueFedFunction(stack, 'Invoices', { handler, maxConcurrency: 40 });
    expect(concurrencyOf(stack)).toBe(10);
  });

  test('whether they are made before or after', () => {
    const { stack, handler } = withReserved(50);
    new QueueFedFunction(stack, 'Invoices', { handler, maxConcurrency: 40 });
    new QueueFedFunction(stack, 'Orders', { handler });
    handler.addEventSource(new SqsEventSource(new sqs.Queue(stack, 'Queue'), { maxConcurrency: 4 }));
    expect(concurrencyOf(stack)).toBe(6);
  });

  test('and is counted anew when the app grew after it was looked at', () => {
    const app = new App();
    const { stack, handler } = withReserved(50, new Stack(app, 'Stack'));
    const orders = new QueueFedFunction(stack, 'Orders', { handler });
    const mapping = orders.eventSource.node.defaultChild as lambda.CfnEventSourceMapping;
    const concurrency = () => (stack.resolve(mapping.scalingConfig) as { maximumConcurrency: number }).maximumConcurrency;
    expect(concurrency()).toBe(50);
    app.synth();

    new QueueFedFunction(stack, 'Invoices', { handler, maxConcurrency: 40 });
    const template = app.synth({ force: true }).getStackByName('Stack').template;
    expect(template.Resources[stack.getLogicalId(mapping)].Properties.ScalingConfig).toEqual({ MaximumConcurrency: 10 });
  });

  test.each([
    ['a parameter', (stack: Stack) => new CfnParameter(stack, 'Reserved', { type: 'Number' }).valueAsNumber],
  ])('and is 100 where the reserved one is not known: %s', (_, reserved) => {
    const stack = newStack();
    const handler = handlerIn(stack, { reservedConcurrentExecutions: reserved(stack) });
    new QueueFedFunction(stack, 'Orders', { handler });
    new QueueFedFunction(stack, 'Invoices', { handler, maxConcurrency: 1000 });
    expect(concurrencyOf(stack)).toBe(100);
  });

  test('and is 100 for an imported function', () => {
    const stack = newStack();
    const handler = lambda.Function.fromFunctionArn(stack, 'Handler', 'arn:aws:lambda:eu-west-1:111122223333:function:orders');
    const handlerTimeout = handlerIn(stack, {}, 'Other').timeout!;
    new QueueFedFunction(stack, 'Orders', { handler, handlerTimeout });
    expect(concurrencyOf(stack)).toBe(100);
  });
});

describe('all SQS event sources of a function fit into its reserved concurrency', () => {
  const QUEUES: [where: string, (stack: Stack, handler: lambda.Function, maxConcurrency: number) => void][] = [
    ['another pattern', (stack, handler, maxConcurrency) => {
      new QueueFedFunction(stack, 'Invoices', { handler, maxConcurrency });
    }],
    ['a pattern of another stack', (stack, handler, maxConcurrency) => {
      new QueueFedFunction(new Stack(stack.node.root as App, 'Other'), 'Invoices', { handler, maxConcurrency });
    }],
    ['a pattern of a nested stack', (stack, handler, maxConcurrency) => {
      new QueueFedFunction(new NestedStack(stack, 'Nested'), 'Invoices', { handler, maxConcurrency });
    }],
    ['a pattern on an alias', (stack, handler, maxConcurrency) => {
      new QueueFedFunction(stack, 'Invoices', { handler: handler.addAlias('live'), maxConcurrency });
    }],
    ['a pattern on a version', (stack, handler, maxConcurrency) => {
      new QueueFedFunction(stack, 'Invoices', { handler: handler.currentVersion, maxConcurrency });
    }],
    ['a pattern on an alias, in another stack', (stack, handler, maxConcurrency) => {
      new QueueFedFunction(new Stack(stack.node.root as App, 'Other'), 'Invoices', { handler: handler.addAlias('live'), maxConcurrency });
    }],
    ['an SqsEventSource', (stack, handler, maxConcurrency) => {
      handler.addEventSource(new SqsEventSource(new sqs.Queue(stack, 'Queue'), { maxConcurrency }));
    }],
    ['an SqsEventSource of an alias', (stack, handler, maxConcurrency) => {
      handler.addAlias('live').addEventSource(new SqsEventSource(new sqs.Queue(stack, 'Queue'), { maxConcurrency }));
    }],
    ['an SqsEventSource of an imported queue', (stack, handler, maxConcurrency) => {
      handler.addEventSource(new SqsEventSource(sqs.Queue.fromQueueArn(stack, 'Queue', QUEUE_ARN), { maxConcurrency }));
    }],
    ['an EventSourceMapping of another stack', (stack, handler, maxConcurrency) => {
      const other = new Stack(stack.node.root as App, 'Other');
      new lambda.EventSourceMapping(other, 'Mapping', { target: handler, eventSourceArn: new sqs.Queue(other, 'Queue').queueArn, maxConcurrency });
    }],
    ['a CfnEventSourceMapping of a version', (stack, handler, maximumConcurrency) => {
      const functionName = handler.currentVersion.functionArn;
      new lambda.CfnEventSourceMapping(stack, 'Mapping', { functionName, eventSourceArn: QUEUE_ARN, scalingConfig: { maximumConcurrency } });
    }],
    ['a CfnEventSourceMapping', (stack, handler, maximumConcurrency) => {
      new lambda.CfnEventSourceMapping(stack, 'Mapping', { functionName: handler.functionArn, eventSourceArn: QUEUE_ARN, scalingConfig: { maximumConcurrency } });
    }],
  ];

  describe.each(QUEUES)('with %s', (_, addSource) => {
    test('which leaves what this one states', () => {
      const { stack, handler } = withReserved(20);
      new QueueFedFunction(stack, 'Orders', { handler, maxConcurrency: 10 });
      addSource(stack, handler, 10);
      expect(() => (stack.node.root as App).synth()).not.toThrow();
    });

    test('which leaves too little for what this one states', () => {
      const { stack, handler } = withReserved(20);
      new QueueFedFunction(stack, 'Orders', { handler, maxConcurrency: 10 });
      addSource(stack, handler, 11);
      expect(() => (stack.node.root as App).synth()).toThrow(
        "maxConcurrency of all SQS event sources of 'Stack/Handler/Resource' adds up to 21, but its reservedConcurrentExecutions is 20: " +
        'lower maxConcurrency of some of them, or raise reservedConcurrentExecutions to 21 or more (',
      );
    });

    test('which leaves 2 for this one, which states nothing', () => {
      const { stack, handler } = withReserved(20);
      new QueueFedFunction(stack, 'Orders', { handler });
      addSource(stack, handler, 18);
      expect(concurrencyOf(stack)).toBe(2);
    });

    test('which leaves less than 2 for this one', () => {
      const { stack, handler } = withReserved(20);
      new QueueFedFunction(stack, 'Orders', { handler });
      addSource(stack, handler, 19);
      expect(() => (stack.node.root as App).synth()).toThrow('adds up to 21, but its reservedConcurrentExecutions is 20');
    });
  });

  test('or the error lists them', () => {
    const { stack, handler } = withReserved(10);
    new QueueFedFunction(stack, 'Orders', { handler });
    new QueueFedFunction(stack, 'Invoices', { handler, maxConcurrency: 10 });
    handler.addEventSource(new SqsEventSource(new sqs.Queue(stack, 'Queue')));
    expect(() => (stack.node.root as App).synth()).toThrow(
      'to 12 or more (Stack/Handler/SqsEventSource:StackQueue1DEA7C94/Resource: none stated; Stack/Orders/EventSource/Resource: 2 at least; ' +
      'Stack/Invoices/EventSource/Resource: 10)',
    );
  });

  test('also one that none is reserved for', () => {
    const { stack, handler } = withReserved(1);
    new QueueFedFunction(stack, 'Orders', { handler });
    expect(() => (stack.node.root as App).synth()).toThrow('adds up to 2, but its reservedConcurrentExecutions is 1');
  });

  test('each function by itself', () => {
    const { stack, handler } = withReserved(10);
    new QueueFedFunction(stack, 'Orders', { handler, maxConcurrency: 10 });
    new QueueFedFunction(stack, 'Invoices', { handler: handlerIn(stack, { reservedConcurrentExecutions: 5 }, 'Other'), maxConcurrency: 5 });
    expect(() => (stack.node.root as App).synth()).not.toThrow();
  });

  test.each<[string, (stack: Stack) => lambda.IEventSource]>([
    ['Kinesis', (stack) => new KinesisEventSource(new kinesis.Stream(stack, 'Stream'), { startingPosition: lambda.StartingPosition.LATEST })],
    ['DynamoDB', () => ({
      bind: (target) => {
        target.addEventSourceMapping('Table', {
          eventSourceArn: 'arn:aws:dynamodb:eu-west-1:111122223333:table/orders/stream/2026-01-01T00:00:00.000',
          startingPosition: lambda.StartingPosition.LATEST,
        });
      },
    })],
  ])('without those of %s, which have no maximum concurrency', (_, sourceOf) => {
    const { stack, handler } = withReserved(10);
    new QueueFedFunction(stack, 'Orders', { handler });
    handler.addEventSource(sourceOf(stack));
    expect(concurrencyOf(stack)).toBe(10);
    expect(Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('eventSourceUncapped'))).toEqual([]);
  });

  test('without provisioned pollers, which have none either', () => {
    const { stack, handler } = withReserved(10);
    new QueueFedFunction(stack, 'Orders', { handler });
    new QueueFedFunction(stack, 'Invoices', { handler, provisionedPollerConfig: {} });
    expect(concurrencyOf(stack)).toBe(10);
    expect(Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('eventSourceUncapped'))).toEqual([]);
  });

  test('where the reserved one is known', () => {
    const stack = newStack();
    const handler = handlerIn(stack, { reservedConcurrentExecutions: new CfnParameter(stack, 'Reserved', { type: 'Number' }).valueAsNumber });
    new QueueFedFunction(stack, 'Orders', { handler, maxConcurrency: 1000 });
    expect(() => (stack.node.root as App).synth()).not.toThrow();
  });

  test('counting what is known, where a source has a token', () => {
    const { stack, handler } = withReserved(20);
    new QueueFedFunction(stack, 'Orders', { handler, maxConcurrency: 20 });
    new QueueFedFunction(stack, 'Invoices', { handler, maxConcurrency: new CfnParameter(stack, 'Max', { type: 'Number' }).valueAsNumber });
    expect(() => (stack.node.root as App).synth()).not.toThrow();
  });

  test('not counting a source whose queue is not known', () => {
    const { stack, handler } = withReserved(10);
    new QueueFedFunction(stack, 'Orders', { handler });
    new lambda.EventSourceMapping(stack, 'Mapping', { target: handler, eventSourceArn: new CfnParameter(stack, 'Arn').valueAsString });
    expect(concurrencyOf(stack)).toBe(10);
  });

  test('with the reserved one of two stages apart', () => {
    const app = new App();
    for (const [name, reserved] of [['Beta', 10], ['Prod', 20]] as const) {
      const { stack, handler } = withReserved(reserved, new Stack(new Stage(app, name), 'Stack'));
      new QueueFedFunction(stack, 'Orders', { handler, maxConcurrency: 4 });
      new QueueFedFunction(stack, 'Invoices', { handler });
      expect(concurrencyOf(stack, 'Invoices')).toBe(reserved - 4);
    }
    expect(() => app.synth()).not.toThrow();
  });

  test('with the error of one stage for that stage', () => {
    const app = new App();
    const { stack, handler } = withReserved(10, new Stack(new Stage(app, 'Prod'), 'Stack'));
    new QueueFedFunction(stack, 'Orders', { handler, maxConcurrency: 11 });
    expect(() => app.synth()).toThrow("SQS event sources of 'Prod/Stack/Handler/Resource' adds up to 11");
  });

  test('with the same error each time the app is synthesized', () => {
    const app = new App();
    const { stack, handler } = withReserved(10, new Stack(app, 'Stack'));
    new QueueFedFunction(stack, 'Orders', { handler, maxConcurrency: 11 });
    expect(() => app.synth({ force: true })).toThrow('adds up to 11');
    expect(() => app.synth({ force: true })).toThrow('adds up to 11');
  });
});

describe('a function that is paused, with 0 reserved', () => {
  const enabledOf = (stack: Stack, id = 'Orders') => resourceOf(stack, MAPPING, id).Properties.Enabled;
  const WARNING = "the reserved concurrency of 'Stack/Handler/Resource' is 0, so nothing invokes it, and messages wait in the queue of the disabled event source: raise reservedConcurrentExecutions when the function may run again";

  test('has its event source disabled, with a warning', () => {
    const { stack, handler } = withReserved(0);
    new QueueFedFunction(stack, 'Orders', { handler });
    expect(enabledOf(stack)).toBe(false);
    const warnings = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('\\[ack: cdk-serverless-patterns:handlerPaused\\]'));
    expect(warnings.map(({ id, entry }) => [id, entry.data])).toEqual([['/Stack/Orders/EventSource/Resource', expect.stringContaining(WARNING)]]);
  });

  test('is paused by an aspect too', () => {
    const { stack, handler } = withReserved(undefined);
    new QueueFedFunction(stack, 'Orders', { handler });
    (handler.node.defaultChild as lambda.CfnFunction).addPropertyOverride('ReservedConcurrentExecutions', 0);
    expect(enabledOf(stack)).toBe(false);
  });

  test('may be fed by a source that is disabled', () => {
    const { stack, handler } = withReserved(0);
    new QueueFedFunction(stack, 'Orders', { handler, enabled: false, maxConcurrency: 50 });
    handler.addEventSource(new SqsEventSource(new sqs.Queue(stack, 'Queue'), { enabled: false }));
    expect(() => (stack.node.root as App).synth()).not.toThrow();
  });

  test.each<[string, (stack: Stack, handler: lambda.Function) => unknown, string]>([
    ['a pattern', (stack, handler) => new QueueFedFunction(stack, 'Invoices', { handler, enabled: true }), 'Stack/Invoices/EventSource/Resource'],
    ['another source', (stack, handler) => handler.addEventSource(new SqsEventSource(new sqs.Queue(stack, 'Queue'))), 'Stack/Handler/SqsEventSource:StackQueue1DEA7C94/Resource'],
  ])('must not be fed by %s that is enabled', (_, add, path) => {
    const { stack, handler } = withReserved(0);
    new QueueFedFunction(stack, 'Orders', { handler });
    add(stack, handler);
    expect(() => (stack.node.root as App).synth()).toThrow(
      `the reserved concurrency of 'Stack/Handler/Resource' is 0, but event source '${path}' is enabled, ` +
      'so good messages would be received, throttled, and moved to the dead-letter queue in the end: ' +
      'leave enabled out of the QueueFedFunction, or set enabled: false on the event source, as long as the function is paused',
    );
  });

  test('runs again when some is reserved, or none', () => {
    for (const reserved of [undefined, 2]) {
      const { stack, handler } = withReserved(reserved);
      new QueueFedFunction(stack, 'Orders', { handler });
      expect(enabledOf(stack)).toBeUndefined();
    }
  });
});

describe('a plain source without a maximum concurrency', () => {
  test('is warned of: it can take all that is reserved', () => {
    const { stack, handler } = withReserved(10);
    new QueueFedFunction(stack, 'Orders', { handler });
    handler.addEventSource(new SqsEventSource(new sqs.Queue(stack, 'Queue')));
    const warnings = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('\\[ack: cdk-serverless-patterns:eventSourceUncapped\\]'));
    expect(warnings.map(({ id, entry }) => [id, entry.data])).toEqual([[
      expect.stringMatching(/^\/Stack\/Handler\/SqsEventSource/),
      expect.stringContaining("this event source states no maxConcurrency, so it can take all of the reserved concurrency (10) of 'Stack/Handler/Resource' from the other sources: set maxConcurrency on it"),
    ]]);
  });

  test('is none of our business where nothing is reserved', () => {
    const { stack, handler } = withReserved(undefined);
    new QueueFedFunction(stack, 'Orders', { handler });
    handler.addEventSource(new SqsEventSource(new sqs.Queue(stack, 'Queue')));
    expect(Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('eventSourceUncapped'))).toEqual([]);
  });

  test('is none of our business where no pattern feeds the function', () => {
    const stack = newStack();
    new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack, { reservedConcurrentExecutions: 10 }) });
    const other = handlerIn(stack, { reservedConcurrentExecutions: 10 }, 'Other');
    other.addEventSource(new SqsEventSource(new sqs.Queue(stack, 'Queue')));
    other.addEventSource(new SqsEventSource(new sqs.Queue(stack, 'Big'), { maxConcurrency: 11 }));
    expect(Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('eventSourceUncapped'))).toEqual([]);
  });
});
