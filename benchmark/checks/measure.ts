import { join } from 'node:path';
import { build } from 'esbuild';
import type { Probe } from './probe';
import { plainEnvironment, runChild } from '../children';
import type { Spread } from '../statistics';
import { ratiosOf, spreadOf } from '../statistics';
import { ROOT } from '../workspace';

/** What checkTemplates takes for an app of one size, in a process that has checked nothing before. */
export interface ChecksCase {
  readonly resources: number;
  readonly cpuMs: Spread;
  readonly wallMs: Spread;
  /** Beside JSON.parse of the same templates, in the same process. */
  readonly parseRatio: Spread;
  /** CPU time per resource, beside that of the app of the size before, in the same round. */
  readonly perResourceRatio?: Spread | undefined;
}

const PROBE = join(ROOT, '.build', 'benchmark', 'checks-probe.js');

export async function measureChecks(sizes: readonly number[], rounds: number): Promise<readonly ChecksCase[]> {
  await build({ entryPoints: [join(__dirname, 'probe.ts')], outfile: PROBE, bundle: true, platform: 'node', target: 'node20', logLevel: 'warning' });
  const measured = sizes.map((resources) => ({ resources, probes: [] as Probe[] }));
  for (let round = 0; round < rounds; round++) {
    for (const { resources, probes } of measured) {
      const { report } = await runChild(process.execPath, [PROBE, String(resources)], { env: plainEnvironment() });
      const probe = JSON.parse(report) as Probe;
      if (probe.found !== 0) {
        throw new Error(`${probe.found} findings in an app that should have none`);
      }
      probes.push(probe);
    }
  }
  return measured.map(({ resources, probes }, index) => {
    const before = measured[index - 1];
    const cpu = probes.map(({ checkMs }) => checkMs);
    return {
      resources,
      cpuMs: spreadOf(cpu),
      wallMs: spreadOf(probes.map(({ wallMs }) => wallMs)),
      parseRatio: ratiosOf(cpu, probes.map(({ parseMs }) => parseMs)),
      perResourceRatio: before && ratiosOf(cpu.map((ms) => ms / resources), before.probes.map(({ checkMs }) => checkMs / before.resources)),
    };
  });
}
