import { signedCall } from './signed-call';

/** Starts or stops a pipe of EventBridge. */
export async function switchPipe(name: string, running: boolean): Promise<void> {
  const path = `/v1/pipes/${name}/${running ? 'start' : 'stop'}`;
  const { ok, status, text } = await signedCall('pipes', { method: 'POST', path, headers: { 'content-type': 'application/json' } });
  if (!ok) {
    throw new Error(`Pipes: POST ${path}: ${status} ${text}`);
  }
}
