import type { AddPattern } from './add-pattern';
import { QueueFedFunction } from 'cdk-serverless-patterns';

/** The pattern of this library, with its defaults. */
export const addPattern: AddPattern = (stack, id, handler) => {
  new QueueFedFunction(stack, id, { handler });
};
