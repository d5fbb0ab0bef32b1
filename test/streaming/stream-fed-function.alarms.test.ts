import type { Stack } from 'aws-cdk-lib';
import { Duration } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import { ALARM, streamIn } from './fixtures';
import { describeAlarms, expectedAlarms } from './reader-alarms';
import type { StreamFedFunctionProps } from '../../src';
import { Alarms, AlarmSeverity, StreamFedFunction } from '../../src';
import { handlerIn, newStack, ref, resourceOf, resourcesOf } from '../messaging/fixtures';

function stackWith(props: Partial<StreamFedFunctionProps> = {}): Stack {
  const stack = newStack();
  new StreamFedFunction(stack, 'Reader', { handler: handlerIn(stack), ...props });
  return stack;
}

const throttles = (MetricName: string) => ({ MetricName, Namespace: 'AWS/Kinesis', Statistic: 'Sum', Dimensions: [{ Name: 'StreamName', Value: ref('ReaderStream') }], Period: 60 });

describeAlarms('stream-fed-function', [
  ...expectedAlarms(84 * 3_600_000),
  {
    prop: 'readThrottles',
    id: 'ReaderReadThrottlesAlarm',
    metric: throttles('ReadProvisionedThroughputExceeded'),
    threshold: 0,
    evaluationPeriods: 5,
    description: 'Reads of the stream of Stack/Reader are throttled. First: see who else reads the stream, and set enhancedFanOut for this reader or for another.',
    section: 'read-throttles',
    stated: 77,
  },
  {
    prop: 'writeThrottles',
    id: 'ReaderWriteThrottlesAlarm',
    metric: throttles('WriteProvisionedThroughputExceeded'),
    threshold: 0,
    evaluationPeriods: 1,
    description: 'Writes to the stream of Stack/Reader are throttled. ' +
      'First: see whether the producers retry what PutRecords reports as failed, and whether one partition key gets most of the records.',
    section: 'write-throttles',
    stated: 77,
  },
], (alarms) => stackWith({ alarms }));

const idsIn = (stack: Stack, prefix = 'Reader') => Object.keys(resourcesOf(stack, ALARM)).filter((id) => id.startsWith(prefix)).map((id) => id.slice(prefix.length, -8)).sort();
const READER = ['DroppedRecordsAlarm', 'FailuresNotStoredAlarm', 'IteratorAgeAlarm', 'IteratorAgeCriticalAlarm', 'ReadingStoppedAlarm', 'StoredFailuresAlarm'];

test('there are these alarms, with those of the failure bucket and of the handler', () => {
  expect(idsIn(stackWith())).toEqual([...READER, 'FailuresFailuresStoredAlarm', 'ReadThrottlesAlarm', 'WriteThrottlesAlarm'].sort());
  expect(idsIn(stackWith(), 'Handler')).toEqual(['HandlerAlarmsDuration', 'HandlerAlarmsErrors', 'HandlerAlarmsThrottles']);
});

test('writes to a stream that is given are for its owner to watch', () => {
  const stack = newStack();
  new StreamFedFunction(stack, 'Reader', { handler: handlerIn(stack), stream: streamIn(stack) });
  expect(idsIn(stack)).toEqual([...READER, 'FailuresFailuresStoredAlarm', 'ReadThrottlesAlarm'].sort());
});

test('reads with enhanced fan-out are not throttled', () => {
  expect(idsIn(stackWith({ enhancedFanOut: true }))).toEqual([...READER, 'FailuresFailuresStoredAlarm', 'WriteThrottlesAlarm'].sort());
});

test('by their names, and as a list', () => {
  const stack = newStack();
  const { alarms, allAlarms } = new StreamFedFunction(stack, 'Reader', { handler: handlerIn(stack), alarms: { droppedRecords: { enabled: false } } });
  expect(Object.keys(alarms)).toEqual([
    'iteratorAge', 'iteratorAgeCritical', 'failuresNotStored', 'storedFailures', 'readingStopped', 'readThrottles', 'writeThrottles', 'handlerErrors', 'handlerThrottles', 'handlerDuration',
  ]);
  expect(allAlarms).toEqual(Object.values(alarms));
  allAlarms.pop();
  expect(Object.values(alarms)).toHaveLength(10);
});

