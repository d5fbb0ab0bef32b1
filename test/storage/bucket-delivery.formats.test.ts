import type { CfnResource } from 'aws-cdk-lib';
import { App, CfnParameter, Duration, Size, Stack } from 'aws-cdk-lib';
import * as firehose from 'aws-cdk-lib/aws-kinesisfirehose';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { POLICY, problemsAtSynth, problemsIn } from './fixtures';
import type { BucketDeliveryProps } from '../../src';
import { BucketDelivery } from '../../src';
import { describeLateChanges } from '../late-changes';
import { handlerIn, newStack, resourceOf, resourcesOf } from '../messaging/fixtures';

const STREAM = 'AWS::KinesisFirehose::DeliveryStream';
const PARQUET = { databaseName: 'shop', tableName: 'clicks' };
const KEYS = { customer: '.customer.id', kind: '.kind // "other"' };
const USED = '!{partitionKeyFromQuery:customer}/!{partitionKeyFromQuery:kind}/';

type Given = (stack: Stack) => BucketDeliveryProps;

function deliveryWith(props: Given) {
  const stack = newStack();
  const delivery = new BucketDelivery(stack, 'Clicks', props(stack));
  return { stack, delivery, destination: resourceOf(stack, STREAM).Properties.ExtendedS3DestinationConfiguration };
}

const problemsWith = (props: Given) => {
  const stack = newStack();
  const given = props(stack);
  return problemsIn(() => new BucketDelivery(stack, 'Clicks', given));
};

const roleOf = (id = 'ClicksRole') => ({ 'Fn::GetAtt': [expect.stringMatching(new RegExp(`^${id}[0-9A-F]{8}$`)), 'Arn'] });
const arnInGlue = (region: unknown, account: unknown, rest: string): unknown => {
  const text = [region, account].every((one) => typeof one === 'string');
  return { 'Fn::Join': ['', text ? ['arn:', { Ref: 'AWS::Partition' }, `:glue:${region as string}:${account as string}:${rest}`] : ['arn:', { Ref: 'AWS::Partition' }, ':glue:', region, ':', account, `:${rest}`]] };
};

