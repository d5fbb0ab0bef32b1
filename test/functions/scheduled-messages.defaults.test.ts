import { App, CfnParameter, Duration, RemovalPolicy, Stack, TimeZone } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { consumerIn, fifoConsumerIn, make } from './messages-fixtures';
import { cron, rate, SCHEDULE } from './scheduled-fixtures';
import type { ScheduledMessages } from '../../src';
import { QueueFedFunction, ScheduledFunction, ScheduledMessages as Messages } from '../../src';
import { evaluate } from '../../src/delivery/policy/evaluator';
import { statementsOf } from '../../src/delivery/policy/statement';
import { handlerIn, newStack, resourceOf, resourcesOf } from '../messaging/fixtures';

const GROUP = 'AWS::Scheduler::ScheduleGroup';
const QUEUE = 'AWS::SQS::Queue';
const POLICY = 'AWS::IAM::Policy';

/** What a function gets of `scheduleRequest`: JSON, in which references are as in the template. */
function requestOf(stack: Stack, { scheduleRequest }: ScheduledMessages): unknown {
  const resolved = stack.resolve(scheduleRequest) as { 'Fn::Join': [string, unknown[]] };
  const references: unknown[] = [];
  const text = resolved['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : `@${references.push(part) - 1}`)).join('');
  return JSON.parse(text, (_, value: unknown) => (typeof value === 'string' && value.startsWith('@') ? references[Number(value.slice(1))] : value));
}

describe('without a schedule', () => {
  const { stack, reminders } = make();
  const resolved = (token: string) => stack.resolve(token) as unknown;

  test('none is made, and the group is its own, named by CloudFormation', () => {
    expect(resourcesOf(stack, SCHEDULE)).toEqual({});
    expect(reminders.schedule).toBeUndefined();
    expect(resourceOf(stack, GROUP).Properties).toBeUndefined();
    expect(resolved(reminders.scheduleGroup.scheduleGroupName)).toEqual({ Ref: Object.keys(resourcesOf(stack, GROUP))[0] });
  });

  test('a request to create one at run time has all but its name, its time and its message', () => {
    expect(requestOf(stack, reminders)).toEqual({
      GroupName: resolved(reminders.scheduleGroup.scheduleGroupName),
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      Target: {
        Arn: resolved(reminders.queue.queueArn),
        RoleArn: resolved(reminders.scheduleRole.roleArn),
        DeadLetterConfig: { Arn: resolved(reminders.scheduleDeadLetterQueue.queueArn) },
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      },
    });
  });

  test('it is tried for as long as is stated', () => {
    const short = make({ maxEventAge: Duration.minutes(5) });
    expect(requestOf(short.stack, short.reminders)).toMatchObject({ Target: { RetryPolicy: { MaximumEventAgeInSeconds: 300 } } });
  });

  test('messages for a FIFO queue are in a group of the construct, or the one that is stated', () => {
    const [own, stated] = [make((scope) => ({ target: fifoConsumerIn(scope) })), make((scope) => ({ target: fifoConsumerIn(scope), messageGroupId: 'mail' }))];
    expect(requestOf(own.stack, own.reminders)).toMatchObject({ Target: { SqsParameters: { MessageGroupId: 'Reminders' } } });
    expect(requestOf(stated.stack, stated.reminders)).toMatchObject({ Target: { SqsParameters: { MessageGroupId: 'mail' } } });
  });

  test('Scheduler takes a role of its own, for schedules of this group only', () => {
    expect(resourceOf(stack, 'AWS::IAM::Role', 'RemindersScheduleRole').Properties.AssumeRolePolicyDocument.Statement).toEqual([{
      Action: 'sts:AssumeRole',
      Effect: 'Allow',
      Principal: { Service: 'scheduler.amazonaws.com' },
      Condition: {
        StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' }, 'aws:SourceArn': { 'Fn::GetAtt': [Object.keys(resourcesOf(stack, GROUP))[0], 'Arn'] } },
      },
    }]);
  });

  test('the role may send to the queue of the consumer and to the dead-letter queue, and nothing else', () => {
    expect(resourceOf(stack, POLICY, 'RemindersScheduleRole').Properties.PolicyDocument.Statement).toEqual([
      { Action: 'sqs:SendMessage', Effect: 'Allow', Resource: resolved(reminders.queue.queueArn) },
      { Action: 'sqs:SendMessage', Effect: 'Allow', Resource: resolved(reminders.scheduleDeadLetterQueue.queueArn) },
    ]);
  });

  test('what cannot be delivered goes to a standard queue, for two weeks, which goes with the stack', () => {
    const queue = resourceOf(stack, QUEUE, 'RemindersScheduleDeadLetterQueue');
    expect(queue.Properties).toEqual({ MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true });
    expect([queue.DeletionPolicy, queue.UpdateReplacePolicy]).toEqual(['Delete', 'Retain']);
  });

  test('the dead-letter queue is retained if that is stated', () => {
    const { stack: retaining } = make({ removalPolicy: RemovalPolicy.RETAIN });
    expect(resourceOf(retaining, QUEUE, 'RemindersScheduleDeadLetterQueue').DeletionPolicy).toBe('Retain');
  });
});

describe('with a schedule', () => {
  const targetOf = (props: Parameters<typeof make>[0]) => resourceOf(make(props).stack, SCHEDULE).Properties.Target as Record<string, unknown>;

  test('it sends a message that names it, tries for as long as until the next, and sets aside what it cannot deliver', () => {
    const { stack, reminders } = make({ schedule: rate(Duration.minutes(20)) });
    const resolved = (token: string) => stack.resolve(token) as unknown;
    const { Properties, DependsOn } = resourceOf(stack, SCHEDULE);
    expect(Properties).toEqual({
      GroupName: resolved(reminders.scheduleGroup.scheduleGroupName),
      ScheduleExpression: 'rate(20 minutes)',
      ScheduleExpressionTimezone: 'Etc/UTC',
      State: 'ENABLED',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: resolved(reminders.queue.queueArn),
        RoleArn: resolved(reminders.scheduleRole.roleArn),
        Input: '{"schedule":"<aws.scheduler.schedule-arn>","scheduledTime":"<aws.scheduler.scheduled-time>"}',
        DeadLetterConfig: { Arn: resolved(reminders.scheduleDeadLetterQueue.queueArn) },
        RetryPolicy: { MaximumEventAgeInSeconds: 1200, MaximumRetryAttempts: 185 },
      },
    });
    expect(DependsOn).toEqual([expect.stringMatching(/^RemindersScheduleRoleDefaultPolicy/)]);
    expect(reminders.schedule?.node.path).toBe('Stack/Reminders/Schedule');
  });

  test('messages for a FIFO queue are in a group of the construct, or the one that is stated', () => {
    expect(targetOf((scope) => ({ target: fifoConsumerIn(scope), schedule: rate(Duration.hours(1)) })).SqsParameters).toEqual({ MessageGroupId: 'Reminders' });
    expect(targetOf((scope) => ({ target: fifoConsumerIn(scope), messageGroupId: 'mail', schedule: rate(Duration.hours(1)) })).SqsParameters).toEqual({ MessageGroupId: 'mail' });
  });

  test('time, zone, window, input, age and state are what is stated', () => {
    const { stack } = make({
      schedule: cron({ minute: '30', hour: '4', timeZone: TimeZone.EUROPE_BERLIN }),
      flexibleWindow: Duration.minutes(15),
      input: { report: 'daily' },
      maxEventAge: Duration.minutes(10),
      enabled: false,
    });
    expect(resourceOf(stack, SCHEDULE).Properties).toMatchObject({
      ScheduleExpression: 'cron(30 4 * * ? *)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 15 },
      State: 'DISABLED',
      Target: {
        Input: '{"schedule":"<aws.scheduler.schedule-arn>","scheduledTime":"<aws.scheduler.scheduled-time>","input":{"report":"daily"}}',
        RetryPolicy: { MaximumEventAgeInSeconds: 600 },
      },
    });
  });

  test('an input may be known at the deployment only', () => {
    expect(targetOf((scope) => ({ schedule: rate(Duration.hours(1)), input: { report: new CfnParameter(scope, 'Report').valueAsString } })).Input).toEqual({
      'Fn::Join': ['', ['{"schedule":"<aws.scheduler.schedule-arn>","scheduledTime":"<aws.scheduler.scheduled-time>","input":{"report":"', { Ref: 'Report' }, '"}}']],
    });
  });
});

