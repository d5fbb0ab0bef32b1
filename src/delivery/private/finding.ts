import type { DeliveryProblem } from '../checks/check';
import type { DeliveryFinding } from '../delivery-finding';
import { DeliverySeverity } from '../delivery-finding';

const SEVERITIES = { error: DeliverySeverity.ERROR, warning: DeliverySeverity.WARNING, note: DeliverySeverity.NOTE };

export function findingOf({ id, severity, at, what, why, fix, source }: DeliveryProblem): DeliveryFinding {
  return { id, severity: SEVERITIES[severity], stack: at.stack.name, path: at.path, logicalId: at.logicalId, message: what, why, fix, docs: source };
}

/** A text for people, by resource. */
export function report(findings: readonly DeliveryFinding[]): string {
  const lines: string[] = [];
  let place = '';
  for (const { id, severity, path, logicalId, message, why, fix, docs } of findings) {
    const here = `${path} (${logicalId})`;
    lines.push(...here === place ? [] : [`  ${here}`], `    ${severity} ${id}: ${message}`, `      fix: ${fix}`, `      why: ${why} ${docs}`);
    place = here;
  }
  return lines.join('\n');
}
