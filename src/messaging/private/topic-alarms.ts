import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { AlarmSeverity } from '../../alarms/alarms';
import { addPatternAlarm, checkAlarmOptions } from '../../private/alarms/pattern-alarm';
import { runbook } from '../../private/alarms/runbook';
import type { Problems } from '../../private/checks/problems';
import type { TopicFanOutAlarmOptions } from '../topic-fan-out';

interface TopicAlarm {
  readonly id: string;
  /** https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html */
  readonly metric: string;
  readonly meaning: string;
  readonly firstStep: string;
  readonly anchor: string;
}

const ALARMS: { readonly [option in keyof TopicFanOutAlarmOptions]-?: TopicAlarm } = {
  redriven: {
    id: 'RedrivenAlarm',
    metric: 'NumberOfNotificationsRedrivenToDlq',
    meaning: 'could not be delivered to a consumer and were set aside in its dead-letter queue.',
    firstStep: 'find the dead-letter queue that grew, and see whether the queue before it exists and lets the topic in.',
    anchor: 'redriven',
  },
  failedToRedrive: {
    id: 'FailedToRedriveAlarm',
    metric: 'NumberOfNotificationsFailedToRedriveToDlq',
    meaning: 'could neither be delivered to a consumer nor set aside: they are lost to that consumer.',
    firstStep: 'see whether the dead-letter queues of the subscriptions exist and let the topic in, and stop publishing until they do.',
    anchor: 'failed-to-redrive',
  },
  notificationsFailed: {
    id: 'NotificationsFailedAlarm',
    metric: 'NumberOfNotificationsFailed',
    meaning: 'were given up after all attempts to deliver them.',
    firstStep: 'if no dead-letter queue grew, look for messages with more than ten attributes: SNS discards them where delivery is raw.',
    anchor: 'notifications-failed',
  },
  invalidAttributes: {
    id: 'InvalidAttributesAlarm',
    metric: 'NumberOfNotificationsFilteredOut-InvalidAttributes',
    meaning: 'were kept from a consumer because their attributes could not be read by its filter policy.',
    firstStep: 'find the publisher whose attributes are malformed; such a message is not set aside.',
    anchor: 'invalid-attributes',
  },
  invalidMessageBody: {
    id: 'InvalidMessageBodyAlarm',
    metric: 'NumberOfNotificationsFilteredOut-InvalidMessageBody',
    meaning: 'were kept from a consumer because their body, which its filter policy looks at, is not JSON.',
    firstStep: 'find the publisher whose bodies are not JSON; such a message is not set aside.',
    anchor: 'invalid-message-body',
  },
};

/**
 * Adds the alarms on what a topic could not deliver.
 */
export function addTopicAlarms(scope: Construct, topic: sns.ITopic, options: TopicFanOutAlarmOptions = {}): cloudwatch.Alarm[] {
  return Object.entries(ALARMS).flatMap(([option, { id, metric, meaning, firstStep, anchor }]) => {
    const tuned = options[option as keyof TopicFanOutAlarmOptions];
    return addPatternAlarm(scope, id, {
      metric: (period) => topic.metric(metric, { period, statistic: cloudwatch.Stats.SUM }),
      threshold: tuned?.threshold ?? 0,
      evaluationPeriods: 1,
      severity: AlarmSeverity.ACT_NOW,
      meaning: `Messages of topic ${scope.node.path} ${meaning}`,
      firstStep,
      runbook: runbook('topic-fan-out', anchor),
    }, tuned);
  });
}

/**
 * Notes what is wrong with the tuning of these alarms.
 */
export function checkTopicAlarms(problems: Problems, options: TopicFanOutAlarmOptions = {}): void {
  for (const option of Object.keys(ALARMS) as (keyof TopicFanOutAlarmOptions)[]) {
    checkAlarmOptions(problems, `alarms.${option}`, options[option], 1);
  }
}
