import type { Reading } from './check';
import { check } from './check';
import type { DeliveryGraph } from '../graph/delivery-graph';
import type { NamedAlarm } from '../graph/deployments';
import { namedAlarms, shiftedAliases, shiftSecondsOf, watchVersion } from '../graph/deployments';
import { functionFacts, functionOf } from '../graph/functions';
import { groupedBy } from '../graph/reading';
import { ALIAS, STATE_MACHINE_ALIAS } from '../graph/resource-types';
import type { FunctionAliasFacts } from '../rules/function-alias';
import { FUNCTION_ALIAS_RULES } from '../rules/function-alias';
import type { HookFacts, TrafficShiftFacts } from '../rules/traffic-shift';
import { TRAFFIC_SHIFT_RULES } from '../rules/traffic-shift';
import type { WatchedShiftFacts } from '../rules/watched-shift';
import { WATCHED_SHIFT_RULES } from '../rules/watched-shift';
import type { Resource } from '../template/app';

export const TRAFFIC_SHIFT_CHECKS = [
  check(WATCHED_SHIFT_RULES, readFunctionShifts),
  check(WATCHED_SHIFT_RULES, readWorkflowShifts),
  check(TRAFFIC_SHIFT_RULES, readTrafficShifts),
  check(FUNCTION_ALIAS_RULES, readAliases),
];

const PROVISIONED = 'ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions';

function alarmsOfGroup(graph: DeliveryGraph, { props }: Resource): readonly NamedAlarm[] | undefined {
  return namedAlarms(graph, props.items('AlarmConfiguration.Alarms')?.map((alarm) => alarm.text('Name')));
}

function* readFunctionShifts(graph: DeliveryGraph): Iterable<Reading<WatchedShiftFacts>> {
  for (const { alias, group } of shiftedAliases(graph)) {
    const seconds = shiftSecondsOf(graph, group);
    const alarms = alarmsOfGroup(graph, group);
    yield {
      at: group,
      facts: {
        name: `deployment group '${group.path}'`,
        property: 'AlarmConfiguration.Alarms',
        atOnce: 'DeploymentConfigName to CodeDeployDefault.LambdaAllAtOnce',
        shifts: seconds === undefined ? undefined : seconds !== 0,
        alarms: alarms?.length,
        alarmsDisabled: group.props.flag('AlarmConfiguration.Enabled') === false,
        namedByArn: namedByArn(alarms),
        watchesNewVersion: watchVersion(graph, alarms, functionOf(graph, alias.props.text('FunctionName')).function),
      },
    };
  }
}

/** CloudFormation itself shifts the traffic of a state machine. */
function* readWorkflowShifts(graph: DeliveryGraph): Iterable<Reading<WatchedShiftFacts>> {
  for (const alias of graph.app.ofType(STATE_MACHINE_ALIAS)) {
    const { props, path } = alias;
    const type = props.literal('DeploymentPreference.Type');
    const names = props.list('DeploymentPreference.Alarms')?.map((name) => (typeof name === 'string' ? name : undefined));
    const alarms = namedAlarms(graph, names);
    yield {
      at: alias,
      facts: {
        name: `state machine alias '${path}'`,
        property: 'DeploymentPreference.Alarms',
        atOnce: 'DeploymentPreference.Type to ALL_AT_ONCE',
        shifts: type === 'LINEAR' || type === 'CANARY',
        alarms: alarms?.length,
        namedByArn: namedByArn(alarms),
      },
    };
  }
}

function namedByArn(alarms: readonly NamedAlarm[] | undefined): readonly string[] | undefined {
  return alarms?.filter(({ text }) => text.startsWith('arn:')).map(({ path }) => path);
}

function* readTrafficShifts(graph: DeliveryGraph): Iterable<Reading<TrafficShiftFacts>> {
  for (const { alias, group, preHook, postHook } of shiftedAliases(graph)) {
    const handler = functionOf(graph, alias.props.text('FunctionName')).function;
    const alarms = alarmsOfGroup(graph, group);
    const { region, account } = group.stack;
    yield {
      at: group,
      facts: {
        handler: handler === undefined ? { path: alias.path } : functionFacts(handler),
        deployment: {
          region,
          account,
          shiftSeconds: shiftSecondsOf(graph, group),
          // Whether there are any, and whether they are used, is asked for itself.
          alarms: alarms?.length === 0 ? undefined : alarms?.map(({ text, path, composite, resource }) => (
            { path, name: text, composite, region: resource?.stack.region, account: resource?.stack.account }
          )),
          preHook: hookFacts(graph, preHook),
          postHook: hookFacts(graph, postHook),
        },
      },
    };
  }
}

function hookFacts(graph: DeliveryGraph, text: string | undefined): HookFacts | undefined {
  const { function: hook, qualified } = functionOf(graph, text);
  return hook && { ...functionFacts(hook), qualified };
}

function* readAliases(graph: DeliveryGraph): Iterable<Reading<FunctionAliasFacts>> {
  const aliases = groupedBy(graph.app.ofType(ALIAS), ({ props }) => functionOf(graph, props.text('FunctionName')).function);
  for (const [handler, ofHandler] of aliases) {
    const { path, tenantIsolation, reservedConcurrency } = functionFacts(handler);
    let maxCapacityBefore = 0;
    for (const alias of ofHandler) {
      const maxCapacity = alias.props.number(PROVISIONED);
      yield {
        at: alias,
        facts: {
          handler: { path, tenantIsolation, reservedConcurrency, snapStart: handler.props.literal('SnapStart.ApplyOn') === 'PublishedVersions' },
          versions: {},
          alias: {
            name: alias.props.literal('Name'),
            provisionedConcurrency: alias.props.has(PROVISIONED) === true ? { maxCapacity, maxCapacityBefore, property: PROVISIONED } : undefined,
          },
        },
      };
      maxCapacityBefore += maxCapacity ?? 0;
    }
  }
}
