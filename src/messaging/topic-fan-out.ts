import { Annotations, Stack, Token } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import { Construct } from 'constructs';
import type { IQueueFed } from './queue-fed';
import { CONSUMER_ALARMS, TOPIC_ALARMS } from './topic-fan-out.alarms';
import type { TopicFanOutAlarmOptions, TopicFanOutAlarms } from './topic-fan-out.alarms';
import type { DeadLetterAlarmOptions } from '../alarms/alarm-options';
import type { IAlarmed } from '../alarms/alarmed';
import type { DeadLetterAlarms } from '../alarms/alarms-by-name';
import { checkFilterPolicies } from './private/subscription-filter';
import { allowDelivery } from './private/topic-delivery';
import { listed } from '../private/alarms/alarm-table';
import { differ } from '../private/app/environments';
import { identityOf, resourceBehind } from '../private/app/references';
import { appState } from '../private/app/registry';
import { byProp } from '../private/checks/derived-values';
import { Problems } from '../private/checks/problems';
import { RoleGrants } from '../private/iam/role-grants';
import { claimDeadLetters, ownerOfDeadLetters } from '../private/sqs/dead-letter-owners';
import { DEAD_LETTER_RETENTION, newPatternQueue } from '../private/sqs/pattern-queue';
import { hasAwsManagedKey, isFifoQueue, queueFacts, queueIdentity } from '../private/sqs/queue-facts';
import { scopeForQueue, shown } from '../private/sqs/queue-sender';

/**
 * Properties of a `TopicFanOut`.
 */
export interface TopicFanOutProps {
  /**
   * A live topic to adopt, instead of a new one. It is not changed: its type, deduplication and encryption are its own, and must not be stated here too.
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
   * Whether a FIFO topic takes the hash of a message's body for its deduplication id. FIFO only.
   *
   * @default false
   */
  readonly contentBasedDeduplication?: boolean;

  /**
   * A customer-managed key for the topic and for the dead-letter queues that are made here. Publishers need to use it: `grantPublish` allows them to.
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
   * Tuning of the alarms on the dead-letter queue that is made here; only where one is made, because the consumer's own does not suit the topic.
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
   * Where SNS sets aside what it cannot deliver to the consumer's queue: the consumer's own dead-letter queue, or one that was made here.
   */
  readonly deadLetterQueue: sqs.IQueue;

  /**
   * The alarms on the dead-letter queue, if it was made here; none on the consumer's own, which has its alarms already.
   */
  readonly alarms: DeadLetterAlarms;
}

