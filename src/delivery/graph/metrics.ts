/** Some metrics of one namespace, which have the same dimensions. */
interface Metrics {
  readonly names: readonly string[];
  /** Each a set of dimensions with which CloudWatch keeps them; an alarm must state one of these and nothing more. */
  readonly dimensions: readonly (readonly string[])[];
  /** Reported only when there is something to report, so that they go missing while others are reported. */
  readonly onOccurrence?: boolean;
}

/** The metrics of one AWS service. */
interface ServiceMetrics {
  /** The page of AWS that lists them. */
  readonly page: string;
  /** Whether all are here that the page lists. Otherwise a name that is not here may still be one. */
  readonly complete?: boolean;
  readonly metrics: readonly Metrics[];
}

const FUNCTION_DIMENSIONS = [[], ['FunctionName'], ['FunctionName', 'Resource'], ['FunctionName', 'Resource', 'ExecutedVersion'], ['FunctionName', 'TenantId']];
const REST_DIMENSIONS = [['ApiName'], ['ApiName', 'Stage'], ['ApiName', 'Method', 'Resource', 'Stage']];
const API_DIMENSIONS = [['ApiId'], ['ApiId', 'Stage'], ['ApiId', 'Method', 'Resource', 'Stage'], ['ApiId', 'Route', 'Stage']];
const BUS_DIMENSIONS = [[], ['RuleName'], ['EventBusName'], ['EventBusName', 'RuleName']];
const TABLE_DIMENSIONS = [['TableName'], ['TableName', 'GlobalSecondaryIndexName']];
const EXECUTION_DIMENSIONS = [['StateMachineArn'], ['StateMachineArn', 'Version'], ['StateMachineArn', 'Alias']];

/**
 * The metrics of the services that take part in deliveries, by their namespaces.
 */
