import { App, CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { attribute, handlerIn, INPUT_TEMPLATE, make, makeWithQueue, newStack, problemsIn, ref, resourceOf, resourcesOf } from './fixtures';
import type { IJobEngine } from '../../src';
import { FunctionEngine, PollingStatusApi, QueueEngine, QueueFed, QueueFedFunction, StateMachineEngine } from '../../src';

const MACHINE = 'AWS::StepFunctions::StateMachine';
const ARN = 'arn:aws:states:eu-west-1:111122223333:stateMachine:jobs';

/** The definition of a machine, with references as `${Id}` or `${Id.Attribute}`. */
function definitionOf(stack: Stack, idPrefix: string): any {
  const { DefinitionString: definition } = resourceOf(stack, MACHINE, idPrefix).Properties;
  const name = (part: any) => part.Ref ?? (part['Fn::GetAtt'] as string[] | undefined)?.join('.');
  return JSON.parse((definition['Fn::Join'][1] as any[]).map((part) => typeof part === 'string' ? part : `\${${name(part).replace(/[0-9A-F]{8}(?=$|\.)/, '')}}`).join(''));
}

function statementsOf(stack: Stack, idPrefix: string): any[] {
  return resourceOf(stack, 'AWS::IAM::Policy', idPrefix).Properties.PolicyDocument.Statement;
}

/** Those statements that are about the work: not about logs and traces. */
const workStatements = (stack: Stack) => statementsOf(stack, 'JobsEngineWorkflowRole').filter(({ Resource }) => Resource !== '*');

const newMachine = (stack: Stack, stateMachineType?: sfn.StateMachineType, props: Partial<sfn.StateMachineProps> = {}) => new sfn.StateMachine(stack, 'Machine', {
  ...props,
  ...(stateMachineType ? { stateMachineType } : {}),
  definitionBody: sfn.DefinitionBody.fromChainable(new sfn.Pass(stack, 'Pass')),
});

const NOW = '$floor($millis() / 1000)';
const DYNAMODB_RETRY = [{
  ErrorEquals: [
    'DynamoDB.InternalServerErrorException', 'DynamoDB.ProvisionedThroughputExceededException', 'DynamoDB.RequestLimitExceededException',
    'DynamoDB.SdkClientException', 'DynamoDB.ThrottlingException', 'DynamoDB.AmazonDynamoDBException',
  ],
  IntervalSeconds: 1,
  BackoffRate: 2,
  MaxAttempts: 6,
  MaxDelaySeconds: 30,
  JitterStrategy: 'FULL',
}];
const OPEN_VALUES = { ':pending': { S: 'PENDING' }, ':running': { S: 'RUNNING' }, ':now': { N: `{% $string(${NOW}) %}` } };
const OPEN = 'jobStatus IN (:pending, :running) AND deadline > :now';
const CONDITION_FAILED = ['DynamoDB.ConditionalCheckFailedException'];

const failure = (job: string, code: string) => ({
  Type: 'Task',
  Resource: 'arn:${AWS::Partition}:states:::dynamodb:updateItem',
  Retry: DYNAMODB_RETRY,
  Arguments: {
    TableName: '${JobsTable}',
    Key: { jobKey: { S: job } },
    ConditionExpression: OPEN,
    UpdateExpression: 'SET jobStatus = :failed, failureCode = :code',
    ExpressionAttributeValues: { ...OPEN_VALUES, ':failed': { S: 'FAILED' }, ':code': { S: code } },
  },
});

describe('the workflow around the work', () => {
  test('takes the job once, works within its time, and records how it ended', () => {
    const { stack } = make();
    expect(definitionOf(stack, 'JobsEngineWorkflow')).toEqual({
      QueryLanguage: 'JSONata',
      StartAt: 'TakeJob',
      TimeoutSeconds: 3900,
      States: {
        TakeJob: {
          Type: 'Task',
          Resource: 'arn:${AWS::Partition}:states:::dynamodb:updateItem',
          Retry: DYNAMODB_RETRY,
          Arguments: {
            TableName: '${JobsTable}',
            Key: { jobKey: { S: '{% $states.input[0].job %}' } },
            ConditionExpression: '(jobStatus = :pending OR (jobStatus = :running AND jobWorker = :worker)) AND deadline > :now',
            UpdateExpression: 'SET jobStatus = :running, jobWorker = :worker',
            ExpressionAttributeValues: { ...OPEN_VALUES, ':worker': { S: '{% $states.context.Execution.Id %}' } },
            ReturnValues: 'ALL_NEW',
          },
          Assign: {
            job: '{% $states.result.Attributes.jobKey.S %}',
            id: '{% $states.result.Attributes.jobId.S %}',
            deadline: '{% $number($states.result.Attributes.deadline.N) %}',
          },
          Output: '{% $states.result.Attributes.requestBody.S %}',
          Catch: [{ ErrorEquals: CONDITION_FAILED, Next: 'NotOpen' }],
          Next: 'Work',
        },
        Work: {
          Type: 'Task',
          Resource: 'arn:${AWS::Partition}:states:::aws-sdk:lambda:invoke',
          Arguments: {
            FunctionName: '${Handler.Arn}',
            Payload: { table: '${JobsTable}', job: '{% $job %}', id: '{% $id %}', deadline: '{% $deadline %}', body: '{% $parse($states.input) %}' },
          },
          TimeoutSeconds: `{% $max([1, $deadline - ${NOW}]) %}`,
          Output: "{% ($text := $states.result.Payload ? $states.result.Payload : 'null'; " +
            "$states.result.FunctionError ? $error('the function has failed: ' & $substring($text, 0, 1000)) : ($parse($text); $text)) %}",
          Retry: [
            {
              ErrorEquals: ['Lambda.ServiceException', 'Lambda.TooManyRequestsException', 'Lambda.ResourceNotReadyException', 'Lambda.EC2ThrottledException', 'Lambda.LambdaException'],
              IntervalSeconds: 1,
              BackoffRate: 2,
              MaxAttempts: 120,
              MaxDelaySeconds: 30,
              JitterStrategy: 'FULL',
            },
            // The function may have run.
            { ErrorEquals: ['Lambda.SdkClientException'], IntervalSeconds: 1, BackoffRate: 2, MaxAttempts: 2, MaxDelaySeconds: 30, JitterStrategy: 'FULL' },
          ],
          Catch: [
            { ErrorEquals: ['States.Timeout'], Next: 'RecordTimeout' },
            { ErrorEquals: ['States.DataLimitExceeded'], Next: 'RecordFailure' },
            { ErrorEquals: ['States.ALL'], Next: 'RecordFailure' },
          ],
          Next: 'RecordResult',
        },
        RecordResult: {
          Type: 'Task',
          Resource: 'arn:${AWS::Partition}:states:::dynamodb:updateItem',
          Retry: DYNAMODB_RETRY,
          Arguments: {
            TableName: '${JobsTable}',
            Key: { jobKey: { S: '{% $job %}' } },
            ConditionExpression: OPEN,
            UpdateExpression: 'SET jobStatus = :succeeded, jobResult = :result',
            ExpressionAttributeValues: { ...OPEN_VALUES, ':succeeded': { S: 'SUCCEEDED' }, ':result': { S: '{% $states.input %}' } },
          },
          Output: {},
          Catch: [{ ErrorEquals: CONDITION_FAILED, Next: 'RecordTimeout' }, { ErrorEquals: ['States.ALL'], Next: 'RecordFailure' }],
          End: true,
        },
        RecordFailure: { ...failure('{% $job %}', 'FAILED'), Catch: [{ ErrorEquals: CONDITION_FAILED, Next: 'RecordTimeout' }], Next: 'Failed' },
        RecordTimeout: {
          Type: 'Task',
          Resource: 'arn:${AWS::Partition}:states:::dynamodb:updateItem',
          Retry: DYNAMODB_RETRY,
          Arguments: {
            TableName: '${JobsTable}',
            Key: { jobKey: { S: '{% $job %}' } },
            ConditionExpression: 'jobStatus IN (:pending, :running)',
            UpdateExpression: 'SET jobStatus = :failed, failureCode = :code',
            ExpressionAttributeValues: { ':pending': { S: 'PENDING' }, ':running': { S: 'RUNNING' }, ':failed': { S: 'FAILED' }, ':code': { S: 'TIMEOUT' } },
          },
          Catch: [{ ErrorEquals: CONDITION_FAILED, Next: 'SeeIfCancelled' }],
          Next: 'TimedOut',
        },
        // The alarm on failed executions is not to ring for what its owner wanted.
        SeeIfCancelled: {
          Type: 'Task',
          Resource: 'arn:${AWS::Partition}:states:::dynamodb:updateItem',
          Retry: DYNAMODB_RETRY,
          Arguments: {
            TableName: '${JobsTable}',
            Key: { jobKey: { S: '{% $job %}' } },
            ConditionExpression: 'jobStatus = :cancelled',
            UpdateExpression: 'SET jobStatus = :cancelled',
            ExpressionAttributeValues: { ':cancelled': { S: 'CANCELLED' } },
          },
          Output: {},
          Catch: [{ ErrorEquals: CONDITION_FAILED, Next: 'TimedOut' }],
          Next: 'NotOpen',
        },
        Failed: { Type: 'Fail', Error: 'JobFailed' },
        TimedOut: { Type: 'Fail', Error: 'JobTimedOut' },
        NotOpen: { Type: 'Succeed' },
      },
    });
  });

  test.each([[Duration.minutes(1), 6], [Duration.minutes(4), 8], [Duration.days(1), 2880]])('that takes up to %s is tried again %d times', (timeout, attempts) => {
    const { stack } = make({ timeout });
    expect(definitionOf(stack, 'JobsEngineWorkflow').States.Work.Retry[0].MaxAttempts).toBe(attempts);
  });

  test('is Standard, traced, and logs its errors without their data for a month', () => {
    const { stack } = make();
    Template.fromStack(stack).hasResourceProperties(MACHINE, {
      StateMachineType: 'STANDARD',
      TracingConfiguration: { Enabled: true },
      LoggingConfiguration: { Level: 'ERROR', Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: attribute('JobsEngineWorkflowLogs') } }] },
    });
    expect(resourceOf(stack, MACHINE, 'JobsEngineWorkflow').Properties.LoggingConfiguration).not.toMatchObject({ IncludeExecutionData: true });
    for (const name of ['WorkflowLogs', 'RecorderLogs']) {
      const group = resourceOf(stack, 'AWS::Logs::LogGroup', `JobsEngine${name}`);
      expect(group).toMatchObject({ DeletionPolicy: 'Delete', Properties: { RetentionInDays: 30 } });
      expect(group.Properties.LogGroupName).toMatch(new RegExp(`^/aws/vendedlogs/states/Stack/Jobs-Engine-${name}-[0-9a-f]{8}$`));
    }
  });

  test('may write the job and do the work', () => {
    const { stack } = make();
    expect(workStatements(stack)).toEqual([
      { Effect: 'Allow', Action: 'dynamodb:UpdateItem', Resource: [{ 'Fn::GetAtt': [expect.stringMatching(/^JobsTable/), 'Arn'] }] },
      { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: { 'Fn::GetAtt': [expect.stringMatching(/^Handler/), 'Arn'] } },
    ]);
  });
});

