import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as iam from 'aws-cdk-lib/aws-iam';

/**
 * Properties of the REST API of a `PollingStatusApi`: where it is, who may call it, and how much it takes.
 */
export interface JobApiProps {
  /**
   * An existing API to add the methods to, in the same stack. Its throttling, access logs, gateway responses, resource policy and
   * endpoint are its own, and are set there.
   *
   * @default - a new regional API
   */
  readonly restApi?: apigateway.IRestApi;

  /**
   * Path of the jobs below the root of the API, such as `jobs` or `v1/reports`.
   *
   * @default 'jobs'
   */
  readonly resourcePath?: string;

  /**
   * URL by which clients reach the root of the API's stage, such as `https://api.example.com/shop`. It begins the `Location` of each job.
   * Needed behind CloudFront or another proxy that changes the path; behind a custom domain name the path of the request is right.
   *
   * @default - `Location` is the path of the request, with the stage
   */
  readonly publicUrl?: string;

  /**
   * Resource policy of the API. A private API needs one.
   * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies.html
   *
   * @default - none
   */
  readonly policy?: iam.PolicyDocument;

  /**
   * Endpoint type of the API, with the VPC endpoints of a private one.
   * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-apis.html
   *
   * @default - a regional endpoint
   */
  readonly endpointConfiguration?: apigateway.EndpointConfiguration;

  /**
   * A Cognito or Lambda authorizer. A job belongs to whoever submitted it (`sub` of the token, `principalId` of the answer), and nobody
   * else can read or cancel it.
   *
   * @default - IAM: requests are signed, and callers need `grantSubmit`
   */
  readonly authorizer?: apigateway.IAuthorizer;

  /**
   * Scopes that the access token must have. For a Cognito authorizer only.
   *
   * @default - none: identity tokens are accepted
   */
  readonly authorizationScopes?: string[];

  /**
   * Whether a request must also have an API key, which identifies the client for a usage plan. A key alone authorizes nobody.
   *
   * @default false
   */
  readonly apiKeyRequired?: boolean;

  /**
   * Origins whose pages may call the API from a browser, or `*` alone for all. Credentials such as cookies are never allowed.
   *
   * @default - none: no CORS
   */
  readonly corsAllowOrigins?: string[];

  /**
   * Request headers that these pages may send besides those that the API itself needs: `Authorization`, `Content-Type`, `Idempotency-Key`,
   * `X-Api-Key` and the headers of signed requests.
   *
   * @default - none
   */
  readonly corsAllowHeaders?: string[];

  /**
   * Requests per second that the API takes, over all callers. More get 429.
   *
   * @default 100
   */
  readonly throttlingRateLimit?: number;

  /**
   * Requests that the API takes at once, on top of the rate.
   *
   * @default 200
   */
  readonly throttlingBurstLimit?: number;

  /**
   * Whether each request is logged. The account must have a logging role: see `ApiLoggingAccount`.
   *
   * @default true
   */
  readonly accessLogs?: boolean;
}
