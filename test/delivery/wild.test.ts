import type { Resources } from './checks/check-defects';
import { checkTemplates } from '../../src/delivery/checks';

/** Something that templates of others have and that was found although it is right, and the same with a defect, which must be found. */
interface Case {
  readonly id: string;
  readonly right: Resources;
  readonly wrong: Resources;
}

const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });

const role = (service: string, action: string | string[], resource: unknown) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: service } }] },
    Policies: [{ PolicyName: 'Policy', PolicyDocument: { Statement: [{ Effect: 'Allow', Action: action, Resource: resource }] } }],
  },
});

/** As the CDK writes an alias that it did not make. */
const managedKey = (service: string) => (
  { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':kms:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, `:alias/aws/${service}`]] }
);

const deliveryStream = (readActions: string[]): Resources => ({
  Source: { Type: 'AWS::Kinesis::Stream', Properties: { ShardCount: 1 } },
  Bucket: { Type: 'AWS::S3::Bucket' },
  Reader: role('firehose.amazonaws.com', readActions, arnOf('Source')),
  Writer: role('firehose.amazonaws.com', 's3:PutObject', { 'Fn::Sub': '${Bucket.Arn}/*' }),
  DeliveryStream: {
    Type: 'AWS::KinesisFirehose::DeliveryStream',
    Properties: {
      DeliveryStreamType: 'KinesisStreamAsSource',
      KinesisStreamSourceConfiguration: { KinesisStreamARN: arnOf('Source'), RoleARN: arnOf('Reader') },
      ExtendedS3DestinationConfiguration: { BucketARN: arnOf('Bucket'), RoleARN: arnOf('Writer') },
    },
  },
});

const api = (queue: object, action: string, allowed: string): Resources => ({
  Queue: { Type: 'AWS::SQS::Queue', Properties: queue },
  Role: role('apigateway.amazonaws.com', allowed, arnOf('Queue')),
  Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'Api' } },
  Method: {
    Type: 'AWS::ApiGateway::Method',
    Properties: {
      RestApiId: { Ref: 'Api' },
      ResourceId: { 'Fn::GetAtt': ['Api', 'RootResourceId'] },
      HttpMethod: 'GET',
      AuthorizationType: 'AWS_IAM',
      Integration: {
        Type: 'AWS',
        IntegrationHttpMethod: 'POST',
        Credentials: arnOf('Role'),
        RequestParameters: { 'integration.request.querystring.Action': `'${action}'` },
        Uri: { 'Fn::Sub': 'arn:${AWS::Partition}:apigateway:${AWS::Region}:sqs:path/${AWS::AccountId}/${Queue.QueueName}' },
      },
    },
  },
});

const rule = (queue: object, target: object): Resources => ({
  Queue: { Type: 'AWS::SQS::Queue', Properties: queue },
  Role: role('events.amazonaws.com', 'sqs:SendMessage', arnOf('Queue')),
  Rule: {
    Type: 'AWS::Events::Rule',
    Properties: { EventPattern: { source: ['shop'] }, Targets: [{ Id: 'Queue', Arn: arnOf('Queue'), SqsParameters: { MessageGroupId: 'all' }, ...target }] },
  },
});

const task: Resources = {
  SetAside: { Type: 'AWS::SQS::Queue' },
  StateMachine: {
    Type: 'AWS::StepFunctions::StateMachine',
    Properties: {
      RoleArn: 'arn:aws:iam::111122223333:role/StateMachine',
      Definition: {
        StartAt: 'SetAside',
        States: { SetAside: { Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage', Parameters: { 'QueueUrl': { Ref: 'SetAside' }, 'MessageBody.$': '$' }, End: true } },
      },
    },
  },
};

const cases: Record<string, Case> = {
  'Firehose reads its source by a role, which sends nothing': {
    id: 'deliveryNotAllowed',
    right: deliveryStream(['kinesis:DescribeStream', 'kinesis:GetShardIterator', 'kinesis:GetRecords', 'kinesis:ListShards']),
    wrong: { ...deliveryStream(['kinesis:*']), Writer: role('firehose.amazonaws.com', 's3:GetObject', '*') },
  },
  'a role uses the AWS-managed key of a queue, which a service may not': {
    id: 'deliveryAwsManagedKey',
    right: api({ KmsMasterKeyId: managedKey('sqs') }, 'SendMessage', 'sqs:SendMessage'),
    wrong: {
      Topic: { Type: 'AWS::SNS::Topic', Properties: { KmsMasterKeyId: managedKey('sns') } },
      Policy: {
        Type: 'AWS::SNS::TopicPolicy',
        Properties: {
          Topics: [{ Ref: 'Topic' }],
          PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'sns:Publish', Principal: { Service: 's3.amazonaws.com' }, Resource: { Ref: 'Topic' } }] },
        },
      },
      Bucket: {
        Type: 'AWS::S3::Bucket',
        Properties: { NotificationConfiguration: { TopicConfigurations: [{ Event: 's3:ObjectCreated:*', Topic: { Ref: 'Topic' } }] } },
      },
    },
  },
  'an API receives from a queue': {
    id: 'deliveryNotAllowed',
    right: api({}, 'ReceiveMessage', 'sqs:ReceiveMessage'),
    wrong: api({}, 'SendMessage', 'sqs:ReceiveMessage'),
  },
  'a rule sends to a FIFO queue by a role, and not by the policy of the queue': {
    id: 'deliveryNotAllowed',
    right: rule({ FifoQueue: true, ContentBasedDeduplication: true }, { RoleArn: arnOf('Role') }),
    wrong: rule({ FifoQueue: true, ContentBasedDeduplication: true }, {}),
  },
  'a state machine sets aside what nobody receives': {
    id: 'queueSetsNothingAside',
    right: task,
    wrong: rule({}, {}),
  },
};

describe.each(Object.entries(cases))('%s', (_, { id, right, wrong }) => {
  const found = (resources: Resources) => checkTemplates([{ stack: 'Stack', template: { Resources: resources } }]).map((problem) => problem.id);

  test('is right', () => {
    expect(found(right)).not.toContain(id);
  });

  test('is found where it is wrong', () => {
    expect(found(wrong)).toContain(id);
  });
});
