import * as fs from 'node:fs';
import * as path from 'node:path';
import { allForms } from '../patterns';
import { ROOT } from '../rigs/structs';
import { templateOf } from '../rigs/synth';

/** Writes the template of every form in the registry to the folder that is given, one file each, for judges that are not written in TypeScript. */
function dumpTemplates(folder: string): void {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  for (const { pattern, form } of allForms()) {
    fs.writeFileSync(path.join(folder, `${pattern.name}.${form.name.replace(/ /g, '-')}.json`), JSON.stringify(templateOf(pattern, form), undefined, 2));
  }
}

dumpTemplates(process.argv[2] ?? path.join(ROOT, '.build', 'opinions', 'templates'));
