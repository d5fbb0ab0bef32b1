import type { Reading } from './check';
import { check } from './check';
import type { DeliveryGraph } from '../graph/delivery-graph';
import { functionOf } from '../graph/functions';
import type { HopKind } from '../graph/hop';
import { FUNCTION, LOG_GROUP } from '../graph/resource-types';
import type { FunctionSettingsFacts } from '../rules/function-settings';
import { FUNCTION_SETTINGS_RULES } from '../rules/function-settings';
import type { Resource } from '../template/app';

export const FUNCTION_CHECKS = [check(FUNCTION_SETTINGS_RULES, readFunctions)];

/** Deliveries after which nobody waits for an answer. */
const UNATTENDED: readonly HopKind[] = ['eventSource', 'subscription', 'ruleTarget', 'schedule', 'pipe', 'notification', 'asynchronous', 'destination', 'iotRule'];

function* readFunctions(graph: DeliveryGraph): Iterable<Reading<FunctionSettingsFacts>> {
  const feeding = feedingHops(graph);
  const loggedNames = namesOfLogGroups(graph);
  for (const handler of graph.app.ofType(FUNCTION)) {
    const { path, props, name } = handler;
    const hasOwnLogGroup = props.has('LoggingConfig.LogGroup') !== false || loggedNames.has(`/aws/lambda/${name}`);
    yield {
      at: handler,
      facts: {
        path,
        hasDefaultTimeout: props.has('Timeout') === false,
        fedBy: feeding.get(handler),
        hasLogGroup: hasOwnLogGroup || (graph.isComplete ? false : undefined),
        secretVariable: secretVariableOf(handler),
      },
    };
  }
}

/** The first of what feeds each function, in the words of a finding. */
function feedingHops(graph: DeliveryGraph): ReadonlyMap<Resource, string> {
  const names = new Map<Resource, string>();
  for (const { kind, to, name } of graph.hops) {
    const handler = UNATTENDED.includes(kind) ? functionOf(graph, to.text).function : undefined;
    if (handler !== undefined && !names.has(handler)) {
      names.set(handler, name);
    }
  }
  return names;
}

/** Log groups, and those that the CDK's `logRetention` looks after. */
function namesOfLogGroups(graph: DeliveryGraph): ReadonlySet<string | undefined> {
  return new Set([
    ...graph.app.ofType(LOG_GROUP).map(({ name }) => name),
    ...graph.app.ofType('Custom::LogRetention').map(({ props }) => props.text('LogGroupName')),
  ]);
}

/** A reference stands as it is in a text that is joined, and as a symbol elsewhere. */
const SECRET_REFERENCE = /\{\{resolve[:.](secretsmanager|ssm-secure)[:.]/;

function secretVariableOf({ props }: Resource): string | undefined {
  const variables = props.part('Environment.Variables');
  return variables.names()?.find((name) => SECRET_REFERENCE.test(variables.text(name) ?? ''));
}
