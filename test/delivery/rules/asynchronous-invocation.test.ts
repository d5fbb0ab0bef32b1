import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import type { AsynchronousHandlerFacts, AsynchronousInvocationFacts, RecursionFacts, SentResultFacts } from '../../../src/delivery/rules/asynchronous-invocation';
import { ASYNCHRONOUS_HANDLER_RULES, ASYNCHRONOUS_INVOCATION_RULES, RECURSION_RULES, SENT_RESULT_RULES } from '../../../src/delivery/rules/asynchronous-invocation';
import { findings } from '../../../src/delivery/rules/rule';

describe('of asynchronous invocations', () => {
  const cases: RuleCases<Partial<AsynchronousInvocationFacts>> = {
    asynchronousInvocationWithoutDestination: {
      breaks: [{ failures: 'none' }, { failures: 'none', qualifier: 'live' }],
      keeps: [{ failures: undefined }],
    },
    asynchronousFailuresToFifo: { breaks: [{ failures: { path: 'D', fifo: true } }], keeps: [{ failures: { path: 'D' } }] },
  };

  checkRules({
    rules: () => ASYNCHRONOUS_INVOCATION_RULES,
    facts: (different = {}): AsynchronousInvocationFacts => ({ path: 'F', failures: { path: 'D', fifo: false }, ...different }),
    unknown: { path: 'F' },
    cases,
    warnings: ['asynchronousInvocationWithoutDestination'],
  });

  test.each([[undefined, '$LATEST'], ['live', 'live']])('the settings of an invocation by %s are those of its qualifier', (qualifier, expected) => {
    const [finding] = findings(ASYNCHRONOUS_INVOCATION_RULES, { path: 'F', failures: 'none', qualifier });
    expect(finding?.fix).toContain(`with Qualifier '${expected}'`);
    expect(finding?.what.includes('by \'live\'')).toBe(qualifier !== undefined);
  });
});

describe('of functions that a rule or a schedule invokes', () => {
  const cases: RuleCases<Partial<AsynchronousHandlerFacts>> = {
    asynchronousHandlerUnqualified: {
      breaks: [{ durable: true, qualified: false }],
      keeps: [{ durable: true }, { durable: true, qualified: undefined }, { durable: undefined, qualified: false }],
    },
    asynchronousHandlerTenantIsolation: { breaks: [{ tenantIsolation: true }], keeps: [{ tenantIsolation: undefined }] },
  };

  checkRules({
    rules: () => ASYNCHRONOUS_HANDLER_RULES,
    facts: (different = {}): AsynchronousHandlerFacts => ({
      path: 'F', invoker: 'schedule \'S\'', qualified: true, durable: false, tenantIsolation: false, ...different,
    }),
    unknown: { path: 'F', invoker: 'schedule' },
    cases,
  });

  test('they say what invokes the function', () => {
    const broken = { path: 'F', invoker: 'schedule \'S\'', durable: true, qualified: false, tenantIsolation: true };
    expect(findings(ASYNCHRONOUS_HANDLER_RULES, broken).filter(({ what }) => !what.includes('schedule \'S\''))).toEqual([]);
  });
});

describe('of what a function sends', () => {
  const cases: RuleCases<Partial<SentResultFacts>> = {
    destinationTriggersSource: { breaks: [{ returnsBy: 'event source \'E\'' }], keeps: [{ returnsBy: undefined }] },
    successDestinationIsBucket: { breaks: [{ successToBucket: true }], keeps: [{ successToBucket: undefined }] },
  };

  checkRules({
    rules: () => SENT_RESULT_RULES,
    facts: (different = {}): SentResultFacts => ({ name: 'success destination of \'C\'', sender: 'F', destination: 'D', successToBucket: false, ...different }),
    unknown: { name: 'destination', sender: 'F', destination: 'D' },
    cases,
  });
});

describe('of recursion', () => {
  const cases: RuleCases<Partial<RecursionFacts>> = {
    recursionAllowed: { breaks: [{ recursionAllowed: true }], keeps: [{ recursionAllowed: undefined }] },
  };

  checkRules({
    rules: () => RECURSION_RULES,
    facts: (different = {}): RecursionFacts => ({ path: 'F', recursionAllowed: false, ...different }),
    unknown: { path: 'F' },
    cases,
    warnings: ['recursionAllowed'],
  });
});
