import type { Rule } from './rule';

/** What is known of a table with data. Policies are as CloudFormation has them, such as `Delete`; `'absent'`: none is stated, which means `Delete`. */
export interface StoredTableFacts {
  readonly path: string;
  readonly deletionPolicy?: string | undefined;
  readonly updateReplacePolicy?: string | undefined;
  readonly deletionProtection?: boolean | undefined;
  /** Whether it can be restored to a point in time. */
  readonly pointInTimeRecovery?: boolean | undefined;
  /** When its items expire. Undefined: never, or not known. */
  readonly timeToLive?: TimeToLiveFacts | undefined;
}

/** What is known of the attribute that says when an item expires. */
export interface TimeToLiveFacts {
  readonly attribute: string;
  readonly enabled?: boolean | undefined;
  /** Such as `S`, if it is part of a key. */
  readonly type?: string | undefined;
}

/** What is known of a bucket. */
export interface StoredBucketFacts {
  readonly path: string;
  readonly deletionPolicy?: string | undefined;
  /** Whether uploads that were never completed are deleted. */
  readonly abortsUploads?: boolean | undefined;
}

/** What is known of a log group. */
export interface LogGroupFacts {
  readonly path: string;
  readonly hasRetention?: boolean | undefined;
}

const TTL_PAGE = 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-before-you-start.html';
const DELETION_PAGE = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html';

/**
 * What is true of a table whose data outlives a mistake. A policy that says `Delete` is taken at its word: such data can be made again.
 */
export const STORED_TABLE_RULES: readonly Rule<StoredTableFacts>[] = [
  {
    id: 'tableDeletionPolicyUnset',
    severity: 'warning',
    why: 'CloudFormation deletes a table with its data when its stack is deleted or its resource is renamed, unless a policy says otherwise.',
    source: DELETION_PAGE,
    finding: ({ path, deletionPolicy, deletionProtection }) => (
      deletionPolicy !== 'absent' || deletionProtection !== false ? undefined
        : {
          what: `DeletionPolicy of table '${path}' is not set, so its data goes when the stack is deleted or the logical id of the table changes`,
          fix: 'set DeletionPolicy to RetainExceptOnCreate and UpdateReplacePolicy to Retain, or both to Delete if the data can be made again',
        }
    ),
  },
  {
    id: 'tableReplacementPolicyUnset',
    severity: 'warning',
    why: 'DeletionPolicy does not hold when an update replaces a table, and CloudFormation then deletes the old one with its data.',
    source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatereplacepolicy.html',
    finding: ({ path, deletionPolicy = '', updateReplacePolicy }) => (
      !deletionPolicy.startsWith('Retain') || (updateReplacePolicy !== 'absent' && updateReplacePolicy !== 'Delete') ? undefined
        : {
          what: `table '${path}' is kept when it is deleted (DeletionPolicy ${deletionPolicy}), but its UpdateReplacePolicy is ${updateReplacePolicy === 'absent' ? 'not set' : updateReplacePolicy}, ` +
            'so its data goes when an update replaces it',
          fix: 'set UpdateReplacePolicy to Retain',
        }
    ),
  },
  {
    id: 'pointInTimeRecoveryOff',
    severity: 'warning',
    why: 'Without point-in-time recovery, nothing brings back what a faulty release has overwritten.',
    source: 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html',
    finding: ({ path, deletionPolicy, pointInTimeRecovery }) => (
      pointInTimeRecovery !== false || deletionPolicy === undefined || deletionPolicy === 'Delete' ? undefined
        : {
          what: `point-in-time recovery of table '${path}' is off, so items that are overwritten or deleted by mistake are lost`,
          fix: 'set PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled to true, or DeletionPolicy to Delete if the data can be made again',
        }
    ),
  },
  {
    id: 'timeToLiveNotNumber',
    severity: 'warning',
    why: 'DynamoDB lets an item expire only by an attribute that is a number.',
    source: TTL_PAGE,
    finding: ({ path, timeToLive: ttl }) => (
      !ttl?.enabled || ttl.type === undefined || ttl.type === 'N' ? undefined
        : {
          what: `items of table '${path}' are to expire by '${ttl.attribute}' (TimeToLiveSpecification), which its AttributeDefinitions say is of type ${ttl.type}, so none ever does`,
          fix: 'name an attribute with the time in seconds since 1970, as a number',
        }
    ),
  },
  {
    id: 'timeToLiveOff',
    severity: 'note',
    why: 'Items whose attribute says when they expire stay, and are paid for, unless time to live is on.',
    source: TTL_PAGE,
    finding: ({ path, timeToLive: ttl }) => (
      ttl?.enabled !== false ? undefined
        : {
          what: `TimeToLiveSpecification of table '${path}' names '${ttl.attribute}', but is not enabled, so no item expires`,
          fix: 'set TimeToLiveSpecification.Enabled to true, or leave TimeToLiveSpecification out',
        }
    ),
  },
  {
    id: 'protectedTableStopsRollback',
    severity: 'note',
    why: 'DynamoDB refuses to delete a protected table, also when the first deployment of its stack fails and is rolled back.',
    source: 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html',
    finding: ({ path, deletionPolicy, deletionProtection }) => (
      !deletionProtection || deletionPolicy !== 'RetainExceptOnCreate' ? undefined
        : {
          what: `table '${path}' is protected from deletion, but its DeletionPolicy is RetainExceptOnCreate, so a first deployment that fails cannot be rolled back (ROLLBACK_FAILED)`,
          fix: 'set DeletionProtectionEnabled after the first deployment, or DeletionPolicy to Retain',
        }
    ),
  },
];

/**
 * What is true of a bucket that keeps what it should, and no more.
 */
export const STORED_BUCKET_RULES: readonly Rule<StoredBucketFacts>[] = [
  {
    id: 'bucketDeletionPolicyUnset',
    severity: 'note',
    why: 'CloudFormation deletes a bucket with its stack, which fails as long as the bucket has objects.',
    source: DELETION_PAGE,
    finding: ({ path, deletionPolicy }) => (
      deletionPolicy !== 'absent' ? undefined
        : {
          what: `DeletionPolicy of bucket '${path}' is not set, so its stack cannot be deleted while the bucket has objects, and an empty bucket goes with it`,
          fix: 'set DeletionPolicy to RetainExceptOnCreate and UpdateReplacePolicy to Retain, or both to Delete',
        }
    ),
  },
  {
    id: 'incompleteUploadsKept',
    severity: 'note',
    why: 'The parts of a multipart upload that was never completed are stored and paid for until somebody aborts it.',
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpu-abort-incomplete-mpu-lifecycle-config.html',
    finding: ({ path, abortsUploads }) => (
      abortsUploads !== false ? undefined
        : {
          what: `no lifecycle rule of bucket '${path}' aborts multipart uploads that were never completed, whose parts are paid for and do not show among the objects`,
          fix: 'add a rule with AbortIncompleteMultipartUpload.DaysAfterInitiation, such as 7, to LifecycleConfiguration',
        }
    ),
  },
];

/**
 * What is true of logs that end.
 */
export const LOG_GROUP_RULES: readonly Rule<LogGroupFacts>[] = [
  {
    id: 'logsKeptForEver',
    severity: 'note',
    why: 'CloudWatch Logs keeps logs for ever unless a retention is set.',
    source: 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html',
    finding: ({ path, hasRetention }) => (
      hasRetention !== false ? undefined
        : {
          what: `RetentionInDays of log group '${path}' is not set, so its logs are kept and paid for, for ever`,
          fix: 'set RetentionInDays, such as 30',
        }
    ),
  },
];
