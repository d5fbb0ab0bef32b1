import type { Rule } from './rule';

/** What is known of a target of a rule of EventBridge that is a log group. */
export interface LogGroupTargetFacts {
  /** What texts call it by, such as `target 'Target0' of rule 'Shop/Rule'`. */
  readonly name: string;
  readonly logGroup: string;
  /** Whether EventBridge certainly may not write there, by all that the app says. */
  readonly isKeptOut: boolean;
}

/**
 * What is true of a log group into which EventBridge writes events.
 */
export const LOG_GROUP_TARGET_RULES: readonly Rule<LogGroupTargetFacts>[] = [
  {
    id: 'logGroupTargetNotAllowed',
    severity: 'warning',
    why: 'EventBridge writes into a log group only by a resource policy of CloudWatch Logs, and never by a role.',
    source: 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html',
    finding: ({ name, logGroup, isKeptOut }) => (
      !isKeptOut ? undefined
        : {
          what: `${name} is log group '${logGroup}', but no AWS::Logs::ResourcePolicy of this app lets events.amazonaws.com write there, so nothing arrives unless the account has such a policy`,
          fix: 'add an AWS::Logs::ResourcePolicy that allows events.amazonaws.com and delivery.logs.amazonaws.com logs:CreateLogStream and logs:PutLogEvents on the log group, with :* at its end',
        }
    ),
  },
];
