import type { Entry } from '../../integ/support/books';
import { balance, sumUp } from '../../integ/support/books';

const accepted = (number: number, more: Partial<Entry> = {}) => ({ kind: 'accepted', number, messageId: `id-${number}`, at: 0, ...more }) as Entry;
const effect = (number: number, more: Partial<Entry> = {}) => ({ kind: 'effect', number, at: 0, ...more }) as Entry;
const delivery = (number: number, messageId = `id-${number}`) => ({ kind: 'delivery', number, messageId, at: 0, receiveCount: 1 }) as Entry;

test('an empty ledger balances', () => {
  expect(balance([], [], 0)).toEqual({
    accepted: 0,
    refused: 0,
    resent: 0,
    effects: 0,
    deliveries: 0,
    copies: 0,
    retries: 0,
    heldBack: 0,
    duplicates: 0,
    failures: {},
    skipped: {},
    setAside: [],
    altered: [],
    inFlight: 0,
    lost: 0,
    outstanding: [],
    unexplained: 0,
    orderViolations: 0,
  });
});

test('a message is done, set aside, in flight or lost', () => {
  const entries = [1, 2, 3, 4].map((number) => accepted(number));
  expect(balance([...entries, effect(1)], [2], 2))
    .toMatchObject({ accepted: 4, effects: 1, setAside: [2], inFlight: 2, lost: 0, outstanding: [3, 4] });
  expect(balance([...entries, effect(1)], [2], 1)).toMatchObject({ inFlight: 1, lost: 1, outstanding: [3, 4] });
  expect(balance([...entries, effect(1)], [2], 0)).toMatchObject({ inFlight: 0, lost: 2, outstanding: [3, 4] });
});

test('copies are counted by the ids that SQS gave them', () => {
  expect(balance([accepted(1), accepted(1, { messageId: 'copy' })], [], 2)).toMatchObject({ accepted: 1, resent: 1 });
  // A FIFO queue answers a copy with the id of the first.
  expect(balance([accepted(1), accepted(1)], [], 1)).toMatchObject({ accepted: 1, resent: 0 });
});

test('a retry is a further delivery of one copy, a duplicate is work that was asked for twice', () => {
  const duplicate: Entry = { kind: 'duplicate', number: 1, messageId: 'copy', at: 0 };
  expect(balance([accepted(1), delivery(1), delivery(1), delivery(1, 'copy'), effect(1), duplicate], [], 0))
    .toMatchObject({ deliveries: 3, copies: 2, retries: 1, duplicates: 1, effects: 1 });
});

test('a dead letter is named once, in ascending order', () => {
  expect(balance([accepted(1), accepted(12), accepted(2)], [12, 2, 2], 0)).toMatchObject({ setAside: [2, 12], lost: 1 });
});

test('work on a message that SQS never confirmed is unexplained', () => {
  expect(balance([effect(1)], [], 0)).toMatchObject({ accepted: 0, effects: 1, unexplained: 1 });
});

test('failures are counted by message and by what was wrong', () => {
  const failure = (number: number, reason: string): Entry => ({ kind: 'failure', number, messageId: `id-${number}`, at: 0, reason });
  expect(balance([failure(1, 'poison: fails'), failure(1, 'poison: fails'), failure(2, 'poison: fails'), failure(2, 'no stock')], [], 0).failures)
    .toEqual({ 'poison': 2, 'no stock': 1 });
});

test('a message that was left out is not lost, and is counted by the reason', () => {
  const skipped = (number: number, reason: string): Entry => ({ kind: 'skipped', number, messageId: `id-${number}`, at: 0, reason });
  expect(balance([accepted(1), accepted(2), accepted(3), skipped(1, 'gone'), skipped(1, 'gone'), skipped(2, 'gone'), skipped(2, 'late')], [], 0))
    .toMatchObject({ skipped: { gone: 2, late: 1 }, effects: 0, lost: 1, outstanding: [3] });
});

test('a copy is held back when it had been received before the handler saw it', () => {
  const seen = (number: number, receiveCount: number): Entry => ({ kind: 'delivery', number, messageId: `id-${number}`, at: 0, receiveCount });
  expect(balance([seen(1, 1), seen(1, 2), seen(2, 2), seen(2, 3)], [], 0).heldBack).toBe(1);
});

test('a message that was refused is not accepted, and not lost', () => {
  expect(balance([accepted(1), effect(1), { kind: 'refused', number: 2, at: 0, reason: 'too long' }], [], 0)).toMatchObject({ accepted: 1, refused: 1, lost: 0 });
});

