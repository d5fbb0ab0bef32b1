import type { Stack } from 'aws-cdk-lib';
import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ALARM } from './fixtures';
import { ref, resourceOf, resourcesOf } from '../messaging/fixtures';

const RUNBOOKS = 'https://github.com/cdkserverlesspatterns/cdk-serverless-patterns/blob/v0.0.0/docs/runbooks';

const ofFunction = { Namespace: 'AWS/Lambda', Dimensions: [{ Name: 'FunctionName', Value: ref('Handler') }], Period: 60 };
const ofEventSource = { Namespace: 'AWS/Lambda', Statistic: 'Sum', Dimensions: [{ Name: 'EventSourceMappingUUID', Value: ref('ReaderEventSource') }], Period: 60 };

interface ExpectedAlarm {
  readonly prop: string;
  readonly id: string;
  readonly metric: object;
  readonly threshold: number;
  readonly evaluationPeriods: number;
  readonly description: string;
  readonly section: string;
  readonly comparison?: string;
  readonly missing?: string;
  readonly stated?: number | Duration;
}

/** Each alarm on a reader of a stream: its prop, the beginning of its logical id, and its defaults. */
export function expectedAlarms(maxAgeMillis: number): ExpectedAlarm[] {
  return [
    {
      prop: 'iteratorAge',
      id: 'ReaderIteratorAgeAlarm',
      metric: { MetricName: 'IteratorAge', Statistic: 'Maximum', ...ofFunction },
      threshold: Math.min(maxAgeMillis / 4, 3_600_000),
      evaluationPeriods: 1,
      description: 'Stack/Reader processes records late. First: look at the errors, the throttles and the duration of the handler; if all is well, raise parallelizationFactor or batchSize.',
      section: 'iterator-age',
      stated: Duration.millis(77),
    },
    {
      prop: 'iteratorAgeCritical',
      id: 'ReaderIteratorAgeCriticalAlarm',
      metric: { MetricName: 'IteratorAge', Statistic: 'Maximum', ...ofFunction },
      threshold: maxAgeMillis / 2,
      evaluationPeriods: 1,
      description: 'Stack/Reader processes records so late that it will soon give them up. First: repair what slows the handler down; records older than maxRecordAge go to the failure store unprocessed.',
      section: 'iterator-age-critical',
      stated: Duration.millis(77),
    },
    {
      prop: 'droppedRecords',
      id: 'ReaderDroppedRecordsAlarm',
      metric: { MetricName: 'DroppedEventCount', ...ofEventSource },
      threshold: 0,
      evaluationPeriods: 1,
      description: 'Stack/Reader dropped records that are not in its failure store. First: read them from the stream before they expire there, from the time of the alarm on.',
      section: 'dropped-records',
      stated: 77,
    },
    {
      prop: 'failuresNotStored',
      id: 'ReaderFailuresNotStoredAlarm',
      metric: { MetricName: 'DestinationDeliveryFailures', Statistic: 'Sum', ...ofFunction },
      threshold: 0,
      evaluationPeriods: 1,
      description: 'Lambda could not put into the failure store what Stack/Reader failed to process. ' +
        'First: see whether the role of the handler may write to the bucket and use its key; then read the records from the stream before they expire.',
      section: 'failures-not-stored',
      stated: 77,
    },
    {
      prop: 'storedFailures',
      id: 'ReaderStoredFailuresAlarm',
      metric: { MetricName: 'OnFailureDestinationDeliveredEventCount', ...ofEventSource },
      threshold: 0,
      evaluationPeriods: 1,
      description: 'Records of Stack/Reader could not be processed and are in its failure store. ' +
        'First: read one of the objects and the error that the handler logged for it; replay only after the repair.',
      section: 'stored-failures',
      stated: 77,
    },
    {
      prop: 'readingStopped',
      id: 'ReaderReadingStoppedAlarm',
      metric: { MetricName: 'PolledEventCount', ...ofEventSource },
      threshold: 0,
      evaluationPeriods: 15,
      description: 'Stack/Reader has stopped reading its stream. ' +
        'First: see whether its event source is enabled and why not (StateTransitionReason), and whether the role of the handler may read the stream and use its key.',
      section: 'reading-stopped',
      comparison: 'LessThanThreshold',
      missing: 'breaching',
    },
  ];
}

export function describeAlarms(page: string, alarms: readonly ExpectedAlarm[], stackWith: (alarms: object) => Stack): void {
  describe.each(alarms)('the alarm $prop', ({ prop, id, metric, threshold, evaluationPeriods, description, section, comparison, missing, stated }) => {
    let byDefault: Stack;
    let properties: Record<string, unknown>;
    beforeAll(() => {
      byDefault = stackWith({});
      properties = resourceOf(byDefault, ALARM, id).Properties;
    });
    const tuned = (options: object) => resourceOf(stackWith({ [prop]: options }), ALARM, id).Properties;

    test('is on this metric, and says what to do', () => {
      Template.fromStack(byDefault).hasResourceProperties(ALARM, { ...metric, AlarmDescription: `${description} Runbook: ${RUNBOOKS}/${page}.md#${section}` });
    });

    test('fires beyond its threshold', () => {
      expect(properties).toMatchObject({ Threshold: threshold, ComparisonOperator: comparison ?? 'GreaterThanThreshold', TreatMissingData: missing ?? 'notBreaching' });
    });

    test('looks at so many datapoints, all of which must be beyond', () => {
      expect(properties.EvaluationPeriods).toBe(evaluationPeriods);
      expect(properties).not.toHaveProperty('DatapointsToAlarm');
    });

    test('can be tuned', () => {
      const window = { period: Duration.minutes(5), evaluationPeriods: 7, datapointsToAlarm: 3 };
      expect(tuned({ ...window, ...(stated !== undefined && { threshold: stated }) })).toMatchObject({
        Period: 300, EvaluationPeriods: 7, DatapointsToAlarm: 3, Threshold: stated === undefined ? threshold : 77,
      });
    });

    test('can be switched off', () => {
      const before = Object.keys(resourcesOf(byDefault, ALARM));
      const after = Object.keys(resourcesOf(stackWith({ [prop]: { enabled: false } }), ALARM));
      expect(before.filter((one) => !after.includes(one))).toEqual([expect.stringMatching(`^${id}[0-9A-F]{8}$`)]);
    });
  });
}
