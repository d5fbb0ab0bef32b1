import { Stack, Token } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type { Construct } from 'constructs';
import type { JobApiProps } from './job-api-props';
import { apiFacts } from './private/job-api-facts';
import { JobOwner } from './private/job-templates';
import { REST_API_RULES } from '../delivery/rules/rest-api';
import type { Cors } from '../private/apigateway/cors';
import type { Problems } from '../private/checks/problems';
import type { PropBounds } from '../private/checks/prop-bounds';

/** What is derived from the props of the API. */
export interface JobApiPlan {
  readonly owner: JobOwner;
  readonly resourcePath: string;
  /** Where clients reach the jobs. Undefined: by the path of the request. */
  readonly jobsUrl: string | undefined;
  readonly cors: Cors | undefined;
}

/** What a signed request, one with a token, and one with an API key send. */
const REQUEST_HEADERS = ['Authorization', 'Content-Type', 'Idempotency-Key', 'X-Amz-Content-Sha256', 'X-Amz-Date', 'X-Amz-Security-Token', 'X-Api-Key'];

export const JOB_API_BOUNDS: PropBounds<JobApiProps> = {
  throttlingRateLimit: { unit: 'number', min: 1, max: 10_000, fix: 'leave it out for 100 requests a second' },
  throttlingBurstLimit: { unit: 'number', min: 1, max: 5_000, fix: 'leave it out for 200 requests' },
};

/** Derives the plan of the API and checks the props against it. */
export function apiPlanOf(scope: Construct, problems: Problems, props: JobApiProps): JobApiPlan {
  const owner = checkAuthorization(problems, props);
  const resourcePath = checkResourcePath(problems, props);
  const cors = checkCors(problems, props);
  checkPublicUrl(problems, props);
  checkRestApi(scope, problems, props, resourcePath);
  problems.addFindings(REST_API_RULES, apiFacts(scope, props));
  return { owner, resourcePath, jobsUrl: props.publicUrl && `${props.publicUrl}/${resourcePath}`, cors };
}

function checkAuthorization(problems: Problems, { authorizer, authorizationScopes }: JobApiProps): JobOwner {
  const type = authorizer?.authorizationType;
  if (authorizer && type !== apigateway.AuthorizationType.COGNITO && type !== apigateway.AuthorizationType.CUSTOM) {
    problems.add(
      `authorizer is of type ${type ?? 'unknown'}, by which a job's owner cannot be told: ` +
      'give a CognitoUserPoolsAuthorizer, a TokenAuthorizer or a RequestAuthorizer, or leave authorizer out for IAM',
    );
  }
  if (authorizationScopes && type !== apigateway.AuthorizationType.COGNITO) {
    problems.add('authorizationScopes is set, but only a Cognito authorizer looks at scopes: set authorizer to a CognitoUserPoolsAuthorizer, or leave authorizationScopes out');
  }
  switch (type) {
    case apigateway.AuthorizationType.COGNITO:
      return JobOwner.COGNITO;
    case apigateway.AuthorizationType.CUSTOM:
      return JobOwner.CUSTOM;
    default:
      return JobOwner.IAM;
  }
}

/** What a part of a path may be that is no parameter. https://docs.aws.amazon.com/apigateway/latest/api/API_CreateResource.html */
const PATH = /^[\w.:~-]+(\/[\w.:~-]+)*$/;

function checkResourcePath(problems: Problems, { resourcePath = 'jobs' }: JobApiProps): string {
  if (Token.isUnresolved(resourcePath)) {
    problems.add('resourcePath is a token, but must be known, because each part of it is a resource: state it, or leave it out for jobs');
  } else if (!PATH.test(resourcePath)) {
    problems.add(`resourcePath is '${resourcePath}', but must be parts of letters, digits and -_.:~ with slashes between them, such as v1/jobs: change it, or leave it out for jobs`);
  }
  return resourcePath;
}

