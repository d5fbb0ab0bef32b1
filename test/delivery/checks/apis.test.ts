import type { Changeable, Resources } from './check-defects';
import { checkDefects, found } from './check-defects';

const QUEUE_URI = { 'Fn::Sub': 'arn:${AWS::Partition}:apigateway:${AWS::Region}:sqs:path/${AWS::AccountId}/${Queue.QueueName}' };

/** A REST API and an HTTP API in front of a queue, and a GraphQL API with a key. */
const clean = (): Resources => ({
  Queue: {
    Type: 'AWS::SQS::Queue',
    Properties: { RedrivePolicy: { deadLetterTargetArn: 'arn:aws:sqs:eu-west-1:111122223333:dead', maxReceiveCount: 5 } },
  },
  Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { EndpointConfiguration: { Types: ['PRIVATE'] }, Policy: { Statement: [] } } },
  Order: { Type: 'AWS::ApiGateway::Model', Properties: { RestApiId: { Ref: 'Api' } } },
  Validator: { Type: 'AWS::ApiGateway::RequestValidator', Properties: { RestApiId: { Ref: 'Api' }, ValidateRequestBody: true } },
  Method: {
    Type: 'AWS::ApiGateway::Method',
    Properties: {
      RestApiId: { Ref: 'Api' },
      HttpMethod: 'POST',
      RequestValidatorId: { Ref: 'Validator' },
      RequestModels: { 'application/json': { Ref: 'Order' } },
      Integration: { Type: 'AWS', IntegrationHttpMethod: 'POST', Uri: QUEUE_URI, RequestTemplates: { 'application/json': 'Action=SendMessage&MessageBody=$input.body' } },
    },
  },
  Stage: {
    Type: 'AWS::ApiGateway::Stage',
    Properties: { RestApiId: { Ref: 'Api' }, MethodSettings: [{ HttpMethod: '*', ResourcePath: '/*', ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 }] },
  },
  Http: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP' } },
  HttpIntegration: {
    Type: 'AWS::ApiGatewayV2::Integration',
    Properties: { ApiId: { Ref: 'Http' }, IntegrationType: 'AWS_PROXY', IntegrationSubtype: 'SQS-SendMessage', RequestParameters: { QueueUrl: { Ref: 'Queue' }, MessageBody: '$request.body' } },
  },
  HttpStage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: { Ref: 'Http' }, DefaultRouteSettings: { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 } } },
  Key: { Type: 'AWS::AppSync::ApiKey', Properties: { ApiId: 'api', Expires: 1798761600 } },
});

const inMethod = (change: (method: Changeable) => void) => ({ Method }: Resources) => change(Method!.Properties);
const inStage = (change: (stage: Changeable) => void) => ({ Stage }: Resources) => change(Stage!.Properties);
const inHttpStage = (change: (stage: Changeable) => void) => ({ HttpStage }: Resources) => change(HttpStage!.Properties);
const plan = (properties: Changeable) => (resources: Resources) => {
  delete resources.Stage!.Properties.MethodSettings;
  resources.Plan = { Type: 'AWS::ApiGateway::UsagePlan', Properties: { ApiStages: [{ ApiId: { Ref: 'Api' }, Stage: 'prod' }], ...properties } };
};

const routed = (key: unknown, api: Changeable = {}) => (resources: Resources) => {
  Object.assign(resources.Http!.Properties, api);
  resources.Route = { Type: 'AWS::ApiGatewayV2::Route', Properties: { ApiId: { Ref: 'Http' }, RouteKey: key, Target: { 'Fn::Join': ['/', ['integrations', { Ref: 'HttpIntegration' }]] } } };
};

