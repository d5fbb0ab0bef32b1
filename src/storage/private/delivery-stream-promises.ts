import type { CfnResource } from 'aws-cdk-lib';
import type * as firehose from 'aws-cdk-lib/aws-kinesisfirehose';
import type { Construct } from 'constructs';
import { conversionOf, partitioningOf } from './delivery-formats';
import type { DeliveryStatement, DeliveryStreamParts } from './delivery-stream';
import { BUCKET_ACTIONS, encryptionOf, ERROR_TYPE, KEY_ACTIONS, OBJECT_ACTIONS, processingOf, statementsOf } from './delivery-stream';
import type { DerivedValue } from '../../private/checks/derived-values';
import { byProp, valuesIn } from '../../private/checks/derived-values';
import { valuesOfRole } from '../../private/iam/role-promises';
import { grantedKeyArn } from '../../private/kms/key-behind';

const stated = byProp('BucketDelivery');

/** What a delivery stream must be. */
export function deliveryStreamValues(deliveryStream: firehose.IDeliveryStream, parts: DeliveryStreamParts): DerivedValue[] {
  const { bucket, source, transform, encryptionKey, parquet, partitioning, role } = parts;
  const { prefix, errorPrefix, backupPrefix, compression, interval, size } = parts;
  const destination = 'Properties.ExtendedS3DestinationConfiguration';
  const encryption = source ? undefined : encryptionOf(encryptionKey);
  return valuesIn(deliveryStream.node.defaultChild as CfnResource, {
    'Properties.KinesisStreamSourceConfiguration.KinesisStreamARN': [source?.streamArn, stated('source')],
    'Properties.DeliveryStreamEncryptionConfigurationInput.KeyType': [encryption?.keyType, stated('encryptionKey')],
    'Properties.DeliveryStreamEncryptionConfigurationInput.KeyARN': [encryption?.keyArn, stated('encryptionKey')],
    [`${destination}.BucketARN`]: [bucket.bucketArn, stated('bucket')],
    [`${destination}.RoleARN`]: [role.roleArn, 'change what that role may do'],
    [`${destination}.Prefix`]: [prefix, stated('prefix')],
    [`${destination}.ErrorOutputPrefix`]: [`${errorPrefix}${ERROR_TYPE}`, stated('errorPrefix')],
    [`${destination}.CompressionFormat`]: [compression.value, stated('compression')],
    [`${destination}.BufferingHints.IntervalInSeconds`]: [interval.toSeconds(), stated('bufferingInterval')],
    [`${destination}.BufferingHints.SizeInMBs`]: [size.toMebibytes(), stated('bufferingSize')],
    [`${destination}.CloudWatchLoggingOptions.Enabled`]: [true, 'only this log says why Firehose cannot deliver'],
    [`${destination}.ProcessingConfiguration`]: [inTemplate(processingOf(parts)), `${stated('transform')}, partitioning or newLineDelimiter`],
    [`${destination}.DynamicPartitioningConfiguration`]: [partitioning && inTemplate(partitioningOf(partitioning)), stated('partitioning')],
    [`${destination}.DataFormatConversionConfiguration`]: [parquet && inTemplate(conversionOf(deliveryStream, parquet, role)), stated('parquet')],
    [`${destination}.S3BackupMode`]: [transform && 'Enabled', transform ? 'a record that the function drops can be had back from there only' : stated('transform')],
    [`${destination}.S3BackupConfiguration.BucketARN`]: [transform && bucket.bucketArn, stated('bucket')],
    [`${destination}.S3BackupConfiguration.Prefix`]: [transform && backupPrefix, stated('backupPrefix')],
  });
}

/** As a template has it, whose keys are in the order of the alphabet. */
function inTemplate(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(inTemplate);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const named = new Map(Object.entries(value).map(([name, member]) => [nameInTemplate(name), inTemplate(member)]));
  return Object.fromEntries([...named.keys()].sort().map((name) => [name, named.get(name)]));
}

function nameInTemplate(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`.replace(/Arn$/, 'ARN');
}

/** Whom the role trusts, and what it may do at least. */
export function roleValues(pattern: Construct, parts: DeliveryStreamParts): DerivedValue[] {
  const { role, bucket } = parts;
  const onBucket: DeliveryStatement[] = [
    { actions: OBJECT_ACTIONS, resources: [bucket.arnForObjects('*')] },
    { actions: BUCKET_ACTIONS, resources: [bucket.bucketArn] },
  ];
  const keyArn = grantedKeyArn(bucket.encryptionKey, role);
  const onKey: DeliveryStatement[] = keyArn === undefined ? [] : [{ actions: KEY_ACTIONS, resources: [keyArn] }];
  const needed = [...onBucket, ...onKey, ...statementsOf(pattern, parts)].map(({ actions, resources }) => ({ Action: actions, Effect: 'Allow', Resource: resources }));
  return valuesOfRole(role, { service: 'firehose.amazonaws.com', shown: 'Firehose' }, needed, 'Firehose reads, transforms and writes by this role');
}