describe('Parquet', () => {
  const parquet: Given = () => ({ parquet: PARQUET });

  test('is written by the newest version of a table of this account and region, compressed with Snappy', () => {
    expect(deliveryWith(parquet).destination.DataFormatConversionConfiguration).toEqual({
      Enabled: true,
      InputFormatConfiguration: { Deserializer: { OpenXJsonSerDe: {} } },
      OutputFormatConfiguration: { Serializer: { ParquetSerDe: { Compression: 'SNAPPY' } } },
      SchemaConfiguration: {
        DatabaseName: 'shop', TableName: 'clicks', VersionId: 'LATEST', Region: { Ref: 'AWS::Region' }, CatalogId: { Ref: 'AWS::AccountId' }, RoleARN: roleOf(),
      },
    });
  });

  test('is neither compressed once more nor put into lines, while originals are compressed', () => {
    const { destination, stack } = deliveryWith((inStack) => ({ parquet: PARQUET, transform: handlerIn(inStack) }));
    expect(destination.CompressionFormat).toBe('UNCOMPRESSED');
    expect(destination.S3BackupConfiguration.CompressionFormat).toBe('GZIP');
    expect((destination.ProcessingConfiguration.Processors as { Type: string }[]).map(({ Type }) => Type)).toEqual(['Lambda']);
    expect(deliveryWith(parquet).destination).not.toHaveProperty('ProcessingConfiguration');
    expect(problemsAtSynth(stack)).toEqual([]);
  });

  test('is by another version, region and account, if they are stated', () => {
    const { destination } = deliveryWith(() => ({ parquet: { ...PARQUET, versionId: '3', region: 'us-east-1', catalogId: '444455556666' } }));
    expect(destination.DataFormatConversionConfiguration.SchemaConfiguration).toMatchObject({ VersionId: '3', Region: 'us-east-1', CatalogId: '444455556666' });
  });

  const statementsWith = (props: Given) => (
    Object.values(resourcesOf(deliveryWith(props).stack, POLICY)).flatMap(({ Properties }) => Properties.PolicyDocument.Statement as object[])
  );
  const onTable = (region: unknown, account: unknown) => ({
    Action: ['glue:GetTable', 'glue:GetTableVersion', 'glue:GetTableVersions'],
    Effect: 'Allow',
    Resource: ['catalog', 'database/shop', 'table/shop/clicks'].map((rest) => arnInGlue(region, account, rest)),
  });

  test('takes that the role may read the table, and nothing else of the catalog', () => {
    expect(statementsWith(parquet).slice(-1)).toEqual([onTable({ Ref: 'AWS::Region' }, { Ref: 'AWS::AccountId' })]);
    const elsewhere = () => ({ parquet: { ...PARQUET, region: 'us-east-1', catalogId: '444455556666' } });
    expect(statementsWith(elsewhere).slice(-1)).toEqual([onTable('us-east-1', '444455556666')]);
    expect(JSON.stringify(statementsWith(() => ({})))).not.toContain('glue');
  });

  test('waits until the role may read the table', () => {
    expect(resourceOf(deliveryWith(parquet).stack, STREAM).DependsOn).toEqual([expect.stringMatching(/^ClicksRoleDefaultPolicy/)]);
  });

  test.each<[string, Given, string]>([
    ['compression of its own', () => ({ parquet: PARQUET, compression: firehose.Compression.GZIP }), (
      'compression is GZIP, but parquet is set, which compresses by itself, and Firehose refuses both: leave compression out'
    )],
    ['lines', () => ({ parquet: PARQUET, newLineDelimiter: true }), 'newLineDelimiter is true, but parquet is set, in which records are not lines: leave newLineDelimiter out'],
    ['a small buffer', () => ({ parquet: PARQUET, bufferingSize: Size.mebibytes(63) }), (
      'bufferingSize is 66060288 bytes, but must be from 67108864 to 134217728: leave it out for 128 MiB'
    )],
    ['a database without a name', () => ({ parquet: { ...PARQUET, databaseName: '' } }), (
      'parquet.databaseName is \'\', but must be the name of one in the Glue Data Catalog: state it'
    )],
    ['a table without a name', () => ({ parquet: { ...PARQUET, tableName: '' } }), 'parquet.tableName is \'\', but must be the name of one in the Glue Data Catalog: state it'],
  ])('takes not %s', (_, props, problem) => {
    expect(problemsWith(props)).toEqual([problem]);
  });

  test('takes a buffer of 64 MiB, no lines as stated, and names that are tokens', () => {
    const { stack } = deliveryWith((inStack) => ({
      parquet: { databaseName: new CfnParameter(inStack, 'Database').valueAsString, tableName: new CfnParameter(inStack, 'Table').valueAsString },
      bufferingSize: Size.mebibytes(64),
      newLineDelimiter: false,
    }));
    expect(problemsAtSynth(stack)).toEqual([]);
  });
});

