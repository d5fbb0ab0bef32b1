import type { AddPattern } from './add-pattern';
import { consumerQueues } from './consumer-queues';
import { PollingStatusApi, QueueEngine } from 'cdk-serverless-patterns';

/** The pattern of this library, with its defaults, for jobs that the consumer of a queue does. */
export const addPattern: AddPattern = (stack, id, handler) => {
  const jobs = new PollingStatusApi(stack, id, { engine: new QueueEngine(consumerQueues(stack, `${id}Jobs`)) });
  jobs.grantReport(handler);
};
