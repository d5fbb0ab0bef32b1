import { ALARM_METRICS, IAM_ACTIONS, PLAIN_HTTP_REFUSED, RESOURCE_SCHEMAS, SERVICE_REQUESTS } from './opinions';
import { testsIn } from './promise';
import type { PagePromises } from './promise';

const alarms = testsIn('test/services/queue-fed-service.alarms.test.ts');
const checks = testsIn('test/services/queue-fed-service.checks.test.ts');
const defaults = testsIn('test/services/queue-fed-service.defaults.test.ts');
const late = testsIn('test/services/queue-fed-service.late-changes.test.ts');
const rules = testsIn('test/delivery/rules/queue-service.test.ts');
const worker = testsIn('test/runtime/worker.test.ts');
const processes = testsIn('emulator/test/worker.test.ts');
const python = testsIn('emulator/test/test_python_worker.py');
const drill = testsIn('integ/integ.queue-fed-service.ts');
const alarmDrill = testsIn('integ/integ.queue-fed-service-alarms.ts');
const permissionDrill = testsIn('integ/integ.queue-fed-service-permissions.ts');

const EVERY_MESSAGE = 'every message is accounted for';
const UNDISTURBED = 'Each was delivered once: the worker was left alone until it was done.';
const FROM_NOTHING = 'To nothing, from nothing, and to nothing again.';

/** The alarms are evaluated by a supplement; the metrics are those of AWS. */
const rings = (id: string, says: string, rung: string, ...supplements: string[]) => ({
  id,
  says,
  section: 'alarms',
  tests: [alarms('the alarm $prop › is on this metric, and says what it means and what to do'), ALARM_METRICS, alarmDrill(rung, ...supplements)],
});

