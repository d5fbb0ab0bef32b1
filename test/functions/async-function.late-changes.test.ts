import type { CfnResource, Stack } from 'aws-cdk-lib';
import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as destinations from 'aws-cdk-lib/aws-lambda-destinations';
import * as sources from 'aws-cdk-lib/aws-lambda-event-sources';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { AsyncFunctionProps } from '../../src';
import { AsyncFunction, FailureBucket } from '../../src';
import type { LateChange } from '../late-changes';
import { describeLateChanges, expectHarmless, problemsAtSynthesis } from '../late-changes';
import { handlerIn, newStack } from '../messaging/fixtures';
import { warningIds, warningOf } from '../storage/fixtures';

/** With a failure store and results. */
function make(stack: Stack, props: Partial<AsyncFunctionProps> = {}): AsyncFunction {
  return new AsyncFunction(stack, 'Mails', {
    handler: handlerIn(stack), onSuccess: new destinations.SqsDestination(new sqs.Queue(stack, 'Results', { encryptionMasterKey: new kms.Key(stack, 'Key') })), ...props,
  });
}

const settingsOf = ({ node }: AsyncFunction) => node.findChild('Settings') as CfnResource;
const functionOf = ({ handler }: AsyncFunction) => handler.node.defaultChild as lambda.CfnFunction;
const RESOURCES = { settings: settingsOf, fn: functionOf };

const DERIVED: LateChange<keyof typeof RESOURCES>[] = [
  ['settings', 'Properties.FunctionName', 'other', 'give another handler'],
  ['settings', 'Properties.Qualifier', 'live', 'give another alias or version as handler'],
  ['settings', 'Properties.MaximumRetryAttempts', 0, 'state retryAttempts of the AsyncFunction'],
  ['settings', 'Properties.MaximumEventAgeInSeconds', 60, 'state maxEventAge of the AsyncFunction'],
  ['settings', 'Properties.DestinationConfig.OnFailure.Destination', 'arn:aws:s3:::other', 'state failureStore of the AsyncFunction'],
  ['settings', 'Properties.DestinationConfig.OnSuccess.Destination', 'arn:aws:sqs:us-east-1:111122223333:other', 'state onSuccess of the AsyncFunction'],
  ['fn', 'Properties.Timeout', 20, 'the alarm on duration is derived from it, so set it where the function is made'],
];

describeLateChanges(make, RESOURCES, DERIVED);

describe('with a dead-letter queue', () => {
  const makeWithQueue = (stack: Stack) => new AsyncFunction(stack, 'Mails', { handler: handlerIn(stack), deadLetterQueue: new sqs.Queue(stack, 'DeadLetters') });
  describeLateChanges(makeWithQueue, RESOURCES, [
    ['settings', 'Properties.DestinationConfig', { OnFailure: { Destination: 'arn:aws:s3:::other' } }, 'state deadLetterQueue of the AsyncFunction'],
    ['fn', 'Properties.DeadLetterConfig.TargetArn', 'arn:aws:sqs:us-east-1:111122223333:other', 'state deadLetterQueue of the AsyncFunction'],
  ]);
});

