import type { IPropertyInjector, InjectionContext } from 'aws-cdk-lib';
import { App, Aws, CfnParameter, CfnResource, Duration, Lazy, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { RootConstruct } from 'constructs';
import { attribute, FUNCTION, handlerIn, newStack, ref, resourceOf, resourcesOf } from './fixtures';
import type { IQueueFed, QueueFedFunctionProps } from '../../src';
import { QueueFed, QueueFedFunction } from '../../src';

const QUEUE = 'AWS::SQS::Queue';
const MAPPING = 'AWS::Lambda::EventSourceMapping';
const POLICY = 'AWS::IAM::Policy';
const FUNCTION_ARN = 'arn:aws:lambda:eu-west-1:111122223333:function:orders';
const READ_ACTIONS = ['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueUrl', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];
const handlerTimeout = Duration.seconds(10);

function warningIds(stack: Stack): string[] {
  return Annotations.fromStack(stack).findWarning('*', Match.anyValue())
    .map(({ entry }) => /\[ack: cdk-serverless-patterns:(\w+)\]/.exec(entry.data as string)?.[1] ?? (entry.data as string))
    .filter((id) => id !== 'alarmsNotifyNobody');
}

describe('a value that is a token reaches the template', () => {
  const parameter = (stack: Stack, id: string) => new CfnParameter(stack, id, { type: 'Number' }).valueAsNumber;
  const tokens: [kind: string, number: (stack: Stack, id: string) => number, expected: (id: string) => unknown][] = [
    ['a parameter', parameter, (id) => ({ Ref: id })],
    ['a lazy value', () => Lazy.number({ produce: () => 77 }), () => 77],
  ];
  const cases: [prop: string, type: string, prefix: string, path: string[], props: (value: number) => Partial<QueueFedFunctionProps>][] = [
    ['batchSize', MAPPING, '', ['BatchSize'], (batchSize) => ({ batchSize })],
    ['maxBatchingWindow', MAPPING, '', ['MaximumBatchingWindowInSeconds'], (value) => ({ maxBatchingWindow: Duration.seconds(value) })],
    ['maxConcurrency', MAPPING, '', ['ScalingConfig', 'MaximumConcurrency'], (maxConcurrency) => ({ maxConcurrency })],
    ['provisionedPollerConfig.minimumPollers', MAPPING, '', ['ProvisionedPollerConfig', 'MinimumPollers'], (minimumPollers) => ({ provisionedPollerConfig: { minimumPollers } })],
    ['provisionedPollerConfig.maximumPollers', MAPPING, '', ['ProvisionedPollerConfig', 'MaximumPollers'], (maximumPollers) => ({ provisionedPollerConfig: { maximumPollers } })],
    ['maxReceiveCount', QUEUE, 'OrdersQueue', ['RedrivePolicy', 'maxReceiveCount'], (maxReceiveCount) => ({ maxReceiveCount })],
    ['retentionPeriod', QUEUE, 'OrdersQueue', ['MessageRetentionPeriod'], (value) => ({ retentionPeriod: Duration.seconds(value) })],
    ['visibilityTimeout', QUEUE, 'OrdersQueue', ['VisibilityTimeout'], (value) => ({ visibilityTimeout: Duration.seconds(value) })],
    ['alarms.deadLetters.threshold', 'AWS::CloudWatch::Alarm', 'OrdersDeadLetters', ['Threshold'], (threshold) => ({ alarms: { deadLetters: { threshold } } })],
    ['alarms.messageAge.threshold', 'AWS::CloudWatch::Alarm', 'OrdersMessageAge', ['Threshold'], (value) => ({ alarms: { messageAge: { threshold: Duration.seconds(value) } } })],
    ['alarms.handlerDuration.threshold', 'AWS::CloudWatch::Alarm', 'HandlerHandlerAlarmsDuration', ['Threshold'], (value) => ({ alarms: { handlerDuration: { threshold: Duration.millis(value) } } })],
    ['alarms.handlerErrors.evaluationPeriods', 'AWS::CloudWatch::Alarm', 'HandlerHandlerAlarmsErrors', ['EvaluationPeriods'], (evaluationPeriods) => ({ alarms: { handlerErrors: { evaluationPeriods } } })],
    ['alarms.handlerErrors.datapointsToAlarm', 'AWS::CloudWatch::Alarm', 'HandlerHandlerAlarmsErrors', ['DatapointsToAlarm'], (datapointsToAlarm) => ({ alarms: { handlerErrors: { datapointsToAlarm } } })],
  ];

  describe.each(tokens)('as %s', (_, number, expected) => {
    test.each(cases)('%s', (_prop, type, prefix, path, propsWith) => {
      const stack = newStack();
      new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack), ...propsWith(number(stack, 'Value')) });
      const found = path.reduce<any>((value, key) => value[key], resourceOf(stack, type, prefix).Properties);
      expect(found).toEqual(expected('Value'));
    });
  });

  test.each<[string, (value: Duration) => Partial<QueueFedFunctionProps>]>([
    ['handlerTimeout', (value) => ({ handlerTimeout: value })],
    ['maxBatchingWindow', (value) => ({ maxBatchingWindow: value })],
    ['retentionPeriod', (value) => ({ retentionPeriod: value })],
    ['visibilityTimeout', (value) => ({ visibilityTimeout: value })],
    ['alarms.messageAge.threshold', (value) => ({ alarms: { messageAge: { threshold: value } } })],
  ])('%s in minutes is refused: CloudFormation cannot convert it', (prop, propsWith) => {
    const stack = newStack();
    expect(() => new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack), ...propsWith(Duration.minutes(parameter(stack, 'Value'))) })).toThrow(
      `${prop} is a token in minutes, which cannot be converted to seconds: state it with Duration.seconds`,
    );
  });

  test('alarms.handlerDuration.threshold in seconds is refused: the metric is in milliseconds', () => {
    const stack = newStack();
    const threshold = Duration.seconds(parameter(stack, 'Value'));
    expect(() => new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack), alarms: { handlerDuration: { threshold } } })).toThrow(
      'alarms.handlerDuration.threshold is a token in seconds, which cannot be converted to milliseconds: state it with Duration.millis',
    );
  });

  test('a batching window that is a token counts as the longest in the visibility timeout', () => {
    const stack = newStack();
    const maxBatchingWindow = Duration.seconds(parameter(stack, 'Value'));
    new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack), maxBatchingWindow, batchSize: 100 });
    expect(resourceOf(stack, QUEUE, 'OrdersQueue').Properties.VisibilityTimeout).toBe(360);
  });

  test('a batching window that is a token is still refused on a FIFO queue', () => {
    const stack = newStack();
    const maxBatchingWindow = Duration.seconds(parameter(stack, 'Value'));
    expect(() => new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack), maxBatchingWindow, fifo: true })).toThrow('a FIFO queue has no batching window');
  });

  describe("the handler's timeout", () => {
    const withToken = (props: (stack: Stack) => Partial<QueueFedFunctionProps>) => {
      const stack = newStack();
      const handler = handlerIn(stack, { timeout: Duration.seconds(parameter(stack, 'Timeout')) });
      return { stack, orders: new QueueFedFunction(stack, 'Orders', { handler, ...props(stack) }) };
    };

    test('leaves the visibility timeout to be stated', () => {
      expect(() => withToken(() => ({}))).toThrow(
        "visibilityTimeout is not set and cannot be derived, because the handler's timeout is a token: set visibilityTimeout, or state the longest timeout as handlerTimeout",
      );
    });

    test('is good with a visibility timeout, without the alarm on duration', () => {
      const { stack, orders } = withToken(() => ({ visibilityTimeout: Duration.minutes(2) }));
      expect(resourceOf(stack, QUEUE, 'OrdersQueue').Properties.VisibilityTimeout).toBe(120);
      expect(orders.allAlarms.map(({ node }) => node.id)).toEqual(['DeadLettersAlarm', 'MoreDeadLettersAlarm', 'MessageAgeAlarm', 'Errors', 'Throttles']);
    });

    test('is good with the longest timeout stated', () => {
      const { stack, orders } = withToken(() => ({ handlerTimeout: Duration.seconds(20) }));
      expect(resourceOf(stack, QUEUE, 'OrdersQueue').Properties.VisibilityTimeout).toBe(120);
      expect(orders.allAlarms).toHaveLength(6);
    });

    test('is good with an adopted queue', () => {
      const { orders } = withToken((stack) => ({
        queue: new sqs.Queue(stack, 'Live', { deadLetterQueue: { queue: new sqs.Queue(stack, 'Failed', { retentionPeriod: Duration.days(14) }), maxReceiveCount: 3 } }),
      }));
      expect(orders.node.tryFindChild('Queue')).toBeUndefined();
    });

    test('is good where handlerTimeout is a token too, with a visibility timeout', () => {
      const { stack } = withToken((scope) => ({ handlerTimeout: Duration.seconds(parameter(scope, 'Stated')), visibilityTimeout: Duration.minutes(2) }));
      expect(resourceOf(stack, QUEUE, 'OrdersQueue').Properties.VisibilityTimeout).toBe(120);
    });

    test('that is stated as a token is known where the function says it', () => {
      const stack = newStack();
      new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack), handlerTimeout: Duration.seconds(parameter(stack, 'Stated')) });
      expect(resourceOf(stack, QUEUE, 'OrdersQueue').Properties.VisibilityTimeout).toBe(60);
    });
  });

  test.each<[string, sqs.QueueProps, (value: number) => sqs.QueueProps]>([
    ['visibilityTimeout', {}, (value) => ({ visibilityTimeout: Duration.seconds(value) })],
    ['retentionPeriod', { visibilityTimeout: Duration.minutes(1) }, (value) => ({ retentionPeriod: Duration.seconds(value) })],
  ])('%s of an adopted queue is not compared', (prop, base, propsWith) => {
    const stack = newStack();
    const deadLetterQueue = { queue: new sqs.Queue(stack, 'Failed'), maxReceiveCount: parameter(stack, 'Count') };
    const queue = new sqs.Queue(stack, 'Live', { ...base, deadLetterQueue, ...propsWith(parameter(stack, 'Value')) });
    new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack), queue });
    expect(warningIds(stack)).toEqual(prop === 'visibilityTimeout' ? ['deadLetterRetentionEqual'] : []);
  });
});

