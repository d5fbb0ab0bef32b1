import { CfnResource, Lazy, Stack } from 'aws-cdk-lib';
import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type { Construct, IConstruct } from 'constructs';
import { resourceBehind } from '../app/references';
import { renderedResource } from '../app/rendered-resource';

/**
 * What a deployment is a copy of. A stage and its settings change in place.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html
 */
const DEPLOYED = ['GatewayResponse', 'Method', 'Model', 'RequestValidator', 'Resource', 'RestApi'].map((type) => `AWS::ApiGateway::${type}`);

/**
 * Makes a new deployment of an API whenever anything changes that it is made of, because a stage goes on serving what was deployed. The CDK
 * itself knows what its constructs were given, but not what became of it by overrides and aspects, and authorizers only by a feature flag
 * (`@aws-cdk/aws-apigateway:authorizerChangeDeploymentLogicalId`).
 *
 * @param scope what else the API is made of
 * @param authorizer of the API, wherever it stands
 */
export function redeployOnChange(scope: Construct, api: apigateway.IRestApi, authorizer?: apigateway.IAuthorizer): void {
  const { latestDeployment } = api;
  latestDeployment?.addToLogicalId(Lazy.any({
    produce: () => {
      const ofAuthorizer = authorizer && resourceBehind(authorizer.authorizerId, 'AWS::ApiGateway::Authorizer');
      const resources = new Set([...[...api.node.findAll(), ...scope.node.findAll()].filter(isDeployed), ...ofAuthorizer ? [ofAuthorizer] : []]);
      return [...resources].map((resource) => sortedByKey([Stack.of(resource).getLogicalId(resource), renderedResource(resource).Properties]));
    },
  }));
}

function isDeployed(construct: IConstruct): construct is CfnResource {
  return CfnResource.isCfnResource(construct) && DEPLOYED.includes(construct.cfnResourceType);
}

/** The order of keys is another in each language: in Java even in each run. */
export function sortedByKey<T>(value: T): T {
  if (Array.isArray(value)) {
    return value.map(sortedByKey) as T;
  }
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) {
    return value;
  }
  const members = value as { [key: string]: unknown };
  return Object.fromEntries(Object.keys(members).sort().map((key) => [key, sortedByKey(members[key])])) as T;
}
