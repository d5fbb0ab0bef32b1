import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { definitionOf, invoke, MACHINE, make, statesOf } from './fixtures';
import { handlerIn, resourceOf, resourcesOf } from '../messaging/fixtures';

const QUEUE = 'AWS::SQS::Queue';
const LAMBDA_ERRORS = ['Lambda.ClientExecutionTimeoutException', 'Lambda.ServiceException', 'Lambda.AWSLambdaException', 'Lambda.SdkClientException'];
const THROTTLED = 'Lambda.TooManyRequestsException';
const WITH_JITTER = { IntervalSeconds: 1, BackoffRate: 2, MaxAttempts: 8, MaxDelaySeconds: 60, JitterStrategy: 'FULL' };

describe('with nothing stated', () => {
  test('a Standard state machine is traced, and logs errors without data for a month', () => {
    const { stack } = make();
    const { Properties } = resourceOf(stack, MACHINE);
    expect(Properties).toMatchObject({
      LoggingConfiguration: { Level: 'ERROR', Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: { 'Fn::GetAtt': [expect.stringMatching(/^OrderStateMachineLogs/), 'Arn'] } } }] },
      TracingConfiguration: { Enabled: true },
    });
    expect(Properties).not.toHaveProperty('StateMachineType');
    expect(Properties).not.toHaveProperty('EncryptionConfiguration');
    expect(Properties.LoggingConfiguration).not.toHaveProperty('IncludeExecutionData');
    const { Properties: logGroup, DeletionPolicy } = resourceOf(stack, 'AWS::Logs::LogGroup');
    expect(logGroup).toEqual({ LogGroupName: expect.stringMatching(/^\/aws\/vendedlogs\/states\/Stack\//) as unknown, RetentionInDays: 30 });
    expect(DeletionPolicy).toBe('Delete');
  });

  test('an execution ends after an hour, and there is no query language but that of the states', () => {
    const definition = definitionOf(make().stack);
    expect(definition.TimeoutSeconds).toBe(3600);
    expect(definition).not.toHaveProperty('QueryLanguage');
    expect(Object.keys(definition.States)).toEqual(['Work']);
    expect(definition.StartAt).toBe('Work');
  });

  test('there is nothing for compensations', () => {
    const { stack, order } = make();
    expect(order.compensation).toBeUndefined();
    expect(Object.keys(resourcesOf(stack, MACHINE))).toHaveLength(1);
    expect(order.node.tryFindChild('Undo')).toBeUndefined();
  });

  test('the state machine may do what its states do', () => {
    const { stack } = make();
    const statements = resourceOf(stack, 'AWS::IAM::Policy', 'OrderStateMachine').Properties.PolicyDocument.Statement as object[];
    expect(statements).toContainEqual(expect.objectContaining({ Action: 'lambda:InvokeFunction', Effect: 'Allow' }));
  });

  test('the ends of executions that did not succeed are sent to a standard queue, whole, and to another if that cannot be', () => {
    const { stack, order } = make();
    const arnOf = (arn: string) => stack.resolve(arn) as unknown;
    expect(resourceOf(stack, 'AWS::Events::Rule').Properties).toEqual({
      Description: 'Sets aside the ends of executions that did not succeed.',
      EventPattern: {
        'source': ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        'detail': { status: ['FAILED', 'TIMED_OUT', 'ABORTED'], stateMachineArn: [arnOf(order.stateMachine.stateMachineArn)] },
      },
      State: 'ENABLED',
      Targets: [{
        Id: 'Target0',
        Arn: arnOf(order.deadLetterQueue.queueArn),
        DeadLetterConfig: { Arn: arnOf(order.ruleDeadLetterQueue.queueArn) },
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      }],
    });
    expect(arnOf(order.failureRule.ruleArn)).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^OrderFailureRule/), 'Arn'] });
  });

  test('both queues keep what is in them for two weeks, and let in this rule', () => {
    const { stack, order } = make();
    const queues = Object.values(resourcesOf(stack, QUEUE));
    expect(queues.map(({ Properties }) => Properties)).toEqual(Array(2).fill({ MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true }));
    expect(queues.map(({ DeletionPolicy, UpdateReplacePolicy }) => [DeletionPolicy, UpdateReplacePolicy])).toEqual(Array(2).fill(['Delete', 'Retain']));
    const policies = Object.values(resourcesOf(stack, 'AWS::SQS::QueuePolicy')).map(({ Properties }) => Properties.PolicyDocument.Statement as object[]);
    policies.forEach((statements) => expect(statements).toContainEqual(expect.objectContaining({
      Action: 'sqs:SendMessage',
      Principal: { Service: 'events.amazonaws.com' },
      Condition: { ArnEquals: { 'aws:SourceArn': stack.resolve(order.failureRule.ruleArn) as unknown } },
    })));
    expect(policies).toHaveLength(2);
  });
});

