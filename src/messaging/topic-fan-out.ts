import type { Size } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import { Construct } from 'constructs';
import type { IQueueFed } from './queue-fed';
import type { TopicFanOutDelivery, TopicFanOutDeliveryOptions } from './topic-fan-out-deliveries';
import { CONSUMER_ALARMS, DELIVERY_ALARMS, TOPIC_ALARMS } from './topic-fan-out.alarms';
import type { TopicFanOutAlarmOptions, TopicFanOutAlarms } from './topic-fan-out.alarms';
import { checkSubscriptionAtSynthesis, checkTopicAtSynthesis } from './topic-fan-out.late-rules';
import { checkConsumer, checkTopic, isFifo, rememberConsumer, suits } from './topic-fan-out.rules';
import type { DeadLetterAlarmOptions } from '../alarms/alarm-options';
import type { IAlarmed } from '../alarms/alarmed';
import type { DeadLetterAlarms } from '../alarms/alarms-by-name';
import { checkRecords, scopeForRecords, subscribeRecords } from './private/record-subscription';
import { newSubscription } from './private/subscription';
import { allowDelivery } from './private/topic-delivery';
import { listed } from '../private/alarms/alarm-table';
import { differ } from '../private/app/environments';
import { byProps } from '../private/checks/derived-values';
import { RoleGrants } from '../private/iam/role-grants';
import { warnOfKeyByAlias } from '../private/kms/key-by-alias';
import { claimDeadLetters } from '../private/sqs/dead-letter-owners';
import { DEAD_LETTER_RETENTION, newPatternQueue } from '../private/sqs/pattern-queue';
import { scopeForQueue } from '../private/sqs/queue-sender';
import type { IRecordDelivery } from '../storage/record-delivery';

/**
 * Properties of a `TopicFanOut`.
 */
export interface TopicFanOutProps {
  /**
   * Existing topic to adopt. It is not changed: its own settings (type, deduplication, size of messages, encryption) must not be set here too.
   *
   * It must be in the region of this stack. A topic of another account must allow this account to subscribe, and has its alarms there: none are made here on the topic.
   *
   * @default - a new topic that accepts only TLS
   */
  readonly topic?: sns.ITopic;

  /**
   * Whether messages of one group are delivered in order, by a FIFO topic. For an adopted topic it is read from its name; state it only where the name is a token.
   *
   * A FIFO topic delivers to FIFO queues and, without order, to standard queues. https://docs.aws.amazon.com/sns/latest/dg/fifo-message-delivery.html
   *
   * @default false
   */
  readonly fifo?: boolean;

  /**
   * Whether SNS uses the hash of a message's body as its deduplication ID. FIFO topics only.
   *
   * @default false
   */
  readonly contentBasedDeduplication?: boolean;

  /**
   * Maximum size of a message, body and attributes together, from 1 KiB to 1 MiB. Larger ones are refused; send them by claim check (`ClaimCheckBucket`). Above 256 KiB a topic has at
   * most 100 subscriptions. https://docs.aws.amazon.com/sns/latest/dg/large-message-payloads.html
   *
   * @default - 256 KiB
   */
  readonly maximumMessageSize?: Size;

  /**
   * Customer-managed key for the topic and for the dead-letter queues that are created here. Publishers need to use it: `grantPublish` allows them to.
   *
   * @default - none: SNS encrypts what it stores on disk; dead-letter queues are encrypted by SQS with keys of its own (SSE-SQS)
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Tuning of the alarms on the topic.
   *
   * @default - all alarms on, with their default thresholds; none for a topic of another account
   */
  readonly alarms?: TopicFanOutAlarmOptions;
}

/**
 * How a consumer is subscribed to the topic of a `TopicFanOut`.
 */
export interface TopicFanOutConsumerOptions {
  /**
   * The attributes that a message must have for this consumer to get it: up to five, of which all must match.
   * https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
   *
   * @default - every message
   */
  readonly filterPolicy?: { [attribute: string]: sns.SubscriptionFilter };

  /**
   * What the body of a message, which must be JSON, must contain for this consumer to get it: up to five properties, of which all must match.
   * **A message whose body is not JSON is not delivered**, and an alarm says so. https://docs.aws.amazon.com/sns/latest/dg/sns-message-filtering-scope.html
   *
   * @default - every message
   */
  readonly filterPolicyWithMessageBody?: { [property: string]: sns.FilterOrPolicy };