function checkCors(problems: Problems, { corsAllowOrigins: origins, corsAllowHeaders: headers = [] }: JobApiProps): Cors | undefined {
  if (origins === undefined) {
    if (headers.length > 0) {
      problems.add('corsAllowHeaders is set, but no page of another origin may call the API: set corsAllowOrigins, or leave corsAllowHeaders out');
    }
    return undefined;
  }
  if (Token.isUnresolved(origins) || Token.isUnresolved(headers)) {
    problems.add('corsAllowOrigins or corsAllowHeaders is a token for a whole list, but the entries must be known, because each stands in a mapping: state the list; its entries may be tokens');
    return undefined;
  }
  if (origins.length === 0) {
    problems.add('corsAllowOrigins is empty: name at least one origin, as https://app.example.com, or leave corsAllowOrigins out for no CORS');
  }
  if (origins.includes('*') && origins.length > 1) {
    problems.add(`corsAllowOrigins is ${origins.join(', ')}, but * allows all and must be the only one: leave out * or the others`);
  }
  origins.filter((origin) => !isOrigin(origin)).forEach((origin) => problems.add(
    `corsAllowOrigins has '${origin}', but must have * or origins as browsers send them, as https://app.example.com: scheme and host in lower case, no path, no default port; ` +
    'correct it, or leave corsAllowOrigins out for no CORS',
  ));
  headers.filter((header) => !Token.isUnresolved(header) && !/^[\w!#$%&*+.^`|~-]+$/.test(header)).forEach((header) => problems.add(
    `corsAllowHeaders has '${header}', which is no name of a header: state names such as X-Request-Id`,
  ));
  return { allowOrigins: origins, allowHeaders: [...new Set([...REQUEST_HEADERS, ...headers])] };
}

/** Browsers compare it character by character. https://developer.mozilla.org/docs/Web/HTTP/Headers/Origin */
function isOrigin(origin: string): boolean {
  return origin === '*' || Token.isUnresolved(origin) || (/^https?:\/\/[a-z0-9.:[\]-]+$/.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin);
}

function checkPublicUrl(problems: Problems, { publicUrl }: JobApiProps): void {
  if (publicUrl !== undefined && !Token.isUnresolved(publicUrl) && !/^https?:\/\/[\w.:[\]-]+(\/[\w.:~%-]+)*$/.test(publicUrl)) {
    problems.add(
      `publicUrl is '${publicUrl}', but must be the URL of the root of the API's stage without a slash at its end, as https://api.example.com/shop: ` +
      'correct it, or leave it out for the path of the request',
    );
  }
}

/** What an API that is given has of its own. */
const OF_THE_API = {
  throttlingRateLimit: 'deployOptions.throttlingRateLimit',
  throttlingBurstLimit: 'deployOptions.throttlingBurstLimit',
  accessLogs: 'deployOptions.accessLogDestination',
  policy: 'policy',
  endpointConfiguration: 'endpointConfiguration',
} as const;

function checkRestApi(scope: Construct, problems: Problems, props: JobApiProps, resourcePath: string): void {
  const { restApi } = props;
  if (restApi === undefined) {
    return;
  }
  const { path } = restApi.node;
  for (const [prop, own] of Object.entries(OF_THE_API)) {
    if (props[prop as keyof typeof OF_THE_API] !== undefined) {
      problems.add(`${prop} is set, but restApi '${path}' is given, which has its own: set ${own} of that API, and leave ${prop} out`);
    }
  }
  if (Stack.of(restApi) !== Stack.of(scope)) {
    problems.add(
      `restApi '${path}' is made in another stack (${Stack.of(restApi).node.path}), but its methods and this construct must be in one stack, because they refer to each other: ` +
      'make this construct there, or import the API here by RestApi.fromRestApiAttributes',
    );
  }
  if (restApi.root.defaultMethodOptions?.authorizer && !props.authorizer) {
    problems.add(`restApi '${path}' has a default authorizer, but authorizer is not set, and the owner of a job is told by it: set authorizer to the same one`);
  }
  if (props.corsAllowOrigins && restApi.root.defaultCorsPreflightOptions) {
    problems.add(`corsAllowOrigins is set, but restApi '${path}' has defaultCorsPreflightOptions, which answer the same requests: leave these out and add them to the other resources`);
  }
  const jobs = resourcePath.split('/').reduce<apigateway.IResource | undefined>((parent, part) => parent?.getResource(part), restApi.root);
  if (['POST', '{id}', ...props.corsAllowOrigins ? ['OPTIONS'] : []].some((id) => jobs?.node.tryFindChild(id))) {
    problems.add(`resourcePath is '${resourcePath}', but restApi '${path}' has methods there already: state another resourcePath`);
  }
}
