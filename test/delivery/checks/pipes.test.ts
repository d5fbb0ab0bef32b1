import type { Resources } from './check-defects';
import { checkDefects, found } from './check-defects';

const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const kinesis = ({ FromStream }: Resources) => FromStream!.Properties.SourceParameters.KinesisStreamParameters;
const table = ({ FromTable }: Resources) => FromTable!.Properties.SourceParameters.DynamoDBStreamParameters;
const settings = (more: object) => ({ MaximumRetryAttempts: 5, MaximumRecordAgeInSeconds: 43200, OnPartialBatchItemFailure: 'AUTOMATIC_BISECT', DeadLetterConfig: { Arn: arnOf('DeadLetters') }, ...more });
const RoleArn = 'arn:aws:iam::111122223333:role/Role';

/** Pipes from a stream, a table and a queue, the last to a workflow whose failures a rule sees. */
const clean = (): Resources => ({
  Stream: { Type: 'AWS::Kinesis::Stream', Properties: { RetentionPeriodHours: 48 } },
  Table: { Type: 'AWS::DynamoDB::Table', Properties: { StreamSpecification: { StreamViewType: 'NEW_IMAGE' } } },
  Queue: { Type: 'AWS::SQS::Queue', Properties: { RedrivePolicy: { deadLetterTargetArn: arnOf('DeadLetters'), maxReceiveCount: 5 } } },
  DeadLetters: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1209600 } },
  Failed: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1209600 } },
  Topic: { Type: 'AWS::SNS::Topic', Properties: {} },
  Machine: { Type: 'AWS::StepFunctions::StateMachine', Properties: { RoleArn } },
  FromStream: {
    Type: 'AWS::Pipes::Pipe',
    Properties: { RoleArn, Source: arnOf('Stream'), Target: { Ref: 'Topic' }, SourceParameters: { KinesisStreamParameters: settings({ StartingPosition: 'TRIM_HORIZON' }) } },
  },
  FromTable: {
    Type: 'AWS::Pipes::Pipe',
    Properties: {
      RoleArn, Source: { 'Fn::GetAtt': ['Table', 'StreamArn'] }, Target: { Ref: 'Topic' }, SourceParameters: { DynamoDBStreamParameters: settings({ StartingPosition: 'TRIM_HORIZON' }) },
    },
  },
  FromQueue: {
    Type: 'AWS::Pipes::Pipe',
    Properties: { RoleArn, Source: arnOf('Queue'), Target: { Ref: 'Machine' }, TargetParameters: { StepFunctionStateMachineParameters: { InvocationType: 'FIRE_AND_FORGET' } } },
  },
  OnFailed: {
    Type: 'AWS::Events::Rule',
    Properties: {
      EventPattern: {
        'source': ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        'detail': { status: ['FAILED', 'TIMED_OUT', 'ABORTED'], stateMachineArn: [{ Ref: 'Machine' }] },
      },
      Targets: [{ Id: 'Failed', Arn: arnOf('Failed'), DeadLetterConfig: { Arn: arnOf('DeadLetters') } }],
    },
  },
});

/** No rule, and a state machine that does something with what fails, or with something else. */
const forgetting = (resource: string, caughtBy: string) => (resources: Resources) => {
  delete resources.OnFailed;
  resources.Machine!.Properties.Definition = {
    StartAt: 'Work',
    States: {
      Work: { Type: 'Task', Resource: 'arn:aws:states:::ecs:runTask', Catch: [{ ErrorEquals: ['States.ALL'], Next: caughtBy }], End: true },
      Handler: { Type: 'Task', Resource: resource, End: true },
      Other: { Type: 'Succeed' },
    },
  };
};

