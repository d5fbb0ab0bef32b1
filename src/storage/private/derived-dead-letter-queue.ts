import type { CfnResource } from 'aws-cdk-lib';
import { CfnDeletionPolicy } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Statement } from './policy-statements';
import { allows } from './policy-statements';
import type { DerivedValue, Promised } from '../../private/checks/derived-values';
import { hasAll, valuesIn } from '../../private/checks/derived-values';
import { keyBehind } from '../../private/kms/key-behind';
import { DEAD_LETTER_RETENTION } from '../../private/sqs/pattern-queue';

const STAYS_OR_GOES: readonly unknown[] = [CfnDeletionPolicy.DELETE, CfnDeletionPolicy.RETAIN, CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE];

/** What is changed for a whole stack, such as one for tests, is meant; but there are no snapshots, and nothing is said where there is no policy. */
const removal: Promised = [STAYS_OR_GOES.join(' or '), 'state removalPolicy of the ClaimCheckBucket', (found) => STAYS_OR_GOES.includes(found)];
export const valuesOfRemoval = { DeletionPolicy: removal, UpdateReplacePolicy: removal };

/** A smaller message than EventBridge sends would be refused. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
const LARGEST_EVENT = 1_048_576;

/** What the dead-letter queue of a rule must be. */
export function valuesOfDeadLetterQueue(queue: sqs.Queue, encryptionKey: kms.IKey | undefined): DerivedValue[] {
  const resource = queue.node.defaultChild as CfnResource;
  const byKey = 'state encryptionKey of the ClaimCheckBucket';
  return valuesIn(resource, {
    'Properties.MessageRetentionPeriod': [DEAD_LETTER_RETENTION.toSeconds(), 'uploads that could not be delivered wait for people, so SQS must keep them as long as it can'],
    'Properties.FifoQueue': [undefined, 'EventBridge takes standard queues only', (found) => found !== true],
    'Properties.RedrivePolicy': [undefined, 'its alarms watch this queue, and would not see what is moved on'],
    'Properties.MaximumMessageSize': [undefined, 'leave it at what SQS takes at most', (found) => found === undefined || (typeof found === 'number' && found >= LARGEST_EVENT)],
    'Properties.KmsMasterKeyId': [encryptionKey?.keyArn, byKey],
    ...encryptionKey ? {} : { 'Properties.SqsManagedSseEnabled': [true, byKey, (found: unknown) => found !== false] as const },
    ...valuesOfRemoval,
  });
}

const EVENTS = 'events.amazonaws.com';
const BY_EVENTBRIDGE = 'EventBridge may deliver uploads only so; add other statements to it';

/** What the policy of a queue, and that of its key, must allow a rule; nothing is known of what is not made in this app. */
export function valuesOfTarget(queue: sqs.IQueue, ruleArn: string): DerivedValue[] {
  const policy = queue.node.tryFindChild('Policy')?.node.defaultChild as CfnResource | undefined;
  const key = queue.encryptionMasterKey && keyBehind(queue.encryptionMasterKey.keyArn, queue)?.resource;
  const sending: Statement = { Action: 'sqs:SendMessage', Condition: { ArnEquals: { 'aws:SourceArn': ruleArn } }, Effect: 'Allow', Principal: { Service: EVENTS } };
  const usingTheKey: Statement = { Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Effect: 'Allow', Principal: { Service: EVENTS } };
  return [
    ...policy ? valuesIn(policy, {
      'Properties.PolicyDocument.Statement': [sending, BY_EVENTBRIDGE, allows],
      'Properties.Queues': [[queue.queueUrl], 'this policy lets EventBridge deliver uploads', hasAll],
    }) : [],
    ...key ? valuesIn(key, { 'Properties.KeyPolicy.Statement': [usingTheKey, BY_EVENTBRIDGE, allows] }) : [],
  ];
}
