import {
  ALARM_METRICS, DELIVERIES_ALLOWED, IAM_ACTIONS, PLAIN_HTTP_REFUSED, RESOURCE_SCHEMAS, SERVICE_REQUESTS, STATEMENTS_NEEDED,
} from './opinions';
import { testsIn } from './promise';
import type { PagePromises } from './promise';

const alarms = testsIn('test/messaging/queue-fed-function.alarms.test.ts');
const checks = testsIn('test/messaging/queue-fed-function.checks.test.ts');
const composition = testsIn('test/messaging/queue-fed-function.composition.test.ts');
const concurrency = testsIn('test/messaging/queue-fed-function.concurrency.test.ts');
const defaults = testsIn('test/messaging/queue-fed-function.defaults.test.ts');
const drill = testsIn('integ/integ.queue-fed-function.ts');
const alarmDrill = testsIn('integ/integ.queue-fed-function-alarms.ts');
const permissionDrill = testsIn('integ/integ.queue-fed-function-permissions.ts');

const EVERY_MESSAGE = 'every message is accounted for, before and after the repair';

/** The alarms are evaluated by a supplement; the metrics are those of AWS. */
const rings = (id: string, says: string, rung: string, metrics: string) => ({
  id, says, section: 'alarms', tests: [alarms('the alarm $prop › is on this metric'), ALARM_METRICS, alarmDrill(rung, metrics)],
});

