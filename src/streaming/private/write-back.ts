import { Stack } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { statementsAllowing } from '../../private/iam/role-statements';

/** Whether it changes items. */
const WRITES = /^(\*|dynamodb:(\*|(Put|Update|Delete)(Item|\*)|BatchWrite(Item|\*)|PartiQL(Insert|Update|Delete|\*)))$/;

/** What a handler is allowed that changes items of a table, as far as the policies are in this app. */
export function writesOf({ role }: lambda.IFunction, table: dynamodb.ITable): string[] {
  const onTable = statementsAllowing(role).filter(({ policy, resources }) => {
    const arn = JSON.stringify(Stack.of(policy).resolve(table.tableArn));
    return resources.some((one) => one === '*' || JSON.stringify(one) === arn);
  });
  return [...new Set(onTable.flatMap(({ actions }) => actions).map(String).filter((action) => WRITES.test(action)))];
}
