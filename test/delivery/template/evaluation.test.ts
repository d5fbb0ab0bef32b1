import { TemplateApp } from '../../../src/delivery/template/app';
import { isLiteral, isUnknown, shown } from '../../../src/delivery/template/symbols';

/** The value of an expression in a stack of which the rest of the template is given. */
function evaluate(expression: unknown, template: object = {}, place: { readonly account?: string; readonly region?: string } = {}): unknown {
  const [stack] = new TemplateApp([{ stack: 'Shop', template, ...place }]).stacks;
  return stack!.evaluate(expression);
}

const resources = {
  Resources: {
    Queue: { Type: 'AWS::SQS::Queue' },
    Named: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'orders' } },
    Topic: { Type: 'AWS::SNS::Topic' },
    Handler: { Type: 'AWS::Lambda::Function' },
    Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Handler' } } },
    Live: { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { 'Fn::GetAtt': ['Handler', 'Arn'] }, Name: 'live' } },
    Unnamed: { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: 'Handler' } } },
    Machine: { Type: 'AWS::StepFunctions::StateMachine' },
    MachineUnnamed: { Type: 'AWS::StepFunctions::StateMachineAlias', Properties: { StateMachineArn: { Ref: 'Machine' } } },
    MachineAlias: { Type: 'AWS::StepFunctions::StateMachineAlias', Properties: { Name: 'live' } },
    MachineVersion: { Type: 'AWS::StepFunctions::StateMachineVersion', Properties: { StateMachineArn: { Ref: 'Machine' } } },
    Table: { Type: 'AWS::DynamoDB::Table' },
    Stream: { Type: 'AWS::Kinesis::Stream' },
    Consumer: { Type: 'AWS::Kinesis::StreamConsumer', Properties: { StreamARN: { 'Fn::GetAtt': ['Stream', 'Arn'] } } },
    Rule: { Type: 'AWS::Events::Rule' },
    RuleOfBus: { Type: 'AWS::Events::Rule', Properties: { Name: 'paid', EventBusName: 'shop' } },
    Thing: { Type: 'Custom::Thing' },
  },
};

