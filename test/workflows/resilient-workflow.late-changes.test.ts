import type { CfnResource, Stack } from 'aws-cdk-lib';
import { Duration, RemovalPolicies, Tags } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { invoke } from './fixtures';
import type { ResilientWorkflowProps } from '../../src';
import { ResilientWorkflow } from '../../src';
import type { LateChange } from '../late-changes';
import { describeLateChanges, expectHarmless, problemsAtSynthesis, problemsWithInjector } from '../late-changes';
import { newStack } from '../messaging/fixtures';

function make(stack: Stack, props: Partial<ResilientWorkflowProps> = {}): ResilientWorkflow {
  return new ResilientWorkflow(stack, 'Order', {
    ...props,
    definition: props.definition ?? invoke(stack, 'Work'),
    compensations: props.compensations ?? { Work: invoke(stack, 'Undo') },
    encryptionKey: props.encryptionKey ?? new kms.Key(stack, 'Key'),
  });
}

const resource = (id: string) => ({ node }: ResilientWorkflow) => node.findChild(id).node.defaultChild as CfnResource;
const roleOf = (id: string) => ({ node }: ResilientWorkflow) => node.findChild(id).node.findChild('Role').node.defaultChild as CfnResource;
const policyOf = (id: string) => ({ node }: ResilientWorkflow) => node.findChild(id).node.findChild('Role').node.findChild('DefaultPolicy').node.defaultChild as CfnResource;

const RESOURCES = {
  'state machine': resource('StateMachine'),
  'compensation': resource('Compensation'),
  'logs': resource('StateMachineLogs'),
  'logs of the compensation': resource('CompensationLogs'),
  'role': roleOf('StateMachine'),
  'role of the compensation': roleOf('Compensation'),
  'policy of the compensation': policyOf('Compensation'),
  'rule': resource('FailureRule'),
  'dead-letter queue': resource('DeadLetterQueue'),
  'dead-letter queue of the rule': resource('RuleDeadLetterQueue'),
};

type Change = LateChange<keyof typeof RESOURCES>;

const OTHER = 'arn:aws:sqs:us-east-1:111122223333:other';
const isStated = (prop: string) => `state ${prop} of the ResilientWorkflow`;
const ITS_OWN = 'change the states before the ResilientWorkflow is made';
const ENDS = 'without it nobody learns of an execution that was stopped or reached its timeout';

const ofMachine = (of: 'state machine' | 'compensation', logGroup: 'logs' | 'logs of the compensation', role: 'role' | 'role of the compensation'): Change[] => [
  [of, 'Properties.StateMachineType', 'EXPRESS', 'Step Functions tells nobody how Express executions end'],
  [of, 'Properties.DefinitionString', '{}', ITS_OWN],
  [of, 'Properties.DefinitionS3Location', { Bucket: 'b', Key: 'k' }, ITS_OWN],
  [of, 'Properties.Definition', { StartAt: 'Other' }, ITS_OWN],
  [of, 'Properties.RoleArn', 'arn:aws:iam::111122223333:role/other', 'change what that role may do'],
  [of, 'Properties.LoggingConfiguration.Level', 'FATAL', 'without it nobody can say why an execution failed'],
  [of, 'Properties.LoggingConfiguration.Destinations', [], isStated('logRetention')],
  [of, 'Properties.TracingConfiguration.Enabled', false, 'traces show where the time of an execution goes'],
  [of, 'Properties.EncryptionConfiguration', { Type: 'AWS_OWNED_KEY' }, isStated('encryptionKey')],
  [logGroup, 'Properties.RetentionInDays', 1, isStated('logRetention')],
  [logGroup, 'Properties.LogGroupName', '/aws/other', 'only a name that begins with /aws/vendedlogs/ takes no room in the resource policy of the account'],
  [role, 'Properties.AssumeRolePolicyDocument.Statement', [], 'Step Functions takes this role'],
];

describeLateChanges(make, RESOURCES, [
  ...ofMachine('state machine', 'logs', 'role'),
  ...ofMachine('compensation', 'logs of the compensation', 'role of the compensation'),
  ['policy of the compensation', 'Properties.PolicyDocument.Statement', [], 'Step Functions uses the key by this role; add other statements to it'],
  ['rule', 'Properties.EventPattern', { source: ['other'] }, ENDS],
  ['rule', 'Properties.State', 'DISABLED', ENDS],
  ['rule', 'Properties.EventBusName', 'other', 'Step Functions sends its events to the default event bus'],
  ['rule', 'Properties.Targets.0.Arn', OTHER, 'give another consumer to another rule'],
  ['rule', 'Properties.Targets.0.DeadLetterConfig.Arn', OTHER, 'what cannot be delivered is set aside there'],
  ['rule', 'Properties.Targets.0.RetryPolicy.MaximumEventAgeInSeconds', 60, 'EventBridge tries as long as it can'],
  ['rule', 'Properties.Targets.0.RetryPolicy.MaximumRetryAttempts', 0, 'EventBridge tries as long as it can'],
  ['rule', 'Properties.Targets.0.InputPath', '$.detail.executionArn', 'the end of an execution is set aside whole'],
  ['dead-letter queue', 'Properties.MessageRetentionPeriod', 60, 'ends of executions wait there for people, so leave the queue as it is made'],
  ['dead-letter queue', 'Properties.KmsMasterKeyId', 'alias/aws/sqs', isStated('encryptionKey')],
  ['dead-letter queue of the rule', 'Properties.MessageRetentionPeriod', 60, 'ends of executions wait there for people, so leave the queue as it is made'],
]);

