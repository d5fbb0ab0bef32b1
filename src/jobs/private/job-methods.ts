import type { Duration } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { JobOwner } from './job-templates';
import { acceptAnswer, acceptRefusal, acceptRequest, statusAnswer, statusRefusal, statusRequest } from './job-templates';
import { corsHeaders } from '../../private/apigateway/problem-api';
import { PROBLEM_MEDIA_TYPE, problemJson } from '../../private/apigateway/problem-details';
import { sortedByKey } from '../../private/apigateway/redeployment';

export interface JobMethodsProps {
  readonly owner: JobOwner;
  readonly maxBodyBytes: number;
  readonly timeout: Duration;
  readonly retention: Duration;
  readonly retryAfter: Duration;
  readonly bodySchema?: apigateway.JsonSchema;
  readonly authorizer?: apigateway.IAuthorizer;
  readonly authorizationScopes?: string[];
  readonly apiKeyRequired?: boolean;
  readonly corsOrigin?: string;
  readonly encryptionKey?: kms.IKey;
}

/**
 * Adds `POST /jobs` and `GET /jobs/{id}`, which go to the table directly.
 */
export function addJobMethods(scope: Construct, api: apigateway.RestApi, table: dynamodb.ITable, props: JobMethodsProps): apigateway.Method[] {
  const credentialsRole = new iam.Role(scope, 'ApiRole', { assumedBy: new iam.ServicePrincipal('apigateway.amazonaws.com') });
  table.grant(credentialsRole, 'dynamodb:UpdateItem', 'dynamodb:GetItem');
  props.encryptionKey?.grantEncryptDecrypt(credentialsRole);

  const retryAfter = props.retryAfter.toSeconds();
  const accept = new apigateway.AwsIntegration({
    service: 'dynamodb',
    action: 'UpdateItem',
    options: {
      credentialsRole,
      passthroughBehavior: apigateway.PassthroughBehavior.NEVER,
      requestTemplates: {
        'application/json': acceptRequest({
          tableName: table.tableName,
          owner: props.owner,
          maxBodyBytes: props.maxBodyBytes,
          timeout: props.timeout.toSeconds(),
          retention: props.retention.toSeconds(),
        }),
      },
      integrationResponses: integrationResponses('202', acceptAnswer(retryAfter), acceptRefusal(props.maxBodyBytes, props.owner), props.corsOrigin),
    },
  });
  const status = new apigateway.AwsIntegration({
    service: 'dynamodb',
    action: 'GetItem',
    options: {
      credentialsRole,
      passthroughBehavior: apigateway.PassthroughBehavior.WHEN_NO_TEMPLATES,
      requestTemplates: { 'application/json': statusRequest(table.tableName, props.owner) },
      integrationResponses: integrationResponses('200', statusAnswer(retryAfter, props.owner), statusRefusal(), props.corsOrigin),
    },
  });

  const authorization = {
    // Undefined: the authorizer's own type.
    authorizationType: props.authorizer ? undefined : apigateway.AuthorizationType.IAM,
    authorizer: props.authorizer,
    authorizationScopes: props.authorizationScopes,
    apiKeyRequired: props.apiKeyRequired,
  };
  const jobs = api.root.addResource('jobs');
  const job = jobs.addResource('{id}');
  if (props.corsOrigin !== undefined) {
    for (const [resource, method] of [[jobs, 'POST'], [job, 'GET']] as const) {
      resource.addCorsPreflight({ allowOrigins: [props.corsOrigin], allowMethods: [method], allowHeaders: CORS_REQUEST_HEADERS });
    }
  }
  return [
    jobs.addMethod('POST', accept, {
      ...authorization,
      requestModels: { 'application/json': api.addModel('Body', { schema: sortedByKey(props.bodySchema ?? { type: apigateway.JsonSchemaType.OBJECT }) }) },
      requestValidator: api.addRequestValidator('Validator', { validateRequestBody: true }),
      methodResponses: methodResponses(['202', '400', '403', '413', '422', '500', '503'], props.corsOrigin),
    }),
    job.addMethod('GET', status, { ...authorization, methodResponses: methodResponses(['200', '403', '404', '500', '503'], props.corsOrigin) }),
  ];
}

/** What a signed request, one with a token, and one with an API key send. */
const CORS_REQUEST_HEADERS = ['Authorization', 'Content-Type', 'Idempotency-Key', 'X-Amz-Content-Sha256', 'X-Amz-Date', 'X-Amz-Security-Token', 'X-Api-Key'];

/** An answer of the table, a refusal of it, and what is broken there. The refusal's template settles status and media type. */
function integrationResponses(okStatus: string, answer: string, refusal: string, corsOrigin: string | undefined): apigateway.IntegrationResponse[] {
  const cors = asResponseParameters(corsHeaders(corsOrigin));
  return [
    { statusCode: okStatus, responseTemplates: { 'application/json': answer }, responseParameters: cors },
    { statusCode: '500', selectionPattern: '4\\d{2}', responseTemplates: { 'application/json': refusal }, responseParameters: cors },
    {
      statusCode: '503',
      selectionPattern: '5\\d{2}',
      responseTemplates: { 'application/json': problemJson({ status: 503, title: 'Service Unavailable' }) },
      responseParameters: { ...cors, ...asResponseParameters({ 'Content-Type': `'${PROBLEM_MEDIA_TYPE}'`, 'Retry-After': "'1'" }) },
    },
  ];
}

function methodResponses(statusCodes: string[], corsOrigin: string | undefined): apigateway.MethodResponse[] {
  const headers = ['Content-Type', 'Location', 'Retry-After', ...Object.keys(corsHeaders(corsOrigin))];
  return statusCodes.map((statusCode) => ({
    statusCode,
    responseParameters: Object.fromEntries(headers.map((header) => [`method.response.header.${header}`, true])),
  }));
}

function asResponseParameters(headers: { [header: string]: string }): { [parameter: string]: string } {
  return Object.fromEntries(Object.entries(headers).map(([header, value]) => [`method.response.header.${header}`, value]));
}
