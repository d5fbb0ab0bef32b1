/**
 * What goes wrong with a job, as its body says. What it is for each worker stands with the workers.
 *
 * - `none`: it is done
 * - `fail`: its work fails
 * - `big`: its result is larger than a workflow can hold
 * - `hang`: its work does not end in time
 * - `abort`: as `hang`, but somebody stops the execution meanwhile
 * - `crash`: the process that works on it ends
 * - `vanish`: a worker takes it and is never heard of again
 * - `late`: a worker records its result after the deadline
 * - `poison`: a worker throws before it has taken it, each time
 */
export const JOB_FAULTS = ['none', 'fail', 'big', 'hang', 'abort', 'crash', 'vanish', 'late', 'poison'] as const;

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
  crash: 'FAILED FAILED',
  vanish: 'FAILED TIMEOUT',
  late: 'FAILED TIMEOUT',
  poison: 'FAILED TIMEOUT',
};

export function plannedJobs(plan: JobPlan): PlannedJob[] {
  const faults = JOB_FAULTS.flatMap((fault) => Array.from({ length: plan[fault] ?? 0 }, () => fault));
  return faults.map((fault, index) => ({ number: index + 1, fault }));
}

/** How many jobs end how. */
export function plannedEnds(plan: JobPlan): Record<string, number> {
  const ends: Record<string, number> = {};
  plannedJobs(plan).forEach(({ fault }) => ends[ENDS[fault]] = (ends[ENDS[fault]] ?? 0) + 1);
  return ends;
}
