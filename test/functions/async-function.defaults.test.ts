import type { Stack } from 'aws-cdk-lib';
import { CfnParameter, Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as destinations from 'aws-cdk-lib/aws-lambda-destinations';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { FUNCTION_TYPE, make, POLICY, SETTINGS, statementsOf } from './async-fixtures';
import { AsyncFunction, CanaryFunction, FailureBucket, FailureStore } from '../../src';
import { attribute, handlerIn, newStack, resourceOf, resourcesOf } from '../messaging/fixtures';
import { warningOf } from '../storage/fixtures';

const ACCOUNT = { StringEquals: { 's3:ResourceAccount': { Ref: 'AWS::AccountId' } } };

describe('with nothing stated', () => {
  const { stack, mails } = make();

  test('Lambda tries again twice, gives an event up after an hour, and puts it into a bucket', () => {
    expect(resourceOf(stack, SETTINGS).Properties).toEqual({
      FunctionName: stack.resolve(mails.handler.functionName) as unknown,
      Qualifier: '$LATEST',
      MaximumRetryAttempts: 2,
      MaximumEventAgeInSeconds: 3600,
      DestinationConfig: { OnFailure: { Destination: stack.resolve(mails.failureStore!.bucket.bucketArn) as unknown } },
    });
  });

  test('the bucket is a FailureBucket', () => {
    expect(mails.node.findChild('Failures')).toBeInstanceOf(FailureBucket);
    expect(mails.failureStore?.bucket).toBe((mails.node.findChild('Failures') as FailureBucket).bucket);
    expect(mails.deadLetterQueue).toBeUndefined();
  });

  test('the store says where the events of this function are, and in which form', () => {
    const name: unknown = stack.resolve(mails.handler.functionName);
    expect(stack.resolve(mails.failureStore?.prefix)).toEqual({ 'Fn::Join': ['', ['aws/lambda/async/', name, '/']] });
    expect(mails.failureStore?.form).toBe('async-invocation');
  });

  test('the handler may put objects there and list them, as long as the bucket is that of this account, and nothing else', () => {
    const arn: unknown = stack.resolve(mails.failureStore!.bucket.bucketArn);
    expect(statementsOf(stack)).toEqual([
      { Action: 's3:PutObject', Effect: 'Allow', Resource: { 'Fn::Join': ['', [arn, '/*']] }, Condition: ACCOUNT },
      { Action: 's3:ListBucket', Effect: 'Allow', Resource: arn, Condition: ACCOUNT },
    ]);
  });

  test('the settings wait for the permission', () => {
    const [policy] = Object.keys(resourcesOf(stack, POLICY));
    expect(resourceOf(stack, SETTINGS).DependsOn).toEqual([policy]);
  });

  test('the function itself has no dead-letter queue', () => {
    expect(resourceOf(stack, FUNCTION_TYPE).Properties).not.toHaveProperty('DeadLetterConfig');
  });
});

describe('what is stated', () => {
  test('no retries', () => {
    expect(resourceOf(make({ retryAttempts: 0 }).stack, SETTINGS).Properties.MaximumRetryAttempts).toBe(0);
  });

  test('retries by a token', () => {
    const { stack } = make((scope) => ({ retryAttempts: new CfnParameter(scope, 'Retries', { type: 'Number' }).valueAsNumber }));
    expect(resourceOf(stack, SETTINGS).Properties.MaximumRetryAttempts).toEqual({ Ref: 'Retries' });
  });

  test('the age', () => {
    expect(resourceOf(make({ maxEventAge: Duration.hours(6) }).stack, SETTINGS).Properties.MaximumEventAgeInSeconds).toBe(21_600);
  });

  test('a bucket that exists, as it is', () => {
    const { stack, mails } = make((scope) => ({ failureStore: FailureStore.of(s3.Bucket.fromBucketName(scope, 'Live', 'live')) }));
    expect(resourcesOf(stack, 'AWS::S3::Bucket')).toEqual({});
    expect(mails.failureStore).toMatchObject({ bucket: { bucketName: 'live' }, form: 'async-invocation' });
    expect(statementsOf(stack)).toMatchObject([{ Action: 's3:PutObject', Condition: ACCOUNT }, { Action: 's3:ListBucket', Condition: ACCOUNT }]);
  });

  test('a FailureBucket with a key, that two functions share', () => {
    const stack = newStack();
    const failureStore = new FailureBucket(stack, 'Failures', { encryptionKey: new kms.Key(stack, 'Key') });
    new AsyncFunction(stack, 'Mails', { handler: handlerIn(stack), failureStore });
    new AsyncFunction(stack, 'Bills', { handler: handlerIn(stack, {}, 'Other'), failureStore });
    Template.fromStack(stack).resourceCountIs('AWS::S3::Bucket', 1);
    expect(statementsOf(stack).map(({ Action }) => Action)).toEqual(['s3:PutObject', 's3:ListBucket', 'kms:GenerateDataKey', 's3:PutObject', 's3:ListBucket', 'kms:GenerateDataKey']);
  });

  test('where results go', () => {
    const { stack } = make((scope) => ({ onSuccess: new destinations.SqsDestination(new sqs.Queue(scope, 'Results')) }));
    expect(resourceOf(stack, SETTINGS).Properties.DestinationConfig).toEqual({ OnFailure: expect.anything() as unknown, OnSuccess: { Destination: { 'Fn::GetAtt': [expect.stringMatching(/^Results/), 'Arn'] } } });
    expect(resourceOf(stack, SETTINGS).DependsOn).toEqual(expect.arrayContaining([expect.stringMatching(/^HandlerServiceRoleDefaultPolicy/)]));
  });

  test('where results go is told that they are results, and the function', () => {
    const bind = jest.fn(() => ({ destination: 'arn:aws:sqs:us-east-1:111122223333:results' }));
    const { stack, mails } = make({ onSuccess: { bind } });
    expect(bind.mock.calls).toEqual([[mails, mails.handler, { type: 'Success' }]]);
    expect(resourceOf(stack, SETTINGS).Properties.DestinationConfig.OnSuccess).toEqual({ Destination: 'arn:aws:sqs:us-east-1:111122223333:results' });
  });
});

describe('a dead-letter queue', () => {
  const withQueue = (key = false, handlerProps: (stack: Stack) => Partial<lambda.FunctionProps> = () => ({})) => {
    const stack = newStack();
    const deadLetterQueue = new sqs.Queue(stack, 'DeadLetters', key ? { encryptionMasterKey: new kms.Key(stack, 'Key') } : {});
    const mails = new AsyncFunction(stack, 'Mails', { handler: handlerIn(stack, handlerProps(stack)), deadLetterQueue });
    return { stack, mails, deadLetterQueue };
  };

  test('is that of the function, and there is no failure store', () => {
    const { stack, mails, deadLetterQueue } = withQueue();
    expect(resourceOf(stack, FUNCTION_TYPE).Properties.DeadLetterConfig).toEqual({ TargetArn: stack.resolve(deadLetterQueue.queueArn) as unknown });
    expect(resourceOf(stack, SETTINGS).Properties).toEqual({
      FunctionName: stack.resolve(mails.handler.functionName) as unknown, Qualifier: '$LATEST', MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 3600,
    });
    expect(mails).toMatchObject({ failureStore: undefined, deadLetterQueue });
    Template.fromStack(stack).resourceCountIs('AWS::S3::Bucket', 0);
  });

  test('the handler may send to it, before it gets it', () => {
    const { stack, deadLetterQueue } = withQueue();
    expect(statementsOf(stack)).toEqual([{ Action: 'sqs:SendMessage', Effect: 'Allow', Resource: stack.resolve(deadLetterQueue.queueArn) as unknown }]);
    expect(resourceOf(stack, FUNCTION_TYPE).DependsOn).toEqual(expect.arrayContaining(Object.keys(resourcesOf(stack, POLICY))));
  });

  test('the handler may use its key', () => {
    expect(statementsOf(withQueue(true).stack)).toMatchObject([{ Action: 'sqs:SendMessage' }, { Action: ['kms:GenerateDataKey', 'kms:Decrypt'] }]);
  });

  test('an imported role gets a policy, for which the function waits', () => {
    const { stack } = withQueue(false, (scope) => ({ role: iam.Role.fromRoleArn(scope, 'Role', 'arn:aws:iam::111122223333:role/handler') }));
    const [policy] = Object.keys(resourcesOf(stack, POLICY));
    expect(resourceOf(stack, FUNCTION_TYPE).DependsOn).toEqual([policy]);
  });

  test('a function without a known role is told what it must be allowed, the key too', () => {
    const stack = newStack();
    const fn = handlerIn(stack, { role: iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111122223333:role/handler') });
    const handler = lambda.Function.fromFunctionAttributes(stack, 'Same', { functionArn: fn.functionArn, sameEnvironment: true });
    new AsyncFunction(stack, 'Mails', { handler, deadLetterQueue: new sqs.Queue(stack, 'DeadLetters', { encryptionMasterKey: new kms.Key(stack, 'Key') }) });
    expect(warningOf(stack, 'handlerRoleUnknown')).toEqual(expect.stringContaining('"Action":"sqs:SendMessage"'));
    expect(warningOf(stack, 'handlerRoleUnknown')).toEqual(expect.stringContaining('"Action":["kms:GenerateDataKey","kms:Decrypt"]'));
  });

  test('may be the one that the function was made with', () => {
    const stack = newStack();
    const handler = handlerIn(stack, { deadLetterQueueEnabled: true });
    new AsyncFunction(stack, 'Mails', { handler, deadLetterQueue: handler.deadLetterQueue! });
    const TargetArn: unknown = stack.resolve(handler.deadLetterQueue!.queueArn);
    expect(resourceOf(stack, FUNCTION_TYPE).Properties.DeadLetterConfig).toEqual({ TargetArn });
  });

  test('makes another version of what is published', () => {
    const stack = newStack();
    const handler = handlerIn(stack);
    const { currentVersion } = handler;
    new AsyncFunction(stack, 'Mails', { handler: currentVersion, deadLetterQueue: new sqs.Queue(stack, 'DeadLetters') });
    const plain = newStack();
    new AsyncFunction(plain, 'Mails', { handler: handlerIn(plain).currentVersion });
    const [version, other] = [stack, plain].map((of) => Object.keys(resourcesOf(of, 'AWS::Lambda::Version')));
    expect(version).not.toEqual(other);
  });
});

describe('the settings are those of what callers invoke', () => {
  const settingsOf = (handlerOf: (stack: Stack) => lambda.IFunction) => {
    const stack = newStack();
    const { handler } = new AsyncFunction(stack, 'Mails', { handler: handlerOf(stack) });
    return { stack, handler, settings: resourceOf(stack, SETTINGS) };
  };
  const imported = (stack: Stack) => lambda.Version.fromVersionArn(stack, 'Version', 'arn:aws:lambda:us-east-1:111122223333:function:handler:7');

  test('an alias, for which they wait', () => {
    const { stack, settings } = settingsOf((scope) => handlerIn(scope).addAlias('live'));
    expect(settings.Properties).toMatchObject({ FunctionName: { Ref: expect.stringMatching(/^Handler/) as unknown }, Qualifier: 'live' });
    expect(settings.DependsOn).toEqual(expect.arrayContaining(Object.keys(resourcesOf(stack, 'AWS::Lambda::Alias'))));
  });

  test('the alias of a CanaryFunction', () => {
    const { settings } = settingsOf((scope) => new CanaryFunction(scope, 'Canary', { handler: handlerIn(scope) }).alias);
    expect(settings.Properties.Qualifier).toBe('live');
  });

  test('a version', () => {
    const { stack, settings } = settingsOf((scope) => handlerIn(scope).currentVersion);
    expect(settings.Properties.Qualifier).toEqual({ 'Fn::GetAtt': [Object.keys(resourcesOf(stack, 'AWS::Lambda::Version'))[0], 'Version'] });
  });

  test('the latest version', () => {
    expect(settingsOf((scope) => handlerIn(scope).latestVersion).settings.Properties.Qualifier).toBe('$LATEST');
  });

  test('an imported version, and an imported alias', () => {
    expect(settingsOf(imported).settings.Properties).toMatchObject({ FunctionName: 'handler', Qualifier: '7' });
    const alias = settingsOf((scope) => lambda.Alias.fromAliasAttributes(scope, 'Alias', { aliasName: 'live', aliasVersion: imported(scope) as lambda.IVersion }));
    expect(alias.settings.Properties).toMatchObject({ FunctionName: 'handler', Qualifier: 'live' });
  });
});

describe('who is granted', () => {
  const invokedBy = (handlerOf: (stack: Stack) => lambda.IFunction, grantee: (stack: Stack) => iam.IGrantable) => {
    const stack = newStack();
    const mails = new AsyncFunction(stack, 'Mails', { handler: handlerOf(stack) });
    mails.grantInvoke(grantee(stack));
    return { stack, mails, statements: statementsOf(stack).filter(({ Action }) => Action === 'lambda:InvokeFunction') };
  };
  const caller = (stack: Stack) => handlerIn(stack, {}, 'Caller');

  test('may invoke the function, but no version or alias of it, for which other settings hold', () => {
    const { stack, mails, statements } = invokedBy((scope) => handlerIn(scope), caller);
    const arn: unknown = stack.resolve(mails.handler.functionArn);
    expect(statements).toEqual([{ Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: [{ 'Fn::Join': ['', [arn, ':$LATEST']] }, arn] }]);
  });

  test('may invoke the alias, but not the function without it', () => {
    const { statements } = invokedBy((scope) => handlerIn(scope).addAlias('live'), caller);
    expect(statements).toEqual([{ Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: { Ref: expect.stringMatching(/^HandlerAliaslive/) as unknown } }]);
  });

  test('may be a service', () => {
    const { stack } = invokedBy((scope) => handlerIn(scope), () => new iam.ServicePrincipal('ses.amazonaws.com'));
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Permission', { Action: 'lambda:InvokeFunction', FunctionName: attribute('Handler'), Principal: 'ses.amazonaws.com' });
  });
});

test('without a role, a warning has the statements that are needed', () => {
  const stack = newStack();
  const handler = lambda.Function.fromFunctionAttributes(stack, 'Handler', { functionArn: 'arn:aws:lambda:us-east-1:111122223333:function:handler', sameEnvironment: true });
  new AsyncFunction(stack, 'Mails', { handler, failureStore: FailureStore.of(s3.Bucket.fromBucketName(stack, 'Live', 'live')) });
  const text = String(stack.node.findChild('Mails').node.metadata.find(({ type }) => type === 'aws:cdk:warning')?.data);
  expect(text).toContain(
    'the role of handler \'Stack/Handler\' is not known, so it cannot be allowed here to keep failed events: allow it ' +
    '{"Effect":"Allow","Action":"s3:PutObject","Resource":"<ARN of bucket \'Stack/Live\'>/*","Condition":{"StringEquals":{"s3:ResourceAccount":"<this account>"}}}, ' +
    '{"Effect":"Allow","Action":"s3:ListBucket","Resource":"<ARN of bucket \'Stack/Live\'>","Condition":{"StringEquals":{"s3:ResourceAccount":"<this account>"}}}, or import',
  );
  expect(resourcesOf(stack, POLICY)).toEqual({});
});
