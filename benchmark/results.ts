import { cpus, loadavg, totalmem } from 'node:os';
import type { ChecksCase } from './checks/measure';
import type { EmulatorResult } from './deliveries';
import type { ImportCost } from './import-cost';
import type { SupplementsCost } from './supplements';
import type { SynthCase } from './synth';

/** When and where something was measured. */
export interface Circumstances {
  readonly date: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly node: string;
  /** How many processes wanted to run in the minute before; above the number of cores, the machine was busy with other work. */
  readonly loadBefore: number;
}

export interface Size {
  readonly packedBytes: number;
  readonly unpackedBytes: number;
  readonly files: number;
}

/** What `results.json` holds; a part that was not measured yet is missing. */
export interface Results {
  readonly synth?: Circumstances & { readonly cases: readonly SynthCase[] };
  /** The synthesis of the patterns other than QueueFedFunction. */
  readonly patterns?: Circumstances & { readonly cases: readonly SynthCase[] };
  readonly import?: Circumstances & ImportCost;
  readonly size?: Circumstances & Size;
  readonly emulator?: Circumstances & EmulatorResult;
  readonly supplements?: Circumstances & SupplementsCost;
  readonly checks?: Circumstances & { readonly cases: readonly ChecksCase[] };
}

export function circumstances(): Circumstances {
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    loadBefore: Math.round((loadavg()[0] ?? NaN) * 10) / 10,
  };
}
