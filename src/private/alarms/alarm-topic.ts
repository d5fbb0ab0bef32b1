import type { CfnResource } from 'aws-cdk-lib';
import { Annotations, ArnFormat, Aspects, Stack, Token } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { differ } from '../app/environments';
import { resourceBehind, resourcesIn } from '../app/references';
import { appState } from '../app/registry';
import { keyBehind } from '../kms/key-behind';

/** What CloudWatch needs of a topic's key. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html */
const KEY_ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey*'];

const CLOUDWATCH = 'cloudwatch.amazonaws.com';

interface AlarmTopics {
  /** Keys that CloudWatch was granted already: one statement serves every alarm. */
  readonly grantedKeys: Set<CfnResource>;
  /** The topics whose policy is looked after, and the alarms that publish to them, as patterns of ARNs. */
  readonly publishers: Map<CfnResource, Set<string>>;
  /** Alarms and what they cannot notify, for one error each. */
  readonly unreachable: Set<string>;
}

const alarmTopicsOf = (alarm: cloudwatch.Alarm) => appState<AlarmTopics>(alarm, 'alarmTopics', () => ({ grantedKeys: new Set(), publishers: new Map(), unreachable: new Set() }));

/**
 * Makes sure that an alarm can use an action, as far as that can be known: an alarm whose notification is dropped tells nobody. False if it cannot; then synthesis fails.
 */
export function letAlarmUse(alarm: cloudwatch.Alarm, actionArn: string): boolean {
  if (isOfAnotherRegion(alarm, actionArn)) {
    return false;
  }
  const topic = resourceBehind(actionArn, 'AWS::SNS::Topic') as sns.CfnTopic | undefined;
  if (topic) {
    lookAfterPolicy(alarm, topic);
    lookAfterKey(alarm, topic);
  } else {
    warnOfForeignTopic(alarm, actionArn);
  }
  return true;
}

/** An alarm acts in its own region alone. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
function isOfAnotherRegion(alarm: cloudwatch.Alarm, actionArn: string): boolean {
  const [target] = resourcesIn(actionArn, alarm);
  const region = target ? Stack.of(target).region : partOf(actionArn, 'region');
  const here = Stack.of(alarm).region;
  if (region === undefined || !differ(region, here)) {
    return false;
  }
  const name = target?.node.scope?.node.path ?? actionArn;
  const { unreachable } = alarmTopicsOf(alarm);
  // Once for all alarms of a stack.
  const once = `${Stack.of(alarm).node.path} ${name}`;
  if (!unreachable.has(once)) {
    unreachable.add(once);
    alarm.node.addValidation({
      validate: () => [
        `action '${name}' is in region ${region}, but this alarm and others of its stack are in ${here}, and an alarm acts only in its own region: ` +
        'route the alarms of each region by itself, with Alarms.of(stack).notify and a topic of that region',
      ],
    });
  }
  return true;
}

/**
 * The policy that SNS gives a topic lets the alarms of its own account publish. The first statement that anybody adds (`enforceSSL`, a rule's target) takes its place, and then CloudWatch
 * is refused; the alarms of other accounts always are. Either may come until the app is complete, hence an aspect. A topic that needs no policy keeps the one of SNS, which lets others in too.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
 */
function lookAfterPolicy(alarm: cloudwatch.Alarm, topic: sns.CfnTopic): void {
  const owner = topic.node.scope;
  if (!owner || !('addToResourcePolicy' in owner)) {
    return;
  }
  const { publishers } = alarmTopicsOf(alarm);
  const own = alarmsBeside(topic);
  const patterns = publishers.get(topic) ?? new Set([own]);
  if (differ(Stack.of(alarm).account, Stack.of(topic).account)) {
    patterns.add(alarmsBeside(alarm));
  }
  if (publishers.has(topic)) {
    return;
  }
  publishers.set(topic, patterns);
  let added = 0;
  Aspects.of(topic).add({
    visit: () => {
      if (added === patterns.size || (patterns.size === 1 && !owner.node.tryFindChild('Policy'))) {
        return;
      }
      added = patterns.size;
      (owner as sns.Topic).addToResourcePolicy(new iam.PolicyStatement({
        sid: 'AllowAlarms',
        principals: [new iam.ServicePrincipal(CLOUDWATCH)],
        actions: ['sns:Publish'],
        resources: [topic.ref],
        conditions: { ArnLike: { 'aws:SourceArn': patterns.size === 1 ? own : [...patterns] } },
      }));
    },
  });
}

function lookAfterKey(alarm: cloudwatch.Alarm, topic: sns.CfnTopic): void {
  const keyId = topic.kmsMasterKeyId;
  if (keyId === undefined) {
    return;
  }
  const key = keyBehind(keyId, topic);
  if (key) {
    const { grantedKeys } = alarmTopicsOf(alarm);
    if (!grantedKeys.has(key.resource)) {
      grantedKeys.add(key.resource);
      key.key.grant(new iam.ServicePrincipal(CLOUDWATCH), ...KEY_ACTIONS);
    }
    return;
  }
  const path = topic.node.scope?.node.path;
  if (JSON.stringify(Stack.of(topic).resolve(keyId)).includes('alias/aws/sns')) {
    throw new Error(
      `alarms cannot notify topic '${path}': masterKey is the AWS-managed key 'alias/aws/sns', which CloudWatch may not use, so nobody would hear them: ` +
      'give the topic a customer-managed key (new kms.Key) or none',
    );
  }
  // On the topic, where it is one warning, however many alarms there are.
  Annotations.of(topic).addWarningV2(
    'cdk-serverless-patterns:topicKeyNotGranted',
    `the key of topic '${path}' is not made in this app, or is a bare CfnKey, so its policy cannot be changed here: ` +
    `make sure that it allows ${KEY_ACTIONS.join(' and ')} to the service principal ${CLOUDWATCH}`,
  );
}

/** Of a topic that is not made in this app only the account can be told. */
function warnOfForeignTopic(alarm: cloudwatch.Alarm, actionArn: string): void {
  const account = partOf(actionArn, 'account');
  const stack = Stack.of(alarm);
  if (partOf(actionArn, 'service') === 'sns' && account !== undefined && differ(account, stack.account)) {
    Annotations.of(stack).addWarningV2(
      'cdk-serverless-patterns:topicOfAnotherAccount',
      `topic '${actionArn}' is in account ${account}, but alarms that notify it are in ${stack.account}, and its policy cannot be changed here: it must allow sns:Publish to the service principal ${CLOUDWATCH} ` +
      `where aws:SourceArn is like '${Token.isUnresolved(stack.account) ? 'arn:aws:cloudwatch:<region>:<account of the alarms>:alarm:*' : `arn:aws:cloudwatch:${stack.region}:${stack.account}:alarm:*`}'; ` +
      'if it is encrypted, so must its key',
    );
  }
}

/** The alarms of the account and region of a construct, as a pattern of their ARNs. */
function alarmsBeside(construct: cloudwatch.Alarm | sns.CfnTopic): string {
  return Stack.of(construct).formatArn({ service: 'cloudwatch', resource: 'alarm', resourceName: '*', arnFormat: ArnFormat.COLON_RESOURCE_NAME });
}

/** A part of an ARN that is written out; undefined where the whole is a token. */
function partOf(arn: string, part: 'service' | 'region' | 'account'): string | undefined {
  const [prefix, , service, region, account] = arn.split(':');
  return prefix === 'arn' ? { service, region, account }[part] || undefined : undefined;
}
