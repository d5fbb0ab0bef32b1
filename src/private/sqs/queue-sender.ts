import type { CfnResource } from 'aws-cdk-lib';
import { Annotations, Lazy, Names, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { IDependable } from 'constructs';
import { Construct } from 'constructs';
import { noteSender } from './message-groups';
import { queueFacts } from './queue-facts';
import { foretellQueuePolicy } from './queue-policy-quotas';
import { differ } from '../app/environments';
import { changedValues, hasAll, valuesIn } from '../checks/derived-values';
import { allowsAll } from '../iam/policy-statements';
import { keyBehind } from '../kms/key-behind';

/**
 * What a service needs of the key of a queue that it sends to.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
 * https://docs.aws.amazon.com/sns/latest/dg/sns-enable-encryption-for-topic-sqs-queue-subscriptions.html
 */
const KEY_ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey'];

interface Conditions {
  readonly [operator: string]: { readonly [key: string]: string };
}

/** Something whose messages a service brings to queues: a topic, a rule. */
export interface QueueSender {
  /** The service principal. */
  readonly service: string;
  /** Its ARN, for the queue's policy, and how a warning shows it. */
  readonly arn: string;
  readonly shownArn: string;
  /** Who may use the queue's key, and how a warning shows it. It names nothing of this app: the sender, or its stack, may depend on the key already. The queue's policy is narrow. */
  readonly keyConditions: Conditions;
  readonly shownKeyConditions: Conditions;
  /** The rest of the warning about a queue whose policy cannot be changed here. */
  readonly queueWarning: (queueStatement: string, keyStatement: string) => string;
  /** The rest of the warning about a key whose policy cannot be changed here. */
  readonly keyWarning: (keyStatement: string) => string;
}

/**
 * Lets a sender, and no other, send to a queue, and lets its service use the queue's customer-managed key; gives what the sending must wait for. Where a policy cannot be changed
 * here, because the queue or the key is made elsewhere, a warning on `scope` says what it must be.
 */
export function allowSender(scope: Construct, queue: sqs.IQueue, sender: QueueSender): IDependable[] {
  noteSender(queue, undefined);
  const toQueue = admit(queue, sender);
  const toKey = queue.encryptionMasterKey?.addToResourcePolicy(new iam.PolicyStatement({
    principals: [new iam.ServicePrincipal(sender.service)],
    actions: KEY_ACTIONS,
    resources: ['*'],
    conditions: sender.keyConditions,
  }));
  if (!toQueue.statementAdded) {
    warn(scope, 'queuePolicyNotChanged', `queue '${queue.node.path}' ${sender.queueWarning(queueStatement(queue, sender), keyStatement(sender))}`);
  } else if (toKey && !toKey.statementAdded) {
    warn(scope, 'queueKeyNotGranted', `the key of queue '${queue.node.path}' ${sender.keyWarning(keyStatement(sender))}`);
  }
  return toQueue.policyDependable ? [toQueue.policyDependable] : [];
}

/** The one statement in a queue's policy that lets a service send to it. */
interface Admission {
  /** The ARNs of the senders: topics, rules. */
  readonly arns: string[];
  readonly result: iam.AddToResourcePolicyResult;
}

/** On the queue itself, so that all patterns, and two copies of this library, share it. */
const ADMISSIONS = Symbol.for('cdk-serverless-patterns.admissions');

/** Adds a sender to the statement for its service. A statement for each sender would soon be more than SQS takes. */
function admit(queue: sqs.IQueue & { [ADMISSIONS]?: Map<string, Admission> }, sender: QueueSender): iam.AddToResourcePolicyResult {
  const admissions = queue[ADMISSIONS] ??= new Map<string, Admission>();
  const known = admissions.get(sender.service);
  if (known) {
    known.arns.push(sender.arn);
    return known.result;
  }
  const arns = [sender.arn];
  // As a string, because the CDK compares conditions by their text to merge statements, and lazy values that are no strings look alike.
  const theseSenders = { ArnEquals: { 'aws:SourceArn': Token.asString(Lazy.any({ produce: () => arns.length === 1 ? arns[0] : arns })) } };
  const result = queue.addToResourcePolicy(new iam.PolicyStatement({
    principals: [new iam.ServicePrincipal(sender.service)],
    actions: ['sqs:SendMessage'],
    resources: [queue.queueArn],
    conditions: theseSenders,
  }));
  if (admissions.size === 0) {
    queue.node.addValidation({ validate: () => changedAdmissions(queue, admissions) });
  }
  admissions.set(sender.service, { arns, result });
  foretellQueuePolicy(queue);
  return result;
}

/** What somebody has changed of the policies by which services send to a queue and use its key. */
function changedAdmissions(queue: sqs.IQueue, admissions: ReadonlyMap<string, Admission>): string[] {
  const policy = queue.node.tryFindChild('Policy')?.node.defaultChild as CfnResource | undefined;
  const key = queue.encryptionMasterKey && keyBehind(queue.encryptionMasterKey.keyArn, queue)?.resource;
  const only = 'messages are delivered only by this; add other statements to it';
  return changedValues([...admissions].flatMap(([service, { arns }]) => {
    const Principal = { Service: service };
    const sending = arns.map((arn) => ({ Action: 'sqs:SendMessage', Condition: { ArnEquals: { 'aws:SourceArn': arn } }, Effect: 'Allow', Principal }));
    return [
      ...policy ? sending.flatMap((statement) => valuesIn(policy, {
        'Properties.PolicyDocument.Statement': [statement, only, allowsAll],
        'Properties.Queues': [[queue.queueUrl], only, hasAll],
      })) : [],
      ...key ? valuesIn(key, { 'Properties.KeyPolicy.Statement': [{ Action: KEY_ACTIONS, Effect: 'Allow', Principal }, only, allowsAll] }) : [],
    ];
  }));
}

/**
 * Where a source keeps what it makes for a consumer with this queue. A queue's policy names its sender, so anything beside the source would make the two stacks depend on each other:
 * it stands below the queue, unless that is in the source's own stack, in another region, or not made in this app.
 */
export function scopeForQueue(source: Construct, id: string, queue: sqs.IQueue): Construct {
  const isHere = Stack.of(queue) === Stack.of(source) || !queueFacts(queue).owned || differ(queue.env.region, Stack.of(source).region);
  return isHere ? new Construct(source, id) : new Construct(queue as unknown as Construct, `${Names.nodeUniqueId(source.node)}-${id}`);
}

/** A value in the text of a warning, which a token would spoil. */
export function shown(value: string, otherwise: string): string {
  return Token.isUnresolved(value) ? otherwise : value;
}

function queueStatement(queue: sqs.IQueue, { service, shownArn }: QueueSender): string {
  return JSON.stringify({
    Effect: 'Allow',
    Principal: { Service: service },
    Action: 'sqs:SendMessage',
    Resource: shown(queue.queueArn, '<ARN of the queue>'),
    Condition: { ArnEquals: { 'aws:SourceArn': shownArn } },
  });
}

function keyStatement({ service, shownKeyConditions }: QueueSender): string {
  return JSON.stringify({ Effect: 'Allow', Principal: { Service: service }, Action: KEY_ACTIONS, Resource: '*', Condition: shownKeyConditions });
}

function warn(scope: Construct, id: string, text: string): void {
  Annotations.of(scope).addWarningV2(`cdk-serverless-patterns:${id}`, text);
}
