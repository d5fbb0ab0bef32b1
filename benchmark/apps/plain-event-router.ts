import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import type { AddPattern } from './add-pattern';
import { consumerQueues } from './consumer-queues';
import { newDelivery } from './plain-event-delivery';
import { placeName } from './plain-name';

/** The template that `EventRouter` gives for two consumers, by hand with the CDK's own constructs. */
export const addPattern: AddPattern = (stack, id) => {
  const first = consumerQueues(stack, `${id}First`);
  const second = consumerQueues(stack, `${id}Second`);
  const scope = new Construct(stack, id);
  // A bus must have a name, and no other of the account may have the same.
  const bus = new events.EventBus(scope, 'Bus', { eventBusName: `${stack.stackName}-${placeName(id, 'Bus')}` });
  const archive = new events.Archive(scope, 'Archive', { sourceEventBus: bus, eventPattern: {}, retention: Duration.days(14) });
  // It would be an empty text.
  (archive.node.defaultChild as events.CfnArchive).kmsKeyIdentifier = undefined;
  newDelivery(new Construct(scope, 'First'), first.queue, { source: ['first'] }, bus);
  newDelivery(new Construct(scope, 'Second'), second.queue, { source: ['second'] }, bus);
};
