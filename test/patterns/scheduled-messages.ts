import { Duration, RemovalPolicy, Stack, TimeZone } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { COUNT_ALARM, newConsumer, newFunction, OFF } from './inputs';
import { pattern } from './pattern';
import { ScheduledMessages } from '../../src';
import { SCHEDULED_MESSAGES_BOUNDS } from '../../src/functions/scheduled-messages.rules';

/** A function that creates schedules at run time. */
function creatorIn(inputs: Construct): (messages: ScheduledMessages) => void {
  const creator = newFunction(inputs, {}, 'Creator');
  return (messages) => {
    messages.grantCreateSchedules(creator);
    // In another stack, which that of the messages waits for because of the consumer, the function could not wait for the group.
    if (Stack.of(creator) === Stack.of(messages)) {
      creator.addEnvironment('MESSAGES', messages.scheduleRequest);
    }
  };
}

export const scheduledMessages = pattern(ScheduledMessages, {
  'default': { props: (inputs) => ({ target: newConsumer(inputs, 'Mail') }), then: creatorIn },
  'created at run time, in order': {
    props: (inputs) => ({
      target: newConsumer(inputs, 'Mail', { fifo: true, contentBasedDeduplication: true, encryptionMasterKey: new kms.Key(inputs, 'QueueKey', { enableKeyRotation: true }) }),
      maxEventAge: Duration.hours(2),
      messageGroupId: 'reminders',
      encryptionKey: new kms.Key(inputs, 'Key', { enableKeyRotation: true }),
    }),
    then: creatorIn,
  },
  'schedule': {
    props: (inputs) => ({
      target: newConsumer(inputs, 'Mail', { fifo: true, contentBasedDeduplication: true }),
      schedule: scheduler.ScheduleExpression.cron({ minute: '30', hour: '4', timeZone: TimeZone.EUROPE_BERLIN }),
      flexibleWindow: Duration.minutes(15),
      input: { report: 'daily' },
      enabled: true,
      alarms: {
        missedRuns: { enabled: true, period: Duration.hours(4), evaluationPeriods: 12, datapointsToAlarm: 11 },
        targetErrors: COUNT_ALARM,
        droppedRuns: COUNT_ALARM,
        runsSetAside: COUNT_ALARM,
        runsNotSetAside: COUNT_ALARM,
        scheduleDeadLetters: COUNT_ALARM,
      },
      removalPolicy: RemovalPolicy.RETAIN,
    }),
  },
  'alarms off': {
    props: (inputs) => ({
      target: newConsumer(inputs, 'Mail'),
      schedule: scheduler.ScheduleExpression.rate(Duration.hours(1)),
      alarms: { missedRuns: OFF, targetErrors: OFF, droppedRuns: OFF, runsSetAside: OFF, runsNotSetAside: OFF, scheduleDeadLetters: OFF },
    }),
    silent: true,
  },
}, { ofProps: SCHEDULED_MESSAGES_BOUNDS, besides: { schedule: scheduler.ScheduleExpression.rate(Duration.days(2)) } });
