import { Aws, RemovalPolicy } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { warnWithoutLoggingAccount } from './logging-account';
import { PROBLEM_MEDIA_TYPE } from './problem-details';
import { idsInStack } from '../app/path-in-stack';
import { LOG_RETENTION } from '../log-groups/vended-log-group';

export interface ProblemApiProps {
  readonly corsOrigin?: string;
  readonly throttlingRateLimit?: number;
  readonly throttlingBurstLimit?: number;
  readonly accessLogs?: boolean;
  readonly logRetention?: logs.RetentionDays;
}

/**
 * Makes a regional REST API with throttling and access logs, whose own errors are problem details too.
 */
export function newProblemApi(scope: Construct, id: string, props: ProblemApiProps): apigateway.RestApi {
  const logGroup = props.accessLogs ?? true
    ? new logs.LogGroup(scope, 'AccessLogs', { retention: props.logRetention ?? LOG_RETENTION, removalPolicy: RemovalPolicy.DESTROY })
    : undefined;
  const api = new apigateway.RestApi(scope, id, {
    // The dimension of its metrics. APIs with one name, as the CDK would give them, share their metrics and so their alarms.
    restApiName: `${Aws.STACK_NAME}-${idsInStack(scope).join('-')}`,
    endpointTypes: [apigateway.EndpointType.REGIONAL],
    // The role is the account's, not this API's: see ApiLoggingAccount.
    cloudWatchRole: false,
    deployOptions: {
      tracingEnabled: true,
      throttlingRateLimit: props.throttlingRateLimit ?? 100,
      throttlingBurstLimit: props.throttlingBurstLimit ?? 200,
      ...(logGroup ? { accessLogDestination: new apigateway.LogGroupLogDestination(logGroup), accessLogFormat: accessLogFormat() } : {}),
    },
  });
  // The CDK makes an output of every API's URL.
  api.node.tryRemoveChild('Endpoint');
  addGatewayResponses(api, props.corsOrigin);
  if (logGroup) {
    warnWithoutLoggingAccount(scope);
  }
  return api;
}

/** Headers that a page of another origin needs, as static values of a mapping. */
export function corsHeaders(corsOrigin: string | undefined): { [header: string]: string } {
  return corsOrigin === undefined ? {} : {
    'Access-Control-Allow-Origin': `'${corsOrigin}'`,
    'Access-Control-Expose-Headers': "'Location,Retry-After'",
  };
}

/**
 * What API Gateway itself refuses. Templates of gateway responses are no VTL: a variable is put in as it is, so only the message is, which comes quoted and is API Gateway's own.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
 */
function addGatewayResponses(api: apigateway.RestApi, corsOrigin: string | undefined): void {
  const headers = { 'Content-Type': `'${PROBLEM_MEDIA_TYPE}'`, ...corsHeaders(corsOrigin) };
  const templates = { 'application/json': '{"type": "about:blank", "title": $context.error.messageString}' };
  const waiting = { ...headers, 'Retry-After': "'1'" };
  api.addGatewayResponse('ClientErrors', { type: apigateway.ResponseType.DEFAULT_4XX, responseHeaders: headers, templates });
  api.addGatewayResponse('ServerErrors', { type: apigateway.ResponseType.DEFAULT_5XX, responseHeaders: waiting, templates });
  api.addGatewayResponse('Throttled', { type: apigateway.ResponseType.THROTTLED, statusCode: '429', responseHeaders: waiting, templates });
}

/** One JSON object a line, with what it takes to find a caller's request and to see where it failed. No body and no idempotency key. */
function accessLogFormat(): apigateway.AccessLogFormat {
  const field = apigateway.AccessLogField;
  return apigateway.AccessLogFormat.custom(JSON.stringify({
    requestId: field.contextRequestId(),
    extendedRequestId: field.contextExtendedRequestId(),
    requestTime: field.contextRequestTime(),
    caller: field.contextIdentityUserArn(),
    sourceIp: field.contextIdentitySourceIp(),
    httpMethod: field.contextHttpMethod(),
    resourcePath: field.contextResourcePath(),
    status: field.contextStatus(),
    error: field.contextErrorResponseType(),
    integrationStatus: field.contextIntegrationStatus(),
    responseLatency: field.contextResponseLatency(),
    integrationLatency: field.contextIntegrationLatency(),
  }));
}
