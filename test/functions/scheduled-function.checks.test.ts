import { CfnParameter, Duration, TimeZone } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { cron, make, rate } from './scheduled-fixtures';
import type { ScheduledFunctionProps } from '../../src';
import { DeliveryChecks, DeliverySeverity, EventRouter, QueueFedFunction, ScheduledFunction, ScheduledMessages } from '../../src';
import { problemsAtSynthesis } from '../late-changes';
import { handlerIn, newStack, resourceOf } from '../messaging/fixtures';
import { warningIds, warningOf } from '../storage/fixtures';

/** The problems that an error lists. */
function problemsOf(props: Parameters<typeof make>[0], subject = /^ScheduledFunction 'Stack\/Nightly' cannot be made:$/): string[] {
  try {
    make(props);
  } catch (error) {
    const [title, ...problems] = (error as Error).message.split('\n  - ');
    expect(title).toMatch(subject);
    return problems;
  }
  return [];
}

const ofConsumer = /^QueueFedFunction 'Stack\/Nightly\/Consumer' cannot be made:$/;
const expression = (text: string, zone?: TimeZone) => scheduler.ScheduleExpression.expression(text, zone);

describe('the expression', () => {
  test('has a unit and a form that Scheduler knows', () => {
    expect(problemsOf({ schedule: expression('rate(5 seconds)') })).toEqual([
      'the schedule of \'Stack/Nightly\' has the expression \'rate(5 seconds)\', which Scheduler does not know: use rate(value minutes), in minutes, hours or days with a value of at least 1, ' +
      'cron(minutes hours day-of-month month day-of-week year), or at(yyyy-mm-ddThh:mm:ss)',
    ]);
  });

  test('has one of the two fields for days', () => {
    expect(problemsOf({ schedule: expression('cron(0 4 1 * MON *)') })).toEqual([
      'the schedule of \'Stack/Nightly\' has the expression \'cron(0 4 1 * MON *)\' with both a day of the month (1) and a day of the week (MON), which Scheduler refuses: put ? in place of one of the two',
    ]);
  });

  test('names a time that exists on each day, or there is a warning', () => {
    const { stack } = make({ schedule: cron({ minute: '30', hour: '2', timeZone: TimeZone.EUROPE_BERLIN }) });
    expect(warningOf(stack, 'scheduleSkippedByDaylightSaving')).toContain('the schedule of \'Stack/Nightly\' runs at 02:30 in Europe/Berlin, a time that does not exist');
  });

  test.each([
    ['a rate', rate(Duration.minutes(1))],
    ['a time in UTC', cron({ minute: '30', hour: '2' })],
    ['a time after clocks are put forward', cron({ minute: '0', hour: '3', timeZone: TimeZone.EUROPE_BERLIN })],
    ['a time once', scheduler.ScheduleExpression.at(new Date(Date.UTC(2020, 1, 1)), TimeZone.EUROPE_BERLIN)],
  ])('may be %s', (_, schedule) => {
    expect(warningIds(make({ schedule }).stack)).toEqual([]);
  });
});

describe('the window', () => {
  test('is shorter than the time between two runs', () => {
    const text = 'flexibleWindow is 3600 seconds, but the next run is due after 3600 seconds, so a run could come after the one that follows it: make it shorter, or leave it out for none';
    expect(problemsOf({ flexibleWindow: Duration.hours(1) })).toEqual([text]);
    expect(problemsOf({ flexibleWindow: Duration.hours(1), schedule: cron({ minute: '0' }) })).toEqual([text]);
    expect(problemsOf({ flexibleWindow: Duration.minutes(59) })).toEqual([]);
  });

  test('may be long where the time between two runs is not known', () => {
    expect(problemsOf((stack) => ({ flexibleWindow: Duration.hours(1), schedule: expression(new CfnParameter(stack, 'When').valueAsString) }))).toEqual([]);
  });

  test('is in whole minutes', () => {
    expect(problemsOf({ flexibleWindow: Duration.seconds(90) })).toEqual(['flexibleWindow is 90 seconds, but must be in whole minutes: state it with Duration.minutes']);
  });

  test('is not also said to be in whole minutes, or too long, where it is too short', () => {
    expect(problemsOf({ flexibleWindow: Duration.seconds(59) })).toEqual([expect.stringContaining('flexibleWindow is 59 seconds, but must be from 60 to 86400')]);
  });
});

describe('the input', () => {
  test('fits into a message', () => {
    const frame = '{"scheduledTime":"<aws.scheduler.scheduled-time>","input":{"text":""}}'.length;
    expect(problemsOf({ input: { text: 'ü'.repeat((1_048_576 - frame) / 2) } })).toEqual([]);
    expect(problemsOf({ input: { text: 'ü'.repeat((1_048_576 - frame) / 2 + 1) } })).toEqual([
      'input makes a message of 1048578 bytes, but SQS takes at most 1048576: put it where the handler can read it, such as a bucket, and name that place',
    ]);
  });

  test('does not differ for each attempt, or a run that is delivered twice takes place twice', () => {
    const { stack } = make({ input: { id: scheduler.ContextAttribute.executionId } });
    expect(warningOf(stack, 'scheduleInputDiffersByAttempt')).toBe(
      'the schedule of \'Stack/Nightly\' puts <aws.scheduler.execution-id> into the message for \'Stack/Nightly/Consumer/Queue\', which differs for each attempt, so the queue does not drop a run that ' +
      'Scheduler delivers twice: leave it out of Target.Input, and tell runs apart by <aws.scheduler.scheduled-time>',
    );
  });

  test('may differ where runs overlap anyway', () => {
    expect(warningIds(make({ overlap: true, input: { id: scheduler.ContextAttribute.executionId } }).stack)).toEqual([]);
  });
});