describe('the end of a workflow that could not record it', () => {
  test('is recorded by another, whether it failed, hung or was stopped', () => {
    const { stack } = make();
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
      Description: 'Records the failure of a job whose workflow could not.',
      EventPattern: {
        'source': ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        'detail': {
          stateMachineArn: [ref('JobsEngineWorkflow')],
          // Not if it has recorded the end itself; an event of an encrypted workflow does not say.
          $or: [
            { status: ['TIMED_OUT', 'ABORTED'] },
            { status: ['FAILED'], error: [{ 'anything-but': ['JobFailed', 'JobTimedOut'] }] },
            { status: ['FAILED'], error: [{ exists: false }] },
          ],
        },
      },
      Targets: [{
        Id: 'Recorder',
        Arn: ref('JobsEngineRecorder'),
        RoleArn: attribute('JobsEngineRuleRole'),
        DeadLetterConfig: { Arn: attribute('JobsDeadLetterQueue') },
        RetryPolicy: { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86_400 },
      }],
    });
    expect(statementsOf(stack, 'JobsEngineRuleRole')).toEqual([{ Effect: 'Allow', Action: 'states:StartExecution', Resource: { Ref: expect.stringMatching(/^JobsEngineRecorder/) } }]);
    Template.fromStack(stack).hasResourceProperties('AWS::SQS::QueuePolicy', {
      Queues: [ref('JobsDeadLetterQueue')],
      PolicyDocument: {
        Statement: Match.arrayWith([{
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: attribute('JobsDeadLetterQueue'),
          Condition: { ArnEquals: { 'aws:SourceArn': attribute('JobsEngineEndRule') } },
        }]),
      },
    });
  });

  test('is found by a recorder that may describe the executions of this workflow only', () => {
    const statements = statementsOf(make().stack, 'JobsEngineRecorderRole').filter(({ Action }) => Action === 'states:DescribeExecution');
    expect(statements).toEqual([{
      Effect: 'Allow',
      Action: 'states:DescribeExecution',
      Resource: {
        'Fn::Join': ['', [
          'arn:', { Ref: 'AWS::Partition' }, ':states:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' },
          ':execution:', { 'Fn::GetAtt': [expect.stringMatching(/^JobsEngineWorkflow/), 'Name'] }, ':*',
        ]],
      },
    }]);
  });

  test('overwrites no end', () => {
    const { stack } = make();
    Template.fromStack(stack).hasResourceProperties(MACHINE, { StateMachineType: 'EXPRESS', TracingConfiguration: { Enabled: true }, LoggingConfiguration: { Level: 'ERROR' } });
    expect(definitionOf(stack, 'JobsEngineRecorder')).toEqual({
      QueryLanguage: 'JSONata',
      StartAt: 'FindJob',
      TimeoutSeconds: 120,
      States: {
        FindJob: {
          Type: 'Task',
          Resource: 'arn:${AWS::Partition}:states:::aws-sdk:sfn:describeExecution',
          Arguments: { ExecutionArn: '{% $states.input.detail.executionArn %}' },
          Retry: [{ ...DYNAMODB_RETRY[0], ErrorEquals: ['Sfn.SfnException', 'Sfn.SdkClientException'] }],
          Output: {
            job: '{% $parse($states.result.Input)[0].job %}',
            code: "{% $states.result.Status = 'ABORTED' ? 'STOPPED' : 'FAILED' %}",
          },
          Next: 'RecordFailure',
        },
        RecordFailure: {
          ...failure('{% $states.input.job %}', '{% $states.input.code %}'),
          Output: {},
          Catch: [{ ErrorEquals: CONDITION_FAILED, Next: 'NotOpen' }],
          End: true,
        },
        NotOpen: { Type: 'Succeed' },
      },
    });
  });
});

