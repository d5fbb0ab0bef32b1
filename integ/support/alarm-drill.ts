import type { IApiCall, IntegTest } from '@aws-cdk/integ-tests-alpha';
import { Duration } from 'aws-cdk-lib';
import { expectAnswer } from './drill';
import type { StreamEvent } from './handlers/producer';
import type { WatchAnswer } from './handlers/watcher';
import type { Ledger } from './ledger';

export interface AlarmExpectation extends Partial<WatchAnswer> {
  /** Messages that are sent each time that the watcher is asked, so that an alarm has something to count in every minute. */
  readonly streams?: readonly StreamEvent[];
  /** How long it may take on AWS, where a metric comes minutes late. */
  readonly within: Duration;
}

/**
 * Waits until exactly these alarms of the named runs have notified those on call, have done so more than once, and are not OK.
 */
export function untilAlarmsAre(integ: IntegTest, ledger: Ledger, { streams = [], within, ...expected }: AlarmExpectation): IApiCall {
  return expectAnswer(integ, ledger.watcher, { alarms: ledger.watchedAlarms, streams }, expected)
    .waitForAssertions({ totalTimeout: within, interval: Duration.seconds(5) });
}
