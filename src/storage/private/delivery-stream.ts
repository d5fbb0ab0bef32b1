import { ArnFormat, RemovalPolicy, SizeRoundingBehavior, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as firehose from 'aws-cdk-lib/aws-kinesisfirehose';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct, IDependable } from 'constructs';
import { conversionOf, extractionOf, partitioningOf, tableStatement } from './delivery-formats';
import { functionBehind } from '../../private/lambda/handler-facts';
import { grantAccess } from '../../private/s3/bucket-grants';
import type { ParquetOptions, PartitioningOptions } from '../bucket-delivery-props';
import type { DeliveryPrefixes } from './delivery-prefixes';
import type { DeliveryForm } from '../bucket-delivery.rules';

/** What a delivery stream is made of. */
export interface DeliveryStreamParts extends DeliveryPrefixes, DeliveryForm {
  readonly bucket: s3.IBucket;
  readonly source: kinesis.IStream | undefined;
  readonly transform: lambda.IFunction | undefined;
  /** Of the records that Firehose buffers, if producers put them. Undefined: a key of AWS's own. */
  readonly encryptionKey: kms.IKey | undefined;
  readonly parquet: ParquetOptions | undefined;
  readonly partitioning: PartitioningOptions | undefined;
  readonly role: iam.Role;
  readonly logGroup: logs.LogGroup;
}

/** https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#using-iam-s3 */
export const OBJECT_ACTIONS = ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'];
export const BUCKET_ACTIONS = ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'];
export const KEY_ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey'];

/** https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#access-to-firehose */
const READ_ACTIONS = ['kinesis:DescribeStream', 'kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:ListShards'];
const TRANSFORM_ACTIONS = ['lambda:GetFunctionConfiguration', 'lambda:InvokeFunction'];

/** The logs of what cannot be written as data, and as originals. */
const LOG_STREAMS = ['DeliveryLog', 'BackupLog'] as const;

/** What the error prefix ends with that a destination states. https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html */
export const ERROR_TYPE = '!{firehose:error-output-type}/';

/** Makes a delivery stream whose role may do what it must, and no more. */
export function newDeliveryStream(scope: Construct, id: string, parts: DeliveryStreamParts): firehose.DeliveryStream {
  const { source, role, encryptionKey } = parts;
  const extendedS3DestinationConfiguration = destinationOf(scope, parts);
  const permissions = grantDelivery(scope, parts);
  const stream = new firehose.DeliveryStream(scope, id, {
    role,
    source: source && sourceOf(source, role),
    // Firehose refuses a role that may not do yet what it is asked for.
    destination: { bind: () => ({ extendedS3DestinationConfiguration, dependables: permissions }) },
  });
  if (!source) {
    // Not by `encryption` of the CDK, which would let the role use the key for everything: Firehose makes itself a grant. https://docs.aws.amazon.com/firehose/latest/dev/encryption.html
    (stream.node.defaultChild as firehose.CfnDeliveryStream).deliveryStreamEncryptionConfigurationInput = encryptionOf(encryptionKey);
  }
  return stream;
}

export function encryptionOf(key: kms.IKey | undefined): firehose.CfnDeliveryStream.DeliveryStreamEncryptionConfigurationInputProperty {
  return key ? { keyType: 'CUSTOMER_MANAGED_CMK', keyArn: key.keyArn } : { keyType: 'AWS_OWNED_CMK' };
}

/** Grants nothing: what the CDK would let the role do beside is not needed. */
function sourceOf({ streamArn: kinesisStreamArn }: kinesis.IStream, role: iam.Role): firehose.ISource {
  return {
    grantRead: () => iam.Grant.drop(role, 'granted before'),
    _bind: () => ({ kinesisStreamSourceConfiguration: { kinesisStreamArn, roleArn: role.roleArn } }),
  };
}

function destinationOf(scope: Construct, parts: DeliveryStreamParts): firehose.CfnDeliveryStream.ExtendedS3DestinationConfigurationProperty {
  const { bucket: { bucketArn }, role, logGroup, transform, parquet, partitioning, prefix, errorPrefix, backupPrefix, interval, size } = parts;
  const written = (stream: typeof LOG_STREAMS[number], compression: firehose.Compression) => ({
    bucketArn,
    roleArn: role.roleArn,
    compressionFormat: compression.value,
    bufferingHints: { intervalInSeconds: interval.toSeconds(), sizeInMBs: size.toMebibytes() },
    cloudWatchLoggingOptions: {
      enabled: true,
      logGroupName: logGroup.logGroupName,
      logStreamName: new logs.LogStream(scope, stream, { logGroup, removalPolicy: RemovalPolicy.DESTROY }).logStreamName,
    },
  });
  return {
    ...written('DeliveryLog', parts.compression),
    prefix,
    errorOutputPrefix: `${errorPrefix}${ERROR_TYPE}`,
    processingConfiguration: processingOf(parts),
    ...parquet ? { dataFormatConversionConfiguration: conversionOf(scope, parquet, role) } : {},
    ...partitioning ? { dynamicPartitioningConfiguration: partitioningOf(partitioning) } : {},
    ...transform ? { s3BackupMode: 'Enabled', s3BackupConfiguration: { ...written('BackupLog', parts.backupCompression), prefix: backupPrefix } } : {},
  };
}

