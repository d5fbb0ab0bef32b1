import type { CfnResource, IResolvable } from 'aws-cdk-lib';
import { Lazy, Stack } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { functionResource, reservedConcurrency } from './handler-facts';
import type { ConcurrentSourceFacts } from '../../delivery/rules/reserved-concurrency';
import { LEAST_MAX_CONCURRENCY, SHARED_FUNCTION_RULES, SHARING_SOURCE_RULES } from '../../delivery/rules/reserved-concurrency';
import { resourceBehind, resourcesIn } from '../app/references';
import { appState } from '../app/registry';
import { renderedProperty } from '../app/rendered-resource';
import { resourcesBelow } from '../app/resources-below';
import { stageOf } from '../app/stage-of';
import { reportFindings } from '../checks/problems';
import { messageGroups } from '../sqs/message-groups';

/**
 * What one backlog may take of the account's concurrency when nothing is reserved: a tenth of the usual quota of 1,000, so that it cannot starve the rest.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
const DEFAULT_MAX_CONCURRENCY = 100;

/** Event source mappings whose maximum concurrency nobody stated, so that they share what the stated ones leave. */
const sharersIn = (scope: IConstruct) => appState(scope, 'concurrencySharers', () => new Set<CfnResource>());

/** For each stage, what is known there: checked once, when the app is complete, however many patterns it has. */
const stagesIn = (scope: IConstruct) => appState(scope, 'eventSourcesOfStages', () => new Map<IConstruct, StageSources>());

interface StageSources {
  /** The functions that this library's patterns feed; others are none of its business. */
  readonly fed: Set<lambda.CfnFunction>;
  /** The SQS event sources of each function, as last counted. */
  counted?: Map<CfnResource, lambda.CfnEventSourceMapping[]> | undefined;
}

/**
 * The maximum concurrency of an event source for which none was stated: what the other sources of the same function leave of its reserved concurrency,
 * or `DEFAULT_MAX_CONCURRENCY` if that is less or nothing is known to be reserved. It is known only when the app is complete, hence the token.
 */
export function sharedMaxConcurrency(handler: lambda.IFunction): number {
  // Uncached, because the app may grow between one resolution and the next.
  return Lazy.uncachedNumber({
    produce: () => {
      const resource = functionResource(handler);
      const reserved = resource && reservedConcurrency(resource);
      if (!resource || reserved === undefined) {
        return DEFAULT_MAX_CONCURRENCY;
      }
      const sources = sqsSourcesOf(resource);
      const capped = sources.filter((mapping) => !sharersIn(mapping).has(mapping));
      const stated = capped.reduce((sum, mapping) => sum + (statedConcurrency(mapping) ?? 0), 0);
      // Too small a share is an error of the check below; this only keeps the number in range until then.
      const share = Math.floor((reserved - stated) / Math.max(1, sources.length - capped.length));
      return Math.max(LEAST_MAX_CONCURRENCY, Math.min(DEFAULT_MAX_CONCURRENCY, share));
    },
  });
}

/**
 * Whether an event source for which nothing was stated invokes its function: not as long as 0 is reserved for that. Otherwise Lambda would receive messages, be refused, give them back, and do so
 * until good messages are in the dead-letter queue. https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
 */
export function enabledUnlessPaused(handler: lambda.IFunction): IResolvable | undefined {
  const resource = functionResource(handler);
  return resource && Lazy.uncachedAny({ produce: () => (reservedConcurrency(resource) === 0 ? false : undefined) });
}

/**
 * Checks, once the app is complete, that the SQS event sources of a function fit into its reserved concurrency, wherever in the app they are.
 *
 * More than fits is throttled: the messages are received, handed back and received again until they are in the dead-letter queue with nothing wrong with them.
 */
export function checkReservedConcurrency(eventSource: lambda.CfnEventSourceMapping, handler: lambda.IFunction, sharing: boolean): void {
  if (sharing) {
    sharersIn(eventSource).add(eventSource);
  }
  const resource = functionResource(handler);
  if (!resource) {
    return;
  }
  const { fed } = sourcesOfStage(stageOf(resource));
  if (!fed.has(resource)) {
    fed.add(resource);
    resource.node.addValidation({ validate: () => problemsOfFunction(resource) });
  }
}

