import { CfnResource, Reference, Stack, Token, Tokenization } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * The resource of this app, of this CloudFormation type, that an ARN or a name refers to, for whichever construct stands for it. Undefined for what is made elsewhere.
 */
export function resourceBehind(value: string, type: string): CfnResource | undefined {
  const token = Tokenization.reverseString(value).firstToken;
  const target = token && Reference.isReference(token) ? token.target : undefined;
  return target && CfnResource.isCfnResource(target) && target.cfnResourceType === type ? target : undefined;
}

/**
 * The identity within one app of what an ARN names: two imports of one ARN are the same.
 */
export function identityOf(arn: string, type: string, scope: IConstruct): string {
  const stack = Stack.of(scope);
  // The same parameter in two stacks may have two values, so an ARN that is not known is compared only within its stack.
  return resourceBehind(arn, type)?.node.path ?? (Token.isUnresolved(arn) ? `${stack.node.path} ${JSON.stringify(stack.resolve(arn))}` : arn);
}
