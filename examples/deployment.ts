import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

const TOOLKIT = path.join(__dirname, '..', 'node_modules', 'aws-cdk', 'bin', 'cdk');

/** An example that can be deployed: an app of one stack. */
export interface Example {
  /** The folder that `cdk.json` is in, beside this file. */
  readonly folder: string;
  readonly stackName: string;
}

export interface Deployment<Outputs> {
  readonly outputs: Outputs;
  /** The folder with the templates that were deployed. */
  readonly cloudAssembly: string;
}

/**
 * Deploys an example with the CDK toolkit, as `npx cdk deploy` in its folder would.
 *
 * @param folder where the cloud assembly and the outputs are written
 * @param env the environment of the toolkit, which says which account it talks to
 * @param ending ends the toolkit when it aborts
 */
export async function deploy<Outputs>(example: Example, folder: string, env: NodeJS.ProcessEnv, ending: AbortSignal): Promise<Deployment<Outputs>> {
  const cloudAssembly = path.join(folder, 'cdk.out');
  const outputsFile = path.join(folder, 'outputs.json');
  const args = ['--require-approval', 'never', '--output', cloudAssembly, '--outputs-file', outputsFile, '--no-notices', '--ci', '--progress', 'events'];
  await runToolkit(example, ['deploy', example.stackName, ...args], env, ending);
  const outputs = JSON.parse(fs.readFileSync(outputsFile, 'utf8')) as Record<string, Outputs>;
  return { outputs: outputs[example.stackName]!, cloudAssembly };
}

async function runToolkit(example: Example, args: readonly string[], env: NodeJS.ProcessEnv, ending: AbortSignal): Promise<void> {
  const toolkit = spawn(process.execPath, [TOOLKIT, ...args], {
    cwd: path.join(__dirname, example.folder),
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
