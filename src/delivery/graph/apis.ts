import type { DeliveryGraph } from './delivery-graph';
import { functionOf } from './functions';
import type { End, Hop } from './hop';
import { QUEUE } from './queues';
import type { Resource } from '../template/app';
import type { Props } from '../template/props';

export const REST_API = 'AWS::ApiGateway::RestApi';
export const HTTP_API = 'AWS::ApiGatewayV2::Api';
export const METHOD = 'AWS::ApiGateway::Method';
const INTEGRATION = 'AWS::ApiGatewayV2::Integration';

/** What an API does with a request by itself: it calls a service or a function. */
export interface Integration {
  /** The method of a REST API, or the integration of an HTTP or a WebSocket API. */
  readonly at: Resource;
  readonly api: End;
  readonly to: End;
  readonly role: string | undefined;
  /** Whether the caller gets its answer before the work is done. */
  readonly asynchronous: boolean;
}

/** All requests that an API gives to a service or a function. */
export function* integrationsOf(graph: DeliveryGraph): Iterable<Integration> {
  for (const at of graph.app.ofType(METHOD)) {
    const integration = at.props.part('Integration');
    const to = requestTarget(graph, integration, integration.text('Uri'));
    if (to !== undefined && isServiceType(integration.text('Type'))) {
      yield { ...to, at, api: graph.end(at.props, 'RestApiId', REST_API), role: integration.text('Credentials') };
    }
  }
  for (const at of graph.app.ofType(INTEGRATION)) {
    const { props } = at;
    const to = subtypeTarget(graph, props) ?? requestTarget(graph, props, props.text('IntegrationUri'));
    if (to !== undefined && isServiceType(props.text('IntegrationType'))) {
      yield { ...to, at, api: graph.end(props, 'ApiId', HTTP_API), role: props.text('CredentialsArn') };
    }
  }
}

/** API Gateway hands a request over to a service or a function. */
export function* apiHops(graph: DeliveryGraph): Iterable<Hop> {
  for (const { at, api, to, role } of integrationsOf(graph)) {
    yield {
      kind: 'integration',
      at,
      name: at.type === METHOD ? `method '${at.path}'` : `integration '${at.path}'`,
      from: api,
      to,
      service: 'apigateway.amazonaws.com',
      role,
      retries: '1 attempt',
    };
  }
}

type Target = Pick<Integration, 'to' | 'asynchronous'>;

function isServiceType(type: string | undefined): boolean {
  return type === 'AWS' || type === 'AWS_PROXY';
}

/** How an HTTP API calls a service: the parameter that names the resource, and its type. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html */
const SUBTYPES: readonly { readonly subtype: RegExp; readonly parameter: string; readonly type: string; readonly asynchronous: boolean }[] = [
  { subtype: /^SQS-SendMessage$/, parameter: 'QueueUrl', type: QUEUE, asynchronous: true },
  { subtype: /^EventBridge-PutEvents$/, parameter: 'EventBusName', type: 'AWS::Events::EventBus', asynchronous: true },
  { subtype: /^Kinesis-PutRecord$/, parameter: 'StreamName', type: 'AWS::Kinesis::Stream', asynchronous: true },
  { subtype: /^StepFunctions-StartExecution$/, parameter: 'StateMachineArn', type: 'AWS::StepFunctions::StateMachine', asynchronous: true },
  { subtype: /^StepFunctions-StartSyncExecution$/, parameter: 'StateMachineArn', type: 'AWS::StepFunctions::StateMachine', asynchronous: false },
];

function subtypeTarget(graph: DeliveryGraph, props: Props): Target | undefined {
  const known = SUBTYPES.find(({ subtype }) => subtype.test(props.text('IntegrationSubtype') ?? ''));
  return known && { to: graph.end(props, `RequestParameters.${known.parameter}`, known.type), asynchronous: known.asynchronous };
}