describe('a reference', () => {
  const place = { account: '111122223333', region: 'eu-west-1' };
  const arn = (attribute: string) => ({ 'Fn::GetAtt': attribute.split(/\.(.*)/).slice(0, 2) });

  test.each<[string, unknown, string]>([
    ['to a queue is its URL', { Ref: 'Named' }, 'https://sqs.eu-west-1.amazonaws.com/111122223333/orders'],
    ['to the ARN of a queue', arn('Named.Arn'), 'arn:aws:sqs:eu-west-1:111122223333:orders'],
    ['to the name of a queue', arn('Named.QueueName'), 'orders'],
    ['to a queue without a name', arn('Queue.Arn'), 'arn:aws:sqs:eu-west-1:111122223333:⟨Shop|Queue⟩'],
    ['in the form of YAML', { 'Fn::GetAtt': 'Queue.Arn' }, 'arn:aws:sqs:eu-west-1:111122223333:⟨Shop|Queue⟩'],
    ['to a topic is its ARN', { Ref: 'Topic' }, 'arn:aws:sns:eu-west-1:111122223333:⟨Shop|Topic⟩'],
    ['to the ARN of a topic', arn('Topic.TopicArn'), 'arn:aws:sns:eu-west-1:111122223333:⟨Shop|Topic⟩'],
    ['to a function is its name', { Ref: 'Handler' }, '⟨Shop|Handler⟩'],
    ['to a version', { Ref: 'Version' }, 'arn:aws:lambda:eu-west-1:111122223333:function:⟨Shop|Handler⟩:⟨Shop|Version⟩'],
    ['to the number of a version', arn('Version.Version'), '⟨Shop|Version⟩'],
    ['to an alias', { Ref: 'Live' }, 'arn:aws:lambda:eu-west-1:111122223333:function:⟨Shop|Handler⟩:live'],
    ['to an alias without a name', { Ref: 'Unnamed' }, 'arn:aws:lambda:eu-west-1:111122223333:function:⟨Shop|Handler⟩:⟨Shop|Unnamed⟩'],
    ['to a state machine', { Ref: 'Machine' }, 'arn:aws:states:eu-west-1:111122223333:stateMachine:⟨Shop|Machine⟩'],
    ['to a version of one', { Ref: 'MachineVersion' }, 'arn:aws:states:eu-west-1:111122223333:stateMachine:⟨Shop|Machine⟩:⟨Shop|MachineVersion⟩'],
    ['to an alias of one, without a name', { Ref: 'MachineUnnamed' }, 'arn:aws:states:eu-west-1:111122223333:stateMachine:⟨Shop|Machine⟩:⟨Shop|MachineUnnamed⟩'],
    ['to an alias of one that is not known', { Ref: 'MachineAlias' }, '⟨Shop|MachineAlias⟩:live'],
    ['to the stream of a table', arn('Table.StreamArn'), 'arn:aws:dynamodb:eu-west-1:111122223333:table/⟨Shop|Table⟩/stream/⟨Shop|Table⟩'],
    ['to a consumer of a stream', { Ref: 'Consumer' }, 'arn:aws:kinesis:eu-west-1:111122223333:stream/⟨Shop|Stream⟩/consumer/⟨Shop|Consumer⟩'],
    ['to a rule', arn('Rule.Arn'), 'arn:aws:events:eu-west-1:111122223333:rule/⟨Shop|Rule⟩'],
    ['to a rule of a bus', arn('RuleOfBus.Arn'), 'arn:aws:events:eu-west-1:111122223333:rule/shop/paid'],
    ['to an attribute of something else', arn('Thing.Some.Attribute'), '⟨Shop|Thing⟩.Some.Attribute'],
    ['to something else', { Ref: 'Thing' }, '⟨Shop|Thing⟩'],
    ['to the region', { Ref: 'AWS::Region' }, 'eu-west-1'],
    ['to the account', { Ref: 'AWS::AccountId' }, '111122223333'],
    ['to the partition', { Ref: 'AWS::Partition' }, 'aws'],
    ['to the suffix of addresses', { Ref: 'AWS::URLSuffix' }, 'amazonaws.com'],
    ['to the name of the stack', { Ref: 'AWS::StackName' }, 'Shop'],
  ])('%s', (_, expression, expected) => {
    expect(evaluate(expression, resources, place)).toBe(expected);
  });

  test('to where a stack is, if nobody says so, is the same in all stacks', () => {
    expect(evaluate({ 'Fn::Sub': '${AWS::Region} ${AWS::AccountId}' })).toBe('⟦Region⟧ ⟦Account⟧');
    expect(evaluate({ Ref: 'Queue' }, resources)).toBe('https://sqs.⟦Region⟧.amazonaws.com/⟦Account⟧/⟨Shop|Queue⟩');
  });

  test.each([{ Ref: 'Nothing' }, { Ref: 1 }, { 'Fn::GetAtt': ['Nothing', 'Arn'] }, { 'Fn::GetAtt': 'Nothing' }, { 'Fn::GetAtt': null }, { 'Fn::GetAtt': [{}, []] }])('to nothing is unknown: %j', (expression) => {
    expect(isUnknown(evaluate(expression))).toBe(true);
  });
});

describe('a parameter', () => {
  test('is unknown, even with a default, and equal to itself', () => {
    const template = { Parameters: { Stage: { Type: 'String', Default: 'prod' } } };
    const [one, other] = [evaluate({ 'Fn::Sub': '${Stage}-orders' }, template), evaluate({ 'Fn::Join': ['-', [{ Ref: 'Stage' }, 'orders']] }, template)];
    expect(isUnknown(one)).toBe(true);
    expect(one).toBe(other);
    expect(shown(String(one))).toBe('${Stage}-orders');
  });
});