describe('an Express workflow', () => {
  const { EXPRESS, STANDARD } = sfn.StateMachineType;
  const express = (timeout = Duration.minutes(4)) => make((stack) => (
    { engine: new FunctionEngine(handlerIn(stack), { workflowType: EXPRESS }), timeout }
  ));

  test('does what a Standard one does, within the five minutes that it has', () => {
    const standard = make({ timeout: Duration.minutes(4) });
    const { TimeoutSeconds: ofStandard, ...same } = definitionOf(standard.stack, 'JobsEngineWorkflow');
    expect(definitionOf(express().stack, 'JobsEngineWorkflow')).toEqual({ ...same, TimeoutSeconds: 300 });
    expect(definitionOf(express(Duration.minutes(1)).stack, 'JobsEngineWorkflow').TimeoutSeconds).toBe(300);
    expect(ofStandard).toBe(540);
  });

  test('is Express, traced, and logs its errors without their data', () => {
    const { Properties: properties } = resourceOf(express().stack, MACHINE, 'JobsEngineWorkflow');
    expect(properties).toMatchObject({ StateMachineType: 'EXPRESS', TracingConfiguration: { Enabled: true }, LoggingConfiguration: { Level: 'ERROR' } });
    expect(properties.LoggingConfiguration).not.toMatchObject({ IncludeExecutionData: true });
  });

  test('is started by the pipe, which does not wait for it', () => {
    const { stack } = express();
    const workflow = { Ref: expect.stringMatching(/^JobsEngineWorkflow/) };
    expect(resourceOf(stack, 'AWS::Pipes::Pipe').Properties).toMatchObject({
      Target: workflow,
      TargetParameters: { StepFunctionStateMachineParameters: { InvocationType: 'FIRE_AND_FORGET' } },
    });
    expect(statementsOf(stack, 'JobsPipeRole')).toContainEqual({ Effect: 'Allow', Action: 'states:StartExecution', Resource: workflow });
  });

  test('has nothing that would hear of its end, of which there is no event', () => {
    const { stack } = express();
    expect(Object.keys(resourcesOf(stack, MACHINE))).toHaveLength(1);
    expect(resourcesOf(stack, 'AWS::Events::Rule')).toEqual({});
    expect(JSON.stringify(resourceOf(stack, 'AWS::SQS::QueuePolicy'))).not.toContain('events.amazonaws.com');
  });

  test('has alarms on how its executions end, which nobody can stop', () => {
    const { jobs, stack } = express();
    expect(Object.keys(jobs.engineAlarms)).toEqual(['failed', 'timedOut']);
    expect(jobs.allAlarms).toHaveLength(8);
    expect(Object.values(resourcesOf(stack, 'AWS::CloudWatch::Alarm')).map(({ Properties: { MetricName: name } }) => name)).not.toContain('ExecutionsAborted');
  });

  test('has its data encrypted by the key of the customer, which EventBridge need not use', () => {
    const keyArn = 'arn:aws:kms:eu-west-1:111122223333:key/team';
    const { stack } = make((scope) => ({
      engine: new FunctionEngine(handlerIn(scope), { workflowType: EXPRESS }), timeout: Duration.minutes(4), encryptionKey: kms.Key.fromKeyArn(scope, 'Key', keyArn),
    }));
    expect(resourceOf(stack, MACHINE, 'JobsEngineWorkflow').Properties.EncryptionConfiguration).toEqual({ KmsKeyId: keyArn, Type: 'CUSTOMER_MANAGED_KMS_KEY' });
    const warnings = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp("^encryptionKey 'Stack/Key' is not made in this app")).map(({ entry: { data } }) => data);
    expect(warnings).toEqual([expect.stringContaining('the workflows log nothing')]);
  });

  test('runs an Express machine', () => {
    const { stack } = make((scope) => (
      { engine: new StateMachineEngine(newMachine(scope, EXPRESS), { workflowType: EXPRESS }), timeout: Duration.minutes(4) }
    ));
    expect(resourceOf(stack, MACHINE, 'JobsEngineWorkflow').Properties.StateMachineType).toBe('EXPRESS');
    expect(definitionOf(stack, 'JobsEngineWorkflow').States.Work.Resource).toBe('arn:${AWS::Partition}:states:::aws-sdk:sfn:startSyncExecution');
  });

  test.each<[string, (stack: Stack) => IJobEngine]>([
    ['function', (stack) => new FunctionEngine(handlerIn(stack), { workflowType: STANDARD })],
    ['machine', (stack) => new StateMachineEngine(newMachine(stack), { workflowType: STANDARD })],
  ])('is not what one gets around a %s by stating the default', (_, engine) => {
    const { stack } = make((scope) => ({ engine: engine(scope) }));
    expect(resourceOf(stack, MACHINE, 'JobsEngineWorkflow').Properties.StateMachineType).toBe('STANDARD');
  });

  const ABORTED = 'alarms.aborted is set, but workflowType is EXPRESS, and nobody can stop an execution of an Express workflow: leave alarms.aborted out';
  const TOO_LONG = 'timeout is 3600 seconds, but workflowType is EXPRESS, and such a workflow takes at most 300 seconds, of which 60 are for recording how the job ended: ' +
    'set timeout to 240 seconds or less, or leave workflowType out';
  const RUNS_STANDARD = "workflowType is EXPRESS, but stateMachine 'Stack/Machine' is STANDARD, and an Express workflow cannot wait for its executions (.sync): " +
    'make that machine Express, or leave workflowType out';

  test.each<[string, (stack: Stack) => IJobEngine, string[]]>([
    ['a job of an hour', (stack) => new FunctionEngine(handlerIn(stack), { workflowType: EXPRESS }), [TOO_LONG]],
    ['a Standard machine', (stack) => new StateMachineEngine(newMachine(stack), { workflowType: EXPRESS, alarms: { aborted: {} } }), [TOO_LONG, RUNS_STANDARD, ABORTED]],
    [
      'an imported Standard machine',
      (stack) => new StateMachineEngine(sfn.StateMachine.fromStateMachineArn(stack, 'Machine', ARN), { stateMachineType: STANDARD, workflowType: EXPRESS }),
      [TOO_LONG, RUNS_STANDARD],
    ],
    [
      'an alarm that is not tuned well',
      (stack) => new FunctionEngine(handlerIn(stack), {
        workflowType: EXPRESS, alarms: { aborted: { enabled: true }, failed: { evaluationPeriods: 0 } },
      }),
      [TOO_LONG, expect.stringMatching(/^alarms.failed.evaluationPeriods is 0/) as string, ABORTED],
    ],
  ])('is refused, with all that is wrong at once, for %s', (_, engine, problems) => {
    expect(problemsIn(() => make((stack) => ({ engine: engine(stack) })))).toEqual(problems);
  });

  test('may have the alarm switched off that it does not have', () => {
    const alarms = { aborted: { enabled: false }, failed: { threshold: 3 } };
    const { jobs } = make((stack) => (
      { engine: new FunctionEngine(handlerIn(stack), { workflowType: EXPRESS, alarms }), timeout: Duration.minutes(1) }
    ));
    expect(Object.keys(jobs.engineAlarms)).toEqual(['failed', 'timedOut']);
  });
});

