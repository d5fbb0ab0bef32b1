import type { CfnResource, Stack } from 'aws-cdk-lib';
import { Duration } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { expressIn, machineIn, ordersIn } from './queue-fed-workflow.fixtures';
import type { QueueFedWorkflow } from '../../src';
import type { LateChange } from '../late-changes';
import { describeLateChanges, describeRoles, problemsAtSynthesis } from '../late-changes';
import { newStack } from '../messaging/fixtures';

const child = (...ids: string[]) => (orders: QueueFedWorkflow) => (
  ids.reduce((parent: { node: { findChild(id: string): any } }, id) => parent.node.findChild(id), orders as never) as never as CfnResource
);

const RESOURCES = {
  'queue': child('Queue', 'Resource'),
  'dead-letter queue': child('DeadLetterQueue', 'Resource'),
  "rule's dead-letter queue": child('RuleDeadLetterQueue', 'Resource'),
  'pipe': child('Pipe'),
  'pipe logs': child('PipeLogs', 'Resource'),
  'starter': child('Starter', 'Resource'),
  'starter logs': child('StarterLogs', 'Resource'),
  'setter': child('SetAside', 'Resource'),
  'rule': child('FailureRule', 'Resource'),
};

const WHOLE = 'a message that a filter does not match is deleted, and one that is transformed cannot be set aside as it was sent';
const ITS_OWN = 'messages are accounted for by it; change the state machine that processes them instead';
const ENDS = 'without it the message of an execution that failed is lost';

const ofMachine = (machine: 'starter' | 'setter', otherType: string): LateChange<keyof typeof RESOURCES>[] => [
  [machine, 'Properties.StateMachineType', otherType, ITS_OWN],
  [machine, 'Properties.DefinitionString', '{}', ITS_OWN],
  [machine, 'Properties.DefinitionS3Location', { Bucket: 'b', Key: 'k' }, ITS_OWN],
  [machine, 'Properties.Definition', { StartAt: 'Other' }, ITS_OWN],
  [machine, 'Properties.RoleArn', 'arn:aws:iam::111122223333:role/other', 'change what that role may do'],
  [machine, 'Properties.LoggingConfiguration.Level', 'OFF', 'without it nobody can say why it failed'],
  [machine, 'Properties.LoggingConfiguration.Destinations', [], 'state logRetention of the QueueFedWorkflow'],
  [machine, 'Properties.TracingConfiguration.Enabled', false, 'traces show where the time of an execution goes'],
  [machine, 'Properties.EncryptionConfiguration', { Type: 'CUSTOMER_MANAGED_KMS_KEY', KmsKeyId: 'other' }, 'state encryptionKey of the QueueFedWorkflow'],
];

const CHANGES: LateChange<keyof typeof RESOURCES>[] = [
  ['queue', 'Properties.VisibilityTimeout', 600, 'state visibilityTimeout of the QueueFedWorkflow'],
  ['queue', 'Properties.MaximumMessageSize', 1_048_576, 'state maximumMessageSize of the QueueFedWorkflow'],
  ['dead-letter queue', 'Properties.MessageRetentionPeriod', 60, 'give a queue of your own as deadLetterQueue of the QueueFedWorkflow'],
  ["rule's dead-letter queue", 'Properties.KmsMasterKeyId', 'alias/aws/sqs', 'state encryptionKey of the QueueFedWorkflow'],
  ["rule's dead-letter queue", 'Properties.MessageRetentionPeriod', 60, 'ends of executions wait there for people, so leave the queue as it is made'],
  ['pipe', 'Properties.Source', 'other', 'give another queue to the QueueFedWorkflow'],
  ['pipe', 'Properties.SourceParameters.FilterCriteria', { Filters: [{ Pattern: '{}' }] }, WHOLE],
  ['pipe', 'Properties.SourceParameters.SqsQueueParameters.BatchSize', 2, 'state batchSize of the QueueFedWorkflow'],
  ['pipe', 'Properties.Enrichment', 'other', WHOLE],
  ['pipe', 'Properties.Target', 'other', 'give another state machine to the QueueFedWorkflow'],
  ['pipe', 'Properties.TargetParameters.InputTemplate', '{}', WHOLE],
  ['pipe', 'Properties.TargetParameters.StepFunctionStateMachineParameters.InvocationType', 'FIRE_AND_FORGET', 'a pipe that does not wait never learns of a failure'],
  ['pipe', 'Properties.DesiredState', 'STOPPED', 'state enabled of the QueueFedWorkflow'],
  ['pipe', 'Properties.RoleArn', 'other', 'change what that role may do'],
  ['pipe', 'Properties.LogConfiguration.Level', 'OFF', 'without it nobody can say why a delivery failed'],
  ['pipe logs', 'Properties.RetentionInDays', 1, 'state logRetention of the QueueFedWorkflow'],
  ['pipe logs', 'Properties.LogGroupName', 'other', 'only a name that begins with /aws/vendedlogs/'],
  ...ofMachine('starter', 'STANDARD'),
  ['starter logs', 'Properties.RetentionInDays', 1, 'state logRetention of the QueueFedWorkflow'],
  ...ofMachine('setter', 'EXPRESS'),
  ['rule', 'Properties.EventPattern', { source: ['aws.s3'] }, ENDS],
  ['rule', 'Properties.State', 'DISABLED', ENDS],
  ['rule', 'Properties.EventBusName', 'other', 'Step Functions sends its events to the default event bus'],
  ['rule', 'Properties.Targets.0.Arn', 'other', 'give another consumer to another rule'],
  ['rule', 'Properties.Targets.0.InputPath', '$.detail', 'the state machine finds the execution by its event'],
  ['rule', 'Properties.Targets.0.RetryPolicy.MaximumRetryAttempts', 0, 'EventBridge tries as long as it can'],
  ['rule', 'Properties.Targets.0.RoleArn', 'other', 'change what that role may do'],
];

