import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { AlarmSeverity } from '../../alarms/alarms';
import type { AlarmRow } from '../alarms/alarm-table';
import { AlarmTable, ANY } from '../alarms/alarm-table';
import { ThresholdUnit } from '../alarms/tuning';

/** What the alarms on a dead-letter queue say. */
export interface DeadLetterTexts<S> {
  /** What it means that messages wait there, and what to do first. */
  readonly waiting: { readonly meaning: (subject: S) => string; readonly firstStep: string };
  /** What it means that there are more of them, and what to do first. */
  readonly growing: { readonly meaning: (subject: S) => string; readonly firstStep: string };
  /** The page of the runbook; its sections are `dead-letters` and `more-dead-letters`. */
  readonly page: string;
}

/** A place where messages are set aside. */
export interface DeadLetterSubject {
  readonly deadLetterQueue: sqs.IQueue;
}

/**
 * The alarms on a dead-letter queue: messages are there, and there are more of them.
 */
export function deadLetterRows<F extends object, S extends F & DeadLetterSubject>(
  { waiting, growing, page }: DeadLetterTexts<S>,
): { readonly deadLetters: AlarmRow<F, S>; readonly moreDeadLetters: AlarmRow<F, S> } {
  return {
    deadLetters: {
      id: 'DeadLettersAlarm',
      metric: (subject, period) => (
        subject.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period, statistic: cloudwatch.Stats.MAXIMUM })
      ),
      ...ANY,
      severity: AlarmSeverity.CRITICAL,
      ...waiting,
      runbook: { page, section: 'dead-letters' },
    },
    moreDeadLetters: {
      id: 'MoreDeadLettersAlarm',
      // NumberOfMessagesSent stays silent when SQS itself moves a message; the number of messages there does not. In-flight ones are counted too, so that it does not ring when an operator has
      // looked at a message and lets it go again. Messages in flight may be reported only while there are some; the visible ones are not filled, as a queue that is asked again after a
      // rest would seem to grow from 0. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/dead-letter-queues-alarms-cloudwatch.html
      metric: ({ deadLetterQueue }, period) => new cloudwatch.MathExpression({
        expression: 'DIFF(visible + FILL(inFlight, 0))',
        label: 'Growth of the dead-letter queue',
        period,
        usingMetrics: {
          visible: deadLetterQueue.metricApproximateNumberOfMessagesVisible({ statistic: cloudwatch.Stats.MAXIMUM }),
          inFlight: deadLetterQueue.metricApproximateNumberOfMessagesNotVisible({ statistic: cloudwatch.Stats.MAXIMUM }),
        },
      }),
      ...ANY,
      severity: AlarmSeverity.CRITICAL,
      ...growing,
      runbook: { page, section: 'more-dead-letters' },
    },
  };
}

/** What is known of a consumer's queues before they are made. */
interface ConsumerQueueFacts {
  readonly retentionSeconds?: number | undefined;
}

interface ConsumerQueues extends ConsumerQueueFacts, DeadLetterSubject {
  /** The path of the consumer. */
  readonly path: string;
  readonly queue: sqs.IQueue;
  /** How old the oldest message may grow by default. */
  readonly ageSeconds: number;
}

/** The alarms on a consumer's queue and dead-letter queue. */
export const QUEUE_ALARMS = new AlarmTable<'deadLetters' | 'moreDeadLetters' | 'messageAge', ConsumerQueueFacts, ConsumerQueues>({
  ...deadLetterRows<ConsumerQueueFacts, ConsumerQueues>({
    waiting: {
      meaning: ({ path }) => `Messages of ${path} could not be processed and are in its dead-letter queue.`,
      firstStep: 'read one of them and the error that the handler logged for it; redrive only after the repair.',
    },
    growing: {
      meaning: ({ path }) => `More messages of ${path} went to its dead-letter queue within the last period.`,
      firstStep: 'see whether the cause is the known one; if it is new, disable the event source before more follow.',
    },
    page: 'queue-fed',
  }),
  messageAge: {
    id: 'MessageAgeAlarm',
    metric: ({ queue }, period) => queue.metricApproximateAgeOfOldestMessage({ period, statistic: cloudwatch.Stats.MAXIMUM }),
    unit: ThresholdUnit.SECONDS,
    threshold: ({ ageSeconds }) => ageSeconds,
    ceiling: ({ retentionSeconds = 1_209_600 }) => ({ value: retentionSeconds, why: 'SQS deletes a message when its retention period is over' }),
    datapoints: 1,
    severity: AlarmSeverity.CRITICAL,
    meaning: ({ path }) => `Messages of ${path} wait longer than they should.`,
    firstStep: 'look at the throttles and the duration of the handler: it is too slow, throttled or disabled.',
    runbook: { page: 'queue-fed', section: 'message-age' },
  },
});
