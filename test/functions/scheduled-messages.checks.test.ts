import { App, Duration, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { consumerIn, fifoConsumerIn, make } from './messages-fixtures';
import { rate } from './scheduled-fixtures';
import { QueueFed, QueueFedFunction, ScheduledMessages } from '../../src';
import { handlerIn, newStack } from '../messaging/fixtures';
import { warningIds, warningOf } from '../storage/fixtures';

function problemsOf(action: () => unknown): string[] {
  try {
    action();
  } catch (error) {
    const [title, ...problems] = (error as Error).message.split('\n  - ');
    expect(title).toBe('ScheduledMessages \'Stack/Reminders\' cannot be made:');
    return problems;
  }
  return [];
}

const hourly = rate(Duration.hours(1));

describe('the target', () => {
  const withoutDeduplication = (scope: Stack) => ({ target: consumerIn(scope, { fifo: true }) });

  test('drops what it gets twice, if it is a FIFO queue', () => {
    const what = (name: string) => `queue 'Stack/Mail' is a FIFO queue without ContentBasedDeduplication, but ${name} sends no deduplication id, so SQS refuses every message: ` +
      'set ContentBasedDeduplication of the queue to true, and put <aws.scheduler.scheduled-time> into Target.Input, so that two runs differ';
    expect(problemsOf(() => make((scope) => ({ ...withoutDeduplication(scope), schedule: hourly })))).toEqual([what('the schedule of \'Stack/Reminders\'')]);
    expect(problemsOf(() => make(withoutDeduplication))).toEqual([what('a schedule in the group of \'Stack/Reminders\'')]);
  });

  test('has groups only if it is a FIFO queue', () => {
    expect(problemsOf(() => make({ messageGroupId: 'mail' }))).toEqual([
      'messageGroupId is \'mail\', but queue \'Stack/Mail\' is a standard queue: leave messageGroupId out, or give a consumer with a FIFO queue',
    ]);
    expect(problemsOf(() => make((scope) => ({ target: fifoConsumerIn(scope), messageGroupId: 'mail' })))).toEqual([]);
  });

  test.each([
    ['region', { account: '111122223333', region: 'eu-west-1' }, 'us-east-1'],
    ['account', { account: '444455556666', region: 'us-east-1' }, '111122223333'],
  ] as const)('is in the same %s', (place, env, here) => {
    const app = new App();
    const stack = new Stack(app, 'Stack', { env: { account: '111122223333', region: 'us-east-1' } });
    const queue = sqs.Queue.fromQueueArn(stack, 'Mail', `arn:aws:sqs:${env.region}:${env.account}:mail`);
    expect(problemsOf(() => new ScheduledMessages(stack, 'Reminders', { target: QueueFed.of(queue, queue) }))).toEqual([
      `queue 'Stack/Mail' is in ${place} ${env[place]}, but its schedules would be in ${here}, and Scheduler is not documented to send to a queue of another ${place}: make this in a stack of that ${place}`,
    ]);
  });
});

describe('without a schedule', () => {
  test.each([
    ['flexibleWindow', { flexibleWindow: Duration.minutes(5) }],
    ['input', { input: {} }],
    ['enabled', { enabled: true }],
    ['alarms.missedRuns', { alarms: { missedRuns: { enabled: false } } }],
  ])('there is no %s', (prop, props) => {
    expect(problemsOf(() => make(props))).toEqual([
      `${prop} is set, but there is no schedule, and each schedule that is created at run time says it for itself: state schedule, or leave ${prop} out`,
    ]);
  });
});

describe('with a schedule', () => {
  test('what it says of its runs is checked as for a ScheduledFunction', () => {
    const schedule = scheduler.ScheduleExpression.expression('hourly');
    expect(problemsOf(() => make({ schedule }))).toEqual([expect.stringContaining('the schedule of \'Stack/Reminders\' has the expression \'hourly\', which Scheduler does not know')]);
    expect(problemsOf(() => make({ schedule: hourly, flexibleWindow: Duration.hours(1) }))).toEqual([expect.stringContaining('flexibleWindow is 3600 seconds, but the next run is due after')]);
  });

  test('its message fits into a queue', () => {
    const frame = '{"schedule":"<aws.scheduler.schedule-arn>","scheduledTime":"<aws.scheduler.scheduled-time>","input":{"text":""}}'.length;
    const withText = (length: number) => problemsOf(() => make({ schedule: hourly, input: { text: 'x'.repeat(length) } }));
    expect(withText(1_048_576 - frame)).toEqual([]);
    expect(withText(1_048_577 - frame)).toEqual([expect.stringContaining('input makes a message of 1048577 bytes, but SQS takes at most 1048576')]);
  });

  test('an input that differs for each attempt is warned of', () => {
    const { stack } = make((scope) => ({ target: fifoConsumerIn(scope), schedule: hourly, input: { id: scheduler.ContextAttribute.executionId } }));
    expect(warningOf(stack, 'scheduleInputDiffersByAttempt')).toContain('puts <aws.scheduler.execution-id> into the message for \'Stack/Mail\'');
  });
});

test('a key that AWS manages is refused', () => {
  expect(problemsOf(() => make((scope) => ({ encryptionKey: kms.Alias.fromAliasName(scope, 'Key', 'alias/aws/sqs') })))).toEqual([
    'encryptionKey is the AWS-managed key \'alias/aws/sqs\', which services may not use for each other, but must be a customer-managed key: give one, or leave encryptionKey out for SSE-SQS',
  ]);
});

test.each([
  ['that is stated', (scope: Stack, key: kms.IKey) => ({ target: consumerIn(scope), encryptionKey: key })],
  ['of the queue', (scope: Stack, key: kms.IKey) => ({ target: consumerIn(scope, { encryptionMasterKey: key }) })],
])('a key %s by the name of its alias, which CDK grants to nobody, is warned of', (_, props) => {
  const { stack } = make((scope) => props(scope, kms.Alias.fromAliasName(scope, 'Key', 'alias/orders')));
  expect(warningIds(stack)).toEqual(['keyByAliasNotGranted']);
});

test('all that is wrong is reported at once, and nothing is left', () => {
  const stack = newStack();
  const refused = () => new ScheduledMessages(stack, 'Reminders', {
    target: consumerIn(stack), maxEventAge: Duration.seconds(10), messageGroupId: 'mail', enabled: false, alarms: { targetErrors: { threshold: -1 } },
  });
  expect(refused).toThrow(/maxEventAge is 10 seconds[^]*messageGroupId is 'mail'[^]*enabled is set[^]*alarms.targetErrors.threshold is -1/);
  expect(stack.node.tryFindChild('Reminders')).toBeUndefined();
});

test('the dead-letter queue of the schedule is no other consumer\'s', () => {
  const { stack, reminders } = make();
  expect(() => new QueueFedFunction(stack, 'Other', { handler: handlerIn(stack), deadLetterQueue: reminders.scheduleDeadLetterQueue })).toThrow(/Stack\/Reminders/);
});
