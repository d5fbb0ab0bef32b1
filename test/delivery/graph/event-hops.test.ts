import { DeliveryGraph } from '../../../src/delivery/graph/delivery-graph';
import type { Hop } from '../../../src/delivery/graph/hop';
import { HOP_READERS } from '../../../src/delivery/graph/hop-readers';
import { TemplateApp } from '../../../src/delivery/template/app';
import { shown } from '../../../src/delivery/template/symbols';
import type { Resources } from '../checks/check-defects';

const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const ROLE = 'arn:aws:iam::111122223333:role/Role';

const RECEIVERS: Resources = {
  Queue: { Type: 'AWS::SQS::Queue' },
  Dead: { Type: 'AWS::SQS::Queue' },
  Handler: { Type: 'AWS::Lambda::Function', Properties: { Role: ROLE } },
  Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Handler' } } },
  Alias: { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: 'Handler' }, Name: 'live', FunctionVersion: { 'Fn::GetAtt': ['Version', 'Version'] } } },
  Machine: { Type: 'AWS::StepFunctions::StateMachine' },
  MachineVersion: { Type: 'AWS::StepFunctions::StateMachineVersion', Properties: { StateMachineArn: { Ref: 'Machine' } } },
  MachineAlias: {
    Type: 'AWS::StepFunctions::StateMachineAlias', Properties: { Name: 'live', RoutingConfiguration: [{ StateMachineVersionArn: { Ref: 'MachineVersion' }, Weight: 100 }] },
  },
  Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'orders' } },
  Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'files' } },
  Stream: { Type: 'AWS::Kinesis::Stream' },
  StreamConsumer: { Type: 'AWS::Kinesis::StreamConsumer', Properties: { ConsumerName: 'c', StreamARN: arnOf('Stream') } },
  Table: { Type: 'AWS::DynamoDB::Table', Properties: { StreamSpecification: { StreamViewType: 'NEW_IMAGE' } } },
};

/** The hops of one more resource, in short. */
function hopsOf(properties: object, type: string, more: Resources = {}): string[] {
  const template = { Resources: { ...RECEIVERS, ...more, It: { Type: type, Properties: properties } } };
  return new DeliveryGraph(new TemplateApp([{ stack: 'Stack', template }]), HOP_READERS).hops.map(textOf);
}

function textOf({ kind, name, from, to, role, service, deadLetters, retries }: Hop): string {
  const end = ({ text, resource }: Hop['to']) => resource?.logicalId ?? shown(text ?? '-');
  const failures = typeof deadLetters === 'object' ? end(deadLetters) : deadLetters ?? 'stays';
  return [kind, name, `${end(from)} > ${end(to)}`, service.split('.')[0], role === undefined ? 'no role' : role.split('/').pop(), failures, retries ?? 'no retries'].join(' | ');
}

const rule = (target: object, properties: object = { EventPattern: { source: ['shop'] } }) => hopsOf({ ...properties, Targets: [{ Id: 'T', ...target }] }, 'AWS::Events::Rule');

