import '@microsoft/jest-sarif';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { folder } from './files';
import type { Finding, Report } from '../../cli/src/finding';
import { json } from '../../cli/src/formats/json';
import { junit } from '../../cli/src/formats/junit';
import { sarif } from '../../cli/src/formats/sarif';
import { text } from '../../cli/src/formats/text';
import { CHECKS } from '../../src/delivery/checks';

const finding = (different: Partial<Finding> = {}): Finding => ({
  id: 'deadLetterQueueMissing',
  severity: 'warning',
  stack: 'Shop',
  path: 'Shop/Queue',
  logicalId: 'Queue4A7E3555',
  message: "queue 'Shop/Queue' has no RedrivePolicy",
  fix: 'set RedrivePolicy',
  why: 'Messages are lost.',
  docs: 'https://docs.aws.amazon.com/page.html',
  ...different,
});

const report = (findings: readonly Finding[], different: Partial<Report> = {}): Report => ({ findings, stacks: ['Shop', 'Desk'], failOn: 'warning', ...different });

/** What would end an element or an attribute, what XML does not have at all, and half of a character. */
const HOSTILE = '<b a="1" c=\'2\'>&amp; ]]> \u0000\u0008\u001B\uFFFE\uD800 ü 🙂\n\t\r</b>';

describe('text', () => {
  test('groups findings by stack and resource', () => {
    const findings = [
      finding(),
      finding({ id: 'queueOpen', severity: 'error' }),
      finding({ path: 'Shop/Topic', logicalId: 'Topic1', severity: 'note' }),
      finding({ stack: 'Desk', path: 'Desk/Queue' }),
    ];
    expect(text(report(findings), false)).toBe(`Shop
  Shop/Queue (Queue4A7E3555)
    warning deadLetterQueueMissing: queue 'Shop/Queue' has no RedrivePolicy
      why: Messages are lost.
      fix: set RedrivePolicy
      see: https://docs.aws.amazon.com/page.html
    error queueOpen: queue 'Shop/Queue' has no RedrivePolicy
      why: Messages are lost.
      fix: set RedrivePolicy
      see: https://docs.aws.amazon.com/page.html
  Shop/Topic (Topic1)
    note deadLetterQueueMissing: queue 'Shop/Queue' has no RedrivePolicy
      why: Messages are lost.
      fix: set RedrivePolicy
      see: https://docs.aws.amazon.com/page.html

Desk
  Desk/Queue (Queue4A7E3555)
    warning deadLetterQueueMissing: queue 'Shop/Queue' has no RedrivePolicy
      why: Messages are lost.
      fix: set RedrivePolicy
      see: https://docs.aws.amazon.com/page.html

4 findings in 2 stacks: 1 error, 2 warnings, 1 note
`);
  });

  test('of nothing is one line', () => {
    expect(text(report([]), false)).toBe('0 findings in 2 stacks\n');
  });

  test('colors by severity', () => {
    const colored = text(report([finding({ severity: 'error' }), finding(), finding({ severity: 'note' })]), true);
    expect(['\u001B[31merror\u001B[0m', '\u001B[33mwarning\u001B[0m', '\u001B[36mnote\u001B[0m'].filter((one) => !colored.includes(one))).toEqual([]);
  });

  test('says what the baseline keeps back', () => {
    expect(text(report([], { baseline: { file: 'b.json', ignored: 2, stale: 1 } }), false)).toBe([
      '2 findings in the baseline b.json not shown',
      '1 entry of the baseline b.json found no more: --update-baseline removes what is stale',
      '0 findings in 2 stacks',
      '',
    ].join('\n'));
    expect(text(report([], { baseline: { file: 'b.json', ignored: 0, stale: 0 } }), false)).toBe('0 findings in 2 stacks\n');
  });
});

test('JSON has the findings and nothing else', () => {
  expect(JSON.parse(json(report([finding({ file: 'a.json' })])))).toEqual([{
    id: 'deadLetterQueueMissing',
    severity: 'warning',
    stack: 'Shop',
    path: 'Shop/Queue',
    logicalId: 'Queue4A7E3555',
    message: "queue 'Shop/Queue' has no RedrivePolicy",
    fix: 'set RedrivePolicy',
    docs: 'https://docs.aws.amazon.com/page.html',
  }]);
  expect(json(report([]))).toBe('[]\n');
});

interface SarifLog {
  readonly runs: readonly [{
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string; readonly helpUri: string }[] } };
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly level: string;
      readonly locations: readonly [{ readonly physicalLocation?: object; readonly logicalLocations: readonly object[] }];
      readonly partialFingerprints: Readonly<Record<string, string>>;
    }[];
  }];
}

