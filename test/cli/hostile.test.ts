import * as fs from 'node:fs';
import * as path from 'node:path';
import { folder, runCli } from './files';
import { expandSam } from '../../cli/src/sam';
import { parseYaml } from '../../cli/src/yaml';
import { checkTemplates } from '../../src/delivery/checks';
import type { Random } from '../rigs/random';
import { sequence } from '../rigs/random';
import { ROOT } from '../rigs/structs';

/** Every kind of event of SAM, to be spoilt. */
const SAM = `
Transform: AWS::Serverless-2016-10-31
Globals: { Function: { Timeout: 10, Layers: [a] } }
Conditions: { Some: !Equals [!Ref Stage, prod] }
Parameters: { Stage: { Type: String } }
Resources:
  Queue: { Type: AWS::SQS::Queue, Properties: { VisibilityTimeout: 60, RedrivePolicy: { deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3 } } }
  Dead: { Type: AWS::SQS::Queue }
  Topic: { Type: AWS::SNS::Topic }
  Bucket: { Type: AWS::S3::Bucket }
  Table: { Type: AWS::Serverless::SimpleTable, Properties: { PrimaryKey: { Name: key, Type: Number } } }
  Handler:
    Type: AWS::Serverless::Function
    Condition: Some
    Properties:
      AutoPublishAlias: live
      DeploymentPreference: { Type: Canary10Percent5Minutes, Alarms: [!Ref Alarm], Hooks: { PreTraffic: !Ref Check } }
      DeadLetterQueue: { Type: SQS, TargetArn: !GetAtt Dead.Arn }
      EventInvokeConfig: { MaximumRetryAttempts: 1, DestinationConfig: { OnFailure: { Type: SQS }, OnSuccess: { Type: SNS, Destination: !Ref Topic } } }
      Policies: [AWSLambdaExecute, { Statement: [{ Effect: Allow, Action: '*', Resource: '*' }] }, { SQSSendMessagePolicy: { QueueName: q } }]
      Events:
        Queue: { Type: SQS, Properties: { Queue: !GetAtt Queue.Arn, BatchSize: 5 } }
        Stream: { Type: Kinesis, Properties: { Stream: s, DestinationConfig: { OnFailure: { Type: SQS, Destination: !GetAtt Dead.Arn } } } }
        Topic: { Type: SNS, Properties: { Topic: !Ref Topic, SqsSubscription: { BatchSize: 5 } } }
        Upload: { Type: S3, Properties: { Bucket: !Ref Bucket, Events: ['s3:ObjectCreated:*'] } }
        Rule: { Type: EventBridgeRule, Properties: { Pattern: { source: [shop] }, DeadLetterConfig: { Type: SQS } } }
        Hour: { Type: ScheduleV2, Properties: { ScheduleExpression: rate(1 hour), DeadLetterConfig: { Arn: !GetAtt Dead.Arn } } }
  Machine: { Type: AWS::Serverless::StateMachine, Properties: { Definition: {}, Events: { Rule: { Type: Schedule, Properties: { Schedule: rate(1 hour) } } } } }
Outputs: { Alias: { Value: !Sub '\${Handler.Alias}', Export: { Name: !Sub '\${AWS::StackName}-alias' } } }
`;

const nested = (depth: number, of: (inner: unknown) => unknown): unknown => Array.from({ length: depth }).reduce((inner) => of(inner), 'x');

/** What people do not write where it then stands. Some refer to what is there. */
function hostile(random: Random, logicalIds: readonly string[]): unknown {
  const logicalId = logicalIds[random(logicalIds.length)] ?? 'Missing';
  const values: readonly (() => unknown)[] = [
    () => null, () => true, () => 0, () => -1, () => 1e308, () => '', () => [], () => ({}), () => [null, [], {}], () => 'x'.repeat(10_000),
    () => ({ Ref: logicalId }), () => ({ Ref: null }), () => ({ Ref: 'Missing' }), () => ({ Ref: 'AWS::NoValue' }), () => ({ Ref: 'toString' }),
    () => ({ 'Fn::GetAtt': [logicalId, 'Arn'] }), () => ({ 'Fn::GetAtt': logicalId }), () => ({ 'Fn::GetAtt': [logicalId] }), () => ({ 'Fn::GetAtt': {} }),
    () => ({ 'Fn::Sub': `\${${logicalId}} \${${logicalId}.Arn} \${!x} \${ \${` }), () => ({ 'Fn::Sub': [null, null] }), () => ({ 'Fn::Join': [{ Ref: logicalId }, { Ref: logicalId }] }),
    () => ({ 'Fn::Select': [-1, []] }), () => ({ 'Fn::Split': ['', ''] }), () => ({ 'Fn::If': ['Some', { Ref: logicalId }] }), () => ({ 'Fn::If': 'x' }),
    () => ({ 'Fn::FindInMap': ['__proto__', 'x', 'y'] }), () => ({ 'Fn::ImportValue': { Ref: logicalId } }), () => ({ 'Fn::Unheard': {} }), () => ({ 'Fn::Transform': 1, 'x': 2 }),
    () => JSON.parse('{ "__proto__": { "Type": "AWS::SQS::Queue" }, "constructor": 1, "hasOwnProperty": 1 }') as unknown,
    () => nested(300, (inner) => [inner]), () => nested(300, (inner) => ({ Properties: inner })), () => nested(300, (inner) => ({ 'Fn::Join': ['', [inner]] })),
    () => '⟪Stack|x⟫⟨Stack|Queue⟩⟦Region⟧', () => '{{resolve:secretsmanager:x}}', () => 'arn:aws:sqs:::::', () => ':'.repeat(100), () => '[{"x":', () => '{"x": [null]}',
    () => [{ Ref: logicalId }, { 'Fn::GetAtt': [logicalId, 'Arn'] }, 5, null], () => Array(200).fill({ Effect: 'Allow', Action: '*', Resource: { Ref: logicalId } }),
  ];
  return values[random(values.length)]!();
}

