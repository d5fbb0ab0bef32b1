import type { Change, Changeable, Resources } from './check-defects';
import { graphOf } from '../../../src/delivery/checks';
import { KEY_CHECKS } from '../../../src/delivery/checks/keys';
import { PERMISSION_CHECKS } from '../../../src/delivery/checks/permissions';
import type { TemplateInput } from '../../../src/delivery/template/app';

/** What is found of permissions and keys in one template, as `id at logicalId`. */
function foundIn(resources: Resources, different: Partial<TemplateInput> = {}): string[] {
  const graph = graphOf([{ stack: 'Stack', template: { Resources: resources }, ...different }]);
  return [...PERMISSION_CHECKS, ...KEY_CHECKS].flatMap(({ run }) => run(graph)).map(({ id, at }) => `${id} at ${at.logicalId}`);
}

const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const rootOf = () => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::', { Ref: 'AWS::AccountId' }, ':root']] });
const allow = (Action: unknown, Resource: unknown, more: object = {}): Changeable => ({ Effect: 'Allow', Action, Resource, ...more });
const forService = (service: string, source: unknown) => ({ Principal: { Service: service }, Condition: { ArnEquals: { 'aws:SourceArn': source } } });
const document = (...statements: object[]): Changeable => ({ Version: '2012-10-17', Statement: statements });
const role = (service: string, more: object = {}): Changeable => ({
  Type: 'AWS::IAM::Role',
  Properties: { AssumeRolePolicyDocument: document({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: service } }), ...more },
});
const policy = (name: string, ...statements: object[]): Changeable => ({
  Type: 'AWS::IAM::Policy', Properties: { PolicyName: `${name}Policy`, Roles: [{ Ref: name }], PolicyDocument: document(...statements) },
});
const queue = (): Changeable => ({ Type: 'AWS::SQS::Queue', Properties: { KmsMasterKeyId: arnOf('Key') } });
const queuePolicy = (name: string, ...statements: object[]): Changeable => ({
  Type: 'AWS::SQS::QueuePolicy', Properties: { Queues: [{ Ref: name }], PolicyDocument: document(...statements) },
});

