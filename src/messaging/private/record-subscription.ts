import type { CfnResource } from 'aws-cdk-lib';
import { Annotations, Names, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { earlierSubscriptions, rememberSubscription } from './known-subscriptions';
import type { SubscriptionParts } from './subscription';
import { newSubscription, subscriptionValues } from './subscription';
import { checkFilterPolicies, hasFilterPolicy } from './subscription-filter';
import { allowDelivery } from './topic-delivery';
import type { TopicSubscriptionFacts } from '../../delivery/rules/topic-subscription';
import { TOPIC_SUBSCRIPTION_RULES } from '../../delivery/rules/topic-subscription';
import { differ, placeOf } from '../../private/app/environments';
import { identityOf } from '../../private/app/references';
import type { DerivedValue } from '../../private/checks/derived-values';
import { changedValues, valuesIn } from '../../private/checks/derived-values';
import { Problems, reportFindings, wholeOrNot } from '../../private/checks/problems';
import { valuesOfRole } from '../../private/iam/role-promises';
import { topicIdentity } from '../../private/sns/topic-facts';
import type { IRecordDelivery } from '../../storage/record-delivery';
import type { TopicFanOutDeliveryOptions } from '../topic-fan-out-deliveries';
import { DELIVERY_ALARMS } from '../topic-fan-out.alarms';
import type { FannedTopic } from '../topic-fan-out.rules';

/** The subscription stands with the delivery, whose stack comes to depend on that of the topic. */
export function scopeForRecords(fanOut: Construct, id: string, delivery: IRecordDelivery): Construct {
  const isHere = Stack.of(delivery) === Stack.of(fanOut);
  return isHere ? new Construct(fanOut, id) : new Construct(delivery as unknown as Construct, `${Names.nodeUniqueId(fanOut.node)}-${id}`);
}

/** For each account that subscribes. https://docs.aws.amazon.com/general/latest/gr/sns.html */
const QUOTA_OF_DELIVERIES = 5;

/** Checks a delivery before anything is made for it. */
export function checkRecords(scope: Construct, subject: FannedTopic, delivery: IRecordDelivery, options: TopicFanOutDeliveryOptions): void {
  const { topic, fifo } = subject;
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
  const { subscribedBy, deliveries } = earlierSubscriptions(scope, topic, streamIdentity(delivery));
  if (subscribedBy) {
    problems.add(
      `delivery '${delivery.node.path}' is subscribed already, by '${subscribedBy}', and SNS has one subscription of a delivery stream to a topic: ` +
      'add the delivery once, with one filter policy for all that it keeps, or add another BucketDelivery',
    );
  } else if (deliveries >= QUOTA_OF_DELIVERIES) {
    Annotations.of(scope).addWarningV2('cdk-serverless-patterns:deliveriesAboveQuota', (
      `the topic has ${deliveries + 1} deliveries, but SNS subscribes ${QUOTA_OF_DELIVERIES} delivery streams of an account to a topic, unless the quota was raised: ` +
      'raise it, or let one BucketDelivery keep what several do'
    ));
  }
  problems.addFindings(TOPIC_SUBSCRIPTION_RULES, subscriptionFacts(scope, subject, delivery, options));
  checkFilterPolicies(problems, options);
  DELIVERY_ALARMS.check(problems, {}, options.alarms);
  problems.throwIfAny();
}

/** What the rules about subscriptions are told of the one that stands, or is to stand, in `scope`. */
function subscriptionFacts(
  scope: Construct, { topic, fifo, fanOut }: FannedTopic, delivery: IRecordDelivery, options: TopicFanOutDeliveryOptions,
): TopicSubscriptionFacts {
  const { facts } = earlierSubscriptions(scope, topic, streamIdentity(delivery));
  return { topic: { fifo, ...facts }, hasFilterPolicy: hasFilterPolicy(options), account: placeOf(Stack.of(fanOut)).account };
}

function streamIdentity({ deliveryStream }: IRecordDelivery): string {
  return identityOf(deliveryStream.deliveryStreamArn, 'AWS::KinesisFirehose::DeliveryStream', deliveryStream);
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
  scope: Construct, subject: FannedTopic, delivery: IRecordDelivery, deadLetterQueue: sqs.Queue, options: TopicFanOutDeliveryOptions,
): SubscribedRecords {
  const { topic } = subject;
  const { deliveryStream } = delivery;
  const role = new iam.Role(scope, 'Role', { assumedBy: new iam.ServicePrincipal('sns.amazonaws.com') });
  wholeOrNot(scope, () => delivery.grantPutRecords(role));
  role.addToPolicy(new iam.PolicyStatement({ actions: DESCRIBE_ACTIONS, resources: [deliveryStream.deliveryStreamArn] }));
  const [protocol, endpoint] = [sns.SubscriptionProtocol.FIREHOSE, deliveryStream.deliveryStreamArn];
  const parts = { topic, protocol, endpoint, subscriptionRoleArn: role.roleArn, deadLetterQueue };
  const subscription = newSubscription(scope, parts, options);
  subscription.node.addDependency(role, ...allowDelivery(scope, topic, deadLetterQueue));
  const made = { subscription, role };
  rememberSubscription({
    topic: topicIdentity(topic),
    endpoint: streamIdentity(delivery),
    scope,
    fanOut: subject.fanOut,
    hasFilterPolicy: hasFilterPolicy(options),
  });
  subscription.node.addValidation({
    validate: () => [
      ...changedValues(valuesOf(made, delivery, parts, options)),
      ...reportFindings(scope, TOPIC_SUBSCRIPTION_RULES, subscriptionFacts(scope, subject, delivery, options)),
    ],
  });
  return made;
}

function valuesOf(
  { subscription, role }: SubscribedRecords, { deliveryStream }: IRecordDelivery, parts: SubscriptionParts, options: TopicFanOutDeliveryOptions,
): DerivedValue[] {
  const needed = [PUT_ACTIONS, DESCRIBE_ACTIONS].map((Action) => ({ Action, Effect: 'Allow', Resource: deliveryStream.deliveryStreamArn }));
  return [
    ...subscriptionValues(subscription, parts, options, {
      method: 'addDelivery',
      topic: 'add the delivery to another TopicFanOut',
      protocol: 'a delivery is subscribed by its delivery stream',
      endpoint: 'add another delivery',
      deadLetters: 'what cannot be delivered is set aside there',
    }),
    ...valuesIn(subscription.node.defaultChild as CfnResource, { 'Properties.SubscriptionRoleArn': [role.roleArn, 'change what that role may do'] }),
    ...valuesOfRole(role, { service: 'sns.amazonaws.com', shown: 'SNS' }, needed, 'SNS puts messages by this role'),
  ];
}
