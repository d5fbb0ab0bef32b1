/** Judges what alarms look at, with the service specification that the CDK's metrics are generated from. */
import { isDeepStrictEqual } from 'node:util';
import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import type { Alarm } from './alarms';
import { alarmsOf, isSpecified, problemOf, signatureOf, unknownIds } from './alarms';
import { formTemplates } from './templates';
import { patterns, allForms } from '../patterns';

const PIPES_METRICS = 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-monitoring.html';
const FIREHOSE_METRICS = 'https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html';
const EVENTS_METRICS = 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html';
const SCHEDULER_METRICS = 'https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html';
const LAMBDA_METRICS = 'https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html';
const CONTAINER_INSIGHTS = 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html';
const SNS_METRICS = 'https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html';

/** Metrics that the specification lacks, each with the page of AWS that has it. */
const DOCUMENTED: readonly { readonly metric: string; readonly pattern: string; readonly page: string }[] = [
  { metric: 'AWS/EventBridge/Pipes ExecutionFailed (PipeName)', pattern: 'PollingStatusApi', page: PIPES_METRICS },
  { metric: 'AWS/EventBridge/Pipes ExecutionThrottled (PipeName)', pattern: 'PollingStatusApi', page: PIPES_METRICS },
  { metric: 'AWS/EventBridge/Pipes Invocations (PipeName)', pattern: 'QueueFedWorkflow', page: PIPES_METRICS },
  { metric: 'AWS/Events FailedInvocations (EventBusName, RuleName)', pattern: 'EventRouter', page: EVENTS_METRICS },
  { metric: 'AWS/Events InvocationsFailedToBeSentToDlq (EventBusName, RuleName)', pattern: 'EventRouter', page: EVENTS_METRICS },
  { metric: 'AWS/Events TriggeredRules (EventBusName, RuleName)', pattern: 'EventRouter', page: EVENTS_METRICS },
  { metric: 'AWS/Firehose ExecuteProcessing.Success (DeliveryStreamName)', pattern: 'BucketDelivery', page: FIREHOSE_METRICS },
  { metric: 'AWS/Firehose KMSKeyAccessDenied (DeliveryStreamName)', pattern: 'BucketDelivery', page: FIREHOSE_METRICS },
  { metric: 'AWS/Firehose KMSKeyDisabled (DeliveryStreamName)', pattern: 'BucketDelivery', page: FIREHOSE_METRICS },
  { metric: 'AWS/Firehose KMSKeyInvalidState (DeliveryStreamName)', pattern: 'BucketDelivery', page: FIREHOSE_METRICS },
  { metric: 'AWS/Firehose KMSKeyNotFound (DeliveryStreamName)', pattern: 'BucketDelivery', page: FIREHOSE_METRICS },
  { metric: 'AWS/Firehose PartitionCountExceeded (DeliveryStreamName)', pattern: 'BucketDelivery', page: FIREHOSE_METRICS },
  { metric: 'AWS/Firehose ThrottledRecords (DeliveryStreamName)', pattern: 'BucketDelivery', page: FIREHOSE_METRICS },
  { metric: 'AWS/Lambda AsyncEventAge (FunctionName)', pattern: 'AsyncFunction', page: LAMBDA_METRICS },
  { metric: 'AWS/Lambda AsyncEventsDropped (FunctionName)', pattern: 'AsyncFunction', page: LAMBDA_METRICS },
  { metric: 'AWS/Lambda DroppedEventCount (EventSourceMappingUUID)', pattern: 'StreamFedFunction', page: LAMBDA_METRICS },
  { metric: 'AWS/Lambda OnFailureDestinationDeliveredEventCount (EventSourceMappingUUID)', pattern: 'StreamFedFunction', page: LAMBDA_METRICS },
  { metric: 'AWS/Lambda PolledEventCount (EventSourceMappingUUID)', pattern: 'StreamFedFunction', page: LAMBDA_METRICS },
  { metric: 'AWS/Lambda RecursiveInvocationsDropped (FunctionName)', pattern: 'AsyncFunction', page: LAMBDA_METRICS },
  { metric: 'AWS/Scheduler InvocationAttemptCount (ScheduleGroup)', pattern: 'ScheduledFunction', page: SCHEDULER_METRICS },
  { metric: 'AWS/Scheduler InvocationDroppedCount (ScheduleGroup)', pattern: 'ScheduledFunction', page: SCHEDULER_METRICS },
  { metric: 'AWS/Scheduler InvocationsFailedToBeSentToDeadLetterCount (ScheduleGroup)', pattern: 'ScheduledFunction', page: SCHEDULER_METRICS },
  { metric: 'AWS/Scheduler InvocationsSentToDeadLetterCount (ScheduleGroup)', pattern: 'ScheduledFunction', page: SCHEDULER_METRICS },
  { metric: 'AWS/Scheduler TargetErrorCount (ScheduleGroup)', pattern: 'ScheduledFunction', page: SCHEDULER_METRICS },
  { metric: 'ECS/ContainerInsights RunningTaskCount (ClusterName, ServiceName)', pattern: 'QueueFedService', page: CONTAINER_INSIGHTS },
  { metric: 'AWS/SNS NumberOfNotificationsFailedToRedriveToDlq (TopicName)', pattern: 'TopicFanOut', page: SNS_METRICS },
  { metric: 'AWS/SNS NumberOfNotificationsFilteredOut-InvalidAttributes (TopicName)', pattern: 'TopicFanOut', page: SNS_METRICS },
  { metric: 'AWS/SNS NumberOfNotificationsFilteredOut-InvalidMessageBody (TopicName)', pattern: 'TopicFanOut', page: SNS_METRICS },
  { metric: 'AWS/SNS NumberOfNotificationsRedrivenToDlq (TopicName)', pattern: 'TopicFanOut', page: SNS_METRICS },
];

