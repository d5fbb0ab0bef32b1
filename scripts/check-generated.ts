import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

/** Checks that the files that .projenrc.ts generates are what it generates now, by generating them beside the tree. */
const ROOT = path.join(__dirname, '..');
const copy = path.join(ROOT, '.build', 'generated');

fs.rmSync(copy, { recursive: true, force: true });
fs.mkdirSync(copy, { recursive: true });
const { files } = JSON.parse(fs.readFileSync(path.join(ROOT, '.projen', 'files.json'), 'utf8')) as { files: string[] };
for (const file of ['.projenrc.ts', 'README.md', 'package-lock.json', ...files]) {
  fs.mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
  fs.copyFileSync(path.join(ROOT, file), path.join(copy, file));
}
fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
execFileSync(process.execPath, ['--import', 'tsx', '.projenrc.ts'], { cwd: copy, stdio: 'inherit', env: { ...process.env, PROJEN_DISABLE_POST: 'true' } });

const stale = files.filter((file) => fs.readFileSync(path.join(ROOT, file), 'utf8') !== fs.readFileSync(path.join(copy, file), 'utf8'));
if (stale.length > 0) {
  console.error(`not what .projenrc.ts generates: ${stale.join(', ')}: run \`npx projen\` and commit them`);
  process.exit(1);
}
