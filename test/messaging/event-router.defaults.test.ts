import { Duration, NestedStack, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { attribute, handlerIn, newStack, ref, resourceOf, resourcesOf } from './fixtures';
import type { EventRouterConsumerOptions, EventRouterProps } from '../../src';
import { AsyncFunction, EventRouter, QueueFed, QueueFedFunction } from '../../src';
import { newConsumer } from '../patterns/inputs';

const BUS = 'AWS::Events::EventBus';
const RULE = 'AWS::Events::Rule';
const ARCHIVE = 'AWS::Events::Archive';
const QUEUE = 'AWS::SQS::Queue';
const KEY = 'AWS::KMS::Key';

const ORDERS = { eventPattern: { source: ['shop'], detailType: ['OrderPlaced'] } };
const keyIn = (stack: Stack) => new kms.Key(stack, 'Key');

/** A stack with a router, 'Router', and a consumer of it, 'Mail', whose queue-fed function is 'Mailer'. */
function make(props: EventRouterProps | ((stack: Stack) => EventRouterProps) = {}, options: EventRouterConsumerOptions = ORDERS) {
  const stack = newStack();
  const router = new EventRouter(stack, 'Router', typeof props === 'function' ? props(stack) : props);
  const mailer = new QueueFedFunction(stack, 'Mailer', { handler: handlerIn(stack) });
  const mail = router.addConsumer('Mail', mailer, options);
  return { stack, router, mailer, mail };
}

function statementsOf(stack: Stack, type: string, idPrefix: string, document = 'PolicyDocument'): Record<string, any>[] {
  return resourceOf(stack, type, idPrefix).Properties[document].Statement;
}

const namesOf = (stacks: readonly Stack[]) => stacks.map(({ stackName }) => stackName);

const onCustomerKey = (stack: Stack) => ({ encryptionKey: keyIn(stack) });

describe('the bus', () => {
  test('has nothing but a name, by the stack and the place there', () => {
    const { stack, router } = make();
    expect(resourceOf(stack, BUS).Properties).toEqual({ Name: expect.stringMatching(/^Stack-Router-Bus-[0-9a-f]{8}$/) });
    expect([router.deadLetterQueue, router.alarms]).toEqual([undefined, {}]);
  });

  test('of a nested stack has the name of the stack as it is deployed', () => {
    const nested = new NestedStack(newStack(), 'Nested');
    new EventRouter(nested, 'Router');
    expect(resourceOf(nested, BUS).Properties.Name).toEqual({ 'Fn::Join': ['', [{ Ref: 'AWS::StackName' }, expect.stringMatching(/^-Router-Bus-[0-9a-f]{8}$/)]] });
  });

  test('with a long path has the end of it in its name, so that a long name of the stack fits too', () => {
    const stack = newStack();
    new EventRouter(stack, 'R'.repeat(150));
    expect(resourceOf(stack, BUS).Properties.Name).toMatch(/^Stack-R{96}-Bus-[0-9a-f]{8}$/);
  });

  test('and its archive go with the stack, unless removalPolicy says otherwise', () => {
    const policies = (stack: Stack) => [BUS, ARCHIVE].map((type) => resourceOf(stack, type).DeletionPolicy);
    expect(policies(make().stack)).toEqual([undefined, undefined]);
    expect(policies(make({ removalPolicy: RemovalPolicy.RETAIN }).stack)).toEqual(['Retain', 'Retain']);
  });

  describe('with a customer-managed key', () => {
    test('is encrypted with it, and sets aside what cannot be encrypted where the key is not needed', () => {
      const { stack, router } = make(onCustomerKey);
      Template.fromStack(stack).hasResourceProperties(BUS, {
        KmsKeyIdentifier: attribute('Key'),
        DeadLetterConfig: { Arn: attribute('RouterDeadLetterQueue') },
      });
      expect(resourceOf(stack, QUEUE, 'RouterDeadLetterQueue').Properties).toEqual({ MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true });
      expect(router.deadLetterQueue).toBeDefined();
    });

    test('lets EventBridge send to that queue for this bus', () => {
      expect(statementsOf(make(onCustomerKey).stack, 'AWS::SQS::QueuePolicy', 'RouterDeadLetterQueuePolicy')[1]).toEqual({
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: { 'Fn::GetAtt': [expect.stringMatching(/^RouterDeadLetterQueue/), 'Arn'] },
        Condition: { ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [expect.stringMatching(/^RouterBus/), 'Arn'] } } },
      });
    });

    test('lets EventBridge describe the key without an encryption context, and use it for this bus and its archive', () => {
      const bus = JSON.stringify({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':events:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':event-bus/NAME']] });
      const { stack } = make(onCustomerKey);
      const name = resourceOf(stack, BUS).Properties.Name as string;
      const own = statementsOf(stack, KEY, 'Key', 'KeyPolicy').filter(({ Principal }) => Principal.Service === 'events.amazonaws.com');
      expect(own).toEqual(expect.arrayContaining([
        { Action: 'kms:DescribeKey', Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Resource: '*' },
        {
          Action: ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:ReEncrypt*'],
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Resource: '*',
          Condition: { StringEquals: { 'kms:EncryptionContext:aws:events:event-bus:arn': JSON.parse(bus.replace('NAME', name)) } },
        },
      ]));
      // A reference would make the bus and its key wait for each other.
      expect(JSON.stringify(own)).not.toContain('RouterBus');
    });

    test('has its archive and the dead-letter queues of consumers encrypted with it', () => {
      const { stack } = make(onCustomerKey);
      Template.fromStack(stack).hasResourceProperties(ARCHIVE, { KmsKeyIdentifier: attribute('Key') });
      Template.fromStack(stack).hasResourceProperties(QUEUE, { KmsMasterKeyId: attribute('Key'), MessageRetentionPeriod: 1_209_600 });
      expect(statementsOf(stack, KEY, 'Key', 'KeyPolicy')).toContainEqual({
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Resource: '*',
      });
    });

    test('has two alarms', () => {
      const { router } = make(onCustomerKey);
      expect(Object.keys(router.alarms)).toEqual(['deadLetters', 'moreDeadLetters']);
      expect(router.allAlarms).toHaveLength(6);
    });

    test('that is only imported says what its policy needs', () => {
      const { stack } = make((scope) => ({ encryptionKey: kms.Key.fromKeyArn(scope, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/1') }));
      const warnings = JSON.stringify(stack.node.findChild('Router').node.metadata);
      expect(warnings).toContain('eventBusKeyNotGranted');
      expect(warnings).toContain('kms:DescribeKey');
      expect(warnings).toContain('kms:EncryptionContext:aws:events:event-bus:arn');
    });
  });
});

describe('the archive', () => {
  test('keeps every event for 14 days', () => {
    expect(resourceOf(make().stack, ARCHIVE).Properties).toEqual({ SourceArn: { 'Fn::GetAtt': [expect.stringMatching(/^RouterBus/), 'Arn'] }, RetentionDays: 14 });
  });

  test('keeps them for archiveRetention', () => {
    expect(resourceOf(make({ archiveRetention: Duration.days(90) }).stack, ARCHIVE).Properties.RetentionDays).toBe(90);
  });

  test('is not made with archived: false', () => {
    const { stack, router } = make({ archived: false });
    expect([resourcesOf(stack, ARCHIVE), router.archive]).toEqual([{}, undefined]);
  });

  test('of an adopted bus is made where it is stated', () => {
    const archives = (props: EventRouterProps) => Object.keys(resourcesOf(make((stack) => ({ eventBus: events.EventBus.fromEventBusName(stack, 'Bus', 'live'), ...props })).stack, ARCHIVE)).length;
    expect([{}, { archived: true }, { archiveRetention: Duration.days(3) }].map(archives)).toEqual([0, 1, 1]);
  });

  test('of an adopted bus is encrypted with the key', () => {
    const { stack } = make((scope) => ({ eventBus: events.EventBus.fromEventBusName(scope, 'Bus', 'live'), archived: true, encryptionKey: keyIn(scope) }));
    Template.fromStack(stack).hasResourceProperties(ARCHIVE, { KmsKeyIdentifier: attribute('Key') });
    expect(JSON.stringify(statementsOf(stack, KEY, 'Key', 'KeyPolicy'))).toContain(':event-bus/live');
    expect(resourcesOf(stack, BUS)).toEqual({});
  });

  test('and nothing else needs the key of an adopted bus', () => {
    const { stack } = make((scope) => ({ eventBus: events.EventBus.fromEventBusName(scope, 'Bus', 'live'), encryptionKey: keyIn(scope) }));
    expect(JSON.stringify(statementsOf(stack, KEY, 'Key', 'KeyPolicy'))).not.toContain('kms:DescribeKey');
  });
});

describe('a consumer', () => {
  test('has a rule of the bus with one target, which is tried for as long as EventBridge tries, and a dead-letter queue of its own', () => {
    Template.fromStack(make().stack).hasResourceProperties(RULE, {
      EventBusName: ref('RouterBus'),
      EventPattern: { 'source': ['shop'], 'detail-type': ['OrderPlaced'] },
      State: 'ENABLED',
      Targets: [{
        Id: 'Target0',
        Arn: attribute('MailerQueue'),
        DeadLetterConfig: { Arn: attribute('RouterMailDeadLetterQueue') },
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      }],
    });
  });

  test('has a dead-letter queue that keeps events for 14 days, encrypted, and goes with the stack but not by a replacement', () => {
    expect(resourceOf(make().stack, QUEUE, 'RouterMailDeadLetterQueue')).toMatchObject({
      Properties: { MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true }, DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Retain',
    });
    expect(resourceOf(make({ removalPolicy: RemovalPolicy.RETAIN }).stack, QUEUE, 'RouterMailDeadLetterQueue').DeletionPolicy).toBe('Retain');
  });

  test.each(['MailerQueue', 'RouterMailDeadLetterQueue'])('lets its rule, and no other, into %s', (queue) => {
    const sends = statementsOf(make().stack, 'AWS::SQS::QueuePolicy', `${queue}Policy`).filter(({ Effect }) => Effect === 'Allow');
    expect(sends).toEqual([expect.objectContaining({
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Condition: { ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [expect.stringMatching(/^RouterMailRule/), 'Arn'] } } },
    })]);
  });

  test('with a FIFO queue has one message group, by its id or as stated', () => {
    const groupOf = (options: Partial<EventRouterConsumerOptions>) => {
      const stack = newStack();
      const router = new EventRouter(stack, 'Router');
      router.addConsumer('Mail', newConsumer(stack, 'Ordered', { fifo: true, contentBasedDeduplication: true }), { ...ORDERS, ...options });
      return resourceOf(stack, RULE).Properties.Targets[0].SqsParameters;
    };
    expect([groupOf({}), groupOf({ messageGroupId: 'all' })]).toEqual([{ MessageGroupId: 'Mail' }, { MessageGroupId: 'all' }]);
  });

  test('in another stack has its rule there, which comes to depend on the router', () => {
    const stack = newStack();
    const there = new Stack(stack.node.root as Stack, 'There');
    const router = new EventRouter(stack, 'Router');
    const { rule } = router.addConsumer('Mail', newConsumer(there, 'Mail'), ORDERS);
    expect(Stack.of(rule).stackName).toBe('There');
    Template.fromStack(there);
    expect([there, stack].map(({ dependencies }) => namesOf(dependencies))).toEqual([['Stack'], []]);
  });

  test('of the default bus has a rule that names no bus', () => {
    const { stack } = make((scope) => ({ eventBus: events.EventBus.fromEventBusName(scope, 'Bus', 'default') }));
    expect(resourceOf(stack, RULE).Properties.EventBusName).toBeUndefined();
  });
});

describe('a function', () => {
  function withFunction(handlerOf: (stack: Stack) => lambda.IFunction = handlerIn, otherStack = false) {
    const stack = newStack();
    const router = new EventRouter(stack, 'Router');
    const there = otherStack ? new Stack(stack.node.root as Stack, 'There') : stack;
    const thumbnails = new AsyncFunction(there, 'Thumbnails', { handler: handlerOf(there) });
    return { stack, there, made: router.addFunction('Thumbnails', thumbnails, ORDERS) };
  }

  test('is the target of its rule, with a dead-letter queue for what cannot be handed over', () => {
    Template.fromStack(withFunction().stack).hasResourceProperties(RULE, {
      EventBusName: ref('RouterBus'),
      Targets: [{
        Arn: attribute('Handler'),
        DeadLetterConfig: { Arn: attribute('RouterThumbnailsDeadLetterQueue') },
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      }],
    });
  });

  test('may be invoked by this rule', () => {
    Template.fromStack(withFunction().stack).hasResourceProperties('AWS::Lambda::Permission', {
      Action: 'lambda:InvokeFunction', FunctionName: attribute('Handler'), Principal: 'events.amazonaws.com', SourceArn: attribute('RouterThumbnailsRule'),
    });
    Template.fromStack(withFunction().stack).hasResourceProperties('AWS::SQS::QueuePolicy', {
      Queues: [ref('RouterThumbnailsDeadLetterQueue')],
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Principal: { Service: 'events.amazonaws.com' } })]) },
    });
  });

  test('is invoked by its alias, for which its settings are', () => {
    const { stack } = withFunction((scope) => new lambda.Alias(scope, 'Live', { aliasName: 'live', version: handlerIn(scope).currentVersion }));
    const live = ref('Live');
    Template.fromStack(stack).hasResourceProperties(RULE, { Targets: [Match.objectLike({ Arn: live })] });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Permission', { FunctionName: live });
  });

  test('in another stack has its rule there', () => {
    const { stack, there, made } = withFunction(handlerIn, true);
    expect(Stack.of(made.rule).stackName).toBe('There');
    Template.fromStack(there);
    expect([there, stack].map(({ dependencies }) => namesOf(dependencies))).toEqual([['Stack'], []]);
  });
});

