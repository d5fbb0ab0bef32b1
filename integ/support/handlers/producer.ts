import { Entries } from '../entries';
import type { Fault, PlannedMessage, PlanOptions } from '../faults';
import { planMessages } from '../faults';
import type { Sent } from '../send';
import { send } from '../send';

export interface ProducerEvent extends PlanOptions {
  readonly run: string;
  /** Which part of the plan is sent now, by the numbers of its first and its last message. @default - all of it */
  readonly part?: readonly [number, number];
}

/** One message a second for a while, beside any plan: the next numbers of the run are theirs. */
export interface StreamEvent {
  readonly run: string;
  readonly seconds: number;
  readonly fault?: Fault;
}

/** Numbers of a stream begin above those of any plan. */
const FIRST_OF_STREAM = 1_000_000;

/** Sends messages, and records what the entrance confirmed and what it refused. */
export async function handler(event: ProducerEvent | StreamEvent): Promise<Sent> {
  const messages = 'seconds' in event ? await streamed(event) : planned(event);
  return send(event.run, [...messages, ...messages.filter((message) => message.fault === 'resend')]);
}

function planned({ run: _run, part, ...plan }: ProducerEvent): PlannedMessage[] {
  const [first, last] = part ?? [1, plan.messages];
  return planMessages(plan).filter(({ number }) => number >= first && number <= last);
}

async function streamed({ run, seconds, fault }: StreamEvent): Promise<PlannedMessage[]> {
  const numbers = await new Entries(run).nextNumbers(seconds);
  return numbers.map((number, index) => ({ number: FIRST_OF_STREAM + number, delaySeconds: index, ...(fault ? { fault } : {}) }));
}
