import { CfnParameter, Duration, RemovalPolicy, TimeZone } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { cron, make, rate, SCHEDULE } from './scheduled-fixtures';
import { QueueFedFunction, TopicFanOut } from '../../src';
import { handlerIn, resourceOf, resourcesOf } from '../messaging/fixtures';

const GROUP = 'AWS::Scheduler::ScheduleGroup';
const QUEUE = 'AWS::SQS::Queue';
const EVENT_SOURCE = 'AWS::Lambda::EventSourceMapping';

describe('with nothing stated', () => {
  const { stack, nightly } = make();
  const arnOf = (arn: string) => stack.resolve(arn) as unknown;
  const schedule = resourceOf(stack, SCHEDULE);

  test('Scheduler sends a message for each run, tries for as long as until the next, and sets aside what it cannot deliver', () => {
    expect(schedule.Properties).toEqual({
      GroupName: { Ref: stack.getLogicalId(nightly.node.findChild('ScheduleGroup') as scheduler.CfnScheduleGroup) },
      ScheduleExpression: 'rate(1 hour)',
      ScheduleExpressionTimezone: 'Etc/UTC',
      State: 'ENABLED',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: arnOf(nightly.queue.queueArn),
        RoleArn: arnOf(nightly.scheduleRole.roleArn),
        Input: '{"scheduledTime":"<aws.scheduler.scheduled-time>"}',
        SqsParameters: { MessageGroupId: 'runs' },
        DeadLetterConfig: { Arn: arnOf(nightly.scheduleDeadLetterQueue.queueArn) },
        RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 185 },
      },
    });
  });

  test('the group is its own, and CloudFormation names it', () => {
    expect(resourceOf(stack, GROUP).Properties).toBeUndefined();
    expect(arnOf(nightly.scheduleGroup.scheduleGroupName)).toEqual(schedule.Properties.GroupName);
  });

  test('runs follow each other through a FIFO queue that drops those that are delivered twice', () => {
    expect(resourceOf(stack, QUEUE, 'NightlyConsumerQueue').Properties).toMatchObject({
      FifoQueue: true, ContentBasedDeduplication: true, VisibilityTimeout: 60, RedrivePolicy: { maxReceiveCount: 5 },
    });
    expect(resourceOf(stack, EVENT_SOURCE).Properties).toMatchObject({
      BatchSize: 1, EventSourceArn: arnOf(nightly.queue.queueArn), FunctionName: arnOf(nightly.handler.functionName),
    });
  });

  test('its parts are those of a QueueFedFunction', () => {
    expect(nightly.consumer).toBeInstanceOf(QueueFedFunction);
    const { handler, queue, deadLetterQueue, eventSource } = nightly.consumer;
    // One by one: to compare constructs by their content takes minutes.
    expect(nightly.handler).toBe(handler);
    expect(nightly.queue).toBe(queue);
    expect(nightly.deadLetterQueue).toBe(deadLetterQueue);
    expect(nightly.eventSource).toBe(eventSource);
    expect(nightly.node.findChild('Consumer')).toBe(nightly.consumer);
  });

  test('what cannot be delivered goes to a standard queue, for two weeks', () => {
    const { Properties } = resourceOf(stack, QUEUE, 'NightlyScheduleDeadLetterQueue');
    expect(Properties).toEqual({ MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true });
  });

  test('queues go with their stack, but are kept when they are replaced', () => {
    expect(Object.values(resourcesOf(stack, QUEUE)).map(({ DeletionPolicy, UpdateReplacePolicy }) => [DeletionPolicy, UpdateReplacePolicy])).toEqual(Array(3).fill(['Delete', 'Retain']));
  });

  test('Scheduler takes a role of its own, for schedules of this group only', () => {
    expect(resourceOf(stack, 'AWS::IAM::Role', 'NightlyScheduleRole').Properties.AssumeRolePolicyDocument.Statement).toEqual([{
      Action: 'sts:AssumeRole',
      Effect: 'Allow',
      Principal: { Service: 'scheduler.amazonaws.com' },
      Condition: {
        StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' }, 'aws:SourceArn': { 'Fn::GetAtt': [Object.keys(resourcesOf(stack, GROUP))[0], 'Arn'] } },
      },
    }]);
  });

  test('the role may send to the two queues, and nothing else, before the schedule runs', () => {
    expect(resourceOf(stack, 'AWS::IAM::Policy', 'NightlyScheduleRole').Properties.PolicyDocument.Statement).toEqual([
      { Action: 'sqs:SendMessage', Effect: 'Allow', Resource: arnOf(nightly.queue.queueArn) },
      { Action: 'sqs:SendMessage', Effect: 'Allow', Resource: arnOf(nightly.scheduleDeadLetterQueue.queueArn) },
    ]);
    expect(schedule.DependsOn).toEqual(expect.arrayContaining([expect.stringMatching(/^NightlyScheduleRoleDefaultPolicy/)]));
  });
});

describe('how long a run is tried', () => {
  const ageOf = (props: Parameters<typeof make>[0]) => (
    resourceOf(make(props).stack, SCHEDULE).Properties.Target.RetryPolicy.MaximumEventAgeInSeconds as unknown
  );

  test.each([
    ['a minute', rate(Duration.minutes(1)), 60],
    ['20 minutes', rate(Duration.minutes(20)), 1200],
    ['a day', rate(Duration.days(1)), 3600],
    ['a quarter of an hour by a cron expression', cron({ minute: '0/15' }), 900],
    ['once', scheduler.ScheduleExpression.at(new Date(Date.UTC(2030, 1, 1))), 3600],
    ['at the last day of each month', cron({ minute: '0', hour: '0', day: 'L' }), 3600],
  ])('with a run in %s', (_, schedule, seconds) => {
    expect(ageOf({ schedule })).toBe(seconds);
  });

  test('is what is stated', () => {
    expect(ageOf({ maxEventAge: Duration.hours(24) })).toBe(86_400);
  });

  test('may be a token', () => {
    expect(ageOf((stack) => ({ maxEventAge: Duration.seconds(new CfnParameter(stack, 'Age', { type: 'Number' }).valueAsNumber) }))).toEqual({ Ref: 'Age' });
  });
});

