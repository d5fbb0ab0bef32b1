import { App, Duration, NestedStack, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { make } from './async-fixtures';
import type { AsyncFunctionProps } from '../../src';
import { AsyncFunction, FailureForm, FailureStore, QueueFedFunction } from '../../src';
import { handlerIn, newStack } from '../messaging/fixtures';
import { warningIds, warningOf } from '../storage/fixtures';

type Props = Partial<AsyncFunctionProps>;

/** The problems that an error lists. */
function problemsIn(action: () => unknown): string[] {
  try {
    action();
  } catch (error) {
    const [title, ...problems] = (error as Error).message.split('\n  - ');
    expect(title).toMatch(/^AsyncFunction '.+' cannot be made:$/);
    return problems;
  }
  return [];
}

const problemsOf = (props: Props | ((stack: Stack) => Props)) => problemsIn(() => make(props));
const importedHandler = (stack: Stack, arn = 'arn:aws:lambda:us-east-1:111122223333:function:handler') => lambda.Function.fromFunctionAttributes(stack, 'Imported', { functionArn: arn, sameEnvironment: true });
const queueIn = (stack: Stack, props: sqs.QueueProps = {}) => new sqs.Queue(stack, 'DeadLetters', props);

describe('where failed events go', () => {
  test('is one place', () => {
    expect(problemsOf((stack) => ({ deadLetterQueue: queueIn(stack), failureStore: FailureStore.of(s3.Bucket.fromBucketName(stack, 'Live', 'live')) }))).toEqual([
      'failureStore and deadLetterQueue are both set, and each failed event would be kept twice: set one of them',
    ]);
  });

  test('is not also the dead-letter queue that the function has', () => {
    expect(problemsOf((stack) => ({ handler: handlerIn(stack, { deadLetterQueueEnabled: true }) }))).toEqual([
      'handler \'Stack/Handler\' has a dead-letter queue of its own (DeadLetterConfig), and each failed event would be kept twice: give that queue as deadLetterQueue, or make the function without one',
    ]);
    expect(problemsOf((stack) => ({ handler: handlerIn(stack, { deadLetterQueueEnabled: true }), deadLetterQueue: queueIn(stack) }))).toEqual([
      'handler \'Stack/Handler\' has a dead-letter queue of its own (DeadLetterConfig), but deadLetterQueue is \'Stack/DeadLetters\': give that queue as deadLetterQueue, or make the function without one',
    ]);
  });

  test('is a bucket of the own account', () => {
    const stack = new Stack(new App(), 'Stack', { env: { account: '111122223333', region: 'eu-west-1' } });
    const bucket = s3.Bucket.fromBucketAttributes(stack, 'Live', { bucketName: 'live', account: '444455556666' });
    expect(problemsIn(() => new AsyncFunction(stack, 'Mails', { handler: handlerIn(stack), failureStore: FailureStore.of(bucket) }))).toEqual([
      expect.stringContaining('bucket \'Stack/Live\' for failures is in account 444455556666, but what stores them is in 111122223333'),
    ]);
  });

  const storeWith = (more: { prefix?: string; form?: FailureForm }) => problemsOf((stack) => ({ failureStore: { ...FailureStore.of(s3.Bucket.fromBucketName(stack, 'Live', 'live')), ...more } }));

  test.each(['', 'aws/', 'aws/lambda/async/', 'aws/lambda/async/handler/'])('may be a store with the prefix "%s"', (prefix) => {
    expect(storeWith({ prefix, form: FailureForm.ASYNC_INVOCATION })).toEqual([]);
  });

  test('is no store of another prefix or form', () => {
    expect(storeWith({ prefix: 'failed/', form: FailureForm.STREAM_BATCH })).toEqual([
      'failureStore.prefix is \'failed/\', but Lambda stores under \'aws/lambda/async/\' and takes no other prefix: give the whole bucket (FailureStore.of)',
      'failureStore.form is stream-batch, but Lambda stores asynchronous invocations as async-invocation: give a failure store of another bucket, or of the whole bucket (FailureStore.of)',
    ]);
  });

  test('is no FIFO queue', () => {
    expect(problemsOf((stack) => ({ deadLetterQueue: queueIn(stack, { fifo: true }) }))).toEqual([
      expect.stringContaining('the events on which function \'Stack/Handler\' fails go to \'Stack/DeadLetters\', which is FIFO and takes none of them'),
    ]);
  });

  test('should take the largest event', () => {
    const { stack } = make((scope) => ({ deadLetterQueue: queueIn(scope, { maxMessageSizeBytes: 262_144 }) }));
    expect(warningOf(stack, 'asynchronousFailuresTooLarge')).toContain('queue \'Stack/DeadLetters\', whose MaximumMessageSize is 262144 bytes');
    expect(warningIds(make((scope) => ({ deadLetterQueue: queueIn(scope) })).stack)).toEqual([]);
  });

  test('is no queue with the dead letters of another', () => {
    const stack = newStack();
    const { deadLetterQueue } = new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack, {}, 'Other') });
    expect(problemsIn(() => new AsyncFunction(stack, 'Mails', { handler: handlerIn(stack), deadLetterQueue }))).toEqual([
      'deadLetterQueue \'Stack/Orders/DeadLetterQueue\' belongs to \'Stack/Orders\' already, and nobody could tell what is to be replayed where: give each its own',
    ]);
    const mine = new AsyncFunction(stack, 'Mails', { handler: handlerIn(stack, {}, 'Mine'), deadLetterQueue: queueIn(stack) });
    expect(problemsIn(() => new AsyncFunction(stack, 'Bills', { handler: handlerIn(stack, {}, 'Third'), deadLetterQueue: mine.deadLetterQueue! }))).toEqual([
      expect.stringContaining('belongs to \'Stack/Mails\' already'),
    ]);
  });

  test('is no queue for a function that is made elsewhere', () => {
    expect(problemsOf((stack) => ({ handler: importedHandler(stack), deadLetterQueue: queueIn(stack) }))).toEqual([
      'deadLetterQueue is set, but handler \'Stack/Imported\' is not made in this app, and only where a function is made can it be given one: leave deadLetterQueue out for a failure store, ' +
      'which this construct can set',
    ]);
  });

  test('is no queue on whose stack the function would have to wait, which waits for it', () => {
    const app = new App();
    const [functions, mails, queues] = ['Functions', 'Mails', 'Queues'].map((id) => new Stack(app, id)) as [Stack, Stack, Stack];
    expect(problemsIn(() => new AsyncFunction(mails, 'Mails', { handler: handlerIn(functions), deadLetterQueue: queueIn(mails) }))).toEqual([
      'deadLetterQueue \'Mails/DeadLetters\' is made in stack \'Mails\', which depends on that of handler \'Functions/Handler\', and the handler would depend on the queue: ' +
      'make the queue in the stack of the handler',
    ]);
    new AsyncFunction(mails, 'Other', { handler: handlerIn(functions, {}, 'Other'), deadLetterQueue: queueIn(queues) });
    new AsyncFunction(mails, 'Third', { handler: handlerIn(functions, {}, 'Third'), deadLetterQueue: queueIn(functions) });
    expect(app.synth().getStackArtifact(functions.artifactId).dependencies.map(({ id }) => id)).toContain('Queues');
  });
});

