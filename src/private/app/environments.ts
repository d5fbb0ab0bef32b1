import { Token, TokenComparison } from 'aws-cdk-lib';
import type { Place } from '../../delivery/rules/rule';

/**
 * Whether two regions or accounts are known to be different.
 */
export function differ(one: string, other: string): boolean {
  return Token.compareStrings(one, other) === TokenComparison.DIFFERENT;
}

/** Where something is, as far as that is known before the deployment. */
export function placeOf({ account, region }: { readonly account: string; readonly region: string }): Place {
  return { account: known(account), region: known(region) };
}

function known(value: string): string | undefined {
  return Token.isUnresolved(value) ? undefined : value;
}
