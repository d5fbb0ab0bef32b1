import { createRequire } from 'node:module';
import { ArnFormat, CfnDeletionPolicy, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as pipes from 'aws-cdk-lib/aws-pipes';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { AddPattern } from './add-pattern';
import { messageWorkflow } from './message-workflow';
import { newDeadLetterQueue } from './plain-event-delivery';
import { placeName } from './plain-name';
import { addWorkflowAlarms } from './plain-workflow-alarms';

// The definitions of the two state machines that the pattern adds are texts and no constructs, so both ways have them from the same functions. The package does not export the files.
const TEXTS = '../node_modules/cdk-serverless-patterns/lib/workflows/private';
const load = createRequire(__filename);
const { starterDefinition } = load(`${TEXTS}/message-starter`) as typeof import('../../src/workflows/private/message-starter');
const { setAsideDefinition } = load(`${TEXTS}/message-set-aside`) as typeof import('../../src/workflows/private/message-set-aside');

/** The template that `QueueFedWorkflow` gives for a Standard state machine, by hand with the CDK's own constructs. */
export const addPattern: AddPattern = (stack, id, handler) => {
  const stateMachine = messageWorkflow(stack, `${id}Workflow`, handler);
  const scope = new Construct(stack, id);
  const deadLetterQueue = newDeadLetterQueue(scope, 'DeadLetterQueue');
  const queue = new sqs.Queue(scope, 'Queue', {
    // 6 times what the start of an execution may take.
    visibilityTimeout: Duration.seconds(180),
    retentionPeriod: Duration.days(4),
    // What is sure to fit into the input of an execution, also once it stands in the input of the one that sets it aside.
    maxMessageSizeBytes: 44 * 1024,
    deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: 5 },
    encryption: sqs.QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  (queue.node.defaultChild as sqs.CfnQueue).cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;

  const starter = newStateMachine(scope, 'Starter', sfn.StateMachineType.EXPRESS, starterDefinition(scope, stateMachine));
  stateMachine.grantStartExecution(starter);
  const pipe = newPipe(scope, queue, starter);

  const setAside = newStateMachine(scope, 'SetAside', sfn.StateMachineType.STANDARD, setAsideDefinition(scope, queue, deadLetterQueue, false));
  setAside.addToRolePolicy(new iam.PolicyStatement({
    actions: ['states:DescribeExecution'],
    resources: [stack.formatArn({
      service: 'states', resource: 'execution', resourceName: `${stateMachine.stateMachineName}:*`, arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    })],
  }));
  deadLetterQueue.grantSendMessages(setAside);
  const ruleDeadLetterQueue = newDeadLetterQueue(scope, 'RuleDeadLetterQueue');
  const rule = newFailureRule(scope, stateMachine, setAside, ruleDeadLetterQueue);

  addWorkflowAlarms(scope, { queue, deadLetterQueue, pipe, stateMachine, setAside, rule, ruleDeadLetterQueue });
};

function newStateMachine(scope: Construct, id: string, stateMachineType: sfn.StateMachineType, definition: object): sfn.StateMachine {
  return new sfn.StateMachine(scope, id, {
    stateMachineType,
    definitionBody: sfn.DefinitionBody.fromString(Stack.of(scope).toJsonString(definition)),
    tracingEnabled: true,
    logs: { destination: newLogGroup(scope, `${id}Logs`, 'states') },
  });
}

function newLogGroup(scope: Construct, id: string, service: string): logs.LogGroup {
  return new logs.LogGroup(scope, id, {
    logGroupName: `/aws/vendedlogs/${service}/${Stack.of(scope).stackName}/${placeName(scope.node.id, id)}`,
    retention: logs.RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  });
}

function newPipe(scope: Construct, queue: sqs.Queue, starter: sfn.StateMachine): pipes.CfnPipe {
  const pipeRole = new iam.Role(scope, 'PipeRole', { assumedBy: new iam.ServicePrincipal('pipes.amazonaws.com') });
  queue.grantConsumeMessages(pipeRole);
  starter.grantStartSyncExecution(pipeRole);
  const pipe = new pipes.CfnPipe(scope, 'Pipe', {
    description: 'Has the messages of the queue processed.',
    roleArn: pipeRole.roleArn,
    source: queue.queueArn,
    sourceParameters: { sqsQueueParameters: { batchSize: 1 } },
    target: starter.stateMachineArn,
    targetParameters: { stepFunctionStateMachineParameters: { invocationType: 'REQUEST_RESPONSE' } },
    desiredState: 'RUNNING',
    logConfiguration: { level: 'ERROR', cloudwatchLogsLogDestination: { logGroupArn: newLogGroup(scope, 'PipeLogs', 'pipes').logGroupArn } },
  });
  pipe.node.addDependency(pipeRole);
  return pipe;
}

function newFailureRule(scope: Construct, stateMachine: sfn.StateMachine, setAside: sfn.StateMachine, ruleDeadLetterQueue: sqs.Queue): events.Rule {
  const role = new iam.Role(scope, 'RuleRole', { assumedBy: new iam.ServicePrincipal('events.amazonaws.com') });
  setAside.grantStartExecution(role);
  const rule = new events.Rule(scope, 'FailureRule', {
    description: 'Has the messages of executions set aside that did not succeed.',
    eventPattern: {
      source: ['aws.states'],
      detailType: ['Step Functions Execution Status Change'],
      detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'], stateMachineArn: [stateMachine.stateMachineArn] },
    },
  });
  rule.addTarget({
    bind: () => ({
      arn: setAside.stateMachineArn,
      role,
      deadLetterConfig: { arn: ruleDeadLetterQueue.queueArn },
      retryPolicy: { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 },
    }),
  });
  ruleDeadLetterQueue.addToResourcePolicy(new iam.PolicyStatement({
    principals: [new iam.ServicePrincipal('events.amazonaws.com')],
    actions: ['sqs:SendMessage'],
    resources: [ruleDeadLetterQueue.queueArn],
    conditions: { ArnEquals: { 'aws:SourceArn': rule.ruleArn } },
  }));
  return rule;
}
