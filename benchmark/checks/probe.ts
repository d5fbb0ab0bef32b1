import { writeSync } from 'node:fs';
import { largeApp } from './large-app';
import { checkTemplates } from '../../src/delivery/checks';

/** What one process measured. */
export interface Probe {
  readonly parseMs: number;
  readonly checkMs: number;
  /** How long a person waits for it. */
  readonly wallMs: number;
  readonly found: number;
}

/** CPU time of this process, with what it compiles and what it collects meanwhile. */
function cpuMs(action: () => void): number {
  const before = process.cpuUsage();
  action();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const text = JSON.stringify(largeApp(Number(process.argv[2])));
let inputs: ReturnType<typeof largeApp> = [];
let found = 0;
const parseMs = cpuMs(() => { inputs = JSON.parse(text) as typeof inputs; });
const begun = performance.now();
const checkMs = cpuMs(() => { found = checkTemplates(inputs).length; });
const probe: Probe = { parseMs, checkMs, wallMs: performance.now() - begun, found };
writeSync(3, JSON.stringify(probe));
