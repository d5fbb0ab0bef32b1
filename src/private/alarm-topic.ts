import type { CfnResource } from 'aws-cdk-lib';
import { Annotations, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { resourceBehind } from './references';

/** What CloudWatch needs of a topic's key. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html */
const KEY_ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey*'];

/** Keys that CloudWatch was granted already: one statement serves every alarm. */
const granted = new WeakSet<CfnResource>();

/**
 * Makes sure that CloudWatch can publish to an alarm's topic, as far as that can be known: an alarm whose notification is dropped tells nobody.
 */
export function requireAlarmsCanUse(actionArn: string): void {
  const topic = resourceBehind(actionArn, 'AWS::SNS::Topic') as sns.CfnTopic | undefined;
  const keyId = topic?.kmsMasterKeyId;
  if (!topic || keyId === undefined) {
    return;
  }
  const key = resourceBehind(keyId, 'AWS::KMS::Key');
  if (key && grantKey(key)) {
    return;
  }
  if (JSON.stringify(Stack.of(topic).resolve(keyId)).includes('alias/aws/sns')) {
    throw new Error(
      `alarms cannot notify topic '${topic.node.scope?.node.path}': masterKey is the AWS-managed key 'alias/aws/sns', which CloudWatch may not use, so nobody would hear them: ` +
      'give the topic a customer-managed key (new kms.Key) or none',
    );
  }
  // On the topic, where it is one warning, however many alarms there are.
  Annotations.of(topic).addWarningV2(
    'cdk-serverless-patterns:topicKeyNotGranted',
    `the key of topic '${topic.node.scope?.node.path}' is not made in this app, or is a bare CfnKey, so its policy cannot be changed here: ` +
    `make sure that it allows ${KEY_ACTIONS.join(' and ')} to the service principal cloudwatch.amazonaws.com`,
  );
}

/** Grants the key to CloudWatch; false for a key that is a bare CloudFormation resource, whose policy is its owner's to write. */
function grantKey(resource: CfnResource): boolean {
  const key = resource.node.scope;
  if (!key || !('grant' in key)) {
    return false;
  }
  if (!granted.has(resource)) {
    granted.add(resource);
    (key as kms.Key).grant(new iam.ServicePrincipal('cloudwatch.amazonaws.com'), ...KEY_ACTIONS);
  }
  return true;
}
