import { allPatterns } from './all-patterns';
import { apiLoggingAccount } from './api-logging-account';
import { asyncFunction } from './async-function';
import { bucketDelivery } from './bucket-delivery';
import { bucketFedFunction } from './bucket-fed-function';
import { canaryFunction } from './canary-function';
import { claimCheckBucket } from './claim-check-bucket';
import { commandLine } from './command-line';
import { deliveryChecks } from './delivery-checks';
import { eventRouter } from './event-router';
import { failureBucket } from './failure-bucket';
import { pollingStatusApi } from './polling-status-api';
import type { PagePromises } from './promise';
import { queueFedFunction } from './queue-fed-function';
import { queueFedService } from './queue-fed-service';
import { queueFedWorkflow } from './queue-fed-workflow';
import { replayCommand } from './replay';
import { resilientWorkflow } from './resilient-workflow';
import { scheduledFunction } from './scheduled-function';
import { scheduledMessages } from './scheduled-messages';
import { streamFedFunction } from './stream-fed-function';
import { tableFedFunction } from './table-fed-function';
import { topicFanOut } from './topic-fan-out';

/** The promises of every pattern, and of all of them, in the order in which docs/proof.md lists them. */
export const PROMISES: readonly PagePromises[] = [
  queueFedFunction,
  queueFedService,
  queueFedWorkflow,
  topicFanOut,
  eventRouter,
  bucketFedFunction,
  bucketDelivery,
  claimCheckBucket,
  failureBucket,
  streamFedFunction,
  tableFedFunction,
  canaryFunction,
  asyncFunction,
  scheduledFunction,
  scheduledMessages,
  pollingStatusApi,
  resilientWorkflow,
  apiLoggingAccount,
  deliveryChecks,
  commandLine,
  replayCommand,
  allPatterns,
];
