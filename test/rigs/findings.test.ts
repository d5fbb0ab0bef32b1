import type { Finding } from './findings';
import { cfnLint, lintFindings, nagFindings, stale, unacknowledged } from './findings';
import { FINDINGS } from '../acknowledged-findings';
import { patterns } from '../patterns';

describe('cdk-nag, packs AwsSolutions and Serverless', () => {
  let findings: Finding[];
  beforeAll(() => {
    findings = nagFindings();
  });

  test('finds nothing that is not acknowledged', () => {
    expect(unacknowledged(findings, FINDINGS)).toEqual([]);
  });

  test('still finds all that is acknowledged', () => {
    expect(stale(findings, FINDINGS, 'cdk-nag')).toEqual([]);
  });
});

// It comes with the emulator's Python packages, which `npm test` installs and `npm run unit` does not.
const command = cfnLint();
(command ? describe : describe.skip)('cfn-lint', () => {
  let findings: Finding[];
  beforeAll(() => {
    findings = lintFindings(command ?? '');
  }, 60_000);

  test('finds nothing that is not acknowledged', () => {
    expect(unacknowledged(findings, FINDINGS)).toEqual([]);
  });

  test('still finds all that is acknowledged', () => {
    expect(stale(findings, FINDINGS, 'cfn-lint')).toEqual([]);
  });
});

/** Any that is registered. */
const PATTERN = patterns()[0]?.name ?? '';

describe('acknowledgements', () => {
  const finding: Finding = { tool: 'cdk-nag', rule: 'R1', pattern: PATTERN, form: 'default', where: 'Queue/Resource', text: 'bad' };
  const entry = { tool: 'cdk-nag', rule: 'R1', pattern: PATTERN, where: 'Queue/Resource', reason: 'because' } as const;

  test.each(['tool', 'rule', 'pattern', 'where'])('match by %s', (key) => {
    expect(unacknowledged([finding], [entry])).toEqual([]);
    expect(unacknowledged([{ ...finding, [key]: 'cfn-lint' }], [entry])).toHaveLength(1);
  });

  test('that match nothing are stale', () => {
    expect(stale([], [entry], 'cdk-nag')).toEqual([entry]);
    expect(stale([finding], [entry], 'cdk-nag')).toEqual([]);
  });

  test.each(FINDINGS)('$tool $rule has a reason', ({ reason }) => {
    expect(reason.length).toBeGreaterThan(20);
  });
});
