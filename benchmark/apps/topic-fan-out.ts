import type { AddPattern } from './add-pattern';
import { consumerQueues } from './consumer-queues';
import { TopicFanOut } from 'cdk-serverless-patterns';

/** The pattern of this library, with its defaults, for two consumers. */
export const addPattern: AddPattern = (stack, id) => {
  const first = consumerQueues(stack, `${id}First`);
  const second = consumerQueues(stack, `${id}Second`);
  const fanOut = new TopicFanOut(stack, id);
  fanOut.addConsumer('First', first);
  fanOut.addConsumer('Second', second);
};
