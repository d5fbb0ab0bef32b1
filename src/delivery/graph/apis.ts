import type { DeliveryGraph } from './delivery-graph';
import { functionOf } from './functions';
import type { End, Hop } from './hop';
import { DELIVERY_STREAM, EVENT_BUS, HTTP_API, INTEGRATION, METHOD, QUEUE, REST_API, STATE_MACHINE, STREAM, TOPIC, TABLES } from './resource-types';
import type { Resource } from '../template/app';
import { member } from '../template/member';
import { Props } from '../template/props';

/** What an API does with a request by itself: it calls a service or a function. */
export interface Integration {
  /** The method of a REST API, the integration of an HTTP or a WebSocket API, or an API with an OpenAPI document. */
  readonly at: Resource;
  /** What texts call it by, such as `method 'Shop/Api/POST'`. */
  readonly name: string;
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
      yield { ...to, at, name: `method '${at.path}'`, api: graph.end(at.props, 'RestApiId', REST_API), role: integration.text('Credentials') };
    }
  }
  for (const at of graph.app.ofType(INTEGRATION)) {
    const { props } = at;
    const to = subtypeTarget(graph, props) ?? requestTarget(graph, props, props.text('IntegrationUri'));
    if (to !== undefined && isServiceType(props.text('IntegrationType'))) {
      yield { ...to, at, name: `integration '${at.path}'`, api: graph.end(props, 'ApiId', HTTP_API), role: props.text('CredentialsArn') };
    }
  }
  for (const at of graph.app.ofType(REST_API, HTTP_API)) {
    for (const { operation, integration } of documentedIntegrations(at.props.value('Body'))) {
      const to = subtypeTarget(graph, integration) ?? requestTarget(graph, integration, integration.text('Uri'));
      if (to !== undefined && isServiceType(integration.text('Type')?.toUpperCase())) {
        yield { ...to, at, name: `${operation} of '${at.path}'`, api: { text: at.arn, resource: at }, role: integration.text('Credentials') };
      }
    }
  }
}

const DOCUMENTED = 'x-amazon-apigateway-integration';

/** The operations of an OpenAPI document, such as `POST /orders`. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html */
function* documentedIntegrations(document: unknown): Iterable<{ readonly operation: string; readonly integration: Props }> {
  for (const [path, methods] of entriesOf(member(document, 'paths'))) {
    for (const [method, operation] of entriesOf(methods)) {
      const stated = member(operation, DOCUMENTED);
      const shared = /^#\/components\/x-amazon-apigateway-integrations\/(.+)$/.exec(String(member(stated, '$ref')))?.[1];
      const integration = shared === undefined ? stated : member(document, 'components', `${DOCUMENTED}s`, shared);
      // In a template the same names begin with a capital letter.
      const properties = entriesOf(integration).map(([name, value]) => [name.charAt(0).toUpperCase() + name.slice(1), value] as const);
      const shown = method === 'x-amazon-apigateway-any-method' ? 'ANY' : method.toUpperCase();
      yield { operation: `${shown} ${path}`, integration: new Props(Object.fromEntries(properties)) };
    }
  }
}

function entriesOf(content: unknown): [string, unknown][] {
  return typeof content === 'object' && content !== null ? Object.entries(content) : [];
}

