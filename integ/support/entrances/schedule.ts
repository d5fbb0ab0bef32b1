import { createHash, randomUUID } from 'node:crypto';
import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Confirmation, Entrance, OutgoingMessage, Sender } from './entrance';
import { oneOffSchedule } from '../../../runtime/src';
import type { ScheduledFunction, ScheduledMessages } from '../../../src';
import { callScheduler } from '../scheduler-api';

/** What a schedule of a pattern is made of. */
interface ScheduleAddress {
  readonly group: string;
  readonly queue: string;
  readonly role: string;
  readonly deadLetters: string;
}

/**
 * Messages are sent by schedules that run once, in the group of a pattern and as its role, in the form of its own runs: each message is a run that the ledger can tell from others.
 */
export function scheduleEntrance(pattern: ScheduledFunction): Entrance {
  const { scheduleGroup, queue, scheduleRole, scheduleDeadLetterQueue } = pattern;
  const address: ScheduleAddress = {
    group: scheduleGroup.scheduleGroupName, queue: queue.queueArn, role: scheduleRole.roleArn, deadLetters: scheduleDeadLetterQueue.queueArn,
  };
  // The local emulator takes each for one of the default group.
  const schedules = [address.group, 'default'].map((group) => Stack.of(pattern).formatArn({ service: 'scheduler', resource: 'schedule', resourceName: `${group}/*` }));
  return {
    kind: 'schedule',
    address: Stack.of(pattern).toJsonString(address),
    grantSend: (producer) => {
      iam.Grant.addToPrincipal({ grantee: producer, actions: ['scheduler:CreateSchedule'], resourceArns: schedules });
      scheduleRole.grantPassRole(producer.grantPrincipal);
    },
  };
}

/** Messages are sent by schedules that the producer creates at run time, with what it was granted and what it is told of a request. */
export function oneOffEntrance(pattern: ScheduledMessages): Entrance {
  return {
    kind: 'schedule',
    address: pattern.scheduleRequest,
    grantSend: (producer) => {
      pattern.grantCreateSchedules(producer);
      // The local emulator takes each for one of the default group.
      const ofDefault = Stack.of(pattern).formatArn({ service: 'scheduler', resource: 'schedule', resourceName: 'default/*' });
      iam.Grant.addToPrincipal({ grantee: producer, actions: ['scheduler:CreateSchedule'], resourceArns: [ofDefault] });
    },
  };
}

/** On AWS a schedule for the minute that has begun may come too late. */
const AHEAD_MS = process.env.AWS_ENDPOINT_URL ? 0 : 120_000;

/** Two copies of a message are one run that is delivered twice: for the same time. */
const times = new Map<string, string>();

function timeOf({ deduplicationId }: OutgoingMessage): string {
  const time = times.get(deduplicationId) ?? new Date(Date.now() + AHEAD_MS).toISOString().slice(0, 19);
  times.set(deduplicationId, time);
  return time;
}

export const sender: Sender = {
  limit: 200_000,
  batchSize: 10,
  send: async (address, messages) => {
    const confirmed = await Promise.all(messages.map(async (message): Promise<Confirmation> => {
      const messageId = createHash('sha256').update(message.deduplicationId).digest('hex');
      const { Name, ...request } = requestOf(address, messageId, message);
      await callScheduler('POST', `/schedules/${Name}`, request).catch((error: Error) => {
        // Of two copies of a message that are sent by one name, the second is there already.
        if (!error.message.includes('ConflictException')) {
          throw error;
        }
      });
      return { number: message.number, messageId };
    }));
    return { confirmed, refused: [] };
  },
};

function requestOf(address: string, messageId: string, message: OutgoingMessage): { readonly Name: string } {
  const input = JSON.parse(message.body) as { readonly [key: string]: unknown };
  if ('Target' in (JSON.parse(address) as object)) {
    return oneOffSchedule(address, { name: messageId, at: new Date(`${timeOf(message)}Z`), input });
  }
  const { group, queue, role, deadLetters } = JSON.parse(address) as ScheduleAddress;
  const request = {
    Name: randomUUID(),
    GroupName: group,
    ScheduleExpression: `at(${timeOf(message)})`,
    FlexibleTimeWindow: { Mode: 'OFF' },
    ActionAfterCompletion: 'DELETE',
    Target: {
      Arn: queue,
      RoleArn: role,
      Input: JSON.stringify({ scheduledTime: '<aws.scheduler.scheduled-time>', input }),
      SqsParameters: { MessageGroupId: 'runs' },
      DeadLetterConfig: { Arn: deadLetters },
      RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 60 },
    },
  };
  return request;
}
