import { claim, PayloadDeniedError, PayloadMissingError } from '../../../runtime/src';
import { messageIn } from '../message';
import { recordingHandler } from '../recording-handler';

const { PAYLOADS_BUCKET: bucket = '', PAYLOADS_PREFIX: prefix = '' } = process.env;

/** Claims the payload of each message before it does the message's work. */
export const handler = recordingHandler(undefined, {
  read: async (record) => {
    try {
      return messageIn((await claim(record, { bucket, prefix })).toString())!;
    } catch (error) {
      // Without the right to list the bucket, S3 refuses what is not there.
      const gone = error instanceof PayloadMissingError || error instanceof PayloadDeniedError;
      throw new Error(`${gone ? 'PayloadGone' : (error as Error).name}: ${(error as Error).message}`);
    }
  },
});
