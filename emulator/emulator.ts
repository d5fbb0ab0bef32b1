import { ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as sleep } from 'node:timers/promises';
import { emulatorPython, installedPython } from './python';

/** The account that the emulator plays; no real account has this id. */
export const EMULATOR_ACCOUNT = '000000000000';
export const EMULATOR_REGION = 'us-east-1';

const ROOT = join(__dirname, '..');
const HOST = '127.0.0.1';
const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 5_000;
/** No search for credentials on the network, and no warning about the version of Node.js on each start. */
const QUIET_SDK = { AWS_EC2_METADATA_DISABLED: 'true', AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };

/** How much shorter than on AWS waits are that only pass time. One place for a test bed to say so. */
export interface TimeScales {
  /** Seconds before the first retry of an asynchronous invocation; a minute on AWS. @default 0.05 */
  readonly lambdaRetryBaseSeconds?: number;
  /** What a second of a Step Functions wait or retry interval lasts here, in seconds. @default 0.01 */
  readonly stepFunctionsWaitScale?: number;
  /**
   * What a second of an alarm's period, of a message's age as a metric, and of the age and the waits of a stream's records lasts here, in seconds. At least 1/600.
   *
   * @default 1/60
   */
  readonly cloudWatchTimeScale?: number;
  /** What a second lasts here, in seconds, that a message of an event source waits for its next attempt after one has failed. @default 1 */
  readonly queueRetryScale?: number;
}

export interface EmulatorOptions extends TimeScales {
  /** Port to listen on. @default - a free one */
  readonly port?: number;
  /** Check every request against IAM, and run each function as its role. @default false */
  readonly enforceIam?: boolean;
  /** Leave this project's supplements out: what the emulator does alone. @default false */
  readonly plain?: boolean;
  /** Hears each line of the log as it is written. @default - only the log file does */
  readonly onLog?: (line: string) => void;
}

