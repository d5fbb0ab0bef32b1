import { compareSequencers, isNewer } from '../../runtime/src';

describe('sequencers', () => {
  test.each<[string, string, number]>([
    ['617f08299329d189', '617f08299329d18a', -1],
    ['617f08299329d18a', '617f08299329d189', 1],
    ['617f08299329d189', '617f08299329d189', 0],
    // The shorter one is padded on the right, so it is not the smaller one for being shorter.
    ['617f083', '617f08299329d189', 1],
    ['617f08299329d189', '617f083', -1],
    ['617f08', '617f0800', 0],
    ['617f08', '617f0801', -1],
    // Upper case in notifications, lower case through EventBridge.
    ['0055AED6DCD90281E5', '0055aed6dcd90281e5', 0],
    ['0055AED6DCD90281EF', '0055aed6dcd90281ee', 1],
    ['0055AED6DCD90281EA', '0055aed6dcd902819f', 1],
  ])('%s and %s compare as %d', (a, b, order) => {
    expect(compareSequencers(a, b)).toBe(order);
  });

  test('sort in the order in which things happened', () => {
    expect(['b', 'a1', 'a', 'a01', '9f'].sort(compareSequencers)).toEqual(['9f', 'a', 'a01', 'a1', 'b']);
  });

  test.each(['', 'xyz', '0x1f', '12 '])('are hexadecimal, which %p is not', (sequencer) => {
    const error = new RangeError(`'${sequencer}' is no sequencer, which is a hexadecimal number`);
    expect(() => compareSequencers(sequencer, '1')).toThrow(error);
    expect(() => compareSequencers('1', sequencer)).toThrow(error);
  });
});

describe('an event', () => {
  const event = (sequencer: string | undefined) => ({ bucket: 'uploads', key: 'a.csv', eventName: 'Object Created', sequencer });

  test.each<[string, string | undefined, boolean]>([
    ['is newer where nothing was processed', undefined, true],
    ['is newer than an earlier one', '617f08299329d188', true],
    ['is not newer than itself, delivered again', '617f08299329d189', false],
    ['is not newer than a later one', '617f08299329d18a', false],
  ])('%s', (_, last, newer) => {
    expect(isNewer(event('617f08299329d189'), last)).toBe(newer);
  });

  test.each([undefined, '617f08299329d188'])('without a sequencer has no place in their order, whatever came last: %p', (last) => {
    expect(() => isNewer({ ...event(undefined), eventName: 'Object Tags Added' }, last)).toThrow(new RangeError(
      "the event 'Object Tags Added' about s3://uploads/a.csv has no sequencer, which only events about what was created or deleted have: whether it is newer is not known",
    ));
  });

  test('whose sequencer is none is refused although nothing was processed', () => {
    expect(() => isNewer(event('yesterday'), undefined)).toThrow(RangeError);
  });
});
