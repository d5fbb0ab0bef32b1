import { signWith } from '../../examples/order-desk/client/iam-signer';

/**
 * Calls a service of the JSON protocol without a client, which no other part of the project would need. Fails by the name of the service's error.
 *
 * @param service the name of its endpoint, by which requests are signed too
 * @param target what `x-amz-target` says: the API and the action
 */
export async function callJsonApi<T>(service: string, target: string, input: object): Promise<T> {
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '', AWS_SESSION_TOKEN: sessionToken, AWS_REGION: region = '' } = process.env;
  const url = process.env.AWS_ENDPOINT_URL ?? `https://${service}.${region}.amazonaws.com`;
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target };
  const body = JSON.stringify(input);
  const sign = signWith({ accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) }, region, service);
  const answer = await fetch(url, { method: 'POST', headers: await sign({ method: 'POST', url, headers, body }), body });
  const text = await answer.text();
  if (!answer.ok) {
    const { __type: type = '', message = text } = parsed(text);
    throw Object.assign(new Error(message), { name: type.split('#').pop(), $fault: answer.status < 500 ? 'client' : 'server' });
  }
  return JSON.parse(text) as T;
}

function parsed(text: string): { __type?: string; message?: string } {
  try {
    return JSON.parse(text) as object;
  } catch {
    return {};
  }
}
