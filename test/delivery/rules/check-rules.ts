import type { Rule } from '../../../src/delivery/rules/rule';
import { findings } from '../../../src/delivery/rules/rule';

/** For each rule by its id, facts that break it, and nothing else, and facts that do not quite. */
export type RuleCases<D> = Readonly<Record<string, { readonly breaks: readonly D[]; readonly keeps: readonly D[] }>>;

interface Checked<F, D> {
  /** Asked for anew in each test, because the mutation rig changes tables after they are loaded. */
  readonly rules: () => readonly Rule<F>[];
  /** Facts with which nothing is wrong, and what is different. */
  readonly facts: (different?: D) => F;
  /** The facts of which nothing is known. */
  readonly unknown: F;
  readonly cases: RuleCases<D>;
  /** The ids of the rules that warn, and of those that note. The others are errors. */
  readonly warnings?: readonly string[];
  readonly notes?: readonly string[];
}

/** What is true of every table of rules: each has its cases, says why and where AWS says so, and guesses nothing. */
export function checkRules<F, D>({ rules, facts, unknown, cases, warnings = [], notes = [] }: Checked<F, D>): void {
  const idsOf = (of: F) => findings(rules(), of).map(({ rule }) => rule.id);

  test('nothing is found where nothing is wrong', () => {
    expect(idsOf(facts())).toEqual([]);
  });

  test('nothing is found where nothing is known', () => {
    expect(idsOf(unknown)).toEqual([]);
  });

  test('every rule has its case', () => {
    expect(Object.keys(cases)).toEqual(rules().map(({ id }) => id));
  });

  test('some of them warn or note, the others are errors', () => {
    const ofSeverity = (wanted: string) => rules().filter(({ severity }) => severity === wanted).map(({ id }) => id);
    expect(ofSeverity('warning')).toEqual(warnings);
    expect(ofSeverity('note')).toEqual(notes);
    expect(ofSeverity('error')).toHaveLength(rules().length - warnings.length - notes.length);
  });

  test('they say why in one sentence, and which page says so', () => {
    const page = /^https:\/\/docs\.aws\.amazon\.com\/\S+\.html/;
    expect(rules().filter(({ why, source }) => !/^[A-Z][^.]*\.$/.test(why) || !page.test(source))).toEqual([]);
  });

  describe.each(Object.keys(cases))('%s', (id) => {
    test.each(cases[id]!.breaks)('finds %j', (broken) => {
      expect(idsOf(facts(broken))).toEqual([id]);
    });

    test.each(cases[id]!.keeps)('does not find %j', (kept) => {
      expect(idsOf(facts(kept))).toEqual([]);
    });
  });
}
