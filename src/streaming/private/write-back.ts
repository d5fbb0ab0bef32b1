import type { CfnResource } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { onceInAValidation } from '../../private/app/once-in-a-validation';
import { resourceBehind, resourcesIn, targetsIn } from '../../private/app/references';
import { renderedResource } from '../../private/app/rendered-resource';
import { resourcesBelow } from '../../private/app/resources-below';

interface Statement {
  readonly Effect?: unknown;
  readonly Action?: unknown;
  readonly Resource?: unknown;
}

/** Whether it changes items. */
const WRITES = /^(\*|dynamodb:(\*|(Put|Update|Delete)(Item|\*)|BatchWrite(Item|\*)|PartiQL(Insert|Update|Delete|\*)))$/;

/** What a handler is allowed that changes items of a table, as far as the policies are in this app. */
export function writesOf({ role }: lambda.IFunction, table: dynamodb.ITable): string[] {
  const resource = role && resourceBehind(role.roleArn, 'AWS::IAM::Role');
  if (!resource) {
    return [];
  }
  const policies = onceInAValidation(resource, 'policiesByHolder', policiesByHolder).get(resource) ?? [];
  const statements = policies.flatMap((policy) => statementsIn(policy).filter(({ Effect }) => Effect === 'Allow').filter(({ Resource }) => {
    const arn = JSON.stringify(Stack.of(policy).resolve(table.tableArn));
    return listOf(Resource).some((one) => one === '*' || JSON.stringify(one) === arn);
  }));
  return [...new Set(statements.flatMap(({ Action }) => listOf(Action)).map(String).filter((action) => WRITES.test(action)))];
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