const DENY_HTTP = { Effect: 'Deny', Principal: { AWS: '*' }, Action: 'sqs:*', Resource: arnOf('Queue'), Condition: { Bool: { 'aws:SecureTransport': 'false' } } };
const BASIC = { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/service-role/AWSLambdaBasicExecutionRole']] };

const method = (Integration: object): Changeable => ({ Type: 'AWS::ApiGateway::Method', Properties: { RestApiId: { Ref: 'Api' }, Integration } });
const methodToHandler = () => method({
  Type: 'AWS_PROXY',
  Uri: { 'Fn::Sub': 'arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Handler.Arn}/invocations' },
});
const methodToQueue = (name: string, more: object = {}) => method({
  Type: 'AWS', Uri: { 'Fn::Sub': `arn:\${AWS::Partition}:apigateway:\${AWS::Region}:sqs:path/\${AWS::AccountId}/\${${name}.QueueName}` }, ...more,
});

/** A delivery of each kind, with all that it needs to be allowed, partly as the CDK writes it and partly as people do. */
const clean = (): Resources => ({
  Key: {
    Type: 'AWS::KMS::Key',
    Properties: {
      KeyPolicy: document(
        { Effect: 'Allow', Principal: { AWS: rootOf() }, Action: 'kms:*', Resource: '*' },
        { Effect: 'Allow', Principal: { Service: ['sns.amazonaws.com', 'events.amazonaws.com', 's3.amazonaws.com'] }, Action: ['kms:Decrypt', 'kms:GenerateDataKey*'], Resource: '*' },
      ),
    },
  },
  Queue: queue(),
  DeadLetters: queue(),
  Topic: { Type: 'AWS::SNS::Topic', Properties: {} },
  Subscription: {
    Type: 'AWS::SNS::Subscription',
    Properties: { Protocol: 'sqs', TopicArn: { Ref: 'Topic' }, Endpoint: arnOf('Queue'), RedrivePolicy: { deadLetterTargetArn: arnOf('DeadLetters') } },
  },
  Rule: {
    Type: 'AWS::Events::Rule',
    Properties: {
      EventPattern: { source: ['shop'] },
      Targets: [
        { Id: 'Queue', Arn: arnOf('Queue'), DeadLetterConfig: { Arn: arnOf('DeadLetters') } },
        { Id: 'Handler', Arn: { Ref: 'Live' }, DeadLetterConfig: { Arn: arnOf('DeadLetters') } },
        { Id: 'Topic', Arn: { Ref: 'Topic' } },
        { Id: 'Stream', Arn: arnOf('Stream'), RoleArn: arnOf('RuleRole') },
      ],
    },
  },
  QueuePolicy: queuePolicy(
    'Queue', DENY_HTTP,
    allow('sqs:SendMessage', arnOf('Queue'), forService('sns.amazonaws.com', { Ref: 'Topic' })),
    allow('sqs:SendMessage', arnOf('Queue'), forService('events.amazonaws.com', arnOf('Rule'))),
    {
      ...allow('sqs:SendMessage', arnOf('Queue')),
      Principal: { Service: 's3.amazonaws.com' },
      Condition: { ArnLike: { 'aws:SourceArn': arnOf('Bucket') }, StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
    },
  ),
  DeadLettersPolicy: queuePolicy(
    'DeadLetters',
    allow('SQS:SendMessage', '*', forService('sns.amazonaws.com', { Ref: 'Topic' })),
    allow('sqs:SendMessage', arnOf('DeadLetters'), forService('events.amazonaws.com', { 'Fn::Sub': 'arn:aws:events:${AWS::Region}:${AWS::AccountId}:rule/*' })),
    allow('sqs:SendMessage', arnOf('DeadLetters'), forService('events.amazonaws.com', arnOf('Bus'))),
  ),
  TopicPolicy: {
    Type: 'AWS::SNS::TopicPolicy',
    Properties: { Topics: [{ Ref: 'Topic' }], PolicyDocument: document(allow('sns:Publish', { Ref: 'Topic' }, { Principal: { Service: 'events.amazonaws.com' } })) },
  },
  Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'shop', DeadLetterConfig: { Arn: arnOf('DeadLetters') } } },
  Bucket: { Type: 'AWS::S3::Bucket', Properties: { NotificationConfiguration: { QueueConfigurations: [{ Event: 's3:ObjectCreated:*', Queue: arnOf('Queue') }] } } },
  Stream: { Type: 'AWS::Kinesis::Stream', Properties: { StreamEncryption: { EncryptionType: 'KMS', KeyId: { Ref: 'Alias' } } } },
  Alias: { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'alias/shop', TargetKeyId: arnOf('Key') } },
  Consumer: { Type: 'AWS::Kinesis::StreamConsumer', Properties: { ConsumerName: 'handler', StreamARN: arnOf('Stream') } },
  Table: { Type: 'AWS::DynamoDB::Table', Properties: { StreamSpecification: { StreamViewType: 'NEW_IMAGE' }, SSESpecification: { KMSMasterKeyId: { Ref: 'Key' } } } },
  RuleRole: role('events.amazonaws.com', {
    Policies: [{ PolicyName: 'Put', PolicyDocument: document(allow('kinesis:PutRecord', arnOf('Stream')), allow(['kms:GenerateDataKey', 'kms:Decrypt'], arnOf('Key'))) }],
  }),
  HandlerRole: role('lambda.amazonaws.com', { ManagedPolicyArns: [BASIC] }),
  HandlerRolePolicy: policy(
    'HandlerRole',
    allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], arnOf('Queue')),
    allow(['kinesis:Get*', 'kinesis:DescribeStream*', 'kinesis:ListShards'], arnOf('Stream')),
    allow('kinesis:SubscribeToShard', arnOf('Consumer')),
    allow(['dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:DescribeStream'], { 'Fn::GetAtt': ['Table', 'StreamArn'] }),
    allow('sqs:SendMessage', arnOf('DeadLetters')),
    allow(['s3:PutObject', 's3:ListBucket'], [arnOf('Bucket'), { 'Fn::Sub': '${Bucket.Arn}/*' }]),
    allow(['kms:Decrypt', 'kms:GenerateDataKey*'], arnOf('Key'), { Condition: { StringLike: { 'kms:ViaService': { 'Fn::Sub': '*.${AWS::Region}.amazonaws.com' } } } }),
  ),
  Handler: { Type: 'AWS::Lambda::Function', Properties: { Role: arnOf('HandlerRole') } },
  Live: { Type: 'AWS::Lambda::Alias', Properties: { Name: 'live', FunctionName: { Ref: 'Handler' }, FunctionVersion: '1' } },
  Permission: {
    Type: 'AWS::Lambda::Permission',
    Properties: { Action: 'lambda:InvokeFunction', FunctionName: { Ref: 'Live' }, Principal: 'events.amazonaws.com', SourceArn: arnOf('Rule') },
  },
  QueueSource: { Type: 'AWS::Lambda::EventSourceMapping', Properties: { EventSourceArn: arnOf('Queue'), FunctionName: { Ref: 'Handler' } } },
  StreamSource: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: { EventSourceArn: arnOf('Stream'), FunctionName: { Ref: 'Handler' }, DestinationConfig: { OnFailure: { Destination: arnOf('Bucket') } } },
  },
  ConsumerSource: { Type: 'AWS::Lambda::EventSourceMapping', Properties: { EventSourceArn: { Ref: 'Consumer' }, FunctionName: { Ref: 'Handler' } } },
  TableSource: { Type: 'AWS::Lambda::EventSourceMapping', Properties: { EventSourceArn: { 'Fn::GetAtt': ['Table', 'StreamArn'] }, FunctionName: { Ref: 'Handler' } } },
  InvokeConfig: {
    Type: 'AWS::Lambda::EventInvokeConfig',
    Properties: { FunctionName: { Ref: 'Handler' }, Qualifier: 'live', DestinationConfig: { OnFailure: { Destination: arnOf('DeadLetters') } } },
  },
  ScheduleRole: role('scheduler.amazonaws.com'),
  ScheduleRolePolicy: policy(
    'ScheduleRole', allow('lambda:InvokeFunction', [arnOf('Handler'), { 'Fn::Join': ['', [arnOf('Handler'), ':*']] }]), allow('sqs:SendMessage', arnOf('DeadLetters')),
    allow(['kms:Decrypt', 'kms:Encrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*'], arnOf('Key')),
  ),
  Schedule: {
    Type: 'AWS::Scheduler::Schedule',
    Properties: { Target: { Arn: { Ref: 'Live' }, RoleArn: arnOf('ScheduleRole'), DeadLetterConfig: { Arn: arnOf('DeadLetters') } } },
  },
  PipeRole: role('pipes.amazonaws.com'),
  PipeRolePolicy: policy(
    'PipeRole', allow('dynamodb:*', { 'Fn::Join': ['', [arnOf('Table'), '/stream/*']] }), allow('events:PutEvents', arnOf('Bus')), allow('sqs:*', arnOf('DeadLetters')),
    allow('lambda:InvokeFunction', arnOf('Handler')), allow('kms:*', arnOf('Key')),
  ),
  Pipe: {
    Type: 'AWS::Pipes::Pipe',
    Properties: {
      RoleArn: arnOf('PipeRole'),
      Source: { 'Fn::GetAtt': ['Table', 'StreamArn'] },
      Target: arnOf('Bus'),
      Enrichment: arnOf('Handler'),
      SourceParameters: { DynamoDBStreamParameters: { DeadLetterConfig: { Arn: arnOf('DeadLetters') } } },
    },
  },
  DeliveryRole: role('firehose.amazonaws.com'),
  DeliveryRolePolicy: policy(
    'DeliveryRole', allow(['kinesis:DescribeStream', 'kinesis:GetShardIterator', 'kinesis:GetRecords', 'kinesis:ListShards'], arnOf('Stream')),
    allow(['s3:PutObject', 's3:ListBucket'], [arnOf('Bucket'), { 'Fn::Join': ['', [arnOf('Bucket'), '/*']] }]), allow('kms:Decrypt', arnOf('Key')),
  ),
  Delivery: {
    Type: 'AWS::KinesisFirehose::DeliveryStream',
    Properties: {
      KinesisStreamSourceConfiguration: { KinesisStreamARN: arnOf('Stream'), RoleARN: arnOf('DeliveryRole') },
      ExtendedS3DestinationConfiguration: { BucketARN: arnOf('Bucket'), RoleARN: arnOf('DeliveryRole') },
    },
  },
});

