import { Size, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { IJobEngine, JobEngineBindOptions, JobEngineConfig } from './job-engine';
import type { JobWorkflowAlarmOptions } from '../alarms/alarm-options';
import { engineFacts, workerFacts } from './private/engine-facts';
import { checkJobWorkflow, newJobWorkflow, WORKFLOW_BODY_KIBIBYTES } from './private/job-workflow';
import type { JobWork } from './private/workflow-definition';
import { JOB_ENGINE_RULES } from '../delivery/rules/job';
import { Problems } from '../private/checks/problems';
import { executionsOf, keyStatements, machineName, machineType, unqualifiedArn } from '../private/states/machine-facts';

/**
 * Options of a `StateMachineEngine`.
 */
export interface StateMachineEngineOptions {
  /**
   * Whether the machine runs as a Standard or an Express workflow. An Express workflow takes at most 5 minutes.
   *
   * @default - read from the machine; it must be stated where it cannot be read, as for an imported one
   */
  readonly stateMachineType?: sfn.StateMachineType;

  /**
   * Whether the workflow that runs the machine and records the outcome is Standard or Express. An Express workflow costs less for jobs
   * of up to a minute and a half. It takes jobs whose `timeout` is at most 4 minutes and runs Express machines only. Nobody can stop
   * it, it leaves no history, AWS may run it more than once, and a job whose workflow broke reads as `TIMEOUT` from its deadline on,
   * rather than as `FAILED` at once.
   * https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
   *
   * @default sfn.StateMachineType.STANDARD
   */
  readonly workflowType?: sfn.StateMachineType;

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
 * Its input has the members `table` (name of the table of the jobs), `job` (key of the job in it), `id`, `deadline` (epoch seconds) and
 * `body` (body of the request).
 * Another workflow runs it and records the outcome whatever happens; at the deadline it stops a Standard machine.
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
 */
export class StateMachineEngine implements IJobEngine {
  public readonly maxBodySize?: Size = Size.kibibytes(WORKFLOW_BODY_KIBIBYTES);

  /**
   * @param stateMachine the machine: made here or imported, also by the ARN of an alias or a version
   * @param options its type where it cannot be read, and tuning
   */
  constructor(private readonly stateMachine: sfn.IStateMachine, private readonly options: StateMachineEngineOptions = {}) {}

  public bind(scope: Construct, options: JobEngineBindOptions): JobEngineConfig {
    const isExpress = this.checkedType(scope, options) === sfn.StateMachineType.EXPRESS;
    return newJobWorkflow(scope, options, isExpress ? this.expressWork() : this.standardWork(), this.options);
  }

  private checkedType(scope: Construct, options: JobEngineBindOptions): sfn.StateMachineType | undefined {
    const problems = new Problems(scope, 'JobEngine');
    const [stated, known] = [this.options.stateMachineType, machineType(this.stateMachine)];
    const { path } = this.stateMachine.node;
    const { workflowType } = this.options;
    const stateMachine = { ...workerFacts(this.stateMachine), type: known ?? stated };
    problems.addFindings(JOB_ENGINE_RULES, engineFacts(scope, options, { workflowType, stateMachine }));
    checkJobWorkflow(problems, this.options);
    if (stated === undefined && known === undefined) {
      problems.add(`stateMachineType is not set, and cannot be read from machine '${path}': set it to StateMachineType.STANDARD or StateMachineType.EXPRESS, whichever the machine is`);
    } else if (stated !== undefined && known !== undefined && stated !== known) {
      problems.add(`stateMachineType is ${stated}, but machine '${path}' is ${known}: leave stateMachineType out, which then is read from the machine`);
    }
    problems.throwIfAny();
    return stated ?? known;
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
        new iam.PolicyStatement({ actions: ['states:StartExecution'], resources: [unqualifiedArn(this.stateMachine)] }),
        new iam.PolicyStatement({
          actions: ['states:DescribeExecution', 'states:StopExecution'],
          resources: [executionsOf(machineName(stateMachineArn), stack)],
        }),
        new iam.PolicyStatement({
          actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
          resources: [stack.formatArn({ service: 'events', resource: 'rule', resourceName: 'StepFunctionsGetEventsForStepFunctionsExecutionRule' })],
        }),
        // The output of an encrypted execution is for those who may use its key.
        ...keyStatements(this.stateMachine, 'kms:Decrypt'),
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
      statements: [
        new iam.PolicyStatement({ actions: ['states:StartSyncExecution'], resources: [unqualifiedArn(this.stateMachine)] }),
        // The output of an encrypted execution is for those who may use its key.
        ...keyStatements(this.stateMachine, 'kms:Decrypt'),
      ],
    };
  }
}