describe('the timeout of a task', () => {
  const secondsOf = (timeout: Duration | undefined, taskTimeout?: Duration) => (
    definitionOf(make({ ...timeout && { timeout }, ...taskTimeout && { taskTimeout } }).stack).States.Work!.TimeoutSeconds as unknown
  );

  test('is above that of the longest function', () => expect(secondsOf(undefined)).toBe(960));

  test.each([[32, 960], [31, 930], [1, 30]])('is half of that of its execution, which is %d minutes, if that is less', (minutes, seconds) => {
    expect(secondsOf(Duration.minutes(minutes))).toBe(seconds);
  });

  test('is a whole number of seconds', () => expect(secondsOf(Duration.seconds(15))).toBe(7));

  test('is what is stated for the workflow', () => expect(secondsOf(Duration.hours(3), Duration.hours(2))).toBe(7200));

  test('is what is stated for the task', () => {
    expect(statesOf((stack) => invoke(stack, 'Work', { taskTimeout: sfn.Timeout.duration(Duration.minutes(5)) })).Work!.TimeoutSeconds).toBe(300);
  });

  test('is found by the path or the expression that is stated for the task', () => {
    const states = statesOf((stack) => invoke(stack, 'Work', { taskTimeout: sfn.Timeout.at('$.seconds') }));
    expect(states.Work).toMatchObject({ TimeoutSecondsPath: '$.seconds' });
    expect(states.Work).not.toHaveProperty('TimeoutSeconds');
  });

  test('is nine tenths of that of its execution for a callback that has a heartbeat, so that there is time to catch it', () => {
    const states = statesOf((stack) => invoke(stack, 'Work', {
      integrationPattern: sfn.IntegrationPattern.WAIT_FOR_TASK_TOKEN,
      payload: sfn.TaskInput.fromObject({ token: sfn.JsonPath.taskToken }),
      heartbeatTimeout: sfn.Timeout.duration(Duration.minutes(5)),
    }));
    expect(states.Work).toMatchObject({ TimeoutSeconds: 3240, HeartbeatSeconds: 300 });
  });

  test('is given to tasks at every depth, and to no other state', () => {
    const states = statesOf((stack) => new sfn.Parallel(stack, 'All').branch(
      new sfn.Map(stack, 'Each').itemProcessor(invoke(stack, 'Deep')),
      new sfn.DistributedMap(stack, 'Many').itemProcessor(invoke(stack, 'Deeper')),
      invoke(stack, 'Beside'),
    ));
    const [each, many, beside] = (states.All!.Branches as { States: Record<string, any> }[]).map(({ States }) => States);
    expect(each!.Each.ItemProcessor.States.Deep.TimeoutSeconds).toBe(960);
    expect(each!.Each.ItemProcessor.ProcessorConfig).toEqual({ Mode: 'INLINE' });
    expect(many!.Many.ItemProcessor.States.Deeper.TimeoutSeconds).toBe(960);
    expect(beside!.Beside.TimeoutSeconds).toBe(960);
    expect([states.All, each!.Each, many!.Many].map((state: object) => 'TimeoutSeconds' in state)).toEqual([false, false, false]);
  });

  test('is given to tasks of what was called an iterator', () => {
    const states = statesOf((stack) => new sfn.CustomState(stack, 'Each', {
      stateJson: { Type: 'Map', Iterator: { StartAt: 'Old', States: { Old: { Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage', End: true } } } },
    }));
    expect(states.Each!.Iterator.States.Old.TimeoutSeconds).toBe(960);
  });
});

describe('the retriers of a task', () => {
  const retriersOf = (task: (stack: Stack) => sfn.IChainable) => statesOf(task).Work!.Retry as unknown;

  test('try errors of the Lambda service and throttles again for three minutes, spread out, in place of what the CDK adds', () => {
    expect(retriersOf((stack) => invoke(stack, 'Work'))).toEqual([{ ErrorEquals: [...LAMBDA_ERRORS, THROTTLED], ...WITH_JITTER }]);
  });

  test.each<[string, (stack: Stack) => string]>([
    ['a function by its ARN', () => 'arn:aws:lambda:us-east-1:111122223333:function:work'],
    ['a function of this app by its ARN', (stack) => handlerIn(stack).functionArn],
    ['an alias of this app by its ARN', (stack) => handlerIn(stack).addAlias('live').functionArn],
    ['a function by the SDK', () => 'arn:aws:states:::aws-sdk:lambda:invoke'],
    ['a function that gets a callback', () => 'arn:aws:states:::lambda:invoke.waitForTaskToken'],
  ])('are those of %s', (_, Resource) => {
    const retriers = retriersOf((stack) => new sfn.CustomState(stack, 'Work', { stateJson: { Type: 'Task', Resource: Resource(stack), TimeoutSeconds: 5 } }));
    expect(retriers).toEqual([{ ErrorEquals: [...LAMBDA_ERRORS, THROTTLED], ...WITH_JITTER }]);
  });

  test.each(['getItem', 'putItem', 'updateItem', 'deleteItem'])('try errors of DynamoDB again, of %s', (action) => {
    const retriers = retriersOf((stack) => new sfn.CustomState(stack, 'Work', { stateJson: { Type: 'Task', Resource: `arn:aws:states:::dynamodb:${action}` } }));
    expect(retriers).toEqual([{
      ErrorEquals: [
        'DynamoDB.InternalServerErrorException', 'DynamoDB.ProvisionedThroughputExceededException', 'DynamoDB.RequestLimitExceededException',
        'DynamoDB.SdkClientException', 'DynamoDB.ThrottlingException', 'DynamoDB.AmazonDynamoDBException',
      ],
      ...WITH_JITTER,
    }]);
  });

  test.each(['arn:aws:states:::sqs:sendMessage', 'arn:aws:states:::aws-sdk:dynamodb:query', 'arn:aws:states:::dynamodb:query'])('are none of %s, whose errors have no names that are known', (Resource) => {
    expect(retriersOf((stack) => new sfn.CustomState(stack, 'Work', { stateJson: { Type: 'Task', Resource } }))).toBeUndefined();
  });

  test('are added to those that are stated for other errors', () => {
    const stated = { errors: ['OutOfStock'], maxAttempts: 2 };
    expect(retriersOf((stack) => invoke(stack, 'Work').addRetry(stated))).toEqual([
      { ErrorEquals: ['OutOfStock'], MaxAttempts: 2 },
      { ErrorEquals: [...LAMBDA_ERRORS, THROTTLED], ...WITH_JITTER },
    ]);
  });

  test('are added for the errors that those that are stated leave out', () => {
    const stated = { errors: [THROTTLED, LAMBDA_ERRORS[0]!], maxAttempts: 20 };
    expect(retriersOf((stack) => invoke(stack, 'Work', { retryOnServiceExceptions: false }).addRetry(stated))).toEqual([
      { ErrorEquals: stated.errors, MaxAttempts: 20 },
      { ErrorEquals: LAMBDA_ERRORS.slice(1), ...WITH_JITTER },
    ]);
  });

  test('are those that are stated, if they leave nothing out', () => {
    const stated = { errors: [...LAMBDA_ERRORS, THROTTLED], maxAttempts: 20 };
    expect(retriersOf((stack) => invoke(stack, 'Work').addRetry(stated))).toEqual([{ ErrorEquals: stated.errors, MaxAttempts: 20 }]);
  });

  test.each(['States.ALL', 'States.TaskFailed'])('are those that are stated, if they are for %s', (error) => {
    const retriers = retriersOf((stack) => invoke(stack, 'Work', { retryOnServiceExceptions: false }).addRetry({ errors: [error], maxAttempts: 0 }));
    expect(retriers).toEqual([{ ErrorEquals: [error], MaxAttempts: 0 }]);
  });

  test.each([
    { interval: Duration.seconds(3) },
    { maxAttempts: 7 },
    { backoffRate: 3 },
    { jitterStrategy: sfn.JitterType.FULL },
    { errors: [...LAMBDA_ERRORS.slice(0, 3), 'Lambda.Unknown'] },
    { errors: LAMBDA_ERRORS.slice(0, 3) },
  ])('are not taken for what the CDK adds if they are stated with %j', (other) => {
    const stated = { errors: LAMBDA_ERRORS, interval: Duration.seconds(2), maxAttempts: 6, backoffRate: 2, ...other };
    const retriers = retriersOf((stack) => invoke(stack, 'Work', { retryOnServiceExceptions: false }).addRetry(stated)) as object[];
    const { errors, interval, maxAttempts, backoffRate } = stated;
    const IntervalSeconds = interval.toSeconds();
    expect(retriers[0]).toMatchObject({ ErrorEquals: errors, IntervalSeconds, MaxAttempts: maxAttempts, BackoffRate: backoffRate });
    expect(retriers).toHaveLength(2);
  });

  test('of other states are those that are stated', () => {
    const states = statesOf((stack) => new sfn.Parallel(stack, 'Work').branch(new sfn.Pass(stack, 'Nothing')));
    expect(states.Work).not.toHaveProperty('Retry');
  });
});

describe('a catcher for all errors', () => {
  const catchersOf = (props: sfn.CatchProps) => statesOf((stack) => invoke(stack, 'Work').addCatch(new sfn.Pass(stack, 'Handle'), props)).Work!.Catch as unknown;

  test('gets one for results that are too large before it, which does the same', () => {
    expect(catchersOf({ resultPath: '$.error' })).toEqual([
      { ErrorEquals: ['States.DataLimitExceeded'], ResultPath: '$.error', Next: 'Handle' },
      { ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Handle' },
    ]);
  });

  test('that is for some errors only stays alone', () => {
    expect(catchersOf({ errors: ['OutOfStock'] })).toEqual([{ ErrorEquals: ['OutOfStock'], Next: 'Handle' }]);
  });

  test('stays as it is beside one that is stated for such results, and the wildcard is the last', () => {
    const states = statesOf((stack) => {
      const handle = new sfn.Pass(stack, 'Handle');
      const work = invoke(stack, 'Work').addCatch(new sfn.Pass(stack, 'Cut'), { errors: ['States.DataLimitExceeded'] });
      return work.addCatch(handle, { errors: ['OutOfStock'] }).addCatch(handle);
    });
    expect((states.Work!.Catch as { ErrorEquals: string[]; Next: string }[]).map(({ ErrorEquals: [error], Next }) => [error, Next])).toEqual([
      ['States.DataLimitExceeded', 'Cut'], ['OutOfStock', 'Handle'], ['States.ALL', 'Handle'],
    ]);
  });

  test('gets it in its place among others', () => {
    const states = statesOf((stack) => {
      const handle = new sfn.Pass(stack, 'Handle');
      return new sfn.Parallel(stack, 'Work').branch(new sfn.Pass(stack, 'Nothing')).addCatch(handle, { errors: ['OutOfStock'] }).addCatch(handle);
    });
    expect((states.Work!.Catch as { ErrorEquals: string[] }[]).map(({ ErrorEquals: [error] }) => error)).toEqual(['OutOfStock', 'States.DataLimitExceeded', 'States.ALL']);
  });
});

describe('what is stated', () => {
  test('is the timeout and the query language', () => {
    const definition = definitionOf(make((stack) => ({
      definition: tasks.LambdaInvoke.jsonata(stack, 'Work', { lambdaFunction: handlerIn(stack), payload: sfn.TaskInput.fromText('{% $states.input %}') }),
      timeout: Duration.days(2),
      queryLanguage: sfn.QueryLanguage.JSONATA,
    })).stack);
    expect(definition).toMatchObject({ TimeoutSeconds: 172_800, QueryLanguage: 'JSONata' });
    expect(definition.States.Work).not.toHaveProperty('QueryLanguage');
    expect(definition.States.Work).toHaveProperty('Arguments');
  });

  test('is how long logs are kept, and what becomes of the queues', () => {
    const { stack } = make({ logRetention: logs.RetentionDays.ONE_YEAR, removalPolicy: RemovalPolicy.RETAIN });
    expect(resourceOf(stack, 'AWS::Logs::LogGroup').Properties.RetentionInDays).toBe(365);
    expect(Object.values(resourcesOf(stack, QUEUE)).map(({ DeletionPolicy }) => DeletionPolicy)).toEqual(['Retain', 'Retain']);
  });
});

test('the state machine may start the executions of a distributed Map state', () => {
  const { stack } = make((scope) => ({ definition: new sfn.DistributedMap(scope, 'Many').itemProcessor(invoke(scope, 'Work')) }));
  expect(resourceOf(stack, 'AWS::IAM::Policy', 'OrderStateMachineDistributedMapPolicy').Properties.PolicyDocument.Statement).toContainEqual(
    expect.objectContaining({ Action: 'states:StartExecution' }),
  );
});

describe('with a customer-managed key', () => {
  const key = (stack: Stack) => new kms.Key(stack, 'Key');

  test('the definition, the executions and both queues are encrypted with it', () => {
    const { stack } = make((scope) => ({ encryptionKey: key(scope) }));
    const arn = { 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] };
    expect(resourceOf(stack, MACHINE).Properties.EncryptionConfiguration).toEqual({ Type: 'CUSTOMER_MANAGED_KMS_KEY', KmsKeyId: arn });
    expect(Object.values(resourcesOf(stack, QUEUE)).map(({ Properties }) => Properties.KmsMasterKeyId as unknown)).toEqual([arn, arn]);
  });

  test('the role may use it, whatever the name of the state machine', () => {
    const { stack } = make((scope) => ({ encryptionKey: key(scope) }));
    const statements = resourceOf(stack, 'AWS::IAM::Policy', 'OrderStateMachine').Properties.PolicyDocument.Statement as object[];
    expect(statements).toContainEqual({
      Action: ['kms:Decrypt', 'kms:Encrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*'], Effect: 'Allow', Resource: { 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] },
    });
  });

  test('the delivery of logs, and EventBridge, may use it', () => {
    const { stack } = make((scope) => ({ encryptionKey: key(scope) }));
    const statements = resourceOf(stack, 'AWS::KMS::Key').Properties.KeyPolicy.Statement as object[];
    expect(statements).toContainEqual({
      Action: 'kms:Decrypt',
      Effect: 'Allow',
      Principal: { Service: 'delivery.logs.amazonaws.com' },
      Resource: '*',
      Condition: { StringEquals: { 'kms:EncryptionContext:SourceArn': { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':logs:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':*']] } } },
    });
    expect(statements).toContainEqual(expect.objectContaining({ Principal: { Service: 'events.amazonaws.com' }, Action: ['kms:Decrypt', 'kms:GenerateDataKey'] }));
    Annotations.fromStack(stack).hasNoWarning('*', Match.stringLikeRegexp('logDeliveryKeyNotGranted'));
  });

  test('that is not made here, a warning has the statement that its policy needs', () => {
    const { stack } = make((scope) => ({ encryptionKey: kms.Key.fromKeyArn(scope, 'Key', 'arn:aws:kms:us-east-1:111122223333:key/1') }));
    const [found] = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('logDeliveryKeyNotGranted'));
    expect(String(found!.entry.data)).toBe(
      'encryptionKey \'Stack/Key\' is not made in this app, so its policy cannot be changed here, and the workflow logs nothing until it has this statement: ' +
      '{"Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"kms:Decrypt","Resource":"*",' +
      '"Condition":{"StringEquals":{"kms:EncryptionContext:SourceArn":"arn:aws:logs:<region>:<account>:*"}}} [ack: cdk-serverless-patterns:logDeliveryKeyNotGranted]',
    );
  });

  test('who may start executions may use it', () => {
    const { stack, order } = make((scope) => ({ encryptionKey: key(scope) }));
    const role = new iam.Role(stack, 'Starter', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    order.grantStartExecution(role);
    const statements = resourceOf(stack, 'AWS::IAM::Policy', 'Starter').Properties.PolicyDocument.Statement as object[];
    expect(statements).toEqual([
      { Action: ['kms:GenerateDataKey', 'kms:Decrypt'], Effect: 'Allow', Resource: { 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] } },
      { Action: 'states:StartExecution', Effect: 'Allow', Resource: { Ref: expect.stringMatching(/^OrderStateMachine/) as unknown } },
    ]);
  });
});

test('who may start executions may do nothing else', () => {
  const { stack, order } = make();
  const role = new iam.Role(stack, 'Starter', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  order.grantStartExecution(role);
  expect(resourceOf(stack, 'AWS::IAM::Policy', 'Starter').Properties.PolicyDocument.Statement).toEqual([
    { Action: 'states:StartExecution', Effect: 'Allow', Resource: { Ref: expect.stringMatching(/^OrderStateMachine/) as unknown } },
  ]);
});
