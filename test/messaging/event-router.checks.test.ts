import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { handlerIn } from './fixtures';
import type { EventRouterConsumerOptions, EventRouterProps } from '../../src';
import { AsyncFunction, EventRouter, QueueFed } from '../../src';
import { newConsumer } from '../patterns/inputs';

const HERE = { account: '111122223333', region: 'eu-west-1' };
const newStack = () => new Stack(new App(), 'Stack', { env: HERE });
const ORDERS = { eventPattern: { source: ['shop'] } };

const made = (props: EventRouterProps | ((stack: Stack) => EventRouterProps)) => () => {
  const stack = newStack();
  return new EventRouter(stack, 'Router', typeof props === 'function' ? props(stack) : props);
};

function warningsOf(stack: Stack): string[] {
  Template.fromStack(stack);
  return Annotations.fromStack(stack).findWarning('*', Match.anyValue()).map(({ entry }) => /ack: cdk-serverless-patterns:(\w+)/.exec(String(entry.data))?.[1] ?? '').filter((id) => id !== 'alarmsNotifyNobody');
}

describe('the router', () => {
  const imported = (arn: string) => (stack: Stack) => ({ eventBus: events.EventBus.fromEventBusArn(stack, 'Bus', arn) });

  test.each<[string, EventRouterProps | ((stack: Stack) => EventRouterProps), string]>([
    ['an archive that keeps nothing', { archived: false, archiveRetention: Duration.days(3) }, 'archiveRetention is set, but archived is false, so nothing is kept: leave one of them out'],
    ['alarms on a queue that a bus without a key does not have', { alarms: { deadLetters: {} } }, 'alarms.deadLetters is set, but it is for the dead-letter queue of the bus, which only a bus with an encryptionKey has: leave it out'],
    [
      'alarms on a queue that an adopted bus does not have',
      (stack) => ({ eventBus: events.EventBus.fromEventBusName(stack, 'Bus', 'live'), encryptionKey: new kms.Key(stack, 'Key'), alarms: { deadLetters: {}, moreDeadLetters: {} } }),
      'alarms.deadLetters and alarms.moreDeadLetters is set, but it is for the dead-letter queue of the bus, which is not made for an adopted bus: leave it out, and tune those of consumers in addConsumer and addFunction',
    ],
    ['snapshots', { removalPolicy: RemovalPolicy.SNAPSHOT }, 'removalPolicy is snapshot'],
    ['an AWS-managed key', (stack) => ({ encryptionKey: kms.Alias.fromAliasName(stack, 'Key', 'alias/aws/sqs') }), 'leave encryptionKey out for a key that AWS owns'],
    [
      'a bus of another account', imported('arn:aws:events:eu-west-1:999999999999:event-bus/live'),
      'bus \'Stack/Bus\' is in account 999999999999, but this stack is in 111122223333, and a rule stands where its bus is: make this in a stack of that account, or a bus here',
    ],
    ['a bus of another region', imported('arn:aws:events:us-east-1:111122223333:event-bus/live'), 'is in region us-east-1, but this stack is in eu-west-1'],
    ['a threshold of nothing for what is unrouted', { alarms: { unrouted: { threshold: -1 } } }, 'alarms.unrouted.threshold is -1'],
    ['a threshold of nothing', (stack) => ({ encryptionKey: new kms.Key(stack, 'Key'), alarms: { deadLetters: { threshold: -1 } } }), 'alarms.deadLetters.threshold is -1'],
  ])('refuses %s', (_, props, text) => {
    expect(made(props)).toThrow(text);
  });

  test('says all that is wrong at once', () => {
    expect(made({ archived: false, archiveRetention: Duration.days(0.5), alarms: { moreDeadLetters: {} }, removalPolicy: RemovalPolicy.SNAPSHOT })).toThrow(/(\n {2}- [^\n]+){4}$/);
  });

  test('takes a bus of this account and region', () => {
    expect(made(imported('arn:aws:events:eu-west-1:111122223333:event-bus/live'))).not.toThrow();
  });
});

