/** The queues of a run, as the ledger's functions get them in LEDGER_RUNS. */
export interface RunQueues {
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly deadLetterQueueUrl: string;
  readonly deadLetterQueueArn: string;
}

export function queuesOf(run: string): RunQueues {
  const queues = (JSON.parse(process.env.LEDGER_RUNS ?? '{}') as Record<string, RunQueues>)[run];
  if (!queues) {
    throw new Error(`the ledger follows no run '${run}'; it follows: ${Object.keys(JSON.parse(process.env.LEDGER_RUNS ?? '{}')).join(', ')}`);
  }
  return queues;
}
