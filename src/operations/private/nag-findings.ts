/** A finding of cdk-nag on a resource that a pattern creates, and why it is all right there. */
export interface NagFinding {
  /** The rules, which say the same of the resource. */
  readonly rules: readonly string[];
  /** The class of the pattern. */
  readonly pattern: string;
  /** The path of the resource below the pattern: `*` stands for any id or part of one, `**` for any ids. */
  readonly where: string;
  /**
   * For rules that report each finding in a resource: which findings are meant. All others are the user's own, such as a policy that was
   * added to a role.
   */
  readonly findings?: RegExp;
  readonly reason: string;
}

const NOWHERE_FURTHER = 'This is a dead-letter queue: messages stay here until somebody has looked at them, and an alarm tells when there are any.';

const EXECUTION_HISTORY = 'Errors are logged. What an execution does is in its history; a log of it would cost and disclose the same a second time.';

/** What CDK grants on a key, besides exact actions. */
const KEY_ACTIONS = 'Action::kms:(?:ReEncrypt|GenerateDataKey)\\*';

/** Rules without a target, and what each counts. Its rule Serverless-EventBusDLQ throws. */
const COUNTING_RULES = [
  ['BucketFedFunction', 'Delivery/TooLargeRule/Resource', 'the objects that are too large'],
  ['FailureBucket', 'ArrivalRule/Resource', 'the failures that are stored'],
  ['EventRouter', 'UnroutedRule/Resource', 'the events that no consumer takes'],
  ['BucketDelivery', 'FailureRule/Resource', 'the failures that are stored'],
  ['QueueFedService', 'TaskRule/Resource', 'the tasks that failed'],
  ['QueueFedService', 'DeploymentRule/Resource', 'the deployments that failed'],
  ['ResilientWorkflow', 'Version*/Rule/Resource', 'the failed executions of a new version'],
] as const;

/**
 * All findings of the packs AwsSolutions and Serverless on the defaults of the patterns.
 */
