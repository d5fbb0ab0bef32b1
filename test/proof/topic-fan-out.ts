import { ALARM_METRICS, DELIVERIES_ALLOWED, IAM_ACTIONS, PLAIN_HTTP_REFUSED, SERVICE_REQUESTS, STATEMENTS_NEEDED } from './opinions';
import { testsIn } from './promise';
import type { PagePromises } from './promise';

const alarms = testsIn('test/messaging/topic-fan-out.alarms.test.ts');
const lateChanges = testsIn('test/messaging/topic-fan-out.late-changes.test.ts');
const checks = testsIn('test/messaging/topic-fan-out.checks.test.ts');
const composition = testsIn('test/messaging/topic-fan-out.composition.test.ts');
const defaults = testsIn('test/messaging/topic-fan-out.defaults.test.ts');
const deliveries = testsIn('test/messaging/topic-fan-out.deliveries.test.ts');
const drill = testsIn('integ/integ.topic-fan-out.ts');
const alarmDrill = testsIn('integ/integ.topic-fan-out-alarms.ts');
const permissionDrill = testsIn('integ/integ.topic-fan-out-permissions.ts');

const rings = (id: string, says: string, rung: string) => ({
  id, says, section: 'alarms', tests: [alarms('%s › has its defaults'), ALARM_METRICS, alarmDrill(rung, 'cloudwatch_sns_metrics')],
});

