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