  /**
   * Whether the queue gets the message as it was published, instead of a JSON envelope around it.
   *
   * **SNS discards a raw message that has more than ten attributes.** Publish fewer, or turn this off. https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
   *
   * @default true
   */
  readonly rawMessageDelivery?: boolean;

  /**
   * Tuning of the alarms on the dead-letter queue that is created here. Allowed only where one is created: the consumer's own dead-letter queue has its alarms already.
   *
   * @default - all alarms on, with their default thresholds
   */
  readonly alarms?: DeadLetterAlarmOptions;
}

/**
 * What `TopicFanOut.addConsumer` made.
 */
export interface TopicFanOutConsumer {
  /**
   * The subscription of the consumer's queue to the topic.
   */
  readonly subscription: sns.Subscription;

  /**
   * The dead-letter queue for what SNS cannot deliver to the consumer's queue: the consumer's own, or one that was created here.
   */
  readonly deadLetterQueue: sqs.IQueue;

  /**
   * The alarms on the dead-letter queue, if it was made here; none on the consumer's own, which has its alarms already.
   */
  readonly alarms: DeadLetterAlarms;
}

/**
 * An SNS topic that feeds many consumers, each through a queue of its own, and loses nothing: what cannot be delivered to a consumer is moved to a dead-letter queue of that consumer,
 * and no consumer waits for another.
 *
 * Creates the topic, for each consumer the subscription with raw delivery, its dead-letter queue, the policies of both queues and of their keys, and the alarms.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html
 *
 * @example
 * const placed = new TopicFanOut(this, 'OrderPlaced');
 * placed.addConsumer('Mail', new QueueFedFunction(this, 'Mail', { handler }));
 */
@propertyInjectable
export class TopicFanOut extends Construct implements IAlarmed {
  /**
   * Identifies this class to property injectors.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-serverless-patterns.messaging.TopicFanOut';

  /**
   * The topic that publishers publish to.
   */
  public readonly topic: sns.ITopic;

  /**
   * The alarms on the topic, by their names; none on a topic of another account.
   */
  public readonly alarms: TopicFanOutAlarms;

  private readonly fifo: boolean;
  private readonly encryptionKey: kms.IKey | undefined;
  private readonly consumerAlarms: cloudwatch.Alarm[] = [];

  constructor(scope: Construct, id: string, props: TopicFanOutProps = {}) {
    super(scope, id);
    checkTopic(this, props);

    this.fifo = isFifo(props);
    this.encryptionKey = props.encryptionKey;
    this.topic = props.topic ?? newTopic(this, props);
    // CloudWatch has the metrics of a topic in the account of the topic: alarms in another would see nothing, or a topic of the same name.
    const isElsewhere = differ(this.topic.env.account, Stack.of(this).account);
    this.alarms = isElsewhere ? {} : TOPIC_ALARMS.add(this, { path: this.node.path, topic: this.topic }, props.alarms);
    this.node.addValidation({ validate: () => checkTopicAtSynthesis(this, props) });
  }

  /**
   * The alarms on the topic and on the dead-letter queues that were made here, for dashboards and composite alarms. A copy: changing it changes nothing.
   */
  public get allAlarms(): cloudwatch.Alarm[] {
    return [...listed({ ...this.alarms }), ...this.consumerAlarms];
  }

