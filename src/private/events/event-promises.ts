import type { CfnResource } from 'aws-cdk-lib';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { RULE_RETRY_POLICY } from './event-delivery';
import { renderedPattern } from './event-pattern';
import type { DerivedValue } from '../checks/derived-values';
import { isEqual, valuesIn } from '../checks/derived-values';

/** A rule that a pattern made. */
export interface MadeRule {
  readonly rule: events.Rule;
  readonly eventPattern: events.EventPattern;
  /** Undefined: the default event bus. */
  readonly eventBus?: events.IEventBus | undefined;
}

/** The one target of such a rule. */
export interface MadeTarget {
  readonly rule: events.Rule;
  readonly deadLetterQueue: sqs.IQueue;
  /** Where it delivers. */
  readonly arn: string;
  readonly messageGroupId?: string | undefined;
}

/**
 * What a rule must be.
 *
 * @param instead how to say otherwise which events it is for, that it is on, and on which bus
 */
export function valuesOfEventRule(
  { rule, eventPattern, eventBus }: MadeRule,
  instead: { readonly pattern: string; readonly state: string; readonly eventBus: string },
): DerivedValue[] {
  return valuesIn(rule.node.defaultChild as CfnResource, {
    'Properties.EventPattern': [renderedPattern(eventPattern), instead.pattern],
    'Properties.State': ['ENABLED', instead.state],
    'Properties.EventBusName': [eventBus?.eventBusName, instead.eventBus, (found, value) => isEqual(found ?? 'default', value ?? 'default')],
  });
}

/**
 * What the target of a rule must be.
 *
 * @param instead how to say otherwise by the method that adds a consumer, and why the event and its retries are as they are
 */
export function valuesOfEventTarget(
  { rule, deadLetterQueue, arn, messageGroupId }: MadeTarget,
  instead: { readonly method: string; readonly event: string; readonly retries: string },
): DerivedValue[] {
  const target = 'Properties.Targets.0';
  return [...valuesOfKeptEvents({ rule, deadLetterQueue }, instead.retries), ...valuesIn(rule.node.defaultChild as CfnResource, {
    [`${target}.Arn`]: [arn, `give another consumer to ${instead.method}`],
    [`${target}.SqsParameters.MessageGroupId`]: [messageGroupId, `state messageGroupId with ${instead.method}`],
    [`${target}.Input`]: [undefined, instead.event],
    [`${target}.InputPath`]: [undefined, instead.event],
    [`${target}.InputTransformer`]: [undefined, instead.event],
  })];
}

/**
 * What any target of a rule must be, so that no event is lost on the way to it.
 *
 * @param retries why it is tried as often as it is
 */
export function valuesOfKeptEvents({ rule, deadLetterQueue }: Pick<MadeTarget, 'rule' | 'deadLetterQueue'>, retries: string): DerivedValue[] {
  const target = 'Properties.Targets.0';
  return valuesIn(rule.node.defaultChild as CfnResource, {
    [`${target}.DeadLetterConfig.Arn`]: [deadLetterQueue.queueArn, 'what cannot be delivered is set aside there, and alarms watch it'],
    [`${target}.RetryPolicy.MaximumEventAgeInSeconds`]: [RULE_RETRY_POLICY.maximumEventAgeInSeconds, retries],
    [`${target}.RetryPolicy.MaximumRetryAttempts`]: [RULE_RETRY_POLICY.maximumRetryAttempts, retries],
  });
}

/** What the permission of a rule to invoke a function must be. */
export function valuesOfPermission(permission: lambda.CfnPermission, { rule, arn }: Pick<MadeTarget, 'rule' | 'arn'>): DerivedValue[] {
  const only = 'events are handed over only by this permission; add others beside it';
  return valuesIn(permission, {
    'Properties.Action': ['lambda:InvokeFunction', only],
    'Properties.FunctionName': [arn, only],
    'Properties.Principal': ['events.amazonaws.com', only],
    'Properties.SourceArn': [rule.ruleArn, only],
  });
}