test('what lies in a failure store is set aside, if it is what was sent', () => {
  const sent = [1, 2, 3].map((number) => accepted(number, { digest: `digest of ${number}` }));
  const record = (number: number, digest = `digest of ${number}`) => ({ number, digest });
  expect(balance([...sent, effect(1)], [], 0, [record(3), record(2), record(2)])).toMatchObject({ setAside: [2, 3], altered: [], lost: 0 });
  const altered = [record(2, 'half of it'), record(3, 'digest of 2')];
  expect(balance([...sent, effect(1)], [], 0, altered)).toMatchObject({ setAside: [2, 3], altered: [2, 3] });
});

test('a record that nobody sent is not what was sent', () => {
  expect(balance([accepted(1)], [], 0, [{ number: 1, digest: 'd' }, { number: 2, digest: 'd' }]).altered).toEqual([1, 2]);
});

test('altered records add up over the consumers', () => {
  const sent = [accepted(1, { digest: 'd' })];
  const altered = balance(sent, [], 0, [{ number: 1, digest: 'other' }]);
  const audit = balance([...sent, effect(1)], [], 0);
  expect(sumUp(sent, [], { billing: altered, shipping: altered, audit })).toMatchObject({ setAside: 2, altered: 2 });
});

test('the books of several consumers add up, each message counted where it is due', () => {
  const sent = [accepted(1), accepted(2), accepted(3)];
  const billing = balance([...sent, effect(1), effect(2)], [3], 0);
  const shipping = balance([accepted(1), accepted(2), effect(1)], [], 0);
  expect(sumUp(sent, [3], { billing, shipping })).toEqual({
    accepted: 3,
    refused: 0,
    due: 5,
    effects: 3,
    setAside: 1,
    inFlight: 0,
    lost: 1,
    unexplained: 0,
    orderViolations: 0,
    altered: 0,
    setAsideAtSource: [3],
    stations: { billing, shipping },
  });
});

describe('order', () => {
  const inGroup = (number: number, group: string, position: number) => effect(number, { group, position });
  // As long as SQS's are: too long for a number.
  const sequence = (index: number) => String(18_870_000_000_000_000_000n + BigInt(index));
  const sent = (...numbers: number[]) => numbers.map((number, index) => accepted(number, { sequence: sequence(index) }));

  test('is kept when each group is done as it was accepted, whatever happens between groups', () => {
    expect(balance([...sent(1, 2, 3, 4), inGroup(2, 'b', 1), inGroup(1, 'a', 1), inGroup(4, 'b', 2), inGroup(3, 'a', 2)], [], 0).orderViolations).toBe(0);
  });

  test('is broken by each message that is done after a later one', () => {
    expect(balance([...sent(1, 2, 3), inGroup(3, 'a', 1), inGroup(1, 'a', 2), inGroup(2, 'a', 3)], [], 0).orderViolations).toBe(2);
  });

  test('is the order in which SQS accepted, not that of the numbers', () => {
    expect(balance([...sent(2, 1), inGroup(2, 'a', 1), inGroup(1, 'a', 2)], [], 0).orderViolations).toBe(0);
  });

  test('takes no notice of redriven messages, which come late', () => {
    expect(balance([...sent(1, 2), inGroup(2, 'a', 1), inGroup(1, 'a', 2), { kind: 'redriven', number: 1, at: 0 }], [], 0).orderViolations).toBe(0);
  });

  test('is that of the first copies, where a stream takes both', () => {
    const copy = accepted(1, { messageId: 'copy', sequence: sequence(9) });
    expect(balance([...sent(1, 2), copy, inGroup(1, 'a', 1), inGroup(2, 'a', 2)], [], 0).orderViolations).toBe(0);
    expect(balance([copy, ...sent(1, 2), inGroup(2, 'a', 1), inGroup(1, 'a', 2)], [], 0).orderViolations).toBe(1);
  });

  test('is kept around what was set aside, and asked of all others of its group', () => {
    const aside = [{ number: 1, digest: 'd' }];
    expect(balance([...sent(1, 2, 3), inGroup(2, 'a', 1), inGroup(3, 'a', 2)], [], 0, aside).orderViolations).toBe(0);
    expect(balance([...sent(1, 2, 3), inGroup(3, 'a', 1), inGroup(2, 'a', 2)], [], 0, aside).orderViolations).toBe(1);
  });

  test('is not asked of a standard queue', () => {
    expect(balance([...sent(1, 2), effect(2), effect(1)], [], 0).orderViolations).toBe(0);
  });
});
