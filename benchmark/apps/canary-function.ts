import type { AddPattern } from './add-pattern';
import { CanaryFunction } from 'cdk-serverless-patterns';

/** The pattern of this library, with its defaults. */
export const addPattern: AddPattern = (stack, id, handler) => {
  new CanaryFunction(stack, id, { handler });
};
