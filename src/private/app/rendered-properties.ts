import type { CfnResource } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';

/** Properties under the names that CloudFormation has for them. */
export type Properties = Readonly<Record<string, unknown>>;

/**
 * The properties of a resource as they will be in the template: what an aspect, a mixin, a property injector or an override made of them. Values that only the deployment knows are
 * intrinsic functions.
 */
export function renderedProperties(resource: CfnResource): Properties {
  // Overrides are not to be had otherwise.
  const { _toCloudFormation } = resource as unknown as { _toCloudFormation(): object };
  const { Resources } = Stack.of(resource).resolve(_toCloudFormation.call(resource)) as { Resources: Record<string, { Properties?: Properties }> };
  return Object.values(Resources)[0]?.Properties ?? {};
}
