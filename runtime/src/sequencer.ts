import type { S3Record } from './s3-event';

/**
 * Which of two events about the **same key** happened first: less than 0 if `a` did, greater than 0 if `b` did, and 0 if it is the same
 * event, delivered twice. Of different keys it says nothing.
 *
 * Sequencers are hexadecimal and may differ in length: S3 has the shorter one padded with zeros on the right, and both compared as text. In
 * AWS's examples, notifications of a bucket have them in upper case, and EventBridge in lower case; here that makes no difference.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 *
 * @param a the sequencer of one event
 * @param b the sequencer of another one
 * @throws RangeError for what is no sequencer
 */
export function compareSequencers(a: string, b: string): number {
  const length = Math.max(a.length, b.length);
  const [first, second] = [a, b].map((sequencer) => padded(sequencer, length));
  return first! < second! ? -1 : first! > second! ? 1 : 0;
}

/**
 * Whether an event happened after the last one of its key that was processed; false for that one itself, delivered again, and for one that
 * is late. Keep the `sequencer` of what you processed, under bucket and key, and write it only if it is still the one that you compared
 * with: two events of one key may be processed at the same time.
 *
 * @param record an event about what was created or deleted
 * @param last the sequencer that was kept for the same bucket and key; undefined if none was
 * @throws RangeError for an event without sequencer: nobody can tell when it happened. S3 gives one only to what was created or deleted, so
 * look at `change` first
 */
export function isNewer(record: Pick<S3Record, 'bucket' | 'key' | 'eventName' | 'sequencer'>, last: string | undefined): boolean {
  const { bucket, key, eventName, sequencer } = record;
  if (sequencer === undefined) {
    throw new RangeError(
      `the event '${eventName}' about s3://${bucket}/${key} has no sequencer, which only events about what was created or deleted have: ` +
      'whether it is newer is not known',
    );
  }
  return compareSequencers(sequencer, last ?? '0') > 0;
}

function padded(sequencer: string, length: number): string {
  if (!/^[0-9a-f]+$/i.test(sequencer)) {
    throw new RangeError(`'${sequencer}' is no sequencer, which is a hexadecimal number`);
  }
  return sequencer.toLowerCase().padEnd(length, '0');
}
