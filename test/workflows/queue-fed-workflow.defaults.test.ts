import type { Stack } from 'aws-cdk-lib';
import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { definitionOf, MACHINE } from './fixtures';
import { expressIn, machineIn, ordersIn, stackWith } from './queue-fed-workflow.fixtures';
import { ResilientWorkflow } from '../../src';
import { attribute, newStack, ref, resourceOf, resourcesOf } from '../messaging/fixtures';

const PIPE = 'AWS::Pipes::Pipe';
const QUEUE = 'AWS::SQS::Queue';
const POLICY = 'AWS::IAM::Policy';
const RULE = 'AWS::Events::Rule';
const LOGS = 'AWS::Logs::LogGroup';

const express = (stack: Stack) => ({ stateMachine: expressIn(stack) });
const statementsOf = (stack: Stack, id: string) => resourceOf(stack, POLICY, id).Properties.PolicyDocument.Statement as object[];
const has = (statements: object[], Action: unknown, Resource: unknown) => expect(statements).toEqual(
  expect.arrayContaining([expect.objectContaining({ Action, Effect: 'Allow', Resource })]),
);

describe('with a Standard state machine', () => {
  const stack = stackWith();
  const template = Template.fromStack(stack);

  test('the pipe waits for the starter, message by message', () => {
    template.hasResourceProperties(PIPE, {
      Description: 'Has the messages of the queue processed.',
      Source: attribute('OrdersQueue'),
      SourceParameters: { SqsQueueParameters: { BatchSize: 1 } },
      Target: ref('OrdersStarter'),
      TargetParameters: { StepFunctionStateMachineParameters: { InvocationType: 'REQUEST_RESPONSE' }, InputTemplate: Match.absent() },
      DesiredState: 'RUNNING',
      RoleArn: attribute('OrdersPipeRole'),
      LogConfiguration: { Level: 'ERROR', CloudwatchLogsLogDestination: { LogGroupArn: attribute('OrdersPipeLogs') } },
    });
    expect(resourceOf(stack, PIPE).DependsOn).toEqual(expect.arrayContaining([expect.stringMatching(/^OrdersPipeRoleDefaultPolicy/), expect.stringMatching(/^OrdersPipeRole[0-9A-F]{8}$/)]));
  });

  test('the starter names the execution by the message', () => {
    expect(resourceOf(stack, MACHINE, 'OrdersStarter').Properties).toMatchObject({ StateMachineType: 'EXPRESS', TracingConfiguration: { Enabled: true } });
    expect(definitionOf(stack, 'OrdersStarter')).toEqual({
      QueryLanguage: 'JSONata',
      StartAt: 'Start',
      TimeoutSeconds: 30,
      States: {
        Start: {
          Type: 'Task',
          Resource: 'arn:<ref>:states:::states:startExecution',
          Arguments: { StateMachineArn: '<ref>', Name: '{% $states.input[0].messageId %}', Input: '{% $states.input[0] %}' },
          Output: {},
          Retry: [{
            ErrorEquals: ['StepFunctions.ExecutionLimitExceededException', 'StepFunctions.AWSStepFunctionsException', 'StepFunctions.SdkClientException'],
            IntervalSeconds: 1,
            MaxAttempts: 4,
            BackoffRate: 2,
            JitterStrategy: 'FULL',
          }],
          Catch: [{ ErrorEquals: ['StepFunctions.ExecutionAlreadyExistsException'], Next: 'Started' }],
          End: true,
        },
        Started: { Type: 'Succeed', Output: {} },
      },
    });
  });

  test('the messages of executions that did not succeed are set aside', () => {
    expect(resourceOf(stack, MACHINE, 'OrdersSetAside').Properties).toMatchObject({ StateMachineType: 'STANDARD' });
    const { TimeoutSeconds, States } = definitionOf(stack, 'OrdersSetAside');
    expect(TimeoutSeconds).toBe(86_400);
    const retry = [{ ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 2, MaxAttempts: 60, BackoffRate: 2, MaxDelaySeconds: 900, JitterStrategy: 'FULL' }];
    expect(States).toEqual({
      FindMessage: {
        Type: 'Task',
        Resource: 'arn:<ref>:states:::aws-sdk:sfn:describeExecution',
        Arguments: { ExecutionArn: '{% $states.input.detail.executionArn %}' },
        Assign: { executionArn: '{% $states.input.detail.executionArn %}' },
        Output: '{% $parse($states.result.Input) %}',
        Retry: retry,
        Next: 'IsOfQueue',
      },
      IsOfQueue: {
        Type: 'Choice',
        Choices: [{ Condition: "{% $type($states.input) = 'object' and $states.input.eventSourceARN = '<ref>' %}", Next: 'SetAside' }],
        Default: 'StartedOtherwise',
      },
      SetAside: {
        Type: 'Task',
        Resource: 'arn:<ref>:states:::sqs:sendMessage',
        Arguments: { QueueUrl: '<ref>', MessageBody: '{% $states.input.body %}', MessageAttributes: expect.stringContaining('$states.input.messageAttributes') },
        Output: {},
        Retry: retry,
        End: true,
      },
      StartedOtherwise: { Type: 'Succeed', Output: {} },
    });
    template.hasResourceProperties(RULE, {
      Description: 'Has the messages of executions set aside that did not succeed.',
      EventPattern: {
        'source': ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        'detail': { status: ['FAILED', 'TIMED_OUT', 'ABORTED'], stateMachineArn: [ref('Machine')] },
      },
      State: 'ENABLED',
      Targets: [{
        Arn: ref('OrdersSetAside'),
        RoleArn: attribute('OrdersRuleRole'),
        DeadLetterConfig: { Arn: attribute('OrdersRuleDeadLetterQueue') },
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      }],
    });
  });

  test('the queue fits the workflow', () => {
    expect(resourceOf(stack, QUEUE, 'OrdersQueue').Properties).toMatchObject({
      VisibilityTimeout: 180, MaximumMessageSize: 45_056, MessageRetentionPeriod: 345_600, RedrivePolicy: { maxReceiveCount: 5 },
    });
    expect(resourceOf(stack, QUEUE, 'OrdersDeadLetterQueue').Properties).toMatchObject({ MessageRetentionPeriod: 1_209_600 });
    expect(resourceOf(stack, QUEUE, 'OrdersRuleDeadLetterQueue').Properties).toMatchObject({ MessageRetentionPeriod: 1_209_600 });
  });

  test('each role may do what it must, and no more', () => {
    const pipe = statementsOf(stack, 'OrdersPipeRole');
    expect(pipe).toHaveLength(2);
    has(pipe, ['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueUrl', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], expect.anything());
    has(pipe, 'states:StartSyncExecution', { Ref: expect.stringMatching(/^OrdersStarter/) });
    has(statementsOf(stack, 'OrdersStarterRole'), 'states:StartExecution', { Ref: expect.stringMatching(/^Machine/) });
    const setAside = statementsOf(stack, 'OrdersSetAsideRole');
    has(setAside, ['sqs:SendMessage', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'], { 'Fn::GetAtt': [expect.stringMatching(/^OrdersDeadLetterQueue/), 'Arn'] });
    expect(JSON.stringify(setAside.find((one) => (one as { Action: string }).Action === 'states:DescribeExecution'))).toMatch(/:execution:.*Fn::GetAtt.*Machine.*Name.*:\*/);
    expect(statementsOf(stack, 'OrdersRuleRole')).toEqual([{ Action: 'states:StartExecution', Effect: 'Allow', Resource: { Ref: expect.stringMatching(/^OrdersSetAside/) } }]);
    template.hasResourceProperties('AWS::IAM::Role', { AssumeRolePolicyDocument: { Statement: [Match.objectLike({ Principal: { Service: 'pipes.amazonaws.com' } })] } });
    template.hasResourceProperties('AWS::IAM::Role', { AssumeRolePolicyDocument: { Statement: [Match.objectLike({ Principal: { Service: 'events.amazonaws.com' } })] } });
  });

  test('logs are kept for a month', () => {
    const kept = Object.values(resourcesOf(stack, LOGS)).map(({ Properties }) => Properties.RetentionInDays as number);
    expect(kept).toEqual([30, 30, 30]);
  });
});

describe('with an Express state machine', () => {
  test('the pipe waits for it, and nothing else is made', () => {
    const stack = stackWith(express);
    Template.fromStack(stack).hasResourceProperties(PIPE, {
      SourceParameters: { SqsQueueParameters: { BatchSize: 1 } },
      Target: ref('Machine'),
      TargetParameters: { StepFunctionStateMachineParameters: { InvocationType: 'REQUEST_RESPONSE' } },
    });
    expect(Object.keys(resourcesOf(stack, MACHINE))).toHaveLength(1);
    expect(Object.keys(resourcesOf(stack, RULE))).toHaveLength(0);
    has(statementsOf(stack, 'OrdersPipeRole'), 'states:StartSyncExecution', { Ref: expect.stringMatching(/^Machine/) });
    expect(resourceOf(stack, QUEUE, 'OrdersQueue').Properties).toMatchObject({ VisibilityTimeout: 720, MaximumMessageSize: 126_976 });
  });

  test('the fields of a Standard one are undefined', () => {
    const stack = newStack();
    const orders = ordersIn(stack, express(stack));
    expect([orders.starter, orders.setAside, orders.failureRule, orders.ruleDeadLetterQueue]).toEqual([undefined, undefined, undefined, undefined]);
  });

  test.each([
    ['the stated time', (stack: Stack) => ({ stateMachine: expressIn(stack), workflowTimeout: Duration.minutes(1) }), 360],
    ['five minutes without any', (stack: Stack) => ({ stateMachine: withDefinition(stack, '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}') }), 1800],
    ['five minutes with one that is not known', (stack: Stack) => ({ stateMachine: withDefinition(stack, '{"TimeoutSeconds":"{% 3 %}"}') }), 1800],
    ['the time in a definition with tokens', (stack: Stack) => ({ stateMachine: withDefinition(stack, `{"Comment":"${stack.region}","TimeoutSeconds":20}`) }), 120],
    ['a visibility timeout of its own', (stack: Stack) => ({ stateMachine: expressIn(stack), visibilityTimeout: Duration.minutes(20) }), 1200],
  ])('messages are invisible by %s', (_, props, seconds) => {
    expect(resourceOf(stackWith(props), QUEUE, 'OrdersQueue').Properties.VisibilityTimeout).toBe(seconds);
  });

  test('batches leave less room for each message', () => {
    const stack = stackWith((scope) => ({ ...express(scope), batchSize: 10 }));
    expect(resourceOf(stack, PIPE).Properties.SourceParameters).toEqual({ SqsQueueParameters: { BatchSize: 10 } });
    expect(resourceOf(stack, QUEUE, 'OrdersQueue').Properties.MaximumMessageSize).toBe(9011);
  });
});

function withDefinition(stack: Stack, definition: string): sfn.StateMachine {
  return new sfn.StateMachine(stack, 'Machine', { stateMachineType: sfn.StateMachineType.EXPRESS, definitionBody: sfn.DefinitionBody.fromString(definition) });
}

test('what is stated is taken', () => {
  const stack = stackWith({
    enabled: false,
    logRetention: logs.RetentionDays.ONE_WEEK,
    maximumMessageSize: Size.kibibytes(8),
    maxReceiveCount: 3,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  expect(resourceOf(stack, PIPE).Properties.DesiredState).toBe('STOPPED');
  expect(Object.values(resourcesOf(stack, LOGS)).map(({ Properties }) => Properties.RetentionInDays as number)).toEqual([7, 7, 7]);
  expect(resourceOf(stack, QUEUE, 'OrdersQueue').Properties).toMatchObject({ MaximumMessageSize: 8192, RedrivePolicy: { maxReceiveCount: 3 } });
  expect(Object.values(resourcesOf(stack, QUEUE)).map(({ DeletionPolicy }) => DeletionPolicy)).toEqual(['Retain', 'Retain', 'Retain']);
});

test('the dead letters of a FIFO queue keep their group', () => {
  const stack = stackWith({ fifo: true });
  expect(definitionOf(stack, 'OrdersSetAside').States.SetAside!.Arguments).toMatchObject({
    MessageGroupId: '{% $states.input.attributes.MessageGroupId %}', MessageDeduplicationId: '{% $states.input.messageId %}',
  });
  expect(resourceOf(stack, QUEUE, 'OrdersRuleDeadLetterQueue').Properties.FifoQueue).toBeUndefined();
});

describe('keys', () => {
  const START = ['kms:GenerateDataKey', 'kms:Decrypt'];
  const key = (id: string) => ({ 'Fn::GetAtt': [expect.stringMatching(new RegExp(`^${id}[0-9A-F]{8}$`)), 'Arn'] });

  test('encrypt the queues and what handles messages', () => {
    const stack = stackWith((scope) => ({ encryptionKey: new kms.Key(scope, 'Key') }));
    expect(Object.values(resourcesOf(stack, QUEUE)).map(({ Properties }) => Properties.KmsMasterKeyId as unknown)).toEqual([key('Key'), key('Key'), key('Key')]);
    for (const id of ['OrdersStarter', 'OrdersSetAside']) {
      expect(resourceOf(stack, MACHINE, id).Properties.EncryptionConfiguration).toEqual({ KmsKeyId: key('Key'), Type: 'CUSTOMER_MANAGED_KMS_KEY' });
    }
    has(statementsOf(stack, 'OrdersPipeRole'), START, key('Key'));
    has(statementsOf(stack, 'OrdersRuleRole'), START, key('Key'));
  });

  const EncryptedBy = (scope: Stack, type: sfn.StateMachineType) => machineIn(scope, {
    stateMachineType: type, stateMachineName: 'machine', encryptionConfiguration: new sfn.CustomerManagedEncryptionConfiguration(new kms.Key(scope, 'MachineKey')),
  });

  test('of a Standard state machine are used to start and to describe its executions', () => {
    const stack = stackWith((scope) => ({ stateMachine: EncryptedBy(scope, sfn.StateMachineType.STANDARD) }));
    has(statementsOf(stack, 'OrdersStarterRole'), START, key('MachineKey'));
    has(statementsOf(stack, 'OrdersSetAsideRole'), 'kms:Decrypt', key('MachineKey'));
  });

  test('of an Express one are used to start its executions', () => {
    const stack = stackWith((scope) => ({ stateMachine: EncryptedBy(scope, sfn.StateMachineType.EXPRESS) }));
    has(statementsOf(stack, 'OrdersPipeRole'), START, key('MachineKey'));
  });
});

describe('an alias', () => {
  test('of this app is started as such, by a permission on its state machine', () => {
    const stack = stackWith((scope) => ({ stateMachine: new ResilientWorkflow(scope, 'Ship', { definition: new sfn.Pass(scope, 'Pack'), trafficShift: {} }).alias! }));
    expect(JSON.stringify(resourceOf(stack, MACHINE, 'OrdersStarter').Properties.DefinitionString)).toContain('ShipAlias');
    has(statementsOf(stack, 'OrdersStarterRole'), 'states:StartExecution', { Ref: expect.stringMatching(/^ShipStateMachine/) });
    expect(JSON.stringify(resourceOf(stack, RULE, 'OrdersFailureRule').Properties.EventPattern)).toMatch(/"stateMachineArn":\[\{"Ref":"ShipStateMachine/);
  });

  test('that is imported too', () => {
    const stack = stackWith((scope) => ({
      stateMachine: sfn.StateMachine.fromStateMachineArn(scope, 'Imported', 'arn:aws:states:eu-west-1:111122223333:stateMachine:ship:live'),
      stateMachineType: sfn.StateMachineType.STANDARD,
    }));
    expect(JSON.stringify(resourceOf(stack, MACHINE, 'OrdersStarter').Properties.DefinitionString)).toContain('stateMachine:ship:live');
    expect(JSON.stringify(statementsOf(stack, 'OrdersStarterRole'))).toMatch(/:stateMachine:ship"\]/);
    expect(JSON.stringify(resourceOf(stack, RULE, 'OrdersFailureRule').Properties.EventPattern)).toMatch(/:stateMachine:ship"\]/);
    expect(JSON.stringify(statementsOf(stack, 'OrdersSetAsideRole'))).toContain(':execution:ship:*');
  });
});

test('grants', () => {
  const stack = newStack();
  const orders = ordersIn(stack, { stateMachine: machineIn(stack) });
  orders.grantSendMessages(new iam.Role(stack, 'Sender', { assumedBy: new iam.AccountRootPrincipal() }));
  orders.grantRedrive(new iam.Role(stack, 'Operator', { assumedBy: new iam.AccountRootPrincipal() }));
  has(statementsOf(stack, 'SenderDefaultPolicy'), ['sqs:SendMessage', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'], expect.anything());
  expect(JSON.stringify(statementsOf(stack, 'OperatorDefaultPolicy'))).toContain('sqs:StartMessageMoveTask');
});