describe('FunctionEngine', () => {
  test.each<[string, Partial<lambda.FunctionProps>, string]>([
    ['a durable one without a version', { durableConfig: { executionTimeout: Duration.minutes(15) } }, "handler 'Stack/Work' is a durable function, but it is given without a version or an alias"],
    ['one with tenant isolation', { tenancyConfig: lambda.TenancyConfig.PER_TENANT }, "handler 'Stack/Work' has tenant isolation, but the workflow of a job names no tenant"],
  ])('takes no function that it could not invoke: %s', (_, props, text) => {
    const stack = newStack();
    expect(() => new PollingStatusApi(stack, 'Jobs', { engine: new FunctionEngine(handlerIn(stack, props, 'Work')) })).toThrow(text);
  });

  test.each<[number, string | undefined]>([
    [15, undefined],
    [16, "the execution timeout of handler 'Stack/Work/CurrentVersion' is 960 seconds, but a workflow that waits for the answer may invoke durable executions of at most 900 seconds"],
  ])('takes a version of a durable one that takes %d minutes at most', (minutes, text) => {
    const stack = newStack();
    const handler = handlerIn(stack, { durableConfig: { executionTimeout: Duration.minutes(minutes) } }, 'Work').currentVersion;
    const attempt = () => new PollingStatusApi(stack, 'Jobs', { engine: new FunctionEngine(handler) });
    if (text === undefined) {
      expect(attempt).not.toThrow();
    } else {
      expect(attempt).toThrow(text);
    }
  });

  test('takes an alias, and invokes only that', () => {
    const { stack } = make((scope) => {
      const version = new lambda.Version(scope, 'Version', { lambda: handlerIn(scope, {}, 'Work') });
      return { engine: new FunctionEngine(new lambda.Alias(scope, 'Alias', { aliasName: 'live', version })) };
    });
    expect(definitionOf(stack, 'JobsEngineWorkflow').States.Work.Arguments.FunctionName).toBe('${Alias}');
    expect(workStatements(stack)).toContainEqual({ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: { Ref: expect.stringMatching(/^Alias/) } });
  });
});

