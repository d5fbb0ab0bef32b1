import type { DeliveryGraph } from './delivery-graph';
import { documentOf, remembered } from './reading';
import { LOG_GROUP, LOGS_POLICY } from './resource-types';
import type { Policy, Verdict } from '../policy/evaluator';
import { evaluate } from '../policy/evaluator';
import { statementsOf } from '../policy/statement';
import type { Resource } from '../template/app';
import { ACCOUNT_SYMBOL } from '../template/symbols';

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html */
const WRITING = ['logs:CreateLogStream', 'logs:PutLogEvents'] as const;
/** Of a log stream that nobody knows. */
const ANY_STREAM = '⟪|stream⟫';

/** The log group of an ARN, which may end in `:*`. */
export function logGroupOf({ app }: DeliveryGraph, text: string | undefined): Resource | undefined {
  return app.find(text, LOG_GROUP) ?? (text === undefined ? undefined : app.find(`${text}:*`, LOG_GROUP));
}

/** What the policies of CloudWatch Logs let services do in the log groups of the account. They belong to no log group. */
const logsPolicy = remembered((graph: DeliveryGraph): Policy => ({
  statements: graph.app.ofType(LOGS_POLICY).flatMap(({ props, path }) => statementsOf(documentOf(props, 'PolicyDocument').content, path)),
  complete: graph.isComplete && !graph.app.resources.some(mayPutPolicy),
}));

/** The CDK makes such a policy by a custom resource. */
function mayPutPolicy({ type, props }: Resource): boolean {
  return /^(Custom::|AWS::CloudFormation::CustomResource)/.test(type) && /putResourcePolicy/i.test(JSON.stringify(props.content));
}

/** Whether EventBridge may write the events of a rule into a log group. Undefined: not known. */
export function letsEventsIn(graph: DeliveryGraph, group: Resource, rule: Resource): boolean | undefined {
  const own: Policy = { statements: statementsOf(documentOf(group.props, 'ResourcePolicyDocument').content, group.path), complete: true };
  const ways = [logsPolicy(graph), own].map((policy) => verdictOf(policy, group, rule));
  return ways.includes('allowed') ? true : ways.includes('unknown') ? undefined : false;
}

function verdictOf(resource: Policy, group: Resource, rule: Resource): Verdict {
  const context: Readonly<Record<string, readonly string[]>> = {
    'aws:sourcearn': [rule.arn], 'aws:sourceaccount': [rule.stack.account ?? ACCOUNT_SYMBOL], 'aws:principalisawsservice': ['true'],
  };
  const verdicts = WRITING.map((action) => evaluate(
    { caller: { service: 'events.amazonaws.com' }, action, resource: group.arn.replace(/\*$/, `log-stream:${ANY_STREAM}`), context: (key) => context[key.toLowerCase()] },
    { identity: { statements: [], complete: true }, resource },
  ).verdict);
  return verdicts.includes('denied') ? 'denied' : verdicts.includes('unknown') ? 'unknown' : 'allowed';
}