export interface Emulator {
  /** Such as `http://127.0.0.1:4566`; an address, not a name, so that S3 clients put the bucket in the path. */
  readonly endpoint: string;
  readonly port: number;
  /** The server's process; its Lambda workers are in the process group of the same number. */
  readonly pid: number;
  /** What an AWS client, the AWS CLI or the CDK toolkit needs in its environment to talk to this emulator and to nothing else. */
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Resolves when the server has ended, by `stop()` or by itself. */
  readonly ended: Promise<void>;
  /** The environment for a child process: this one's without its AWS settings, and with `env`. */
  childEnv(): NodeJS.ProcessEnv;
  /** Prepares the account for the CDK toolkit, with the toolkit itself. */
  bootstrap(): Promise<void>;
  /** Forgets everything, the bootstrap included. */
  reset(): Promise<void>;
  /** Ends the server and its Lambda workers, and removes its state. The log stays. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts the pinned emulator and answers when it is healthy.
 *
 * It ends with `stop()`, and otherwise with this process, however that ends.
 *
 * @throws Error in one line when the Python environment is missing or the given port is taken; with the end of the log when it does not become healthy
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const python = installedPython();
  if (python === undefined) {
    throw new Error(`the emulator's Python environment is missing (${emulatorPython()}): \`npm run emulator\` makes it`);
  }
  const port = options.port === undefined ? await freePort() : await requirePort(options.port);
  const endpoint = `http://${HOST}:${port}`;

  const logFile = join(ROOT, '.emulator', 'logs', `${port}.log`);
  mkdirSync(join(ROOT, '.emulator', 'logs'), { recursive: true });
  const state = mkdtempSync(join(tmpdir(), 'emulator-'));
  mkdirSync(join(state, 'tmp'));

  const log = openSync(logFile, 'w');
  const server = spawn(python, [join(__dirname, 'launcher.py'), ...(options.plain ? ['--plain'] : [])], {
    cwd: state,
    env: serverEnvironment(options, port, state),
    // Standard input stays open as long as this process lives; the launcher ends itself when it closes.
    stdio: ['pipe', log, log],
    // Its own process group, so that the Lambda workers can be ended with it.
    detached: true,
  });
  closeSync(log);
  const running = new RunningServer(server, state);
  const stopFollowing = options.onLog ? follow(logFile, options.onLog) : () => undefined;

  const stop = async () => {
    await running.end();
    stopFollowing();
  };
  try {
    await untilHealthy(running, endpoint, logFile);
  } catch (error) {
    await stop();
    throw error;
  }

  const env = clientEnvironment(endpoint);
  const childEnv = () => ({ ...withoutAwsSettings(process.env), ...env });
  return {
    endpoint,
    port,
    pid: server.pid!,
    env,
    logFile,
    ended: running.ended,
    childEnv,
    bootstrap: () => cdkBootstrap(childEnv(), state),
    reset: async () => {
      const response = await fetch(`${endpoint}/_ministack/reset`, { method: 'POST' });
      if (!response.ok) {
        throw new Error(`the emulator refused to reset: ${response.status} ${await response.text()}`);
      }
    },
    stop,
  };
}

/** What the server sees. Nothing is inherited but what a program needs to run: functions inherit the server's environment. */
function serverEnvironment(options: EmulatorOptions, port: number, state: string): NodeJS.ProcessEnv {
  const { PATH, HOME, LANG } = process.env;
  return {
    PATH,
    HOME,
    LANG,
    TMPDIR: join(state, 'tmp'),
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONUNBUFFERED: '1',
    EMULATOR_STATE: state,
    GATEWAY_PORT: String(port),
    BIND_HOST: HOST,
    MINISTACK_HOST: HOST,
    STATE_DIR: join(state, 'state'),
    S3_DATA_DIR: join(state, 's3'),
    AUTH: String(options.enforceIam ?? false),
    LAMBDA_EXECUTOR: 'local',
    // The real Node.js runtimes have the AWS SDK; functions find it here.
    NODE_PATH: join(ROOT, 'node_modules'),
    LAMBDA_WARM_TTL_SECONDS: '30',
    LAMBDA_ASYNC_RETRY_BASE_SECONDS: String(options.lambdaRetryBaseSeconds ?? 0.05),
    SFN_WAIT_SCALE: String(options.stepFunctionsWaitScale ?? 0.01),
    CLOUDWATCH_TIME_SCALE: String(options.cloudWatchTimeScale ?? 1 / 60),
    SQS_RETRY_SCALE: String(options.queueRetryScale ?? 1),
    IOT_MTLS_ENABLED: '0',
    ...QUIET_SDK,
  };
}

function clientEnvironment(endpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: EMULATOR_REGION,
    AWS_DEFAULT_REGION: EMULATOR_REGION,
    ...QUIET_SDK,
    CDK_DEFAULT_ACCOUNT: EMULATOR_ACCOUNT,
    CDK_DEFAULT_REGION: EMULATOR_REGION,
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    NO_PROXY: HOST,
    no_proxy: HOST,
  };
}

/** A profile, a session token or an endpoint of the user's would otherwise mix with the emulator's settings. */
function withoutAwsSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('AWS_')));
}

const allRunning = new Set<RunningServer>();

/** The server's process group and its state on disk, ended together and for certain. */
class RunningServer {
  exited = false;
  readonly ended: Promise<void>;

  constructor(private readonly server: ChildProcess, private readonly state: string) {
    watchThisProcess();
    allRunning.add(this);
    this.ended = new Promise(resolve => {
      const onEnd = () => {
        this.exited = true;
        this.killNow(); // the group outlives its leader when the server died by itself
        allRunning.delete(this);
        resolve();
      };
      server.once('exit', onEnd);
      server.once('error', onEnd);
    });
    server.stdin!.on('error', () => undefined); // the server is gone: `exit` tells
  }

  /** Asks first: the launcher ends its workers and waits for them. */
  async end(): Promise<void> {
    this.server.stdin!.end();
    const impatience = setTimeout(() => this.killNow(), STOP_LIMIT_MS);
    await this.ended;
    clearTimeout(impatience);
  }

