import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { CountAlarmOptions } from '../alarms/alarm-options';
import { AlarmSeverity } from '../alarms/alarms';
import type { AlarmRow } from '../private/alarms/alarm-table';
import { AlarmTable, ANY } from '../private/alarms/alarm-table';
import type { DeadLetterSubject } from '../private/sqs/queue-alarms';
import { deadLetterRows } from '../private/sqs/queue-alarms';

/**
 * Tuning of the alarms of a `TopicFanOut` on its topic. They cover all subscriptions of the topic, also those that were made elsewhere.
 */
export interface TopicFanOutAlarmOptions {
  /**
   * Messages that SNS could not deliver to a consumer's queue and moved to its dead-letter queue.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly redriven?: CountAlarmOptions;

  /**
   * Messages that SNS could neither deliver nor move to a dead-letter queue: they are lost.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly failedToRedrive?: CountAlarmOptions;

  /**
   * Messages that SNS stopped trying to deliver, for whatever reason: also those that it discards, such as raw messages with more than ten attributes.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly notificationsFailed?: CountAlarmOptions;

  /**
   * Messages that a consumer did not get because their attributes could not be read by its filter policy.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly invalidAttributes?: CountAlarmOptions;

  /**
   * Messages that a consumer did not get because their body, which its filter policy looks at, is not JSON.
   *
   * @default - on; above 0 in 1 of 1 periods
   */
  readonly invalidMessageBody?: CountAlarmOptions;
}

/**
 * The alarms of a `TopicFanOut` on its topic.
 */
export interface TopicFanOutAlarms {
  /**
   * Messages that SNS moved to a dead-letter queue.
   *
   * @default - switched off, or not made because the topic is in another account
   */
  readonly redriven?: cloudwatch.Alarm;

  /**
   * Messages that SNS could neither deliver nor move to a dead-letter queue.
   *
   * @default - switched off, or not made because the topic is in another account
   */
  readonly failedToRedrive?: cloudwatch.Alarm;

  /**
   * Messages that SNS stopped trying to deliver.
   *
   * @default - switched off, or not made because the topic is in another account
   */
  readonly notificationsFailed?: cloudwatch.Alarm;

  /**
   * Messages whose attributes a filter policy could not read.
   *
   * @default - switched off, or not made because the topic is in another account
   */
  readonly invalidAttributes?: cloudwatch.Alarm;

  /**
   * Messages whose body, which a filter policy looks at, is not JSON.
   *
   * @default - switched off, or not made because the topic is in another account
   */
  readonly invalidMessageBody?: cloudwatch.Alarm;
}

interface TopicSubject {
  /** The path of the fan-out. */
  readonly path: string;
  readonly topic: sns.ITopic;
}

/** An alarm on a metric of the topic. https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html */
function topicRow(id: string, metric: string, meaning: string, firstStep: string, section: string): AlarmRow<object, TopicSubject> {
  return {
    id,
    metric: ({ topic }, period) => topic.metric(metric, { period, statistic: cloudwatch.Stats.SUM }),
    ...ANY,
    severity: AlarmSeverity.CRITICAL,
    meaning: ({ path }) => `Messages of topic ${path} ${meaning}`,
    firstStep,
    runbook: { page: 'topic-fan-out', section },
  };
}

export const TOPIC_ALARMS = new AlarmTable<keyof TopicFanOutAlarms, object, TopicSubject>({
  redriven: topicRow(
    'RedrivenAlarm', 'NumberOfNotificationsRedrivenToDlq',
    'could not be delivered to a consumer and went to its dead-letter queue.',
    'find the dead-letter queue that grew, and see whether the queue before it exists and allows the topic to send.', 'redriven',
  ),
  failedToRedrive: topicRow(
    'FailedToRedriveAlarm', 'NumberOfNotificationsFailedToRedriveToDlq',
    'could neither be delivered to a consumer nor moved to a dead-letter queue: they are lost to that consumer.',
    'see whether the dead-letter queues of the subscriptions exist and allow the topic to send, and stop publishing until they do.', 'failed-to-redrive',
  ),
  notificationsFailed: topicRow(
    'NotificationsFailedAlarm', 'NumberOfNotificationsFailed',
    'were given up after all attempts to deliver them.',
    'if no dead-letter queue grew, look for messages with more than ten attributes: SNS discards them where delivery is raw.', 'notifications-failed',
  ),
  invalidAttributes: topicRow(
    'InvalidAttributesAlarm', 'NumberOfNotificationsFilteredOut-InvalidAttributes',
    'did not reach a consumer because their attributes could not be read by its filter policy.',
    'find the publisher whose attributes are malformed; such a message goes to no dead-letter queue.', 'invalid-attributes',
  ),
  invalidMessageBody: topicRow(
    'InvalidMessageBodyAlarm', 'NumberOfNotificationsFilteredOut-InvalidMessageBody',
    'did not reach a consumer because their body, which its filter policy looks at, is not JSON.',
    'find the publisher whose bodies are not JSON; such a message goes to no dead-letter queue.', 'invalid-message-body',
  ),
});

interface ConsumerSubject extends DeadLetterSubject {
  /** The path of the fan-out. */
  readonly path: string;
  /** The id of the consumer. */
  readonly consumer: string;
}

/**
 * The alarms on the dead-letter queue of a subscription.
 *
 * @param undelivered what became of messages, in words between "could not be" and the end of the sentence
 */
function subscriptionAlarms(undelivered: (consumer: string) => string, firstStep: string) {
  return new AlarmTable<'deadLetters' | 'moreDeadLetters', object, ConsumerSubject>(deadLetterRows<object, ConsumerSubject>({
    waiting: {
      meaning: ({ path, consumer }) => `Messages of topic ${path} could not be ${undelivered(consumer)} and are in a dead-letter queue.`,
      firstStep,
    },
    growing: {
      meaning: ({ path, consumer }) => `More messages of topic ${path} could not be ${undelivered(consumer)} within the last period.`,
      firstStep: 'see whether the cause is the known one.',
    },
    page: 'topic-fan-out',
  }));
}

/** The alarms on a dead-letter queue that is made for a consumer whose own does not suit the topic. */
export const CONSUMER_ALARMS = subscriptionAlarms(
  (consumer) => `delivered to the queue of consumer ${consumer}`,
  'see whether that queue exists and allows the topic to send; move the messages there only after the repair.',
);

/** The alarms on the dead-letter queue of a delivery to a bucket. */
export const DELIVERY_ALARMS = subscriptionAlarms(
  (delivery) => `put into the delivery stream of ${delivery}`,
  'see whether the delivery stream exists and the role of the subscription may put records; put the messages there only after the repair.',
);
