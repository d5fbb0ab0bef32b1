import { roleValues, scheduleValues } from './scheduled-function.late-rules';
import type { SchedulePlan } from './scheduled-function.rules';
import type { ScheduledMessages, ScheduledMessagesProps } from './scheduled-messages';
import { groupOf, runsOf, targetFacts } from './scheduled-messages.rules';
import { SCHEDULE_RULES } from '../delivery/rules/schedule';
import { byProp, changedValues } from '../private/checks/derived-values';
import { reportFindings } from '../private/checks/problems';
import { scheduleMessage } from '../private/scheduler/run-message';

const stated = byProp('ScheduledMessages');

/** What breaks the promises of scheduled messages, now that the app is complete. */
export function checkAtSynthesis(pattern: ScheduledMessages, props: ScheduledMessagesProps, plan: SchedulePlan | undefined): string[] {
  const { schedule, queue } = pattern;
  const runs = runsOf(props);
  return [
    ...reportFindings(pattern, SCHEDULE_RULES, targetFacts(pattern, props)),
    ...changedValues([
      ...schedule && runs && plan ? scheduleValues(schedule, pattern, runs, plan, {
        pattern: 'ScheduledMessages',
        queue: stated('target'),
        message: scheduleMessage(pattern, props.input),
        input: `${stated('input')}, which the consumer finds beside the schedule and its time`,
        messageGroupId: groupOf(pattern, props),
        messageGroup: stated('messageGroupId'),
      }) : [],
      ...roleValues(pattern, [queue.encryptionMasterKey, props.encryptionKey]),
    ]),
  ];
}