describe('who sends', () => {
  test('a role may put events on this bus', () => {
    const { stack, router } = make();
    const role = new iam.Role(stack, 'Shop', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
    router.grantPutEvents(role);
    expect(statementsOf(stack, 'AWS::IAM::Policy', 'ShopDefaultPolicy')).toEqual([
      { Action: 'events:PutEvents', Effect: 'Allow', Resource: { 'Fn::GetAtt': [expect.stringMatching(/^RouterBus/), 'Arn'] } },
    ]);
  });

  test('another account may, with events of some sources', () => {
    const { stack, router } = make();
    router.allowAccount('Billing', '111122223333', { sources: ['billing', 'invoices'] });
    const Sid = expect.stringMatching(/^[\w-]{1,64}$/);
    expect(resourceOf(stack, 'AWS::Events::EventBusPolicy').Properties).toEqual({
      EventBusName: { Ref: expect.stringMatching(/^RouterBus/) },
      StatementId: Sid,
      Statement: {
        Sid,
        Effect: 'Allow',
        Principal: { AWS: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::111122223333:root']] } },
        Action: 'events:PutEvents',
        Resource: { 'Fn::GetAtt': [expect.stringMatching(/^RouterBus/), 'Arn'] },
        Condition: { StringEquals: { 'events:source': ['billing', 'invoices'] } },
      },
    });
  });

  test('another account may, with any event', () => {
    const { stack, router } = make();
    router.allowAccount('Billing', '111122223333');
    expect(resourceOf(stack, 'AWS::Events::EventBusPolicy').Properties.Statement.Condition).toBeUndefined();
  });

  test('an organization may, and nobody outside it', () => {
    const { stack, router } = make();
    router.allowOrganization('Group', 'o-a1b2c3d4e5', { sources: ['billing'] });
    expect(resourceOf(stack, 'AWS::Events::EventBusPolicy').Properties.Statement).toMatchObject({
      Principal: '*', Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5', 'events:source': ['billing'] } },
    });
  });

  test('the id of a statement has the end of a long path', () => {
    const { router } = make();
    expect(router.allowAccount('B'.repeat(80), '111122223333').statementId).toMatch(/^B{50}-[0-9a-f]{8}$/);
  });

  test('statements of several stacks on one adopted bus have different ids', () => {
    const root = newStack().node.root as Stack;
    const ids = ['One', 'Two'].map((name) => {
      const stack = new Stack(root, name);
      const router = new EventRouter(stack, 'Router.1', { eventBus: events.EventBus.fromEventBusName(stack, 'Bus', 'live') });
      return router.allowAccount('Billing', '111122223333').statementId;
    });
    expect(new Set(ids).size).toBe(2);
    expect(ids.every((id) => /^[\w-]{1,64}$/.test(id))).toBe(true);
  });
});

test('any other consumer is one', () => {
  const stack = newStack();
  const { queue, deadLetterQueue } = newConsumer(stack, 'Other');
  expect(new EventRouter(stack, 'Router').addConsumer('Other', QueueFed.of(queue, deadLetterQueue), ORDERS).rule).toBeDefined();
});
