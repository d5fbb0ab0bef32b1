import type { DeliveryGraph } from './delivery-graph';
import { functionOf } from './functions';
import type { End, Hop } from './hop';
import { BUCKET, QUEUE, TOPIC } from './resource-types';
import type { Resource } from '../template/app';
import type { Props } from '../template/props';
import { ACCOUNT_SYMBOL, REGION_SYMBOL } from '../template/symbols';


/** By which the CDK sets the notifications of a bucket after the deployment, in the terms of the API. */
const CDK_NOTIFICATIONS = 'Custom::S3BucketNotifications';

/** What sets the notifications of a bucket. */
export interface Notifications {
  readonly at: Resource;
  readonly bucket: Resource;
  readonly configuration: Props;
  /** Whether they replace those that the bucket itself states. Undefined: not known. */
  readonly replaces?: boolean | undefined;
}

export function* notifications(graph: DeliveryGraph): Iterable<Notifications> {
  for (const bucket of graph.app.ofType(BUCKET)) {
    yield { at: bucket, bucket, configuration: bucket.props.part('NotificationConfiguration'), replaces: false };
  }
  for (const custom of graph.app.ofType(CDK_NOTIFICATIONS)) {
    const { resource: bucket } = graph.end(custom.props, 'BucketName', BUCKET);
    if (bucket !== undefined) {
      yield { at: custom, bucket, configuration: custom.props.part('NotificationConfiguration'), replaces: custom.props.flag('Managed', true) };
    }
  }
}

/** Undefined: not known. */
export function sendsToEventBridge({ configuration }: Notifications): boolean | undefined {
  const given = configuration.has('EventBridgeConfiguration');
  return given ? configuration.flag('EventBridgeConfiguration.EventBridgeEnabled', true) : given;
}

/** S3 sends the events of a bucket to the queues, topics and functions of its notifications. What these do not take, it keeps nowhere. */
export function* bucketHops(graph: DeliveryGraph): Iterable<Hop> {
  for (const set of notifications(graph)) {
    const { at, bucket } = set;
    const hop = { kind: 'notification', at, from: { text: bucket.arn, resource: bucket }, service: 's3.amazonaws.com' } as const;
    for (const to of destinations(graph, set)) {
      yield { ...hop, name: `notification of bucket '${bucket.path}'`, to, deadLetters: 'none' };
    }
    if (sendsToEventBridge(set)) {
      const { region = REGION_SYMBOL, account = ACCOUNT_SYMBOL } = bucket.stack;
      yield { ...hop, name: `EventBridge notification of bucket '${bucket.path}'`, to: { text: `arn:aws:events:${region}:${account}:event-bus/default` } };
    }
  }
}

/** A bucket and the custom resource of the CDK name them differently. */
function* destinations(graph: DeliveryGraph, { configuration }: Notifications): Iterable<End> {
  for (const one of configuration.items('QueueConfigurations') ?? []) {
    yield graph.endOf(one.text('Queue') ?? one.text('QueueArn'), QUEUE);
  }
  for (const one of configuration.items('TopicConfigurations') ?? []) {
    yield graph.endOf(one.text('Topic') ?? one.text('TopicArn'), TOPIC);
  }
  for (const one of [...configuration.items('LambdaConfigurations') ?? [], ...configuration.items('LambdaFunctionConfigurations') ?? []]) {
    const text = one.text('Function') ?? one.text('LambdaFunctionArn');
    yield { text, resource: functionOf(graph, text).function };
  }
}
