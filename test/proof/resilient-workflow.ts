import { ALARM_METRICS, DEFINITIONS_VALID, ERROR_NAMES, EXPRESSIONS_HOLD, IAM_ACTIONS } from './opinions';
import { testsIn } from './promise';
import type { PagePromises } from './promise';

const alarms = testsIn('test/workflows/resilient-workflow.alarms.test.ts');
const checks = testsIn('test/workflows/resilient-workflow.checks.test.ts');
const compensations = testsIn('test/workflows/resilient-workflow.compensations.test.ts');
const defaults = testsIn('test/workflows/resilient-workflow.defaults.test.ts');
const lateChanges = testsIn('test/workflows/resilient-workflow.late-changes.test.ts');
const drill = testsIn('integ/integ.resilient-workflow.ts');
const alarmDrill = testsIn('integ/integ.resilient-workflow-alarms.ts');
const permissionDrill = testsIn('integ/integ.resilient-workflow-permissions.ts');
const shift = testsIn('test/workflows/resilient-workflow.traffic-shift.test.ts');
const shiftDrill = testsIn('integ/integ.resilient-workflow-traffic-shift.ts');

const ENDS = 'step_functions_status_events';
const LIMITS = 'step_functions_time_limits';
const NAMES = 'lambda_error_type';
const ALIASES = 'step_functions_aliases';
const SHIFTS = 'step_functions_gradual_deployment';
const WATCHES = 'the alarm $prop › watches its metric, and fires above its threshold';

