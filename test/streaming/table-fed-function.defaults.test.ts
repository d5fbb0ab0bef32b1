import type { Stack } from 'aws-cdk-lib';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { ALARM, MAPPING, POLICY, tableIn, warningIds } from './fixtures';
import { describeAlarms, expectedAlarms } from './reader-alarms';
import type { TableFedFunctionProps } from '../../src';
import { FailureForm, FailureStore, TableFedFunction, TableFilters } from '../../src';
import { attribute, handlerIn, newStack, ref, resourceOf, resourcesOf } from '../messaging/fixtures';

/** A stack with one pattern, 'Reader'. */
function stackWith(props: Partial<TableFedFunctionProps> = {}): Stack {
  const stack = newStack();
  new TableFedFunction(stack, 'Reader', { handler: handlerIn(stack), table: tableIn(stack), ...props });
  return stack;
}

describe('with a handler and a table, the event source', () => {
  const stack = stackWith();
  const mapping = resourceOf(stack, MAPPING);

  test('reads the stream of the table for the handler, from its beginning', () => {
    Template.fromStack(stack).hasResourceProperties(MAPPING, { EventSourceArn: attribute('Table', 'StreamArn'), FunctionName: ref('Handler'), StartingPosition: 'TRIM_HORIZON' });
  });

  test('gives the handler up to 100 records, and separates a bad one from the good ones', () => {
    expect(mapping.Properties).toMatchObject({ BatchSize: 100, FunctionResponseTypes: ['ReportBatchItemFailures'], BisectBatchOnFunctionError: true });
  });

  test('retries a batch 5 times, for 12 of the 24 hours for which the stream keeps it', () => {
    expect(mapping.Properties).toMatchObject({ MaximumRetryAttempts: 5, MaximumRecordAgeInSeconds: 43_200 });
  });

  test('keeps what it gives up in a bucket, and counts', () => {
    Template.fromStack(stack).hasResourceProperties(MAPPING, {
      DestinationConfig: { OnFailure: { Destination: attribute('ReaderFailuresBucket') } }, MetricsConfig: { Metrics: ['EventCount'] },
    });
  });

  test('has nothing else settled', () => {
    expect(Object.keys(mapping.Properties).sort()).toEqual([
      'BatchSize', 'BisectBatchOnFunctionError', 'DestinationConfig', 'EventSourceArn', 'FunctionName', 'FunctionResponseTypes', 'MaximumRecordAgeInSeconds', 'MaximumRetryAttempts',
      'MetricsConfig', 'StartingPosition',
    ]);
  });

  test('waits for the permissions of the handler, without which Lambda refuses it', () => {
    expect(mapping.DependsOn).toEqual([expect.stringMatching(/^HandlerServiceRoleDefaultPolicy/)]);
  });
});

describe('the handler is allowed to read the stream and to store what failed, and nothing else', () => {
  const ofAccount = { StringEquals: { 's3:ResourceAccount': { Ref: 'AWS::AccountId' } } };
  const read = [
    { Action: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'], Effect: 'Allow', Resource: attribute('Table', 'StreamArn') },
    { Action: 'dynamodb:ListStreams', Effect: 'Allow', Resource: '*' },
  ];
  const store = [
    { Action: 's3:PutObject', Effect: 'Allow', Condition: ofAccount, Resource: { 'Fn::Join': ['', [attribute('ReaderFailuresBucket'), '/*']] } },
    { Action: 's3:ListBucket', Effect: 'Allow', Condition: ofAccount, Resource: attribute('ReaderFailuresBucket') },
  ];
  const statementsOf = (stack: Stack, statements: object[]) => Template.fromStack(stack).hasResourceProperties(POLICY, {
    PolicyDocument: { Statement: statements }, PolicyName: Match.stringLikeRegexp('^HandlerServiceRoleDefaultPolicy'),
  });

  test('of a table', () => statementsOf(stackWith(), [...read, ...store]));

  test('of a table with a key', () => {
    const stack = newStack();
    const table = new dynamodb.Table(stack, 'Table', {
      partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING }, stream: dynamodb.StreamViewType.NEW_IMAGE, encryptionKey: new kms.Key(stack, 'Key'),
    });
    new TableFedFunction(stack, 'Reader', { handler: handlerIn(stack), table });
    statementsOf(stack, [...read, { Action: 'kms:Decrypt', Effect: 'Allow', Resource: attribute('Key') }, ...store]);
  });

  test('with a key for the bucket', () => {
    const stack = newStack();
    new TableFedFunction(stack, 'Reader', { handler: handlerIn(stack), table: tableIn(stack), encryptionKey: new kms.Key(stack, 'Key') });
    statementsOf(stack, [...read, ...store, { Action: 'kms:GenerateDataKey', Effect: 'Allow', Resource: attribute('Key') }]);
  });
});

test('there is no warning besides that the alarms notify nobody', () => {
  expect(warningIds(stackWith())).toEqual([]);
});