describe('it works', () => {
  test('twice in one stack', () => {
    const stack = newStack();
    new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack, {}, 'OrdersHandler') });
    new QueueFedFunction(stack, 'Invoices', { handler: handlerIn(stack, {}, 'InvoicesHandler') });
    expect(Object.keys(resourcesOf(stack, QUEUE))).toHaveLength(4);
    expect(Object.keys(resourcesOf(stack, MAPPING))).toHaveLength(2);
  });

  test('twice with one handler, which may read both queues', () => {
    const stack = newStack();
    const handler = handlerIn(stack);
    new QueueFedFunction(stack, 'Orders', { handler });
    new QueueFedFunction(stack, 'Invoices', { handler });
    for (const id of ['OrdersQueue', 'InvoicesQueue']) {
      const Statement = Match.arrayWith([Match.objectLike({ Resource: attribute(id) })]);
      Template.fromStack(stack).hasResourceProperties(POLICY, { PolicyDocument: { Statement }, Roles: [ref('HandlerServiceRole')] });
    }
  });

  test('in a nested stack, with the handler in the parent', () => {
    const stack = newStack();
    const nested = new NestedStack(stack, 'Nested');
    new QueueFedFunction(nested, 'Orders', { handler: handlerIn(stack) });
    Template.fromStack(nested).resourceCountIs(QUEUE, 2);
    Template.fromStack(nested).resourceCountIs(MAPPING, 1);
    Template.fromStack(stack).resourceCountIs('AWS::Lambda::Function', 1);
  });

  test('in the parent, with the handler in a nested stack', () => {
    const stack = newStack();
    const nested = new NestedStack(stack, 'Nested');
    new QueueFedFunction(stack, 'Orders', { handler: handlerIn(nested) });
    Template.fromStack(stack).resourceCountIs(QUEUE, 2);
    Template.fromStack(stack).resourceCountIs('AWS::CloudWatch::Alarm', 6);
  });

  test('in one nested stack, with the handler in another', () => {
    const stack = newStack();
    const [one, two] = [new NestedStack(stack, 'One'), new NestedStack(stack, 'Two')];
    new QueueFedFunction(two, 'Orders', { handler: handlerIn(one) });
    Template.fromStack(two).resourceCountIs(MAPPING, 1);
  });

  describe('with the handler in another stack', () => {
    function twoStacks() {
      const app = new App();
      const [functions, queues] = [new Stack(app, 'Functions'), new Stack(app, 'Queues')];
      const handler = handlerIn(functions);
      const orders = new QueueFedFunction(queues, 'Orders', { handler });
      return { app, functions, queues, handler, orders };
    }

    test('whose stack does not come to depend on this one', () => {
      const { app, functions, queues } = twoStacks();
      app.synth();
      expect(queues.dependencies).toEqual([functions]);
      expect(functions.dependencies).toEqual([]);
    });

    test('and the policy and the event source in this one', () => {
      const { functions, queues } = twoStacks();
      Template.fromStack(functions).resourceCountIs(POLICY, 0);
      Template.fromStack(queues).hasResourceProperties(POLICY, { Roles: [{ 'Fn::ImportValue': Match.stringLikeRegexp('^Functions:ExportsOutputRefHandlerServiceRole') }] });
      Template.fromStack(queues).hasResourceProperties(MAPPING, { FunctionName: { 'Fn::ImportValue': Match.stringLikeRegexp('^Functions:ExportsOutputRefHandler') } });
    });

    test('and a key of this stack, without a cycle', () => {
      const app = new App();
      const [functions, queues] = [new Stack(app, 'Functions'), new Stack(app, 'Queues')];
      new QueueFedFunction(queues, 'Orders', { handler: handlerIn(functions), encryptionKey: new kms.Key(queues, 'Key') });
      app.synth();
      expect(functions.dependencies).toEqual([]);
    });
  });

  describe('with a role that is not of this stack, under a policy name that no other stack has', () => {
    const policyName = (stack: Stack) => resourceOf(stack, POLICY).Properties.PolicyName as string;

    test('where the patterns have one id', () => {
      const app = new App();
      const handler = handlerIn(new Stack(app, 'Functions'));
      const [one, two] = [new Stack(app, 'One'), new Stack(app, 'Two')];
      [one, two].forEach((stack) => new QueueFedFunction(stack, 'Orders', { handler }));
      expect(policyName(one)).toMatch(/^OneRoleGrants[0-9A-F]{8}-[0-9a-f]{8}-FunctionsHandlerServiceRole[0-9A-Fa-f]{16}$/);
      expect(policyName(two)).toMatch(/^TwoRoleGrants[0-9A-F]{8}-[0-9a-f]{8}-FunctionsHandlerServiceRole[0-9A-Fa-f]{16}$/);
    });

    test('where they are in nested stacks that have one id', () => {
      const app = new App();
      const handler = handlerIn(new Stack(app, 'Functions'));
      const nested = ['One', 'Two'].map((id) => new NestedStack(new Stack(app, id), 'Nested'));
      nested.forEach((stack) => new QueueFedFunction(stack, 'Orders', { handler }));
      expect(new Set(nested.map((stack) => policyName(stack))).size).toBe(2);
    });

    test('where the role is imported', () => {
      const nameIn = (stackName: string) => {
        const stack = new Stack(new App(), 'Stack', { stackName });
        const role = iam.Role.fromRoleName(stack, 'Role', 'orders');
        const handler = lambda.Function.fromFunctionAttributes(stack, 'Handler', { functionArn: FUNCTION_ARN, role });
        new QueueFedFunction(stack, 'Orders', { handler, handlerTimeout });
        return policyName(stack);
      };
      expect(nameIn('orders-test')).not.toEqual(nameIn('orders-prod'));
    });

    test('which is not too long for IAM', () => {
      const stack = new Stack(new App(), 'S'.repeat(120));
      const role = iam.Role.fromRoleName(stack, 'Role', 'o'.repeat(64));
      const handler = lambda.Function.fromFunctionAttributes(stack, 'Handler', { functionArn: FUNCTION_ARN, role });
      new QueueFedFunction(stack, 'Orders', { handler, handlerTimeout });
      expect(policyName(stack).length).toBeLessThanOrEqual(128);
    });
  });

  test('with a handler whose environment names the queue', () => {
    const stack = newStack();
    const handler = handlerIn(stack);
    const orders = new QueueFedFunction(stack, 'Orders', { handler });
    handler.addEnvironment('QUEUE_URL', orders.queue.queueUrl);
    orders.grantSendMessages(handler);
    // Template.fromStack fails on cyclic dependencies.
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', { Environment: { Variables: { QUEUE_URL: ref('OrdersQueue') } } });
  });

  test('inside a stage', () => {
    const app = new App();
    const stack = new Stack(new Stage(app, 'Prod', { env: { region: 'eu-west-1', account: '111122223333' } }), 'Stack');
    const orders = new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack) });
    app.synth();
    expect(Template.fromStack(stack).toJSON().Resources).toBeDefined();
    expect(orders.node.path).toBe('Prod/Stack/Orders');
  });

  test('with a dead-letter queue of another stack', () => {
    const app = new App();
    const [one, two] = [new Stack(app, 'One'), new Stack(app, 'Two')];
    const deadLetterQueue = new sqs.Queue(one, 'Failed', { retentionPeriod: Duration.days(14) });
    new QueueFedFunction(two, 'Orders', { handler: handlerIn(two), deadLetterQueue });
    app.synth();
    expect(two.dependencies).toEqual([one]);
  });
});