describe('what is added to the function', () => {
  test('is no dead-letter queue, with which each failed event would be kept twice', () => {
    const stack = newStack();
    functionOf(make(stack)).deadLetterConfig = { targetArn: 'arn:aws:sqs:us-east-1:111122223333:other' };
    expect(problemsAtSynthesis(stack)).toEqual([expect.stringContaining('[Stack/Mails] handler \'Stack/Handler\' has a dead-letter queue of its own (DeadLetterConfig), and each failed event would be kept twice')]);
  });

  test('are no other settings', () => {
    const stack = newStack();
    (make(stack).handler as lambda.Function).configureAsyncInvoke({ retryAttempts: 0 });
    expect(problemsAtSynthesis(stack)).toEqual([expect.stringContaining(
      '[Stack/Mails] the settings of \'Stack/Mails\' are for function \'Stack/Handler\' itself, and so are those in \'Stack/Handler/EventInvokeConfig/Resource\', of which Lambda keeps one: remove one of them',
    )]);
  });

  test('are no settings for its alias, which are not seen by who invokes the function', () => {
    const stack = newStack();
    (make(stack).handler as lambda.Function).addAlias('live', { retryAttempts: 0 });
    expect(problemsAtSynthesis(stack)).toEqual([]);
    expect(warningOf(stack, 'asynchronousSettingsSplit')).toContain('are for function \'Stack/Handler\' itself, but those in \'Stack/Handler/Aliaslive/EventInvokeConfig/Resource\' for \'live\' of function');
  });

  test.each<[string, (handler: lambda.Function) => lambda.IFunction, (handler: lambda.Function, given: lambda.IFunction) => void]>([
    ['an alias', (handler) => handler.addAlias('live'), (_, alias) => (alias as lambda.Alias).configureAsyncInvoke({ retryAttempts: 0 })],
    ['a version', (handler) => handler.currentVersion, (_, version) => (version as lambda.Version).configureAsyncInvoke({ retryAttempts: 0 })],
    ['an alias by its name', (handler) => handler.addAlias('live'), (handler) => new lambda.EventInvokeConfig(handler, 'Other', { function: handler, qualifier: 'live' })],
  ])('are no other settings of %s', (_, given, change) => {
    const stack = newStack();
    const fn = handlerIn(stack);
    const handler = given(fn);
    new AsyncFunction(stack, 'Mails', { handler });
    change(fn, handler);
    expect(problemsAtSynthesis(stack)).toEqual([expect.stringContaining('of which Lambda keeps one')]);
  });

  test('may be settings of another alias', () => {
    const stack = newStack();
    const fn = handlerIn(stack);
    new AsyncFunction(stack, 'Mails', { handler: fn.addAlias('live') });
    fn.addAlias('beta', { retryAttempts: 0 });
    new lambda.EventInvokeConfig(stack, 'OfVersion', { function: fn, qualifier: fn.currentVersion.version });
    expect(problemsAtSynthesis(stack)).toEqual([]);
    expect(warningIds(stack)).toEqual([]);
  });

  test('is warned of, if it lets a loop go on', () => {
    const stack = newStack();
    functionOf(make(stack)).recursiveLoop = 'Allow';
    expect(problemsAtSynthesis(stack)).toEqual([]);
    expect(warningOf(stack, 'recursionAllowed')).toContain('function \'Stack/Handler\' has RecursiveLoop: Allow');
  });

  test('is warned of, if it is a reserved concurrency of 0', () => {
    const stack = newStack();
    functionOf(make(stack)).addPropertyOverride('ReservedConcurrentExecutions', 0);
    expect(problemsAtSynthesis(stack)).toEqual([]);
    expect(warningIds(stack)).toEqual(['asynchronousHandlerPaused']);
  });
});

describe('what is sent does not come back', () => {
  const queueOf = (stack: Stack) => new sqs.Queue(stack, 'Returning', { visibilityTimeout: Duration.minutes(2) });

  const problemsWith = (
    onSuccess: (stack: Stack, handler: lambda.Function) => lambda.IDestination,
    change: (handler: lambda.Function, stack: Stack) => void = () => undefined,
  ) => {
    const stack = newStack();
    const handler = handlerIn(stack);
    new AsyncFunction(stack, 'Mails', { handler, onSuccess: onSuccess(stack, handler) });
    change(handler, stack);
    return problemsAtSynthesis(stack);
  };
  const toQueue = (stack: Stack) => new destinations.SqsDestination(queueOf(stack));
  const queueIn = (stack: Stack) => stack.node.findChild('Returning') as sqs.Queue;

  test('from a queue by an event source', () => {
    const feed = (handler: lambda.Function, stack: Stack) => handler.addEventSource(new sources.SqsEventSource(queueIn(stack)));
    expect(problemsWith(toQueue, feed)).toEqual([expect.stringMatching(
      /^\[Stack\/Mails\] onSuccess of 'Stack\/Mails' is 'Stack\/Returning\/Resource', from which 'Stack\/Handler\/SqsEventSource.+' brings everything back to function 'Stack\/Handler': set a destination that/,
    )]);
  });

  test('from a queue to the alias of the function', () => {
    expect(problemsWith(toQueue, (handler, stack) => handler.addAlias('live').addEventSource(new sources.SqsEventSource(queueIn(stack))))).toHaveLength(1);
  });

  test('from a topic by a subscription', () => {
    const toTopic = (stack: Stack) => new destinations.SnsDestination(new sns.Topic(stack, 'Returning'));
    const subscribe = (filter: boolean) => (handler: lambda.Function, stack: Stack) => (stack.node.findChild('Returning') as sns.Topic)
      .addSubscription(new subscriptions.LambdaSubscription(handler, filter ? { filterPolicy: { kind: sns.SubscriptionFilter.stringFilter({ allowlist: ['a'] }) } } : {}));
    expect(problemsWith(toTopic, subscribe(false))).toEqual([expect.stringContaining('onSuccess of \'Stack/Mails\' is \'Stack/Returning/Resource\', from which')]);
    expect(problemsWith(toTopic, subscribe(true))).toEqual([]);
  });

  test('from the function itself', () => {
    expect(problemsWith((_, handler) => new destinations.LambdaDestination(handler))).toEqual([expect.stringContaining('from which its asynchronous invocation brings everything back')]);
    expect(problemsWith((_, handler) => new destinations.LambdaDestination(handler.addAlias('live')))).toHaveLength(1);
  });

  test('from the dead-letter queue', () => {
    const stack = newStack();
    const handler = handlerIn(stack);
    const deadLetterQueue = queueOf(stack);
    new AsyncFunction(stack, 'Mails', { handler, deadLetterQueue });
    handler.addEventSource(new sources.SqsEventSource(deadLetterQueue));
    expect(problemsAtSynthesis(stack)).toEqual([expect.stringContaining('deadLetterQueue of \'Stack/Mails\' is \'Stack/Returning/Resource\', from which')]);
  });

  test('where a filter may keep it out, or another function gets it', () => {
    const filters = [lambda.FilterCriteria.filter({ body: { kind: ['a'] } })];
    expect(problemsWith(toQueue, (handler, stack) => handler.addEventSource(new sources.SqsEventSource(queueIn(stack), { filters })))).toEqual([]);
    expect(problemsWith(toQueue, (_, stack) => handlerIn(stack, {}, 'Other').addEventSource(new sources.SqsEventSource(queueIn(stack))))).toEqual([]);
    expect(problemsWith((stack) => new destinations.LambdaDestination(handlerIn(stack, {}, 'Other')))).toEqual([]);
  });

  test('for all that is known of a handler that is made elsewhere', () => {
    const stack = newStack();
    const role = iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111122223333:role/handler');
    const handler = lambda.Function.fromFunctionAttributes(stack, 'Imported', { functionArn: 'arn:aws:lambda:us-east-1:111122223333:function:handler', sameEnvironment: true, role });
    new AsyncFunction(stack, 'Mails', { handler, onSuccess: toQueue(stack) });
    expect(problemsAtSynthesis(stack)).toEqual([]);
  });
});

