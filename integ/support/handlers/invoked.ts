import type { Context, SQSRecord } from 'aws-lambda';
import type { InvocationEvent } from '../invocation-event';
import { recordingHandler } from '../recording-handler';

const record = recordingHandler();

/** Does nothing but record what it is invoked with, one message at a time. Where it cannot do the message it throws, so that Lambda tries again. */
export async function handler({ messageId, body }: InvocationEvent, context: Context): Promise<object> {
  // Nothing says how often an event was delivered before.
  const message = { messageId, body, messageAttributes: {}, attributes: { ApproximateReceiveCount: '1' } } as unknown as SQSRecord;
  const { batchItemFailures } = await record({ Records: [message] }, context);
  if (batchItemFailures.length > 0) {
    throw new Error(`message ${messageId} could not be done`);
  }
  return {};
}
