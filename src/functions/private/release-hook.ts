import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { PolicyPrincipal } from '../../private/iam/policy-principal';

/** Hooks as a deployment group takes them, and the policies that let them report. */
export interface ReleaseHooks {
  readonly preHook?: lambda.IFunction;
  readonly postHook?: lambda.IFunction;
  readonly policies: readonly iam.Policy[];
}

/**
 * Stand for the hooks of a deployment group in the grants that the group makes.
 *
 * What lets a hook report is kept beside the group: a role in another stack would come to depend on the group, which depends on the hook already. What lets CodeDeploy
 * invoke it goes to the role of CodeDeploy alone, so that an imported hook works as well.
 */
export function releaseHooks(pattern: Construct, preHook?: lambda.IFunction, postHook?: lambda.IFunction): ReleaseHooks {
  const arnOf = (hook?: lambda.IFunction) => hook?.role && JSON.stringify(Stack.of(pattern).resolve(hook.role.roleArn));
  const pre = preHook?.role && new PolicyPrincipal(pattern, 'PreHookPolicy', preHook.role);
  // One policy for one role, because a policy on a role of another stack is named by the pattern.
  const isShared = pre !== undefined && arnOf(preHook) === arnOf(postHook);
  const post = isShared ? pre : postHook?.role && new PolicyPrincipal(pattern, 'PostHookPolicy', postHook.role);
  return {
    preHook: preHook && standIn(preHook, pre),
    postHook: postHook && standIn(postHook, post),
    policies: [pre, post].flatMap((principal) => principal?.policy ?? []),
  };
}

function standIn(hook: lambda.IFunction, principal: iam.IPrincipal = hook.grantPrincipal): lambda.IFunction {
  return Object.create(hook, {
    grantPrincipal: { value: principal },
    grantInvoke: {
      value: (grantee: iam.IGrantable) => iam.Grant.addToPrincipal({ grantee, actions: ['lambda:InvokeFunction'], resourceArns: hook.resourceArnsForGrantInvoke }),
    },
  }) as lambda.IFunction;
}
