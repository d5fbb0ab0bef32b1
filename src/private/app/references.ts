import type { IPostProcessor, IResolvable, IResolveContext } from 'aws-cdk-lib';
import { CfnResource, DefaultTokenResolver, Reference, Stack, StringConcat, Token, Tokenization } from 'aws-cdk-lib';
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
 * The resources of this app that a value refers to, wherever in it.
 */
export function resourcesIn(value: unknown, scope: IConstruct): CfnResource[] {
  return targetsIn(value, scope).filter((target) => CfnResource.isCfnResource(target));
}

/**
 * Whatever a value refers to, wherever in it: also parameters, and what CloudFormation says of a stack.
 */
export function targetsIn(value: unknown, scope: IConstruct): IConstruct[] {
  const collector = new ReferenceCollector();
  Tokenization.resolve(value, { scope, resolver: collector });
  return collector.targets;
}

/**
 * The identity within one app of what an ARN names: two imports of one ARN are the same.
 */
export function identityOf(arn: string, type: string, scope: IConstruct): string {
  const stack = Stack.of(scope);
  // The same parameter in two stacks may have two values, so an ARN that is not known is compared only within its stack.
  return resourceBehind(arn, type)?.node.path ?? (Token.isUnresolved(arn) ? `${stack.node.path} ${JSON.stringify(stack.resolve(arn))}` : arn);
}

class ReferenceCollector extends DefaultTokenResolver {
  public readonly targets: IConstruct[] = [];

  constructor() {
    super(new StringConcat());
  }

  public resolveToken(token: IResolvable, context: IResolveContext, postProcessor: IPostProcessor): unknown {
    if (Reference.isReference(token)) {
      this.targets.push(token.target);
      // Its value is not asked for: between regions or accounts there may be none. An intrinsic function passes for a value of every type.
      return { Ref: token.target.node.path };
    }
    return super.resolveToken(token, context, postProcessor);
  }
}
