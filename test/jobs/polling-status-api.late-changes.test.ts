import type { CfnResource, Stack } from 'aws-cdk-lib';
import { Duration, RemovalPolicies, RemovalPolicy, Tags } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { handlerIn, newStack } from './fixtures';
import type { PollingStatusApiProps } from '../../src';
import { FunctionEngine, PollingStatusApi, QueueEngine, QueueFed, StateMachineEngine } from '../../src';
import { keyPermissions } from '../../src/jobs/private/late-values';
import { resourcesBelow } from '../../src/private/app/resources-below';
import type { LateChange } from '../late-changes';
import { describeLateChanges, expectHarmless, problemsAtSynthesis, problemsWithInjector } from '../late-changes';

type Props = Partial<PollingStatusApiProps>;

/** An API 'Jobs' by the defaults. */
function make(stack: Stack, props: Props = {}): PollingStatusApi {
  return new PollingStatusApi(stack, 'Jobs', { engine: props.engine ?? new FunctionEngine(handlerIn(stack)), ...props });
}

/** The same with all that it can have. */
function makeFull(stack: Stack): PollingStatusApi {
  const { OBJECT, STRING } = apigateway.JsonSchemaType;
  return make(stack, {
    bodySchema: {
      type: OBJECT, required: ['ref'], properties: { ref: { ref: '#/definitions/schema' } }, definitions: { schema: { type: STRING } }, allOf: [{ ref: '#/definitions/schema' }],
    },
    resourcePath: 'v1/reports',
    publicUrl: 'https://api.example.com',
    policy: new iam.PolicyDocument({
      statements: [new iam.PolicyStatement({ principals: [new iam.AnyPrincipal()], actions: ['execute-api:Invoke'], resources: ['execute-api:/*'] })],
    }),
    authorizer: { authorizerId: 'a1b2c3', authorizationType: apigateway.AuthorizationType.COGNITO },
    authorizationScopes: ['jobs/submit'],
    apiKeyRequired: true,
    corsAllowOrigins: ['https://a.example.com', 'https://b.example.com'],
    throttlingRateLimit: 10,
    throttlingBurstLimit: 20,
    encryptionKey: new kms.Key(stack, 'Key'),
    deletionProtection: true,
  });
}

/** With a FIFO queue for its engine. */
function makeWithQueue(stack: Stack, props: Props = {}): PollingStatusApi {
  const [queue, deadLetters] = ['Queue', 'DeadLetters'].map((id) => new sqs.Queue(stack, id, { fifo: true, enforceSSL: true })) as [sqs.Queue, sqs.Queue];
  return make(stack, { engine: new QueueEngine(QueueFed.of(queue, deadLetters)), ...props });
}

const below = (type: string, ...ids: string[]) => (jobs: PollingStatusApi): CfnResource => {
  const scope = ids.reduce((at, id) => at.node.findChild(id) as PollingStatusApi, jobs);
  const [found] = resourcesBelow(scope, `AWS::${type}`);
  return found!;
};
/** The method of the jobs, or the one of the resource so far below them. */
const method = (httpMethod: string, where: 'jobs' | '{id}' | 'cancel' = 'jobs') => (jobs: PollingStatusApi): CfnResource => {
  const isThere = ({ node: { path } }: CfnResource) => (where === 'jobs' ? !path.includes('/{id}/') : path.includes(`/${where}/${httpMethod}/`));
  return resourcesBelow(jobs, 'AWS::ApiGateway::Method').find((found) => (found as apigateway.CfnMethod).httpMethod === httpMethod && isThere(found))!;
};
const nth = (type: string, index: number) => (jobs: PollingStatusApi): CfnResource => resourcesBelow(jobs, `AWS::${type}`)[index]!;

const RESOURCES = {
  api: below('ApiGateway::RestApi'),
  stage: below('ApiGateway::Stage'),
  deployment: below('ApiGateway::Deployment'),
  accessLogs: below('Logs::LogGroup', 'AccessLogs'),
  clientErrors: below('ApiGateway::GatewayResponse', 'Api', 'ClientErrors'),
  serverErrors: below('ApiGateway::GatewayResponse', 'Api', 'ServerErrors'),
  throttled: below('ApiGateway::GatewayResponse', 'Api', 'Throttled'),
  path: nth('ApiGateway::Resource', 0),
  idPath: (jobs: PollingStatusApi) => resourcesBelow(jobs, 'AWS::ApiGateway::Resource').at(-2)!,
  cancelPath: (jobs: PollingStatusApi) => resourcesBelow(jobs, 'AWS::ApiGateway::Resource').at(-1)!,
  model: below('ApiGateway::Model'),
  validator: below('ApiGateway::RequestValidator'),
  submit: method('POST'),
  status: method('GET', '{id}'),
  cancel: method('POST', 'cancel'),
  preflight: method('OPTIONS'),
  preflightOfStatus: method('OPTIONS', '{id}'),
  preflightOfCancel: method('OPTIONS', 'cancel'),
  apiRole: below('IAM::Role', 'ApiRole'),
  apiPolicy: below('IAM::Policy', 'ApiRole'),
  table: below('DynamoDB::Table'),
  deadLetterQueue: below('SQS::Queue'),
  queuePolicy: below('SQS::QueuePolicy'),
  pipe: ({ pipe }: PollingStatusApi) => pipe as CfnResource,
  pipeRole: below('IAM::Role', 'PipeRole'),
  pipePolicy: below('IAM::Policy', 'PipeRole'),
  pipeLogs: below('Logs::LogGroup', 'PipeLogs'),
  workflow: below('StepFunctions::StateMachine', 'Engine', 'Workflow'),
  workflowRole: below('IAM::Role', 'Engine', 'Workflow'),
  workflowPolicy: below('IAM::Policy', 'Engine', 'Workflow'),
  workflowLogs: below('Logs::LogGroup', 'Engine', 'WorkflowLogs'),
  recorder: below('StepFunctions::StateMachine', 'Engine', 'Recorder'),
  recorderRole: below('IAM::Role', 'Engine', 'Recorder'),
  recorderPolicy: below('IAM::Policy', 'Engine', 'Recorder'),
  recorderLogs: below('Logs::LogGroup', 'Engine', 'RecorderLogs'),
  rule: below('Events::Rule'),
  ruleRole: below('IAM::Role', 'Engine', 'RuleRole'),
  rulePolicy: below('IAM::Policy', 'Engine', 'RuleRole'),
};

