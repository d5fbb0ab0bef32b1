import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { JOB_WORKFLOW_ALARMS } from './job-workflow-alarms';
import type { JobWork } from './workflow-definition';
import { RECORDED_ERRORS, recorderDefinition, workflowDefinition } from './workflow-definition';
import type { JobWorkflowAlarmOptions } from '../../alarms/alarm-options';
import { Problems } from '../../private/checks/problems';
import { allowRule, RULE_RETRY_POLICY } from '../../private/events/event-delivery';
import type { JobEngineBindOptions, JobEngineConfig } from '../job-engine';

/**
 * What a state of a workflow takes and gives is at most 256 KiB of JSON. A body stands in it as text, where a quotation mark or a line break takes two bytes, so that
 * half of it, less some for the rest, is safe for every body.
 * https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */
export const WORKFLOW_BODY_KIBIBYTES = 120;

/**
 * A workflow around the work on a job, which records the outcome whatever happens: it takes the job, does the work within what is left of its time, and records the result or the failure.
 * If it cannot (it was aborted, or broke), a rule starts another workflow that does.
 */
export function newJobWorkflow(
  scope: Construct,
  options: JobEngineBindOptions,
  work: JobWork,
  alarms: JobWorkflowAlarmOptions = {},
): JobEngineConfig {
  const problems = new Problems(scope, 'JobEngine');
  JOB_WORKFLOW_ALARMS.check(problems, {}, alarms);
  problems.throwIfAny();

  const workflow = newMachine(scope, 'Workflow', sfn.StateMachineType.STANDARD, options, workflowDefinition(scope, options, work));
  work.statements.forEach((statement) => workflow.addToRolePolicy(statement));
  workflow.grantStartExecution(options.pipeRole);
  recordEndsOf(workflow, scope, options);

  return {
    targetArn: workflow.stateMachineArn,
    targetParameters: { stepFunctionStateMachineParameters: { invocationType: 'FIRE_AND_FORGET' } },
    alarms: JOB_WORKFLOW_ALARMS.add(scope, { path: scope.node.path, workflow }, alarms) as JobEngineConfig['alarms'],
  };
}

function newMachine(scope: Construct, id: string, type: sfn.StateMachineType, options: JobEngineBindOptions, definition: object): sfn.StateMachine {
  const machine = new sfn.StateMachine(scope, id, {
    stateMachineType: type,
    definitionBody: sfn.DefinitionBody.fromString(Stack.of(scope).toJsonString(definition)),
    tracingEnabled: true,
    // Errors only, without the data of executions.
    logs: { destination: new logs.LogGroup(scope, `${id}Logs`, { retention: logs.RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY }) },
  });
  options.table.grant(machine, 'dynamodb:UpdateItem');
  options.encryptionKey?.grantEncryptDecrypt(machine);
  return machine;
}

/**
 * Starts the recorder when a workflow ends otherwise than it should, unless it has recorded the end of its job itself. An event of an encrypted workflow does not say
 * with which error it ended. https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
 */
function recordEndsOf(workflow: sfn.StateMachine, scope: Construct, options: JobEngineBindOptions): void {
  const recorder = newMachine(scope, 'Recorder', sfn.StateMachineType.EXPRESS, options, recorderDefinition(scope, options));
  recorder.addToRolePolicy(new iam.PolicyStatement({ actions: ['states:DescribeExecution'], resources: [executionsOf(workflow.stateMachineName, Stack.of(scope))] }));
  const role = new iam.Role(scope, 'RuleRole', { assumedBy: new iam.ServicePrincipal('events.amazonaws.com') });
  recorder.grantStartExecution(role);
  const rule = new events.Rule(scope, 'EndRule', {
    description: 'Records the failure of a job whose workflow could not.',
    eventPattern: {
      source: ['aws.states'],
      detailType: ['Step Functions Execution Status Change'],
      detail: {
        stateMachineArn: [workflow.stateMachineArn],
        $or: [
          { status: ['TIMED_OUT', 'ABORTED'] },
          { status: ['FAILED'], error: [{ 'anything-but': Object.values(RECORDED_ERRORS) }] },
          { status: ['FAILED'], error: [{ exists: false }] },
        ],
      },
    },
  });
  (rule.node.defaultChild as events.CfnRule).targets = [{
    id: 'Recorder',
    arn: recorder.stateMachineArn,
    roleArn: role.roleArn,
    deadLetterConfig: { arn: options.deadLetterQueue.queueArn },
    retryPolicy: RULE_RETRY_POLICY,
  }];
  // Without the key the dead letter itself would be lost. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
  allowRule(scope, rule.ruleArn, options.deadLetterQueue);
}

/** The executions of a state machine, in a policy. */
export function executionsOf(stateMachineName: string, stack: Stack): string {
  return stack.formatArn({ service: 'states', resource: 'execution', resourceName: `${stateMachineName}:*`, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
}