describe('a customer key', () => {
  const DECRYPT = (resource: unknown) => ({
    PolicyDocument: {
      Statement: [
        { Action: READ_ACTIONS, Effect: 'Allow', Resource: attribute('OrdersQueue') },
        { Action: 'kms:Decrypt', Effect: 'Allow', Resource: resource },
      ],
    },
  });

  test('encrypts both queues, and the handler may decrypt with it', () => {
    const stack = newStack();
    new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack), encryptionKey: new kms.Key(stack, 'Key') });
    for (const queue of Object.values(resourcesOf(stack, QUEUE))) {
      expect(queue.Properties.KmsMasterKeyId).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] });
      expect(queue.Properties).not.toHaveProperty('SqsManagedSseEnabled');
    }
    Template.fromStack(stack).hasResourceProperties(POLICY, DECRYPT(attribute('Key')));
  });

  test('of another stack gives no cycle', () => {
    const app = new App();
    const [keys, queues] = [new Stack(app, 'Keys'), new Stack(app, 'Queues')];
    new QueueFedFunction(queues, 'Orders', { handler: handlerIn(queues), encryptionKey: new kms.Key(keys, 'Key') });
    app.synth();
    expect(keys.dependencies).toEqual([]);
    Template.fromStack(queues).hasResourceProperties(POLICY, DECRYPT({ 'Fn::ImportValue': Match.stringLikeRegexp('^Keys:ExportsOutputFnGetAttKey') }));
  });

  test('of another stack than the handler, which uses it too, gives no cycle', () => {
    const app = new App();
    const [keys, functions, queues] = [new Stack(app, 'Keys'), new Stack(app, 'Functions'), new Stack(app, 'Queues')];
    const key = new kms.Key(keys, 'Key');
    new QueueFedFunction(queues, 'Orders', { handler: handlerIn(functions, { environmentEncryption: key }), encryptionKey: key });
    app.synth();
    expect(keys.dependencies).toEqual([]);
    expect(functions.dependencies).toEqual([keys]);
  });

  test('that is imported', () => {
    const stack = newStack();
    const keyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1234';
    new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack), encryptionKey: kms.Key.fromKeyArn(stack, 'Key', keyArn) });
    Template.fromStack(stack).hasResourceProperties(POLICY, DECRYPT(keyArn));
  });

  test('of an imported queue: the handler may decrypt with it', () => {
    const stack = newStack();
    const keyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1234';
    const queue = sqs.Queue.fromQueueAttributes(stack, 'Live', { queueArn: 'arn:aws:sqs:eu-west-1:111122223333:live', keyArn });
    const deadLetterQueue = sqs.Queue.fromQueueArn(stack, 'Failed', 'arn:aws:sqs:eu-west-1:111122223333:failed');
    new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack), queue, deadLetterQueue });
    Template.fromStack(stack).hasResourceProperties(POLICY, {
      PolicyDocument: { Statement: [Match.objectLike({ Action: READ_ACTIONS, Resource: queue.queueArn }), { Action: 'kms:Decrypt', Effect: 'Allow', Resource: keyArn }] },
    });
  });
});

