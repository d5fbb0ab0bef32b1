import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import { Construct } from 'constructs';
import type { AddPattern } from './add-pattern';
import { ALARM, MINUTE, RUNBOOKS } from './plain-alarms';
import { addHandlerAlarms, addReaderAlarms, eventSource, failureBucket } from './plain-stream-reader';

/** The template that `StreamFedFunction` gives, by hand with the CDK's own constructs. */
export const addPattern: AddPattern = (stack, id, handler) => {
  const scope = new Construct(stack, id);
  const stream = new kinesis.Stream(scope, 'Stream', {
    streamMode: kinesis.StreamMode.ON_DEMAND,
    retentionPeriod: Duration.days(7),
    encryption: kinesis.StreamEncryption.MANAGED,
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  });
  const failures = failureBucket(scope);
  // Half of the retention.
  const maxAge = Duration.hours(84);
  const readings = [new iam.PolicyStatement({
    actions: ['kinesis:DescribeStream', 'kinesis:DescribeStreamSummary', 'kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:ListShards'],
    resources: [stream.streamArn],
  })];
  const mapping = eventSource(scope, handler, { arn: stream.streamArn, readings, failures, maxAge });

  addReaderAlarms(scope, handler, mapping, maxAge, 'stream-fed-function');
  new cloudwatch.Alarm(scope, 'ReadThrottlesAlarm', {
    ...ALARM,
    metric: stream.metricReadProvisionedThroughputExceeded({ period: MINUTE, statistic: 'Sum' }),
    evaluationPeriods: 5,
    alarmDescription: `Reads of the stream of ${scope.node.path} are throttled. ` +
      `First: see who else reads it. Runbook: ${RUNBOOKS}/stream-fed-function.md#read-throttles`,
  });
  new cloudwatch.Alarm(scope, 'WriteThrottlesAlarm', {
    ...ALARM,
    metric: stream.metricWriteProvisionedThroughputExceeded({ period: MINUTE, statistic: 'Sum' }),
    alarmDescription: `Writes to the stream of ${scope.node.path} are throttled. ` +
      `First: see whether producers retry. Runbook: ${RUNBOOKS}/stream-fed-function.md#write-throttles`,
  });
  addHandlerAlarms(handler);
};