describe('keys', () => {
  const made = () => make((scope) => ({
    target: consumerIn(scope, { encryptionMasterKey: new kms.Key(scope, 'QueueKey') }), encryptionKey: new kms.Key(scope, 'Key'),
  }));
  const keyArn = (id: RegExp) => ({ 'Fn::GetAtt': [expect.stringMatching(id) as unknown, 'Arn'] });

  test('that of the consumer\'s queue and that of the dead-letter queue may be used by the role', () => {
    const { Statement } = resourceOf(made().stack, POLICY, 'RemindersScheduleRole').Properties.PolicyDocument as { Statement: unknown[] };
    const actions = { Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Effect: 'Allow' };
    expect(Statement).toEqual([
      expect.anything(), { ...actions, Resource: keyArn(/^QueueKey/) }, expect.anything(), { ...actions, Resource: keyArn(/^Key/) },
    ]);
  });

  test('the dead-letter queue is encrypted with its own', () => {
    expect(resourceOf(made().stack, QUEUE, 'RemindersScheduleDeadLetterQueue').Properties.KmsMasterKeyId).toEqual(keyArn(/^Key/));
  });
});

describe('grantCreateSchedules', () => {
  const STATEMENTS = [
    {
      Action: ['scheduler:CreateSchedule', 'scheduler:GetSchedule', 'scheduler:DeleteSchedule'],
      Effect: 'Allow',
      Resource: {
        'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':scheduler:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':schedule/',
          { Ref: expect.stringMatching(/^RemindersScheduleGroup/) as unknown }, '/*']],
      },
    },
    {
      Action: 'iam:PassRole',
      Effect: 'Allow',
      Resource: { 'Fn::GetAtt': [expect.stringMatching(/^RemindersScheduleRole/) as unknown, 'Arn'] },
      Condition: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
    },
  ];

  test('lets a function create, read and delete schedules of the group, and hand over their role to Scheduler', () => {
    const { stack, reminders } = make();
    reminders.grantCreateSchedules(handlerIn(stack));
    expect(resourceOf(stack, POLICY, 'HandlerServiceRole').Properties.PolicyDocument.Statement).toEqual(STATEMENTS);
  });

  test('lets it do nothing else', () => {
    const { stack, reminders } = make();
    reminders.grantCreateSchedules(handlerIn(stack));
    const values: Record<string, string> = { 'AWS::Partition': 'aws', 'AWS::Region': 'us-east-1', 'AWS::AccountId': '111122223333' };
    const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value), (_, part: { 'Ref'?: string; 'Fn::Join'?: [string, string[]]; 'Fn::GetAtt'?: string[] } | string) => {
      const { Ref, 'Fn::Join': join, 'Fn::GetAtt': attribute } = typeof part === 'object' && part !== null ? part : {};
      return Ref ? values[Ref] ?? Ref : join?.[1].join('') ?? (attribute ? `arn:aws:iam::111122223333:role/${attribute[0]}` : part);
    });
    const statements = statementsOf(plain(resourceOf(stack, POLICY, 'HandlerServiceRole').Properties.PolicyDocument), 'policy');
    const group = Object.keys(resourcesOf(stack, GROUP))[0]!;
    const role = `arn:aws:iam::111122223333:role/${Object.keys(resourcesOf(stack, 'AWS::IAM::Role')).find((id) => id.startsWith('RemindersScheduleRole'))}`;
    const verdict = (action: string, resource: string, service = '') => evaluate(
      { caller: { arn: 'arn:aws:iam::111122223333:role/handler' }, action, resource, context: (key) => (key.toLowerCase() === 'iam:passedtoservice' && service ? [service] : []) },
      { identity: { statements, complete: true }, resource: { statements: [], complete: true }, account: '111122223333' },
    ).verdict;
    const schedule = (of: string) => `arn:aws:scheduler:us-east-1:111122223333:schedule/${of}/order-4711`;
    expect(['Create', 'Get', 'Delete', 'Update'].map((act) => verdict(`scheduler:${act}Schedule`, schedule(group)))).toEqual(['allowed', 'allowed', 'allowed', 'denied']);
    expect([schedule('default'), schedule(`${group}2`), `arn:aws:scheduler:us-east-1:111122223333:schedule-group/${group}`].map((resource) => verdict('scheduler:DeleteSchedule', resource))).toEqual(Array(3).fill('denied'));
    expect([verdict('iam:PassRole', role, 'scheduler.amazonaws.com'), verdict('iam:PassRole', role, 'lambda.amazonaws.com'), verdict('iam:PassRole', role)]).toEqual(['allowed', 'denied', 'denied']);
    expect(verdict('iam:PassRole', `${role}2`, 'scheduler.amazonaws.com')).toBe('denied');
  });

  test('makes no stack depend on that of a consumer that creates schedules itself', () => {
    const app = new App();
    const [workers, stack] = [new Stack(app, 'Workers'), new Stack(app, 'Stack')];
    const handler = handlerIn(workers);
    const reminders = new Messages(stack, 'Reminders', { target: new QueueFedFunction(workers, 'Mail', { handler }) });
    reminders.grantCreateSchedules(handler);
    app.synth();
    expect(workers.dependencies).toEqual([]);
  });

  test('is refused with a schedule, whose missed runs would be hidden', () => {
    const { stack, reminders } = make({ schedule: rate(Duration.hours(1)) });
    expect(() => reminders.grantCreateSchedules(handlerIn(stack))).toThrow(new Error(
      'ScheduledMessages \'Stack/Reminders\' has a schedule of its own, so nobody else can be allowed to create schedules in its group, where the alarm on missed runs would count them: ' +
      'make another ScheduledMessages without schedule',
    ));
  });
});

test('the target may be a ScheduledFunction, whose runs its messages follow', () => {
  const stack = newStack();
  const nightly = new ScheduledFunction(stack, 'Nightly', { handler: handlerIn(stack), schedule: rate(Duration.days(1)) });
  const extra = new Messages(stack, 'Extra', { target: nightly, messageGroupId: 'runs' });
  expect(extra.queue).toBe(nightly.queue);
  expect(() => Template.fromStack(stack)).not.toThrow();
});

test('the target may be a queue that is imported with its key', () => {
  const { stack } = make((scope) => {
    const queue = sqs.Queue.fromQueueAttributes(scope, 'Imported', { queueArn: 'arn:aws:sqs:us-east-1:111122223333:mail', keyArn: 'arn:aws:kms:us-east-1:111122223333:key/1' });
    return { target: { queue, deadLetterQueue: queue } };
  });
  expect(resourceOf(stack, POLICY, 'RemindersScheduleRole').Properties.PolicyDocument.Statement).toContainEqual(
    { Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Effect: 'Allow', Resource: 'arn:aws:kms:us-east-1:111122223333:key/1' },
  );
});
