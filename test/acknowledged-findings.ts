/**
 * What the checks of `test/rigs` and `test/opinions` find and the project lives with: each with its reason, all in this file. An entry that matches nothing any more is an error.
 */

/** A finding of cdk-nag, of cfn-lint, or of the CDK's own validator. */
export interface AcknowledgedFinding {
  readonly tool: 'cdk-nag' | 'cfn-lint' | 'cloudformation-validate';
  readonly rule: string;
  readonly pattern: string;
  /** The path of the resource below the pattern. */
  readonly where: string;
  readonly reason: string;
}

/** What cdk-nag finds on the defaults is acknowledged for users as well: see `src/operations/private/nag-findings.ts`. Here is what a form asks for itself. */
export const FINDINGS: AcknowledgedFinding[] = [
  {
    tool: 'cdk-nag',
    rule: 'AwsSolutions-APIG1',
    pattern: 'PollingStatusApi',
    where: 'Api/DeploymentStage.prod/Resource',
    reason: 'Only in the form that switches access logs off.',
  },
  {
    tool: 'cdk-nag',
    rule: 'Serverless-APIGWAccessLogging',
    pattern: 'PollingStatusApi',
    where: 'Api/DeploymentStage.prod/Resource',
    reason: 'Only in the form that switches access logs off.',
  },
  ...['POST', '{id}/GET', '{id}/cancel/POST'].map((method) => ({
    tool: 'cdk-nag' as const,
    rule: 'AwsSolutions-COG4',
    pattern: 'PollingStatusApi',
    where: `Stack/Inputs/Api/Default/jobs/${method}/Resource`,
    reason: 'Requests are authorized by IAM. In an API that is given, methods are its owner\'s to acknowledge, as its stage and its logs are.',
  })),
  ...['BucketDelivery', 'TopicFanOut'].flatMap((pattern) => (
    [['cfn-lint', 'Mappings/awscdkawskinesisfirehoseCidrBlocks'], ['cloudformation-validate', 'awscdkawskinesisfirehoseCidrBlocks']] as const
  ).map(([tool, where]) => ({
    tool, rule: 'W7001', pattern, where, reason: 'The CDK adds it with every delivery stream, for security groups that Firehose is to reach.',
  }))),
  ...(['cfn-lint', 'cloudformation-validate'] as const).map((tool) => ({
    tool, rule: 'W3005', pattern: 'TopicFanOut', where: 'Archive/Subscription/Resource', reason: 'The subscription waits for its role and its policy at once.',
  })),
  {
    tool: 'cfn-lint',
    rule: 'W3005',
    pattern: 'PollingStatusApi',
    where: 'Engine/Workflow/Resource',
    reason: 'The CDK has the machine wait for its role and its policy at once.',
  },
  ...(['cfn-lint', 'cloudformation-validate'] as const).flatMap((tool) => ['Starter/Resource', 'SetAside/Resource', 'Pipe'].map((where) => ({
    tool, rule: 'W3005', pattern: 'QueueFedWorkflow', where, reason: 'It waits for its role and its policy at once.',
  }))),
  {
    tool: 'cloudformation-validate', rule: 'W9013', pattern: 'QueueFedWorkflow', where: 'Pipe', reason: 'Only in the form that imports a queue by its ARN.',
  },
  ...['StateMachine', 'Compensation'].flatMap((machine) => [
    ...(['cfn-lint', 'cloudformation-validate'] as const).map((tool) => ({
      tool,
      rule: 'W3005',
      pattern: 'ResilientWorkflow',
      where: `${machine}/Resource`,
      reason: 'The CDK has the machine wait for its role and its policy at once.',
    })),
    {
      tool: 'cdk-nag' as const,
      rule: 'AwsSolutions-IAM5',
      pattern: 'ResilientWorkflow',
      where: `${machine}/Role/DefaultPolicy/Resource`,
      reason: 'LambdaInvoke of the CDK asks for all versions of its function, which whoever makes the task acknowledges.',
    },
  ]),
  {
    tool: 'cfn-lint',
    rule: 'W3005',
    pattern: 'PollingStatusApi',
    where: 'Engine/Recorder/Resource',
    reason: 'The CDK has the machine wait for its role and its policy at once.',
  },
  {
    tool: 'cloudformation-validate',
    rule: 'W3005',
    pattern: 'PollingStatusApi',
    where: 'Engine/Workflow/Resource',
    reason: 'The CDK has the machine wait for its role and its policy at once.',
  },
  {
    tool: 'cloudformation-validate',
    rule: 'W3005',
    pattern: 'PollingStatusApi',
    where: 'Engine/Recorder/Resource',
    reason: 'The CDK has the machine wait for its role and its policy at once.',
  },
  {
    tool: 'cloudformation-validate',
    rule: 'F3002',
    pattern: 'TopicFanOut',
    where: 'Topic/Resource',
    reason: 'Only in the form for large messages: its schema of the topic is older than MaximumMessageSize, which SNS documents.',
  },
  {
    tool: 'cloudformation-validate',
    rule: 'W9002',
    pattern: 'QueueFedFunction',
    where: 'EventSource/Resource',
    reason: 'Only in the form that imports a queue by its ARN.',
  },
  {
    tool: 'cloudformation-validate',
    rule: 'W9013',
    pattern: 'QueueFedFunction',
    where: 'EventSource/Resource',
    reason: 'Only in the form that imports a queue by its ARN.',
  },
  {
    tool: 'cloudformation-validate',
    rule: 'W9013',
    pattern: 'PollingStatusApi',
    where: 'Pipe',
    reason: 'Only in the form that imports a queue by its ARN.',
  },
  {
    tool: 'cloudformation-validate',
    rule: 'W9002',
    pattern: 'EventRouter',
    where: 'Archive/Archive',
    reason: 'Only in the form that adopts an imported bus: its archive names it by the ARN.',
  },
  {
    tool: 'cloudformation-validate',
    rule: 'W9002',
    pattern: 'StreamFedFunction',
    where: 'EventSource/Resource',
    reason: 'Only in the form that imports a stream by its ARN.',
  },
  {
    tool: 'cloudformation-validate',
    rule: 'W9013',
    pattern: 'StreamFedFunction',
    where: 'EventSource/Resource',
    reason: 'Only in the form that imports a stream by its ARN.',
  },
  {
    tool: 'cloudformation-validate',
    rule: 'W9002',
    pattern: 'TableFedFunction',
    where: 'EventSource/Resource',
    reason: 'Only in the form that imports a table by its ARN.',
  },
  {
    tool: 'cloudformation-validate',
    rule: 'W9013',
    pattern: 'TableFedFunction',
    where: 'EventSource/Resource',
    reason: 'Only in the form that imports a table by its ARN.',
  },
];

