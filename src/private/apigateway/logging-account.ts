import type { CfnResource } from 'aws-cdk-lib';
import { Annotations, Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { differ } from '../app/environments';
import { onceInAValidation } from '../app/once-in-a-validation';
import { resourcesBelow } from '../app/resources-below';

const UNKNOWN = 'cdk-serverless-patterns:apiLoggingAccountUnknown';

/**
 * Warns that an API has access logs, but nothing in the app gives API Gateway the role that it writes them with. The warning is given at
 * once, so that it can be acknowledged, and taken back when the app is complete.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
 */
export function warnWithoutLoggingAccount(scope: Construct): void {
  const { region } = Stack.of(scope);
  Annotations.of(scope).addWarningV2(
    UNKNOWN,
    `accessLogs are on, but no ApiLoggingAccount of this app is in ${Token.isUnresolved(region) ? 'its region' : region}, and without that role of the account the stage cannot be made: ` +
    'make one in a stack that is deployed before, acknowledge this warning if the account has the role, or set accessLogs to false',
  );
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
