import type { JobFault } from '../jobs/job-plan';

/** What the function of a `FunctionEngine` gets. */
export interface JobEvent {
  readonly job: string;
  readonly id: string;
  readonly deadline: number;
  readonly body: { readonly number: number; readonly fault: JobFault; readonly result?: unknown };
}

/** Longer than any job of the tests may take. */
const TOO_LONG = 100_000;

/** Long enough to be cancelled meanwhile, and within the time of the job. */
const LONG = 25_000;

/** Does a job, or fails at it as its fault says. */
export async function handler({ body: { number, fault, result } }: JobEvent): Promise<unknown> {
  switch (fault) {
    case 'fail':
      throw new Error('a reason that no client must read');
    case 'crash':
      process.exit(1);
      break;
    case 'hang':
    case 'abort':
    case 'lost':
      await new Promise((resolve) => setTimeout(resolve, TOO_LONG));
      break;
    case 'cancel':
      await new Promise((resolve) => setTimeout(resolve, LONG));
      break;
    case 'big':
      return { number, text: 'x'.repeat(300 * 1024) };
  }
  return result;
}
