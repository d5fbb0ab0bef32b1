import { ALARM_METRICS, IAM_ACTIONS, SERVICE_REQUESTS } from './opinions';
import { testsIn } from './promise';
import type { PagePromises } from './promise';

const checks = testsIn('test/streaming/table-fed-function.checks.test.ts');
const defaults = testsIn('test/streaming/table-fed-function.defaults.test.ts');
const filters = testsIn('test/streaming/table-filters.test.ts');
const readerAlarms = testsIn('test/streaming/reader-alarms.ts');
const grants = testsIn('test/private/s3/failure-grants.test.ts');
const inOrder = testsIn('test/runtime/stream.test.ts');

const drill = testsIn('integ/integ.table-fed-function.ts');
const permissionsDrill = testsIn('integ/integ.table-fed-function-permissions.ts');
const metrics = ['cloudwatch_event_source_metrics', 'cloudwatch_alarm_evaluation', 'cloudwatch_alarm_actions'];
const RUNG = permissionsDrill("rung: { granted: ['ReadingStoppedAlarm', 'StoredFailuresAlarm'] }", ...metrics);
const NOT_STORED = permissionsDrill("rung: { denied: ['DroppedRecordsAlarm', 'FailuresNotStoredAlarm'] }", ...metrics);

const EVENT_SOURCE = 'with a handler and a table, the event source › ';
const FIRES_BEYOND = readerAlarms("test('fires beyond its threshold'");
const ON_THIS_METRIC = readerAlarms("test('is on this metric, and says what to do'");
const COUNTED = defaults(`${EVENT_SOURCE}keeps what it gives up in a bucket, and counts`);

