import type { Duration } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { JobOwner } from './job-templates';
import {
  acceptAnswer, acceptRefusal, acceptRequest, cancelAnswer, cancelRefusal, cancelRequest, statusAnswer, statusRefusal, statusRequest,
} from './job-templates';
import type { Cors } from '../../private/apigateway/cors';
import { addPreflight, asResponseParameters, corsHeaders, declared, echoOrigin } from '../../private/apigateway/cors';
import { PROBLEM_MEDIA_TYPE, problemJson } from '../../private/apigateway/problem-details';
import { sortedByKey } from '../../private/apigateway/redeployment';

export interface JobMethodsProps {
  readonly owner: JobOwner;
  readonly maxBodyBytes: number;
  readonly timeout: Duration;
  readonly retentionPeriod: Duration;
  readonly retryAfter: Duration;
  /** Without slashes at its ends. */
  readonly resourcePath: string;
  /** Where clients reach the jobs. Undefined: by the path of the request. */
  readonly jobsUrl: string | undefined;
  readonly cors: Cors | undefined;
  readonly bodySchema?: apigateway.JsonSchema;
  readonly authorizer?: apigateway.IAuthorizer;
  readonly authorizationScopes?: string[];
  readonly apiKeyRequired?: boolean;
  readonly encryptionKey?: kms.IKey;
}

/** The methods, and what they are made of. */
export interface JobMethods {
  readonly role: iam.Role;
  readonly model: apigateway.Model;
  readonly validator: apigateway.RequestValidator;
  readonly submit: apigateway.Method;
  readonly status: apigateway.Method;
  readonly cancel: apigateway.Method;
  readonly preflights: apigateway.Method[];
}

/**
 * Adds the methods that submit a job, tell how it stands, and cancel it; all go to the table directly.
 *
 * @param parts where model and validator are made
 */
export function addJobMethods(
  scope: Construct, api: apigateway.IRestApi, parts: Construct, table: dynamodb.ITable, props: JobMethodsProps,
): JobMethods {
  const role = new iam.Role(scope, 'ApiRole', { assumedBy: new iam.ServicePrincipal('apigateway.amazonaws.com') });
  table.grant(role, ...TABLE_ACTIONS);
  props.encryptionKey?.grantEncryptDecrypt(role);

  const authorization = {
    // Undefined: the authorizer's own type.
    authorizationType: props.authorizer ? undefined : apigateway.AuthorizationType.IAM,
    authorizer: props.authorizer,
    authorizationScopes: props.authorizationScopes,
    apiKeyRequired: props.apiKeyRequired,
  };
  const [submission, reading, cancellation] = [submitMethod(table, props), statusMethod(table, props), cancelMethod(table, props)];
  const jobs = api.root.resourceForPath(props.resourcePath);
  const job = jobs.addResource('{id}');
  const end = job.addResource('cancel');
  const { cors } = props;
  const preflights = cors === undefined ? [] : [
    addPreflight(jobs, submission.httpMethod, cors), addPreflight(job, reading.httpMethod, cors), addPreflight(end, cancellation.httpMethod, cors),
  ];
  const model = new apigateway.Model(parts, 'Body', { restApi: api, schema: bodySchemaOf(props) });
  const validator = new apigateway.RequestValidator(parts, 'Validator', { restApi: api, validateRequestBody: true });
  return {
    role,
    model,
    validator,
    preflights,
    submit: jobs.addMethod(submission.httpMethod, integrationOf(submission, role), {
      ...authorization,
      requestModels: { 'application/json': model },
      requestValidator: validator,
      methodResponses: submission.methodResponses,
    }),
    status: job.addMethod(reading.httpMethod, integrationOf(reading, role), { ...authorization, methodResponses: reading.methodResponses }),
    cancel: end.addMethod(cancellation.httpMethod, integrationOf(cancellation, role), {
      ...authorization, methodResponses: cancellation.methodResponses,
    }),
  };
}

/** What the methods do with the table. */
export const TABLE_ACTIONS = ['dynamodb:UpdateItem', 'dynamodb:GetItem'];

/** The order of keys is another in each language; with it the deployment would be another, too. */
export function bodySchemaOf({ bodySchema }: JobMethodsProps): apigateway.JsonSchema {
  return sortedByKey(bodySchema ?? { type: apigateway.JsonSchemaType.OBJECT });
}

