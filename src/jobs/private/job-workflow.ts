import { Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { JOB_WORKFLOW_ALARMS } from './job-workflow-alarms';
import { workflowValues } from './job-workflow.late-rules';
import type { JobWork } from './workflow-definition';
import { RECORDED_ERRORS, recorderDefinition, workflowDefinition } from './workflow-definition';
import type { JobWorkflowAlarmOptions } from '../../alarms/alarm-options';
import { changedValues } from '../../private/checks/derived-values';
import type { Problems } from '../../private/checks/problems';
import { allowRule, RULE_RETRY_POLICY } from '../../private/events/event-delivery';
import { executionsOf } from '../../private/states/machine-facts';
import { encryptStateMachine, newStateMachine } from '../../private/states/state-machine';
import type { JobEngineBindOptions, JobEngineConfig } from '../job-engine';

/**
 * What a state of a workflow takes and gives is at most 256 KiB of JSON. A body stands in it as text, where a quotation mark or a line
 * break takes two bytes, so that half of it, less some for the rest, is safe for every body.
 * https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */
export const WORKFLOW_BODY_KIBIBYTES = 120;

/** What users say of the workflow around the work. */
export interface JobWorkflowTuning {
  /** Standard by default. */
  readonly workflowType?: sfn.StateMachineType;
  readonly alarms?: JobWorkflowAlarmOptions;
}

/** Notes what is wrong with the tuning of a workflow, before anything is made. */
export function checkJobWorkflow(problems: Problems, { workflowType, alarms = {} }: JobWorkflowTuning): void {
  JOB_WORKFLOW_ALARMS.check(problems, {}, alarms);
  if (workflowType === EXPRESS && alarms.aborted && alarms.aborted.enabled !== false) {
    problems.add('alarms.aborted is set, but workflowType is EXPRESS, and nobody can stop an execution of an Express workflow: leave alarms.aborted out');
  }
}

/**
 * A workflow around the work on a job, which records the outcome whatever happens: it takes the job, does the work within what is left of
 * its time, and records the result or the failure.
 * If it cannot (it was aborted, or broke), a rule starts another workflow that does. Of Express executions there are no events, so a job
 * whose Express workflow broke reads as failed from its deadline on, which is minutes away.
 *
 * The pipe waits for neither: it would have only ten executions of a shard at a time, and would do the work again for a failed one.
 */
export function newJobWorkflow(scope: Construct, options: JobEngineBindOptions, work: JobWork, tuning: JobWorkflowTuning): JobEngineConfig {
  const { workflowType = sfn.StateMachineType.STANDARD, alarms = {} } = tuning;
  const express = workflowType === EXPRESS;
  const workflow = newMachine(scope, 'Workflow', workflowType, options, workflowDefinition(scope, options, work, workflowType));
  work.statements.forEach((statement) => workflow.addToRolePolicy(statement));
  workflow.grantStartExecution(options.pipeRole);
  const recording = express ? undefined : recordEndsOf(workflow, scope, options);
  scope.node.addValidation({ validate: () => changedValues(workflowValues(scope, { workflow, workflowType, work, options, recording })) });

  return {
    targetArn: workflow.stateMachineArn,
    targetParameters: { stepFunctionStateMachineParameters: { invocationType: 'FIRE_AND_FORGET' } },
    alarms: JOB_WORKFLOW_ALARMS.add(
      scope, { path: scope.node.path, workflow }, { ...alarms, ...express && { aborted: { enabled: false } } },
    ) as JobEngineConfig['alarms'],
  };
}

const { EXPRESS } = sfn.StateMachineType;

function newMachine(
  scope: Construct, id: string, type: sfn.StateMachineType, { table, encryptionKey, logRetention }: JobEngineBindOptions, definition: object,
): sfn.StateMachine {
  const machine = newStateMachine(scope, id, type, definition, logRetention);
  table.grant(machine, 'dynamodb:UpdateItem');
  if (encryptionKey) {
    // Bodies and results are in the history.
    encryptStateMachine(scope, machine, encryptionKey, 'the workflows log nothing');
  }
  return machine;
}

/**
 * Starts the recorder when a workflow ends otherwise than it should, unless it has recorded the end of its job itself. An event of an
 * encrypted workflow does not say with which error it ended.
 * https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
 */
function recordEndsOf(workflow: sfn.StateMachine, scope: Construct, options: JobEngineBindOptions): Recording {
  const recorder = newMachine(scope, 'Recorder', sfn.StateMachineType.EXPRESS, options, recorderDefinition(scope, options));
  recorder.addToRolePolicy(new iam.PolicyStatement({ actions: ['states:DescribeExecution'], resources: [executionsOf(workflow.stateMachineName, Stack.of(scope))] }));
  const role = new iam.Role(scope, 'RuleRole', { assumedBy: new iam.ServicePrincipal('events.amazonaws.com') });
  recorder.grantStartExecution(role);
  const rule = new events.Rule(scope, 'EndRule', {
    description: 'Records the failure of a job whose workflow could not.',
    eventPattern: { source: EVENT_SOURCE, detailType: EVENT_TYPE, detail: endsOf(workflow) },
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
  return { recorder, rule, role };
}

/** What records the end of a workflow that could not. */
export interface Recording {
  readonly recorder: sfn.StateMachine;
  readonly rule: events.Rule;
  readonly role: iam.Role;
}

export const EVENT_SOURCE = ['aws.states'];
export const EVENT_TYPE = ['Step Functions Execution Status Change'];

/** The ends of a workflow that it has not recorded itself. */
export function endsOf(workflow: sfn.StateMachine): { [member: string]: unknown } {
  return {
    stateMachineArn: [workflow.stateMachineArn],
    $or: [
      { status: ['TIMED_OUT', 'ABORTED'] },
      { status: ['FAILED'], error: [{ 'anything-but': Object.values(RECORDED_ERRORS) }] },
      { status: ['FAILED'], error: [{ exists: false }] },
    ],
  };
}