interface Place {
  readonly parent: Record<string, unknown>;
  readonly key: string;
}

/** The places in a template at which something stands. */
function placesIn(value: unknown): Place[] {
  return typeof value !== 'object' || value === null ? [] : Object.entries(value).flatMap(([key, item]) => (
    [{ parent: value as Record<string, unknown>, key }, ...placesIn(item)]
  ));
}

/** A copy in which a few things are spoilt. */
function spoilt(template: unknown, random: Random): unknown {
  const copy = structuredClone(template) as { Resources: object };
  const logicalIds = Object.keys(copy.Resources);
  const places = placesIn(copy);
  for (let count = 1 + random(4); count > 0; count--) {
    const { parent, key } = places[random(places.length)]!;
    // One that stands in another which is spoilt already is spoilt in vain.
    parent[key] = hostile(random, logicalIds);
  }
  return copy;
}

const snapshots = (): unknown[] => fs.readdirSync(path.join(ROOT, 'integ', 'snapshots'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.template.json')).sort().map((name) => JSON.parse(fs.readFileSync(path.join(ROOT, 'integ', 'snapshots', name), 'utf8')) as unknown);

describe('spoilt templates are checked', () => {
  const SEEDS = 15;
  const bases = [...snapshots(), ...Array<unknown>(10).fill(parseYaml(SAM))];

  test('there are some', () => {
    expect(bases.length).toBeGreaterThan(20);
  });

  test.each(bases.map((base, index) => ({ base, index })))('those of template $index', ({ base, index }) => {
    const failed: string[] = [];
    for (let seed = 0; seed < SEEDS; seed++) {
      try {
        checkTemplates([{ stack: 'Stack', template: expandSam(spoilt(base, sequence(index * SEEDS + seed))) }]);
      } catch (error) {
        failed.push(`seed ${index * SEEDS + seed}: ${(error as Error).stack}`);
      }
    }
    expect(failed).toEqual([]);
  });
});

const resources = (of: Readonly<Record<string, unknown>>) => ({ Resources: of });
const queue = (properties: unknown) => ({ Type: 'AWS::SQS::Queue', Properties: properties });

test.each<[string, unknown]>([
  ['no resources', resources({})],
  ['resources that are none', resources({ A: null, B: 'x', C: 5, D: [], E: {}, F: { Type: 5 }, G: { Type: null }, H: { Type: 'AWS::SQS::Queue', Properties: 'x' }, I: queue([]) })],
  ['a list of resources', { Resources: [queue({}), null] }],
  ['logical ids of objects', resources(JSON.parse('{ "__proto__": { "Type": "AWS::SQS::Queue" }, "constructor": { "Type": "AWS::SNS::Topic" }, "toString": { "Type": "AWS::Lambda::Function" } }') as Record<string, unknown>)],
  ['types of objects', resources({ A: { Type: '__proto__' }, B: { Type: 'constructor', Properties: { Ref: 'B' } }, C: { Type: 'toString' }, D: { 'Ref': 'A', 'Fn::GetAtt': ['B', 'Arn'] } })],
  ['names that need each other', resources({ A: queue({ QueueName: { Ref: 'B' } }), B: queue({ QueueName: { 'Fn::Sub': '${A}${C.QueueName}' } }), C: queue({ QueueName: { 'Fn::GetAtt': ['A', 'QueueName'] } }) })],
  ['conditions that need each other', {
    Conditions: { A: { Condition: 'B' }, B: { 'Fn::Not': [{ Condition: 'A' }] }, C: { 'Fn::And': [{ Condition: 'C' }] } },
    Resources: { A: { ...queue({}), Condition: 'A' }, B: { ...queue({}), Condition: 'C' }, C: { ...queue({}), Condition: {} } },
  }],
  ['exports that need each other', { ...resources({ A: queue({ QueueName: { 'Fn::ImportValue': 'x' } }) }), Outputs: { X: { Value: { 'Fn::ImportValue': 'x' }, Export: { Name: 'x' } }, Y: null } }],
  ['a stack that nests itself', resources({ A: { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: 'a.json', Parameters: { P: { Ref: 'P' } } } } })],
  ['text that doubles forty times', resources(Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`Q${index}`, queue({ QueueName: { 'Fn::Sub': `\${Q${index + 1}}\${Q${index + 1}}` } })])))],
  ['references that begin and do not end', resources({ A: queue({ QueueName: '{{resolve:'.repeat(30_000) }), B: queue({ QueueName: { 'Fn::Sub': '${'.repeat(150_000) } }) })],
  ['brackets that begin and do not end', resources({ A: queue({ QueueName: '⟪'.repeat(150_000), Tags: '⟨'.repeat(150_000) }) })],
  ['a text as long as a template', resources({ A: queue({ QueueName: 'x'.repeat(1_000_000) }), B: { Type: 'x:'.repeat(500_000), Properties: {} } })],
  ['five thousand resources that refer to one', resources({
    Topic: { Type: 'AWS::SNS::Topic' },
    ...Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`S${index}`, { Type: 'AWS::SNS::Subscription', Properties: { TopicArn: { Ref: 'Topic' }, Endpoint: { Ref: 'Topic' } } }])),
  })],
  ['a chain of a thousand names', resources(Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`Q${index}`, queue({ QueueName: { Ref: `Q${index + 1}` } })])))],
])('%s is checked', async (_, template) => {
  const { status, err } = await runCli(['check', path.join(folder({ 'a.json': template }), 'a.json')]);
  expect({ status: status < 2, err }).toEqual({ status: true, err: '' });
});

