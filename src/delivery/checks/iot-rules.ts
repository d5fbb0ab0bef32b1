import type { Reading } from './check';
import { check } from './check';
import type { DeliveryGraph } from '../graph/delivery-graph';
import { IOT_RULE } from '../graph/resource-types';
import type { IotRuleFacts } from '../rules/iot-rule';
import { IOT_RULE_RULES } from '../rules/iot-rule';

export const IOT_RULE_CHECKS = [check(IOT_RULE_RULES, readRules)];

function* readRules(graph: DeliveryGraph): Iterable<Reading<IotRuleFacts>> {
  for (const rule of graph.app.ofType(IOT_RULE)) {
    const payload = rule.props.part('TopicRulePayload');
    const actions = payload.list('Actions');
    yield {
      at: rule,
      facts: {
        path: rule.path,
        hasActions: actions && actions.length > 0,
        hasErrorAction: payload.has('ErrorAction'),
        disabled: payload.flag('RuleDisabled', false),
      },
    };
  }
}
