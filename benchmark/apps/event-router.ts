import type { AddPattern } from './add-pattern';
import { consumerQueues } from './consumer-queues';
import { EventRouter } from 'cdk-serverless-patterns';

/** The pattern of this library, with its defaults, for two consumers. */
export const addPattern: AddPattern = (stack, id) => {
  const first = consumerQueues(stack, `${id}First`);
  const second = consumerQueues(stack, `${id}Second`);
  const router = new EventRouter(stack, id);
  router.addConsumer('First', first, { eventPattern: { source: ['first'] } });
  router.addConsumer('Second', second, { eventPattern: { source: ['second'] } });
};