describe('an intrinsic function', () => {
  const template = {
    Mappings: { Sizes: { big: { memory: 1024 } } },
    Conditions: { Yes: { 'Fn::Equals': ['a', 'a'] }, No: { 'Fn::Not': [{ Condition: 'Yes' }] }, Perhaps: { 'Fn::Equals': [{ Ref: 'P' }, 'a'] } },
    Parameters: { P: { Type: 'String' } },
  };

  test.each<[string, unknown, unknown]>([
    ['joins', { 'Fn::Join': ['/', ['a', 1, true]] }, 'a/1/true'],
    ['joins what is split', { 'Fn::Join': ['+', { 'Fn::Split': ['/', 'a/b'] }] }, 'a+b'],
    ['splits and selects', { 'Fn::Select': [1, { 'Fn::Split': [':', 'a:b:c'] }] }, 'b'],
    ['selects by a text', { 'Fn::Select': ['1', ['a', 'b']] }, 'b'],
    ['substitutes', { 'Fn::Sub': ['${A}-${B}', { A: 'a', B: { 'Fn::Join': ['', ['b', 'c']] } }] }, 'a-bc'],
    ['substitutes without blanks', { 'Fn::Sub': ['${ A }', { A: 'a' }] }, 'a'],
    ['leaves what is escaped', { 'Fn::Sub': '${!A}' }, '${A}'],
    ['finds in a map', { 'Fn::FindInMap': ['Sizes', 'big', 'memory'] }, 1024],
    ['writes JSON', { 'Fn::ToJsonString': { a: [1, { 'Fn::Sub': 'b' }] } }, '{"a":[1,"b"]}'],
    ['takes the one branch', { 'Fn::If': ['Yes', 'a', 'b'] }, 'a'],
    ['takes the other branch', { 'Fn::If': ['No', 'a', 'b'] }, 'b'],
    ['takes either branch where both are equal', { 'Fn::If': ['Perhaps', { a: 1 }, { a: 1 }] }, { a: 1 }],
    ['leaves out what is no value', { a: { Ref: 'AWS::NoValue' }, b: [{ 'Fn::If': ['No', 1, { Ref: 'AWS::NoValue' }] }, 2] }, { b: [2] }],
    ['keeps what is plain', { a: [null, false, 0, ''] }, { a: [null, false, 0, ''] }],
  ])('%s', (_, expression, expected) => {
    expect(evaluate(expression, template)).toEqual(expected);
  });

  test.each<[string, unknown]>([
    ['a branch that a parameter decides', { 'Fn::If': ['Perhaps', 'a', 'b'] }],
    ['a branch that may be none', { 'Fn::If': ['Perhaps', 'a', { Ref: 'AWS::NoValue' }] }],
    ['a condition that is not there', { 'Fn::If': ['Nothing', 'a', 'b'] }],
    ['a map that is not there', { 'Fn::FindInMap': ['Nothing', 'a', 'b'] }],
    ['a key that a parameter says', { 'Fn::FindInMap': ['Sizes', { Ref: 'P' }, 'memory'] }],
    ['a member of the prototype', { 'Fn::FindInMap': ['Sizes', 'constructor', 'name'] }],
    ['a part of what is unknown', { 'Fn::Select': [0, { 'Fn::Split': [':', { Ref: 'P' }] }] }],
    ['a part that is not there', { 'Fn::Select': [5, ['a']] }],
    ['a join of objects', { 'Fn::Join': ['', [{ a: 1 }]] }],
    ['an import of another app', { 'Fn::ImportValue': 'other' }],
    ['a dynamic reference', '{{resolve:ssm:/a}}'],
    ['one within a text', { 'Fn::Sub': 'a-{{resolve:ssm:/a}}' }],
    ['a transform', { 'Fn::Transform': { Name: 'AWS::Include' } }],
    ['a transform beside properties', { 'a': 1, 'Fn::Transform': { Name: 'AWS::Include' } }],
    ['a function of which nobody has heard', { 'Fn::Guess': 1 }],
    ['zones', { 'Fn::GetAZs': '' }],
  ])('does not guess %s', (_, expression) => {
    expect(isUnknown(evaluate(expression, template))).toBe(true);
  });

  test('equal expressions have equal values, different ones need not', () => {
    const long = (last: string) => ({ 'Fn::If': ['Perhaps', 'a'.repeat(100), last] });
    const [stack] = new TemplateApp([{ stack: 'Shop', template }]).stacks;
    expect(stack!.evaluate(long('b'))).toBe(stack!.evaluate(long('b')));
    expect(stack!.evaluate(long('b'))).not.toBe(stack!.evaluate(long('c')));
  });
});

