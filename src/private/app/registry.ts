import type { IConstruct } from 'constructs';

const REGISTRY = Symbol.for('cdk-serverless-patterns.registry');

/**
 * What is known of a whole app under one name, such as the routes of its alarms. Made when it is first asked for.
 *
 * It is kept on the root of the tree, under a symbol that all copies of this library share: npm installs a second copy where a library depends on this one.
 */
export function appState<T>(scope: IConstruct, name: string, create: () => T): T {
  const root = scope.node.root as { [REGISTRY]?: Map<string, unknown> };
  const registry = root[REGISTRY] ??= new Map();
  if (!registry.has(name)) {
    registry.set(name, create());
  }
  return registry.get(name) as T;
}

/** Whether a construct still stands in its tree: one that failed its checks, or was removed, does not. */
export function isInTree(construct: IConstruct): boolean {
  const scope = construct.node.scope;
  return !scope || (scope.node.tryFindChild(construct.node.id) === construct && isInTree(scope));
}

/** Whether a construct is `scope` or stands below it. */
export function isWithin(construct: IConstruct, scope: IConstruct): boolean {
  return construct.node.scopes.includes(scope);
}
