import { apiLoggingAccount } from './patterns/api-logging-account';
import { canaryFunction } from './patterns/canary-function';
import { claimCheckBucket } from './patterns/claim-check-bucket';
import type { Pattern } from './patterns/pattern';
import { pollingStatusApi } from './patterns/polling-status-api';
import { queueFedFunction } from './patterns/queue-fed-function';
import { topicFanOut } from './patterns/topic-fan-out';

/**
 * Every exported pattern, in the forms that the checks on all patterns look at: `default`, with what is required and nothing else, and as many full forms
 * as it takes for every prop to be set in one of them.
 *
 * To add a pattern, add its file in `patterns/` and its line here. Once a form is part of a release (test/releases), it stays as it is, or the upgrade test would compare two
 * different things: a new prop gets a form of its own.
 */
export function patterns(): Pattern[] {
  return [
    apiLoggingAccount,
    canaryFunction,
    pollingStatusApi,
    queueFedFunction,
    topicFanOut,
    claimCheckBucket,
  ];
}
