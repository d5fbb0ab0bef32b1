import { Duration } from 'aws-cdk-lib';
import { tunedWindow, windowFor } from '../../../src/private/alarms/look-back';

test.each([
  [3, {}, 60, 3, 3],
  [3, { timeoutSeconds: 60 }, 60, 3, 3],
  [3, { timeoutSeconds: 61 }, 60, 5, 3],
  [3, { retrySeconds: 60 }, 60, 3, 3],
  [3, { retrySeconds: 61 }, 60, 6, 3],
  [3, { retrySeconds: 180 }, 60, 9, 3],
  [3, { retrySeconds: 180 }, 300, 3, 3],
  [3, { timeoutSeconds: 900, retrySeconds: 5400 }, 60, 285, 3],
  [3, { retrySeconds: 28_800 }, 60, 1440, 3],
  [3, { retrySeconds: 28_801 }, 60, 962, 2],
  [3, { timeoutSeconds: 900, retrySeconds: 43_200 }, 60, 735, 1],
  [3, { retrySeconds: 43_200 }, 3600, 36, 3],
  [1, { retrySeconds: 180_000 }, 60, 1440, 1],
])('%d datapoints spread over %p, in periods of %d seconds: %d periods, %d of them', (datapoints, spread, period, evaluationPeriods, datapointsToAlarm) => {
  expect(windowFor(datapoints, spread, period)).toEqual({ evaluationPeriods, datapointsToAlarm });
});

test('a number of datapoints is left out where it is all of them', () => {
  expect(tunedWindow(3, {})).toEqual({ evaluationPeriods: 3 });
  expect(tunedWindow(3, {}, { datapointsToAlarm: 2 })).toEqual({ evaluationPeriods: 3, datapointsToAlarm: 2 });
  expect(tunedWindow(3, { retrySeconds: 180 })).toEqual({ evaluationPeriods: 9, datapointsToAlarm: 3 });
});

test('what is stated is taken as it is', () => {
  expect(tunedWindow(3, { retrySeconds: 180 }, { evaluationPeriods: 4 })).toEqual({ evaluationPeriods: 4 });
  const stated = { evaluationPeriods: 4, datapointsToAlarm: 2 };
  expect(tunedWindow(3, { retrySeconds: 180 }, stated)).toEqual(stated);
  expect(tunedWindow(3, { retrySeconds: 180 }, { period: Duration.minutes(3) })).toEqual({ evaluationPeriods: 3 });
});
