import { CfnResource } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { resourcesIn } from '../../private/app/references';
import { definitionOf, renderedResource } from '../../private/app/rendered-resource';
import { stageOf } from '../../private/app/stage-of';

/** The resources of this type, in whichever stack of the stage, that belong to a function: its aliases, versions or settings. */
export function resourcesOfFunction(fn: CfnResource, type: string): CfnResource[] {
  const name = renderedResource(fn).Properties.FunctionName;
  return resourcesBelow(stageOf(fn), type).filter((resource) => (
    resourcesIn(definitionOf(resource), resource).includes(fn) || (typeof name === 'string' && renderedResource(resource).Properties.FunctionName === name)
  ));
}

/** The resources of this type in a construct. */
export function resourcesBelow(scope: IConstruct, type: string): CfnResource[] {
  return scope.node.findAll().filter((child): child is CfnResource => CfnResource.isCfnResource(child) && child.cfnResourceType === type);
}
