import type { Resources } from './check-defects';
import { checkDefects } from './check-defects';

const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const destination = ({ Archive }: Resources) => Archive!.Properties.ExtendedS3DestinationConfiguration;
const RoleARN = 'arn:aws:iam::111122223333:role/Role';

/** A delivery stream that has a function transform records before it writes them to a bucket. */
const clean = (): Resources => ({
  Bucket: { Type: 'AWS::S3::Bucket', DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain', Properties: {} },
  Transform: { Type: 'AWS::Lambda::Function', Properties: { Timeout: 60, Role: RoleARN } },
  Archive: {
    Type: 'AWS::KinesisFirehose::DeliveryStream',
    Properties: {
      DeliveryStreamType: 'DirectPut',
      ExtendedS3DestinationConfiguration: {
        BucketARN: arnOf('Bucket'),
        RoleARN,
        Prefix: 'data/!{timestamp:yyyy/MM/dd}/',
        ErrorOutputPrefix: 'errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/',
        ProcessingConfiguration: { Enabled: true, Processors: [{ Type: 'Lambda', Parameters: [{ ParameterName: 'LambdaArn', ParameterValue: arnOf('Transform') }] }] },
        S3BackupMode: 'Enabled',
        S3BackupConfiguration: { BucketARN: arnOf('Bucket'), RoleARN, Prefix: 'raw/' },
      },
    },
  },
});

/** By a key that a query takes out of each record. */
function partition(resources: Resources, query: unknown = '{customer:.customer}'): void {
  const s3 = destination(resources);
  s3.Prefix = 'data/!{partitionKeyFromQuery:customer}/';
  s3.DynamicPartitioningConfiguration = { Enabled: true };
  s3.ProcessingConfiguration.Processors.push({
    Type: 'MetadataExtraction',
    Parameters: [{ ParameterName: 'JsonParsingEngine', ParameterValue: 'JQ-1.6' }, { ParameterName: 'MetadataExtractionQuery', ParameterValue: query }],
  });
}

checkDefects(clean, {
  deliveryStreamWithoutErrorPrefix: {
    breaks: { 'a prefix with expressions': (resources) => { delete destination(resources).ErrorOutputPrefix; } },
    keeps: {
      'one that only a parameter says': (resources) => { destination(resources).ErrorOutputPrefix = { Ref: 'P' }; },
      'a destination of which only a parameter says what it is': ({ Archive }) => { Archive!.Properties.ExtendedS3DestinationConfiguration = { Ref: 'P' }; },
      'what another destination refuses': ({ Archive }) => {
        Archive!.Properties = { HttpEndpointDestinationConfiguration: { EndpointConfiguration: { Url: 'https://example.com' }, S3Configuration: { BucketARN: arnOf('Bucket') }, Prefix: '!{timestamp:yyyy}' } };
      },
    },
  },
  deliveryStreamErrorTypeMissing: { breaks: { 'expressions without it': (resources) => { destination(resources).ErrorOutputPrefix = 'errors/!{timestamp:yyyy}/'; } } },
  deliveryStreamErrorTypeInPrefix: { breaks: { 'the type of an error among the data': (resources) => { destination(resources).Prefix = 'data/!{firehose:error-output-type}/'; } } },
  deliveryStreamBufferTooSmall: {
    breaks: {
      'partitions in a small buffer': (resources) => { partition(resources); destination(resources).BufferingHints = { IntervalInSeconds: 60, SizeInMBs: 5 }; },
      'a conversion in a small buffer': (resources) => {
        destination(resources).DataFormatConversionConfiguration = {};
        destination(resources).BufferingHints = { IntervalInSeconds: 60, SizeInMBs: '63' };
      },
    },
    keeps: {
      'the default': partition,
      'a size that only a parameter says': (resources) => { partition(resources); destination(resources).BufferingHints = { SizeInMBs: { Ref: 'P' } }; },
      'a small buffer for records as they are': (resources) => { destination(resources).BufferingHints = { IntervalInSeconds: 60, SizeInMBs: 5 }; },
    },
  },
  partitionsWithoutPrefix: {
    breaks: { 'a prefix of times': (resources) => { partition(resources); destination(resources).Prefix = 'data/!{timestamp:yyyy}/'; } },
    keeps: { 'a prefix of which only a parameter says a part': (resources) => { partition(resources); destination(resources).Prefix = { 'Fn::Sub': 'data/${P}/' }; } },
  },
  partitionKeyNotComputed: {
    breaks: {
      'another key': (resources) => { partition(resources, '{id:.id}'); },
      'no query': (resources) => { partition(resources); destination(resources).ProcessingConfiguration.Processors.pop(); },
      'processing that is off': (resources) => { partition(resources); destination(resources).ProcessingConfiguration.Enabled = false; },
      'partitioning that is off': (resources) => { partition(resources); destination(resources).DynamicPartitioningConfiguration.Enabled = false; },
      'no partitioning': (resources) => { partition(resources); delete destination(resources).DynamicPartitioningConfiguration; },
      'a key of a function that is not there': (resources) => {
        partition(resources);
        destination(resources).Prefix += '!{partitionKeyFromLambda:day}/';
        destination(resources).ProcessingConfiguration.Processors.shift();
      },
    },
    keeps: {
      'a query that only a parameter says': (resources) => { partition(resources, { Ref: 'P' }); },
      'parameters that only the deployment says': (resources) => { partition(resources); destination(resources).ProcessingConfiguration.Processors[1].Parameters = { Ref: 'P' }; },
      'processors that only the deployment says': (resources) => { partition(resources); destination(resources).ProcessingConfiguration = { Ref: 'P' }; },
      'partitioning that only a parameter says': (resources) => { partition(resources); destination(resources).DynamicPartitioningConfiguration = { Ref: 'P' }; },
      'a key of the function': (resources) => { partition(resources); destination(resources).Prefix += '!{partitionKeyFromLambda:day}/'; },
    },
  },
  partitionKeyUnused: { breaks: { 'one of two': (resources) => { partition(resources, '{customer:.customer, year:(.time[0:4])}'); } } },
  deliveryStreamErrorsAmongData: {
    breaks: {
      'a prefix without expressions': (resources) => { destination(resources).Prefix = 'data/'; delete destination(resources).ErrorOutputPrefix; },
      'a conversion': (resources) => {
        delete destination(resources).Prefix;
        delete destination(resources).ErrorOutputPrefix;
        delete destination(resources).ProcessingConfiguration;
        destination(resources).DataFormatConversionConfiguration = {};
      },
    },
    keeps: {
      'records that are neither transformed nor converted': (resources) => {
        destination(resources).Prefix = 'data/';
        delete destination(resources).ErrorOutputPrefix;
        destination(resources).ProcessingConfiguration.Enabled = false;
        destination(resources).DataFormatConversionConfiguration = { Enabled: false };
      },
      'processing that only a parameter says': (resources) => {
        destination(resources).Prefix = 'data/';
        delete destination(resources).ErrorOutputPrefix;
        destination(resources).ProcessingConfiguration = { Ref: 'P' };
        destination(resources).DataFormatConversionConfiguration = { Ref: 'P' };
      },
    },
  },
  deliveryStreamWithoutBackup: {
    breaks: {
      'the default': (resources) => { delete destination(resources).S3BackupMode; },
      'no backup': (resources) => { destination(resources).S3BackupMode = 'Disabled'; },
    },
    keeps: {
      'what only a parameter says': (resources) => { destination(resources).S3BackupMode = { Ref: 'P' }; },
      'no function': (resources) => { delete destination(resources).S3BackupMode; destination(resources).ProcessingConfiguration = { Enabled: true, Processors: [{ Type: 'RecordDeAggregation' }] }; },
    },
  },
});
