import type { Reading } from './check';
import { check } from './check';
import type { Notifications } from '../graph/buckets';
import { notifications, sendsToEventBridge } from '../graph/buckets';
import type { DeliveryGraph } from '../graph/delivery-graph';
import { documentOf, fifoOf, groupedBy, placeOf } from '../graph/reading';
import { BUCKET, RULE } from '../graph/resource-types';
import type { BucketEventsFacts, EventBucketFacts } from '../rules/bucket-events';
import { BUCKET_EVENTS_RULES } from '../rules/bucket-events';
import type { BucketNotificationFacts } from '../rules/bucket-notifications';
import { BUCKET_NOTIFICATION_RULES } from '../rules/bucket-notifications';
import type { Resource } from '../template/app';

export const BUCKET_CHECKS = [
  check(BUCKET_NOTIFICATION_RULES, readNotifications),
  check(BUCKET_EVENTS_RULES, readEvents),
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
