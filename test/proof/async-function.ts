import { ALARM_METRICS, IAM_ACTIONS } from './opinions';
import { testsIn } from './promise';
import type { PagePromises } from './promise';

const alarms = testsIn('test/functions/async-function.alarms.test.ts');
const checks = testsIn('test/functions/async-function.checks.test.ts');
const defaults = testsIn('test/functions/async-function.defaults.test.ts');
const lateChanges = testsIn('test/functions/async-function.late-changes.test.ts');
const drill = testsIn('integ/integ.async-function.ts');
const alarmDrill = testsIn('integ/integ.async-function-alarms.ts');
const permissionDrill = testsIn('integ/integ.async-function-permissions.ts');

const SUPPLEMENT = 'lambda_asynchronous_invocation';
const WATCHES = 'the alarm $prop › watches its metric, and fires above its threshold in one period';

export const asyncFunction: PagePromises = {
  name: 'AsyncFunction',
  page: 'docs/async-function.md',
  promises: [
    {
      id: 'kept-whole',
      says: 'An event on which the handler failed three times is in the failure store, equal to what was sent',
      section: 'what-happens-to-an-event',
      tests: [
        defaults('with nothing stated › Lambda tries again twice, gives an event up after an hour, and puts it into a bucket'),
        drill('...faultDrill(integ, ledger, { stored })', SUPPLEMENT),
      ],
    },
    {
      id: 'retried',
      says: 'An error, a time-out and a crash are tried again, and what then succeeds is done once',
      section: 'what-happens-to-an-event',
      tests: [drill('...faultDrill(integ, ledger, { stored })', SUPPLEMENT)],
    },
    {
      id: 'dead-letters',
      says: 'With a `deadLetterQueue`, the event itself is there, and nowhere else',
      section: 'a-failure-store-or-a-dead-letter-queue',
      tests: [
        defaults('a dead-letter queue › is that of the function, and there is no failure store'),
        drill('send(\'lettered\', lettered)', SUPPLEMENT),
      ],
    },
    {
      id: 'throttled',
      says: 'A throttle is no attempt',
      section: 'what-happens-to-an-event',
      tests: [drill('...faultWindow(integ, ledger, busyness, [', SUPPLEMENT)],
    },
    {
      id: 'paused',
      says: 'The events of a function with a reserved concurrency of 0 are set aside at once, which is warned of',
      section: 'your-responsibilities',
      tests: [
        checks('a paused handler is warned of, for its events do not wait › with its own failure store'),
        drill('...faultWindow(integ, ledger, pause, [', SUPPLEMENT),
      ],
    },
    {
      id: 'alias-settings',
      says: 'The settings are those of the alias, the version or the function that callers invoke',
      section: 'aliases-and-versions',
      tests: [
        defaults('the settings are those of what callers invoke › an alias, for which they wait'),
        defaults('the settings are those of what callers invoke › a version'),
        drill('send(\'aliased\', aliased)', SUPPLEMENT),
      ],
    },
    {
      id: 'replayed',
      says: 'What is in the failure store can be given to the handler again',
      section: 'what-happens-to-an-event',
      tests: [drill('...faultDrill(integ, ledger, { stored })', SUPPLEMENT)],
    },
    {
      id: 'one-place',
      says: 'Failed events are never kept in two places',
      section: 'a-failure-store-or-a-dead-letter-queue',
      tests: [
        checks('where failed events go › is one place'),
        checks('where failed events go › is not also the dead-letter queue that the function has'),
        lateChanges('what is added to the function › is no dead-letter queue, with which each failed event would be kept twice'),
      ],
    },
    {
      id: 'one-construct',
      says: 'Two such constructs, or other settings, for the same function, version or alias are an error',
      section: 'what-is-checked',
      tests: [checks('the handler › has one such construct'), lateChanges('what is added to the function › are no other settings')],
    },
    {
      id: 'no-loop',
      says: 'A destination from which everything comes back to the function is an error',
      section: 'what-is-checked',
      tests: [
        lateChanges('what is sent does not come back › from a queue by an event source'),
        lateChanges('what is sent does not come back › from the dead-letter queue'),
        lateChanges('what is sent does not come back › from the function itself'),
      ],
    },
    {
      id: 'storing',
      says: 'The handler\'s role may put objects and list the bucket, of this account only, and nothing else',
      section: 'permissions',
      tests: [
        defaults('with nothing stated › the handler may put objects there and list them, as long as the bucket is that of this account, and nothing else'),
        permissionDrill('untilBooksAre(integ, ledger, \'stored\', { setAside: [1], altered: [], lost: 0 })', SUPPLEMENT),
        IAM_ACTIONS,
      ],
    },
    {
      id: 'queue-granted',
      says: 'The handler\'s role may send to the dead-letter queue, and use its key, before the function gets it',
      section: 'permissions',
      tests: [
        defaults('a dead-letter queue › the handler may send to it, before it gets it'),
        defaults('a dead-letter queue › the handler may use its key'),
        permissionDrill('untilBooksAre(integ, ledger, \'lettered\', { setAside: [1], lost: 0 })', SUPPLEMENT),
      ],
    },
    {
      id: 'invoking',
      says: 'Who is granted to invoke may invoke what was given, and no other version or alias',
      section: 'permissions',
      tests: [
        defaults('who is granted › may invoke the function, but no version or alias of it, for which other settings hold'),
        defaults('who is granted › may invoke the alias, but not the function without it'),
        permissionDrill('send(\'stored\', [1, 1])', SUPPLEMENT),
      ],
    },
    {
      id: 'rings-lost',
      says: '`destinationDeliveryFailures` and `deadLetterErrors` ring when a failed event cannot be kept',
      section: 'alarms',
      tests: [
        alarms(WATCHES),
        ALARM_METRICS,
        permissionDrill('stored: [\'DestinationDeliveryFailuresAlarm\', DROPPED]', SUPPLEMENT, 'cloudwatch_alarm_evaluation', 'cloudwatch_alarm_actions'),
      ],
    },
    {
      id: 'rings-dropped',
      says: '`eventsDropped` rings for an event that was given up, and `deadLetters` and `moreDeadLetters` for one in the queue',
      section: 'alarms',
      tests: [alarms(WATCHES), ALARM_METRICS, alarmDrill('lettered: [\'DeadLettersAlarm\', \'EventsDroppedAlarm\', \'MoreDeadLettersAlarm\']', SUPPLEMENT)],
    },
    {
      id: 'rings-age',
      says: '`eventAge` rings for an event that waits for more than half of its time',
      section: 'alarms',
      tests: [alarms(WATCHES), ALARM_METRICS, alarmDrill('late: [\'EventAgeAlarm\']', SUPPLEMENT)],
    },
    {
      id: 'rings-recursion',
      says: '`recursiveInvocations` rings when Lambda stops a loop',
      section: 'alarms',
      tests: [alarms(WATCHES), ALARM_METRICS],
    },
    { id: 'silence', says: 'No alarm rings for a function whose events are processed', section: 'alarms', tests: [alarmDrill('silent: [],', SUPPLEMENT)] },
    {
      id: 'imported',
      says: 'For a handler whose role is not known, a warning has the statements that it needs',
      section: 'what-is-checked',
      tests: [defaults('without a role, a warning has the statements that are needed')],
    },
    {
      id: 'late-changes',
      says: 'A derived value that an aspect, an injector or an override changes is an error at synthesis, which says how to state it',
      section: 'what-is-checked',
      tests: [
        lateChanges('where results go is refused › if it is a bucket'),
        lateChanges('where results go is refused › if it is FIFO'),
        lateChanges('where results go is refused › if the CDK would match results of $LATEST only'),
      ],
    },
  ],
};
