import { found, folder } from './files';
import { expandSam } from '../../cli/src/sam';
import { parseYaml } from '../../cli/src/yaml';
import type { Resource } from '../../src/delivery/template/app';
import { TemplateApp } from '../../src/delivery/template/app';
import { isUnknown } from '../../src/delivery/template/symbols';

interface Template {
  readonly Transform?: unknown;
  readonly Globals?: unknown;
  readonly Outputs?: unknown;
  readonly Resources: Readonly<Record<string, Readonly<Record<string, unknown>> & { readonly Properties: Readonly<Record<string, unknown>> }>>;
}

const expand = (yaml: string) => expandSam(parseYaml(`Transform: AWS::Serverless-2016-10-31\n${yaml}`)) as Template;

/** A function with these properties, one a line, and what else is in the template. */
const handler = (properties: string, rest = '', attributes = '') => expand(`Resources:
  Handler:
    Type: AWS::Serverless::Function${attributes}
    Properties:
      Timeout: 10
${properties.split('\n').map((line) => `      ${line}`).join('\n')}
${rest}`);

const event = (type: string, properties: string, more = '') => handler(`${more}
Events:
  Event: { Type: ${type}, Properties: ${properties} }`);

const typesOf = ({ Resources }: Template) => Object.fromEntries(Object.entries(Resources).map(([logicalId, { Type }]) => [logicalId, Type]));
const propertiesOf = ({ Resources }: Template, logicalId: string) => Resources[logicalId]?.Properties;
const isComplete = (template: Template) => !new TemplateApp([{ stack: 'Stack', template }]).stacks[0]!.incomplete;
const evaluated = (template: Template, logicalId: string): Resource => new TemplateApp([{ stack: 'Stack', template }]).stacks[0]!.resources.get(logicalId)!;

const HANDLER = { Ref: 'Handler' };
const HANDLER_ARN = { 'Fn::GetAtt': ['Handler', 'Arn'] };
const policyOf = (template: Template, role: string) => (propertiesOf(template, role)?.Policies as { PolicyDocument: { Statement: unknown[] } }[])
  .map(({ PolicyDocument }) => PolicyDocument.Statement).flat();
const managedOf = (template: Template, role: string) => JSON.stringify(propertiesOf(template, role)?.ManagedPolicyArns);

test('a template without SAM is as it was', () => {
  const template = { Transform: 'AWS::Include', Resources: { Handler: { Type: 'AWS::Serverless::Function' } } };
  expect(expandSam(template)).toBe(template);
  expect(expandSam('text')).toBe('text');
});

