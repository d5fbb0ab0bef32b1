import { ALARM_METRICS, DELIVERIES_ALLOWED, IAM_ACTIONS, STATEMENTS_NEEDED } from './opinions';
import { testsIn } from './promise';
import type { PagePromises } from './promise';

const alarms = testsIn('test/messaging/event-router.alarms.test.ts');
const checks = testsIn('test/messaging/event-router.checks.test.ts');
const defaults = testsIn('test/messaging/event-router.defaults.test.ts');
const lateChanges = testsIn('test/messaging/event-router.late-changes.test.ts');
const otherTargets = testsIn('test/messaging/event-router.targets.test.ts');
const unrouted = testsIn('test/private/events/unrouted.test.ts');
const drill = testsIn('integ/integ.event-router.ts');
const alarmDrill = testsIn('integ/integ.event-router-alarms.ts');
const permissionDrill = testsIn('integ/integ.event-router-permissions.ts');

const rings = (id: string, says: string, rung: string) => ({
  id, says, section: 'alarms', tests: [alarms('%s › has its defaults'), ALARM_METRICS, alarmDrill(rung)],
});

export const eventRouter: PagePromises = {
  name: 'EventRouter',
  page: 'docs/event-router.md',
  promises: [
    {
      id: 'independent-consumers',
      says: 'Each consumer gets the events that match, and what fails for one is nothing to the others',
      section: 'eventrouter',
      tests: [
        defaults('a consumer › has a rule of the bus with one target, which is tried for as long as EventBridge tries, and a dead-letter queue of its own'),
        drill('const untouched = (last: number) => ({'),
      ],
    },
    {
      id: 'set-aside',
      says: 'An event that cannot be delivered is set aside whole in the dead-letter queue of that consumer, and comes back after the repair',
      section: 'who-gives-up-when',
      tests: [
        defaults('a consumer › has a dead-letter queue that keeps events for 14 days, encrypted, and goes with the stack but not by a replacement'),
        drill('gone: { ...waiting(MEANWHILE, lostNumbers), inFlight: 0 }', 'eventbridge_dead_letter_queue'),
        permissionDrill('orders: { effects: 6, setAside, lost: 0 }', 'eventbridge_dead_letter_queue'),
      ],
    },
    {
      id: 'function',
      says: 'Events are handed over to an `AsyncFunction`, as the function, alias or version that it has',
      section: 'a-function-without-a-queue',
      tests: [
        defaults('a function › is the target of its rule, with a dead-letter queue for what cannot be handed over'),
        defaults('a function › is invoked by its alias, for which its settings are'),
        drill('invoked: { accepted: last, effects: last }', 'eventbridge_dead_letter_queue'),
      ],
    },
    {
      id: 'archive',
      says: 'Every event is archived for 14 days',
      section: 'defaults',
      tests: [defaults('the archive › keeps every event for 14 days')],
    },
    {
      id: 'replay',
      says: 'A replay brings what was lost to one consumer back to it, and nothing to the others',
      section: 'replay',
      tests: [drill('...replay, events: all', 'cloudformation_event_bus_properties', 'cloudformation_types_by_api')],
    },
    {
      id: 'other-targets',
      says: 'Any other target, also an endpoint outside AWS, has a rule and a dead-letter queue of its own; queues and functions, which would be kept less well, are refused',
      section: 'other-targets',
      tests: [
        otherTargets('another target › is tried for as long as EventBridge tries, with a dead-letter queue of its own, and keeps what it says of itself'),
        otherTargets('another target › may be an API destination, whose role may invoke it, with a limit for calls and a secret'),
        otherTargets('is refused › %s, and nothing is left'),
        DELIVERIES_ALLOWED,
      ],
    },
    {
      id: 'unrouted',
      says: '`alarms.unrouted` rings for events of a source and detail type that no consumer takes, and is silent for those that one takes',
      section: 'events-that-nobody-takes',
      tests: [
        alarms('unrouted › counts what a rule without a target matches'),
        alarms('unrouted › knows the consumers that are added later, and those that take everything as nobody'),
        alarms('unrouted › refuses a consumer of which it cannot tell what it takes'),
        unrouted('what no consumer takes › is of another source, or of another detail type of a known source'),
        alarmDrill('unrouted: [\'UnroutedAlarm\']', 'cloudwatch_alarm_evaluation', 'cloudwatch_alarm_actions', 'cloudwatch_eventbridge_metrics'),
        alarmDrill('delivered: [],', 'cloudwatch_alarm_evaluation', 'cloudwatch_alarm_actions', 'cloudwatch_eventbridge_metrics'),
      ],
    },
    {
      id: 'ordered-queue',
      says: 'A FIFO queue gets events too, in one message group; one that cannot tell duplicates is an error',
      section: 'defaults',
      tests: [
        defaults('a consumer › with a FIFO queue has one message group, by its id or as stated'),
        checks('a consumer › %s is refused'),
        drill('ordered: { ...settled(last), copies: last }'),
      ],
    },
    {
      id: 'derived-name',
      says: 'The name of a new bus is made of the name of its stack and its place there',
      section: 'defaults',
      tests: [
        defaults('the bus › has nothing but a name, by the stack and the place there'),
        defaults('the bus › of a nested stack has the name of the stack as it is deployed'),
      ],
    },
    {
      id: 'adopted',
      says: 'An adopted bus is not changed, and may be the default one',
      section: 'events-of-aws-services',
      tests: [
        defaults('the archive › of an adopted bus is made where it is stated'),
        defaults('a consumer › of the default bus has a rule that names no bus'),
        checks('the router › refuses %s'),
      ],
    },
    {
      id: 'customer-key',
      says: 'EventBridge may use the key for the bus and its archive, as AWS documents it, and the bus and its key do not wait for each other',
      section: 'permissions',
      tests: [
        defaults('the bus › with a customer-managed key › lets EventBridge describe the key without an encryption context, and use it for this bus and its archive'),
        defaults('the bus › with a customer-managed key › that is only imported says what its policy needs'),
        permissionDrill('{ encryptionKey: newKey(\'RouterKey\') }'),
      ],
    },
    {
      id: 'bus-dead-letters',
      says: 'What EventBridge can neither encrypt nor decrypt goes to a queue that does not need the key',
      section: 'a-customer-managed-key',
      tests: [
        defaults('the bus › with a customer-managed key › is encrypted with it, and sets aside what cannot be encrypted where the key is not needed'),
        defaults('the bus › with a customer-managed key › lets EventBridge send to that queue for this bus'),
      ],
    },
    {
      id: 'queues-let-rule-in',
      says: 'Both queues of a consumer, and their keys, let this rule in, and no other',
      section: 'permissions',
      tests: [
        defaults('a consumer › lets its rule, and no other, into %s'), DELIVERIES_ALLOWED, STATEMENTS_NEEDED,
        permissionDrill('send([1, 6])', 'eventbridge_dead_letter_queue', 'encrypted_destinations'),
      ],
    },
    {
      id: 'grant-put-events',
      says: '`grantPutEvents` is enough to send to this bus, and not to send to another',
      section: 'permissions',
      tests: [
        defaults('who sends › a role may put events on this bus'), IAM_ACTIONS,
        permissionDrill('{ granted: \'allowed\', other: \'refused\' }'),
      ],
    },
    {
      id: 'other-accounts',
      says: 'Another account, or an organization and nobody outside it, may send, if you say so with events of some sources only',
      section: 'other-accounts',
      tests: [
        defaults('who sends › another account may, with events of some sources'),
        defaults('who sends › an organization may, and nobody outside it'),
        checks('a sender › %s is refused'),
      ],
    },
    {
      id: 'event-patterns',
      says: 'A pattern that EventBridge would refuse is an error; one that would never match on this bus is warned of',
      section: 'what-is-checked',
      tests: [
        checks('a consumer › %s is refused'),
        checks('a consumer › of events of services of AWS › is warned of on a bus that nobody sends them to'),
      ],
    },
    {
      id: 'late-changes',
      says: 'What was changed of a resource of the pattern, however, fails the synthesis',
      section: 'what-is-checked',
      tests: [lateChanges('an injector of the CDK\'s own constructs may not change %s')],
    },
    rings('rings-refused', '`failedInvocations`, `deadLetters` and `moreDeadLetters` ring for a queue that is gone', 'refused: [\'DeadLettersAlarm\', \'FailedInvocationsAlarm\', \'MoreDeadLettersAlarm\']'),
    rings('rings-lost', '`failedToSendToDlq` rings when the dead-letter queue is gone too', 'lost: [\'FailedInvocationsAlarm\', \'FailedToSendToDlqAlarm\']'),
    rings('rings-default', 'On the default bus they ring under the name of the rule alone', 'default: [\'FailedInvocationsAlarm\', \'FailedToSendToDlqAlarm\']'),
    {
      id: 'silence',
      says: 'No alarm rings for events that are delivered',
      section: 'alarms',
      tests: [alarmDrill('untilAlarmsAre(integ, ledger, { notOk: quiet, within: Duration.minutes(15) })')],
    },
    {
      id: 'other-stacks',
      says: 'A consumer in another stack has its rule there; its stack depends on the router\'s, never the reverse',
      section: 'stacks-keys-and-deletion',
      tests: [
        defaults('a consumer › in another stack has its rule there, which comes to depend on the router'),
        defaults('a function › in another stack has its rule there'),
      ],
    },
    {
      id: 'event-retries',
      says: 'EventBridge tries to deliver for 24 hours, up to 185 times',
      section: 'what-is-proven-where',
      tests: [],
      untested: 'queues and functions of the emulator always answer',
    },
  ],
};