export const queueFedService: PagePromises = {
  name: 'QueueFedService',
  page: 'docs/queue-fed-service.md',
  promises: [
    {
      id: 'nothing-lost',
      says: 'Every message is processed, tried again, or set aside whole in the dead-letter queue, also when workers are killed or hang; an independent ledger accounts for each',
      section: 'queuefedservice',
      tests: [drill(EVERY_MESSAGE)],
    },
    {
      id: 'set-aside',
      says: 'A message that fails is received again after a pause, and SQS moves it to the dead-letter queue at the fifth receive',
      section: 'who-gives-up-when',
      tests: [
        defaults('with what is required and nothing else, the queue › hides a message for two minutes, keeps it for four days, and sets it aside at the fifth failure'),
        worker('messages › that fail are hidden for 10 seconds, then for twice as long each time, up to 15 minutes'),
        processes('poison is set aside after as many receives as it may have, and the others are done'),
        drill("'poison': 1"),
      ],
    },
    {
      id: 'python',
      says: 'The worker in Python does the same',
      section: 'what-the-worker-must-do',
      tests: [
        python('test_the_message_of_a_worker_that_is_killed_is_done_by_another'),
        python('test_a_message_that_takes_longer_than_the_visibility_timeout_is_done_once_by_one_of_two_workers'),
        python('test_a_worker_that_is_stopped_finishes_its_message_and_leaves_the_others'),
        python('test_nothing_is_received_while_protection_is_refused'),
        python('test_poison_is_set_aside_after_as_many_receives_as_it_may_have'),
        python('test_a_worker_that_hangs_ends_with_an_error_and_its_message_comes_back'),
      ],
    },
    {
      id: 'deleted-after-success',
      says: 'The worker deletes a message only after its handler has succeeded',
      section: 'what-the-worker-must-do',
      tests: [worker('messages › are not deleted before the handler is done')],
    },
    {
      id: 'killed',
      says: 'The message of a worker that was killed comes back within the visibility timeout',
      section: 'who-gives-up-when',
      tests: [
        worker('while a message is processed › a worker that is killed loses its message within the visibility timeout'),
        processes('the message of a worker that is killed with -9 is done by another'),
        drill("'crash': 1"),
      ],
    },
    {
      id: 'heartbeat',
      says: 'While heartbeats arrive, nobody else gets a message, however long it takes; when they do not, the handler is told',
      section: 'what-the-worker-must-do',
      tests: [
        worker('while a message is processed › nobody else gets it, however long it takes'),
        processes('a message that takes far longer than the visibility timeout is done once, by one of two workers'),
        worker('while a message is processed › the handler is told when heartbeats have failed for so long that others may have it'),
        worker('while a message is processed › the handler is told when its receipt handle has expired, and the message is left to whoever has it'),
      ],
    },
    {
      id: 'hang',
      says: 'A worker that hangs ends, and its message is received again',
      section: 'who-gives-up-when',
      tests: [
        worker('while a message is processed › a handler that hangs ends the worker, and its message comes back'),
        processes('a worker that hangs ends with an error, and its message comes back'),
        drill("'time-out': 1"),
      ],
    },
    {
      id: 'protected-first',
      says: 'A task is protected before it receives, and does not receive while ECS refuses',
      section: 'what-the-worker-must-do',
      tests: [
        worker('protection › is asked for before a message is received, for longer than one may take, and is not asked for again while it lasts'),
        worker('protection › is waited for, and nothing received, while ECS %s'),
        processes('nothing is received while protection is refused'),
        permissionDrill("untilBooksAre(integ, ledger, 'unprotected', { accepted: 1, deliveries: 0, effects: 0, inFlight: 1 })"),
        defaults('with what is required and nothing else, a task › may work through the queue and protect itself, and nothing else'),
      ],
    },
    {
      id: 'left-alone',
      says: 'A deployment and scaling in leave a task alone while it has a message in its hand',
      section: 'how-it-scales',
      tests: [drill(UNDISTURBED)],
    },
    {
      id: 'idle-unprotected',
      says: 'A task with nothing to do can be stopped, and so can, within some minutes, one that always has something to do',
      section: 'how-it-scales',
      tests: [
        worker('protection › is given up for five seconds when there is nothing to do, so that the task can be stopped'),
        worker('protection › is given up for five seconds before a message for which it would not last, so that the task can be stopped however much there is to do'),
        drill(FROM_NOTHING),
      ],
    },
    {
      id: 'sigterm',
      says: 'At SIGTERM a worker finishes its message, or gives it back before ECS kills it after 120 seconds',
      section: 'what-the-worker-must-do',
      tests: [
        worker('a worker that is stopped › finishes its message, and receives no other'),
        worker('a worker that is stopped › tells the handler to give up in time before it is killed, and gives the message back: %p'),
        worker('SIGTERM stops a worker'),
        processes('a worker that is stopped finishes its message, and leaves the others'),
        defaults('with what is required and nothing else, a task › runs the image, is told of its queue and its times, and has two minutes to end'),
      ],
    },
    {
      id: 'backlog',
      says: 'The service scales by the messages for each task, those in flight included; the target follows from the delay and the average',
      section: 'how-it-scales',
      tests: [
        defaults('the scaling › follows the messages for each task, those in flight included'),
        defaults('the scaling › lets %s wait for a task'),
        SERVICE_REQUESTS,
      ],
    },
    {
      id: 'wakes',
      says: 'The first message starts a task',
      section: 'how-it-scales',
      tests: [
        defaults('the scaling › starts a task at the first message that nobody works on, and no second one while it starts'),
        defaults('the scaling › has the alarm %s on the queue'),
        drill(FROM_NOTHING),
      ],
    },
    {
      id: 'sleeps',
      says: 'All tasks but the least are stopped when nothing has waited or been in flight for 15 minutes',
      section: 'how-it-scales',
      tests: [defaults('the scaling › stops all tasks but the least (%j) when nothing has waited or been in flight for 15 minutes'), drill(FROM_NOTHING)],
    },
    {
      id: 'no-cpu-policy',
      says: 'There is no policy on CPU',
      section: 'how-it-scales',
      tests: [defaults('the scaling › has these policies, and none on CPU')],
    },
    {
      id: 'deployments',
      says: 'A deployment does not change the number of tasks, stands beside the old tasks, and is rolled back if its tasks fail',
      section: 'how-it-scales',
      tests: [
        defaults('with what is required and nothing else, the service › leaves the number of its tasks to the scaling'),
        defaults('with what is required and nothing else, the service › is deployed beside itself, and rolled back if its tasks fail'),
        drill(UNDISTURBED),
      ],
    },
    {
      id: 'spot',
      says: 'Spot is off; if on, the first task is on demand, and a warning says what it means for long work',
      section: 'defaults',
      tests: [
        defaults('props › put four of five tasks on Spot, but not the first'),
        checks('with Spot there is a warning, unless a message takes no longer than a task has'),
      ],
    },
    {
      id: 'network',
      says: 'Tasks are in private subnets, nothing may connect to them, and public subnets without public addresses are refused',
      section: 'network',
      tests: [
        defaults('with what is required and nothing else, the service › runs in private subnets, without public addresses'),
        defaults('with what is required and nothing else, the service › lets nobody in'),
        checks('subnets › that are public need public addresses'),
      ],
    },
    {
      id: 'contradictions',
      says: 'All contradictions of one construct are reported at once, with the fix',
      section: 'what-is-checked',
      tests: [checks('all problems are reported at once'), rules('of %s is said what is wrong and what to do')],
    },
    {
      id: 'late-changes',
      says: 'What somebody changes of a derived value fails the synthesis',
      section: 'what-is-checked',
      tests: [late('what was changed of what is given › is Container Insights'), late('Spot is kept as well')],
    },
    rings(
      'rings-dead-letters', '`deadLetters` and `moreDeadLetters` ring for poison', 'poisoned: [\'DeadLettersAlarm\', \'MoreDeadLettersAlarm\']', 'cloudwatch_sqs_metrics',
    ),
    rings('rings-message-age', '`messageAge` rings for messages that wait', 'forgotten: [\'MessageAgeAlarm\']', 'cloudwatch_sqs_metrics'),
    rings(
      'rings-workers-fail', '`workersFail` counts tasks that could not start or ended with an error', 'failing: [\'WorkersFailAlarm\']',
      'ecs_events', 'cloudwatch_eventbridge_metrics',
    ),
    rings(
      'rings-deployment-failed', '`deploymentFailed` counts deployments that the circuit breaker ended', 'undeployable: [\'DeploymentFailedAlarm\', \'WorkersFailAlarm\']',
      'ecs_events', 'cloudwatch_eventbridge_metrics',
    ),
    rings(
      'rings-at-maximum', '`atMaximum` compares the age of messages with the acceptable delay while all tasks run', 'crowded: [\'AtMaximumAlarm\']', 'cloudwatch_ecs_metrics',
    ),
    {
      id: 'silence',
      says: 'No alarm rings for good messages, and all are OK again after the repair',
      section: 'alarms',
      tests: [alarmDrill('silent: [],')],
    },
    {
      id: 'permissions',
      says: 'The worker may do with its queue and its protection what it must, and nothing else; both queues refuse requests without TLS',
      section: 'permissions',
      tests: [
        defaults('with what is required and nothing else, a task › may work through the queue and protect itself, and nothing else'),
        permissionDrill('A function that acts as the worker\'s role says what the role allows.'),
        IAM_ACTIONS,
        PLAIN_HTTP_REFUSED,
      ],
    },
    {
      id: 'redrive-permissions',
      says: 'An operator with `grantRedrive` can read the dead letters and move them back, and nothing else',
      section: 'permissions',
      tests: [permissionDrill('worked.grantRedrive(operator);')],
    },
    {
      id: 'template',
      says: 'The template is what CloudFormation takes',
      section: 'what-is-proven-where',
      tests: [RESOURCE_SCHEMAS],
    },
  ],
};
