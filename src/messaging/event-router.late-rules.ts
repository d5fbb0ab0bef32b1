import type * as events from 'aws-cdk-lib/aws-events';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import type { EventRouter, EventRouterProps } from './event-router';
import type { Routed } from './event-router.rules';
import { archiveRetentionOf, customBus, queueTargetFacts } from './event-router.rules';
import { contentOfPattern, EVENT_PATTERN_RULES } from '../delivery/rules/event-pattern';
import { EVENT_TARGET_RULES } from '../delivery/rules/event-target';
import { onceInAValidation } from '../private/app/once-in-a-validation';
import { resourcesIn } from '../private/app/references';
import { resourcesBelow } from '../private/app/resources-below';
import type { DerivedValue } from '../private/checks/derived-values';
import { changedValues, valuesIn } from '../private/checks/derived-values';
import { reportFindings } from '../private/checks/problems';
import type { EventDelivery } from '../private/events/event-delivery';
import { patternFacts } from '../private/events/event-pattern';
import { valuesOfEventRule, valuesOfEventTarget, valuesOfKeptEvents, valuesOfPermission } from '../private/events/event-promises';
import { archiveValues, busArnForKey, busKeyValues, busValues } from '../private/events/pattern-bus';
import type { TakenTypes } from '../private/events/unrouted';
import { unroutedPattern } from '../private/events/unrouted';

/** What was changed of a bus that is made here, and of its archive. */
export function checkRouterAtSynthesis(router: EventRouter, props: EventRouterProps, taken: readonly TakenTypes[]): string[] {
  const { eventBus, archive, deadLetterQueue, unroutedRule } = router;
  const { encryptionKey } = props;
  if (unroutedRule) {
    reportFindings(router, EVENT_PATTERN_RULES, { ...contentOfPattern(unroutedPattern(taken)), name: 'the pattern for what no consumer takes' });
  }
  return changedValues([
    ...unroutedRule ? valuesOfUnroutedRule(unroutedRule, customBus(eventBus), taken) : [],
    ...props.eventBus ? [] : busValues(eventBus, deadLetterQueue, props),
    ...archive ? archiveValues(archive, eventBus, archiveRetentionOf(props)!, props) : [],
    ...encryptionKey && (archive ?? deadLetterQueue) ? busKeyValues(router, encryptionKey, busArnForKey(router, eventBus)) : [],
  ]);
}

/** What was changed of the rule for a consumer, or of its queue. */
export function checkDeliveryAtSynthesis(router: EventRouter, made: Routed & EventDelivery): string[] {
  const { scope, method, queue, messageGroupId, eventPattern, arn } = made;
  const eventBus = customBus(made.eventBus);
  const delivery = { ...made, eventBus };
  const permission = scope.node.tryFindChild('Permission') as lambda.CfnPermission | undefined;
  const retries = 'a shorter time only fills the dead-letter queue while the consumer is out of order';
  return [
    ...queue ? reportFindings(scope, EVENT_TARGET_RULES, queueTargetFacts(router, queue, messageGroupId)) : [],
    ...reportFindings(scope, EVENT_PATTERN_RULES, {
      ...patternFacts(scope, eventPattern, eventBus),
      receivesFromRules: receivesFromRules(made.eventBus),
    }),
    ...changedValues([
      ...valuesOfEventRule(delivery, {
        pattern: `state eventPattern with ${method}`,
        state: 'the consumer would miss what is sent meanwhile; pause the consumer of the queue, or replay the archive afterwards',
        eventBus: 'it is a rule of this bus',
      }),
      ...arn === undefined ? valuesOfKeptEvents(made, retries) : valuesOfEventTarget({ ...delivery, arn }, {
        method, event: 'dead letters and replays hold the event as it was sent, so the consumer gets it like that too', retries,
      }),
      ...permission && arn !== undefined ? valuesOfPermission(permission, { ...made, arn }) : [],
    ]),
  ];
}

function valuesOfUnroutedRule(rule: events.Rule, eventBus: events.IEventBus | undefined, taken: readonly TakenTypes[]): DerivedValue[] {
  const counts = 'it counts what the consumers of this router leave; leave alarms.unrouted of the EventRouter out for no such count';
  return valuesIn(rule.node.defaultChild as events.CfnRule, {
    'Properties.EventPattern': [unroutedPattern(taken), counts],
    'Properties.State': ['ENABLED', counts],
    'Properties.EventBusName': [eventBus?.eventBusName, counts],
  });
}

/** Whether a rule of this app has the bus as its target. Undefined: the bus is made elsewhere, and such a rule may be too. */
function receivesFromRules(eventBus: events.IEventBus): boolean | undefined {
  const bus = eventBus.node.defaultChild;
  return bus && onceInAValidation(eventBus, 'targetsOfRules', targetsOfRules).has(bus);
}

function targetsOfRules(stage: IConstruct): ReadonlySet<IConstruct> {
  const rules = resourcesBelow(stage, 'AWS::Events::Rule') as events.CfnRule[];
  return new Set(rules.flatMap((rule) => resourcesIn(rule.targets, rule)));
}