export const AWS_METRICS: Readonly<Record<string, ServiceMetrics>> = {
  'AWS/SQS': {
    page: 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html',
    complete: true,
    metrics: [
      {
        names: [
          'ApproximateAgeOfOldestMessage', 'ApproximateNumberOfMessagesDelayed', 'ApproximateNumberOfMessagesNotVisible',
          'ApproximateAgeOfOldestMessageInQuietGroups', 'ApproximateNumberOfMessagesDelayedInQuietGroups', 'ApproximateNumberOfMessagesNotVisibleInQuietGroups',
        ],
        dimensions: [['QueueName']],
        onOccurrence: true,
      },
      {
        names: [
          'ApproximateNumberOfMessagesVisible', 'ApproximateNumberOfMessagesVisibleInQuietGroups', 'ApproximateNumberOfNoisyGroups', 'ApproximateNumberOfGroupsWithInflightMessages',
          'NumberOfDeduplicatedSentMessages', 'NumberOfEmptyReceives', 'NumberOfMessagesDeleted', 'NumberOfMessagesReceived', 'NumberOfMessagesSent', 'SentMessageSize',
        ],
        dimensions: [['QueueName']],
      },
    ],
  },
  'AWS/SNS': {
    page: 'https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html',
    metrics: [
      { names: ['NumberOfMessagesPublished', 'PublishSize'], dimensions: [['TopicName']] },
      {
        names: ['NumberOfNotificationsDelivered', 'NumberOfNotificationsFailed'],
        dimensions: [['TopicName'], ['Application'], ['Application', 'Platform'], ['Platform'], ['Country'], ['SMSType'], ['Country', 'SMSType'], ['PhoneNumber']],
        onOccurrence: true,
      },
      {
        names: [
          'NumberOfNotificationsFilteredOut', 'NumberOfNotificationsFilteredOut-MessageAttributes', 'NumberOfNotificationsFilteredOut-MessageBody',
          'NumberOfNotificationsFilteredOut-InvalidAttributes', 'NumberOfNotificationsFilteredOut-NoMessageAttributes', 'NumberOfNotificationsFilteredOut-InvalidMessageBody',
          'NumberOfNotificationsRedrivenToDlq', 'NumberOfNotificationsFailedToRedriveToDlq',
        ],
        dimensions: [['TopicName']],
        onOccurrence: true,
      },
    ],
  },
  'AWS/Lambda': {
    page: 'https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html',
    metrics: [
      { names: ['Errors', 'Throttles', 'Invocations', 'Duration', 'ConcurrentExecutions', 'PostRuntimeExtensionsDuration'], dimensions: FUNCTION_DIMENSIONS },
      {
        names: ['ProvisionedConcurrencyInvocations', 'ProvisionedConcurrencySpilloverInvocations', 'ProvisionedConcurrencyUtilization', 'ProvisionedConcurrentExecutions'],
        dimensions: FUNCTION_DIMENSIONS,
        onOccurrence: true,
      },
      {
        names: [
          'AsyncEventsReceived', 'AsyncEventAge', 'AsyncEventsDropped', 'DeadLetterErrors', 'DestinationDeliveryFailures', 'IteratorAge', 'OversizedRecordCount', 'RecursiveInvocationsDropped',
        ],
        dimensions: FUNCTION_DIMENSIONS,
        onOccurrence: true,
      },
      {
        names: [
          'PolledEventCount', 'FilteredOutEventCount', 'InvokedEventCount', 'FailedInvokeEventCount', 'DroppedEventCount', 'OnFailureDestinationDeliveredEventCount', 'DeletedEventCount',
          'ProvisionedPollers',
        ],
        dimensions: [['EventSourceMappingUUID'], ['EventSourceMappingUUID', 'FunctionName']],
        onOccurrence: true,
      },
      { names: ['ClaimedAccountConcurrency', 'UnreservedConcurrentExecutions'], dimensions: [[]] },
    ],
  },
  'AWS/Events': {
    page: 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html',
    metrics: [
      {
        names: [
          'DeadLetterInvocations', 'FailedInvocations', 'Invocations', 'InvocationAttempts', 'InvocationsCreated', 'InvocationsFailedToBeSentToDlq', 'InvocationsSentToDlq', 'MatchedEvents',
          'RetryInvocationAttempts', 'SuccessfulInvocationAttempts', 'ThrottledRules', 'TriggeredRules', 'IngestionToInvocationStartLatency', 'IngestionToInvocationCompleteLatency',
          'IngestionToInvocationSuccessLatency',
        ],
        dimensions: BUS_DIMENSIONS,
        onOccurrence: true,
      },
      { names: ['Events'], dimensions: [[], ['EventSourceName']], onOccurrence: true },
    ],
  },
  'AWS/Scheduler': {
    page: 'https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html',
    metrics: [
      {
        names: [
          'InvocationAttemptCount', 'InvocationDroppedCount', 'InvocationThrottleCount', 'InvocationsFailedToBeSentToDeadLetterCount', 'InvocationsSentToDeadLetterCount',
          'InvocationsSentToDeadLetterCount_Truncated_MessageSizeExceeded', 'TargetErrorCount', 'TargetErrorThrottledCount',
        ],
        dimensions: [[], ['ScheduleGroup']],
        onOccurrence: true,
      },
    ],
  },
  'AWS/EventBridge/Pipes': {
    page: 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-monitoring.html',
    metrics: [
      {
        names: [
          'Duration', 'EnrichmentStageDuration', 'EnrichmentStageFailed', 'EventCount', 'EventSize', 'ExecutionFailed', 'ExecutionPartiallyFailed', 'ExecutionThrottled', 'ExecutionTimeout',
          'Invocations', 'TargetStageDuration', 'TargetStageFailed', 'TargetStagePartiallyFailed', 'TargetStageSkipped',
        ],
        dimensions: [['PipeName'], ['AwsAccountId']],
      },
      { names: ['Concurrency'], dimensions: [['AwsAccountId']] },
    ],
  },
  'AWS/States': {
    page: 'https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html',
    metrics: [
      {
        names: ['ExecutionThrottled', 'ExecutionsAborted', 'ExecutionsFailed', 'ExecutionsStarted', 'ExecutionsSucceeded', 'ExecutionsTimedOut', 'ExecutionTime'],
        dimensions: EXECUTION_DIMENSIONS,
        onOccurrence: true,
      },
      { names: ['ExpressExecutionMemory', 'ExpressExecutionBilledDuration', 'ExpressExecutionBilledMemory'], dimensions: EXECUTION_DIMENSIONS },
      {
        names: [
          'ActivitiesFailed', 'ActivitiesHeartbeatTimedOut', 'ActivitiesScheduled', 'ActivitiesStarted', 'ActivitiesSucceeded', 'ActivitiesTimedOut', 'ActivityRunTime',
          'ActivityScheduleTime', 'ActivityTime',
        ],
        dimensions: [['ActivityArn']],
        onOccurrence: true,
      },
    ],
  },
  'AWS/Kinesis': {
    page: 'https://docs.aws.amazon.com/streams/latest/dev/monitoring-with-cloudwatch.html',
    metrics: [
      {
        names: [
          'GetRecords.Bytes', 'GetRecords.IteratorAge', 'GetRecords.IteratorAgeMilliseconds', 'GetRecords.Latency', 'GetRecords.Records', 'GetRecords.Success', 'PutRecord.Bytes', 'PutRecord.Latency',
          'PutRecord.Success', 'PutRecords.Bytes', 'PutRecords.FailedRecords', 'PutRecords.Latency', 'PutRecords.Records', 'PutRecords.Success', 'PutRecords.SuccessfulRecords',
          'PutRecords.ThrottledRecords', 'PutRecords.TotalRecords',
        ],
        dimensions: [['StreamName']],
      },
      {
        names: ['IncomingBytes', 'IncomingRecords', 'ReadProvisionedThroughputExceeded', 'WriteProvisionedThroughputExceeded'],
        dimensions: [['StreamName'], ['StreamName', 'ShardId']],
      },
      { names: ['IteratorAgeMilliseconds', 'OutgoingBytes', 'OutgoingRecords'], dimensions: [['StreamName', 'ShardId']] },
      {
        names: [
          'SubscribeToShard.RateExceeded', 'SubscribeToShard.Success', 'SubscribeToShardEvent.Bytes', 'SubscribeToShardEvent.MillisBehindLatest', 'SubscribeToShardEvent.Records',
          'SubscribeToShardEvent.Success',
        ],
        dimensions: [['StreamName', 'ConsumerName'], ['StreamName', 'ConsumerName', 'ShardId']],
      },
    ],
  },
  'AWS/Firehose': {
    page: 'https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html',
    metrics: [
      {
        names: [
          'BackupToS3.Bytes', 'BackupToS3.DataFreshness', 'BackupToS3.Records', 'BackupToS3.Success', 'DataReadFromKinesisStream.Bytes', 'DataReadFromKinesisStream.Records',
          'DeliveryToS3.Bytes', 'DeliveryToS3.DataFreshness', 'DeliveryToS3.ObjectCount', 'DeliveryToS3.Records', 'DeliveryToS3.Success', 'DeliveryToElasticsearch.Bytes',
          'DeliveryToElasticsearch.Records', 'DeliveryToElasticsearch.Success', 'DeliveryToRedshift.Bytes', 'DeliveryToRedshift.Records', 'DeliveryToRedshift.Success',
          'DeliveryToSplunk.Bytes', 'DeliveryToSplunk.DataAckLatency', 'DeliveryToSplunk.DataFreshness', 'DeliveryToSplunk.Records', 'DeliveryToSplunk.Success',
          'ExecuteProcessing.Duration', 'ExecuteProcessing.Success', 'FailedConversion.Bytes', 'FailedConversion.Records', 'IncomingBytes', 'IncomingRecords', 'IncomingPutRequests',
          'KinesisMillisBehindLatest', 'PutRecord.Bytes', 'PutRecord.Latency', 'PutRecord.Requests',
          'PutRecordBatch.Bytes', 'PutRecordBatch.Latency', 'PutRecordBatch.Records', 'PutRecordBatch.Requests', 'SucceedConversion.Bytes', 'SucceedConversion.Records', 'SucceedProcessing.Bytes', 'SucceedProcessing.Records', 'ThrottledRecords',
        ],
        dimensions: [['DeliveryStreamName']],
      },
    ],
  },
  'AWS/DynamoDB': {
    page: 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html',
    metrics: [
      { names: ['ConsumedReadCapacityUnits', 'ConsumedWriteCapacityUnits', 'ProvisionedReadCapacityUnits', 'ProvisionedWriteCapacityUnits'], dimensions: TABLE_DIMENSIONS },
      { names: ['ReadThrottleEvents', 'WriteThrottleEvents'], dimensions: TABLE_DIMENSIONS, onOccurrence: true },
      { names: ['SuccessfulRequestLatency', 'SystemErrors', 'ThrottledRequests'], dimensions: [['TableName', 'Operation'], ['TableName', 'Operation', 'StreamLabel']], onOccurrence: true },
      { names: ['ConditionalCheckFailedRequests', 'TimeToLiveDeletedItemCount', 'TransactionConflict'], dimensions: [['TableName']], onOccurrence: true },
      { names: ['ReturnedBytes', 'ReturnedRecordsCount'], dimensions: [['TableName', 'Operation', 'StreamLabel']], onOccurrence: true },
      { names: ['PendingReplicationCount', 'ReplicationLatency'], dimensions: [['TableName', 'ReceivingRegion']] },
      { names: ['UserErrors'], dimensions: [[]], onOccurrence: true },
    ],
  },
  'AWS/ApiGateway': {
    page: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html',
    metrics: [
      { names: ['4XXError', '5XXError', 'CacheHitCount', 'CacheMissCount', 'Count', 'IntegrationLatency', 'Latency'], dimensions: [...REST_DIMENSIONS, ...API_DIMENSIONS] },
      { names: ['4xx', '5xx', 'DataProcessed', 'ClientError', 'ConnectCount', 'ExecutionError', 'IntegrationError', 'MessageCount'], dimensions: API_DIMENSIONS },
    ],
  },
  'AWS/S3': {
    page: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html',
    metrics: [
      { names: ['BucketSizeBytes', 'NumberOfObjects'], dimensions: [['BucketName', 'StorageType']] },
      {
        names: [
          'AllRequests', 'GetRequests', 'PutRequests', 'DeleteRequests', 'HeadRequests', 'PostRequests', 'SelectRequests', 'ListRequests', 'BytesDownloaded', 'BytesUploaded', '4xxErrors',
          '5xxErrors', 'FirstByteLatency', 'TotalRequestLatency',
        ],
        dimensions: [['BucketName', 'FilterId']],
      },
      {
        names: ['BytesPendingReplication', 'OperationsFailedReplication', 'OperationsPendingReplication', 'ReplicationLatency'],
        dimensions: [['SourceBucket', 'DestinationBucket', 'RuleId']],
      },
    ],
  },
};

