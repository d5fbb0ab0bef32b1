import { ALARM_METRICS, DELIVERIES_ALLOWED, IAM_ACTIONS, PLAIN_HTTP_REFUSED, SERVICE_REQUESTS, STATEMENTS_NEEDED } from './opinions';
import { testsIn } from './promise';
import type { PagePromises } from './promise';

const alarms = testsIn('test/storage/claim-check-bucket.alarms.test.ts');
const checks = testsIn('test/storage/claim-check-bucket.checks.test.ts');
const composition = testsIn('test/storage/claim-check-bucket.composition.test.ts');
const defaults = testsIn('test/storage/claim-check-bucket.defaults.test.ts');
const lateChanges = testsIn('test/storage/claim-check-bucket.late-changes.test.ts');
const claims = testsIn('test/runtime/claim.test.ts');
const roundTrips = testsIn('test/runtime/round-trip.test.ts');
const deposits = testsIn('test/runtime/deposit.test.ts');
const python = testsIn('emulator/test/test_claim_check_interop.py');
const drill = testsIn('integ/integ.claim-check-bucket.ts');
const alarmDrill = testsIn('integ/integ.claim-check-bucket-alarms.ts');
const permissionDrill = testsIn('integ/integ.claim-check-bucket-permissions.ts');

const rings = (id: string, says: string, rung: string, ...supplements: string[]) => ({
  id,
  says,
  section: 'alarms',
  tests: [alarms('the alarm $prop › watches its metric, and fires above 0 in one period'), ALARM_METRICS, alarmDrill(rung, ...supplements)],
});