describe('the handler may be', () => {
  test('an alias: it is invoked, and its function is read and watched', () => {
    const stack = newStack();
    const handler = handlerIn(stack).addAlias('live');
    const orders = new QueueFedFunction(stack, 'Orders', { handler });
    Template.fromStack(stack).hasResourceProperties(MAPPING, { FunctionName: Match.objectLike({ 'Fn::Join': Match.anyValue() }) });
    expect(JSON.stringify(resourceOf(stack, MAPPING).Properties.FunctionName)).toContain(':live');
    expect(resourceOf(stack, QUEUE, 'OrdersQueue').Properties.VisibilityTimeout).toBe(60);
    expect(orders.allAlarms.map(({ node }) => node.path)).toContain('Stack/Handler/HandlerAlarms/Errors');
  });

  test('a version', () => {
    const stack = newStack();
    const orders = new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack).currentVersion });
    expect(JSON.stringify(resourceOf(stack, MAPPING).Properties.FunctionName)).toContain('HandlerCurrentVersion');
    expect(resourceOf(stack, QUEUE, 'OrdersQueue').Properties.VisibilityTimeout).toBe(60);
    expect(orders.allAlarms.map(({ node }) => node.path)).toContain('Stack/Handler/HandlerAlarms/Errors');
  });

  test('the latest version', () => {
    const stack = newStack();
    const orders = new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack).latestVersion });
    expect(resourceOf(stack, QUEUE, 'OrdersQueue').Properties.VisibilityTimeout).toBe(60);
    expect(orders.allAlarms.map(({ node }) => node.path)).toContain('Stack/Handler/HandlerAlarms/Errors');
  });

  test('a singleton, whose one function is read and watched once', () => {
    const stack = newStack();
    const singleton = (id: string) => new lambda.SingletonFunction(stack, id, { ...FUNCTION, uuid: 'orders' });
    const orders = new QueueFedFunction(stack, 'Orders', { handler: singleton('One') });
    const invoices = new QueueFedFunction(stack, 'Invoices', { handler: singleton('Two') });
    expect(resourceOf(stack, QUEUE, 'OrdersQueue').Properties.VisibilityTimeout).toBe(60);
    expect(orders.allAlarms.map(({ node }) => node.path)).toContain('Stack/SingletonLambdaorders/HandlerAlarms/Errors');
    expect(invoices.allAlarms.slice(3)).toEqual(orders.allAlarms.slice(3));
  });

  test('a container image', () => {
    const stack = newStack();
    const code = lambda.DockerImageCode.fromEcr(ecr.Repository.fromRepositoryName(stack, 'Repository', 'orders'));
    new QueueFedFunction(stack, 'Orders', { handler: new lambda.DockerImageFunction(stack, 'Handler', { code, timeout: Duration.seconds(9) }) });
    expect(resourceOf(stack, QUEUE, 'OrdersQueue').Properties.VisibilityTimeout).toBe(54);
  });

  test('of a class that extends Function', () => {
    class BundledFunction extends lambda.Function {
      constructor(scope: Stack, id: string) {
        super(scope, id, { ...FUNCTION, timeout: Duration.seconds(7) });
      }
    }
    const stack = newStack();
    new QueueFedFunction(stack, 'Orders', { handler: new BundledFunction(stack, 'Handler') });
    expect(resourceOf(stack, QUEUE, 'OrdersQueue').Properties.VisibilityTimeout).toBe(42);
  });

  test('imported by the ARN of one made here, bare or not', () => {
    const stack = newStack();
    const bare = new lambda.CfnFunction(stack, 'Bare', { code: { zipFile: 'x' }, role: 'arn:aws:iam::111122223333:role/orders', timeout: 8 });
    new QueueFedFunction(stack, 'Orders', { handler: lambda.Function.fromFunctionArn(stack, 'Handler', bare.attrArn) });
    expect(resourceOf(stack, QUEUE, 'OrdersQueue').Properties.VisibilityTimeout).toBe(48);
  });

  test.each<[string, (stack: Stack) => lambda.IFunction]>([
    ['by ARN', (stack) => lambda.Function.fromFunctionArn(stack, 'Handler', FUNCTION_ARN)],
    ['by name', (stack) => lambda.Function.fromFunctionName(stack, 'Handler', 'orders')],
    ['as a version', (stack) => lambda.Version.fromVersionArn(stack, 'Handler', `${FUNCTION_ARN}:1`)],
    ['without its role', (stack) => lambda.Function.fromFunctionAttributes(stack, 'Handler', { functionArn: FUNCTION_ARN, sameEnvironment: true })],
  ])('imported %s: a warning says what its role needs', (_, handlerOf) => {
    const stack = newStack();
    new QueueFedFunction(stack, 'Orders', { handler: handlerOf(stack), handlerTimeout });
    expect(warningIds(stack)).toEqual(['handlerRoleUnknown']);
    Template.fromStack(stack).resourceCountIs(POLICY, 0);
    expect(resourceOf(stack, MAPPING)).not.toHaveProperty('DependsOn');
    Annotations.fromStack(stack).hasWarning('/Stack/Orders', Match.stringLikeRegexp(
      "^the role of handler 'Stack/Handler' is not known, so it cannot be allowed to read the queue here: allow it sqs:ReceiveMessage, sqs:DeleteMessage, " +
      'sqs:ChangeMessageVisibility, sqs:GetQueueAttributes and sqs:GetQueueUrl on the queue, ' +
      'or import the function with its role \\(Function.fromFunctionAttributes\\) \\[ack: cdk-serverless-patterns:handlerRoleUnknown\\]$',
    ));
  });

  test('imported without its role, with a customer key: the warning names the key', () => {
    const stack = newStack();
    const handler = lambda.Function.fromFunctionArn(stack, 'Handler', FUNCTION_ARN);
    new QueueFedFunction(stack, 'Orders', { handler, handlerTimeout, encryptionKey: new kms.Key(stack, 'Key') });
    Annotations.fromStack(stack).hasWarning('/Stack/Orders', Match.stringLikeRegexp('sqs:GetQueueUrl on the queue and kms:Decrypt on its key, or import'));
  });

  test('imported with its role, which is allowed to read the queue', () => {
    const stack = newStack();
    const role = iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111122223333:role/orders');
    new QueueFedFunction(stack, 'Orders', { handler: lambda.Function.fromFunctionAttributes(stack, 'Handler', { functionArn: FUNCTION_ARN, role }), handlerTimeout });
    expect(warningIds(stack)).toEqual([]);
    Template.fromStack(stack).hasResourceProperties(POLICY, { Roles: ['orders'], PolicyDocument: { Statement: [Match.objectLike({ Action: [...READ_ACTIONS].sort() })] } });
    expect(resourceOf(stack, MAPPING).DependsOn).toEqual([expect.stringMatching(/^RoleGrants/)]);
  });

  test('imported with a role that is not to be changed, which is left alone', () => {
    const stack = newStack();
    const role = iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111122223333:role/orders', { mutable: false });
    new QueueFedFunction(stack, 'Orders', { handler: lambda.Function.fromFunctionAttributes(stack, 'Handler', { functionArn: FUNCTION_ARN, role }), handlerTimeout });
    Template.fromStack(stack).resourceCountIs(POLICY, 0);
    Template.fromStack(stack).resourceCountIs(MAPPING, 1);
    expect(resourceOf(stack, MAPPING)).not.toHaveProperty('DependsOn');
    expect(warningIds(stack)).toEqual(['roleNotChanged']);
  });

  test('of a role that was made beforehand (Role.customizeRoles)', () => {
    const stack = newStack();
    iam.Role.customizeRoles(stack, { usePrecreatedRoles: { 'Stack/Handler/ServiceRole': 'orders-role' } });
    new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack) });
    Template.fromStack(stack).resourceCountIs(POLICY, 0);
    Template.fromStack(stack).resourceCountIs(MAPPING, 1);
  });
});

