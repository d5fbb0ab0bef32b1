import type { Rule } from './rule';

/** What is known of a REST API. */
export interface RestApiFacts {
  /** What texts call it by. Undefined: the one that is made with the pattern. */
  readonly path?: string | undefined;
  readonly region?: string | undefined;
  /** Whether it can be reached from a VPC only. */
  readonly isPrivate?: boolean | undefined;
  readonly hasPolicy?: boolean | undefined;
  readonly accessLogs?: boolean | undefined;
  /** Whether API Gateway has a role to write logs with, in the account and region of the API. */
  readonly hasLoggingRole?: boolean | undefined;
  /** Whether it is deployed with its methods. */
  readonly isDeployed?: boolean | undefined;
  /** The methods whose answer depends on who calls. */
  readonly personalMethods?: readonly RestMethod[] | undefined;
  readonly stage?: RestStageFacts | undefined;
}

export interface RestMethod {
  readonly httpMethod: string;
  /** Such as `/jobs/{id}`. */
  readonly resourcePath: string;
}

/** What is known of a stage. */
export interface RestStageFacts {
  readonly path: string;
  /** Those for all methods are of `*` at `/*`. */
  readonly methodSettings: readonly MethodSettingFacts[];
}

export interface MethodSettingFacts extends RestMethod {
  /** Undefined: nothing is stated. `'unknown'`: it is, but it is a token. */
  readonly cachingEnabled?: boolean | 'unknown' | undefined;
}

/**
 * What is true of a REST API that answers each caller.
 */
export const REST_API_RULES: readonly Rule<RestApiFacts>[] = [
  {
    id: 'privateApiWithoutPolicy',
    severity: 'error',
    why: 'A private API refuses whatever its resource policy does not allow.',
    source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-apis.html',
    finding: ({ path, isPrivate, hasPolicy }) => (
      !isPrivate || hasPolicy !== false ? undefined
        : {
          what: `endpointConfiguration${ofApi(path)} is PRIVATE, but policy is not set, and a private API without a resource policy refuses every request`,
          fix: 'set policy to one that allows execute-api:Invoke from your VPC or VPC endpoint',
        }
    ),
  },
  {
    id: 'personalAnswersCached',
    severity: 'error',
    why: 'A cache of a stage answers by the path, whoever asks.',
    source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html',
    finding: ({ path, personalMethods, stage }) => {
      const cached = stage && personalMethods?.find((method) => isCached(stage, method));
      return cached && {
        what: `MethodSettings of '${stage.path}' has the answers of ${cached.httpMethod} ${cached.resourcePath} cached, but a cache knows paths and not callers, ` +
          'so that one caller would read the answers for another',
        fix: `set cachingEnabled to false for '${cached.resourcePath}/${cached.httpMethod}' in deployOptions.methodOptions${ofApi(path)}`,
      };
    },
  },
  {
    id: 'apiLoggingAccountUnknown',
    severity: 'warning',
    why: 'API Gateway writes access logs by a role that the account gives it once in each region, and refuses a stage with logs before.',
    source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html',
    finding: ({ region, accessLogs, hasLoggingRole }) => (
      !accessLogs || hasLoggingRole !== false ? undefined
        : {
          what: `accessLogs are on, but no ApiLoggingAccount of this app is in ${region ?? 'its region'}, and without that role of the account the stage cannot be made`,
          fix: 'make one in a stack that is deployed before, acknowledge this warning if the account has the role, or set accessLogs to false',
        }
    ),
  },
  {
    id: 'apiDeployedElsewhere',
    severity: 'warning',
    why: 'A stage goes on serving what was deployed last.',
    source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html',
    finding: ({ path, isDeployed }) => (
      isDeployed !== false ? undefined
        : {
          what: `${path === undefined ? 'the API' : `restApi '${path}'`} makes no deployment in this app, and its stages go on serving what was deployed last`,
          fix: 'deploy it after each change of this construct, or give a RestApi of this stack that deploys itself',
        }
    ),
  },
];

function ofApi(path: string | undefined): string {
  return path === undefined ? '' : ` of restApi '${path}'`;
}

/** The settings of a single method win over those of all. */
function isCached({ methodSettings }: RestStageFacts, { httpMethod, resourcePath }: RestMethod): boolean {
  const cachingOf = (path: string, method: string) => (
    methodSettings.find((setting) => setting.resourcePath === path && setting.httpMethod === method)?.cachingEnabled
  );
  return (cachingOf(resourcePath, httpMethod) ?? cachingOf('/*', '*')) === true;
}
