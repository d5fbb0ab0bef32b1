import type { Findings } from './findings';
import type { OrderPlan, Station } from './order-plan';
import { LEAST_ORDERS } from './release';

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
  readonly steps: Readonly<Record<'emulator' | 'deploy' | 'handIn' | 'work' | 'redrive' | 'report', Step>>;
  /** Orders in the plan. */
  readonly planned: number;
  /** Orders that the jobs API has accepted. */
  accepted: number;
  /** Orders that each station has done. */
  done: Record<Station, number>;
  /** Messages that the queues hold. */
  waiting: number;
  setAside: number;
  readonly faults: Readonly<Record<'poison' | 'transient' | 'throw' | 'resend' | 'release', FaultProgress>>;
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
      emulator: step('start and bootstrap a local AWS'),
      deploy: step('cdk deploy'),
      handIn: step('hand in the order files'),
      work: step('work, retry, set aside'),
      redrive: step('repair the catalogue and redrive'),
      report: step('write the report'),
    },
    planned: plan.orders.length,
    accepted: 0,
    done: { billing: 0, production: 0, shipping: 0 },
    waiting: 0,
    setAside: 0,
    faults: {
      poison: { title: 'orders that always fail (poison)', planned: faults.poison, seen: '' },
      transient: { title: 'orders that fail twice, then succeed', planned: faults.transient, seen: '' },
      throw: { title: 'batches that throw', planned: faults['batch-error'], seen: '' },
      resend: { title: 'orders that are sent twice', planned: faults.resend, seen: '' },
      release: { title: 'broken release of production', planned: plan.orders.length < LEAST_ORDERS ? 0 : 1, seen: '' },
    },
    remark: '',
  };
}

/** Says what has been seen of the faults by now. */
export function showFindings({ faults }: Progress, findings: Findings, maxReceiveCount: number): void {
  const { poisonFailing, highestFailedReceiveCount, transientDone, repeats, thrownInvocations } = findings;
  faults.poison.seen = poisonFailing === 0 ? '' : `${poisonFailing} failing, at attempt ${highestFailedReceiveCount} of ${maxReceiveCount}`;
  faults.transient.seen = transientDone === 0 ? '' : `${transientDone} billed at last`;
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