describe('permissions', () => {
  const statementsOf = (stack: Stack, idPrefix: string) => resourceOf(stack, POLICY, idPrefix).Properties.PolicyDocument.Statement;
  const MOVE = ['sqs:StartMessageMoveTask', 'sqs:ListMessageMoveTasks', 'sqs:CancelMessageMoveTask'];
  const SEND = ['sqs:SendMessage', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'];
  const USE_KEY = ['kms:Decrypt', 'kms:Encrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*'];
  const arnOf = (prefix: string) => ({ 'Fn::GetAtt': [expect.stringMatching(new RegExp(`^${prefix}[0-9A-F]{8}$`)), 'Arn'] });

  function withRole(grant: (orders: QueueFedFunction, role: iam.Role) => iam.Grant, withKey = false) {
    const stack = newStack();
    const role = new iam.Role(stack, 'Operator', { assumedBy: new iam.AccountRootPrincipal() });
    const orders = new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack), ...(withKey && { encryptionKey: new kms.Key(stack, 'Key') }) });
    expect(grant(orders, role).success).toBe(true);
    return statementsOf(stack, 'Operator');
  }

  test('to send', () => {
    expect(withRole((orders, role) => orders.grantSendMessages(role))).toEqual([
      { Action: SEND, Effect: 'Allow', Resource: arnOf('OrdersQueue') },
    ]);
  });

  test('to send, with a customer key', () => {
    expect(withRole((orders, role) => orders.grantSendMessages(role), true)).toEqual([
      { Action: SEND, Effect: 'Allow', Resource: arnOf('OrdersQueue') },
      { Action: USE_KEY, Effect: 'Allow', Resource: arnOf('Key') },
    ]);
  });

  test('to look at dead letters and redrive them', () => {
    expect(withRole((orders, role) => orders.grantRedrive(role))).toEqual([
      { Action: READ_ACTIONS, Effect: 'Allow', Resource: arnOf('OrdersDeadLetterQueue') },
      { Action: MOVE, Effect: 'Allow', Resource: arnOf('OrdersDeadLetterQueue') },
      { Action: SEND, Effect: 'Allow', Resource: arnOf('OrdersQueue') },
    ]);
  });

  test('to redrive, with a customer key', () => {
    expect(withRole((orders, role) => orders.grantRedrive(role), true)).toEqual([
      { Action: READ_ACTIONS, Effect: 'Allow', Resource: arnOf('OrdersDeadLetterQueue') },
      { Action: 'kms:Decrypt', Effect: 'Allow', Resource: arnOf('Key') },
      { Action: MOVE, Effect: 'Allow', Resource: arnOf('OrdersDeadLetterQueue') },
      { Action: SEND, Effect: 'Allow', Resource: arnOf('OrdersQueue') },
      { Action: USE_KEY, Effect: 'Allow', Resource: arnOf('Key') },
    ]);
  });

  test('a grant of redrive is one grant, whatever it takes', () => {
    const stack = newStack();
    const orders = new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack) });
    const role = new iam.Role(stack, 'Operator', { assumedBy: new iam.AccountRootPrincipal() });
    expect(orders.grantRedrive(role).principalStatements.map((statement) => statement.actions)).toEqual([READ_ACTIONS, MOVE, SEND]);
  });
});

