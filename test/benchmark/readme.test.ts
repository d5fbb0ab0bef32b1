import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OTHER_PATTERNS } from '../../benchmark/synth';

test('the README names each comparison, in the same order, with what is written by hand for it', () => {
  const readme = readFileSync(join(__dirname, '..', '..', 'benchmark', 'README.md'), 'utf8');
  const rows = [...readme.matchAll(/^\| \*\*(\w+)\*\* \| [^|]+ \| \[apps\/([\w-]+)\.ts\]/gm)].map(([, pattern, plain]) => ({ pattern, plain }));
  expect(rows).toEqual(OTHER_PATTERNS.map(({ pattern, plain }) => ({ pattern, plain })));
});
