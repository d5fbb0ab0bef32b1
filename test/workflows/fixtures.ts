import type { Stack } from 'aws-cdk-lib';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { ResilientWorkflowProps } from '../../src';
import { ResilientWorkflow } from '../../src';
import { handlerIn, newStack, resourceOf } from '../messaging/fixtures';

export const MACHINE = 'AWS::StepFunctions::StateMachine';

type Props = Partial<ResilientWorkflowProps>;

/** Makes a workflow, 'Order', in a new stack; its states are one task, 'Work', unless others are stated. */
export function make(props: Props | ((stack: Stack) => Props) = {}): { readonly stack: Stack; readonly order: ResilientWorkflow } {
  const stack = newStack();
  const stated = typeof props === 'function' ? props(stack) : props;
  return { stack, order: new ResilientWorkflow(stack, 'Order', { definition: stated.definition ?? invoke(stack, 'Work'), ...stated }) };
}

/** A task that invokes a function of its own. */
export function invoke(stack: Stack, id: string, props: Partial<tasks.LambdaInvokeProps> = {}): tasks.LambdaInvoke {
  return new tasks.LambdaInvoke(stack, id, { lambdaFunction: handlerIn(stack, {}, `${id}Handler`), ...props });
}

/** A state as it is in the template; what is deep in it may be anything. */
export type Rendered = Record<string, any>;

/** The definition of a state machine, with `<ref>` for what only the deployment knows. */
export function definitionOf(stack: Stack, machine = 'OrderStateMachine'): { readonly States: Record<string, Rendered>; readonly [field: string]: unknown } {
  const { DefinitionString: text } = resourceOf(stack, MACHINE, machine).Properties as { DefinitionString: string | { 'Fn::Join': [string, (string | object)[]] } };
  const json = typeof text === 'string' ? text : text['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : '<ref>')).join('');
  return JSON.parse(json) as ReturnType<typeof definitionOf>;
}

export function statesOf(definition: (stack: Stack) => sfn.IChainable, props: Props = {}): Record<string, Rendered> {
  return definitionOf(make((stack) => ({ definition: definition(stack), ...props })).stack).States;
}