describe('the handler', () => {
  test('has one such construct', () => {
    const stack = newStack();
    const handler = handlerIn(stack);
    new AsyncFunction(stack, 'Mails', { handler });
    expect(problemsIn(() => new AsyncFunction(stack, 'Again', { handler }))).toEqual([
      'handler \'Stack/Handler\' has its settings by \'Stack/Mails\' already, and Lambda keeps one of the two: use that AsyncFunction, or give another alias',
    ]);
    expect(problemsIn(() => new AsyncFunction(stack, 'Latest', { handler: handler.latestVersion }))).toHaveLength(1);
  });

  test('may have one for each of its aliases', () => {
    const stack = newStack();
    const handler = handlerIn(stack);
    const [live, beta] = ['live', 'beta'].map((aliasName) => new lambda.Alias(stack, aliasName, { aliasName, version: handler.currentVersion }));
    new AsyncFunction(stack, 'Mails', { handler: live! });
    expect(problemsIn(() => new AsyncFunction(stack, 'Beta', { handler: beta! }))).toEqual([]);
    expect(problemsIn(() => new AsyncFunction(stack, 'Again', { handler: live! }))).toHaveLength(1);
  });

  test('is the same by whichever import', () => {
    const stack = newStack();
    const arn = 'arn:aws:lambda:us-east-1:111122223333:function:handler';
    new AsyncFunction(stack, 'Mails', { handler: importedHandler(stack, arn) });
    expect(problemsIn(() => new AsyncFunction(stack, 'Again', { handler: importedHandler(new Stack(stack, 'Other'), arn) }))).toHaveLength(1);
  });

  test('may be given to another, once the one that had it is taken out', () => {
    const stack = newStack();
    const handler = handlerIn(stack);
    new AsyncFunction(stack, 'Mails', { handler });
    stack.node.tryRemoveChild('Mails');
    expect(problemsIn(() => new AsyncFunction(stack, 'Again', { handler }))).toEqual([]);
  });

  test('is not imported by an ARN whose qualifier the CDK leaves out', () => {
    expect(problemsOf((stack) => ({ handler: lambda.Function.fromFunctionArn(stack, 'Imported', 'arn:aws:lambda:us-east-1:111122223333:function:handler:live') }))).toEqual([
      'handler \'Stack/Imported\' is imported by an ARN with the qualifier \'live\', which the CDK leaves out of its name, so the settings would be those of $LATEST: ' +
      'import the version or alias instead (lambda.Version.fromVersionArn, lambda.Alias.fromAliasAttributes)',
    ]);
  });

  test('is in the account and the region of the stack', () => {
    const stack = new Stack(new App(), 'Stack', { env: { account: '111122223333', region: 'eu-west-1' } });
    const handler = lambda.Function.fromFunctionAttributes(stack, 'Imported', { functionArn: 'arn:aws:lambda:us-east-1:111122223333:function:handler' });
    expect(problemsIn(() => new AsyncFunction(stack, 'Mails', { handler }))).toEqual([
      'the settings of \'Stack/Mails\' are made in region eu-west-1, but handler \'Stack/Imported\' is in us-east-1: make them in a stack of region us-east-1',
    ]);
  });

  test('is invoked by a version or an alias if it is durable', () => {
    const durableConfig = { executionTimeout: Duration.minutes(10) };
    expect(problemsOf((stack) => ({ handler: handlerIn(stack, { durableConfig }) }))).toEqual([expect.stringContaining('who is granted it by \'Stack/Mails\' invokes it so')]);
    expect(problemsOf((stack) => ({ handler: handlerIn(stack, { durableConfig }).currentVersion }))).toEqual([]);
  });

  test('may have tenants: who invokes it names them', () => {
    expect(problemsOf((stack) => ({ handler: handlerIn(stack, { tenancyConfig: lambda.TenancyConfig.PER_TENANT }) }))).toEqual([]);
  });

  test('has a role that is known, if it is to send results', () => {
    expect(problemsOf((stack) => ({ handler: importedHandler(stack), onSuccess: { bind: () => ({ destination: 'arn:aws:sqs:us-east-1:111122223333:results' }) } }))).toEqual([
      'onSuccess is set, but the role of handler \'Stack/Imported\' is not known, so it cannot be allowed to send results: import the function with its role (Function.fromFunctionAttributes)',
    ]);
  });

  test('in a nested stack is in the same place', () => {
    const stack = newStack();
    expect(problemsIn(() => new AsyncFunction(new NestedStack(stack, 'Nested'), 'Mails', { handler: handlerIn(stack) }))).toEqual([]);
  });
});

