import { signedCall } from './signed-call';

/**
 * Calls a service of the JSON protocol without a client, which no other part of the project would need. Fails by the name of the service's error.
 *
 * @param service the name of its endpoint, by which requests are signed too
 * @param target what `x-amz-target` says: the API and the action
 */
export async function callJsonApi<T>(service: string, target: string, input: object): Promise<T> {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target };
  const { ok, status, text } = await signedCall(service, { method: 'POST', headers, body: JSON.stringify(input) });
  if (!ok) {
    const { __type: type = '', message = text } = parsed(text);
    throw Object.assign(new Error(message), { name: type.split('#').pop(), $fault: status < 500 ? 'client' : 'server' });
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
