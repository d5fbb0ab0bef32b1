import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import type { FunctionAliasFacts } from '../../../src/delivery/rules/function-alias';
import { FUNCTION_ALIAS_RULES } from '../../../src/delivery/rules/function-alias';
import { findings } from '../../../src/delivery/rules/rule';

type Facts = { readonly [part in keyof FunctionAliasFacts]?: Partial<FunctionAliasFacts[part]> };

/** Facts with which nothing is wrong, and what is different. */
function facts({ handler, versions, alias }: Facts = {}): FunctionAliasFacts {
  return {
    handler: { path: 'F', durable: false, managedInstances: false, tenantIsolation: false, snapStart: false, ...handler },
    versions: { deleted: false, others: [], ...versions },
    alias: { name: 'live', sameName: [], asyncSettings: [], ...alias },
  };
}

const provisioned = (maxCapacity: number | undefined, maxCapacityBefore = 0) => ({ provisionedConcurrency: { maxCapacity, maxCapacityBefore } });

const CASES: RuleCases<Facts> = {
  aliasNameTaken: {
    breaks: [{ alias: { sameName: ['A'] } }, { alias: { sameName: ['A', 'B'], name: undefined } }],
    keeps: [{ alias: { sameName: undefined } }],
  },
  versionMadeElsewhere: { breaks: [{ versions: { others: ['V'] } }], keeps: [{ versions: { others: undefined } }] },
  codeWithoutVersion: { breaks: [{ handler: { codeWithoutVersion: 'the image \'billing:latest\'' } }], keeps: [{ handler: { codeWithoutVersion: undefined } }] },
  durableVersionsDeleted: {
    breaks: [{ handler: { durable: true }, versions: { deleted: true } }],
    keeps: [
      { handler: { durable: true } }, { versions: { deleted: true } },
      { handler: { durable: undefined }, versions: { deleted: true } }, { handler: { durable: true }, versions: { deleted: undefined } },
    ],
  },
  asyncSettingsOfOthers: {
    breaks: [{ alias: { asyncSettings: [{ path: 'S', ofAlias: false }] } }],
    keeps: [{ alias: { asyncSettings: undefined } }, { alias: { asyncSettings: [{ path: 'S', ofAlias: false }, { path: 'T', ofAlias: true }] } }],
  },
  provisionedConcurrencyOfVersions: {
    breaks: [{ versions: { provisionedConcurrency: 1 } }, { versions: { provisionedConcurrency: 'unknown' } }],
    keeps: [{ versions: { provisionedConcurrency: undefined } }],
  },
  provisionedConcurrencyAboveReserved: {
    breaks: [
      { alias: provisioned(21), handler: { reservedConcurrency: 20 } },
      { alias: provisioned(1, 20), handler: { reservedConcurrency: 20 } },
      { alias: provisioned(1), handler: { reservedConcurrency: 0 } },
    ],
    keeps: [
      { alias: provisioned(20), handler: { reservedConcurrency: 20 } },
      { alias: provisioned(1, 19), handler: { reservedConcurrency: 20 } },
      { alias: provisioned(undefined, 21), handler: { reservedConcurrency: 20 } },
      { alias: provisioned(21), handler: { reservedConcurrency: undefined } },
      { alias: { provisionedConcurrency: undefined }, handler: { reservedConcurrency: 0 } },
    ],
  },
  provisionedConcurrencyWithSnapStart: {
    breaks: [{ alias: provisioned(1), handler: { snapStart: true } }, { alias: provisioned(undefined), handler: { snapStart: true } }],
    keeps: [{ alias: provisioned(1), handler: { snapStart: undefined } }, { handler: { snapStart: true } }],
  },
  provisionedConcurrencyWithTenantIsolation: {
    breaks: [{ alias: provisioned(1), handler: { tenantIsolation: true } }],
    keeps: [{ alias: provisioned(1), handler: { tenantIsolation: undefined } }, { handler: { tenantIsolation: true } }],
  },
  provisionedManagedInstances: {
    breaks: [{ alias: provisioned(1), handler: { managedInstances: true } }],
    keeps: [{ alias: provisioned(1), handler: { managedInstances: undefined } }, { handler: { managedInstances: true } }],
  },
};

checkRules({
  rules: () => FUNCTION_ALIAS_RULES,
  facts,
  unknown: { handler: { path: 'F' }, versions: {}, alias: {} },
  cases: CASES,
  warnings: ['versionMadeElsewhere', 'codeWithoutVersion', 'durableVersionsDeleted', 'asyncSettingsOfOthers', 'provisionedManagedInstances'],
});

test.each<[Facts, string]>([
  [{ alias: { sameName: ['A', 'B'], name: undefined } }, 'aliasName is a token, but handler \'F\' has another alias of this name (\'A\', \'B\')'],
  [{ versions: { others: ['V', 'W'] } }, 'handler \'F\' has versions that are made elsewhere (\'V\', \'W\')'],
  [{ versions: { provisionedConcurrency: 'unknown' } }, 'provisionedConcurrentExecutions (unknown)'],
  [{ alias: provisioned(1, 20), handler: { reservedConcurrency: 20 } }, 'maxCapacity is 1, 21 together with other aliases, but must be at most the reserved concurrency of handler \'F\' (20): raise that'],
  [{ alias: provisioned(1, 1), handler: { reservedConcurrency: 1 } }, 'maxCapacity is 1, 2 together with other aliases, but'],
  [{ alias: provisioned(2), handler: { reservedConcurrency: 1 } }, 'maxCapacity is 2, but'],
  [{ alias: provisioned(1), handler: { reservedConcurrency: 0 } }, 'take provisionedConcurrency out as long as the function is paused'],
])('the text for %j', (different, text) => {
  expect(findings(FUNCTION_ALIAS_RULES, facts(different)).map((finding) => finding.text)).toEqual([expect.stringContaining(text)]);
});