/** The state machine of an alias that is imported by its name. */
const IMPORTED_MACHINE = { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':states:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':stateMachine:ship']] };

/** Dimensions whose value is the name, or the ARN, of what the form imports, which is no resource of the template. */
const IMPORTED: readonly { readonly form: string; readonly dimension: string; readonly value: unknown }[] = [
  { form: 'QueueFedFunction, imported handler and queues', dimension: 'FunctionName', value: 'Stack' },
  { form: 'QueueFedFunction, imported handler and queues', dimension: 'QueueName', value: 'Stack' },
  { form: 'QueueFedFunction, imported handler and queues', dimension: 'QueueName', value: 'Stack-dead' },
  { form: 'QueueFedService, imported cluster and queues', dimension: 'QueueName', value: 'Stack' },
  { form: 'QueueFedService, imported cluster and queues', dimension: 'QueueName', value: 'Stack-dead' },
  { form: 'QueueFedService, imported cluster and queues', dimension: 'ClusterName', value: 'shop' },
  { form: 'QueueFedWorkflow, imported alias and queues', dimension: 'QueueName', value: 'Stack' },
  { form: 'QueueFedWorkflow, imported alias and queues', dimension: 'QueueName', value: 'Stack-dead' },
  { form: 'QueueFedWorkflow, imported alias and queues', dimension: 'StateMachineArn', value: IMPORTED_MACHINE },
  { form: 'AsyncFunction, imported handler', dimension: 'FunctionName', value: 'Stack' },
  { form: 'ScheduledFunction, overlapping runs of an imported handler', dimension: 'FunctionName', value: 'Stack' },
  { form: 'StreamFedFunction, imported handler and stream', dimension: 'FunctionName', value: 'Stack' },
  { form: 'StreamFedFunction, imported handler and stream', dimension: 'StreamName', value: 'Stack' },
  { form: 'TableFedFunction, imported handler and table', dimension: 'FunctionName', value: 'Stack' },
  { form: 'TopicFanOut, imported topic', dimension: 'TopicName', value: 'orders' },
];

const database = loadAwsServiceSpecSync();
const judged = formTemplates().map((template) => ({ ...template, alarms: alarmsOf(template) }));
const registered = (entry: { readonly pattern: string }) => patterns().some(({ name }) => name === entry.pattern);
const metrics = judged.flatMap(({ alarms }) => alarms.flatMap((alarm) => alarm.metrics));
const unspecified = [...new Set(metrics.filter((metric) => !isSpecified(database, metric)).map(signatureOf))];
const dimensionsOf = (alarm: Alarm) => alarm.metrics.flatMap(({ Dimensions = [] }) => Dimensions);
const unknown = judged.flatMap(({ name, template, alarms }) => (
  alarms.flatMap(dimensionsOf)
    .filter((dimension) => problemOf(dimension, template))
    .map(({ Name, Value }) => ({ form: name, dimension: Name, value: Value }))
));

test.each(allForms())('$name has alarms, unless it is to have none', ({ name, form }) => {
  const alarms = judged.find((candidate) => candidate.name === name)?.alarms ?? [];
  expect(alarms.length > 0).toBe(!form.silent);
  expect(alarms.filter((alarm) => alarm.metrics.length === 0)).toEqual([]);
});

test('every metric is specified, with its dimensions, or documented', () => {
  expect(unspecified.filter((metric) => !DOCUMENTED.some((entry) => entry.metric === metric))).toEqual([]);
});

test('what is listed as documented is still looked at, and still not specified', () => {
  expect(DOCUMENTED.filter(registered).filter(({ metric }) => !unspecified.includes(metric))).toEqual([]);
});

test.each(judged)('every dimension of the alarms of $name names a resource, or what was imported', ({ name, template, alarms }) => {
  const isImported = (Name: string, Value: unknown) => (
    IMPORTED.some(({ form, dimension, value }) => form === name && dimension === Name && isDeepStrictEqual(value, Value))
  );
  const problems = alarms.flatMap((alarm) => dimensionsOf(alarm)
    .filter(({ Name, Value }) => !isImported(Name, Value))
    .flatMap((dimension) => problemOf(dimension, template) ?? [])
    .map((problem) => `${alarm.logicalId}: ${problem}`));
  expect(problems).toEqual([]);
});

test('what is listed as imported is still looked at', () => {
  // A registry with fewer patterns has fewer forms.
  const listed = IMPORTED.filter(({ form }) => registered({ pattern: form.split(', ')[0] ?? '' }));
  expect(listed.filter((entry) => !unknown.some((dimension) => isDeepStrictEqual(dimension, entry)))).toEqual([]);
});

test.each(judged)('every expression of the alarms of $name names metrics of its alarm', ({ alarms }) => {
  expect(alarms.flatMap(unknownIds)).toEqual([]);
});

describe('a fault is reported', () => {
  const queueName = { Name: 'QueueName', Value: { 'Fn::GetAtt': ['Queue', 'QueueName'] } };
  const sound = { Namespace: 'AWS/SQS', MetricName: 'ApproximateAgeOfOldestMessage', Dimensions: [queueName] };
  const template = {
    Resources: {
      Queue: { Type: 'AWS::SQS::Queue' },
      Topic: { Type: 'AWS::SNS::Topic' },
      Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'jobs' } },
    },
  };

  test('but not where there is none', () => {
    expect(isSpecified(database, sound)).toBe(true);
    expect(problemOf(queueName, template)).toBeUndefined();
    expect(problemOf({ Name: 'ApiName', Value: 'jobs' }, template)).toBeUndefined();
  });

  test.each([
    ['name', { ...sound, MetricName: 'ApproximateAgeOfTheOldestMessage' }],
    ['namespace', { ...sound, Namespace: 'AWS/Sqs' }],
    ['dimension', { ...sound, Dimensions: [{ ...queueName, Name: 'Queue' }] }],
    ['dimension too many', { ...sound, Dimensions: [queueName, { Name: 'Region', Value: 'eu-west-1' }] }],
    ['dimension too few', { ...sound, Dimensions: [] }],
  ])('in a metric: a wrong %s', (_, metric) => {
    expect(isSpecified(database, metric)).toBe(false);
  });

  test.each([
    ['the URL of a queue', 'QueueName', { Ref: 'Queue' }],
    ['a resource of another type', 'QueueName', { 'Fn::GetAtt': ['Topic', 'TopicName'] }],
    ['no resource', 'QueueName', { 'Fn::GetAtt': ['Gone', 'QueueName'] }],
    ['a literal', 'QueueName', 'orders'],
    ['an API of another name', 'ApiName', 'orders'],
  ])('in a dimension: %s', (_, Name, Value) => {
    expect(problemOf({ Name, Value }, template)).toBeDefined();
  });

  test('in an expression: an id that is not there', () => {
    const rate = { Id: 'rate', Expression: 'IF(calls > 20, 100 * errors / MAX([calls, 1]), 0)' };
    const queries = [{ Id: 'errors', MetricStat: { Metric: sound } }, rate];
    expect(unknownIds({ logicalId: 'Alarm', metrics: [], queries })).toEqual(['calls', 'calls']);
  });
});
