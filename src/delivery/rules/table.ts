import type { Rule } from './rule';

/** What is known of a table. */
export interface TableFacts {
  /** What texts call it by. Undefined: the one that is made with the pattern. */
  readonly path?: string | undefined;
  /** As CloudFormation has it, such as `Delete`. */
  readonly deletionPolicy?: string | undefined;
  readonly deletionProtection?: boolean | undefined;
}

/**
 * What is true of a table that can go with its stack, or stay when it goes.
 */
export const TABLE_RULES: readonly Rule<TableFacts>[] = [
  {
    id: 'tableSnapshotPolicy',
    severity: 'error',
    why: 'CloudFormation makes snapshots of some types of resources only, to which tables do not belong.',
    source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html',
    finding: ({ path, deletionPolicy }) => (
      deletionPolicy !== 'Snapshot' ? undefined
        : {
          what: `removalPolicy${of(path)} is snapshot, but CloudFormation makes none of a table`,
          fix: 'set RemovalPolicy.RETAIN or RemovalPolicy.DESTROY, or leave removalPolicy out',
        }
    ),
  },
  {
    id: 'protectedTableDeleted',
    severity: 'error',
    why: 'DynamoDB refuses to delete a protected table, so a stack that wants to delete it cannot be deleted either.',
    source: 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html',
    finding: ({ path, deletionPolicy, deletionProtection }) => (
      !deletionProtection || deletionPolicy !== 'Delete' ? undefined
        : {
          what: `deletionProtection${of(path)} is true, but ${path === undefined ? '' : 'its '}removalPolicy is destroy, which a protected table does not let happen`,
          fix: 'leave out one of them',
        }
    ),
  },
];

function of(path: string | undefined): string {
  return path === undefined ? '' : ` of table '${path}'`;
}
