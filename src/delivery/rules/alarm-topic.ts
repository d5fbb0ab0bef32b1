import type { Rule } from './rule';

/** What is known of a topic that alarms publish to. */
export interface AlarmTopicFacts {
  readonly path: string;
  /** The path of an alarm that does. */
  readonly alarm: string;
  /** Whether it is encrypted with the AWS-managed key of SNS. */
  readonly awsManagedKey?: boolean | undefined;
  /** The customer key, if it is one of the app. */
  readonly key?: { readonly path: string; readonly allowsCloudWatch?: boolean | undefined } | undefined;
  /** Whether the policies that replace the default policy of the topic let alarms publish. Undefined: there are none, or it is not known. */
  readonly policyAllowsAlarms?: boolean | undefined;
}

const KEY_PAGE = 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html';

/**
 * What is true of a topic that alarms can publish to.
 */
export const ALARM_TOPIC_RULES: readonly Rule<AlarmTopicFacts>[] = [
  {
    id: 'alarmTopicKeyManaged',
    severity: 'error',
    why: 'CloudWatch may not use the AWS-managed key of SNS, whose policy cannot be changed.',
    source: KEY_PAGE,
    finding: ({ path, alarm, awsManagedKey }) => (
      !awsManagedKey ? undefined : {
        what: `topic '${path}' has KmsMasterKeyId alias/aws/sns, which CloudWatch may not use, so the notifications of alarm '${alarm}' are dropped in silence`,
        fix: 'leave KmsMasterKeyId out, or set it to a customer-managed key whose policy allows kms:Decrypt and kms:GenerateDataKey* to cloudwatch.amazonaws.com',
      }
    ),
  },
  {
    id: 'alarmTopicKeyNotGranted',
    severity: 'error',
    why: 'CloudWatch publishes to an encrypted topic only if the policy of the key lets it use the key.',
    source: KEY_PAGE,
    finding: ({ path, alarm, key }) => (
      key?.allowsCloudWatch !== false ? undefined : {
        what: `topic '${path}' is encrypted with key '${key.path}', whose KeyPolicy has no statement for cloudwatch.amazonaws.com, so the notifications of alarm '${alarm}' are dropped in silence`,
        fix: 'allow kms:Decrypt and kms:GenerateDataKey* to the service cloudwatch.amazonaws.com in the KeyPolicy',
      }
    ),
  },
  {
    id: 'alarmTopicPolicyWithoutCloudWatch',
    severity: 'error',
    why: 'A policy of a topic replaces the default policy, by which the alarms of the account may publish.',
    source: 'https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html',
    finding: ({ path, alarm, policyAllowsAlarms }) => (
      policyAllowsAlarms !== false ? undefined : {
        what: `topic '${path}' has a topic policy in which no statement lets CloudWatch publish, so the notifications of alarm '${alarm}' are refused`,
        fix: 'allow sns:Publish to the service cloudwatch.amazonaws.com in the PolicyDocument, with aws:SourceArn the alarms of the account',
      }
    ),
  },
];
