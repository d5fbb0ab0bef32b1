import type { CfnResource } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { onceInAValidation } from '../../private/app/once-in-a-validation';
import { resourceBehind, resourcesIn } from '../../private/app/references';
import { definitionOf, renderedResource } from '../../private/app/rendered-resource';
import { resourcesBelow } from '../../private/app/resources-below';
import { stageOf } from '../../private/app/stage-of';

/** A resource that may belong to a function. */
interface FunctionResource {
  readonly resource: CfnResource;
  readonly refersTo: ReadonlySet<CfnResource>;
}

/** The resources of this type, in all stacks of the stage, that belong to a function: its aliases, versions or settings. */
export function resourcesOfFunction(fn: CfnResource, type: string): CfnResource[] {
  return ofFunction(fn, candidatesIn(stageOf(fn), type));
}

/** The same, for validations. */
export function resourcesOfFunctionInValidation(fn: CfnResource, type: string): CfnResource[] {
  return ofFunction(fn, onceInAValidation(fn, `${type} of functions`, (stage) => candidatesIn(stage, type)));
}

function candidatesIn(stage: IConstruct, type: string): FunctionResource[] {
  return resourcesBelow(stage, type).map((resource) => ({ resource, refersTo: new Set(referencesOf(resource)) }));
}

/** At least the function. If `functionName` is a plain reference, as it nearly always is, nothing has to be resolved. */
function referencesOf(resource: CfnResource): CfnResource[] {
  // The CDK has no public accessor for overrides.
  const { functionName, rawOverrides = {} } = resource as unknown as { functionName?: unknown; rawOverrides?: object };
  const fn = typeof functionName === 'string' ? resourceBehind(functionName, 'AWS::Lambda::Function') : undefined;
  return fn && Object.keys(rawOverrides).length === 0 ? [fn] : resourcesIn(definitionOf(resource), resource);
}

function ofFunction(fn: CfnResource, candidates: readonly FunctionResource[]): CfnResource[] {
  const name = renderedResource(fn).Properties.FunctionName;
  return candidates
    .filter(({ resource, refersTo }) => refersTo.has(fn) || (typeof name === 'string' && renderedResource(resource).Properties.FunctionName === name))
    .map(({ resource }) => resource);
}
