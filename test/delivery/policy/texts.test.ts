import type { Known, Variables } from '../../../src/delivery/policy/texts';
import { equal, like } from '../../../src/delivery/policy/texts';

describe('a symbol', () => {
  test.each<[string, string, string, Known]>([
    ['may be what stands behind a wildcard', 'x⟦Account⟧', '*111122223333', undefined],
    ['does not stand in for what comes before it', '111122223333', '*x⟦Account⟧', false],
    ['of a pattern is one part of the value', '111122223333x', '⟦Account⟧x', undefined],
    ['is not what has one character more', '⟦Region⟧', '⟦Region⟧x', false],
    ['of a region has no colon, even where the rest is not known', '⟦Region⟧', '⟪S|Name⟫:', false],
  ])('%s', (_, value, pattern, expected) => {
    expect(like(value, pattern)).toBe(expected);
  });
});

test('texts of 500 characters and symbols are compared, longer ones are not', () => {
  expect(equal('⟦Account⟧', 'x'.repeat(499))).toBe(false);
  expect(equal('⟦Account⟧', 'x'.repeat(500))).toBeUndefined();
});

describe('a policy variable', () => {
  const team: Variables = (name) => (name === 'aws:PrincipalTag/team' ? ['orders'] : []);

  test.each<[string, string, string, Known]>([
    ['stands for its value', 'orders', '${aws:PrincipalTag/team}', true],
    ['has its value although there is a default', 'orders', "${aws:PrincipalTag/team, 'none'}", true],
    ['without a value stands for its default', 'none', "${aws:PrincipalTag/stage, 'none'}", true],
    ['without a value matches nothing', 'orders', '${aws:PrincipalTag/stage}', false],
    ['without a value matches nothing, whatever the other text is', '⟪S|Name⟫', '${aws:PrincipalTag/stage}', false],
  ])('%s', (_, value, pattern, expected) => {
    expect(equal(value, pattern, team)).toBe(expected);
  });
});
