import type { AddPattern } from './add-pattern';
import { consumerQueues } from './consumer-queues';
import { QueueFed, ScheduledMessages } from 'cdk-serverless-patterns';

/** The pattern of this library, with its defaults, for schedules that the handler creates. */
export const addPattern: AddPattern = (stack, id, handler) => {
  const { queue, deadLetterQueue } = consumerQueues(stack, `${id}Target`);
  new ScheduledMessages(stack, id, { target: QueueFed.of(queue, deadLetterQueue) }).grantCreateSchedules(handler);
};
