import { CfnResource } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** The resources of this type in a construct. */
export function resourcesBelow(scope: IConstruct, type: string): CfnResource[] {
  return scope.node.findAll().filter((child): child is CfnResource => CfnResource.isCfnResource(child) && child.cfnResourceType === type);
}
