import { signWith } from '../../order-desk/client/iam-signer';
import type { EventPutter } from 'cdk-serverless-patterns-runtime';

/**
 * Puts events by the API of EventBridge. In an app of your own it is `new EventBridge()` of `@aws-sdk/client-eventbridge`, which the Lambda runtime has, and this repository has not.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
export const eventBridge: EventPutter = {
  putEvents: async (input) => {
    const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '', AWS_SESSION_TOKEN: sessionToken = '', AWS_REGION: region = '' } = process.env;
    const request = {
      method: 'POST',
      url: process.env.AWS_ENDPOINT_URL ?? `https://events.${region}.amazonaws.com/`,
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AWSEvents.PutEvents' },
      body: JSON.stringify(input),
    };
    const headers = await signWith({ accessKeyId, secretAccessKey, sessionToken }, region, 'events')(request);
    const answer = await fetch(request.url, { ...request, headers });
    if (!answer.ok) {
      throw new Error(`EventBridge: ${answer.status} ${await answer.text()}`);
    }
    return await answer.json() as Awaited<ReturnType<EventPutter['putEvents']>>;
  },
};