const statementsIn = (resource: Changeable): Changeable[] => (resource.Properties.PolicyDocument ?? resource.Properties.KeyPolicy).Statement;
/** Takes the statements away in which a text occurs. */
const without = (logicalId: string, text: string): Change => (resources) => {
  const statements = statementsIn(resources[logicalId]!);
  const kept = statements.filter((statement) => !JSON.stringify(statement).includes(text));
  expect(kept.length).toBeLessThan(statements.length);
  statements.splice(0, statements.length, ...kept);
};
const gone = (logicalId: string): Change => (resources) => { delete resources[logicalId]; };

const after = (change: Change) => {
  const resources = clean();
  change(resources);
  return foundIn(resources);
};

test('nothing is found where everything is allowed', () => {
  expect(foundIn(clean())).toEqual([]);
});

test.each<[string, string | readonly string[], Change]>([
  ['no statement for the topic', 'deliveryNotAllowed at Subscription', without('QueuePolicy', 'sns.amazonaws.com')],
  ['another topic', 'deliveryNotAllowed at Subscription', ({ QueuePolicy }) => {
    statementsIn(QueuePolicy!)[1]!.Condition.ArnEquals['aws:SourceArn'] = { 'Fn::Sub': 'arn:aws:sns:${AWS::Region}:${AWS::AccountId}:another' };
  }],
  ['another action', 'deliveryNotAllowed at Subscription', ({ QueuePolicy }) => { statementsIn(QueuePolicy!)[1]!.Action = 'sqs:ReceiveMessage'; }],
  ['the service of another rule', 'deliveryNotAllowed at Rule', ({ QueuePolicy }) => { statementsIn(QueuePolicy!)[2]!.Condition.ArnEquals['aws:SourceArn'] = arnOf('Bucket'); }],
  ['another account of the bucket', 'deliveryNotAllowed at Bucket', (resources) => {
    statementsIn(resources.QueuePolicy!)[3]!.Condition.StringEquals['aws:SourceAccount'] = '1234';
  }],
  ['a statement that denies all services but one', ['deliveryNotAllowed at Subscription', 'deliveryNotAllowed at Bucket'], ({ QueuePolicy }) => {
    statementsIn(QueuePolicy!).push({ Effect: 'Deny', NotPrincipal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: '*' });
  }],
  ['a topic with its default policy', 'deliveryNotAllowed at Rule', gone('TopicPolicy')],
  ['a permission for the function only, not its alias', 'deliveryNotAllowed at Rule', ({ Permission }) => { Permission!.Properties.FunctionName = { Ref: 'Handler' }; }],
  ['a permission for another service', 'deliveryNotAllowed at Rule', ({ Permission }) => { Permission!.Properties.Principal = 's3.amazonaws.com'; }],
  ['no permission', 'deliveryNotAllowed at Rule', gone('Permission')],
  ['a role of a rule that may do something else', 'deliveryNotAllowed at Rule', ({ RuleRole }) => {
    RuleRole!.Properties.Policies[0].PolicyDocument.Statement[0].Action = 'kinesis:ListShards';
  }],
  ['a role of a schedule that may invoke nothing', 'deliveryNotAllowed at Schedule', without('ScheduleRolePolicy', 'lambda:InvokeFunction')],
  ['a role of a schedule that may invoke the function only', 'deliveryNotAllowed at Schedule', ({ ScheduleRolePolicy }) => {
    statementsIn(ScheduleRolePolicy!)[0]!.Resource = arnOf('Handler');
  }],
  ['a role of a pipe without its target', 'deliveryNotAllowed at Pipe', without('PipeRolePolicy', 'events:PutEvents')],
  ['a role of a pipe without its enrichment', 'deliveryNotAllowed at Pipe', without('PipeRolePolicy', 'lambda:InvokeFunction')],
  ['a delivery stream that may not write', 'deliveryNotAllowed at Delivery', without('DeliveryRolePolicy', 's3:PutObject')],
  ['an on-success destination that the function may not reach', 'deliveryNotAllowed at InvokeConfig', ({ InvokeConfig }) => {
    InvokeConfig!.Properties.DestinationConfig.OnSuccess = { Destination: { Ref: 'Topic' } };
  }],

  ['a dead-letter queue of a bus without a policy', 'deadLettersNotAllowed at Bus', without('DeadLettersPolicy', 'Bus')],
  ['a dead-letter queue of a rule without a policy', 'deadLettersNotAllowed at Rule', without('DeadLettersPolicy', 'rule/*')],
  ['a dead-letter queue of a subscription without a policy', 'deadLettersNotAllowed at Subscription', without('DeadLettersPolicy', 'sns.amazonaws.com')],
  ['a dead-letter queue that the role of a schedule may not reach', 'deadLettersNotAllowed at Schedule', without('ScheduleRolePolicy', 'sqs:SendMessage')],
  ['a dead-letter queue that the role of a pipe may not reach', 'deadLettersNotAllowed at Pipe', without('PipeRolePolicy', 'sqs:*')],
  ['a failure destination that a function may not reach, once', 'deadLettersNotAllowed at Handler', without('HandlerRolePolicy', 'sqs:SendMessage')],
  ['a bucket to which a function may not write', 'deadLettersNotAllowed at StreamSource', without('HandlerRolePolicy', 's3:PutObject')],
  ['a bucket of which a function may write only to itself', 'deadLettersNotAllowed at StreamSource', ({ HandlerRolePolicy }) => {
    statementsIn(HandlerRolePolicy!)[5]!.Resource = arnOf('Bucket');
  }],

  ['a queue that is not read', 'readingNotAllowed at QueueSource', without('HandlerRolePolicy', 'sqs:ReceiveMessage')],
  ['messages that are not deleted', 'readingNotAllowed at QueueSource', ({ HandlerRolePolicy }) => { statementsIn(HandlerRolePolicy!)[0]!.Action.splice(1, 1); }],
  ['a stream that is not read', 'readingNotAllowed at StreamSource', without('HandlerRolePolicy', 'kinesis:Get*')],
  ['a stream that is not read by a consumer', 'readingNotAllowed at ConsumerSource', without('HandlerRolePolicy', 'SubscribeToShard')],
  ['a table of which the stream is not read', 'readingNotAllowed at TableSource', without('HandlerRolePolicy', 'dynamodb:GetRecords')],
  ['a table that is read instead of its stream', 'readingNotAllowed at TableSource', ({ HandlerRolePolicy }) => { statementsIn(HandlerRolePolicy!)[3]!.Resource = arnOf('Table'); }],
  ['a delivery stream that may not read', 'readingNotAllowed at Delivery', without('DeliveryRolePolicy', 'kinesis:GetRecords')],
  ['a pipe that may not read', 'readingNotAllowed at Pipe', without('PipeRolePolicy', 'dynamodb:*')],
  ['an event source whose statement names another queue', 'readingNotAllowed at QueueSource', ({ HandlerRolePolicy }) => {
    statementsIn(HandlerRolePolicy!)[0]!.Resource = arnOf('DeadLetters');
  }],

  ['a function whose role another service assumes', 'roleNotAssumable at Handler', ({ HandlerRole }) => {
    HandlerRole!.Properties.AssumeRolePolicyDocument.Statement[0].Principal.Service = 'ec2.amazonaws.com';
  }],
  ['a schedule whose role another service assumes', 'roleNotAssumable at Schedule', ({ ScheduleRole }) => {
    ScheduleRole!.Properties.AssumeRolePolicyDocument.Statement[0].Principal.Service = 'events.amazonaws.com';
  }],
  ['a rule whose role is for another rule', 'roleNotAssumable at Rule', ({ RuleRole }) => {
    RuleRole!.Properties.AssumeRolePolicyDocument.Statement[0].Condition = { ArnEquals: { 'aws:SourceArn': arnOf('Bus') } };
  }],
  ['a pipe whose role is for another account', 'roleNotAssumable at Pipe', ({ PipeRole }) => {
    PipeRole!.Properties.AssumeRolePolicyDocument.Statement[0].Condition = { StringEquals: { 'aws:SourceAccount': '1234' } };
  }],

  ['a key that lets SNS in for another account', 'deliveryKeyNotAllowed at Subscription', ({ Key }) => {
    statementsIn(Key!)[1]!.Principal.Service.shift();
    statementsIn(Key!).push({
      Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' }, Action: 'kms:*', Resource: '*', Condition: { StringEquals: { 'aws:SourceAccount': '1234' } },
    });
  }],
  ['a key without EventBridge', ['deliveryKeyNotAllowed at Rule', 'deadLettersKeyNotAllowed at Bus'], ({ Key }) => { statementsIn(Key!)[1]!.Principal.Service.splice(1, 1); }],
  ['a key that S3 may not generate data keys with', 'deliveryKeyNotAllowed at Bucket', ({ Key }) => {
    statementsIn(Key!)[1]!.Principal.Service.pop();
    statementsIn(Key!).push({ Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' }, Action: 'kms:Decrypt', Resource: '*' });
  }],
  ['a key that the role of a rule may not use', 'deliveryKeyNotAllowed at Rule', ({ RuleRole }) => { RuleRole!.Properties.Policies[0].PolicyDocument.Statement.pop(); }],
  ['a key that the role of a schedule may not use', 'deadLettersKeyNotAllowed at Schedule', without('ScheduleRolePolicy', 'kms:Decrypt')],
  ['a key that a function may not use', [
    'readingKeyNotAllowed at QueueSource', 'readingKeyNotAllowed at StreamSource', 'readingKeyNotAllowed at ConsumerSource', 'readingKeyNotAllowed at TableSource',
    'deadLettersKeyNotAllowed at Handler',
  ], without('HandlerRolePolicy', 'kms:Decrypt')],
  ['a key that a function may use for another service', [
    'readingKeyNotAllowed at QueueSource', 'readingKeyNotAllowed at TableSource', 'deadLettersKeyNotAllowed at Handler',
  ], ({ HandlerRolePolicy }) => { statementsIn(HandlerRolePolicy!)[6]!.Condition = { StringEquals: { 'kms:ViaService': { 'Fn::Sub': 'kinesis.${AWS::Region}.amazonaws.com' } } }; }],
  ['a key whose policy leaves nothing to the account', [
    'deliveryKeyNotAllowed at Rule', 'deadLettersKeyNotAllowed at Schedule', 'readingKeyNotAllowed at Pipe', 'deadLettersKeyNotAllowed at Pipe', 'readingKeyNotAllowed at QueueSource',
    'readingKeyNotAllowed at StreamSource', 'readingKeyNotAllowed at ConsumerSource', 'readingKeyNotAllowed at TableSource', 'deadLettersKeyNotAllowed at Handler',
    'readingKeyNotAllowed at Delivery',
  ], without('Key', 'kms:*')],
  ['a queue with the AWS-managed key behind a bucket', 'deliveryAwsManagedKey at Bucket', ({ Queue }) => { Queue!.Properties.KmsMasterKeyId = 'alias/aws/sqs'; }],
  ['a topic with the AWS-managed key behind a rule', 'deliveryAwsManagedKey at Rule', ({ Topic }) => { Topic!.Properties.KmsMasterKeyId = 'alias/aws/sns'; }],
  ['a topic with the AWS-managed key as the CDK writes it', 'deliveryAwsManagedKey at Rule', ({ Topic }) => {
    Topic!.Properties.KmsMasterKeyId = { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':kms:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':alias/aws/sns']] };
  }],
  ['a dead-letter queue with the AWS-managed key', ['deadLettersAwsManagedKey at Rule', 'deadLettersAwsManagedKey at Bus'], ({ DeadLetters }) => {
    DeadLetters!.Properties.KmsMasterKeyId = { 'Fn::Sub': 'arn:aws:kms:us-east-1:111122223333:alias/aws/sqs' };
  }],

  ['a function that may do everything', 'functionRoleWide at HandlerRole', ({ HandlerRolePolicy }) => { statementsIn(HandlerRolePolicy!).push(allow('*', '*')); }],
  ['a function that may do everything with queues', 'functionRoleWide at HandlerRole', ({ HandlerRolePolicy }) => {
    statementsIn(HandlerRolePolicy!).push(allow(['sqs:ListQueues', 'sqs:*'], ['*']));
  }],
  ['an administrator', 'functionRoleWide at HandlerRole', ({ HandlerRole }) => { HandlerRole!.Properties.ManagedPolicyArns.push('arn:aws:iam::aws:policy/AdministratorAccess'); }],
  ...['AmazonDynamoDBFullAccess', 'AmazonDynamoDBFullAccess_v2', 'AmazonKinesisFirehoseFullAccess', 'AmazonKinesisFullAccess', 'AmazonS3FullAccess', 'AmazonSNSFullAccess', 'AmazonSQSFullAccess']
    .map((name): [string, string, Change] => [`a function with ${name}`, 'functionRoleWide at HandlerRole', ({ HandlerRole }) => { HandlerRole!.Properties.ManagedPolicyArns.push(`arn:aws:iam::aws:policy/${name}`); }]),
  ['a permission for whichever account', 'permissionWithoutSource at Permission', ({ Permission }) => { delete Permission!.Properties.SourceArn; }],
])('%s is found', (_, expected, change) => {
  expect(after(change).sort()).toEqual([expected].flat().sort());
});

const statement = (logicalId: string, index: number, different: object): Change => (resources) => {
  Object.assign(statementsIn(resources[logicalId]!)[index]!, different);
};

test.each<[string, Change]>([
  ['a policy that a parameter completes', ({ QueuePolicy }) => { QueuePolicy!.Properties.PolicyDocument = { Ref: 'Document' }; }],
  ['a policy of which nobody knows whose it is', (resources) => {
    without('QueuePolicy', 'sns.amazonaws.com')(resources);
    resources.OtherPolicy = { Type: 'AWS::SQS::QueuePolicy', Properties: { Queues: { Ref: 'Queues' }, PolicyDocument: document() } };
  }],
  ['a policy that may be of the queue', (resources) => {
    without('QueuePolicy', 'sns.amazonaws.com')(resources);
    resources.OtherPolicy = queuePolicy('Unknown');
  }],
  ['a topic by a pattern that may match it', statement('QueuePolicy', 1, { Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:sns:*:*:shop-*' } } })],
  ['a condition that nobody can tell', statement('QueuePolicy', 1, { Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } })],
  ['everybody for the topic', statement('QueuePolicy', 1, { Principal: '*' })],
  ['a policy by the name of the queue', (resources) => {
    resources.Queue!.Properties.QueueName = 'orders';
    resources.QueuePolicy!.Properties.Queues = ['https://sqs.eu-west-1.amazonaws.com/111122223333/orders'];
  }],
  ['an inline policy of the queue', ({ QueuePolicy }) => {
    QueuePolicy!.Type = 'AWS::SQS::QueueInlinePolicy';
    QueuePolicy!.Properties = { Queue: { Ref: 'Queue' }, PolicyDocument: QueuePolicy!.Properties.PolicyDocument };
  }],
  ['a policy as JSON', ({ DeadLettersPolicy }) => {
    DeadLettersPolicy!.Properties.PolicyDocument = JSON.stringify({ Statement: { Effect: 'Allow', Principal: '*', Action: 'sqs:*', Resource: '*' } });
  }],
  ['a role of another app', (resources) => {
    ['ScheduleRole', 'ScheduleRolePolicy'].forEach((name) => delete resources[name]);
    resources.Schedule!.Properties.Target.RoleArn = 'arn:aws:iam::111122223333:role/schedules';
  }],
  ['a role of a rule that another app has', (resources) => { resources.Rule!.Properties.Targets[0].RoleArn = 'arn:aws:iam::111122223333:role/rules'; }],
  ['a target with a role that its own policy lets in', ({ Rule }) => { Rule!.Properties.Targets[0].RoleArn = arnOf('RuleRole'); }],
  ['a target that its own policy does not let in, but the role does', (resources) => {
    without('QueuePolicy', 'events.amazonaws.com')(resources);
    resources.Rule!.Properties.Targets[0].RoleArn = arnOf('RuleRole');
    resources.RuleRole!.Properties.Policies[0].PolicyDocument.Statement.push(allow('sqs:SendMessage', arnOf('Queue')));
  }],
  ['a target that its own policy does not let in, but the role of the rule itself does', (resources) => {
    without('QueuePolicy', 'events.amazonaws.com')(resources);
    resources.Rule!.Properties.RoleArn = arnOf('RuleRole');
    resources.RuleRole!.Properties.Policies[0].PolicyDocument.Statement.push(allow('sqs:SendMessage', arnOf('Queue')));
  }],
  ['a policy of AWS that is not known here', (resources) => {
    without('HandlerRolePolicy', 'sqs:ReceiveMessage')(resources);
    resources.HandlerRole!.Properties.ManagedPolicyArns = ['arn:aws:iam::aws:policy/AWSLambda_FullAccess'];
  }],
  ['the policy of AWS for queues', (resources) => {
    without('HandlerRolePolicy', 'sqs:ReceiveMessage')(resources);
    resources.HandlerRole!.Properties.ManagedPolicyArns = ['arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole'];
  }],
  ['the policy of AWS for streams', (resources) => {
    without('HandlerRolePolicy', 'kinesis:Get*')(resources);
    without('HandlerRolePolicy', 'SubscribeToShard')(resources);
    resources.HandlerRole!.Properties.ManagedPolicyArns = ['arn:aws:iam::aws:policy/service-role/AWSLambdaKinesisExecutionRole'];
  }],
  ['the policy of AWS for tables', (resources) => {
    without('HandlerRolePolicy', 'dynamodb:GetRecords')(resources);
    resources.HandlerRole!.Properties.ManagedPolicyArns = ['arn:aws:iam::aws:policy/service-role/AWSLambdaDynamoDBExecutionRole'];
  }],
  ['managed policies that a parameter names', (resources) => {
    without('HandlerRolePolicy', 'sqs:ReceiveMessage')(resources);
    resources.HandlerRole!.Properties.ManagedPolicyArns = { Ref: 'Arns' };
  }],
  ['inline policies that a condition decides', (resources) => {
    resources.RuleRole!.Properties.Policies = { 'Fn::If': ['Some', resources.RuleRole!.Properties.Policies, []] };
  }],
  ['a managed policy of the app', (resources) => {
    resources.HandlerRolePolicy!.Type = 'AWS::IAM::ManagedPolicy';
  }],
  ['a managed policy that the role names', (resources) => {
    resources.HandlerRolePolicy!.Type = 'AWS::IAM::ManagedPolicy';
    delete resources.HandlerRolePolicy!.Properties.Roles;
    resources.HandlerRole!.Properties.ManagedPolicyArns.push({ Ref: 'HandlerRolePolicy' });
  }],
  ['a policy of a role that is a resource', ({ ScheduleRolePolicy }) => {
    ScheduleRolePolicy!.Type = 'AWS::IAM::RolePolicy';
    ScheduleRolePolicy!.Properties = { RoleName: { Ref: 'ScheduleRole' }, PolicyDocument: ScheduleRolePolicy!.Properties.PolicyDocument };
  }],
  ['a policy of roles that nobody knows', (resources) => {
    without('ScheduleRolePolicy', 'lambda:InvokeFunction')(resources);
    resources.Other = { Type: 'AWS::IAM::Policy', Properties: { Roles: [{ Ref: 'RoleName' }], PolicyDocument: document() } };
  }],
  ['the function with a version, by a name of its own', ({ Permission }) => { Permission!.Properties.FunctionName = { 'Fn::Sub': '${Handler}:live' }; }],
  ['a permission of a function that nobody knows', (resources) => {
    delete resources.Permission;
    resources.Other = { Type: 'AWS::Lambda::Permission', Properties: { Action: 'lambda:*', FunctionName: { Ref: 'Name' }, Principal: 'events.amazonaws.com', SourceArn: arnOf('Rule') } };
  }],
  ['a permission for an account', ({ Permission }) => { Permission!.Properties = { ...Permission!.Properties, SourceArn: undefined, SourceAccount: { Ref: 'AWS::AccountId' } }; }],
  ['a permission for an organization', ({ Permission }) => { Permission!.Properties = { ...Permission!.Properties, SourceArn: undefined, PrincipalOrgID: 'o-1' }; }],
  ['a permission with a token', ({ Permission }) => { Permission!.Properties = { ...Permission!.Properties, SourceArn: undefined, EventSourceToken: 'amzn1.ask.skill.1' }; }],
  ['a permission of a role', (resources) => {
    resources.Other = { Type: 'AWS::Lambda::Permission', Properties: { Action: 'lambda:InvokeFunction', FunctionName: { Ref: 'Handler' }, Principal: '111122223333' } };
  }],
  ['a service by its name in a region', ({ ScheduleRole }) => {
    ScheduleRole!.Properties.AssumeRolePolicyDocument.Statement[0].Principal.Service = 'scheduler.us-east-1.amazonaws.com';
  }],
  ['a role for one group of schedules', ({ ScheduleRole }) => {
    ScheduleRole!.Properties.AssumeRolePolicyDocument.Statement[0].Condition = { StringEquals: { 'aws:SourceArn': 'arn:aws:scheduler:us-east-1:111122223333:schedule-group/shop' } };
  }],
  ['a trust policy that a parameter completes', ({ HandlerRole }) => { HandlerRole!.Properties.AssumeRolePolicyDocument = { Ref: 'Trust' }; }],
  ['a key of another app', ({ Queue }) => { Queue!.Properties.KmsMasterKeyId = 'arn:aws:kms:us-east-1:111122223333:key/1'; }],
  ['a key that a parameter names', ({ Queue }) => { Queue!.Properties.KmsMasterKeyId = { Ref: 'KeyId' }; }],
  ['a key that a condition decides', ({ Queue }) => { Queue!.Properties.KmsMasterKeyId = { 'Fn::If': ['Some', 'alias/aws/sqs', { Ref: 'AWS::NoValue' }] }; }],
  ['no key', ({ Queue }) => { delete Queue!.Properties.KmsMasterKeyId; }],
  ['a key by its alias', ({ Queue }) => { Queue!.Properties.KmsMasterKeyId = 'alias/shop'; }],
  ['a key whose policy is the default, for roles', (resources) => {
    delete resources.Key!.Properties.KeyPolicy;
    ['Queue', 'DeadLetters'].forEach((name) => delete resources[name]!.Properties.KmsMasterKeyId);
  }],
  ['a wildcard action on one resource', ({ HandlerRolePolicy }) => { statementsIn(HandlerRolePolicy!).push(allow('sqs:*', arnOf('Queue'))); }],
  ['a wildcard in the name of an action', ({ HandlerRolePolicy }) => { statementsIn(HandlerRolePolicy!).push(allow('sqs:List*', '*')); }],
  ['a wildcard action with a condition', ({ HandlerRolePolicy }) => {
    statementsIn(HandlerRolePolicy!).push(allow('ec2:*', '*', { Condition: { StringEquals: { 'aws:ResourceTag/app': 'shop' } } }));
  }],
  ['everything that is denied', ({ HandlerRolePolicy }) => { statementsIn(HandlerRolePolicy!).push({ Effect: 'Deny', Action: 'iam:*', Resource: '*' }); }],
  ['wildcard actions of a role that no function has', ({ ScheduleRolePolicy }) => { statementsIn(ScheduleRolePolicy!).push(allow('sqs:*', '*')); }],
  ['the AWS-managed key of a queue behind a schedule', (resources) => {
    resources.Schedule!.Properties.Target.DeadLetterConfig.Arn = arnOf('Other');
    resources.Other = { Type: 'AWS::SQS::Queue', Properties: { KmsMasterKeyId: 'alias/aws/sqs' } };
    statementsIn(resources.ScheduleRolePolicy!)[1]!.Resource = arnOf('Other');
  }],
  ['the AWS-managed key of a queue behind a topic, which another rule finds', (resources) => {
    resources.Subscription!.Properties.RedrivePolicy.deadLetterTargetArn = arnOf('Other');
    resources.Other = { Type: 'AWS::SQS::Queue', Properties: { KmsMasterKeyId: 'alias/aws/sqs' } };
    resources.OtherPolicy = queuePolicy('Other', allow('sqs:SendMessage', arnOf('Other'), forService('sns.amazonaws.com', { Ref: 'Topic' })));
  }],
  ['the AWS-managed key of a queue that an API reaches by a role', (resources) => {
    resources.Other = { Type: 'AWS::SQS::Queue', Properties: { KmsMasterKeyId: 'alias/aws/sqs' } };
    resources.ApiRole = role('apigateway.amazonaws.com');
    resources.ApiRolePolicy = policy('ApiRole', allow('sqs:SendMessage', arnOf('Other')));
    resources.Method = methodToQueue('Other', { Credentials: arnOf('ApiRole') });
  }],
  ['a queue that an API cannot reach without a role, which no policy mends', (resources) => {
    resources.Other = { Type: 'AWS::SQS::Queue', Properties: {} };
    resources.Method = methodToQueue('Other');
  }],
  ['the AWS-managed key of a queue that a rule reaches by a role', (resources) => {
    resources.Other = { Type: 'AWS::SNS::Topic', Properties: { KmsMasterKeyId: 'alias/aws/sns' } };
    resources.Rule!.Properties.Targets.push({ Id: 'Other', Arn: { Ref: 'Other' }, RoleArn: arnOf('RuleRole') });
    resources.RuleRole!.Properties.Policies[0].PolicyDocument.Statement.push(allow('sns:Publish', { Ref: 'Other' }));
  }],
  ['a method of an API that a permission may name', (resources) => {
    resources.Method = methodToHandler();
    resources.Other = {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        Action: 'lambda:InvokeFunction',
        FunctionName: arnOf('Handler'),
        Principal: 'apigateway.amazonaws.com',
        SourceArn: { 'Fn::Sub': 'arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*' },
      },
    };
  }],
])('%s is not found', (_, change) => {
  expect(after(change)).toEqual([]);
});

test('a method of an API without a permission is found', () => {
  expect(after((resources) => { resources.Method = methodToHandler(); })).toEqual(['deliveryNotAllowed at Method']);
});

test('nothing is said to be missing where more is deployed than the templates say', () => {
  const resources = clean();
  ['QueuePolicy', 'Permission', 'HandlerRolePolicy'].forEach((name) => delete resources[name]);
  expect(foundIn(resources, { template: { Transform: 'AWS::Serverless-2016-10-31', Resources: resources } })).toEqual([]);
});
