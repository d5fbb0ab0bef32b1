import { ALARM_METRICS, IAM_ACTIONS, SERVICE_REQUESTS } from './opinions';
import { testsIn } from './promise';
import type { PagePromises } from './promise';

const alarms = testsIn('test/streaming/stream-fed-function.alarms.test.ts');
const checks = testsIn('test/streaming/stream-fed-function.checks.test.ts');
const composition = testsIn('test/streaming/stream-fed-function.composition.test.ts');
const defaults = testsIn('test/streaming/stream-fed-function.defaults.test.ts');
const lateChanges = testsIn('test/streaming/stream-fed-function.late-changes.test.ts');
const readerAlarms = testsIn('test/streaming/reader-alarms.ts');
const grants = testsIn('test/private/s3/failure-grants.test.ts');
const inOrder = testsIn('test/runtime/stream.test.ts');

const drill = testsIn('integ/integ.stream-fed-function.ts');
const alarmsDrill = testsIn('integ/integ.stream-fed-function-alarms.ts');
const permissionsDrill = testsIn('integ/integ.stream-fed-function-permissions.ts');

const EVENT_SOURCE = 'with a handler and nothing else, the event source › ';
const NOT_STORED = permissionsDrill("rung: { denied: ['DroppedRecordsAlarm', 'FailuresNotStoredAlarm'] }", 'cloudwatch_event_source_metrics', 'cloudwatch_alarm_evaluation', 'cloudwatch_alarm_actions');
const FIRES_BEYOND = readerAlarms("test('fires beyond its threshold'");
const ON_THIS_METRIC = readerAlarms("test('is on this metric, and says what to do'");