type Changes = LateChange<keyof typeof RESOURCES>[];

const STREAM = 'Properties.SourceParameters.DynamoDBStreamParameters';
const RESPONSES = 'Properties.Integration.IntegrationResponses';
const DIRECT = 'goes to the table directly';
const LOGS = 'must not get into the logs';

const METHOD_CHANGES: Changes = (['submit', 'status', 'cancel'] as const).flatMap((name): Changes => [
  [name, 'Properties.RestApiId', 'other', 'is a method of this API'],
  [name, 'Properties.ResourceId', 'other', 'state resourcePath'],
  [name, 'Properties.HttpMethod', 'PUT', DIRECT],
  [name, 'Properties.AuthorizationType', 'NONE', 'state authorizer'],
  [name, 'Properties.AuthorizerId', 'other', 'state authorizer'],
  [name, 'Properties.AuthorizationScopes', ['other'], 'state authorizationScopes'],
  [name, 'Properties.Integration.Type', 'AWS_PROXY', DIRECT],
  [name, 'Properties.Integration.IntegrationHttpMethod', 'GET', DIRECT],
  [name, 'Properties.Integration.Uri', 'other', DIRECT],
  [name, 'Properties.Integration.Credentials', 'other', 'change what that role may do'],
  [name, 'Properties.Integration.PassthroughBehavior', 'WHEN_NO_MATCH', DIRECT],
  [name, 'Properties.Integration.ContentHandling', 'CONVERT_TO_TEXT', DIRECT],
  [name, 'Properties.Integration.RequestParameters', { 'integration.request.header.X': "'x'" }, DIRECT],
  [name, 'Properties.Integration.RequestTemplates', { 'application/json': '{}' }, DIRECT],
  ...[0, 1, 2].flatMap((index): Changes => [
    [name, `${RESPONSES}.${index}.StatusCode`, '418', DIRECT],
    [name, `${RESPONSES}.${index}.SelectionPattern`, '.*', DIRECT],
    [name, `${RESPONSES}.${index}.ResponseTemplates`, { 'application/json': '{}' }, DIRECT],
    [name, `${RESPONSES}.${index}.ResponseParameters`, undefined, 'state corsAllowOrigins'],
  ]),
  [name, 'Properties.MethodResponses', [], 'must declare what it answers'],
]);

const machineChanges = (machine: 'workflow' | 'recorder', type: string): Changes => [
  [machine, 'Properties.StateMachineType', type, 'records how each job ends'],
  [machine, 'Properties.DefinitionString', '{}', 'records how each job ends'],
  [machine, 'Properties.DefinitionS3Location', { Bucket: 'b', Key: 'k' }, 'records how each job ends'],
  [machine, 'Properties.Definition', { StartAt: 'Other' }, 'records how each job ends'],
  [machine, 'Properties.RoleArn', 'other', 'change what that role may do'],
  [machine, 'Properties.LoggingConfiguration.Level', 'OFF', 'nobody can say why'],
  [machine, 'Properties.LoggingConfiguration.IncludeExecutionData', true, LOGS],
  [machine, 'Properties.LoggingConfiguration.Destinations', [], 'state logRetention'],
  [machine, 'Properties.TracingConfiguration.Enabled', false, 'where the time of a job goes'],
  [machine, 'Properties.EncryptionConfiguration', { KmsKeyId: 'other', Type: 'CUSTOMER_MANAGED_KMS_KEY' }, 'state encryptionKey'],
  [`${machine}Role`, 'Properties.AssumeRolePolicyDocument.Statement', [], 'states.amazonaws.com takes this role'],
  [`${machine}Policy`, 'Properties.PolicyDocument.Statement', [], 'does this as its role'],
  [`${machine}Logs`, 'Properties.RetentionInDays', 1, 'state logRetention'],
  [`${machine}Logs`, 'Properties.LogGroupName', 'other', 'begins with /aws/vendedlogs/'],
];

