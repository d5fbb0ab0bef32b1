import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { App, CfnCondition, CfnOutput, CfnResource, Fn, SecretValue, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Authorization, Connection, EventBus } from 'aws-cdk-lib/aws-events';
import type { Emulator } from '../emulator';
import { startEmulator } from '../emulator';
import { OnlyOnAws, skippedOnEmulator, UNKNOWN_TO_EMULATOR } from '../only-on-aws';
import { emulatorPython } from '../python';

const ROOT = join(__dirname, '..', '..');
const ON_AWS = { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'AWS::AccountId' }, '000000000000'] }] };

function stackWithConnection(app: App): Stack {
  const stack = new Stack(app, 'Connection');
  const bus = new EventBus(stack, 'Bus');
  const connection = new Connection(stack, 'Connection', { authorization: Authorization.basic('user', SecretValue.unsafePlainText('password')) });
  new CfnOutput(stack, 'ConnectionArn', { value: connection.connectionArn });
  new CfnOutput(stack, 'BusArn', { value: bus.eventBusArn });
  return stack;
}

describe('the condition', () => {
  test('is put on what the emulator refuses, and on nothing else', () => {
    const app = new App();
    const stack = stackWithConnection(app);
    OnlyOnAws.apply(app);
    const template = Template.fromStack(stack);
    template.hasCondition('IsOnAws', ON_AWS);
    template.hasResource('AWS::Events::Connection', { Condition: 'IsOnAws' });
    template.hasResource('AWS::Events::EventBus', { Condition: Match.absent() });
    template.hasOutput('ConnectionArn', { Condition: 'IsOnAws' });
    template.hasOutput('BusArn', { Condition: Match.absent() });
  });

  test('does not appear where nothing is refused', () => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    new CfnResource(stack, 'Queue', { type: 'AWS::SQS::Queue' });
    OnlyOnAws.apply(app);
    expect(Template.fromStack(stack).toJSON()).not.toHaveProperty('Conditions.IsOnAws');
  });

  test('spreads to what refers to it, however it does, and not to what is only ordered after it', () => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    const connection = new CfnResource(stack, 'Connection', { type: 'AWS::Events::Connection' });
    const using = (id: string, value: unknown) => new CfnResource(stack, id, { type: 'AWS::SSM::Parameter', properties: { Value: value } });
    const direct = using('Direct', connection.getAtt('Arn'));
    using('Transitive', direct.ref);
    using('InText', Fn.sub('see ${Connection.Arn} there'));
    using('Apart', Fn.sub('${Other}', { Other: 'x' }));
    using('After', 'x').addDependency(connection);
    OnlyOnAws.apply(app);
    expect(skippedOnEmulator(Template.fromStack(stack).toJSON())).toEqual([
      { logicalId: 'Connection', type: 'AWS::Events::Connection', reason: UNKNOWN_TO_EMULATOR['AWS::Events::Connection'] },
      { logicalId: 'Direct', type: 'AWS::SSM::Parameter', reason: 'refers to a skipped resource' },
      { logicalId: 'Transitive', type: 'AWS::SSM::Parameter', reason: 'refers to a skipped resource' },
      { logicalId: 'InText', type: 'AWS::SSM::Parameter', reason: 'refers to a skipped resource' },
    ]);
  });

  test('joins a condition that is there already', () => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    const own = new CfnCondition(stack, 'Own', { expression: Fn.conditionEquals('a', 'a') });
    const connection = new CfnResource(stack, 'Connection', { type: 'AWS::Events::Connection' });
    connection.cfnOptions.condition = own;
    OnlyOnAws.apply(app);
    const template = Template.fromStack(stack);
    template.hasCondition('IsOnAwsAndOwn', { 'Fn::And': [{ Condition: 'IsOnAws' }, { Condition: 'Own' }] });
    template.hasResource('AWS::Events::Connection', { Condition: 'IsOnAwsAndOwn' });
    expect(skippedOnEmulator(template.toJSON())).toHaveLength(1);
  });
});

test('the table lists what the pinned emulator refuses and nothing that it knows, by itself or by a supplement', () => {
  const program = [
    'import json, launcher',
    'launcher.apply_supplements()',
    'from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS as known',
    'print(json.dumps(list(known)))',
  ].join('\n');
  const { stdout } = spawnSync(emulatorPython(), ['-B', '-c', program], { cwd: join(ROOT, 'emulator'), encoding: 'utf8' });
  const known = JSON.parse(stdout.trim().split('\n').at(-1)!) as string[];
  expect(known).toEqual(expect.arrayContaining(['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm']));
  expect(Object.keys(UNKNOWN_TO_EMULATOR).filter(type => known.includes(type))).toEqual([]);
});

describe('deployed with the CDK toolkit', () => {
  let emulator: Emulator;
  let out: string;

  beforeAll(async () => {
    out = mkdtempSync(join(tmpdir(), 'only-on-aws-'));
    emulator = await startEmulator();
    await emulator.bootstrap();
  });

  afterAll(async () => {
    await emulator?.stop();
    rmSync(out, { recursive: true, force: true });
  });

  function deploy(name: string, make: (app: App) => Stack, apply: boolean): { status: number | null; output: string } {
    const app = new App({ outdir: join(out, `${name}-${apply}`) });
    make(app);
    if (apply) {
      OnlyOnAws.apply(app);
    }
    const { directory } = app.synth();
    const cdk = join(ROOT, 'node_modules', 'aws-cdk', 'bin', 'cdk');
    const result = spawnSync(process.execPath, [cdk, 'deploy', '--all', '--app', directory, '--require-approval', 'never', '--no-notices', '--output', join(out, 'cdk.out')], {
      cwd: out,
      env: emulator.childEnv(),
      encoding: 'utf8',
    });
    return { status: result.status, output: result.stdout + result.stderr };
  }

  async function resources(stack: string): Promise<(string | undefined)[]> {
    const client = new CloudFormationClient({ endpoint: emulator.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
    const { StackResources } = await client.send(new DescribeStackResourcesCommand({ StackName: stack }));
    return (StackResources ?? []).map(resource => resource.ResourceType).filter(type => type !== 'AWS::CDK::Metadata');
  }

  test.each([
    ['a connection', 'Connection', stackWithConnection, 'AWS::Events::Connection', ['AWS::Events::EventBus']],
  ])('%s fails without it and deploys with it, the rest being made', async (_what, name, make, refused, made) => {
    const without = deploy(name, make, false);
    expect(without.status).not.toBe(0);
    expect(without.output).toContain(refused);

    const withIt = deploy(name, make, true);
    expect(withIt.output).toContain('✅');
    expect(withIt.status).toBe(0);
    expect((await resources(name)).sort()).toEqual(made);
  });
});
