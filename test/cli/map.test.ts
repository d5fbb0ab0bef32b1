import * as fs from 'node:fs';
import * as path from 'node:path';
import { folder, runCli } from './files';
import { bundleMapPage } from '../../cli/map-page/bundle';
import type { DeliveryMap } from '../../src/delivery/map/delivery-map';

// The bundle of the tool has it as a constant.
beforeAll(() => { Object.assign(globalThis, { MAP_PAGE: bundleMapPage() }); });

const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });

/** A queue that feeds a function. */
const queueFed = ({ visibilityTimeout = 360 } = {}) => ({
  Resources: {
    DeadLetters: { Type: 'AWS::SQS::Queue' },
    Queue: { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout: visibilityTimeout, RedrivePolicy: { deadLetterTargetArn: arnOf('DeadLetters'), maxReceiveCount: 5 } } },
    Handler: { Type: 'AWS::Lambda::Function', Properties: { Timeout: 60 } },
    EventSource: { Type: 'AWS::Lambda::EventSourceMapping', Properties: { EventSourceArn: arnOf('Queue'), FunctionName: { Ref: 'Handler' } } },
  },
});

const shop = () => folder({ 'Shop.template.json': queueFed({ visibilityTimeout: 30 }) });

test('draws with Mermaid by default', async () => {
  const { status, out, err } = await runCli(['map', shop()]);
  expect({ status, err }).toEqual({ status: 0, err: '' });
  expect(out).toMatch(/^flowchart LR\n/);
  expect(out).toContain('error: visibilityTimeoutTooShort');
});

test('prints the map as JSON', async () => {
  const { out } = await runCli(['map', '--format', 'json', shop()]);
  const { nodes, hops } = JSON.parse(out) as DeliveryMap;
  expect(nodes.map(({ logicalId }) => logicalId).sort()).toEqual(['DeadLetters', 'Handler', 'Queue']);
  expect(hops.map(({ kind, problems }) => [kind, problems.map(({ id }) => id)])).toEqual([
    ['redrive', []],
    ['eventSource', expect.arrayContaining(['visibilityTimeoutTooShort'])],
  ]);
});

test('writes a page into a file that is named like one', async () => {
  const file = path.join(folder({}), 'map.html');
  expect(await runCli(['map', '--output', file, shop()])).toEqual({ status: 0, out: `the map is in ${file} now\n`, err: '' });
  expect(fs.readFileSync(file, 'utf8')).toMatch(/^<!doctype html>[^]*visibilityTimeoutTooShort/);
});

test('writes another format into a file if told to', async () => {
  const file = path.join(folder({}), 'map.html');
  await runCli(['map', '--output', file, '--format', 'json', shop()]);
  expect(JSON.parse(fs.readFileSync(file, 'utf8'))).toHaveProperty('hops');
});

test('writes Mermaid into any other file', async () => {
  const file = path.join(folder({}), 'map.mmd');
  await runCli(['map', '--output', file, shop()]);
  expect(fs.readFileSync(file, 'utf8')).toMatch(/^flowchart LR\n/);
});

test('draws several apps beside each other', async () => {
  const files = folder({ 'one/cdk.out/manifest.json': manifest('One'), 'one/cdk.out/One.template.json': queueFed(), 'two/cdk.out/manifest.json': manifest('Two'), 'two/cdk.out/Two.template.json': queueFed() });
  const { out } = await runCli(['map', '--format', 'json', path.join(files, 'one'), path.join(files, 'two')]);
  const { nodes, hops } = JSON.parse(out) as DeliveryMap;
  expect(new Set(nodes.map(({ stack }) => stack))).toEqual(new Set(['One', 'Two']));
  const ids = [...nodes, ...hops].map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

function manifest(stack: string) {
  return { version: '53.0.0', artifacts: { [stack]: { type: 'aws:cloudformation:stack', environment: 'aws://111122223333/eu-west-1', properties: { templateFile: `${stack}.template.json` } } } };
}

test('says what to do with a map that is too large for Mermaid', async () => {
  const Resources = Object.fromEntries(Array.from({ length: 501 }, (_, index) => [`Source${index}`, {
    Type: 'AWS::Lambda::EventSourceMapping', Properties: { EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] }, FunctionName: `function-${index}` },
  }]));
  const large = folder({ 'a.json': { Resources: { ...Resources, Queue: { Type: 'AWS::SQS::Queue' } } } });
  const { status, err } = await runCli(['map', large]);
  expect(status).toBe(2);
  expect(err).toMatch(/the map has 501 edges, and Mermaid draws 500 at most: use --format html/);
});

test.each<[string, readonly string[], RegExp]>([
  ['no path', [], /say what to draw/],
  ['an unknown format', ['--format', 'svg', 'x'], /--format is mermaid, html, json, not 'svg'/],
  ['an unknown option', ['--colour', 'x'], /colour/],
  ['no such file', ['/none'], /cannot read \/none/],
  ['a file that cannot be written', ['--output', '/none/map.html'], /cannot write \/none\/map\.html/],
])('refuses %s', async (_, args, said) => {
  const { status, out, err } = await runCli(['map', ...args, ...args[0] === '--output' ? [shop()] : []]);
  expect({ status, out }).toEqual({ status: 2, out: '' });
  expect(err).toMatch(said);
});

test('says how it is used', async () => {
  expect((await runCli(['map', '--help'])).out).toContain('Usage: cdk-serverless-patterns-cli map');
  expect((await runCli(['--help'])).out).toContain('draws the deliveries of an app');
});
