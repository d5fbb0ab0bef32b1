import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { DeskOutputs } from './desk-client';

const APP_FOLDER = path.join(__dirname, '..');
const TOOLKIT = path.join(APP_FOLDER, '..', '..', 'node_modules', 'aws-cdk', 'bin', 'cdk');

export const STACK_NAME = 'OrderDesk';

export interface Deployment {
  readonly outputs: DeskOutputs;
  /** The folder with the templates that were deployed. */
  readonly cloudAssembly: string;
}

/**
 * Deploys the app next to this folder with the CDK toolkit, as `npx cdk deploy` there would.
 *
 * @param folder where the cloud assembly and the outputs are written
 * @param env the environment of the toolkit, which says which account it talks to
 * @param ending ends the toolkit when it aborts
 */
export async function deploy(folder: string, env: NodeJS.ProcessEnv, ending: AbortSignal): Promise<Deployment> {
  const cloudAssembly = path.join(folder, 'cdk.out');
  const outputsFile = path.join(folder, 'outputs.json');
  const args = ['--require-approval', 'never', '--output', cloudAssembly, '--outputs-file', outputsFile, '--no-notices', '--ci', '--progress', 'events'];
  await runToolkit(['deploy', STACK_NAME, ...args], env, ending);
  const outputs = JSON.parse(fs.readFileSync(outputsFile, 'utf8')) as Record<string, DeskOutputs>;
  return { outputs: outputs[STACK_NAME]!, cloudAssembly };
}

async function runToolkit(args: readonly string[], env: NodeJS.ProcessEnv, ending: AbortSignal): Promise<void> {
  const toolkit = spawn(process.execPath, [TOOLKIT, ...args], {
    cwd: APP_FOLDER,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, so that the app that it starts ends with it.
    detached: true,
  });
  const endToo = () => endGroup(toolkit.pid);
  process.once('exit', endToo);
  ending.addEventListener('abort', endToo);
  let output = '';
  toolkit.stdout.on('data', (chunk) => output += chunk);
  toolkit.stderr.on('data', (chunk) => output += chunk);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      toolkit.once('error', reject);
      toolkit.once('close', resolve);
    });
    if (code !== 0) {
      throw new Error(`cdk ${args[0]} failed:\n${output.trimEnd().split('\n').slice(-20).join('\n')}`);
    }
  } finally {
    process.removeListener('exit', endToo);
    ending.removeEventListener('abort', endToo);
  }
}

function endGroup(pid: number | undefined): void {
  try {
    process.kill(-pid!, 'SIGTERM');
  } catch {
    // It has ended.
  }
}
