import type { AddPattern } from './add-pattern';
import { BucketDelivery } from 'cdk-serverless-patterns';

/** The pattern of this library, with its defaults, for records of the handler. */
export const addPattern: AddPattern = (stack, id, handler) => {
  new BucketDelivery(stack, id).grantPutRecords(handler);
};
