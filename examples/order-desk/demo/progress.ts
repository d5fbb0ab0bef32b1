import type { Findings } from './findings';
import type { OrderPlan } from './order-plan';

/** What the demo does, step by step. */
export interface Step {
  readonly title: string;
  state: 'todo' | 'doing' | 'done';
  /** In milliseconds since 1970. */
  startedAt?: number;
  endedAt?: number;
  /** What came of it. */
  note?: string;
}

/** What goes wrong on purpose: how much of it is planned, and what has been seen of it. */
export interface FaultProgress {
  readonly title: string;
  readonly planned: number;
  seen: string;
}

/** What the progress view shows; changed in place as the run goes on. */
export interface Progress {
  readonly title: string;
  readonly startedAt: number;
  readonly steps: Readonly<Record<'emulator' | 'bootstrap' | 'deploy' | 'send' | 'process' | 'redrive' | 'report', Step>>;
  /** Orders in the plan. */
  readonly planned: number;
  /** Orders that SQS confirmed. */
  accepted: number;
  processed: number;
  /** Messages that the queue holds. */
  waiting: number;
  setAside: number;
  readonly faults: Readonly<Record<'poison' | 'transient' | 'resend' | 'throw', FaultProgress>>;
  /** What helps to understand what is seen just now. */
  remark: string;
}

export function newProgress(title: string, plan: OrderPlan): Progress {
  const step = (name: string): Step => ({ title: name, state: 'todo' });
  const { faults } = plan;
  return {
    title,
    startedAt: Date.now(),
    steps: {
      emulator: step('start a local AWS emulator'),
      bootstrap: step('cdk bootstrap'),
      deploy: step('cdk deploy'),
      send: step('send the orders'),
      process: step('process, retry, set aside'),
      redrive: step('repair the catalogue and redrive'),
      report: step('write the report'),
    },
    planned: plan.orders.length,
    accepted: 0,
    processed: 0,
    waiting: 0,
    setAside: 0,
    faults: {
      poison: { title: 'orders that always fail (poison)', planned: faults.poison, seen: '' },
      transient: { title: 'orders that fail twice, then succeed', planned: faults.transient, seen: '' },
      throw: { title: 'batches that throw', planned: faults['batch-error'], seen: '' },
      resend: { title: 'orders that are sent twice', planned: faults.resend, seen: '' },
    },
    remark: '',
  };
}

/** Says what has been seen of the faults by now. */
export function showFindings({ faults }: Progress, findings: Findings, maxReceiveCount: number): void {
  const { poisonFailing, highestFailedReceiveCount, transientProcessed, repeats, thrownInvocations } = findings;
  faults.poison.seen = poisonFailing === 0 ? '' : `${poisonFailing} failing, at attempt ${highestFailedReceiveCount} of ${maxReceiveCount}`;
  faults.transient.seen = transientProcessed === 0 ? '' : `${transientProcessed} processed at last`;
  faults.throw.seen = thrownInvocations === 0 ? '' : `${thrownInvocations} thrown`;
  faults.resend.seen = repeats === 0 ? '' : `${repeats} repeats recognised`;
}

/** Runs a step and keeps its times. What it gives is noted. */
export async function doStep<T>(step: Step, work: () => Promise<T>, note?: (result: T) => string): Promise<T> {
  step.state = 'doing';
  step.startedAt = Date.now();
  const result = await work();
  step.endedAt = Date.now();
  step.state = 'done';
  if (note) {
    step.note = note(result);
  }
  return result;
}