/** The policy of the workflow's role without the statements that have this action. */
function without(action: string, props: Partial<ResilientWorkflowProps> = {}): string[] {
  const stack = newStack();
  const policy = policyOf('StateMachine')(make(stack, props)) as iam.CfnPolicy;
  const { Statement } = stack.resolve(policy.policyDocument) as { Statement: { Action: string | string[] }[] };
  policy.addPropertyOverride('PolicyDocument.Statement', Statement.filter(({ Action }) => ![Action].flat().includes(action)));
  return problemsAtSynthesis(stack);
}

test('without its permission the workflow cannot start its compensation', () => {
  expect(without('states:StartExecution')).toEqual([expect.stringContaining('the workflow starts its compensation by this role; add other statements to it')]);
});

test.each(['kms:Decrypt', 'kms:GenerateDataKey*'])('without %s alone it cannot either', (action) => {
  const stack = newStack();
  const policy = policyOf('StateMachine')(make(stack)) as iam.CfnPolicy;
  const { Statement } = stack.resolve(policy.policyDocument) as { Statement: { Action: string | string[] }[] };
  policy.addPropertyOverride('PolicyDocument.Statement', Statement.map((statement) => ({ ...statement, Action: [statement.Action].flat().filter((one) => one !== action) })));
  expect(problemsAtSynthesis(stack)).toEqual([expect.stringContaining('Step Functions uses the key by this role')]);
});

test('without its permission the workflow cannot use the key, also of one that is known by its ARN', () => {
  expect(without('kms:Decrypt')).toEqual([expect.stringContaining('Step Functions uses the key by this role; add other statements to it')]);
  const stack = newStack();
  const encryptionKey = kms.Key.fromKeyArn(stack, 'Imported', 'arn:aws:kms:us-east-1:111122223333:key/1111');
  const policy = policyOf('StateMachine')(make(stack, { encryptionKey })) as iam.CfnPolicy;
  policy.addPropertyOverride('PolicyDocument.Statement', []);
  expect(problemsAtSynthesis(stack)).toContainEqual(expect.stringContaining('Step Functions uses the key by this role'));
});

test('without a key there is none', () => {
  const stack = newStack();
  const { stateMachine } = new ResilientWorkflow(stack, 'Order', { definition: invoke(stack, 'Work') });
  (stateMachine.node.defaultChild as CfnResource).addPropertyOverride('EncryptionConfiguration', { Type: 'CUSTOMER_MANAGED_KMS_KEY', KmsKeyId: 'other' });
  expect(problemsAtSynthesis(stack)).toEqual([expect.stringContaining('EncryptionConfiguration of \'Stack/Order/StateMachine/Resource\' was changed to')]);
});

test('logs that are stated are kept as long', () => {
  const stack = newStack();
  make(stack, { logRetention: 7 });
  expect(problemsAtSynthesis(stack)).toEqual([]);
});

describe('states that are changed after the workflow was made', () => {
  const CHANGED = (machine: string) => expect.stringContaining(
    `the states of 'Stack/Order/${machine}' were changed after it was made, which it does not see: complete the states, with their retriers and catchers, before the ResilientWorkflow is made`,
  ) as unknown;

  test('are not seen by it, which is an error', () => {
    const stack = newStack();
    const definition = invoke(stack, 'Work');
    make(stack, { definition });
    definition.addRetry({ errors: ['OutOfStock'] });
    expect(problemsAtSynthesis(stack)).toEqual([CHANGED('StateMachine')]);
  });

  test('are not seen by its compensation either', () => {
    const stack = newStack();
    const undo = invoke(stack, 'Undo');
    make(stack, { compensations: { Work: undo }, queryLanguage: sfn.QueryLanguage.JSON_PATH });
    undo.addCatch(new sfn.Pass(stack, 'Ignore'));
    expect(problemsAtSynthesis(stack)).toEqual([CHANGED('Compensation')]);
  });
});

test('an injector of the CDK may not make it an Express workflow', () => {
  const problems = problemsWithInjector(sfn.StateMachine.PROPERTY_INJECTION_ID, { stateMachineType: sfn.StateMachineType.EXPRESS }, make);
  expect(problems).toContainEqual(expect.stringContaining('Step Functions tells nobody how Express executions end'));
});

describe('harmless', () => {
  test('are other permissions of the role', () => expectHarmless(make, ({ stateMachine }) => (
    stateMachine.addToRolePolicy(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: ['*'] }))
  )));

  test('are logs of everything', () => expectHarmless(make, ({ stateMachine }) => (
    (stateMachine.node.defaultChild as CfnResource).addPropertyOverride('LoggingConfiguration.Level', 'ALL')
  )));

  test('is the type that it has', () => expectHarmless(make, ({ stateMachine }) => (
    (stateMachine.node.defaultChild as CfnResource).addPropertyOverride('StateMachineType', 'STANDARD')
  )));

  test('are tags, and a removal policy for the whole stack', () => expectHarmless(make, (_, stack) => {
    Tags.of(stack).add('team', 'shop');
    RemovalPolicies.of(stack).destroy();
  }));

  test('is a key by its alias', () => {
    const stack = newStack();
    make(stack, { encryptionKey: kms.Alias.fromAliasName(stack, 'Imported', 'alias/orders') });
    expect(problemsAtSynthesis(stack)).toEqual([]);
  });

  test('is a role that somebody else makes', () => {
    const stack = newStack();
    iam.Role.customizeRoles(stack, {
      usePrecreatedRoles: {
        'Stack/Order/StateMachine/Role': 'workflow', 'Stack/Order/Compensation/Role': 'compensation', 'Stack/WorkHandler/ServiceRole': 'work', 'Stack/UndoHandler/ServiceRole': 'undo',
      },
    });
    make(stack, { timeout: Duration.minutes(5) });
    expect(problemsAtSynthesis(stack)).toEqual([]);
  });
});
