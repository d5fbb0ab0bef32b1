import { CfnDeletionPolicy, Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { AddPattern } from './add-pattern';
import { consumerQueues } from './consumer-queues';
import { addDeadLetterAlarms, ALARM, MINUTE, RUNBOOKS } from './plain-alarms';

/** The template that `ClaimCheckBucket` gives for one consumer by message and one by upload, by hand with the CDK's own constructs. */
export const addPattern: AddPattern = (stack, id, handler) => {
  consumerQueues(stack, `${id}Pointers`);
  const uploads = consumerQueues(stack, `${id}Uploads`);
  const scope = new Construct(stack, id);
  const bucket = new s3.Bucket(scope, 'Bucket', {
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    encryption: s3.BucketEncryption.S3_MANAGED,
    lifecycleRules: [{
      // 4 days in the queue, 14 in its dead-letter queue, 14 after a redrive, and one in which EventBridge tries to deliver.
      expiration: Duration.days(33),
      noncurrentVersionExpiration: Duration.days(1),
      abortIncompleteMultipartUploadAfter: Duration.days(7),
    }],
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  });
  // `eventBridgeEnabled` would add a function that sets it.
  (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  for (const prefix of ['pointers', 'uploads']) {
    handler.addToRolePolicy(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [bucket.arnForObjects(`${prefix}/*`)] }));
  }

  const consumer = new Construct(scope, 'Uploads');
  const deadLetterQueue = new sqs.Queue(consumer, 'DeadLetterQueue', {
    retentionPeriod: Duration.days(14),
    encryption: sqs.QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  (deadLetterQueue.node.defaultChild as sqs.CfnQueue).cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
  const rule = new events.Rule(consumer, 'Rule', {
    eventPattern: {
      source: ['aws.s3'],
      detailType: ['Object Created'],
      detail: { bucket: { name: [bucket.bucketName] }, object: { key: [{ prefix: 'uploads/' }] } },
    },
  });
  rule.addTarget({
    bind: () => ({
      arn: uploads.queue.queueArn,
      deadLetterConfig: { arn: deadLetterQueue.queueArn },
      retryPolicy: { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 },
    }),
  });
  for (const target of [uploads.queue, deadLetterQueue]) {
    target.addToResourcePolicy(new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal('events.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [target.queueArn],
      conditions: { ArnEquals: { 'aws:SourceArn': rule.ruleArn } },
    }));
  }

  addDeadLetterAlarms(consumer, deadLetterQueue, 'claim-check');
  const ofRule = (metricName: string) => new cloudwatch.Metric({
    namespace: 'AWS/Events', metricName, dimensionsMap: { RuleName: rule.ruleName }, statistic: 'Sum', period: MINUTE,
  });
  new cloudwatch.Alarm(consumer, 'FailedInvocationsAlarm', {
    ...ALARM,
    metric: ofRule('FailedInvocations'),
    alarmDescription: `Uploads for ${consumer.node.path} could not be delivered. ` +
      `First: see whether the queue exists and lets the rule in. Runbook: ${RUNBOOKS}/claim-check.md#failed-invocations`,
  });
  new cloudwatch.Alarm(consumer, 'FailedToSendToDlqAlarm', {
    ...ALARM,
    metric: ofRule('InvocationsFailedToBeSentToDlq'),
    alarmDescription: `Uploads for ${consumer.node.path} could neither be delivered nor set aside. ` +
      `First: repair the policy of the dead-letter queue. Runbook: ${RUNBOOKS}/claim-check.md#failed-to-send-to-dlq`,
  });
};