describe('SARIF', () => {
  const logOf = (...findings: readonly Finding[]) => JSON.parse(sarif(report(findings))) as SarifLog;

  test('is valid by its schema', () => {
    const directory = folder({ 'a.json': '{}' });
    expect(logOf()).toBeValidSarifLog();
    expect(logOf(
      finding(), finding({ severity: 'error', file: path.join(directory, 'a.json') }), finding({ severity: 'note', message: HOSTILE, path: HOSTILE, id: 'ofNoRule' }),
    )).toBeValidSarifLog();
    expect({ ...logOf(), version: '2.0.0' }).not.toBeValidSarifLog();
  });

  test('has every rule with its page, and each result names its own', () => {
    const { tool: { driver: { rules } }, results } = logOf(finding({ id: 'ofNoRule' }), finding({ id: 'batchWithoutWindow' })).runs[0];
    expect(rules.map(({ id }) => id)).toEqual([...new Set(['ofNoRule', ...CHECKS.flatMap((check) => check.rules.map(({ id }) => id))])].sort());
    expect(rules.filter(({ helpUri }) => !helpUri.startsWith('https://docs.aws.amazon.com/'))).toEqual([]);
    expect(results.map(({ ruleId, ruleIndex }) => [ruleId, rules[ruleIndex]?.id])).toEqual([['ofNoRule', 'ofNoRule'], ['batchWithoutWindow', 'batchWithoutWindow']]);
  });

  test('says how severe each is', () => {
    expect(logOf(finding({ severity: 'error' }), finding(), finding({ severity: 'note' })).runs[0].results.map(({ level }) => level)).toEqual(['error', 'warning', 'note']);
  });

  test('says where it is: the line of the template, and the construct', () => {
    const template = ['{', '  "Metadata": { "Queue4A7E3555": {} },', '  "Resources": {', '    "Topic": {},', '    "Queue4A7E3555": {', '      "Queue4A7E3555": 1'].join('\n');
    const directory = folder({ 'my template.json': template, 'a.yaml': 'Resources:\n  Queue4A7E3555:\n    Type: x\n' });
    const locationIn = (file: string) => logOf(finding({ file: path.join(directory, file) })).runs[0].results[0]?.locations[0];
    const uri = path.relative(process.cwd(), directory).split(path.sep).join('/');
    expect(locationIn('my template.json')).toEqual({
      physicalLocation: { artifactLocation: { uri: `${uri}/my%20template.json` }, region: { startLine: 5 } },
      logicalLocations: [{ name: 'Queue4A7E3555', fullyQualifiedName: 'Shop/Queue', kind: 'resource' }],
    });
    expect(locationIn('a.yaml')).toMatchObject({ physicalLocation: { region: { startLine: 2 } } });
    expect(logOf(finding({ file: path.join(directory, 'a.yaml'), logicalId: 'Generated' })).runs[0].results[0]?.locations[0])
      .toMatchObject({ physicalLocation: { region: { startLine: 1 } } });
  });

  test('names a file in full that is elsewhere', () => {
    const elsewhere = path.join(process.cwd(), '..', 'cdk.out', 'a.json');
    jest.spyOn(jest.requireActual<typeof import('node:fs')>('node:fs'), 'statSync').mockReturnValueOnce({ isFile: () => true, size: 0 } as never);
    jest.spyOn(jest.requireActual<typeof import('node:fs')>('node:fs'), 'readFileSync').mockReturnValueOnce('');
    const [location] = logOf(finding({ file: elsewhere })).runs[0].results[0]!.locations;
    jest.restoreAllMocks();
    expect(location).toMatchObject({ physicalLocation: { artifactLocation: { uri: pathToFileURL(elsewhere).href } } });
  });

  test('knows a finding again, and tells it from others', () => {
    const prints = (...findings: readonly Finding[]) => (
      logOf(...findings).runs[0].results.map(({ partialFingerprints }) => Object.values(partialFingerprints).join())
    );
    const [print] = prints(finding());
    expect(prints(finding({ message: 'another value', severity: 'error', file: undefined }))).toEqual([print]);
    const others = prints(finding(), finding(), finding({ stack: 'Desk' }), finding({ path: 'Shop/Other' }), finding({ id: 'queueOpen' }));
    expect(new Set(others).size).toBe(5);
    expect(others[0]).toBe(print);
  });
});

describe('JUnit', () => {
  test('has a suite for each stack, and a test that passed for one without findings', () => {
    expect(junit(report([finding(), finding({ id: 'queueOpen', severity: 'note' })]))).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="cdk-serverless-patterns" tests="3" failures="1" errors="0">
  <testsuite name="Shop" tests="2" failures="1" errors="0" skipped="0">
    <testcase classname="Shop" name="deadLetterQueueMissing Shop/Queue">
      <failure type="warning" message="queue 'Shop/Queue' has no RedrivePolicy">queue 'Shop/Queue' has no RedrivePolicy
Messages are lost.
Fix: set RedrivePolicy
See: https://docs.aws.amazon.com/page.html</failure>
    </testcase>
    <testcase classname="Shop" name="queueOpen Shop/Queue">
      <system-out>note: queue 'Shop/Queue' has no RedrivePolicy
Messages are lost.
Fix: set RedrivePolicy
See: https://docs.aws.amazon.com/page.html</system-out>
    </testcase>
  </testsuite>
  <testsuite name="Desk" tests="1" failures="0" errors="0" skipped="0">
    <testcase classname="Desk" name="delivery contract"/>
  </testsuite>
</testsuites>
`);
  });

  test('fails as the run does', () => {
    expect(junit(report([finding({ severity: 'note' })], { failOn: 'note' }))).toContain('failures="1"');
    expect(junit(report([finding()], { failOn: 'error' }))).not.toContain('<failure');
  });

  test('is XML whatever the texts are', () => {
    const xml = junit(report([finding({ stack: HOSTILE, path: HOSTILE, message: HOSTILE, fix: HOSTILE, why: HOSTILE })], { stacks: [HOSTILE] }));
    // Nothing but elements, attributes in double quotes, references and characters of XML.
    const parts = xml.replace(/^<\?xml [^?]*\?>/, '').replace(/<\/?[a-z-]+( [a-z]+="[^"<]*")*\/?>/g, '');
    expect(parts).not.toMatch(/[<>]/);
    expect(xml.replace(/&(amp|lt|gt|quot|#10|#9|#13);/g, '')).not.toMatch(/&/);
    // eslint-disable-next-line no-control-regex
    expect(xml).not.toMatch(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/);
    expect(xml).not.toMatch(/\p{Surrogate}/u);
    expect(xml).toContain('ü 🙂');
  });
});
