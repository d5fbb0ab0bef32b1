import type { Reading } from './check';
import { check } from './check';
import type { DeliveryGraph } from '../graph/delivery-graph';
import { ruleTargets } from '../graph/event-rules';
import { queueFacts } from '../graph/queues';
import { documentOf } from '../graph/reading';
import { PIPE, QUEUE } from '../graph/resource-types';
import type { EventQueueFacts, MovedMessageFacts, PipedMessageFacts } from '../rules/payload-sizes';
import { EVENT_QUEUE_RULES, MOVED_MESSAGE_RULES, PIPED_MESSAGE_RULES } from '../rules/payload-sizes';
import type { Resource } from '../template/app';
import type { Props } from '../template/props';

export const PAYLOAD_SIZE_CHECKS = [
  check(MOVED_MESSAGE_RULES, readMovedMessages),
  check(EVENT_QUEUE_RULES, readEventQueues),
  check(PIPED_MESSAGE_RULES, readPipedMessages),
];

function* readMovedMessages(graph: DeliveryGraph): Iterable<Reading<MovedMessageFacts>> {
  for (const { at, to } of graph.hopsOf('redrive')) {
    if (to.resource !== undefined) {
      yield { at, facts: { queue: queueFacts(at), deadLetterQueue: queueFacts(to.resource) } };
    }
  }
}

function* readEventQueues(graph: DeliveryGraph): Iterable<Reading<EventQueueFacts>> {
  const feeding = new Set(workflowPipes(graph).map(({ queue }) => queue));
  for (const { rule, props } of ruleTargets(graph)) {
    for (const path of ['Arn', 'DeadLetterConfig.Arn']) {
      const { resource: queue } = graph.end(props, path, QUEUE);
      if (queue !== undefined) {
        const wholeCustomEvents = isCustom(rule) && isWhole(props);
        yield { at: rule, facts: { rule: rule.path, queue: queueFacts(queue), wholeCustomEvents, feedsWorkflow: feeding.has(queue) } };
      }
    }
  }
}

/** Events of services are small. */
function isCustom({ props }: Resource): boolean {
  const sources = documentOf(props, 'EventPattern').list('source') ?? [];
  return sources.some((source) => typeof source === 'string' && !source.startsWith('aws.'));
}

function isWhole(target: Props): boolean {
  return ['Input', 'InputPath', 'InputTransformer'].every((property) => target.has(property) === false);
}

function* readPipedMessages(graph: DeliveryGraph): Iterable<Reading<PipedMessageFacts>> {
  for (const { pipe, queue } of workflowPipes(graph)) {
    const whole = pipe.props.has('Enrichment') === false && pipe.props.has('TargetParameters.InputTemplate') === false;
    yield { at: pipe, facts: { pipe: pipe.path, queue: queueFacts(queue), whole } };
  }
}

/** The pipes that start executions for the messages of a queue. */
function workflowPipes(graph: DeliveryGraph): { readonly pipe: Resource; readonly queue: Resource }[] {
  return graph.app.ofType(PIPE).flatMap((pipe) => {
    const { resource: queue } = graph.end(pipe.props, 'Source', QUEUE);
    return queue !== undefined && /:states:/.test(pipe.props.text('Target') ?? '') ? [{ pipe, queue }] : [];
  });
}
