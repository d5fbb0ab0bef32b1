import type { Stack } from 'aws-cdk-lib';
import { Duration } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { QueueFedWorkflowProps } from '../../src';
import { QueueFedWorkflow } from '../../src';
import { newStack } from '../messaging/fixtures';

export type Props = Partial<QueueFedWorkflowProps>;

/** A Standard state machine, unless told otherwise. */
export function machineIn(stack: Stack, props: Partial<sfn.StateMachineProps> = {}): sfn.StateMachine {
  const definitionBody = sfn.DefinitionBody.fromChainable(new sfn.Pass(stack, 'Work'));
  return new sfn.StateMachine(stack, 'Machine', { definitionBody, timeout: Duration.minutes(2), ...props });
}

export function expressIn(stack: Stack, props: Partial<sfn.StateMachineProps> = {}): sfn.StateMachine {
  return machineIn(stack, { stateMachineType: sfn.StateMachineType.EXPRESS, ...props });
}

/** Makes 'Orders', of a Standard state machine unless told otherwise. */
export function ordersIn(stack: Stack, props: Props = {}): QueueFedWorkflow {
  return new QueueFedWorkflow(stack, 'Orders', { stateMachine: props.stateMachine ?? machineIn(stack), ...props });
}

/** A stack with 'Orders'. */
export function stackWith(props: Props | ((stack: Stack) => Props) = {}): Stack {
  const stack = newStack();
  ordersIn(stack, typeof props === 'function' ? props(stack) : props);
  return stack;
}
