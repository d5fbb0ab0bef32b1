import type { TemplateInput } from '../../../src/delivery/template/app';
import { TemplateApp } from '../../../src/delivery/template/app';

const queue = { Type: 'AWS::SQS::Queue' };
const appOf = (...inputs: readonly TemplateInput[]) => new TemplateApp(inputs);
const found = (app: TemplateApp, expression: unknown, ...types: readonly string[]) => {
  const text = app.stacks.at(-1)!.evaluate(expression);
  const resource = app.find(String(text), ...types);
  return resource && `${resource.stack.name} ${resource.logicalId}`;
};
const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });

describe('a resource is found', () => {
  const template = { Resources: { Queue: queue, Named: { ...queue, Properties: { QueueName: 'orders' } }, Handler: { Type: 'AWS::Lambda::Function', Properties: { FunctionName: 'orders' } } } };
  const app = appOf({ stack: 'Shop', template, account: '111122223333', region: 'eu-west-1' });

  test.each<[string, unknown, string[], string | undefined]>([
    ['by its ARN', arnOf('Queue'), [], 'Shop Queue'],
    ['by the URL of a queue', { Ref: 'Queue' }, [], 'Shop Queue'],
    ['by an ARN with its name', 'arn:aws:sqs:eu-west-1:111122223333:orders', [], 'Shop Named'],
    ['not by the ARN of another place', 'arn:aws:sqs:us-east-1:111122223333:orders', [], undefined],
    ['by its name and type', 'orders', ['AWS::Lambda::Function'], 'Shop Handler'],
    ['by its name and one of several types', 'orders', ['AWS::Lambda::Alias', 'AWS::Lambda::Function'], 'Shop Handler'],
    ['not by its name alone', 'orders', [], undefined],
    ['not if it is of another type', arnOf('Queue'), ['AWS::SNS::Topic'], undefined],
    ['not by what refers to nothing', 'arn:aws:sqs:eu-west-1:111122223333:none', [], undefined],
  ])('%s', (_, expression, types, expected) => {
    expect(found(app, expression, ...types)).toBe(expected);
  });

  test('not by nothing', () => {
    expect(app.find(undefined)).toBeUndefined();
  });

  test('not where two have one name', () => {
    const two = { Resources: { A: { ...queue, Properties: { QueueName: 'orders' } }, B: { ...queue, Properties: { QueueName: 'orders' } } } };
    expect(found(appOf({ stack: 'Shop', template: two }), arnOf('A'))).toBeUndefined();
  });

  test('by its type', () => {
    expect(app.ofType('AWS::SQS::Queue', 'AWS::Lambda::Function').map(({ logicalId }) => logicalId)).toEqual(['Queue', 'Named', 'Handler']);
    expect(app.ofType('AWS::SNS::Topic')).toEqual([]);
  });
});