describe('partitions', () => {
  const partitioned: Given = () => ({ partitioning: { keys: KEYS } });

  test('are switched on, with a folder for each key and for each hour, and two hours of retries', () => {
    const { destination, stack } = deliveryWith(partitioned);
    expect(destination.DynamicPartitioningConfiguration).toEqual({ Enabled: true, RetryOptions: { DurationInSeconds: 7200 } });
    expect(destination.Prefix).toBe('data/customer=!{partitionKeyFromQuery:customer}/kind=!{partitionKeyFromQuery:kind}/!{timestamp:yyyy/MM/dd/HH}/');
    expect(destination.ErrorOutputPrefix).toBe('errors/!{firehose:error-output-type}/');
    expect(problemsAtSynth(stack)).toEqual([]);
  });

  test('are made by jq after the transformation, and before records are put into lines', () => {
    const { destination } = deliveryWith((stack) => ({ ...partitioned(stack), transform: handlerIn(stack) }));
    expect(destination.ProcessingConfiguration).toEqual({
      Enabled: true,
      Processors: [
        { Type: 'Lambda', Parameters: [expect.anything(), expect.anything()] },
        {
          Type: 'MetadataExtraction',
          Parameters: [
            { ParameterName: 'MetadataExtractionQuery', ParameterValue: '{"customer":(.customer.id),"kind":(.kind // "other")}' },
            { ParameterName: 'JsonParsingEngine', ParameterValue: 'JQ-1.6' },
          ],
        },
        { Type: 'AppendDelimiterToRecord' },
      ],
    });
  });

  test('are written by a delivery stream of their own, because Firehose cannot switch them on later', () => {
    expect(deliveryWith(partitioned).delivery.deliveryStream.node.path).toBe('Stack/Clicks/PartitionedDeliveryStream');
    expect(deliveryWith(() => ({})).delivery.deliveryStream.node.path).toBe('Stack/Clicks/DeliveryStream');
    expect(deliveryWith(() => ({})).destination).not.toHaveProperty('DynamicPartitioningConfiguration');
  });

  test('take another prefix and another time for retries', () => {
    const { destination } = deliveryWith(() => ({ partitioning: { keys: KEYS, retryDuration: Duration.seconds(0) }, prefix: `clicks/${USED}` }));
    expect(destination.Prefix).toBe(`clicks/${USED}`);
    expect(destination.DynamicPartitioningConfiguration.RetryOptions).toEqual({ DurationInSeconds: 0 });
  });

  test('are retried for two hours at most', () => {
    expect(problemsWith(() => ({ partitioning: { keys: KEYS, retryDuration: Duration.seconds(7201) } }))).toEqual([
      'partitioning.retryDuration is 7201 seconds, but must be from 0 to 7200 whole seconds: leave it out for 2 hours',
    ]);
  });

  test('can be of Parquet', () => {
    const { destination, stack } = deliveryWith(() => ({ partitioning: { keys: KEYS }, parquet: PARQUET }));
    expect(destination.ProcessingConfiguration.Processors).toEqual([expect.objectContaining({ Type: 'MetadataExtraction' })]);
    expect(destination.BufferingHints).toEqual({ IntervalInSeconds: 300, SizeInMBs: 128 });
    expect(problemsAtSynth(stack)).toEqual([]);
  });

  const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, '.k']));
  const queryOf = (length: number) => ({ k: '.'.repeat(length - '{"k":()}'.length) });
  const usesNot = (key: string, prefix: string) => (
    `partitioning.keys has '${key}', but prefix is '${prefix}', and Firehose refuses a key that it does not use: put !{partitionKeyFromQuery:${key}} into prefix, or take the key out`
  );

  test.each<[string, BucketDeliveryProps, string[]]>([
    ['no keys', { partitioning: { keys: {} } }, ['partitioning.keys has 0 keys, but Firehose takes 1 to 50: state what records are put into folders by, or leave partitioning out']],
    ['51 keys', { partitioning: { keys: keys(51) }, prefix: new CfnParameter(newStack(), 'Prefix').valueAsString }, [
      'partitioning.keys has 51 keys, but Firehose takes 1 to 50: state what records are put into folders by, or leave partitioning out',
    ]],
    ['a key that is no name', { partitioning: { keys: { 'customer id': '.id' } } }, [
      'partitioning.keys has \'customer id\', but a key must be of letters, digits, \'_\' and \'-\': give it another name',
    ]],
    ['no expression', { partitioning: { keys: { customer: ' ' } } }, [
      'partitioning.keys.customer is \' \', but must be a jq expression: state what gives its value, such as \'.customer\'',
    ]],
    ['a query that is too long', { partitioning: { keys: queryOf(5121) } }, [
      'partitioning.keys makes a query of 5121 characters, but Firehose takes 5120 at most: state shorter expressions, or have transform put the values into the record',
    ]],
    ['a key that is not used', { partitioning: { keys: KEYS }, prefix: 'clicks/!{partitionKeyFromQuery:customer}/' }, [usesNot('kind', 'clicks/!{partitionKeyFromQuery:customer}/')]],
    ['a prefix without keys', { partitioning: { keys: { kind: '.kind' } }, prefix: 'clicks/' }, [usesNot('kind', 'clicks/')]],
    ['a key that there is not', { partitioning: { keys: KEYS }, prefix: `clicks/${USED}!{partitionKeyFromQuery:id}/` }, [
      'prefix has the expression \'!{partitionKeyFromQuery:id}\', but only !{timestamp:...}, !{firehose:random-string} and those of partitioning.keys ' +
      '(!{partitionKeyFromQuery:customer}, !{partitionKeyFromQuery:kind}) are evaluated here: take it out, or add its key',
    ]],
    ['a key of the function', { partitioning: { keys: KEYS }, prefix: `clicks/${USED}!{partitionKeyFromLambda:customer}/` }, [
      expect.stringContaining('prefix has the expression \'!{partitionKeyFromLambda:customer}\', but only ') as unknown as string,
    ]],
    ['a key in the error prefix', { partitioning: { keys: KEYS }, errorPrefix: 'errors/!{partitionKeyFromQuery:kind}/' }, [
      'errorPrefix has the expression \'!{partitionKeyFromQuery:kind}\', but is what the keys begin with for everybody who looks there: take it out; Firehose adds the type of the error by itself',
    ]],
    ['errors beneath a key', { partitioning: { keys: KEYS }, errorPrefix: 'data/customer=none/' }, [expect.stringContaining('but one of them begins with the other') as unknown as string]],
    ['a short interval', { partitioning: { keys: KEYS }, bufferingInterval: Duration.seconds(59) }, [
      'bufferingInterval is 59 seconds, but must be from 60 to 900 whole seconds: leave it out for 5 minutes',
    ]],
    ['a small buffer', { partitioning: { keys: KEYS }, bufferingSize: Size.mebibytes(63) }, [
      'bufferingSize is 66060288 bytes, but must be from 67108864 to 134217728: leave it out for 128 MiB',
    ]],
    ['an alarm on partitions that there are not', { alarms: { partitionsExceeded: {} } }, [
      'alarms.partitionsExceeded is set, but partitioning is not, so there is no such alarm: leave it out',
    ]],
    ['an alarm that makes no sense', { partitioning: { keys: KEYS }, alarms: { partitionsExceeded: { period: Duration.seconds(31) } } }, [
      expect.stringContaining('alarms.partitionsExceeded.period is 31 seconds') as unknown as string,
    ]],
  ])('are not by %s', (_, props, problems) => {
    expect(problemsWith(() => props)).toEqual(problems);
  });

  test('are by 50 keys, the longest query, the shortest interval, the smallest buffer, and tokens', () => {
    const prefix = (stack: Stack) => new CfnParameter(stack, 'Prefix').valueAsString;
    const least = { bufferingInterval: Duration.seconds(60), bufferingSize: Size.mebibytes(64) };
    expect(problemsWith((stack) => ({ partitioning: { keys: keys(50) }, prefix: prefix(stack), ...least }))).toEqual([]);
    expect(problemsWith(() => ({ partitioning: { keys: queryOf(5120) } }))).toEqual([]);
    expect(problemsWith((stack) => ({ partitioning: { keys: { 'the_Key-1': new CfnParameter(stack, 'Query').valueAsString } } }))).toEqual([]);
  });
});