describe('a consumer', () => {
  function add(options: EventRouterConsumerOptions, queue: sqs.QueueProps | string = {}, props: (stack: Stack) => EventRouterProps = () => ({})) {
    const stack = newStack();
    const router = new EventRouter(stack, 'Router', props(stack));
    const consumer = typeof queue === 'string'
      ? QueueFed.of(sqs.Queue.fromQueueArn(stack, 'Queue', queue), sqs.Queue.fromQueueArn(stack, 'DeadLetters', `${queue}-dead`))
      : newConsumer(stack, 'Mail', queue);
    return { stack, made: () => router.addConsumer('Mail', consumer, options) };
  }

  test.each<[string, EventRouterConsumerOptions, sqs.QueueProps | string, string]>([
    ['with a pattern of nothing', { eventPattern: {} }, {}, 'eventPattern is empty, and EventBridge takes no such rule: state which events are meant; for all of them { source: [{ prefix: \'\' }] }'],
    ['with a list of nothing', { eventPattern: { source: [], detail: { kind: [] } } }, {}, 'eventPattern has no value at source, detail.kind'],
    ['with a FIFO queue that cannot tell duplicates', ORDERS, { fifo: true }, 'set contentBasedDeduplication: true on the queue'],
    ['with a message group for a standard queue', { ...ORDERS, messageGroupId: 'all' }, {}, 'messageGroupId is \'all\', but queue \'Stack/MailQueue\' is a standard queue'],
    ['with a queue on the AWS-managed key', ORDERS, { encryption: sqs.QueueEncryption.KMS_MANAGED }, 'alias/aws/sqs'],
    ['with a queue in another region', ORDERS, 'arn:aws:sqs:us-east-1:111122223333:mail', 'is in region us-east-1, but the rule that delivers to it is in eu-west-1'],
    ['with a queue in another account', ORDERS, 'arn:aws:sqs:eu-west-1:999999999999:mail', 'by a role, which this target does not have'],
    ['with a threshold of nothing', { ...ORDERS, alarms: { failedInvocations: { threshold: -1 } } }, {}, 'alarms.failedInvocations.threshold is -1'],
  ])('%s is refused', (_, options, queue, text) => {
    expect(add(options, queue).made).toThrow(text);
  });

  test('all that is wrong is said at once', () => {
    expect(add({ eventPattern: {}, messageGroupId: 'all', alarms: { deadLetters: { threshold: -1 } } }).made).toThrow(/(\n {2}- [^\n]+){3}$/);
  });

  test('with a pattern of more characters than the quota is warned of', () => {
    const kind = Array.from({ length: 300 }, (_, index) => `kind-${index}`);
    const { stack, made: make } = add({ eventPattern: { detail: { kind } } });
    make();
    expect(warningsOf(stack)).toEqual(['eventPatternTooLong']);
  });

  test('with a pattern of many tokens is not', () => {
    const { stack, made: make } = add({ eventPattern: { detail: { account: Array.from({ length: 120 }, () => new Stack(new App(), 'Other').account) } } });
    make();
    expect(warningsOf(stack)).toEqual([]);
  });

  test('with a queue that is made elsewhere is told what the policy of the queue must be', () => {
    const { stack, made: make } = add(ORDERS, 'arn:aws:sqs:eu-west-1:111122223333:mail');
    make();
    expect(warningsOf(stack)).toEqual(['queuePolicyNotChanged']);
  });

  describe('of events of services of AWS', () => {
    const OF_S3 = { eventPattern: { source: ['aws.s3'] } };

    test('is warned of on a bus that nobody sends them to', () => {
      const { stack, made: make } = add(OF_S3);
      make();
      expect(warningsOf(stack)).toEqual(['awsEventsOnCustomBus']);
    });

    test('is not on one that a rule sends them to, wherever that is added', () => {
      const { stack, made: make } = add(OF_S3);
      make();
      const router = stack.node.findChild('Router') as EventRouter;
      new events.Rule(stack, 'Forward', { eventPattern: { source: ['aws.s3'] }, targets: [new targets.EventBus(router.eventBus)] });
      expect(warningsOf(stack)).toEqual([]);
    });

    test.each(['default', 'live'])('is not on the bus "%s" of which nobody knows', (name) => {
      const { stack, made: make } = add(OF_S3, {}, (scope) => ({ eventBus: events.EventBus.fromEventBusName(scope, 'Bus', name) }));
      make();
      expect(warningsOf(stack)).toEqual([]);
    });
  });
});