/** Such as `arn:aws:apigateway:eu-west-1:sqs:path/111122223333/orders`. */
const SERVICE_URI = /^arn:[^:]+:apigateway:([^:]*):([^:]+):(path|action)\/(.*)$/;

const FUNCTION_PATH = /^2015-03-31\/functions\/(.+)\/invocations$/;

/** What a service is asked for in the text of a request: how the resource is named there, and its type. */
const SERVICES: readonly { readonly service: string; readonly action: RegExp; readonly named: RegExp; readonly type: string }[] = [
  { service: 'sqs', action: /^SendMessage/, named: /(https:\/\/sqs[^\s'"&)\\]+)/, type: QUEUE },
  { service: 'sns', action: /^Publish/, named: /(arn:[\w-]+:sns:[^\s'"&)\\]+)/, type: 'AWS::SNS::Topic' },
  { service: 'states', action: /^Start(Sync)?Execution$/, named: /(arn:[\w-]+:states:[^\s'"&)\\]+)/, type: 'AWS::StepFunctions::StateMachine' },
  { service: 'events', action: /^PutEvents$/, named: /EventBusName["'\\\s:=]+([^"'\\\s]+)/, type: 'AWS::Events::EventBus' },
  { service: 'kinesis', action: /^PutRecords?$/, named: /StreamName["'\\\s:=]+([^"'\\\s]+)/, type: 'AWS::Kinesis::Stream' },
  { service: 'firehose', action: /^PutRecord(Batch)?$/, named: /DeliveryStreamName["'\\\s:=]+([^"'\\\s]+)/, type: 'AWS::KinesisFirehose::DeliveryStream' },
  { service: 'dynamodb', action: /^(Put|Update|Delete)Item$/, named: /TableName["'\\\s:=]+([^"'\\\s]+)/, type: 'AWS::DynamoDB::Table' },
];

/** Undefined: it is no service or function, or nothing is delivered to it. */
function requestTarget(graph: DeliveryGraph, integration: Props, uri: string | undefined): Target | undefined {
  const [, region = '', service = '', form, rest = ''] = SERVICE_URI.exec(uri ?? '') ?? [];
  const [, functionArn] = FUNCTION_PATH.exec(rest) ?? [];
  const handler = functionArn ?? (uri !== undefined && /^arn:[^:]+:lambda:/.test(uri) ? uri : undefined);
  if (handler !== undefined) {
    return { to: { text: handler, resource: functionOf(graph, handler).function }, asynchronous: isAsynchronousInvocation(integration) };
  }
  const request = requestOf(integration);
  const known = SERVICES.find((one) => one.service === service);
  const action = form === 'action' ? rest : /\bAction=(\w+)/.exec(request)?.[1];
  if (known === undefined || (action !== undefined && !known.action.test(action))) {
    return undefined;
  }
  const [, account, queue] = service === 'sqs' && form === 'path' ? /^([^/]+)\/([^/?]+)/.exec(rest) ?? [] : [];
  const text = queue === undefined ? known.named.exec(request)?.[1] : `arn:aws:sqs:${region}:${account}:${queue}`;
  return { to: graph.endOf(text, known.type), asynchronous: service !== 'dynamodb' && action !== 'StartSyncExecution' };
}

/** By a header that API Gateway adds. */
function isAsynchronousInvocation(integration: Props): boolean {
  const { content } = integration.part('RequestParameters');
  return Object.entries(typeof content === 'object' ? content ?? {} : {}).some(([name, value]) => /\.x-amz-invocation-type$/i.test(name) && value === "'Event'");
}

/** The texts of which the request to the service is made. */
function requestOf(integration: Props): string {
  return ['RequestParameters', 'RequestTemplates'].map((path) => integration.part(path).content)
    .flatMap((content) => Object.values(typeof content === 'object' ? content ?? {} : {})).filter((value) => typeof value === 'string').join('\n');
}
