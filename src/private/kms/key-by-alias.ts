import { Annotations, FeatureFlags } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { KMS_APPLY_IMPORTED_ALIAS_PERMISSIONS_TO_PRINCIPAL } from 'aws-cdk-lib/cx-api';
import type { Construct } from 'constructs';

/**
 * Warns of a key that is imported by the name of its alias, where CDK drops all grants on it without a word: unless a feature flag is on, which older apps do not have.
 * https://docs.aws.amazon.com/cdk/v2/guide/featureflags.html
 */
export function warnOfKeyByAlias(scope: Construct, key: kms.IKey | undefined): void {
  if (key && isImportedByAliasName(key) && !FeatureFlags.of(key).isEnabled(KMS_APPLY_IMPORTED_ALIAS_PERMISSIONS_TO_PRINCIPAL)) {
    Annotations.of(scope).addWarningV2(
      'cdk-serverless-patterns:keyByAliasNotGranted',
      `key '${key.node.path}' is imported by the name of its alias, and CDK grants nobody access to such a key while the feature flag '${KMS_APPLY_IMPORTED_ALIAS_PERMISSIONS_TO_PRINCIPAL}' ` +
      'is off: set the flag to true in cdk.json, or import the key with Key.fromKeyArn',
    );
  }
}

/** By `Alias.fromAliasName`. It has no mark, but refuses to give the key that the alias is of. */
function isImportedByAliasName(key: kms.IKey & Partial<kms.IAlias>): boolean {
  try {
    return 'aliasName' in key && key.aliasTargetKey === undefined;
  } catch {
    return true;
  }
}
