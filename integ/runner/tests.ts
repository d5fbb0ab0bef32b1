import { readdirSync } from 'node:fs';
import { join } from 'node:path';

export const INTEG = join(__dirname, '..');

/** What the names of tests end with that need IAM enforced. */
const PERMISSIONS = '-permissions';

/** All tests by their names: `queue-fed-function` is `integ.queue-fed-function.ts`. */
export function allTests(): string[] {
  return readdirSync(INTEG).flatMap((file) => /^integ\.(.*)\.ts$/.exec(file)?.[1] ?? []).sort();
}

/** The test of each name, or those whose names contain it. */
export function testsNamed(names: readonly string[], tests = allTests()): string[] {
  return [...new Set(names.flatMap((name) => tests.includes(name) ? [name] : tests.filter((test) => test.includes(name))))];
}

export function fileOf(test: string): string {
  return join(INTEG, `integ.${test}.ts`);
}

/** Tests of permissions need IAM enforced; the others do without, because not all that they call is known to the emulator's IAM. */
export function enforcesIam(test: string): boolean {
  return test.endsWith(PERMISSIONS);
}