/** An Express workflow that is started for each record of a table, and does something with what fails. */
const fromTable = (tableName: unknown, resource: string, caughtBy = 'Handler', given = 'Arguments') => (resources: Resources) => {
  forgetting(resource, caughtBy)(resources);
  resources.Machine!.Properties.StateMachineType = 'EXPRESS';
  resources.Machine!.Properties.Definition.States.Handler[given] = { TableName: tableName };
  Object.assign(resources.FromTable!.Properties, resources.FromQueue!.Properties, { Source: resources.FromTable!.Properties.Source });
  delete resources.FromQueue;
};

const filtered = (pipe: string, ...patterns: unknown[]) => (resources: Resources) => {
  const { Properties } = resources[pipe]!;
  Properties.SourceParameters = { ...Properties.SourceParameters, FilterCriteria: { Filters: patterns.map((Pattern) => ({ Pattern })) } };
};

/** An Express state machine for whose end the pipe waits. */
const awaited = (visibility: unknown, TimeoutSeconds?: unknown) => ({ Queue, Machine, FromQueue }: Resources) => {
  Queue!.Properties.VisibilityTimeout = visibility;
  Machine!.Properties.StateMachineType = 'EXPRESS';
  Machine!.Properties.Definition = { StartAt: 'Work', TimeoutSeconds, States: { Work: { Type: 'Succeed' } } };
  delete FromQueue!.Properties.TargetParameters;
};

