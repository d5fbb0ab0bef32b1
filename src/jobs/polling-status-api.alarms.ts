import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { CountAlarmOptions, DeadLetterAlarmOptions, DurationAlarmOptions, PercentAlarmOptions } from '../alarms/alarm-options';
import type { DeadLetterAlarms } from '../alarms/alarms-by-name';
import { AlarmTable } from '../private/alarms/alarm-table';
import { apiRows } from '../private/apigateway/api-alarms';
import type { PipeSubject } from '../private/pipes/pipe-alarms';
import { pipeRows } from '../private/pipes/pipe-alarms';
import type { DeadLetterSubject } from '../private/sqs/queue-alarms';
import { deadLetterRows } from '../private/sqs/queue-alarms';

/**
 * Tuning of the alarms of a `PollingStatusApi`. Those of the engine are the engine's own.
 */
export interface PollingStatusApiAlarmOptions extends DeadLetterAlarmOptions {
  /**
   * The share of requests that the API could not answer, in percent.
   *
   * @default - on; above 5 in 3 of 3 periods
   */
  readonly serverErrors?: PercentAlarmOptions;

  /**
   * The 90th percentile of the time that requests take.
   *
   * @default - on; above 2.5 seconds in 5 of 5 periods
   */
  readonly latency?: DurationAlarmOptions;

  /**
   * Attempts of the pipe to give jobs to the engine that failed.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly pipeFailed?: CountAlarmOptions;

  /**
   * Executions of the pipe that were throttled.
   *
   * @default - on; above 0 in 5 of 5 periods
   */
  readonly pipeThrottled?: CountAlarmOptions;
}

/**
 * The alarms of a `PollingStatusApi` on its API, its pipe and its dead-letter queue.
 */
export interface PollingStatusApiAlarms extends DeadLetterAlarms {
  /**
   * Requests that the API could not answer.
   *
   * @default - switched off
   */
  readonly serverErrors?: cloudwatch.Alarm;

  /**
   * The time that requests take.
   *
   * @default - switched off
   */
  readonly latency?: cloudwatch.Alarm;

  /**
   * Attempts of the pipe that failed.
   *
   * @default - switched off
   */
  readonly pipeFailed?: cloudwatch.Alarm;

  /**
   * Executions of the pipe that were throttled.
   *
   * @default - switched off
   */
  readonly pipeThrottled?: cloudwatch.Alarm;
}

interface ApiSubject extends DeadLetterSubject, PipeSubject {
  readonly stage: apigateway.Stage;
}

/** The page of the runbook. */
const PAGE = 'polling-status-api';

export const POLLING_STATUS_API_ALARMS = new AlarmTable<keyof PollingStatusApiAlarms, object, ApiSubject>({
  ...apiRows<object, ApiSubject>(PAGE),
  // What cannot be delivered is tried for as long as the job could be done, and only then a dead letter.
  ...pipeRows<object, ApiSubject>({
    failed: {
      meaning: ({ path }) => `The pipe of ${path} cannot give jobs to their engine; they wait, and become dead letters when their time is over.`,
      firstStep: 'read the log of the pipe.',
    },
    throttled: {
      meaning: ({ path }) => `The pipe of ${path} is throttled, so jobs wait.`,
      firstStep: 'compare the quota of concurrent pipe executions with the jobs that come in.',
    },
    page: PAGE,
  }),
  ...deadLetterRows<object, ApiSubject>({
    waiting: {
      meaning: ({ path }) => `Jobs of ${path} could not be given to their engine.`,
      firstStep: 'list the jobs that are still PENDING; a dead letter only says where in the stream they were.',
    },
    growing: {
      meaning: ({ path }) => `More jobs of ${path} could not be given to their engine within the last period.`,
      firstStep: 'see whether the engine is there and the pipe may deliver to it.',
    },
    page: PAGE,
  }),
});
