import type { CfnResource } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';

/**
 * The ids of the findings of AwsSolutions-IAM4 and AwsSolutions-IAM5 in a resource, as cdk-nag writes them: both rules report each managed
 * policy and each wildcard by itself.
 * https://github.com/cdklabs/cdk-nag/blob/main/README.md
 *
 * @param isMeant which statements of policies
 */
export function findingIds(resource: CfnResource, rule: string, isMeant: (statement: Statement) => boolean = () => true): string[] {
  const { managedPolicyArns, policies, policyDocument } = resolved(resource);
  if (rule === 'AwsSolutions-IAM4') {
    return listed(managedPolicyArns).map((arn) => `Policy::${flatText(arn)}`);
  }
  const inline = listed(policies).map((policy) => (policy as { policyDocument?: unknown }).policyDocument);
  const statements = [policyDocument, ...inline].flatMap((document) => statementsIn(document)).filter(isMeant);
  return [...new Set(statements.flatMap((statement) => wildcardsIn(statement)))];
}

export interface Statement {
  readonly Effect?: unknown;
  readonly Action?: unknown;
  readonly Resource?: unknown;
}

function statementsIn(document: unknown): Statement[] {
  return listed((document as { Statement?: unknown } | undefined)?.Statement) as Statement[];
}

function wildcardsIn({ Effect, Action, Resource }: Statement): string[] {
  const all = [...listed(Action).map((action) => `Action::${flatText(action)}`), ...listed(Resource).map((arn) => `Resource::${flatText(arn)}`)];
  return Effect === 'Allow' ? all.filter((id) => id.includes('*')) : [];
}

/** The properties of a role, a user, a group or a policy that have a part in it. */
function resolved(resource: CfnResource): Record<'managedPolicyArns' | 'policies' | 'policyDocument', unknown> {
  const { managedPolicyArns, policies, policyDocument } = resource as unknown as Record<'managedPolicyArns' | 'policies' | 'policyDocument', unknown>;
  return Stack.of(resource).resolve({ managedPolicyArns, policies, policyDocument }) as ReturnType<typeof resolved>;
}

export function listed(value: unknown): unknown[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}

/** A resolved value as cdk-nag writes it in an id: `<LogicalId.Arn>` for an attribute, `<LogicalId>` for a reference. */
export function flatText(value: unknown): string {
  if (typeof value === 'string') {
    return value.replaceAll('${', '<').replaceAll('}', '>');
  }
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::ImportValue': exported, 'Fn::Join': join } = value as Readonly<Record<string, unknown>>;
  if (ref !== undefined) {
    return `<${flatText(ref)}>`;
  }
  if (attribute !== undefined) {
    return `<${listed(attribute).map((part) => flatText(part)).join('.')}>`;
  }
  if (exported !== undefined) {
    return flatText(exported);
  }
  if (join !== undefined) {
    const [separator, parts] = join as [string, unknown[]];
    return parts.map((part) => flatText(part)).join(separator);
  }
  return JSON.stringify(value);
}
