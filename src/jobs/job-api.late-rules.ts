import { Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { PollingStatusApiProps } from './polling-status-api';
import type { JobPlan } from './polling-status-api.rules';
import type { JobMethod, JobMethods, JobMethodsProps } from './private/job-methods';
import { bodySchemaOf, cancelMethod, statusMethod, submitMethod, TABLE_ACTIONS } from './private/job-methods';
import { stated, hasMembers, isSame, keyPermissions, logGroupValues, orOff, resource, roleValues } from './private/late-values';
import { asResponseParameters, echoOrigin, preflightHeaders } from '../private/apigateway/cors';
import { accessLogFormat, apiNameOf, endpointConfigurationOf, gatewayResponses, throttlingOf } from '../private/apigateway/problem-api';
import type { DerivedValue } from '../private/checks/derived-values';
import { valuesIn } from '../private/checks/derived-values';
import { LOG_RETENTION } from '../private/log-groups/vended-log-group';

/** The API of a pattern, and what was made of it. */
export interface JobApiParts {
  readonly api: apigateway.IRestApi;
  /** The same, if it was made here. */
  readonly ownApi: apigateway.RestApi | undefined;
  readonly methods: JobMethods;
  readonly table: dynamodb.Table;
}

/** What the API is made of. Of one that was given only the methods are. */
export function apiValues(scope: Construct, parts: JobApiParts, props: PollingStatusApiProps, plan: JobPlan): DerivedValue[] {
  const { ownApi, methods, table } = parts;
  const all: JobMethodsProps = { ...props, ...plan };
  return [
    ...ownApi ? ownApiValues(scope, ownApi, props, plan) : [],
    ...methodValues(parts, methods.submit, submitMethod(table, all), props),
    ...methodValues(parts, methods.status, statusMethod(table, all), props),
    ...methodValues(parts, methods.cancel, cancelMethod(table, all), props),
    ...bodyValues(parts, all),
    ...preflightValues(parts, all),
    ...pathValues(parts, plan),
    ...roleValues(methods.role, 'apigateway.amazonaws.com', [
      { actions: TABLE_ACTIONS, resource: table.tableArn },
      ...keyPermissions(scope, props.encryptionKey),
    ], 'API Gateway writes and reads jobs as this role; add other statements to these'),
  ];
}

function ownApiValues(scope: Construct, api: apigateway.RestApi, props: PollingStatusApiProps, plan: JobPlan): DerivedValue[] {
  const { types, vpcEndpoints } = endpointConfigurationOf(props);
  return [
    ...valuesIn(resource(api), {
      'Properties.Name': [apiNameOf(scope), 'its alarms watch the metrics of the API by this name'],
      'Properties.EndpointConfiguration.Types': [types, stated('endpointConfiguration')],
      'Properties.EndpointConfiguration.VpcEndpointIds': [vpcEndpoints?.map(({ vpcEndpointId }) => vpcEndpointId), stated('endpointConfiguration')],
      'Properties.Policy': [props.policy, stated('policy')],
      'Properties.Body': [undefined, 'a definition would take the place of the methods'],
      'Properties.BodyS3Location': [undefined, 'a definition would take the place of the methods'],
      'Properties.BinaryMediaTypes': [undefined, 'a body that passes for binary reaches no mapping template', takesNoJson],
    }),
    ...stageValues(scope, api, props),
    ...gatewayResponses(plan.cors).flatMap(({ id, type, statusCode, responseHeaders = {}, templates }) => valuesIn(resource(api.node.findChild(id)), {
      'Properties.ResponseType': [type.responseType, 'clients expect a problem from whatever API Gateway refuses'],
      'Properties.StatusCode': [statusCode, 'clients expect the status that the docs name'],
      'Properties.ResponseTemplates': [templates, 'clients expect a problem from whatever API Gateway refuses', hasMembers],
      'Properties.ResponseParameters': [
        Object.fromEntries(Object.entries(responseHeaders).map(([header, value]) => [`gatewayresponse.header.${header}`, value])),
        `${stated('corsAllowOrigins')}, and add other headers to these`, hasMembers,
      ],
    })),
  ];
}

function takesNoJson(found: unknown): boolean {
  return ![found ?? []].flat().some((type) => ['*/*', '*~1*', 'application/*', 'application~1*', 'application/json', 'application~1json'].includes(type as string));
}

function stageValues(scope: Construct, api: apigateway.RestApi, props: PollingStatusApiProps): DerivedValue[] {
  const { throttlingRateLimit, throttlingBurstLimit } = throttlingOf(props);
  const logGroup = scope.node.tryFindChild('AccessLogs') as logs.LogGroup | undefined;
  return [
    ...valuesIn(resource(api.deploymentStage), {
      'Properties.RestApiId': [api.restApiId, 'it is the stage of this API'],
      'Properties.DeploymentId': [api.latestDeployment?.deploymentId, 'an older deployment has none of the changes since'],
      'Properties.MethodSettings.0.HttpMethod': ['*', 'all requests are throttled together; add settings of single methods after these'],
      'Properties.MethodSettings.0.ResourcePath': ['/*', 'all requests are throttled together; add settings of single methods after these'],
      'Properties.MethodSettings.0.ThrottlingRateLimit': [throttlingRateLimit, stated('throttlingRateLimit')],
      'Properties.MethodSettings.0.ThrottlingBurstLimit': [throttlingBurstLimit, stated('throttlingBurstLimit')],
      'Properties.MethodSettings.0.DataTraceEnabled': [undefined, 'bodies and results must not get into the logs', orOff],
      'Properties.TracingEnabled': [true, 'traces show where the time of a request goes'],
      ...logGroup ? {
        'Properties.AccessLogSetting.DestinationArn': [new apigateway.LogGroupLogDestination(logGroup).bind(api.deploymentStage).destinationArn, stated('accessLogs')],
        'Properties.AccessLogSetting.Format': [accessLogFormat().toString(), 'the runbook reads these fields'],
      } : {},
    }),
    ...valuesIn(resource(api.latestDeployment!), { 'Properties.RestApiId': [api.restApiId, 'it is a deployment of this API'] }),
    ...logGroupValues(logGroup, props.logRetention ?? LOG_RETENTION),
  ];
}

function methodValues({ api, methods }: JobApiParts, method: apigateway.Method, expected: JobMethod, props: PollingStatusApiProps): DerivedValue[] {
  const { authorizer } = props;
  const { apiKeyRequired: byDefault } = api.root.defaultMethodOptions ?? {};
  const stack = Stack.of(api);
  const uri = stack.formatArn({ service: 'apigateway', account: 'dynamodb', resource: 'action', resourceName: expected.action });
  const direct = 'the method goes to the table directly, with templates of its own; do other work in the engine';
  return valuesIn(resource(method), {
    'Properties.RestApiId': [api.restApiId, 'it is a method of this API'],
    'Properties.ResourceId': [method.resource.resourceId, stated('resourcePath')],
    'Properties.HttpMethod': [expected.httpMethod, direct],
    'Properties.AuthorizationType': [authorizer?.authorizationType ?? apigateway.AuthorizationType.IAM, stated('authorizer')],
    'Properties.AuthorizerId': [authorizer?.authorizerId, stated('authorizer')],
    'Properties.AuthorizationScopes': [props.authorizationScopes, stated('authorizationScopes')],
    'Properties.ApiKeyRequired': [props.apiKeyRequired ?? byDefault, stated('apiKeyRequired'), (found, value) => (found ?? false) === (value ?? false)],
    'Properties.Integration.Type': ['AWS', direct],
    'Properties.Integration.IntegrationHttpMethod': ['POST', direct],
    'Properties.Integration.Uri': [uri, direct],
    'Properties.Integration.Credentials': [methods.role.roleArn, 'change what that role may do'],
    'Properties.Integration.PassthroughBehavior': [expected.passthroughBehavior, direct],
    'Properties.Integration.ContentHandling': [undefined, direct],
    'Properties.Integration.RequestParameters': [undefined, direct],
    'Properties.Integration.RequestTemplates': [{ 'application/json': expected.requestTemplate }, direct],
    ...Object.fromEntries(expected.integrationResponses.flatMap(({ statusCode, selectionPattern, responseTemplates, responseParameters }, index) => {
      const at = `Properties.Integration.IntegrationResponses.${index}`;
      return [
        [`${at}.StatusCode`, [statusCode, direct]],
        [`${at}.SelectionPattern`, [selectionPattern, direct]],
        [`${at}.ResponseTemplates`, [responseTemplates, direct]],
        [`${at}.ResponseParameters`, [responseParameters, `${stated('corsAllowOrigins')}, and add other headers to these`, hasMembers]],
      ];
    })),
    'Properties.MethodResponses': [
      expected.methodResponses.map(({ statusCode, responseParameters }) => ({ StatusCode: statusCode, ResponseParameters: responseParameters })),
      'a method must declare what it answers; add others to these', hasMembers,
    ],
  });
}

function bodyValues({ api, methods }: JobApiParts, props: JobMethodsProps): DerivedValue[] {
  const { model, validator, submit } = methods;
  return [
    ...valuesIn(resource(submit), {
      'Properties.RequestModels.application/json': [model.modelId, stated('bodySchema')],
      'Properties.RequestValidatorId': [validator.requestValidatorId, 'a body is checked before anything is written'],
    }),
    ...valuesIn(resource(model), {
      'Properties.RestApiId': [api.restApiId, 'it is a model of this API'],
      'Properties.ContentType': ['application/json', 'bodies are JSON'],
      'Properties.Schema': [schemaOf(bodySchemaOf(props)), stated('bodySchema'), isSame],
    }),
    ...valuesIn(resource(validator), {
      'Properties.RestApiId': [api.restApiId, 'it is a validator of this API'],
      'Properties.ValidateRequestBody': [true, 'a body is checked before anything is written'],
    }),
  ];
}

/** Where a schema has names of its own choice. */
const NAMED = ['definitions', 'properties', 'patternProperties', 'dependencies'];

/** A schema as CloudFormation has it: the CDK writes `$ref` and `$schema` without their sign. */
function schemaOf(schema: apigateway.JsonSchema): object {
  return { $schema: apigateway.JsonSchemaVersion.DRAFT4, ...renamed(schema, false) as object };
}

function renamed(value: unknown, isNamed: boolean): unknown {
  if (Array.isArray(value)) {
    return value.map((element) => renamed(element, false));
  }
  return typeof value !== 'object' || value === null ? value : Object.fromEntries(Object.entries(value).map(([name, member]) => [
    !isNamed && (name === 'ref' || name === 'schema') ? `$${name}` : name,
    renamed(member, !isNamed && NAMED.includes(name)),
  ]));
}

function preflightValues({ methods }: JobApiParts, { cors }: JobMethodsProps): DerivedValue[] {
  const why = `${stated('corsAllowOrigins')} and corsAllowHeaders`;
  return cors === undefined ? [] : methods.preflights.flatMap((preflight, index) => valuesIn(resource(preflight), {
    'Properties.HttpMethod': ['OPTIONS', why],
    'Properties.AuthorizationType': ['NONE', 'browsers send no credentials with it'],
    'Properties.ApiKeyRequired': [undefined, 'browsers send no key with it', orOff],
    'Properties.Integration.Type': ['MOCK', why],
    'Properties.Integration.RequestTemplates.application/json': ['{ statusCode: 204 }', why],
    'Properties.Integration.IntegrationResponses.0.StatusCode': ['204', why],
    'Properties.Integration.IntegrationResponses.0.ResponseParameters': [asResponseParameters(preflightHeaders(cors, ['POST', 'GET', 'POST'][index]!)), why, hasMembers],
    'Properties.Integration.IntegrationResponses.0.ResponseTemplates.application/json': [echoOrigin(cors), why],
    'Properties.MethodResponses': [
      [{ StatusCode: '204', ResponseParameters: Object.fromEntries(Object.keys(asResponseParameters(preflightHeaders(cors, ''))).map((name) => [name, true])) }],
      'a method must declare what it answers', hasMembers,
    ],
  }));
}

/** The resources of the path, of which one that was given may have had some. */
function pathValues({ methods }: JobApiParts, { resourcePath }: JobPlan): DerivedValue[] {
  const parts = [...resourcePath.split('/'), '{id}', 'cancel'].reverse();
  const resources = [];
  for (let at: apigateway.IResource | undefined = methods.cancel.resource; at?.parentResource; at = at.parentResource) {
    resources.push(at);
  }
  return resources.flatMap((at, index) => (resource(at) === undefined ? [] : valuesIn(resource(at), {
    'Properties.PathPart': [parts[index], stated('resourcePath')],
    'Properties.ParentId': [at.parentResource!.resourceId, stated('resourcePath')],
  })));
}
