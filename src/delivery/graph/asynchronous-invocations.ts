import type { DeliveryGraph } from './delivery-graph';
import { functionOf } from './functions';
import type { DeadLetters, Hop, HopKind } from './hop';
import { groupedBy } from './reading';
import { ALIAS, FUNCTION, INVOKE_CONFIG, VERSION } from './resource-types';
import { deadLettersOf, durationText, targetOf } from './targets';
import type { Resource } from '../template/app';
import { isUnknown } from '../template/symbols';


/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html */
export const DEFAULT_ATTEMPTS = 2;
export const DEFAULT_AGE_SECONDS = 21_600;
const UNQUALIFIED = '$LATEST';

/** What invokes a function without waiting for it. */
const INVOKING: readonly HopKind[] = ['subscription', 'notification', 'ruleTarget', 'schedule', 'iotRule'];

/** Lambda keeps an asynchronous invocation in a queue of its own, tries it again, and sends what fails to a destination. */
export function* asynchronousHops(graph: DeliveryGraph, earlier: readonly Hop[]): Iterable<Hop> {
  const configs = groupedBy(graph.app.ofType(INVOKE_CONFIG), ({ props }) => functionOf(graph, props.text('FunctionName')).function);
  for (const { text, invoked } of invokedFunctions(graph, earlier)) {
    const config = settingsOf(graph, text, configs.get(invoked) ?? []);
    yield {
      kind: 'asynchronous',
      at: invoked,
      name: `asynchronous invocations of function '${invoked.path}'`,
      // Its own queue is no resource.
      from: { text: undefined },
      to: { text, resource: invoked },
      service: 'lambda.amazonaws.com',
      role: invoked.props.text('Role'),
      deadLetters: failuresOf(graph, invoked, config),
      retries: config === 'unknown' ? undefined : retriesOf(config),
    };
  }
  yield* destinationHops(graph);
}

/** What a function returned, or that it failed, goes on to a destination. What cannot be sent there is lost. */
function* destinationHops(graph: DeliveryGraph): Iterable<Hop> {
  for (const config of graph.app.ofType(INVOKE_CONFIG)) {
    const sender = functionOf(graph, config.props.text('FunctionName')).function;
    for (const [outcome, when] of [['OnSuccess', 'success'], ['OnFailure', 'failure']] as const) {
      const destination = `DestinationConfig.${outcome}.Destination`;
      if (config.props.has(destination) === true) {
        yield {
          kind: 'destination',
          at: config,
          name: `${when} destination of '${config.path}'`,
          from: { text: config.props.text('FunctionName'), resource: sender },
          to: targetOf(graph, config.props.text(destination)),
          service: 'lambda.amazonaws.com',
          role: sender?.props.text('Role'),
          deadLetters: 'none',
        };
      }
    }
  }
}

/** What hands an event over to Lambda without waiting for what becomes of it. */
function* asynchronousInvokers(graph: DeliveryGraph, earlier: readonly Hop[]): Iterable<Hop> {
  yield* earlier.filter(({ kind }) => INVOKING.includes(kind));
  yield* destinationHops(graph);
  yield* earlier.filter(({ kind, at: { props }, to }) => (
    kind === 'pipe' && to.text === props.text('Target') && props.literal('TargetParameters.LambdaFunctionParameters.InvocationType') === 'FIRE_AND_FORGET'
  ));
}

/** Each function once for each version or alias by which it is invoked, and those whose dead-letter queue says that something else invokes them. */
function invokedFunctions(graph: DeliveryGraph, earlier: readonly Hop[]): Iterable<{ readonly text: string; readonly invoked: Resource }> {
  const found = new Map<string, { readonly text: string; readonly invoked: Resource }>();
  const note = (text: string | undefined) => {
    const invoked = functionOf(graph, text).function;
    if (text !== undefined && invoked !== undefined) {
      const key = `${invoked.arn} ${qualifierOf(graph, text)}`;
      found.set(key, found.get(key) ?? { text, invoked });
    }
  };
  for (const { to } of asynchronousInvokers(graph, earlier)) {
    note(to.text);
  }
  graph.app.ofType(FUNCTION).filter(({ props }) => props.has('DeadLetterConfig.TargetArn') === true).forEach(({ arn }) => note(arn));
  return found.values();
}

function qualifierOf(graph: DeliveryGraph, text: string): string {
  const found = graph.app.find(text, FUNCTION, VERSION, ALIAS);
  switch (found?.type) {
    case FUNCTION: return UNQUALIFIED;
    case ALIAS: return found.props.text('Name') ?? '';
    default: return text.split(':').pop() ?? '';
  }
}

/** The settings of a version or an alias are its own. `unknown`: there are some, but nobody knows of which. */
function settingsOf(graph: DeliveryGraph, text: string, configs: readonly Resource[]): Resource | 'unknown' | undefined {
  const qualifier = qualifierOf(graph, text);
  return configs.find(({ props }) => props.text('Qualifier') === qualifier) ?? (configs.some(({ props }) => isUnknown(props.text('Qualifier'))) ? 'unknown' : undefined);
}

function failuresOf(graph: DeliveryGraph, { props }: Resource, config: Resource | 'unknown' | undefined): DeadLetters {
  const destination = config === 'unknown' ? 'unknown' : config === undefined ? 'none' : deadLettersOf(graph, config.props, 'DestinationConfig.OnFailure.Destination');
  const deadLetters = deadLettersOf(graph, props, 'DeadLetterConfig.TargetArn');
  return typeof destination === 'object' || deadLetters === 'none' ? destination : deadLetters;
}

function retriesOf(config: Resource | undefined): string | undefined {
  const attempts = config === undefined ? DEFAULT_ATTEMPTS : config.props.number('MaximumRetryAttempts', DEFAULT_ATTEMPTS);
  const seconds = config === undefined ? DEFAULT_AGE_SECONDS : config.props.number('MaximumEventAgeInSeconds', DEFAULT_AGE_SECONDS);
  return attempts === undefined || seconds === undefined ? undefined : `${attempts} retries in ${durationText(seconds)}`;
}
