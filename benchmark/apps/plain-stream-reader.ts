import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { ALARM, MINUTE, RUNBOOKS } from './plain-alarms';

/** Where a reader of a stream, or an asynchronous function, keeps what it gives up. */
export function failureBucket(parent: Construct): s3.Bucket {
  return newFailureBucket(new Construct(parent, 'Failures'));
}

/** A bucket for what could not be processed, which counts what arrives. */
export function newFailureBucket(scope: Construct): s3.Bucket {
  const bucket = new s3.Bucket(scope, 'Bucket', {
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    encryption: s3.BucketEncryption.S3_MANAGED,
    lifecycleRules: [{
      expiration: Duration.days(90),
      noncurrentVersionExpiration: Duration.days(1),
      abortIncompleteMultipartUploadAfter: Duration.days(7),
    }],
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  });
  // `eventBridgeEnabled` would add a function that sets it.
  (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  // A rule without a target: it counts what arrives.
  const rule = new events.Rule(scope, 'ArrivalRule', {
    eventPattern: { source: ['aws.s3'], detailType: ['Object Created'], detail: { bucket: { name: [bucket.bucketName] } } },
  });
  new cloudwatch.Alarm(scope, 'FailuresStoredAlarm', {
    ...ALARM,
    metric: new cloudwatch.Metric({
      namespace: 'AWS/Events', metricName: 'TriggeredRules', dimensionsMap: { RuleName: rule.ruleName }, statistic: 'Sum', period: MINUTE,
    }),
    alarmDescription: `Something that could not be processed was stored in ${scope.node.path}. ` +
      `First: read the newest object; replay it only after the repair. Runbook: ${RUNBOOKS}/failure-bucket.md#failures-stored`,
  });
  return bucket;
}

/** What a function needs to store failures, and nothing else. */
export function storing(failures: s3.Bucket): iam.PolicyStatement[] {
  const conditions = { StringEquals: { 's3:ResourceAccount': Stack.of(failures).account } };
  return [
    new iam.PolicyStatement({ actions: ['s3:PutObject'], resources: [failures.arnForObjects('*')], conditions }),
    new iam.PolicyStatement({ actions: ['s3:ListBucket'], resources: [failures.bucketArn], conditions }),
  ];
}

interface Source {
  readonly arn: string;
  readonly readings: iam.PolicyStatement[];
  readonly failures: s3.Bucket;
  readonly maxAge: Duration;
}

/** An event source that gives a record up in time, separates it from the good ones, and keeps it. */
export function eventSource(scope: Construct, handler: lambda.Function, { arn, readings, failures, maxAge }: Source): lambda.EventSourceMapping {
  const added = [...readings, ...storing(failures)].map((statement) => handler.role!.addToPrincipalPolicy(statement));
  const mapping = new lambda.EventSourceMapping(scope, 'EventSource', {
    target: handler,
    eventSourceArn: arn,
    startingPosition: lambda.StartingPosition.TRIM_HORIZON,
    batchSize: 100,
    retryAttempts: 5,
    maxRecordAge: maxAge,
    bisectBatchOnError: true,
    reportBatchItemFailures: true,
    // `S3OnFailureDestination` would allow reading and deleting too.
    onFailure: { bind: () => ({ destination: failures.bucketArn }) },
    metricsConfig: { metrics: [lambda.MetricType.EVENT_COUNT] },
  });
  mapping.node.addDependency(...added.map(({ policyDependable }) => policyDependable!));
  return mapping;
}

/** The alarms on the reader of a stream, and on its function. */
export function addReaderAlarms(scope: Construct, handler: lambda.Function, mapping: lambda.EventSourceMapping, maxAge: Duration, page: string) {
  const say = (text: string, section: string) => `${scope.node.path}: ${text} Runbook: ${RUNBOOKS}/${page}.md#${section}`;
  const age = handler.metric('IteratorAge', { period: MINUTE, statistic: 'Maximum' });
  const ofEventSource = (metricName: string) => new cloudwatch.Metric({
    namespace: 'AWS/Lambda', metricName, dimensionsMap: { EventSourceMappingUUID: mapping.eventSourceMappingId }, statistic: 'Sum', period: MINUTE,
  });
  new cloudwatch.Alarm(scope, 'IteratorAgeAlarm', {
    ...ALARM,
    metric: age,
    // An hour at the latest.
    threshold: Math.min(maxAge.toMilliseconds() / 4, 3_600_000),
    alarmDescription: say('Records are processed late. First: look at the errors and throttles of the handler.', 'iterator-age'),
  });
  new cloudwatch.Alarm(scope, 'IteratorAgeCriticalAlarm', {
    ...ALARM,
    metric: age,
    threshold: maxAge.toMilliseconds() / 2,
    alarmDescription: say('Records will soon be given up. First: repair what slows the handler down.', 'iterator-age-critical'),
  });
  new cloudwatch.Alarm(scope, 'DroppedRecordsAlarm', {
    ...ALARM,
    metric: ofEventSource('DroppedEventCount'),
    alarmDescription: say('Records were dropped. First: read them from the stream before they expire.', 'dropped-records'),
  });
  new cloudwatch.Alarm(scope, 'FailuresNotStoredAlarm', {
    ...ALARM,
    metric: handler.metric('DestinationDeliveryFailures', { period: MINUTE, statistic: 'Sum' }),
    alarmDescription: say('Failures could not be stored. First: see whether the role may write to the bucket.', 'failures-not-stored'),
  });
  new cloudwatch.Alarm(scope, 'StoredFailuresAlarm', {
    ...ALARM,
    metric: ofEventSource('OnFailureDestinationDeliveredEventCount'),
    alarmDescription: say('Records could not be processed and were stored. First: read one of the objects.', 'stored-failures'),
  });
  new cloudwatch.Alarm(scope, 'ReadingStoppedAlarm', {
    ...ALARM,
    metric: ofEventSource('PolledEventCount'),
    evaluationPeriods: 15,
    comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
    treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    alarmDescription: say('The stream is no longer read. First: see whether the event source is enabled.', 'reading-stopped'),
  });
}

/** The alarms on the function itself, for a timeout of 30 seconds. */
export function addHandlerAlarms(handler: lambda.Function, errors: Pick<cloudwatch.AlarmProps, 'evaluationPeriods' | 'datapointsToAlarm'> = { evaluationPeriods: 3 }): void {
  const scope = new Construct(handler, 'HandlerAlarms');
  const say = (text: string, section: string) => `${handler.node.path}: ${text} Runbook: ${RUNBOOKS}/handler.md#${section}`;
  new cloudwatch.Alarm(scope, 'Errors', {
    ...ALARM,
    ...errors,
    metric: handler.metricErrors({ period: MINUTE, statistic: 'Sum' }),
    alarmDescription: say('It fails. First: read the error in its log.', 'errors'),
  });
  new cloudwatch.Alarm(scope, 'Throttles', {
    ...ALARM,
    metric: handler.metricThrottles({ period: MINUTE, statistic: 'Sum' }),
    evaluationPeriods: 5,
    alarmDescription: say('It is throttled. First: look at its concurrency.', 'throttles'),
  });
  new cloudwatch.Alarm(scope, 'Duration', {
    ...ALARM,
    metric: handler.metricDuration({ period: MINUTE, statistic: 'p99' }),
    threshold: 24_000,
    evaluationPeriods: 3,
    alarmDescription: say('It comes near its timeout. First: find what became slow.', 'duration'),
  });
}
