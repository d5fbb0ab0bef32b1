import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { builtinModules } from 'node:module';
import * as os from 'node:os';
import * as path from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { folder } from './files';

const CLI = path.join(__dirname, '..', '..', 'cli');

interface Manifest {
  readonly bin: Readonly<Record<string, string>>;
  readonly files: readonly string[];
  readonly scripts: { readonly build: string };
  readonly dependencies?: object;
}

const manifest = JSON.parse(fs.readFileSync(path.join(CLI, 'package.json'), 'utf8')) as Manifest;

/** Built as `npm pack` builds it, but elsewhere. */
function build(): string {
  const [command = '', ...args] = manifest.scripts.build.split(' ');
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'bin-')), 'cli.js');
  execFileSync(path.join(CLI, '..', 'node_modules', '.bin', command), args.map((arg) => (arg.startsWith('--outfile=') ? `--outfile=${file}` : arg)), { cwd: CLI, stdio: 'pipe' });
  return file;
}

let bin: string;
beforeAll(() => { bin = build(); });

/** As npx runs it. */
function npx(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(bin, args, { encoding: 'utf8', maxBuffer: 2 ** 27, cwd: os.tmpdir(), env: { PATH: process.env.PATH } });
  return { status, stdout, stderr };
}

test('the package needs no other, and brings the licence of what it bundles', () => {
  const tool = fs.readFileSync(bin, 'utf8');
  const clients = fs.readFileSync(path.join(path.dirname(bin), 'replay', 'aws-clients.js'), 'utf8');
  const code = `${tool}\n${clients}`;
  const needed = [...code.matchAll(/(?<!\[)\b(?:require|import)\("([^"]+)"\)/g)].map(([, name]) => name!.replace(/^node:/, ''));
  expect(needed.filter((name) => !builtinModules.includes(name))).toEqual(['./replay/aws-clients.js']);
  expect(code).not.toContain('aws-cdk-lib/');
  // What only replay needs is in a file that only replay loads.
  expect(tool).not.toContain('node_modules/@aws-sdk/');
  expect(manifest.dependencies).toBeUndefined();
  expect(manifest.bin).toEqual({ 'cdk-serverless-patterns-cli': 'lib/cli.js' });
  expect(manifest.scripts.build).toContain('--outfile=lib/cli.js');
  const licences = fs.readFileSync(path.join(CLI, 'THIRD-PARTY-LICENSES'), 'utf8');
  const bundled = new Set([...code.matchAll(/^\s*\/\/ .*node_modules\/((?:@[^/]+\/)?[^/]+)\//gm)].map(([, name]) => name!));
  expect([...bundled]).toEqual(expect.arrayContaining(['yaml', '@aws-sdk/client-s3', '@smithy/core']));
  expect([...bundled].filter((name) => !licences.includes(`\n${name} (`))).toEqual([]);
});

test('checks what an app synthesizes', () => {
  const app = new App();
  const stack = new Stack(app, 'Shop', { env: { account: '111122223333', region: 'eu-west-1' } });
  const handler = new Function(stack, 'Handler', { runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code: Code.fromInline('x'), timeout: Duration.minutes(1) });
  handler.addEventSource(new SqsEventSource(new Queue(stack, 'Queue', { visibilityTimeout: Duration.seconds(30) })));
  const { status, stdout, stderr } = npx('check', '--format', 'json', app.synth().directory);
  expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
  expect(JSON.parse(stdout)).toContainEqual(expect.objectContaining({
    id: 'visibilityTimeoutTooShort', severity: 'error', stack: 'Shop', message: expect.stringContaining('30') as string, fix: expect.stringContaining('60') as string,
  }));
});

test('writes all of a long report into a pipe', () => {
  const queues = Array.from({ length: 2_000 }, (_, index) => [
    [`Queue${index}`, { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout: 1 } }],
    [`EventSource${index}`, { Type: 'AWS::Lambda::EventSourceMapping', Properties: { EventSourceArn: { 'Fn::GetAtt': [`Queue${index}`, 'Arn'] }, FunctionName: { Ref: 'Handler' } } }],
  ]).flat();
  const Resources = { Handler: { Type: 'AWS::Lambda::Function', Properties: { Timeout: 60 } }, ...Object.fromEntries(queues) as object };
  const { stdout } = npx('check', '--format', 'json', folder({ 'a.json': { Resources } }));
  expect((JSON.parse(stdout) as object[]).length).toBeGreaterThanOrEqual(2_000);
});

test('has no colors in a pipe', () => {
  const { status, stdout } = npx('check', folder({ 'a.json': { Resources: { Queue: { Type: 'AWS::CloudFormation::WaitConditionHandle' } } } }));
  expect({ status, stdout }).toEqual({ status: 0, stdout: '0 findings in 1 stack\n' });
});

test('says in one line that AWS refuses, or that it has no credentials', () => {
  const { status, stdout, stderr } = npx('replay', 'Shop');
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toBe('cdk-serverless-patterns-cli replay: cannot read the stack Shop: there is no region: set AWS_REGION, or a region in the profile\n');
});

test('says in one line what it cannot read', () => {
  expect(npx('check', '/none')).toEqual({ status: 2, stdout: '', stderr: 'cdk-serverless-patterns-cli check: cannot read /none: there is no such file or folder\n' });
});