describeLateChanges((stack) => ordersIn(stack), RESOURCES, CHANGES);

describe('with keys', () => {
  const encrypted = (stack: Stack) => ({ encryptionConfiguration: new sfn.CustomerManagedEncryptionConfiguration(new kms.Key(stack, 'MachineKey')), stateMachineName: 'machine' });
  const pipe = {
    of: ({ pipeRole }: QueueFedWorkflow) => pipeRole, takes: 'EventBridge takes this role; add others to it', does: 'EventBridge does this by the role; add other statements to these',
  };
  // What the CDK grants with what is needed.
  const readBesides = ['sqs:ChangeMessageVisibility', 'sqs:GetQueueUrl'];
  const machineBesides = [
    ...['CreateLogDelivery', 'DeleteLogDelivery', 'DescribeLogGroups', 'DescribeResourcePolicies', 'GetLogDelivery', 'ListLogDeliveries',
      'PutResourcePolicy', 'UpdateLogDelivery'].map((action) => `logs:${action}`),
    'xray:GetSamplingRules', 'xray:GetSamplingTargets', 'xray:PutTelemetryRecords', 'xray:PutTraceSegments',
  ];
  const stepFunctions = { takes: 'Step Functions takes this role; add others to it', does: 'Step Functions does this by the role; add other statements to these' };

  const ofStandard = (besides: string[]) => ({
    'role of the pipe': { ...pipe, besides: readBesides },
    'role of the starter': { of: ({ starter }: QueueFedWorkflow) => starter!.role, ...stepFunctions, besides },
    'role of what sets messages aside': {
      of: ({ setAside }: QueueFedWorkflow) => setAside!.role, ...stepFunctions, besides: [...besides, 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'],
    },
    'role of the rule': {
      of: ({ node }: QueueFedWorkflow) => node.findChild('RuleRole'),
      takes: 'EventBridge takes this role; add others to it',
      does: 'EventBridge does this by the role; add other statements to it',
    },
  });

  describe('of its own', () => {
    describeRoles((stack) => ordersIn(stack, { encryptionKey: new kms.Key(stack, 'Key') }), ofStandard(['kms:Encrypt', 'kms:ReEncrypt*', ...machineBesides]));
  });

  describe('of the state machine', () => {
    describeRoles((stack) => ordersIn(stack, { stateMachine: machineIn(stack, encrypted(stack)) }), ofStandard(machineBesides));
  });

  describeRoles((stack) => ordersIn(stack, { stateMachine: expressIn(stack, encrypted(stack)) }), { 'role of the pipe of an Express state machine': { ...pipe, besides: readBesides } });

  describeRoles((stack) => ordersIn(stack, { stateMachine: expressIn(stack), encryptionKey: new kms.Key(stack, 'Key') }), {
    'role of the pipe with a key of the queue': { ...pipe, besides: readBesides },
  });
});

test('a pipe that is stopped by its prop must stay so', () => {
  const stack = newStack();
  ordersIn(stack, { enabled: false }).pipe.addPropertyOverride('DesiredState', 'RUNNING');
  expect(problemsAtSynthesis(stack)).toEqual([expect.stringContaining('must be "STOPPED"')]);
});

test.each(['INFO', 'TRACE'])('a pipe may log more: %s', (level) => {
  const stack = newStack();
  ordersIn(stack).pipe.addPropertyOverride('LogConfiguration.Level', level);
  expect(problemsAtSynthesis(stack)).toEqual([]);
});

test('a state machine may log more', () => {
  const stack = newStack();
  (ordersIn(stack).starter!.node.defaultChild as CfnResource).addPropertyOverride('LoggingConfiguration.Level', 'ALL');
  expect(problemsAtSynthesis(stack)).toEqual([]);
});

describe('the rules are asked again', () => {
  test('of the state machine', () => {
    const stack = newStack();
    const stateMachine = expressIn(stack);
    ordersIn(stack, { stateMachine });
    (stateMachine.node.defaultChild as CfnResource).addPropertyOverride('DefinitionString', '{"TimeoutSeconds": 600}');
    expect(problemsAtSynthesis(stack).join()).toContain('the timeout of Express state machine');
  });

  test('of a queue that was given', () => {
    const stack: Stack = newStack();
    const dead = new sqs.Queue(stack, 'Dead', { retentionPeriod: Duration.days(14) });
    const queue = new sqs.Queue(stack, 'Queue', { visibilityTimeout: Duration.minutes(3), deadLetterQueue: { queue: dead, maxReceiveCount: 5 } });
    ordersIn(stack, { queue, stateMachine: machineIn(stack) });
    (queue.node.defaultChild as CfnResource).addPropertyOverride('VisibilityTimeout', 29);
    expect(problemsAtSynthesis(stack).join()).toContain("visibilityTimeout of queue 'Stack/Queue' is 29 seconds, which is shorter than the 30 seconds");
  });
});
