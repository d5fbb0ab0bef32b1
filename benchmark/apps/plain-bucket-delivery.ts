import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as firehose from 'aws-cdk-lib/aws-kinesisfirehose';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { AddPattern } from './add-pattern';
import { ALARM, MINUTE, RUNBOOKS } from './plain-alarms';

/** The template that `BucketDelivery` gives for records of the handler, by hand with the CDK's own constructs. */
export const addPattern: AddPattern = (stack, id, handler) => {
  const scope = new Construct(stack, id);
  const bucket = new s3.Bucket(scope, 'Bucket', {
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    encryption: s3.BucketEncryption.S3_MANAGED,
    lifecycleRules: [
      { noncurrentVersionExpiration: Duration.days(1), abortIncompleteMultipartUploadAfter: Duration.days(7) },
      { prefix: 'errors/', expiration: Duration.days(90) },
    ],
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  });
  // `eventBridgeEnabled` would add a function that sets it.
  (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };

  const role = new iam.Role(scope, 'Role', { assumedBy: new iam.ServicePrincipal('firehose.amazonaws.com') });
  const logGroup = new logs.LogGroup(scope, 'Logs', { retention: logs.RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY });
  const logStream = new logs.LogStream(scope, 'DeliveryLog', { logGroup, removalPolicy: RemovalPolicy.DESTROY });
  const conditions = { StringEquals: { 's3:ResourceAccount': stack.account } };
  const statements = [
    { actions: ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'], resources: [bucket.arnForObjects('*')], conditions },
    { actions: ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'], resources: [bucket.bucketArn], conditions },
    { actions: ['logs:PutLogEvents'], resources: [`arn:${stack.partition}:logs:${stack.region}:${stack.account}:log-group:${logGroup.logGroupName}:log-stream:${logStream.logStreamName}`] },
  ];
  const added = statements.map((statement) => role.addToPrincipalPolicy(new iam.PolicyStatement(statement)));
  const deliveryStream = new firehose.DeliveryStream(scope, 'DeliveryStream', {
    // The destination of the CDK cannot append a new line to each record.
    destination: {
      bind: () => ({
        dependables: added.map(({ policyDependable }) => policyDependable!),
        extendedS3DestinationConfiguration: {
          bucketArn: bucket.bucketArn,
          roleArn: role.roleArn,
          prefix: 'data/',
          errorOutputPrefix: 'errors/!{firehose:error-output-type}/',
          compressionFormat: 'GZIP',
          bufferingHints: { intervalInSeconds: 300, sizeInMBs: 128 },
          cloudWatchLoggingOptions: { enabled: true, logGroupName: logGroup.logGroupName, logStreamName: logStream.logStreamName },
          processingConfiguration: { enabled: true, processors: [{ type: 'AppendDelimiterToRecord' }] },
        },
      }),
    },
    encryption: firehose.StreamEncryption.awsOwnedKey(),
  });

  const failureRule = new events.Rule(scope, 'FailureRule', {
    eventPattern: { source: ['aws.s3'], detailType: ['Object Created'], detail: { bucket: { name: [bucket.bucketName] }, object: { key: [{ prefix: 'errors/' }] } } },
  });
  const ofStream = (metricName: string, statistic: string) => new cloudwatch.Metric({
    namespace: 'AWS/Firehose', metricName, dimensionsMap: { DeliveryStreamName: deliveryStream.deliveryStreamName }, statistic, period: MINUTE,
  });
  new cloudwatch.Alarm(scope, 'DeliveryFreshnessAlarm', {
    ...ALARM,
    metric: ofStream('DeliveryToS3.DataFreshness', 'Maximum'),
    threshold: 900,
    alarmDescription: `Records of ${scope.node.path} wait. First: read the log of Firehose. Runbook: ${RUNBOOKS}/bucket-delivery.md#delivery-freshness`,
  });
  new cloudwatch.Alarm(scope, 'FailuresStoredAlarm', {
    ...ALARM,
    metric: new cloudwatch.Metric({
      namespace: 'AWS/Events', metricName: 'TriggeredRules', dimensionsMap: { RuleName: failureRule.ruleName }, statistic: 'Sum', period: MINUTE,
    }),
    alarmDescription: `Records of ${scope.node.path} could not be processed. First: read the newest object. Runbook: ${RUNBOOKS}/bucket-delivery.md#failures-stored`,
  });
  new cloudwatch.Alarm(scope, 'ThrottledRecordsAlarm', {
    ...ALARM,
    metric: ofStream('ThrottledRecords', 'Sum'),
    evaluationPeriods: 5,
    alarmDescription: `Firehose refuses records of ${scope.node.path}. First: compare them with the quota. Runbook: ${RUNBOOKS}/bucket-delivery.md#throttled-records`,
  });
  handler.addToRolePolicy(new iam.PolicyStatement({ actions: ['firehose:PutRecord', 'firehose:PutRecordBatch'], resources: [deliveryStream.deliveryStreamArn] }));
};