test('those on lost or late records are critical', () => {
  const stack = stackWith();
  Alarms.of(stack).notifyOf(AlarmSeverity.CRITICAL, new SnsAction(new sns.Topic(stack, 'Pager')));
  const acting = Object.entries(resourcesOf(stack, ALARM)).filter(([, { Properties }]) => Properties.AlarmActions !== undefined);
  const critical = acting.map(([id]) => id.slice(0, -8)).sort();
  expect(critical).toEqual(['ReaderDroppedRecordsAlarm', 'ReaderFailuresNotStoredAlarm', 'ReaderIteratorAgeCriticalAlarm', 'ReaderReadingStoppedAlarm']);
});

test('all others are warnings', () => {
  const stack = stackWith();
  Alarms.of(stack).notifyOf(AlarmSeverity.WARNING, new SnsAction(new sns.Topic(stack, 'Chat')));
  const acting = Object.entries(resourcesOf(stack, ALARM)).filter(([id, { Properties }]) => id.startsWith('Reader') && Properties.AlarmActions !== undefined);
  expect(acting.map(([id]) => id.slice(0, -8)).sort()).toEqual([
    'ReaderFailuresFailuresStoredAlarm', 'ReaderIteratorAgeAlarm', 'ReaderReadThrottlesAlarm', 'ReaderStoredFailuresAlarm', 'ReaderWriteThrottlesAlarm',
  ]);
});

test.each([
  [Duration.hours(2), [1_800_000, 3_600_000]],
  [Duration.hours(4), [3_600_000, 7_200_000]],
  [Duration.hours(10), [3_600_000, 18_000_000]],
])('the age is compared with a stated maxRecordAge: %p', (maxRecordAge, thresholds) => {
  const stack = stackWith({ maxRecordAge });
  expect(['ReaderIteratorAgeAlarm', 'ReaderIteratorAgeCriticalAlarm'].map((id) => resourceOf(stack, ALARM, id).Properties.Threshold)).toEqual(thresholds);
});

test('those on a function are on the function behind an alias', () => {
  const stack = newStack();
  const version = new lambda.Version(stack, 'Version', { lambda: handlerIn(stack) });
  new StreamFedFunction(stack, 'Reader', { handler: new lambda.Alias(stack, 'Alias', { aliasName: 'live', version }) });
  for (const id of ['ReaderIteratorAgeAlarm', 'ReaderFailuresNotStoredAlarm']) {
    expect(resourceOf(stack, ALARM, id).Properties.Dimensions).toEqual([{ Name: 'FunctionName', Value: { Ref: expect.stringMatching(/^Handler/) } }]);
  }
});

describe('the alarm on duration', () => {
  const imported = (props: Partial<StreamFedFunctionProps>) => {
    const stack = newStack();
    const handler = lambda.Function.fromFunctionAttributes(stack, 'Handler', { functionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:clicks', sameEnvironment: true });
    return new StreamFedFunction(stack, 'Reader', { handler, ...props }).alarms.handlerDuration;
  };

  test('is not made where the timeout is not known', () => {
    expect(imported({})).toBeUndefined();
  });

  test('follows a stated timeout', () => {
    const alarm = imported({ handlerTimeout: Duration.seconds(50) })!;
    expect((alarm.node.defaultChild as unknown as { threshold: number }).threshold).toBe(40_000);
  });
});

test('two functions of one stream have alarms of their own', () => {
  const stack = newStack();
  const { stream } = new StreamFedFunction(stack, 'Reader', { handler: handlerIn(stack) });
  new StreamFedFunction(stack, 'Another', { handler: handlerIn(stack, {}, 'Other'), stream });
  expect(idsIn(stack, 'Another')).toEqual([...READER, 'FailuresFailuresStoredAlarm', 'ReadThrottlesAlarm'].sort());
  expect(resourceOf(stack, ALARM, 'AnotherReadThrottlesAlarm').Properties.Dimensions).toEqual([{ Name: 'StreamName', Value: { Ref: expect.stringMatching(/^ReaderStream/) } }]);
});
