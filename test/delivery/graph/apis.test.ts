import { apiHops, integrationsOf } from '../../../src/delivery/graph/apis';
import { DeliveryGraph } from '../../../src/delivery/graph/delivery-graph';
import { TemplateApp } from '../../../src/delivery/template/app';
import type { Changeable, Resources } from '../checks/check-defects';

const ROLE = 'arn:aws:iam::111122223333:role/Api';

const RESOURCES: Resources = {
  Api: { Type: 'AWS::ApiGateway::RestApi' },
  Http: { Type: 'AWS::ApiGatewayV2::Api' },
  Queue: { Type: 'AWS::SQS::Queue' },
  Topic: { Type: 'AWS::SNS::Topic' },
  Handler: { Type: 'AWS::Lambda::Function' },
  Alias: { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: 'Handler' }, Name: 'live' } },
  Table: { Type: 'AWS::DynamoDB::Table' },
  Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'orders' } },
  Machine: { Type: 'AWS::StepFunctions::StateMachine' },
  Stream: { Type: 'AWS::Kinesis::Stream' },
  Delivery: { Type: 'AWS::KinesisFirehose::DeliveryStream' },
};

function graphOf(at: Changeable): DeliveryGraph {
  return new DeliveryGraph(new TemplateApp([{ stack: 'Stack', template: { Resources: { ...RESOURCES, At: at } } }]), [apiHops]);
}

const method = (uri: string, integration: Changeable = {}) => graphOf({
  Type: 'AWS::ApiGateway::Method',
  Properties: {
    RestApiId: { Ref: 'Api' }, HttpMethod: 'POST', Integration: { Type: 'AWS', Credentials: ROLE, Uri: { 'Fn::Sub': `arn:\${AWS::Partition}:apigateway:\${AWS::Region}:${uri}` }, ...integration },
  },
});
const template = (text: string) => ({ RequestTemplates: { 'application/json': { 'Fn::Sub': text } } });
const http = (properties: Changeable) => graphOf({
  Type: 'AWS::ApiGatewayV2::Integration', Properties: { ApiId: { Ref: 'Http' }, IntegrationType: 'AWS_PROXY', CredentialsArn: ROLE, ...properties },
});

test('a method is a hop of its API', () => {
  expect(method('sqs:path/${AWS::AccountId}/${Queue.QueueName}').hops).toMatchObject([{
    kind: 'integration',
    name: "method 'Stack/At'",
    at: { logicalId: 'At' },
    from: { resource: { logicalId: 'Api' } },
    to: { resource: { logicalId: 'Queue' } },
    service: 'apigateway.amazonaws.com',
    role: ROLE,
    retries: '1 attempt',
  }]);
});

test('an integration of an HTTP API is one too', () => {
  expect(http({ IntegrationSubtype: 'SQS-SendMessage', RequestParameters: { QueueUrl: { Ref: 'Queue' } } }).hops).toMatchObject([{
    kind: 'integration',
    name: "integration 'Stack/At'",
    at: { logicalId: 'At' },
    from: { resource: { logicalId: 'Http' } },
    to: { resource: { logicalId: 'Queue' } },
    service: 'apigateway.amazonaws.com',
    role: ROLE,
    retries: '1 attempt',
  }]);
});

const INVOKE = 'lambda:path/2015-03-31/functions/${Handler.Arn}/invocations';

