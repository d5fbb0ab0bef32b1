import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as kinesis from 'aws-cdk-lib/aws-kinesis';
import { readerRows } from './private/reader-alarms';
import type { ReaderFacts, ReaderSubject } from './private/reader-alarms';
import type { StreamReaderAlarmOptions, StreamReaderAlarms } from './stream-reader-alarms';
import type { CountAlarmOptions } from '../alarms/alarm-options';
import { AlarmSeverity } from '../alarms/alarms';
import type { HandlerAlarms } from '../alarms/alarms-by-name';
import { AlarmTable, ANY } from '../private/alarms/alarm-table';

/**
 * Tuning of the alarms of a `StreamFedFunction`.
 */
export interface StreamFedFunctionAlarmOptions extends StreamReaderAlarmOptions {
  /**
   * Reads of the stream that Kinesis throttled, because all readers without enhanced fan-out share what a shard gives.
   *
   * @default - on, for a stream of this account that is read without enhanced fan-out; above 0 in 5 of 5 periods
   */
  readonly readThrottles?: CountAlarmOptions;

  /**
   * Writes to the stream that Kinesis throttled: a producer that does not retry them loses records.
   *
   * @default - on, for a stream that is created here; above 0 in 1 of 1 periods
   */
  readonly writeThrottles?: CountAlarmOptions;
}

/**
 * The alarms of a `StreamFedFunction`, on its event source, its stream and its handler.
 */
export interface StreamFedFunctionAlarms extends StreamReaderAlarms {
  /**
   * Reads of the stream that Kinesis throttled.
   *
   * @default - switched off, or not created: the stream is of another account, or read with enhanced fan-out
   */
  readonly readThrottles?: cloudwatch.Alarm;

  /**
   * Writes to the stream that Kinesis throttled.
   *
   * @default - switched off, or not created: the stream is not created here
   */
  readonly writeThrottles?: cloudwatch.Alarm;
}

const PAGE = 'stream-fed-function';

/** Reads are throttled now and then where readers share a shard; only what lasts makes them late. */
const LASTING = 5;

/** The alarms on the event source. */
export const READER_ALARMS = new AlarmTable<Exclude<keyof StreamReaderAlarms, keyof HandlerAlarms>, ReaderFacts, ReaderSubject>(readerRows(PAGE));

interface StreamSubject {
  readonly path: string;
  readonly stream: kinesis.IStream;
}

/** The alarm on reads of the stream. */
export const READ_ALARMS = new AlarmTable<'readThrottles', object, StreamSubject>({
  readThrottles: {
    id: 'ReadThrottlesAlarm',
    metric: ({ stream }, period) => stream.metricReadProvisionedThroughputExceeded({ period, statistic: cloudwatch.Stats.SUM }),
    ...ANY,
    datapoints: LASTING,
    severity: AlarmSeverity.WARNING,
    meaning: ({ path }) => `Reads of the stream of ${path} are throttled.`,
    firstStep: 'see who else reads the stream, and set enhancedFanOut for this reader or for another.',
    runbook: { page: PAGE, section: 'read-throttles' },
  },
});

/** The alarm on writes to the stream. */
export const WRITE_ALARMS = new AlarmTable<'writeThrottles', object, StreamSubject>({
  writeThrottles: {
    id: 'WriteThrottlesAlarm',
    metric: ({ stream }, period) => stream.metricWriteProvisionedThroughputExceeded({ period, statistic: cloudwatch.Stats.SUM }),
    ...ANY,
    severity: AlarmSeverity.WARNING,
    meaning: ({ path }) => `Writes to the stream of ${path} are throttled.`,
    firstStep: 'see whether the producers retry what PutRecords reports as failed, and whether one partition key gets most of the records.',
    runbook: { page: PAGE, section: 'write-throttles' },
  },
});
