import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { skippedOnEmulator } from '../../emulator/only-on-aws';

/** What the emulator leaves out of the templates in a cloud assembly, a line for each resource: a run there says nothing of it. */
export function leftOutOf(assembly: string): string[] {
  return readdirSync(assembly).filter((name) => name.endsWith('.template.json')).sort().flatMap((name) => (
    skippedOnEmulator(JSON.parse(readFileSync(join(assembly, name), 'utf8')) as Parameters<typeof skippedOnEmulator>[0])
      .map(({ logicalId, type, reason }) => `${name.replace(/\.template\.json$/, '')}: ${logicalId} (${type}): ${reason}`)
  ));
}
