import type { Reading } from './check';
import { check } from './check';
import { setAsideFacts } from './set-aside';
import type { DeliveryGraph } from '../graph/delivery-graph';
import { retryOf, ruleTargets, subscriberRetryOf } from '../graph/event-rules';
import type { End } from '../graph/hop';
import { keepsEventsOut, logGroupOf } from '../graph/log-groups';
import { queueFacts } from '../graph/queues';
import { documentOf, placeOf } from '../graph/reading';
import { API_DESTINATION, EVENT_BUS, QUEUE, RULE, SUBSCRIBER } from '../graph/resource-types';
import { deadLettersOf, targetOf } from '../graph/targets';
import type { EventBusFacts } from '../rules/event-bus';
import { EVENT_BUS_RULES, SUBSCRIBER_RULES } from '../rules/event-bus';
import type { EventPatternFacts } from '../rules/event-pattern';
import { contentOfPattern, EVENT_PATTERN_RULES } from '../rules/event-pattern';
import type { EventTargetFacts } from '../rules/event-target';
import { EVENT_TARGET_RULES } from '../rules/event-target';
import type { LogGroupTargetFacts } from '../rules/log-group-target';
import { LOG_GROUP_TARGET_RULES } from '../rules/log-group-target';
import type { AttemptedDeliveryFacts } from '../rules/rule-target';
import { RULE_TARGET_RULES } from '../rules/rule-target';
import { isLiteral } from '../template/symbols';

export const EVENT_RULE_CHECKS = [
  check(EVENT_TARGET_RULES, readQueueTargets),
  check(RULE_TARGET_RULES, readTargets),
  check(LOG_GROUP_TARGET_RULES, readLogGroupTargets),
  check(EVENT_PATTERN_RULES, readPatterns),
  check(EVENT_BUS_RULES, readBuses),
  check(SUBSCRIBER_RULES, readSubscribers),
];

/** Services that process what they get. Of others, such as a log group or a pipeline, nobody would redrive an event. */
const RECEIVERS = /^arn:[^:]+:(lambda|sqs|sns|states|kinesis|firehose|events|execute-api|appsync|ecs|batch):/;

function* readQueueTargets(graph: DeliveryGraph): Iterable<Reading<EventTargetFacts>> {
  for (const { rule, props } of ruleTargets(graph)) {
    const end = graph.end(props, 'Arn', QUEUE);
    if (end.resource !== undefined) {
      yield {
        at: rule,
        facts: {
          rule: { region: rule.stack.region, account: rule.stack.account },
          queue: { ...queueFacts(end.resource), ...placeOf(end) },
          messageGroup: props.has('SqsParameters.MessageGroupId'),
          role: props.has('RoleArn'),
        },
      };
    }
  }
}

function* readTargets(graph: DeliveryGraph): Iterable<Reading<AttemptedDeliveryFacts>> {
  for (const { rule, props, name } of ruleTargets(graph)) {
    const target = targetOf(graph, props.text('Arn'));
    if (receives(target)) {
      const deadLetters = setAsideFacts(deadLettersOf(graph, props, 'DeadLetterConfig.Arn'), target);
      yield { at: rule, facts: { name, region: rule.stack.region, deadLetters, ...retryOf(props) } };
    }
  }
}

function* readLogGroupTargets(graph: DeliveryGraph): Iterable<Reading<LogGroupTargetFacts>> {
  for (const { rule, props, name } of ruleTargets(graph)) {
    const group = logGroupOf(graph, props.text('Arn'));
    if (group !== undefined) {
      yield { at: rule, facts: { name, logGroup: group.path, isKeptOut: keepsEventsOut(graph, group, rule) } };
    }
  }
}

function receives({ text, resource }: End): boolean {
  return RECEIVERS.test(text ?? '') || resource?.type === API_DESTINATION;
}

function* readPatterns(graph: DeliveryGraph): Iterable<Reading<EventPatternFacts>> {
  const fed = new Set(graph.hopsOf('ruleTarget').map(({ to }) => to.resource));
  for (const rule of graph.app.ofType(RULE)) {
    const { props, path } = rule;
    if (props.has('EventPattern') === true) {
      const { text, resource } = graph.end(props, 'EventBusName', EVENT_BUS);
      yield {
        at: rule,
        facts: {
          ...contentOfPattern(known(documentOf(props, 'EventPattern').content)),
          name: `EventPattern of rule '${path}'`,
          onCustomBus: resource !== undefined || (text === undefined || isLiteral(text) ? ![undefined, 'default'].includes(text) : undefined),
          receivesFromRules: resource && fed.has(resource),
        },
      };
    }
  }
}

/** What only the deployment knows is undefined. */
function known(value: unknown): unknown {
  if (typeof value === 'string') {
    return isLiteral(value) ? value : undefined;
  }
  if (Array.isArray(value)) {
    return value.map(known);
  }
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([name, part]) => [name, known(part)])) : value;
}

function* readBuses(graph: DeliveryGraph): Iterable<Reading<EventBusFacts>> {
  for (const bus of graph.app.ofType(EVENT_BUS)) {
    yield {
      at: bus,
      facts: {
        name: `event bus '${bus.path}'`,
        region: bus.stack.region,
        hasKey: bus.props.has('KmsKeyIdentifier'),
        deadLetters: setAsideFacts(deadLettersOf(graph, bus.props, 'DeadLetterConfig.Arn')),
      },
    };
  }
}

function* readSubscribers(graph: DeliveryGraph): Iterable<Reading<AttemptedDeliveryFacts>> {
  for (const subscriber of graph.app.ofType(SUBSCRIBER)) {
    yield {
      at: subscriber,
      facts: {
        name: `subscriber '${subscriber.path}'`,
        deadLetters: setAsideFacts(deadLettersOf(graph, subscriber.props, 'OnFailureConfiguration.Arn')),
        ...subscriberRetryOf(subscriber),
      },
    };
  }
}
