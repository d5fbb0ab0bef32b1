import type { Duration } from 'aws-cdk-lib';
import { Fn } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as events from 'aws-cdk-lib/aws-events';
import { AlarmSeverity } from '../../alarms/alarms';
import type { AlarmRow } from '../alarms/alarm-table';
import { ANY } from '../alarms/alarm-table';

interface RuleSubject {
  readonly rule: events.IRule;
  /** The custom event bus of the rule. Undefined: the default event bus. */
  readonly eventBus?: events.IEventBus | undefined;
}

/** What the texts of the alarms on a rule say of its target. */
export interface RuleTexts {
  /** As in `could not be delivered to …`. */
  readonly target: string;
  readonly firstStep: string;
  /** How to find again what is lost as a message. */
  readonly recovery: string;
}

/**
 * A metric of EventBridge on one rule. With the rule's name alone it is that of a rule on the default event bus.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
 */
export function ruleMetric(metricName: string, { rule, eventBus }: RuleSubject, period: Duration): cloudwatch.Metric {
  // The `Ref` of a rule on a custom event bus is `bus|rule`. https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1131
  const ruleName = eventBus ? Fn.select(1, Fn.split('|', rule.ruleName)) : rule.ruleName;
  const dimensionsMap = { ...eventBus && { EventBusName: eventBus.eventBusName }, RuleName: ruleName };
  return new cloudwatch.Metric({ namespace: 'AWS/Events', metricName, dimensionsMap, statistic: cloudwatch.Stats.SUM, period });
}

/**
 * The alarms on what a rule could not deliver, and on what it could not even move to its dead-letter queue.
 *
 * @param what the subject of the alarms' texts, in the plural
 * @param page the page of the runbook; its sections are `failed-invocations` and `failed-to-send-to-dlq`
 * @param delivery where the rule delivers, what to see to there, and how to find again what is lost as a message
 */
export function ruleRows<F extends object, S extends F & RuleSubject>(
  what: (subject: S) => string,
  page: string,
  { target, firstStep, recovery }: RuleTexts,
): { readonly failedInvocations: AlarmRow<F, S>; readonly failedToSendToDlq: AlarmRow<F, S> } {
  const metricOf = (metricName: string): AlarmRow<F, S>['metric'] => (subject, period) => ruleMetric(metricName, subject, period);
  const common = { ...ANY, severity: AlarmSeverity.CRITICAL };
  return {
    failedInvocations: {
      ...common,
      id: 'FailedInvocationsAlarm',
      metric: metricOf('FailedInvocations'),
      meaning: (subject) => `${what(subject)} could not be delivered to ${target}.`,
      firstStep: `${firstStep}; what failed is in the dead-letter queue of the rule.`,
      runbook: { page, section: 'failed-invocations' },
    },
    failedToSendToDlq: {
      ...common,
      id: 'FailedToSendToDlqAlarm',
      metric: metricOf('InvocationsFailedToBeSentToDlq'),
      meaning: (subject) => `${what(subject)} could neither be delivered nor moved to the dead-letter queue: they are lost as messages.`,
      firstStep: `note the time, repair the policy and the key of the dead-letter queue, and ${recovery}.`,
      runbook: { page, section: 'failed-to-send-to-dlq' },
    },
  };
}