/** Everything that every form of the pattern derives. */
const COMMON: Changes = [
  ['api', 'Properties.Name', 'other', 'alarms watch the metrics of the API by this name'],
  ['api', 'Properties.EndpointConfiguration.Types', ['EDGE'], 'state endpointConfiguration'],
  ['api', 'Properties.EndpointConfiguration.VpcEndpointIds', ['vpce-1'], 'state endpointConfiguration'],
  ['api', 'Properties.Policy', { Statement: [] }, 'state policy'],
  ['api', 'Properties.Body', { openapi: '3.0.1' }, 'would take the place of the methods'],
  ['api', 'Properties.BodyS3Location', { Bucket: 'b' }, 'would take the place of the methods'],
  ...['*/*', '*~1*', 'application/*', 'application~1*', 'application/json', 'application~1json'].map((type): Changes[number] => (
    ['api', 'Properties.BinaryMediaTypes', ['image/png', type], 'reaches no mapping template']
  )),
  ['stage', 'Properties.RestApiId', 'other', 'is the stage of this API'],
  ['stage', 'Properties.DeploymentId', 'other', 'none of the changes since'],
  ['stage', 'Properties.MethodSettings.0.HttpMethod', 'GET', 'throttled together'],
  ['stage', 'Properties.MethodSettings.0.ResourcePath', '/jobs', 'throttled together'],
  ['stage', 'Properties.MethodSettings.0.ThrottlingRateLimit', 1, 'state throttlingRateLimit'],
  ['stage', 'Properties.MethodSettings.0.ThrottlingBurstLimit', 1, 'state throttlingBurstLimit'],
  ['stage', 'Properties.MethodSettings.0.DataTraceEnabled', true, LOGS],
  ['stage', 'Properties.TracingEnabled', false, 'where the time of a request goes'],
  ['stage', 'Properties.AccessLogSetting.DestinationArn', 'other', 'state accessLogs'],
  ['stage', 'Properties.AccessLogSetting.Format', '$context.requestId', 'the runbook reads these fields'],
  ['deployment', 'Properties.RestApiId', 'other', 'is a deployment of this API'],
  ['accessLogs', 'Properties.RetentionInDays', 1, 'state logRetention'],
  ...(['clientErrors', 'serverErrors', 'throttled'] as const).flatMap((name): Changes => [
    [name, 'Properties.ResponseType', 'WAF_FILTERED', 'clients expect a problem'],
    [name, 'Properties.StatusCode', '418', 'the status that the docs name'],
    [name, 'Properties.ResponseTemplates', { 'application/json': '{}' }, 'clients expect a problem'],
    [name, 'Properties.ResponseParameters', undefined, 'add other headers to these'],
  ]),
  ['path', 'Properties.PathPart', 'other', 'state resourcePath'],
  ['path', 'Properties.ParentId', 'other', 'state resourcePath'],
  ['idPath', 'Properties.PathPart', '{other}', 'state resourcePath'],
  ['idPath', 'Properties.ParentId', 'other', 'state resourcePath'],
  ['cancelPath', 'Properties.PathPart', 'other', 'state resourcePath'],
  ['cancelPath', 'Properties.ParentId', 'other', 'state resourcePath'],
  ['model', 'Properties.RestApiId', 'other', 'is a model of this API'],
  ['model', 'Properties.ContentType', 'text/plain', 'bodies are JSON'],
  ['model', 'Properties.Schema', { type: 'array' }, 'state bodySchema'],
  ['validator', 'Properties.RestApiId', 'other', 'is a validator of this API'],
  ['validator', 'Properties.ValidateRequestBody', false, 'checked before anything is written'],
  ['submit', 'Properties.RequestModels.application/json', 'Empty', 'state bodySchema'],
  ['submit', 'Properties.RequestValidatorId', 'other', 'checked before anything is written'],
  ['apiRole', 'Properties.AssumeRolePolicyDocument.Statement', [], 'apigateway.amazonaws.com takes this role'],
  ['apiPolicy', 'Properties.PolicyDocument.Statement', [], 'writes and reads jobs as this role'],
  ['apiPolicy', 'Properties.PolicyDocument.Statement', undefined, 'writes and reads jobs as this role'],
  ['table', 'Properties.KeySchema', [{ AttributeName: 'id', KeyType: 'HASH' }], 'by this key'],
  ['table', 'Properties.AttributeDefinitions', [], 'by this key'],
  ['table', 'Properties.BillingMode', 'PROVISIONED', 'jobs come in bursts'],
  ['table', 'Properties.ProvisionedThroughput', { ReadCapacityUnits: 1, WriteCapacityUnits: 1 }, 'jobs come in bursts'],
  ['table', 'Properties.TimeToLiveSpecification', { AttributeName: 'other', Enabled: true }, 'state retentionPeriod'],
  ['table', 'Properties.TimeToLiveSpecification', { AttributeName: 'expiresAt', Enabled: false }, 'state retentionPeriod'],
  ['table', 'Properties.StreamSpecification.StreamViewType', 'NEW_IMAGE', 'would not get through the pipe'],
  ['table', 'Properties.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled', false, 'what clients were promised'],
  ['table', 'Properties.SSESpecification', { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: 'other' }, 'state encryptionKey'],
  ['deadLetterQueue', 'Properties.MessageRetentionPeriod', 60, 'jobs wait there for people'],
  ['deadLetterQueue', 'Properties.KmsMasterKeyId', 'other', 'state encryptionKey'],
  ['deadLetterQueue', 'Properties.FifoQueue', true, 'jobs wait there for people'],
  ['deadLetterQueue', 'Properties.MaximumMessageSize', 1024, 'jobs wait there for people'],
  ['deadLetterQueue', 'Properties.RedrivePolicy', { maxReceiveCount: 1 }, 'jobs wait there for people'],
  ['queuePolicy', 'Properties.PolicyDocument.Statement', [], 'by TLS only'],
  ['queuePolicy', 'Properties.Queues', ['other'], 'the policy of the queue'],
  ['pipe', 'Properties.RoleArn', 'other', 'change what that role may do'],
  ['pipe', 'Properties.Source', 'other', 'the stream of the table'],
  ['pipe', 'Properties.SourceParameters.FilterCriteria.Filters', [], 'each new job, and nothing else'],
  ['pipe', `${STREAM}.StartingPosition`, 'LATEST', 'start no work'],
  ['pipe', `${STREAM}.BatchSize`, 100, 'what bind of the engine gives'],
  ['pipe', `${STREAM}.MaximumBatchingWindowInSeconds`, 60, 'jobs wait for nothing'],
  ['pipe', `${STREAM}.ParallelizationFactor`, 1, 'hold up more of the others'],
  ['pipe', `${STREAM}.OnPartialBatchItemFailure`, undefined, 'take the others of its batch with it'],
  ['pipe', `${STREAM}.MaximumRecordAgeInSeconds`, -1, 'state timeout'],
  ['pipe', `${STREAM}.MaximumRetryAttempts`, 0, 'for as long as it could still be done'],
  ['pipe', `${STREAM}.DeadLetterConfig.Arn`, 'other', 'its alarms watch this queue'],
  ['pipe', 'Properties.Enrichment', 'other', 'the key of each job as it is'],
  ['pipe', 'Properties.Target', 'other', 'give another engine'],
  ['pipe', 'Properties.TargetParameters.InputTemplate', '<$.dynamodb>', 'the key of each job as it is'],
  ['pipe', 'Properties.DesiredState', 'STOPPED', 'stop it by hand'],
  ['pipe', 'Properties.LogConfiguration.Level', 'OFF', 'state pipeLogs'],
  ['pipe', 'Properties.LogConfiguration.IncludeExecutionData', ['ALL'], LOGS],
  ['pipe', 'Properties.LogConfiguration.CloudwatchLogsLogDestination.LogGroupArn', 'other', 'state logRetention'],
  ['pipeRole', 'Properties.AssumeRolePolicyDocument.Statement', [], 'pipes.amazonaws.com takes this role'],
  ['pipePolicy', 'Properties.PolicyDocument.Statement', [], 'sets aside as this role'],
  ['pipeLogs', 'Properties.RetentionInDays', 1, 'state logRetention'],
  ['pipeLogs', 'Properties.LogGroupName', 'other', 'begins with /aws/vendedlogs/'],
];

