import type { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { AlarmSeverity } from '../../alarms/alarms';
import type { AlarmRow } from '../../private/alarms/alarm-table';
import { ANY } from '../../private/alarms/alarm-table';
import { ThresholdUnit } from '../../private/alarms/tuning';
import { functionBehind } from '../../private/lambda/handler-facts';

/** What is known before anything is made. */
export interface ReaderFacts {
  readonly maxAgeSeconds: number;
}

export interface ReaderSubject extends ReaderFacts {
  readonly path: string;
  readonly handler: lambda.IFunction;
  readonly eventSource: lambda.EventSourceMapping;
}

type Row = AlarmRow<ReaderFacts, ReaderSubject>;

const UNTIL_GIVEN_UP = {
  ceiling: ({ maxAgeSeconds }: ReaderFacts) => ({ value: maxAgeSeconds * 1000, why: 'at maxRecordAge Lambda gives a record up' }),
};

/** How late records may be at most before somebody is told, however long they are kept: a quarter of the default age of a stream that keeps records for a week would be most of a day. */
const MOST_LATE_MILLIS = 3_600_000;

/** How many minutes without a poll mean that reading has stopped: an event source takes a few to be created or updated. */
const MINUTES_WITHOUT_POLL = 15;

/**
 * The alarms on an event source that reads a stream, and on what its function reports for it.
 *
 * @param page of the runbook; its sections are named like the alarms
 */
export function readerRows(page: string): Record<'iteratorAge' | 'iteratorAgeCritical' | 'droppedRecords' | 'failuresNotStored' | 'storedFailures' | 'readingStopped', Row> {
  return {
    iteratorAge: {
      ...UNTIL_GIVEN_UP,
      id: 'IteratorAgeAlarm',
      metric: iteratorAge,
      unit: ThresholdUnit.MILLISECONDS,
      threshold: ({ maxAgeSeconds }) => Math.min(maxAgeSeconds * 250, MOST_LATE_MILLIS),
      datapoints: 1,
      severity: AlarmSeverity.WARNING,
      meaning: ({ path }) => `${path} processes records late.`,
      firstStep: 'look at the errors, the throttles and the duration of the handler; if all is well, raise parallelizationFactor or batchSize.',
      runbook: { page, section: 'iterator-age' },
    },
    iteratorAgeCritical: {
      ...UNTIL_GIVEN_UP,
      id: 'IteratorAgeCriticalAlarm',
      metric: iteratorAge,
      unit: ThresholdUnit.MILLISECONDS,
      threshold: ({ maxAgeSeconds }) => maxAgeSeconds * 500,
      datapoints: 1,
      severity: AlarmSeverity.CRITICAL,
      meaning: ({ path }) => `${path} processes records so late that it will soon give them up.`,
      firstStep: 'repair what slows the handler down; records older than maxRecordAge go to the failure store unprocessed.',
      runbook: { page, section: 'iterator-age-critical' },
    },
    droppedRecords: {
      id: 'DroppedRecordsAlarm',
      metric: ({ eventSource }, period) => ofEventSource(eventSource, 'DroppedEventCount', period),
      ...ANY,
      severity: AlarmSeverity.CRITICAL,
      meaning: ({ path }) => `${path} dropped records that are not in its failure store.`,
      firstStep: 'read them from the stream before they expire there, from the time of the alarm on.',
      runbook: { page, section: 'dropped-records' },
    },
    failuresNotStored: {
      id: 'FailuresNotStoredAlarm',
      // Reported for the function only. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
      metric: ({ handler }, period) => functionBehind(handler).metric('DestinationDeliveryFailures', { period, statistic: cloudwatch.Stats.SUM }),
      ...ANY,
      severity: AlarmSeverity.CRITICAL,
      meaning: ({ path }) => `Lambda could not put into the failure store what ${path} failed to process.`,
      firstStep: 'see whether the role of the handler may write to the bucket and use its key; then read the records from the stream before they expire.',
      runbook: { page, section: 'failures-not-stored' },
    },
    storedFailures: {
      id: 'StoredFailuresAlarm',
      metric: ({ eventSource }, period) => ofEventSource(eventSource, 'OnFailureDestinationDeliveredEventCount', period),
      ...ANY,
      severity: AlarmSeverity.WARNING,
      meaning: ({ path }) => `Records of ${path} could not be processed and are in its failure store.`,
      firstStep: 'read one of the objects and the error that the handler logged for it; replay only after the repair.',
      runbook: { page, section: 'stored-failures' },
    },
    readingStopped: {
      id: 'ReadingStoppedAlarm',
      // An event source that reads reports 0 where there are no records, and nothing at all where it cannot read; nothing is below 0.
      metric: ({ eventSource }, period) => ofEventSource(eventSource, 'PolledEventCount', period),
      unit: ThresholdUnit.COUNT,
      threshold: 0,
      comparison: 'below',
      missingData: 'breaching',
      datapoints: MINUTES_WITHOUT_POLL,
      severity: AlarmSeverity.CRITICAL,
      meaning: ({ path }) => `${path} has stopped reading its stream.`,
      firstStep: 'see whether its event source is enabled and why not (StateTransitionReason), and whether the role of the handler may read the stream and use its key.',
      runbook: { page, section: 'reading-stopped' },
    },
  };
}

/** Reported for the function only, and only when it is invoked. */
function iteratorAge({ handler }: ReaderSubject, period: Duration): cloudwatch.IMetric {
  return functionBehind(handler).metric('IteratorAge', { period, statistic: cloudwatch.Stats.MAXIMUM });
}

/** What the event source itself counts, because of MetricsConfig. */
function ofEventSource({ eventSourceMappingId }: lambda.EventSourceMapping, metricName: string, period: Duration): cloudwatch.IMetric {
  return new cloudwatch.Metric({
    namespace: 'AWS/Lambda', metricName, dimensionsMap: { EventSourceMappingUUID: eventSourceMappingId }, period, statistic: cloudwatch.Stats.SUM,
  });
}