describe('a rule', () => {
  test.each([
    ['its target', { Arn: arnOf('Queue') }, 'default > Queue', 'no role | none | 185 attempts in 24 h'],
    ['an alias', { Arn: { Ref: 'Alias' } }, 'default > Handler', 'no role | none | 185 attempts in 24 h'],
    ['a state machine by its alias', { Arn: { Ref: 'MachineAlias' } }, 'default > Machine', 'no role | none | 185 attempts in 24 h'],
    ['a state machine by its version', { Arn: { Ref: 'MachineVersion' } }, 'default > Machine', 'no role | none | 185 attempts in 24 h'],
    ['a target elsewhere', { Arn: 'arn:aws:sqs:eu-west-1:111122223333:other', RoleArn: ROLE }, 'default > arn:aws:sqs:eu-west-1:111122223333:other', 'Role | none | 185 attempts in 24 h'],
    ['dead letters', { Arn: arnOf('Queue'), DeadLetterConfig: { Arn: arnOf('Dead') } }, 'default > Queue', 'no role | Dead | 185 attempts in 24 h'],
    ['dead letters of a parameter', { Arn: arnOf('Queue'), DeadLetterConfig: { 'Fn::If': ['C', {}, { Ref: 'AWS::NoValue' }] } }, 'default > Queue', 'no role | unknown | 185 attempts in 24 h'],
    ['a retry policy', { Arn: arnOf('Queue'), RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 90 } }, 'default > Queue', 'no role | none | 3 attempts in 90 s'],
    ['a retry policy of a parameter', { Arn: arnOf('Queue'), RetryPolicy: { MaximumRetryAttempts: { Ref: 'P' } } }, 'default > Queue', 'no role | none | no retries'],
  ])('delivers to %s', (_, target, way, rest) => {
    const [role, ...others] = rest.split(' | ');
    expect(rule(target).slice(0, 1)).toEqual([`ruleTarget | target 'T' of rule 'Stack/It' | ${way} | events | ${role} | ${others.join(' | ')}`]);
  });

  const bucket = { source: ['aws.s3'], detail: { bucket: { name: [{ Ref: 'Bucket' }] } } };

  test.each([
    ['its bus by name', { EventBusName: { Ref: 'Bus' }, EventPattern: { source: ['shop'] } }, 'Bus'],
    ['its bus by ARN', { EventBusName: arnOf('Bus'), EventPattern: { source: ['shop'] } }, 'Bus'],
    ['the one bucket that it names', { EventPattern: bucket }, 'Bucket'],
    ['the one bucket that it names in a text', { EventPattern: '{"source":["aws.s3"],"detail":{"bucket":{"name":["files"]}}}' }, 'Bucket'],
    ['the one state machine that it names', { EventPattern: { source: ['aws.states'], detail: { stateMachineArn: [{ Ref: 'Machine' }] } } }, 'Machine'],
    ['the bus, if it names two', { EventPattern: { source: ['aws.s3'], detail: { bucket: { name: [{ Ref: 'Bucket' }, 'other'] } } } }, 'default'],
    ['the bus, if it names none', { EventPattern: { source: ['aws.s3'] } }, 'default'],
    ['the bus, if it asks for another source too', { EventPattern: { ...bucket, source: ['aws.s3', 'shop'] } }, 'default'],
    ['the bus, if nobody knows the name', { EventPattern: { source: ['aws.s3'], detail: { bucket: { name: [{ prefix: 'a' }] } } } }, 'default'],
    ['itself, if it is a schedule', { ScheduleExpression: 'rate(1 day)' }, 'It'],
  ])('delivers from %s', (_, properties, from) => {
    expect(rule({ Arn: arnOf('Queue') }, properties).map((text) => text.split(' | ')[2])).toEqual([`${from} > Queue`]);
  });
});

test('a bus gives only what it cannot encrypt to its dead-letter queue', () => {
  expect(hopsOf({ Name: 'b', DeadLetterConfig: { Arn: arnOf('Dead') } }, 'AWS::Events::EventBus')).toEqual(['bus | event bus \'Stack/It\' | - > It | events | no role | Dead | no retries']);
  expect(hopsOf({ Name: 'b' }, 'AWS::Events::EventBus')).toEqual([]);
});

test('a subscriber delivers from its bus', () => {
  const bus: Resources = { Newer: { Type: 'AWS::EventsV2::EventBus' } };
  const subscriber = { EventBusArn: arnOf('Newer'), InvokeConfiguration: { TargetArn: arnOf('Queue'), RoleArn: ROLE }, OnFailureConfiguration: { Arn: arnOf('Dead') } };
  expect(hopsOf(subscriber, 'AWS::EventsV2::Subscriber', bus)).toEqual(['subscriber | subscriber \'Stack/It\' | Newer > Queue | events | Role | Dead | 5 attempts in 5 min']);
  const slow = { ...subscriber, OnFailureConfiguration: undefined, RetryPolicy: { MaxRetryAttempts: 185, MaxEventAgeInSeconds: 86_400 } };
  expect(hopsOf(slow, 'AWS::EventsV2::Subscriber', bus)).toEqual(['subscriber | subscriber \'Stack/It\' | Newer > Queue | events | Role | none | 185 attempts in 24 h']);
});

