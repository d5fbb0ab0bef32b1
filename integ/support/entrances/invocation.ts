import { randomUUID } from 'node:crypto';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Confirmation, Entrance, Sender } from './entrance';
import type { InvocationEvent } from '../invocation-event';
import { digestOfInvocation } from '../invocation-event';

/** What lets somebody invoke a function: the function, or a pattern with a grant of its own. */
interface Invocable {
  grantInvoke(producer: iam.IGrantable): iam.Grant;
}

/** A function, or an alias of it, is invoked asynchronously with each message. */
export function invocationEntrance(handler: lambda.IFunction, invocable: Invocable = handler): Entrance {
  return {
    kind: 'invocation',
    address: handler.functionName,
    grantSend: (producer) => {
      invocable.grantInvoke(producer);
    },
  };
}

const client = new LambdaClient({});

/** Nearly the longest event that Lambda takes: with its envelope it would fit into no message and no other event. */
const LARGE = 900 * 1024;

/** Every fifth event is large. */
function sized(body: string, number: number): string {
  return number % 5 === 0 ? JSON.stringify({ ...JSON.parse(body) as object, content: 'x'.repeat(LARGE) }) : body;
}

export const sender: Sender = {
  limit: 1024 ** 2,
  batchSize: 10,
  send: async (address, messages) => {
    const confirmed = await Promise.all(messages.map(async ({ number, body }): Promise<Confirmation> => {
      const event: InvocationEvent = { messageId: randomUUID(), body: sized(body, number) };
      await client.send(new InvokeCommand({ FunctionName: address, InvocationType: 'Event', Payload: JSON.stringify(event) }));
      return { number, messageId: event.messageId, digest: digestOfInvocation(event) };
    }));
    return { confirmed, refused: [] };
  },
};
