import type { DeadLetters, End } from '../graph/hop';
import { placeOf } from '../graph/reading';
import { QUEUE } from '../graph/resource-types';
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
export function isFifo({ text, resource }: End): boolean {
  return resource === undefined ? /\.fifo$/.test(text ?? '') : resource.props.flag(resource.type === QUEUE ? 'FifoQueue' : 'FifoTopic', false) === true;
}
