import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { attribute, handlerIn, INPUT_TEMPLATE, make, makeWithQueue, ref, resourceOf, resourcesOf } from './fixtures';
import {
  acceptAnswer, acceptRefusal, acceptRequest, cancelAnswer, cancelRefusal, cancelRequest, JobOwner, statusAnswer, statusRefusal, statusRequest,
} from '../../src/jobs/private/job-templates';

const METHOD = 'AWS::ApiGateway::Method';
const STAGE = 'AWS::ApiGateway::Stage';
const has = (stack: ReturnType<typeof make>['stack'], type: string, properties: object) => Template.fromStack(stack).hasResourceProperties(type, properties);

/** A mapping template with its table's name put in. */
function templateOf(template: any): string {
  return (template['Fn::Join'][1] as (string | object)[]).map((part) => typeof part === 'string' ? part : 'T').join('');
}

describe('the API', () => {
  test('is regional, and named by its stack and its place there', () => {
    const { stack } = make();
    has(stack, 'AWS::ApiGateway::RestApi', { EndpointConfiguration: { Types: ['REGIONAL'] }, Name: { 'Fn::Join': ['', [{ Ref: 'AWS::StackName' }, '-Jobs']] } });
  });

  test('makes no output and no role of the account', () => {
    const { stack } = make();
    expect(Template.fromStack(stack).toJSON()).not.toHaveProperty('Outputs');
    expect(resourcesOf(stack, 'AWS::ApiGateway::Account')).toEqual({});
  });

  test('takes 100 requests a second, and 200 at once', () => {
    has(make().stack, STAGE, { MethodSettings: [{ HttpMethod: '*', ResourcePath: '/*', ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200, DataTraceEnabled: false }] });
    const { stack } = make({ throttlingRateLimit: 7, throttlingBurstLimit: 9 });
    has(stack, STAGE, { MethodSettings: [{ ThrottlingRateLimit: 7, ThrottlingBurstLimit: 9 }] });
  });

  test('logs each request for a month, without its body and its key', () => {
    const { stack } = make();
    const { AccessLogSetting: setting } = resourceOf(stack, STAGE).Properties;
    has(stack, STAGE, { AccessLogSetting: { DestinationArn: attribute('JobsAccessLogs') } });
    expect(resourceOf(stack, 'AWS::Logs::LogGroup', 'JobsAccessLogs')).toMatchObject({ DeletionPolicy: 'Delete', Properties: { RetentionInDays: 30 } });
    expect(JSON.parse(setting.Format)).toEqual({
      requestId: '$context.requestId',
      extendedRequestId: '$context.extendedRequestId',
      requestTime: '$context.requestTime',
      caller: '$context.identity.userArn',
      sourceIp: '$context.identity.sourceIp',
      httpMethod: '$context.httpMethod',
      resourcePath: '$context.resourcePath',
      status: '$context.status',
      error: '$context.error.responseType',
      integrationStatus: '$context.integrationStatus',
      responseLatency: '$context.responseLatency',
      integrationLatency: '$context.integrationLatency',
    });
  });

  test('is traced', () => {
    has(make().stack, STAGE, { TracingEnabled: true });
  });

  test('can be without logs', () => {
    const { stack } = makeWithQueue({ accessLogs: false, pipeLogs: false });
    expect(resourceOf(stack, STAGE).Properties).not.toHaveProperty('AccessLogSetting');
    expect(resourceOf(stack, 'AWS::Pipes::Pipe').Properties).not.toHaveProperty('LogConfiguration');
    expect(resourcesOf(stack, 'AWS::Logs::LogGroup')).toEqual({});
  });

  test.each([[{}, 30], [{ logRetention: logs.RetentionDays.ONE_WEEK }, 7]])('keeps all logs, with the props %j, for %d days', (props, days) => {
    const groups = resourcesOf(make(props).stack, 'AWS::Logs::LogGroup');
    expect(Object.keys(groups).map((id) => id.slice(0, -8)).sort()).toEqual(['JobsAccessLogs', 'JobsEngineRecorderLogs', 'JobsEngineWorkflowLogs', 'JobsPipeLogs']);
    Object.values(groups).forEach((group) => expect(group).toMatchObject({ DeletionPolicy: 'Delete', Properties: { RetentionInDays: days } }));
  });

  test('answers its own errors as problems too', () => {
    const { stack } = make();
    const ofType = (id: string) => resourceOf(stack, 'AWS::ApiGateway::GatewayResponse', `JobsApi${id}`).Properties;
    const common = { ResponseTemplates: { 'application/json': '{"type": "about:blank", "title": $context.error.messageString}' } };
    const type = { 'gatewayresponse.header.Content-Type': "'application/problem+json'" };
    const wait = { 'gatewayresponse.header.Retry-After': "'1'" };
    expect(ofType('ClientErrors')).toMatchObject({ ...common, ResponseType: 'DEFAULT_4XX', ResponseParameters: type });
    expect(ofType('ClientErrors').ResponseParameters).toEqual(type);
    expect(ofType('ServerErrors')).toMatchObject({ ...common, ResponseType: 'DEFAULT_5XX', ResponseParameters: { ...type, ...wait } });
    expect(ofType('Throttled')).toMatchObject({ ...common, ResponseType: 'THROTTLED', StatusCode: '429', ResponseParameters: { ...type, ...wait } });
  });
});

