import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

/** What the constructs of an app say when it is synthesized: one line for each problem. */
export function problemsAtSynthesis(stack: Stack): string[] {
  try {
    Template.fromStack(stack);
  } catch (error) {
    return (error as Error).message.split('\n').slice(1).map((line) => line.trim());
  }
  return [];
}
