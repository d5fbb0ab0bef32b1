import { Stack } from 'aws-cdk-lib';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { allowSender, shown } from '../sqs/queue-sender';

/** How long, and how often, EventBridge tries to deliver: the most that it offers. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html */
export const RULE_RETRY_POLICY = { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 };

/**
 * The queue of a consumer as the target of a rule, with a standard queue for what cannot be delivered.
 *
 * Both queues let this rule in and no other, and EventBridge may use their customer-managed keys. `SqsQueue` of the CDK grants an encrypted queue to every rule, and an encrypted dead-letter
 * queue's key to none, so that what should be set aside is lost (aws-cdk issue 33169).
 */
export function queueTarget(scope: Construct, queue: sqs.IQueue, deadLetterQueue: sqs.IQueue, messageGroupId?: string): events.IRuleTarget {
  return {
    bind: (rule) => {
      const { ruleArn } = rule.ruleRef;
      [queue, deadLetterQueue].forEach((target) => allowRule(scope, ruleArn, target));
      return {
        arn: queue.queueArn,
        deadLetterConfig: { arn: deadLetterQueue.queueArn },
        retryPolicy: RULE_RETRY_POLICY,
        sqsParameters: messageGroupId === undefined ? undefined : { messageGroupId },
      };
    },
  };
}

/** Lets a rule, and no other, send to a queue, and EventBridge use the queue's customer-managed key. */
export function allowRule(scope: Construct, ruleArn: string, queue: sqs.IQueue): void {
  const { account } = Stack.of(scope);
  allowSender(scope, queue, {
    service: 'events.amazonaws.com',
    arn: ruleArn,
    shownArn: '<ARN of the rule>',
    keyConditions: { StringEquals: { 'aws:SourceAccount': account } },
    shownKeyConditions: { StringEquals: { 'aws:SourceAccount': shown(account, '<account of the rule>') } },
    queueWarning: (queueStatement, keyStatement) => (
      `is not made in this app, so its policy cannot be changed here, and EventBridge can deliver nothing to it until it has this statement: ${queueStatement}. ` +
      `If it is encrypted with a customer-managed key, the key's policy needs this one: ${keyStatement}. It must not be encrypted with the AWS-managed key alias/aws/sqs`
    ),
    keyWarning: (keyStatement) => (
      `is not made in this app, so its policy cannot be changed here, and EventBridge can put nothing into the queue until it has this statement: ${keyStatement}`
    ),
  });
}
