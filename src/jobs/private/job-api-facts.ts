import { Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type { Construct } from 'constructs';
import type { RestApiFacts } from '../../delivery/rules/rest-api';
import { restApiFacts, stageFacts } from '../../private/apigateway/rest-api-facts';
import { placeOf } from '../../private/app/environments';
import type { JobApiProps } from '../job-api-props';

/** The stage of the API, if it is known: an imported API has none, and one that does not deploy itself perhaps later. */
export function stageOf(api: apigateway.IRestApi): apigateway.Stage | undefined {
  return api.deploymentStage as apigateway.Stage | undefined;
}

/** What the rules about REST APIs are told: of one that is made here what the props say, and whether one that is given is deployed. */
export function apiFacts(scope: Construct, { restApi, endpointConfiguration, policy, accessLogs }: JobApiProps): RestApiFacts {
  return restApi ? { path: restApi.node.path, isDeployed: restApi.latestDeployment !== undefined } : {
    region: placeOf(Stack.of(scope)).region,
    isPrivate: endpointConfiguration?.types.includes(apigateway.EndpointType.PRIVATE),
    hasPolicy: policy !== undefined,
    accessLogs: accessLogs ?? true,
    // Until one is found in the complete app.
    hasLoggingRole: false,
  };
}

/** The same when the app is complete: what became of the stage, and what an API that is given settles itself, which may get its policy late. */
export function completeApiFacts(scope: Construct, api: apigateway.IRestApi, props: JobApiProps, resourcePath: string): RestApiFacts {
  const stage = stageOf(api);
  return {
    ...apiFacts(scope, props),
    // It was warned of at once, which is taken back when one is found.
    hasLoggingRole: undefined,
    ...props.restApi && restApiFacts(props.restApi),
    personalMethods: [{ httpMethod: 'GET', resourcePath: `/${resourcePath}/{id}` }],
    stage: stage && stageFacts(stage),
  };
}
