import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { recordingHandler } from '../recording-handler';

const record = recordingHandler();

/** Records, as long as its release is not one that is broken. */
export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  if (process.env.RELEASE?.startsWith('broken')) {
    throw new Error(`release ${process.env.RELEASE} fails with everything`);
  }
  return record(event, context);
}
