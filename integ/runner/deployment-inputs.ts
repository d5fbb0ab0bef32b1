import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { SynthesizedTest } from './synth';
import { enforcesIam } from './tests';

const ROOT = join(__dirname, '..', '..');

/** What deploys the tests after they are synthesized and tells their outcome. */
const TEST_BED = [
  'emulator/emulator.ts', 'emulator/launcher.py', 'emulator/requirements.txt', 'emulator/supplements',
  'integ/run.ts', 'integ/runner', 'integ/support/outcome.ts', 'integ/support/runs.ts',
  'package-lock.json',
];

/** Of a cloud assembly: what is not deployed, or says the same again. */
const NOT_DEPLOYED = /^(manifest|tree|.*\.metadata|.*\.assets)\.json$|^cdk\.out$|^\.cache\/|\.lock$/;

/** Each assertion has a number that makes CloudFormation ask again; it changes with each synthesis. */
const SALT = /"salt": "\d+"/g;

/**
 * A hash of everything that decides the outcome of a test's deployment on the emulator: what was synthesized, with the contents of its assets, and what it is deployed
 * with. The sources of the library are not in it: a change of them that leaves the templates as they are leaves the outcome as it is.
 */
export function deploymentInputs(test: Pick<SynthesizedTest, 'name' | 'assembly'>, root = ROOT): string {
  const hash = createHash('sha256');
  const add = (name: string, content: string | Buffer) => hash.update(`${name}\0${content.length}\0`).update(content);
  add('node', process.versions.node.split('.')[0]!);
  add('iam', String(enforcesIam(test.name)));
  for (const file of filesBelow(test.assembly).filter((path) => !NOT_DEPLOYED.test(path))) {
    const content = readFileSync(join(test.assembly, file));
    add(file, file.endsWith('.template.json') ? content.toString().replace(SALT, '') : content);
  }
  for (const file of TEST_BED.flatMap((path) => filesBelow(root, path)).filter((path) => !path.includes('__pycache__'))) {
    add(file, readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

/** The files at or below a path, by their paths from the folder, in the same order on every machine. */
function filesBelow(folder: string, path = '.'): string[] {
  if (statSync(join(folder, path)).isFile()) {
    return [path];
  }
  return readdirSync(join(folder, path), { recursive: true, encoding: 'utf8' })
    .map((name) => join(path, name).replaceAll('\\', '/'))
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort();
}
