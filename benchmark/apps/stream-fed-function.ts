import type { AddPattern } from './add-pattern';
import { StreamFedFunction } from 'cdk-serverless-patterns';

/** The pattern of this library, with its defaults. */
export const addPattern: AddPattern = (stack, id, handler) => {
  new StreamFedFunction(stack, id, { handler });
};
