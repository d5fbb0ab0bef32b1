/**
 * Each alarm of a topic that fans out rings by its own fault, those on call hear it, and no other rings; without a fault none does; and after the faults all are quiet
 * again.
 *
 * Takes a minute on the local emulator, where CloudWatch's minutes last a second, and about half an hour on AWS.
 */
import type { IApiCall } from '@aws-cdk/integ-tests-alpha';
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { TopicFanOutConsumer, TopicFanOutConsumerOptions, TopicFanOutProps } from '../src';
import { Alarms, QueueFed, TopicFanOut } from '../src';
import { untilAlarmsAre } from './support/alarm-drill';
import { inOrder } from './support/drill';
import { Ledger } from './support/ledger';
import { QueueKeeper } from './support/queue-keeper';

const app = new App();
const stack = new Stack(app, 'IntegTopicFanOutAlarms');
const ledger = new Ledger(stack, 'Ledger');
Alarms.of(stack).notify(new SnsAction(ledger.onCall));
const integ = new IntegTest(app, 'TopicFanOutAlarms', { testCases: [stack], stackUpdateWorkflow: false });

interface Rehearsal {
  readonly topic: sns.ITopic;
  readonly queue: sqs.Queue;
  readonly made: TopicFanOutConsumer;
}

/** A topic for each fault, so that no fault rings the alarm of another. Nobody reads its queue. */
function rehearsal(run: string, props: TopicFanOutProps = {}, options: TopicFanOutConsumerOptions = {}): Rehearsal {
  const newQueue = (id: string) => new sqs.Queue(stack, `${run}-${id}`, { removalPolicy: RemovalPolicy.DESTROY });
  const fanOut = new TopicFanOut(stack, run, props);
  const queue = newQueue('Queue');
  const made = fanOut.addConsumer('Consumer', QueueFed.of(queue, newQueue('DeadLetters')), options);
  ledger.watchAlarms(run, fanOut.allAlarms);
  return { topic: fanOut.topic, queue, made };
}

const isBook = sns.SubscriptionFilter.stringFilter({ allowlist: ['book'] });
const silent = rehearsal('silent', {}, { filterPolicy: { kind: isBook } });
const orphaned = rehearsal('orphaned');
const separate = rehearsal('separate', { fifo: true });
const nowhere = rehearsal('nowhere');
const crowded = rehearsal('crowded');
const malformed = rehearsal('malformed', {}, { filterPolicy: { kind: isBook } });
const unreadable = rehearsal('unreadable', {}, { filterPolicyWithMessageBody: { kind: sns.FilterOrPolicy.filter(isBook) } });

const text = (value: string) => ({ DataType: 'String', StringValue: value });

function publish({ topic }: Rehearsal, message: string, attributes: object = {}, fifo: object = {}): IApiCall {
  return integ.assertions.awsApiCall('SNS', 'publish', { TopicArn: topic.topicArn, Message: message, MessageAttributes: attributes, ...fifo });
}

const lost = new QueueKeeper(ledger, 'Lost', [orphaned.queue, separate.queue, nowhere.queue, nowhere.made.deadLetterQueue].map((queue) => ({ queue })));

const rung = {
  silent: [],
  orphaned: ['NotificationsFailedAlarm', 'RedrivenAlarm'],
  // A dead-letter queue that was made for the consumer has alarms of its own.
  separate: ['DeadLettersAlarm', 'MoreDeadLettersAlarm', 'NotificationsFailedAlarm', 'RedrivenAlarm'],
  nowhere: ['FailedToRedriveAlarm', 'NotificationsFailedAlarm'],
  crowded: ['NotificationsFailedAlarm'],
  malformed: ['InvalidAttributesAlarm'],
  unreadable: ['InvalidMessageBodyAlarm'],
};
const quiet = Object.fromEntries(Object.keys(rung).map((run) => [run, []]));

inOrder([
  untilAlarmsAre(integ, ledger, { notOk: quiet, within: Duration.minutes(15) }),
  ...lost.lose(integ),
  // Delivered, and filtered out for good reasons.
  publish(silent, '{}', { kind: text('book') }),
  publish(silent, 'no JSON, which no filter here looks at', { kind: text('game') }),
  publish(silent, '{}'),
  publish(orphaned, '{}'),
  publish(separate, '{}', {}, { MessageGroupId: 'group', MessageDeduplicationId: 'one' }),
  publish(nowhere, '{}'),
  publish(crowded, '{}', Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`attribute${index}`, text('x')]))),
  publish(malformed, '{}', { kind: { DataType: 'String.Array', StringValue: 'no array' } }),
  publish(unreadable, 'no JSON'),
  untilAlarmsAre(integ, ledger, { rung, notOk: { ...quiet, separate: ['DeadLettersAlarm'] }, within: Duration.minutes(20) }),
  integ.assertions.awsApiCall('SQS', 'purgeQueue', { QueueUrl: separate.made.deadLetterQueue.queueUrl }),
  untilAlarmsAre(integ, ledger, { rung, notOk: quiet, within: Duration.minutes(15) }),
]);