export const tableFedFunction: PagePromises = {
  name: 'TableFedFunction',
  page: 'docs/table-fed-function.md',
  promises: [
    {
      id: 'nothing-lost',
      says: 'Every change is processed, or set aside; after the repair and the replay every one is processed, in order around those that were given up',
      section: 'order-and-replay',
      tests: [drill("untilBooksAre(integ, ledger, 'orders', { stations: { troubled: books(2 * half), throttled: books(2 * half) } })")],
    },
    {
      id: 'throttled-waits',
      says: 'A throttled invocation takes no retry: without any retry, every change is processed when the function is throttled no more',
      section: 'who-gives-up-when',
      tests: [drill('throttled: { ...books(2 * half), retries: 0, failures: {} }')],
    },
    {
      id: 'given-up-in-time',
      says: 'A change is given up after five retries or at an age of 12 hours, and never tried for ever',
      section: 'who-gives-up-when',
      tests: [defaults(`${EVENT_SOURCE}retries a batch 5 times, for 12 of the 24 hours for which the stream keeps it`), SERVICE_REQUESTS],
    },
    {
      id: 'kept-whole',
      says: 'What is given up is stored whole in a bucket',
      section: 'who-gives-up-when',
      tests: [COUNTED, defaults('a failure store that is given is used, and none is made'), drill('...books(2 * half - poison.length, poison)')],
    },
    {
      id: 'poison-separated',
      says: 'A bad change is separated from the good ones, also where the handler times out on it',
      section: 'who-gives-up-when',
      tests: [defaults(`${EVENT_SOURCE}gives the handler up to 100 records, and separates a bad one from the good ones`), drill("failures: { 'poison': poison.length, 'transient': 3, 'batch-error': 1, 'time-out': 1, 'crash': 1, 'malformed': 1 }")],
    },
    {
      id: 'before-it-expires',
      says: 'A change is given up before the stream expires it; an age of 24 hours is an error',
      section: 'what-is-checked',
      tests: [checks('refuses %s'), checks('takes %s')],
    },
    {
      id: 'from-the-beginning',
      says: 'The event source begins with the oldest change; `LATEST`, which misses some, is a warning',
      section: 'defaults',
      tests: [defaults(`${EVENT_SOURCE}reads the stream of the table for the handler, from its beginning`), checks('warns of › %s')],
    },
    {
      id: 'snippet-handlers',
      says: 'The handlers on the page stop at the first change that fails, and report it alone',
      section: 'what-the-handler-must-do',
      tests: [testsIn('rosetta/table.ts-fixture')('Drives the handler of the snippet: it must stop at the poison, and report it alone.'), inOrder('what is returned is what the types of Lambda ask for')],
    },
    {
      id: 'filters-let-through',
      says: 'A filter that would let nothing through is an error: a field that no record has, an attribute without its type, a plain number, an image that the stream leaves out',
      section: 'filters',
      tests: [checks('refuses %s'), checks('late changes › of the view type are read again')],
    },
    {
      id: 'ttl-told-apart',
      says: '`TableFilters` tell deletes, and deletes by TTL, from other changes; where replicas hide it, that is a warning',
      section: 'filters',
      tests: [filters('deletes'), filters('deletes by TTL'), filters('all but deletes by TTL, also records without a user identity'), checks('warns of › deletes by TTL of a global table'), drill('stations: { expired: { ...books(2), deliveries: 2 } }', 'dynamodb_time_to_live')],
    },
    {
      id: 'no-third-reader',
      says: 'A third reader of the stream, event source or pipe, in whatever stack, is an error; a second one of a table with replicas a warning',
      section: 'two-readers',
      tests: [checks('readers of one table › %s'), checks('readers of one table › are in any stack, and pipes are among them')],
    },
    {
      id: 'no-loop',
      says: 'A handler that may change its own table without a filter is a warning',
      section: 'a-function-that-writes-back-to-its-table',
      tests: [checks('a handler that may write to the table › %s'), checks('a handler that may write to the table › is not one that may %s')],
    },
    {
      id: 'rings-age',
      says: '`iteratorAge` and `iteratorAgeCritical` ring at a quarter of `maxRecordAge` (at most an hour) and at half',
      section: 'alarms',
      tests: [FIRES_BEYOND, ON_THIS_METRIC, ALARM_METRICS],
    },
    {
      id: 'rings-stored',
      says: '`storedFailures` rings when Lambda stored what could not be processed',
      section: 'alarms',
      tests: [FIRES_BEYOND, ON_THIS_METRIC, COUNTED, ALARM_METRICS, RUNG],
    },
    {
      id: 'rings-not-stored',
      says: '`failuresNotStored` and `droppedRecords` ring when Lambda could not store it',
      section: 'alarms',
      tests: [FIRES_BEYOND, ON_THIS_METRIC, COUNTED, ALARM_METRICS, NOT_STORED],
    },
    {
      id: 'rings-stopped',
      says: '`readingStopped` rings when the event source no longer reports that it reads, although the age is silent',
      section: 'alarms',
      tests: [FIRES_BEYOND, ON_THIS_METRIC, COUNTED, ALARM_METRICS, RUNG],
    },
    {
      id: 'handler-permissions',
      says: 'The handler may read this stream, list streams and store failures, and nothing else',
      section: 'permissions',
      tests: [
        defaults('the handler is allowed to read the stream and to store what failed, and nothing else › of a table'),
        defaults('the handler is allowed to read the stream and to store what failed, and nothing else › of a table with a key'),
        grants('what Lambda needs to store failures › is to put objects and to list the bucket, while it is a bucket of this account, and nothing else'),
        IAM_ACTIONS,
        permissionsDrill("getItem: 'refused', putItem: 'refused', putFailure: 'allowed'", 'lambda_stream_role'),
      ],
    },
    {
      id: 'nothing-lost-without-permission',
      says: 'While the role may not read the stream nothing is lost: all comes when it may again',
      section: 'permissions',
      tests: [permissionsDrill('faultWindow(integ, ledger, noReading', 'lambda_stream_role')],
    },
    {
      id: 'permissions-first',
      says: 'The event source waits for the permissions of the handler, without which Lambda refuses it',
      section: 'stacks-keys-and-deletion',
      tests: [defaults(`${EVENT_SOURCE}waits for the permissions of the handler, without which Lambda refuses it`)],
    },
    {
      id: 'replicas',
      says: 'A replica, of whose stream only `/stream/*` is known, is an error that says how to read it',
      section: 'an-imported-table',
      tests: [checks('of another place › refuses %s'), checks('of another place › the replica of the own region is the table itself')],
    },
    {
      id: 'other-accounts',
      says: 'A table of another account is read if its policies allow it; the warning says what they need',
      section: 'an-imported-table',
      tests: [checks('of another place › a table of another account is read, if its policies allow it'), checks('of another place › refuses %s')],
    },
    {
      id: 'deletion',
      says: 'Failures are kept when the stack is deleted, except when the deployment that makes the bucket fails',
      section: 'stacks-keys-and-deletion',
      tests: [defaults('removalPolicy is that of the bucket'), testsIn('test/storage/failure-bucket.defaults.test.ts')('with nothing stated, the bucket › is kept, except when the deployment that makes it fails')],
    },
    {
      id: 'late-changes',
      says: 'A derived value that an aspect, an injector or an override changes is an error at synthesis, which says how to state it',
      section: 'what-is-checked',
      tests: [checks('late changes › of the handler are read again'), checks('late changes › of the view type are read again')],
    },
  ],
};
