import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { outcomesOf } from '../probes';

const lambda = new LambdaClient({});

/** Tries to invoke functions, by their ARNs, with its own role and with nothing to do, and answers what came of each. */
export async function handler(event: Record<string, string>): Promise<Record<string, string>> {
  const Payload = JSON.stringify({ Records: [] });
  return outcomesOf(event, (FunctionName) => lambda.send(new InvokeCommand({ FunctionName, Payload })), (name) => name.startsWith('AccessDenied'));
}
