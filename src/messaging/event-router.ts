import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Names, Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import { Construct } from 'constructs';
import type {
  EventRouterConsumer, EventRouterConsumerOptions, EventRouterFunctionOptions, EventRouterSenderOptions, EventRouterTargetOptions,
} from './event-router-consumers';
import type { EventRouterAlarmOptions, EventRouterAlarms } from './event-router.alarms';
import { BUS_ALARMS, CONSUMER_ALARMS, TARGET_ALARMS, UNROUTED_ALARMS } from './event-router.alarms';
import { checkDeliveryAtSynthesis, checkRouterAtSynthesis } from './event-router.late-rules';
import type { Routed } from './event-router.rules';
import {
  archiveRetentionOf, checkConsumer, checkFunction, checkRouter, checkSender, checkTarget, checkTargetConfig, countsUnrouted, customBus,
} from './event-router.rules';
import type { IQueueFed } from './queue-fed';
import type { IAlarmed } from '../alarms/alarmed';
import type { AsyncFunction } from '../functions/async-function';
import { listed } from '../private/alarms/alarm-table';
import { functionTarget, messageGroupOf, newEventDelivery, otherTarget, queueTarget } from '../private/events/event-delivery';
import type { BusSender } from '../private/events/pattern-bus';
import { allowBusToUseKey, busArnForKey, newArchive, newBusPolicy, newPatternBus } from '../private/events/pattern-bus';
import type { TakenTypes } from '../private/events/unrouted';
import { newUnroutedRule, takenTypes } from '../private/events/unrouted';
import { RoleGrants } from '../private/iam/role-grants';
import { scopeForQueue } from '../private/sqs/queue-sender';

/**
 * Properties of an `EventRouter`.
 */
export interface EventRouterProps {
  /**
   * Existing event bus to adopt, such as the default one, which gets the events of AWS services (`EventBus.fromEventBusName(this, 'Default', 'default')`), or that of a partner. It is not
   * changed, and must be in the account and region of this stack: bring events from elsewhere by `allowAccount`.
   *
   * @default - a new event bus, whose name is derived
   */
  readonly eventBus?: events.IEventBus;

  /**
   * Whether every event of the bus is archived, so that it can be replayed, for instance to one consumer after a repair. What was not archived cannot be replayed.
   * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive.html
   *
   * @default - true; for an adopted bus false, unless `archiveRetention` is set
   */
  readonly archived?: boolean;

  /**
   * How long the archive keeps an event, in whole days.
   *
   * @default Duration.days(14)
   */
  readonly archiveRetention?: Duration;

  /**
   * Customer-managed key for the new bus, for the archive and for the dead-letter queues of consumers. The bus gets a dead-letter queue of its own for what EventBridge can neither encrypt
   * nor decrypt, which is encrypted by SQS (SSE-SQS): it is needed while the key cannot be used.
   *
   * @default - EventBridge encrypts with a key that AWS owns; dead-letter queues are encrypted by SQS (SSE-SQS)
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Tuning of the alarms on the bus. Those on its dead-letter queue are allowed only where there is one: with an `encryptionKey`, and without `eventBus`.
   *
   * @default - those on the dead-letter queue are on, with their default thresholds; the one on events that no consumer takes is off
   */
  readonly alarms?: EventRouterAlarmOptions;

  /**
   * Removal policy of the new bus, of the archive and of the dead-letter queues.
   *
   * @default - they are deleted with the stack; queues are kept when CloudFormation replaces them
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * An EventBridge event bus that routes events to many consumers and loses none on the way: each consumer has a rule of its own, and what cannot be delivered to it within 24 hours is set aside
 * whole, where alarms watch. All events are archived, and can be replayed to one consumer.
 *
 * Creates the event bus, its archive, and for each consumer the rule, a dead-letter queue, the policies of both queues and of their keys, and the alarms.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-what-is.html
 *
 * @example
 * const router = new EventRouter(this, 'Router');
 * router.addConsumer('Mail', new QueueFedFunction(this, 'Mail', { handler }), {
 *   eventPattern: { source: ['shop'], detailType: ['OrderPlaced'] },
 * });
 */
@propertyInjectable
export class EventRouter extends Construct implements IAlarmed {
  /**
   * Identifies this class to property injectors.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-serverless-patterns.messaging.EventRouter';

  /**
   * The bus that producers send events to.
   */
  public readonly eventBus: events.IEventBus;

  /**
   * The archive of all events of the bus. Undefined if they are not archived.
   */
  public readonly archive?: events.Archive;

