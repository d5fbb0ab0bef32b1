import { Duration, Stack, Token } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { AsyncFunctionProps } from './async-function';
import { DEAD_LETTER_ALARMS, DESTINATION_ALARMS, EVENT_ALARMS } from './async-function.alarms';
import { settingsOwner } from './private/async-settings';
import type { AsynchronousHandlerFacts, AsynchronousInvocationFacts, AsynchronousSettingsFacts } from '../delivery/rules/asynchronous-invocation';
import { ASYNCHRONOUS_HANDLER_RULES, ASYNCHRONOUS_INVOCATION_RULES, ASYNCHRONOUS_SETTINGS_RULES, UNQUALIFIED } from '../delivery/rules/asynchronous-invocation';
import type { Spread } from '../private/alarms/look-back';
import { placeOf } from '../private/app/environments';
import { renderedResource } from '../private/app/rendered-resource';
import { Problems } from '../private/checks/problems';
import type { PropBounds } from '../private/checks/prop-bounds';
import { knownNumber, knownSeconds } from '../private/checks/prop-bounds';
import { checkHandlerAlarms } from '../private/lambda/handler-alarms';
import { checkQualifierIsKept } from '../private/lambda/handler-checks';
import { functionBehind, functionResource, handlerFacts, reservedConcurrency, timeoutSeconds } from '../private/lambda/handler-facts';
import { checkFailureStore } from '../private/s3/failure-grants';
import { ownerOfDeadLetters } from '../private/sqs/dead-letter-owners';
import { isFifoQueue, queueFacts } from '../private/sqs/queue-facts';

// What is derived from the props.

/** Three attempts: what fails for another reason than the event itself is usually over after a minute or two. */
const DEFAULT_RETRY_ATTEMPTS = 2;

/** Lambda waits two minutes before the second retry. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
const LONGEST_RETRY_SECONDS = 120;

export function retryAttemptsOf({ retryAttempts }: AsyncFunctionProps): number {
  return retryAttempts ?? DEFAULT_RETRY_ATTEMPTS;
}

/** Long enough for a throttled burst; the six hours of Lambda would hide from everybody, for as long, that nothing is processed. */
export function maxEventAgeOf({ maxEventAge }: AsyncFunctionProps): Duration {
  return maxEventAge ?? Duration.hours(1);
}

/** The version or the alias that callers invoke. */
export function qualifierOf(handler: lambda.IFunction & { readonly aliasName?: string; readonly version?: unknown }): string {
  const { aliasName, version } = handler;
  return aliasName ?? (typeof version === 'string' ? version : UNQUALIFIED);
}

/** What the keys begin with of what Lambda stores. */
const STORED_UNDER = 'aws/lambda/async/';

/** Where the events of a handler are in a failure store. */
export function storedUnder(handler: lambda.IFunction): string {
  return `${STORED_UNDER}${functionBehind(handler).functionName}/`;
}

/** The values that are derived from the handler, as it was then. */
export interface AsyncPlan {
  readonly handlerTimeout: ReturnType<typeof timeoutSeconds>;
  /** What the datapoints of the handler's alarms are spread over. */
  readonly spread: Spread;
  readonly maxAgeSeconds: number;
}

// What is wrong with the props, before anything is made.

export const ASYNC_FUNCTION_BOUNDS: PropBounds<AsyncFunctionProps> = {
  retryAttempts: { unit: 'number', min: 0, max: 2, fix: `leave it out for ${DEFAULT_RETRY_ATTEMPTS}` },
  maxEventAge: { unit: 'seconds', min: 60, max: 21_600, fix: 'leave it out for 1 hour', known: 'the alarm on the age of events is derived from it' },
};

/** Derives the plan and checks the props against it; throws for all that is wrong at once. */
export function planOf(scope: Construct, props: AsyncFunctionProps): AsyncPlan {
  const problems = new Problems(scope, 'AsyncFunction');
  const { handler, alarms } = props;
  const handlerTimeout = timeoutSeconds(handler);
  const spread = { timeoutSeconds: typeof handlerTimeout === 'number' ? handlerTimeout : undefined, retrySeconds: LONGEST_RETRY_SECONDS };
  const maxAgeSeconds = knownSeconds(maxEventAgeOf(props)) ?? 0;
  problems.checkBounds(props, ASYNC_FUNCTION_BOUNDS);
  checkHandler(problems, scope, props);
  checkStore(problems, scope, props);
  checkDeadLetterQueue(problems, scope, props);
  problems.addFindings(ASYNCHRONOUS_SETTINGS_RULES, settingsFacts(scope, props));
  problems.addFindings(ASYNCHRONOUS_HANDLER_RULES, invokedFacts(scope, props));
  problems.addFindings(ASYNCHRONOUS_INVOCATION_RULES, failuresFacts(props));
  EVENT_ALARMS.check(problems, { maxAgeSeconds }, alarms);
  DESTINATION_ALARMS.check(problems, {}, alarms);
  DEAD_LETTER_ALARMS.check(problems, {}, alarms);
  checkAlarmsHaveSubject(problems, props);
  checkHandlerAlarms(problems, handler, spread, alarms);
  problems.throwIfAny();
  return { handlerTimeout, spread, maxAgeSeconds };
}

