import type { CfnResource } from 'aws-cdk-lib';
import { Names, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { newSubscription } from './subscription';
import { checkFilterPolicies, filterPolicyOf } from './subscription-filter';
import { allowDelivery } from './topic-delivery';
import { differ } from '../../private/app/environments';
import type { DerivedValue } from '../../private/checks/derived-values';
import { changedValues, valuesIn } from '../../private/checks/derived-values';
import { Problems, wholeOrNot } from '../../private/checks/problems';
import { madeRole, statementValues, trustValues } from '../../private/iam/role-promises';
import type { IRecordDelivery } from '../../storage/record-delivery';
import type { TopicFanOutDeliveryOptions } from '../topic-fan-out-deliveries';
import { DELIVERY_ALARMS } from '../topic-fan-out.alarms';
import type { FannedTopic } from '../topic-fan-out.rules';

/** The subscription stands with the delivery, whose stack comes to depend on that of the topic. */
export function scopeForRecords(fanOut: Construct, id: string, delivery: IRecordDelivery): Construct {
  const isHere = Stack.of(delivery) === Stack.of(fanOut);
  return isHere ? new Construct(fanOut, id) : new Construct(delivery as unknown as Construct, `${Names.nodeUniqueId(fanOut.node)}-${id}`);
}

/** Checks a delivery before anything is made for it. */
export function checkRecords(scope: Construct, { topic, fifo }: FannedTopic, delivery: IRecordDelivery, options: TopicFanOutDeliveryOptions): void {
  const problems = new Problems(scope, 'TopicFanOut delivery');
  if (fifo) {
    problems.add(`topic '${topic.node.path}' is a FIFO topic, but SNS delivers to Firehose from standard topics only: add a consumer whose handler puts the messages into the delivery stream`);
  }
  for (const place of ['region', 'account'] as const) {
    const [there, here] = [Stack.of(delivery)[place], topic.env[place]];
    if (differ(there, here)) {
      problems.add(`delivery '${delivery.node.path}' is in ${place} ${there}, but the topic is in ${here}, and SNS delivers to Firehose within one ${place} only: make the BucketDelivery there`);
    }
  }
  checkFilterPolicies(problems, options);
  DELIVERY_ALARMS.check(problems, {}, options.alarms);
  problems.throwIfAny();
}

/** What SNS asks of a delivery stream besides putting records. https://docs.aws.amazon.com/sns/latest/dg/prereqs-kinesis-data-firehose.html */
const DESCRIBE_ACTIONS = ['firehose:DescribeDeliveryStream', 'firehose:ListTagsForDeliveryStream'];
const PUT_ACTIONS = ['firehose:PutRecord', 'firehose:PutRecordBatch'];

interface SubscribedRecords {
  readonly subscription: sns.Subscription;
  readonly role: iam.Role;
}

/** Subscribes a delivery stream, once the role of SNS may put records and the dead-letter queue lets the topic in. */
export function subscribeRecords(
  scope: Construct, topic: sns.ITopic, delivery: IRecordDelivery, deadLetterQueue: sqs.Queue, options: TopicFanOutDeliveryOptions,
): SubscribedRecords {
  const { deliveryStream } = delivery;
  const role = new iam.Role(scope, 'Role', { assumedBy: new iam.ServicePrincipal('sns.amazonaws.com') });
  wholeOrNot(scope, () => delivery.grantPutRecords(role));
  role.addToPolicy(new iam.PolicyStatement({ actions: DESCRIBE_ACTIONS, resources: [deliveryStream.deliveryStreamArn] }));
  const protocol = sns.SubscriptionProtocol.FIREHOSE;
  const endpoint = deliveryStream.deliveryStreamArn;
  const subscription = newSubscription(scope, { topic, protocol, endpoint, subscriptionRoleArn: role.roleArn, deadLetterQueue }, options);
  subscription.node.addDependency(role, ...allowDelivery(scope, topic, deadLetterQueue));
  const made = { subscription, role };
  subscription.node.addValidation({ validate: () => changedValues(valuesOf(made, topic, delivery, deadLetterQueue, options)) });
  return made;
}

function valuesOf(
  { subscription, role }: SubscribedRecords,
  topic: sns.ITopic,
  { deliveryStream }: IRecordDelivery,
  deadLetterQueue: sqs.Queue,
  options: TopicFanOutDeliveryOptions,
): DerivedValue[] {
  const by = (option: string) => `state ${option} in addDelivery`;
  const { filterPolicyWithMessageBody } = options;
  const arn = deliveryStream.deliveryStreamArn;
  const made = madeRole(role);
  const needed = [PUT_ACTIONS, DESCRIBE_ACTIONS].map((Action) => ({ Action, Effect: 'Allow', Resource: arn }));
  return [
    ...valuesIn(subscription.node.defaultChild as CfnResource, {
      'Properties.TopicArn': [topic.topicArn, 'add the delivery to another TopicFanOut'],
      'Properties.Protocol': ['firehose', 'a delivery is subscribed by its delivery stream'],
      'Properties.Endpoint': [arn, 'add another delivery'],
      'Properties.SubscriptionRoleArn': [role.roleArn, 'change what that role may do'],
      'Properties.RawMessageDelivery': [options.rawMessageDelivery ?? true, by('rawMessageDelivery')],
      'Properties.FilterPolicy': [filterPolicyOf(options), by(filterPolicyWithMessageBody ? 'filterPolicyWithMessageBody' : 'filterPolicy')],
      'Properties.FilterPolicyScope': [filterPolicyWithMessageBody && 'MessageBody', by('filterPolicyWithMessageBody')],
      'Properties.RedrivePolicy': [{ deadLetterTargetArn: deadLetterQueue.queueArn }, 'what cannot be delivered is set aside there'],
    }),
    ...made ? [...trustValues(made, 'sns.amazonaws.com', 'SNS'), ...statementValues(role, needed, 'SNS puts messages by this role')] : [],
  ];
}