export const topicFanOut: PagePromises = {
  name: 'TopicFanOut',
  page: 'docs/topic-fan-out.md',
  promises: [
    {
      id: 'independent-consumers',
      says: 'No consumer waits for another: one is broken, one gone, one throttled, and the others get every message',
      section: 'topicfanout',
      tests: [drill('One consumer fails, one is gone, one cannot run: the others have everything.', 'sqs_reserved_concurrency')],
    },
    {
      id: 'archive',
      says: 'A delivery to a bucket gets messages as they were published, by a role that may put records and nothing else; what SNS cannot put there is set aside with alarms',
      section: 'an-archive-in-a-bucket',
      tests: [
        deliveries('a delivery to a bucket › is subscribed by its delivery stream, raw, with a role and a dead-letter queue of its own'),
        deliveries('a delivery to a bucket › is put into by a role of SNS that may do that, and nothing else'),
        deliveries('a delivery to a bucket › has alarms on its dead-letter queue, which keeps messages for 14 days'),
        deliveries('a delivery to a bucket is refused › %s'),
        DELIVERIES_ALLOWED,
      ],
    },
    {
      id: 'deliveries-counted',
      says: 'A delivery is subscribed to a topic once, and counts for the quotas of the topic as a consumer does',
      section: 'what-is-checked',
      tests: [
        deliveries('what SNS counts for a topic › a delivery is subscribed to a topic once, also by another fan-out: %s'),
        deliveries('what SNS counts for a topic › the quota of deliveries is foretold, whatever consumers there are'),
        deliveries('what SNS counts for a topic › a filter policy of a delivery counts, and is counted: by %s'),
        deliveries('what SNS counts for a topic › a topic of large messages has 100 subscriptions, those of deliveries among them, also if it was made to take them later'),
      ],
    },
    {
      id: 'set-aside-per-consumer',
      says: 'What cannot be delivered to a consumer is set aside in that consumer\'s own dead-letter queue, all of it and nothing else',
      section: 'where-messages-are-set-aside',
      tests: [
        defaults('a consumer › gets every message as it was published, and what cannot be delivered goes to its own dead-letter queue'),
        drill('deleted: waiting(lostTo, lostOrders)'),
      ],
    },
    {
      id: 'raw',
      says: 'Consumers get messages as they were published; with `rawMessageDelivery: false` in the envelope of SNS',
      section: 'defaults',
      tests: [defaults('a consumer › gets an envelope with rawMessageDelivery: false'), drill('rawMessageDelivery: false')],
    },
    {
      id: 'filters',
      says: 'A consumer with a filter, on attributes or on the body, gets what matches and nothing else',
      section: 'filters',
      tests: [
        defaults('a consumer › has its filter on attributes'),
        defaults('a consumer › has its filter on the body'),
        drill('due: { \'filtered\': [\'book\'], \'in-body\': [\'game\'] }'),
      ],
    },
    {
      id: 'filter-limits',
      says: 'A filter policy that SNS would refuse is an error',
      section: 'what-is-checked',
      tests: [checks('a consumer › filters › with %s are refused'), SERVICE_REQUESTS],
    },
    {
      id: 'many-topics',
      says: 'Topics of one consumer share a statement in the policy of its queue; a policy that would be more than SQS takes is an error',
      section: 'what-is-checked',
      tests: [
        testsIn('test/private/sqs/queue-sender.test.ts')('the senders of a queue, where the CDK merges policies: %p › share one statement for each service, with a list'),
        testsIn('test/private/sqs/queue-sender.test.ts')('the policy of a queue › has no more bytes than SQS takes'),
      ],
    },
    {
      id: 'fifo-order',
      says: 'A FIFO topic delivers the messages of a group in order to FIFO queues',
      section: 'in-order',
      tests: [
        defaults('a consumer › of a FIFO topic may have a FIFO queue, with its own dead-letter queue'),
        drill('const isInTurn = { orderViolations: 0 }', 'cloudformation_topic_properties'),
      ],
    },
    {
      id: 'fifo-to-standard',
      says: 'A standard consumer of a FIFO topic gets a FIFO dead-letter queue of its own, with alarms',
      section: 'where-messages-are-set-aside',
      tests: [
        defaults(
          'a dead-letter queue of its own › is made for a standard consumer of a FIFO topic: a FIFO queue that keeps messages for 14 days',
        ),
        drill('\'standard\': waiting(fifoLostTo, lostOrdered)', 'cloudformation_topic_properties'),
      ],
    },
    {
      id: 'fifo-refused',
      says: 'A FIFO queue at a standard topic is an error',
      section: 'what-is-checked',
      tests: [checks('a consumer › with a FIFO queue needs a FIFO topic')],
    },
    {
      id: 'own-dead-letter-queue',
      says: 'A dead-letter queue that belongs to another consumer is an error',
      section: 'what-is-checked',
      tests: [
        checks('a consumer › shares its dead-letter queue with no other consumer of the topic'),
        checks('a consumer › shares its dead-letter queue with no other pattern'),
      ],
    },
    {
      id: 'redrive',
      says: 'What was set aside comes back by a move task, or by hand where the types differ, and all is processed once',
      section: 'where-messages-are-set-aside',
      tests: [drill('{ redriven: copiesOfLost }', 'sqs_message_move_tasks')],
    },
    rings(
      'rings-redriven',
      '`redriven` and `notificationsFailed` ring for a queue that is gone',
      'orphaned: [\'NotificationsFailedAlarm\', \'RedrivenAlarm\']',
    ),
    rings(
      'rings-failed-to-redrive',
      '`failedToRedrive` rings when the dead-letter queue is gone too',
      'nowhere: [\'FailedToRedriveAlarm\', \'NotificationsFailedAlarm\']',
    ),
    rings(
      'rings-discarded',
      '`notificationsFailed` rings alone for a message with eleven attributes, which SNS discards',
      'crowded: [\'NotificationsFailedAlarm\']',
    ),
    rings(
      'rings-invalid-attributes',
      '`invalidAttributes` rings for attributes that a filter cannot read',
      'malformed: [\'InvalidAttributesAlarm\']',
    ),
    rings(
      'rings-invalid-body',
      '`invalidMessageBody` rings for a body that a filter cannot read',
      'unreadable: [\'InvalidMessageBodyAlarm\']',
    ),
    {
      id: 'rings-consumer',
      says: '`deadLetters` and `moreDeadLetters` of a consumer ring, where a dead-letter queue is made for it',
      section: 'alarms',
      tests: [
        defaults('a dead-letter queue of its own › has its alarms, in the list of the topic too'), ALARM_METRICS,
        alarmDrill('separate: [\'DeadLettersAlarm\', \'MoreDeadLettersAlarm\'', 'cloudwatch_sqs_metrics'),
      ],
    },
    {
      id: 'silence',
      says: 'No alarm rings for what is delivered or filtered out as meant, and all are OK after the faults',
      section: 'alarms',
      tests: [alarmDrill('// Delivered, and filtered out for good reasons.')],
    },
    {
      id: 'queues-let-topic-in',
      says: 'Both queues of a consumer let this topic send, and no other topic of the account',
      section: 'permissions',
      tests: [
        defaults('a consumer › lets the topic send to its %s, and no other topic'), DELIVERIES_ALLOWED, STATEMENTS_NEEDED,
        permissionDrill('untilQueueHas(strays, 1)'),
      ],
    },
    {
      id: 'keys-let-sns-in',
      says: 'SNS may use the customer-managed keys of both queues, also to set aside',
      section: 'permissions',
      tests: [
        defaults('a consumer › with a customer key lets SNS use it, once, for topics of this account and region'),
        DELIVERIES_ALLOWED,
        STATEMENTS_NEEDED,
        permissionDrill('untilQueueHas(setAside, plan.messages)', 'encrypted_destinations'),
      ],
    },
    {
      id: 'managed-key-refused',
      says: 'A queue with the AWS-managed key, from which SNS would drop every message, is an error',
      section: 'what-is-checked',
      tests: [checks('a consumer › whose %s has the AWS-managed key is refused')],
    },
    {
      id: 'grant-publish',
      says: '`grantPublish` is enough to publish to an encrypted topic, and not to publish to another',
      section: 'permissions',
      tests: [
        defaults('the topic › may be published to by whom grantPublish names'),
        defaults('the topic › and with its key encrypted by them'),
        IAM_ACTIONS,
        permissionDrill('{ granted: \'allowed\', other: \'refused\' }'),
      ],
    },
    {
      id: 'tls-only',
      says: 'A new topic refuses to be published to without TLS',
      section: 'permissions',
      tests: [defaults('the topic › refuses to be published to without TLS'), PLAIN_HTTP_REFUSED],
    },
    {
      id: 'subscribed-last',
      says: 'A consumer is subscribed only when both queues let the topic in; when it is removed, its subscription goes first',
      section: 'stacks-keys-and-deletion',
      tests: [defaults('a consumer › is subscribed only when both queues let the topic in')],
    },
    {
      id: 'other-stacks',
      says: 'Topic, fan-out and consumer may be in three stacks; the consumer\'s depends on the topic\'s, never the reverse',
      section: 'stacks-keys-and-deletion',
      tests: [
        composition('across stacks › the stack of the consumer depends on that of the topic, and has the subscription'),
        composition('across stacks › topic, fan-out and consumer may be in three stacks'),
        composition('across stacks › one key for topic and queues, in a stack of its own, depends on neither'),
      ],
    },
    {
      id: 'adopted',
      says: 'An adopted topic, of this app or another, gets the same deliveries and alarms, and is not changed',
      section: 'adopting-a-live-topic',
      tests: [
        composition('across stacks › a topic of another stack is adopted: that stack depends on nothing'),
        alarms('an adopted topic has the same alarms, on its own name'),
        drill('topic: new sns.Topic(live, \'Topic\', { masterKey: key })', 'cloudformation_topic_properties'),
      ],
    },
    {
      id: 'other-regions',
      says: 'A consumer of another region is given by its ARNs, and gets a dead-letter queue beside the topic; one of another account is '
        + 'subscribed by its owner',
      section: 'other-regions-and-accounts',
      tests: [
        checks('a consumer › of another region or account › is given by its ARNs, and has a dead-letter queue beside the topic'),
        checks('a consumer › of another region or account › is subscribed by the account that owns it'),
      ],
    },
    {
      id: 'imported',
      says: 'For what is imported, warnings have the exact statements that its policies need',
      section: 'what-is-checked',
      tests: [checks('a consumer › whose policies are not to be changed here › gets warnings with the exact statements')],
    },
    {
      id: 'large-messages',
      says: 'A topic takes messages of up to 1 MiB where its consumers\' queues do, and no more consumers than SNS allows it then',
      section: 'your-responsibilities',
      tests: [
        lateChanges('maximumMessageSize › of the topic is what the queues take (%s, %s)'),
        lateChanges('maximumMessageSize › of the topic above that of a queue is refused (%s, %s)'),
        lateChanges('maximumMessageSize › of %s leaves room for %d consumers'),
      ],
    },
    {
      id: 'sns-retries',
      says: 'SNS tries to deliver to a queue that does not answer for 23 days',
      section: 'what-is-proven-where',
      tests: [],
      untested: 'a queue of the emulator always answers',
    },
  ],
};
