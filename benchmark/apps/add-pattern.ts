import type { Stack } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';

/** Adds a pattern with its handler to a stack, in one of the ways that are compared. */
export type AddPattern = (stack: Stack, id: string, handler: lambda.Function) => void;