describe('across stacks, a resource is found', () => {
  test('by an export', () => {
    const producer = { Resources: { Queue: queue }, Outputs: { Arn: { Value: arnOf('Queue'), Export: { Name: { 'Fn::Sub': '${AWS::StackName}:arn' } } } } };
    expect(found(appOf({ stack: 'A', template: producer }, { stack: 'B', template: {} }), { 'Fn::ImportValue': 'A:arn' })).toBe('A Queue');
  });

  test('by a parameter of a nested stack', () => {
    const parent = { Resources: { Queue: queue, Nested: { Type: 'AWS::CloudFormation::Stack', Properties: { Parameters: { Arn: arnOf('Queue'), List: 'a,b' } } } } };
    const nested = { Parameters: { Arn: { Type: 'String' }, List: { Type: 'CommaDelimitedList' }, Other: { Type: 'String' } } };
    const app = appOf({ stack: 'A', template: parent, region: 'eu-west-1', account: '111122223333' }, { stack: 'A-Nested', template: nested, nestedIn: { stack: 'A', logicalId: 'Nested' } });
    expect(found(app, { Ref: 'Arn' })).toBe('A Queue');
    expect(app.stacks[1]!.evaluate({ 'Fn::Select': [1, { Ref: 'List' }] })).toBe('b');
    expect(app.stacks[1]!.region).toBe('eu-west-1');
    expect(app.stacks[1]!.account).toBe('111122223333');
  });

  test('by an output of a nested stack', () => {
    const nested = { Resources: { Queue: queue }, Outputs: { Arn: { Value: arnOf('Queue') } } };
    const parent = { Resources: { Nested: { Type: 'AWS::CloudFormation::Stack' } } };
    const app = appOf({ stack: 'Nested', template: nested, nestedIn: { stack: 'A', logicalId: 'Nested' } }, { stack: 'A', template: parent });
    expect(found(app, { 'Fn::GetAtt': ['Nested', 'Outputs.Arn'] })).toBe('Nested Queue');
    expect(found(app, { 'Fn::GetAtt': ['Nested', 'Outputs.Other'] })).toBeUndefined();
  });

  test('what refers to itself is unknown', () => {
    const template = {
      Resources: {
        Queue: { ...queue, Properties: { QueueName: { 'Fn::GetAtt': ['Queue', 'QueueName'] } } },
        Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: arnOf('Topic') } },
      },
      Outputs: { Loop: { Value: { 'Fn::ImportValue': 'loop' }, Export: { Name: 'loop' } } },
    };
    const app = appOf({ stack: 'A', template });
    expect(found(app, { 'Fn::ImportValue': 'loop' })).toBeUndefined();
    expect(found(app, arnOf('Queue'))).toBe('A Queue');
    expect(app.stacks[0]!.evaluate(arnOf('Queue'))).toBe('arn:aws:sqs:⟦Region⟧:⟦Account⟧:⟨A|Queue⟩');
    expect(app.stacks[0]!.evaluate(arnOf('Topic'))).toBe('⟨A|Topic⟩.Arn');
  });
});

describe('a resource', () => {
  const [stack] = appOf({
    stack: 'Shop',
    paths: new Map([['Third', 'Shop/Third/Resource']]),
    template: {
      Conditions: { No: { 'Fn::Equals': ['a', 'b'] }, Perhaps: { 'Fn::Equals': [{ Ref: 'P' }, 'b'] } },
      Resources: {
        'First': { ...queue, DeletionPolicy: 'Retain', Metadata: { 'aws:cdk:path': 'Shop/First/Resource' } },
        'Second': { ...queue, Condition: 'Perhaps' },
        'Third': queue,
        'Never': { ...queue, Condition: 'No' },
        'Broken': null,
        'Untyped': {},
        'Fn::ForEach::Loop': [],
      },
    },
  }).stacks;

  test('that a condition leaves out is none, nor is what has no type', () => {
    expect([...stack!.resources.keys()]).toEqual(['First', 'Second', 'Third']);
    expect([...stack!.resources.values()].map(({ conditional, order }) => [conditional, order])).toEqual([[false, 0], [true, 1], [false, 2]]);
  });

  test('has a path', () => {
    expect([...stack!.resources.values()].map(({ path }) => path)).toEqual(['Shop/First', 'Shop/Second', 'Shop/Third']);
  });

  test('has attributes', () => {
    expect(stack!.resources.get('First')!.attributes.text('DeletionPolicy')).toBe('Retain');
    expect(stack!.resources.get('First')!.props.names()).toEqual([]);
  });
});

test.each<[string, unknown, boolean]>([
  ['a plain template', { Resources: { Queue: queue } }, false],
  ['one with a transform', { Transform: 'AWS::Serverless-2016-10-31' }, true],
  ['one with a loop', { Resources: { 'Fn::ForEach::Loop': [] } }, true],
  ['no template', null, false],
  ['a list', [], false],
  ['a text', 'Resources', false],
])('%s: more is deployed than it says: %p', (_, template, expected) => {
  const app = appOf({ stack: 'Shop', template });
  expect(app.stacks[0]!.incomplete).toBe(expected);
  expect(app.resources.length).toBeLessThanOrEqual(1);
});
