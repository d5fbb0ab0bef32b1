import type { RemovalPolicy } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { byProps } from '../checks/derived-values';
import { warnOfKeyByAlias } from '../kms/key-by-alias';
import { claimDeadLetters } from '../sqs/dead-letter-owners';
import { DEAD_LETTER_RETENTION, newPatternQueue } from '../sqs/pattern-queue';

/** As many as Scheduler offers, so that it is the age of a run that ends them. https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html */
export const RETRY_ATTEMPTS = 185;

/** What Scheduler needs of a queue's key. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html */
export const KEY_ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey'];

/** What delivers the runs of schedules to a queue is made of. */
export interface ScheduleDeliveryProps {
  readonly queue: sqs.IQueue;
  /** Of the dead-letter queue. */
  readonly encryptionKey: kms.IKey | undefined;
  readonly removalPolicy: RemovalPolicy | undefined;
  /** The class of the pattern. */
  readonly pattern: string;
}

/** How the runs of the schedules of a group are delivered to a queue. */
export interface ScheduleDelivery {
  readonly group: scheduler.IScheduleGroup;
  readonly deadLetterQueue: sqs.Queue;
  readonly role: iam.Role;
  /** Without which nothing can be delivered. */
  readonly grants: readonly iam.Grant[];
}

/** Makes the group of schedules that send to a queue, and sets aside what cannot be delivered. */
export function newScheduleDelivery(scope: Construct, { queue, encryptionKey, removalPolicy, pattern }: ScheduleDeliveryProps): ScheduleDelivery {
  // A group of its own, because Scheduler counts by group only. The CDK's own would have a fixed name. https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html
  const made = new scheduler.CfnScheduleGroup(scope, 'ScheduleGroup');
  const group = scheduler.ScheduleGroup.fromScheduleGroupName(scope, 'Group', made.ref);
  const deadLetterQueue = newPatternQueue(scope, 'ScheduleDeadLetterQueue', {
    retentionPeriod: DEAD_LETTER_RETENTION,
    encryptionKey,
    removalPolicy,
    instead: byProps(pattern, ['encryptionKey', 'removalPolicy'], 'runs that could not be delivered wait there for people, so leave the queue as it is made'),
  });
  claimDeadLetters(scope, deadLetterQueue);
  const role = newRole(scope, made.attrArn);
  const grants = [queue, deadLetterQueue].flatMap((one) => {
    const key = one.encryptionMasterKey;
    warnOfKeyByAlias(scope, key);
    return [one.grant(role, 'sqs:SendMessage'), ...key ? [key.grant(role, ...KEY_ACTIONS)] : []];
  });
  return { group, deadLetterQueue, role, grants };
}

/** What a schedule of such a group is made of. */
export interface RunsProps {
  readonly queue: sqs.IQueue;
  /** Of a FIFO queue. */
  readonly messageGroupId: string | undefined;
  readonly schedule: scheduler.ScheduleExpression;
  readonly maxEventAgeSeconds: number;
  readonly flexibleWindow: scheduler.TimeWindow;
  /** What is sent for each run. */
  readonly message: string;
  readonly enabled: boolean | undefined;
}

/** Makes a schedule that sends a message to the queue for each run. */
export function newSchedule(scope: Construct, { group, deadLetterQueue, role, grants }: ScheduleDelivery, props: RunsProps): scheduler.Schedule {
  const { queue, messageGroupId, message } = props;
  const target: scheduler.IScheduleTarget = {
    bind: () => ({
      arn: queue.queueArn,
      role,
      deadLetterConfig: { arn: deadLetterQueue.queueArn },
      input: scheduler.ScheduleTargetInput.fromText(message),
      sqsParameters: messageGroupId === undefined ? undefined : { messageGroupId },
    }),
  };
  const schedule = new scheduler.Schedule(scope, 'Schedule', {
    schedule: props.schedule,
    scheduleGroup: group,
    timeWindow: props.flexibleWindow,
    enabled: props.enabled,
    target,
  });
  const resource = schedule.node.defaultChild as scheduler.CfnSchedule;
  // Set here because Schedule compares the numbers without regard to tokens.
  const retryPolicy = { maximumEventAgeInSeconds: props.maxEventAgeSeconds, maximumRetryAttempts: RETRY_ATTEMPTS };
  resource.target = { ...resource.target as scheduler.CfnSchedule.TargetProperty, retryPolicy };
  // A schedule with a rate runs at once.
  grants.forEach((grant) => grant.applyBefore(schedule));
  return schedule;
}

/**
 * Scheduler acts by a role alone; nothing of it stands in the policies of the queues and the key. The group is the most narrow that AWS lets the trust name: a schedule does not work.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
 */
function newRole(scope: Construct, groupArn: string): iam.Role {
  const StringEquals = { 'aws:SourceAccount': Stack.of(scope).account, 'aws:SourceArn': groupArn };
  return new iam.Role(scope, 'ScheduleRole', { assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', { conditions: { StringEquals } }) });
}
