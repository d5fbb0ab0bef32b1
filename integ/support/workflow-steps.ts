import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import type { StepEvent } from './handlers/workflow-step';
import type { Ledger } from './ledger';

export interface StepProps extends Pick<StepEvent, 'after' | 'error' | 'release'> {
  /** The states are of a workflow that the ledger follows with stations: the task is the one of this name. @default - the only one of its run */
  readonly station?: string;
  /** Whether the message is the first of an array, as an Express workflow gets it from a pipe. @default false */
  readonly inArray?: boolean;
}

/** Tasks of workflows, which the ledger follows. One function does all of them. */
export class WorkflowSteps {
  private readonly work: lambda.Function;

  constructor(private readonly scope: Construct, ledger: Ledger) {
    this.work = ledger.newHandler(scope, 'Work', { entry: join(__dirname, 'handlers', 'workflow-step.ts'), timeout: Duration.seconds(60) });
  }

  /** A task that gives the message to the function, and the message for its output. */
  step(id: string, { station, inArray, ...rest }: StepProps = {}): tasks.LambdaInvoke {
    const at = inArray ? '$[0]' : '$';
    const message = { messageId: sfn.JsonPath.stringAt(`${at}.messageId`), body: sfn.JsonPath.stringAt(`${at}.body`) };
    const payload = { ...message, ...station === undefined ? {} : { step: station }, ...rest };
    const { work: lambdaFunction } = this;
    return new tasks.LambdaInvoke(this.scope, id, { lambdaFunction, payload: sfn.TaskInput.fromObject(payload), payloadResponseOnly: true });
  }

  pause(id: string, time: Duration): sfn.Wait {
    return new sfn.Wait(this.scope, id, { time: sfn.WaitTime.duration(time) });
  }
}
