import { recordingHandler } from '../recording-handler';

/** Does nothing but record. */
export const handler = recordingHandler();