checkDefects(clean, {
  privateApiWithoutPolicy: {
    breaks: { 'no policy': ({ Api }) => { delete Api!.Properties.Policy; } },
    keeps: {
      'a policy that only the deployment knows': ({ Api }) => { Api!.Properties.Policy = { Ref: 'Policy' }; },
      'a document that may have one': ({ Api }) => { Api!.Properties = { ...Api!.Properties, Policy: undefined, Body: { openapi: '3.0.1' } }; },
      'a document in a bucket': ({ Api }) => { Api!.Properties = { ...Api!.Properties, Policy: undefined, BodyS3Location: { Bucket: 'bucket' } }; },
      'a public API': ({ Api }) => { Api!.Properties = { EndpointConfiguration: { Types: ['REGIONAL'] } }; },
      'an API of which only the deployment knows whether it is private': ({ Api }) => { Api!.Properties = { EndpointConfiguration: { Types: { Ref: 'Types' } } }; },
    },
  },
  httpApiBodyUnvalidated: {
    breaks: { 'a POST': routed('POST /orders'), 'all routes': routed('$default') },
    keeps: {
      'a GET': routed('GET /orders'),
      'a route that only a parameter says': routed({ Ref: 'Route' }),
      'a WebSocket API, whose routes may have models': routed('$default', { ProtocolType: 'WEBSOCKET' }),
      'a route to another integration': (resources) => { routed('POST /orders')(resources); resources.Route!.Properties.Target = 'integrations/other'; },
      'a request that is answered': (resources) => { routed('POST /orders')(resources); resources.HttpIntegration!.Properties.IntegrationSubtype = 'StepFunctions-StartSyncExecution'; },
    },
  },
  requestBodyUnvalidated: {
    breaks: {
      'no validator': inMethod((method) => { delete method.RequestValidatorId; }),
      'no model': inMethod((method) => { delete method.RequestModels; }),
      'a validator of parameters': ({ Validator }) => { delete Validator!.Properties.ValidateRequestBody; },
      'no validator before a queue elsewhere': inMethod((method) => {
        delete method.RequestValidatorId;
        method.Integration.Uri = 'arn:aws:apigateway:eu-west-1:sqs:path/111122223333/other';
      }),
      'no model and a validator elsewhere': inMethod((method) => { Object.assign(method, { RequestModels: undefined, RequestValidatorId: 'abc123' }); }),
    },
    keeps: {
      'a validator elsewhere': inMethod((method) => { method.RequestValidatorId = 'abc123'; }),
      'a validator that only the deployment knows': inMethod((method) => { method.RequestValidatorId = { Ref: 'Parameter' }; }),
      'a validator of which only the deployment knows what it does': ({ Validator }) => { Validator!.Properties.ValidateRequestBody = { Ref: 'Parameter' }; },
      'a template that looks into the body': inMethod((method) => {
        delete method.RequestValidatorId;
        method.Integration.RequestTemplates['application/json'] = '#if($input.path("$.id") != "")Action=SendMessage#end';
      }),
      'a request without a body': inMethod((method) => { Object.assign(method, { RequestValidatorId: undefined, HttpMethod: 'GET' }); }),
      'a method that another service answers': inMethod((method) => {
        delete method.RequestValidatorId;
        method.Integration.Type = 'HTTP';
      }),
      'a message that is read': inMethod((method) => {
        delete method.RequestValidatorId;
        method.Integration.RequestTemplates['application/json'] = 'Action=ReceiveMessage';
      }),
    },
  },
  stageUnthrottled: {
    breaks: {
      'no settings': inStage((stage) => { delete stage.MethodSettings; }),
      'other settings': inStage((stage) => { delete stage.MethodSettings[0].ThrottlingRateLimit; }),
      'no settings before a queue elsewhere': ({ Method, Stage }) => {
        delete Stage!.Properties.MethodSettings;
        Method!.Properties.Integration.Uri = 'arn:aws:apigateway:eu-west-1:sqs:path/111122223333/other';
      },
      'no settings of an HTTP API': inHttpStage((stage) => { delete stage.DefaultRouteSettings; }),
      'a usage plan without limits': plan({ Quota: { Limit: 100, Period: 'DAY' } }),
      'a usage plan of another API': plan({ Throttle: { RateLimit: 10 }, ApiStages: [{ ApiId: 'abc123', Stage: 'prod' }] }),
    },
    keeps: {
      'settings that only the deployment knows': inStage((stage) => { stage.MethodSettings = { Ref: 'Settings' }; }),
      'a limit that only the deployment knows': inStage((stage) => { stage.MethodSettings[0].ThrottlingRateLimit = { Ref: 'Rate' }; }),
      'the limits of a route': inHttpStage((stage) => { Object.assign(stage, { DefaultRouteSettings: undefined, RouteSettings: { 'POST /orders': { ThrottlingRateLimit: 10 } } }); }),
      'a usage plan': plan({ Throttle: { RateLimit: 10 } }),
      'an API that waits for the answer': (resources) => {
        delete resources.Stage!.Properties.MethodSettings;
        resources.Method!.Properties.Integration = {
          Type: 'AWS_PROXY', Uri: 'arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:111122223333:function:orders/invocations',
        };
      },
      'a stage of another API': inStage((stage) => { Object.assign(stage, { RestApiId: 'abc123', MethodSettings: undefined }); }),
    },
  },
  graphqlKeyExpiryUnset: {
    breaks: { 'no time': ({ Key }) => { delete Key!.Properties.Expires; } },
    keeps: { 'a time that only the deployment knows': ({ Key }) => { Key!.Properties.Expires = { Ref: 'Time' }; } },
  },
});

test('what nobody knows is not named', () => {
  const resources = clean();
  resources.HttpIntegration!.Properties.RequestParameters = {};
  delete resources.HttpStage!.Properties.DefaultRouteSettings;
  resources.Method!.Properties.Integration.Uri = 'arn:aws:apigateway:eu-west-1:sqs:action/SendMessage';
  delete resources.Method!.Properties.RequestValidatorId;
  delete resources.Stage!.Properties.MethodSettings;
  expect(found(resources, {}, ['requestBodyUnvalidated', 'stageUnthrottled'])).toEqual([]);
});
