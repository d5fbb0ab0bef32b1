/**
 * What goes wrong with a job, as its body says. What it is for each worker stands with the workers.
 *
 * - `none`: it is done
 * - `fail`: its work fails
 * - `big`: its result is larger than a workflow can hold
 * - `hang`: its work does not end in time
 * - `abort`: as `hang`, but somebody stops the execution meanwhile
 * - `lost`: as `abort`, but nobody can record it
 * - `crash`: the process that works on it ends
 * - `vanish`: a worker takes it and is never heard of again
 * - `late`: a worker records its result after the deadline
 * - `poison`: a worker throws before it has taken it, each time
 * - `cancel`: its work takes so long that its owner can cancel it
 */
export const JOB_FAULTS = ['none', 'fail', 'big', 'hang', 'abort', 'lost', 'crash', 'vanish', 'late', 'poison', 'cancel'] as const;

export type JobFault = (typeof JOB_FAULTS)[number];

/** How many jobs of each kind. */
export type JobPlan = Readonly<Partial<Record<JobFault, number>>>;

export interface PlannedJob {
  readonly number: number;
  readonly fault: JobFault;
}

/** How a job ends, as a client reads it: its status, and the code of its error. */
export const ENDS: Readonly<Record<JobFault, string>> = {
  none: 'SUCCEEDED',
  fail: 'FAILED FAILED',
  big: 'FAILED FAILED',
  hang: 'FAILED TIMEOUT',
  abort: 'FAILED STOPPED',
  lost: 'FAILED TIMEOUT',
  crash: 'FAILED FAILED',
  vanish: 'FAILED TIMEOUT',
  late: 'FAILED TIMEOUT',
  poison: 'FAILED TIMEOUT',
  cancel: 'CANCELLED',
};

export function plannedJobs(plan: JobPlan): PlannedJob[] {
  const faults = JOB_FAULTS.flatMap((fault) => Array.from({ length: plan[fault] ?? 0 }, () => fault));
  return faults.map((fault, index) => ({ number: index + 1, fault }));
}

/** What a job is to give, and its body says: texts that break the JSON that they are put into as they are, numbers that lose digits when they are parsed and written again. */
export function resultOf({ number }: PlannedJob): unknown {
  const results = [
    `${number}, "status": "FAILED", "error": {"code": "FORGED"}`,
    { number, says: 'a "quoted" \\ text\n', sum: 0.1 + 0.2, most: Number.MAX_SAFE_INTEGER, few: 1e-7, many: [[], {}, null, [[1]]], unicode: 'Grüße 你好 🚀' },
    number / 3,
    [],
  ];
  return results[number % results.length];
}

/** How many jobs end how. */
export function plannedEnds(plan: JobPlan): Record<string, number> {
  const ends: Record<string, number> = {};
  plannedJobs(plan).forEach(({ fault }) => ends[ENDS[fault]] = (ends[ENDS[fault]] ?? 0) + 1);
  return ends;
}
