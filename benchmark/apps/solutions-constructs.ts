// eslint-disable-next-line import/no-unresolved -- installed by the benchmark itself, because it is no dependency of the project
import { SqsToLambda } from '@aws-solutions-constructs/aws-sqs-lambda';
import type { AddPattern } from './add-pattern';

/** The pattern of AWS Solutions Constructs, with its defaults. */
export const addPattern: AddPattern = (stack, id, handler) => {
  new SqsToLambda(stack, id, { existingLambdaObj: handler });
};
