import type { Reading } from './check';
import { check } from './check';
import type { Integration } from '../graph/apis';
import { integrationsOf } from '../graph/apis';
import type { DeliveryGraph } from '../graph/delivery-graph';
import { groupedBy, remembered } from '../graph/reading';
import { HTTP_API, INTEGRATION, METHOD, REST_API } from '../graph/resource-types';
import type { ApiRequestFacts, ApiStageFacts } from '../rules/api-request';
import { API_REQUEST_RULES, API_STAGE_RULES } from '../rules/api-request';
import type { GraphqlKeyFacts } from '../rules/graphql-key';
import { GRAPHQL_KEY_RULES } from '../rules/graphql-key';
import type { RestApiFacts } from '../rules/rest-api';
import { REST_API_RULES } from '../rules/rest-api';
import type { Resource } from '../template/app';

export const API_CHECKS = [
  check(REST_API_RULES, readRestApis),
  check(API_REQUEST_RULES, readRequests),
  check(API_STAGE_RULES, readStages),
  check(GRAPHQL_KEY_RULES, readGraphqlKeys),
];

/** What a template says of an API itself. Which answers are personal, and what the account has, it does not say. */
function* readRestApis(graph: DeliveryGraph): Iterable<Reading<RestApiFacts>> {
  for (const api of graph.app.ofType(REST_API)) {
    const { path, props } = api;
    // An OpenAPI document may have the policy.
    const hasDocument = props.has('Body') !== false || props.has('BodyS3Location') !== false;
    yield {
      at: api,
      facts: { path, isPrivate: props.list('EndpointConfiguration.Types')?.includes('PRIVATE'), hasPolicy: hasDocument ? undefined : props.has('Policy') },
    };
  }
}

function* readRequests(graph: DeliveryGraph): Iterable<Reading<ApiRequestFacts>> {
  for (const integration of integrationsOf(graph)) {
    const { at, asynchronous } = integration;
    const target = targetOf(integration);
    if (asynchronous && at.type === METHOD && target !== undefined) {
      yield { at, facts: { path: at.path, httpMethod: at.props.literal('HttpMethod'), target, validatesBody: validatesBody(graph, at) } };
    } else if (asynchronous && at.type === INTEGRATION && target !== undefined) {
      const httpApi = integration.api.resource?.props.literal('ProtocolType') === 'HTTP';
      yield { at, facts: { path: at.path, httpMethod: methodOf(graph, at), target, httpApi } };
    }
  }
}

const routesByTarget = remembered(({ app }: DeliveryGraph) => groupedBy(app.ofType('AWS::ApiGatewayV2::Route'), ({ props }) => props.text('Target')));

/** Of the first route that leads there. */
function methodOf(graph: DeliveryGraph, { name }: Resource): string | undefined {
  const [route] = routesByTarget(graph).get(`integrations/${name}`) ?? [];
  const [method] = route?.props.literal('RouteKey')?.split(' ') ?? [];
  return method === '$default' ? 'ANY' : method;
}

function targetOf({ to: { text, resource } }: Integration): string | undefined {
  return resource?.path ?? text;
}

function validatesBody(graph: DeliveryGraph, { props }: Resource): boolean | undefined {
  if (JSON.stringify(props.value('Integration.RequestTemplates') ?? '').includes('#if')) {
    // A template can refuse a request too.
    return undefined;
  }
  const validator = graph.app.find(props.text('RequestValidatorId'), 'AWS::ApiGateway::RequestValidator');
  const isRead = validator?.props.flag('ValidateRequestBody', false) ?? (props.has('RequestValidatorId') === false ? false : undefined);
  return props.has('RequestModels') === false ? false : isRead;
}

function* readStages(graph: DeliveryGraph): Iterable<Reading<ApiStageFacts>> {
  const buffered = groupedBy([...integrationsOf(graph)].filter(({ asynchronous }) => asynchronous), ({ api }) => api.resource);
  const planned = new Set([...plannedApis(graph)]);
  for (const stage of graph.app.ofType('AWS::ApiGateway::Stage', 'AWS::ApiGatewayV2::Stage')) {
    const api = graph.app.find(stage.props.text('RestApiId') ?? stage.props.text('ApiId'), REST_API, HTTP_API);
    const [integration] = (api && buffered.get(api)) ?? [];
    const target = integration && targetOf(integration);
    if (api !== undefined && target !== undefined) {
      yield { at: stage, facts: { path: stage.path, target, throttled: planned.has(api) || isThrottled(stage) } };
    }
  }
}

/** Those with a usage plan that limits who calls. */
function* plannedApis(graph: DeliveryGraph): Iterable<Resource | undefined> {
  for (const { props } of graph.app.ofType('AWS::ApiGateway::UsagePlan')) {
    if (props.has('Throttle') !== false) {
      yield* (props.items('ApiStages') ?? []).map((stage) => graph.app.find(stage.text('ApiId'), REST_API));
    }
  }
}

/** What is not known may be a limit. */
function isThrottled({ props }: Resource): boolean {
  const settings = [...props.items('MethodSettings') ?? [undefined], props.part('DefaultRouteSettings')];
  return props.has('RouteSettings') !== false || settings.some((one) => one?.has('ThrottlingRateLimit') !== false);
}

function* readGraphqlKeys(graph: DeliveryGraph): Iterable<Reading<GraphqlKeyFacts>> {
  for (const key of graph.app.ofType('AWS::AppSync::ApiKey')) {
    yield { at: key, facts: { path: key.path, hasExpiry: key.props.has('Expires') } };
  }
}
