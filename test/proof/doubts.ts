/** Something that is believed of AWS, that the library depends on, and that no test here can settle. */
export interface Doubt {
  /** Does not change, so that a run on AWS can name it. */
  readonly id: string;
  readonly title: string;
  readonly believed: string;
  /** Where that comes from: pages of AWS, issues. */
  readonly sources: readonly string[];
  /** What happens to a user if it is wrong. */
  readonly harm: string;
  readonly experiment: Experiment;
  /** The promises that rest on it: `<name of the page's pattern>.<id of the promise>`. */
  readonly promises: readonly string[];
}

/** What a run on a real account does. */
export interface Experiment {
  /** What is deployed. */
  readonly resources: string;
  readonly action: string;
  /** What is seen if what is believed is right. */
  readonly expected: string;
  /** What is seen if it is not. */
  readonly refuted: string;
}

const DOCS = 'https://docs.aws.amazon.com';

/** The most harmful first: what makes a pattern useless, then what loses something in silence, then what fails aloud or rarely. */
export const DOUBTS: readonly Doubt[] = [
  {
    id: 'pipe-template',
    title: 'A pipe puts quotation marks around a text in a JSON template',
    believed: 'An unquoted `<$.dynamodb.Keys.jobKey.S>` in a template that is a JSON object becomes a JSON string, escaped. The page\'s '
      + 'examples are written so, but its note says to put quotation marks around variables that stand for paths, except objects and '
      + 'arrays.',
    sources: [`${DOCS}/eventbridge/latest/userguide/eb-pipes-input-transformation.html`],
    harm: 'No job of any `PollingStatusApi` starts: what the pipe delivers is no JSON. Each is set aside, rings `deadLetters` and reads '
      + 'as failed from its deadline on.',
    experiment: {
      resources: '`integ.polling-status-api.ts`, and an API whose Lambda authorizer answers with a `principalId` that has `"` and `\\` '
        + 'in it',
      action: 'submit one job to each engine, and one by that authorizer; receive the message of the `QueueEngine` unparsed',
      expected: 'the message is `{"table": "…", "job": "…"}`, parses, and names the job\'s key exactly; all jobs end as planned',
      refuted: 'the message has no quotation marks around the key, or doubled or unescaped ones; dead letters from the pipe',
    },
    promises: ['PollingStatusApi.starts-work', 'PollingStatusApi.every-job-ends'],
  },
  {
    id: 'origin-in-answers',
    title: 'A response template sees the headers of the request',
    believed: '`$input.params()` in the template of an integration response has the headers of the request, so that an answer can echo the '
      + 'caller\'s origin. The CDK relies on it for preflight requests to several origins; the reference of the variables does not say for '
      + 'which templates it holds.',
    sources: [`${DOCS}/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html`],
    harm: 'With several `corsAllowOrigins`, pages of all but the first submit jobs and cannot read the answers.',
    experiment: {
      resources: '`integ.polling-status-api.ts`, whose API at `v1/reports` has two origins',
      action: 'send `OPTIONS`, `POST` and `GET` with either origin, with a third one and without one, in HTTP/1.1 and HTTP/2',
      expected: 'each of the two is echoed in `Access-Control-Allow-Origin`; otherwise it is the first; `Vary: Origin` in all answers',
      refuted: 'the first origin in answers to the second',
    },
    promises: ['PollingStatusApi.origins'],
  },
  {
    id: 'source-account-on-keys',
    title: 'EventBridge names the account when it uses the key of a queue',
    believed: 'A key policy for `events.amazonaws.com` on the condition `aws:SourceAccount` lets rules deliver to encrypted queues, and '
      + 'set aside in them. For encrypted *topics* SNS\'s page says that the condition is not supported for EventBridge; for queues no '
      + 'page is known that says so, or the contrary.',
    sources: [
      `${DOCS}/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html`,
      `${DOCS}/sns/latest/dg/sns-key-management.html`,
      'https://github.com/awslabs/landing-zone-accelerator-on-aws/issues/407',
    ],
    harm: 'With a customer-managed key no upload arrives and none is set aside either; `failedInvocations` and `failedToSendToDlq` ring. '
      + 'Likewise the end of a job whose workflow broke is not recorded.',
    experiment: {
      resources: '`integ.claim-check-bucket-permissions.ts`: a rule, its queue with a customer-managed key, its dead-letter queue with '
        + 'another',
      action: 'upload three objects; then shut the queue\'s policy and upload three more',
      expected: 'three messages in the queue, three in the dead-letter queue, `InvocationsFailedToBeSentToDlq` without a datapoint',
      refuted: 'nothing in either queue, and both alarms ring. Then take the condition out of both keys and repeat: all six arrive',
    },
    promises: [
      'ClaimCheckBucket.rule-reaches-queues', 'ClaimCheckBucket.uploads-set-aside', 'FailureBucket.rule-reaches-queues', 'FailureBucket.set-aside', 'BucketFedFunction.rule-reaches-queues', 'BucketFedFunction.set-aside', 'PollingStatusApi.key',
    ],
  },
  {
    id: 'rule-without-target',
    title: 'EventBridge counts the events that a rule without a target matches',
    believed: '`TriggeredRules` with the dimension `RuleName` counts each event that a rule on the default event bus matches, whether the rule has a target or not. The page calls it the number of '
      + 'rules that "have run and matched with any event"; of a rule without targets no page says anything. `MatchedEvents` would say what is meant, but neither the specification of AWS\'s '
      + 'metrics nor the page of 2022 has it by rule.',
    sources: [
      `${DOCS}/eventbridge/latest/userguide/eb-monitoring.html`,
      'https://github.com/awsdocs/amazon-eventbridge-user-guide/blob/2657d7162e82bba198bae1f531c5854ccfd94fd2/doc_source/eb-monitoring.md',
    ],
    harm: '`failuresStored` of a `FailureBucket` never rings. Failures are still kept and delivered to consumers, and who gave them up has alarms of its own.',
    experiment: {
      resources: '`integ.failure-bucket.ts`, and a second rule like `arrivalRule` with a queue as its target',
      action: 'put ten objects into the bucket, one a minute; list the metrics in `AWS/Events` of both rules',
      expected: 'ten for `TriggeredRules` of either rule, and the alarm rings',
      refuted: 'no `TriggeredRules` for the rule without a target: see whether it has `MatchedEvents`; if not, give `arrivalRule` a target, and count `Invocations`',
    },
    promises: ['FailureBucket.rings-failures-stored', 'BucketFedFunction.too-large-counted'],
  },
  {
    id: 'failures-to-s3',
    title: 'What Lambda needs to store a failure in a bucket',
    believed: '`s3:PutObject` on the objects, `s3:ListBucket` on the bucket and `kms:GenerateDataKey` on its key are enough, on the condition `s3:ResourceAccount`; a bucket of another region is not reached.',
    sources: [`${DOCS}/lambda/latest/dg/kinesis-on-failure-destination.html`],
    harm: 'A failure is not stored, and is lost; `failuresNotStored` of the pattern rings. Or a bucket of another region is refused without need.',
    experiment: {
      resources: 'an event source mapping of a stream whose failures go to a `FailureBucket` with a customer-managed key, one whose failures go to a bucket in another region',
      action: 'put a record that the handler refuses; likewise a batch of 6 MB',
      expected: 'each batch is in the bucket of its region, whole; `DestinationDeliveryFailures` for the other',
      refuted: 'a delivery failure for the first; or an object in the bucket of the other region',
    },
    promises: ['FailureBucket.storing', 'FailureBucket.store-elsewhere', 'StreamFedFunction.kept-whole', 'TableFedFunction.kept-whole', 'AsyncFunction.storing'],
  },
  {
    id: 'stopped-reading-is-silent',
    title: 'An event source that cannot read its stream reports no polls',
    believed: '`PolledEventCount` is 0 for a poll that finds nothing, and is not reported at all while the event source is disabled or may not read. The page says the former; of permissions it says that Lambda "emits" the metric for polls, '
      + 'and nothing of those that are refused. An idle event source is taken to report at least once in 15 minutes.',
    sources: [`${DOCS}/lambda/latest/dg/monitoring-metrics-types.html`],
    harm: '`readingStopped` stays silent when the role lost a permission, and records expire uncounted; or it rings for a stream to which nothing is written.',
    experiment: {
      resources: 'a `StreamFedFunction` and a `TableFedFunction`, to which nothing is written for a day',
      action: 'list the datapoints of `PolledEventCount`; then disable both event sources for half an hour; enable them, and take `GetRecords` from the role for half an hour; then the use of the key',
      expected: 'a datapoint of 0 in every minute or nearly so, and none after each change; `readingStopped` rings three times, and not on the day before',
      refuted: 'datapoints while nothing can be read: alarm on `IteratorAge` missing in a stream that is never idle; or gaps of 15 minutes while it reads: a longer look-back',
    },
    promises: ['StreamFedFunction.rings-stopped', 'TableFedFunction.rings-stopped'],
  },
  {
    id: 'failed-first-record',
    title: 'A batch whose first record is named as failed',
    believed: 'With `ReportBatchItemFailures` and `BisectBatchOnFunctionError`, Lambda cuts a batch at the sequence number that is returned. What it does with one whose first record is returned, which cannot be cut there, no page says: '
      + 'halve it, or try it whole until the retries are used up. Either way nothing of it is lost.',
    sources: [`${DOCS}/lambda/latest/dg/services-kinesis-batchfailurereporting.html`, `${DOCS}/lambda/latest/dg/kinesis-on-failure-destination.html`],
    harm: 'If it is tried whole, up to 99 good records are stored with each bad one, unprocessed, and have to be replayed; records of their keys that come later pass them.',
    experiment: {
      resources: 'a `StreamFedFunction` with one shard, whose handler stops at a poison record and reports it',
      action: 'put 100 records at once, of which the 50th is poison; list what the handler was given in each invocation, and what is stored',
      expected: 'the stored batch has the poison alone; the other 99 are processed, once or more',
      refuted: 'a stored batch with records 50 to 100. Then the page says so, and a smaller `batchSize` is advised where that matters',
    },
    promises: ['StreamFedFunction.poison-separated', 'TableFedFunction.poison-separated'],
  },
  {
    id: 'async-metrics-of-alias',
    title: 'Lambda reports the metrics of asynchronous events for the function, whichever alias is invoked',
    believed: '`AsyncEventAge`, `AsyncEventsDropped`, `DestinationDeliveryFailures`, `DeadLetterErrors` and `RecursiveInvocationsDropped` have datapoints with the dimension `FunctionName` alone, also for events '
      + 'that were sent to an alias. The page says of its metrics in general that they can be viewed by function, version and alias. Whether a throttled attempt counts in `AsyncEventAge` it does not say.',
    sources: [`${DOCS}/lambda/latest/dg/monitoring-metrics-types.html`, `${DOCS}/lambda/latest/dg/monitoring-metrics-view.html`],
    harm: 'The alarms on events of an `AsyncFunction` with an alias never ring, `destinationDeliveryFailures` among them. What is stored still rings the alarm of the `FailureBucket`.',
    experiment: {
      resources: '`integ.async-function-permissions.ts`, whose functions are invoked by aliases, and a function with a reserved concurrency of 1 that is busy for ten minutes',
      action: 'run it; send the busy function ten events at once; list the metrics in `AWS/Lambda` of all of them',
      expected: 'all alarms of the drill ring; `AsyncEventAge` of the busy function grows by the minute',
      refuted: 'no datapoint by `FunctionName` alone: watch the alias by `Resource`; no `AsyncEventAge` while it is throttled: watch `Throttles` in its place',
    },
    promises: ['AsyncFunction.rings-lost', 'AsyncFunction.rings-dropped', 'AsyncFunction.rings-age'],
  },
  {
    id: 'loop-stopped',
    title: 'Lambda stops a loop and counts it for the function',
    believed: 'A loop of a function with itself by way of SQS, SNS, S3 or Lambda is stopped after about 16 rounds, and counted in `RecursiveInvocationsDropped` with the dimension `FunctionName`.',
    sources: [`${DOCS}/lambda/latest/dg/invocation-recursion.html`],
    harm: '`recursiveInvocations` does not ring, and a loop is noticed by its cost.',
    experiment: {
      resources: 'an `AsyncFunction` whose handler sends each event to a queue that feeds it, with a limit of its own of 100 rounds',
      action: 'invoke it once',
      expected: 'the alarm rings, and the last event is in the failure store',
      refuted: 'a hundred rounds, or no datapoint',
    },
    promises: ['AsyncFunction.rings-recursion'],
  },
  {
    id: 'alarm-before-shift-ends',
    title: 'An alarm on the new version comes before five minutes are over',
    believed: 'Lambda\'s metrics are there within a minute or two, so that 1 of 1 minute fires, and CodeDeploy reads it, before the '
      + 'default canary ends.',
    sources: [`${DOCS}/lambda/latest/dg/monitoring-metrics-view.html`, `${DOCS}/codedeploy/latest/userguide/monitoring-create-alarms.html`],
    harm: 'A bad version gets all traffic though an alarm on it fires a minute later.',
    experiment: {
      resources: '`integ.canary-function.ts`, `integ.canary-function-rollbacks.ts`',
      action: 'release the broken, the slow and the faulty version, ten times each; note when the first error was, when the alarm\'s '
        + 'state changed and when the deployment was stopped',
      expected: 'every deployment is stopped by `ALARM_ACTIVE`, two minutes or more before its shift would end',
      refuted: 'a deployment succeeds, or is stopped within the last minute',
    },
    promises: ['CanaryFunction.stopped-by-alarm', 'CanaryFunction.rings-new-version-errors', 'CanaryFunction.rings-new-version-duration'],
  },
  {
    id: 'sdk-invocation-waits',
    title: 'A task that invokes a function by the SDK integration waits as long as the function runs',
    believed: 'The page names two differences of the SDK integration to the optimized one: it leaves the payload as text, and a failure of the '
      + 'function does not fail the task. So it waits for 15 minutes too.',
    sources: [`${DOCS}/step-functions/latest/dg/connect-lambda.html`],
    harm: 'A job of a `FunctionEngine` that takes longer than the integration waits fails, with `Lambda.SdkClientException`, after three invocations.',
    experiment: {
      resources: 'a `PollingStatusApi` with a `FunctionEngine`, whose function sleeps for as long as the body says',
      action: 'submit jobs of 20 seconds, 70 seconds, 6 minutes and 14 minutes; count the invocations of each',
      expected: 'each is SUCCEEDED after one invocation',
      refuted: 'a job that is FAILED, or a function that was invoked more than once',
    },
    promises: ['PollingStatusApi.result-is-json', 'PollingStatusApi.every-job-ends'],
  },
  {
    id: 'express-execution-id',
    title: 'What an Express execution is called by itself',
    believed: 'The context object of an Express execution has its ARN in `Execution.Id`, as that of a Standard one has, and a run that Step Functions repeats has the same.',
    sources: [`${DOCS}/step-functions/latest/dg/input-output-contextobject.html`, `${DOCS}/step-functions/latest/dg/express-at-least-once-execution.html`],
    harm: 'Without a value, no job with an Express workflow is done: each reads as `TIMEOUT`, and `failed` rings. If a repeated run has another ARN, a job whose first run AWS lost reads as `TIMEOUT`, and no alarm rings.',
    experiment: {
      resources: '`integ.polling-status-api-express.ts`',
      action: 'run it; read `jobWorker` of its jobs, and the `execution_arn` in the log of the workflow whose jobs fail',
      expected: 'both are the same, an ARN of `express:…`. That a run is repeated cannot be brought about',
      refuted: 'jobs that read as `TIMEOUT`, or a `jobWorker` that is no ARN',
    },
    promises: ['PollingStatusApi.express-ends'],
  },
  {
    id: 'express-logs-errors',
    title: 'What the log of an Express workflow says of a failed job',
    believed: 'At the level `ERROR` and without data, the log has the events of errors that were caught (`TaskFailed`, `EvaluationFailed`) and of the end (`ExecutionFailed`, `ExecutionTimedOut`), each with the ARN of the execution.',
    sources: [`${DOCS}/step-functions/latest/dg/cloudwatch-log-level.html`],
    harm: 'The runbook does not lead from a failed job to its cause; the log of the function does.',
    experiment: {
      resources: '`integ.polling-status-api-express.ts`',
      action: 'run it; run the commands of the runbook for an Express workflow',
      expected: 'an event for each failed job, with which the job is found',
      refuted: 'no event, or one without the ARN',
    },
    promises: ['PollingStatusApi.express-broken'],
  },
  {
    id: 'encrypted-events',
    title: 'What an event says of an encrypted execution',
    believed: 'It has neither input nor error. A rule with `exists: false` matches it, and DescribeExecution tells the input to a role that may use the key.',
    sources: [`${DOCS}/step-functions/latest/dg/encryption-at-rest.html`, `${DOCS}/step-functions/latest/dg/eventbridge-integration.html`],
    harm: 'With a customer-managed key, a job whose workflow was stopped or broke reads as failed (`TIMEOUT`) from its deadline on, and not at once.',
    experiment: {
      resources: '`integ.polling-status-api.ts`, whose functions have a customer-managed key',
      action: 'run it: three executions are stopped',
      expected: 'their jobs read as `FAILED`, `STOPPED`',
      refuted: '`FAILED`, `TIMEOUT`',
    },
    promises: ['PollingStatusApi.workflow-broken'],
  },
  {
    id: 'throttled-executions',
    title: 'The error name of a throttled StartExecution',
    believed: 'Step Functions calls a refusal that the service\'s API does not model by the generic name: '
      + '`StepFunctions.AWSStepFunctionsException` for `startExecution.sync:2`, `Sfn.SfnException` for `startSyncExecution`. A throttled '
      + 'start is such a refusal.',
    sources: [`${DOCS}/step-functions/latest/dg/service-quotas.html`, `${DOCS}/step-functions/latest/dg/concepts-error-handling.html`],
    harm: 'In a burst, jobs of a `StateMachineEngine` fail at once instead of being tried again.',
    experiment: {
      resources: 'a `PollingStatusApi` with a `StateMachineEngine`, for a Standard and an Express machine each',
      action: 'submit jobs above the account\'s bucket of StartExecution (of StartSyncExecution) until some are throttled; read the '
        + '`TaskFailed` events of the workflows',
      expected: '`error` is one of the names in the workflow\'s retrier; every job succeeds',
      refuted: 'another name in `TaskFailed`, and jobs that ended as `FAILED`',
    },
    promises: ['PollingStatusApi.retried'],
  },
  {
    id: 'missing-operands',
    title: 'Metric math where an operand has no datapoint',
    believed: 'The error rate has a value in every minute in which the new version was invoked, because errors and invocations are '
      + 'reported together; `DIFF` has one in every minute after the first in which the queue reports. A minute without a value is not '
      + 'breaching.',
    sources: [
      `${DOCS}/AmazonCloudWatch/latest/monitoring/using-metric-math.html`,
      `${DOCS}/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html`,
    ],
    harm: '`newVersionErrorRate` or `moreDeadLetters` stays silent; `newVersionErrors` and `deadLetters` still ring.',
    experiment: {
      resources: '`integ.canary-function-rollbacks.ts`, `integ.queue-fed-function-alarms.ts`',
      action: 'release a version that fails, while the old version has no traffic; poison for a dead-letter queue that was idle for a '
        + 'day, then more of it; read the alarms\' history with its datapoints',
      expected: 'both alarms ring within three minutes, by a datapoint that has a value',
      refuted: 'a history in which the datapoints of these minutes are missing',
    },
    promises: [
      'CanaryFunction.rings-new-version-error-rate',
      'QueueFedFunction.rings-dead-letters',
      'TopicFanOut.rings-consumer',
      'ClaimCheckBucket.rings-dead-letters',
      'PollingStatusApi.rings-dead-letters',
    ],
  },
  {
    id: 'concurrency-quota',
    title: 'An account whose concurrency quota is 10',
    believed: 'New accounts may have 10 concurrent executions instead of 1,000. With `maxConcurrency` 100 the event source is throttled, '
      + 'slows down, and gives no message its fifth receive for that reason.',
    sources: [`${DOCS}/lambda/latest/dg/gettingstarted-limits.html`, `${DOCS}/lambda/latest/dg/services-sqs-errorhandling.html`],
    harm: 'Good messages in the dead-letter queue, in new accounts only. The integ tests themselves need more than 10.',
    experiment: {
      resources: 'in an account with a quota of 10: `QueueFedFunction` with its defaults, a handler that takes 20 seconds',
      action: 'send 2,000 messages at once, with `batchSize` 1',
      expected: 'all are processed, none is set aside, `handlerThrottles` rings',
      refuted: 'messages in the dead-letter queue that the handler never saw five times',
    },
    promises: ['QueueFedFunction.throttled-waits', 'QueueFedFunction.concurrency-fits'],
  },
  {
    id: 'codedeploy-calls',
    title: 'The calls that CodeDeploy makes with its role',
    believed: 'CodeDeploy needs of its role what the managed policy lists and the right to invoke the hooks. A release whose alarms '
      + 'cannot be read is stopped; with which code AWS does not say.',
    sources: [
      `${DOCS}/aws-managed-policy/latest/reference/AWSCodeDeployRoleForLambdaLimited.html`,
      `${DOCS}/codedeploy/latest/APIReference/API_ErrorInformation.html`,
    ],
    harm: 'Releases fail, aloud, with the old version in place; or the table of the page names another code.',
    experiment: {
      resources: '`integ.canary-function-permissions.ts`',
      action: 'run it; read CloudTrail for calls by the group\'s role',
      expected: 'as the test expects; no call outside the policy',
      refuted: 'a release with all grants fails, or one without a grant ends otherwise than the page\'s table says',
    },
    promises: ['CanaryFunction.codedeploy-permissions', 'CanaryFunction.mute-hook'],
  },
  {
    id: 'stop-deployment-resource',
    title: 'The resource of `codedeploy:StopDeployment`',
    believed: 'The permission can be given on a deployment group. The service authorization reference names no resource type for it.',
    sources: [`${DOCS}/service-authorization/latest/reference/list_awscodedeploy.html`],
    harm: 'None to users; the tests that stop a deployment by hand fail on AWS.',
    experiment: {
      resources: '`integ.canary-function-repair.ts`',
      action: 'stop the deployment as the releaser\'s role',
      expected: 'it is stopped, with `MANUAL_STOP`',
      refuted: '`AccessDeniedException`: then the statement needs `*`',
    },
    promises: ['CanaryFunction.stop-by-hand', 'CanaryFunction.mute-hook'],
  },
  {
    id: 'api-gateway-velocity',
    title: 'API Gateway\'s own template engine',
    believed: 'It renders as Apache Velocity 1.7 does, with the variables that its reference names, and without a limit that these '
      + 'templates meet.',
    sources: [`${DOCS}/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html`],
    harm: 'Requests that are refused, or answers that are no JSON, for certain bodies, keys or ids.',
    experiment: {
      resources: '`integ.polling-status-api.ts`',
      action: 'send the cases of `test/opinions/mapping-templates.test.ts` to the API and compare the answers and the items byte by byte',
      expected: 'the same as from Velocity 1.7',
      refuted: 'a case that differs',
    },
    promises: ['PollingStatusApi.hostile-input', 'PollingStatusApi.problems', 'PollingStatusApi.own-jobs-only'],
  },
  {
    id: 'pipe-failures',
    title: 'A pipe that fails',
    believed: 'A pipe halves a failing batch without counting that as an attempt, goes on with other parts of the shard, and is never '
      + 'disabled; what is set aside names shard and sequence number.',
    sources: [
      `${DOCS}/eventbridge/latest/userguide/eb-pipes-error-troubleshooting.html`,
      `${DOCS}/eventbridge/latest/userguide/eb-pipes-dynamodb.html`,
    ],
    harm: 'Jobs wait behind a failing one, or a pipe that stopped by itself; they read as failed from their deadline on, and no alarm '
      + 'tells of a stopped pipe.',
    experiment: {
      resources: 'a `PollingStatusApi` with `timeout` 1 hour and a `QueueEngine` whose queue\'s policy refuses the pipe',
      action: 'submit 1,000 jobs; after half an hour let the pipe in again',
      expected: 'younger jobs are done after the repair, older ones are set aside, the pipe\'s state is `RUNNING` all the time',
      refuted: 'the state `STOP_FAILED` or `STOPPED`, or jobs in neither place',
    },
    promises: ['PollingStatusApi.set-aside'],
  },
  {
    id: 'alarm-topics',
    title: 'CloudWatch may publish to the topics of those on call',
    believed: 'With the statements that are added, alarms reach topics that take TLS only, that have a policy, or that have a '
      + 'customer-managed key.',
    sources: [
      `${DOCS}/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html`,
      'https://repost.aws/knowledge-center/cloudwatch-receive-sns-for-alarm-trigger',
    ],
    harm: 'Nobody hears an alarm; only its history tells.',
    experiment: {
      resources: 'a `QueueFedFunction` whose alarms notify four topics: plain, TLS only, with a policy, with a key; a queue behind each',
      action: '`SetAlarmState` of one alarm to `ALARM`',
      expected: 'a message in each of the four queues',
      refuted: 'a queue without one, and a failed action in `DescribeAlarmHistory`',
    },
    promises: ['All patterns.topic-with-policy', 'All patterns.encrypted-topic', 'All patterns.notified'],
  },
  {
    id: 'keys-of-senders',
    title: 'Keys that the emulator does not ask for',
    believed: 'Who sends, publishes or redrives with a customer-managed key is granted all that it takes of the key.',
    sources: [
      `${DOCS}/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html`,
      `${DOCS}/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html`,
    ],
    harm: 'A sender or a redrive is refused, aloud.',
    experiment: {
      resources: '`integ.queue-fed-function-permissions.ts` with a customer-managed key on both queues',
      action: 'send as `grantSendMessages`, redrive as `grantRedrive`',
      expected: 'all messages arrive, and the task ends as `COMPLETED`',
      refuted: '`KMS.AccessDeniedException`, or a task that is `FAILED`',
    },
    promises: ['QueueFedFunction.redrive-with-key', 'QueueFedFunction.grant-send'],
  },
  {
    id: 'shift-with-provisioned-concurrency',
    title: 'A shift with provisioned concurrency',
    believed: 'CodeDeploy waits for the provisioned concurrency of the new version; Lambda divides that of the alias between the two, '
      + 'and refuses changes of it meanwhile.',
    sources: [
      `${DOCS}/lambda/latest/api/API_ProvisionedConcurrencyConfigListItem.html`,
      `${DOCS}/lambda/latest/dg/provisioned-concurrency.html`,
    ],
    harm: 'Cold starts, or a deployment that fails aloud.',
    experiment: {
      resources: 'a `CanaryFunction` with `provisionedConcurrency: { minCapacity: 2, maxCapacity: 4 }` under steady traffic',
      action: 'release a version; read `ProvisionedConcurrencySpilloverInvocations` of the alias and both versions',
      expected: 'the deployment succeeds, and both versions have provisioned invocations during the shift',
      refuted: 'the deployment fails, or the new version has spillover only',
    },
    promises: ['CanaryFunction.provisioned-concurrency-in-a-shift', 'CanaryFunction.provisioned-concurrency'],
  },
  {
    id: 'replaced-version',
    title: 'CloudFormation replaces a version whose description changes',
    believed: 'A change of a parameter that is in the description of a version publishes another one, and the rollback of that deployment '
      + 'deletes it, or leaves it: the page of `UpdateReplacePolicy` does not say what becomes of the replacement.',
    sources: [
      `${DOCS}/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-version.html`,
      `${DOCS}/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatereplacepolicy.html`,
      'https://github.com/aws/aws-cdk/issues/11433',
    ],
    harm: 'If the replacement stays, Lambda refuses the same value when it is deployed again, aloud. If nothing is replaced, the alias '
      + 'keeps the old value in silence.',
    experiment: {
      resources: '`integ.canary-function-parameters.ts`',
      action: 'update the stack with another value of the parameter alone, twice with one that fails',
      expected: 'each value is shifted by CodeDeploy, the one that fails both times, and one version is left of it at most',
      refuted: '`UPDATE_COMPLETE` while the alias has the old version, or "A version for this Lambda function exists"',
    },
    promises: ['CanaryFunction.each-deployment-value'],
  },
  {
    id: 'senders-in-one-condition',
    title: 'SQS counts a list of ARNs in a queue policy as one condition',
    believed: 'The quota of 10 conditions does not count the values of one: a statement may list more than ten topics or rules in '
      + '`aws:SourceArn`, as long as the policy has at most 8,192 bytes. The page gives the number only; libraries that list all their '
      + 'topics are in use with far more than ten.',
    sources: [
      `${DOCS}/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html`,
      'https://github.com/kapost/circuitry/pull/86',
      'https://github.com/dotnetcore/CAP/pull/808',
    ],
    harm: 'The deployment of an eleventh topic or rule for one consumer fails with `OverLimit`; nothing is lost.',
    experiment: {
      resources: 'one consumer, with 25 `TopicFanOut`s and 11 upload consumers of as many buckets',
      action: 'deploy; publish one message to each topic, put one object into each bucket',
      expected: 'the deployment succeeds, and all 36 messages arrive',
      refuted: '`OverLimit` when the queue policy is set',
    },
    promises: ['TopicFanOut.many-topics', 'ClaimCheckBucket.many-rules'],
  },
  {
    id: 'other-regions-and-accounts',
    title: 'Deliveries of SNS to other regions and accounts, and its retries',
    believed: 'With the statements of the warnings a topic delivers there, sets aside beside the topic, and retries for 23 days.',
    sources: [
      `${DOCS}/sns/latest/dg/sns-cross-region-delivery.html`,
      `${DOCS}/sns/latest/dg/sns-send-message-to-sqs-cross-account.html`,
      `${DOCS}/sns/latest/dg/sns-message-delivery-retries.html`,
    ],
    harm: 'Messages that do not arrive there; `notificationsFailed` rings.',
    experiment: {
      resources: 'a `TopicFanOut` with a queue of a second region, made with the policy of the warning, and one in a second account that '
        + 'adopts the topic',
      action: 'publish ten messages; delete the queue of the second region; publish ten more',
      expected: 'all arrive in both; the later ten of the first are in the dead-letter queue beside the topic',
      refuted: 'a message in neither',
    },
    promises: ['TopicFanOut.other-regions', 'TopicFanOut.sns-retries'],
  },
  {
    id: 'streams-of-other-accounts',
    title: 'Streams and tables of other accounts',
    believed: 'With the statements of the warnings in the policies of the stream and of its key, an event source reads a stream of Kinesis or of a table of another account, and starts without waiting.',
    sources: [`${DOCS}/lambda/latest/dg/services-kinesis-create.html`, `${DOCS}/amazondynamodb/latest/developerguide/rbac-examples.html`],
    harm: 'The deployment of the event source fails, aloud.',
    experiment: {
      resources: 'a stream and a table with customer-managed keys in one account; a `StreamFedFunction` and a `TableFedFunction` in another, with the statements of their warnings',
      action: 'deploy; write a record and an item',
      expected: 'both handlers get theirs',
      refuted: 'an event source that is refused, or one that reads nothing: the message names the action',
    },
    promises: ['StreamFedFunction.other-accounts', 'TableFedFunction.other-accounts'],
  },
  {
    id: 'consumers-and-tags',
    title: 'A stack whose tags change keeps its registered consumers',
    believed: 'CloudFormation adds the tags of a stack to the resources that take tags, also where the template has none. A consumer of Kinesis that gets them by the stack rather than by its own `Tags` is not replaced.',
    sources: [`${DOCS}/AWSCloudFormation/latest/TemplateReference/aws-resource-kinesis-streamconsumer.html`, 'https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2514'],
    harm: 'A change of the tags of the *stack* (`Stack` with `tags`, `cdk deploy --tags`) fails, because the name of the consumer is taken; nothing is lost.',
    experiment: {
      resources: 'a `StreamFedFunction` with `enhancedFanOut`',
      action: 'deploy it; deploy it again with `cdk deploy --tags team=clicks`, then with another value',
      expected: 'the consumer keeps its ARN',
      refuted: 'the update fails, or the ARN is another one: then the page says so',
    },
    promises: ['StreamFedFunction.consumer-survives-tags'],
  },
  {
    id: 'throughput-of-readers',
    title: 'Readers of streams',
    believed: 'Two standard readers of a shard keep up with what may be written to it, and each with enhanced fan-out does; DynamoDB throttles a third reader of a table.',
    sources: [`${DOCS}/streams/latest/dev/enhanced-consumers.html`, `${DOCS}/amazondynamodb/latest/developerguide/Streams.html`],
    harm: 'Records come late, and `iteratorAge` and `readThrottles` ring.',
    experiment: {
      resources: 'one stream of one shard with four `StreamFedFunction`s, two of them with `enhancedFanOut`; a table with three event sources, the third made by hand',
      action: 'write 1 MB a second for an hour; read `IteratorAge` of each, and `ReadProvisionedThroughputExceeded`',
      expected: 'ages of seconds; throttled reads of the third reader of the table, or growing ages',
      refuted: 'ages that grow with two readers; or a third reader that keeps up',
    },
    promises: ['StreamFedFunction.own-failures', 'TableFedFunction.no-third-reader'],
  },
  {
    id: 'rule-ref-of-a-custom-bus',
    title: 'What CloudFormation returns for a rule on a custom bus',
    believed: 'The `Ref` of a rule on a custom bus is `bus|rule`, and CloudWatch has its metrics under `EventBusName` and `RuleName`. The reference of the '
      + 'resource does not say the first; users who read it from their stacks do.',
    sources: ['https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1131', `${DOCS}/eventbridge/latest/userguide/eb-monitoring.html`],
    harm: 'The deployment fails, aloud, if there is no bar; the alarms on failed deliveries never ring if the names are others.',
    experiment: {
      resources: '`integ.event-router-alarms.ts`',
      action: 'deploy; run it; read the dimensions of `FailedInvocationsAlarm` and of the metrics of `AWS/Events`',
      expected: 'it is deployed, and the drill passes',
      refuted: '`Fn::Select` has no index 1; or metrics under other dimensions than those of the alarm',
    },
    promises: ['EventRouter.rings-refused', 'EventRouter.rings-lost', 'EventRouter.unrouted'],
  },
  {
    id: 'other-targets-of-a-bus',
    title: 'What EventBridge sets aside of targets that are neither queues nor functions',
    believed: 'A dead-letter queue gets the event as it was sent, whole, for each kind of target that the CDK offers, also where the target is sent a part of it. An API destination that answers 400 is not tried again, '
      + 'and one that is called more slowly than events come loses none to its dead-letter queue within 24 hours.',
    sources: [`${DOCS}/eventbridge/latest/userguide/eb-rule-dlq.html`, `${DOCS}/eventbridge/latest/userguide/eb-api-destinations.html`],
    harm: 'What could not be delivered is in no queue, or not whole.',
    experiment: {
      resources: 'an `EventRouter` with `addTarget` for a topic whose policy lets nobody in, a state machine that is gone, and an API destination of one call a second',
      action: 'send a hundred events with a detail of 200 KB to each; have the endpoint answer 400, 500 and not at all',
      expected: 'each event whole in the dead-letter queue of its rule; those of 500 and of no answer after 24 hours',
      refuted: 'an event that is nowhere, or in part',
    },
    promises: ['EventRouter.other-targets'],
  },
  {
    id: 'key-of-an-event-bus',
    title: 'The key of an event bus and its archive',
    believed: 'The statements of the two pages on encryption are enough for a bus with an archive under one key. While the key is disabled, events go to the dead-letter queue of the bus, '
      + 'which is encrypted by SQS, and who sends needs nothing of the key.',
    sources: [`${DOCS}/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html`, `${DOCS}/eventbridge/latest/userguide/encryption-archives.html`],
    harm: 'The deployment of a bus with a key fails; or events are lost while the key is disabled.',
    experiment: {
      resources: '`integ.event-router-permissions.ts`',
      action: 'run it; then disable the key of the router, send ten events, enable it, and read `router.deadLetterQueue`',
      expected: 'the drill passes; ten messages, and its alarm rings',
      refuted: '`KMSInvalidStateException` for who sends, an empty queue, or a deployment that fails',
    },
    promises: ['EventRouter.customer-key', 'EventRouter.bus-dead-letters', 'EventRouter.grant-put-events'],
  },
  {
    id: 's3-expiry',
    title: 'When S3 expires payloads, and what it answers without `s3:ListBucket`',
    believed: 'Expiry is rounded up to the next midnight, never early. A claim of a missing payload gets 403, which is '
      + '`PayloadDeniedError`.',
    sources: [`${DOCS}/AmazonS3/latest/userguide/intro-lifecycle-rules.html`, `${DOCS}/AmazonS3/latest/API/API_GetObject.html`],
    harm: 'A payload that is gone before its message; or the other of the two errors in the log.',
    experiment: {
      resources: 'a `ClaimCheckBucket` with `expiration: Duration.days(1)` and no consumer, and a handler with `grantClaim`',
      action: 'deposit one payload an hour for a day; claim each an hour before it may expire, and after it is gone',
      expected: 'none is gone early; the late claims fail as `PayloadDeniedError`',
      refuted: 'an early claim fails, or a late one as `PayloadMissingError`',
    },
    promises: ['ClaimCheckBucket.expires', 'ClaimCheckBucket.expiry-derived', 'ClaimCheckBucket.whole-or-error', 'FailureBucket.kept'],
  },
  {
    id: 'versions-in-events',
    title: 'The event of S3 names the version, and `s3:ListBucket` tells which version is gone',
    believed: 'The event of a bucket with versions has `version-id` in `detail.object`, as the example on the page has it. A request for that version gets `NoSuchVersion` when it is gone, if the role '
      + 'may list the bucket; the page of `GetObject` says so of keys only, and `s3:ListBucketVersions` might be asked for.',
    sources: [`${DOCS}/AmazonS3/latest/userguide/ev-events.html`, `${DOCS}/AmazonS3/latest/API/API_GetObject.html`],
    harm: 'An object that was written over while its message waited is read as it is now; or a version that is gone is a dead letter in place of a skip.',
    experiment: {
      resources: '`integ.bucket-fed-function.ts`, and a second function with a bucket of its own',
      action: 'switch its event source off; put two objects; write one over, delete the other; remove the second version of the first; switch the event source on',
      expected: 'three events, each with its version; two objects are processed as they were put first, and the third is skipped by `NoSuchVersion`',
      refuted: 'events without a version; or `AccessDenied` for the version that is gone: then grant `s3:ListBucketVersions` too',
    },
    promises: ['BucketFedFunction.versions-kept', 'BucketFedFunction.gone-is-skipped'],
  },
  {
    id: 'account-logging-role',
    title: 'The account\'s role for the logs of API Gateway',
    believed: 'A stage with access logs can be made as soon as `ApiLoggingAccount` is there, without waiting for IAM.',
    sources: [`${DOCS}/apigateway/latest/developerguide/set-up-logging.html`],
    harm: 'The first deployment fails, aloud, and succeeds when it is tried again.',
    experiment: {
      resources: '`integ.polling-status-api.ts` in an account and region without such a role',
      action: 'deploy; send a request; read the log group',
      expected: 'it is deployed at the first try, and the request is in the log, without its body and its key',
      refuted: '`CloudWatch Logs role ARN must be set in account settings to enable logging`',
    },
    promises: ['ApiLoggingAccount.role', 'ApiLoggingAccount.order', 'ApiLoggingAccount.logs-written', 'PollingStatusApi.access-logs'],
  },
  {
    id: 'provisioned-pollers',
    title: 'Provisioned pollers',
    believed: 'They scale between their limits, at ten invocations each at most.',
    sources: [`${DOCS}/lambda/latest/dg/services-sqs-scaling.html`],
    harm: 'Other speed or cost than expected.',
    experiment: {
      resources: 'a `QueueFedFunction` with `provisionedPollerConfig: { minimumPollers: 2, maximumPollers: 20 }`',
      action: 'send 100,000 messages; read `ProvisionedPollers` and `ConcurrentExecutions`',
      expected: 'from 2 to at most 20 pollers, at most 200 executions, and back',
      refuted: 'more, or no scaling',
    },
    promises: ['QueueFedFunction.pollers'],
  },
  {
    id: 'scheduler-runs',
    title: 'What Scheduler repeats, and what it reports of a group',
    believed: '`<aws.scheduler.scheduled-time>` is the same for every delivery of a run, also within a flexible window, and `<aws.scheduler.execution-id>` is not. An error of permission is tried again '
      + 'until the age ends it. `InvocationDroppedCount` counts runs that are set aside too. A schedule group without a name gets one from CloudFormation.',
    sources: [
      `${DOCS}/scheduler/latest/UserGuide/managing-schedule-context-attributes.html`, `${DOCS}/scheduler/latest/UserGuide/monitoring-cloudwatch.html`,
      `${DOCS}/scheduler/latest/UserGuide/configuring-schedule-dlq.html`,
    ],
    harm: 'A run that is delivered twice is processed twice; or an alarm rings sooner or later than the page says.',
    experiment: {
      resources: '`integ.scheduled-function-permissions.ts`, and a `ScheduledFunction` every minute whose messages are kept, with a flexible window',
      action: 'deny the role to send, for two runs; read the dead letters and the metrics; let a thousand runs pass, and look for two messages of one run',
      expected: 'dead letters and metrics as in the drill; two messages of one run are alike',
      refuted: 'two messages of one run that differ, or another count',
    },
    promises: ['ScheduledFunction.once', 'ScheduledFunction.set-aside', 'ScheduledFunction.rings-refused', 'ScheduledFunction.rings-lost'],
  },
  {
    id: 'scheduler-one-off',
    title: 'Schedules that are created at run time',
    believed: 'A schedule with `ActionAfterCompletion: DELETE` is deleted when it has run, and also when it was given up. Its context attributes are put into the message of a templated target, for SQS too, and into '
      + 'what is set aside. A second `CreateSchedule` of its name is a `ConflictException` as long as it is there. Scheduler sends neither to another account nor to another region. By its role, it may use the '
      + 'AWS-managed key of a queue.',
    sources: [
      `${DOCS}/scheduler/latest/APIReference/API_CreateSchedule.html`, `${DOCS}/scheduler/latest/UserGuide/managing-schedule-context-attributes.html`,
      `${DOCS}/scheduler/latest/UserGuide/managing-targets-templated.html`,
    ],
    harm: 'Schedules that are left count towards a quota; a consumer is refused that could be reached; a FIFO queue drops a message that is like another.',
    experiment: {
      resources: '`integ.scheduled-messages-permissions.ts`, and a queue with `alias/aws/sqs`',
      action: 'create schedules in the next minutes, two of one name, one while the role may not send; list the group afterwards; create one for the queue with that key, and one for a queue of another region',
      expected: 'the books of the drill; an empty group; a message in the queue with that key; an error of the last',
      refuted: 'schedules that stay, keywords in a message, or a message in the other region',
    },
    promises: [
      'ScheduledMessages.later', 'ScheduledMessages.message', 'ScheduledMessages.set-aside', 'ScheduledMessages.grant', 'ScheduledMessages.role', 'ScheduledMessages.heartbeat',
    ],
  },
  {
    id: 'scheduler-heartbeat',
    title: 'An alarm on runs that do not come',
    believed: 'It fires when its window has passed without a run, and right after the first deployment of a schedule that does not run at once. Each run is reported, though AWS promises no more than its '
      + 'best effort.',
    sources: [`${DOCS}/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html`, `${DOCS}/scheduler/latest/UserGuide/monitoring-cloudwatch.html`],
    harm: 'It rings for nothing, or periods late.',
    experiment: {
      resources: 'three `ScheduledFunction`s: every minute, every hour, every day',
      action: 'let them run for a month; then disable each',
      expected: 'no alarm in the month but at the beginning; each fires within two windows',
      refuted: 'an alarm although the handler ran, or none',
    },
    promises: ['ScheduledFunction.rings-missed', 'ScheduledFunction.zone', 'ScheduledFunction.late-runs', 'ScheduledFunction.role'],
  },
  {
    id: 'firehose-delivery',
    title: 'What Firehose asks of its role, and what it writes of failures',
    believed: 'The role need not be allowed more than the page lists: with a bucket key the encryption context is the ARN of the bucket; a function without a version is invoked by its own ARN or by '
      + '`$LATEST`. Objects of failures are lines of JSON as documented, compressed or not. A function that throws is invoked four times. `AppendDelimiterToRecord` works without dynamic partitioning.',
    sources: [
      `${DOCS}/firehose/latest/dev/controlling-access.html`, `${DOCS}/firehose/latest/dev/data-transformation-failure-handling.html`, `${DOCS}/firehose/latest/APIReference/API_Processor.html`,
    ],
    harm: 'Nothing is delivered, which `deliveryFreshness` tells, or everything goes to the failure store; or data is not separated into lines.',
    experiment: {
      resources: '`integ.bucket-delivery.ts` and `integ.bucket-delivery-permissions.ts`',
      action: 'run both; read the objects below each prefix',
      expected: 'both pass',
      refuted: '`S3.AccessDenied` or `Lambda.InvokeAccessDenied` in the log, another form of failures, or records without a new line between them',
    },
    promises: ['BucketDelivery.role', 'BucketDelivery.lines', 'BucketDelivery.throws', 'BucketDelivery.nothing-lost'],
  },
  {
    id: 'firehose-formats',
    title: 'What Firehose takes and gives with Parquet and partitions',
    believed: 'The role needs `glue:GetTable`, `glue:GetTableVersion` and `glue:GetTableVersions` on the table, its database and its catalog. jq expressions may be in brackets. A record '
      + 'without a key goes below `processing-failed`, with the code `DynamicPartitioning.MetadataExtractionFailed`, which AWS does not document. What cannot be written to a '
      + 'folder within the time for retries goes below the error prefix. `PartitionCountExceeded` is 1 in a minute in which records go there because of the quota. A delivery stream that takes the place '
      + 'of another reads and writes with the same role.',
    sources: [
      `${DOCS}/firehose/latest/dev/controlling-access.html`, `${DOCS}/firehose/latest/dev/dynamic-partitioning-partitioning-keys.html`, `${DOCS}/firehose/latest/APIReference/API_RetryOptions.html`,
      `${DOCS}/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html`,
    ],
    harm: 'The deployment fails, or everything goes to the failure store, which `failuresStored` tells.',
    experiment: {
      resources: 'a `BucketDelivery` with `parquet` and `partitioning` of two keys, one with `//`, and a Glue table',
      action: 'deploy it without `partitioning`, then with; put records that fit, records without the key, records that are no JSON, and records of 600 values',
      expected: 'Parquet in a folder for each value; the others below the error prefix by their type, and `partitionsExceeded` rings',
      refuted: '`DataFormatConversion.…` errors of access, a query that is refused, or an update that fails',
    },
    promises: ['BucketDelivery.parquet', 'BucketDelivery.partitions', 'BucketDelivery.partitions-failed', 'BucketDelivery.partitions-replace', 'BucketDelivery.rings-partitions'],
  },
  {
    id: 'topic-to-firehose',
    title: 'How SNS puts messages into Firehose',
    believed: 'The role of the subscription needs to put records, to describe the delivery stream and to list its tags, and not `firehose:ListDeliveryStreams`, which AWS lists but which is of no single '
      + 'delivery stream. With raw delivery a record is the body of the message alone, without a new line after it. SNS and the delivery stream are in one region and account.',
    sources: [`${DOCS}/sns/latest/dg/prereqs-kinesis-data-firehose.html`, `${DOCS}/sns/latest/dg/sns-firehose-as-subscriber.html`],
    harm: 'The subscription is refused, or messages go to the dead-letter queue, which rings; or the archive has empty lines.',
    experiment: {
      resources: 'a `TopicFanOut` with `addDelivery` of a `BucketDelivery`',
      action: 'publish messages, some with attributes; take the permission from the role, and publish more',
      expected: 'a line for each message; those of the second part in the dead-letter queue',
      refuted: 'an error of the deployment, empty lines, or messages that are nowhere',
    },
    promises: ['TopicFanOut.archive', 'BucketDelivery.fed-by-topic-and-bus'],
  },
  {
    id: 'firehose-metrics',
    title: 'What Firehose reports while it cannot read or write',
    believed: '`DeliveryToS3.DataFreshness` grows each minute while S3 refuses, and so does `KinesisMillisBehindLatest` while the role may not read the stream. `ExecuteProcessing.Success` is below 1 in each '
      + 'minute with a failed invocation. The `KMSKey…` metrics are of the key with which Firehose encrypts what it collects.',
    sources: [`${DOCS}/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html`, `${DOCS}/firehose/latest/dev/retry.html`],
    harm: 'An alarm is silent, and records are lost after 24 hours, or when the stream lets them go.',
    experiment: {
      resources: '`integ.bucket-delivery-permissions.ts`, and a `BucketDelivery` with `encryptionKey`',
      action: 'run it; deny the role to read the stream for two hours; disable the key while a producer puts records; read the metrics',
      expected: 'the alarms ring as in the drill, and `keyDisabled` rings',
      refuted: 'missing data in place of a growing age, or no count of the key',
    },
    promises: ['BucketDelivery.refused-waits', 'BucketDelivery.rings-in-time', 'BucketDelivery.rings-source-lag', 'BucketDelivery.rings-transform-failures', 'BucketDelivery.rings-others'],
  },
  {
    id: 'workflow-redrive',
    title: 'What a redrive of a workflow and of its compensation goes on with',
    believed: 'A redriven execution keeps its variables and goes on with the state that failed, so that a compensation undoes the rest, and a workflow that was undone fails again at its last state, without doing or '
      + 'undoing anything twice. A start by the name of an execution that runs or has ended never starts a second one.',
    sources: [`${DOCS}/step-functions/latest/dg/redrive-executions.html`, `${DOCS}/step-functions/latest/apireference/API_StartExecution.html`],
    harm: 'A step is undone twice, or not at all, after an operator has redriven the execution.',
    experiment: {
      resources: 'the saga of `integ.resilient-workflow.ts`, with a compensation that fails until it is repaired',
      action: 'let it fail after two completed steps; repair; redrive the compensation, then the workflow',
      expected: 'each of the two is undone once, in order; the workflow fails again at `ResilientWorkflow: fail`',
      refuted: 'a step that is undone twice or not at all; a redrive that begins anew',
    },
    promises: ['ResilientWorkflow.undone', 'ResilientWorkflow.half-undone'],
  },
  {
    id: 'workflow-mixed-languages',
    title: 'JSONata states in a workflow of JSONPath',
    believed: 'A state can state JSONata where the state machine does not; variables are seen by states of both; a Pass state in JSONata without Output hands its input on; an expression sees a variable as it was '
      + 'before the state assigns it.',
    sources: [`${DOCS}/step-functions/latest/dg/transforming-data.html`, `${DOCS}/step-functions/latest/dg/workflow-variables.html`],
    harm: 'Workflows with compensations cannot be deployed, or compensations get something else than the output of their step. The first deployment shows it.',
    experiment: {
      resources: '`integ.resilient-workflow.ts`',
      action: 'deploy and run it',
      expected: 'it passes',
      refuted: '`SCHEMA_VALIDATION_FAILED`, or a step that is undone with another input',
    },
    promises: ['ResilientWorkflow.undone', 'ResilientWorkflow.own-failures'],
  },
  {
    id: 'workflow-key',
    title: 'A state machine with a customer-managed key, whose role has a statement without a condition',
    believed: 'The role needs kms:Decrypt and kms:GenerateDataKey on the key, whatever the encryption context; who starts an execution needs the same. Events of its executions have no input.',
    sources: [`${DOCS}/step-functions/latest/dg/encryption-at-rest.html`],
    harm: 'Executions cannot be started, or fail at once, aloud.',
    experiment: {
      resources: 'a `ResilientWorkflow` with `encryptionKey`, started by a role that has `grantStartExecution` and nothing else',
      action: 'start an execution that succeeds and one that fails',
      expected: 'both run; the dead letter of the second has `input: null`, and describe-execution has the input',
      refuted: '`KmsAccessDeniedException`',
    },
    promises: ['ResilientWorkflow.key'],
  },
  {
    id: 'ecs-scaling-from-zero',
    title: 'A service scales from no task, and back',
    believed: 'The alarm on waiting messages starts one task at the first message, and target tracking by metric math goes on from there. `FILL(running, 1)` has a value also while '
      + '`RunningTaskCount` has none, or the policy is without data until a task runs. Target tracking does not stop the last task while a message is in flight, because it rounds up; '
      + 'SQS reports an idle queue for long enough that the alarm on it stops the last task.',
    sources: [
      `${DOCS}/autoscaling/application/userguide/application-auto-scaling-target-tracking-metric-math.html`,
      `${DOCS}/AmazonECS/latest/developerguide/service-autoscaling-targettracking.html`, `${DOCS}/AmazonCloudWatch/latest/monitoring/using-metric-math.html`,
      'https://github.com/aws/copilot-cli/issues/3376',
    ],
    harm: 'Messages wait and `messageAge` rings; or a task runs for nothing; or a second task is started while the first one still pulls its image.',
    experiment: {
      resources: 'a `QueueFedService` with a worker that takes a minute',
      action: 'send one message to a service at rest, later 100, later none for an hour; read the scaling activities and the number of tasks each minute',
      expected: 'one task within two minutes of the first message, ten within fifteen minutes of the 100, none within 40 minutes of the last; never a task stopped with a message in hand',
      refuted: 'no task, tasks that stay, or a message received twice without a failure',
    },
    promises: ['QueueFedService.wakes', 'QueueFedService.backlog', 'QueueFedService.sleeps'],
  },
  {
    id: 'ecs-protection-refused',
    title: 'ECS stops a task that gives its protection up, while a deployment or scaling in waits for it',
    believed: 'A task that is unprotected for five seconds, of each 25 while it is idle and every few minutes while it is busy, is stopped in one of these. Protection is refused (`DEPLOYMENT_BLOCKED`) when '
      + 'as many other tasks are protected as are desired, so that the new tasks of a deployment wait for the old ones, and a worker that was refused is stopped. The endpoint of the agent answers with `protection.ProtectionEnabled`, or with `failure` or `error`, and needs no way '
      + 'to the API of ECS from the subnets of the task.',
    sources: [
      `${DOCS}/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html`, `${DOCS}/AmazonECS/latest/developerguide/task-scale-in-protection.html`,
      'https://github.com/aws-containers/ecs-task-protection-examples/issues/3',
    ],
    harm: 'Deployments and scaling in take long, because workers protect themselves again and again; or nothing is received at all, in subnets without a way out.',
    experiment: {
      resources: 'a `QueueFedService` with `minCapacity` 3, in isolated subnets with the endpoints of the page',
      action: 'deploy while all are idle, and while all are busy; scale in while two of three are busy; log each answer of the agent',
      expected: 'idle tasks stopped within a minute, busy ones within some minutes after their message; refusals with `DEPLOYMENT_BLOCKED`; no message received twice',
      refuted: 'idle tasks that stay for more than five minutes, another answer, or no answer',
    },
    promises: ['QueueFedService.protected-first', 'QueueFedService.idle-unprotected', 'QueueFedService.deployments'],
  },
  {
    id: 'rules-without-targets',
    title: 'EventBridge counts events for a rule without targets',
    believed: '`TriggeredRules` with the dimension `RuleName` is reported for a rule that has no target. Events of tasks have `containers[].exitCode` and `stopCode`, and `anything-but` matches a number in one of '
      + 'several containers.',
    sources: [
      `${DOCS}/eventbridge/latest/userguide/eb-monitoring.html`, `${DOCS}/AmazonECS/latest/developerguide/ecs_task_events.html`,
      `${DOCS}/AmazonECS/latest/developerguide/ecs_service_deployment_events.html`,
    ],
    harm: '`workersFail` and `deploymentFailed` never ring; `messageAge` does, later.',
    experiment: {
      resources: 'two `QueueFedService`s: one whose worker ends with 1 at the first message, one whose image does not exist',
      action: 'send a message to the first; deploy the second; read the metrics of the four rules',
      expected: '`workersFail` of both rings within a quarter of an hour, `deploymentFailed` of the second with the end of its deployment',
      refuted: 'no metrics of these rules',
    },
    promises: ['QueueFedService.rings-workers-fail', 'QueueFedService.rings-deployment-failed'],
  },
  {
    id: 'queue-pipes',
    title: 'What a pipe from a queue to Step Functions does',
    believed: 'A pipe with REQUEST_RESPONSE takes an Express execution that failed for a failed delivery, also of an alias, and leaves its messages in the queue until they are visible again. It starts an alias of an Express state machine as '
      + 'it starts the state machine. It delivers the characters of a message as they are, without `\\u` for those outside ASCII. While it is stopped, be it by EventBridge itself, it reports no `Invocations`.',
    sources: [`${DOCS}/eventbridge/latest/userguide/eb-pipes-error-troubleshooting.html`, `${DOCS}/eventbridge/latest/userguide/eb-pipes-sqs.html`],
    harm: 'A message whose execution failed is deleted, or one of nearly 124 KiB in another script is refused again and again and ends as a dead letter; or `pipeStopped` stays silent, and `messageAge` rings later.',
    experiment: {
      resources: '`integ.queue-fed-workflow.ts`, and a `QueueFedWorkflow` on the alias of an Express state machine',
      action: 'run it; send a message of 126,976 bytes of `ü`; delete the state machine behind a pipe and send messages until the pipe is stopped',
      expected: 'the books of the drill; the message is processed; `pipeStopped` rings within a quarter of an hour of the stop',
      refuted: 'a message that is gone without a trace, an input that is too large, or no alarm',
    },
    promises: ['QueueFedWorkflow.express', 'QueueFedWorkflow.sizes', 'QueueFedWorkflow.stopped-pipe'],
  },
  {
    id: 'described-input',
    title: 'A task may take its output from a result of more than 256 KiB, or fails',
    believed: 'DescribeExecution gives the input of an execution back whole, and a task whose result, with that input as a text, is more than 256 KiB fails before its `Output` is evaluated. The largest message that a queue with a Standard state machine takes counts on it.',
    sources: [`${DOCS}/step-functions/latest/dg/service-quotas.html`, `${DOCS}/step-functions/latest/apireference/API_DescribeExecution.html`],
    harm: 'Larger messages would do: nothing is lost. If the limit were lower, those near 44 KiB are not set aside, and `setAsideFailed` rings.',
    experiment: {
      resources: 'a `QueueFedWorkflow` with a Standard state machine that fails',
      action: 'send a message of 45,056 quotation marks',
      expected: 'it is in the dead-letter queue, as it was sent',
      refuted: 'a failed execution of `setAside`',
    },
    promises: ['QueueFedWorkflow.sizes', 'QueueFedWorkflow.set-aside'],
  },
  {
    id: 'workflow-versions',
    title: 'How CloudFormation shifts a state machine to a new version',
    believed: 'Events of executions name the version that they were started by, and EventBridge counts them for a rule without a target. CloudFormation makes the new version, its rule and its alarm before it moves the alias, '
      + 'and deletes the old ones afterwards. An alarm without data is no reason to roll back. Who may start executions of the state machine may start them by its alias.',
    sources: [
      `${DOCS}/step-functions/latest/dg/eventbridge-integration.html`, `${DOCS}/step-functions/latest/dg/auth-version-alias.html`,
      `${DOCS}/AWSCloudFormation/latest/TemplateReference/aws-properties-stepfunctions-statemachinealias-deploymentpreference.html`,
    ],
    harm: 'A version that fails gets all executions; each is set aside. Or a deployment is rolled back for nothing, aloud.',
    experiment: {
      resources: '`integ.resilient-workflow-traffic-shift.ts`',
      action: 'run it; look at the events of an execution, and at the deleted versions',
      expected: 'it passes; the events have `stateMachineVersionArn`',
      refuted: 'the broken release goes live, or the last one is rolled back',
    },
    promises: ['ResilientWorkflow.shifted', 'ResilientWorkflow.taken-back', 'ResilientWorkflow.repaired', 'ResilientWorkflow.started-by-alias'],
  },
];
