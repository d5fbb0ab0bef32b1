import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import type {
  AsynchronousHandlerFacts, AsynchronousInvocationFacts, AsynchronousSettingsFacts, RecursionFacts, SentResultFacts,
} from '../../../src/delivery/rules/asynchronous-invocation';
import {
  ASYNCHRONOUS_HANDLER_RULES, ASYNCHRONOUS_INVOCATION_RULES, ASYNCHRONOUS_SETTINGS_RULES, RECURSION_RULES, SENT_RESULT_RULES,
} from '../../../src/delivery/rules/asynchronous-invocation';
import { findings } from '../../../src/delivery/rules/rule';

describe('of asynchronous invocations', () => {
  const cases: RuleCases<Partial<AsynchronousInvocationFacts>> = {
    asynchronousInvocationWithoutDestination: {
      breaks: [{ failures: 'none' }, { failures: 'none', qualifier: 'live' }],
      keeps: [{ failures: undefined }],
    },
    asynchronousFailuresToFifo: { breaks: [{ failures: { path: 'D', fifo: true } }], keeps: [{ failures: { path: 'D' } }] },
    asynchronousFailuresTooLarge: {
      breaks: [{ failures: { path: 'D', maximumMessageBytes: 1_048_575 } }],
      keeps: [{ failures: { path: 'D', maximumMessageBytes: 1_048_576 } }, { failures: { path: 'D', maximumMessageBytes: undefined } }],
    },
  };

  checkRules({
    rules: () => ASYNCHRONOUS_INVOCATION_RULES,
    facts: (different = {}): AsynchronousInvocationFacts => ({ path: 'F', failures: { path: 'D', fifo: false }, ...different }),
    unknown: { path: 'F' },
    cases,
    warnings: ['asynchronousInvocationWithoutDestination', 'asynchronousFailuresTooLarge'],
  });

  test.each([[undefined, '$LATEST'], ['live', 'live']])('the settings of an invocation by %s are those of its qualifier', (qualifier, expected) => {
    const [finding] = findings(ASYNCHRONOUS_INVOCATION_RULES, { path: 'F', failures: 'none', qualifier });
    expect(finding?.fix).toContain(`with Qualifier '${expected}'`);
    expect(finding?.what.includes('by \'live\'')).toBe(qualifier !== undefined);
  });
});

describe('of settings', () => {
  const here = { account: '111122223333', region: 'eu-west-1' };
  const other = (qualifier?: string) => ({ others: [{ path: 'Other', qualifier }] });
  const cases: RuleCases<Partial<AsynchronousSettingsFacts>> = {
    asynchronousSettingsElsewhere: {
      breaks: [{ place: { ...here, account: '444455556666' } }, { place: { ...here, region: 'us-east-1' } }],
      keeps: [{ place: {} }, { handler: { path: 'F' } }],
    },
    asynchronousSettingsTwice: {
      breaks: [other('live'), { qualifier: '$LATEST', ...other('$LATEST') }],
      keeps: [other('beta'), other(), { qualifier: undefined, ...other() }],
    },
    asynchronousSettingsSplit: {
      breaks: [other('$LATEST'), { qualifier: '$LATEST', ...other('live') }],
      keeps: [other('beta'), other(), { qualifier: undefined, ...other('$LATEST') }],
    },
    asynchronousRetriesCutShort: {
      breaks: [{ eventAgeSeconds: 180 }, { retryAttempts: 1, eventAgeSeconds: 60 }],
      keeps: [
        { eventAgeSeconds: 181 }, { eventAgeSeconds: undefined },
        { retryAttempts: 1, eventAgeSeconds: 61 }, { retryAttempts: 0, eventAgeSeconds: 60 }, { retryAttempts: undefined, eventAgeSeconds: 60 },
      ],
    },
    asynchronousHandlerPaused: {
      breaks: [{ handler: { ...here, path: 'F', reservedConcurrency: 0 } }, { handler: { ...here, path: 'F', reservedConcurrency: 0 }, failures: undefined }],
      keeps: [{ handler: { ...here, path: 'F', reservedConcurrency: 1 } }, { handler: { ...here, path: 'F' } }],
    },
  };

  checkRules({
    rules: () => ASYNCHRONOUS_SETTINGS_RULES,
    facts: (different = {}): AsynchronousSettingsFacts => ({
      name: 'the settings in \'C\'', place: here, handler: { ...here, path: 'F' }, qualifier: 'live', retryAttempts: 2, eventAgeSeconds: 3600, failures: '\'D\'', others: [], ...different,
    }),
    unknown: { name: 'settings', place: {}, handler: { path: 'F' }, others: [] },
    cases,
    warnings: ['asynchronousSettingsSplit', 'asynchronousRetriesCutShort', 'asynchronousHandlerPaused'],
  });

  const whatOf = (different: Partial<AsynchronousSettingsFacts>) => findings(ASYNCHRONOUS_SETTINGS_RULES, {
    name: 'the settings in \'C\'', place: here, handler: { ...here, path: 'F' }, qualifier: 'live', others: [], ...different,
  }).map(({ text }) => text);

  test('they say where the settings and the function are', () => {
    expect(whatOf({ place: { ...here, region: 'us-east-1' } })).toEqual([
      'the settings in \'C\' are made in region us-east-1, but handler \'F\' is in eu-west-1: make them in a stack of region eu-west-1',
    ]);
  });

  test('they say what each settings are for', () => {
    expect(whatOf({ others: [{ path: 'A', qualifier: '$LATEST' }, { path: 'B', qualifier: 'live' }] })).toEqual([
      'the settings in \'C\' are for \'live\' of function \'F\', and so are those in \'B\', of which Lambda keeps one: remove one of them',
      'the settings in \'C\' are for \'live\' of function \'F\', but those in \'A\' for function \'F\' itself, so what becomes of an event depends on how its sender names the function: ' +
      'have all senders name the same version or alias, and remove the other settings',
    ]);
  });

  test.each([['\'D\'', 'to \'D\':'], [undefined, 'to nowhere:']])('they say that a paused function sends its events to %s', (failures, said) => {
    expect(whatOf({ handler: { path: 'F', reservedConcurrency: 0 }, failures })[0]).toContain(said);
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
    successDestinationIsFifo: { breaks: [{ successToFifo: true }], keeps: [{ successToFifo: undefined }] },
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
