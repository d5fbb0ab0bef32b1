import type { Construct } from 'constructs';
import type { Definition, StateJson } from './definition';
import { withEachState } from './definition';
import { isGiven, taskKind } from './task-facts';
import { LAMBDA_SERVICE_ERRORS } from '../../delivery/rules/state-machine';

/** What a definition is given where it says nothing itself. */
export interface Hardening {
  /** The longest that a request may take. */
  readonly taskSeconds: number;
  /** The longest that a task may wait for a job, a callback or an activity. */
  readonly waitSeconds: number;
  /** Whether each error of a task is tried again, not only those of the service that it calls. */
  readonly retriesAll: boolean;
}

/** Adds to each state what it does not say itself. What it says stays as it is. */
export function hardened<D extends Definition>(scope: Construct, definition: D, hardening: Hardening): D {
  return withEachState(definition, (state) => withDataLimit(state.Type === 'Task' ? hardenedTask(scope, state, hardening) : state));
}

function hardenedTask(scope: Construct, state: StateJson, { taskSeconds, waitSeconds, retriesAll }: Hardening): StateJson {
  const { waiting, integration, invokesFunction } = taskKind(scope, state);
  const Retry = [
    ...statedRetries(state, invokesFunction ? FUNCTION_ERRORS : SERVICE_ERRORS[integration ?? ''] ?? []),
    ...retriesAll && !stands(state, WILDCARDS) ? [RETRY_OF_ALL] : [],
  ];
  return {
    ...state,
    ...isGiven(state, 'TimeoutSeconds') ? {} : { TimeoutSeconds: waiting === undefined ? taskSeconds : waitSeconds },
    ...Retry.length > 0 && { Retry },
  };
}

/** A retrier or a catcher. */
interface Handler {
  readonly ErrorEquals: readonly string[];
  readonly [field: string]: unknown;
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html */
const FUNCTION_ERRORS = [...LAMBDA_SERVICE_ERRORS, 'Lambda.TooManyRequestsException'];

/** What DynamoDB answers when it could not, rather than would not. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html */
const TABLE_ERRORS = [
  'DynamoDB.InternalServerErrorException', 'DynamoDB.ProvisionedThroughputExceededException', 'DynamoDB.RequestLimitExceededException',
  'DynamoDB.SdkClientException', 'DynamoDB.ThrottlingException', 'DynamoDB.AmazonDynamoDBException',
];

/** Errors of a service itself, by the integration that calls it. */
const SERVICE_ERRORS: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  ['getItem', 'putItem', 'updateItem', 'deleteItem'].map((action) => [`dynamodb:${action}`, TABLE_ERRORS]),
);

/** Spread out over three minutes, so that what was throttled together does not come back together. */
const RETRY = { IntervalSeconds: 1, MaxAttempts: 8, BackoffRate: 2, MaxDelaySeconds: 60, JitterStrategy: 'FULL' };

/** For half an hour. */
const RETRY_OF_ALL: Handler = { ErrorEquals: ['States.ALL'], IntervalSeconds: 2, MaxAttempts: 12, BackoffRate: 2, MaxDelaySeconds: 300, JitterStrategy: 'FULL' };

/** They stand for the errors of the service too. */
const WILDCARDS = ['States.ALL', 'States.TaskFailed'];

/** The retriers of a task, with one for the errors of the service. Who states a retrier for all errors has decided about these as well. */
function statedRetries(state: StateJson, serviceErrors: readonly string[]): readonly Handler[] {
  const stated = handlersIn(state, 'Retry');
  if (serviceErrors.length === 0 || stands(state, WILDCARDS)) {
    return stated;
  }
  const own = stated.filter((retrier) => !isOfTheCdk(retrier));
  const missing = serviceErrors.filter((error) => !own.some(({ ErrorEquals }) => ErrorEquals.includes(error)));
  return missing.length === 0 ? own : [...own, { ErrorEquals: missing, ...RETRY }];
}

/** The one that `LambdaInvoke` adds by itself: without jitter, and not for throttles. */
function isOfTheCdk({ ErrorEquals, IntervalSeconds, MaxAttempts, BackoffRate, JitterStrategy }: Handler): boolean {
  return ErrorEquals.length === LAMBDA_SERVICE_ERRORS.length && ErrorEquals.every((error) => LAMBDA_SERVICE_ERRORS.includes(error))
    && IntervalSeconds === 2 && MaxAttempts === 6 && BackoffRate === 2 && JitterStrategy === undefined;
}

function handlersIn(state: StateJson, field: 'Retry' | 'Catch'): readonly Handler[] {
  return (state[field] ?? []) as readonly Handler[];
}

function stands(state: StateJson, errors: readonly string[]): boolean {
  return handlersIn(state, 'Retry').some(({ ErrorEquals }) => ErrorEquals.some((error) => errors.includes(error)));
}

/**
 * Lets what is caught by `States.ALL` be caught for a result that is too large as well, which the wildcard does not match.
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
 */
export function withDataLimit(state: StateJson): StateJson {
  const catchers = handlersIn(state, 'Catch');
  const all = catchers.find(({ ErrorEquals }) => ErrorEquals.includes('States.ALL'));
  return all === undefined || catchers.some(({ ErrorEquals }) => ErrorEquals.includes('States.DataLimitExceeded')) ? state : {
    ...state,
    // The wildcard must be the last.
    Catch: [...catchers.filter((catcher) => catcher !== all), { ...all, ErrorEquals: ['States.DataLimitExceeded'] }, all],
  };
}
