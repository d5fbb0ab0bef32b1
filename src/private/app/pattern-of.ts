import type { IConstruct } from 'constructs';

/** The innermost pattern of this library that a construct is, or stands in. */
export function patternAround(construct: IConstruct): IConstruct | undefined {
  return construct.node.scopes.reverse().find((scope) => patternName(scope) !== undefined);
}

/** The class of a pattern, also of another copy of this library; undefined for any other construct. */
export function patternName(construct: IConstruct): string | undefined {
  const { PROPERTY_INJECTION_ID: id } = construct.constructor as { PROPERTY_INJECTION_ID?: string };
  return id?.startsWith('cdk-serverless-patterns.') ? id.split('.').pop() : undefined;
}