const OF_THE_WORKFLOW: Changes = [
  ['pipe', 'Properties.TargetParameters.StepFunctionStateMachineParameters', { InvocationType: 'REQUEST_RESPONSE' }, 'what bind of the engine gives'],
  ...machineChanges('workflow', 'EXPRESS'),
  ...machineChanges('recorder', 'STANDARD'),
  ['pipePolicy', 'Properties.PolicyDocument.Statement', [], 'starts the workflow as this role'],
  ['rule', 'Properties.State', 'DISABLED', 'only from its deadline on'],
  ['rule', 'Properties.EventBusName', 'other', 'the default bus'],
  ['rule', 'Properties.EventPattern', undefined, 'only from its deadline on'],
  ['rule', 'Properties.EventPattern', { detail: { status: ['FAILED'] } }, 'only from its deadline on'],
  ['rule', 'Properties.ScheduleExpression', 'rate(1 hour)', 'only from its deadline on'],
  ['rule', 'Properties.Targets', [], 'add other targets to this one'],
  ['ruleRole', 'Properties.AssumeRolePolicyDocument.Statement', [], 'events.amazonaws.com takes this role'],
  ['rulePolicy', 'Properties.PolicyDocument.Statement', [], 'starts the recorder as this role'],
  ['queuePolicy', 'Properties.PolicyDocument.Statement', [], 'what the recorder never got'],
];

describe('by the defaults', () => {
  describeLateChanges(make, RESOURCES, [
    ...COMMON, ...OF_THE_WORKFLOW,
    ...METHOD_CHANGES.filter(([, at]) => !/AuthorizationScopes|ResponseParameters/.test(at)),
    ['submit', `${RESPONSES}.2.ResponseParameters`, undefined, 'add other headers to these'],
    ['submit', 'Properties.AuthorizationScopes', ['other'], 'state authorizationScopes'],
    ['submit', 'Properties.ApiKeyRequired', true, 'state apiKeyRequired'],
    ['status', 'Properties.ApiKeyRequired', true, 'state apiKeyRequired'],
    ['cancel', 'Properties.ApiKeyRequired', true, 'state apiKeyRequired'],
    ['deadLetterQueue', 'Properties.SqsManagedSseEnabled', false, 'state encryptionKey'],
  ]);
});

/** What props and the engine decide. */
const BY_PROPS = new RegExp([
  '^(api|model|path|idPath|cancelPath) ', 'Throttling', 'PolicyDocument', 'SSESpecification', 'KmsMasterKeyId', 'EncryptionConfiguration',
  'Authoriz', 'RequestTemplates', 'ResponseTemplates', 'ResponseParameters', 'MethodResponses', 'RequestModels',
].join('|'));

describe('with all that it can have', () => {
  describeLateChanges(makeFull, RESOURCES, [
    ...[...COMMON, ...OF_THE_WORKFLOW, ...METHOD_CHANGES].filter(([resource, at]) => BY_PROPS.test(`${resource} ${at}`)),
    ['submit', 'Properties.ApiKeyRequired', false, 'state apiKeyRequired'],
    ['status', 'Properties.ApiKeyRequired', false, 'state apiKeyRequired'],
    ['cancel', 'Properties.ApiKeyRequired', false, 'state apiKeyRequired'],
    ['table', 'Properties.DeletionProtectionEnabled', false, 'state deletionProtection'],
    ...(['preflight', 'preflightOfStatus', 'preflightOfCancel'] as const).flatMap((name): Changes => [
      [name, 'Properties.HttpMethod', 'PUT', 'state corsAllowOrigins'],
      [name, 'Properties.AuthorizationType', 'AWS_IAM', 'browsers send no credentials'],
      [name, 'Properties.ApiKeyRequired', true, 'browsers send no key'],
      [name, 'Properties.Integration.Type', 'HTTP', 'state corsAllowOrigins'],
      [name, 'Properties.Integration.RequestTemplates.application/json', '{}', 'state corsAllowOrigins'],
      [name, `${RESPONSES}.0.StatusCode`, '200', 'state corsAllowOrigins'],
      [name, `${RESPONSES}.0.ResponseParameters`, undefined, 'state corsAllowOrigins'],
      [name, `${RESPONSES}.0.ResponseTemplates.application/json`, '', 'state corsAllowOrigins'],
      [name, 'Properties.MethodResponses', [], 'must declare what it answers'],
    ]),
  ]);
});

