import { ArnFormat, Fn, Size, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { IJobEngine, JobEngineBindOptions, JobEngineConfig } from './job-engine';
import type { JobWorkflowAlarmOptions } from '../alarms/alarm-options';
import { engineFacts, workerFacts } from './private/engine-facts';
import { executionsOf, newJobWorkflow, WORKFLOW_BODY_KIBIBYTES } from './private/job-workflow';
import type { JobWork } from './private/workflow-definition';
import { JOB_ENGINE_RULES } from '../delivery/rules/job';
import { resourceBehind } from '../private/app/references';
import { Problems } from '../private/checks/problems';

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
    return newJobWorkflow(scope, options, isExpress ? this.expressWork() : this.standardWork(), this.options.alarms);
  }

  private checkedType(scope: Construct, options: JobEngineBindOptions): sfn.StateMachineType | undefined {
    const problems = new Problems(scope, 'JobEngine');
    problems.addFindings(JOB_ENGINE_RULES, engineFacts(scope, options, { stateMachine: workerFacts(this.stateMachine) }));
    const [stated, known] = [this.options.stateMachineType, typeOf(this.stateMachine)];
    const { path } = this.stateMachine.node;
    if (stated === undefined && known === undefined) {
      problems.add(`stateMachineType is not set, and cannot be read from machine '${path}': set it to StateMachineType.STANDARD or StateMachineType.EXPRESS, whichever the machine is`);
    } else if (stated !== undefined && known !== undefined && stated !== known) {
      problems.add(`stateMachineType is ${stated}, but machine '${path}' is ${known}: leave stateMachineType out, which then is read from the machine`);
    }
    problems.throwIfAny();
    return stated ?? known;
  }

  /**
   * The output of an encrypted execution is for those who may use its key.
   * https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
   */
  private keyStatements(): iam.PolicyStatement[] {
    const encryption = resourceOf(this.stateMachine)?.encryptionConfiguration;
    const keyArn = encryption && 'kmsKeyId' in encryption ? encryption.kmsKeyId : undefined;
    return keyArn === undefined ? [] : [new iam.PolicyStatement({ actions: ['kms:Decrypt'], resources: [keyArn] })];
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
        new iam.PolicyStatement({ actions: ['states:StartExecution'], resources: [unqualified(stack, stateMachineArn)] }),
        new iam.PolicyStatement({
          actions: ['states:DescribeExecution', 'states:StopExecution'],
          resources: [executionsOf(partOf(stateMachineArn, NAME), stack)],
        }),
        new iam.PolicyStatement({
          actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
          resources: [stack.formatArn({ service: 'events', resource: 'rule', resourceName: 'StepFunctionsGetEventsForStepFunctionsExecutionRule' })],
        }),
        ...this.keyStatements(),
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
        new iam.PolicyStatement({ actions: ['states:StartSyncExecution'], resources: [unqualified(Stack.of(this.stateMachine), stateMachineArn)] }),
        ...this.keyStatements(),
      ],
    };
  }
}

/** The type of a machine of this app, if it is known. */
function typeOf(stateMachine: sfn.IStateMachine): sfn.StateMachineType | undefined {
  const resource = resourceOf(stateMachine);
  const type: unknown = resource && Stack.of(resource).resolve(resource.stateMachineType ?? sfn.StateMachineType.STANDARD);
  return Object.values(sfn.StateMachineType).find((known) => known === type);
}

/** The resource of a machine of this app. */
function resourceOf({ stateMachineArn }: sfn.IStateMachine): sfn.CfnStateMachine | undefined {
  return resourceBehind(stateMachineArn, 'AWS::StepFunctions::StateMachine') as sfn.CfnStateMachine | undefined;
}

/** Where the name of a machine stands in its ARN; a qualifier comes after it. */
const NAME = 6;

function partOf(arn: string, index: number): string {
  return Token.isUnresolved(arn) ? Fn.select(index, Fn.split(':', arn)) : arn.split(':')[index] ?? '';
}

/**
 * Step Functions asks IAM about the machine, also where an alias or a version is started.
 * https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
 */
function unqualified(stack: Stack, stateMachineArn: string): string {
  // The reference to a machine of this app has no qualifier.
  return resourceBehind(stateMachineArn, 'AWS::StepFunctions::StateMachine') !== undefined
    ? stateMachineArn
    : stack.formatArn({ service: 'states', resource: 'stateMachine', resourceName: partOf(stateMachineArn, NAME), arnFormat: ArnFormat.COLON_RESOURCE_NAME });
}
