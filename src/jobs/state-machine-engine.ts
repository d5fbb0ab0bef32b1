import { ArnFormat, Size, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { IJobEngine, JobEngineBindOptions, JobEngineConfig } from './job-engine';
import type { JobWorkflowAlarmOptions } from '../alarms/alarm-options';
import { newJobWorkflow, WORKFLOW_BODY_KIBIBYTES } from './private/job-workflow';
import type { JobWork } from './private/workflow-definition';
import { differ } from '../private/app/environments';
import { resourceBehind } from '../private/app/references';
import { Problems } from '../private/checks/problems';

/**
 * Options of a `StateMachineEngine`.
 */
export interface StateMachineEngineOptions {
  /**
   * Whether the machine runs as a Standard or an Express workflow. An Express workflow takes at most 5 minutes.
   *
   * @default - read from the machine; STANDARD where it cannot be read, as for an imported one
   */
  readonly stateMachineType?: sfn.StateMachineType;

  /**
   * Tuning of the alarms on the workflow that runs the machine.
   *
   * @default - all alarms on, with their default thresholds
   */
  readonly alarms?: JobWorkflowAlarmOptions;
}

/**
 * Jobs are done by a Step Functions state machine. Its output is the result; if it fails, is aborted or takes too long the job has failed.
 *
 * Its input is `{"table": "<name of the table of the jobs>", "job": "<key of the job in it>", "id": "...", "deadline": <epoch seconds>, "body": <the body of the request>}`.
 * Another workflow runs it and records the outcome whatever happens; at the deadline it stops a Standard machine.
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
 */
export class StateMachineEngine implements IJobEngine {
  public readonly maxBodySize?: Size = Size.kibibytes(WORKFLOW_BODY_KIBIBYTES);

  /**
   * @param stateMachine the machine: made here or imported
   * @param options its type where it cannot be read, and tuning
   */
  constructor(private readonly stateMachine: sfn.IStateMachine, private readonly options: StateMachineEngineOptions = {}) {}

  public bind(scope: Construct, options: JobEngineBindOptions): JobEngineConfig {
    checkPlace(scope, this.stateMachine);
    const isExpress = (this.options.stateMachineType ?? typeOf(this.stateMachine)) === sfn.StateMachineType.EXPRESS;
    return newJobWorkflow(scope, options, isExpress ? this.expressWork() : this.standardWork(), this.options.alarms);
  }

  private standardWork(): JobWork {
    const { stateMachineArn } = this.stateMachine;
    const stack = Stack.of(this.stateMachine);
    return {
      // Not `.sync:2`, which parses the output. https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
      service: 'states:startExecution.sync',
      arguments: (job) => ({ StateMachineArn: stateMachineArn, Input: job }),
      output: '$states.result.Output',
      // Throttling has no name of its own here, only that of all errors that the API does not model.
      refusals: ['StepFunctions.ExecutionLimitExceededException', 'StepFunctions.AWSStepFunctionsException'],
      lostCalls: ['StepFunctions.SdkClientException'],
      // https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html#connect-stepfunctions-iam
      statements: [
        new iam.PolicyStatement({ actions: ['states:StartExecution'], resources: [stateMachineArn] }),
        new iam.PolicyStatement({
          actions: ['states:DescribeExecution', 'states:StopExecution'],
          resources: [stack.formatArn({ service: 'states', resource: 'execution', resourceName: `${nameOf(stack, stateMachineArn)}:*`, arnFormat: ArnFormat.COLON_RESOURCE_NAME })],
        }),
        new iam.PolicyStatement({
          actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
          resources: [stack.formatArn({ service: 'events', resource: 'rule', resourceName: 'StepFunctionsGetEventsForStepFunctionsExecutionRule' })],
        }),
      ],
    };
  }

  private expressWork(): JobWork {
    const { stateMachineArn } = this.stateMachine;
    return {
      service: 'aws-sdk:sfn:startSyncExecution',
      arguments: (job) => ({ StateMachineArn: stateMachineArn, Input: job }),
      // An execution that failed is an answer, not an error; this makes it one.
      output: "$states.result.Status = 'SUCCEEDED' ? $states.result.Output : $error('the execution has ' & $states.result.Status)",
      refusals: ['Sfn.SfnException'],
      lostCalls: ['Sfn.SdkClientException'],
      statements: [new iam.PolicyStatement({ actions: ['states:StartSyncExecution'], resources: [stateMachineArn] })],
    };
  }
}

function typeOf(stateMachine: sfn.IStateMachine): unknown {
  return (resourceBehind(stateMachine.stateMachineArn, 'AWS::StepFunctions::StateMachine') as sfn.CfnStateMachine | undefined)?.stateMachineType;
}

function nameOf(stack: Stack, stateMachineArn: string): string {
  return stack.splitArn(stateMachineArn, ArnFormat.COLON_RESOURCE_NAME).resourceName ?? '';
}

/** A workflow starts executions in its own account and region; elsewhere it would fail at each job. https://docs.aws.amazon.com/step-functions/latest/dg/concepts-access-cross-acct-resources.html */
function checkPlace(scope: Construct, stateMachine: sfn.IStateMachine): void {
  const problems = new Problems(scope, 'JobEngine');
  for (const place of ['account', 'region'] as const) {
    const [theirs, own] = [stateMachine.env[place], Stack.of(scope)[place]];
    if (differ(theirs, own)) {
      problems.add(`stateMachine '${stateMachine.node.path}' is in ${place} ${theirs}, but the API is in ${own}, and a workflow starts executions only in its own ${place}: give a machine of this ${place}`);
    }
  }
  problems.throwIfAny();
}
