import type { CfnResource, Stack } from 'aws-cdk-lib';
import { Duration, RemovalPolicies, Tags } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { consumerIn } from './messages-fixtures';
import { rate } from './scheduled-fixtures';
import type { ScheduledMessagesProps } from '../../src';
import { ScheduledMessages } from '../../src';
import type { LateChange } from '../late-changes';
import { describeLateChanges, describeRoles, expectHarmless, problemsAtSynthesis } from '../late-changes';
import { newStack } from '../messaging/fixtures';

function make(stack: Stack, props: Partial<ScheduledMessagesProps> = {}): ScheduledMessages {
  return new ScheduledMessages(stack, 'Reminders', {
    target: consumerIn(stack, { fifo: true, contentBasedDeduplication: true, encryptionMasterKey: new kms.Key(stack, 'QueueKey') }),
    schedule: rate(Duration.hours(1)),
    flexibleWindow: Duration.minutes(5),
    input: { report: 'daily' },
    encryptionKey: new kms.Key(stack, 'Key'),
    ...props,
  });
}

const atRunTime = (stack: Stack) => new ScheduledMessages(stack, 'Reminders', { target: consumerIn(stack), encryptionKey: new kms.Key(stack, 'Key') });

const RESOURCES = {
  'schedule': ({ schedule }: ScheduledMessages) => schedule!.node.defaultChild as CfnResource,
  'dead-letter queue': ({ scheduleDeadLetterQueue }: ScheduledMessages) => scheduleDeadLetterQueue.node.defaultChild as CfnResource,
  'queue': ({ queue }: ScheduledMessages) => queue.node.defaultChild as CfnResource,
};

type Change = LateChange<keyof typeof RESOURCES>;

const OTHER = 'arn:aws:sqs:us-east-1:111122223333:other';
const isStated = (prop: string) => `state ${prop} of the ScheduledMessages`;

const ROLE = {
  of: ({ scheduleRole }: ScheduledMessages) => scheduleRole, takes: 'Scheduler takes this role; add others to it', does: 'Scheduler sends runs, and those that it cannot deliver, by this role',
};

const QUEUE: Change[] = [
  ['dead-letter queue', 'Properties.FifoQueue', true, 'leave the queue as it is made'],
  ['dead-letter queue', 'Properties.KmsMasterKeyId', 'alias/aws/sqs', isStated('encryptionKey')],
];

describeLateChanges(make, RESOURCES, [
  ['schedule', 'Properties.ScheduleExpression', 'rate(2 hours)', isStated('schedule')],
  ['schedule', 'Properties.State', 'DISABLED', isStated('enabled')],
  ['schedule', 'Properties.GroupName', 'other', 'Scheduler counts by group, and the alarms are on this one'],
  ['schedule', 'Properties.FlexibleTimeWindow.MaximumWindowInMinutes', 10, isStated('flexibleWindow')],
  ['schedule', 'Properties.Target.Arn', OTHER, isStated('target')],
  ['schedule', 'Properties.Target.Input', '{}', `${isStated('input')}, which the consumer finds beside the schedule and its time`],
  ['schedule', 'Properties.Target.SqsParameters.MessageGroupId', 'others', isStated('messageGroupId')],
  ['schedule', 'Properties.Target.DeadLetterConfig.Arn', OTHER, 'what cannot be delivered is kept there'],
  ['schedule', 'Properties.Target.RetryPolicy.MaximumEventAgeInSeconds', 60, isStated('maxEventAge')],
  ...QUEUE,
]);

describe('without a schedule', () => {
  describeLateChanges(atRunTime, RESOURCES, QUEUE);
});

test.each([make, atRunTime])('a target that loses its deduplication, or becomes a FIFO queue without it, is refused', (made) => {
  const stack = newStack();
  const queue = RESOURCES.queue(made(stack));
  queue.addPropertyOverride('FifoQueue', true);
  queue.addPropertyOverride('ContentBasedDeduplication', false);
  expect(problemsAtSynthesis(stack)).toContainEqual(expect.stringContaining('queue \'Stack/Mail\' is a FIFO queue without ContentBasedDeduplication'));
});

describeRoles(make, { 'role of the schedule': ROLE });

describe('without a schedule', () => describeRoles(atRunTime, { 'role of schedules': ROLE }));

describe('harmless', () => {
  test('are other permissions of the role', () => expectHarmless(make, ({ scheduleRole }) => scheduleRole.addToPolicy(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: ['*'] }))));

  test('are tags, and a removal policy for the whole stack', () => expectHarmless(make, (_, stack) => {
    Tags.of(stack).add('team', 'shop');
    RemovalPolicies.of(stack).destroy();
  }));
});
