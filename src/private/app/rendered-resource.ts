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

/**
 * One property as it will be in the template, much cheaper than the whole resource. For plain values and JSON: the members of a struct keep the names that the CDK gives them.
 *
 * @param name as CloudFormation writes it, such as `Timeout`
 */
export function renderedProperty(resource: CfnResource, name: string): unknown {
  // There is no public way to the overrides of a resource.
  const { Properties: overrides = {} } = (resource as unknown as { rawOverrides: { Properties?: Record<string, unknown> } }).rawOverrides;
  if (name in overrides) {
    return renderedResource(resource).Properties[name];
  }
  const own = (resource as unknown as Record<string, unknown>)[name.charAt(0).toLowerCase() + name.slice(1)];
  return Stack.of(resource).resolve(own);
}

/** A whole resource with its tokens. The CDK has no public way to it that knows of overrides. */
export function definitionOf(resource: CfnResource): object {
  return (resource as unknown as { _toCloudFormation(): object })._toCloudFormation();
}

/** The properties that a resource has now, without overrides: as CloudFormation names them, and with their tokens. */
export function propertiesOf(resource: CfnResource): Readonly<Record<string, unknown>> {
  const own = resource as unknown as { readonly cfnProperties: object; renderProperties(properties: object): Record<string, unknown> };
  return own.renderProperties(own.cfnProperties);
}