describe('with a queue', () => {
  describeLateChanges(makeWithQueue, RESOURCES, [
    ['pipe', `${STREAM}.BatchSize`, 1, 'what bind of the engine gives'],
    ['pipePolicy', 'Properties.PolicyDocument.Statement', [], 'sends jobs to the queue as this role'],
    ['pipe', 'Properties.TargetParameters.SqsQueueParameters', { MessageGroupId: 'all' }, 'what bind of the engine gives'],
  ]);
});

/** With an Express workflow around the function. */
function makeExpress(stack: Stack): PollingStatusApi {
  return make(stack, { engine: new FunctionEngine(handlerIn(stack), { workflowType: sfn.StateMachineType.EXPRESS }), timeout: Duration.minutes(4) });
}

describe('with an Express workflow', () => {
  describeLateChanges(makeExpress, RESOURCES, [
    ['pipe', 'Properties.TargetParameters.StepFunctionStateMachineParameters', { InvocationType: 'REQUEST_RESPONSE' }, 'what bind of the engine gives'],
    ['pipePolicy', 'Properties.PolicyDocument.Statement', [], 'starts the workflow as this role'],
    ...machineChanges('workflow', 'STANDARD'),
  ]);
});

test('the error names the construct, the value, what it should be, and how to say it', () => {
  const stack = newStack();
  RESOURCES.pipe(make(stack)).addPropertyOverride('SourceParameters.DynamoDBStreamParameters.MaximumRecordAgeInSeconds', 60);
  expect(problemsAtSynthesis(stack)).toEqual([
    "[Stack/Jobs] SourceParameters.DynamoDBStreamParameters.MaximumRecordAgeInSeconds of 'Stack/Jobs/Pipe' was changed to 60, but must be 3600: " +
    'a job is tried for as long as it could still be done; state timeout of the PollingStatusApi',
  ]);
});

describe('a role that may no longer do', () => {
  const KEY_ACTIONS = ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'];
  const problemsWithout = (policy: keyof typeof RESOURCES, action: string, form: (stack: Stack) => PollingStatusApi) => {
    const stack = newStack();
    const cfnPolicy = RESOURCES[policy](form(stack)) as iam.CfnPolicy;
    const { Statement: statements } = stack.resolve(cfnPolicy.policyDocument) as { Statement: { Action: string | string[] }[] };
    const rest = statements.map((statement) => ({ ...statement, Action: [statement.Action].flat().filter((name) => name !== action) }));
    expect(JSON.stringify(rest)).not.toBe(JSON.stringify(statements));
    cfnPolicy.addPropertyOverride('PolicyDocument.Statement', rest);
    return problemsAtSynthesis(stack);
  };

  test.each<[string, keyof typeof RESOURCES, string[]]>([
    ['API Gateway', 'apiPolicy', ['dynamodb:UpdateItem', 'dynamodb:GetItem', ...KEY_ACTIONS]],
    ['the pipe', 'pipePolicy', [
      'dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams', 'sqs:SendMessage', 'states:StartExecution', ...KEY_ACTIONS,
    ]],
    ['the workflow', 'workflowPolicy', ['dynamodb:UpdateItem', 'lambda:InvokeFunction', ...KEY_ACTIONS]],
    ['the recorder', 'recorderPolicy', ['dynamodb:UpdateItem', 'states:DescribeExecution', ...KEY_ACTIONS]],
    ['the rule', 'rulePolicy', ['states:StartExecution']],
  ])('what %s does', (_, policy, actions) => {
    for (const action of actions) {
      expect([action, problemsWithout(policy, action, makeFull)]).toEqual([action, [expect.stringMatching(/PolicyDocument.Statement of .* was changed to/)]]);
    }
  });

  test('what the pipe does with a queue', () => {
    expect(problemsWithout('pipePolicy', 'sqs:SendMessage', makeWithQueue)).toHaveLength(2);
  });
});