/**
 * Records are transformed, then put into folders, and told apart by new lines. https://docs.aws.amazon.com/firehose/latest/APIReference/API_Processor.html
 * https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-multirecord-deaggergation.html
 */
export function processingOf(
  { transform, transformInterval, transformSize, partitioning, newLineDelimiter, role }: DeliveryStreamParts,
): firehose.CfnDeliveryStream.ProcessingConfigurationProperty | undefined {
  const processors = [
    ...transform ? [{
      type: 'Lambda',
      parameters: [
        { parameterName: 'LambdaArn', parameterValue: transform.functionArn },
        { parameterName: 'RoleArn', parameterValue: role.roleArn },
        ...transformInterval ? [{ parameterName: 'BufferIntervalInSeconds', parameterValue: `${transformInterval.toSeconds()}` }] : [],
        ...transformSize ? [{ parameterName: 'BufferSizeInMBs', parameterValue: `${transformSize.toMebibytes({ rounding: SizeRoundingBehavior.NONE })}` }] : [],
      ],
    }] : [],
    ...partitioning ? [extractionOf(partitioning)] : [],
    ...newLineDelimiter ? [{ type: 'AppendDelimiterToRecord' }] : [],
  ];
  return processors.length > 0 ? { enabled: true, processors } : undefined;
}

/** Lets the role do what AWS documents, each on its resource alone; gives what the delivery stream must wait for. */
function grantDelivery(scope: Construct, parts: DeliveryStreamParts): IDependable[] {
  const { bucket, role } = parts;
  const { account, region, urlSuffix } = Stack.of(scope);
  const conditions = { StringEquals: { 's3:ResourceAccount': account } };
  grantAccess(scope, bucket, role, [
    { actions: OBJECT_ACTIONS, prefix: '', conditions },
    { actions: BUCKET_ACTIONS, prefix: undefined, conditions },
  ], KEY_ACTIONS, {
    StringEquals: { 'kms:ViaService': `s3.${region}.${urlSuffix}` },
    // With a bucket key the context is the bucket, otherwise the object. https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
    StringLike: { 'kms:EncryptionContext:aws:s3:arn': [bucket.bucketArn, bucket.arnForObjects('*')] },
  });
  const added = statementsOf(scope, parts).map(({ actions, resources, conditions: limits }) => (
    role.addToPrincipalPolicy(new iam.PolicyStatement({ actions, resources, ...limits && { conditions: limits } })).policyDependable
  ));
  return added.filter((policy) => policy !== undefined);
}

/** What the role is allowed beside the bucket. */
export interface DeliveryStatement {
  readonly actions: string[];
  readonly resources: string[];
  readonly conditions?: Record<string, Record<string, unknown>>;
}

export function statementsOf(scope: Construct, { source, transform, parquet, logGroup }: DeliveryStreamParts): DeliveryStatement[] {
  const { region, urlSuffix } = Stack.of(scope);
  const logStreams = LOG_STREAMS.flatMap((id) => scope.node.tryFindChild(id) as logs.LogStream | undefined ?? []);
  return [
    {
      actions: ['logs:PutLogEvents'],
      resources: logStreams.map(({ logStreamName }) => Stack.of(scope).formatArn({
        service: 'logs', resource: 'log-group', resourceName: `${logGroup.logGroupName}:log-stream:${logStreamName}`, arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      })),
    },
    ...source ? [{ actions: READ_ACTIONS, resources: [source.streamArn] }] : [],
    ...source?.encryptionKey ? [{
      actions: ['kms:Decrypt'],
      resources: [source.encryptionKey.keyArn],
      conditions: {
        StringEquals: { 'kms:ViaService': `kinesis.${region}.${urlSuffix}` },
        StringLike: { 'kms:EncryptionContext:aws:kinesis:arn': source.streamArn },
      },
    }] : [],
    ...transform ? [{ actions: TRANSFORM_ACTIONS, resources: invoked(transform) }] : [],
    ...parquet ? [tableStatement(scope, parquet)] : [],
  ];
}

/** AWS's own roles name the version, also for what is invoked without one. */
function invoked(transform: lambda.IFunction): string[] {
  const isQualified = functionBehind(transform) !== transform;
  return [transform.functionArn, ...isQualified ? [] : [`${transform.functionArn}:$LATEST`]];
}