export const NAG_FINDINGS: readonly NagFinding[] = [
  ...['QueueFedFunction', 'QueueFedService', 'QueueFedWorkflow'].map((pattern) => ({
    rules: ['Serverless-SQSRedrivePolicy'], pattern, where: 'DeadLetterQueue/Resource', reason: NOWHERE_FURTHER,
  })),
  ...COUNTING_RULES.map(([pattern, where, counted]) => ({
    rules: ['CdkNagValidationFailure'],
    pattern,
    where,
    reason: `cdk-nag cannot read a rule without targets. This one counts ${counted}, for an alarm, so there is nothing to set aside.`,
  })),
  {
    rules: ['AwsSolutions-ECS2'],
    pattern: 'QueueFedService',
    where: 'TaskDefinition/Resource',
    reason: 'The variables are the URL of the queue and times, and no secrets.',
  },
  {
    rules: ['Serverless-LambdaEventSourceMappingDestination'],
    pattern: 'QueueFedFunction',
    where: 'EventSource/Resource',
    reason: 'On-failure destinations are for streams. From a queue, messages that cannot be processed go to its dead-letter queue.',
  },
  {
    rules: ['AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy'],
    pattern: 'TopicFanOut',
    where: '*/DeadLetterQueue/Resource',
    reason: NOWHERE_FURTHER,
  },
  {
    // Of a bus with a customer-managed key.
    rules: ['AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy'],
    pattern: 'EventRouter',
    where: 'DeadLetterQueue/Resource',
    reason: NOWHERE_FURTHER,
  },
  {
    rules: ['AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy'],
    pattern: 'EventRouter',
    where: '*/DeadLetterQueue/Resource',
    reason: NOWHERE_FURTHER,
  },
  {
    rules: ['AwsSolutions-S1'],
    pattern: 'BucketFedFunction',
    where: 'Bucket/Resource',
    reason: 'Server access logs need a bucket that keeps the logs of the account. To have them, give a bucket of your own.',
  },
  {
    rules: ['AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy'],
    pattern: 'BucketFedFunction',
    where: 'Delivery/DeadLetterQueue/Resource',
    reason: NOWHERE_FURTHER,
  },
  {
    rules: ['AwsSolutions-S1'],
    pattern: 'ClaimCheckBucket',
    where: 'Bucket/Resource',
    reason: 'Server access logs need a bucket that keeps the logs of the account. To have them, state serverAccessLogsBucket.',
  },
  {
    rules: ['AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy'],
    pattern: 'ClaimCheckBucket',
    where: '*/DeadLetterQueue/Resource',
    reason: NOWHERE_FURTHER,
  },
  {
    rules: ['AwsSolutions-S1'],
    pattern: 'FailureBucket',
    where: 'Bucket/Resource',
    reason: 'Server access logs need a bucket that keeps the logs of the account. To have them, state serverAccessLogsBucket.',
  },
  {
    rules: ['AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy'],
    pattern: 'FailureBucket',
    where: '*/DeadLetterQueue/Resource',
    reason: NOWHERE_FURTHER,
  },
  {
    rules: ['AwsSolutions-S1'],
    pattern: 'BucketDelivery',
    where: 'Bucket/Resource',
    reason: 'Server access logs need a bucket that keeps the logs of the account. To have them, give a bucket of your own.',
  },
  {
    rules: ['AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy'],
    pattern: 'BucketDelivery',
    where: '*/DeadLetterQueue/Resource',
    reason: NOWHERE_FURTHER,
  },
  {
    rules: ['AwsSolutions-KDF1'],
    pattern: 'BucketDelivery',
    where: 'DeliveryStream/Resource',
    reason: 'Only with a source, whose records are encrypted in its stream. What producers put is encrypted.',
  },
  {
    rules: ['AwsSolutions-KDS3'],
    pattern: 'StreamFedFunction',
    where: 'Stream/Resource',
    reason: 'A key of your own is for streams that other accounts use. Without encryptionKey, the stream has the key that AWS manages.',
  },
  {
    rules: ['Serverless-LambdaAsyncFailureDestination'],
    pattern: 'AsyncFunction',
    where: 'Settings',
    reason: 'Only with a dead-letter queue of the function, to which failed events go in place of a destination.',
  },
  {
    rules: ['AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy'],
    pattern: 'ScheduledFunction',
    where: 'ScheduleDeadLetterQueue/Resource',
    reason: NOWHERE_FURTHER,
  },
  {
    rules: ['AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy'],
    pattern: 'ScheduledMessages',
    where: 'ScheduleDeadLetterQueue/Resource',
    reason: NOWHERE_FURTHER,
  },
  {
    rules: ['AwsSolutions-IAM4'],
    pattern: 'CanaryFunction',
    where: 'DeploymentGroup/ServiceRole/Resource',
    findings: /^Policy::.*:policy\/service-role\/AWSCodeDeployRoleForLambdaLimited$/,
    reason: 'AWS documents this managed policy for the service role of CodeDeploy, and CDK attaches it to each. Only CodeDeploy can assume the role.',
  },
  {
    rules: ['AwsSolutions-IAM5'],
    pattern: 'CanaryFunction',
    where: 'DeploymentGroup/ServiceRole/DefaultPolicy/Resource',
    findings: /^Resource::[^*]+:\*$/,
    reason: 'CodeDeploy may invoke the hooks of the deployment and, as CDK grants it, their versions.',
  },
  {
    rules: ['AwsSolutions-IAM4'],
    pattern: 'ApiLoggingAccount',
    where: 'Role/Resource',
    findings: /^Policy::.*:policy\/service-role\/AmazonAPIGatewayPushToCloudWatchLogs$/,
    reason: 'AWS documents this managed policy for the role with which API Gateway writes logs. Only API Gateway can assume the role.',
  },
  {
    rules: ['AwsSolutions-APIG2'],
    pattern: 'PollingStatusApi',
    where: 'Api/Resource',
    reason: 'The body of requests is validated, and the methods have no required parameters.',
  },
  {
    rules: ['AwsSolutions-APIG3'],
    pattern: 'PollingStatusApi',
    where: 'Api/DeploymentStage.*/Resource',
    reason: 'A web ACL costs by the hour, and its rules depend on the callers of the API. It can be associated with the stage.',
  },
  {
    rules: ['AwsSolutions-APIG6'],
    pattern: 'PollingStatusApi',
    where: 'Api/DeploymentStage.*/Resource',
    reason: 'Execution logs can contain the parameters of requests, in a log group that API Gateway creates without a retention period. Access logs are on.',
  },
  {
    rules: ['AwsSolutions-COG4'],
    pattern: 'PollingStatusApi',
    where: 'Api/Default/**/*/Resource',
    reason: 'Requests are authorized by IAM, or by the authorizer that was given.',
  },
  {
    rules: ['AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy'],
    pattern: 'PollingStatusApi',
    where: 'DeadLetterQueue/Resource',
    reason: NOWHERE_FURTHER,
  },
  {
    rules: ['AwsSolutions-SF1'],
    pattern: 'PollingStatusApi',
    where: 'Engine/Workflow/Resource',
    reason: EXECUTION_HISTORY,
  },
  {
    rules: ['AwsSolutions-IAM5'],
    pattern: 'PollingStatusApi',
    where: 'Engine/Workflow/Role/DefaultPolicy/Resource',
    findings: new RegExp(`^(?:Resource::\\*|Resource::[^*]+:execution:[^*]+:\\*|${KEY_ACTIONS})$`),
    reason: 'The actions for log delivery and tracing take no resources. Executions are named by their state machine, and the actions on a key are those of CDK.',
  },
  {
    rules: ['AwsSolutions-SF1'],
    pattern: 'PollingStatusApi',
    where: 'Engine/Recorder/Resource',
    reason: EXECUTION_HISTORY,
  },
  {
    rules: ['AwsSolutions-IAM5'],
    pattern: 'PollingStatusApi',
    where: 'Engine/Recorder/Role/DefaultPolicy/Resource',
    findings: new RegExp(`^(?:Resource::\\*|Resource::[^*]+:execution:[^*]+:\\*|${KEY_ACTIONS})$`),
    reason: 'The actions for log delivery and tracing take no resources. Executions are named by their state machine, and the actions on a key are those of CDK.',
  },
  {
    rules: ['AwsSolutions-IAM5'],
    pattern: 'PollingStatusApi',
    where: 'ApiRole/DefaultPolicy/Resource',
    findings: new RegExp(`^${KEY_ACTIONS}$`),
    reason: 'CDK grants kms:ReEncrypt* and kms:GenerateDataKey* on a key, and only on that key.',
  },
  {
    rules: ['AwsSolutions-IAM5'],
    pattern: 'PollingStatusApi',
    where: 'PipeRole/DefaultPolicy/Resource',
    findings: new RegExp(`^(?:Resource::\\*|${KEY_ACTIONS})$`),
    reason: 'dynamodb:ListStreams, which a pipe needs, takes no resource. CDK grants kms:ReEncrypt* and kms:GenerateDataKey* on a key, and only on that key.',
  },
  ...([
    ['ResilientWorkflow', 'StateMachine', EXECUTION_HISTORY],
    ['ResilientWorkflow', 'Compensation', EXECUTION_HISTORY],
    ['QueueFedWorkflow', 'Starter', 'Errors are logged. A log of everything would cost more than the starts of executions, and tell no more than their history.'],
    ['QueueFedWorkflow', 'SetAside', EXECUTION_HISTORY],
  ] as const).flatMap(([pattern, machine, reason]): NagFinding[] => [
    { rules: ['AwsSolutions-SF1'], pattern, where: `${machine}/Resource`, reason },
    {
      rules: ['AwsSolutions-IAM5'],
      pattern,
      where: `${machine}/Role/DefaultPolicy/Resource`,
      findings: new RegExp(`^(?:Resource::\\*|Resource::[^*]+:execution:[^*]+:\\*|${KEY_ACTIONS})$`),
      reason: 'The actions for log delivery and tracing take no resources. Executions are named by their state machine, and the actions on a key are those of CDK.',
    },
  ]),
  ...([['ResilientWorkflow', '*DeadLetterQueue'], ['QueueFedWorkflow', 'RuleDeadLetterQueue']] as const).map(([pattern, queue]): NagFinding => (
    { rules: ['AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy'], pattern, where: `${queue}/Resource`, reason: NOWHERE_FURTHER }
  )),
];

/** Whether a path below a pattern is where an entry means. */
export function isAt(where: string, path: string): boolean {
  const pattern = where.split('/').map((id) => (id === '**' ? '.+' : id.split('*').map((text) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('[^/]*')));
  return new RegExp(`^${pattern.join('/')}$`).test(path);
}
