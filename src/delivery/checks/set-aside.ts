import type { DeadLetters, End } from '../graph/hop';
import { fifoOf, placeOf } from '../graph/reading';
import type { SetAsideFacts } from '../rules/rule-target';

/** What is known of a dead-letter queue or topic. Undefined: only the deployment says whether there is one. */
export function setAsideFacts(deadLetters: DeadLetters, target?: End): SetAsideFacts | 'none' | undefined {
  if (typeof deadLetters !== 'object') {
    return deadLetters === 'none' ? deadLetters : undefined;
  }
  const { text } = deadLetters;
  return { path: pathOf(deadLetters), fifo: isFifo(deadLetters), isTarget: text !== undefined && text === target?.text, ...placeOf(deadLetters) };
}

export function pathOf({ text = '', resource }: End): string {
  return resource?.path ?? text;
}

/** Names of FIFO queues and topics end in `.fifo`. */
export function isFifo(end: End): boolean {
  return end.resource === undefined ? /\.fifo$/.test(end.text ?? '') : fifoOf(end) === true;
}
