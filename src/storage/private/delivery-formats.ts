import { Duration, Stack, Token } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as firehose from 'aws-cdk-lib/aws-kinesisfirehose';
import type { Construct } from 'constructs';
import type { Problems } from '../../private/checks/problems';
import type { BucketDeliveryProps, ParquetOptions, PartitioningOptions } from '../bucket-delivery-props';

// Parquet by a table of the Glue Data Catalog.

/** The newest, so that a column that is added is written without another deployment. */
const NEWEST_VERSION = 'LATEST';

/** JSON by the deserializer that AWS recommends for most, to Parquet. https://docs.aws.amazon.com/firehose/latest/dev/enable-record-format-conversion.html */
export function conversionOf(
  scope: Construct, parquet: ParquetOptions, { roleArn }: iam.IRole,
): firehose.CfnDeliveryStream.DataFormatConversionConfigurationProperty {
  const { databaseName, tableName } = parquet;
  return {
    enabled: true,
    inputFormatConfiguration: { deserializer: { openXJsonSerDe: {} } },
    outputFormatConfiguration: { serializer: { parquetSerDe: { compression: 'SNAPPY' } } },
    schemaConfiguration: { databaseName, tableName, versionId: parquet.versionId ?? NEWEST_VERSION, ...catalogOf(scope, parquet), roleArn },
  };
}

function catalogOf(scope: Construct, { region, catalogId }: ParquetOptions): { readonly region: string; readonly catalogId: string } {
  const here = Stack.of(scope);
  return { region: region ?? here.region, catalogId: catalogId ?? here.account };
}

/** https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#using-iam-glue */
const TABLE_ACTIONS = ['glue:GetTable', 'glue:GetTableVersion', 'glue:GetTableVersions'];

/** Reading a table takes its catalog and its database too. https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html */
export function tableStatement(scope: Construct, parquet: ParquetOptions): { readonly actions: string[]; readonly resources: string[] } {
  const { databaseName, tableName } = parquet;
  const { region, catalogId: account } = catalogOf(scope, parquet);
  const arnOf = (resource: string, resourceName?: string) => Stack.of(scope).formatArn({ service: 'glue', region, account, resource, ...resourceName && { resourceName } });
  return { actions: TABLE_ACTIONS, resources: [arnOf('catalog'), arnOf('database', databaseName), arnOf('table', `${databaseName}/${tableName}`)] };
}

export function checkParquet(problems: Problems, { parquet, compression, newLineDelimiter }: BucketDeliveryProps): void {
  if (!parquet) {
    return;
  }
  for (const prop of ['databaseName', 'tableName'] as const) {
    if (parquet[prop] === '') {
      problems.add(`parquet.${prop} is '', but must be the name of one in the Glue Data Catalog: state it`);
    }
  }
  if (compression) {
    problems.add(`compression is ${compression.value}, but parquet is set, which compresses by itself, and Firehose refuses both: leave compression out`);
  }
  if (newLineDelimiter) {
    problems.add('newLineDelimiter is true, but parquet is set, in which records are not lines: leave newLineDelimiter out');
  }
}

// Folders by what is in the records.

/** The longest there is: what is repaired within it, of which an alarm tells after a quarter of an hour, is written where it belongs. */
const LONGEST_RETRY = Duration.hours(2);

/** https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-enable.html */
export function partitioningOf({ retryDuration }: PartitioningOptions): firehose.CfnDeliveryStream.DynamicPartitioningConfigurationProperty {
  return { enabled: true, retryOptions: { durationInSeconds: (retryDuration ?? LONGEST_RETRY).toSeconds() } };
}

/** What Firehose runs on each record. In brackets, because jq takes no operators in a value otherwise. */
function queryOf({ keys }: PartitioningOptions): string {
  return `{${Object.entries(keys).map(([key, expression]) => `"${key}":(${expression})`).join(',')}}`;
}

/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_ProcessorParameter.html */
export function extractionOf(partitioning: PartitioningOptions): firehose.CfnDeliveryStream.ProcessorProperty {
  return {
    type: 'MetadataExtraction',
    parameters: [
      { parameterName: 'MetadataExtractionQuery', parameterValue: queryOf(partitioning) },
      { parameterName: 'JsonParsingEngine', parameterValue: 'JQ-1.6' },
    ],
  };
}

/** A folder for each key, named as query engines read it, and in it one for each hour. */
export function prefixOfPartitions({ keys }: PartitioningOptions): string {
  return `data/${Object.keys(keys).map((key) => `${key}=${expressionOf(key)}/`).join('')}!{timestamp:yyyy/MM/dd/HH}/`;
}

const expressionOf = (key: string) => `!{partitionKeyFromQuery:${key}}`;

/** The expressions in the prefix of the data that Firehose evaluates here. */
interface AllowedExpressions {
  readonly isAllowed: (expression: string) => boolean;
  /** As an error shows them. */
  readonly shown: string;
  readonly fix: string;
}

export function expressionsAllowed({ partitioning }: BucketDeliveryProps): AllowedExpressions {
  const ofKeys = Object.keys(partitioning?.keys ?? {}).map(expressionOf);
  return {
    isAllowed: (expression) => ofKeys.includes(expression) || ALLOWED_EXPRESSION.test(expression),
    shown: partitioning ? `!{timestamp:...}, !{firehose:random-string} and those of partitioning.keys (${ofKeys.join(', ')})` : '!{timestamp:...} and !{firehose:random-string}',
    fix: partitioning ? 'take it out, or add its key' : 'take it out',
  };
}

const ALLOWED_EXPRESSION = /^!\{(timestamp:[^{}]+|firehose:random-string)\}$/;

/** https://docs.aws.amazon.com/firehose/latest/dev/limits.html */
const MOST_KEYS = 50;
/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_ProcessorParameter.html */
const LONGEST_QUERY = 5120;
const KEY = /^[A-Za-z0-9_-]+$/;

export function checkPartitioning(problems: Problems, { partitioning, prefix }: BucketDeliveryProps): void {
  if (!partitioning) {
    return;
  }
  const keys = Object.keys(partitioning.keys);
  if (keys.length < 1 || keys.length > MOST_KEYS) {
    problems.add(`partitioning.keys has ${keys.length} keys, but Firehose takes 1 to ${MOST_KEYS}: state what records are put into folders by, or leave partitioning out`);
  }
  for (const [key, expression] of Object.entries(partitioning.keys)) {
    if (!KEY.test(key)) {
      problems.add(`partitioning.keys has '${key}', but a key must be of letters, digits, '_' and '-': give it another name`);
    }
    if (expression.trim() === '') {
      problems.add(`partitioning.keys.${key} is '${expression}', but must be a jq expression: state what gives its value, such as '.${key}'`);
    }
    if (prefix !== undefined && !Token.isUnresolved(prefix) && !prefix.includes(expressionOf(key))) {
      problems.add(`partitioning.keys has '${key}', but prefix is '${prefix}', and Firehose refuses a key that it does not use: put ${expressionOf(key)} into prefix, or take the key out`);
    }
  }
  const query = queryOf(partitioning);
  if (!Token.isUnresolved(query) && query.length > LONGEST_QUERY) {
    problems.add(`partitioning.keys makes a query of ${query.length} characters, but Firehose takes ${LONGEST_QUERY} at most: state shorter expressions, or have transform put the values into the record`);
  }
}