describe('what is stated', () => {
  test('a time of the day, in its zone', () => {
    const { stack } = make({ schedule: cron({ minute: '30', hour: '4', timeZone: TimeZone.EUROPE_BERLIN }) });
    expect(resourceOf(stack, SCHEDULE).Properties).toMatchObject({ ScheduleExpression: 'cron(30 4 * * ? *)', ScheduleExpressionTimezone: 'Europe/Berlin' });
  });

  test('an expression that is a token', () => {
    const { stack, nightly } = make((scope) => ({ schedule: scheduler.ScheduleExpression.expression(new CfnParameter(scope, 'When').valueAsString) }));
    expect(resourceOf(stack, SCHEDULE).Properties).toMatchObject({ ScheduleExpression: { Ref: 'When' }, Target: { RetryPolicy: { MaximumEventAgeInSeconds: 3600 } } });
    expect(nightly.alarms.missedRuns).toBeUndefined();
  });

  test('a window', () => {
    const { stack } = make({ flexibleWindow: Duration.minutes(15) });
    expect(resourceOf(stack, SCHEDULE).Properties.FlexibleTimeWindow).toEqual({ Mode: 'FLEXIBLE', MaximumWindowInMinutes: 15 });
  });

  test('an input, beside the scheduled time', () => {
    const { stack } = make({ input: { report: 'daily', parts: [1, 2] } });
    expect(resourceOf(stack, SCHEDULE).Properties.Target.Input).toBe('{"scheduledTime":"<aws.scheduler.scheduled-time>","input":{"report":"daily","parts":[1,2]}}');
  });

  test('an input that only the deployment knows', () => {
    const { stack } = make((scope) => ({ input: { report: new CfnParameter(scope, 'Report').valueAsString } }));
    expect(resourceOf(stack, SCHEDULE).Properties.Target.Input).toEqual({
      'Fn::Join': ['', ['{"scheduledTime":"<aws.scheduler.scheduled-time>","input":{"report":"', { Ref: 'Report' }, '"}}']],
    });
  });

  test('that it is disabled', () => {
    expect(resourceOf(make({ enabled: false }).stack, SCHEDULE).Properties.State).toBe('DISABLED');
  });

  test('how often a run is tried', () => {
    expect(resourceOf(make({ maxReceiveCount: 2 }).stack, QUEUE, 'NightlyConsumerQueue').Properties.RedrivePolicy.maxReceiveCount).toBe(2);
  });

  test('the timeout of a handler that is imported', () => {
    const { stack } = make((scope) => ({
      handler: lambda.Function.fromFunctionAttributes(scope, 'Imported', { functionArn: 'arn:aws:lambda:us-east-1:111122223333:function:handler', sameEnvironment: true }),
      handlerTimeout: Duration.seconds(20),
    }));
    expect(resourceOf(stack, QUEUE, 'NightlyConsumerQueue').Properties.VisibilityTimeout).toBe(120);
  });

  test('that all queues are retained', () => {
    expect(Object.values(resourcesOf(make({ removalPolicy: RemovalPolicy.RETAIN }).stack, QUEUE)).map(({ DeletionPolicy }) => DeletionPolicy)).toEqual(Array(3).fill('Retain'));
  });
});

test('runs that may overlap come through a standard queue, one by one', () => {
  const { stack } = make({ overlap: true });
  const { Properties } = resourceOf(stack, QUEUE, 'NightlyConsumerQueue');
  expect(Properties).not.toHaveProperty('FifoQueue');
  expect(Properties).not.toHaveProperty('ContentBasedDeduplication');
  expect(resourceOf(stack, EVENT_SOURCE).Properties.BatchSize).toBe(1);
  expect(resourceOf(stack, SCHEDULE).Properties.Target).not.toHaveProperty('SqsParameters');
});

test('an alias is what its queue invokes', () => {
  const { stack, nightly } = make((scope) => ({ handler: handlerIn(scope).addAlias('live') }));
  expect(resourceOf(stack, EVENT_SOURCE).Properties.FunctionName).toEqual(stack.resolve(nightly.handler.functionName));
});

describe('a key', () => {
  const { stack } = make((scope) => ({ encryptionKey: new kms.Key(scope, 'Key') }));
  const keyArn = { 'Fn::GetAtt': [expect.stringMatching(/^Key/) as unknown, 'Arn'] };

  test('encrypts all three queues', () => {
    expect(Object.values(resourcesOf(stack, QUEUE)).map(({ Properties }) => Properties.KmsMasterKeyId as unknown)).toEqual(Array(3).fill(keyArn));
  });

  test('may be used by the role of the schedule, for the queue and for its dead-letter queue', () => {
    expect(resourceOf(stack, 'AWS::IAM::Policy', 'NightlyScheduleRole').Properties.PolicyDocument.Statement).toContainEqual(
      { Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Effect: 'Allow', Resource: keyArn },
    );
  });
});

test('its queue and dead-letter queue are those that other sources feed', () => {
  const { stack, nightly } = make({ overlap: true });
  new TopicFanOut(stack, 'Topic').addConsumer('ByHand', nightly);
  Template.fromStack(stack).hasResourceProperties('AWS::SNS::Subscription', { Endpoint: stack.resolve(nightly.queue.queueArn) as unknown });
});