export const streamFedFunction: PagePromises = {
  name: 'StreamFedFunction',
  page: 'docs/stream-fed-function.md',
  promises: [
    {
      id: 'nothing-lost',
      says: 'Every record is processed, or set aside; after the repair and the replay every one is processed',
      section: 'order-and-replay',
      tests: [
        drill("untilBooksAre(integ, ledger, 'orders', { ...settled, setAside: 0, effects: 5 * orders.messages, stations: { troubled: done } })"),
        drill('faultDrill(integ, ledger, { shards:'),
      ],
    },
    {
      id: 'order',
      says: 'Records of one key are processed in order, around those that are given up',
      section: 'order-and-replay',
      tests: [drill('const settled = { lost: 0, unexplained: 0, orderViolations: 0, altered: 0 };')],
    },
    {
      id: 'throttled-waits',
      says: 'A throttled invocation takes no retry: without any retry, every record of a throttled function is processed once it is not',
      section: 'who-gives-up-when',
      tests: [drill("'throttled': { ...done, retries: 0, failures: {} }")],
    },
    {
      id: 'given-up-in-time',
      says: 'A record is given up after five retries or at half of the retention, and never tried for ever',
      section: 'who-gives-up-when',
      tests: [defaults(`${EVENT_SOURCE}retries a batch 5 times, until half of the retention period is over`), defaults('a record is given up after 7 days at the latest'), SERVICE_REQUESTS],
    },
    {
      id: 'kept-whole',
      says: 'What is given up is stored whole in a bucket',
      section: 'who-gives-up-when',
      tests: [
        defaults(`${EVENT_SOURCE}keeps what it gives up in a bucket`),
        defaults('a failure store that is given is used, and none is made'),
        drill('setAside: poison,'),
        drill("expectAnswer(integ, ledger.redriver, { run: 'orders', station: 'troubled' }, { redriven: poison })"),
      ],
    },
    {
      id: 'poison-separated',
      says: 'A bad record is separated from the good ones, also where the handler times out on it',
      section: 'who-gives-up-when',
      tests: [
        defaults(`${EVENT_SOURCE}separates a bad record from the good ones, with and without an answer of the handler`),
        drill("failures: { 'poison': poison.length, 'transient': 3, 'batch-error': 1, 'time-out': 1, 'crash': 1, 'malformed': 1 }"),
      ],
    },
    {
      id: 'before-it-expires',
      says: 'A record is given up before the stream expires it; an age beyond the retention is an error, also after a late change',
      section: 'what-is-checked',
      tests: [
        checks('refuses %s'),
        lateChanges('a stream that was given › is read again: a shorter retention would lose records'),
        composition('a retention that is a token is taken for the shortest'),
      ],
    },
    {
      id: 'from-the-beginning',
      says: 'The event source begins with the oldest record; `LATEST`, which misses some, is a warning',
      section: 'defaults',
      tests: [defaults(`${EVENT_SOURCE}begins with the oldest record`), checks('warns of › %s')],
    },
    {
      id: 'snippet-handlers',
      says: 'The handlers on the page stop at the first record that fails, and report it alone',
      section: 'what-the-handler-must-do',
      tests: [testsIn('rosetta/stream.ts-fixture')('Drives the handler of the snippet: it must stop at the poison, and report it alone.'), inOrder('what is returned is what the types of Lambda ask for')],
    },
    {
      id: 'own-failures',
      says: 'Each consumer of a stream has its own event source, its own failures, with a prefix, and is not held up by the others',
      section: 'several-consumers-of-one-stream',
      tests: [
        composition('a stack of the stream, and one of the reader › in a nested stack, with a shared failure bucket'),
        defaults('the parts are public'),
        alarms('two functions of one stream have alarms of their own'),
        drill("stations: { 'calm': done, 'fanned-out': done,"),
      ],
    },
    {
      id: 'consumer-survives-tags',
      says: 'The registered consumer has a derived name, and no tags in the template, wherever they are added',
      section: 'several-consumers-of-one-stream',
      tests: [
        defaults('enhanced fan-out › has no tags, which would replace the consumer when they change; the stream has them'),
        defaults('enhanced fan-out › gives a consumer a name that › is not that of another place'),
        defaults('enhanced fan-out › gives a consumer a name that › Kinesis takes, however long the path and the name of the stack are'),
      ],
    },
    {
      id: 'consumers-counted',
      says: 'More registered consumers than Kinesis takes are an error, and more than it usually takes a warning',
      section: 'what-is-checked',
      tests: [checks('the consumers of one stream › may be %d'), checks('the consumers of one stream › are counted by stream')],
    },
    {
      id: 'rings-age',
      says: '`iteratorAge` and `iteratorAgeCritical` ring at a quarter of `maxRecordAge` (at most an hour) and at half',
      section: 'alarms',
      tests: [FIRES_BEYOND, ON_THIS_METRIC, alarms('the age is compared with a stated maxRecordAge: %p'), ALARM_METRICS, alarmsDrill("late: ['IteratorAgeAlarm', 'IteratorAgeCriticalAlarm']", 'cloudwatch_lambda_metrics')],
    },
    {
      id: 'rings-stored',
      says: '`storedFailures` rings when Lambda stored what could not be processed',
      section: 'alarms',
      tests: [FIRES_BEYOND, ON_THIS_METRIC, defaults(`${EVENT_SOURCE}counts records`), ALARM_METRICS, alarmsDrill("poisoned: ['FailuresStoredAlarm', 'StoredFailuresAlarm']", 'cloudwatch_event_source_metrics')],
    },
    {
      id: 'rings-not-stored',
      says: '`failuresNotStored` and `droppedRecords` ring when Lambda could not store it',
      section: 'alarms',
      tests: [FIRES_BEYOND, ON_THIS_METRIC, defaults(`${EVENT_SOURCE}counts records`), alarms('those on lost or late records are critical'), ALARM_METRICS, NOT_STORED],
    },
    {
      id: 'rings-stopped',
      says: '`readingStopped` rings when the event source no longer reports that it reads, although the age is silent',
      section: 'alarms',
      tests: [FIRES_BEYOND, ON_THIS_METRIC, defaults(`${EVENT_SOURCE}counts records`), ALARM_METRICS, alarmsDrill("forgotten: ['ReadingStoppedAlarm']", 'cloudwatch_event_source_metrics')],
    },
    {
      id: 'rings-throttles',
      says: '`readThrottles` and `writeThrottles` ring for a stream of this account, where they mean something',
      section: 'alarms',
      tests: [
        FIRES_BEYOND,
        alarms('reads with enhanced fan-out are not throttled'),
        alarms('writes to a stream that is given are for its owner to watch'),
        ALARM_METRICS,
        alarmsDrill("crowded: ['ReadThrottlesAlarm', 'WriteThrottlesAlarm']", 'kinesis_throughput'),
      ],
    },
    {
      id: 'rings-handler',
      says: 'The alarms on the handler ring for a stream too',
      section: 'alarms',
      tests: [
        composition('a handler › of several streams has its alarms once'),
        alarmsDrill("failing: ['Errors']", 'cloudwatch_lambda_metrics'),
        alarmsDrill("slow: ['Duration']", 'cloudwatch_lambda_metrics'),
        alarmsDrill("throttled: ['Throttles']", 'cloudwatch_lambda_metrics'),
      ],
    },
    { id: 'silence', says: 'No alarm rings while nothing fails', section: 'alarms', tests: [alarmsDrill('silent: [],')] },
    {
      id: 'handler-permissions',
      says: 'The handler may read this stream and store failures, and nothing else',
      section: 'permissions',
      tests: [
        defaults('the handler is allowed › to read this stream and to store what failed, and nothing else'),
        defaults('the handler is allowed › to read with its consumer'),
        defaults('the handler is allowed › to use the key of the stream and of the bucket'),
        grants('what Lambda needs to store failures › is to put objects and to list the bucket, while it is a bucket of this account, and nothing else'),
        IAM_ACTIONS,
        permissionsDrill("getFailure: 'refused'", 'lambda_stream_role'),
      ],
    },
    {
      id: 'lost-permission',
      says: 'A reader that lost its permission gets everything when it has it again',
      section: 'who-gives-up-when',
      tests: [permissionsDrill('faultWindow(integ, ledger, noReading', 'lambda_stream_role')],
    },
    {
      id: 'permissions-first',
      says: 'The event source waits for the permissions of the handler, without which Lambda refuses it',
      section: 'stacks-keys-and-deletion',
      tests: [
        defaults(`${EVENT_SOURCE}waits for the permissions of the handler, without which Lambda refuses it`),
        composition('a handler › that is imported with its role gets a policy, for which the event source waits'),
      ],
    },
    {
      id: 'grants',
      says: '`grantWrite` and `grantRead` give the actions that they list, on the stream and on its key',
      section: 'permissions',
      tests: [composition('grants › %s are these actions, on the stream and on its key'), composition('grants › need no key where AWS manages it'), IAM_ACTIONS, permissionsDrill("listOwn: 'allowed', readOwn: 'refused', deleteOwn: 'refused', writeOther: 'refused'")],
    },
    {
      id: 'other-accounts',
      says: 'Grantees of another account are let in by the policies of stream and key; a stream of another account is read if its own allow it',
      section: 'an-existing-stream',
      tests: [
        composition('grants › to another account › stand in the policies of the stream and of its key'),
        composition('grants › to another account › are of no use with a key that AWS manages'),
        checks('of another place › a stream of another account is read, if its policies allow it'),
        checks('of another place › refuses %s'),
      ],
    },
    {
      id: 'given-stream',
      says: 'A stream that is given is read and not changed; its retention is read, or the shortest is assumed',
      section: 'an-existing-stream',
      tests: [
        defaults('a stream that is given › is read, and none is made; half of what it keeps is for the handler'),
        defaults('a stream that is given › that states nothing keeps records for 24 hours'),
        checks('warns of › %s'),
        checks('warns of › nothing where a stream is imported with its key'),
      ],
    },
    {
      id: 'scales',
      says: 'A new stream takes what is written, keeps it for a week, and is encrypted',
      section: 'defaults',
      tests: [defaults('with a handler and nothing else, the stream › scales with what is written, keeps records for a week, is encrypted, and settles nothing else')],
    },
    {
      id: 'deletion',
      says: 'Stream and failures are kept when the stack is deleted, except when the deployment that makes them fails',
      section: 'stacks-keys-and-deletion',
      tests: [
        defaults('with a handler and nothing else, the stream › stays when its stack is deleted, but for a first deployment that fails'),
        defaults('a prop that is stated › reaches the stream and the bucket: removalPolicy %s'),
      ],
    },
    {
      id: 'other-stacks',
      says: 'The stack of a reader depends on that of the stream, and grants to other stacks make no cycle',
      section: 'stacks-keys-and-deletion',
      tests: [composition('a stack of the stream, and one of the reader › the reader depends on the stream'), composition('grants › to a role of another stack make no cycle')],
    },
    {
      id: 'late-changes',
      says: 'A derived value that an aspect, an injector or an override changes is an error at synthesis, which says how to state it',
      section: 'what-is-checked',
      tests: [lateChanges('a stream without a key of its own keeps the one that AWS manages'), lateChanges('what may change › %s')],
    },
  ],
};
