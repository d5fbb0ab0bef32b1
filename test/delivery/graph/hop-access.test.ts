import { graphOf } from '../../../src/delivery/checks';
import type { HopAccess } from '../../../src/delivery/graph/hop-access';
import { hopAccesses } from '../../../src/delivery/graph/hop-access';

const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const eventSource = (source: unknown) => ({ Type: 'AWS::Lambda::EventSourceMapping', Properties: { EventSourceArn: source, FunctionName: { Ref: 'Handler' } } });
const role = (service: string) => ({
  Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: { Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: service } } } },
});
const target = (Id: string, different: object = {}) => ({ Id, Arn: arnOf(Id), RoleArn: arnOf('RuleRole'), ...different });

/** Deliveries to and from encrypted resources, of which nobody is allowed anything. */
const RESOURCES = {
  Key: { Type: 'AWS::KMS::Key' },
  Queue: { Type: 'AWS::SQS::Queue', Properties: { KmsMasterKeyId: { Ref: 'Key' } } },
  TopicKey: { Type: 'AWS::KMS::Key' },
  Topic: { Type: 'AWS::SNS::Topic', Properties: { KmsMasterKeyId: { Ref: 'TopicKey' } } },
  // The default policy of a topic may let roles of its account publish.
  TopicPolicy: { Type: 'AWS::SNS::TopicPolicy', Properties: { Topics: [{ Ref: 'Topic' }], PolicyDocument: { Statement: [{ Effect: 'Deny', Principal: '*', Action: 'sns:Subscribe', Resource: '*' }] } } },
  Stream: { Type: 'AWS::Kinesis::Stream', Properties: { StreamEncryption: { EncryptionType: 'KMS', KeyId: { Ref: 'Key' } } } },
  Consumer: { Type: 'AWS::Kinesis::StreamConsumer', Properties: { ConsumerName: 'handler', StreamARN: arnOf('Stream') } },
  Table: { Type: 'AWS::DynamoDB::Table', Properties: { StreamSpecification: { StreamViewType: 'NEW_IMAGE' }, SSESpecification: { KMSMasterKeyId: { Ref: 'Key' } } } },
  Bucket: {
    Type: 'AWS::S3::Bucket',
    Properties: { BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: { Ref: 'Key' } } }] } },
  },
  Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'shop' } },
  HandlerRole: role('lambda.amazonaws.com'),
  Handler: { Type: 'AWS::Lambda::Function', Properties: { Role: arnOf('HandlerRole') } },
  FromQueue: eventSource(arnOf('Queue')),
  FromStream: eventSource(arnOf('Stream')),
  FromConsumer: eventSource({ Ref: 'Consumer' }),
  FromTable: eventSource({ 'Fn::GetAtt': ['Table', 'StreamArn'] }),
  DeliveryRole: role('firehose.amazonaws.com'),
  Delivery: {
    Type: 'AWS::KinesisFirehose::DeliveryStream', Properties: { ExtendedS3DestinationConfiguration: { BucketARN: arnOf('Bucket'), RoleARN: arnOf('DeliveryRole') } },
  },
  RuleRole: role('events.amazonaws.com'),
  Rule: {
    Type: 'AWS::Events::Rule',
    Properties: {
      EventPattern: { source: ['shop'] },
      Targets: [target('Queue'), target('Topic', { Arn: { Ref: 'Topic' } }), target('Handler'), target('Stream'), target('Bus'), target('Delivery')],
    },
  },
};

/** What each delivery is denied, as `Rule to Queue`. */
function deniedBy(part: keyof HopAccess): Record<string, readonly string[]> {
  const accesses = hopAccesses(graphOf([{ stack: 'Shop', template: { Resources: RESOURCES } }]));
  return Object.fromEntries(accesses.flatMap(([{ at, to }, { [part]: found }]) => {
    const access = found && 'access' in found ? found.access : found;
    return typeof access === 'object' ? [[`${at.logicalId} to ${to.resource?.logicalId}`, access.actions]] : [];
  }));
}

test('what it takes to read', () => {
  expect(deniedBy('read')).toEqual({
    'FromQueue to Handler': ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
    'FromStream to Handler': ['kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:DescribeStream'],
    'FromConsumer to Handler': ['kinesis:SubscribeToShard'],
    'FromTable to Handler': ['dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:DescribeStream'],
  });
  expect(deniedBy('readKey')).toEqual({
    'FromQueue to Handler': ['kms:Decrypt'], 'FromStream to Handler': ['kms:Decrypt'], 'FromConsumer to Handler': ['kms:Decrypt'], 'FromTable to Handler': ['kms:Decrypt'],
  });
});

test('what it takes to deliver', () => {
  expect(deniedBy('deliver')).toEqual({
    'Rule to Queue': ['sqs:SendMessage'],
    'Rule to Topic': ['sns:Publish'],
    'Rule to Handler': ['lambda:InvokeFunction'],
    'Rule to Stream': ['kinesis:PutRecord'],
    'Rule to Bus': ['events:PutEvents'],
    'Rule to Delivery': ['firehose:PutRecord'],
    'Delivery to Bucket': ['s3:PutObject'],
  });
  expect(deniedBy('deliverKey')).toEqual({
    'Rule to Queue': ['kms:GenerateDataKey', 'kms:Decrypt'],
    'Rule to Topic': ['kms:GenerateDataKey', 'kms:Decrypt'],
    'Rule to Stream': ['kms:GenerateDataKey'],
    'Delivery to Bucket': ['kms:GenerateDataKey'],
  });
});

test('what is sent is sent by TLS', () => {
  const statements = [
    { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: '*' },
    { Effect: 'Deny', Principal: '*', Action: 'sqs:*', Resource: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
  ];
  const template = {
    Resources: {
      Queue: { Type: 'AWS::SQS::Queue' },
      QueuePolicy: { Type: 'AWS::SQS::QueuePolicy', Properties: { Queues: [{ Ref: 'Queue' }], PolicyDocument: { Statement: statements } } },
      Rule: { Type: 'AWS::Events::Rule', Properties: { EventPattern: { source: ['shop'] }, Targets: [{ Id: 'Queue', Arn: arnOf('Queue') }] } },
    },
  };
  expect(hopAccesses(graphOf([{ stack: 'Shop', template }])).map(([, { deliver }]) => deliver?.verdict)).toEqual(['allowed']);
});
