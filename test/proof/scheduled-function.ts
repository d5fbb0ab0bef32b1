import { ALARM_METRICS, IAM_ACTIONS } from './opinions';
import { testsIn } from './promise';
import type { PagePromises } from './promise';

const alarms = testsIn('test/functions/scheduled-function.alarms.test.ts');
const checks = testsIn('test/functions/scheduled-function.checks.test.ts');
const defaults = testsIn('test/functions/scheduled-function.defaults.test.ts');
const lateChanges = testsIn('test/functions/scheduled-function.late-changes.test.ts');
const roles = testsIn('test/late-changes.ts');
const expressions = testsIn('test/delivery/rules/schedule-expression.test.ts');
const drill = testsIn('integ/integ.scheduled-function.ts');
const permissionDrill = testsIn('integ/integ.scheduled-function-permissions.ts');

const SUPPLEMENT = 'scheduler_delivery';
const RINGS = [SUPPLEMENT, 'cloudwatch_alarm_evaluation', 'cloudwatch_alarm_actions'] as const;
const WATCHES = 'the alarm $prop › watches its metric, and fires above its threshold in one period';

export const scheduledFunction: PagePromises = {
  name: 'ScheduledFunction',
  page: 'docs/scheduled-function.md',
  promises: [
    {
      id: 'no-overlap',
      says: 'Runs do not overlap, though a run takes longer than the time to the next',
      section: 'what-happens-to-a-run',
      tests: [
        defaults('with nothing stated › runs follow each other through a FIFO queue that drops those that are delivered twice'),
        drill('untilBooksAre(integ, ledger, \'long\', { ...settled, effects: 5, retries: 0, duplicates: 0, setAside: [] })', SUPPLEMENT),
      ],
    },
    {
      id: 'one-reserved',
      says: 'One reserved execution is enough for the handler, unless runs may overlap or other messages come in groups of their own: then too little is refused',
      section: 'what-happens-to-a-run',
      tests: [
        checks('what is reserved for the handler › may be 1, because runs are in one message group'),
        checks('what is reserved for the handler › is 2 at least where runs may overlap'),
        checks('what is reserved for the handler › is shared with another queue: %d'),
        checks('what is reserved for the handler › has room for %s (%d)'),
      ],
    },
    {
      id: 'once',
      says: 'A run that Scheduler delivers twice is processed once',
      section: 'what-happens-to-a-run',
      tests: [
        defaults('with nothing stated › Scheduler sends a message for each run, tries for as long as until the next, and sets aside what it cannot deliver'),
        drill('accepted: 8, effects: 7, copies: 8, setAside: poison', SUPPLEMENT),
      ],
    },
    {
      id: 'differs-by-attempt',
      says: 'An input that differs for each attempt, so that a run could take place twice, is warned of',
      section: 'what-is-checked',
      tests: [checks('the input › does not differ for each attempt, or a run that is delivered twice takes place twice')],
    },
    {
      id: 'dead-letters',
      says: 'A run on which the handler failed `maxReceiveCount` times is in `deadLetterQueue`, and goes back with one command',
      section: 'what-happens-to-a-run',
      tests: [defaults('what is stated › how often a run is tried'), drill('expectAnswer(integ, ledger.redriver, { run: \'faulty\' }, { redriven: poison })', SUPPLEMENT)],
    },
    {
      id: 'set-aside',
      says: 'A run that Scheduler cannot deliver is in `scheduleDeadLetterQueue`',
      section: 'what-happens-to-a-run',
      tests: [
        defaults('with nothing stated › what cannot be delivered goes to a standard queue, for two weeks'),
        permissionDrill('books(\'refused\', { setAside: [1], lost: 0, effects: 0 })', SUPPLEMENT),
      ],
    },
    {
      id: 'late-runs',
      says: 'A run is not tried for longer than until the next is due, or an hour',
      section: 'late-runs',
      tests: [defaults('how long a run is tried › with a run in %s')],
    },
    {
      id: 'zone',
      says: 'The time zone is stated, and a time that daylight saving skips is warned of',
      section: 'time-zones',
      tests: [
        defaults('what is stated › a time of the day, in its zone'),
        checks('the expression › names a time that exists on each day, or there is a warning'),
        expressions('a run that does not take place is named with its local time'),
      ],
    },
    {
      id: 'role',
      says: 'The role may send to the two queues and use their key, and nothing else; Scheduler alone may take it, for this group',
      section: 'permissions',
      tests: [
        defaults('with nothing stated › the role may send to the two queues, and nothing else, before the schedule runs'),
        defaults('with nothing stated › Scheduler takes a role of its own, for schedules of this group only'),
        defaults('a key › may be used by the role of the schedule, for the queue and for its dead-letter queue'),
        permissionDrill('send(\'poisoned\', { poison: 1 })', SUPPLEMENT),
        IAM_ACTIONS,
      ],
    },
    {
      id: 'rings-missed',
      says: '`missedRuns` rings when a schedule is disabled, and is silent while it runs',
      section: 'alarms',
      tests: [
        alarms('the alarm missedRuns › fires when there is no attempt, which is when nothing is reported'),
        alarms('the alarm missedRuns › waits a tenth longer than the longest time between two runs, with a run %s'),
        permissionDrill('stopped: [\'MissedRunsAlarm\']', ...RINGS),
        permissionDrill('silent: [],', ...RINGS),
      ],
    },
    {
      id: 'rings-refused',
      says: '`targetErrors`, `droppedRuns`, `runsSetAside` and `scheduleDeadLetters` ring when the role may not send to the queue',
      section: 'alarms',
      tests: [
        alarms(WATCHES), ALARM_METRICS,
        permissionDrill('refused: [\'DroppedRunsAlarm\', \'RunsSetAsideAlarm\', \'ScheduleDeadLettersAlarm\', \'TargetErrorsAlarm\']', ...RINGS, 'cloudwatch_sqs_metrics'),
      ],
    },
    {
      id: 'rings-lost',
      says: '`runsNotSetAside` rings when a run can be neither delivered nor set aside',
      section: 'alarms',
      tests: [alarms(WATCHES), ALARM_METRICS, permissionDrill('lost: [\'DroppedRunsAlarm\', \'RunsNotSetAsideAlarm\', \'TargetErrorsAlarm\']', ...RINGS)],
    },
    {
      id: 'refused-early',
      says: 'What Scheduler would refuse at the deployment, or deliver in the wrong order, is refused when the construct is created',
      section: 'what-is-checked',
      tests: [
        checks('the expression › has a unit and a form that Scheduler knows'),
        checks('the expression › has one of the two fields for days'),
        checks('the window › is shorter than the time between two runs'),
        checks('the input › fits into a message'),
      ],
    },
    {
      id: 'late-changes',
      says: 'A derived value that an aspect, an injector or an override changes is an error at synthesis, which says how to state it',
      section: 'what-is-checked',
      tests: [lateChanges('a dead-letter queue of the schedule that is taken out'), roles('must be allowed each of its actions')],
    },
  ],
};