test('all that is wrong is reported at once, and nothing is left', () => {
  const stack = newStack();
  const refused = () => new ScheduledFunction(stack, 'Nightly', { handler: handlerIn(stack), schedule: expression('hourly'), maxEventAge: Duration.seconds(10), flexibleWindow: Duration.days(2) });
  expect(refused).toThrow(/maxEventAge is 10 seconds[^]*flexibleWindow is 172800 seconds[^]*has the expression 'hourly'/);
  expect(stack.node.tryFindChild('Nightly')).toBeUndefined();
});

describe('what the QueueFedFunction checks', () => {
  const importedHandler = (stack: ReturnType<typeof newStack>) => lambda.Function.fromFunctionAttributes(stack, 'Imported', { functionArn: 'arn:aws:lambda:us-east-1:111122223333:function:handler', sameEnvironment: true });

  test('is the handler', () => {
    expect(problemsOf((stack) => ({ handler: importedHandler(stack) }), ofConsumer)).toEqual([expect.stringContaining('handlerTimeout is not set')]);
  });

  test('is the key', () => {
    expect(problemsOf((stack) => ({ encryptionKey: kms.Alias.fromAliasName(stack, 'Key', 'alias/aws/sqs') }), ofConsumer)).toEqual([expect.stringContaining('encryptionKey is the AWS-managed key')]);
  });

  test('leaves nothing behind', () => {
    const stack = newStack();
    expect(() => new ScheduledFunction(stack, 'Nightly', { handler: importedHandler(stack), schedule: rate(Duration.hours(1)) })).toThrow();
    expect(stack.node.tryFindChild('Nightly')).toBeUndefined();
  });
});

describe('what is reserved for the handler', () => {
  const reserved = (reservedConcurrentExecutions: number, props: Partial<ScheduledFunctionProps> = {}) => (
    make((stack) => ({ handler: handlerIn(stack, { reservedConcurrentExecutions }), ...props }))
  );
  const fed = (executions: number, needed: number, sources: string) => [
    `[Stack/Handler/Resource] maxConcurrency of all SQS event sources of 'Stack/Handler/Resource' adds up to ${needed}, but its reservedConcurrentExecutions is ${executions}: lower maxConcurrency ` +
    `of some of them, or raise reservedConcurrentExecutions to ${needed} or more (${sources})`,
  ];
  const own = 'Stack/Nightly/Consumer/EventSource/Resource';

  test('may be 1, because runs are in one message group', () => {
    const { stack } = reserved(1);
    expect(problemsAtSynthesis(stack)).toEqual([]);
    expect(warningIds(stack)).toEqual([]);
    expect(resourceOf(stack, 'AWS::Lambda::EventSourceMapping').Properties.ScalingConfig).toEqual({ MaximumConcurrency: 2 });
    expect(() => DeliveryChecks.ofTemplate(Template.fromStack(stack)).hasNoFindings(DeliverySeverity.ERROR)).not.toThrow();
  });

  test('is 2 at least where runs may overlap', () => {
    const { stack } = reserved(1, { overlap: true });
    expect(problemsAtSynthesis(stack)).toEqual(fed(1, 2, `${own}: 2 at least`));
  });

  test.each([[3, false], [2, true]])('is shared with another queue: %d', (executions, refused) => {
    const { stack, nightly } = reserved(executions);
    new QueueFedFunction(stack, 'Orders', { handler: nightly.handler });
    expect(problemsAtSynthesis(stack)).toEqual(refused ? fed(2, 3, `${own}: 1; Stack/Orders/EventSource/Resource: 2 at least`) : []);
  });

  test.each<[string, number, (nightly: ScheduledFunction) => void, string[]]>([
    ['messages of the same group', 1, (nightly) => void new ScheduledMessages(nightly, 'Once', { target: nightly, messageGroupId: 'runs' }), []],
    ['messages of a group of their own', 1, (nightly) => void new ScheduledMessages(nightly, 'Once', { target: nightly }), fed(1, 2, `${own}: 2`)],
    ['messages of a group of their own, for which there is room', 2, (nightly) => void new ScheduledMessages(nightly, 'Once', { target: nightly }), []],
    ['events, whose groups are not known', 1, (nightly) => {
      new EventRouter(nightly, 'Router').addConsumer('Nightly', nightly, { eventPattern: { source: ['shop'] }, messageGroupId: 'runs' });
    }, fed(1, 2, `${own}: 2 at least`)],
  ])('has room for %s (%d)', (_, executions, add, problems) => {
    const { stack, nightly } = reserved(executions);
    add(nightly);
    expect(problemsAtSynthesis(stack)).toEqual(problems);
  });
});

test('the dead-letter queue of the schedule is no other consumer\'s', () => {
  const { stack, nightly } = make({ overlap: true });
  expect(() => new QueueFedFunction(stack, 'Other', { handler: handlerIn(stack, {}, 'OtherHandler'), deadLetterQueue: nightly.scheduleDeadLetterQueue })).toThrow(/Stack\/Nightly/);
});

test('a key by the name of its alias, which CDK grants to nobody, is warned of', () => {
  const { stack } = make((scope) => ({ encryptionKey: kms.Alias.fromAliasName(scope, 'Key', 'alias/orders') }));
  expect(warningIds(stack)).toContain('keyByAliasNotGranted');
});
