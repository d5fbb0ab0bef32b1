import { createHash, createHmac } from 'node:crypto';

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
    const signed = unsigned ? headers : { ...headers, ...signature(method, url, body ?? '') };
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

/** Signature Version 4 of a request without a query. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function signature(method: string, url: URL, body: string): Record<string, string> {
  const { AWS_ACCESS_KEY_ID: id = '', AWS_SECRET_ACCESS_KEY: secret = '', AWS_SESSION_TOKEN: token, AWS_REGION: region = '' } = process.env;
  const time = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = `${time.slice(0, 8)}/${region}/execute-api/aws4_request`;
  const signed = { 'host': url.host, 'x-amz-date': time, ...(token ? { 'x-amz-security-token': token } : {}) };
  const names = Object.keys(signed).join(';');
  const canonical = [method, url.pathname, '', ...Object.entries(signed).map((header) => header.join(':')), '', names, sha256(body)].join('\n');
  const key = ['aws4_request', 'execute-api', region, time.slice(0, 8)].reduceRight<string | Buffer>((secretSoFar, part) => hmac(secretSoFar, part), `AWS4${secret}`);
  const { host: _host, ...sent } = signed;
  return {
    ...sent,
    authorization: `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${names}, ` +
      `Signature=${hmac(key, ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')).toString('hex')}`,
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
