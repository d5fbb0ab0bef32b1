import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { AddPattern } from './add-pattern';
import { consumerQueues } from './consumer-queues';
import { ALARM, MINUTE, RUNBOOKS } from './plain-alarms';

/** What SNS reports of the messages that it does not deliver, and where the runbook says what to do. */
const FAILURES = [
  { id: 'RedrivenAlarm', metric: 'NumberOfNotificationsRedrivenToDlq', section: 'redriven' },
  { id: 'FailedToRedriveAlarm', metric: 'NumberOfNotificationsFailedToRedriveToDlq', section: 'failed-to-redrive' },
  { id: 'NotificationsFailedAlarm', metric: 'NumberOfNotificationsFailed', section: 'notifications-failed' },
  { id: 'InvalidAttributesAlarm', metric: 'NumberOfNotificationsFilteredOut-InvalidAttributes', section: 'invalid-attributes' },
  { id: 'InvalidMessageBodyAlarm', metric: 'NumberOfNotificationsFilteredOut-InvalidMessageBody', section: 'invalid-message-body' },
];

/** The template that `TopicFanOut` gives for two consumers, by hand with the CDK's own constructs. */
export const addPattern: AddPattern = (stack, id) => {
  const first = consumerQueues(stack, `${id}First`);
  const second = consumerQueues(stack, `${id}Second`);
  const scope = new Construct(stack, id);
  const topic = new sns.Topic(scope, 'Topic', { enforceSSL: true });
  for (const { id: alarmId, metric, section } of FAILURES) {
    new cloudwatch.Alarm(scope, alarmId, {
      ...ALARM,
      metric: topic.metric(metric, { period: MINUTE, statistic: 'Sum' }),
      alarmDescription: `Messages of topic ${scope.node.path} did not reach a consumer (${metric}). ` +
        `First: find the consumer, and see whether its queue lets the topic in. Runbook: ${RUNBOOKS}/topic-fan-out.md#${section}`,
    });
  }

  for (const [name, { queue, deadLetterQueue }] of [['First', first], ['Second', second]] as const) {
    // Not SqsSubscription of the CDK, whose grant does not go to the dead-letter queue of the consumer.
    const policies = [queue, deadLetterQueue].map((target) => target.addToResourcePolicy(new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal('sns.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [target.queueArn],
      conditions: { ArnEquals: { 'aws:SourceArn': topic.topicArn } },
    })).policyDependable!);
    const subscription = new sns.Subscription(new Construct(scope, name), 'Subscription', {
      topic,
      protocol: sns.SubscriptionProtocol.SQS,
      endpoint: queue.queueArn,
      rawMessageDelivery: true,
      deadLetterQueue,
    });
    subscription.node.addDependency(...policies);
  }
};