/** A mutant of the mutation rig that no unit test kills. */
export interface AcknowledgedSurvivor {
  /** The mutant as the rig prints it. */
  readonly mutant: string;
  readonly reason: string;
}

const AGE_IS_KNOWN = 'No effect: an age that is not known is an error by itself, and nothing is made. The compiler demands a number.';
const SAME_STATISTIC = 'Equal in effect: the CDK\'s metric has the same statistic by default. Stated, because the alarm means nothing with another.';

export const SURVIVORS: AcknowledgedSurvivor[] = [
  {
    mutant: 'src/delivery/rules/schedule-expression.ts skippedTimes with 14 for 13 in \'length: 13\'',
    reason: 'Equal in effect: in the month after the year no clock is put forward.',
  },
  {
    mutant: 'src/delivery/rules/schedule-expression.ts skippedTimes \'months[index] ?? end\' without its default',
    reason: 'No effect: each month but the first has one before it. The compiler demands a number.',
  },
  {
    mutant: 'src/delivery/rules/schedule-expression.ts skippedTimes with 3 for 2 in \'middle = before + Math.ceil((after - before) / 2)\'',
    reason: 'Equal in effect: the search takes more steps.',
  },
  {
    mutant: 'src/streaming/private/reader-rules.ts recordAgeSecondsOf \'knownSeconds(maxRecordAge) ?? 0\' without its default',
    reason: AGE_IS_KNOWN,
  },
  {
    mutant: 'src/streaming/private/reader-rules.ts recordAgeSecondsOf with 1 for 0 in \'knownSeconds(maxRecordAge) ?? 0\'',
    reason: AGE_IS_KNOWN,
  },
  {
    mutant: 'src/streaming/private/own-stream.ts newStream \'encryptionKey ? kinesis.StreamEncryption.KMS : kinesis.StreamEncryption.MANAGED\' without \'kinesis.StreamEncryption.KMS\'',
    reason: 'Equal in effect: with a key the CDK\'s stream has the same default. Stated, because it is part of this library\'s contract.',
  },
  {
    mutant: 'src/functions/async-function.rules.ts planOf \'knownSeconds(maxEventAgeOf(props)) ?? 0\' without its default',
    reason: AGE_IS_KNOWN,
  },
  {
    mutant: 'src/functions/async-function.rules.ts planOf with 1 for 0 in \'maxAgeSeconds = knownSeconds(maxEventAgeOf(props)) ?? 0\'',
    reason: AGE_IS_KNOWN,
  },
  {
    mutant: 'src/functions/canary-function.ts CanaryFunction DeploymentGroup without \'failedDeployment: true\'',
    reason: 'Equal in effect: the CDK\'s group has the same default. Stated, because it is part of this library\'s contract.',
  },
  {
    mutant: 'src/functions/canary-function.ts CanaryFunction addScaling \'options.minCapacity ?? 1\' without its default',
    reason: 'Equal in effect: the CDK\'s scaling has the same default. Stated, because it is part of this library\'s contract.',
  },
  {
    mutant: 'src/functions/scheduled-function.alarms.ts without \'statistic: cloudwatch.Stats.MAXIMUM\'',
    reason: SAME_STATISTIC,
  },
  {
    mutant: 'src/functions/canary-function.alarms.ts without \'statistic: cloudwatch.Stats.SUM\'',
    reason: SAME_STATISTIC,
  },
  {
    mutant: 'src/functions/canary-function.alarms.ts without \'unit: ThresholdUnit.PERCENT\'',
    reason: 'Equal in effect: what is no count, no fraction and no time is checked as a percentage, and compared as it is stated. The compiler demands it.',
  },
  {
    mutant: 'src/private/sqs/pattern-queue.ts newPatternQueue \'encryptionKey ? sqs.QueueEncryption.KMS : sqs.QueueEncryption.SQS_MANAGED\' without \'sqs.QueueEncryption.KMS\'',
    reason: 'Equal in effect: with a key and no type stated, the CDK\'s queue takes KMS.',
  },
  {
    mutant: 'src/private/sqs/pattern-queue.ts newPatternQueue \'removalPolicy ?? RemovalPolicy.DESTROY\' without its default',
    reason: 'Equal in effect: the CDK\'s queue has the same default. Stated, because it is part of this library\'s contract.',
  },
  {
    mutant: 'src/private/iam/grant-policies.ts uniqueName with 51 for 50 in \'maxLength: 50\'',
    reason: 'Equal in effect: the CDK shortens a name to two halves of equal length, so an odd length is the even one below.',
  },
  {
    mutant: 'src/private/s3/pattern-bucket.ts newPatternBucket \'encryptionKey ? s3.BucketEncryption.KMS : s3.BucketEncryption.S3_MANAGED\' without \'s3.BucketEncryption.KMS\'',
    reason: 'Equal in effect: with a key and no type stated, the CDK\'s bucket takes KMS.',
  },
  {
    mutant: 'src/operations/nag-acknowledgements.ts with 491 for 490 in \'BEFORE_NAG = 490\'',
    reason: 'Equal in effect: any priority between those of aspects that change something (200) and of others (500) will do.',
  },
  {
    mutant: 'src/private/lambda/handler-alarms.ts without \'statistic: cloudwatch.Stats.SUM\'',
    reason: SAME_STATISTIC,
  },
  {
    mutant: 'src/private/lambda/handler-alarms.ts without \'statistic: cloudwatch.Stats.SUM\' (2)',
    reason: SAME_STATISTIC,
  },
  {
    mutant: 'src/private/sqs/queue-alarms.ts deadLetterRows without \'statistic: cloudwatch.Stats.MAXIMUM\'',
    reason: SAME_STATISTIC,
  },
  {
    mutant: 'src/private/sqs/queue-alarms.ts deadLetterRows without \'statistic: cloudwatch.Stats.MAXIMUM\' (2)',
    reason: SAME_STATISTIC,
  },
  {
    mutant: 'src/private/sqs/queue-alarms.ts deadLetterRows without \'statistic: cloudwatch.Stats.MAXIMUM\' (3)',
    reason: SAME_STATISTIC,
  },
  {
    mutant: 'src/private/sqs/queue-alarms.ts without \'statistic: cloudwatch.Stats.MAXIMUM\'',
    reason: SAME_STATISTIC,
  },
];

/** A breaking change since the last release that goes into the next major version. */
export interface AcknowledgedBreak {
  /** The change as the upgrade rig prints it. */
  readonly change: string;
  readonly reason: string;
}

export const BREAKS: AcknowledgedBreak[] = [];