describe('where results go is refused', () => {
  const problemsOf = (destination: (stack: Stack) => lambda.IDestination, handlerOf: (stack: Stack) => lambda.IFunction = handlerIn) => {
    const stack = newStack();
    new AsyncFunction(stack, 'Mails', { handler: handlerOf(stack), onSuccess: destination(stack) });
    return problemsAtSynthesis(stack);
  };
  const at = (destination: string): lambda.IDestination => ({ bind: () => ({ destination }) });

  test('if it is a bucket', () => {
    const problem = /^\[Stack\/Mails\] onSuccess of 'Stack\/Mails' is the bucket '.+', but Lambda writes only failures to a bucket/;
    expect(problemsOf((stack) => new destinations.S3Destination(new s3.Bucket(stack, 'Results')))).toEqual([expect.stringMatching(problem)]);
    expect(problemsOf(() => at('arn:aws:s3:::results'))).toEqual([expect.stringMatching(problem)]);
    expect(problemsOf((stack) => new destinations.S3Destination(new FailureBucket(stack, 'Results').bucket))).toHaveLength(1);
  });

  test('if it is FIFO', () => {
    const problem = /^\[Stack\/Mails\] onSuccess of 'Stack\/Mails' is '.+', which is FIFO and takes none of them/;
    expect(problemsOf((stack) => new destinations.SqsDestination(new sqs.Queue(stack, 'Results', { fifo: true })))).toEqual([expect.stringMatching(problem)]);
    expect(problemsOf((stack) => new destinations.SnsDestination(new sns.Topic(stack, 'Results', { fifo: true })))).toEqual([expect.stringMatching(problem)]);
    expect(problemsOf(() => at('arn:aws:sqs:us-east-1:111122223333:results.fifo'))).toEqual([
      expect.stringContaining('is \'arn:aws:sqs:us-east-1:111122223333:results.fifo\', which is FIFO'),
    ]);
  });

  test('if the CDK would match results of $LATEST only', () => {
    const response = (stack: Stack) => new destinations.LambdaDestination(handlerIn(stack, {}, 'Other'), { responseOnly: true });
    expect(problemsOf(response, (stack) => handlerIn(stack).addAlias('live'))).toEqual([expect.stringContaining(
      'onSuccess of \'Stack/Mails\' is a LambdaDestination with responseOnly, for which the CDK makes a rule that matches results of $LATEST only, but handler \'Stack/Handler/Aliaslive\' is a version or an alias',
    )]);
    expect(problemsOf(response)).toEqual([]);
  });
});

describe('what may change', () => {
  test.each<[string, (mails: AsyncFunction) => void]>([
    ['the handler gets a reserved concurrency', (mails) => functionOf(mails).addPropertyOverride('ReservedConcurrentExecutions', 5)],
    ['a loop is stopped, as it would be anyway', (mails) => { functionOf(mails).recursiveLoop = 'Terminate'; }],
  ])('%s', (_, change) => expectHarmless(make, change));
});