function sourcesOfStage(stage: IConstruct): StageSources {
  const stages = stagesIn(stage);
  const known = stages.get(stage);
  if (known) {
    return known;
  }
  const sources: StageSources = { fed: new Set() };
  stages.set(stage, sources);
  // A stage is validated before what is in it. Counted anew then, because the app may have grown since a value was last asked for.
  stage.node.addValidation({
    validate: () => {
      sources.counted = undefined;
      return [];
    },
  });
  return sources;
}

function problemsOfFunction(resource: lambda.CfnFunction): string[] {
  const handler = { path: resource.node.path, reservedConcurrency: reservedConcurrency(resource) };
  if (handler.reservedConcurrency === undefined) {
    return [];
  }
  const sources = sqsSourcesOf(resource).map((mapping) => ({ mapping, source: sourceFacts(mapping) }));
  return [
    ...reportFindings(resource, SHARED_FUNCTION_RULES, { ...handler, sources: sources.map(({ source }) => source) }),
    ...sources.flatMap(({ mapping, source }) => reportFindings(mapping, SHARING_SOURCE_RULES, { handler, source })),
  ];
}

function sourceFacts(mapping: lambda.CfnEventSourceMapping): ConcurrentSourceFacts {
  const queue = queueBehind(mapping);
  // Lambda takes no maximum below 2, but one message group never needs more than 1.
  const groups = queue && messageGroups(mapping, queue.node.path);
  const sharing = groups === undefined && sharersIn(mapping).has(mapping);
  return {
    path: mapping.node.path,
    enabled: renderedProperty(mapping, 'Enabled') !== false,
    sharing,
    maxConcurrency: groups ?? (sharing ? undefined : statedConcurrency(mapping)),
    uncapped: groups === undefined && !sharing && mapping.scalingConfig === undefined && mapping.provisionedPollerConfig === undefined,
  };
}

function sqsSourcesOf(resource: lambda.CfnFunction): lambda.CfnEventSourceMapping[] {
  const known = stagesIn(resource).get(stageOf(resource));
  const sources = known?.counted ?? sourcesByFunction(stageOf(resource));
  if (known) {
    known.counted = sources;
  }
  return sources.get(resource) ?? [];
}

function statedConcurrency(mapping: lambda.CfnEventSourceMapping): number | undefined {
  const config = Stack.of(mapping).resolve(mapping.scalingConfig) as { maximumConcurrency?: unknown } | undefined;
  return typeof config?.maximumConcurrency === 'number' ? config.maximumConcurrency : undefined;
}

function sourcesByFunction(stage: IConstruct): Map<CfnResource, lambda.CfnEventSourceMapping[]> {
  const sources = new Map<CfnResource, lambda.CfnEventSourceMapping[]>();
  for (const mapping of eventSourcesIn(stage)) {
    const resource = isSqs(mapping) ? functionBehindName(mapping.functionName, mapping) : undefined;
    if (resource) {
      sources.set(resource, [...(sources.get(resource) ?? []), mapping]);
    }
  }
  return sources;
}

export function eventSourcesIn(stage: IConstruct): lambda.CfnEventSourceMapping[] {
  return resourcesBelow(stage, 'AWS::Lambda::EventSourceMapping') as lambda.CfnEventSourceMapping[];
}

function queueBehind({ eventSourceArn }: lambda.CfnEventSourceMapping): CfnResource | undefined {
  return eventSourceArn === undefined ? undefined : resourceBehind(eventSourceArn, 'AWS::SQS::Queue');
}

function isSqs(mapping: lambda.CfnEventSourceMapping): boolean {
  const arn = mapping.eventSourceArn;
  const [queue] = resourcesIn(arn, mapping);
  return queue ? queue.cfnResourceType === 'AWS::SQS::Queue' : JSON.stringify(Stack.of(mapping).resolve(arn) ?? '').includes(':sqs:');
}

/** Follows a function name through aliases and versions to the function's resource. */
export function functionBehindName(name: string, scope: IConstruct): CfnResource | undefined {
  for (const target of resourcesIn(name, scope)) {
    switch (target.cfnResourceType) {
      case 'AWS::Lambda::Function':
        return target;
      case 'AWS::Lambda::Alias':
      case 'AWS::Lambda::Version':
        return functionBehindName((target as lambda.CfnAlias | lambda.CfnVersion).functionName, target);
    }
  }
  return undefined;
}
