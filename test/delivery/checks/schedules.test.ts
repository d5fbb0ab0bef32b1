import type { Resources } from './check-defects';
import { checkDefects, found } from './check-defects';

const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const target = ({ Schedule }: Resources) => Schedule!.Properties.Target;
const NIGHTLY = { ScheduleExpression: 'cron(30 2 * * ? *)' };
const ordered = { FifoQueue: true, ContentBasedDeduplication: true };

/** Each minute, to a FIFO queue. */
function sendTo(resources: Resources, more: object): void {
  resources.Queue!.Properties = ordered;
  resources.Schedule!.Properties.ScheduleExpression = 'rate(1 minute)';
  Object.assign(target(resources), { SqsParameters: { MessageGroupId: 'g' }, RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 60 } }, more);
}

/** A schedule that sends a message to a queue every hour. */
const clean = (): Resources => ({
  Group: { Type: 'AWS::Scheduler::ScheduleGroup', Properties: {} },
  Queue: { Type: 'AWS::SQS::Queue', Properties: {} },
  DeadLetters: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1209600 } },
  OrderedDeadLetters: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true } },
  Schedule: {
    Type: 'AWS::Scheduler::Schedule',
    Properties: {
      GroupName: { Ref: 'Group' },
      ScheduleExpression: 'rate(1 hour)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: arnOf('Queue'),
        RoleArn: 'arn:aws:iam::111122223333:role/Role',
        DeadLetterConfig: { Arn: arnOf('DeadLetters') },
        RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 3600 },
      },
    },
  },
});

/** Leaves the group without a schedule. */
function later({ Schedule }: Resources): void {
  Schedule!.Properties.GroupName = 'others';
}

function watch(resources: Resources, different: object): void {
  resources.Alarm = {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: { Namespace: 'AWS/Scheduler', MetricName: 'InvocationDroppedCount', Dimensions: [{ Name: 'ScheduleGroup', Value: { Ref: 'Group' } }], ...different },
  };
}

