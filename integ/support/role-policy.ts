import { IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';

/** Replaces the document of an inline policy of a role. */
export async function putRolePolicy(roleName: string, policyName: string, document: unknown): Promise<void> {
  await new IAMClient({}).send(new PutRolePolicyCommand({ RoleName: roleName, PolicyName: policyName, PolicyDocument: JSON.stringify(document) }));
}
