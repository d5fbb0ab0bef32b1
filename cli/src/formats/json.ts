import type { Report } from '../finding';

/** An array of findings. */
export function json({ findings }: Report): string {
  const shown = findings.map(({ id, severity, stack, path, logicalId, message, fix, docs }) => (
    { id, severity, stack, path, logicalId, message, fix, docs }
  ));
  return `${JSON.stringify(shown, null, 2)}\n`;
}
