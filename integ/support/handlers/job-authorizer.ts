import { setTimeout as sleep } from 'node:timers/promises';
import type { APIGatewayAuthorizerResult, APIGatewayTokenAuthorizerEvent } from 'aws-lambda';

/** Above the threshold of the latency alarm. */
const SLOW_MS = 3000;

/** Lets everybody in: whoever has the token `slow`, slowly. */
export async function handler({ authorizationToken: token, methodArn }: APIGatewayTokenAuthorizerEvent): Promise<APIGatewayAuthorizerResult> {
  if (token === 'slow') {
    await sleep(SLOW_MS);
  }
  return {
    principalId: 'client',
    policyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: methodArn }] },
  };
}
