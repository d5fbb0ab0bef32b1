import { setTimeout as sleep } from 'node:timers/promises';
import { callEvents } from '../eventbridge';

export interface ReplayEvent {
  /** The name and the ARN of the archive. */
  readonly archive: string;
  readonly archiveArn: string;
  readonly eventBusArn: string;
  /** The ARN of the rule that gets the events, and no other. */
  readonly ruleArn: string;
  /** How many events the archive must have before: an event may take minutes to be there. */
  readonly events: number;
}

export interface ReplayAnswer {
  /** `ARCHIVING` while events are still to come; then the state in which the replay ended. */
  readonly state: string;
}

/** Long before anything was sent. */
const AN_HOUR = 3600;

/** Delivers everything in an archive to one rule again, as an operator would after a repair, and waits until that has ended. */
export async function handler({ archive, archiveArn, eventBusArn, ruleArn, events }: ReplayEvent): Promise<ReplayAnswer> {
  const { EventCount: count } = await callEvents<{ EventCount: number }>('DescribeArchive', { ArchiveName: archive });
  if (count < events) {
    return { state: 'ARCHIVING' };
  }
  const now = Math.ceil(Date.now() / 1000);
  const ReplayName = `replay-${Date.now()}`;
  await callEvents('StartReplay', {
    ReplayName,
    EventSourceArn: archiveArn,
    EventStartTime: now - AN_HOUR,
    EventEndTime: now,
    Destination: { Arn: eventBusArn, FilterArns: [ruleArn] },
  });
  for (;;) {
    const { State: state } = await callEvents<{ State: string }>('DescribeReplay', { ReplayName });
    if (!['STARTING', 'RUNNING'].includes(state)) {
      return { state };
    }
    await sleep(1000);
  }
}