describe('what is collected for a transformation', () => {
  const parametersWith = (more: BucketDeliveryProps) => (
    deliveryWith((stack) => ({ transform: handlerIn(stack), ...more })).destination.ProcessingConfiguration.Processors[0].Parameters as object[]
  ).slice(2);

  test('is as Firehose has it by itself, or as stated', () => {
    expect(parametersWith({})).toEqual([]);
    expect(parametersWith({ transformBufferingInterval: Duration.minutes(15) })).toEqual([{ ParameterName: 'BufferIntervalInSeconds', ParameterValue: '900' }]);
    expect(parametersWith({ transformBufferingSize: Size.kibibytes(512) })).toEqual([{ ParameterName: 'BufferSizeInMBs', ParameterValue: '0.5' }]);
  });

  test('takes a transformation', () => {
    expect(problemsWith(() => ({ transformBufferingInterval: Duration.seconds(0), transformBufferingSize: Size.mebibytes(3) }))).toEqual([
      'transformBufferingInterval is set, but transform is not, so that nothing is collected for it: leave transformBufferingInterval out',
      'transformBufferingSize is set, but transform is not, so that nothing is collected for it: leave transformBufferingSize out',
    ]);
  });

  test('is within what Firehose takes', () => {
    const beyond = { transformBufferingInterval: Duration.seconds(901), transformBufferingSize: Size.bytes(209_715) };
    expect(problemsWith((stack) => ({ transform: handlerIn(stack), ...beyond }))).toEqual([
      'transformBufferingInterval is 901 seconds, but must be from 0 to 900 whole seconds: leave it out for 1 minute',
      'transformBufferingSize is 209715 bytes, but must be from 209716 to 3145728: leave it out for 1 MiB',
    ]);
  });
});

