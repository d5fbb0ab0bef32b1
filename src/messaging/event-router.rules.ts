import { Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { EventRouter, EventRouterProps } from './event-router';
import type { EventRouterConsumerOptions, EventRouterFunctionOptions, EventRouterTargetOptions } from './event-router-consumers';
import { BUS_ALARMS, CONSUMER_ALARMS, UNROUTED_ALARMS } from './event-router.alarms';
import { EVENT_PATTERN_RULES } from '../delivery/rules/event-pattern';
import type { EventTargetFacts } from '../delivery/rules/event-target';
import { EVENT_TARGET_RULES } from '../delivery/rules/event-target';
import { differ, placeOf } from '../private/app/environments';
import { resourcesIn } from '../private/app/references';
import { Problems } from '../private/checks/problems';
import type { PropBounds } from '../private/checks/prop-bounds';
import { checkMessageGroup, messageGroupOf } from '../private/events/event-delivery';
import { patternFacts } from '../private/events/event-pattern';
import { takenTypes } from '../private/events/unrouted';
import { receivingQueueFacts } from '../private/sqs/queue-facts';

/** What delivers events to one consumer. */
export interface Routed {
  /** What it stands in. */
  readonly scope: Construct;
  /** The method that adds such a consumer. */
  readonly method: 'addConsumer' | 'addFunction' | 'addTarget';
  readonly eventBus: events.IEventBus;
  readonly eventPattern: events.EventPattern;
  /** The ARN of the target, if it is a queue or a function, and the queue, if it is one. */
  readonly arn?: string;
  readonly queue?: sqs.IQueue;
  readonly messageGroupId?: string | undefined;
}

// What is derived.

/** As long as dead letters wait: whoever looks at them can still replay what came with them. */
const ARCHIVE_RETENTION_DAYS = 14;

/** Undefined: nothing is archived. */
export function archiveRetentionOf({ archived, archiveRetention, eventBus }: EventRouterProps): Duration | undefined {
  // All that AWS services send to a default bus, for instance, is seldom worth its storage.
  return archived ?? (archiveRetention !== undefined || !eventBus) ? archiveRetention ?? Duration.days(ARCHIVE_RETENTION_DAYS) : undefined;
}

/** Only if it is asked for: others may have rules on the bus, which are not known here. */
export function countsUnrouted({ alarms }: EventRouterProps): boolean {
  return alarms?.unrouted !== undefined && alarms.unrouted.enabled !== false;
}

/** Undefined: the default event bus, whose rules do not name it. */
export function customBus(eventBus: events.IEventBus): events.IEventBus | undefined {
  return eventBus.eventBusName === 'default' ? undefined : eventBus;
}

// What is wrong, before anything is made.

export const EVENT_ROUTER_BOUNDS: PropBounds<EventRouterProps> = {
  archiveRetention: { unit: 'days', min: 1, max: 36_500, fix: `leave it out for ${ARCHIVE_RETENTION_DAYS} days` },
};

/** Checks the props; throws for all that is wrong at once. */
export function checkRouter(scope: Construct, props: EventRouterProps): void {
  const { eventBus, archived, archiveRetention, encryptionKey, alarms, removalPolicy } = props;
  const problems = new Problems(scope, 'EventRouter');
  problems.checkBounds(props, EVENT_ROUTER_BOUNDS);
  if (archived === false && archiveRetention) {
    problems.add('archiveRetention is set, but archived is false, so nothing is kept: leave one of them out');
  }
  if (eventBus) {
    checkAdoptedBus(problems, scope, eventBus);
  }
  problems.requireCustomerKey('encryptionKey', encryptionKey, 'leave encryptionKey out for a key that AWS owns');
  const ofBus = ['deadLetters', 'moreDeadLetters'].filter((name) => name in (alarms ?? {}));
  if (ofBus.length > 0 && (eventBus || !encryptionKey)) {
    problems.add(
      `alarms.${ofBus.join(' and alarms.')} is set, but it is for the dead-letter queue of the bus, which ${eventBus ? 'is not made for an adopted bus' : 'only a bus with an encryptionKey has'}: ` +
      'leave it out, and tune those of consumers in addConsumer and addFunction',
    );
  }
  if (removalPolicy === RemovalPolicy.SNAPSHOT) {
    problems.add('removalPolicy is snapshot, but there are no snapshots of a bus, an archive or a queue: set RemovalPolicy.RETAIN or RemovalPolicy.DESTROY, or leave removalPolicy out');
  }
  BUS_ALARMS.check(problems, {}, alarms);
  UNROUTED_ALARMS.check(problems, {}, alarms);
  problems.throwIfAny();
}

function checkAdoptedBus(problems: Problems, scope: Construct, { env, node: { path } }: events.IEventBus): void {
  for (const place of ['account', 'region'] as const) {
    const here = Stack.of(scope)[place];
    if (differ(env[place], here)) {
      problems.add(
        `bus '${path}' is in ${place} ${env[place]}, but this stack is in ${here}, and a rule stands where its bus is: ` +
        `make this in a stack of that ${place}, or a bus here (leave eventBus out) to which a rule there sends the events`,
      );
    }
  }
}

/** Checks a consumer with a queue before anything is made for it. */
export function checkConsumer(scope: Construct, router: EventRouter, queue: sqs.IQueue, options: EventRouterConsumerOptions): void {
  const { messageGroupId } = options;
  const problems = new Problems(scope, 'EventRouter consumer');
  problems.addFindings(EVENT_TARGET_RULES, queueTargetFacts(router, queue, messageGroupOf(scope.node.id, queue, messageGroupId)));
  checkMessageGroup(problems, queue, messageGroupId);
  checkOptions(problems, scope, router, options);
}

/** Checks a function before anything is made for it. */
export function checkFunction(scope: Construct, router: EventRouter, handler: lambda.IFunction, options: EventRouterFunctionOptions): void {
  const problems = new Problems(scope, 'EventRouter function');
  for (const place of ['account', 'region'] as const) {
    const here = Stack.of(router)[place];
    if (differ(handler.env[place], here)) {
      problems.add(
        `function '${handler.node.path}' is in ${place} ${handler.env[place]}, but the rule that hands events over to it is in ${here}, and a rule invokes functions of its own ${place} here: ` +
        `give a function in ${here}, or make a bus there to which a rule of this one sends the events`,
      );
    }
  }
  checkOptions(problems, scope, router, options);
}

/** Checks what another target is to get before anything is made for it. */
export function checkTarget(scope: Construct, router: EventRouter, options: EventRouterTargetOptions): void {
  checkOptions(new Problems(scope, 'EventRouter target'), scope, router, options);
}

const NOT_AS_TARGETS = {
  'AWS::SQS': 'a queue: give its consumer to addConsumer, which lets no other rule into it and redrives to it',
  'AWS::Lambda': 'a function: give it to addFunction as an AsyncFunction, or what it fails on is lost, because the delivery ends when Lambda has the event',
};

/** Checks what a target says of itself, when it is asked. */
export function checkTargetConfig(scope: Construct, { eventBus }: EventRouter, config: events.RuleTargetConfig): void {
  const { arn, deadLetterConfig, retryPolicy } = config;
  const problems = new Problems(scope, 'EventRouter target');
  const types = resourcesIn(arn, scope).map(({ cfnResourceType }) => cfnResourceType);
  for (const [service, instead] of Object.entries(NOT_AS_TARGETS)) {
    if (types.some((type) => type.startsWith(`${service}::`)) || arn.includes(`:${service.slice(5).toLowerCase()}:`)) {
      problems.add(`target is ${instead}`);
    }
  }
  if (arn === eventBus.eventBusArn) {
    problems.add('target is the bus of the router itself, so that events would go round in it: give another bus');
  }
  const stated = [...deadLetterConfig ? ['deadLetterQueue'] : [], ...retryPolicy ? ['retryAttempts or maxEventAge'] : []];
  if (stated.length > 0) {
    problems.add(`target states ${stated.join(', and ')}, but the router makes a dead-letter queue for each target and tries for as long as EventBridge does: leave it out`);
  }
  problems.throwIfAny();
}

function checkOptions(problems: Problems, scope: Construct, router: EventRouter, { eventPattern, alarms }: EventRouterFunctionOptions): void {
  problems.addFindings(EVENT_PATTERN_RULES, patternFacts(scope, eventPattern, customBus(router.eventBus)));
  if (router.unroutedRule && takenTypes(scope, eventPattern) === 'unknown') {
    problems.add(
      'eventPattern states source or detailType by something else than plain texts, but alarms.unrouted of the router is on, which cannot tell then what is left for nobody: ' +
      'state them as plain texts, or leave alarms.unrouted out',
    );
  }
  CONSUMER_ALARMS.check(problems, {}, alarms);
  problems.throwIfAny();
}

/** What the rules about delivery are told of the rule for a queue, when a consumer is added and again when the app is complete. */
export function queueTargetFacts(router: Construct, queue: sqs.IQueue, messageGroupId: string | undefined): EventTargetFacts {
  return { rule: placeOf(Stack.of(router)), queue: receivingQueueFacts(queue), messageGroup: messageGroupId !== undefined, role: false };
}

const SENDERS = {
  accountId: { form: /^\d{12}$/, allowed: '12 digits', method: 'allowAccount' },
  // https://docs.aws.amazon.com/organizations/latest/APIReference/API_Organization.html
  organizationId: { form: /^o-[a-z0-9]{10,32}$/, allowed: 'o- and 10 to 32 small letters and digits', method: 'allowOrganization' },
};

/** Checks who else is to send events. */
export function checkSender(scope: Construct, prop: keyof typeof SENDERS, value: string, sources: readonly string[] | undefined): void {
  const { form, allowed, method } = SENDERS[prop];
  const problems = new Problems(scope, 'EventRouter sender');
  if (!Token.isUnresolved(value) && !form.test(value)) {
    problems.add(`${prop} is '${value}', but must be ${allowed}: state it as AWS shows it`);
  }
  if (prop === 'accountId' && value === Stack.of(scope).account) {
    problems.add(`accountId is '${value}', which is the account of this stack, where ${method} is not needed: allow roles and functions with grantPutEvents`);
  }
  if (sources?.length === 0) {
    problems.add('sources is empty, so no event could be sent: state the sources, or leave sources out for any');
  }
  problems.throwIfAny();
}
