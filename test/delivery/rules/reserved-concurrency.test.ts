import { checkRules } from './check-rules';
import type { ConcurrentSourceFacts, SharedFunctionFacts, SharingSourceFacts } from '../../../src/delivery/rules/reserved-concurrency';
import { SHARED_FUNCTION_RULES, SHARING_SOURCE_RULES } from '../../../src/delivery/rules/reserved-concurrency';
import { findings } from '../../../src/delivery/rules/rule';

const SOURCE: ConcurrentSourceFacts = { path: 'S', enabled: true, sharing: false, maxConcurrency: 8, uncapped: false };
const SHARING: ConcurrentSourceFacts = { ...SOURCE, path: 'T', sharing: true, maxConcurrency: undefined };
const UNCAPPED: ConcurrentSourceFacts = { ...SOURCE, path: 'U', maxConcurrency: undefined, uncapped: true };

describe('functions', () => {
  const facts = (different: Partial<SharedFunctionFacts> = {}): SharedFunctionFacts => ({ path: 'F', reservedConcurrency: 10, sources: [SOURCE, SHARING], ...different });

  checkRules<SharedFunctionFacts, Partial<SharedFunctionFacts>>({
    rules: () => SHARED_FUNCTION_RULES,
    facts,
    unknown: { path: 'F', sources: [] },
    cases: {
      maxConcurrencyAboveReserved: {
        breaks: [{ reservedConcurrency: 9 }, { sources: [SOURCE, SHARING, SHARING] }, { sources: [{ ...SOURCE, maxConcurrency: 11 }] }],
        keeps: [
          { reservedConcurrency: undefined, sources: [{ ...SOURCE, maxConcurrency: 1000 }] },
          // What is said of a paused function is another thing.
          { reservedConcurrency: 0 },
          { sources: [SOURCE, SHARING, UNCAPPED] },
          { sources: [{ ...SOURCE, maxConcurrency: 10 }] },
        ],
      },
    },
  });

  test('the error lists the sources', () => {
    expect(findings(SHARED_FUNCTION_RULES, facts({ reservedConcurrency: 9, sources: [SOURCE, SHARING, UNCAPPED] })).map(({ text }) => text)).toEqual([
      "maxConcurrency of all SQS event sources of 'F' adds up to 10, but its reservedConcurrentExecutions is 9: " +
      'lower maxConcurrency of some of them, or raise reservedConcurrentExecutions to 10 or more (S: 8; T: 2 at least; U: none stated)',
    ]);
  });
});

describe('event sources', () => {
  checkRules<SharingSourceFacts, { readonly reserved?: number | undefined; readonly source?: ConcurrentSourceFacts }>({
    rules: () => SHARING_SOURCE_RULES,
    facts: (different = {}) => ({
      handler: { path: 'F', reservedConcurrency: 'reserved' in different ? different.reserved : 1 }, source: different.source ?? SOURCE,
    }),
    unknown: { handler: { path: 'F' }, source: SOURCE },
    cases: {
      pausedFunctionFed: { breaks: [{ reserved: 0 }, { reserved: 0, source: UNCAPPED }], keeps: [{ reserved: 1 }, { reserved: undefined }] },
      handlerPaused: {
        breaks: [{ reserved: 0, source: { ...SOURCE, enabled: false } }],
        keeps: [{ source: { ...SOURCE, enabled: false } }, { reserved: undefined, source: { ...SOURCE, enabled: false } }],
      },
      eventSourceUncapped: { breaks: [{ source: UNCAPPED }], keeps: [{ reserved: undefined, source: UNCAPPED }, { source: SHARING }] },
    },
    warnings: ['handlerPaused', 'eventSourceUncapped'],
  });

  test('what an event source without a maximum does depends on whether there are others', () => {
    const textOf = (reservedConcurrency: number, alone?: boolean) => (
      findings(SHARING_SOURCE_RULES, { handler: { path: 'F', reservedConcurrency }, source: UNCAPPED, alone }).map(({ text }) => text).join()
    );
    expect(textOf(2)).toBe(
      "this event source states no maxConcurrency, so it can take all of the reserved concurrency (2) of 'F' from the other sources: set maxConcurrency on it",
    );
    expect(textOf(2, true)).toMatch(/, so it polls more than the reserved concurrency \(2\) of 'F' lets through, and each throttled receive of a message counts: set/);
    // Lambda takes no maximum of 1.
    expect(textOf(1, true)).toMatch(/: raise reservedConcurrentExecutions to 2 or more, and set maxConcurrency on it$/);
  });
});
