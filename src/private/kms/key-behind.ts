import type { CfnResource } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { IConstruct } from 'constructs';
import { resourcesIn } from '../app/references';
import { resourcesBelow } from '../app/resources-below';

const ALIAS = 'AWS::KMS::Alias';

/** A key of this app, and its CloudFormation resource. */
export interface OwnKey {
  readonly key: kms.Key;
  readonly resource: CfnResource;
}

/**
 * The key of this app that an id, an ARN or an alias stands for. Undefined for a key that is made elsewhere, and for a bare CfnKey, whose policy is its owner's to write.
 *
 * @param scope in whose stack the value is used
 */
export function keyBehind(keyId: string, scope: IConstruct): OwnKey | undefined {
  const resource = keyResource(keyId, scope);
  const owner = resource?.node.scope;
  return resource && owner && 'addToResourcePolicy' in owner && 'grant' in owner ? { key: owner as kms.Key, resource } : undefined;
}

/** By which ARN the use of a key is granted. Undefined without one, and for a key that is known by an alias only, of which the CDK grants the use on a condition, or not at all. */
export function grantedKeyArn(key: kms.IKey | undefined, scope: IConstruct): string | undefined {
  const arn = key && (keyBehind(key.keyArn, scope)?.key.keyArn ?? key.keyArn);
  return arn === undefined || JSON.stringify(Stack.of(scope).resolve(arn)).includes('alias/') ? undefined : arn;
}

function keyResource(keyId: string, scope: IConstruct): CfnResource | undefined {
  const [target] = resourcesIn(keyId, scope);
  const alias = target ? asAlias(target) : aliasNamed(keyId, scope);
  return alias ? keyResource(alias.targetKeyId, alias) : target?.cfnResourceType === 'AWS::KMS::Key' ? target : undefined;
}

function asAlias(resource: CfnResource): kms.CfnAlias | undefined {
  return resource.cfnResourceType === ALIAS ? resource as kms.CfnAlias : undefined;
}

/** An alias whose name is stated is named without a reference to it. */
function aliasNamed(keyId: string, scope: IConstruct): kms.CfnAlias | undefined {
  const stack = Stack.of(scope);
  const name = /alias\/[\w/-]+/.exec(JSON.stringify(stack.resolve(keyId)))?.[0];
  return name === undefined ? undefined : (resourcesBelow(stack.node.root, ALIAS) as kms.CfnAlias[])
    .find((alias) => alias.aliasName === name && Stack.of(alias).region === stack.region && Stack.of(alias).account === stack.account);
}
