import { signWith } from '../../examples/order-desk/client/iam-signer';

/** A request to a service, as it is before it is signed. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** @default - the root */
  readonly path?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

export interface Answer {
  readonly ok: boolean;
  readonly status: number;
  readonly text: string;
}

/** Calls a service of AWS, by the name of its endpoint, signed with the credentials of the function: for what no client among the packages of the project does. */
export async function signedCall(service: string, { method, path = '', headers, body }: Call): Promise<Answer> {
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '', AWS_SESSION_TOKEN: sessionToken, AWS_REGION: region = '' } = process.env;
  const url = `${process.env.AWS_ENDPOINT_URL ?? `https://${service}.${region}.amazonaws.com`}${path}`;
  const sign = signWith({ accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) }, region, service);
  const content = body === undefined ? {} : { body };
  const answer = await fetch(url, { method, headers: await sign({ method, url, headers, ...content }), ...content });
  return { ok: answer.ok, status: answer.status, text: await answer.text() };
}
