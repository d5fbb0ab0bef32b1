import * as apigateway from 'aws-cdk-lib/aws-apigateway';

/** Which pages of other origins may call an API. Credentials (cookies) are never allowed: callers sign their requests or send a token. */
export interface Cors {
  /** At least one; `*` only by itself. */
  readonly allowOrigins: readonly string[];
  readonly allowHeaders: readonly string[];
}

/**
 * Response headers that a page of another origin needs, as static values of a mapping. Of several origins the first stands here;
 * `echoOrigin` puts another in its place.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html
 */
export function corsHeaders(cors: Cors | undefined): { [header: string]: string } {
  return cors === undefined ? {} : {
    'Access-Control-Allow-Origin': `'${cors.allowOrigins[0]}'`,
    'Access-Control-Expose-Headers': "'Location,Retry-After'",
    // A cache must not give the answer for one origin to another.
    ...cors.allowOrigins.length > 1 ? { Vary: "'Origin'" } : {},
  };
}

/**
 * The same for what API Gateway itself answers. Its templates know no conditions, so with several origins every page may read these
 * answers, which hold no data.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
 */
export function gatewayCorsHeaders(cors: Cors | undefined): { [header: string]: string } {
  return corsHeaders(cors && { ...cors, allowOrigins: cors.allowOrigins.length > 1 ? ['*'] : cors.allowOrigins });
}

/**
 * The beginning of a response template that echoes the caller's origin if it is one of several that are allowed. Origins are compared as
 * they are: a pattern would take the dots of one for any character.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-override-request-response-parameters.html
 */
export function echoOrigin(cors: Cors | undefined): string {
  const others = cors?.allowOrigins.slice(1) ?? [];
  return others.length === 0 ? '' : [
    '#set($origin = "")',
    '#foreach($name in $input.params().header.keySet())',
    '#if($name.equalsIgnoreCase("Origin"))#set($origin = $input.params().header.get($name))#end',
    '#end',
    `#if(${others.map((origin) => `$origin == "${origin}"`).join(' || ')})#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)#end`,
    '',
  ].join('\n');
}

/** What a preflight request is answered with. */
export function preflightHeaders(cors: Cors, method: string): { [header: string]: string } {
  const { Vary, 'Access-Control-Allow-Origin': origin = '' } = corsHeaders(cors);
  return {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Methods': `'${method}'`,
    'Access-Control-Allow-Headers': `'${cors.allowHeaders.join(',')}'`,
    ...Vary === undefined ? {} : { Vary },
  };
}

/** Lets pages ask first whether they may call a method. */
export function addPreflight(resource: apigateway.IResource, method: string, cors: Cors): apigateway.Method {
  const headers = preflightHeaders(cors, method);
  return resource.addMethod('OPTIONS', new apigateway.MockIntegration({
    requestTemplates: { 'application/json': '{ statusCode: 204 }' },
    integrationResponses: [{ statusCode: '204', responseParameters: asResponseParameters(headers), responseTemplates: { 'application/json': echoOrigin(cors) } }],
  }), {
    // Browsers send neither credentials nor keys with it, whatever the other methods of the API want.
    authorizationType: apigateway.AuthorizationType.NONE,
    apiKeyRequired: false,
    methodResponses: [{ statusCode: '204', responseParameters: declared(Object.keys(headers)) }],
  });
}

export function asResponseParameters(headers: { [header: string]: string }): { [parameter: string]: string } {
  return Object.fromEntries(Object.entries(headers).map(([header, value]) => [`method.response.header.${header}`, value]));
}

/** A method must declare the headers that its integration sets. */
export function declared(headers: readonly string[]): { [parameter: string]: boolean } {
  return Object.fromEntries(headers.map((header) => [`method.response.header.${header}`, true]));
}
