import type { IResource } from 'aws-cdk-lib';
import { Arn, ArnFormat, Token, TokenComparison } from 'aws-cdk-lib';
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

/** Where a resource is by its ARN. `env` of an imported resource is that of its stack, whatever its ARN says. */
export function placeByArn({ env }: IResource, arn: string): Place {
  const { account = env.account, region = env.region } = Token.isUnresolved(arn) ? {} : Arn.split(arn, ArnFormat.COLON_RESOURCE_NAME);
  return placeOf({ account, region });
}

function known(value: string): string | undefined {
  return Token.isUnresolved(value) ? undefined : value;
}
