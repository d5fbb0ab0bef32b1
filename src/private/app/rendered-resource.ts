import type { CfnResource } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';

/** A resource as a template has it: with the names that CloudFormation gives to its properties and attributes. */
export interface RenderedResource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly [attribute: string]: unknown;
}

/**
 * A resource as it will be in the template: what aspects, property injectors and overrides made of it. Values that only the deployment knows are intrinsic functions.
 * One that will not be in the template, such as a policy without statements, has nothing but its type.
 */
export function renderedResource(resource: CfnResource): RenderedResource {
  const { Resources = {} } = Stack.of(resource).resolve(definitionOf(resource)) as { Resources?: Record<string, Partial<RenderedResource>> };
  const [rendered] = Object.values(Resources);
  return { Type: resource.cfnResourceType, ...rendered, Properties: rendered?.Properties ?? {} };
}

/** The same with its tokens. The CDK has no public way to it that knows of overrides. */
export function definitionOf(resource: CfnResource): object {
  return (resource as unknown as { _toCloudFormation(): object })._toCloudFormation();
}