describe('a function', () => {
  test('is one of Lambda with a role of its own, and nothing is missing', () => {
    const template = handler('MemorySize: 512\nReservedConcurrentExecutions: 5\nTracing: Active\nInlineCode: x\nCodeUri: s3://a/b\nTags: { a: b }', '', '\n    Metadata: { a: b }');
    expect(typesOf(template)).toEqual({ Handler: 'AWS::Lambda::Function', HandlerRole: 'AWS::IAM::Role' });
    expect(template.Resources.Handler).toEqual({
      Type: 'AWS::Lambda::Function',
      Metadata: { a: 'b' },
      Properties: {
        Timeout: 10, MemorySize: 512, ReservedConcurrentExecutions: 5, TracingConfig: { Mode: 'Active' }, Code: { ZipFile: 'x' }, Role: { 'Fn::GetAtt': ['HandlerRole', 'Arn'] },
      },
    });
    expect(managedOf(template, 'HandlerRole')).toContain('AWSLambdaBasicExecutionRole');
    expect(template).not.toHaveProperty('Transform');
    expect(isComplete(template)).toBe(true);
  });

  test('with a role has no other', () => {
    const template = handler('Role: arn:aws:iam::111122223333:role/x');
    expect(typesOf(template)).toEqual({ Handler: 'AWS::Lambda::Function' });
    expect(propertiesOf(template, 'Handler')).toMatchObject({ Role: 'arn:aws:iam::111122223333:role/x' });
  });

  test('has what is set for all of them', () => {
    const template = expand(`Globals:
  Function: { Timeout: 30, MemorySize: 256, Layers: [a], Environment: { Variables: { A: all, B: all } } }
Resources:
  Handler:
    Type: AWS::Serverless::Function
    Properties: { MemorySize: 512, Layers: [b], Environment: { Variables: { B: own } } }
  Other:
    Type: AWS::Serverless::Function
    Properties: { IgnoreGlobals: [Timeout] }
  Alone:
    Type: AWS::Serverless::Function
    Properties: { IgnoreGlobals: '*' }
`);
    expect(propertiesOf(template, 'Handler')).toMatchObject({ Timeout: 30, MemorySize: 512, Layers: ['a', 'b'], Environment: { Variables: { A: 'all', B: 'own' } } });
    expect(propertiesOf(template, 'Other')).toMatchObject({ MemorySize: 256 });
    expect(propertiesOf(template, 'Other')).not.toHaveProperty('Timeout');
    expect(Object.keys(propertiesOf(template, 'Alone')!)).toEqual(['Role']);
    expect(template).not.toHaveProperty('Globals');
  });

  test('has its dead-letter queue, and may send to it', () => {
    const template = handler('DeadLetterQueue: { Type: SQS, TargetArn: arn:aws:sqs:eu-west-1:111122223333:q }');
    expect(propertiesOf(template, 'Handler')).toMatchObject({ DeadLetterConfig: { TargetArn: 'arn:aws:sqs:eu-west-1:111122223333:q' } });
    expect(policyOf(template, 'HandlerRole')).toEqual([{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: 'arn:aws:sqs:eu-west-1:111122223333:q' }]);
    expect(policyOf(handler('DeadLetterQueue: { Type: SNS, TargetArn: x }'), 'HandlerRole')).toMatchObject([{ Action: 'sns:Publish' }]);
  });

  test.each([
    ['SQSPollerPolicy', 'QueueName', 'sqs:ReceiveMessage', ['arn:aws:sqs:⟦Region⟧:⟦Account⟧:x']],
    ['SQSSendMessagePolicy', 'QueueName', 'sqs:SendMessage*', ['arn:aws:sqs:⟦Region⟧:⟦Account⟧:x']],
    ['SNSPublishMessagePolicy', 'TopicName', 'sns:Publish', ['arn:aws:sns:⟦Region⟧:⟦Account⟧:x']],
    ['DynamoDBReadPolicy', 'TableName', 'dynamodb:Query', ['arn:aws:dynamodb:⟦Region⟧:⟦Account⟧:table/x', 'arn:aws:dynamodb:⟦Region⟧:⟦Account⟧:table/x/index/*']],
    ['DynamoDBWritePolicy', 'TableName', 'dynamodb:UpdateItem', ['arn:aws:dynamodb:⟦Region⟧:⟦Account⟧:table/x', 'arn:aws:dynamodb:⟦Region⟧:⟦Account⟧:table/x/index/*']],
    ['DynamoDBCrudPolicy', 'TableName', 'dynamodb:PutItem', ['arn:aws:dynamodb:⟦Region⟧:⟦Account⟧:table/x', 'arn:aws:dynamodb:⟦Region⟧:⟦Account⟧:table/x/index/*']],
    ['S3ReadPolicy', 'BucketName', 's3:GetObject', ['arn:aws:s3:::x', 'arn:aws:s3:::x/*']],
    ['S3WritePolicy', 'BucketName', 's3:PutObject', ['arn:aws:s3:::x', 'arn:aws:s3:::x/*']],
    ['S3CrudPolicy', 'BucketName', 's3:PutObject', ['arn:aws:s3:::x', 'arn:aws:s3:::x/*']],
    ['KinesisStreamReadPolicy', 'StreamName', 'kinesis:GetRecords', ['arn:aws:kinesis:⟦Region⟧:⟦Account⟧:stream/x']],
    ['FirehoseWritePolicy', 'DeliveryStreamName', 'firehose:PutRecord', ['arn:aws:firehose:⟦Region⟧:⟦Account⟧:deliverystream/x']],
    ['EventBridgePutEventsPolicy', 'EventBusName', 'events:PutEvents', ['arn:aws:events:⟦Region⟧:⟦Account⟧:event-bus/x']],
    ['LambdaInvokePolicy', 'FunctionName', 'lambda:InvokeFunction', ['arn:aws:lambda:⟦Region⟧:⟦Account⟧:function:x*']],
    ['StepFunctionsExecutionPolicy', 'StateMachineName', 'states:StartExecution', ['arn:aws:states:⟦Region⟧:⟦Account⟧:stateMachine:x']],
    ['KMSDecryptPolicy', 'KeyId', 'kms:Decrypt', ['arn:aws:kms:⟦Region⟧:⟦Account⟧:key/x']],
  ])('may do what the policy template %s says', (name, parameter, action, resources) => {
    const [statement] = evaluated(handler(`Policies: [{ ${name}: { ${parameter}: x } }]`), 'HandlerRole').props.items('Policies')![0]!.items('PolicyDocument.Statement')!;
    expect(statement!.list('Action')).toContain(action);
    expect(statement!.list('Resource')).toEqual(resources);
  });

  test.each(['{ S3CrudPolicy: {} }', '{ S3CrudPolicy: { BucketName: b }, SQSPollerPolicy: { QueueName: q } }', '{ toString: { QueueName: q } }'])('may do what is unknown by the policy %s', (policy) => {
    expect(evaluated(handler(`Policies: [${policy}]`), 'HandlerRole').props.items('Policies')!.map(({ content }) => isUnknown(content))).toEqual([true]);
  });

  test('may do what its policies say, and what those of templates allow is unknown', () => {
    const template = handler('Policies: [arn:aws:iam::aws:policy/A, AWSLambdaExecute, !Ref Managed, { Statement: [{ Effect: Allow, Action: "s3:*" }] }, { CostExplorerReadOnlyPolicy: {} }]');
    const role = evaluated(template, 'HandlerRole').props;
    expect(role.list('ManagedPolicyArns')!.map((arn) => (isUnknown(arn) ? 'unknown' : arn)))
      .toEqual(['arn:aws:iam::aws:policy/A', 'arn:aws:iam::aws:policy/AWSLambdaExecute', 'unknown', 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole']);
    expect(role.items('Policies')!.map((one) => (isUnknown(one.content) ? 'unknown' : one.value('PolicyDocument.Statement')))).toEqual([[{ Effect: 'Allow', Action: 's3:*' }], 'unknown']);
  });

  test.each(['AWSLambdaExecute', '{ Statement: [] }'])('takes a single policy: %s', (policies) => {
    expect(isComplete(handler(`Policies: ${policies}`))).toBe(true);
  });

  test('has what becomes of asynchronous invocations', () => {
    const template = handler(`EventInvokeConfig:
  MaximumRetryAttempts: 1
  DestinationConfig: { OnFailure: { Type: SQS }, OnSuccess: { Type: SNS, Destination: !Ref Topic } }`, 'Outputs: { Queue: { Value: !GetAtt Handler.DestinationQueue.Arn } }');
    expect(propertiesOf(template, 'HandlerEventInvokeConfig')).toEqual({
      FunctionName: HANDLER,
      Qualifier: '$LATEST',
      MaximumRetryAttempts: 1,
      DestinationConfig: { OnSuccess: { Destination: { Ref: 'Topic' } }, OnFailure: { Destination: { 'Fn::GetAtt': ['HandlerEventInvokeConfigOnFailureQueue', 'Arn'] } } },
    });
    expect(typesOf(template)).toMatchObject({ HandlerEventInvokeConfigOnFailureQueue: 'AWS::SQS::Queue' });
    expect(policyOf(template, 'HandlerRole')).toMatchObject([{ Action: 'sns:Publish' }, { Action: 'sqs:SendMessage' }]);
    expect(template.Outputs).toEqual({ Queue: { Value: { 'Fn::GetAtt': ['HandlerEventInvokeConfigOnFailureQueue', 'Arn'] } } });
  });

  test('is reached through the alias that it publishes', () => {
    const template = handler(`AutoPublishAlias: live
ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 2 }
EventInvokeConfig: { MaximumRetryAttempts: 0 }
Events:
  Queue: { Type: SQS, Properties: { Queue: q } }
  Topic: { Type: SNS, Properties: { Topic: !Ref Topic } }`, `Outputs:
  Alias: { Value: !Ref Handler.Alias }
  Texts: { Value: !Sub '\${Handler.Version} \${Handler} \${Handler.Arn}' }
  Named: { Value: !Sub ['\${Handler.Alias} \${A}', { A: !Ref Handler.Version }] }`);
    expect(template.Resources.HandlerVersion).toEqual({ Type: 'AWS::Lambda::Version', DeletionPolicy: 'Retain', Properties: { FunctionName: HANDLER } });
    expect(propertiesOf(template, 'HandlerAliaslive')).toEqual({
      FunctionName: HANDLER, FunctionVersion: { 'Fn::GetAtt': ['HandlerVersion', 'Version'] }, Name: 'live', ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 2 },
    });
    expect(propertiesOf(template, 'HandlerEventInvokeConfig')).toMatchObject({ Qualifier: 'live' });
    expect(propertiesOf(template, 'HandlerQueue')).toMatchObject({ FunctionName: { Ref: 'HandlerAliaslive' } });
    expect(propertiesOf(template, 'HandlerTopic')).toMatchObject({ Endpoint: { Ref: 'HandlerAliaslive' } });
    expect(propertiesOf(template, 'HandlerTopicPermission')).toMatchObject({ FunctionName: { Ref: 'HandlerAliaslive' } });
    expect(template.Resources.HandlerAliaslive).not.toHaveProperty('UpdatePolicy');
    expect(template.Outputs).toEqual({
      Alias: { Value: { Ref: 'HandlerAliaslive' } },
      Texts: { Value: { 'Fn::Sub': '${HandlerVersion} ${Handler} ${Handler.Arn}' } },
      Named: { Value: { 'Fn::Sub': ['${HandlerAliaslive} ${A}', { A: { Ref: 'HandlerVersion' } }] } },
    });
  });

  test('shifts traffic as its preference says', () => {
    const template = handler('AutoPublishAlias: live\nDeploymentPreference: { Type: Canary10Percent5Minutes, Alarms: [!Ref Alarm], Hooks: { PreTraffic: !Ref Check } }');
    expect(template.Resources.HandlerAliaslive).toMatchObject({
      UpdatePolicy: {
        CodeDeployLambdaAliasUpdate: {
          ApplicationName: { Ref: 'ServerlessDeploymentApplication' }, DeploymentGroupName: { Ref: 'HandlerDeploymentGroup' }, BeforeAllowTrafficHook: { Ref: 'Check' },
        },
      },
    });
    expect(propertiesOf(template, 'HandlerDeploymentGroup')).toMatchObject({
      DeploymentConfigName: 'CodeDeployDefault.LambdaCanary10Percent5Minutes', AlarmConfiguration: { Enabled: true, Alarms: [{ Name: { Ref: 'Alarm' } }] },
    });
    const without = handler('AutoPublishAlias: live\nDeploymentPreference: { Type: MyOwn }');
    expect(propertiesOf(without, 'HandlerDeploymentGroup')).toMatchObject({ DeploymentConfigName: 'MyOwn' });
    expect(propertiesOf(without, 'HandlerDeploymentGroup')).not.toHaveProperty('AlarmConfiguration');
    const some = evaluated(handler('AutoPublishAlias: live\nDeploymentPreference: { Type: MyOwn, Alarms: { "Fn::If": [A, [], []] } }'), 'HandlerDeploymentGroup');
    expect(some.props.has('AlarmConfiguration')).toBeUndefined();
    expect(typesOf(handler('AutoPublishAlias: live\nDeploymentPreference: { Type: MyOwn, Enabled: false }'))).not.toHaveProperty('HandlerDeploymentGroup');
  });

  test('has a URL', () => {
    expect(propertiesOf(handler('FunctionUrlConfig: { AuthType: NONE }'), 'HandlerUrl')).toEqual({ AuthType: 'NONE', TargetFunctionArn: HANDLER });
  });

  test('passes its condition on', () => {
    const template = handler('Events: { Event: { Type: SQS, Properties: { Queue: q } } }', 'Conditions: { Some: !Equals [a, b] }', '\n    Condition: Some\n    DeletionPolicy: Retain');
    expect(Object.values(template.Resources).map(({ Condition, DeletionPolicy }) => [Condition, DeletionPolicy])).toEqual(Array(3).fill(['Some', 'Retain']));
  });
});

describe('an event', () => {
  test.each([
    ['SQS', 'Queue', 'AWSLambdaSQSQueueExecutionRole'],
    ['Kinesis', 'Stream', 'AWSLambdaKinesisExecutionRole'],
    ['DynamoDB', 'Stream', 'AWSLambdaDynamoDBExecutionRole'],
  ])('of %s is an event source', (type, source, policy) => {
    const template = event(type, `{ ${source}: !GetAtt Source.Arn, BatchSize: 5, Enabled: false, FunctionResponseTypes: [ReportBatchItemFailures] }`);
    expect(template.Resources.HandlerEvent).toEqual({
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        FunctionName: HANDLER, EventSourceArn: { 'Fn::GetAtt': ['Source', 'Arn'] }, BatchSize: 5, Enabled: false, FunctionResponseTypes: ['ReportBatchItemFailures'],
      },
    });
    expect(managedOf(template, 'HandlerRole')).toContain(policy);
    expect(isComplete(template)).toBe(true);
  });

  test.each([['MSK', 'Stream'], ['MQ', 'Broker'], ['DocumentDB', 'Cluster']])('of %s is an event source, with policies that are unknown', (type, source) => {
    const template = event(type, `{ ${source}: arn }`);
    expect(propertiesOf(template, 'HandlerEvent')).toEqual({ FunctionName: HANDLER, EventSourceArn: 'arn' });
    expect(evaluated(template, 'HandlerRole').props.items('Policies')!.map(({ content }) => isUnknown(content))).toEqual([true]);
  });

  test('of a stream has a destination to which the function may send', () => {
    const template = event('Kinesis', '{ Stream: s, DestinationConfig: { OnFailure: { Type: SQS, Destination: q } } }');
    expect(propertiesOf(template, 'HandlerEvent')).toMatchObject({ DestinationConfig: { OnFailure: { Destination: 'q' } } });
    expect(policyOf(template, 'HandlerRole')).toEqual([{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: 'q' }]);
    expect(propertiesOf(event('Kinesis', '{ Stream: s, DestinationConfig: { OnFailure: { Destination: q } } }'), 'HandlerRole')).toMatchObject({ Policies: [] });
  });

  test('of a topic is a subscription', () => {
    const template = event('SNS', '{ Topic: !Ref Topic, FilterPolicy: { a: [b] }, RedrivePolicy: { deadLetterTargetArn: q }, Region: eu-west-1 }');
    expect(propertiesOf(template, 'HandlerEvent')).toEqual({
      TopicArn: { Ref: 'Topic' }, Protocol: 'lambda', Endpoint: HANDLER_ARN, FilterPolicy: { a: ['b'] }, RedrivePolicy: { deadLetterTargetArn: 'q' }, Region: 'eu-west-1',
    });
    expect(propertiesOf(template, 'HandlerEventPermission')).toEqual({
      Action: 'lambda:InvokeFunction', FunctionName: HANDLER, Principal: 'sns.amazonaws.com', SourceArn: { Ref: 'Topic' },
    });
  });

  test('of a topic goes through a queue', () => {
    const template = event('SNS', '{ Topic: !Ref Topic, SqsSubscription: true }');
    const queue = { 'Fn::GetAtt': ['HandlerEventQueue', 'Arn'] };
    expect(typesOf(template)).toMatchObject({ HandlerEventQueue: 'AWS::SQS::Queue', HandlerEventQueuePolicy: 'AWS::SQS::QueuePolicy' });
    expect(propertiesOf(template, 'HandlerEvent')).toEqual({ TopicArn: { Ref: 'Topic' }, Protocol: 'sqs', Endpoint: queue });
    expect(propertiesOf(template, 'HandlerEventEventSourceMapping')).toEqual({ FunctionName: HANDLER, EventSourceArn: queue, BatchSize: 10, Enabled: true });
    const given = event('SNS', '{ Topic: !Ref Topic, SqsSubscription: { QueueArn: a, QueueUrl: u, BatchSize: 3, QueuePolicyLogicalId: Policy } }');
    expect(typesOf(given)).not.toHaveProperty('HandlerEventQueue');
    expect(propertiesOf(given, 'Policy')).toMatchObject({ Queues: ['u'] });
    expect(propertiesOf(given, 'HandlerEventEventSourceMapping')).toMatchObject({ EventSourceArn: 'a', BatchSize: 3 });
    expect(propertiesOf(event('SNS', '{ Topic: t, SqsSubscription: false }'), 'HandlerEvent')).toMatchObject({ Protocol: 'lambda' });
  });

  test.each(['EventBridgeRule', 'CloudWatchEvent'])('of %s is a rule', (type) => {
    const template = event(type, '{ Pattern: { source: [shop] }, EventBusName: bus, RetryPolicy: { MaximumRetryAttempts: 3 }, DeadLetterConfig: { Arn: q }, State: DISABLED }');
    expect(propertiesOf(template, 'HandlerEvent')).toEqual({
      EventPattern: { source: ['shop'] },
      EventBusName: 'bus',
      State: 'DISABLED',
      Targets: [{ Arn: HANDLER_ARN, Id: 'HandlerEventTarget', RetryPolicy: { MaximumRetryAttempts: 3 }, DeadLetterConfig: { Arn: 'q' } }],
    });
    expect(propertiesOf(template, 'HandlerEventPermission')).toMatchObject({ Principal: 'events.amazonaws.com', SourceArn: { 'Fn::GetAtt': ['HandlerEvent', 'Arn'] } });
    expect(isComplete(template)).toBe(true);
  });

  test('of a rule has a dead-letter queue made, to which the rule may send', () => {
    const template = event('EventBridgeRule', '{ Pattern: {}, DeadLetterConfig: { Type: SQS } }');
    expect(propertiesOf(template, 'HandlerEvent')).toMatchObject({ Targets: [{ DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['HandlerEventQueue', 'Arn'] } } }] });
    expect(propertiesOf(template, 'HandlerEventQueuePolicy')).toMatchObject({
      Queues: [{ Ref: 'HandlerEventQueue' }],
      PolicyDocument: { Statement: [{ Principal: { Service: 'events.amazonaws.com' }, Condition: { ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': ['HandlerEvent', 'Arn'] } } } }] },
    });
    expect(typesOf(event('EventBridgeRule', '{ Pattern: {}, DeadLetterConfig: { QueueLogicalId: Mine } }'))).toMatchObject({ Mine: 'AWS::SQS::Queue' });
  });

  test.each([['true', 'ENABLED'], ['false', 'DISABLED']])('of a schedule that is enabled (%s) is a rule', (enabled, state) => {
    const template = event('Schedule', `{ Schedule: rate(1 hour), Name: hourly, Enabled: ${enabled}, Input: x }`);
    expect(propertiesOf(template, 'HandlerEvent')).toEqual({
      ScheduleExpression: 'rate(1 hour)', Name: 'hourly', State: state, Targets: [{ Arn: HANDLER_ARN, Id: 'HandlerEventTarget', Input: 'x' }],
    });
  });

  test('of a schedule of Scheduler has a role for what it invokes and where it fails', () => {
    const template = event('ScheduleV2', '{ ScheduleExpression: rate(1 hour), DeadLetterConfig: { Type: SQS } }');
    const queue = { 'Fn::GetAtt': ['HandlerEventQueue', 'Arn'] };
    expect(propertiesOf(template, 'HandlerEvent')).toEqual({
      ScheduleExpression: 'rate(1 hour)',
      Name: 'HandlerEvent',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: HANDLER_ARN, RoleArn: { 'Fn::GetAtt': ['HandlerEventRole', 'Arn'] }, DeadLetterConfig: { Arn: queue } },
    });
    expect(policyOf(template, 'HandlerEventRole')).toEqual([
      { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: HANDLER_ARN }, { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: queue },
    ]);
    const given = event('ScheduleV2', '{ ScheduleExpression: rate(1 hour), RoleArn: r, OmitName: true }');
    expect(propertiesOf(given, 'HandlerEvent')).toMatchObject({ Target: { RoleArn: 'r' } });
    expect(propertiesOf(given, 'HandlerEvent')).not.toHaveProperty('Name');
    expect(typesOf(given)).not.toHaveProperty('HandlerEventRole');
  });

  test('of a bucket is one of its notifications', () => {
    const bucket = '  Bucket: { Type: AWS::S3::Bucket, Properties: { BucketName: b, NotificationConfiguration: { LambdaConfigurations: [{ Function: other }] } } }';
    const template = handler(`Events:
  One: { Type: S3, Properties: { Bucket: !Ref Bucket, Events: 's3:ObjectCreated:*', Filter: { S3Key: {} } } }
  Two: { Type: S3, Properties: { Bucket: !Ref Bucket, Events: [a, b] } }`, bucket);
    expect(propertiesOf(template, 'Bucket')).toEqual({
      BucketName: 'b',
      NotificationConfiguration: {
        LambdaConfigurations: [
          { Function: 'other' }, { Event: 's3:ObjectCreated:*', Function: HANDLER_ARN, Filter: { S3Key: {} } }, { Event: 'a', Function: HANDLER_ARN }, { Event: 'b', Function: HANDLER_ARN },
        ],
      },
    });
    expect(propertiesOf(template, 'HandlerOnePermission')).toMatchObject({ Principal: 's3.amazonaws.com', SourceAccount: { Ref: 'AWS::AccountId' } });
    expect(isComplete(event('S3', '{ Bucket: elsewhere, Events: a }'))).toBe(false);
  });

  test.each(['Api', 'HttpApi'])('of %s is a permission, of an API that is unknown', (type) => {
    const template = event(type, '{ Path: /x, Method: get }');
    expect(isUnknown(evaluated(template, 'HandlerEventPermission').props.text('SourceArn'))).toBe(true);
    expect(isComplete(template)).toBe(true);
  });

  test('of AWS IoT is a rule, which may invoke the function', () => {
    const template = event('IoTRule', "{ Sql: SELECT * FROM 'a', AwsIotSqlVersion: beta }");
    expect(propertiesOf(template, 'HandlerEvent')).toEqual({
      TopicRulePayload: { Sql: "SELECT * FROM 'a'", AwsIotSqlVersion: 'beta', RuleDisabled: false, Actions: [{ Lambda: { FunctionArn: HANDLER_ARN } }] },
    });
    expect(propertiesOf(template, 'HandlerEventPermission')).toMatchObject({ Principal: 'iot.amazonaws.com', SourceArn: { 'Fn::GetAtt': ['HandlerEvent', 'Arn'] } });
  });

  test.each(['AlexaSkill', 'CloudWatchLogs', 'Cognito', 'SelfManagedKafka'])('of %s is not known', (type) => {
    expect(isComplete(event(type, '{}'))).toBe(false);
  });
});

describe('a state machine', () => {
  const machine = (properties: string) => expand(`Resources:\n  Machine:\n    Type: AWS::Serverless::StateMachine\n    Properties: ${properties}`);

  test('is one of Step Functions with a role of its own', () => {
    const template = machine('{ Name: m, Type: EXPRESS, Definition: { StartAt: A }, Logging: { Level: ALL }, Tracing: { Enabled: true }, Policies: [{ Statement: [{ Action: a }] }] }');
    expect(propertiesOf(template, 'Machine')).toEqual({
      StateMachineName: 'm',
      StateMachineType: 'EXPRESS',
      Definition: { StartAt: 'A' },
      LoggingConfiguration: { Level: 'ALL' },
      TracingConfiguration: { Enabled: true },
      RoleArn: { 'Fn::GetAtt': ['MachineRole', 'Arn'] },
    });
    expect(policyOf(template, 'MachineRole')).toEqual([{ Action: 'a' }]);
    expect(isComplete(template)).toBe(true);
  });

  test('has a definition that is unknown if it is in a file', () => {
    expect(evaluated(machine('{ DefinitionUri: x.asl.json, Role: r }'), 'Machine').props.has('DefinitionString')).toBeUndefined();
  });

  test('is started by rules and schedules, with roles of theirs', () => {
    const template = machine(`
      Role: r
      Events:
        Rule: { Type: EventBridgeRule, Properties: { Pattern: {} } }
        Hour: { Type: ScheduleV2, Properties: { ScheduleExpression: rate(1 hour) } }
        Api: { Type: Api, Properties: {} }`);
    expect(propertiesOf(template, 'MachineRule')).toMatchObject({ Targets: [{ Arn: { Ref: 'Machine' }, RoleArn: { 'Fn::GetAtt': ['MachineRuleRole', 'Arn'] } }] });
    expect(policyOf(template, 'MachineRuleRole')).toEqual([{ Effect: 'Allow', Action: 'states:StartExecution', Resource: { Ref: 'Machine' } }]);
    expect(policyOf(template, 'MachineHourRole')).toEqual([{ Effect: 'Allow', Action: 'states:StartExecution', Resource: { Ref: 'Machine' } }]);
    expect(isComplete(template)).toBe(true);
  });

  test('with an alias is not known in full', () => {
    expect(isComplete(machine('{ Role: r, AutoPublishAlias: live }'))).toBe(false);
  });
});

test('a table is one of DynamoDB', () => {
  const template = expand(`Resources:
  Table: { Type: AWS::Serverless::SimpleTable }
  Other:
    Type: AWS::Serverless::SimpleTable
    Properties: { PrimaryKey: { Name: key, Type: Number }, ProvisionedThroughput: { ReadCapacityUnits: 1 }, TableName: t }
`);
  expect(template.Resources.Table).toEqual({
    Type: 'AWS::DynamoDB::Table',
    Properties: { KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }], AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }], BillingMode: 'PAY_PER_REQUEST' },
  });
  expect(propertiesOf(template, 'Other')).toEqual({
    TableName: 't', KeySchema: [{ AttributeName: 'key', KeyType: 'HASH' }], AttributeDefinitions: [{ AttributeName: 'key', AttributeType: 'N' }], ProvisionedThroughput: { ReadCapacityUnits: 1 },
  });
});