test.each<[string, boolean, DeliveryGraph]>([
  ['Queue', true, method('sqs:path/${AWS::AccountId}/${Queue.QueueName}')],
  ['Queue', true, method('sqs:path/${AWS::AccountId}/${Queue.QueueName}/', template('Action=SendMessage&MessageBody=$input.body'))],
  ['Queue', true, method('sqs:action/SendMessage', template("QueueUrl=$util.urlEncode('${Queue}')&MessageBody=$input.body"))],
  ['Queue', true, method('sqs:action/SendMessageBatch', template('QueueUrl=${Queue}&x=y'))],
  ['Queue', true, method('sqs:path/${AWS::AccountId}/${Queue.QueueName}', { RequestParameters: { 'integration.request.querystring.Action': "'SendMessage'" } })],
  ['Topic', true, method('sns:action/Publish', template("TopicArn=$util.urlEncode('${Topic}')&Message=$input.body"))],
  ['Topic', true, method('sns:path//', { RequestParameters: { 'integration.request.querystring.TopicArn': { 'Fn::Sub': "'${Topic}'" } } })],
  ['Machine', true, method('states:action/StartExecution', template('{"input": "{}", "stateMachineArn": "${Machine}"}'))],
  ['Machine', false, method('states:action/StartSyncExecution', template('{"stateMachineArn":"${Machine}"}'))],
  ['Bus', true, method('events:action/PutEvents', template('{"Entries":[{"EventBusName":"${Bus}","Detail":"{}"}]}'))],
  ['Stream', true, method('kinesis:action/PutRecord', template('{"StreamName": "${Stream}"}'))],
  ['Stream', true, method('kinesis:action/PutRecords', template('{"StreamName": "${Stream}"}'))],
  ['Delivery', true, method('firehose:action/PutRecordBatch', template('{"DeliveryStreamName": "${Delivery}"}'))],
  ['Delivery', true, method('firehose:action/PutRecord', template('{"DeliveryStreamName": "${Delivery}"}'))],
  ['Table', false, method('dynamodb:action/PutItem', template('{"TableName": "${Table}"}'))],
  ['Table', false, method('dynamodb:action/UpdateItem', template('{"TableName": "${Table}"}'))],
  ['Handler', false, method(INVOKE, { Type: 'AWS_PROXY' })],
  ['Handler', false, method('lambda:path/2015-03-31/functions/${Alias}/invocations')],
  ['Handler', true, method(INVOKE, { RequestParameters: { 'integration.request.header.X-Amz-Invocation-Type': "'Event'" } })],
  ['Handler', false, method(INVOKE, { RequestParameters: { 'integration.request.header.X-Amz-Invocation-Type': "'RequestResponse'" } })],
  ['Handler', false, method(INVOKE, { RequestParameters: { 'integration.request.header.X-Type': "'Event'" } })],
  ['Handler', false, http({ IntegrationUri: { 'Fn::GetAtt': ['Handler', 'Arn'] } })],
  ['Handler', false, http({ IntegrationUri: { 'Fn::Sub': `arn:aws:apigateway:eu-west-1:${INVOKE}` } })],
  ['Bus', true, http({ IntegrationSubtype: 'EventBridge-PutEvents', RequestParameters: { EventBusName: { Ref: 'Bus' } } })],
  ['Stream', true, http({ IntegrationSubtype: 'Kinesis-PutRecord', RequestParameters: { StreamName: { Ref: 'Stream' } } })],
  ['Machine', true, http({ IntegrationSubtype: 'StepFunctions-StartExecution', RequestParameters: { StateMachineArn: { Ref: 'Machine' } } })],
  ['Machine', false, http({ IntegrationSubtype: 'StepFunctions-StartSyncExecution', RequestParameters: { StateMachineArn: { Ref: 'Machine' } } })],
])('a request goes to %s, and its caller is answered before the work is done: %s', (logicalId, asynchronous, graph) => {
  expect([...integrationsOf(graph)].map((one) => [one.to.resource?.logicalId, one.asynchronous])).toEqual([[logicalId, asynchronous]]);
});