test('a schedule invokes its target', () => {
  const target = { Arn: arnOf('Queue'), RoleArn: ROLE, DeadLetterConfig: { Arn: arnOf('Dead') }, RetryPolicy: { MaximumEventAgeInSeconds: 3600 } };
  expect(hopsOf({ Target: target }, 'AWS::Scheduler::Schedule')).toEqual(['schedule | schedule \'Stack/It\' | It > Queue | scheduler | Role | Dead | 185 attempts in 1 h']);
});

describe('a pipe', () => {
  test('of a queue leaves in the queue what it cannot deliver', () => {
    expect(hopsOf({ Source: arnOf('Queue'), Target: { Ref: 'Machine' }, RoleArn: ROLE }, 'AWS::Pipes::Pipe')).toEqual([
      'pipe | target of pipe \'Stack/It\' | Queue > Machine | pipes | Role | stays | no retries',
    ]);
  });

  test('of a stream has dead letters of its own', () => {
    const parameters = { KinesisStreamParameters: { StartingPosition: 'TRIM_HORIZON', MaximumRetryAttempts: 3, DeadLetterConfig: { Arn: arnOf('Dead') } } };
    expect(hopsOf({ Source: arnOf('Stream'), Enrichment: arnOf('Handler'), Target: arnOf('Queue'), SourceParameters: parameters }, 'AWS::Pipes::Pipe')).toEqual([
      'pipe | enrichment of pipe \'Stack/It\' | Stream > Handler | pipes | no role | Dead | 3 attempts',
      'pipe | target of pipe \'Stack/It\' | Stream > Queue | pipes | no role | Dead | 3 attempts',
    ]);
  });

  test('of the stream of a table has none if none are stated', () => {
    expect(hopsOf({ Source: { 'Fn::GetAtt': ['Table', 'StreamArn'] }, Target: arnOf('Queue') }, 'AWS::Pipes::Pipe')).toEqual([
      'pipe | target of pipe \'Stack/It\' | Table > Queue | pipes | no role | none | until the record expires',
    ]);
  });
});

describe('an event source', () => {
  test.each([
    ['a stream', arnOf('Stream'), {}, 'Stream > Handler | lambda | Role | none | until the record expires'],
    ['a consumer of a stream', arnOf('StreamConsumer'), { MaximumRetryAttempts: 2 }, 'Stream > Handler | lambda | Role | none | 2 attempts'],
    ['a table', { 'Fn::GetAtt': ['Table', 'StreamArn'] }, { MaximumRecordAgeInSeconds: 60 }, 'Table > Handler | lambda | Role | none | for 1 min'],
    ['a stream elsewhere', 'arn:aws:kinesis:eu-west-1:111122223333:stream/s', { MaximumRetryAttempts: 2, MaximumRecordAgeInSeconds: 3600 },
      'arn:aws:kinesis:eu-west-1:111122223333:stream/s > Handler | lambda | Role | none | 2 attempts in 1 h'],
    ['a table elsewhere', 'arn:aws:dynamodb:eu-west-1:111122223333:table/t/stream/s', { MaximumRetryAttempts: { Ref: 'P' } },
      'arn:aws:dynamodb:eu-west-1:111122223333:table/t/stream/s > Handler | lambda | Role | none | no retries'],
    ['a queue', arnOf('Queue'), {}, 'Queue > Handler | lambda | Role | stays | no retries'],
    ['a queue elsewhere', 'arn:aws:sqs:eu-west-1:111122223333:q', {}, 'arn:aws:sqs:eu-west-1:111122223333:q > Handler | lambda | Role | stays | no retries'],
  ])('reads %s', (_, source, settings, rest) => {
    expect(hopsOf({ EventSourceArn: source, FunctionName: { Ref: 'Handler' }, ...settings }, 'AWS::Lambda::EventSourceMapping')).toEqual([`eventSource | event source 'Stack/It' | ${rest}`]);
  });
});

