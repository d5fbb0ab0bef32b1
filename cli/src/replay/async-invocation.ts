import { membersOf, textAt } from './json-text';
import type { KeptInvocation, Unusable } from './kept';

/**
 * Lambda's record of an asynchronous invocation that it gave up on, with the event as `requestPayload`.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
export function readAsyncInvocation(document: Readonly<Record<string, unknown>>, text: string): KeptInvocation | Unusable {
  const form = 'async-invocation';
  const recordedFor = textAt(document.requestContext, 'functionArn');
  const condition = textAt(document.requestContext, 'condition') ?? 'unknown';
  if (recordedFor === undefined) {
    return { form, conditions: [condition], unusable: 'it does not say which function it is of (requestContext.functionArn)' };
  }
  if (condition === 'Success') {
    return { form, recordedFor, conditions: [condition], unusable: 'it is the record of an invocation that succeeded' };
  }
  return { form, recordedFor, conditions: [condition], event: membersOf(text).get('requestPayload') ?? 'null' };
}
