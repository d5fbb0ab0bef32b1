import { Stack } from 'aws-cdk-lib';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct, IDependable } from 'constructs';
import { allowSender, shown } from '../../private/sqs/queue-sender';

/**
 * Lets a topic, and no other, send to a queue; gives what a subscription must wait for.
 */
export function allowDelivery(scope: Construct, topic: sns.ITopic, queue: sqs.IQueue): IDependable[] {
  const shownArn = shown(topic.topicArn, '<ARN of the topic>');
  const region = shown(topic.env.region, '<region of the topic>');
  const account = shown(topic.env.account, '<account of the topic>');
  return allowSender(scope, queue, {
    service: 'sns.amazonaws.com',
    arn: topic.topicArn,
    shownArn,
    keyConditions: { ArnLike: { 'aws:SourceArn': topicsBeside(topic) } },
    shownKeyConditions: { ArnLike: { 'aws:SourceArn': shownArn.includes(':') ? shownArn.replace(/[^:]+$/, '*') : `arn:aws:sns:${region}:${account}:*` } },
    queueWarning: (queueStatement, keyStatement) => (
      `is not made in this app, or is a bare CfnQueue, so its policy cannot be changed here, and the topic can deliver nothing to it until it has this statement: ${queueStatement}. ` +
      `If it is encrypted with a customer-managed key, the key's policy needs this one: ${keyStatement}. It must not be encrypted with the AWS-managed key alias/aws/sqs. ` +
      'For a topic of another region that is an opt-in region, the principal is sns.<region of the topic>.amazonaws.com'
    ),
    keyWarning: (keyStatement) => (
      `is not made in this app, so its policy cannot be changed here, and SNS drops every message until it has this statement: ${keyStatement}`
    ),
  });
}

/** The topics of an account and region, as a pattern that names no resource of this app. */
function topicsBeside(topic: sns.ITopic): string {
  return Stack.of(topic).formatArn({ service: 'sns', region: topic.env.region, account: topic.env.account, resource: '*' });
}
