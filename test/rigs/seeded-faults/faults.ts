/** A mistake that somebody could make in a change, and that a review could pass. */
export interface Fault {
  readonly id: string;
  /** From the root of the project. */
  readonly file: string;
  /** Must occur exactly once in the file. */
  readonly text: string;
  readonly replacement: string;
  /** What it breaks, for a user of the library or for whoever relies on the emulator. */
  readonly breaks: string;
  /** The integ test that must fail when it is deployed with the fault. */
  readonly integ?: string;
}

/** None of them is an error of types, which a compiler would find. */
export const FAULTS: readonly Fault[] = [
  {
    id: 'batching-window-not-in-visibility',
    file: 'src/delivery/rules/queue-consumer.ts',
    text: "6 * seconds + (window === 'unknown' ? LONGEST_WINDOW_SECONDS : window ?? 0)",
    replacement: "Math.max(6 * seconds, window === 'unknown' ? LONGEST_WINDOW_SECONDS : window ?? 0)",
    breaks: 'With a batching window, throttled messages become visible again too early, and good ones end in the dead-letter queue.',
  },
  {
    id: 'whole-batch-given-back',
    file: 'src/messaging/queue-fed-function.ts',
    text: 'reportBatchItemFailures: true,',
    replacement: 'reportBatchItemFailures: props.fifo,',
    breaks: 'From a standard queue, the failures that a handler reports are passed over, and the failed messages are deleted.',
    integ: 'queue-fed-function',
  },
  {
    id: 'subscription-waits-for-one-policy',
    file: 'src/messaging/topic-fan-out.ts',
    text: 'subscription.node.addDependency(...permissions);',
    replacement: 'subscription.node.addDependency(...permissions.slice(0, 1));',
    breaks: 'During the first deployment, a message that cannot be delivered cannot be set aside either.',
  },
  {
    id: 'fifo-topic-with-standard-dead-letters',
    file: 'src/messaging/topic-fan-out.ts',
    text: 'fifo: this.fifo,\n      encryptionKey: this.encryptionKey,',
    replacement: 'encryptionKey: this.encryptionKey,',
    breaks: 'SNS sets nothing aside for a consumer of a FIFO topic, because the dead-letter queue is of the other type.',
    integ: 'topic-fan-out',
  },
  {
    id: 'deposit-in-parts-not-decryptable',
    file: 'src/storage/claim-check-bucket.ts',
    text: "prefix: prefix ?? '' }], ['kms:GenerateDataKey', 'kms:Decrypt']",
    replacement: "prefix: prefix ?? '' }], ['kms:GenerateDataKey']",
    breaks: 'With a customer-managed key, a payload that is uploaded in parts is refused at its end.',
  },
  {
    id: 'own-alarms-replaced',
    file: 'src/functions/canary-function.ts',
    text: 'alarms: [...listed(shiftAlarms), ...props.rollbackAlarms ?? []],',
    replacement: 'alarms: props.rollbackAlarms ?? listed(shiftAlarms),',
    breaks: 'Whoever gives a rollback alarm of their own loses those on the new version, without a word.',
  },
  {
    id: 'error-rate-counts-new-errors-as-old',
    file: 'src/functions/canary-function.alarms.ts',
    text: '100 * (errors - newErrors) / (invocations - newInvocations), 0)',
    replacement: '100 * errors / (invocations - newInvocations), 0)',
    breaks: 'A bad version makes the old one look bad too, so that the deployment goes on.',
  },
  {
    id: 'jobs-deleted-at-their-deadline',
    file: 'src/jobs/polling-status-api.ts',
    text: 'timeToLiveAttribute: JOB.expiresAt,',
    replacement: 'timeToLiveAttribute: JOB.deadline,',
    breaks: 'DynamoDB deletes a job soon after its deadline, and its client finds no result.',
  },
  {
    id: 'fifo-worker-without-groups',
    file: 'src/jobs/queue-engine.ts',
    text: 'targetParameters: isFifoQueue(queue) ?',
    replacement: 'targetParameters: isFifoQueue(queue) && queueFacts(queue).contentBasedDeduplication ?',
    breaks: 'SQS refuses every job for a FIFO queue that deduplicates by id, because it comes without a group.',
  },
  {
    id: 'throttled-function-not-retried',
    file: 'src/jobs/function-engine.ts',
    text: "'Lambda.TooManyRequestsException',",
    replacement: "'Lambda.TooManyRequests',",
    breaks: 'A job fails as soon as its function is throttled once.',
  },
  {
    id: 'name-for-arn-of-logging-role',
    file: 'src/apis/api-logging-account.ts',
    text: '{ cloudWatchRoleArn: this.role.roleArn }',
    replacement: '{ cloudWatchRoleArn: this.role.roleName }',
    breaks: 'The deployment fails: API Gateway takes no name of a role.',
  },
  {
    id: 'every-sender-of-the-service',
    file: 'src/private/sqs/queue-sender.ts',
    text: 'conditions: theseSenders,',
    replacement: 'conditions: sender.keyConditions ?? theseSenders,',
    breaks: 'Every topic and rule of the account may send to the queue.',
    integ: 'topic-fan-out-permissions',
  },
  {
    id: 'rule-without-dead-letters',
    file: 'src/private/events/event-delivery.ts',
    text: '        deadLetterConfig: { arn: deadLetterQueue.queueArn },\n',
    replacement: '',
    breaks: 'An upload that cannot be delivered is lost; the dead-letter queue is there, but empty for ever.',
    integ: 'claim-check-bucket-alarms',
  },
  {
    id: 'apostrophes-break-the-body',
    file: 'src/jobs/private/job-template-parts.ts',
    text: '(${expression}).replaceAll("\\\\\\\\\'", "\'")`;',
    replacement: '(${expression})`;',
    breaks: 'A job whose body has an apostrophe is refused.',
  },
  {
    id: 'work-retried-for-a-minute-only',
    file: 'src/jobs/private/workflow-definition.ts',
    text: 'Math.max(LEAST_ATTEMPTS, Math.floor(timeout.toSeconds() / LONGEST_RETRY_SECONDS))',
    replacement: 'LEAST_ATTEMPTS',
    breaks: 'Throttling that lasts longer than a minute fails jobs that still have an hour.',
  },
  {
    id: 'stopped-jobs-stay-open',
    file: 'src/jobs/private/job-workflow.ts',
    text: "status: ['TIMED_OUT', 'ABORTED'] },",
    replacement: "status: ['TIMED_OUT'] },",
    breaks: 'A job whose execution was stopped reads as running until its deadline.',
    integ: 'polling-status-api',
  },
  {
    id: 'seconds-for-milliseconds',
    file: 'src/private/lambda/handler-alarms.ts',
    text: 'timeoutSeconds * 800',
    replacement: 'timeoutSeconds * 0.8',
    breaks: 'The alarm on duration rings for every function, all the time.',
  },
  {
    id: 'looks-back-too-short',
    file: 'src/private/alarms/look-back.ts',
    text: 'Math.ceil(timeoutSeconds / periodSeconds)',
    replacement: 'Math.floor(timeoutSeconds / periodSeconds)',
    breaks: 'The alarms on errors of a function of, say, 90 seconds may miss those that took longest.',
  },
  {
    id: 'metric-in-other-letters',
    file: 'src/messaging/topic-fan-out.alarms.ts',
    text: "'NumberOfNotificationsFailedToRedriveToDlq',",
    replacement: "'NumberOfNotificationsFailedToRedriveToDLQ',",
    breaks: 'The alarm on messages that are lost to a consumer never rings: there is no such metric.',
  },
  {
    id: 'sharers-not-counted',
    file: 'src/delivery/rules/reserved-concurrency.ts',
    text: 'sharing ? LEAST_MAX_CONCURRENCY : maxConcurrency ?? 0',
    replacement: 'sharing ? 0 : maxConcurrency ?? 0',
    breaks: 'Queues that cannot fit into the reserved concurrency of their handler are no error any more, and are throttled.',
  },
  {
    id: 'overlap-seen-from-one-side',
    file: 'src/delivery/rules/claimed-payload.ts',
    text: 'one.startsWith(other) || other.startsWith(one)',
    replacement: 'one.startsWith(other)',
    breaks: 'Payloads for one consumer are delivered to another as uploads if its prefix is the shorter one.',
  },
  {
    id: 'policies-of-two-stacks-with-one-name',
    file: 'src/private/iam/grant-policies.ts',
    text: 'policyName: uniqueName(scope, id)',
    replacement: 'policyName: id',
    breaks: 'Of two stacks that grant to one role, the one that is deployed last takes the permissions of the other away.',
  },
  {
    id: 'fifo-dead-letters-without-group',
    file: 'emulator/supplements/sns_dead_letter_queue.py',
    text: 'deliver(queue_arn, *message, topic_arn=topic_arn, **fifo_and_attributes)',
    replacement: 'deliver(queue_arn, *message, topic_arn=topic_arn)',
    breaks: 'A dead letter of SNS loses its attributes and its group.',
  },
  {
    id: 'asynchronous-invocation-one-retry-less',
    file: 'emulator/supplements/lambda_asynchronous_invocation.py',
    text: 'if attempts > retries:',
    replacement: 'if attempts >= retries:',
    breaks: 'A function that is invoked asynchronously is tried once less than on AWS.',
  },
  {
    id: 'redrive-loses-equal-messages',
    file: 'emulator/supplements/sqs_message_move_tasks.py',
    text: '[kept for kept in source["messages"] if kept is not message]',
    replacement: '[kept for kept in source["messages"] if kept["body"] != message["body"]]',
    breaks: 'Of dead letters with the same body a redrive moves one and loses the others.',
  },
  {
    id: 'datapoints-to-alarm-ignored',
    file: 'emulator/supplements/cloudwatch_alarm_evaluation.py',
    text: '    if sum(real) >= datapoints_to_alarm:',
    replacement: '    if sum(real) >= periods:',
    breaks: 'An alarm for M of N datapoints rings only when all N breach.',
  },
  {
    id: 'difference-over-a-gap',
    file: 'emulator/supplements/_metric_math.py',
    text: 'previous = previous if value is None else value',
    replacement: 'previous = value',
    breaks: 'DIFF misses what changed while a datapoint was missing, so an alarm on growth stays silent.',
  },
  {
    id: 'half-of-a-batch-forgotten',
    file: 'emulator/supplements/pipes_delivery.py',
    text: 'return [part[: len(part) // 2], part[len(part) // 2 :]]',
    replacement: 'return [part[: len(part) // 2], part[len(part) // 2 + 1 :]]',
    breaks: 'A pipe that bisects a batch loses a record.',
  },
  {
    id: 'one-of-two-key-actions-suffices',
    file: 'emulator/supplements/encrypted_destinations.py',
    text: 'return key is not None and all(',
    replacement: 'return key is not None and any(',
    breaks: 'A delivery that AWS refuses for the key of the queue succeeds here, so a missing grant is not noticed.',
  },
  {
    id: 'dead-letters-past-the-policy',
    file: 'emulator/supplements/eventbridge_dead_letter_queue.py',
    text: 'sent = sqs.queue_policy_allows(queue_arn, SERVICE, rule["Arn"], get_account_id()) and send_to_standard_queue(',
    replacement: 'sent = send_to_standard_queue(',
    breaks: 'EventBridge sets aside in a queue that does not let the rule in, so a missing policy is not noticed.',
  },
  {
    id: 'timed-out-execution-tells-nobody',
    file: 'emulator/supplements/step_functions_time_limits.py',
    text: '{"executionTimedOutEventDetails": {}})\n    stepfunctions._emit_execution_status_event(execution)\n',
    replacement: '{"executionTimedOutEventDetails": {}})\n',
    breaks: 'No rule hears of an execution that timed out, so nothing records the end of its job.',
  },
];