describe('as IQueueFed', () => {
  test('it is one', () => {
    const stack = newStack();
    const orders: IQueueFed = new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack) });
    expect([orders.queue.node.id, orders.deadLetterQueue.node.id]).toEqual(['Queue', 'DeadLetterQueue']);
  });

  test('QueueFed.of makes one from any two queues', () => {
    const stack = newStack();
    const [queue, deadLetterQueue] = [new sqs.Queue(stack, 'Queue'), sqs.Queue.fromQueueArn(stack, 'Failed', 'arn:aws:sqs:eu-west-1:111122223333:failed')];
    expect(QueueFed.of(queue, deadLetterQueue)).toEqual({ queue, deadLetterQueue });
  });
});

describe('property injectors', () => {
  class Injector implements IPropertyInjector {
    public readonly constructUniqueId = QueueFedFunction.PROPERTY_INJECTION_ID;

    public inject(props: QueueFedFunctionProps, _context: InjectionContext): QueueFedFunctionProps {
      return { maxReceiveCount: 8, ...props };
    }
  }

  test('give an organisation its own defaults', () => {
    const stack = new Stack(new App({ propertyInjectors: [new Injector()] }), 'Stack');
    new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack) });
    expect(resourceOf(stack, QUEUE, 'OrdersQueue').Properties.RedrivePolicy.maxReceiveCount).toBe(8);
  });

  test('find the class by an id that does not change', () => {
    expect(QueueFedFunction.PROPERTY_INJECTION_ID).toBe('cdk-serverless-patterns.messaging.QueueFedFunction');
  });
});

