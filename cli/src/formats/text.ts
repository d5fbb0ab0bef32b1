import { groupedBy } from '../../../src/delivery/graph/reading';
import type { Severity } from '../../../src/delivery/rules/rule';
import type { Finding, Report } from '../finding';

/** For people: stack by stack, resource by resource. */
export function text({ findings, stacks, baseline }: Report, colors: boolean): string {
  const styled = (code: number, shown: string) => (colors ? `\u001B[${code}m${shown}\u001B[0m` : shown);
  const color: Readonly<Record<Severity, number>> = { error: 31, warning: 33, note: 36 };
  const of = ({ id, severity, message, why, fix, docs }: Finding) => [
    `    ${styled(color[severity], severity)} ${styled(1, id)}: ${message}`,
    `      why: ${why}`,
    `      fix: ${fix}`,
    `      see: ${docs}`,
  ];
  const lines = [...groupedBy(findings, ({ stack }) => stack)].flatMap(([stack, inStack]) => [
    styled(1, stack),
    ...[...groupedBy(inStack, ({ path, logicalId }) => `${path} (${logicalId})`)].flatMap(([resource, atResource]) => [`  ${resource}`, ...atResource.flatMap(of)]),
    '',
  ]);
  const hints = baseline === undefined ? [] : [
    ...baseline.ignored === 0 ? [] : [`${counted(baseline.ignored, 'finding')} in the baseline ${baseline.file} not shown`],
    ...baseline.stale === 0 ? [] : [`${counted(baseline.stale, 'entry', 'entries')} of the baseline ${baseline.file} found no more: --update-baseline removes what is stale`],
  ];
  return `${[...lines, ...hints, summary(findings, stacks)].join('\n')}\n`;
}

export function summary(findings: readonly Finding[], stacks: readonly string[]): string {
  const count = (severity: Severity) => findings.filter((finding) => finding.severity === severity).length;
  const each = [counted(count('error'), 'error'), counted(count('warning'), 'warning'), counted(count('note'), 'note')].join(', ');
  return `${counted(findings.length, 'finding')} in ${counted(stacks.length, 'stack')}${findings.length === 0 ? '' : `: ${each}`}`;
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
