import type { AddPattern } from './add-pattern';
import { consumerQueues } from './consumer-queues';
import { FailureBucket } from 'cdk-serverless-patterns';

/** The pattern of this library, with its defaults, for a consumer of failures. */
export const addPattern: AddPattern = (stack, id, handler) => {
  const inspection = consumerQueues(stack, `${id}Inspection`);
  new FailureBucket(stack, id).addConsumer('Inspection', inspection, { grantee: handler });
};
