import type { Reading } from './check';
import { check } from './check';
import type { Notifications } from '../graph/buckets';
import { notifications, sendsToEventBridge } from '../graph/buckets';
import type { DeliveryGraph } from '../graph/delivery-graph';
import { ruleTargets } from '../graph/event-rules';
import { documentOf, fifoOf, groupedBy, placeOf } from '../graph/reading';
import { BUCKET, FUNCTION, QUEUE, RULE } from '../graph/resource-types';
import { isCertainlyAllowed, roleOf } from '../graph/roles';
import { targetOf } from '../graph/targets';
import { isObject } from '../policy/conditions';
import type { BucketEventsFacts, BucketWriterFacts, EventBucketFacts, KeyPatternFacts } from '../rules/bucket-events';
import { BUCKET_EVENTS_RULES, BUCKET_WRITER_RULES, KEY_PATTERN_RULES } from '../rules/bucket-events';
import type { BucketNotificationFacts } from '../rules/bucket-notifications';
import { BUCKET_NOTIFICATION_RULES } from '../rules/bucket-notifications';
import type { Resource } from '../template/app';
import type { Props } from '../template/props';
import { isLiteral } from '../template/symbols';

export const BUCKET_CHECKS = [
  check(BUCKET_NOTIFICATION_RULES, readNotifications),
  check(BUCKET_EVENTS_RULES, readEvents),
  check(BUCKET_WRITER_RULES, readWriters),
  check(KEY_PATTERN_RULES, readKeyPatterns),
];


function* readNotifications(graph: DeliveryGraph): Iterable<Reading<BucketNotificationFacts>> {
  for (const { at, from: { resource: bucket }, to } of graph.hopsOf('notification')) {
    if (bucket !== undefined) {
      yield {
        at,
        facts: {
          bucket: { path: bucket.path, region: bucket.stack.region },
          to: { path: String(to.resource?.path ?? to.text), fifo: fifoOf(to), ...placeOf(to) },
        },
      };
    }
  }
}

/** Of rules that wait for the events of buckets of the app, by their names. */
function* readEvents(graph: DeliveryGraph): Iterable<Reading<BucketEventsFacts>> {
  const sets = groupedBy(notifications(graph), ({ bucket }) => bucket);
  for (const rule of graph.app.ofType(RULE)) {
    const { region, account } = rule.stack;
    for (const bucket of bucketsOf(graph, rule)) {
      yield { at: rule, facts: { bucket: bucketFacts(graph, bucket, sets.get(bucket) ?? []), rule: { region, account } } };
    }
  }
}

const PUT = 's3:PutObject';

/** Of functions that a notification, a rule, or a queue behind them tells of objects that are put. With a suffix it is not known whether what they put has it too. */
function* readWriters(graph: DeliveryGraph): Iterable<Reading<BucketWriterFacts>> {
  for (const { at, bucket, configuration } of notifications(graph)) {
    for (const told of NOTIFIED.flatMap((property) => configuration.items(property) ?? [])) {
      const prefix = prefixOfNotification(told);
      const target = TARGETS.map((property) => told.text(property)).find((text) => text !== undefined);
      yield* prefix === undefined ? [] : handlersBehind(graph, target).map((handler) => ({ at, facts: writerFacts(graph, bucket, handler, prefix) }));
    }
  }
  for (const { rule, props } of ruleTargets(graph)) {
    const prefix = prefixOf(rule);
    for (const bucket of prefix === undefined ? [] : bucketsOf(graph, rule)) {
      for (const handler of handlersBehind(graph, props.text('Arn'))) {
        yield { at: rule, facts: writerFacts(graph, bucket, handler, prefix!) };
      }
    }
  }
}

function writerFacts(graph: DeliveryGraph, bucket: Resource, handler: Resource, prefix: string): BucketWriterFacts {
  const role = roleOf(graph, handler.props.text('Role'));
  const writes = role && isCertainlyAllowed(graph, role, PUT, `${bucket.arn}/${prefix}`) ? [PUT] : [];
  return { bucket: bucket.path, handler: handler.path, prefix, writes };
}