test('an age that ends before the retries is warned of', () => {
  const { stack } = make({ maxEventAge: Duration.minutes(3) });
  expect(warningOf(stack, 'asynchronousRetriesCutShort')).toContain('the settings of \'Stack/Mails\' give an event up after 180 seconds, but the last of 2 retries comes 180 seconds after the first attempt');
  expect(warningIds(make({ maxEventAge: Duration.minutes(3), retryAttempts: 1 }).stack)).toEqual([]);
});

describe('a paused handler is warned of, for its events do not wait', () => {
  const pausedWith = (props: (stack: Stack) => Props = () => ({})) => {
    const { stack } = make((scope) => ({ handler: handlerIn(scope, { reservedConcurrentExecutions: 0 }), ...props(scope) }));
    return warningOf(stack, 'asynchronousHandlerPaused');
  };

  test('with its own failure store', () => {
    expect(pausedWith()).toBe(
      'the reserved concurrency of \'Stack/Handler\' is 0, so Lambda sends every event at once, and without an attempt, to its failure store: ' +
      'raise reservedConcurrentExecutions, or stop the senders for as long as the function is paused, and replay what was set aside',
    );
  });

  test('with a bucket, or a queue', () => {
    expect(pausedWith((stack) => ({ failureStore: FailureStore.of(s3.Bucket.fromBucketName(stack, 'Live', 'live')) }))).toContain('to bucket \'Stack/Live\':');
    expect(pausedWith((stack) => ({ deadLetterQueue: queueIn(stack) }))).toContain('to queue \'Stack/DeadLetters\':');
  });
});