/** What AWS says of a metric. */
export interface DocumentedMetric {
  readonly page: string;
  /** `none`: there is no such metric. */
  readonly dimensions: Metrics['dimensions'] | 'none';
  /** If there is none: the metric that is probably meant, with its namespace. */
  readonly meant?: string | undefined;
  readonly onOccurrence: boolean;
}

const BY_NAME = new Map(Object.entries(AWS_METRICS).flatMap(([namespace, { metrics }]) => metrics.flatMap((group) => group.names.map((name) => [`${namespace} ${name}`, group] as const))));

const NAMESPACES = new Map<string, string[]>();
for (const [namespace, { metrics }] of Object.entries(AWS_METRICS)) {
  metrics.flatMap(({ names }) => names).forEach((name) => NAMESPACES.set(name, [...NAMESPACES.get(name) ?? [], namespace]));
}

/** Undefined: not known, as of a metric that people report themselves. */
export function documentedMetric(namespace: string, name: string): DocumentedMetric | undefined {
  const service = AWS_METRICS[namespace];
  if (service === undefined) {
    return undefined;
  }
  const { page, complete, metrics } = service;
  const group = BY_NAME.get(`${namespace} ${name}`);
  if (group !== undefined) {
    return { page, dimensions: group.dimensions, onOccurrence: group.onOccurrence === true };
  }
  const similar = metrics.flatMap(({ names }) => names).find((known) => isSlip(known, name));
  const [elsewhere] = NAMESPACES.get(name) ?? [];
  const meant = similar !== undefined ? `${namespace} ${similar}` : elsewhere && `${elsewhere} ${name}`;
  return meant !== undefined || complete ? { page, dimensions: 'none', meant, onOccurrence: false } : undefined;
}

/** Whether CloudWatch keeps a metric with these dimensions, and no others. */
export function isKeptWith(dimensions: readonly string[], { dimensions: sets }: DocumentedMetric): boolean {
  const stated = [...dimensions].sort().join(' ');
  return sets !== 'none' && sets.some((set) => [...set].sort().join(' ') === stated);
}

/** Whether somebody meant one name and wrote the other: in other letters, or with one or two letters more or less. */
function isSlip(known: string, written: string): boolean {
  const [one, other] = [known.toLowerCase(), written.toLowerCase()];
  if (one === other) {
    return true;
  }
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  let start = 0;
  while (start < short.length && short[start] === long[start]) {
    start++;
  }
  // What both have after the first difference; the rest of each is what was written otherwise.
  let end = 0;
  while (end < short.length - start && short[short.length - 1 - end] === long[long.length - 1 - end]) {
    end++;
  }
  return long.length - start - end <= 2 && short.length >= 5;
}
