import { apiLoggingAccount } from './patterns/api-logging-account';
import { asyncFunction } from './patterns/async-function';
import { bucketDelivery } from './patterns/bucket-delivery';
import { bucketFedFunction } from './patterns/bucket-fed-function';
import { canaryFunction } from './patterns/canary-function';
import { claimCheckBucket } from './patterns/claim-check-bucket';
import { eventRouter } from './patterns/event-router';
import { failureBucket } from './patterns/failure-bucket';
import type { Pattern, PatternForm } from './patterns/pattern';
import { pollingStatusApi } from './patterns/polling-status-api';
import { queueFedFunction } from './patterns/queue-fed-function';
import { queueFedService } from './patterns/queue-fed-service';
import { queueFedWorkflow } from './patterns/queue-fed-workflow';
import { resilientWorkflow } from './patterns/resilient-workflow';
import { scheduledFunction } from './patterns/scheduled-function';
import { scheduledMessages } from './patterns/scheduled-messages';
import { streamFedFunction } from './patterns/stream-fed-function';
import { tableFedFunction } from './patterns/table-fed-function';
import { topicFanOut } from './patterns/topic-fan-out';
import { fileNameOf } from './rigs/docs';

/**
 * Every exported pattern, in the forms that the checks on all patterns look at: `default`, with what is required and nothing else, and as many full forms
 * as it takes for every prop to be set in one of them.
 *
 * To add a pattern, add its file in `patterns/` and its line here. Once a form is part of a release (test/releases), it stays as it is, or the upgrade test would compare two
 * different things: a new prop gets a form of its own.
 */
export function patterns(): Pattern[] {
  const all = [
    apiLoggingAccount,
    canaryFunction,
    asyncFunction,
    scheduledFunction,
    scheduledMessages,
    pollingStatusApi,
    queueFedFunction,
    queueFedService,
    queueFedWorkflow,
    topicFanOut,
    eventRouter,
    streamFedFunction,
    tableFedFunction,
    bucketFedFunction,
    bucketDelivery,
    claimCheckBucket,
    failureBucket,
    resilientWorkflow,
  ];
  // One pattern's checks, while somebody works on it: npm run pattern.
  const only = process.env.PATTERN;
  return only === undefined ? all : all.filter(({ name }) => fileNameOf(name) === only);
}

/** Everything in the registry, as a table for `test.each`. */
export function allForms(): { name: string; pattern: Pattern; form: PatternForm }[] {
  return patterns().flatMap((pattern) => pattern.forms.map((form) => ({ name: `${pattern.name}, ${form.name}`, pattern, form })));
}
