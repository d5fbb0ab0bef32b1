import type { CfnResource } from 'aws-cdk-lib';
import { Annotations, ArnFormat, Aspects, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { resourceBehind } from '../app/references';

/** What CloudWatch needs of a topic's key. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html */
const KEY_ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey*'];

/** Keys that CloudWatch was granted already: one statement serves every alarm. */
const granted = new WeakSet<CfnResource>();

/** Topics whose policy is looked after already. */
const lookedAfter = new WeakSet<CfnResource>();

/**
 * Makes sure that CloudWatch can publish to an alarm's topic, as far as that can be known: an alarm whose notification is dropped tells nobody.
 */
export function requireAlarmsCanUse(actionArn: string): void {
  const topic = resourceBehind(actionArn, 'AWS::SNS::Topic') as sns.CfnTopic | undefined;
  if (!topic) {
    return;
  }
  lookAfterPolicy(topic);
  const keyId = topic.kmsMasterKeyId;
  if (keyId === undefined) {
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

/**
 * The policy that SNS gives a topic lets CloudWatch publish. The first statement that anybody adds (`enforceSSL`, a rule's target) takes its place, and then CloudWatch is refused.
 * That may happen until the app is complete, hence an aspect. A topic without a policy keeps the one of SNS, which lets others in too.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
 */
function lookAfterPolicy(topic: sns.CfnTopic): void {
  const owner = topic.node.scope;
  if (!owner || !('addToResourcePolicy' in owner) || lookedAfter.has(topic)) {
    return;
  }
  lookedAfter.add(topic);
  Aspects.of(topic).add({
    visit: () => {
      if (!owner.node.tryFindChild('Policy')) {
        return;
      }
      (owner as sns.Topic).addToResourcePolicy(new iam.PolicyStatement({
        sid: 'AllowAlarms',
        principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.ref],
        conditions: { ArnLike: { 'aws:SourceArn': Stack.of(topic).formatArn({ service: 'cloudwatch', resource: 'alarm', resourceName: '*', arnFormat: ArnFormat.COLON_RESOURCE_NAME }) } },
      }));
    },
  });
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
