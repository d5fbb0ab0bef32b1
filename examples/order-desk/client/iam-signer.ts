import { SignatureV4 } from '@smithy/signature-v4';
import type { Authorize } from './jobs-client';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * Signs requests with the credentials of an IAM role or user, in Node.js as in a browser.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 *
 * @param service which is called; API Gateway's is the default
 */
export function signWith(credentials: Credentials, region: string, service = 'execute-api'): Authorize {
  const signer = new SignatureV4({ credentials, region, service, sha256: Sha256 });
  return async ({ method, url, headers, body }) => {
    const { protocol, host, hostname, pathname, searchParams } = new URL(url);
    const signed = await signer.sign({
      method,
      protocol,
      hostname,
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: { ...headers, host },
      ...(body === undefined ? {} : { body }),
    });
    // Browsers set it themselves, and let nobody else do so.
    const { host: _, ...rest } = signed.headers;
    return rest;
  };
}

/** SHA-256 as the signer wants it, by the Web Cryptography API, which browsers and Node.js have. */
class Sha256 {
  private data = new Uint8Array();

  constructor(private readonly secret?: string | ArrayBuffer | ArrayBufferView) {}

  update(more: string | ArrayBuffer | ArrayBufferView): void {
    const added = bytesOf(more);
    const all = new Uint8Array(this.data.length + added.length);
    all.set(this.data);
    all.set(added, this.data.length);
    this.data = all;
  }

  async digest(): Promise<Uint8Array> {
    if (this.secret === undefined) {
      return new Uint8Array(await crypto.subtle.digest('SHA-256', this.data));
    }
    const key = await crypto.subtle.importKey('raw', bytesOf(this.secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    return new Uint8Array(await crypto.subtle.sign('HMAC', key, this.data));
  }

  reset(): void {
    this.data = new Uint8Array();
  }
}

/** A copy. */
function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array<ArrayBuffer> {
  if (typeof data === 'string') {
    return new TextEncoder().encode(data) as Uint8Array<ArrayBuffer>;
  }
  return new Uint8Array(ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : data);
}
