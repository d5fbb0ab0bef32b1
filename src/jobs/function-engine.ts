import { Size } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { IJobEngine, JobEngineBindOptions, JobEngineConfig } from './job-engine';
import type { JobWorkflowAlarmOptions } from '../alarms/alarm-options';
import { newJobWorkflow, WORKFLOW_BODY_KIBIBYTES } from './private/job-workflow';

/**
 * Options of a `FunctionEngine`.
 */
export interface FunctionEngineOptions {
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
 * It gets `{"table": "<name of the table of the jobs>", "job": "<key of the job in it>", "id": "...", "deadline": <epoch seconds>, "body": <the body of the request>}`. A
 * workflow invokes it and records the outcome, so the function itself needs no permission. It is not invoked again when it fails, only when Lambda could not run it.
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
    return newJobWorkflow(scope, options, {
      // Not the optimized integration, which parses what the function returns. https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
      service: 'aws-sdk:lambda:invoke',
      arguments: (job) => ({ FunctionName: this.handler.functionArn, Payload: job }),
      output: RESULT,
      // The errors of Lambda itself. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors
      refusals: ['Lambda.ServiceException', 'Lambda.TooManyRequestsException', 'Lambda.ResourceNotReadyException', 'Lambda.EC2ThrottledException', 'Lambda.LambdaException'],
      lostCalls: ['Lambda.SdkClientException'],
      statements: [new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [this.handler.functionArn] })],
    }, this.options.alarms);
  }
}

/**
 * What the function returned, as it wrote it, if it is JSON: a custom runtime may return anything, or nothing. A failure of the function is an answer of
 * Lambda, not an error; this makes it one.
 */
const RESULT = [
  "($text := $states.result.Payload ? $states.result.Payload : 'null';",
  "$states.result.FunctionError ? $error('the function has failed: ' & $substring($text, 0, 1000)) : ($parse($text); $text))",
].join(' ');