/** What a method is, apart from who may call it. */
export interface JobMethod {
  readonly httpMethod: 'GET' | 'POST';
  readonly action: string;
  readonly passthroughBehavior: apigateway.PassthroughBehavior;
  readonly requestTemplate: string;
  readonly integrationResponses: apigateway.IntegrationResponse[];
  readonly methodResponses: apigateway.MethodResponse[];
}

export function submitMethod({ tableName }: dynamodb.ITable, props: JobMethodsProps): JobMethod {
  const { owner, maxBodyBytes, cors } = props;
  return {
    httpMethod: 'POST',
    action: 'UpdateItem',
    passthroughBehavior: apigateway.PassthroughBehavior.NEVER,
    requestTemplate: acceptRequest({
      tableName, owner, maxBodyBytes, timeout: props.timeout.toSeconds(), retentionPeriod: props.retentionPeriod.toSeconds(),
    }),
    integrationResponses: integrationResponses(
      '202', acceptAnswer(props.retryAfter.toSeconds(), props.jobsUrl), acceptRefusal(maxBodyBytes, owner), cors,
    ),
    methodResponses: methodResponses(['202', '400', '403', '413', '422', '500', '503'], cors),
  };
}

export function statusMethod({ tableName }: dynamodb.ITable, { owner, retryAfter, cors }: JobMethodsProps): JobMethod {
  return {
    httpMethod: 'GET',
    action: 'GetItem',
    passthroughBehavior: apigateway.PassthroughBehavior.WHEN_NO_TEMPLATES,
    requestTemplate: statusRequest(tableName, owner),
    integrationResponses: integrationResponses('200', statusAnswer(retryAfter.toSeconds(), owner), statusRefusal(), cors),
    methodResponses: methodResponses(['200', '403', '404', '500', '503'], cors),
  };
}

export function cancelMethod({ tableName }: dynamodb.ITable, { owner, cors }: JobMethodsProps): JobMethod {
  return {
    httpMethod: 'POST',
    action: 'UpdateItem',
    passthroughBehavior: apigateway.PassthroughBehavior.NEVER,
    requestTemplate: cancelRequest(tableName, owner),
    integrationResponses: integrationResponses('200', cancelAnswer(), cancelRefusal(owner), cors),
    methodResponses: methodResponses(['200', '403', '404', '409', '500', '503'], cors),
  };
}

function integrationOf(method: JobMethod, credentialsRole: iam.IRole): apigateway.Integration {
  const { action, passthroughBehavior, requestTemplate } = method;
  return new apigateway.AwsIntegration({
    service: 'dynamodb',
    action,
    options: {
      credentialsRole,
      passthroughBehavior,
      requestTemplates: { 'application/json': requestTemplate },
      integrationResponses: method.integrationResponses,
    },
  });
}

/** An answer of the table, a refusal of it, and what is broken there. The refusal's template settles status and media type. */
function integrationResponses(okStatus: string, answer: string, refusal: string, cors: Cors | undefined): apigateway.IntegrationResponse[] {
  const responseParameters = asResponseParameters(corsHeaders(cors));
  const templates = (template: string) => ({ 'application/json': `${echoOrigin(cors)}${template}` });
  return [
    { statusCode: okStatus, responseTemplates: templates(answer), responseParameters },
    { statusCode: '500', selectionPattern: '4\\d{2}', responseTemplates: templates(refusal), responseParameters },
    {
      statusCode: '503',
      selectionPattern: '5\\d{2}',
      responseTemplates: templates(problemJson({ status: 503, title: 'Service Unavailable' })),
      responseParameters: { ...responseParameters, ...asResponseParameters({ 'Content-Type': `'${PROBLEM_MEDIA_TYPE}'`, 'Retry-After': "'1'" }) },
    },
  ];
}

function methodResponses(statusCodes: string[], cors: Cors | undefined): apigateway.MethodResponse[] {
  const responseParameters = declared(['Content-Type', 'Location', 'Retry-After', ...Object.keys(corsHeaders(cors))]);
  return statusCodes.map((statusCode) => ({ statusCode, responseParameters }));
}
