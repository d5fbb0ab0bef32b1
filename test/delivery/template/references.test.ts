import { TemplateApp } from '../../../src/delivery/template/app';
import { ofPhysicalId, physicalIdSymbol, splitAt } from '../../../src/delivery/template/symbols';

/** What a value of stack `Reader` is, beside stack `Shop` with some resources and an output. */
function evaluated(value: unknown): unknown {
  const Resources = {
    Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'shop' } },
    Rule: { Type: 'AWS::Events::Rule', Properties: { EventBusName: { 'Fn::GetAtt': ['Bus', 'Arn'] }, Name: 'sold' } },
    Default: { Type: 'AWS::Events::Rule', Properties: { EventBusName: 'default', Name: 'hourly' } },
    Unstated: { Type: 'AWS::Events::Rule', Properties: {} },
    Reader: { Type: 'AWS::SSM::Parameter', Properties: { Value: value } },
  };
  const app = new TemplateApp([
    { stack: 'Reader', template: { Resources } },
    { stack: 'Shop', template: { Resources: { Queue: { Type: 'AWS::SQS::Queue' } }, Outputs: { QueueArn: { Value: { 'Fn::GetAtt': ['Queue', 'Arn'] } } } } },
  ]);
  const [reader] = app.ofType('AWS::SSM::Parameter');
  return reader?.props.value('Value');
}

test.each<[string, unknown, unknown]>([
  ['the Ref of a rule of a custom bus', { Ref: 'Rule' }, 'shop|sold'],
  ['its ARN', { 'Fn::GetAtt': ['Rule', 'Arn'] }, 'arn:aws:events:⟦Region⟧:⟦Account⟧:rule/shop/sold'],
  ['its name in its Ref', { 'Fn::Select': [1, { 'Fn::Split': ['|', { Ref: 'Rule' }] }] }, 'sold'],
  ['the Ref of a rule of the default bus', { Ref: 'Default' }, 'hourly'],
  ['the ARN of a rule of the default bus', { 'Fn::GetAtt': ['Default', 'Arn'] }, 'arn:aws:events:⟦Region⟧:⟦Account⟧:rule/hourly'],
  ['the Ref of a rule without a bus', { Ref: 'Unstated' }, physicalIdSymbol('Reader', 'Unstated')],
  ['an output of another stack', { 'Fn::GetStackOutput': { StackName: 'Shop', OutputName: 'QueueArn' } }, `arn:aws:sqs:⟦Region⟧:⟦Account⟧:${physicalIdSymbol('Shop', 'Queue')}`],
  ['one that it has not', { 'Fn::GetStackOutput': { StackName: 'Shop', OutputName: 'Other' } }, '⟪Reader|Fn..GetStackOutput.StackName.Shop,OutputName.Other⟫'],
  ['one of a stack that is not known', { 'Fn::GetStackOutput': { StackName: { Ref: 'Name' }, OutputName: 'A' } }, expect.stringMatching(/^⟪/)],
  ['one without a name', { 'Fn::GetStackOutput': { StackName: 'Shop' } }, expect.stringMatching(/^⟪/)],
])('%s', (_, value, result) => {
  expect(evaluated(value)).toEqual(result);
});

test('properties can be read as they are written', () => {
  const Properties = { QueueName: { 'Fn::Sub': 'orders' } };
  const [queue] = new TemplateApp([{ stack: 'Shop', template: { Resources: { Queue: { Type: 'AWS::SQS::Queue', Properties } } } }]).resources;
  expect(queue?.written).toEqual(Properties);
});

test('a physical id says of which resource it is', () => {
  expect(ofPhysicalId(physicalIdSymbol('Shop', 'Queue'))).toEqual({ stack: 'Shop', logicalId: 'Queue' });
  expect(['Queue', `${physicalIdSymbol('Shop', 'Queue')}x`, `x${physicalIdSymbol('Shop', 'Queue')}`, '⟦Region⟧'].map(ofPhysicalId)).toEqual([undefined, undefined, undefined, undefined]);
});

test.each<[string, string, string[]]>([
  ['|', 'a|b', ['a', 'b']],
  ['|', `${physicalIdSymbol('S', 'A')}|${physicalIdSymbol('S', 'B')}`, [physicalIdSymbol('S', 'A'), physicalIdSymbol('S', 'B')]],
  [':', 'arn:⟦Region⟧', ['arn', '⟦Region⟧']],
  [',', '', ['']],
])('split at %s: %s', (delimiter, text, parts) => {
  expect(splitAt(delimiter, text)).toEqual(parts);
});