  killNow(): void {
    if (this.server.pid !== undefined) {
      try {
        process.kill(-this.server.pid, 'SIGKILL');
      } catch {
        // none of the group is left
      }
    }
    rmSync(this.state, { recursive: true, force: true, maxRetries: 3 });
  }
}

let watching = false;

function killAll(): void {
  allRunning.forEach(running => running.killNow());
}

/**
 * Takes the servers along when this process ends, by itself, by an uncaught exception or by a signal. Not by SIGKILL:
 * then the launcher sees its standard input close.
 */
function watchThisProcess(): void {
  if (watching) {
    return;
  }
  watching = true;
  process.on('exit', () => killAll());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    const onSignal = () => {
      // Someone else who listens decides when to exit, and `exit` then does the rest.
      if (process.listenerCount(signal) === 1) {
        killAll();
        process.removeListener(signal, onSignal);
        process.kill(process.pid, signal);
      }
    };
    process.on(signal, onSignal);
  }
}

async function untilHealthy(running: RunningServer, endpoint: string, logFile: string): Promise<void> {
  const limit = Date.now() + START_LIMIT_MS;
  while (Date.now() < limit && !running.exited) {
    // Only this server writes to the log; another one could be answering on a port that was just taken.
    if (readFileSync(logFile, 'utf8').includes(`Running on ${endpoint}`) && await isHealthy(endpoint)) {
      return;
    }
    await sleep(20);
  }
  const what = running.exited ? 'ended while starting' : `was not healthy after ${START_LIMIT_MS / 1000} s`;
  const tail = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
  throw new Error(`the emulator ${what}; the end of ${logFile}:\n${tail}`);
}

async function isHealthy(endpoint: string): Promise<boolean> {
  try {
    return (await fetch(`${endpoint}/_ministack/health`, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  return listenOnce(0);
}

async function requirePort(port: number): Promise<number> {
  try {
    return await listenOnce(port);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new Error(code === 'EADDRINUSE'
      ? `port ${port} is already in use: give another one, or none for a free one`
      : `port ${port} cannot be used (${code ?? error})`);
  }
}

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, HOST, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : port));
    });
  });
}

/** Calls `onLog` with each line that a file gets, until the returned function is called. */
function follow(path: string, onLog: (line: string) => void): () => void {
  const file = openSync(path, 'r');
  const chunk = Buffer.alloc(64 * 1024);
  const decoder = new StringDecoder('utf8');
  let incomplete = '';
  const tell = () => {
    for (let length = readSync(file, chunk); length > 0; length = readSync(file, chunk)) {
      const lines = (incomplete + decoder.write(chunk.subarray(0, length))).split('\n');
      incomplete = lines.pop() ?? '';
      lines.forEach(onLog);
    }
  };
  const timer = setInterval(tell, 200);
  timer.unref();
  let following = true;
  return () => {
    if (following) {
      following = false;
      clearInterval(timer);
      tell();
      closeSync(file);
    }
  };
}

async function cdkBootstrap(env: NodeJS.ProcessEnv, cwd: string): Promise<void> {
  const args = ['bootstrap', `aws://${EMULATOR_ACCOUNT}/${EMULATOR_REGION}`, '--no-notices', '--ci', '--progress', 'events'];
  const cdk = spawn(process.execPath, [join(ROOT, 'node_modules', 'aws-cdk', 'bin', 'cdk'), ...args], {
    cwd, // no cdk.json of anyone's applies
    env: { ...env, PATH: [join(ROOT, 'node_modules', '.bin'), env.PATH].join(delimiter) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const killToo = () => cdk.kill();
  process.once('exit', killToo);
  let output = '';
  cdk.stdout.on('data', chunk => output += chunk);
  cdk.stderr.on('data', chunk => output += chunk);
  const code = await new Promise((resolve, reject) => {
    cdk.once('error', reject);
    cdk.once('close', resolve);
  }).finally(() => process.removeListener('exit', killToo));
  if (code !== 0) {
    throw new Error(`cdk bootstrap failed (${code}):\n${output.trimEnd()}`);
  }
}
