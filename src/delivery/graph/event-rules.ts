import type { DeliveryGraph } from './delivery-graph';
import type { End, Hop } from './hop';
import { documentOf } from './reading';
import { BUCKET, EVENT_BUS, RULE, STATE_MACHINE, SUBSCRIBER } from './resource-types';
import { deadLettersOf, retriesText, targetOf } from './targets';
import type { Resource } from '../template/app';
import type { Props } from '../template/props';


/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html */
const DEFAULT_ATTEMPTS = 185;
const DEFAULT_AGE_SECONDS = 86_400;
/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-custom-bus-retry.html */
const DEFAULT_SUBSCRIBER_ATTEMPTS = 5;
const DEFAULT_SUBSCRIBER_AGE_SECONDS = 300;

/** How long a service tries again. What is undefined is not known. */
export interface RetryFacts {
  readonly attempts?: number | undefined;
  readonly ageSeconds?: number | undefined;
}

/** A target of a rule, as the template has it. */
export interface RuleTarget {
  readonly rule: Resource;
  readonly props: Props;
  readonly name: string;
}

export function ruleTargets({ app }: DeliveryGraph): RuleTarget[] {
  return app.ofType(RULE).flatMap((rule) => (rule.props.items('Targets') ?? []).map((props) => (
    { rule, props, name: `target '${props.text('Id') ?? ''}' of rule '${rule.path}'` }
  )));
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
const UNSUCCESSFUL = ['FAILED', 'TIMED_OUT', 'ABORTED'];

/** Whether a rule is on the ends of executions that did not succeed, and on nothing else. */
function isOnFailures({ props }: Resource): boolean {
  const pattern = documentOf(props, 'EventPattern');
  const [sources = [], statuses = []] = ['source', 'detail.status'].map((field) => pattern.list(field));
  return sources.includes('aws.states') && sources.length === 1 && statuses.length > 0 && statuses.every((status) => UNSUCCESSFUL.includes(String(status)));
}

export function retryOf(target: Props): RetryFacts {
  return {
    attempts: target.number('RetryPolicy.MaximumRetryAttempts', DEFAULT_ATTEMPTS),
    ageSeconds: target.number('RetryPolicy.MaximumEventAgeInSeconds', DEFAULT_AGE_SECONDS),
  };
}

export function subscriberRetryOf({ props }: Resource): RetryFacts {
  return {
    attempts: props.number('RetryPolicy.MaxRetryAttempts', DEFAULT_SUBSCRIBER_ATTEMPTS),
    ageSeconds: props.number('RetryPolicy.MaxEventAgeInSeconds', DEFAULT_SUBSCRIBER_AGE_SECONDS),
  };
}

/** EventBridge delivers the events that match a rule to each of its targets, and those of a bus of the second kind to the target of each subscriber. */
export function* eventRuleHops(graph: DeliveryGraph): Iterable<Hop> {
  yield* ruleHops(graph);
  yield* busHops(graph);
  yield* subscriberHops(graph);
}

function* ruleHops(graph: DeliveryGraph): Iterable<Hop> {
  for (const { rule, props, name } of ruleTargets(graph)) {
    const { attempts, ageSeconds } = retryOf(props);
    yield {
      kind: 'ruleTarget',
      at: rule,
      name,
      from: sourceOfEvents(graph, rule),
      to: targetOf(graph, props.text('Arn')),
      service: 'events.amazonaws.com',
      // AWS does not say when the role of the rule itself is used: it may be.
      role: props.text('RoleArn') ?? rule.props.text('RoleArn'),
      deadLetters: deadLettersOf(graph, props, 'DeadLetterConfig.Arn'),
      setsAside: isOnFailures(rule),
      retries: retriesText(attempts, ageSeconds),
    };
  }
}

/** The dead-letter queue of a bus gets what cannot be encrypted or decrypted. Without a key of the customer there is nothing of the kind. */
function* busHops(graph: DeliveryGraph): Iterable<Hop> {
  for (const bus of graph.app.ofType(EVENT_BUS)) {
    if (bus.props.has('DeadLetterConfig.Arn') === true) {
      yield {
        kind: 'bus',
        at: bus,
        name: `event bus '${bus.path}'`,
        from: { text: undefined },
        to: { text: bus.arn, resource: bus },
        service: 'events.amazonaws.com',
        deadLetters: graph.end(bus.props, 'DeadLetterConfig.Arn'),
      };
    }
  }
}

function* subscriberHops(graph: DeliveryGraph): Iterable<Hop> {
  for (const subscriber of graph.app.ofType(SUBSCRIBER)) {
    const { props, path } = subscriber;
    const { attempts, ageSeconds } = subscriberRetryOf(subscriber);
    yield {
      kind: 'subscriber',
      at: subscriber,
      name: `subscriber '${path}'`,
      from: graph.end(props, 'EventBusArn'),
      to: targetOf(graph, props.text('InvokeConfiguration.TargetArn')),
      service: 'events.amazonaws.com',
      role: props.text('InvokeConfiguration.RoleArn'),
      deadLetters: deadLettersOf(graph, props, 'OnFailureConfiguration.Arn'),
      retries: retriesText(attempts, ageSeconds),
    };
  }
}

/** The bucket or the state machine whose events a rule asks for, if it is one; the bus otherwise; the rule itself, if it is a schedule. */
function sourceOfEvents(graph: DeliveryGraph, rule: Resource): End {
  const { props } = rule;
  if (props.has('EventPattern') === false) {
    return { text: rule.arn, resource: rule };
  }
  const [source, ...others] = namedSources(graph, documentOf(props, 'EventPattern'));
  return source !== undefined && others.length === 0 ? { text: source.arn, resource: source } : graph.endOf(props.text('EventBusName') ?? 'default', EVENT_BUS);
}

function namedSources({ app }: DeliveryGraph, pattern: Props): (Resource | undefined)[] {
  const named = (path: string, type: string) => (pattern.list(path) ?? []).map((value) => (typeof value === 'string' ? app.find(value, type) : undefined));
  switch ((pattern.list('source') ?? []).join()) {
    case 'aws.s3': return named('detail.bucket.name', BUCKET);
    case 'aws.states': return named('detail.stateMachineArn', STATE_MACHINE);
    default: return [];
  }
}