export const claimCheckBucket: PagePromises = {
  name: 'ClaimCheckBucket',
  page: 'docs/claim-check-bucket.md',
  promises: [
    {
      id: 'round-trip',
      says: 'A payload comes back as it was deposited: inline, by pointer, or in parts up to 10 MB; every one is accounted for',
      section: 'by-message',
      tests: [
        claims('the payload of a message › comes back as it was deposited'),
        roundTrips('what was deposited comes back, whatever it looks like: %s › %s'),
        deposits('a large payload › of %d MiB goes in parts of 8 MiB'),
        drill(
          'Payloads of up to 10 MB go by reference, by message and by upload, with faults, and every one is accounted for, before and after the repair.',
        ),
      ],
    },
    {
      id: 'whole-or-error',
      says: 'A payload that is gone, truncated or replaced is an error of its own kind, never half a payload',
      section: 'by-message',
      tests: [
        claims('a payload that S3 does not give › is missing'),
        claims('a payload that is not what its message says › is not given: other bytes of the same number'),
        drill('failures: { PayloadGone: 2, PayloadTruncatedError: 1 }'),
      ],
    },
    {
      id: 'gone-set-aside',
      says: 'A message whose payload is gone is set aside after `maxReceiveCount` tries, and again after a redrive',
      section: 'by-message',
      tests: [
        drill('A redrive gives back nothing that is gone: it is tried as often as before, and set aside again.', 'sqs_message_move_tasks'),
      ],
    },
    {
      id: 'foreign-not-read',
      says: '`claim` reads only from the bucket and the prefix that it is given, whatever the message says',
      section: 'by-message',
      tests: [claims('a payload that is not this consumer\'s › is not read: %s')],
    },
    {
      id: 'envelope-said',
      says: 'What a message is, is said by the handler and by an attribute, never told from the payload: one that looks like an event, an envelope or a pointer comes back as it is',
      section: 'by-message',
      tests: [
        claims('the payload of a message › is the message itself: %s'),
        roundTrips('what was deposited comes back, whatever it looks like: %s › %s'),
      ],
    },
    {
      id: 'no-payload',
      says: 'Folders, the test event of S3, deletions and the confirmations of SNS have no payload, which `hasPayload` tells before `claim` would be an error',
      section: 'by-message',
      tests: [claims('an event of S3 › has no payload: %s'), claims('a message in an envelope of SNS › has no payload if it is a %s')],
    },
    {
      id: 'threshold',
      says: 'No message is larger than its path takes, attributes and pointer included',
      section: 'by-message',
      tests: [
        deposits('a payload that fits › may be of any size up to the threshold, attributes included'),
        deposits('what cannot be sent is refused before anything is put › attributes that are too large with the pointer, with a threshold of %d'),
        defaults('the threshold of a consumer › is no more than SNS takes, through a topic'),
      ],
    },
    {
      id: 'streams',
      says: 'A stream ends with an error if the payload is not whole; parts of a failed deposit are removed',
      section: 'by-message',
      tests: [
        claims('a stream › ends with an error if the payload is not whole'),
        deposits('a large payload › leaves no parts behind when %s fails'),
      ],
    },
    {
      id: 'uploads-delivered',
      says: 'Each uploaded object becomes a message to every upload consumer',
      section: 'by-upload',
      tests: [
        defaults('uploads › go to the queue, are tried for 24 hours, and are then set aside'),
        drill('ledger.topology(\'uploads\', {'),
      ],
    },
    {
      id: 'uploads-filtered',
      says: 'Empty objects, such as folders, are not delivered unless asked for; objects of any size are, unless a bound is stated',
      section: 'by-upload',
      tests: [defaults('uploads › are %s'), checks('a consumer of uploads › filters what EventBridge can filter: %p'), drill('folders: [\'uploads/\', \'uploads/2026/\', \'ordered/\']')],
    },
    {
      id: 'uploads-set-aside',
      says: 'What EventBridge cannot deliver is set aside whole, and arrives after the repair',
      section: 'by-upload',
      tests: [
        defaults('uploads › wait 14 days in a standard dead-letter queue that is encrypted, TLS only, and kept when it is replaced'),
        permissionDrill('stations: { files: { setAside: [4, 5, 6] } }', 'eventbridge_dead_letter_queue'),
      ],
    },
    {
      id: 'uploads-fifo',
      says: 'Uploads to a FIFO queue need content-based deduplication, and arrive in one message group',
      section: 'what-is-checked',
      tests: [checks('a consumer of uploads › has content-based deduplication, if its queue is a FIFO one'), drill('send(\'ordered\', 6)')],
    },
    {
      id: 'expiry-derived',
      says: 'No payload expires before the last moment at which a consumer may ask: the expiry is the sum of all retentions and one '
        + 'redrive',
      section: 'how-long-payloads-are-kept',
      tests: [
        defaults('the expiry › is what the queue and the dead-letter queue keep, and one redrive: 4 + 14 + 14'),
        defaults('the expiry › has one day more for an upload, in which EventBridge may try'),
        defaults('the expiry › has 23 days more where a topic is in between'),
        defaults('the expiry › is that of the longest of all consumers, in whichever order they come'),
      ],
    },
    {
      id: 'expiry-checked',
      says: 'A shorter expiry, stated or of an adopted bucket, is an error that spells out the sum',
      section: 'what-is-checked',
      tests: [
        checks('the expiration › must not be shorter than a payload may be asked for; the sum is spelled out'),
        checks('an adopted bucket › must not expire too early; the sum is spelled out'),
      ],
    },
    {
      id: 'expires',
      says: 'S3 deletes payloads after the expiry, never before',
      section: 'how-long-payloads-are-kept',
      tests: [],
      untested: 'the rule is pinned above; the emulator keeps it as a record and deletes nothing',
    },
    rings(
      'rings-dead-letters', '`failedInvocations`, `deadLetters` and `moreDeadLetters` ring for a queue that is gone',
      'refused: [\'DeadLettersAlarm\', \'FailedInvocationsAlarm\', \'MoreDeadLettersAlarm\']', 'eventbridge_dead_letter_queue', 'cloudwatch_sqs_metrics',
    ),
    rings(
      'rings-failed-to-send-to-dlq',
      '`failedToSendToDlq` rings when the dead-letter queue is gone too',
      'lost: [\'FailedInvocationsAlarm\', \'FailedToSendToDlqAlarm\']',
      'eventbridge_dead_letter_queue',
    ),
    {
      id: 'silence',
      says: 'No alarm rings for a consumer that gets its uploads',
      section: 'alarms',
      tests: [alarmDrill('silent: [],')],
    },
    {
      id: 'grant-deposit',
      says: 'A depositor may put under its prefix, and is refused reading, deleting, listing and other prefixes',
      section: 'permissions',
      tests: [
        defaults('permissions › to deposit, with the prefix %p'),
        IAM_ACTIONS,
        permissionDrill('{ putOwn: \'allowed\', putOther: \'refused\', getOwn: \'refused\''),
      ],
    },
    {
      id: 'grant-claim',
      says: 'A handler may read under its prefix, and is refused writing, deleting and listing',
      section: 'permissions',
      tests: [
        defaults('permissions › to claim, with the prefix %p: never to delete, nor to list'),
        IAM_ACTIONS,
        permissionDrill('{ getOwn: \'allowed\', getOther: \'refused\', putOwn: \'refused\''),
      ],
    },
    {
      id: 'rule-reaches-queues',
      says: 'EventBridge may send to both queues from this rule only, and use their customer-managed keys',
      section: 'permissions',
      tests: [
        defaults('uploads › may be sent to %s by their rule, and by nobody else'),
        composition('keys › of the consumer: %s'),
        DELIVERIES_ALLOWED,
        STATEMENTS_NEEDED,
        permissionDrill('EventBridge may use the keys of both queues', 'encrypted_destinations', 'eventbridge_dead_letter_queue'),
      ],
    },
    {
      id: 'many-rules',
      says: 'Rules of one consumer share a statement in the policy of its queue; a policy that would be more than SQS takes is an error',
      section: 'what-is-checked',
      tests: [
        testsIn('test/private/sqs/queue-sender.test.ts')('the senders of a queue, where the CDK merges policies: %p › share one statement for each service, with a list'),
        testsIn('test/private/sqs/queue-sender.test.ts')('the policy of a queue › has no more bytes than SQS takes'),
      ],
    },
    {
      id: 'managed-key-refused',
      says: 'An upload consumer whose queue has the AWS-managed key is an error',
      section: 'what-is-checked',
      tests: [checks('a consumer of uploads › has no queue with the AWS-managed key: EventBridge may not use it')],
    },
    {
      id: 'no-shared-keys',
      says: 'Deposited payloads are not delivered as uploads: consumers that share keys are an error',
      section: 'messages-and-uploads-in-one-bucket',
      tests: [checks('uploads and messages in one bucket › do not share keys: %p and %p')],
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
      id: 'abandoned-parts',
      says: 'Parts of uploads that nobody completed are removed after 7 days',
      section: 'defaults',
      tests: [
        defaults(
          'with nothing stated, the bucket › removes what nobody finished to put after 7 days, and old versions, should there be any, after one',
        ),
        SERVICE_REQUESTS,
      ],
    },
    {
      id: 'deletion',
      says: 'The bucket is kept when the stack is deleted, except when the deployment that makes it fails',
      section: 'stacks-keys-and-deletion',
      tests: [defaults('with nothing stated, the bucket › is kept, except when the deployment that makes it fails')],
    },
    {
      id: 'no-function-between',
      says: 'S3 tells EventBridge by itself; there is no custom resource and no function in between',
      section: 'by-upload',
      tests: [
        defaults('uploads › are told by the bucket itself, without a function that sets it up'),
        testsIn('test/patterns/check-pattern.ts')('has no custom resource'),
      ],
    },
    {
      id: 'other-stacks',
      says: 'A consumer of another stack has rule, dead-letter queue and alarms there; its stack depends on the bucket\'s, never the '
        + 'reverse',
      section: 'stacks-keys-and-deletion',
      tests: [
        composition('across stacks › the stack of the consumer depends on that of the bucket, never the reverse'),
        composition('across stacks › what delivers uploads is with the queue'),
      ],
    },
    {
      id: 'adopted',
      says: 'An adopted bucket is not changed; early expiry and missing events are errors, and warnings say what an imported one needs',
      section: 'adopting-a-live-bucket',
      tests: [
        checks('an adopted bucket › must send its events, where there are uploads'),
        checks('an adopted bucket › that is imported gives a warning that says what must be true'),
        composition('it works › with a grantee of another account, whom an imported bucket must allow, which a warning says'),
      ],
    },
    {
      id: 'adopted-readable',
      says: 'A rule that archives payloads early is an error; objects that may belong to another account, and keys that cannot be granted, are warned of',
      section: 'adopting-a-live-bucket',
      tests: [
        checks('an adopted bucket › must not move payloads to an archive too early'),
        checks('an adopted bucket › says why its owner must own all objects'),
        composition('it works › with the key of the bucket › %s'),
      ],
    },
    {
      id: 'late-changes',
      says: 'A derived value that an aspect, an injector or an override changes is an error at synthesis, which says how to state it',
      section: 'what-is-checked',
      tests: [
        lateChanges('of the %s %s › taken out'),
        lateChanges('an injector of the CDK\'s own constructs › changes %s'),
      ],
    },
    {
      id: 'other-notifications',
      says: 'A notification that would switch EventBridge off is an error, on the own bucket and on an adopted one',
      section: 'what-is-checked',
      tests: [
        lateChanges('what is added to the bucket › is no ordinary notification, where there are uploads: it switches EventBridge off'),
        checks('an adopted bucket › must not have them switched off by an ordinary notification, %s'),
      ],
    },
    {
      id: 'python-client',
      says: 'The Extended Client Library for Python reads what is deposited, and `claim` reads what it sends',
      section: 'java-and-python',
      tests: [python('test_python_reads_what_node_deposited'), python('test_node_claims_what_python_sent')],
    },
    {
      id: 'java-client',
      says: 'The Extended Client Library for Java does the same',
      section: 'java-and-python',
      tests: [],
      untested: 'its format was read from its source; it was not run',
    },
  ],
};