  /**
   * The events that the bus could neither encrypt nor decrypt. Undefined for a bus without a customer-managed key, and for one that is adopted.
   */
  public readonly deadLetterQueue?: sqs.Queue;

  /**
   * The rule that counts the events whose source and detail type no consumer takes; it has no target. Undefined unless `alarms.unrouted` is on.
   */
  public readonly unroutedRule?: events.Rule;

  /**
   * The alarms on the bus, by their names. Those of consumers are in what `addConsumer` returns.
   */
  public readonly alarms: EventRouterAlarms;

  private readonly props: EventRouterProps;
  private readonly consumerAlarms: cloudwatch.Alarm[] = [];
  private readonly taken: TakenTypes[] = [];

  constructor(scope: Construct, id: string, props: EventRouterProps = {}) {
    super(scope, id);
    checkRouter(this, props);

    this.props = props;
    const { encryptionKey } = props;
    const { eventBus, deadLetterQueue } = props.eventBus ? { eventBus: props.eventBus, deadLetterQueue: undefined } : newPatternBus(this, props);
    this.eventBus = eventBus;
    if (deadLetterQueue) {
      this.deadLetterQueue = deadLetterQueue;
    }
    const retention = archiveRetentionOf(props);
    if (retention) {
      this.archive = newArchive(this, eventBus, retention, props);
    }
    if (encryptionKey && (!props.eventBus || retention)) {
      allowBusToUseKey(this, encryptionKey, busArnForKey(this, eventBus));
    }
    const { path } = this.node;
    if (countsUnrouted(props)) {
      this.unroutedRule = newUnroutedRule(this, customBus(eventBus), this.taken);
    }
    this.alarms = {
      ...deadLetterQueue ? BUS_ALARMS.add(this, { path, deadLetterQueue }, props.alarms) : {},
      ...this.unroutedRule ? UNROUTED_ALARMS.add(this, { path, rule: this.unroutedRule, eventBus: customBus(eventBus) }, props.alarms) : {},
    };
    this.node.addValidation({ validate: () => checkRouterAtSynthesis(this, props, this.taken) });
  }

  /**
   * The alarms on the bus and on the delivery to all consumers, for dashboards and composite alarms. A copy: changing it changes nothing.
   */
  public get allAlarms(): cloudwatch.Alarm[] {
    return [...listed({ ...this.alarms }), ...this.consumerAlarms];
  }

  /**
   * Delivers events to the queue of a consumer.
   *
   * EventBridge tries for 24 hours, up to 185 times, and then sets the event aside in a dead-letter queue that is made here, with alarms: one for each consumer, so that what waits there can be
   * moved to its queue and to no other. An event that the queue refuses is set aside at once. The rule stands in the stack of the consumer's queue, which comes to depend on that of the bus and
   * never the reverse. Both queues, and their customer-managed keys, let this rule in; for a queue that is not made in this app a warning says which policies it needs.
   * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
   *
   * @param id names the consumer below this construct
   * @param consumer whose queue gets the events, for instance a `QueueFedFunction`, or `QueueFed.of(queue, deadLetterQueue)`
   * @param options which events, and the alarms
   */
  public addConsumer(id: string, consumer: IQueueFed, options: EventRouterConsumerOptions): EventRouterConsumer {
    const { queue } = consumer;
    const scope = scopeForQueue(this, id, queue);
    checkConsumer(scope, this, queue, options);
    const messageGroupId = messageGroupOf(id, queue, options.messageGroupId);
    const target = (deadLetterQueue: sqs.Queue) => queueTarget(scope, queue, deadLetterQueue, messageGroupId);
    return this.deliver({ scope, method: 'addConsumer', queue, messageGroupId, arn: queue.queueArn }, options, target);
  }

  /**
   * Hands events over to a function.
   *
   * The hand-over ends when Lambda has the event: what the function itself fails on is kept by the `AsyncFunction`, with its retries and its failure store. Prefer a queue (`addConsumer`) where
   * events come faster than the function can process them.
   * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
   *
   * @param id names the consumer below this construct
   * @param consumer the function, with what keeps the events on which it fails
   * @param options which events, and the alarms
   */
  public addFunction(id: string, consumer: AsyncFunction, options: EventRouterFunctionOptions): EventRouterConsumer {
    const { handler } = consumer;
    const isHere = Stack.of(consumer) === Stack.of(this);
    const scope = isHere ? new Construct(this, id) : new Construct(consumer, `${Names.nodeUniqueId(this.node)}-${id}`);
    checkFunction(scope, this, handler, options);
    const target = (deadLetterQueue: sqs.Queue) => functionTarget(scope, handler, deadLetterQueue);
    return this.deliver({ scope, method: 'addFunction', arn: handler.functionArn }, options, target);
  }