test('it can be made in a tree that has no app', () => {
  const stack = new Stack(new RootConstruct(), 'Stack');
  expect(new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack) }).allAlarms).toHaveLength(6);
});

test('an unknown ARN with pseudo parameters is no reason to fail', () => {
  const stack = newStack();
  const deadLetterQueue = sqs.Queue.fromQueueArn(stack, 'Failed', `arn:${Aws.PARTITION}:sqs:${Aws.REGION}:${Aws.ACCOUNT_ID}:failed`);
  new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack), deadLetterQueue });
  expect(CfnResource.isCfnResource(deadLetterQueue.node.defaultChild)).toBe(false);
  expect(warningIds(stack)).toEqual(['deadLetterQueueUnchecked']);
});

describe('another event source on the queue', () => {
  const parts = () => {
    const stack = newStack();
    const handler = handlerIn(stack);
    const orders = new QueueFedFunction(stack, 'Orders', { handler });
    return { stack, handler, orders, synth: () => (stack.node.root as App).synth() };
  };
  const SAME = "event source 'Stack/Handler/SqsEventSource:StackOrdersQueue";

  test('for the same function is an error, as Lambda takes one', () => {
    const { handler, orders, synth } = parts();
    handler.addEventSource(new SqsEventSource(orders.queue));
    expect(synth).toThrow(SAME);
    expect(synth).toThrow('feeds the same function from queue \'Stack/Orders/Queue\' as \'Stack/Orders/EventSource/Resource\', and Lambda takes one event source of a queue for a function: remove one of them');
  });

  test('that was forgotten when the queue was adopted is an error, also with the queue by its ARN', () => {
    const stack = newStack();
    const handler = handlerIn(stack);
    const [live, failed] = ['live', 'failed'].map((name) => sqs.Queue.fromQueueArn(stack, name, `arn:aws:sqs:eu-west-1:111122223333:${name}`)) as [sqs.IQueue, sqs.IQueue];
    handler.addEventSource(new SqsEventSource(sqs.Queue.fromQueueArn(stack, 'again', 'arn:aws:sqs:eu-west-1:111122223333:live')));
    new QueueFedFunction(stack, 'Orders', { handler, queue: live, deadLetterQueue: failed });
    expect(() => (stack.node.root as App).synth()).toThrow('feeds the same function from queue \'Stack/live\'');
  });

  test('for another function is a warning, as messages go to either by chance', () => {
    const { stack, orders, synth } = parts();
    handlerIn(stack, {}, 'Other').addEventSource(new SqsEventSource(orders.queue));
    expect(synth).not.toThrow();
    expect(warningIds(stack)).toEqual(['queueReadByOthers']);
  });

  test.each([['orders', false], ['invoices', true]])('for imported functions is told by their names: %s (another: %s)', (name, another) => {
    const stack = newStack();
    const handler = lambda.Function.fromFunctionArn(stack, 'Imported', FUNCTION_ARN);
    const orders = new QueueFedFunction(stack, 'Orders', { handler, handlerTimeout });
    new lambda.CfnEventSourceMapping(stack, 'Theirs', { functionName: name, eventSourceArn: orders.queue.queueArn });
    const synth = () => (stack.node.root as App).synth();
    if (another) {
      expect(synth).not.toThrow();
      expect(warningIds(stack)).toContain('queueReadByOthers');
    } else {
      expect(synth).toThrow("event source 'Stack/Theirs' feeds the same function");
    }
  });

  test('of a pattern that was taken out again is none', () => {
    const { stack, handler, synth } = parts();
    stack.node.tryRemoveChild('Orders');
    new QueueFedFunction(stack, 'Invoices', { handler });
    expect(synth).not.toThrow();
  });

  test('on another queue is none', () => {
    const { stack, handler, synth } = parts();
    handler.addEventSource(new SqsEventSource(new sqs.Queue(stack, 'Mine', { visibilityTimeout: Duration.minutes(1) }), { maxConcurrency: 2 }));
    expect(synth).not.toThrow();
    expect(warningIds(stack)).toEqual([]);
  });
});