export const queueFedFunction: PagePromises = {
  name: 'QueueFedFunction',
  page: 'docs/queue-fed-function.md',
  promises: [
    {
      id: 'nothing-lost',
      says: 'Every message is processed, tried again, or set aside whole in the dead-letter queue; an independent ledger accounts for each',
      section: 'queuefedfunction',
      tests: [drill(EVERY_MESSAGE)],
    },
    {
      id: 'poison-set-aside',
      says: 'Poison is set aside after 5 receives, and good messages of its batch are not',
      section: 'defaults',
      tests: [
        defaults('with a handler and nothing else, the queue › sets a message aside in the dead-letter queue at the fifth failure'),
        drill('Poison is set aside after 5 x 5 seconds'),
      ],
    },
    {
      id: 'partial-batches',
      says: 'A handler that names the failed messages gets only these again',
      section: 'what-the-handler-must-do',
      tests: [
        defaults('with a handler and nothing else, the event source › takes partial batch responses'),
        drill('const standard = { messages: 60, faults: { \'poison\': 4'),
      ],
    },
    {
      id: 'whole-batch-returns',
      says: 'A handler that throws, times out or crashes gets its whole batch again',
      section: 'what-the-handler-must-do',
      tests: [drill('\'time-out\': 1'), drill('\'crash\': 1')],
    },
    {
      id: 'malformed-answer',
      says: 'A malformed answer gives the whole batch back, and loses nothing',
      section: 'what-the-handler-must-do',
      tests: [drill('\'malformed\': 1', 'sqs_partial_batch_responses')],
    },
    {
      id: 'snippet-handlers',
      says: 'The two handlers on the page report poison in the middle of a batch; the FIFO one stops there',
      section: 'what-the-handler-must-do',
      tests: [testsIn('rosetta/handler.ts-fixture')('Drives the handler of the snippet')],
    },
    {
      id: 'visibility',
      says: 'A message stays hidden for 6 × the handler\'s timeout plus the window; less is a warning, less than the timeout an error',
      section: 'defaults',
      tests: [
        defaults('the visibility timeout › follows from a timeout of %s and a batching window of %s: %d seconds'),
        checks('the visibility timeout › of %d seconds is below the timeout of the handler, and refused'),
        checks('the visibility timeout › of %d seconds is below 6 times the timeout, which is a warning'),
      ],
    },
    {
      id: 'fifo-order',
      says: 'Messages of a FIFO group are processed in order; only the poison is set aside, not the good message behind it',
      section: 'in-order',
      tests: [
        defaults('FIFO › hands over one message at a time, so that none shares the fate of the poison before it'),
        drill('follow(\'fifo\', \'Fifo\', { ...QUICK, fifo: true })'),
      ],
    },
    {
      id: 'throttled-waits',
      says: 'Messages wait while the handler has no concurrency or what it depends on is down, and are processed afterwards',
      section: 'queuefedfunction',
      tests: [
        drill(
          'disturbed: [ledger.throttle(disturbed.handler, disturbed.queue), ledger.breakDownstream(\'disturbed\')]',
          'sqs_reserved_concurrency',
        ),
      ],
    },
    {
      id: 'concurrency-fits',
      says: 'At most 100 invocations at a time; sources that need more than the reserved concurrency are an error',
      section: 'several-queues-for-one-handler-and-its-reserved-concurrency',
      tests: [
        defaults('with a handler and nothing else, the event source › causes at most 100 invocations at a time'),
        concurrency('a concurrency that is not stated is what the reserved one leaves › of %d reserved, for two queues: %d each'),
        concurrency('all SQS event sources of a function fit into its reserved concurrency › or the error lists them'),
      ],
    },
    {
      id: 'dead-letters-outlast',
      says: 'Dead letters are kept for 14 days, longer than the queue keeps messages; a shorter retention is an error',
      section: 'what-is-checked',
      tests: [
        defaults(
          'with a handler and nothing else, the dead-letter queue › keeps messages for 14 days, is encrypted by SQS, and settles nothing else',
        ),
        checks('retention › of the dead-letter queue shorter than that of the queue is refused'),
      ],
    },
    {
      id: 'set-aside-in-time',
      says: 'A queue whose retention ends before a failing message is set aside is an error',
      section: 'what-is-checked',
      tests: [
        checks('the time to the dead-letter queue › is refused if the queue keeps messages for %d seconds only'),
        checks('the time to the dead-letter queue › is that of an adopted queue'),
      ],
    },
    {
      id: 'redrive',
      says: 'Dead letters are moved back by a move task, and all are processed',
      section: 'an-operator-who-may-redrive',
      tests: [drill(EVERY_MESSAGE, 'sqs_message_move_tasks')],
    },
    rings(
      'rings-dead-letters',
      '`deadLetters` and `moreDeadLetters` ring for poison, the latter again for more',
      'poisoned: [\'DeadLettersAlarm\', \'MoreDeadLettersAlarm\']',
      'cloudwatch_sqs_metrics',
    ),
    rings(
      'rings-message-age',
      '`messageAge` rings when nothing reads the queue',
      'forgotten: [\'MessageAgeAlarm\']',
      'cloudwatch_sqs_metrics',
    ),
    rings('rings-errors', '`handlerErrors` rings for a handler that keeps throwing', 'failing: [\'Errors\']', 'cloudwatch_lambda_metrics'),
    rings(
      'rings-throttles',
      '`handlerThrottles` rings for a handler without concurrency',
      'throttled: [\'Throttles\']',
      'cloudwatch_lambda_metrics',
    ),
    rings('rings-duration', '`handlerDuration` rings for a handler near its timeout', 'slow: [\'Duration\']', 'cloudwatch_lambda_metrics'),
    {
      id: 'silence',
      says: 'No alarm rings for good messages, and all are OK again after the repair',
      section: 'alarms',
      tests: [alarms('the alarm $prop › takes silence for health'), alarmDrill('const rung = { silent: []')],
    },
    {
      id: 'long-timeouts',
      says: 'The alarm on errors sees a batch that fails once in a visibility timeout; those on a handler that takes minutes look back as long as it may run',
      section: 'how-far-the-alarms-on-the-handler-look-back',
      tests: [
        alarms('the alarms on what invocations report at their end › look back as long as the handler may run'),
        alarms('the alarms on what invocations report at their end › look back over the retries of a batch that fails, which come a visibility timeout apart'),
      ],
    },
    {
      id: 'lambda-today',
      says: 'Durable functions, Managed Instances and tenant isolation are understood: the visibility timeout follows what the event source waits for, '
        + 'and what Lambda would refuse is refused',
      section: 'durable-functions-and-managed-instances',
      tests: [
        checks('a durable handler › has a visibility timeout for the whole execution, for which the event source waits'),
        checks('a durable handler › must end within 15 minutes'),
        checks('a durable handler › is given by a version or an alias'),
        checks('a handler on Managed Instances › may run for 90 minutes, which the visibility timeout follows'),
        checks('a handler with tenant isolation cannot be fed by a queue'),
      ],
    },
    {
      id: 'paused',
      says: 'A function that is paused by a reserved concurrency of 0 throttles no good message into the dead-letter queue: its event sources are disabled',
      section: 'several-queues-for-one-handler-and-its-reserved-concurrency',
      tests: [
        concurrency('a function that is paused, with 0 reserved › has its event source disabled, with a warning'),
        concurrency('a function that is paused, with 0 reserved › must not be fed by %s that is enabled'),
      ],
    },
    {
      id: 'other-accounts',
      says: 'A handler of another account is an error, and no alarm is made here on a queue of another account, where it would watch nothing',
      section: 'what-is-checked',
      tests: [
        checks('another account › must not be that of the handler, imported %s'),
        checks('another account › may be that of the queues, whose alarms are then not made here'),
        checks('another account › must not be that of the dead-letter queue of %s'),
      ],
    },
    {
      id: 'only-source',
      says: 'A second event source of the function on its queue is an error, and one of another function a warning',
      section: 'what-is-checked',
      tests: [
        composition('another event source on the queue › for the same function is an error, as Lambda takes one'),
        composition('another event source on the queue › for another function is a warning, as messages go to either by chance'),
      ],
    },
    {
      id: 'handler-permissions',
      says: 'The handler may read its queue, and is refused sending, purging, the dead-letter queue and any other queue',
      section: 'permissions',
      tests: [
        defaults('with a handler and nothing else, the handler › may read this queue, and is allowed nothing else'),
        DELIVERIES_ALLOWED, STATEMENTS_NEEDED, IAM_ACTIONS,
        permissionDrill('receiveDeadLetter: \'refused\'', 'lambda_event_source_role'),
      ],
    },
    {
      id: 'lost-permission',
      says: 'While its role may not read the queue, nothing comes; afterwards all comes',
      section: 'permissions',
      tests: [permissionDrill('none is delivered meanwhile', 'lambda_event_source_role')],
    },
    {
      id: 'redrive-permissions',
      says: '`grantRedrive` is enough to redrive, and not to purge, configure or delete',
      section: 'permissions',
      tests: [
        composition('permissions › to look at dead letters and redrive them'),
        IAM_ACTIONS,
        permissionDrill('purgeDeadLetter: \'refused\'', 'sqs_message_move_tasks'),
      ],
    },
    {
      id: 'redrive-with-key',
      says: '`grantRedrive` includes the use of a customer-managed key',
      section: 'permissions',
      tests: [composition('permissions › to redrive, with a customer key'), IAM_ACTIONS],
    },
    {
      id: 'grant-send',
      says: '`grantSendMessages` is enough to send, also with a key',
      section: 'permissions',
      tests: [
        composition('permissions › to send'),
        composition('permissions › to send, with a customer key'),
        IAM_ACTIONS,
        permissionDrill('...faultDrill(integ, ledger, { permissions:'),
      ],
    },
    {
      id: 'tls-only',
      says: 'Both queues refuse requests without TLS',
      section: 'defaults',
      tests: [defaults('with a handler and nothing else, %s › refuses what does not come over TLS'), PLAIN_HTTP_REFUSED],
    },
    {
      id: 'deletion',
      says: 'The queues go with the stack, and are kept when CloudFormation replaces them',
      section: 'stacks-keys-and-deletion',
      tests: [
        defaults('with a handler and nothing else, %s › goes with the stack'),
        defaults('with a handler and nothing else, %s › is kept when CloudFormation replaces it'),
      ],
    },
    {
      id: 'adopted',
      says: 'An adopted queue is used as it is; nothing is replaced, and contradictions are errors',
      section: 'adopting-a-live-queue',
      tests: [
        checks('an adopted queue › is used with the dead-letter queue that it has, and nothing is made or changed'),
        checks('an adopted queue › must have a dead-letter queue'),
        drill('follow(\'adopted\', \'Adopted\''),
      ],
    },
    {
      id: 'adopted-in-place',
      says: 'With the logical id of the old event source mapping, the mapping is changed in place and no message is lost during the '
        + 'migration',
      section: 'a-queue-of-this-app',
      tests: [],
      untested: 'the snippet is compiled and synthesized; no test deploys the two steps over a live queue',
    },
    {
      id: 'imported',
      says: 'For an imported queue or function, warnings say what must be true and what to grant',
      section: 'an-imported-queue',
      tests: [
        checks('an adopted queue › that is imported › gives a warning that says what cannot be checked'),
        composition('the handler may be › imported %s: a warning says what its role needs'),
      ],
    },
    {
      id: 'other-stacks',
      says: 'Handler, key or dead-letter queue may stand in another stack, without a dependency cycle',
      section: 'stacks-keys-and-deletion',
      tests: [
        composition('it works › with the handler in another stack › whose stack does not come to depend on this one'),
        composition('a customer key › of another stack than the handler, which uses it too, gives no cycle'),
      ],
    },
    {
      id: 'pollers',
      says: 'Provisioned pollers take the place of the maximum concurrency',
      section: 'dedicated-pollers',
      tests: [defaults('provisioned pollers › %j are in place of a maximum concurrency'), RESOURCE_SCHEMAS, SERVICE_REQUESTS],
    },
    {
      id: 'errors-at-once',
      says: 'All problems are reported together, and nothing half-made is left',
      section: 'what-is-checked',
      tests: [
        checks('what is wrong › is reported all at once'),
        checks('what is wrong › leaves nothing half-made, so that the same id can be used again'),
      ],
    },
  ],
};
