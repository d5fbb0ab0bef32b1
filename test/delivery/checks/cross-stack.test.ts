import type { Resources } from './check-defects';
import { checkTemplates } from '../../../src/delivery/checks';
import type { TemplateInput } from '../../../src/delivery/template/app';

const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const POLICY = { deadLetterTargetArn: 'arn:aws:sqs:eu-west-1:111122223333:other', maxReceiveCount: 5 };

/** A queue of one stack. */
const SHOP = {
  Resources: {
    Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'orders', VisibilityTimeout: 60, RedrivePolicy: POLICY } },
    Name: { Type: 'AWS::SSM::Parameter', Properties: { Name: '/shop/queue', Type: 'String', Value: arnOf('Queue') } },
  },
  Outputs: { QueueArn: { Value: arnOf('Queue'), Export: { Name: 'orders' } } },
};

/** What is found where an event source of another stack names the queue. */
function foundBy(name: unknown, here: Partial<TemplateInput> = {}, there: Partial<TemplateInput> = {}, template: object = {}): string[] {
  const Resources: Resources = {
    Handler: { Type: 'AWS::Lambda::Function', Properties: { Timeout: 10, Role: 'arn:aws:iam::111122223333:role/Handler' } },
    EventSource: {
      Type: 'AWS::Lambda::EventSourceMapping', Properties: { EventSourceArn: name, FunctionName: { Ref: 'Handler' }, ScalingConfig: { MaximumConcurrency: 10 } },
    },
  };
  const inputs: TemplateInput[] = [{ stack: 'Shop', template: SHOP, ...there }, { stack: 'Orders', template: { Resources, ...template }, ...here }];
  return checkTemplates(inputs).filter(({ id }) => id === 'crossStackReferenceWeak').map(({ at, what }) => `${at.logicalId}: ${what}`);
}

const found = (by: string) => [
  `EventSource: event source 'Orders/EventSource' names 'Shop/Queue' of stack 'Shop' by ${by}, so CloudFormation would let that be deleted or replaced, and what is delivered afterwards is lost`,
];

const LITERAL = { 'Fn::Sub': 'arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:orders' };

test.each<[string, unknown, string]>([
  ['an ARN with its name', LITERAL, 'its literal name or ARN'],
  ['an ARN that is joined', { 'Fn::Join': [':', ['arn:aws:sqs', { Ref: 'AWS::Region' }, { Ref: 'AWS::AccountId' }, 'orders']] }, 'its literal name or ARN'],
  ['an ARN with a value of its own', { 'Fn::Sub': ['arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:${Name}', { Name: 'orders' }] }, 'its literal name or ARN'],
  ['an output that is not exported', { 'Fn::GetStackOutput': { StackName: 'Shop', OutputName: 'QueueArn' } }, 'Fn::GetStackOutput'],
  ['a dynamic reference', '{{resolve:ssm:/shop/queue}}', 'a parameter of Systems Manager'],
  ['a dynamic reference with a version', '{{resolve:ssm:/shop/queue:3}}', 'a parameter of Systems Manager'],
])('a queue of another stack is named by %s', (_, name, by) => {
  expect(foundBy(name)).toEqual(found(by));
});

test('a queue of another stack is named by the value of a parameter', () => {
  const Parameters = { Queue: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/shop/queue' }, Other: { Type: 'String', Default: '/shop/queue' } };
  expect(foundBy({ Ref: 'Queue' }, {}, {}, { Parameters })).toEqual(found('a parameter of Systems Manager'));
  expect(foundBy({ Ref: 'Other' }, {}, {}, { Parameters })).toEqual([]);
});

test.each<[string, unknown]>([
  ['an export', { 'Fn::ImportValue': 'orders' }],
  ['an export in an ARN', { 'Fn::Sub': ['${Arn}', { Arn: { 'Fn::ImportValue': 'orders' } }] }],
  ['what only the deployment knows', { Ref: 'QueueArn' }],
  ['a resource of its own', { 'Fn::Sub': '${Custom.QueueArn}' }],
  ['a queue of another app', 'arn:aws:sqs:eu-west-1:111122223333:orders'],
  ['a dynamic reference to another app', '{{resolve:ssm:/other/queue}}'],
  ['a secret', '{{resolve:ssm-secure:/shop/queue}}'],
])('nothing is found for %s', (_, name) => {
  expect(foundBy(name)).toEqual([]);
});

test('what another account or region has cannot be imported', () => {
  const [here, arn] = [{ account: '111122223333', region: 'eu-west-1' }, 'arn:aws:sqs:eu-west-1:111122223333:orders'];
  expect(foundBy(arn, here, here)).toEqual(found('its literal name or ARN'));
  expect(foundBy(arn, { ...here, region: 'us-east-1' }, here)).toEqual([]);
  expect(foundBy(arn, { ...here, account: '444455556666' }, here)).toEqual([]);
});

test('what the template itself has is not weak', () => {
  const { Queue } = SHOP.Resources;
  expect(foundBy('arn:aws:sqs:eu-west-1:111122223333:own', { account: '111122223333', region: 'eu-west-1' }, {}, {
    Resources: {
      Own: { ...Queue, Properties: { ...Queue.Properties, QueueName: 'own' } },
      Handler: { Type: 'AWS::Lambda::Function', Properties: {} },
      EventSource: { Type: 'AWS::Lambda::EventSourceMapping', Properties: { EventSourceArn: 'arn:aws:sqs:eu-west-1:111122223333:own', FunctionName: { Ref: 'Handler' } } },
    },
  })).toEqual([]);
});

test('what a nested stack is given is known to CloudFormation', () => {
  const Child = { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: 'https://example.com/child', Parameters: { QueueArn: { 'Fn::ImportValue': 'orders' } } } };
  const Resources = {
    Handler: { Type: 'AWS::Lambda::Function', Properties: { Timeout: 10, Role: 'arn:aws:iam::111122223333:role/Handler' } },
    EventSource: { Type: 'AWS::Lambda::EventSourceMapping', Properties: { EventSourceArn: { Ref: 'QueueArn' }, FunctionName: { Ref: 'Handler' } } },
  };
  const problems = checkTemplates([
    { stack: 'Shop', template: SHOP },
    { stack: 'Parent', template: { Resources: { Child } } },
    { stack: 'Parent/Child', template: { Parameters: { QueueArn: { Type: 'String' } }, Resources }, nestedIn: { stack: 'Parent', logicalId: 'Child' } },
  ]);
  expect(problems.map(({ id }) => id)).not.toContain('crossStackReferenceWeak');
});

test('a queue and its dead-letter queue of another stack are told of once', () => {
  const Resources = {
    First: { Type: 'AWS::SQS::Queue', Properties: { RedrivePolicy: { deadLetterTargetArn: LITERAL, maxReceiveCount: 5 } } },
    Second: { Type: 'AWS::SQS::Queue', Properties: { RedrivePolicy: { deadLetterTargetArn: { 'Fn::ImportValue': 'orders' }, maxReceiveCount: 5 } } },
  };
  const problems = checkTemplates([{ stack: 'Shop', template: SHOP }, { stack: 'Orders', template: { Resources } }]).filter(({ id }) => id === 'crossStackReferenceWeak');
  expect(problems.map(({ at, severity }) => `${at.logicalId} ${severity}`)).toEqual(['First note']);
});
