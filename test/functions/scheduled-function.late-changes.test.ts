import type { CfnResource, Stack } from 'aws-cdk-lib';
import { Duration, RemovalPolicies, Tags } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { rate } from './scheduled-fixtures';
import type { ScheduledFunctionProps } from '../../src';
import { ScheduledFunction } from '../../src';
import type { LateChange } from '../late-changes';
import { describeLateChanges, describeRoles, expectHarmless, problemsAtSynthesis } from '../late-changes';
import { handlerIn, newStack } from '../messaging/fixtures';

function make(stack: Stack, props: Partial<ScheduledFunctionProps> = {}): ScheduledFunction {
  return new ScheduledFunction(stack, 'Nightly', {
    handler: handlerIn(stack), schedule: rate(Duration.hours(1)), flexibleWindow: Duration.minutes(5), input: { report: 'daily' }, encryptionKey: new kms.Key(stack, 'Key'), ...props,
  });
}

const RESOURCES = {
  'schedule': ({ schedule }: ScheduledFunction) => schedule.node.defaultChild as CfnResource,
  'policy': ({ scheduleRole }: ScheduledFunction) => scheduleRole.node.findChild('DefaultPolicy').node.defaultChild as CfnResource,
  'dead-letter queue': ({ scheduleDeadLetterQueue }: ScheduledFunction) => scheduleDeadLetterQueue.node.defaultChild as CfnResource,
  'queue': ({ queue }: ScheduledFunction) => queue.node.defaultChild as CfnResource,
};

type Change = LateChange<keyof typeof RESOURCES>;

const OTHER = 'arn:aws:sqs:us-east-1:111122223333:other';
const isStated = (prop: string) => `state ${prop} of the ScheduledFunction`;

const DERIVED: Change[] = [
  ['schedule', 'Properties.ScheduleExpression', 'rate(2 hours)', isStated('schedule')],
  ['schedule', 'Properties.ScheduleExpressionTimezone', 'Europe/Berlin', isStated('schedule')],
  ['schedule', 'Properties.State', 'DISABLED', isStated('enabled')],
  ['schedule', 'Properties.GroupName', 'other', 'Scheduler counts by group, and the alarms are on this one'],
  ['schedule', 'Properties.FlexibleTimeWindow.Mode', 'OFF', isStated('flexibleWindow')],
  ['schedule', 'Properties.FlexibleTimeWindow.MaximumWindowInMinutes', 10, isStated('flexibleWindow')],
  ['schedule', 'Properties.Target.Arn', OTHER, 'runs wait for each other in that queue'],
  ['schedule', 'Properties.Target.RoleArn', 'arn:aws:iam::111122223333:role/other', 'change what that role may do'],
  ['schedule', 'Properties.Target.Input', '{}', isStated('input')],
  ['schedule', 'Properties.Target.SqsParameters.MessageGroupId', 'others', isStated('overlap')],
  ['schedule', 'Properties.Target.DeadLetterConfig.Arn', OTHER, 'what cannot be delivered is kept there'],
  ['schedule', 'Properties.Target.DeadLetterConfig', undefined, 'what cannot be delivered is kept there'],
  ['schedule', 'Properties.Target.RetryPolicy.MaximumEventAgeInSeconds', 60, isStated('maxEventAge')],
  ['schedule', 'Properties.Target.RetryPolicy.MaximumRetryAttempts', 0, 'state maxEventAge of the ScheduledFunction, which ends the attempts'],
  ['dead-letter queue', 'Properties.FifoQueue', true, 'leave the queue as it is made'],
  ['dead-letter queue', 'Properties.MessageRetentionPeriod', 60, 'leave the queue as it is made'],
  ['dead-letter queue', 'Properties.KmsMasterKeyId', 'alias/aws/sqs', isStated('encryptionKey')],
  ['queue', 'Properties.ContentBasedDeduplication', false, 'contentBasedDeduplication'],
];

describeLateChanges(make, RESOURCES, DERIVED.filter(([, at]) => at !== 'Properties.Target.DeadLetterConfig'));

test('a dead-letter queue of the schedule that is taken out', () => {
  const stack = newStack();
  (make(stack).schedule.node.defaultChild as CfnResource).addDeletionOverride('Properties.Target.DeadLetterConfig');
  expect(problemsAtSynthesis(stack)).toEqual([expect.stringContaining('Target.DeadLetterConfig.Arn of \'Stack/Nightly/Schedule/Resource\' was taken out')]);
});

describeRoles(make, {
  'role of the schedule': {
    of: ({ scheduleRole }) => scheduleRole, takes: 'Scheduler takes this role; add others to it', does: 'Scheduler sends runs, and those that it cannot deliver, by this role',
  },
});

test('without its statement on a key that is known by its ARN, Scheduler can use no queue', () => {
  const stack = newStack();
  const policy = RESOURCES.policy(make(stack, { encryptionKey: kms.Key.fromKeyArn(stack, 'Imported', 'arn:aws:kms:us-east-1:111122223333:key/1111') })) as iam.CfnPolicy;
  const { Statement } = stack.resolve(policy.policyDocument) as { Statement: { Resource: unknown }[] };
  policy.addPropertyOverride('PolicyDocument.Statement', Statement.filter(({ Resource }) => !JSON.stringify(Resource).includes('key/1111')));
  expect(problemsAtSynthesis(stack)).toEqual([expect.stringContaining('Scheduler sends runs, and those that it cannot deliver, by this role')]);
});

describe('without what can be left out', () => {
  const plain = (stack: Stack) => new ScheduledFunction(stack, 'Nightly', {
    handler: handlerIn(stack), schedule: rate(Duration.hours(1)), overlap: true, enabled: false,
  });

  describeLateChanges(plain, RESOURCES, [
    ['schedule', 'Properties.State', 'ENABLED', isStated('enabled')],
    ['schedule', 'Properties.FlexibleTimeWindow.Mode', 'FLEXIBLE', isStated('flexibleWindow')],
    ['schedule', 'Properties.FlexibleTimeWindow.MaximumWindowInMinutes', 10, isStated('flexibleWindow')],
    ['schedule', 'Properties.Target.SqsParameters.MessageGroupId', 'runs', isStated('overlap')],
  ]);
});

describe('harmless', () => {
  test('are other permissions of the role', () => expectHarmless(make, ({ scheduleRole }) => scheduleRole.addToPolicy(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: ['*'] }))));

  test('are tags, and a removal policy for the whole stack', () => expectHarmless(make, (_, stack) => {
    Tags.of(stack).add('team', 'shop');
    RemovalPolicies.of(stack).destroy();
  }));

  test('is a key by its ARN', () => {
    const stack = newStack();
    make(stack, { encryptionKey: kms.Key.fromKeyArn(stack, 'Imported', 'arn:aws:kms:us-east-1:111122223333:key/1111') });
    expect(problemsAtSynthesis(stack)).toEqual([]);
  });

  test('is a key by its alias', () => {
    const stack = newStack();
    make(stack, { encryptionKey: kms.Alias.fromAliasName(stack, 'Imported', 'alias/orders') });
    expect(problemsAtSynthesis(stack)).toEqual([]);
  });

  test('is a role that somebody else makes', () => {
    const stack = newStack();
    iam.Role.customizeRoles(stack, { usePrecreatedRoles: { 'Stack/Nightly/ScheduleRole': 'scheduler', 'Stack/Handler/ServiceRole': 'handler' } });
    make(stack);
    expect(problemsAtSynthesis(stack)).toEqual([]);
  });

});
