import type { CfnResource } from 'aws-cdk-lib';
import type { QueueFedFunction, QueueFedFunctionProps } from './queue-fed-function';
import type { ConsumerPlan } from './queue-fed-function.rules';
import { batchSizeOf, consumerFacts, enabledOf, maxConcurrencyOf, pollersOf } from './queue-fed-function.rules';
import { QUEUE_CONSUMER_RULES } from '../delivery/rules/queue-consumer';
import type { DerivedValue } from '../private/checks/derived-values';
import { byProp, changedValues, hasAll, valuesIn } from '../private/checks/derived-values';
import { reportFindings } from '../private/checks/problems';
import { timeoutValues } from '../private/lambda/handler-checks';

/** What breaks the promises of a queue-fed function, now that the app is complete. */
export function checkAtSynthesis(pattern: QueueFedFunction, props: QueueFedFunctionProps, madeWith: ConsumerPlan['handlerTimeout']): string[] {
  const changed = changedValues([...eventSourceValues(pattern, props), ...timeoutValues(pattern.handler, madeWith, 'visibilityTimeout and the alarm on duration are')]);
  // For what somebody changed of the handler, or of a queue that was given.
  return changed.length > 0 ? changed : reportFindings(pattern, QUEUE_CONSUMER_RULES, consumerFacts(pattern, props));
}

const stated = byProp('QueueFedFunction');

function eventSourceValues({ eventSource, handler, queue }: QueueFedFunction, props: QueueFedFunctionProps): DerivedValue[] {
  const pollers = pollersOf(props);
  return valuesIn(eventSource.node.defaultChild as CfnResource, {
    'Properties.FunctionName': [handler.functionName, 'give another handler'],
    'Properties.EventSourceArn': [queue.queueArn, stated('queue')],
    'Properties.Enabled': [enabledOf(props), stated('enabled')],
    'Properties.BatchSize': [batchSizeOf(props), stated('batchSize')],
    'Properties.MaximumBatchingWindowInSeconds': [props.maxBatchingWindow?.toSeconds(), stated('maxBatchingWindow')],
    'Properties.FunctionResponseTypes': [['ReportBatchItemFailures'], 'without it the good messages of a batch are processed again with those that failed', hasAll],
    'Properties.ScalingConfig.MaximumConcurrency': [maxConcurrencyOf(props), stated('maxConcurrency')],
    'Properties.ProvisionedPollerConfig.MinimumPollers': [pollers?.minimumPollers, stated('provisionedPollerConfig')],
    'Properties.ProvisionedPollerConfig.MaximumPollers': [pollers?.maximumPollers, stated('provisionedPollerConfig')],
    'Properties.FilterCriteria.Filters': [props.filters?.map(({ pattern }) => ({ Pattern: pattern })), stated('filters')],
    'Properties.KmsKeyArn': [props.filterEncryption?.keyArn, stated('filterEncryption')],
  });
}
