import type { Sample } from './sampler';
import type { AlarmFacts } from './stack-facts';

export interface AlarmVerdict {
  readonly alarm: AlarmFacts;
  readonly verdict: 'would have fired' | 'would not have fired' | 'cannot be told';
  readonly why: string;
}

/** What the ledger of a run knows that bears on alarms. */
export interface AlarmEvidence {
  readonly samples: readonly Sample[];
  readonly startedAt: number;
  /** How long the order waited that waited longest. */
  readonly longestWaitSeconds: number;
  /** How long a poison order waits with the visibility timeout that the stack is deployed with. */
  readonly deployedWaitSeconds: number;
  readonly thrownInvocations: number;
}

/**
 * Whether each alarm would have fired, as far as the ledger of the run can tell. CloudWatch is not asked: the emulator evaluates no alarms.
 */
export function judgeAlarms(alarms: readonly AlarmFacts[], evidence: AlarmEvidence): AlarmVerdict[] {
  return alarms.map((alarm) => ({ alarm, ...judge(alarm, evidence) })).sort((a, b) => rank(a) - rank(b));
}

function judge(alarm: AlarmFacts, evidence: AlarmEvidence): Omit<AlarmVerdict, 'alarm'> {
  const { samples, startedAt, longestWaitSeconds, deployedWaitSeconds, thrownInvocations } = evidence;
  const most = Math.max(0, ...samples.map(({ setAside }) => setAside));
  const first = samples.find(({ setAside }) => setAside > alarm.threshold);
  switch (alarm.metric) {
    case 'ApproximateNumberOfMessagesVisible':
      return first
        ? { verdict: 'would have fired', why: `${most} messages lay in the dead-letter queue, the first ones ${seconds(first.at - startedAt)} after the first order was sent` }
        : { verdict: 'would not have fired', why: 'the dead-letter queue stayed empty' };
    case 'DIFF(visible + inFlight)':
      return first
        ? { verdict: 'would have fired', why: `the dead-letter queue grew from 0 to ${most} messages` }
        : { verdict: 'would not have fired', why: 'the dead-letter queue stayed empty' };
    case 'ApproximateAgeOfOldestMessage':
      return {
        verdict: Math.max(longestWaitSeconds, deployedWaitSeconds) > alarm.threshold ? 'would have fired' : 'would not have fired',
        why: `no order waited longer than ${Math.ceil(longestWaitSeconds)} s until it was done or set aside; with the visibility timeout as deployed poison waits `
          + `${deployedWaitSeconds} s; the threshold is ${alarm.threshold} s`,
      };
    case 'Errors':
      // Each minute over the threshold of 0 takes an invocation of its own.
      return thrownInvocations < alarm.periods
        ? {
          verdict: 'would not have fired',
          why: thrownInvocations === 0
            ? 'no invocation threw; orders that the handler reports as failed one by one are no errors to Lambda'
            : `${thrownInvocations === 1 ? '1 invocation' : `${thrownInvocations} invocations`} threw, and the alarm wants one at least in each of ${alarm.periods} minutes in a row`,
        }
        : { verdict: 'cannot be told', why: `${thrownInvocations} invocations threw, but the ledger does not say in which minutes` };
    default:
      return { verdict: 'cannot be told', why: 'the ledger of the run does not measure this' };
  }
}

function rank({ verdict }: AlarmVerdict): number {
  return ['would have fired', 'would not have fired', 'cannot be told'].indexOf(verdict);
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(0)} s`;
}