test('a consumer of a stream elsewhere stands for the stream', () => {
  const consumer: Resources = { Foreign: { Type: 'AWS::Kinesis::StreamConsumer', Properties: { ConsumerName: 'c', StreamARN: 'arn:aws:kinesis:eu-west-1:111122223333:stream/s' } } };
  expect(hopsOf({ EventSourceArn: { Ref: 'Foreign' }, FunctionName: { Ref: 'Handler' } }, 'AWS::Lambda::EventSourceMapping', consumer)).toEqual([
    'eventSource | event source \'Stack/It\' | Foreign > Handler | lambda | Role | none | until the record expires',
  ]);
});

describe('asynchronous invocations', () => {
  const byRule = (target: unknown, more: Resources = {}) => hopsOf({ EventPattern: { source: ['shop'] }, Targets: [{ Id: 'T', Arn: target }] }, 'AWS::Events::Rule', more)
    .filter((text) => /^(asynchronous|destination)/.test(text));
  const config = (properties: object): Resources => ({ Config: { Type: 'AWS::Lambda::EventInvokeConfig', Properties: { FunctionName: { Ref: 'Handler' }, ...properties } } });
  const onFailure = { DestinationConfig: { OnFailure: { Destination: arnOf('Dead') } } };
  const name = 'asynchronous | asynchronous invocations of function \'Stack/Handler\' | - > Handler | lambda | Role';
  const sent = 'destination | failure destination of \'Stack/Config\' | Handler > Dead | lambda | Role | none | no retries';

  test.each<[string, unknown, Resources, string[]]>([
    ['without settings', arnOf('Handler'), {}, [`${name} | none | 2 retries in 6 h`]],
    ['with settings', arnOf('Handler'), config({ Qualifier: '$LATEST', MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60, ...onFailure }), [`${name} | Dead | 0 retries in 1 min`, sent]],
    ['with settings of an alias only', arnOf('Handler'), config({ Qualifier: 'live', ...onFailure }), [`${name} | none | 2 retries in 6 h`, sent]],
    ['by an alias', { Ref: 'Alias' }, config({ Qualifier: 'live', ...onFailure }), [`${name} | Dead | 2 retries in 6 h`, sent]],
    ['by an alias without settings', { Ref: 'Alias' }, config({ Qualifier: '$LATEST', ...onFailure }), [`${name} | none | 2 retries in 6 h`, sent]],
    ['by a version', { Ref: 'Version' }, config({ Qualifier: { 'Fn::GetAtt': ['Version', 'Version'] }, ...onFailure }), [`${name} | Dead | 2 retries in 6 h`, sent]],
    ['by a qualifier of the ARN', { 'Fn::Join': [':', [arnOf('Handler'), 'live']] }, config({ Qualifier: 'live', ...onFailure }), [`${name} | Dead | 2 retries in 6 h`, sent]],
    ['with settings of nobody knows what', arnOf('Handler'), config({ Qualifier: { Ref: 'P' }, ...onFailure }), [`${name} | unknown | no retries`, sent]],
    ['with settings that nobody knows', arnOf('Handler'), config({ Qualifier: '$LATEST', MaximumRetryAttempts: { Ref: 'P' } }), [`${name} | none | no retries`]],
    ['with a dead-letter queue', { Ref: 'Alias' }, { Handler: { Type: 'AWS::Lambda::Function', Properties: { Role: ROLE, DeadLetterConfig: { TargetArn: arnOf('Queue') } } } },
      [`${name} | Queue | 2 retries in 6 h`, `${name} | Queue | 2 retries in 6 h`]],
    ['of another function', arnOf('Other'), { Other: { Type: 'AWS::Lambda::Function', Properties: {} }, ...config({ Qualifier: '$LATEST' }) },
      ['asynchronous | asynchronous invocations of function \'Stack/Other\' | - > Other | lambda | no role | none | 2 retries in 6 h']],
    ['of nothing here', 'arn:aws:lambda:eu-west-1:111122223333:function:f', {}, []],
  ])('%s', (_, target, more, expected) => {
    expect(byRule(target, more)).toEqual(expected);
  });

  test('there are none of a function that nothing invokes so', () => {
    expect(hopsOf({ Source: arnOf('Queue'), Target: arnOf('Handler') }, 'AWS::Pipes::Pipe')).toHaveLength(1);
  });

  test.each([
    ['a schedule', { Target: { Arn: arnOf('Handler') } }, 'AWS::Scheduler::Schedule'],
    ['a pipe that does not wait', {
      Source: arnOf('Queue'), Target: arnOf('Handler'), TargetParameters: { LambdaFunctionParameters: { InvocationType: 'FIRE_AND_FORGET' } },
    }, 'AWS::Pipes::Pipe'],
    ['a destination', { FunctionName: 'arn:aws:lambda:eu-west-1:111122223333:function:f', DestinationConfig: { OnSuccess: { Destination: arnOf('Handler') } } }, 'AWS::Lambda::EventInvokeConfig'],
  ])('%s makes some', (_, properties, type) => {
    expect(hopsOf(properties, type).filter((text) => text.startsWith('asynchronous'))).toEqual([`${name} | none | 2 retries in 6 h`]);
  });
});