describe('the tuning of an alarm', () => {
  test('on what is not there is refused', () => {
    expect(problemsOf({ alarms: { deadLetterErrors: {}, deadLetters: {}, moreDeadLetters: {} } })).toEqual([
      'alarms.deadLetterErrors, alarms.deadLetters, alarms.moreDeadLetters is set, but there is no deadLetterQueue that it could be on: leave it out',
    ]);
    expect(problemsOf((stack) => ({ deadLetterQueue: queueIn(stack), alarms: { destinationDeliveryFailures: {} } }))).toEqual([
      'alarms.destinationDeliveryFailures is set, but there is neither a failure store nor onSuccess that it could be on: leave it out',
    ]);
    const bind = () => ({ destination: 'arn:aws:sqs:us-east-1:111122223333:results' });
    const alarms = { destinationDeliveryFailures: {} };
    expect(problemsOf((stack) => ({ deadLetterQueue: queueIn(stack), onSuccess: { bind }, alarms }))).toEqual([]);
  });

  test('is checked', () => {
    const bad = { threshold: -1 };
    const alarms = { eventAge: { threshold: Duration.hours(1) }, eventsDropped: bad, destinationDeliveryFailures: bad, handlerErrors: bad };
    expect(problemsOf({ alarms })).toEqual([
      'alarms.eventAge.threshold is 3600000 milliseconds, but must be less than 3600000, or the alarm could never fire: at maxEventAge Lambda gives an event up; leave it out for the default',
      'alarms.eventsDropped.threshold is -1, but must be 0 or more, because the alarm fires above it: leave it out for the default',
      'alarms.destinationDeliveryFailures.threshold is -1, but must be 0 or more, because the alarm fires above it: leave it out for the default',
      'alarms.handlerErrors.threshold is -1, but must be 0 or more, because the alarm fires above it: leave it out for the default',
    ]);
    expect(problemsOf((stack) => ({ deadLetterQueue: queueIn(stack), alarms: { deadLetters: { threshold: -1 } } }))).toHaveLength(1);
  });
});
