import type { Resources } from './check-defects';
import { checkDefects, found } from './check-defects';
import { checkTemplates } from '../../../src/delivery/checks';

const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const settings = (more: object) => ({
  FunctionName: { Ref: 'Handler' },
  StartingPosition: 'TRIM_HORIZON',
  BatchSize: 100,
  MaximumRetryAttempts: 5,
  MaximumRecordAgeInSeconds: 43200,
  BisectBatchOnFunctionError: true,
  FunctionResponseTypes: ['ReportBatchItemFailures'],
  DestinationConfig: { OnFailure: { Destination: arnOf('Failures') } },
  ...more,
});
const filtered = (...patterns: object[]) => ({ Filters: patterns.map((pattern) => ({ Pattern: JSON.stringify(pattern) })) });

/** A function that reads a stream and a table, and another by enhanced fan-out. */
const clean = (): Resources => ({
  Stream: { Type: 'AWS::Kinesis::Stream', Properties: { RetentionPeriodHours: 24 } },
  Consumer: { Type: 'AWS::Kinesis::StreamConsumer', Properties: { ConsumerName: 'audit', StreamARN: arnOf('Stream') } },
  Table: { Type: 'AWS::DynamoDB::Table', Properties: { StreamSpecification: { StreamViewType: 'NEW_IMAGE' } } },
  Failures: { Type: 'AWS::S3::Bucket', DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain', Properties: {} },
  Queue: { Type: 'AWS::SQS::Queue', Properties: {} },
  Topic: { Type: 'AWS::SNS::Topic', Properties: {} },
  Handler: { Type: 'AWS::Lambda::Function', Properties: { Timeout: 60, Role: 'arn:aws:iam::111122223333:role/Handler' } },
  OfStream: { Type: 'AWS::Lambda::EventSourceMapping', Properties: settings({ EventSourceArn: arnOf('Stream') }) },
  OfConsumer: { Type: 'AWS::Lambda::EventSourceMapping', Properties: settings({ EventSourceArn: { Ref: 'Consumer' } }) },
  OfTable: { Type: 'AWS::Lambda::EventSourceMapping', Properties: settings({ EventSourceArn: { 'Fn::GetAtt': ['Table', 'StreamArn'] } }) },
});

const reader = (source: object, more: object = {}) => ({ Type: 'AWS::Lambda::EventSourceMapping', Properties: settings({ EventSourceArn: source, ...more }) });
const ofTable = { 'Fn::GetAtt': ['Table', 'StreamArn'] };

checkDefects(clean, {
  streamRetriesUnbounded: {
    breaks: {
      'neither attempts nor age': ({ OfStream }) => { delete OfStream!.Properties.MaximumRetryAttempts; delete OfStream!.Properties.MaximumRecordAgeInSeconds; },
      'endless attempts and age': ({ OfTable }) => { OfTable!.Properties.MaximumRetryAttempts = -1; OfTable!.Properties.MaximumRecordAgeInSeconds = -1; },
      'a consumer': ({ OfConsumer }) => { delete OfConsumer!.Properties.MaximumRetryAttempts; delete OfConsumer!.Properties.MaximumRecordAgeInSeconds; },
    },
    keeps: {
      'attempts alone': ({ OfStream }) => { delete OfStream!.Properties.MaximumRecordAgeInSeconds; },
      'age alone': ({ OfStream }) => { delete OfStream!.Properties.MaximumRetryAttempts; },
    },
  },
  streamRecordAgeBeyondRetention: {
    breaks: {
      'the retention of the stream': ({ OfStream }) => { OfStream!.Properties.MaximumRecordAgeInSeconds = 86400; },
      'more than a consumer can still read': ({ OfConsumer }) => { OfConsumer!.Properties.MaximumRecordAgeInSeconds = 604800; },
      'a day for a table': ({ OfTable }) => { OfTable!.Properties.MaximumRecordAgeInSeconds = 86400; },
      'a table of another app': ({ OfTable }) => {
        OfTable!.Properties = { ...OfTable!.Properties, EventSourceArn: 'arn:aws:dynamodb:eu-west-1:111122223333:table/t/stream/s', MaximumRecordAgeInSeconds: 86400 };
      },
    },
    keeps: {
      'a stream that keeps records for longer': ({ Stream, OfStream }) => { Stream!.Properties.RetentionPeriodHours = 25; OfStream!.Properties.MaximumRecordAgeInSeconds = 86400; },
      'a retention that only a parameter says': ({ Stream, OfStream }) => { Stream!.Properties.RetentionPeriodHours = { Ref: 'P' }; OfStream!.Properties.MaximumRecordAgeInSeconds = 604800; },
      'a stream of another app': ({ OfStream }) => {
        OfStream!.Properties = { ...OfStream!.Properties, EventSourceArn: 'arn:aws:kinesis:eu-west-1:111122223333:stream/s', MaximumRecordAgeInSeconds: 604800 };
      },
    },
  },
  streamStartsLatest: { breaks: { 'a stream': ({ OfStream }) => { OfStream!.Properties.StartingPosition = 'LATEST'; } } },
  streamBatchFailsWhole: {
    breaks: { 'neither of both': ({ OfStream }) => { delete OfStream!.Properties.BisectBatchOnFunctionError; delete OfStream!.Properties.FunctionResponseTypes; } },
    keeps: {
      'a batch of one': ({ OfStream }) => {
        delete OfStream!.Properties.BisectBatchOnFunctionError;
        delete OfStream!.Properties.FunctionResponseTypes;
        OfStream!.Properties.BatchSize = 1;
      },
    },
  },
  streamBatchNotBisected: {
    breaks: {
      'no bisecting': ({ OfStream }) => { delete OfStream!.Properties.BisectBatchOnFunctionError; },
      'no bisecting of the default batch': ({ OfTable }) => { delete OfTable!.Properties.BatchSize; OfTable!.Properties.BisectBatchOnFunctionError = false; },
    },
    keeps: { 'what only a parameter says': ({ OfStream }) => { OfStream!.Properties.BisectBatchOnFunctionError = { Ref: 'P' }; } },
  },
  streamBatchReprocessed: {
    breaks: { 'no partial responses': ({ OfStream }) => { delete OfStream!.Properties.FunctionResponseTypes; } },
    keeps: { 'what only a parameter says': ({ OfStream }) => { OfStream!.Properties.FunctionResponseTypes = { Ref: 'P' }; } },
  },
  streamFailureDestinationMissing: {
    breaks: { 'no destination': ({ OfStream }) => { delete OfStream!.Properties.DestinationConfig; } },
    keeps: {
      'what only a parameter says': ({ OfStream }) => { OfStream!.Properties.DestinationConfig = { Ref: 'P' }; },
      'a source that is no stream': ({ OfStream }) => { OfStream!.Properties.EventSourceArn = 'arn:aws:kafka:eu-west-1:111122223333:cluster/c'; delete OfStream!.Properties.DestinationConfig; },
    },
  },
  streamFailureDestinationFifo: {
    breaks: {
      'a FIFO queue': ({ OfStream, Queue }) => { Queue!.Properties = { FifoQueue: true }; OfStream!.Properties.DestinationConfig.OnFailure.Destination = arnOf('Queue'); },
      'a FIFO topic': ({ OfStream, Topic }) => { Topic!.Properties = { FifoTopic: true }; OfStream!.Properties.DestinationConfig.OnFailure.Destination = { Ref: 'Topic' }; },
      'a FIFO queue of another app': ({ OfStream }) => { OfStream!.Properties.DestinationConfig.OnFailure.Destination = 'arn:aws:sqs:eu-west-1:111122223333:q.fifo'; },
    },
  },
  streamFailureWithoutPayload: {
    breaks: {
      'a queue': ({ OfStream }) => { OfStream!.Properties.DestinationConfig.OnFailure.Destination = arnOf('Queue'); },
      'a topic': ({ OfTable }) => { OfTable!.Properties.DestinationConfig.OnFailure.Destination = { Ref: 'Topic' }; },
    },
    keeps: {
      'a bucket of another app': ({ OfStream }) => { OfStream!.Properties.DestinationConfig.OnFailure.Destination = 'arn:aws:s3:::bucket'; },
      'a destination that only a parameter says': ({ OfStream }) => { OfStream!.Properties.DestinationConfig.OnFailure.Destination = { Ref: 'P' }; },
    },
  },
  streamFilterUnknownField: {
    breaks: {
      'what records of a stream are wrapped in': ({ OfStream }) => { OfStream!.Properties.FilterCriteria = filtered({ kinesis: { data: { a: [1] } } }); },
      'a field in the wrong case': ({ OfTable }) => { OfTable!.Properties.FilterCriteria = filtered({ event_name: ['INSERT'] }); },
      'one filter of two': ({ OfTable }) => { OfTable!.Properties.FilterCriteria = filtered({ eventName: ['INSERT'] }, { body: ['a'] }); },
    },
    keeps: {
      'fields of a record of a table': ({ OfTable }) => { OfTable!.Properties.FilterCriteria = filtered({ eventName: ['INSERT'], userIdentity: { type: ['Service'] }, dynamodb: { NewImage: { a: { S: ['x'] } } } }); },
      'a field of a record of a stream': ({ OfStream }) => { OfStream!.Properties.FilterCriteria = filtered({ partitionKey: ['1'] }); },
      'an alternative': ({ OfTable }) => { OfTable!.Properties.FilterCriteria = filtered({ $or: [{ eventName: ['INSERT'] }] }); },
      'a pattern that is no JSON': ({ OfTable }) => { OfTable!.Properties.FilterCriteria = { Filters: [{ Pattern: '{' }] }; },
      'a pattern that only a parameter says': ({ OfTable }) => { OfTable!.Properties.FilterCriteria = { Filters: [{ Pattern: { Ref: 'P' } }] }; },
      'no filter': ({ OfTable }) => { OfTable!.Properties.FilterCriteria = { Filters: [] }; },
    },
  },
  tableFilterUntyped: {
    breaks: {
      'a list of values': ({ OfTable }) => { OfTable!.Properties.FilterCriteria = filtered({ dynamodb: { NewImage: { status: ['paid'] } } }); },
      'an object without a type': ({ OfTable }) => { OfTable!.Properties.FilterCriteria = filtered({ dynamodb: { Keys: { order: { status: ['paid'] } } } }); },
    },
    keeps: {
      'a matcher of an attribute': ({ OfTable }) => { OfTable!.Properties.FilterCriteria = filtered({ dynamodb: { NewImage: { status: [{ exists: true }] } } }); },
      'a matcher of an image': ({ OfTable }) => { OfTable!.Properties.FilterCriteria = filtered({ dynamodb: { NewImage: [{ exists: true }] } }); },
      'an alternative in an image': ({ OfTable }) => { OfTable!.Properties.FilterCriteria = filtered({ dynamodb: { NewImage: { $or: [{ a: { S: ['x'] } }, { b: { S: ['x'] } }] } } }); },
      'data of a stream': ({ OfStream }) => {
        OfStream!.Properties.FilterCriteria = filtered({ data: { status: ['paid'] } });
        OfStream!.Properties.MetricsConfig = { Metrics: ['EventCount'] };
      },
    },
  },
  tableFilterImageMissing: {
    breaks: {
      'the old image of a stream of new ones': ({ OfTable }) => { OfTable!.Properties.FilterCriteria = filtered({ dynamodb: { OldImage: { a: { S: ['x'] } } } }); },
      'the new image of a stream of old ones': ({ OfTable, Table }) => {
        Table!.Properties.StreamSpecification.StreamViewType = 'OLD_IMAGE';
        OfTable!.Properties.FilterCriteria = filtered({ dynamodb: { NewImage: { a: { S: ['x'] } } } });
      },
      'the new image of a stream of keys': ({ OfTable, Table }) => {
        Table!.Properties.StreamSpecification.StreamViewType = 'KEYS_ONLY';
        OfTable!.Properties.FilterCriteria = filtered({ dynamodb: { NewImage: { a: { S: ['x'] } } } });
      },
      'the old image of a stream of keys': ({ OfTable, Table }) => {
        Table!.Properties.StreamSpecification.StreamViewType = 'KEYS_ONLY';
        OfTable!.Properties.FilterCriteria = filtered({ dynamodb: { OldImage: { a: { S: ['x'] } } } });
      },
    },
    keeps: {
      'the keys': ({ OfTable, Table }) => { Table!.Properties.StreamSpecification.StreamViewType = 'KEYS_ONLY'; OfTable!.Properties.FilterCriteria = filtered({ dynamodb: { Keys: { a: { S: ['x'] } } } }); },
      'the old image of a stream of both': ({ OfTable, Table }) => {
        Table!.Properties.StreamSpecification.StreamViewType = 'NEW_AND_OLD_IMAGES';
        OfTable!.Properties.FilterCriteria = filtered({ dynamodb: { OldImage: { a: { S: ['x'] } }, NewImage: { a: { S: ['y'] } } } });
      },
      'a view that only a parameter says': ({ OfTable, Table }) => {
        Table!.Properties.StreamSpecification.StreamViewType = { Ref: 'P' };
        OfTable!.Properties.FilterCriteria = filtered({ dynamodb: { OldImage: { a: { S: ['x'] } } } });
      },
    },
  },
  tableFilterPlainNumber: {
    breaks: { 'a number': ({ OfTable }) => { OfTable!.Properties.FilterCriteria = filtered({ dynamodb: { NewImage: { price: { N: [1] } } } }); } },
    keeps: { 'a number as a text': ({ OfTable }) => { OfTable!.Properties.FilterCriteria = filtered({ dynamodb: { NewImage: { price: { N: ['1'] } } } }); } },
  },
  tableTtlFilterReplicated: {
    breaks: {
      'a global table': ({ Table, OfTable }) => {
        Table!.Type = 'AWS::DynamoDB::GlobalTable';
        Table!.Properties.Replicas = [{ Region: 'eu-west-1' }, { Region: 'eu-central-1' }];
        OfTable!.Properties.FilterCriteria = filtered({ userIdentity: { type: ['Service'] } });
      },
    },
    keeps: {
      'a table in one region': ({ OfTable }) => { OfTable!.Properties.FilterCriteria = filtered({ userIdentity: { type: ['Service'] } }); },
      'a table of another app': ({ OfTable }) => {
        OfTable!.Properties.EventSourceArn = 'arn:aws:dynamodb:eu-west-1:111122223333:table/t/stream/s';
        OfTable!.Properties.FilterCriteria = filtered({ userIdentity: { type: ['Service'] } });
      },
    },
  },
  streamFilterDropsOtherData: {
    breaks: { 'a filter by data': ({ OfStream }) => { OfStream!.Properties.FilterCriteria = filtered({ data: { a: [1] } }); } },
    keeps: {
      'one that is counted': ({ OfStream }) => { OfStream!.Properties.FilterCriteria = filtered({ data: { a: [1] } }); OfStream!.Properties.MetricsConfig = { Metrics: ['EventCount'] }; },
    },
  },
  streamRetriesNone: { breaks: { 'no retries': ({ OfStream }) => { OfStream!.Properties.MaximumRetryAttempts = 0; } } },
  streamTumblingParallel: {
    breaks: { 'several batches of a window': ({ OfStream }) => { OfStream!.Properties.TumblingWindowInSeconds = 60; OfStream!.Properties.ParallelizationFactor = 2; } },
    keeps: { 'several batches': ({ OfStream }) => { OfStream!.Properties.ParallelizationFactor = 2; } },
  },
  streamAggregatedRecordsLost: {
    breaks: {
      'several batches of a consumer': ({ OfConsumer }) => { OfConsumer!.Properties.ParallelizationFactor = 2; },
      'those of a consumer of another app': ({ OfStream }) => {
        OfStream!.Properties.EventSourceArn = 'arn:aws:kinesis:eu-west-1:111122223333:stream/s/consumer/c:1';
        OfStream!.Properties.ParallelizationFactor = 2;
      },
    },
  },
  tableStartsAtTimestamp: {
    breaks: { 'a table': ({ OfTable }) => { OfTable!.Properties.StartingPosition = 'AT_TIMESTAMP'; } },
    keeps: { 'a stream': ({ OfStream }) => { OfStream!.Properties.StartingPosition = 'AT_TIMESTAMP'; } },
  },
  tableStreamUnnamed: {
    breaks: { 'any stream of a table': ({ OfTable }) => { OfTable!.Properties.EventSourceArn = 'arn:aws:dynamodb:eu-west-1:111122223333:table/t/stream/*'; } },
  },
  streamHandlerUnqualified: {
    breaks: {
      'a durable function': ({ Handler, OfConsumer, OfTable, ...resources }) => {
        Handler!.Properties.DurableConfig = { ExecutionTimeout: 60 };
        OfConsumer!.Properties.FunctionName = OfTable!.Properties.FunctionName = { Ref: 'Version' };
        resources.OfStream!.Properties.FunctionName = { Ref: 'Handler' };
      },
    },
  },
  streamHandlerTenantIsolation: { breaks: { 'a function with tenants': ({ Handler }) => { Handler!.Properties.TenancyConfig = { TenantIsolationMode: 'PER_TENANT' }; } } },
  streamReadersShareThroughput: {
    breaks: {
      'three event sources': (resources) => { resources.Second = reader(arnOf('Stream')); resources.Third = reader(arnOf('Stream')); },
      'a delivery stream and a pipe': (resources) => {
        resources.Archive = {
          Type: 'AWS::KinesisFirehose::DeliveryStream',
          Properties: { KinesisStreamSourceConfiguration: { KinesisStreamARN: arnOf('Stream') }, S3DestinationConfiguration: { BucketARN: arnOf('Failures') } },
        };
        resources.Pipe = {
          Type: 'AWS::Pipes::Pipe',
          Properties: {
            Source: arnOf('Stream'),
            Target: { Ref: 'Topic' },
            SourceParameters: {
              KinesisStreamParameters: {
                StartingPosition: 'TRIM_HORIZON', MaximumRetryAttempts: 5, OnPartialBatchItemFailure: 'AUTOMATIC_BISECT', DeadLetterConfig: { Arn: arnOf('Queue') },
              },
            },
          },
        };
      },
    },
    keeps: {
      'two event sources': (resources) => { resources.Second = reader(arnOf('Stream')); },
      'one that is switched off': (resources) => { resources.Second = reader(arnOf('Stream')); resources.Third = reader(arnOf('Stream'), { Enabled: false }); },
      'one of which only a parameter says whether it is': (resources) => { resources.Second = reader(arnOf('Stream')); resources.Third = reader(arnOf('Stream'), { Enabled: { Ref: 'P' } }); },
      'one that may be missing': (resources) => { resources.Second = reader(arnOf('Stream')); resources.Third = { ...reader(arnOf('Stream')), Condition: 'C' }; },
      'more consumers': (resources) => { resources.Second = reader({ Ref: 'Consumer' }); resources.Third = reader({ Ref: 'Consumer' }); },
    },
  },
  tableStreamReadersThrottled: {
    breaks: {
      'three event sources': (resources) => { resources.Second = reader(ofTable); resources.Third = reader(ofTable); },
      'two of a global table': ({ Table, ...resources }) => {
        Table!.Type = 'AWS::DynamoDB::GlobalTable';
        Table!.Properties.Replicas = [{ Region: 'eu-west-1' }, { Region: 'eu-central-1' }];
        resources.OfConsumer!.Properties.EventSourceArn = ofTable;
      },
    },
    keeps: {
      'two event sources': (resources) => { resources.Second = reader(ofTable); },
      'two of a table with replicas that only a parameter says': ({ Table, ...resources }) => {
        Table!.Type = 'AWS::DynamoDB::GlobalTable';
        Table!.Properties.Replicas = { Ref: 'P' };
        resources.OfConsumer!.Properties.EventSourceArn = ofTable;
      },
      'two of a table that is in one region': ({ Table, ...resources }) => {
        Table!.Type = 'AWS::DynamoDB::GlobalTable';
        Table!.Properties.Replicas = [{ Region: 'eu-west-1' }];
        resources.OfConsumer!.Properties.EventSourceArn = ofTable;
      },
    },
  },
  streamConsumerTagged: {
    breaks: { tags: ({ Consumer }) => { Consumer!.Properties.Tags = [{ Key: 'stage', Value: 'test' }]; } },
    keeps: {
      'no tags': ({ Consumer }) => { Consumer!.Properties.Tags = []; },
      'what only a parameter says': ({ Consumer }) => { Consumer!.Properties.Tags = { Ref: 'P' }; },
    },
  },
  streamConsumersTooMany: {
    breaks: { 'more than Kinesis registers': (resources) => { addConsumers(resources, 50); } },
  },
  streamConsumersNeedAdvantage: {
    breaks: { 'more than it usually registers': (resources) => { addConsumers(resources, 20); } },
    keeps: {
      'as many as it registers': (resources) => { addConsumers(resources, 19); },
      'some that may be missing': (resources) => { addConsumers(resources, 20, { Condition: 'C' }); },
      'those of streams of another app': (resources) => { addConsumers(resources, 20, {}, 'arn:aws:kinesis:eu-west-1:111122223333:stream/s'); },
    },
  },
  tableWritesBack: {
    breaks: { 'a role that may': (resources) => { allowWrites(resources); } },
    keeps: {
      'a filter': (resources) => { allowWrites(resources); resources.OfTable!.Properties.FilterCriteria = filtered({ eventName: ['INSERT'] }); },
      'an event source that is switched off': (resources) => { allowWrites(resources); resources.OfTable!.Properties.Enabled = false; },
      'a role that may write to another table': (resources) => { allowWrites(resources, 'arn:aws:dynamodb:eu-west-1:111122223333:table/other'); },
      'a role that may under a condition': (resources) => { allowWrites(resources, arnOf('Table'), { StringEquals: { 'dynamodb:LeadingKeys': 'a' } }); },
    },
  },
});

function addConsumers(resources: Resources, count: number, more: object = {}, stream: unknown = arnOf('Stream')): void {
  Array.from({ length: count }).forEach((_, index) => {
    resources[`Consumer${index}`] = { Type: 'AWS::Kinesis::StreamConsumer', Properties: { ConsumerName: `c${index}`, StreamARN: stream }, ...more };
  });
}

function allowWrites(resources: Resources, table: unknown = arnOf('Table'), condition?: object, action = 'dynamodb:PutItem'): void {
  const statement = { Effect: 'Allow', Action: [action], Resource: table, ...(condition && { Condition: condition }) };
  resources.Role = { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {}, Policies: [{ PolicyDocument: { Statement: [statement] } }] } };
  resources.Handler!.Properties.Role = arnOf('Role');
}

