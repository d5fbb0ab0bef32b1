import { CfnDeletionPolicy, Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { AddPattern } from './add-pattern';

const RUNBOOKS = 'https://github.com/cdkserverlesspatterns/cdk-serverless-patterns/blob/v0.0.0/docs/runbooks';

/**
 * What a team would write by hand with the CDK's own constructs for the template that `QueueFedFunction` gives: every value written out, for a handler
 * with a timeout of 30 seconds.
 */
export const addPattern: AddPattern = (stack, id, handler) => {
  newConsumer(new Construct(stack, id), handler);
};

/** The same in a scope of its own; with a FIFO queue, whose messages are deduplicated by their content. */
export function newConsumer(scope: Construct, handler: lambda.Function, fifo?: true): sqs.Queue {
  const deadLetterQueue = new sqs.Queue(scope, 'DeadLetterQueue', {
    retentionPeriod: Duration.days(14),
    encryption: sqs.QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    fifo,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const queue = new sqs.Queue(scope, 'Queue', {
    visibilityTimeout: Duration.seconds(180),
    retentionPeriod: Duration.days(4),
    deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: 5 },
    encryption: sqs.QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    fifo,
    contentBasedDeduplication: fifo,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  for (const made of [deadLetterQueue, queue]) {
    (made.node.defaultChild as sqs.CfnQueue).cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
  }

  const permissions = handler.role!.addToPrincipalPolicy(new iam.PolicyStatement({
    actions: ['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueUrl', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
    resources: [queue.queueArn],
  }));
  const eventSource = new lambda.EventSourceMapping(scope, 'EventSource', {
    target: handler,
    eventSourceArn: queue.queueArn,
    batchSize: fifo ? 1 : 10,
    maxConcurrency: 100,
    reportBatchItemFailures: true,
  });
  eventSource.node.addDependency(permissions.policyDependable!);

  const period = Duration.minutes(1);
  const alarm = {
    threshold: 0,
    evaluationPeriods: 1,
    comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
    treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
  };
  new cloudwatch.Alarm(scope, 'DeadLettersAlarm', {
    ...alarm,
    metric: deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Maximum' }),
    alarmDescription: `Messages of ${scope.node.path} could not be processed and are in its dead-letter queue. ` +
      'First: read one of them and the error that the handler logged for it; redrive only after the repair. ' +
      `Runbook: ${RUNBOOKS}/queue-fed.md#dead-letters`,
  });
  new cloudwatch.Alarm(scope, 'MoreDeadLettersAlarm', {
    ...alarm,
    metric: new cloudwatch.MathExpression({
      expression: 'DIFF(visible + FILL(inFlight, 0))',
      label: 'Growth of the dead-letter queue',
      period,
      usingMetrics: {
        visible: deadLetterQueue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' }),
        inFlight: deadLetterQueue.metricApproximateNumberOfMessagesNotVisible({ statistic: 'Maximum' }),
      },
    }),
    alarmDescription: `More messages of ${scope.node.path} went to its dead-letter queue within the last period. ` +
      'First: see whether the cause is the known one; if it is new, disable the event source before more follow. ' +
      `Runbook: ${RUNBOOKS}/queue-fed.md#more-dead-letters`,
  });
  new cloudwatch.Alarm(scope, 'MessageAgeAlarm', {
    ...alarm,
    metric: queue.metricApproximateAgeOfOldestMessage({ period, statistic: 'Maximum' }),
    threshold: 1800,
    alarmDescription: `Messages of ${scope.node.path} wait longer than they should. ` +
      'First: look at the throttles and the duration of the handler: it is too slow, throttled or disabled. ' +
      `Runbook: ${RUNBOOKS}/queue-fed.md#message-age`,
  });

  const handlerAlarms = new Construct(handler, 'HandlerAlarms');
  new cloudwatch.Alarm(handlerAlarms, 'Errors', {
    ...alarm,
    metric: handler.metricErrors({ period, statistic: 'Sum' }),
    // Three attempts, each a visibility timeout after the other.
    evaluationPeriods: 9,
    datapointsToAlarm: 3,
    alarmDescription: `The function ${handler.node.path} fails, and goes on failing. ` +
      'First: read the error in its log; what it could not process is retried and then moved to a dead-letter queue, not lost. ' +
      `Runbook: ${RUNBOOKS}/handler.md#errors`,
  });
  new cloudwatch.Alarm(handlerAlarms, 'Throttles', {
    ...alarm,
    metric: handler.metricThrottles({ period, statistic: 'Sum' }),
    evaluationPeriods: 5,
    alarmDescription: `The function ${handler.node.path} is throttled. ` +
      'First: compare its reserved concurrency, and what the account has left, with the maximum concurrency of all its sources. ' +
      `Runbook: ${RUNBOOKS}/handler.md#throttles`,
  });
  new cloudwatch.Alarm(handlerAlarms, 'Duration', {
    ...alarm,
    metric: handler.metricDuration({ period, statistic: 'p99' }),
    threshold: 24_000,
    evaluationPeriods: 3,
    alarmDescription: `The function ${handler.node.path} comes near its timeout. ` +
      'First: find what became slow; at the timeout the whole batch goes back to the queue and is processed again. ' +
      `Runbook: ${RUNBOOKS}/handler.md#duration`,
  });
  return queue;
}
