import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import { findings } from '../../../src/delivery/rules/rule';
import type { WatchedDeadLettersFacts } from '../../../src/delivery/rules/watched-dead-letters';
import { WATCHED_DEAD_LETTERS_RULES } from '../../../src/delivery/rules/watched-dead-letters';

const VISIBLE = 'ApproximateNumberOfMessagesVisible';
const SENT = 'NumberOfMessagesSent';

const facts = (different: Partial<WatchedDeadLettersFacts> = {}): WatchedDeadLettersFacts => (
  { path: 'D', from: 'the redrive policy of queue \'Q\'', redriven: true, watched: [VISIBLE], ...different }
);

const CASES: RuleCases<Partial<WatchedDeadLettersFacts>> = {
  deadLettersUnwatched: {
    breaks: [{ watched: [] }, { watched: ['NumberOfMessagesReceived'] }, { watched: [], redriven: false }],
    keeps: [{ watched: undefined }, { watched: [VISIBLE] }, { watched: ['ApproximateAgeOfOldestMessage'] }, { watched: [SENT], redriven: false }],
  },
  deadLettersWatchedAsSent: {
    breaks: [{ watched: [SENT] }],
    keeps: [{ watched: [SENT], redriven: undefined }, { watched: [SENT, VISIBLE] }],
  },
};

checkRules({
  rules: () => WATCHED_DEAD_LETTERS_RULES,
  facts,
  unknown: { path: 'D', from: 'Q' },
  cases: CASES,
  warnings: ['deadLettersUnwatched', 'deadLettersWatchedAsSent'],
});

test('what SQS moves by itself is said not to be counted', () => {
  const fixOf = (different: Partial<WatchedDeadLettersFacts>) => (
    findings(WATCHED_DEAD_LETTERS_RULES, facts({ watched: [], ...different })).map(({ fix }) => fix)
  );
  expect(fixOf({})).toEqual(['add an alarm on ApproximateNumberOfMessagesVisible of this queue above 0 (NumberOfMessagesSent does not count what SQS moves there)']);
  expect(fixOf({ redriven: false })).toEqual(['add an alarm on ApproximateNumberOfMessagesVisible of this queue above 0']);
});
