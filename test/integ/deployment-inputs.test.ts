import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deploymentInputs } from '../../integ/runner/deployment-inputs';

/** A repository and a cloud assembly, as small as they can be. */
let root: string;
let assembly: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'inputs-test-'));
  assembly = join(root, 'cdk.out');
  write('emulator/emulator.ts', 'start');
  write('emulator/launcher.py', 'launch');
  write('emulator/requirements.txt', 'ministack==1');
  write('emulator/supplements/sqs.py', 'mend');
  write('integ/run.ts', 'run');
  write('integ/runner/deploy.ts', 'deploy');
  write('integ/support/outcome.ts', 'outcome');
  write('integ/support/runs.ts', 'runs');
  write('package-lock.json', '{}');
  write('src/queue.ts', 'class Queue {}');
  write('cdk.out/Stack.template.json', '{"Resources": {}, "salt": "123"}');
  write('cdk.out/asset.1/index.js', 'handle()');
  write('cdk.out/manifest.json', '{}');
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function write(path: string, text: string): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
}

function inputs(name = 'queue'): string {
  return deploymentInputs({ name, assembly }, root);
}

test.each([
  ['a template', 'cdk.out/Stack.template.json', '{"Resources": {"A": {}}, "salt": "123"}'],
  ['a new template', 'cdk.out/Other.template.json', '{}'],
  ['an asset', 'cdk.out/asset.1/index.js', 'handle(2)'],
  ['the emulator', 'emulator/requirements.txt', 'ministack==2'],
  ['how it starts', 'emulator/launcher.py', 'launch()'],
  ['its settings', 'emulator/emulator.ts', 'start()'],
  ['a supplement', 'emulator/supplements/sqs.py', 'mend()'],
  ['a new supplement', 'emulator/supplements/sns.py', 'mend'],
  ['the runner', 'integ/runner/deploy.ts', 'deploy()'],
  ['how the outcome is read', 'integ/support/outcome.ts', 'outcome()'],
  ['a dependency', 'package-lock.json', '{"a": 1}'],
])('%s is an input', (_what, path, text) => {
  const before = inputs();
  write(path, text);
  expect(inputs()).not.toBe(before);
});

test.each([
  ['a comment in the sources of the library', 'src/queue.ts', 'class Queue {} // of messages'],
  ['where constructs are made', 'cdk.out/manifest.json', '{"artifacts": {}}'],
  ['the time of the synthesis', 'cdk.out/Stack.template.json', '{"Resources": {}, "salt": "124"}'],
  ['what Python compiled', 'emulator/supplements/__pycache__/sqs.pyc', 'mend'],
])('%s is none', (_what, path, text) => {
  const before = inputs();
  write(path, text);
  expect(inputs()).toBe(before);
});

test('whether IAM is enforced is an input', () => {
  expect(inputs('queue-permissions')).not.toBe(inputs());
});

test('where the repository is, is none', () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'inputs-test-'));
  cpSync(root, elsewhere, { recursive: true });
  expect(deploymentInputs({ name: 'queue', assembly: join(elsewhere, 'cdk.out') }, elsewhere)).toBe(inputs());
  rmSync(elsewhere, { recursive: true });
});

test('the repository has all that is read', () => {
  expect(deploymentInputs({ name: 'queue', assembly })).toMatch(/^[0-9a-f]{64}$/);
});

test('what the runner imports of the support is read', () => {
  const repository = join(__dirname, '..', '..');
  const runner = readdirSync(join(repository, 'integ', 'runner')).map((file) => readFileSync(join(repository, 'integ', 'runner', file), 'utf8'));
  expect(runner.join('\n')).not.toMatch(/from '\.\.\/support/);
});
