import { CfnElement, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { targetsIn } from './references';

/**
 * Which stack of an app depends on which, by all that is stated so far: references, dependencies between constructs and between stacks. A nested stack counts as the stack around it.
 */
export class StackOrder {
  private readonly dependencies = new Map<Stack, Set<Stack>>();

  /** Reads the app, in the way in which CDK will find its references when it synthesizes. */
  constructor(app: IConstruct) {
    const inStacks = app.node.findAll().filter((construct) => stacksAround(construct).length > 0);
    for (const construct of inStacks) {
      const dependencies = [...construct.node.dependencies, ...referencesOf(construct), ...Stack.isStack(construct) ? construct.dependencies : []];
      this.add(construct, dependencies.filter((dependency) => stacksAround(dependency).length > 0));
    }
  }

  /** Notes that the stack of a construct depends on the stacks of others. */
  public add(construct: IConstruct, others: IConstruct[]): void {
    const stack = topStackOf(construct);
    const known = this.dependencies.get(stack) ?? new Set();
    others.forEach((other) => known.add(topStackOf(other)));
    this.dependencies.set(stack, known);
  }

  /** Whether one of the others is in a stack that depends on the stack of a construct, which then cannot depend on it too. */
  public isNeededBy(construct: IConstruct, others: IConstruct[]): boolean {
    const stack = topStackOf(construct);
    return others.map((other) => topStackOf(other)).some((other) => other !== stack && this.dependenciesOf(other).has(stack));
  }

  /** The stack, and all that it depends on, directly or not. */
  private dependenciesOf(stack: Stack): Set<Stack> {
    const found = new Set([stack]);
    for (const next of found) {
      this.dependencies.get(next)?.forEach((dependency) => found.add(dependency));
    }
    return found;
  }
}

/** The stacks that a construct is in: a nested one after the one that it is in. */
export function stacksAround(construct: IConstruct): Stack[] {
  return construct.node.scopes.filter((scope) => Stack.isStack(scope)) as Stack[];
}

/** The stack of a construct, or the one around all nested stacks that it is in. */
export function topStackOf(construct: IConstruct): Stack {
  const stack = Stack.of(construct);
  return stack.nestedStackParent ? topStackOf(stack.nestedStackParent) : stack;
}

function referencesOf(construct: IConstruct): IConstruct[] {
  if (!CfnElement.isCfnElement(construct)) {
    return [];
  }
  try {
    return targetsIn(construct._toCloudFormation(), construct);
  } catch {
    // CDK reports what cannot be synthesized, with more about it than is known here.
    return [];
  }
}