  /**
   * Subscribes the queue of a consumer to the topic.
   *
   * What SNS cannot deliver there goes to the consumer's own dead-letter queue, if it is of the topic's type and in the account and region of this stack; otherwise one is made
   * here, with alarms. Both queues, and their customer-managed keys, let this topic in. For queues that are not made in this app a warning says which policies they need.
   *
   * The subscription stands in the stack of the queue, which comes to depend on that of the topic and never the reverse. A queue of another region is given by its ARN, and
   * its subscription stands here. https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
   *
   * @param id names the consumer below this construct
   * @param consumer whose queue is subscribed, for instance a `QueueFedFunction`, or `QueueFed.of(queue, deadLetterQueue)`
   * @param options filters and form of the messages
   */
  public addConsumer(id: string, consumer: IQueueFed, options: TopicFanOutConsumerOptions = {}): TopicFanOutConsumer {
    const scope = scopeForQueue(this, id, consumer.queue);
    const subject = { fanOut: this, topic: this.topic, fifo: this.fifo };
    checkConsumer(scope, subject, consumer, options);
    rememberConsumer(scope, subject, consumer, options);

    const shares = suits(subject, consumer.deadLetterQueue);
    const deadLetterQueue = shares ? consumer.deadLetterQueue : this.newDeadLetterQueue(scope);
    const permissions = [consumer.queue, deadLetterQueue].flatMap((queue) => allowDelivery(scope, this.topic, queue));
    const protocol = sns.SubscriptionProtocol.SQS;
    const subscription = newSubscription(scope, { topic: this.topic, protocol, endpoint: consumer.queue.queueArn, deadLetterQueue }, options);
    // Until a queue lets the topic in, every message is one that cannot be delivered, or not even set aside.
    subscription.node.addDependency(...permissions);
    const made = { scope, subject, consumer, subscription, deadLetterQueue };
    subscription.node.addValidation({ validate: () => checkSubscriptionAtSynthesis(made, options) });

    const alarms = shares ? {} : CONSUMER_ALARMS.add(scope, { path: this.node.path, consumer: id, deadLetterQueue }, options.alarms);
    this.consumerAlarms.push(...listed(alarms));
    return { subscription, deadLetterQueue, alarms };
  }

  /**
   * Subscribes a delivery to a bucket to the topic, so that messages are kept there in large files. Not to a FIFO topic, and not a delivery that has a `source`.
   *
   * SNS puts each message into the delivery stream, by a role of its own. What it cannot put there goes to a dead-letter queue that is made here, with alarms; what becomes of a record
   * afterwards is up to the delivery. All of it stands in the stack of the delivery, which comes to depend on that of the topic.
   * https://docs.aws.amazon.com/sns/latest/dg/sns-firehose-as-subscriber.html
   *
   * @param id names the delivery below this construct
   * @param delivery whose delivery stream is subscribed, for instance a `BucketDelivery`
   * @param options filters and form of the messages
   */
  public addDelivery(id: string, delivery: IRecordDelivery, options: TopicFanOutDeliveryOptions = {}): TopicFanOutDelivery {
    const scope = scopeForRecords(this, id, delivery);
    const subject = { fanOut: this, topic: this.topic, fifo: this.fifo };
    checkRecords(scope, subject, delivery, options);
    const deadLetterQueue = this.newDeadLetterQueue(scope);
    const made = subscribeRecords(scope, subject, delivery, deadLetterQueue, options);
    const alarms = DELIVERY_ALARMS.add(scope, { path: this.node.path, consumer: id, deadLetterQueue }, options.alarms);
    this.consumerAlarms.push(...listed(alarms));
    return { ...made, deadLetterQueue, alarms };
  }

  /**
   * Allows `grantee` to publish to the topic: `sns:Publish`, and with a customer-managed key `kms:Decrypt` and `kms:GenerateDataKey*` on it.
   *
   * @param grantee who publishes: a role, a function, a service
   */
  public grantPublish(grantee: iam.IGrantable): iam.Grant {
    warnOfKeyByAlias(this, this.encryptionKey);
    return this.topic.grantPublish(new RoleGrants(this).to(grantee));
  }

  private newDeadLetterQueue(scope: Construct): sqs.Queue {
    const queue = newPatternQueue(scope, 'DeadLetterQueue', {
      fifo: this.fifo,
      encryptionKey: this.encryptionKey,
      retentionPeriod: DEAD_LETTER_RETENTION,
      instead: byProps('TopicFanOut', ['encryptionKey'], 'give a consumer whose deadLetterQueue is of the type, account and region of the topic, and set it there'),
    });
    claimDeadLetters(scope, queue);
    return queue;
  }
}

function newTopic(scope: Construct, { fifo, contentBasedDeduplication, encryptionKey, maximumMessageSize }: TopicFanOutProps): sns.Topic {
  const topic = new sns.Topic(scope, 'Topic', { fifo: fifo || undefined, contentBasedDeduplication, masterKey: encryptionKey, enforceSSL: true });
  // The CDK names FIFO topics, though CloudFormation can, and a named topic cannot be replaced.
  const resource = topic.node.defaultChild as sns.CfnTopic;
  resource.topicName = undefined;
  if (maximumMessageSize) {
    // The oldest CDK that this library works with does not know the property yet.
    resource.addPropertyOverride('MaximumMessageSize', maximumMessageSize.toBytes());
  }
  return topic;
}
