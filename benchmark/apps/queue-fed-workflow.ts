import type { AddPattern } from './add-pattern';
import { messageWorkflow } from './message-workflow';
import { QueueFedWorkflow } from 'cdk-serverless-patterns';

/** The pattern of this library, with its defaults, for a Standard state machine that invokes the handler. */
export const addPattern: AddPattern = (stack, id, handler) => {
  new QueueFedWorkflow(stack, id, { stateMachine: messageWorkflow(stack, `${id}Workflow`, handler) });
};
