import type { CfnResource } from 'aws-cdk-lib';
import { Annotations, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { differ } from '../app/environments';
import { onceInAValidation } from '../app/once-in-a-validation';
import { resourcesBelow } from '../app/resources-below';

const UNKNOWN = 'cdk-serverless-patterns:apiLoggingAccountUnknown';

/**
 * Takes back the warning that nothing in the app gives API Gateway the role that it writes access logs with, if the complete app does. The
 * warning is given at once, so that it can be acknowledged.
 */
export function findLoggingAccount(scope: Construct): void {
  scope.node.addValidation({
    validate: () => {
      const accounts = onceInAValidation(scope, 'accounts', () => resourcesBelow(scope.node.root, 'AWS::ApiGateway::Account'));
      if (accounts.some((account) => isAccountOf(scope, account))) {
        Annotations.of(scope).acknowledgeWarning(UNKNOWN);
      }
      return [];
    },
  });
}

/** The setting of the account and region, whoever makes it. */
function isAccountOf(scope: Construct, account: CfnResource): boolean {
  const [theirs, own] = [Stack.of(account), Stack.of(scope)];
  return !differ(theirs.region, own.region) && !differ(theirs.account, own.account);
}