describe('StateMachineEngine', () => {
  test('runs a Standard machine, waits for it, and stops it with the job', () => {
    const { stack } = make((scope) => ({ engine: new StateMachineEngine(newMachine(scope)) }));
    expect(definitionOf(stack, 'JobsEngineWorkflow').States.Work).toMatchObject({
      Resource: 'arn:${AWS::Partition}:states:::states:startExecution.sync',
      Arguments: { StateMachineArn: '${Machine}', Input: { table: '${JobsTable}', job: '{% $job %}', id: '{% $id %}', deadline: '{% $deadline %}', body: '{% $parse($states.input) %}' } },
      Output: '{% $states.result.Output %}',
      Retry: [
        { ErrorEquals: ['StepFunctions.ExecutionLimitExceededException', 'StepFunctions.AWSStepFunctionsException'], MaxAttempts: 120 },
        { ErrorEquals: ['StepFunctions.SdkClientException'], MaxAttempts: 2 },
      ],
    });
    const arn = (service: string, rest: unknown[]) => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:${service}:`, { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ...rest]] });
    expect(workStatements(stack).slice(1)).toEqual([
      { Effect: 'Allow', Action: 'states:StartExecution', Resource: { Ref: expect.stringMatching(/^Machine/) } },
      {
        Effect: 'Allow',
        Action: ['states:DescribeExecution', 'states:StopExecution'],
        Resource: arn('states', [':execution:', { 'Fn::Select': [6, { 'Fn::Split': [':', { Ref: expect.stringMatching(/^Machine/) }] }] }, ':*']),
      },
      {
        Effect: 'Allow',
        Action: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
        Resource: arn('events', [':rule/StepFunctionsGetEventsForStepFunctionsExecutionRule']),
      },
    ]);
  });

  test.each([
    ['made here', (stack: Stack) => new StateMachineEngine(newMachine(stack, sfn.StateMachineType.EXPRESS))],
    ['imported', (stack: Stack) => new StateMachineEngine(sfn.StateMachine.fromStateMachineArn(stack, 'Machine', ARN), { stateMachineType: sfn.StateMachineType.EXPRESS })],
  ])('runs an Express machine that is %s, and makes its failure one of the job', (_, engine) => {
    const { stack } = make((scope) => ({ engine: engine(scope) }));
    expect(definitionOf(stack, 'JobsEngineWorkflow').States.Work).toMatchObject({
      Resource: 'arn:${AWS::Partition}:states:::aws-sdk:sfn:startSyncExecution',
      Arguments: { StateMachineArn: expect.stringMatching(/^(\$\{Machine\}|arn:aws:states:.+)$/), Input: { job: '{% $job %}', body: '{% $parse($states.input) %}' } },
      Output: "{% $states.result.Status = 'SUCCEEDED' ? $states.result.Output : $error('the execution has ' & $states.result.Status) %}",
      Retry: [{ ErrorEquals: ['Sfn.SfnException'], MaxAttempts: 120 }, { ErrorEquals: ['Sfn.SdkClientException'], MaxAttempts: 2 }],
    });
    expect(workStatements(stack).slice(1)).toEqual([{ Effect: 'Allow', Action: 'states:StartSyncExecution', Resource: expect.anything() }]);
  });

  const standard = (arn: string, options = { stateMachineType: sfn.StateMachineType.STANDARD }) => (
    make((scope) => ({ engine: new StateMachineEngine(sfn.StateMachine.fromStateMachineArn(scope, 'Machine', arn), options) })).stack
  );

  test.each([['', ''], ['an alias of ', ':live'], ['a version of ', ':3']])('starts %san imported machine, and is allowed to by the name of the machine', (_, qualifier) => {
    const stack = standard(`${ARN}${qualifier}`);
    expect(definitionOf(stack, 'JobsEngineWorkflow').States.Work).toMatchObject({
      Resource: 'arn:${AWS::Partition}:states:::states:startExecution.sync', Arguments: { StateMachineArn: `${ARN}${qualifier}` },
    });
    const statements = workStatements(stack).slice(1);
    expect(JSON.stringify(statements[0].Resource)).toMatch(/:states:.*:stateMachine:jobs"\]\]\}$/);
    expect(JSON.stringify(statements[1].Resource)).toMatch(/:states:.*:execution:jobs:\*"\]\]\}$/);
  });

  test('starts an imported Express machine by its alias, and is allowed to by the name of the machine', () => {
    const stack = standard(`${ARN}:live`, { stateMachineType: sfn.StateMachineType.EXPRESS });
    expect(JSON.stringify(workStatements(stack)[1])).toMatch(/"states:StartSyncExecution","Effect":"Allow","Resource":.*:stateMachine:jobs"\]\]\}\}$/);
  });

  test('starts an alias of this app', () => {
    const { stack } = make((scope) => {
      const machine = newMachine(scope);
      const version = new sfn.CfnStateMachineVersion(scope, 'Version', { stateMachineArn: machine.stateMachineArn });
      const alias = new sfn.CfnStateMachineAlias(scope, 'Alias', { routingConfiguration: [{ stateMachineVersionArn: version.attrArn, weight: 100 }] });
      return { engine: new StateMachineEngine(sfn.StateMachine.fromStateMachineArn(scope, 'Live', alias.attrArn), { stateMachineType: sfn.StateMachineType.STANDARD }) };
    });
    const name = { 'Fn::Select': [6, { 'Fn::Split': [':', { 'Fn::GetAtt': ['Alias', 'Arn'] }] }] };
    expect(workStatements(stack).slice(1, 3).map(({ Resource }) => Resource['Fn::Join'][1].slice(-2))).toEqual([
      [expect.any(String), expect.anything()], [expect.anything(), ':*'],
    ]);
    expect(workStatements(stack)[1].Resource['Fn::Join'][1].at(-1)).toEqual(name);
  });

  const problemsWith = (engine: (stack: Stack) => IJobEngine) => problemsIn(() => make((stack) => ({ engine: engine(stack) })));

  test.each<[string, (stack: Stack) => sfn.IStateMachine]>([
    ['imported', (stack) => sfn.StateMachine.fromStateMachineArn(stack, 'Machine', ARN)],
    ['of a type that is a token', (stack) => {
      const machine = newMachine(stack);
      (machine.node.defaultChild as sfn.CfnStateMachine).stateMachineType = new CfnParameter(stack, 'Type').valueAsString;
      return machine;
    }],
  ])('wants the type of a machine that is %s', (_, machine) => {
    expect(problemsWith((stack) => new StateMachineEngine(machine(stack)))).toEqual([
      "stateMachineType is not set, and cannot be read from machine 'Stack/Machine': set it to StateMachineType.STANDARD or StateMachineType.EXPRESS, whichever the machine is",
    ]);
  });

  test('wants no other type than that of the machine', () => {
    expect(problemsWith((stack) => new StateMachineEngine(newMachine(stack), { stateMachineType: sfn.StateMachineType.EXPRESS }))).toEqual([
      "stateMachineType is EXPRESS, but machine 'Stack/Machine' is STANDARD: leave stateMachineType out, which then is read from the machine",
    ]);
  });
});

describe('an encrypted machine', () => {
  test.each([sfn.StateMachineType.STANDARD, sfn.StateMachineType.EXPRESS])('of the type %s tells its output to whoever may use its key', (type) => {
    const { stack } = make((scope) => ({
      engine: new StateMachineEngine(newMachine(scope, type, { encryptionConfiguration: new sfn.CustomerManagedEncryptionConfiguration(new kms.Key(scope, 'Key')) })),
    }));
    expect(workStatements(stack)).toContainEqual({ Effect: 'Allow', Action: 'kms:Decrypt', Resource: { 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] } });
  });

  test('that is encrypted by AWS needs no key', () => {
    const { stack } = make((scope) => ({
      engine: new StateMachineEngine(newMachine(scope, undefined, { encryptionConfiguration: new sfn.AwsOwnedEncryptionConfiguration() })),
    }));
    expect(JSON.stringify(workStatements(stack))).not.toContain('kms:');
  });
});

describe('what does the work in another place', () => {
  const OWN = { account: '111122223333', region: 'eu-west-1' };
  const arnIn = (service: string, { account, region }: typeof OWN, rest: string) => `arn:aws:${service}:${region}:${account}:${rest}`;
  const ENGINES: Record<string, (stack: Stack, env: typeof OWN) => IJobEngine> = {
    stateMachine: (stack, env) => new StateMachineEngine(
      sfn.StateMachine.fromStateMachineArn(stack, 'Imported', arnIn('states', env, 'stateMachine:jobs')), { stateMachineType: sfn.StateMachineType.STANDARD },
    ),
    handler: (stack, env) => new FunctionEngine(lambda.Function.fromFunctionArn(stack, 'Imported', arnIn('lambda', env, 'function:jobs'))),
    queue: (stack, env) => new QueueEngine(QueueFed.of(
      sqs.Queue.fromQueueArn(stack, 'Imported', arnIn('sqs', env, 'jobs')), sqs.Queue.fromQueueArn(stack, 'DeadLetters', arnIn('sqs', env, 'dead')),
    )),
  };
  const REASONS: Record<string, string> = { stateMachine: 'a workflow starts executions', handler: 'a workflow invokes functions', queue: 'a pipe delivers' };

  test.each([
    ['stateMachine', 'account', '444455556666'], ['stateMachine', 'region', 'eu-north-1'],
    ['handler', 'region', 'eu-north-1'],
    ['queue', 'account', '444455556666'], ['queue', 'region', 'eu-north-1'],
  ] as const)('is refused: a %s of another %s, and nothing of the API is left', (what, place, theirs) => {
    const stack = new Stack(new App(), 'Stack', { env: OWN });
    const engine = ENGINES[what]!(stack, { ...OWN, [place]: theirs });
    expect(problemsIn(() => new PollingStatusApi(stack, 'Jobs', { engine }))).toEqual([
      `${what} 'Stack/Imported' is in ${place} ${theirs}, but the API is in ${OWN[place]}, and ${REASONS[what]} only in its own ${place}: give one of this ${place}`,
    ]);
    expect(stack.node.tryFindChild('Jobs')).toBeUndefined();
  });

  test.each(Object.keys(ENGINES))('is no problem where the place of the API is not known: a %s', (what) => {
    const stack = newStack();
    const engine = ENGINES[what]!(stack, OWN);
    expect(problemsIn(() => new PollingStatusApi(stack, 'Jobs', { engine }))).toEqual([]);
  });

  test.each([['444455556666', 1], [OWN.account, 0]])('is a warning for a function of account %s: %d', (account, count) => {
    const stack = new Stack(new App(), 'Stack', { env: OWN });
    new PollingStatusApi(stack, 'Jobs', { engine: ENGINES.handler!(stack, { ...OWN, account }) });
    expect(Annotations.fromStack(stack).findWarning('/Stack/Jobs/Engine', Match.stringLikeRegexp(
      "^handler 'Stack/Imported' is in account 444455556666, so its policy cannot be changed here, and every job fails until it lets lambda:InvokeFunction to the role " +
      "'Stack/Jobs/Engine/Workflow/Role', or to account 111122223333",
    ))).toHaveLength(count);
  });
});

describe('QueueEngine', () => {
  test('sends each job to the queue', () => {
    const { stack } = makeWithQueue();
    const pipe = resourceOf(stack, 'AWS::Pipes::Pipe').Properties;
    expect(pipe.Target).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^WorkerQueue/), 'Arn'] });
    expect(pipe.TargetParameters).toEqual({ InputTemplate: INPUT_TEMPLATE });
    expect(pipe.SourceParameters.DynamoDBStreamParameters.BatchSize).toBe(10);
    expect(statementsOf(stack, 'JobsPipeRole')).toContainEqual({
      Effect: 'Allow', Action: ['sqs:SendMessage', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'], Resource: { 'Fn::GetAtt': [expect.stringMatching(/^WorkerQueue/), 'Arn'] },
    });
    expect(resourcesOf(stack, MACHINE)).toEqual({});
  });

  test.each([[1, true], [2, false]])('with a visibility timeout of 90 seconds and a job of %d minutes warns: %s', (minutes, warns) => {
    const stack = newStack();
    const worker = new QueueFedFunction(stack, 'Worker', { handler: handlerIn(stack, { timeout: Duration.seconds(15) }) });
    new PollingStatusApi(stack, 'Jobs', { engine: new QueueEngine(worker), timeout: Duration.minutes(minutes) });
    const warnings = Annotations.fromStack(stack).findWarning('/Stack/Jobs/Engine', Match.stringLikeRegexp("^queue 'Stack/Worker/Queue' gives a message that failed back after 90 seconds.* a job has 60 seconds"));
    expect(warnings).toHaveLength(warns ? 1 : 0);
  });

  test('has each job in a group of its own in a FIFO queue', () => {
    const { stack } = make((scope) => {
      const [queue, dead] = ['jobs', 'dead'].map((name) => sqs.Queue.fromQueueArn(scope, name, `arn:aws:sqs:eu-west-1:111122223333:${name}.fifo`)) as [sqs.IQueue, sqs.IQueue];
      return { engine: new QueueEngine(QueueFed.of(queue, dead)) };
    });
    expect(resourceOf(stack, 'AWS::Pipes::Pipe').Properties.TargetParameters.SqsQueueParameters).toEqual({ MessageGroupId: '$.eventID', MessageDeduplicationId: '$.eventID' });
  });
});

describe('an engine of one\'s own', () => {
  test('gets what it needs, and says where to deliver', () => {
    let given: unknown;
    const engine: IJobEngine = {
      bind: (scope, options) => {
        given = [scope.node.path, Object.keys(options).sort(), options.timeout.toSeconds()];
        options.table.grant(options.pipeRole, 'dynamodb:Query');
        return { targetArn: 'arn:aws:lambda:eu-west-1:111122223333:function:jobs', targetParameters: { lambdaFunctionParameters: { invocationType: 'FIRE_AND_FORGET' } }, batchSize: 3 };
      },
    };
    const { stack, jobs } = make({ engine });
    expect(given).toEqual(['Stack/Jobs/Engine', ['deadLetterQueue', 'encryptionKey', 'logRetention', 'pipeRole', 'table', 'timeout'], 3600]);
    expect(resourceOf(stack, 'AWS::Pipes::Pipe').Properties).toMatchObject({
      Target: 'arn:aws:lambda:eu-west-1:111122223333:function:jobs',
      TargetParameters: { InputTemplate: INPUT_TEMPLATE, LambdaFunctionParameters: { InvocationType: 'FIRE_AND_FORGET' } },
      SourceParameters: { DynamoDBStreamParameters: { BatchSize: 3 } },
    });
    expect(jobs.allAlarms).toHaveLength(6);
  });
});
