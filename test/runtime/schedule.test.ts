import { oneOffSchedule } from '../../runtime/src';

const TARGET = {
  Arn: 'arn:aws:sqs:us-east-1:111122223333:mail',
  RoleArn: 'arn:aws:iam::111122223333:role/scheduler',
  DeadLetterConfig: { Arn: 'arn:aws:sqs:us-east-1:111122223333:dead' },
  RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
};
const REQUEST = JSON.stringify({ GroupName: 'group', FlexibleTimeWindow: { Mode: 'OFF' }, ActionAfterCompletion: 'DELETE', Target: TARGET });
const at = new Date('2026-12-24T18:30:15.900Z');

test('a request is complete with a name, a time and a message', () => {
  expect(oneOffSchedule(REQUEST, { name: 'order-4711', at, input: { order: 4711 } })).toEqual({
    Name: 'order-4711',
    GroupName: 'group',
    ScheduleExpression: 'at(2026-12-24T18:30:15)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    ActionAfterCompletion: 'DELETE',
    Target: { ...TARGET, Input: '{"schedule":"<aws.scheduler.schedule-arn>","scheduledTime":"<aws.scheduler.scheduled-time>","input":{"order":4711}}' },
  });
});

test('an input can be left out, and the message group of the target is kept', () => {
  const SqsParameters = { MessageGroupId: 'reminders' };
  const inGroup = JSON.stringify({ GroupName: 'group', Target: { ...TARGET, SqsParameters } });
  expect(oneOffSchedule(inGroup, { name: 'a', at }).Target).toEqual({
    ...TARGET, SqsParameters, Input: '{"schedule":"<aws.scheduler.schedule-arn>","scheduledTime":"<aws.scheduler.scheduled-time>"}',
  });
});

test.each(['a', 'A-z_0.9', 'x'.repeat(64)])('a name may be %s', (name) => {
  expect(oneOffSchedule(REQUEST, { name, at }).Name).toBe(name);
});

test.each(['', 'order 4711', 'x'.repeat(65), 'a/b', 'ä', '/a', 'a/'])('a name may not be «%s»', (name) => {
  expect(() => oneOffSchedule(REQUEST, { name, at })).toThrow(new RangeError(
    `name is '${name}', but must be 1 to 64 letters, digits, hyphens, underscores and dots: shorten it, or replace the others`,
  ));
});

test('a date that is none is refused', () => {
  expect(() => oneOffSchedule(REQUEST, { name: 'a', at: new Date('soon') })).toThrow(new RangeError('at is no date: state when the message is to be sent'));
});
