import { readFileSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';

// `node import-probe.js <module> <names> [<list of files>]`: times the loading of a module and of what it exports by these names, in a process that has
// nothing loaded, or in one that has loaded plain L2 code, as an app would that uses the CDK already, and the files of the list.

const load = createRequire(__filename);
const [wanted = '', names = '', list] = process.argv.slice(2);
if (list) {
  load('./plain-l2');
  (JSON.parse(readFileSync(list, 'utf8')) as string[]).forEach((file) => load(file));
}
const before = new Set(Object.keys(load.cache));
const start = process.hrtime.bigint();
const cpuStart = process.cpuUsage();
const loaded = load(wanted) as Record<string, unknown>;
// Reading a name loads it.
const values = names.split(',').filter(Boolean).map((name) => loaded[name]);
const { user, system } = process.cpuUsage(cpuStart);
const wallMs = Number(process.hrtime.bigint() - start) / 1e6;
if (values.includes(undefined)) {
  throw new Error(`${wanted} lacks one of ${names}`);
}
writeSync(3, JSON.stringify({ wallMs, cpuMs: (user + system) / 1000, files: Object.keys(load.cache).filter((file) => !before.has(file)) }));
