import type { Rule } from './rule';

/** What is known of a rule of AWS IoT. */
export interface IotRuleFacts {
  readonly path: string;
  readonly hasActions?: boolean | undefined;
  readonly hasErrorAction?: boolean | undefined;
  readonly disabled?: boolean | undefined;
}

/**
 * What is true of a rule of AWS IoT that loses no message.
 */
export const IOT_RULE_RULES: readonly Rule<IotRuleFacts>[] = [
  {
    id: 'iotRuleWithoutErrorAction',
    severity: 'warning',
    why: 'AWS IoT drops the message of an action that failed, unless the rule has an error action.',
    source: 'https://docs.aws.amazon.com/iot/latest/developerguide/rule-error-handling.html',
    finding: ({ path, hasActions, hasErrorAction, disabled }) => (
      hasErrorAction !== false || hasActions !== true || disabled !== false ? undefined
        : {
          what: `IoT rule '${path}' has no ErrorAction, so a message is lost when an action of it fails, such as by a throttle or a missing permission`,
          fix: 'set TopicRulePayload.ErrorAction, such as to Sqs with a queue on which there is an alarm, and a role that may send there',
        }
    ),
  },
];