test.each(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'])('a function that reads a table is found to write to it by %s', (action) => {
  const resources = clean();
  allowWrites(resources, arnOf('Table'), undefined, `dynamodb:${action}`);
  const texts = checkTemplates([{ stack: 'Stack', template: { Resources: resources } }]).map(({ id, what }) => `${id}: ${what}`);
  expect(texts).toContainEqual(expect.stringMatching(new RegExp(`^tableWrit.*dynamodb:${action}`)));
});

describe('an event source in another region than its stream', () => {
  const regionOf = (text: string) => {
    const resources = clean();
    resources.OfStream!.Properties.EventSourceArn = text;
    return found(resources, { region: 'eu-central-1' }).filter((id) => id.startsWith('streamRegion'));
  };

  test('is found', () => {
    expect(regionOf('arn:aws:kinesis:eu-west-1:111122223333:stream/s')).toEqual(['streamRegion at OfStream']);
  });

  test('is not found where the region is the same', () => {
    expect(regionOf('arn:aws:kinesis:eu-central-1:111122223333:stream/s')).toEqual([]);
  });
});

test('texts name the values that are meant where none are stated', () => {
  const resources = clean();
  delete resources.OfStream!.Properties.BatchSize;
  delete resources.OfStream!.Properties.BisectBatchOnFunctionError;
  resources.OfStream!.Properties.MaximumRecordAgeInSeconds = 86400;
  resources.OfTable!.Properties.DestinationConfig.OnFailure.Destination = 'arn:aws:sqs:eu-west-1:111122223333:discarded';
  const texts = checkTemplates([{ stack: 'Stack', template: { Resources: resources } }]).map(({ id, what, fix }) => `${id}: ${what}: ${fix}`);
  expect(texts.find((text) => text.startsWith('streamBatchNotBisected'))).toContain('batches of 100 records');
  expect(texts.find((text) => text.startsWith('streamRecordAgeBeyondRetention'))).toContain('less than 86400, for example 43200');
  expect(texts.find((text) => text.startsWith('streamFailureWithoutPayload'))).toContain('\'arn:aws:sqs:eu-west-1:111122223333:discarded\'');
});
