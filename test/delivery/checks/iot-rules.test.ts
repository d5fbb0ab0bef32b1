import type { Resources } from './check-defects';
import { checkDefects, found } from './check-defects';
import { graphOf } from '../../../src/delivery/checks';

const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const payload = ({ Rule }: Resources) => Rule!.Properties.TopicRulePayload;

const role = (action: string | string[], resource: unknown) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'iot.amazonaws.com' } }] },
    Policies: [{ PolicyName: 'Policy', PolicyDocument: { Statement: [{ Effect: 'Allow', Action: action, Resource: resource }] } }],
  },
});

/** A rule that gives what devices publish to a function and a queue, and what failed to another queue. */
const clean = (): Resources => ({
  Handler: {
    Type: 'AWS::Lambda::Function',
    Properties: { Timeout: 30, Role: 'arn:aws:iam::111122223333:role/Handler', DeadLetterConfig: { TargetArn: 'arn:aws:sqs:eu-west-1:111122223333:dead' } },
  },
  Permission: { Type: 'AWS::Lambda::Permission', Properties: { FunctionName: { Ref: 'Handler' }, Action: 'lambda:InvokeFunction', Principal: 'iot.amazonaws.com', SourceArn: arnOf('Rule') } },
  Queue: { Type: 'AWS::SQS::Queue', Properties: { RedrivePolicy: { deadLetterTargetArn: 'arn:aws:sqs:eu-west-1:111122223333:dead', maxReceiveCount: 5 } } },
  Failed: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1209600 } },
  Role: role('sqs:SendMessage', arnOf('Queue')),
  FailedRole: role('sqs:SendMessage', arnOf('Failed')),
  Alarm: {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: { Namespace: 'AWS/SQS', MetricName: 'ApproximateNumberOfMessagesVisible', Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': ['Failed', 'QueueName'] } }] },
  },
  Rule: {
    Type: 'AWS::IoT::TopicRule',
    Properties: {
      TopicRulePayload: {
        Sql: "SELECT * FROM 'sensors/+'",
        Actions: [{ Lambda: { FunctionArn: arnOf('Handler') } }, { Sqs: { QueueUrl: { Ref: 'Queue' }, RoleArn: arnOf('Role') } }],
        ErrorAction: { Sqs: { QueueUrl: { Ref: 'Failed' }, RoleArn: arnOf('FailedRole') } },
      },
    },
  },
});

checkDefects(clean, {
  iotRuleWithoutErrorAction: {
    breaks: { none: (resources) => { delete payload(resources).ErrorAction; delete resources.Failed; } },
    keeps: {
      'one that only a parameter says': (resources) => { payload(resources).ErrorAction = { Ref: 'P' }; delete resources.Failed; },
      'a rule that is off': (resources) => { delete payload(resources).ErrorAction; delete resources.Failed; payload(resources).RuleDisabled = true; },
      'a rule without actions': (resources) => { delete payload(resources).ErrorAction; delete resources.Failed; payload(resources).Actions = []; },
      'actions that only a parameter says': (resources) => { delete payload(resources).ErrorAction; delete resources.Failed; payload(resources).Actions = { Ref: 'P' }; },
    },
  },
  deliveryNotAllowed: {
    breaks: {
      'a function that does not let AWS IoT in': (resources) => { delete resources.Permission; },
      'a function that lets another rule in': ({ Permission }) => { Permission!.Properties.SourceArn = 'arn:aws:iot:eu-west-1:111122223333:rule/other'; },
      'a role that may not send': (resources) => { resources.Role = role('sqs:ReceiveMessage', '*'); },
      'a role of the error action that may not send': (resources) => { resources.FailedRole = role('sqs:ReceiveMessage', '*'); },
    },
  },
  roleNotAssumable: { breaks: { 'a role of another service': ({ Role }) => { Role!.Properties.AssumeRolePolicyDocument.Statement[0].Principal.Service = 'lambda.amazonaws.com'; } } },
  deadLettersUnwatched: { breaks: { 'failures that nobody looks at': (resources) => { delete resources.Alarm; } } },
  deadLettersExpireEarly: { breaks: { 'failures that are kept for a minute': ({ Failed }) => { Failed!.Properties.MessageRetentionPeriod = 60; } } },
  asynchronousInvocationWithoutDestination: { breaks: { 'events that the function fails on': ({ Handler }) => { delete Handler!.Properties.DeadLetterConfig; } } },
  functionTimeoutUnset: { breaks: { 'a function with the default timeout': ({ Handler }) => { delete Handler!.Properties.Timeout; } } },
  queueSetsNothingAside: { breaks: { 'a queue that sets nothing aside': ({ Queue }) => { delete Queue!.Properties.RedrivePolicy; } } },
});

test.each([
  ['Sns', { TargetArn: { Ref: 'To' } }, 'AWS::SNS::Topic'],
  ['Kinesis', { StreamName: { Ref: 'To' } }, 'AWS::Kinesis::Stream'],
  ['Firehose', { DeliveryStreamName: { Ref: 'To' } }, 'AWS::KinesisFirehose::DeliveryStream'],
  ['S3', { BucketName: { Ref: 'To' } }, 'AWS::S3::Bucket'],
  ['DynamoDB', { TableName: { Ref: 'To' } }, 'AWS::DynamoDB::Table'],
  ['DynamoDBv2', { PutItem: { TableName: { Ref: 'To' } } }, 'AWS::DynamoDB::Table'],
  ['StepFunctions', { StateMachineName: { 'Fn::GetAtt': ['To', 'Name'] } }, 'AWS::StepFunctions::StateMachine'],
])('the action %s delivers', (name, action, type) => {
  const rule = { Type: 'AWS::IoT::TopicRule', Properties: { TopicRulePayload: { Actions: [{ [name]: { ...action, RoleArn: 'arn:aws:iam::111122223333:role/r' } }] } } };
  const [hop] = graphOf([{ stack: 'Stack', template: { Resources: { Rule: rule, To: { Type: type } } } }]).hopsOf('iotRule');
  expect(hop).toMatchObject({ name: "action 0 of IoT rule 'Stack/Rule'", service: 'iot.amazonaws.com', role: 'arn:aws:iam::111122223333:role/r', deadLetters: 'none' });
  expect(hop?.to.resource?.logicalId).toBe('To');
});

test('an action that delivers to nothing that is known is no delivery', () => {
  const actions: object[] = [{ Republish: { Topic: 'a', RoleArn: 'arn:aws:iam::111122223333:role/r' } }, {}, { toString: {} }];
  const rule = { Type: 'AWS::IoT::TopicRule', Properties: { TopicRulePayload: { Actions: actions, ErrorAction: { CloudwatchLogs: {} } } } };
  expect(graphOf([{ stack: 'Stack', template: { Resources: { Rule: rule } } }]).hopsOf('iotRule')).toEqual([]);
  expect(found({ Rule: rule })).toEqual([]);
});