export const resilientWorkflow: PagePromises = {
  name: 'ResilientWorkflow',
  page: 'docs/resilient-workflow.md',
  promises: [
    {
      id: 'set-aside',
      says: 'The end of each execution that failed, timed out or was stopped is in the dead-letter queue, with its input',
      section: 'what-happens-to-an-execution',
      tests: [
        defaults('with nothing stated › the ends of executions that did not succeed are sent to a standard queue, whole, and to another if that cannot be'),
        drill('setAside: poison', ENDS),
        drill('untilBooksAre(integ, ledger, \'late\'', ENDS, LIMITS),
        drill('untilBooksAre(integ, ledger, \'stopped\'', ENDS, LIMITS),
      ],
    },
    {
      id: 'task-timeouts',
      says: 'A task that hangs fails at its timeout, below that of its execution, and is not tried again',
      section: 'what-is-added-to-your-states',
      tests: [
        defaults('the timeout of a task › is above that of the longest function'),
        defaults('the timeout of a task › is given to tasks at every depth, and to no other state'),
        drill('untilBooksAre(integ, ledger, \'hung\'', LIMITS),
      ],
    },
    {
      id: 'waits',
      says: 'A task that waits fails in time to be caught, and a wait for ever is an error',
      section: 'what-is-added-to-your-states',
      tests: [
        defaults('the timeout of a task › is nine tenths of that of its execution for a callback that has a heartbeat, so that there is time to catch it'),
        checks('a wait for ever is refused › for %s'),
        checks('a wait for ever is refused › for the end of %s'),
      ],
    },
    {
      id: 'retried',
      says: 'Throttles and other errors of the Lambda service are tried again, spread out, and what a task says of them stays',
      section: 'what-is-added-to-your-states',
      tests: [
        defaults('the retriers of a task › try errors of the Lambda service and throttles again for three minutes, spread out, in place of what the CDK adds'),
        defaults('the retriers of a task › are those that are stated, if they are for %s'),
        drill('untilBooksAre(integ, ledger, \'throttled\'', NAMES),
        ERROR_NAMES,
      ],
    },
    {
      id: 'own-errors',
      says: 'Errors of your own are tried again as you say, and not otherwise',
      section: 'what-is-added-to-your-states',
      tests: [
        defaults('the retriers of a task › are added to those that are stated for other errors'),
        drill('deliveries: retried.messages + 2 * 5', NAMES),
      ],
    },
    {
      id: 'data-limit',
      says: 'What is caught by States.ALL is caught for a result that is too large as well',
      section: 'what-is-added-to-your-states',
      tests: [defaults('a catcher for all errors › gets one for results that are too large before it, which does the same'), DEFINITIONS_VALID],
    },
    {
      id: 'late-states',
      says: 'States that are changed after the workflow was made are an error',
      section: 'what-is-added-to-your-states',
      tests: [lateChanges('states that are changed after the workflow was made › are not seen by it, which is an error')],
    },
    {
      id: 'undone',
      says: 'When an execution fails, exactly the completed tasks are undone, the last one first, each with its output',
      section: 'compensations',
      tests: [
        compensations('the workflow › notes each step that is completed, with its output, before those before it'),
        compensations('the compensation › gives each compensation the output of the step, and goes on with the step before'),
        drill('Object.entries(done).map', ENDS),
        EXPRESSIONS_HOLD,
      ],
    },
    {
      id: 'own-failures',
      says: 'A Fail state is undone too, and an error that is caught is no failure',
      section: 'compensations',
      tests: [
        compensations('the workflow › is undone where it says itself that it fails'),
        compensations('the workflow › leaves what is caught to who catches it'),
      ],
    },
    {
      id: 'compensation-retried',
      says: 'A compensation is tried again at every error for half an hour',
      section: 'compensations',
      tests: [compensations('the compensation › tries each error again for half an hour, unless its tasks say otherwise')],
    },
    {
      id: 'half-undone',
      says: 'A compensation that fails for good is set aside, and `compensationsFailed` rings',
      section: 'compensations',
      tests: [
        compensations('the compensation › is a state machine of its own, whose ends are set aside too'),
        alarmDrill('half: [...WAITING, \'CompensationsFailedAlarm\', \'FailedAlarm\']', ENDS, NAMES),
      ],
    },
    {
      id: 'only-steps',
      says: 'A compensation for a state that there is not, that is no task or is within another is an error',
      section: 'what-is-checked',
      tests: [checks('compensations › are for tasks that there are'), checks('compensations › are for tasks of the workflow itself'), checks('compensations › do not end the execution'), checks('compensations › and a Choice state › without a default do not go together: it fails where nothing is undone')],
    },
    {
      id: 'timeouts-fit',
      says: 'Timeouts of tasks and waits that are not below that of the execution are errors',
      section: 'what-is-checked',
      tests: [checks('the timeouts › of tasks are below that of executions (%s)'), checks('the timeouts › that tasks state are below that of executions'), checks('the timeouts › are above what a state waits')],
    },
    {
      id: 'granted',
      says: 'The workflow does its tasks and starts its compensation with what it is granted, and who is granted to start it may do nothing else',
      section: 'permissions',
      tests: [
        defaults('who may start executions may do nothing else'),
        permissionDrill('\'undo-a\': { effects: 1 }, \'end\': { setAside: [2] }', 'step_functions_role'),
        permissionDrill('\'undo-a\': { effects: 1 }, \'end\': { setAside: [2, 4] }', 'step_functions_role'),
        IAM_ACTIONS,
      ],
    },
    {
      id: 'key',
      says: 'With a customer-managed key, the role may use it, whatever the name of the state machine',
      section: 'permissions',
      tests: [
        defaults('with a customer-managed key › the role may use it, whatever the name of the state machine'),
        defaults('with a customer-managed key › the delivery of logs, and EventBridge, may use it'),
        defaults('with a customer-managed key › who may start executions may use it'),
      ],
    },
    {
      id: 'rings-ends',
      says: '`failed`, `timedOut`, `aborted`, `deadLetters` and `moreDeadLetters` ring by executions that did not succeed',
      section: 'alarms',
      tests: [alarms(WATCHES), ALARM_METRICS, alarmDrill('stopped: [...WAITING, \'AbortedAlarm\']', ENDS, 'cloudwatch_states_metrics')],
    },
    {
      id: 'rings-undelivered',
      says: '`failedInvocations`, `ruleDeadLetters` and `failedToSendToDlq` ring when an end cannot be set aside',
      section: 'alarms',
      tests: [
        alarms(WATCHES),
        ALARM_METRICS,
        alarmDrill('gone: [\'FailedAlarm\', \'FailedInvocationsAlarm\', \'FailedToSendToDlqAlarm\']', 'eventbridge_dead_letter_queue', 'cloudwatch_eventbridge_metrics'),
      ],
    },
    {
      id: 'shifted',
      says: 'With `trafficShift`, new states get a tenth of the executions for ten minutes, and then all',
      section: 'a-new-version-takes-over-step-by-step',
      tests: [
        shift('with trafficShift › an alias gives a tenth of the executions to it for ten minutes, and takes them back when its alarm fires'),
        shiftDrill("release('two', { weights: { 1: 90, 3: 10 } })", ALIASES, SHIFTS),
      ],
    },
    {
      id: 'taken-back',
      says: 'A version whose executions fail is taken back, and each of them is set aside',
      section: 'a-new-version-takes-over-step-by-step',
      tests: [
        shift('with trafficShift › the alarm counts executions of this version that failed, and nothing else'),
        shift('the shift › is watched by an alarm'),
        shiftDrill("untilReleased({ stack: 'UPDATE_ROLLBACK_COMPLETE', weights: { 1: 100 } })", ALIASES, SHIFTS, ENDS, 'cloudwatch_eventbridge_metrics'),
      ],
    },
    {
      id: 'repaired',
      says: 'A version that fails does not hold up the one that repairs it',
      section: 'a-new-version-takes-over-step-by-step',
      tests: [
        shift('with trafficShift › what belongs to a version has other ids with other states, and the same with the same'),
        shiftDrill("release('three', { weights: { 4: 90, 5: 10 } })", ALIASES, SHIFTS),
      ],
    },
    {
      id: 'started-by-alias',
      says: 'Who is granted to start executions may start them by the alias',
      section: 'permissions',
      tests: [shift('with trafficShift › who may start executions by the alias may start them by IAM, which knows the state machine only')],
    },
    { id: 'rings-throttled', says: '`throttled` rings when state transitions are throttled', section: 'alarms', tests: [alarms(WATCHES), ALARM_METRICS] },
    { id: 'silence', says: 'No alarm rings for a workflow whose executions succeed', section: 'alarms', tests: [alarmDrill('silent: [],')] },
  ],
};
