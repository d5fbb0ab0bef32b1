import { ALARM_METRICS, DELIVERIES_ALLOWED, IAM_ACTIONS, PLAIN_HTTP_REFUSED, STATEMENTS_NEEDED } from './opinions';
import { testsIn } from './promise';
import type { PagePromises } from './promise';

const alarms = testsIn('test/storage/failure-bucket.alarms.test.ts');
const checks = testsIn('test/storage/failure-bucket.checks.test.ts');
const composition = testsIn('test/storage/failure-bucket.composition.test.ts');
const defaults = testsIn('test/storage/failure-bucket.defaults.test.ts');
const lateChanges = testsIn('test/storage/failure-bucket.late-changes.test.ts');
const grants = testsIn('test/private/s3/failure-grants.test.ts');
const drill = testsIn('integ/integ.failure-bucket.ts');

export const failureBucket: PagePromises = {
  name: 'FailureBucket',
  page: 'docs/failure-bucket.md',
  promises: [
    {
      id: 'rings-failures-stored',
      says: 'An object that arrives rings `failuresStored`',
      section: 'alarms',
      tests: [
        defaults('what arrives is counted by a rule without a target, on the default event bus'),
        alarms('the alarm failuresStored › watches how often the rule for arrivals was triggered, and fires above 0 in one period'),
        ALARM_METRICS,
        drill('stored: [\'FailuresStoredAlarm\']', 'cloudwatch_eventbridge_metrics'),
      ],
    },
    {
      id: 'kept',
      says: 'A failure is kept for 90 days, or as `expiration` says',
      section: 'defaults',
      tests: [
        defaults('with nothing stated, the bucket › keeps failures for 90 days, removes what nobody finished to put after 7, and old versions, should there be any, after one'),
        defaults('what is stated › failures are kept for as long'),
        lateChanges('what is added to the bucket › %s'),
      ],
    },
    {
      id: 'delivered',
      says: 'Each stored failure becomes a message to every consumer with its prefix',
      section: 'a-consumer-of-failures',
      tests: [
        defaults('a consumer › is told of every failure, for 24 hours, and else finds it set aside'),
        defaults('a consumer › is told of those with a prefix only'),
        drill('ledger.topology(\'delivered\', {'),
      ],
    },
    {
      id: 'set-aside',
      says: 'What EventBridge cannot deliver to a consumer is set aside in the rule\'s own dead-letter queue',
      section: 'a-consumer-of-failures',
      tests: [
        defaults('a consumer › is told of every failure, for 24 hours, and else finds it set aside'),
        drill('untilBooksAre(integ, ledger, \'refused\', { lost: 0, unexplained: 0 })', 'eventbridge_dead_letter_queue'),
      ],
    },
    {
      id: 'rings-dead-letters',
      says: '`failedInvocations`, `deadLetters` and `moreDeadLetters` ring for a queue that is gone',
      section: 'alarms',
      tests: [
        alarms('the alarm $prop › watches its metric, and fires above 0 in one period'),
        ALARM_METRICS,
        drill('refused: [\'DeadLettersAlarm\', \'FailedInvocationsAlarm\', \'MoreDeadLettersAlarm\']', 'eventbridge_dead_letter_queue', 'cloudwatch_sqs_metrics'),
      ],
    },
    {
      id: 'rings-failed-to-send-to-dlq',
      says: '`failedToSendToDlq` rings when the dead-letter queue is gone too',
      section: 'alarms',
      tests: [
        alarms('the alarm $prop › watches its metric, and fires above 0 in one period'),
        ALARM_METRICS,
        drill('lost: [\'FailedInvocationsAlarm\', \'FailedToSendToDlqAlarm\']', 'eventbridge_dead_letter_queue'),
      ],
    },
    { id: 'silence', says: 'No alarm rings for a consumer that gets its messages, nor while nothing is stored', section: 'alarms', tests: [drill('delivered: [],')] },
    {
      id: 'storing',
      says: 'Who stores failures may put objects and list the bucket, of this account only, and use its key; nothing else',
      section: 'permissions',
      tests: [
        grants('what Lambda needs to store failures › is to put objects and to list the bucket, while it is a bucket of this account, and nothing else'),
        grants('what Lambda needs to store failures › is to use the customer-managed key too'),
        grants('what Lambda needs to store failures › is granted for an imported bucket and its key as well'),
      ],
    },
    {
      id: 'reading',
      says: 'Who reads failures may get and list those with the prefix, of this account only, and never delete',
      section: 'permissions',
      tests: [defaults('who reads › may get and list every failure, of a bucket of this account'), defaults('who reads › may get and list those with a prefix'), IAM_ACTIONS],
    },
    {
      id: 'store-elsewhere',
      says: 'A failure store in another account or region is an error',
      section: 'what-is-checked',
      tests: [grants('a store › in %s is refused')],
    },
    {
      id: 'rule-reaches-queues',
      says: 'EventBridge may send to both queues of a consumer from its rule only, and use their keys',
      section: 'permissions',
      tests: [
        composition('the rule of a consumer, and no other, may send to its queue'),
        defaults('what is stated › the key encrypts the bucket, with few requests to KMS, and the dead letters of consumers'),
        DELIVERIES_ALLOWED,
        STATEMENTS_NEEDED,
      ],
    },
    {
      id: 'expiration-checked',
      says: 'An expiration shorter than a consumer may be told of a failure is an error that spells out the sum',
      section: 'what-is-checked',
      tests: [checks('a consumer › must not be told of what has expired'), lateChanges('the queue of a consumer is changed › to keep messages beyond the expiration')],
    },
    {
      id: 'closed',
      says: 'All public access is blocked, and requests without TLS are refused',
      section: 'defaults',
      tests: [
        defaults('with nothing stated, the bucket › blocks public access'),
        defaults('with nothing stated, the bucket › refuses what does not come over TLS, and allows nobody anything'),
        PLAIN_HTTP_REFUSED,
      ],
    },
    {
      id: 'no-function-between',
      says: 'S3 tells EventBridge by itself; there is no custom resource and no function in between',
      section: 'a-consumer-of-failures',
      tests: [
        defaults('with nothing stated, the bucket › sends its events to EventBridge by its own property, without a function that sets it'),
        testsIn('test/patterns/check-pattern.ts')('has no custom resource'),
      ],
    },
    {
      id: 'deletion',
      says: 'The bucket is kept when the stack is deleted, except when the deployment that makes it fails',
      section: 'stacks-keys-and-deletion',
      tests: [defaults('with nothing stated, the bucket › is kept, except when the deployment that makes it fails')],
    },
    {
      id: 'other-stacks',
      says: 'What stores failures, and consumers, of another stack depend on the bucket\'s, never the reverse',
      section: 'stacks-keys-and-deletion',
      tests: [
        composition('across stacks › the stack of the consumer depends on that of the bucket, never the reverse'),
        grants('what Lambda needs to store failures › is granted to what stands for a role of another stack, where the pattern is'),
      ],
    },
    {
      id: 'late-changes',
      says: 'A derived value that an aspect, an injector or an override changes is an error at synthesis, which says how to state it',
      section: 'what-is-checked',
      tests: [
        lateChanges('an injector of the CDK\'s own constructs changes %s'),
        lateChanges('what is added to the bucket › is no ordinary notification: it switches EventBridge off'),
        lateChanges('what is added to the bucket › is no second policy'),
      ],
    },
  ],
};