describe('the methods', () => {
  test('go to the table, without a function', () => {
    const { stack } = make();
    const uri = (action: string) => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':apigateway:', { Ref: 'AWS::Region' }, `:dynamodb:action/${action}`]] });
    const direct = { Type: 'AWS', IntegrationHttpMethod: 'POST', Credentials: { 'Fn::GetAtt': [expect.stringMatching(/^JobsApiRole/), 'Arn'] } };
    for (const [id, httpMethod, action, passthrough] of [
      ['JobsApijobsPOST', 'POST', 'UpdateItem', 'NEVER'],
      ['JobsApijobsidGET', 'GET', 'GetItem', 'WHEN_NO_TEMPLATES'],
      ['JobsApijobsidcancelPOST', 'POST', 'UpdateItem', 'NEVER'],
    ] as const) {
      const { Properties: properties } = resourceOf(stack, METHOD, id);
      expect(properties).toMatchObject({ HttpMethod: httpMethod, Integration: { ...direct, Uri: uri(action), PassthroughBehavior: passthrough } });
    }
    expect(Object.keys(resourcesOf(stack, METHOD))).toHaveLength(3);
  });

  test('map with the templates of a job, by the defaults', () => {
    const { stack } = make();
    const post = resourceOf(stack, METHOD, 'JobsApijobsPOST').Properties.Integration;
    const get = resourceOf(stack, METHOD, 'JobsApijobsidGET').Properties.Integration;
    const cancel = resourceOf(stack, METHOD, 'JobsApijobsidcancelPOST').Properties.Integration;
    expect(templateOf(post.RequestTemplates['application/json']))
      .toBe(acceptRequest({ tableName: 'T', owner: JobOwner.IAM, maxBodyBytes: 122_880, timeout: 3600, retentionPeriod: 604_800 }));
    expect(templateOf(get.RequestTemplates['application/json'])).toBe(statusRequest('T', JobOwner.IAM));
    expect(templateOf(cancel.RequestTemplates['application/json'])).toBe(cancelRequest('T', JobOwner.IAM));
    const broken = '{"type":"about:blank","title":"Service Unavailable","status":503}';
    const answers = ({ IntegrationResponses: responses }: any) => (
      responses.map((response: any) => [response.StatusCode, response.SelectionPattern, response.ResponseTemplates['application/json']])
    );
    expect(answers(post)).toEqual([
      ['202', undefined, acceptAnswer(5)], ['500', '4\\d{2}', acceptRefusal(122_880, JobOwner.IAM)], ['503', '5\\d{2}', broken],
    ]);
    expect(answers(get)).toEqual([
      ['200', undefined, statusAnswer(5, JobOwner.IAM)], ['500', '4\\d{2}', statusRefusal()], ['503', '5\\d{2}', broken],
    ]);
    expect(answers(cancel)).toEqual([
      ['200', undefined, cancelAnswer()], ['500', '4\\d{2}', cancelRefusal(JobOwner.IAM)], ['503', '5\\d{2}', broken],
    ]);
    expect(post.IntegrationResponses[2].ResponseParameters).toEqual({
      'method.response.header.Content-Type': "'application/problem+json'", 'method.response.header.Retry-After': "'1'",
    });
  });

  test('map with what is stated', () => {
    const { stack } = makeWithQueue({
      timeout: Duration.minutes(2),
      retentionPeriod: Duration.days(1),
      retryAfter: Duration.seconds(9),
      maxBodySize: Size.kibibytes(5),
      authorizer: { authorizerId: 'a', authorizationType: apigateway.AuthorizationType.CUSTOM },
    });
    const post = resourceOf(stack, METHOD, 'JobsApijobsPOST').Properties.Integration;
    expect(templateOf(post.RequestTemplates['application/json']))
      .toBe(acceptRequest({ tableName: 'T', owner: JobOwner.CUSTOM, maxBodyBytes: 5120, timeout: 120, retentionPeriod: 86_400 }));
    expect(post.IntegrationResponses[0].ResponseTemplates['application/json']).toBe(acceptAnswer(9));
    expect(templateOf(resourceOf(stack, METHOD, 'JobsApijobsidGET').Properties.Integration.RequestTemplates['application/json'])).toBe(statusRequest('T', JobOwner.CUSTOM));
    const cancel = resourceOf(stack, METHOD, 'JobsApijobsidcancelPOST').Properties.Integration;
    expect(templateOf(cancel.RequestTemplates['application/json'])).toBe(cancelRequest('T', JobOwner.CUSTOM));
    expect(cancel.IntegrationResponses[1].ResponseTemplates['application/json']).toBe(cancelRefusal(JobOwner.CUSTOM));
  });

  test('of a queue take 256 KiB', () => {
    const { stack } = makeWithQueue();
    expect(resourceOf(stack, METHOD, 'JobsApijobsPOST').Properties.Integration.IntegrationResponses[1].ResponseTemplates['application/json']).toBe(acceptRefusal(262_144, JobOwner.IAM));
  });

  test('declare what they answer', () => {
    const { stack } = make();
    const responses = (method: string) => resourceOf(stack, METHOD, method).Properties.MethodResponses;
    const headers = { 'method.response.header.Content-Type': true, 'method.response.header.Location': true, 'method.response.header.Retry-After': true };
    expect(responses('JobsApijobsPOST')).toEqual(['202', '400', '403', '413', '422', '500', '503'].map((StatusCode) => ({ StatusCode, ResponseParameters: headers })));
    expect(responses('JobsApijobsidGET')).toEqual(['200', '403', '404', '500', '503'].map((StatusCode) => ({ StatusCode, ResponseParameters: headers })));
    expect(responses('JobsApijobsidcancelPOST')).toEqual(['200', '403', '404', '409', '500', '503'].map((StatusCode) => ({ StatusCode, ResponseParameters: headers })));
  });

  test('want signed requests, and no API key', () => {
    const { stack } = make();
    for (const method of Object.values(resourcesOf(stack, METHOD))) {
      expect(method.Properties).toMatchObject({ AuthorizationType: 'AWS_IAM' });
      expect(method.Properties).not.toMatchObject({ ApiKeyRequired: true });
    }
    for (const method of Object.values(resourcesOf(make({ apiKeyRequired: true }).stack, METHOD))) {
      expect(method.Properties).toMatchObject({ AuthorizationType: 'AWS_IAM', ApiKeyRequired: true });
    }
  });

  test('take a Lambda authorizer', () => {
    const { stack } = make((scope) => ({ authorizer: new apigateway.TokenAuthorizer(scope, 'Authorizer', { handler: handlerIn(scope, {}, 'Check') }) }));
    for (const method of Object.values(resourcesOf(stack, METHOD))) {
      expect(method.Properties).toMatchObject({ AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: expect.stringMatching(/^Authorizer/) } });
    }
  });

  test('check the body before anything is written', () => {
    const { stack } = make();
    has(stack, METHOD, { HttpMethod: 'POST', RequestModels: { 'application/json': ref('JobsApiBody') }, RequestValidatorId: ref('JobsApiValidator') });
    has(stack, 'AWS::ApiGateway::RequestValidator', { ValidateRequestBody: true });
    has(stack, 'AWS::ApiGateway::Model', { ContentType: 'application/json', Schema: { $schema: 'http://json-schema.org/draft-04/schema#', type: 'object' } });
    has(make({ bodySchema: { type: apigateway.JsonSchemaType.ARRAY } }).stack, 'AWS::ApiGateway::Model', { Schema: { type: 'array' } });
  });

  test('is the same schema, and the same deployment, in whatever order its keys are written', () => {
    const { INTEGER, OBJECT, STRING } = apigateway.JsonSchemaType;
    const idsOf = (bodySchema: apigateway.JsonSchema) => Object.keys(Template.fromStack(make({ bodySchema }).stack).findResources('AWS::ApiGateway::Deployment'));
    const one = idsOf({ type: OBJECT, required: ['b', 'a'], properties: { a: { type: STRING, maxLength: 5 }, b: { type: INTEGER } } });
    expect(one).toHaveLength(1);
    expect(idsOf({ properties: { b: { type: INTEGER }, a: { maxLength: 5, type: STRING } }, required: ['b', 'a'], type: OBJECT })).toEqual(one);
    expect(idsOf({ properties: { b: { type: INTEGER }, a: { maxLength: 6, type: STRING } }, required: ['b', 'a'], type: OBJECT })).not.toEqual(one);
  });
});

