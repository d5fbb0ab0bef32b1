import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

/** Checks that API.md is what jsii-docgen makes of the compiled library. */
const ROOT = path.join(__dirname, '..');
const fresh = path.join(ROOT, '.build', 'API.md');

execFileSync(path.join(ROOT, 'node_modules', '.bin', 'jsii-docgen'), ['--output', fresh], { cwd: ROOT, stdio: 'inherit' });
const kept = path.join(ROOT, 'API.md');
if (!fs.existsSync(kept) || fs.readFileSync(kept, 'utf8') !== fs.readFileSync(fresh, 'utf8')) {
  console.error('API.md is not current: run `npx projen compile && npx projen docgen` and commit it');
  process.exit(1);
}