describe('a delivery stream', () => {
  const processing = (enabled: unknown) => ({
    Enabled: enabled,
    Processors: [
      { Type: 'Lambda', Parameters: [{ ParameterName: 'NumberOfRetries', ParameterValue: '1' }, { ParameterName: 'LambdaArn', ParameterValue: arnOf('Handler') }] },
      { Type: 'MetadataExtraction', Parameters: [{ ParameterName: 'MetadataExtractionQuery', ParameterValue: 'x' }] },
    ],
  });
  const bucket = { BucketARN: arnOf('Bucket'), RoleARN: ROLE };

  test('reads a stream, has a function transform the records, and writes them to a bucket', () => {
    const source = { KinesisStreamARN: arnOf('Stream'), RoleARN: ROLE };
    expect(hopsOf({ KinesisStreamSourceConfiguration: source, ExtendedS3DestinationConfiguration: { ...bucket, ProcessingConfiguration: processing(true) } }, 'AWS::KinesisFirehose::DeliveryStream')).toEqual([
      'deliveryStream | source of delivery stream \'Stack/It\' | Stream > It | firehose | Role | stays | no retries',
      'deliveryStream | transformation of delivery stream \'Stack/It\' | It > Handler | firehose | Role | Bucket | no retries',
      'deliveryStream | destination of delivery stream \'Stack/It\' | It > Bucket | firehose | Role | Bucket | no retries',
    ]);
  });

  test.each([false, undefined])('has no function transform the records if that is not enabled (%p)', (enabled) => {
    expect(hopsOf({ ExtendedS3DestinationConfiguration: { ...bucket, ProcessingConfiguration: processing(enabled) } }, 'AWS::KinesisFirehose::DeliveryStream')).toHaveLength(1);
  });

  test('writes what another destination refuses to a bucket', () => {
    const destination = { EndpointConfiguration: { Url: 'https://example.com' }, RoleARN: ROLE, S3Configuration: bucket };
    expect(hopsOf({ HttpEndpointDestinationConfiguration: destination }, 'AWS::KinesisFirehose::DeliveryStream')).toEqual([
      'deliveryStream | destination of delivery stream \'Stack/It\' | It > https://example.com | firehose | Role | Bucket | no retries',
    ]);
  });
});