  /**
   * Delivers events to another target, such as an API destination, a topic, a state machine or another bus, in the same way and with a dead-letter queue of its own.
   *
   * The delivery ends when the target has the event: what becomes of it there is its own matter. Queues and functions, for which there are `addConsumer` and `addFunction`, are refused.
   * The rule stands in the stack of the router, which may come to depend on that of the target.
   * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
   *
   * @param id names the target below this construct
   * @param target of `aws-events-targets`, without a dead-letter queue and retries
   * @param options which events, and the alarms
   */
  public addTarget(id: string, target: events.IRuleTarget, options: EventRouterTargetOptions): EventRouterConsumer {
    const scope = new Construct(this, id);
    checkTarget(scope, this, options);
    const check = (config: events.RuleTargetConfig) => checkTargetConfig(scope, this, config);
    return this.deliver({ scope, method: 'addTarget' }, options, (deadLetterQueue) => otherTarget(scope, target, deadLetterQueue, check));
  }

  /**
   * Allows another account to send events to the bus: `events:PutEvents`. Rules there that have this bus as their target need a role with the same permission.
   * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html
   *
   * @param id names the sender below this construct
   * @param accountId the 12 digits of the account
   * @param options which events it may send
   */
  public allowAccount(id: string, accountId: string, options: EventRouterSenderOptions = {}): events.CfnEventBusPolicy {
    const principal = { AWS: `arn:${Stack.of(this).partition}:iam::${accountId}:root` };
    return this.allow(id, 'accountId', accountId, options, { principal, conditions: {} });
  }

  /**
   * Allows all accounts of an organization to send events to the bus: `events:PutEvents`, under the condition `aws:PrincipalOrgID`.
   * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html
   *
   * @param id names the sender below this construct
   * @param organizationId such as `o-a1b2c3d4e5`
   * @param options which events they may send
   */
  public allowOrganization(id: string, organizationId: string, options: EventRouterSenderOptions = {}): events.CfnEventBusPolicy {
    return this.allow(id, 'organizationId', organizationId, options, { principal: '*', conditions: { 'aws:PrincipalOrgID': organizationId } });
  }

  /**
   * Allows `grantee` to send events to the bus: `events:PutEvents`.
   *
   * EventBridge answers a request of which it refused some events with success: producers must look at `FailedEntryCount`, as `putEvents` of `cdk-serverless-patterns-runtime` does.
   *
   * @param grantee who sends: a role, a function, a user
   */
  public grantPutEvents(grantee: iam.IGrantable): iam.Grant {
    return this.eventBus.grantPutEventsTo(new RoleGrants(this).to(grantee));
  }

  private deliver(
    routed: Omit<Routed, 'eventBus' | 'eventPattern'>,
    { eventPattern, alarms: tuning }: EventRouterFunctionOptions,
    target: (deadLetterQueue: sqs.Queue) => events.IRuleTarget,
  ): EventRouterConsumer {
    const { scope } = routed;
    const { encryptionKey, removalPolicy } = this.props;
    const eventBus = customBus(this.eventBus);
    const common = { encryptionKey, removalPolicy, pattern: 'EventRouter', waiting: 'events' };
    const delivery = newEventDelivery(scope, { eventBus, eventPattern, target, ...common });
    const made = { ...routed, ...delivery, eventBus: this.eventBus, eventPattern };
    const taken = takenTypes(scope, eventPattern);
    if (taken !== 'unknown') {
      this.taken.push(taken);
    }
    delivery.rule.node.addValidation({ validate: () => checkDeliveryAtSynthesis(this, made) });
    const alarms = (routed.method === 'addTarget' ? TARGET_ALARMS : CONSUMER_ALARMS).add(scope, { path: scope.node.path, ...delivery, eventBus }, tuning);
    this.consumerAlarms.push(...listed({ ...alarms }));
    return { ...delivery, alarms };
  }

  private allow(
    id: string,
    prop: 'accountId' | 'organizationId',
    value: string,
    { sources }: EventRouterSenderOptions,
    { principal, conditions }: BusSender,
  ): events.CfnEventBusPolicy {
    const scope = new Construct(this, id);
    checkSender(scope, prop, value, sources);
    return newBusPolicy(scope, this.eventBus, { principal, conditions: { ...conditions, ...sources && { 'events:source': sources } } });
  }
}
