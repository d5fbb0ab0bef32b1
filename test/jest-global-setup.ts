import * as fs from 'node:fs';
import * as path from 'node:path';

/** Every `App` of a test writes an assembly into the temporary folder; these go into one that is removed when the tests have ended. */
export default function setUp(): void {
  const folder = path.join(__dirname, '..', '.build');
  fs.mkdirSync(folder, { recursive: true });
  process.env.TMPDIR = fs.mkdtempSync(path.join(folder, 'tests-'));
}
