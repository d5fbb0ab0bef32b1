import * as fs from 'node:fs';
import * as path from 'node:path';
import { FAULTS } from './seeded-faults/faults';

// The rig itself runs for an hour, so that nobody would see for long that the code has moved from under a fault.
test.each(FAULTS.map(({ id, ...fault }) => [id, fault] as const))('%s can be seeded', (_, { file, text, replacement }) => {
  const source = fs.readFileSync(path.join(__dirname, '..', '..', file), 'utf8');
  expect(source.split(text)).toHaveLength(2);
  expect(text).not.toBe(replacement);
});
