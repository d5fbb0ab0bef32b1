import { checkRules } from './check-rules';
import { findings } from '../../../src/delivery/rules/rule';
import type { ScheduleGroupFacts } from '../../../src/delivery/rules/schedule-group';
import { SCHEDULE_GROUP_RULES } from '../../../src/delivery/rules/schedule-group';

const UNWATCHED = { watched: false, empty: true };

checkRules<ScheduleGroupFacts, Partial<ScheduleGroupFacts>>({
  rules: () => SCHEDULE_GROUP_RULES,
  facts: (different) => ({ path: 'G', empty: false, watched: true, ...different }),
  unknown: { path: 'G' },
  cases: {
    scheduleGroupUnwatched: {
      breaks: [UNWATCHED, { watched: false, oneTime: 'S' }, { ...UNWATCHED, empty: undefined, oneTime: 'S' }],
      keeps: [
        { ...UNWATCHED, watched: undefined }, { ...UNWATCHED, watched: true }, { ...UNWATCHED, empty: false }, { ...UNWATCHED, empty: undefined },
      ],
    },
  },
  notes: ['scheduleGroupUnwatched'],
});

test.each<[Partial<ScheduleGroupFacts>, string]>([
  [UNWATCHED, 'which is for schedules that are made at run time, so'],
  [{ watched: false, oneTime: 'S' }, "in which 'S' runs once and has no dead-letter queue, so"],
])('the text for %j says "%s"', (facts, text) => {
  expect(findings(SCHEDULE_GROUP_RULES, { path: 'G', ...facts }).map(({ what }) => what)).toEqual([expect.stringContaining(text)]);
});
