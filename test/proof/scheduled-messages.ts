import { ALARM_METRICS, IAM_ACTIONS } from './opinions';
import { testsIn } from './promise';
import type { PagePromises } from './promise';

const alarms = testsIn('test/functions/scheduled-messages.alarms.test.ts');
const checks = testsIn('test/functions/scheduled-messages.checks.test.ts');
const defaults = testsIn('test/functions/scheduled-messages.defaults.test.ts');
const lateChanges = testsIn('test/functions/scheduled-messages.late-changes.test.ts');
const roles = testsIn('test/late-changes.ts');
const runtime = testsIn('test/runtime/schedule.test.ts');
const drill = testsIn('integ/integ.scheduled-messages-permissions.ts');

const SUPPLEMENT = 'scheduler_delivery';
const RINGS = [SUPPLEMENT, 'cloudwatch_alarm_evaluation', 'cloudwatch_alarm_actions', 'cloudwatch_sqs_metrics'] as const;

export const scheduledMessages: PagePromises = {
  name: 'ScheduledMessages',
  page: 'docs/scheduled-messages.md',
  promises: [
    {
      id: 'later',
      says: 'A message that a function schedules at run time comes to the consumer, and one that it schedules twice by one name comes once',
      section: 'schedules-at-run-time',
      tests: [
        defaults('without a schedule › a request to create one at run time has all but its name, its time and its message'),
        runtime('a request is complete with a name, a time and a message'),
        drill('books(\'later\', { effects: 6, copies: 6, setAside: [] })', SUPPLEMENT),
      ],
    },
    {
      id: 'message',
      says: 'A message names its schedule and its time, and is the same for each attempt',
      section: 'what-the-consumer-gets',
      tests: [
        defaults('with a schedule › it sends a message that names it, tries for as long as until the next, and sets aside what it cannot deliver'),
        runtime('an input can be left out, and the message group of the target is kept'),
        checks('with a schedule › an input that differs for each attempt is warned of'),
      ],
    },
    {
      id: 'set-aside',
      says: 'A message that Scheduler cannot deliver is in `scheduleDeadLetterQueue`, and alarms ring',
      section: 'what-happens-to-a-message',
      tests: [
        defaults('without a schedule › what cannot be delivered goes to a standard queue, for two weeks, which goes with the stack'),
        drill('books(\'refused\', { effects: 0, setAside: [1] })', SUPPLEMENT),
        drill('rung: { later: [], refused: [\'DroppedRunsAlarm\', \'RunsSetAsideAlarm\', \'ScheduleDeadLettersAlarm\', \'TargetErrorsAlarm\'] }', ...RINGS),
        alarms('the alarm %s is on the schedules of the group, those that are created at run time too'),
        ALARM_METRICS,
      ],
    },
    {
      id: 'grant',
      says: 'Who may create schedules can do so in the group, with its role, and can do nothing else',
      section: 'permissions',
      tests: [
        defaults('grantCreateSchedules › lets a function create, read and delete schedules of the group, and hand over their role to Scheduler'),
        defaults('grantCreateSchedules › lets it do nothing else'),
        drill('expectAnswer(integ, ledger.producer, { run: \'later\', messages: 6, faults: { resend: 2 }, seed: seed(1) }, { confirmed: 8, refused: 0 })', SUPPLEMENT),
        IAM_ACTIONS,
      ],
    },
    {
      id: 'role',
      says: 'The role may send to the two queues and use their keys, and nothing else; Scheduler alone may take it, for this group',
      section: 'permissions',
      tests: [
        defaults('without a schedule › the role may send to the queue of the consumer and to the dead-letter queue, and nothing else'),
        defaults('without a schedule › Scheduler takes a role of its own, for schedules of this group only'),
        defaults('keys › that of the consumer\'s queue and that of the dead-letter queue may be used by the role'),
      ],
    },
    {
      id: 'heartbeat',
      says: 'With `schedule`, `missedRuns` watches that it runs, and no other schedule of its group can hide that it does not',
      section: 'alarms',
      tests: [
        alarms('the alarm missedRuns › is on the own schedule of the construct, and made after it'),
        defaults('grantCreateSchedules › is refused with a schedule, whose missed runs would be hidden'),
      ],
    },
    {
      id: 'refused-early',
      says: 'A target that Scheduler cannot deliver to, and props that mean nothing, are refused when the construct is created',
      section: 'what-is-checked',
      tests: [
        checks('the target › drops what it gets twice, if it is a FIFO queue'),
        checks('the target › has groups only if it is a FIFO queue'),
        checks('the target › is in the same %s'),
        checks('without a schedule › there is no %s'),
      ],
    },
    {
      id: 'late-changes',
      says: 'A derived value that an aspect, an injector or an override changes is an error at synthesis, which says how to state it',
      section: 'what-is-checked',
      tests: [
        roles('must be allowed each of its actions'),
        lateChanges('a target that loses its deduplication, or becomes a FIFO queue without it, is refused'),
      ],
    },
  ],
};