describe('deliveries into one bucket', () => {
  const others = (first: BucketDeliveryProps, second: BucketDeliveryProps, isImported = false) => {
    const stack = newStack();
    const bucketIn = (id: string) => s3.Bucket.fromBucketName(stack, id, 'lake');
    const { bucket } = new BucketDelivery(stack, 'Clicks', { ...first, ...isImported && { bucket: bucketIn('Lake') } });
    return problemsIn(() => new BucketDelivery(stack, 'Orders', { ...second, bucket: isImported ? bucketIn('SameLake') : bucket }));
  };
  const shares = (ofProp: string, of: string, prop: string, prefix: string) => (
    `${ofProp} is '${of}', but BucketDelivery 'Stack/Clicks' writes into the same bucket with ${prop} '${prefix}', so that what reads one would take the objects of the other for its own: ` +
    `state another ${ofProp}, or give another bucket`
  );

  test.each<[string, BucketDeliveryProps, BucketDeliveryProps, string[]]>([
    ['data and errors', {}, {}, [shares('prefix', 'data/', 'prefix', 'data/'), shares('errorPrefix', 'errors/', 'errorPrefix', 'errors/')]],
    ['data below data', { prefix: 'clicks/' }, { prefix: 'clicks/!{timestamp:yyyy}/', errorPrefix: 'failed/' }, [shares('prefix', 'clicks/!{timestamp:yyyy}/', 'prefix', 'clicks/')]],
    ['data below errors', { prefix: 'clicks/' }, { prefix: 'errors/orders/', errorPrefix: 'failed/' }, [shares('prefix', 'errors/orders/', 'errorPrefix', 'errors/')]],
    ['errors among the data', { prefix: 'clicks/' }, { prefix: 'orders/', errorPrefix: 'clicks/failed/' }, [shares('errorPrefix', 'clicks/failed/', 'prefix', 'clicks/')]],
  ])('share no %s', (_, first, second, problems) => {
    expect(others(first, second)).toEqual(problems);
  });

  test('share no originals', () => {
    const stack = newStack();
    const { bucket } = new BucketDelivery(stack, 'Clicks', { transform: handlerIn(stack) });
    const orders = { bucket, prefix: 'source/orders/', errorPrefix: 'failed/' };
    expect(problemsIn(() => new BucketDelivery(stack, 'Orders', orders))).toEqual([shares('prefix', 'source/orders/', 'backupPrefix', 'source/')]);
  });

  test('are found although they are given the bucket by two imports of it', () => {
    expect(others({}, { prefix: 'orders/' }, true)).toEqual([shares('errorPrefix', 'errors/', 'errorPrefix', 'errors/')]);
  });

  test('may have folders beside each other', () => {
    expect(others({}, { prefix: 'orders/', errorPrefix: 'failed-orders/' })).toEqual([]);
    expect(others({}, { prefix: 'source/', errorPrefix: 'failed-orders/' })).toEqual([]);
  });

  test('do not take the place of one that was taken out again', () => {
    const stack = newStack();
    const bucket = s3.Bucket.fromBucketName(stack, 'Lake', 'lake');
    new BucketDelivery(stack, 'Clicks', { bucket });
    stack.node.tryRemoveChild('Clicks');
    expect(problemsIn(() => new BucketDelivery(stack, 'Orders', { bucket }))).toEqual([]);
  });

  test('have nothing to do with each other in two buckets, and in two apps', () => {
    const stack = newStack();
    new BucketDelivery(stack, 'Clicks');
    expect(problemsIn(() => new BucketDelivery(stack, 'Orders'))).toEqual([]);
    const other = new Stack(new App(), 'Other');
    expect(problemsIn(() => new BucketDelivery(other, 'Orders', { bucket: s3.Bucket.fromBucketName(other, 'Lake', 'lake') }))).toEqual([]);
  });
});

describe('late changes of formats', () => {
  const make = (stack: Stack) => new BucketDelivery(stack, 'Clicks', { parquet: PARQUET, partitioning: { keys: KEYS } });
  const stream = ({ deliveryStream }: BucketDelivery) => deliveryStream.node.defaultChild as CfnResource;
  const destination = 'Properties.ExtendedS3DestinationConfiguration';
  const policy = ({ role }: BucketDelivery) => role.node.findChild('DefaultPolicy').node.defaultChild as CfnResource;
  describeLateChanges(make, { stream, policy }, [
    ['stream', `${destination}.DynamicPartitioningConfiguration`, { Enabled: false }, 'state partitioning of the BucketDelivery'],
    ['stream', `${destination}.DataFormatConversionConfiguration`, undefined, 'state parquet of the BucketDelivery'],
    ['stream', `${destination}.DataFormatConversionConfiguration`, { Enabled: false }, 'state parquet of the BucketDelivery'],
    ['stream', `${destination}.ProcessingConfiguration`, undefined, 'state transform of the BucketDelivery, partitioning or newLineDelimiter'],
    ['stream', `${destination}.CompressionFormat`, 'GZIP', 'state compression of the BucketDelivery'],
    ['policy', 'Properties.PolicyDocument.Statement', [], 'Firehose reads, transforms and writes by this role'],
  ]);

  const plain = (stack: Stack) => new BucketDelivery(stack, 'Clicks');
  describeLateChanges(plain, { stream }, [
    ['stream', `${destination}.DynamicPartitioningConfiguration`, { Enabled: true }, 'state partitioning of the BucketDelivery'],
    ['stream', `${destination}.DataFormatConversionConfiguration`, { Enabled: true }, 'state parquet of the BucketDelivery'],
  ]);
});
