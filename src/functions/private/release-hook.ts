import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { StandIn } from '../../private/iam/role-grants';
import { RoleGrants } from '../../private/iam/role-grants';

/** The hooks to pass to a deployment group, and the principals that it grants the permission to report. */
export interface ReleaseHooks {
  readonly preHook?: lambda.IFunction;
  readonly postHook?: lambda.IFunction;
  readonly reporters: readonly StandIn[];
}

/** The policies in a canary that let its hooks report, where there are any. */
export const HOOK_POLICIES = { preHook: 'PreHookPolicy', postHook: 'PostHookPolicy' } as const;

/**
 * Wraps the hooks of a deployment group, so that the grants of the group go where they cause no cycle.
 *
 * The permission to report is kept beside the group: a role in another stack would otherwise depend on the group, which depends on the hook
 * already. The permission to invoke the hook is granted to the role of CodeDeploy only, so that imported hooks work too.
 */
export function releaseHooks(pattern: Construct, preHook?: lambda.IFunction, postHook?: lambda.IFunction): ReleaseHooks {
  const arnOf = (hook?: lambda.IFunction) => hook?.role && JSON.stringify(Stack.of(pattern).resolve(hook.role.roleArn));
  const grants = new RoleGrants(pattern);
  const pre = preHook?.role && grants.toHookRole(preHook.role, HOOK_POLICIES.preHook);
  // One policy for one role.
  const isShared = pre !== undefined && arnOf(preHook) === arnOf(postHook);
  const post = isShared ? pre : postHook?.role && grants.toHookRole(postHook.role, HOOK_POLICIES.postHook);
  return {
    preHook: preHook && standIn(preHook, pre),
    postHook: postHook && standIn(postHook, post),
    reporters: [pre, post].filter((reporter) => reporter !== undefined),
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