describe('the table', () => {
  test('is on demand, can be restored, forgets jobs, and tells of new ones by their key', () => {
    has(make().stack, 'AWS::DynamoDB::Table', {
      KeySchema: [{ AttributeName: 'jobKey', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'jobKey', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      StreamSpecification: { StreamViewType: 'KEYS_ONLY' },
    });
  });

  test.each([[{}, false], [{ deletionProtection: false }, false], [{ deletionProtection: true }, true]])('with %j is protected from deletion: %s', (props, isProtected) => {
    // A first deployment that fails could not take a protected table back.
    expect(resourceOf(make(props).stack, 'AWS::DynamoDB::Table').Properties.DeletionProtectionEnabled ?? false).toBe(isProtected);
  });

  test.each([
    [undefined, 'RetainExceptOnCreate', 'Retain'],
    [RemovalPolicy.RETAIN, 'Retain', 'Retain'],
    [RemovalPolicy.DESTROY, 'Delete', 'Delete'],
  ])('with the removal policy %s', (removalPolicy, deletion, replacement) => {
    const table = resourceOf(make(removalPolicy ? { removalPolicy } : {}).stack, 'AWS::DynamoDB::Table');
    expect([table.DeletionPolicy, table.UpdateReplacePolicy]).toEqual([deletion, replacement]);
  });
});

describe('the pipe', () => {
  test('gives each new job to the engine for as long as it could be done, and sets aside what it cannot', () => {
    has(make().stack, 'AWS::Pipes::Pipe', {
      Description: 'Gives each accepted job to the engine.',
      RoleArn: attribute('JobsPipeRole'),
      Source: attribute('JobsTable', 'StreamArn'),
      SourceParameters: {
        FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] },
        DynamoDBStreamParameters: {
          StartingPosition: 'TRIM_HORIZON',
          BatchSize: 1,
          ParallelizationFactor: 10,
          OnPartialBatchItemFailure: 'AUTOMATIC_BISECT',
          MaximumRecordAgeInSeconds: 3600,
          DeadLetterConfig: { Arn: attribute('JobsDeadLetterQueue') },
        },
      },
      Target: ref('JobsEngineWorkflow'),
      TargetParameters: { InputTemplate: INPUT_TEMPLATE, StepFunctionStateMachineParameters: { InvocationType: 'FIRE_AND_FORGET' } },
    });
  });

  test.each([[Duration.minutes(2), 120], [Duration.days(2), 86_400]])('gives up on a job that may take %s after %d seconds', (timeout, seconds) => {
    has(make({ timeout }).stack, 'AWS::Pipes::Pipe', { SourceParameters: { DynamoDBStreamParameters: { MaximumRecordAgeInSeconds: seconds } } });
  });

  test('logs its errors, without the data of jobs, in a group that needs no entry in the resource policy of the account', () => {
    const { stack } = make();
    has(stack, 'AWS::Pipes::Pipe', { LogConfiguration: { Level: 'ERROR', CloudwatchLogsLogDestination: { LogGroupArn: attribute('JobsPipeLogs') } } });
    expect(resourceOf(stack, 'AWS::Pipes::Pipe').Properties.LogConfiguration).not.toHaveProperty('IncludeExecutionData');
    expect(resourceOf(stack, 'AWS::Logs::LogGroup', 'JobsPipeLogs').Properties.LogGroupName).toMatch(/^\/aws\/vendedlogs\/pipes\/Stack\/Jobs-PipeLogs-[0-9a-f]{8}$/);
  });

  test('is made when its role has what it needs', () => {
    const { stack } = make();
    const [policyId] = Object.keys(resourcesOf(stack, 'AWS::IAM::Policy')).filter((id) => id.startsWith('JobsPipeRole'));
    expect(resourceOf(stack, 'AWS::Pipes::Pipe').DependsOn).toContain(policyId);
    expect(resourceOf(stack, 'AWS::IAM::Policy', 'JobsPipeRole').Properties.PolicyDocument.Statement).toEqual([
      { Effect: 'Allow', Action: 'states:StartExecution', Resource: { Ref: expect.stringMatching(/^JobsEngineWorkflow/) } },
      {
        Effect: 'Allow',
        Action: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
        Resource: { 'Fn::GetAtt': [expect.stringMatching(/^JobsTable/), 'StreamArn'] },
      },
      { Effect: 'Allow', Action: 'dynamodb:ListStreams', Resource: '*' },
      { Effect: 'Allow', Action: ['sqs:SendMessage', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'], Resource: { 'Fn::GetAtt': [expect.stringMatching(/^JobsDeadLetterQueue/), 'Arn'] } },
    ]);
  });

  test('sets aside in a queue that keeps for 14 days', () => {
    has(make().stack, 'AWS::SQS::Queue', { MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true });
  });
});

describe('permissions', () => {
  const statementsOf = (stack: ReturnType<typeof make>['stack'], idPrefix: string) => resourceOf(stack, 'AWS::IAM::Policy', idPrefix).Properties.PolicyDocument.Statement;
  const table = [{ 'Fn::GetAtt': [expect.stringMatching(/^JobsTable/), 'Arn'] }];

  test('the API may write and read a job, and no more', () => {
    expect(statementsOf(make().stack, 'JobsApiRole')).toEqual([{ Effect: 'Allow', Action: ['dynamodb:UpdateItem', 'dynamodb:GetItem'], Resource: table }]);
  });

  test('each role is for its service', () => {
    const { stack } = make();
    const serviceOf = (id: string) => resourceOf(stack, 'AWS::IAM::Role', id).Properties.AssumeRolePolicyDocument.Statement[0].Principal.Service;
    expect(['JobsApiRole', 'JobsPipeRole', 'JobsEngineRuleRole'].map(serviceOf)).toEqual(['apigateway.amazonaws.com', 'pipes.amazonaws.com', 'events.amazonaws.com']);
  });

  test('grantSubmit allows the three methods', () => {
    const { stack, jobs } = make();
    const grant = jobs.grantSubmit(new iam.Role(stack, 'Client', { assumedBy: new iam.AccountRootPrincipal() }));
    const arn = (path: string) => ({
      'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':execute-api:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':',
        { Ref: expect.stringMatching(/^JobsApi/) }, '/', { Ref: expect.stringMatching(/^JobsApiDeploymentStage/) }, path]],
    });
    expect(statementsOf(stack, 'Client')).toEqual(
      ['/POST/jobs', '/GET/jobs/*', '/POST/jobs/*/cancel'].map((path) => ({ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: arn(path) })),
    );
    expect(grant.principalStatements).toHaveLength(3);
  });

  test('grantReport allows to update jobs', () => {
    const { stack, jobs } = makeWithQueue();
    const worker = new lambda.Function(stack, 'Reporter', { runtime: lambda.Runtime.NODEJS_22_X, handler: 'index.handler', code: lambda.Code.fromInline('x') });
    const grant = jobs.grantReport(worker);
    expect(statementsOf(stack, 'Reporter')).toEqual([{ Effect: 'Allow', Action: 'dynamodb:UpdateItem', Resource: table }]);
    expect(grant.success).toBe(true);
  });
});
