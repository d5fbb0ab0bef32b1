import { Annotations, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct, IDependable } from 'constructs';

const SNS = 'sns.amazonaws.com';

/** What SNS needs of the key of a queue. https://docs.aws.amazon.com/sns/latest/dg/sns-enable-encryption-for-topic-sqs-queue-subscriptions.html */
const KEY_ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey'];

/**
 * Lets a topic, and no other, send to a queue, and lets SNS use the queue's customer-managed key; gives what a subscription must wait for. Where a policy is not to be
 * changed here, because the queue or the key is made elsewhere, a warning on `scope` says what it must be.
 */
export function allowDelivery(scope: Construct, topic: sns.ITopic, queue: sqs.IQueue): IDependable[] {
  const permissions: IDependable[] = [];
  const toQueue = queue.addToResourcePolicy(new iam.PolicyStatement({
    principals: [new iam.ServicePrincipal(SNS)],
    actions: ['sqs:SendMessage'],
    resources: [queue.queueArn],
    conditions: { ArnEquals: { 'aws:SourceArn': topic.topicArn } },
  }));
  if (toQueue.policyDependable) {
    permissions.push(toQueue.policyDependable);
  }
  const key = queue.encryptionMasterKey;
  const toKey = key?.addToResourcePolicy(new iam.PolicyStatement({
    principals: [new iam.ServicePrincipal(SNS)],
    actions: KEY_ACTIONS,
    resources: ['*'],
    // Not narrowed to the one topic: the topic, or its stack, may depend on this key already. The queue's policy is.
    conditions: { ArnLike: { 'aws:SourceArn': topicsBeside(topic) } },
  }));
  if (!toQueue.statementAdded) {
    warnOfQueue(scope, topic, queue);
  } else if (toKey && !toKey.statementAdded) {
    Annotations.of(scope).addWarningV2(
      'cdk-serverless-patterns:queueKeyNotGranted',
      `the key of queue '${queue.node.path}' is not made in this app, so its policy cannot be changed here, and SNS drops every message until it has this statement: ${keyStatement(topic)}`,
    );
  }
  return permissions;
}

function warnOfQueue(scope: Construct, topic: sns.ITopic, queue: sqs.IQueue): void {
  const statement = {
    Effect: 'Allow',
    Principal: { Service: SNS },
    Action: 'sqs:SendMessage',
    Resource: shown(queue.queueArn, 'queue'),
    Condition: { ArnEquals: { 'aws:SourceArn': shown(topic.topicArn, 'topic') } },
  };
  Annotations.of(scope).addWarningV2(
    'cdk-serverless-patterns:queuePolicyNotChanged',
    `queue '${queue.node.path}' is not made in this app, or is a bare CfnQueue, so its policy cannot be changed here, and the topic can deliver nothing to it until it has this statement: ${JSON.stringify(statement)}. ` +
    `If it is encrypted with a customer-managed key, the key's policy needs this one: ${keyStatement(topic)}. It must not be encrypted with the AWS-managed key alias/aws/sqs. ` +
    'For a topic of another region that is an opt-in region, the principal is sns.<region of the topic>.amazonaws.com',
  );
}

function keyStatement(topic: sns.ITopic): string {
  const arn = shown(topic.topicArn, 'topic');
  return JSON.stringify({
    Effect: 'Allow',
    Principal: { Service: SNS },
    Action: KEY_ACTIONS,
    Resource: '*',
    Condition: { ArnLike: { 'aws:SourceArn': arn.includes(':') ? arn.replace(/[^:]+$/, '*') : 'arn:aws:sns:<region of the topic>:<account of the topic>:*' } },
  });
}

/** The topics of an account and region, as a pattern that names no resource of this app. */
function topicsBeside(topic: sns.ITopic): string {
  return Stack.of(topic).formatArn({ service: 'sns', region: topic.env.region, account: topic.env.account, resource: '*' });
}

function shown(arn: string, what: string): string {
  return Token.isUnresolved(arn) ? `<ARN of the ${what}>` : arn;
}