describe('a function', () => {
  const add = (arn: string | undefined, options = ORDERS) => () => {
    const stack = newStack();
    const handler = arn === undefined ? handlerIn(stack) : lambda.Function.fromFunctionAttributes(stack, 'Handler', { functionArn: arn, sameEnvironment: true });
    const router = new EventRouter(stack, 'Router');
    const there = Object.create(new AsyncFunction(stack, 'Thumbnails', { handler: handlerIn(stack, {}, 'Other') }), { handler: { value: handler } }) as AsyncFunction;
    return router.addFunction('Thumbnails', there, options);
  };

  test.each([
    ['in another account', 'arn:aws:lambda:eu-west-1:999999999999:function:f', 'function \'Stack/Handler\' is in account 999999999999, but the rule that hands events over to it is in 111122223333'],
    ['in another region', 'arn:aws:lambda:us-east-1:111122223333:function:f', 'is in region us-east-1'],
  ])('%s is refused', (_, arn, text) => {
    expect(add(arn)).toThrow(text);
  });

  test('with a pattern of nothing is refused', () => {
    expect(add(undefined, { eventPattern: {} } as typeof ORDERS)).toThrow('eventPattern is empty');
  });

  test('in this account and region is taken', () => {
    expect(add('arn:aws:lambda:eu-west-1:111122223333:function:f')).not.toThrow();
  });
});

describe('a sender', () => {
  const router = () => made({})();

  test.each<[string, (of: EventRouter) => unknown, string]>([
    ['an account that is none', (of) => of.allowAccount('A', '1234'), 'EventRouter sender \'Stack/Router/A\' cannot be made:\n  - accountId is \'1234\', but must be 12 digits'],
    ['this account', (of) => of.allowAccount('A', HERE.account), 'which is the account of this stack, where allowAccount is not needed: allow roles and functions with grantPutEvents'],
    ['an organization that is none', (of) => of.allowOrganization('A', 'r-a1b2'), 'organizationId is \'r-a1b2\', but must be o- and 10 to 32 small letters and digits'],
    ['events of no source', (of) => of.allowAccount('A', '999999999999', { sources: [] }), 'sources is empty, so no event could be sent'],
  ])('%s is refused', (_, allow, text) => {
    expect(() => allow(router())).toThrow(text);
  });

  test('that is refused leaves the router in its place', () => {
    const of = router();
    expect(() => of.allowAccount('A', '1234')).toThrow();
    expect(of.node.scope?.node.tryFindChild('Router')).toBe(of);
  });

  test('that is given by a token is taken', () => {
    const of = router();
    expect(() => of.allowAccount('A', new Stack(new App(), 'Other').account)).not.toThrow();
  });
});

test('a pattern for what no consumer takes that is longer than the quota is warned of', () => {
  const stack = newStack();
  const router = new EventRouter(stack, 'Router', { alarms: { unrouted: {} } });
  const detailType = Array.from({ length: 70 }, (_, number) => `Type${number}`);
  ['one', 'two', 'three'].forEach((source) => router.addConsumer(source, newConsumer(stack, source), { eventPattern: { source: [source], detailType } }));
  expect(warningsOf(stack)).toEqual(['eventPatternTooLong']);
  const text = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('eventPatternTooLong')).map(({ entry }) => String(entry.data));
  expect(text).toEqual([expect.stringMatching(/^the pattern for what no consumer takes has at least \d+ characters, but the quota is 2048/)]);
});