test('an application is a nested stack', () => {
  expect(expand('Resources:\n  App: { Type: AWS::Serverless::Application, Properties: { Location: ./app.yaml, Parameters: { A: b } } }').Resources.App)
    .toEqual({ Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: './app.yaml', Parameters: { A: 'b' } } });
});

test.each([
  ['a type that is not known here', 'Resources:\n  A: { Type: AWS::Serverless::Connector }', false],
  ['events that only a function lists', 'Resources:\n  A: { Type: AWS::Serverless::Function, Properties: { Events: [a] } }', false],
  ['properties that only a function lists', 'Resources:\n  A: { Type: AWS::Serverless::Function, Properties: [a] }', false],
  ['an API', 'Resources:\n  A: { Type: AWS::Serverless::Api }\n  B: { Type: AWS::Serverless::HttpApi }\n  C: { Type: AWS::Serverless::LayerVersion }', true],
  ['resources of other kinds', 'Resources:\n  A: { Type: AWS::SQS::Queue }\n  B: null\n  C: {}', true],
])('%s: whether something may be missing', (_, yaml, complete) => {
  expect(isComplete(expand(yaml))).toBe(complete);
});

test('another transform is one still', () => {
  expect(expandSam({ Transform: ['AWS::Serverless-2016-10-31', 'Mine'], Resources: {} })).toEqual({ Transform: ['Mine'], Resources: {} });
  const connector = { A: { Type: 'AWS::Serverless::Connector' } };
  expect(expandSam({ Transform: ['AWS::Serverless-2016-10-31', 'Mine'], Resources: connector })).toMatchObject({ Transform: ['AWS::Serverless-2016-10-31', 'Mine'] });
});

test('a defect in a template of SAM is found where it is', async () => {
  const yaml = `Transform: AWS::Serverless-2016-10-31
Globals: { Function: { Timeout: 60 } }
Resources:
  Queue: { Type: AWS::SQS::Queue, Properties: { VisibilityTimeout: 59 } }
  Handler:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Queue: { Type: SQS, Properties: { Queue: !GetAtt Queue.Arn } }
`;
  expect(await found(folder({ 'template.yaml': yaml }))).toContain('visibilityTimeoutTooShort at HandlerQueue');
});