checkDefects(clean, {
  receiveCountLow: { breaks: { 'messages that are set aside when they were received twice': ({ Queue }) => { Queue!.Properties.RedrivePolicy.maxReceiveCount = 2; } } },
  filterFieldUnknown: {
    breaks: { 'the field of a stream': filtered('FromQueue', '{"data":{"kind":["a"]}}') },
    keeps: { 'filters that only a parameter says': ({ FromQueue }) => { FromQueue!.Properties.SourceParameters = { FilterCriteria: { Ref: 'Filters' } }; } },
  },
  filterDeletesMessages: { breaks: { 'a filter of messages': filtered('FromQueue', '{"body":{"kind":["a"]}}') } },
  streamFilterUnknownField: {
    breaks: { 'the field of a message': filtered('FromStream', '{"body":{"kind":["a"]}}') },
    keeps: { 'the data of a record': filtered('FromStream', '{"data":{"kind":["a"]}}'), 'a filter that only a parameter says': filtered('FromStream', { Ref: 'Filter' }) },
  },
  tableFilterUntyped: { breaks: { 'an attribute without its type': filtered('FromTable', '{"dynamodb":{"NewImage":{"status":["open"]}}}') } },
  tableFilterImageMissing: { breaks: { 'an image that the stream does not have': filtered('FromTable', '{"dynamodb":{"OldImage":{"status":{"S":["open"]}}}}') } },
  workflowVisibilityTooShort: {
    breaks: { 'less than an execution may take': awaited(59, 60) },
    keeps: {
      'an execution without a time': awaited(59),
      'a time that only a parameter says': awaited(59, { Ref: 'P' }),
      'a visibility timeout that only a parameter says': awaited({ Ref: 'P' }, 60),
      'a Standard state machine': (resources) => { awaited(59, 60)(resources); resources.Machine!.Properties.StateMachineType = { Ref: 'P' }; },
      'a pipe that does not wait': (resources) => {
        awaited(59, 60)(resources);
        resources.FromQueue!.Properties.TargetParameters = { StepFunctionStateMachineParameters: { InvocationType: { Ref: 'P' } } };
      },
      'another source': (resources) => { awaited(59, 60)(resources); resources.FromQueue!.Properties.Source = 'arn:aws:sqs:eu-west-1:111122223333:other'; },
      'another target': (resources) => { awaited(59, 60)(resources); resources.FromQueue!.Properties.Target = { Ref: 'Topic' }; },
    },
  },
  workflowVisibilityShort: {
    breaks: { 'less than six times that': awaited(359, 60) },
    keeps: { 'six times that': awaited(360, 60) },
  },
  expressWorkflowTooLong: {
    breaks: { 'more than five minutes': awaited(1800, 301) },
    keeps: { 'five minutes': awaited(1800, 300) },
  },
  pipeWithoutDeadLetterQueue: {
    breaks: {
      'a pipe of a stream': (resources) => { delete kinesis(resources).DeadLetterConfig; },
      'a pipe of a table': (resources) => { delete table(resources).DeadLetterConfig; },
    },
    keeps: { 'dead letters that only a parameter says': (resources) => { kinesis(resources).DeadLetterConfig = { Ref: 'P' }; } },
  },
  pipeRetriesUnbounded: {
    breaks: {
      'neither attempts nor age': (resources) => { delete kinesis(resources).MaximumRetryAttempts; delete kinesis(resources).MaximumRecordAgeInSeconds; },
      'endless attempts and age': (resources) => { table(resources).MaximumRetryAttempts = -1; table(resources).MaximumRecordAgeInSeconds = -1; },
    },
    keeps: { 'attempts that only a parameter says': (resources) => { kinesis(resources).MaximumRetryAttempts = { Ref: 'P' }; delete kinesis(resources).MaximumRecordAgeInSeconds; } },
  },
  pipeRecordAgeBeyondRetention: {
    breaks: {
      'the retention of the stream': (resources) => { kinesis(resources).MaximumRecordAgeInSeconds = 172800; },
      'a day for a table': (resources) => { table(resources).MaximumRecordAgeInSeconds = 86400; },
      'the default retention of a stream': (resources) => { kinesis(resources).MaximumRecordAgeInSeconds = 86400; delete resources.Stream!.Properties.RetentionPeriodHours; },
    },
    keeps: {
      'less than the retention': (resources) => { kinesis(resources).MaximumRecordAgeInSeconds = 172799; },
      'a stream of another app': (resources) => {
        resources.FromStream!.Properties.Source = 'arn:aws:kinesis:eu-west-1:111122223333:stream/other';
        kinesis(resources).MaximumRecordAgeInSeconds = 604800;
      },
    },
  },
  pipeStartsLatest: { breaks: { 'a pipe of a stream': (resources) => { kinesis(resources).StartingPosition = 'LATEST'; } } },
  pipeBatchNotBisected: {
    breaks: { 'a default batch': (resources) => { delete kinesis(resources).OnPartialBatchItemFailure; } },
    keeps: {
      'a batch of one': (resources) => { delete kinesis(resources).OnPartialBatchItemFailure; kinesis(resources).BatchSize = 1; },
      'a setting that only a parameter says': (resources) => { kinesis(resources).OnPartialBatchItemFailure = { Ref: 'P' }; },
    },
  },
  pipeWaitsForStandardWorkflow: {
    breaks: {
      'the default': ({ FromQueue }) => { delete FromQueue!.Properties.TargetParameters; },
      'a pipe that says so': ({ FromQueue }) => { FromQueue!.Properties.TargetParameters.StepFunctionStateMachineParameters.InvocationType = 'REQUEST_RESPONSE'; },
    },
    keeps: {
      'an Express workflow': ({ FromQueue, Machine }) => { delete FromQueue!.Properties.TargetParameters; Machine!.Properties.StateMachineType = 'EXPRESS'; },
      'a type that only a parameter says': ({ FromQueue, Machine }) => { delete FromQueue!.Properties.TargetParameters; Machine!.Properties.StateMachineType = { Ref: 'P' }; },
      'parameters that only a parameter says': ({ FromQueue }) => { FromQueue!.Properties.TargetParameters = { Ref: 'P' }; },
      'a state machine of another app': ({ FromQueue }) => { FromQueue!.Properties = { ...FromQueue!.Properties, Target: 'arn:aws:states:eu-west-1:111122223333:stateMachine:other', TargetParameters: {} }; },
    },
  },
  pipeForgetsFailures: {
    breaks: {
      'no rule': (resources) => { delete resources.OnFailed; },
      'a rule for another state machine': ({ OnFailed }) => { OnFailed!.Properties.EventPattern.detail.stateMachineArn = ['arn:aws:states:eu-west-1:111122223333:stateMachine:other']; },
      'a rule for what succeeded': ({ OnFailed }) => { OnFailed!.Properties.EventPattern.detail.status = ['SUCCEEDED']; },
      'a rule for another source': ({ OnFailed }) => { OnFailed!.Properties.EventPattern.source = ['shop']; },
      'a rule for other events': ({ OnFailed }) => { OnFailed!.Properties.EventPattern['detail-type'] = ['Orders']; },
      'a rule that is a schedule': ({ OnFailed }) => { delete OnFailed!.Properties.EventPattern; OnFailed!.Properties.ScheduleExpression = 'rate(1 day)'; },
      'an Express workflow': ({ Machine }) => { Machine!.Properties.StateMachineType = 'EXPRESS'; },
      'no rule, and a failure that is only noted': forgetting('arn:aws:states:::dynamodb:putItem', 'Handler'),
      'an Express workflow that records what fails in another table': fromTable('other', 'arn:aws:states:::dynamodb:updateItem'),
      'an Express workflow that only reads from the table': fromTable({ Ref: 'Table' }, 'arn:aws:states:::dynamodb:getItem'),
      'an Express workflow that records what did not fail': fromTable({ Ref: 'Table' }, 'arn:aws:states:::dynamodb:updateItem', 'Other'),
      'no rule, and a message that is sent in any case': forgetting('arn:aws:states:::sqs:sendMessage', 'Other'),
    },
    keeps: {
      'no rule, and a state machine that sets aside what fails': forgetting('arn:aws:states:::sqs:sendMessage', 'Handler'),
      'an Express workflow that records what fails where it came from': fromTable({ Ref: 'Table' }, 'arn:aws:states:::dynamodb:updateItem'),
      'the same in JSONPath': fromTable({ Ref: 'Table' }, 'arn:aws:states:::dynamodb:updateItem', 'Handler', 'Parameters'),
      'an Express workflow for a table, whose definition only a parameter says': (resources) => {
        fromTable({ Ref: 'Table' }, 'arn:aws:states:::dynamodb:updateItem')(resources);
        delete resources.Machine!.Properties.Definition;
        resources.Machine!.Properties.DefinitionString = { Ref: 'P' };
      },
      'a rule for every state machine': ({ OnFailed }) => { delete OnFailed!.Properties.EventPattern.detail.stateMachineArn; },
      'a rule for every status': ({ OnFailed }) => { delete OnFailed!.Properties.EventPattern.detail.status; },
      'a rule for all that begin alike': ({ OnFailed }) => { OnFailed!.Properties.EventPattern.detail.stateMachineArn = [{ prefix: 'arn:' }]; },
      'a rule for what nobody knows': ({ OnFailed }) => { OnFailed!.Properties.EventPattern.detail.stateMachineArn = [{ Ref: 'P' }]; },
      'a pattern that nobody knows': ({ OnFailed }) => { OnFailed!.Properties.EventPattern = { Ref: 'P' }; },
      'a rule for whatever does not succeed': ({ OnFailed }) => { OnFailed!.Properties.EventPattern.detail.status = [{ 'anything-but': 'SUCCEEDED' }]; },
      'a pattern that is a text': ({ OnFailed }) => { OnFailed!.Properties.EventPattern = '{"source":["aws.states"],"detail":{"status":["FAILED"]}}'; },
    },
  },
});

test('nothing is said to be missing from a template that is not complete', () => {
  const resources = clean();
  delete resources.OnFailed;
  expect(found(resources, { template: { Resources: resources } })).toEqual(['pipeForgetsFailures at FromQueue']);
  expect(found(resources, { template: { Transform: 'AWS::Serverless-2016-10-31', Resources: resources } })).toEqual([]);
});