describe('an injector of the CDK\'s own constructs', () => {
  type More = Parameters<typeof problemsWithInjector>[1];
  const problemsWith = (id: string, more: More, form: (stack: Stack) => PollingStatusApi) => problemsWithInjector(id, more, form)
    .map((problem) => /^\[Stack\/Jobs[^\]]*\] (\S+) of /.exec(problem)?.[1]);
  const at = (index: number, property: string) => `Integration.IntegrationResponses.${index}.${property}`;
  const MACHINE = sfn.StateMachine.PROPERTY_INJECTION_ID;

  test.each<[string, string, More, string, ((stack: Stack) => PollingStatusApi)?]>([
    ['the name of the API', apigateway.RestApi.PROPERTY_INJECTION_ID, { restApiName: 'other' }, 'Name'],
    ['the endpoint of the API', apigateway.RestApi.PROPERTY_INJECTION_ID, { endpointConfiguration: { types: [apigateway.EndpointType.EDGE] } }, 'EndpointConfiguration.Types'],
    ['the policy of the API', apigateway.RestApi.PROPERTY_INJECTION_ID, { policy: new iam.PolicyDocument({ statements: [] }), failOnWarnings: true }, 'Policy', makeFull],
    ['the binary media types', apigateway.RestApi.PROPERTY_INJECTION_ID, { binaryMediaTypes: ['*/*'] }, 'BinaryMediaTypes'],
    ['the throttling', apigateway.Stage.PROPERTY_INJECTION_ID, { throttlingRateLimit: 1 }, 'MethodSettings.0.ThrottlingRateLimit'],
    ['the access logs', apigateway.Stage.PROPERTY_INJECTION_ID, { accessLogFormat: apigateway.AccessLogFormat.clf() }, 'AccessLogSetting.Format'],
    ['the authorization of methods', apigateway.Method.PROPERTY_INJECTION_ID,
      ({ options }: Record<string, unknown>) => ({ options: { ...options as object, authorizationType: apigateway.AuthorizationType.NONE } }), 'AuthorizationType'],
    ['the integration of methods', apigateway.Method.PROPERTY_INJECTION_ID, { integration: new apigateway.MockIntegration() }, 'Integration.Type'],
    ['the answers of methods', apigateway.Method.PROPERTY_INJECTION_ID, { integration: new apigateway.MockIntegration() }, at(0, 'ResponseTemplates')],
    ['the schema', apigateway.Model.PROPERTY_INJECTION_ID, { schema: { type: apigateway.JsonSchemaType.ARRAY } }, 'Schema'],
    ['the validator', apigateway.RequestValidator.PROPERTY_INJECTION_ID, { validateRequestBody: false }, 'ValidateRequestBody'],
    ['the gateway responses', apigateway.GatewayResponse.PROPERTY_INJECTION_ID, { templates: { 'application/json': '{}' } }, 'ResponseTemplates'],
    ['the billing of the table', dynamodb.Table.PROPERTY_INJECTION_ID, { billingMode: dynamodb.BillingMode.PROVISIONED }, 'BillingMode'],
    ['the stream of the table', dynamodb.Table.PROPERTY_INJECTION_ID, { stream: dynamodb.StreamViewType.NEW_IMAGE }, 'StreamSpecification.StreamViewType'],
    ['the expiry of jobs', dynamodb.Table.PROPERTY_INJECTION_ID, { timeToLiveAttribute: undefined }, 'TimeToLiveSpecification'],
    ['the backups of the table', dynamodb.Table.PROPERTY_INJECTION_ID,
      { pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: false } }, 'PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled'],
    ['the key of the table', dynamodb.Table.PROPERTY_INJECTION_ID, { encryptionKey: undefined }, 'SSESpecification', makeFull],
    ['the protection of the table', dynamodb.Table.PROPERTY_INJECTION_ID, { deletionProtection: false }, 'DeletionProtectionEnabled', makeFull],
    ['how long dead letters are kept', sqs.Queue.PROPERTY_INJECTION_ID, { retentionPeriod: undefined }, 'MessageRetentionPeriod'],
    ['the encryption of dead letters', sqs.Queue.PROPERTY_INJECTION_ID, { encryption: sqs.QueueEncryption.UNENCRYPTED }, 'SqsManagedSseEnabled'],
    ['the retention of logs', logs.LogGroup.PROPERTY_INJECTION_ID, { retention: logs.RetentionDays.ONE_DAY }, 'RetentionInDays'],
    ['the names of log groups', logs.LogGroup.PROPERTY_INJECTION_ID, { logGroupName: undefined }, 'LogGroupName'],
    ['the type of the workflow', MACHINE, { stateMachineType: sfn.StateMachineType.EXPRESS }, 'StateMachineType'],
    ['the definition of the workflow', MACHINE, { definitionBody: sfn.DefinitionBody.fromString('{}') }, 'DefinitionString'],
    ['the logs of the workflow', MACHINE, { logs: undefined }, 'LoggingConfiguration.Level'],
    ['the traces of the workflow', MACHINE, { tracingEnabled: false }, 'TracingConfiguration.Enabled'],
    ['the rule', events.Rule.PROPERTY_INJECTION_ID, { enabled: false }, 'State'],
    ['whom the roles trust', iam.Role.PROPERTY_INJECTION_ID, { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') }, 'AssumeRolePolicyDocument.Statement'],
  ])('changes %s', (_, id, more, where, form = make) => {
    expect(problemsWith(id, more, form)).toContain(where);
  });
});

