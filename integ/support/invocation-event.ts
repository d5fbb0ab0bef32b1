import { createHash } from 'node:crypto';

/** What a function is invoked with, and Lambda keeps when the function fails. */
export interface InvocationEvent {
  readonly messageId: string;
  /** The body of a message. */
  readonly body: string;
}

/** Stands for an event as it was sent. Two that differ in a single character have different ones. */
export function digestOfInvocation({ messageId, body, ...more }: InvocationEvent): string {
  return createHash('sha256').update(JSON.stringify([messageId, body, more])).digest('hex');
}
