import { setTimeout as sleep } from 'node:timers/promises';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { messageIn } from '../message';
import { recordingHandler } from '../recording-handler';

const record = recordingHandler();

/** How much of its time a slow release takes: more than the 80 % of which an alarm rings. */
const SLOW_SHARE = 0.83;

/** The last message that a shortsighted release can do. */
const HORIZON = 120;

/**
 * Records, and does so well or badly as its release says: `broken` fails always, `faulty` with every message, `shortsighted` with those above number 120, and `slow` comes
 * near its timeout.
 */
export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const [release] = (process.env.RELEASE ?? '').split('-');
  const hasMessages = event.Records.length > 0;
  const isBeyond = event.Records.some(({ body }) => (messageIn(body)?.number ?? 0) > HORIZON);
  if (release === 'broken' || (release === 'faulty' && hasMessages) || (release === 'shortsighted' && isBeyond)) {
    throw new Error(`release ${process.env.RELEASE} fails`);
  }
  if (release === 'slow' && hasMessages) {
    await sleep(SLOW_SHARE * context.getRemainingTimeInMillis());
  }
  return record(event, context);
}
