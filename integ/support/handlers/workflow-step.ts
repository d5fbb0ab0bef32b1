import type { Context, SQSRecord } from 'aws-lambda';
import { Entries } from '../entries';
import type { InvocationEvent } from '../invocation-event';
import type { LedgerMessage } from '../message';
import { messageIn } from '../message';
import { recordingHandler } from '../recording-handler';
import { bookName } from '../runs';

/** What a task of a workflow gives its function. */
export interface StepEvent extends InvocationEvent {
  /** The station of the ledger that the task is. @default - the only one of its run */
  readonly step?: string;
  /** The station of which the message's work must be done before, if the message was ever done at the other. */
  readonly after?: { readonly station: string; readonly of: string };
  /** The name of the error by which the task fails. @default 'NotDone' */
  readonly error?: string;
  /** The release of the workflow. `broken` fails always. @default - it has none */
  readonly release?: string;
}

const record = recordingHandler();

/** Does nothing but record what a task gives it. What cannot be done fails by a name that the workflow knows; messages of the category `at-<step>` can be done at no step of that name. */
export async function handler({ step = '', after, error = 'NotDone', release, messageId, body }: StepEvent, context: Context): Promise<InvocationEvent> {
  // One function for all steps: a process does one invocation after the other.
  process.env.LEDGER_STATION = step;
  const message = messageIn(body)!;
  if (release === 'broken') {
    throw Object.assign(new Error(`release '${release}' fails`), { name: 'Refused' });
  }
  if (message.category === `at-${step}`) {
    throw Object.assign(new Error(`message ${message.number} can be done at no step '${step}'`), { name: 'Refused' });
  }
  if (after && await isDone(message, after.of) && !await isDone(message, after.station)) {
    throw Object.assign(new Error(`'${step}' came before '${after.station}'`), { name: 'OutOfOrder' });
  }
  const incoming = { messageId, body, messageAttributes: {}, attributes: { ApproximateReceiveCount: '1' } } as unknown as SQSRecord;
  const { batchItemFailures } = await record({ Records: [incoming] }, context);
  if (batchItemFailures.length > 0) {
    throw Object.assign(new Error(`message ${message.number} could not be done`), { name: error });
  }
  return { messageId, body };
}

async function isDone({ run, number }: LedgerMessage, station: string): Promise<boolean> {
  const entries = await new Entries(bookName(run, station)).all();
  return entries.some((entry) => entry.kind === 'effect' && entry.number === number);
}