describe('an OpenAPI document', () => {
  const documented = (operations: object, { type = 'AWS::ApiGateway::RestApi', more = {} }: { readonly type?: string; readonly more?: object } = {}) => graphOf({
    Type: type, Properties: { Body: { openapi: '3.0.1', paths: { '/v1.0/orders': operations }, ...more } },
  });
  const uri = { 'Fn::Sub': 'arn:${AWS::Partition}:apigateway:${AWS::Region}:sqs:path/${AWS::AccountId}/${Queue.QueueName}' };
  const toQueue = { type: 'aws', httpMethod: 'POST', uri, credentials: ROLE };

  test('has a hop for each operation', () => {
    const { hops } = documented({ 'post': { 'x-amazon-apigateway-integration': toQueue }, 'x-amazon-apigateway-any-method': { 'x-amazon-apigateway-integration': { ...toQueue, type: 'AWS' } } });
    expect(hops).toMatchObject(['POST', 'ANY'].map((httpMethod) => ({
      kind: 'integration',
      name: `${httpMethod} /v1.0/orders of 'Stack/At'`,
      at: { logicalId: 'At' },
      from: { resource: { logicalId: 'At' } },
      to: { resource: { logicalId: 'Queue' } },
      service: 'apigateway.amazonaws.com',
      role: ROLE,
      retries: '1 attempt',
    })));
  });

  test('may state an integration once for several operations', () => {
    const shared = { $ref: '#/components/x-amazon-apigateway-integrations/queue' };
    const { hops } = documented({ post: { 'x-amazon-apigateway-integration': shared } }, { more: { components: { 'x-amazon-apigateway-integrations': { queue: toQueue } } } });
    expect(hops.map(({ to }) => to.resource?.logicalId)).toEqual(['Queue']);
  });

  test.each<[string, boolean, object]>([
    ['Handler', false, { type: 'aws_proxy', uri: { 'Fn::GetAtt': ['Handler', 'Arn'] } }],
    ['Handler', false, { type: 'aws_proxy', uri: { 'Fn::Sub': `arn:aws:apigateway:eu-west-1:${INVOKE}` } }],
    ['Machine', true, { type: 'aws_proxy', integrationSubtype: 'StepFunctions-StartExecution', requestParameters: { StateMachineArn: { Ref: 'Machine' } } }],
    ['Topic', true, { type: 'aws', uri: 'arn:aws:apigateway:eu-west-1:sns:action/Publish', requestTemplates: { 'application/json': { 'Fn::Sub': 'TopicArn=${Topic}' } } }],
  ])('of any API goes to %s, and its caller is answered before the work is done: %s', (logicalId, asynchronous, integration) => {
    const graph = documented({ post: { 'x-amazon-apigateway-integration': integration } }, { type: 'AWS::ApiGatewayV2::Api' });
    expect([...integrationsOf(graph)].map((one) => [one.to.resource?.logicalId, one.asynchronous])).toEqual([[logicalId, asynchronous]]);
  });

  test.each<[string, object]>([
    ['another server', { post: { 'x-amazon-apigateway-integration': { type: 'http', uri } } }],
    ['an operation without integration', { post: {} }],
    ['what is no operation', { parameters: ['x'], summary: 'orders', post: null }],
    ['an integration that is not there', { post: { 'x-amazon-apigateway-integration': { $ref: '#/components/x-amazon-apigateway-integrations/none' } } }],
    ['what only the deployment knows', { 'Fn::Transform': { Name: 'AWS::Include' } }],
  ])('has no hop for %s', (_, operations) => {
    expect(documented(operations).hops).toEqual([]);
  });
});

test.each<[string, DeliveryGraph]>([
  ['another server', method(INVOKE, { Type: 'HTTP' })],
  ['nothing', method('sqs:path/${AWS::AccountId}/${Queue.QueueName}', { Type: 'MOCK' })],
  ['no type', method(INVOKE, { Type: undefined })],
  ['no URI', method(INVOKE, { Uri: undefined })],
  ['what is no URI', method(INVOKE, { Uri: 'https://example.com' })],
  ['a service that nothing is delivered to', method('s3:path/bucket/key')],
  ['a service by a strange name', method('constructor:path/constructor')],
  ['an action that reads', method('dynamodb:action/GetItem', template('{"TableName": "${Table}"}'))],
  ['an action that receives', method('sqs:path/${AWS::AccountId}/${Queue.QueueName}', template('Action=ReceiveMessage'))],
  ['an action that receives, in a parameter', method('sqs:path/${AWS::AccountId}/${Queue.QueueName}', {
    RequestParameters: { 'integration.request.querystring.Action': "'ReceiveMessage'" },
  })],
  ['an action that purges', http({ IntegrationSubtype: 'SQS-PurgeQueue', RequestParameters: { QueueUrl: { Ref: 'Queue' } } })],
  ['another server of an HTTP API', http({ IntegrationType: 'HTTP_PROXY', IntegrationUri: { 'Fn::GetAtt': ['Handler', 'Arn'] } })],
])('%s is no hop', (_, { hops }) => {
  expect(hops).toEqual([]);
});

test.each<[string, DeliveryGraph, string | undefined]>([
  ['a queue elsewhere', method('sqs:path/111122223333/other'), 'arn:aws:sqs:⟦Region⟧:111122223333:other'],
  ['a queue of another service', method('sns:path/111122223333/${Queue.QueueName}'), undefined],
  ['a topic that the template does not name', method('sns:action/Publish'), undefined],
  ['a request that only the deployment knows', method('sns:action/Publish', { RequestTemplates: { Ref: 'Templates' }, RequestParameters: { a: 1 } }), undefined],
  ['parameters that only the deployment knows', method(INVOKE.replace('${Handler.Arn}', 'x'), { RequestParameters: { Ref: 'Parameters' } }), 'x'],
])('%s is nothing of the app', (_, { hops }, text) => {
  expect(hops.map(({ to }) => to)).toEqual([{ text, resource: undefined }]);
});
