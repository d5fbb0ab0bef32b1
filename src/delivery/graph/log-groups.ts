import type { DeliveryGraph } from './delivery-graph';
import { documentOf, remembered } from './reading';
import { LOG_GROUP, LOGS_POLICY } from './resource-types';
import type { Policy } from '../policy/evaluator';
import { evaluate, NO_POLICY } from '../policy/evaluator';
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

/** Whether EventBridge certainly may not write the events of a rule into a log group. */
export function keepsEventsOut(graph: DeliveryGraph, group: Resource, rule: Resource): boolean {
  const ofAccount = logsPolicy(graph);
  const own = statementsOf(documentOf(group.props, 'ResourcePolicyDocument').content, group.path);
  const resource: Policy = { statements: [...ofAccount.statements, ...own], complete: ofAccount.complete };
  const context: Readonly<Record<string, readonly string[]>> = {
    'aws:sourcearn': [rule.arn], 'aws:sourceaccount': [rule.stack.account ?? ACCOUNT_SYMBOL], 'aws:principalisawsservice': ['true'],
  };
  const stream = group.arn.replace(/\*$/, `log-stream:${ANY_STREAM}`);
  return WRITING.some((action) => evaluate(
    { caller: { service: 'events.amazonaws.com' }, action, resource: stream, context: (key) => context[key.toLowerCase()] }, { identity: NO_POLICY, resource },
  ).verdict === 'denied');
}
