import { FAULTS, numbersWith, planMessages } from '../../integ/support/faults';

const FAULTY = {
  'poison': 3, 'batch-error': 2, 'transient': 4, 'resend': 1, 'time-out': 1, 'crash': 2, 'slow': 3, 'malformed': 1, 'oversize': 2,
} as const;

test('the same seed gives the same plan, another seed another one', () => {
  const options = { messages: 100, faults: FAULTY, seed: 7 };
  expect(planMessages(options)).toEqual(planMessages(options));
  expect(planMessages({ ...options, seed: 8 })).not.toEqual(planMessages(options));
});

test('a plan stays what it is from one release to the next, because a seed is reported to repeat a failure', () => {
  expect(numbersWith('poison', planMessages({ messages: 100, faults: FAULTY, seed: 7 }))).toMatchInlineSnapshot(`
[
  66,
  93,
  94,
]
`);
});

test.each(FAULTS)('as many messages are planned with %s as asked for', (fault) => {
  expect(numbersWith(fault, planMessages({ messages: 100, faults: FAULTY, seed: 7 }))).toHaveLength(FAULTY[fault]);
});

test('messages are numbered from 1 in the order of sending', () => {
  expect(planMessages({ messages: 3, seed: 1 })).toEqual([{ number: 1 }, { number: 2 }, { number: 3 }]);
});

test('groups are used in turn', () => {
  expect(planMessages({ messages: 4, groups: 3, seed: 1 }).map((message) => message.group)).toEqual(['group-1', 'group-2', 'group-3', 'group-1']);
});

test('every message can be faulty, but none twice', () => {
  expect(planMessages({ messages: 2, faults: { poison: 2 }, seed: 1 }).every((message) => message.fault === 'poison')).toBe(true);
  expect(() => planMessages({ messages: 2, faults: { poison: 2, resend: 1 }, seed: 1 }))
    .toThrow('faults are planned for 3 messages, but there are only 2: plan fewer faults or send more messages');
});

test('categories are used in turn, and a fault says at which consumers it happens', () => {
  const plan = planMessages({ messages: 3, categories: ['order', 'refund'], faults: { poison: 1 }, faultAt: ['billing'], seed: 1 });
  expect(plan.map((message) => message.category)).toEqual(['order', 'refund', 'order']);
  expect(plan.filter((message) => message.fault).map((message) => message.faultAt)).toEqual([['billing']]);
  expect(plan.filter((message) => !message.fault).every((message) => message.faultAt === undefined)).toBe(true);
});
