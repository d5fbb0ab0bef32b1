import { randomUUID } from 'node:crypto';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Confirmation, Entrance, Sender } from './entrance';
import type { InvocationEvent } from '../invocation-event';

/** What starts executions of a state machine, as a `ResilientWorkflow` does. */
interface Startable {
  readonly stateMachine: sfn.IStateMachine;
  readonly alias?: sfn.IStateMachine | undefined;
  grantStartExecution(grantee: iam.IGrantable): unknown;
}

/** An execution of a workflow is started with each message. */
export function executionEntrance(workflow: Startable): Entrance {
  return {
    kind: 'execution',
    address: (workflow.alias ?? workflow.stateMachine).stateMachineArn,
    grantSend: (producer) => {
      workflow.grantStartExecution(producer);
    },
  };
}

const client = new SFNClient({});

export const sender: Sender = {
  // What an event of Step Functions has room for.
  limit: 200_000,
  batchSize: 10,
  send: async (address, messages) => {
    const confirmed = await Promise.all(messages.map(async ({ number, body }): Promise<Confirmation> => {
      const input: InvocationEvent = { messageId: randomUUID(), body };
      await client.send(new StartExecutionCommand({ stateMachineArn: address, name: input.messageId, input: JSON.stringify(input) }));
      return { number, messageId: input.messageId };
    }));
    return { confirmed, refused: [] };
  },
};
