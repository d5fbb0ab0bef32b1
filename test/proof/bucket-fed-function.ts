import { ALARM_METRICS, DELIVERIES_ALLOWED, IAM_ACTIONS, PLAIN_HTTP_REFUSED, STATEMENTS_NEEDED } from './opinions';
import { testsIn } from './promise';
import type { DocumentedPromise, PagePromises } from './promise';

const alarms = testsIn('test/storage/bucket-fed-function.alarms.test.ts');
const checks = testsIn('test/storage/bucket-fed-function.checks.test.ts');
const composition = testsIn('test/storage/bucket-fed-function.composition.test.ts');
const defaults = testsIn('test/storage/bucket-fed-function.defaults.test.ts');
const lateChanges = testsIn('test/storage/bucket-fed-function.late-changes.test.ts');
const rules = testsIn('test/delivery/rules/bucket-events.test.ts');
const drill = testsIn('integ/integ.bucket-fed-function.ts');
const permissions = testsIn('integ/integ.bucket-fed-function-permissions.ts');
const alarmDrill = testsIn('integ/integ.bucket-fed-function-alarms.ts');

const rings = (id: string, says: string, rung: string, ...supplements: string[]): DocumentedPromise => ({
  id: `rings-${id}`,
  says,
  section: 'alarms',
  tests: [alarms('the alarm $prop › watches its metric, and fires above 0 in one period'), ALARM_METRICS, alarmDrill(rung, ...supplements)],
});