test('the parts are public', () => {
  const stack = newStack();
  const [handler, table] = [handlerIn(stack), tableIn(stack)];
  const reader = new TableFedFunction(stack, 'Reader', { handler, table });
  expect([reader.handler, reader.table]).toEqual([handler, table]);
  expect(reader.eventSource).toBe(reader.node.findChild('EventSource'));
  expect(reader.failureStore.bucket).toBe(reader.node.findChild('Failures').node.findChild('Bucket'));
  expect(reader.failureStore.form).toBe(FailureForm.STREAM_BATCH);
  expect(stack.resolve(reader.failureStore.prefix)).toEqual({ 'Fn::Join': ['', ['aws/lambda/', { Ref: expect.stringMatching(/^ReaderEventSource/) }, '/']] });
  expect(reader.node.children.map(({ node }) => node.id)).toEqual([
    'Failures', 'EventSource', 'IteratorAgeAlarm', 'IteratorAgeCriticalAlarm', 'DroppedRecordsAlarm', 'FailuresNotStoredAlarm', 'StoredFailuresAlarm', 'ReadingStoppedAlarm',
  ]);
});

describe('a prop that is stated reaches the event source', () => {
  test.each<[string, Partial<TableFedFunctionProps>, Record<string, unknown>]>([
    ['batchSize', { batchSize: 3 }, { BatchSize: 3 }],
    ['maxBatchingWindow', { maxBatchingWindow: Duration.seconds(20) }, { MaximumBatchingWindowInSeconds: 20 }],
    ['parallelizationFactor', { parallelizationFactor: 7 }, { ParallelizationFactor: 7 }],
    ['tumblingWindow', { tumblingWindow: Duration.minutes(2) }, { TumblingWindowInSeconds: 120 }],
    ['startingPosition', { startingPosition: lambda.StartingPosition.LATEST }, { StartingPosition: 'LATEST' }],
    ['retryAttempts', { retryAttempts: 9 }, { MaximumRetryAttempts: 9 }],
    ['maxRecordAge', { maxRecordAge: Duration.hours(2) }, { MaximumRecordAgeInSeconds: 7200 }],
    ['filters', { filters: [TableFilters.deletesOnly()] }, { FilterCriteria: { Filters: [{ Pattern: '{"eventName":["REMOVE"]}' }] } }],
    ['enabled', { enabled: false }, { Enabled: false }],
  ])('%s', (_, props, expected) => {
    expect(resourceOf(stackWith(props), MAPPING).Properties).toMatchObject(expected);
  });
});

test('a key for filters is used by Lambda, which is granted it', () => {
  const stack = newStack();
  new TableFedFunction(stack, 'Reader', { handler: handlerIn(stack), table: tableIn(stack), filters: [TableFilters.deletesOnly()], filterEncryption: new kms.Key(stack, 'Key') });
  expect(resourceOf(stack, MAPPING).Properties.KmsKeyArn).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] });
  expect(JSON.stringify(resourceOf(stack, 'AWS::KMS::Key').Properties.KeyPolicy)).toContain('lambda.amazonaws.com');
});

test('removalPolicy is that of the bucket', () => {
  const { DeletionPolicy, UpdateReplacePolicy } = resourceOf(stackWith({ removalPolicy: RemovalPolicy.DESTROY }), 'AWS::S3::Bucket');
  expect([DeletionPolicy, UpdateReplacePolicy]).toEqual(['Delete', 'Delete']);
});

test('a failure store that is given is used, and none is made', () => {
  const stack = newStack();
  const bucket = new s3.Bucket(stack, 'Bucket');
  const reader = new TableFedFunction(stack, 'Reader', { handler: handlerIn(stack), table: tableIn(stack), failureStore: FailureStore.of(bucket) });
  expect(reader.failureStore.bucket).toBe(bucket);
  expect(Object.keys(resourcesOf(stack, 'AWS::S3::Bucket'))).toHaveLength(1);
});

describe('alarms', () => {
  describeAlarms('table-fed-function', expectedAlarms(43_200_000), (alarms) => stackWith({ alarms }));

  test('there are these, with those of the failure bucket and of the handler', () => {
    expect(Object.keys(resourcesOf(stackWith(), ALARM)).map((id) => id.slice(0, -8)).sort()).toEqual([
      'HandlerHandlerAlarmsDuration', 'HandlerHandlerAlarmsErrors', 'HandlerHandlerAlarmsThrottles', 'ReaderDroppedRecordsAlarm', 'ReaderFailuresFailuresStoredAlarm',
      'ReaderFailuresNotStoredAlarm', 'ReaderIteratorAgeAlarm', 'ReaderIteratorAgeCriticalAlarm', 'ReaderReadingStoppedAlarm', 'ReaderStoredFailuresAlarm',
    ]);
  });

  test('by their names, and as a list', () => {
    const stack = newStack();
    const { alarms, allAlarms } = new TableFedFunction(stack, 'Reader', { handler: handlerIn(stack), table: tableIn(stack), alarms: { droppedRecords: { enabled: false } } });
    expect(Object.keys(alarms)).toEqual([
      'iteratorAge', 'iteratorAgeCritical', 'failuresNotStored', 'storedFailures', 'readingStopped', 'handlerErrors', 'handlerThrottles', 'handlerDuration',
    ]);
    expect(allAlarms).toEqual(Object.values(alarms));
    allAlarms.pop();
    expect(Object.values(alarms)).toHaveLength(8);
  });

  test('that on duration follows a stated timeout of an imported function', () => {
    const stack = newStack();
    const handler = lambda.Function.fromFunctionAttributes(stack, 'Handler', { functionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:orders', sameEnvironment: true });
    const { alarms } = new TableFedFunction(stack, 'Reader', { handler, table: tableIn(stack), handlerTimeout: Duration.seconds(50) });
    expect((alarms.handlerDuration!.node.defaultChild as unknown as { threshold: number }).threshold).toBe(40_000);
  });
});
