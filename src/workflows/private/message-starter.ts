import { Stack } from 'aws-cdk-lib';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';

/** How long the pipe waits for a start at most. */
export const STARTER_SECONDS = 30;

/**
 * Starts an execution for a message, and names it by the message, which a pipe cannot: what SQS delivers a second time starts nothing.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
 */
export function starterDefinition(scope: Construct, { stateMachineArn }: sfn.IStateMachine): object {
  return {
    QueryLanguage: 'JSONata',
    StartAt: 'Start',
    TimeoutSeconds: STARTER_SECONDS,
    States: {
      Start: {
        Type: 'Task',
        Resource: `arn:${Stack.of(scope).partition}:states:::states:startExecution`,
        // The pipe delivers an array, also of one.
        Arguments: { StateMachineArn: stateMachineArn, Name: '{% $states.input[0].messageId %}', Input: '{% $states.input[0] %}' },
        Output: {},
        Retry: [{ ErrorEquals: PASSING_ERRORS, IntervalSeconds: 1, MaxAttempts: 4, BackoffRate: 2, JitterStrategy: 'FULL' }],
        Catch: [{ ErrorEquals: ['StepFunctions.ExecutionAlreadyExistsException'], Next: 'Started' }],
        End: true,
      },
      Started: { Type: 'Succeed', Output: {} },
    },
  };
}

/** Throttling has no name of its own here, only that of all errors that the API does not model. */
const PASSING_ERRORS = ['StepFunctions.ExecutionLimitExceededException', 'StepFunctions.AWSStepFunctionsException', 'StepFunctions.SdkClientException'];
