import type { AddPattern } from './add-pattern';
import { AsyncFunction } from 'cdk-serverless-patterns';

/** The pattern of this library, with its defaults. */
export const addPattern: AddPattern = (stack, id, handler) => {
  new AsyncFunction(stack, id, { handler });
};