/**
 * A topic that feeds many consumers, each through a queue of its own, and loses nothing: what cannot be delivered to one consumer is set aside for that consumer, and no
 * consumer waits for another.
 *
 * Makes the topic, for each consumer the subscription with raw delivery, its dead-letter queue, the policies of both queues and of their keys, and the alarms.
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
  private readonly consumers = new Map<string, IQueueFed>();

  constructor(scope: Construct, id: string, props: TopicFanOutProps = {}) {
    super(scope, id);
    checkTopic(this, props);

    this.fifo = props.fifo ?? (props.topic ? isFifoTopic(props.topic) : false);
    this.encryptionKey = props.encryptionKey;
    this.topic = props.topic ?? newTopic(this, props);
    // CloudWatch has the metrics of a topic in the account of the topic: alarms in another would see nothing, or a topic of the same name.
    const isElsewhere = differ(this.topic.env.account, Stack.of(this).account);
    this.alarms = isElsewhere ? {} : TOPIC_ALARMS.add(this, { path: this.node.path, topic: this.topic }, props.alarms);
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
    this.checkConsumer(scope, consumer, options);
    this.consumers.set(queueIdentity(consumer.queue), consumer);
    subscriptionsOf(this).set(this.subscriptionOf(consumer.queue), scope.node.path);

    const shares = this.suits(consumer.deadLetterQueue);
    const deadLetterQueue = shares ? consumer.deadLetterQueue : this.newDeadLetterQueue(scope);
    const permissions = [consumer.queue, deadLetterQueue].flatMap((queue) => allowDelivery(scope, this.topic, queue));
    const subscription = new sns.Subscription(scope, 'Subscription', {
      topic: this.topic,
      protocol: sns.SubscriptionProtocol.SQS,
      endpoint: consumer.queue.queueArn,
      rawMessageDelivery: options.rawMessageDelivery ?? true,
      filterPolicy: options.filterPolicy,
      filterPolicyWithMessageBody: options.filterPolicyWithMessageBody,
    });
    // By the property itself: the CDK's construct would add a statement for each topic to the policy of the dead-letter queue.
    (subscription.node.defaultChild as sns.CfnSubscription).redrivePolicy = { deadLetterTargetArn: deadLetterQueue.queueArn };
    // Until a queue lets the topic in, every message is one that cannot be delivered, or not even set aside.
    subscription.node.addDependency(...permissions);

    const alarms = shares ? {} : CONSUMER_ALARMS.add(scope, { path: this.node.path, consumer: id, deadLetterQueue }, options.alarms);
    this.consumerAlarms.push(...listed(alarms));
    return { subscription, deadLetterQueue, alarms };
  }

  /**
   * Allows `grantee` to publish to the topic: `sns:Publish`, and with a customer-managed key `kms:Decrypt` and `kms:GenerateDataKey*` on it.
   *
   * @param grantee who publishes: a role, a function, a service
   */
  public grantPublish(grantee: iam.IGrantable): iam.Grant {
    return this.topic.grantPublish(new RoleGrants(this).to(grantee));
  }

  /** What SNS tells a subscription by, for whichever fan-out over this topic. */
  private subscriptionOf(queue: sqs.IQueue): string {
    return `${identityOf(this.topic.topicArn, 'AWS::SNS::Topic', this.topic)} ${queueIdentity(queue)}`;
  }

  private newDeadLetterQueue(scope: Construct): sqs.Queue {
    const queue = newPatternQueue(scope, 'DeadLetterQueue', {
      fifo: this.fifo,
      encryptionKey: this.encryptionKey,
      retentionPeriod: DEAD_LETTER_RETENTION,
      instead: (prop) => (prop === 'encryptionKey' ? byProp('TopicFanOut')(prop) : 'give a consumer whose deadLetterQueue is of the type, account and region of the topic, and set it there'),
    });
    claimDeadLetters(scope, queue);
    return queue;
  }

  /** SNS sets aside only in a queue of the topic's type, in the account and region of the subscription. */
  private suits(deadLetterQueue: sqs.IQueue): boolean {
    const { region, account } = Stack.of(this);
    return isFifoQueue(deadLetterQueue) === this.fifo && !differ(deadLetterQueue.env.region, region) && !differ(deadLetterQueue.env.account, account);
  }

  private checkConsumer(scope: Construct, { queue, deadLetterQueue }: IQueueFed, options: TopicFanOutConsumerOptions): void {
    const problems = new Problems(scope, 'TopicFanOut consumer');
    const { region, account } = Stack.of(this);
    if (isFifoQueue(queue) && !this.fifo) {
      problems.add(`queue '${queue.node.path}' is a FIFO queue, but the topic is a standard topic, which delivers only to standard queues: give a consumer with a standard queue, or make the topic with fifo: true`);
    }
    if (queueFacts(queue).owned && differ(queue.env.region, region)) {
      problems.add(
        `queue '${queue.node.path}' is in region ${queue.env.region}, but this topic is in ${region}, and a reference between regions would take a function behind a custom resource: ` +
        'give the queues by their ARNs, for example QueueFed.of(sqs.Queue.fromQueueArn(this, \'Queue\', \'arn:aws:sqs:…\'), sqs.Queue.fromQueueArn(this, \'DeadLetters\', \'arn:aws:sqs:…\'))',
      );
    }
    if (differ(queue.env.account, account)) {
      problems.add(
        `queue '${queue.node.path}' is in account ${queue.env.account}, but this stack is in ${account}, and SNS delivers to a queue that somebody else subscribed only when its owner has confirmed it: ` +
        'make a TopicFanOut in a stack of the queue\'s account, with the topic adopted by its ARN (topic: sns.Topic.fromTopicArn)',
      );
    }
    const identity = queueIdentity(queue);
    const subscribed = subscriptionsOf(this).get(this.subscriptionOf(queue));
    if (subscribed) {
      problems.add(`queue '${queue.node.path}' is subscribed already, by '${subscribed}', and SNS has one subscription of a queue to a topic: add the consumer once, with one filter policy for all that it needs`);
    }
    for (const candidate of [queue, ...(this.suits(deadLetterQueue) ? [deadLetterQueue] : [])]) {
      if (hasAwsManagedKey(candidate)) {
        problems.add(`queue '${candidate.node.path}' is encrypted with the AWS-managed key 'alias/aws/sqs', which SNS may not use, so that it would drop every message: encrypt it with SSE-SQS (sqs.QueueEncryption.SQS_MANAGED) or a customer-managed key`);
      }
    }
    if (queueIdentity(deadLetterQueue) === identity) {
      problems.add(`deadLetterQueue '${deadLetterQueue.node.path}' is the queue itself: give the dead-letter queue that its redrive policy names`);
    }
    const other = this.otherConsumerWith(deadLetterQueue, identity);
    if (other) {
      problems.add(`deadLetterQueue '${deadLetterQueue.node.path}' belongs to '${other}' already, and a shared one could not be redriven to the right consumer: give each consumer its own`);
    }
    checkFilterPolicies(problems, options);
    if (options.alarms && this.suits(deadLetterQueue)) {
      problems.add(`alarms is set, but what cannot be delivered goes to the consumer's own dead-letter queue '${deadLetterQueue.node.path}', whose alarms are made with it: tune them there, and leave alarms out`);
    }
    CONSUMER_ALARMS.check(problems, {}, options.alarms);
    problems.throwIfAny();
  }

  /** The consumer, if there is one, that has this dead-letter queue and another queue. */
  private otherConsumerWith(deadLetterQueue: sqs.IQueue, identity: string): string | undefined {
    const deadLetters = queueIdentity(deadLetterQueue);
    const known = [...this.consumers].find(([queue, consumer]) => queue !== identity && queueIdentity(consumer.deadLetterQueue) === deadLetters);
    if (known) {
      return known[1].queue.node.path;
    }
    const owner = ownerOfDeadLetters(this, deadLetterQueue);
    return owner && !('queue' in owner && queueIdentity(owner.queue as sqs.IQueue) === identity) ? owner.node.path : undefined;
  }
}