checkDefects(clean, {
  scheduleWithoutDeadLetterQueue: {
    breaks: { 'a schedule without one': (resources) => { delete target(resources).DeadLetterConfig; } },
    keeps: {
      'one that only a parameter says': (resources) => { target(resources).DeadLetterConfig = { Ref: 'P' }; },
      'a queue of another app': (resources) => { target(resources).DeadLetterConfig.Arn = 'arn:aws:sqs:eu-west-1:111122223333:dead'; },
    },
  },
  scheduleDeadLetterQueueType: { breaks: { 'a FIFO queue': (resources) => { target(resources).DeadLetterConfig.Arn = arnOf('OrderedDeadLetters'); } } },
  scheduleDeadLetterQueueIsTarget: { breaks: { 'the target itself': (resources) => { target(resources).DeadLetterConfig.Arn = arnOf('Queue'); } } },
  scheduleWithoutRetries: { breaks: { 'no attempts': (resources) => { target(resources).RetryPolicy.MaximumRetryAttempts = 0; } } },
  scheduleRetriesBeyondInterval: {
    breaks: {
      'the default age': (resources) => { delete target(resources).RetryPolicy; },
      'a rate in minutes': ({ Schedule }) => { Schedule!.Properties.ScheduleExpression = 'rate(59 minutes)'; },
      'a rate of one minute': ({ Schedule }) => { Schedule!.Properties.ScheduleExpression = 'rate(1 minute)'; },
    },
    keeps: {
      'a rate in hours': ({ Schedule }) => { Schedule!.Properties.ScheduleExpression = 'rate(2 hours)'; },
      'a day': (resources) => { delete target(resources).RetryPolicy; resources.Schedule!.Properties.ScheduleExpression = 'rate(1 day)'; },
      'a cron expression': ({ Schedule }) => { Schedule!.Properties.ScheduleExpression = 'cron(* * * * ? *)'; },
      'an expression that only a parameter says': ({ Schedule }) => { Schedule!.Properties.ScheduleExpression = { 'Fn::Sub': 'rate(${Minutes} minutes)' }; },
      'an age that only a parameter says': (resources) => { target(resources).RetryPolicy.MaximumEventAgeInSeconds = { Ref: 'P' }; },
    },
  },
  scheduleGroupUnwatched: {
    breaks: {
      'a group for schedules that are made at run time': later,
      'an alarm on how often targets are invoked': (resources) => { later(resources); watch(resources, { MetricName: 'InvocationAttemptCount' }); },
      'an alarm on another group': (resources) => { later(resources); watch(resources, { Dimensions: [{ Name: 'ScheduleGroup', Value: 'default' }] }); },
      'an alarm on something else': (resources) => { later(resources); watch(resources, { Namespace: 'AWS/Events' }); },
    },
    keeps: {
      'an alarm on it': (resources) => { later(resources); watch(resources, {}); },
      'an alarm on all groups': (resources) => { later(resources); watch(resources, { Dimensions: [] }); },
      'an alarm on a group that only a parameter says': (resources) => { later(resources); watch(resources, { Dimensions: [{ Name: 'ScheduleGroup', Value: { Ref: 'P' } }] }); },
      'an alarm of which only the deployment says the dimensions': (resources) => { later(resources); watch(resources, { Dimensions: { Ref: 'P' } }); },
      'an alarm of which only the deployment says the metrics': (resources) => { later(resources); resources.Alarm = { Type: 'AWS::CloudWatch::Alarm', Properties: { Metrics: { Ref: 'P' } } }; },
      'an alarm on what a query finds': (resources) => {
        later(resources);
        resources.Alarm = { Type: 'AWS::CloudWatch::Alarm', Properties: { Metrics: [{ Id: 'q', Expression: 'SELECT SUM(InvocationDroppedCount) FROM "AWS/Scheduler"' }] } };
      },
      'a schedule whose group only a parameter says': (resources) => { later(resources); resources.Schedule!.Properties.GroupName = { Ref: 'P' }; },
      'a schedule that runs once and has a dead-letter queue': ({ Schedule }) => { Schedule!.Properties.ScheduleExpression = 'at(2030-01-01T00:00:00)'; },
    },
  },
  scheduleInDefaultGroup: {
    breaks: { 'no group': (resources) => { delete resources.Schedule!.Properties.GroupName; delete resources.Group; } },
    keeps: { 'a group that only a parameter says': ({ Schedule }) => { Schedule!.Properties.GroupName = { Ref: 'P' }; } },
  },
  scheduleTargetWithoutMessageGroup: {
    breaks: { 'a FIFO queue without a group': ({ Queue }) => { Queue!.Properties = ordered; } },
    keeps: {
      'a FIFO queue with one': (resources) => { resources.Queue!.Properties = ordered; target(resources).SqsParameters = { MessageGroupId: 'g' }; },
      'a queue of another app': (resources) => { target(resources).Arn = 'arn:aws:sqs:eu-west-1:111122223333:other.fifo'; },
    },
  },
  scheduleTargetWithoutDeduplication: {
    breaks: { 'a FIFO queue without it': (resources) => { resources.Queue!.Properties = { FifoQueue: true }; target(resources).SqsParameters = { MessageGroupId: 'g' }; } },
  },
  scheduleInputIsConstant: {
    breaks: {
      'the same input every minute': (resources) => { sendTo(resources, { Input: '{}' }); },
      'the same input by a cron expression': (resources) => { sendTo(resources, { Input: '{}' }); resources.Schedule!.Properties.ScheduleExpression = 'cron(0/5 * * * ? *)'; },
    },
    keeps: {
      'one with the scheduled time': (resources) => { sendTo(resources, { Input: '{"at":"<aws.scheduler.scheduled-time>"}' }); },
      'one that only a parameter says': (resources) => { sendTo(resources, { Input: { Ref: 'P' } }); },
    },
  },
  scheduleInputDiffersByAttempt: { breaks: { 'the id of the execution': (resources) => { sendTo(resources, { Input: '{"id":"<aws.scheduler.execution-id>"}' }); } } },
  scheduleExpressionForm: {
    breaks: { seconds: ({ Schedule }) => { Schedule!.Properties.ScheduleExpression = 'rate(30 seconds)'; } },
    keeps: { 'an expression that only a parameter says': ({ Schedule }) => { Schedule!.Properties.ScheduleExpression = { Ref: 'P' }; } },
  },
  scheduleCronDayFields: { breaks: { 'both days': ({ Schedule }) => { Schedule!.Properties.ScheduleExpression = 'cron(0 4 1 * MON *)'; } } },
  scheduleSkippedByDaylightSaving: {
    breaks: { 'an hour that is skipped': ({ Schedule }) => { Object.assign(Schedule!.Properties, NIGHTLY, { ScheduleExpressionTimezone: 'Europe/Berlin' }); } },
    keeps: {
      'no zone': ({ Schedule }) => { Object.assign(Schedule!.Properties, NIGHTLY); },
      'a zone that only a parameter says': ({ Schedule }) => { Object.assign(Schedule!.Properties, NIGHTLY, { ScheduleExpressionTimezone: { Ref: 'P' } }); },
    },
  },
});

test('a group is to be watched in which a schedule runs once, without a dead-letter queue', () => {
  const resources = clean();
  delete target(resources).DeadLetterConfig;
  expect(found(resources)).toEqual(['scheduleWithoutDeadLetterQueue at Schedule']);
  resources.Schedule!.Properties.ScheduleExpression = 'at(2030-01-01T00:00:00)';
  expect(found(resources)).toEqual(['scheduleGroupUnwatched at Group', 'scheduleWithoutDeadLetterQueue at Schedule']);
});

test('nothing is said of a group of which a part of the app is not known', () => {
  const resources = clean();
  later(resources);
  resources.More = { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: 'https://example.com/more.json' } };
  expect(found(resources)).toEqual([]);
});
