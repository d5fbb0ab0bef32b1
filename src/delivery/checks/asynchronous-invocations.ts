import type { Reading } from './check';
import { check } from './check';
import { isFifo, pathOf } from './set-aside';
import { DEFAULT_AGE_SECONDS, DEFAULT_ATTEMPTS } from '../graph/asynchronous-invocations';
import type { DeliveryGraph } from '../graph/delivery-graph';
import { functionFacts, functionOf } from '../graph/functions';
import type { End, Hop } from '../graph/hop';
import { documentOf, groupedBy } from '../graph/reading';
import { BUCKET, FUNCTION, INVOKE_CONFIG, QUEUE } from '../graph/resource-types';
import type {
  AsynchronousFailuresFacts, AsynchronousHandlerFacts, AsynchronousInvocationFacts, AsynchronousSettingsFacts, RecursionFacts, SentResultFacts,
} from '../rules/asynchronous-invocation';
import {
  ASYNCHRONOUS_HANDLER_RULES, ASYNCHRONOUS_INVOCATION_RULES, ASYNCHRONOUS_SETTINGS_RULES, RECURSION_RULES, SENT_RESULT_RULES,
} from '../rules/asynchronous-invocation';
import type { Resource } from '../template/app';
import { isUnknown } from '../template/symbols';

export const ASYNCHRONOUS_INVOCATION_CHECKS = [
  check(ASYNCHRONOUS_INVOCATION_RULES, readInvocations),
  check(ASYNCHRONOUS_SETTINGS_RULES, readSettings),
  check(ASYNCHRONOUS_HANDLER_RULES, readHandlers),
  check(SENT_RESULT_RULES, readSentResults),
  check(RECURSION_RULES, readRecursion),
];


function* readInvocations(graph: DeliveryGraph): Iterable<Reading<AsynchronousInvocationFacts>> {
  for (const { at, to, deadLetters } of graph.hopsOf('asynchronous')) {
    yield {
      at,
      facts: {
        path: at.path,
        qualifier: functionOf(graph, to.text).qualified === true ? to.text?.split(':').pop() : undefined,
        failures: typeof deadLetters === 'object' ? failuresFacts(deadLetters) : deadLetters === 'none' ? deadLetters : undefined,
      },
    };
  }
}

function failuresFacts(failures: End): AsynchronousFailuresFacts {
  const { resource } = failures;
  return { path: pathOf(failures), fifo: isFifo(failures), maximumMessageBytes: resource?.type === QUEUE ? resource.props.number('MaximumMessageSize') : undefined };
}

function* readSettings(graph: DeliveryGraph): Iterable<Reading<AsynchronousSettingsFacts>> {
  const configs = groupedBy(graph.app.ofType(INVOKE_CONFIG), ({ props }) => functionOf(graph, props.text('FunctionName')).function);
  for (const [handler, settings] of configs) {
    for (const at of settings) {
      const { props, path } = at;
      const failures = [graph.end(props, 'DestinationConfig.OnFailure.Destination'), graph.end(handler.props, 'DeadLetterConfig.TargetArn')].find(({ text }) => text !== undefined);
      yield {
        at,
        facts: {
          name: `the settings in '${path}'`,
          // What is made elsewhere does not find its function in a template.
          place: {},
          handler: functionFacts(handler),
          qualifier: qualifierOf(at),
          retryAttempts: props.number('MaximumRetryAttempts', DEFAULT_ATTEMPTS),
          eventAgeSeconds: props.number('MaximumEventAgeInSeconds', DEFAULT_AGE_SECONDS),
          failures: failures && `'${pathOf(failures)}'`,
          others: settings.filter((other) => other !== at).map((other) => ({ path: other.path, qualifier: qualifierOf(other) })),
        },
      };
    }
  }
}

/** Undefined: only the deployment says. */
function qualifierOf({ props }: Resource): string | undefined {
  const qualifier = props.text('Qualifier');
  return isUnknown(qualifier) ? undefined : qualifier;
}

function* readHandlers(graph: DeliveryGraph): Iterable<Reading<AsynchronousHandlerFacts>> {
  for (const { at, name, to } of graph.hopsOf('ruleTarget', 'schedule')) {
    const called = functionOf(graph, to.text);
    if (called.function !== undefined) {
      yield { at, facts: { ...functionFacts(called.function), qualified: called.qualified, invoker: name } };
    }
  }
}

/** What a function sends by itself: results, failures, and records that an event source discards. */
interface SentResult {
  readonly name: string;
  readonly at: Resource;
  readonly sender: Resource;
  readonly destination: End;
}

function* sentResults(graph: DeliveryGraph): Iterable<SentResult> {
  for (const { kind, name, at, from, to, deadLetters } of graph.hops) {
    if (kind === 'destination' && from.resource !== undefined) {
      yield { name, at, sender: from.resource, destination: to };
    }
    if (kind === 'eventSource' && typeof deadLetters === 'object' && to.resource !== undefined) {
      yield { name: `failure destination of ${name}`, at, sender: to.resource, destination: deadLetters };
    }
  }
  for (const sender of graph.app.ofType(FUNCTION)) {
    const destination = graph.end(sender.props, 'DeadLetterConfig.TargetArn');
    if (destination.text !== undefined) {
      yield { name: `dead-letter destination of function '${sender.path}'`, at: sender, sender, destination };
    }
  }
}

function* readSentResults(graph: DeliveryGraph): Iterable<Reading<SentResultFacts>> {
  const returning = returningHops(graph);
  for (const { name, at, sender, destination } of sentResults(graph)) {
    const { resource } = destination;
    yield {
      at,
      facts: {
        name,
        sender: sender.path,
        destination: pathOf(destination),
        returnsBy: resource === sender ? 'its asynchronous invocation' : resource && returning.get(resource)?.get(sender),
        successToBucket: name.startsWith('success') && (resource?.type === BUCKET || /^arn:[^:]+:s3:/.test(destination.text ?? '')),
        successToFifo: name.startsWith('success') && isFifo(destination),
      },
    };
  }
}

/** From which queue, topic or bus everything that a function sends comes back to it, and by what. */
function returningHops(graph: DeliveryGraph): ReadonlyMap<Resource, ReadonlyMap<Resource, string>> {
  const returning = new Map<Resource, Map<Resource, string>>();
  for (const { name, at, kind, from, to } of graph.hops) {
    const handler = functionOf(graph, to.text).function;
    if (from.resource !== undefined && handler !== undefined && letsAllThrough(kind, at)) {
      returning.set(from.resource, (returning.get(from.resource) ?? new Map<Resource, string>()).set(handler, name));
    }
  }
  return returning;
}

/** A filter may be there to keep them out. */
function letsAllThrough(kind: Hop['kind'], { props }: Resource): boolean {
  switch (kind) {
    case 'eventSource': return props.has('FilterCriteria') === false;
    case 'subscription': return props.has('FilterPolicy') === false;
    case 'ruleTarget': {
      const pattern = documentOf(props, 'EventPattern');
      return pattern.names()?.join() === 'source' && pattern.list('source')?.includes('lambda') === true;
    }
    default: return false;
  }
}

function* readRecursion({ app }: DeliveryGraph): Iterable<Reading<RecursionFacts>> {
  for (const at of app.ofType(FUNCTION)) {
    yield { at, facts: { path: at.path, recursionAllowed: at.props.literal('RecursiveLoop') === 'Allow' } };
  }
}
