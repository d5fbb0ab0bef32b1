import { Token, TokenComparison } from 'aws-cdk-lib';

/**
 * Whether two regions or accounts are known to be different.
 */
export function differ(one: string, other: string): boolean {
  return Token.compareStrings(one, other) === TokenComparison.DIFFERENT;
}

/**
 * A region or an account, if it is known.
 */
export function known(place: string): string | undefined {
  return Token.isUnresolved(place) ? undefined : place;
}
