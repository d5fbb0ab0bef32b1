import { signWith } from '../../../examples/order-desk/client/iam-signer';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: any;
}

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** @default false */
  readonly unsigned?: boolean;
}

/** Sends a request to a stage of a REST API, signed with the credentials of the function; one that is throttled is sent again when the API says. */
export async function signedRequest(apiId: string, stage: string, { method, path, headers = {}, body, unsigned }: Request): Promise<Answer> {
  const url = new URL(`${baseUrl(apiId, stage)}${path}`);
  for (;;) {
    const signed = unsigned ? headers : { ...headers, ...await signature(method, url, body) };
    const answer = await fetch(url, { method, headers: signed, ...(body === undefined ? {} : { body }) });
    if (answer.status !== 429) {
      const text = await answer.text();
      return { status: answer.status, headers: answer.headers, body: text ? JSON.parse(text) : undefined };
    }
    await new Promise((resolve) => setTimeout(resolve, Number(answer.headers.get('retry-after') ?? '') * 1000));
  }
}

/** Where the stage is: at an endpoint that the environment names, as the SDKs do, or on AWS. */
function baseUrl(apiId: string, stage: string): string {
  const endpoint = process.env.AWS_ENDPOINT_URL;
  return endpoint ? `${endpoint}/_aws/execute-api/${apiId}/${stage}` : `https://${apiId}.execute-api.${process.env.AWS_REGION}.amazonaws.com/${stage}`;
}

/** Signed as the function. Only what every request has is signed, so that a header may hold anything. */
function signature(method: string, url: URL, body: string | undefined): Promise<Record<string, string>> {
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '', AWS_SESSION_TOKEN: sessionToken, AWS_REGION: region = '' } = process.env;
  const sign = signWith({ accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) }, region);
  return sign({ method, url: url.href, headers: {}, ...(body === undefined ? {} : { body }) });
}
