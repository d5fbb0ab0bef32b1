import type { AddPattern } from './add-pattern';
import { BucketFedFunction } from 'cdk-serverless-patterns';

/** The pattern of this library, with its defaults, for the objects of one prefix. */
export const addPattern: AddPattern = (stack, id, handler) => {
  new BucketFedFunction(stack, id, { handler, prefix: 'in/' });
};
