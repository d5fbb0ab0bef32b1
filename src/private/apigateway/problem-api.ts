import { Aws, RemovalPolicy } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Cors } from './cors';
import { gatewayCorsHeaders } from './cors';
import { findLoggingAccount } from './logging-account';
import { PROBLEM_MEDIA_TYPE } from './problem-details';
import { idsInStack } from '../app/path-in-stack';
import { LOG_RETENTION } from '../log-groups/vended-log-group';

export interface ProblemApiProps {
  readonly cors?: Cors | undefined;
  readonly throttlingRateLimit?: number;
  readonly throttlingBurstLimit?: number;
  readonly accessLogs?: boolean;
  readonly logRetention?: logs.RetentionDays;
  readonly policy?: iam.PolicyDocument;
  readonly endpointConfiguration?: apigateway.EndpointConfiguration;
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
    restApiName: apiNameOf(scope),
    endpointConfiguration: endpointConfigurationOf(props),
    policy: props.policy,
    // The role is the account's, not this API's: see ApiLoggingAccount.
    cloudWatchRole: false,
    deployOptions: {
      tracingEnabled: true,
      ...throttlingOf(props),
      ...(logGroup ? { accessLogDestination: new apigateway.LogGroupLogDestination(logGroup), accessLogFormat: accessLogFormat() } : {}),
    },
  });
  // The CDK makes an output of every API's URL.
  api.node.tryRemoveChild('Endpoint');
  gatewayResponses(props.cors).forEach(({ id: name, ...response }) => api.addGatewayResponse(name, response));
  if (logGroup) {
    findLoggingAccount(scope);
  }
  return api;
}

/** Its place in its stack, and the stack's name. */
export function apiNameOf(scope: Construct): string {
  return `${Aws.STACK_NAME}-${idsInStack(scope).join('-')}`;
}

export function endpointConfigurationOf({ endpointConfiguration }: ProblemApiProps): apigateway.EndpointConfiguration {
  return endpointConfiguration ?? { types: [apigateway.EndpointType.REGIONAL] };
}

export function throttlingOf(props: ProblemApiProps): { readonly throttlingRateLimit: number; readonly throttlingBurstLimit: number } {
  return { throttlingRateLimit: props.throttlingRateLimit ?? 100, throttlingBurstLimit: props.throttlingBurstLimit ?? 200 };
}

/**
 * What API Gateway itself refuses. Templates of gateway responses are no VTL: a variable is put in as it is, so only the message is,
 * which comes quoted and is API Gateway's own.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
 */
export function gatewayResponses(cors: Cors | undefined): (apigateway.GatewayResponseOptions & { readonly id: string })[] {
  const responseHeaders = { 'Content-Type': `'${PROBLEM_MEDIA_TYPE}'`, ...gatewayCorsHeaders(cors) };
  const templates = { 'application/json': '{"type": "about:blank", "title": $context.error.messageString}' };
  const waiting = { ...responseHeaders, 'Retry-After': "'1'" };
  return [
    { id: 'ClientErrors', type: apigateway.ResponseType.DEFAULT_4XX, responseHeaders, templates },
    { id: 'ServerErrors', type: apigateway.ResponseType.DEFAULT_5XX, responseHeaders: waiting, templates },
    { id: 'Throttled', type: apigateway.ResponseType.THROTTLED, statusCode: '429', responseHeaders: waiting, templates },
  ];
}

/** One JSON object a line, with what it takes to find a caller's request and to see where it failed. No body and no idempotency key. */
export function accessLogFormat(): apigateway.AccessLogFormat {
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