/** API Gateway hands a request over to a service or a function. */
export function* apiHops(graph: DeliveryGraph): Iterable<Hop> {
  for (const { at, name, api, to, role } of integrationsOf(graph)) {
    yield {
      kind: 'integration',
      at,
      name,
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

/** How an HTTP API calls a service. */
interface Subtype {
  readonly subtype: RegExp;
  /** What names the resource. */
  readonly parameter: string;
  readonly types: readonly string[];
  readonly asynchronous: boolean;
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html */
const SUBTYPES: readonly Subtype[] = [
  { subtype: /^SQS-SendMessage$/, parameter: 'QueueUrl', types: [QUEUE], asynchronous: true },
  { subtype: /^EventBridge-PutEvents$/, parameter: 'EventBusName', types: [EVENT_BUS], asynchronous: true },
  { subtype: /^Kinesis-PutRecord$/, parameter: 'StreamName', types: [STREAM], asynchronous: true },
  { subtype: /^StepFunctions-StartExecution$/, parameter: 'StateMachineArn', types: [STATE_MACHINE], asynchronous: true },
  { subtype: /^StepFunctions-StartSyncExecution$/, parameter: 'StateMachineArn', types: [STATE_MACHINE], asynchronous: false },
];

function subtypeTarget(graph: DeliveryGraph, props: Props): Target | undefined {
  const known = SUBTYPES.find(({ subtype }) => subtype.test(props.text('IntegrationSubtype') ?? ''));
  return known && { to: graph.end(props, `RequestParameters.${known.parameter}`, ...known.types), asynchronous: known.asynchronous };
}

/** Such as `arn:aws:apigateway:eu-west-1:sqs:path/111122223333/orders`. */
const SERVICE_URI = /^arn:[^:]+:apigateway:([^:]*):([^:]+):(path|action)\/(.*)$/;

const FUNCTION_PATH = /^2015-03-31\/functions\/(.+)\/invocations$/;

/** What a service is asked for in the text of a request: how the resource is named there, and its types. */
const SERVICES: readonly { readonly service: string; readonly action: RegExp; readonly named: RegExp; readonly types: readonly string[] }[] = [
  { service: 'sqs', action: /^SendMessage/, named: /(https:\/\/sqs[^\s'"&)\\]+)/, types: [QUEUE] },
  { service: 'sns', action: /^Publish/, named: /(arn:[\w-]+:sns:[^\s'"&)\\]+)/, types: [TOPIC] },
  { service: 'states', action: /^Start(Sync)?Execution$/, named: /(arn:[\w-]+:states:[^\s'"&)\\]+)/, types: [STATE_MACHINE] },
  { service: 'events', action: /^PutEvents$/, named: /EventBusName["'\\\s:=]+([^"'\\\s]+)/, types: [EVENT_BUS] },
  { service: 'kinesis', action: /^PutRecords?$/, named: /StreamName["'\\\s:=]+([^"'\\\s]+)/, types: [STREAM] },
  { service: 'firehose', action: /^PutRecord(Batch)?$/, named: /DeliveryStreamName["'\\\s:=]+([^"'\\\s]+)/, types: [DELIVERY_STREAM] },
  { service: 'dynamodb', action: /^(Put|Update|Delete)Item$/, named: /TableName["'\\\s:=]+([^"'\\\s]+)/, types: TABLES },
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
  const action = form === 'action' ? rest : /\bAction='?(\w+)/.exec(request)?.[1];
  if (known === undefined || (action !== undefined && !known.action.test(action))) {
    return undefined;
  }
  const [, account, queue] = service === 'sqs' && form === 'path' ? /^([^/]+)\/([^/?]+)/.exec(rest) ?? [] : [];
  const text = queue === undefined ? known.named.exec(request)?.[1] : `arn:aws:sqs:${region}:${account}:${queue}`;
  return { to: graph.endOf(text, ...known.types), asynchronous: service !== 'dynamodb' && action !== 'StartSyncExecution' };
}

/** By a header that API Gateway adds. */
function isAsynchronousInvocation(integration: Props): boolean {
  return entriesOf(integration.value('RequestParameters')).some(([name, value]) => /\.x-amz-invocation-type$/i.test(name) && value === "'Event'");
}

/** The texts of which the request to the service is made, such as `integration.request.querystring.Action='SendMessage'`. */
function requestOf(integration: Props): string {
  return ['RequestParameters', 'RequestTemplates'].map((path) => integration.part(path).content)
    .flatMap(entriesOf).map(([name, value]) => `${name}=${value}`).join('\n');
}
