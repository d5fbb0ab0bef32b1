import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import type { AddPattern } from './add-pattern';
import { addDeadLetterAlarms, ALARM, MINUTE, RUNBOOKS } from './plain-alarms';
import { newDeadLetterQueue } from './plain-event-delivery';
import { placeName } from './plain-name';

const PASSING = ['Lambda.ClientExecutionTimeoutException', 'Lambda.ServiceException', 'Lambda.AWSLambdaException', 'Lambda.SdkClientException', 'Lambda.TooManyRequestsException'];

/** The template that `ResilientWorkflow` gives for a task that invokes the handler, by hand with the CDK's own constructs. */
export const addPattern: AddPattern = (stack, id, lambdaFunction) => {
  const taskTimeout = sfn.Timeout.duration(Duration.seconds(960));
  const work = new tasks.LambdaInvoke(stack, `${id}Work`, { lambdaFunction, retryOnServiceExceptions: false, taskTimeout });
  work.addRetry({
    errors: PASSING,
    interval: Duration.seconds(1),
    backoffRate: 2,
    maxAttempts: 8,
    maxDelay: Duration.seconds(60),
    jitterStrategy: sfn.JitterType.FULL,
  });
  const scope = new Construct(stack, id);
  const machine = new sfn.StateMachine(scope, 'StateMachine', {
    definitionBody: sfn.DefinitionBody.fromChainable(work),
    timeout: Duration.hours(1),
    tracingEnabled: true,
    logs: {
      destination: new logs.LogGroup(scope, 'StateMachineLogs', {
        logGroupName: `/aws/vendedlogs/states/${stack.stackName}/${placeName(id, 'StateMachineLogs')}`,
        retention: logs.RetentionDays.ONE_MONTH,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
    },
  });
  const deadLetterQueue = newDeadLetterQueue(scope, 'DeadLetterQueue');
  const ruleDeadLetterQueue = newDeadLetterQueue(scope, 'RuleDeadLetterQueue');
  const rule = new events.Rule(scope, 'FailureRule', {
    description: 'Sets aside the ends of executions that did not succeed.',
    eventPattern: {
      source: ['aws.states'],
      detailType: ['Step Functions Execution Status Change'],
      detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'], stateMachineArn: [machine.stateMachineArn] },
    },
  });
  rule.addTarget({
    bind: () => ({
      arn: deadLetterQueue.queueArn,
      deadLetterConfig: { arn: ruleDeadLetterQueue.queueArn },
      retryPolicy: { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 },
    }),
  });
  for (const target of [deadLetterQueue, ruleDeadLetterQueue]) {
    target.addToResourcePolicy(new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal('events.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [target.queueArn],
      conditions: { ArnEquals: { 'aws:SourceArn': rule.ruleArn } },
    }));
  }

  const ends = {
    FailedAlarm: machine.metricFailed({ period: MINUTE }),
    TimedOutAlarm: machine.metricTimedOut({ period: MINUTE }),
    AbortedAlarm: machine.metricAborted({ period: MINUTE }),
  };
  for (const [alarmId, metric] of Object.entries(ends)) {
    new cloudwatch.Alarm(scope, alarmId, {
      ...ALARM, metric, alarmDescription: `Executions of ${scope.node.path} did not succeed. First: open the newest one. Runbook: ${RUNBOOKS}/resilient-workflow.md#dead-letters`,
    });
  }
  new cloudwatch.Alarm(scope, 'ThrottledAlarm', {
    ...ALARM,
    metric: machine.metricThrottled({ period: MINUTE }),
    evaluationPeriods: 5,
    alarmDescription: `${scope.node.path} is throttled. First: compare the quota of the account. Runbook: ${RUNBOOKS}/resilient-workflow.md#throttled-executions`,
  });
  addDeadLetterAlarms(scope, deadLetterQueue, 'resilient-workflow');
  for (const [alarmId, metricName] of [['FailedInvocationsAlarm', 'FailedInvocations'], ['FailedToSendToDlqAlarm', 'InvocationsFailedToBeSentToDlq']] as const) {
    new cloudwatch.Alarm(scope, alarmId, {
      ...ALARM,
      metric: new cloudwatch.Metric({ namespace: 'AWS/Events', metricName, dimensionsMap: { RuleName: rule.ruleName }, statistic: 'Sum', period: MINUTE }),
      alarmDescription: `Ends of executions of ${scope.node.path} are not set aside. First: see to the queue. Runbook: ${RUNBOOKS}/resilient-workflow.md#failed-invocations`,
    });
  }
  new cloudwatch.Alarm(scope, 'RuleDeadLettersAlarm', {
    ...ALARM,
    metric: ruleDeadLetterQueue.metricApproximateNumberOfMessagesVisible({ period: MINUTE, statistic: 'Maximum' }),
    alarmDescription: `Ends of executions of ${scope.node.path} wait in the queue of the rule. First: read the error. Runbook: ${RUNBOOKS}/resilient-workflow.md#rule-dead-letters`,
  });
};