export const bucketFedFunction: PagePromises = {
  name: 'BucketFedFunction',
  page: 'docs/bucket-fed-function.md',
  promises: [
    {
      id: 'every-object',
      says: 'Each object is processed, or its message is in a dead-letter queue; what was set aside is processed after the repair',
      section: 'who-gives-up-when',
      tests: [
        defaults('the rule › delivers every object that is not empty to the queue, for 24 hours, and else sets the event aside'),
        drill('imports: { messages: 20, faults: { \'poison\': 2, \'transient\': 1, \'batch-error\': 1, \'resend\': 2 }, seed: seed(1) }'),
      ],
    },
    {
      id: 'keys-as-they-are',
      says: 'Keys arrive as they are, with spaces, signs and umlauts',
      section: 'minimal',
      tests: [drill('follow(\'imports\', \'Imports\', \'in/a b+ü%/\', { prefix: \'in/\' })'), checks('keys that look encoded › are warned of: %s %s')],
    },
    {
      id: 'no-folders',
      says: 'Folders and empty objects are not delivered, unless empty objects with a suffix are asked for',
      section: 'what-is-delivered',
      tests: [
        defaults('the rule › is for objects with %s'),
        checks('it takes not %s'),
        drill('tamper(imports, { folders: [\'in/\', \'in/2026/\'] }, { done: 2 })'),
      ],
    },
    {
      id: 'filters',
      says: '`prefix`, `suffix` and sizes say what is delivered; EventBridge compares sizes up to 5,000,000,000 bytes, and what would be left out unsaid is an error',
      section: 'what-is-delivered',
      tests: [defaults('the rule › is for objects with %s'), checks('it takes not %s')],
    },
    {
      id: 'too-large-counted',
      says: 'Objects larger than `maxObjectSize` are counted by a rule without a target, and ring `objectsTooLarge`',
      section: 'what-is-delivered',
      tests: [
        defaults('the rule › has a second one beside it that counts what is too large, with the same keys and no target'),
        alarms('the alarm $prop › watches its metric, and fires above 0 in one period'),
        ALARM_METRICS,
        alarmDrill('large: [\'ObjectsTooLargeAlarm\']', 'cloudwatch_eventbridge_metrics'),
      ],
    },
    {
      id: 'gone-is-skipped',
      says: 'The handler can tell what is gone from what it may not read, and so skip and count it',
      section: 'the-handler',
      tests: [
        defaults('the handler › may read every object and its versions, and list the bucket to tell what is gone'),
        drill('skipped: { \'gone\': 3, \'written over\': 1 }'),
        permissions('getGone: \'NoSuchKey: The specified key does not exist.\''),
      ],
    },
    {
      id: 'order',
      says: '`isNewer` tells duplicates and late events of one key by their sequencers',
      section: 'the-handler',
      tests: [{ file: 'test/runtime/sequencer.test.ts' }],
    },
    {
      id: 'versions-kept',
      says: 'A version that was replaced or deleted is kept for as long as a message may name it',
      section: 'defaults',
      tests: [
        defaults('with nothing stated, the bucket › keeps objects, and their versions for as long as a message may name them'),
        defaults('what is stated › how long versions are kept follows from how long the queues keep messages, even if that is changed later'),
        lateChanges('an adopted queue may be changed to keep messages longer, and versions are kept longer with them'),
        drill('stations: { kept: { accepted: 8, effects: 8', 's3_event_versions'),
      ],
    },
    {
      id: 'set-aside',
      says: 'What EventBridge cannot deliver is set aside in `deliveryDeadLetterQueue`, and arrives after the repair',
      section: 'who-gives-up-when',
      tests: [
        defaults('the rule › delivers every object that is not empty to the queue, for 24 hours, and else sets the event aside'),
        permissions('{ effects: 3, lost: 0, stations: { files: { setAside: [4, 5, 6] } } }', 'eventbridge_dead_letter_queue'),
      ],
    },
    {
      id: 'no-own-output',
      says: 'An `outputPrefix` that overlaps with `prefix` is an error, and a role that may write among the objects that are delivered a warning',
      section: 'what-the-handler-writes',
      tests: [
        checks('it takes not %s'),
        composition('what the handler may write › is told of by a warning: %s'),
        composition('what the handler may write › is harmless: %s'),
        rules('writers › are told which objects they are told of'),
      ],
    },
    rings(
      'dead-letters',
      '`failedInvocations`, `deadLetters` and `moreDeadLetters` ring for a queue that is gone',
      'refused: [\'DeadLettersAlarm\', \'FailedInvocationsAlarm\', \'MoreDeadLettersAlarm\']',
      'eventbridge_dead_letter_queue', 'cloudwatch_sqs_metrics',
    ),
    rings(
      'failed-to-send-to-dlq',
      '`failedToSendToDlq` rings when the dead-letter queue is gone too',
      'lost: [\'FailedInvocationsAlarm\', \'FailedToSendToDlqAlarm\']',
      'eventbridge_dead_letter_queue',
    ),
    { id: 'silence', says: 'No alarm on the delivery rings for a function that gets its objects', section: 'alarms', tests: [alarmDrill('silent: [],')] },
    {
      id: 'handler-permissions',
      says: 'The handler may read under `prefix`, list the bucket, write under `outputPrefix`, use the key, and nothing else of the bucket',
      section: 'permissions',
      tests: [
        defaults('the handler › may read those with the prefix only, and write those with outputPrefix'),
        defaults('the handler › may decrypt with the key of the bucket, and encrypt what it writes'),
        permissions('putInput: \'refused\''),
        IAM_ACTIONS,
      ],
    },
    {
      id: 'rule-reaches-queues',
      says: 'EventBridge may send to both queues from this rule only, and use their keys',
      section: 'permissions',
      tests: [composition('the rule, and no other, may send to both queues'), DELIVERIES_ALLOWED, STATEMENTS_NEEDED],
    },
    {
      id: 'adopted-bucket',
      says: 'An adopted bucket is not changed; that it sends its events, and keeps objects long enough, is checked',
      section: 'a-live-bucket',
      tests: [
        composition('an adopted bucket › is not changed, and its objects are delivered'),
        composition('an adopted bucket › must send its events to EventBridge'),
        composition('an adopted bucket › may, or must not, %s'),
        checks('what cannot be changed or seen here is told by a warning › a bucket that is not made in this app: what it must do'),
      ],
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
      id: 'no-custom-resource',
      says: 'S3 tells EventBridge by a property of the bucket; there is no custom resource',
      section: 'minimal',
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
      says: 'Handler, bucket and key may be in another stack, on which this one depends; an adopted queue may not',
      section: 'stacks-keys-and-deletion',
      tests: [
        composition('it works › with handler, bucket and key of another stack, on which its own depends'),
        checks('a queue of another stack is refused: each stack would wait for the other'),
      ],
    },
    {
      id: 'late-changes',
      says: 'A derived value that an aspect, an injector or an override changes is an error at synthesis, which says how to state it',
      section: 'what-is-checked',
      tests: [
        lateChanges('an injector of the CDK\'s own constructs changes %s'),
        lateChanges('what is added to the bucket › must not expire objects while messages name them'),
        lateChanges('what is added to the bucket › is no ordinary notification: it switches EventBridge off'),
        lateChanges('what is added to the bucket › is no second policy'),
      ],
    },
  ],
};