/** What the rules about settings are told. Others are known only when the app is complete. */
export function settingsFacts(scope: Construct, props: AsyncFunctionProps, others: AsynchronousSettingsFacts['others'] = []): AsynchronousSettingsFacts {
  const { handler, failureStore, deadLetterQueue } = props;
  const resource = functionResource(handler);
  const qualifier = qualifierOf(handler);
  return {
    name: `the settings of '${scope.node.path}'`,
    place: placeOf(Stack.of(scope)),
    handler: { ...placeOf(handler.env), path: functionBehind(handler).node.path, reservedConcurrency: resource && reservedConcurrency(resource) },
    qualifier: Token.isUnresolved(qualifier) ? JSON.stringify(Stack.of(scope).resolve(qualifier)) : qualifier,
    retryAttempts: knownNumber(retryAttemptsOf(props)),
    eventAgeSeconds: knownSeconds(maxEventAgeOf(props)),
    failures: deadLetterQueue ? `queue '${deadLetterQueue.node.path}'` : failureStore ? `bucket '${failureStore.bucket.node.path}'` : 'its failure store',
    others,
  };
}

/** What the rules are told of a handler that is invoked. Who invokes it names its tenant. */
export function invokedFacts(scope: Construct, { handler }: AsyncFunctionProps): AsynchronousHandlerFacts {
  return { ...handlerFacts(handler), tenantIsolation: undefined, invoker: `who is granted it by '${scope.node.path}'` };
}

/** What the rules are told of where failed events go. */
export function failuresFacts({ handler, deadLetterQueue }: AsyncFunctionProps): AsynchronousInvocationFacts {
  const { path } = handler.node;
  return {
    path,
    failures: deadLetterQueue && {
      path: deadLetterQueue.node.path, fifo: isFifoQueue(deadLetterQueue), maximumMessageBytes: queueFacts(deadLetterQueue).maximumMessageBytes,
    },
  };
}

function checkHandler(problems: Problems, scope: Construct, { handler, onSuccess }: AsyncFunctionProps): void {
  checkQualifierIsKept(problems, handler, 'the settings would be those of $LATEST');
  // The destinations of the CDK grant to the role, and fail without one.
  if (onSuccess && !handler.role) {
    problems.add(
      `onSuccess is set, but the role of handler '${handler.node.path}' is not known, so it cannot be allowed to send results: import the function with its role (Function.fromFunctionAttributes)`,
    );
  }
  const owner = settingsOwner(scope, handler, qualifierOf(handler));
  if (owner) {
    problems.add(`handler '${handler.node.path}' has its settings by '${owner.node.path}' already, and Lambda keeps one of the two: use that AsyncFunction, or give another alias`);
  }
}

function checkStore(problems: Problems, scope: Construct, { failureStore: store, deadLetterQueue }: AsyncFunctionProps): void {
  if (store && deadLetterQueue) {
    problems.add('failureStore and deadLetterQueue are both set, and each failed event would be kept twice: set one of them');
  }
  checkFailureStore(problems, scope, store, { what: 'asynchronous invocations', form: 'async-invocation', prefix: STORED_UNDER });
}

/** The dead-letter queue is a property of the function itself. */
function checkDeadLetterQueue(problems: Problems, scope: Construct, props: AsyncFunctionProps): void {
  const { handler, deadLetterQueue: queue } = props;
  keptTwice(props).forEach((text) => problems.add(text));
  if (!queue) {
    return;
  }
  const { path } = handler.node;
  const fn = functionResource(handler);
  const own = Stack.of(scope);
  if (!fn) {
    problems.add(
      `deadLetterQueue is set, but handler '${path}' is not made in this app, and only where a function is made can it be given one: leave deadLetterQueue out for a failure store, ` +
      'which this construct can set',
    );
  } else if (queueFacts(queue).owned && Stack.of(queue) === own && Stack.of(fn) !== own) {
    problems.add(
      `deadLetterQueue '${queue.node.path}' is made in stack '${own.node.path}', which depends on that of handler '${path}', and the handler would depend on the queue: ` +
      'make the queue in the stack of the handler',
    );
  }
  const owner = ownerOfDeadLetters(scope, queue);
  if (owner) {
    problems.add(`deadLetterQueue '${queue.node.path}' belongs to '${owner.node.path}' already, and nobody could tell what is to be replayed where: give each its own`);
  }
}

/** A dead-letter queue that the function has already, besides the place that this construct gives it. */
export function keptTwice({ handler, deadLetterQueue }: AsyncFunctionProps): string[] {
  const fn = functionResource(handler);
  const { TargetArn: found } = (fn ? renderedResource(fn).Properties.DeadLetterConfig : undefined) as { TargetArn?: unknown } | undefined ?? {};
  const given = fn && deadLetterQueue && Stack.of(fn).resolve(deadLetterQueue.queueArn) as unknown;
  if (found === undefined || JSON.stringify(found) === JSON.stringify(given)) {
    return [];
  }
  const subject = `handler '${handler.node.path}' has a dead-letter queue of its own (DeadLetterConfig)`;
  const fix = 'give that queue as deadLetterQueue, or make the function without one';
  return [deadLetterQueue ? `${subject}, but deadLetterQueue is '${deadLetterQueue.node.path}': ${fix}` : `${subject}, and each failed event would be kept twice: ${fix}`];
}

/** An alarm on what is not there would be tuned in vain. */
function checkAlarmsHaveSubject(problems: Problems, { alarms = {}, deadLetterQueue, onSuccess }: AsyncFunctionProps): void {
  const ofQueue = Object.keys(DEAD_LETTER_ALARMS.rows) as (keyof typeof DEAD_LETTER_ALARMS.rows)[];
  const statedOfQueue = deadLetterQueue ? [] : ofQueue.filter((name) => alarms[name] !== undefined);
  if (statedOfQueue.length > 0) {
    problems.add(`alarms.${statedOfQueue.join(', alarms.')} is set, but there is no deadLetterQueue that it could be on: leave it out`);
  }
  if (alarms.destinationDeliveryFailures && deadLetterQueue && !onSuccess) {
    problems.add('alarms.destinationDeliveryFailures is set, but there is neither a failure store nor onSuccess that it could be on: leave it out');
  }
}
