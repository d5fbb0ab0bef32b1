import * as fs from 'node:fs';
import * as path from 'node:path';
import { NAG_FINDINGS } from '../../src/operations/private/nag-findings';
import { NAG_FINDINGS_ON_GRANTS } from '../../src/operations/private/nag-findings-on-grants';
import { ROOT } from '../rigs/structs';

test('docs/cdk-nag.md lists what is acknowledged, and nothing else', () => {
  const text = fs.readFileSync(path.join(ROOT, 'docs', 'cdk-nag.md'), 'utf8');
  const rows = text.split('\n').filter((line) => line.startsWith('|')).slice(2);
  expect(rows).toEqual([
    ...NAG_FINDINGS.map((entry) => `| ${entry.pattern} | \`${entry.where}\` | ${entry.rules.map((id) => `\`${id}\``).join(', ')} | ${entry.reason} |`),
    ...NAG_FINDINGS_ON_GRANTS.map(({ pattern, where, rule, reason }) => `| ${pattern} | ${where} | \`${rule}\` | ${reason} |`),
  ]);
});