describe('a condition', () => {
  const holds = (condition: unknown) => {
    const [stack] = new TemplateApp([{ stack: 'Shop', template: { Conditions: { C: condition }, Resources: { R: { Type: 'T', Condition: 'C' } } } }]).stacks;
    const resource = stack!.resources.get('R');
    return resource === undefined ? false : resource.conditional ? undefined : true;
  };
  const [yes, no, perhaps] = [{ 'Fn::Equals': ['a', 'a'] }, { 'Fn::Equals': ['a', 'b'] }, { 'Fn::Equals': [{ Ref: 'P' }, 'a'] }];

  test.each<[unknown, boolean | undefined]>([
    [yes, true],
    [no, false],
    [perhaps, undefined],
    [{ 'Fn::Equals': [1, '1'] }, true],
    [{ 'Fn::Equals': [{ Ref: 'P' }, { Ref: 'P' }] }, true],
    [{ 'Fn::Equals': [{}, 'a'] }, undefined],
    [{ 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-west-1'] }, undefined],
    [{ 'Fn::Not': [yes] }, false],
    [{ 'Fn::Not': [perhaps] }, undefined],
    [{ 'Fn::And': [yes, yes] }, true],
    [{ 'Fn::And': [yes, no] }, false],
    [{ 'Fn::And': [perhaps, no] }, false],
    [{ 'Fn::And': [yes, perhaps] }, undefined],
    [{ 'Fn::Or': [no, no] }, false],
    [{ 'Fn::Or': [perhaps, yes] }, true],
    [{ 'Fn::Or': [no, perhaps] }, undefined],
    [{ 'Fn::Guess': [] }, undefined],
    [{ Condition: 'C' }, undefined],
    [null, undefined],
    ['text', undefined],
  ])('%j: %p', (condition, expected) => {
    expect(holds(condition)).toBe(expected);
  });
});

describe('hostile values', () => {
  const yes = { Conditions: { Yes: { 'Fn::Equals': ['a', 'a'] } } };
  const nested = (depth: number, around: (value: unknown) => unknown, value: unknown = 'a') => Array.from({ length: depth }).reduce((inner) => around(inner), value);

  test.each<[string, (value: unknown) => unknown]>([
    ['lists', (value) => [value]],
    ['objects', (value) => ({ a: value })],
    ['functions', (value) => ({ 'Fn::If': ['Yes', value, 'b'] })],
  ])('%s are evaluated that are 200 deep, and no deeper', (_, around) => {
    expect(JSON.stringify(evaluate(nested(200, around), yes))).not.toContain('too deep');
    expect(JSON.stringify(evaluate(nested(201, around), yes))).toContain('too deep');
  });

  test('conditions are evaluated that are 200 deep, and no deeper', () => {
    const holds = (condition: unknown) => new TemplateApp([{ stack: 'Shop', template: { Conditions: { C: condition } } }]).stacks[0]!.evaluate({ 'Fn::If': ['C', 'yes', 'no'] });
    const negated = (depth: number, sides: readonly string[]) => holds(nested(depth, (value) => ({ 'Fn::Not': [value] }), { 'Fn::Equals': sides }));
    expect(negated(198, ['a', 'b'])).toBe('no');
    expect(negated(199, ['a', 'b'])).toBe('yes');
    expect(isUnknown(negated(201, ['a', 'b']))).toBe(true);
  });

  test('a text is evaluated that is as long as a template may be, and no longer', () => {
    const join = (length: number) => evaluate({ 'Fn::Join': ['', ['a'.repeat(length - 1), 'b']] });
    expect(isUnknown(join(1_000_000))).toBe(false);
    expect(isUnknown(join(1_000_001))).toBe(true);
  });

  test('what is not known is called by its expression if that has up to 80 characters', () => {
    const guess = (length: number) => shown(String(evaluate({ 'Fn::Guess': 'a'.repeat(length - JSON.stringify({ 'Fn::Guess': '' }).length) })));
    expect(guess(80)).toContain('Fn..Guess.aaa');
    expect(guess(81)).toBe('${expression 0}');
  });

  test('what is too deep is unknown', () => {
    let value: unknown = 'a';
    for (let depth = 0; depth < 100_000; depth++) {
      value = depth % 2 === 0 ? [value] : { a: value };
    }
    expect(JSON.stringify(evaluate(value))).toContain('too deep');
    expect(isUnknown(evaluate({ 'Fn::Guess': value }))).toBe(true);
  });

  test('texts that contain each other again and again do not fill the memory', () => {
    const Parameters = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`P${index}`, { Type: 'String' }]));
    const inputs = Array.from({ length: 40 }, (_, index) => ({
      stack: `S${index}`,
      nestedIn: index === 0 ? undefined : { stack: `S${index - 1}`, logicalId: 'Nested' },
      template: { Parameters, Resources: { Nested: { Type: 'AWS::CloudFormation::Stack', Properties: { Parameters: { P0: index === 0 ? 'aaaaaaaaaa' : { 'Fn::Join': ['', [{ Ref: 'P0' }, { Ref: 'P0' }]] } } } } } },
    }));
    const value = String(new TemplateApp(inputs).stacks.at(-1)!.evaluate({ Ref: 'P0' }));
    expect(isUnknown(value)).toBe(true);
    expect(value.length).toBeLessThan(3_000_000);
  });

  test('nothing in a text is mistaken for a symbol', () => {
    expect(evaluate('⟪a⟫⟨b⟩⟦c⟧')).toBe('abc');
    expect(isLiteral(evaluate({ 'Fn::Sub': '⟪a⟫' }))).toBe(true);
  });

  test('names of the prototype are names', () => {
    const template = JSON.parse('{"Resources": {"__proto__": {"Type": "AWS::SQS::Queue"}, "constructor": {"Type": "AWS::SQS::Queue"}}}') as object;
    expect(evaluate({ Ref: 'constructor' }, template)).toContain('⟨Shop|constructor⟩');
    expect(isUnknown(evaluate({ Ref: 'toString' }, template))).toBe(true);
    expect(Object.hasOwn(evaluate(JSON.parse('{"__proto__": 1}')) as object, '__proto__')).toBe(true);
  });
});
