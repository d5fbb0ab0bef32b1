import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { DeadLetterAlarmOptions, QueueAlarmOptions } from '../../alarms/alarm-options';
import { AlarmSeverity } from '../../alarms/alarms';
import type { IQueueFed } from '../../messaging/queue-fed';
import { addPatternAlarm, checkAlarmOptions } from '../alarms/pattern-alarm';
import { runbook } from '../alarms/runbook';
import type { Problems } from '../checks/problems';

/** What the alarms on a dead-letter queue say. */
export interface DeadLetterTexts {
  /** What it means that messages wait there, and what to do first. */
  readonly waiting: { readonly meaning: string; readonly firstStep: string };
  /** What it means that there are more of them, and what to do first. */
  readonly growing: { readonly meaning: string; readonly firstStep: string };
  /** The page of the runbook; its sections are `dead-letters` and `more-dead-letters`. */
  readonly page: string;
}

/**
 * Adds the alarms on a place where messages are set aside: some are there, and there are more of them.
 */
export function addDeadLetterAlarms(
  scope: Construct,
  deadLetterQueue: sqs.IQueue,
  texts: DeadLetterTexts,
  options: DeadLetterAlarmOptions = {},
): cloudwatch.Alarm[] {
  return [
    ...addPatternAlarm(scope, 'DeadLettersAlarm', {
      metric: (period) => deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period, statistic: cloudwatch.Stats.MAXIMUM }),
      threshold: options.deadLetters?.threshold ?? 0,
      evaluationPeriods: 1,
      severity: AlarmSeverity.ACT_NOW,
      ...texts.waiting,
      runbook: runbook(texts.page, 'dead-letters'),
    }, options.deadLetters),
    ...addPatternAlarm(scope, 'MoreDeadLettersAlarm', {
      // NumberOfMessagesSent stays silent when SQS itself moves a message; the number of messages there does not. In flight ones are counted too, so that
      // it does not ring when an operator has looked at a message and lets it go again.
      // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/dead-letter-queues-alarms-cloudwatch.html
      metric: (period) => new cloudwatch.MathExpression({
        expression: 'DIFF(visible + inFlight)',
        label: 'Growth of the dead-letter queue',
        period,
        usingMetrics: {
          visible: deadLetterQueue.metricApproximateNumberOfMessagesVisible({ statistic: cloudwatch.Stats.MAXIMUM }),
          inFlight: deadLetterQueue.metricApproximateNumberOfMessagesNotVisible({ statistic: cloudwatch.Stats.MAXIMUM }),
        },
      }),
      threshold: options.moreDeadLetters?.threshold ?? 0,
      evaluationPeriods: 1,
      severity: AlarmSeverity.ACT_NOW,
      ...texts.growing,
      runbook: runbook(texts.page, 'more-dead-letters'),
    }, options.moreDeadLetters),
  ];
}

/**
 * Adds the alarms on a consumer's queue and dead-letter queue. `ageSeconds` is how old the oldest message may grow by default.
 */
export function addQueueAlarms(scope: Construct & IQueueFed, ageSeconds: number, options: QueueAlarmOptions = {}): cloudwatch.Alarm[] {
  const { queue, deadLetterQueue } = scope;
  return [
    ...addDeadLetterAlarms(scope, deadLetterQueue, {
      waiting: {
        meaning: `Messages of ${scope.node.path} could not be processed and wait in its dead-letter queue.`,
        firstStep: 'read one of them and the error that the handler logged for it; redrive only after the repair.',
      },
      growing: {
        meaning: `More messages of ${scope.node.path} went to its dead-letter queue within the last period.`,
        firstStep: 'see whether the cause is the known one; if it is new, stop the event source before more follow.',
      },
      page: 'queue-fed',
    }, options),
    ...addPatternAlarm(scope, 'MessageAgeAlarm', {
      metric: (period) => queue.metricApproximateAgeOfOldestMessage({ period, statistic: cloudwatch.Stats.MAXIMUM }),
      threshold: options.messageAge?.threshold?.toSeconds() ?? ageSeconds,
      evaluationPeriods: 1,
      severity: AlarmSeverity.ACT_NOW,
      meaning: `Messages of ${scope.node.path} wait longer than they should.`,
      firstStep: 'look at the throttles and the duration of the handler: it is too slow, throttled or switched off.',
      runbook: runbook('queue-fed', 'message-age'),
    }, options.messageAge),
  ];
}

/**
 * Notes what is wrong with the tuning of the alarms on a dead-letter queue.
 */
export function checkDeadLetterAlarms(problems: Problems, options: DeadLetterAlarmOptions = {}): void {
  checkAlarmOptions(problems, 'alarms.deadLetters', options.deadLetters, 1);
  checkAlarmOptions(problems, 'alarms.moreDeadLetters', options.moreDeadLetters, 1);
}

/**
 * Notes what is wrong with the tuning of the alarms on a consumer's queues.
 */
export function checkQueueAlarms(problems: Problems, options: QueueAlarmOptions = {}): void {
  checkDeadLetterAlarms(problems, options);
  checkAlarmOptions(problems, 'alarms.messageAge', options.messageAge, 1);
  problems.requireSeconds('alarms.messageAge.threshold', options.messageAge?.threshold, 1, 1_209_600, 'leave it out for the default');
}