const deep = (open: string, inner: string, close: string, depth: number) => `${open.repeat(depth)}${inner}${close.repeat(depth)}`;

test.each<[string, string, string, RegExp | undefined]>([
  ['lists in lists, in JSON', 'a.json', `{ "Resources": { "A": { "Type": "AWS::SQS::Queue", "Properties": ${deep('[', '1', ']', 100_000)} } } }`, undefined],
  ['objects in objects, in JSON', 'a.json', `{ "Resources": { "A": { "Type": "AWS::SQS::Queue", "Properties": ${deep('{"a":', '1', '}', 50_000)} } } }`, undefined],
  ['functions of functions', 'a.json', `{ "Resources": { "A": { "Type": "AWS::SQS::Queue", "Properties": { "QueueName": ${deep('{"Fn::Join":["",[', '"x"', ']]}', 50_000)} } } } }`, undefined],
  ['conditions of conditions', 'a.json', `{ "Conditions": { "C": ${deep('{"Fn::Not":[', '{"Condition":"C"}', ']}', 50_000)} }, "Resources": { "A": { "Type": "AWS::SQS::Queue", "Condition": "C" } } }`, undefined],
  ['lists in lists, in SAM', 'a.json', `{ "Transform": "AWS::Serverless-2016-10-31", "Globals": { "Function": ${deep('{"a":', '1', '}', 100_000)} }, "Resources": { "A": { "Type": "AWS::Serverless::Function", "Properties": ${deep('{"a":', '1', '}', 100_000)} } } }`, undefined],
  ['lists in lists, in YAML', 'a.yaml', `Resources: ${deep('[', '1', ']', 50_000)}`, /nested too deep/],
  ['short forms of short forms', 'a.yaml', `Resources: { A: ${'!Join [x, '.repeat(20_000)}1${']'.repeat(20_000)} }`, /nested too deep/],
  ['aliases of aliases', 'a.yaml', `x0: &x0 a\n${Array.from({ length: 30 }, (_, index) => `x${index + 1}: &x${index + 1} [${Array(10).fill(`*x${index}`).join(', ')}]`).join('\n')}\nResources: *x30\n`, /aliases/],
  ['many keys', 'a.yaml', `Resources:\n${Array.from({ length: 5_000 }, (_, index) => `  Q${index}: { Type: AWS::SQS::Queue }`).join('\n')}\n`, undefined],
  ['many aliases', 'a.yaml', `A: &a { Type: AWS::SQS::Queue }\nResources:\n${Array.from({ length: 5_000 }, (_, index) => `  Q${index}: *a`).join('\n')}\n`, undefined],
  ['zeros', 'a.yaml', '\0'.repeat(1_000), /no template/],
])('%s are checked, or said to be unreadable', async (_, name, text, message) => {
  const { status, err } = await runCli(['check', path.join(folder({ [name]: text }), name)]);
  expect(err).toMatch(message ?? /^$/);
  expect(status === 2).toBe(message !== undefined);
});
