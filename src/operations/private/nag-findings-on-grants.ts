/** A finding on the policies of those whom a pattern allows something, wherever their roles are. */
export interface NagFindingOnGrants {
  readonly rule: string;
  /** The class of the pattern, which has the bucket, the group of schedules, or the tasks. */
  readonly pattern: string;
  /** Whose policies, as the docs say it. */
  readonly where: string;
  /** What is allowed. A statement with other actions is the user's own. */
  readonly actions: readonly string[];
  /** Whether the actions take no resource, so that they are allowed on everything. By default they are allowed on what is in the bucket, the group or the cluster. */
  readonly onEverything?: boolean;
  readonly reason: string;
}

export const NAG_FINDINGS_ON_GRANTS: readonly NagFindingOnGrants[] = [
  {
    rule: 'AwsSolutions-IAM5',
    pattern: 'ClaimCheckBucket',
    where: 'policies of those to whom `grantDeposit` and `grantClaim` grant',
    actions: ['s3:PutObject', 's3:AbortMultipartUpload', 's3:GetObject', 's3:GetObjectVersion'],
    reason: 'The keys of payloads are random, so the permission is for all keys with the prefix in the bucket of payloads, and for its actions only.',
  },
  {
    rule: 'AwsSolutions-IAM5',
    pattern: 'FailureBucket',
    where: 'policies of those to whom `grantRead` grants',
    actions: ['s3:GetObject'],
    reason: 'Lambda chooses the keys of failures, so the permission is for all keys with the prefix in the bucket of failures, and for its actions only.',
  },
  {
    rule: 'AwsSolutions-IAM5',
    pattern: 'BucketDelivery',
    where: 'policies of its role, and of those who read failures',
    actions: ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'],
    reason: 'Firehose chooses the keys, so the permission is for all keys in the bucket, or all with the error prefix, and for its actions only.',
  },
  ...['StreamFedFunction', 'TableFedFunction', 'AsyncFunction'].map((pattern): NagFindingOnGrants => ({
    rule: 'AwsSolutions-IAM5',
    pattern,
    where: 'policies of the handler, with a `failureStore`',
    actions: ['s3:PutObject'],
    reason: 'Lambda chooses the keys of failures, so the permission is for all keys in their bucket, and for its action only.',
  })),
  {
    rule: 'AwsSolutions-IAM5',
    pattern: 'TableFedFunction',
    where: 'policies of the handler',
    actions: ['dynamodb:ListStreams'],
    onEverything: true,
    reason: 'dynamodb:ListStreams, which Lambda needs to read the stream of a table, takes no resource.',
  },
  {
    rule: 'AwsSolutions-IAM5',
    pattern: 'BucketFedFunction',
    where: 'policies of the handler',
    actions: ['s3:GetObject', 's3:GetObjectVersion', 's3:PutObject', 's3:AbortMultipartUpload'],
    reason: 'Whoever uploads chooses the keys, so the permission is for all keys with `prefix`, and with `outputPrefix` to write, and for its actions only.',
  },
  {
    rule: 'AwsSolutions-IAM5',
    pattern: 'ScheduledMessages',
    where: 'policies of those to whom `grantCreateSchedules` grants',
    actions: ['scheduler:CreateSchedule', 'scheduler:GetSchedule', 'scheduler:DeleteSchedule'],
    reason: 'The names of schedules are chosen at run time, so the permission is for all schedules of the group, and for its actions only.',
  },
  {
    rule: 'AwsSolutions-IAM5',
    pattern: 'QueueFedService',
    where: 'policies of the role of its tasks',
    actions: ['ecs:GetTaskProtection', 'ecs:UpdateTaskProtection'],
    reason: 'A task protects itself, whose id nobody knows before it runs, so the permission is for all tasks of the cluster, and for its actions only.',
  },
];
