import { Annotations, CfnResource, Stack, STACK_RESOURCE_LIMIT_CONTEXT } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { patternAround, patternName } from './pattern-of';
import { definitionOf } from './rendered-resource';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const MOST_RESOURCES = 500;

/** From this share of the quota on, the next pattern or two may be too many. */
const NEARLY_FULL = 0.9;

const CURE = 'move some of the patterns to another stack or to a nested stack before they are deployed: a queue or a bucket that is moved later is replaced';

/**
 * Foretells the quota of resources in a stack, for the stacks of a stage that hold patterns. CDK, too, fails above it, but names neither the patterns nor a cure, and below it
 * gives no warning.
 *
 * @returns errors
 */
export function checkStackSizes(stage: IConstruct): string[] {
  const resources = stage.node.findAll().filter((construct): construct is CfnResource => CfnResource.isCfnResource(construct));
  const stacks = new Map<Stack, CfnResource[]>();
  for (const resource of resources) {
    const known = stacks.get(resource.stack);
    known ? known.push(resource) : stacks.set(resource.stack, [resource]);
  }
  return [...stacks].flatMap(([stack, inStack]) => checkStackSize(stack, inStack));
}

function checkStackSize(stack: Stack, resources: readonly CfnResource[]): string[] {
  const quota = Number(stack.node.tryGetContext(STACK_RESOURCE_LIMIT_CONTEXT) ?? MOST_RESOURCES);
  // CDK takes 0 for "do not check".
  if (quota === 0 || resources.length <= NEARLY_FULL * quota) {
    return [];
  }
  const made = resources.filter(isInTemplate);
  const shares = sharesOf(made);
  if (shares.length === 0 || made.length <= NEARLY_FULL * quota) {
    return [];
  }
  const text = `stack '${stack.node.path}' has ${made.length} resources (${shares.join(', ')}), and CloudFormation allows ${quota}: ${CURE}`;
  if (made.length > quota) {
    return [text];
  }
  Annotations.of(stack).addWarningV2('cdk-serverless-patterns:stackNearlyFull', text);
  return [];
}

/** How many patterns of each class there are, with how many resources. */
function sharesOf(resources: readonly CfnResource[]): string[] {
  const classes = new Map<string, { readonly patterns: Set<IConstruct>; resources: number }>();
  for (const pattern of resources.map((resource) => patternAround(resource)).filter((found) => found !== undefined)) {
    const name = patternName(pattern)!;
    const share = classes.get(name) ?? { patterns: new Set(), resources: 0 };
    share.patterns.add(pattern);
    share.resources += 1;
    classes.set(name, share);
  }
  return [...classes].sort(([, one], [, other]) => other.resources - one.resources)
    .map(([name, { patterns, resources: count }]) => `${count} in ${patterns.size} ${name}`);
}

/** A policy without statements, for one, is not. */
function isInTemplate(resource: CfnResource): boolean {
  const { Resources: resources = {} } = definitionOf(resource) as { Resources?: object };
  return Object.keys(resources).length > 0;
}
