import { groupedBy } from '../../../src/delivery/graph/reading';
import { isAtLeast } from '../../../src/delivery/rules/rule';
import type { Finding, Report } from '../finding';

/** A suite for each stack; what is reported but does not fail the run is a test that passed and said something. */
export function junit({ findings, stacks, failOn }: Report): string {
  const byStack = groupedBy(findings, ({ stack }) => stack);
  const fails = ({ severity }: Finding) => isAtLeast(severity, failOn);
  const suites = [...new Set(stacks)].map((stack) => {
    const found = byStack.get(stack) ?? [];
    const cases = found.length === 0 ? [`    <testcase classname=${quoted(stack)} name="delivery contract"/>`] : found.map((finding) => testCase(finding, fails(finding)));
    return [
      `  <testsuite name=${quoted(stack)} tests="${cases.length}" failures="${found.filter(fails).length}" errors="0" skipped="0">`,
      ...cases,
      '  </testsuite>',
    ].join('\n');
  });
  const tests = suites.length === 0 ? 0 : [...new Set(stacks)].reduce((sum, stack) => sum + Math.max(1, byStack.get(stack)?.length ?? 0), 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="cdk-serverless-patterns" tests="${tests}" failures="${findings.filter(fails).length}" errors="0">`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

function testCase({ id, severity, stack, path, message, why, fix, docs }: Finding, fails: boolean): string {
  const said = escaped(`${message}\n${why}\nFix: ${fix}\nSee: ${docs}`);
  const element = fails ? `<failure type=${quoted(severity)} message=${quoted(message)}>${said}</failure>` : `<system-out>${escaped(severity)}: ${said}</system-out>`;
  return [`    <testcase classname=${quoted(stack)} name=${quoted(`${id} ${path}`)}>`, `      ${element}`, '    </testcase>'].join('\n');
}

function quoted(text: string): string {
  return `"${escaped(text).replace(/"/g, '&quot;').replace(/\n/g, '&#10;').replace(/\t/g, '&#9;')}"`;
}

/** What XML cannot have even if it is escaped is left out. */
function escaped(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/\p{Surrogate}/gu, '\uFFFD').replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, '')
    .replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/\r/g, '&#13;');
}
