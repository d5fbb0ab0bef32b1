import type { CfnResource } from 'aws-cdk-lib';
import { CfnDeletionPolicy, RemovalPolicy } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type { TableFacts } from '../../delivery/rules/table';
import { renderedResource } from '../app/rendered-resource';

export interface TableProps {
  readonly removalPolicy?: RemovalPolicy;
  readonly deletionProtection?: boolean;
}

/** The two that a table may not have, or not always. */
const DELETION_POLICIES: { readonly [policy in RemovalPolicy]?: string } = {
  [RemovalPolicy.DESTROY]: CfnDeletionPolicy.DELETE,
  [RemovalPolicy.SNAPSHOT]: CfnDeletionPolicy.SNAPSHOT,
};

/** What is known of a table that is still to be made. */
export function statedTableFacts({ removalPolicy, deletionProtection }: TableProps): TableFacts {
  return { deletionPolicy: removalPolicy && DELETION_POLICIES[removalPolicy], deletionProtection };
}

/** What is known of a table when the app is complete. Whether it goes with its stack is for others to say later, as for stacks of tests. */
export function tableFacts(table: dynamodb.ITable): TableFacts {
  const { DeletionPolicy: deletionPolicy } = renderedResource(table.node.defaultChild as CfnResource);
  return { path: table.node.path, deletionPolicy: deletionPolicy as string | undefined };
}
