import type { CfnResource } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { onceInAValidation } from '../app/once-in-a-validation';
import { resourceBehind, resourcesIn, targetsIn } from '../app/references';
import { renderedResource } from '../app/rendered-resource';
import { resourcesBelow } from '../app/resources-below';

/** What a policy of a role allows. */
export interface AllowingStatement {
  /** Where it stands: the policy, or the role itself. */
  readonly policy: CfnResource;
  readonly actions: readonly unknown[];
  /** As they are rendered in the stack of the policy. */
  readonly resources: readonly unknown[];
}

interface Statement {
  readonly Effect?: unknown;
  readonly Action?: unknown;
  readonly Resource?: unknown;
}

/** What a role is allowed, once the app is complete and as far as its policies are in this app. What conditions limit is not looked at. */
export function statementsAllowing(role: iam.IRole | undefined): AllowingStatement[] {
  const resource = role && resourceBehind(role.roleArn, 'AWS::IAM::Role');
  if (!resource) {
    return [];
  }
  const policies = onceInAValidation(resource, 'policiesByHolder', policiesByHolder).get(resource) ?? [];
  return policies.flatMap((policy) => statementsIn(policy).filter(({ Effect }) => Effect === 'Allow').map(({ Action, Resource }) => (
    { policy, actions: listOf(Action), resources: listOf(Resource) }
  )));
}

function policiesByHolder(stage: IConstruct): Map<IConstruct, CfnResource[]> {
  const policies = new Map<IConstruct, CfnResource[]>();
  const add = (holder: IConstruct, policy: CfnResource) => policies.set(holder, [...policies.get(holder) ?? [], policy]);
  for (const policy of [...resourcesBelow(stage, 'AWS::IAM::Policy'), ...resourcesBelow(stage, 'AWS::IAM::ManagedPolicy')] as (iam.CfnPolicy | iam.CfnManagedPolicy)[]) {
    targetsIn(policy.roles, policy).forEach((holder) => add(holder, policy));
  }
  for (const role of resourcesBelow(stage, 'AWS::IAM::Role') as iam.CfnRole[]) {
    add(role, role);
    resourcesIn(role.managedPolicyArns, role).forEach((policy) => add(role, policy));
  }
  return policies;
}

/** Of a policy, or of the inline policies of a role. */
function statementsIn(policy: CfnResource): Statement[] {
  const { PolicyDocument: document, Policies: inline } = renderedResource(policy).Properties;
  const documents = [document, ...listOf(inline).map((one) => (one as { PolicyDocument?: unknown }).PolicyDocument)];
  return documents.flatMap((one) => listOf((one as { Statement?: unknown } | undefined)?.Statement)) as Statement[];
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}