describe('what may change', () => {
  const added = (name: keyof typeof RESOURCES, property: string, value: unknown) => (jobs: PollingStatusApi) => (
    RESOURCES[name](jobs).addPropertyOverride(property, value)
  );

  test.each<[string, (jobs: PollingStatusApi, stack: Stack) => unknown]>([
    ['the table goes with everything else of a stack for tests', (_, stack) => RemovalPolicies.of(stack).destroy()],
    ['everything is kept', (_, stack) => RemovalPolicies.of(stack).apply(RemovalPolicy.RETAIN)],
    ['tags', (_, stack) => Tags.of(stack).add('team', 'shop')],
    ['an alarm', (jobs, stack) => jobs.table.metricUserErrors().createAlarm(stack, 'More', { threshold: 1, evaluationPeriods: 1 })],
    ['the table gets an index', (jobs) => jobs.table.addGlobalSecondaryIndex({ indexName: 'byOwner', partitionKey: { name: 'owner', type: dynamodb.AttributeType.STRING } })],
    ['the table is protected', added('table', 'DeletionProtectionEnabled', true)],
    ['the table has the key that AWS manages', added('table', 'SSESpecification', { SSEEnabled: true, SSEType: 'KMS' })],
    ['the API answers with more headers', added('clientErrors', 'ResponseParameters', { 'gatewayresponse.header.X': "'x'" })],
    ['a method has a limit of time', added('submit', 'Integration.TimeoutInMillis', 5000)],
    ['the API takes images', added('api', 'BinaryMediaTypes', ['image/png'])],
    ['a method of one\'s own', (jobs) => jobs.api.root.addMethod('GET', new apigateway.MockIntegration())],
    ['a method has settings of its own', added('stage', 'MethodSettings.1', { HttpMethod: 'GET', ResourcePath: '/', CachingEnabled: true })],
    ['no traces of data', added('stage', 'MethodSettings.0.DataTraceEnabled', undefined)],
    ['the API logs errors', added('stage', 'MethodSettings.0.LoggingLevel', 'ERROR')],
    ['the queue lets others look', (jobs) => jobs.deadLetterQueue.addToResourcePolicy(new iam.PolicyStatement({
      principals: [new iam.AccountRootPrincipal()], actions: ['sqs:GetQueueAttributes'], resources: [jobs.deadLetterQueue.queueArn],
    }))],
    ['the queue says by what it is no FIFO queue', added('deadLetterQueue', 'FifoQueue', false)],
    ['the pipe tries without end, which its age ends', added('pipe', 'SourceParameters.DynamoDBStreamParameters.MaximumRetryAttempts', -1)],
    ['the pipe runs', added('pipe', 'DesiredState', 'RUNNING')],
    ['the pipe logs more', added('pipe', 'LogConfiguration.Level', 'TRACE')],
    ['the pipe\'s role may do more', (jobs) => (jobs.node.findChild('PipeRole') as iam.Role).addToPolicy(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: ['*'] }))],
    ['a role is trusted by others', (jobs) => (jobs.node.findChild('PipeRole') as iam.Role).assumeRolePolicy!.addStatements(
      new iam.PolicyStatement({ principals: [new iam.AccountRootPrincipal()], actions: ['sts:AssumeRole'] }))],
    ['the workflow logs all', added('workflow', 'LoggingConfiguration.Level', 'ALL')],
    ['the workflow logs no data', added('workflow', 'LoggingConfiguration.IncludeExecutionData', false)],
    ['the workflow has a key of AWS', added('workflow', 'EncryptionConfiguration', { Type: 'AWS_OWNED_KEY' })],
    ['the rule names its bus', added('rule', 'EventBusName', 'default')],
    ['the rule says nothing of its state', added('rule', 'State', undefined)],
    ['the rule has another target', (jobs) => (RESOURCES.rule(jobs) as events.CfnRule).targets = [
      ...(RESOURCES.rule(jobs) as events.CfnRule).targets as events.CfnRule.TargetProperty[], { id: 'More', arn: 'arn:aws:sqs:us-east-1:111122223333:more' },
    ]],
  ])('%s', (_, change) => expectHarmless(make, change));

  test('logs that are off are switched on', () => {
    const stack = newStack();
    RESOURCES.pipe(make(stack, { pipeLogs: false, accessLogs: false })).addPropertyOverride('LogConfiguration', { Level: 'INFO' });
    expect(problemsAtSynthesis(stack)).toEqual([]);
  });

  test.each([true, false])('a role that somebody else makes is left alone (preventSynthesis: %s)', (preventSynthesis) => {
    const stack = newStack();
    const ids = ['ApiRole', 'PipeRole', 'Engine/RuleRole', 'Engine/Workflow/Role', 'Engine/Recorder/Role'];
    iam.Role.customizeRoles(stack, { preventSynthesis, usePrecreatedRoles: Object.fromEntries(ids.map((id) => [`Stack/Jobs/${id}`, id.replace(/.*\//, '')])) });
    make(stack);
    expect(problemsAtSynthesis(stack).filter((problem) => problem.includes('Jobs'))).toEqual([]);
  });

  test('statements are put together', () => {
    const stack = newStack();
    stack.node.setContext('@aws-cdk/aws-iam:minimizePolicies', true);
    makeFull(stack);
    expect(problemsAtSynthesis(stack)).toEqual([]);
  });
});

describe('a cache', () => {
  const cached = (ResourcePath: string, HttpMethod: string, CachingEnabled = true) => ({ ResourcePath, HttpMethod, CachingEnabled });
  const problemsWith = (form: (stack: Stack) => PollingStatusApi, ...settings: object[]) => {
    const stack = newStack();
    const stage = form(stack).api.deploymentStage.node.defaultChild as CfnResource;
    settings.forEach((setting, index) => stage.addPropertyOverride(`MethodSettings.${index}`, setting));
    return problemsAtSynthesis(stack);
  };
  const given = (stack: Stack) => make(stack, { restApi: new apigateway.RestApi(stack, 'Given', { deployOptions: { throttlingRateLimit: 1 } }) });
  const refused = (stage: string, path: string, where = '') => [
    `[Stack/Jobs] MethodSettings of 'Stack/${stage}/DeploymentStage.prod' has the answers of GET ${path} cached, but a cache knows paths and not callers, so that one caller would read ` +
    `the answers for another: set cachingEnabled to false for '${path}/GET' in deployOptions.methodOptions${where}`,
  ];

  test('must not answer with jobs', () => {
    expect(problemsWith(make, cached('/*', '*'))).toEqual(refused('Jobs/Api', '/jobs/{id}'));
    expect(problemsWith(make, {}, cached('/~1jobs~1{id}', 'GET'))).toEqual(refused('Jobs/Api', '/jobs/{id}'));
    expect(problemsWith(given, cached('/*', '*'))).toEqual(refused('Given', '/jobs/{id}', " of restApi 'Stack/Given'"));
  });

  test('may answer other requests', () => {
    expect(problemsWith(make, {}, cached('/~1jobs', 'GET'))).toEqual([]);
    expect(problemsWith(make, cached('/*', '*'), cached('/~1jobs~1{id}', 'GET', false))).toEqual([]);
    expect(problemsWith(given)).toEqual([]);
  });

  test('may do so if it is not known that it does', () => {
    expect(problemsWith(make, cached('/*', '*'), { ...cached('/~1jobs~1{id}', 'GET'), CachingEnabled: { Ref: 'Cached' } })).toEqual([]);
    expect(problemsWith(make, cached('/*', '*'), { ResourcePath: '/~1jobs~1{id}', HttpMethod: 'GET' })).toEqual(refused('Jobs/Api', '/jobs/{id}'));
  });

  test('is looked for where the CDK writes it', () => {
    const stack = newStack();
    make(stack, { restApi: new apigateway.RestApi(stack, 'Given', { deployOptions: { methodOptions: { '/v1/jobs/{id}/GET': { cachingEnabled: true } } } }), resourcePath: 'v1/jobs' });
    expect(problemsAtSynthesis(stack)).toEqual(refused('Given', '/v1/jobs/{id}', " of restApi 'Stack/Given'"));
  });
});

describe('an API that is given and private', () => {
  const types = [apigateway.EndpointType.PRIVATE];
  const policy = new iam.PolicyDocument({
    statements: [new iam.PolicyStatement({ principals: [new iam.AnyPrincipal()], actions: ['execute-api:Invoke'], resources: ['execute-api:/*'] })],
  });
  const refused = [
    "[Stack/Jobs] endpointConfiguration of restApi 'Stack/Given' is PRIVATE, but policy is not set, and a private API without a resource policy refuses every request: " +
    'set policy to one that allows execute-api:Invoke from your VPC or VPC endpoint',
  ];
  const problemsWith = (props: apigateway.RestApiProps, change: (resource: CfnResource) => void = () => undefined) => {
    const stack = newStack();
    const restApi = new apigateway.RestApi(stack, 'Given', props);
    make(stack, { restApi });
    change(restApi.node.defaultChild as CfnResource);
    return problemsAtSynthesis(stack);
  };

  test('refuses every request without a policy', () => {
    expect(problemsWith({ endpointTypes: types })).toEqual(refused);
    expect(problemsWith({}, (api) => api.addPropertyOverride('EndpointConfiguration.Types', types))).toEqual(refused);
    expect(problemsWith({ endpointTypes: types, policy }, (api) => api.addPropertyOverride('Policy', undefined))).toEqual(refused);
  });

  test('may have got its policy late, or perhaps by its definition', () => {
    expect(problemsWith({ endpointTypes: types }, (api) => api.addPropertyOverride('Policy', { Statement: [] }))).toEqual([]);
    expect(problemsWith({ endpointTypes: types }, (api) => api.addPropertyOverride('Body', { openapi: '3.0.1' }))).toEqual([]);
    expect(problemsWith({ endpointTypes: types }, (api) => api.addPropertyOverride('BodyS3Location', { Bucket: 'b' }))).toEqual([]);
  });

  test('is not to be confused with one that says nothing, or a token', () => {
    expect(problemsWith({}, (api) => api.addPropertyOverride('EndpointConfiguration', undefined))).toEqual([]);
    expect(problemsWith({}, (api) => api.addPropertyOverride('EndpointConfiguration.Types', { Ref: 'Types' }))).toEqual([]);
  });
});

describe('the table', () => {
  const problemsWith = (props: Props, change: (table: CfnResource, stack: Stack) => void) => {
    const stack = newStack();
    change(RESOURCES.table(make(stack, props)), stack);
    return problemsAtSynthesis(stack);
  };
  test('may go with its stack, as in stacks for tests, though it is protected', () => {
    expect(problemsWith({ deletionProtection: true }, (_, stack) => RemovalPolicies.of(stack).destroy())).toEqual([]);
  });

  test('has no snapshots', () => {
    expect(problemsWith({}, (table) => table.addOverride('DeletionPolicy', 'Snapshot'))).toEqual([expect.stringContaining("removalPolicy of table 'Stack/Jobs/Table' is snapshot, but")]);
  });
});

test.each<[string, (stack: Stack) => StateMachineEngine]>([
  ['a Standard machine', (stack) => new StateMachineEngine(new sfn.StateMachine(stack, 'Machine', { definitionBody: sfn.DefinitionBody.fromChainable(new sfn.Pass(stack, 'Work')) }))],
  ['an imported Express machine', (stack) => new StateMachineEngine(
    sfn.StateMachine.fromStateMachineArn(stack, 'Machine', 'arn:aws:states:us-east-1:111122223333:stateMachine:work'), { stateMachineType: sfn.StateMachineType.EXPRESS })],
])('the workflow around %s is left as it is', (_, engine) => {
  const problemsWith = (change: (jobs: PollingStatusApi) => void) => {
    const stack = newStack();
    change(make(stack, { engine: engine(stack) }));
    return problemsAtSynthesis(stack);
  };
  expect(problemsWith(() => undefined)).toEqual([]);
  expect(problemsWith((jobs) => RESOURCES.workflow(jobs).addPropertyOverride('DefinitionString', '{}'))).toEqual([expect.stringContaining("DefinitionString of 'Stack/Jobs/Engine/Workflow/Resource' was changed to \"{}\"")]);
});

describe('the use of a key that a role must be allowed', () => {
  test.each<[string, (stack: Stack) => kms.IKey, unknown]>([
    ['of this app', (stack) => new kms.Key(stack, 'Key'), { 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] }],
    ['of this app by an alias', (stack) => new kms.Alias(stack, 'Alias', { aliasName: 'alias/team', targetKey: new kms.Key(stack, 'Key') }), { 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] }],
    ['imported by its ARN', (stack) => kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/team'), 'arn:aws:kms:eu-west-1:111122223333:key/team'],
  ])('%s', (_, keyIn, arn) => {
    const stack = newStack();
    expect(stack.resolve(keyPermissions(stack, keyIn(stack)))).toEqual([{ actions: ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'], resource: arn }]);
  });

  test('is not known by an alias only, nor without a key', () => {
    const stack = newStack();
    expect(keyPermissions(stack, kms.Alias.fromAliasName(stack, 'Key', 'alias/team'))).toEqual([]);
    expect(keyPermissions(stack, undefined)).toEqual([]);
  });
});