/** A bucket and the custom resource of the CDK name them differently. */
const NOTIFIED = ['QueueConfigurations', 'LambdaConfigurations', 'LambdaFunctionConfigurations'];
const TARGETS = ['Queue', 'QueueArn', 'Function', 'LambdaFunctionArn'];

/** What the keys begin with of the objects that a notification is for when they are put. Undefined: not known, or it is for others. */
function prefixOfNotification(told: Props): string | undefined {
  const events = [told.literal('Event'), ...told.list('Events') ?? []];
  const filters = ['Filter.S3Key.Rules', 'Filter.Key.FilterRules'].flatMap((path): readonly (Props | undefined)[] => told.items(path) ?? [undefined]);
  const isForPuts = events.some((event) => event === 's3:ObjectCreated:*' || event === 's3:ObjectCreated:Put');
  if (!isForPuts || filters.some((filter) => filter?.literal('Name')?.toLowerCase() !== 'prefix')) {
    return undefined;
  }
  return filters.length === 0 ? '' : filters[0]?.literal('Value');
}

/** What the keys begin with of the objects that a rule is for when they are put. Undefined: not known, or it is for others. */
function prefixOf({ props }: Resource): string | undefined {
  const pattern = documentOf(props, 'EventPattern');
  const keys = pattern.list('detail.object.key');
  if (pattern.list('detail-type')?.includes('Object Created') !== true || keys === undefined || keys.length > 1) {
    return undefined;
  }
  const [key] = keys;
  return key === undefined ? '' : isObject(key) && typeof key.prefix === 'string' && isLiteral(key.prefix) ? key.prefix : undefined;
}

function handlersBehind(graph: DeliveryGraph, arn: string | undefined): Resource[] {
  const { resource: target } = targetOf(graph, arn);
  const handlers = target?.type === QUEUE ? graph.hopsFrom(target).filter(({ kind }) => kind === 'eventSource').map(({ to }) => to.resource) : [target];
  return handlers.filter((handler): handler is Resource => handler?.type === FUNCTION);
}

function* readKeyPatterns(graph: DeliveryGraph): Iterable<Reading<KeyPatternFacts>> {
  for (const rule of graph.app.ofType(RULE)) {
    const pattern = documentOf(rule.props, 'EventPattern');
    const keys = pattern.list('source')?.includes('aws.s3') ? pattern.list('detail.object.key') ?? [] : [];
    for (const text of keys.flatMap(textsIn)) {
      yield { at: rule, facts: { what: `detail.object.key in the event pattern of rule '${rule.path}'`, text } };
    }
  }
}

/** What keys are compared with, whatever the operator. */
function textsIn(key: unknown): string[] {
  if (typeof key === 'string') {
    return isLiteral(key) ? [key] : [];
  }
  return Array.isArray(key) ? key.flatMap(textsIn) : isObject(key) ? Object.values(key).flatMap(textsIn) : [];
}

function bucketsOf(graph: DeliveryGraph, { props }: Resource): ReadonlySet<Resource> {
  const pattern = documentOf(props, 'EventPattern');
  const names = pattern.list('source')?.includes('aws.s3') ? pattern.list('detail.bucket.name') ?? [] : [];
  return new Set(names.flatMap((name) => (typeof name === 'string' ? graph.app.find(name, BUCKET) ?? [] : [])));
}

function bucketFacts(graph: DeliveryGraph, { path, stack: { region, account } }: Resource, sets: readonly Notifications[]): EventBucketFacts {
  const sends = sets.map(sendsToEventBridge);
  const replacing = sets.find((set) => set.replaces && sendsToEventBridge(set) === false);
  return {
    path,
    region,
    account,
    sendsEvents: graph.isComplete && sends.every((one) => one === false) ? false : undefined,
    replacedBy: replacing?.at.path,
  };
}
