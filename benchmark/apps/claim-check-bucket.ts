import type { AddPattern } from './add-pattern';
import { consumerQueues } from './consumer-queues';
import { ClaimCheckBucket } from 'cdk-serverless-patterns';

/** The pattern of this library, with its defaults, for one consumer by message and one by upload. */
export const addPattern: AddPattern = (stack, id, handler) => {
  const pointers = consumerQueues(stack, `${id}Pointers`);
  const uploads = consumerQueues(stack, `${id}Uploads`);
  const payloads = new ClaimCheckBucket(stack, id);
  payloads.addConsumer('Pointers', pointers, { prefix: 'pointers/', grantee: handler });
  payloads.addUploadConsumer('Uploads', uploads, { prefix: 'uploads/', grantee: handler });
};
