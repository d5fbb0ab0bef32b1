import { Annotations, Size, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { IJobEngine, JobEngineBindOptions, JobEngineConfig } from './job-engine';
import type { JobWorkflowAlarmOptions } from '../alarms/alarm-options';
import { engineFacts } from './private/engine-facts';
import { checkJobWorkflow, newJobWorkflow, WORKFLOW_BODY_KIBIBYTES } from './private/job-workflow';
import { JOB_ENGINE_RULES } from '../delivery/rules/job';
import { differ } from '../private/app/environments';
import { Problems } from '../private/checks/problems';
import { handlerFacts } from '../private/lambda/handler-facts';

/**
 * Options of a `FunctionEngine`.
 */
export interface FunctionEngineOptions {
  /**
   * Whether the workflow that runs the function and records the outcome is Standard or Express. An Express workflow costs less for
   * jobs of up to a minute and a half. It takes jobs whose `timeout` is at most 4 minutes. Nobody can stop it, it leaves no history,
   * AWS may run it more than once, and a job whose workflow broke reads as `TIMEOUT` from its deadline on, rather than as `FAILED` at
   * once.
   * https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
   *
   * @default sfn.StateMachineType.STANDARD
   */
  readonly workflowType?: sfn.StateMachineType;

  /**
   * Tuning of the alarms on the workflow that runs the function.
   *
   * @default - all alarms on, with their default thresholds
   */
  readonly alarms?: JobWorkflowAlarmOptions;
}

/**
 * Jobs are done by a Lambda function. What it returns is the result; if it throws or takes too long the job has failed.
 *
 * Its event has the members `table` (name of the table of the jobs), `job` (key of the job in it), `id`, `deadline` (epoch seconds) and
 * `body` (body of the request). A workflow invokes it and records the outcome, so the function itself needs no permission. It is not invoked
 * again when it fails, only when Lambda did not run it, and up to twice when Lambda's answer was lost.
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
 */
export class FunctionEngine implements IJobEngine {
  public readonly maxBodySize?: Size = Size.kibibytes(WORKFLOW_BODY_KIBIBYTES);

  /**
   * @param handler the function: made here or imported, also an alias or a version
   * @param options tuning
   */
  constructor(private readonly handler: lambda.IFunction, private readonly options: FunctionEngineOptions = {}) {}

  public bind(scope: Construct, options: JobEngineBindOptions): JobEngineConfig {
    this.check(scope, options);
    return newJobWorkflow(scope, options, {
      // Not the optimized integration, which parses what the function returns.
      // https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
      service: 'aws-sdk:lambda:invoke',
      arguments: (job) => ({ FunctionName: this.handler.functionArn, Payload: job }),
      output: RESULT,
      // The errors of Lambda itself. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors
      refusals: ['Lambda.ServiceException', 'Lambda.TooManyRequestsException', 'Lambda.ResourceNotReadyException', 'Lambda.EC2ThrottledException', 'Lambda.LambdaException'],
      lostCalls: ['Lambda.SdkClientException'],
      statements: [new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [this.handler.functionArn] })],
    }, this.options);
  }

  private check(scope: Construct, options: JobEngineBindOptions): void {
    const problems = new Problems(scope, 'JobEngine');
    const { workflowType } = this.options;
    problems.addFindings(JOB_ENGINE_RULES, engineFacts(scope, options, { workflowType, handler: handlerFacts(this.handler) }));
    checkJobWorkflow(problems, this.options);
    problems.throwIfAny();
    const { account } = Stack.of(scope);
    if (differ(this.handler.env.account, account)) {
      Annotations.of(scope).addWarningV2(
        'cdk-serverless-patterns:handlerPolicyNotChanged',
        `handler '${this.handler.node.path}' is in account ${this.handler.env.account}, so its policy cannot be changed here, and every job fails until it lets lambda:InvokeFunction to the role ` +
        `'${scope.node.path}/Workflow/Role', or to account ${account}`,
      );
    }
  }
}

/**
 * What the function returned, as it wrote it, if it is JSON: a custom runtime may return anything, or nothing. A failure of the function
 * is an answer of
 * Lambda, not an error; this makes it one.
 */
const RESULT = [
  "($text := $states.result.Payload ? $states.result.Payload : 'null';",
  "$states.result.FunctionError ? $error('the function has failed: ' & $substring($text, 0, 1000)) : ($parse($text); $text))",
].join(' ');
