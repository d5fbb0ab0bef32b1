import { App, Duration, SecretValue, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { handlerIn, newStack, resourceOf, resourcesOf } from './fixtures';
import type { EventRouterTargetOptions } from '../../src';
import { Alarms, AlarmSeverity, EventRouter } from '../../src';
import { problemsAtSynthesis } from '../late-changes';

const RULE = 'AWS::Events::Rule';
const ALARM = 'AWS::CloudWatch::Alarm';
const RUNBOOK = 'https://github.com/cdkserverlesspatterns/cdk-serverless-patterns/blob/v0.0.0/docs/runbooks/event-router.md';
const ORDERS = { source: ['shop'], detailType: ['OrderPlaced'] };

/** A router with a target, 'Other'. */
function make(target: (stack: Stack, router: EventRouter) => events.IRuleTarget, options: Partial<EventRouterTargetOptions> = {}) {
  const stack = newStack();
  const router = new EventRouter(stack, 'Router', { encryptionKey: new kms.Key(stack, 'Key') });
  const other = () => router.addTarget('Other', target(stack, router), { eventPattern: ORDERS, ...options });
  return { stack, router, other };
}

const topic = (stack: Stack) => new targets.SnsTopic(new sns.Topic(stack, 'Topic'), { message: events.RuleTargetInput.fromEventPath('$.detail') });

function partner(stack: Stack): events.ApiDestination {
  const connection = new events.Connection(stack, 'Connection', { authorization: events.Authorization.apiKey('x-api-key', SecretValue.secretsManager('partner')) });
  return new events.ApiDestination(stack, 'Partner', { connection, endpoint: 'https://example.com/orders', rateLimitPerSecond: 10 });
}

describe('another target', () => {
  test('is tried for as long as EventBridge tries, with a dead-letter queue of its own, and keeps what it says of itself', () => {
    const { stack, other } = make(topic);
    const { rule, deadLetterQueue } = other();
    const { Properties } = resourceOf(stack, RULE);
    expect(Properties.EventPattern).toEqual({ 'source': ['shop'], 'detail-type': ['OrderPlaced'] });
    expect(Properties.Targets).toEqual([{
      Id: 'Target0',
      Arn: { Ref: expect.stringMatching(/^Topic/) },
      InputPath: '$.detail',
      DeadLetterConfig: { Arn: stack.resolve(deadLetterQueue.queueArn) as unknown },
      RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
    }]);
    expect(rule.node.path).toBe('Stack/Router/Other/Rule');
  });

  test('has a dead-letter queue that lets this rule in, with the key of the router', () => {
    const { stack, other } = make(topic);
    const { deadLetterQueue, rule } = other();
    const queue = stack.getLogicalId(deadLetterQueue.node.defaultChild as sqs.CfnQueue);
    expect(resourcesOf(stack, 'AWS::SQS::Queue')[queue]?.Properties).toMatchObject({ MessageRetentionPeriod: 1_209_600, KmsMasterKeyId: { 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] } });
    const policies = Object.values(resourcesOf(stack, 'AWS::SQS::QueuePolicy')).filter(({ Properties }) => JSON.stringify(Properties.Queues).includes(queue));
    expect(policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement as unknown[])).toContainEqual(expect.objectContaining({
      Action: 'sqs:SendMessage',
      Principal: { Service: 'events.amazonaws.com' },
      Condition: { ArnEquals: { 'aws:SourceArn': stack.resolve(rule.ruleArn) as unknown } },
    }));
  });

  test('may be an API destination, whose role may invoke it, with a limit for calls and a secret', () => {
    const { stack, other } = make((scope) => new targets.ApiDestination(partner(scope)));
    other();
    const [target] = resourceOf(stack, RULE).Properties.Targets as Record<string, unknown>[];
    expect(target).toMatchObject({ Arn: { 'Fn::GetAtt': [expect.stringMatching(/^Partner/), 'Arn'] }, DeadLetterConfig: {}, RetryPolicy: { MaximumRetryAttempts: 185 } });
    expect(JSON.stringify(resourcesOf(stack, 'AWS::IAM::Policy'))).toContain('events:InvokeApiDestination');
    Template.fromStack(stack).hasResourceProperties('AWS::Events::ApiDestination', { InvocationRateLimitPerSecond: 10 });
  });

  test('has its four alarms, which speak of a target', () => {
    const { stack, router, other } = make(topic, { alarms: { failedInvocations: { threshold: 3 } } });
    const { alarms } = other();
    expect(Object.keys(alarms)).toEqual(['deadLetters', 'moreDeadLetters', 'failedInvocations', 'failedToSendToDlq']);
    expect(router.allAlarms).toEqual([...Object.values(router.alarms), ...Object.values(alarms)]);
    const descriptionOf = (id: string) => resourceOf(stack, ALARM, id).Properties.AlarmDescription as unknown;
    expect(resourceOf(stack, ALARM, 'RouterOtherFailedInvocationsAlarm').Properties.Threshold).toBe(3);
    expect(descriptionOf('RouterOtherDeadLettersAlarm')).toBe(
      'Events for Stack/Router/Other could not be delivered to their target and are in a dead-letter queue. First: read the attribute ERROR_CODE of one of them; '
      + `replay the archive of that time to the rule, or send them to the target by hand, only after the repair. Runbook: ${RUNBOOK}#dead-letters`,
    );
    expect(descriptionOf('RouterOtherFailedInvocationsAlarm')).toBe(
      'Events for Stack/Router/Other could not be delivered to their target. First: see whether the target exists, answers, and lets the rule or its role in; '
      + `what failed is in the dead-letter queue of the rule. Runbook: ${RUNBOOK}#failed-invocations`,
    );
    expect(descriptionOf('RouterOtherFailedToSendToDlqAlarm')).toContain('and replay the archive of that time to the rule. Runbook');
    const heard: string[] = [];
    Alarms.of(stack).notifyOf(AlarmSeverity.CRITICAL, { bind: (_, alarm) => { heard.push(alarm.node.path); return { alarmActionArn: 'arn:aws:sns:eu-west-1:111122223333:call' }; } });
    resourcesOf(stack, ALARM);
    expect(heard).toHaveLength(6);
  });

  test('counts as a consumer of its events', () => {
    const stack = newStack();
    const router = new EventRouter(stack, 'Router', { alarms: { unrouted: {} } });
    router.addTarget('Other', topic(stack), { eventPattern: { source: ['shop'] } });
    expect(resourceOf(stack, RULE, 'RouterUnroutedRule').Properties.EventPattern).toEqual({ source: [{ 'anything-but': ['shop'] }] });
  });

  test('may be in another stack, on which that of the router then depends', () => {
    const app = new App();
    const [there, stack] = [new Stack(app, 'There'), new Stack(app, 'Stack')];
    new EventRouter(stack, 'Router').addTarget('Other', new targets.SnsTopic(new sns.Topic(there, 'Topic')), { eventPattern: ORDERS });
    app.synth();
    expect(there.dependencies).toEqual([]);
  });
});