/** Which consumer of the app has subscribed which queue to which topic: several fan-outs may adopt one topic. */
function subscriptionsOf(scope: Construct): Map<string, string> {
  return appState(scope, 'subscriptions', () => new Map<string, string>());
}

/** Checks the props before anything is made. */
function checkTopic(scope: Construct, props: TopicFanOutProps): void {
  const problems = new Problems(scope, 'TopicFanOut');
  if (props.topic) {
    checkAdoptedTopic(problems, scope, props, props.topic);
  } else if (props.contentBasedDeduplication && !props.fifo) {
    problems.add('contentBasedDeduplication is true, but only a FIFO topic deduplicates: set fifo: true, or leave contentBasedDeduplication out');
  }
  problems.requireCustomerKey('encryptionKey', props.encryptionKey, 'leave encryptionKey out for no encryption by KMS');
  TOPIC_ALARMS.check(problems, {}, props.alarms);
  problems.throwIfAny();
}

function checkAdoptedTopic(problems: Problems, scope: Construct, props: TopicFanOutProps, topic: sns.ITopic): void {
  const path = topic.node.path;
  const { region, account } = Stack.of(scope);
  // An ARN that is a token does not tell the type of the topic.
  const typeIsUnknown = Token.isUnresolved(topic.topicArn) && !topicResource(topic);
  const owns = ['contentBasedDeduplication', 'encryptionKey', ...(typeIsUnknown ? [] : ['fifo' as const])] as const;
  for (const prop of owns.filter((name) => props[name] !== undefined)) {
    problems.add(`${prop} is set, but it is the adopted topic's own (topic '${path}'), which is not changed here: leave ${prop} out, or set it where the topic is made`);
  }
  if (differ(topic.env.region, region)) {
    problems.add(`topic '${path}' is in region ${topic.env.region}, but this stack is in ${region}, and SNS sets aside only in the region of its topic: make this in a stack of that region, and give consumers of other regions by the ARNs of their queues`);
  }
  if (differ(topic.env.account, account)) {
    Annotations.of(scope).addWarningV2(
      'cdk-serverless-patterns:topicPolicyUnchecked',
      `topic '${path}' is in account ${topic.env.account}, so its policy cannot be changed here: it must allow this account to subscribe: ` +
      JSON.stringify({ Effect: 'Allow', Principal: { AWS: account }, Action: 'sns:Subscribe', Resource: shown(topic.topicArn, '<ARN of the topic>') }),
    );
    Annotations.of(scope).addWarningV2(
      'cdk-serverless-patterns:topicAlarmsElsewhere',
      `topic '${path}' is in account ${topic.env.account}, and so are its metrics, so no alarms on it are made here: let its owner adopt it with a TopicFanOut there. ` +
      'What is set aside for a consumer fires the alarms on its dead-letter queue here; what SNS discards is seen only there',
    );
    if (props.alarms) {
      problems.add(`alarms is set, but topic '${path}' is in account ${topic.env.account}, where CloudWatch has its metrics, and no alarms on it are made here: tune them there, and leave alarms out`);
    }
  }
}

/** An import whose ARN is a token says `false` of whatever it stands for, so a topic of this app is asked itself. */
function isFifoTopic(topic: sns.ITopic): boolean {
  const resource = topicResource(topic);
  return resource ? Stack.of(resource).resolve(resource.fifoTopic) === true : topic.fifo;
}

function topicResource(topic: sns.ITopic): sns.CfnTopic | undefined {
  return resourceBehind(topic.topicArn, 'AWS::SNS::Topic') as sns.CfnTopic | undefined;
}

function newTopic(scope: Construct, { fifo, contentBasedDeduplication, encryptionKey }: TopicFanOutProps): sns.Topic {
  const topic = new sns.Topic(scope, 'Topic', { fifo: fifo || undefined, contentBasedDeduplication, masterKey: encryptionKey, enforceSSL: true });
  // The CDK names FIFO topics, though CloudFormation can, and a named topic cannot be replaced.
  (topic.node.defaultChild as sns.CfnTopic).topicName = undefined;
  return topic;
}
