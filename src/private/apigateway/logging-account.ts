import { Annotations, CfnResource, Stack, Token } from 'aws-cdk-lib';
import type { Construct, IConstruct } from 'constructs';
import { differ } from '../app/environments';

const UNKNOWN = 'cdk-serverless-patterns:apiLoggingAccountUnknown';

/**
 * Warns that an API has access logs, but nothing in the app gives API Gateway the role that it writes them with. The warning is given at once, so that it can be acknowledged, and taken back when
 * the app is complete. https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
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
      if (scope.node.root.node.findAll().some((construct) => isAccountOf(scope, construct))) {
        Annotations.of(scope).acknowledgeWarning(UNKNOWN);
      }
      return [];
    },
  });
}

/** The setting of the account and region, whoever makes it. */
function isAccountOf(scope: Construct, construct: IConstruct): boolean {
  if (!CfnResource.isCfnResource(construct) || construct.cfnResourceType !== 'AWS::ApiGateway::Account') {
    return false;
  }
  const [theirs, own] = [Stack.of(construct), Stack.of(scope)];
  return !differ(theirs.region, own.region) && !differ(theirs.account, own.account);
}
