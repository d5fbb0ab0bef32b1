import { CfnDeletionPolicy, Duration, Fn, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { addDeadLetterAlarms, ALARM, MINUTE, RUNBOOKS } from './plain-alarms';

/** A queue for what could not be delivered. */
export function newDeadLetterQueue(scope: Construct, id: string): sqs.Queue {
  const deadLetterQueue = new sqs.Queue(scope, id, {
    retentionPeriod: Duration.days(14),
    encryption: sqs.QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  (deadLetterQueue.node.defaultChild as sqs.CfnQueue).cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
  return deadLetterQueue;
}

/** A rule that delivers events to a queue, sets aside what it cannot deliver, and has alarms on that. */
export function newDelivery(scope: Construct, queue: sqs.Queue, eventPattern: events.EventPattern, eventBus?: events.EventBus): void {
  const deadLetterQueue = newDeadLetterQueue(scope, 'DeadLetterQueue');
  const rule = new events.Rule(scope, 'Rule', { eventPattern, eventBus });
  rule.addTarget({
    bind: () => ({
      arn: queue.queueArn,
      deadLetterConfig: { arn: deadLetterQueue.queueArn },
      retryPolicy: { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 },
    }),
  });
  for (const target of [queue, deadLetterQueue]) {
    target.addToResourcePolicy(new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal('events.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [target.queueArn],
      conditions: { ArnEquals: { 'aws:SourceArn': rule.ruleArn } },
    }));
  }

  addDeadLetterAlarms(scope, deadLetterQueue, 'event-delivery');
  // Of a bus that is not the default one, the rule's name is the second part of what the rule gives.
  const dimensionsMap: Record<string, string> = eventBus
    ? { EventBusName: eventBus.eventBusName, RuleName: Fn.select(1, Fn.split('|', rule.ruleName)) }
    : { RuleName: rule.ruleName };
  const ofRule = (metricName: string) => new cloudwatch.Metric({ namespace: 'AWS/Events', metricName, dimensionsMap, statistic: 'Sum', period: MINUTE });
  new cloudwatch.Alarm(scope, 'FailedInvocationsAlarm', {
    ...ALARM,
    metric: ofRule('FailedInvocations'),
    alarmDescription: `Events for ${scope.node.path} could not be delivered. ` +
      `First: see whether the queue exists and lets the rule in. Runbook: ${RUNBOOKS}/event-delivery.md#failed-invocations`,
  });
  new cloudwatch.Alarm(scope, 'FailedToSendToDlqAlarm', {
    ...ALARM,
    metric: ofRule('InvocationsFailedToBeSentToDlq'),
    alarmDescription: `Events for ${scope.node.path} could neither be delivered nor set aside. ` +
      `First: repair the policy of the dead-letter queue. Runbook: ${RUNBOOKS}/event-delivery.md#failed-to-send-to-dlq`,
  });
}
