import { isRecord, parsed, textAt } from './json-text';
import type { KeptRecords, Unusable } from './kept';

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * What Firehose writes below its error prefix: a line of JSON for each record, with the record in base64 as `rawData`.
 *
 * @see https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html
 * @see https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion-error-handling.html
 */
export function readFirehoseRecords(text: string): KeptRecords | Unusable {
  const form = 'firehose-records';
  const lines = text.split('\n').filter((line) => line.trim() !== '').map(parsed);
  const conditions = [...new Set(lines.map(conditionOf))];
  const data = lines.map((line) => textAt(line, 'rawData'));
  const bad = data.findIndex((encoded) => encoded === undefined || !BASE64.test(encoded));
  return bad === -1
    ? { form, conditions, records: data.map((encoded) => Buffer.from(encoded ?? '', 'base64')) }
    : { form, conditions, unusable: `its line ${bad + 1} has no rawData in base64` };
}

/** The pages of AWS write the name in more than one way. */
function conditionOf(line: unknown): string {
  return isRecord(line) ? ['errorCode', 'ErrorCode', 'lastErrorCode'].map((key) => textAt(line, key)).find((code) => code !== undefined) ?? 'unknown' : 'unknown';
}
