import type { PlanOptions } from '../faults';
import { planMessages } from '../faults';
import type { Sent } from '../send';
import { send } from '../send';

export interface ProducerEvent extends PlanOptions {
  readonly run: string;
  /** Which part of the plan is sent now, by the numbers of its first and its last message. @default - all of it */
  readonly part?: readonly [number, number];
}

/** Sends the planned messages, and records what the entrance confirmed and what it refused. */
export async function handler({ run, part, ...plan }: ProducerEvent): Promise<Sent> {
  const [first, last] = part ?? [1, plan.messages];
  const messages = planMessages(plan).filter(({ number }) => number >= first && number <= last);
  return send(run, [...messages, ...messages.filter((message) => message.fault === 'resend')]);
}
