import { App, Aspects, CfnResource, Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { handlerIn, make } from './fixtures';
import type { PollingStatusApiProps } from '../../src';
import { FunctionEngine, PollingStatusApi, QueueEngine, QueueFedFunction } from '../../src';
import { membersOf } from '../rigs/structs';

type Props = Partial<PollingStatusApiProps>;
type Change = (jobs: PollingStatusApi, stack: Stack) => unknown;

/** Without validation: whether a change may be is another question. */
const deploymentOf = (stack: Stack) => {
  const assembly = App.of(stack)!.synth({ skipValidation: true, force: true });
  const { Resources: resources } = assembly.getStackArtifact(stack.artifactId).template as { Resources: Record<string, { Type: string }> };
  return Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::ApiGateway::Deployment').map(([id]) => id);
};

/** The logical ids of the deployments of an API that is made with these props, and changed afterwards. */
function deploymentWith(props: Props | ((stack: Stack) => Props), change: Change = () => undefined): string[] {
  const { stack, jobs } = make(props);
  change(jobs, stack);
  return deploymentOf(stack);
}

const imported = (stack: Stack, name: string) => lambda.Function.fromFunctionArn(stack, `Ask${name}`, `arn:aws:lambda:eu-west-1:111122223333:function:${name}`);
const token = (name: string, seconds = 300) => (stack: Stack): Props => ({
  authorizer: new apigateway.TokenAuthorizer(stack, 'Authorizer', { handler: imported(stack, name), resultsCacheTtl: Duration.seconds(seconds) }),
});
const request = (header: string) => (stack: Stack): Props => ({
  authorizer: new apigateway.RequestAuthorizer(stack, 'Authorizer', { handler: imported(stack, 'ask'), identitySources: [apigateway.IdentitySource.header(header)] }),
});
const pool = (id: string, scopes?: string[]) => (stack: Stack): Props => ({
  authorizer: new apigateway.CognitoUserPoolsAuthorizer(stack, 'Authorizer', { cognitoUserPools: [cognito.UserPool.fromUserPoolId(stack, 'Users', id)] }),
  ...(scopes ? { authorizationScopes: scopes } : {}),
});
const ownAuthorizer = (arn: string) => (stack: Stack): Props => {
  const resource = new apigateway.CfnAuthorizer(stack, 'Own', { restApiId: 'a', name: 'own', type: 'COGNITO_USER_POOLS', providerArns: [arn], identitySource: 'method.request.header.Authorization' });
  return { authorizer: { authorizerId: resource.ref, authorizationType: apigateway.AuthorizationType.COGNITO } };
};
const { OBJECT, ARRAY } = apigateway.JsonSchemaType;

/** Two values of every prop that stands in what is deployed. */
const DEPLOYED: Record<string, [Props | ((stack: Stack) => Props), Props | ((stack: Stack) => Props)]> = {
  'engine, by the size of its bodies': [{}, (stack) => ({ engine: new QueueEngine(new QueueFedFunction(stack, 'Worker', { handler: handlerIn(stack) })) })],
  'bodySchema': [{ bodySchema: { type: OBJECT } }, { bodySchema: { type: ARRAY } }],
  'maxBodySize': [{ maxBodySize: Size.kibibytes(1) }, { maxBodySize: Size.kibibytes(2) }],
  'timeout': [{ timeout: Duration.minutes(1) }, { timeout: Duration.minutes(2) }],
  'retentionPeriod': [{ retentionPeriod: Duration.days(1) }, { retentionPeriod: Duration.days(2) }],
  'retryAfter': [{ retryAfter: Duration.seconds(1) }, { retryAfter: Duration.seconds(2) }],
  'authorizer, another function': [token('old'), token('new')],
  'authorizer, another time in the cache': [token('ask', 300), token('ask', 0)],
  'authorizer, another header': [request('One'), request('Other')],
  'authorizer, another user pool': [pool('eu-west-1_old'), pool('eu-west-1_new')],
  'authorizer, a resource of one\'s own': [ownAuthorizer('arn:aws:cognito-idp:eu-west-1:111122223333:userpool/a'), ownAuthorizer('arn:aws:cognito-idp:eu-west-1:111122223333:userpool/b')],
  'authorizer, another id': [{ authorizer: { authorizerId: 'a', authorizationType: apigateway.AuthorizationType.CUSTOM } }, { authorizer: { authorizerId: 'b', authorizationType: apigateway.AuthorizationType.CUSTOM } }],
  'authorizationScopes': [pool('eu-west-1_a', ['jobs/read']), pool('eu-west-1_a', ['jobs/submit'])],
  'apiKeyRequired': [{ apiKeyRequired: false }, { apiKeyRequired: true }],
  'corsAllowOrigins': [{ corsAllowOrigins: ['https://a.example.com'] }, { corsAllowOrigins: ['https://b.example.com'] }],
  'corsAllowOrigins, one more': [{ corsAllowOrigins: ['https://a.example.com'] }, { corsAllowOrigins: ['https://a.example.com', 'https://b.example.com'] }],
  'corsAllowHeaders': [{ corsAllowOrigins: ['*'] }, { corsAllowOrigins: ['*'], corsAllowHeaders: ['X-Request-Id'] }],
  'resourcePath': [{ resourcePath: 'jobs' }, { resourcePath: 'v1/jobs' }],
  'restApi': [{}, (stack) => ({ restApi: new apigateway.RestApi(stack, 'Given') })],
  'publicUrl': [{ publicUrl: 'https://a.example.com' }, { publicUrl: 'https://b.example.com' }],
  'policy': [{}, {
    policy: iam.PolicyDocument.fromJson({ Statement: [{ Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*' }] }),
  }],
  'endpointConfiguration': [{}, { endpointConfiguration: { types: [apigateway.EndpointType.EDGE] } }],
};

/** Two values of every other prop: what they change is in force without a deployment. */
const NOT_DEPLOYED: Record<string, [Props | ((stack: Stack) => Props), Props | ((stack: Stack) => Props)]> = {
  throttlingRateLimit: [{ throttlingRateLimit: 1 }, { throttlingRateLimit: 2 }],
  throttlingBurstLimit: [{ throttlingBurstLimit: 1 }, { throttlingBurstLimit: 2 }],
  accessLogs: [{ accessLogs: true }, { accessLogs: false }],
  encryptionKey: [{}, (stack) => ({ encryptionKey: new kms.Key(stack, 'Key') })],
  alarms: [{}, { alarms: { latency: { enabled: false } } }],
  removalPolicy: [{}, { removalPolicy: RemovalPolicy.DESTROY }],
  deletionProtection: [{}, { deletionProtection: true }],
  pipeLogs: [{}, { pipeLogs: false }],
  logRetention: [{}, { logRetention: logs.RetentionDays.ONE_DAY }],
};

test('every prop is looked at', () => {
  const looked = [...Object.keys(DEPLOYED), ...Object.keys(NOT_DEPLOYED)].map((name) => name.split(',')[0]!);
  expect([...new Set(looked)].sort()).toEqual(membersOf('PollingStatusApiProps').map(({ name }) => name).sort());
});

test.each(Object.entries(DEPLOYED))('another %s makes another deployment', (_, [one, other]) => {
  expect(deploymentWith(one)).toHaveLength(1);
  expect(deploymentWith(one)).toEqual(deploymentWith(one));
  expect(deploymentWith(other)).not.toEqual(deploymentWith(one));
});

test.each(Object.entries(NOT_DEPLOYED))('another %s makes no other deployment', (_, [one, other]) => {
  expect(deploymentWith(other)).toEqual(deploymentWith(one));
});

const resources = (jobs: PollingStatusApi, type: string) => jobs.api.node.findAll()
  .filter((child): child is CfnResource => CfnResource.isCfnResource(child) && child.cfnResourceType === `AWS::ApiGateway::${type}`);

describe('what becomes of it afterwards', () => {
  test.each<[string, Change]>([
    ['an override of a method', (jobs) => resources(jobs, 'Method')[0]!.addPropertyOverride('Integration.TimeoutInMillis', 5000)],
    ['an override of the schema', (jobs) => resources(jobs, 'Model')[0]!.addPropertyOverride('Schema.maxProperties', 3)],
    ['an override of the validator', (jobs) => resources(jobs, 'RequestValidator')[0]!.addPropertyOverride('ValidateRequestParameters', true)],
    ['an override of a gateway response', (jobs) => resources(jobs, 'GatewayResponse')[0]!.addPropertyOverride('StatusCode', '499')],
    ['an override of a path', (jobs) => resources(jobs, 'Resource')[0]!.addPropertyOverride('PathPart', 'tasks')],
    ['an override of the API', (jobs) => resources(jobs, 'RestApi')[0]!.addPropertyOverride('MinimumCompressionSize', 1000)],
    ['a property of a method', (jobs) => (resources(jobs, 'Method')[0] as apigateway.CfnMethod).operationName = 'submit'],
    ['another gateway response', (jobs) => new apigateway.GatewayResponse(jobs.api, 'Waf', { restApi: jobs.api, type: apigateway.ResponseType.WAF_FILTERED, statusCode: '403' })],
    ['another method', (jobs) => jobs.api.root.addMethod('GET', new apigateway.MockIntegration())],
    ['an override of the authorizer', (_jobs, stack) => (stack.node.findChild('Authorizer').node.defaultChild as CfnResource).addPropertyOverride('AuthorizerResultTtlInSeconds', 7)],
    ['an aspect', (jobs) => Aspects.of(jobs).add({ visit: (node) => CfnResource.isCfnResource(node) && node.cfnResourceType === 'AWS::ApiGateway::Method' && node.addPropertyOverride('AuthorizationScopes', ['x']) })],
  ])('%s makes another deployment', (_, change) => {
    expect(deploymentWith(token('ask'), change)).not.toEqual(deploymentWith(token('ask')));
  });

  test.each<[string, Change]>([
    ['the stage', (jobs) => (jobs.api.deploymentStage.node.defaultChild as CfnResource).addPropertyOverride('CacheClusterEnabled', true)],
    ['the table', (jobs) => (jobs.table.node.defaultChild as CfnResource).addPropertyOverride('TableClass', 'STANDARD_INFREQUENT_ACCESS')],
    ['a grant', (jobs, stack) => jobs.grantSubmit(new iam.Role(stack, 'Client', { assumedBy: new iam.AccountRootPrincipal() }))],
  ])('%s makes no other deployment', (_, change) => {
    expect(deploymentWith({}, change)).toEqual(deploymentWith({}));
  });
});

test('the feature flag of the CDK changes nothing of it', () => {
  const withFlag = (name: string) => {
    const stack = new Stack(new App({ context: { '@aws-cdk/aws-apigateway:authorizerChangeDeploymentLogicalId': true } }), 'Stack');
    new PollingStatusApi(stack, 'Jobs', { engine: new FunctionEngine(handlerIn(stack)), ...token(name)(stack) });
    return deploymentOf(stack);
  };
  expect(withFlag('old')).toEqual(withFlag('old'));
  expect(withFlag('new')).not.toEqual(withFlag('old'));
});
