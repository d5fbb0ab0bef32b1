import type { Finding } from './findings';
import { cfnLint, lintFindings, nagFindings, stale, unacknowledged } from './findings';
import { NagAcknowledgements } from '../../src';
import { isAt, NAG_FINDINGS } from '../../src/operations/private/nag-findings';
import { FINDINGS } from '../acknowledged-findings';
import { patterns } from '../patterns';

describe('cdk-nag, packs AwsSolutions and Serverless', () => {
  let findings: Finding[];
  let left: Finding[];
  beforeAll(() => {
    findings = nagFindings();
    left = nagFindings((app) => NagAcknowledgements.addTo(app));
  });

  test('finds nothing that is not acknowledged', () => {
    expect(unacknowledged(left, FINDINGS)).toEqual([]);
  });

  test('still finds all that is acknowledged', () => {
    expect(stale(left, FINDINGS, 'cdk-nag')).toEqual([]);
  });

  test('still finds all that NagAcknowledgements acknowledges', () => {
    const isFound = (rule: string, pattern: string, where: string) => findings.some((finding) => (
      finding.rule === rule && finding.pattern === pattern && isAt(where, finding.where)
    ));
    const ofRegistered = NAG_FINDINGS.filter(({ pattern }) => process.env.PATTERN === undefined || patterns().some(({ name }) => name === pattern));
    expect(ofRegistered.flatMap(({ rules, pattern, where }) => rules.filter((rule) => !isFound(rule, pattern, where)).map((rule) => `${rule} ${pattern} ${where}`))).toEqual([]);
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
