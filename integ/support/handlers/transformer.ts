import type { FirehoseTransformationEvent, FirehoseTransformationResult } from 'aws-lambda';
import { messageIn } from '../message';

/** What becomes of a message of each category. Of others, and without one, records are transformed. */
export type Treatment = 'transform' | 'fail' | 'drop' | 'forget';

/** The runs of which no batch can be transformed. */
const { BROKEN_RUNS = '' } = process.env;

/**
 * Transforms the records of a delivery stream: it says that it has seen them. Fails at some, drops some and forgets some, as their category says.
 *
 * @throws Error for a batch with a record of a run that is broken
 */
export async function handler({ records }: FirehoseTransformationEvent): Promise<FirehoseTransformationResult> {
  const treated = records.map(({ recordId, data }) => ({ recordId, data, message: messageIn(Buffer.from(data, 'base64').toString())! }));
  const broken = treated.find(({ message }) => BROKEN_RUNS.split(',').includes(message.run));
  if (broken) {
    throw new Error(`the transformation of run '${broken.message.run}' is broken`);
  }
  return {
    records: treated.filter(({ message }) => message.category !== 'forget').map(({ recordId, data, message }) => ({
      recordId, result: RESULTS[message.category ?? ''] ?? 'Ok', data: message.category === 'fail' ? data : encoded({ ...message, content: 'seen' }),
    })),
  };
}

const RESULTS: Readonly<Record<string, 'Dropped' | 'ProcessingFailed'>> = { drop: 'Dropped', fail: 'ProcessingFailed' };

function encoded(content: object): string {
  return Buffer.from(JSON.stringify(content)).toString('base64');
}