const QUEUE_TEXT = 'target is a queue: give its consumer to addConsumer, which lets no other rule into it and redrives to it';
const FUNCTION_TEXT = 'target is a function: give it to addFunction as an AsyncFunction, or what it fails on is lost, because the delivery ends when Lambda has the event';

describe('is refused', () => {
  test.each<[string, (stack: Stack, router: EventRouter) => events.IRuleTarget, string[]]>([
    ['a queue', (stack) => new targets.SqsQueue(new sqs.Queue(stack, 'Queue')), [QUEUE_TEXT]],
    ['an imported queue', (stack) => new targets.SqsQueue(sqs.Queue.fromQueueArn(stack, 'Queue', 'arn:aws:sqs:eu-west-1:111122223333:live')), [QUEUE_TEXT]],
    ['a function', (stack) => new targets.LambdaFunction(handlerIn(stack)), [FUNCTION_TEXT]],
    ['an alias', (stack) => new targets.LambdaFunction(handlerIn(stack).addAlias('live')), [FUNCTION_TEXT]],
    ['an imported function', (stack) => new targets.LambdaFunction(lambda.Function.fromFunctionArn(stack, 'Live', 'arn:aws:lambda:eu-west-1:111122223333:function:live')), [FUNCTION_TEXT]],
    ['the bus itself', (_, router) => new targets.EventBus(router.eventBus), ['target is the bus of the router itself, so that events would go round in it: give another bus']],
    [
      'a dead-letter queue of somebody else', (stack) => new targets.SnsTopic(new sns.Topic(stack, 'Topic'), { deadLetterQueue: new sqs.Queue(stack, 'Queue') }),
      ['target states deadLetterQueue, but the router makes a dead-letter queue for each target and tries for as long as EventBridge does: leave it out'],
    ],
    [
      'fewer retries', (stack) => new targets.SnsTopic(new sns.Topic(stack, 'Topic'), { deadLetterQueue: new sqs.Queue(stack, 'Queue'), maxEventAge: Duration.hours(1) }),
      ['target states deadLetterQueue, and retryAttempts or maxEventAge, but the router makes a dead-letter queue for each target and tries for as long as EventBridge does: leave it out'],
    ],
  ])('%s, and nothing is left', (_, target, problems) => {
    const { router, other } = make(target);
    let text = '';
    try {
      other();
    } catch (error) {
      text = (error as Error).message;
    }
    expect(text.split('\n  - ')).toEqual(['EventRouter target \'Stack/Router/Other\' cannot be made:', ...problems]);
    expect(router.node.tryFindChild('Other')).toBeUndefined();
  });

  test('a pattern that EventBridge does not take, and alarms that CloudWatch does not', () => {
    const { other } = make(topic, { eventPattern: {}, alarms: { deadLetters: { threshold: -1 } } });
    expect(other).toThrow(/^EventRouter target 'Stack\/Router\/Other' cannot be made:\n {2}- eventPattern is empty[^]*alarms.deadLetters.threshold is -1/);
  });
});

test('another bus is a target', () => {
  const { stack, other } = make((scope) => new targets.EventBus(new events.EventBus(scope, 'Second')));
  other();
  expect(resourceOf(stack, RULE).Properties.Targets).toMatchObject([{ DeadLetterConfig: {}, RetryPolicy: { MaximumEventAgeInSeconds: 86_400 } }]);
});

test.each([
  ['Targets.0.DeadLetterConfig.Arn', 'arn:aws:sqs:eu-west-1:111122223333:other', 'is set aside there'],
  ['Targets.0.RetryPolicy.MaximumEventAgeInSeconds', 60, 'only fills the dead-letter queue'],
  ['Targets.0.RetryPolicy.MaximumRetryAttempts', 0, 'only fills the dead-letter queue'],
  ['EventPattern', { source: ['other'] }, 'state eventPattern with addTarget'],
])('%s may not be changed afterwards', (at, value, advice) => {
  const { stack, other } = make(topic);
  (other().rule.node.defaultChild as events.CfnRule).addPropertyOverride(at, value);
  expect(problemsAtSynthesis(stack)).toEqual([expect.stringContaining(advice)]);
});

test('what the target is sent may be changed afterwards, as it may be stated', () => {
  const { stack, other } = make(topic);
  (other().rule.node.defaultChild as events.CfnRule).addPropertyOverride('Targets.0.InputPath', '$');
  expect(problemsAtSynthesis(stack)).toEqual([]);
});
