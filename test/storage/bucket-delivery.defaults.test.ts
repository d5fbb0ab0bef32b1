import type { Stack } from 'aws-cdk-lib';
import { CfnParameter, Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as firehose from 'aws-cdk-lib/aws-kinesisfirehose';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { BUCKET, consumerIn, POLICY, problemsAtSynth, QUEUE, RULE } from './fixtures';
import type { BucketDeliveryProps, FailureConsumerOptions } from '../../src';
import { BucketDelivery, FailureForm, QueueFedFunction } from '../../src';
import { handlerIn, newStack, resourceOf, resourcesOf } from '../messaging/fixtures';

const STREAM = 'AWS::KinesisFirehose::DeliveryStream';

const nameOf = (id: string): unknown => expect.stringMatching(new RegExp(`^${id}[0-9A-F]{8}$`));
const attribute = (id: string): unknown => ({ 'Fn::GetAtt': [nameOf(id), 'Arn'] });
const ref = (id: string): unknown => ({ Ref: nameOf(id) });

function deliveryWith(props: (stack: Stack) => BucketDeliveryProps = () => ({})) {
  const stack = newStack();
  const delivery = new BucketDelivery(stack, 'Orders', props(stack));
  return {
    stack,
    delivery,
    get stream() {
      return resourceOf(stack, STREAM).Properties;
    },
  };
}

const destinationWith = (props?: (stack: Stack) => BucketDeliveryProps) => deliveryWith(props).stream.ExtendedS3DestinationConfiguration;
const withTransform = (stack: Stack): BucketDeliveryProps => ({ transform: handlerIn(stack) });

/** What the role may do, by the first action. */
function statementsWith(props?: (stack: Stack) => BucketDeliveryProps) {
  const { stack, delivery } = deliveryWith(props);
  const policies = Object.entries(resourcesOf(stack, POLICY)).filter(([id]) => id.startsWith('OrdersRole'));
  return { stack, delivery, statements: policies.flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement as Record<string, unknown>[]) };
}

const AT_BUCKET = attribute('OrdersBucket');
const IN_BUCKET = { 'Fn::Join': ['', [AT_BUCKET, '/*']] };
const OF_ACCOUNT = { StringEquals: { 's3:ResourceAccount': { Ref: 'AWS::AccountId' } } };

describe('with nothing stated, the bucket', () => {
  const bucketOf = (props?: (stack: Stack) => BucketDeliveryProps) => resourceOf(deliveryWith(props).stack, BUCKET);
  const forAll = { Status: 'Enabled', NoncurrentVersionExpiration: { NoncurrentDays: 1 }, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } };

  test('keeps data for ever, and what failed for 90 days', () => {
    expect(bucketOf().Properties.LifecycleConfiguration).toEqual({ Rules: [forAll, { Status: 'Enabled', Prefix: 'errors/', ExpirationInDays: 90 }] });
  });

  test('keeps original records for 90 days, with a transformation', () => {
    expect(bucketOf(withTransform).Properties.LifecycleConfiguration).toEqual({
      Rules: [forAll, { Status: 'Enabled', Prefix: 'errors/', ExpirationInDays: 90 }, { Status: 'Enabled', Prefix: 'source/', ExpirationInDays: 90 }],
    });
  });

  test('sends its events to EventBridge by its own property, without a function that sets it', () => {
    const { stack } = deliveryWith();
    expect(resourceOf(stack, BUCKET).Properties.NotificationConfiguration).toEqual({ EventBridgeConfiguration: { EventBridgeEnabled: true } });
    expect([resourcesOf(stack, 'Custom::S3BucketNotifications'), resourcesOf(stack, 'AWS::Lambda::Function')]).toEqual([{}, {}]);
  });

  test('is kept, except when the deployment that makes it fails', () => {
    expect(bucketOf()).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
  });

  test('is encrypted by S3, has no versions, and lets the public not in', () => {
    const { Properties } = bucketOf();
    expect(Properties.BucketEncryption).toEqual({ ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] });
    expect(Object.keys(Properties).sort()).toEqual([
      'BucketEncryption', 'LifecycleConfiguration', 'NotificationConfiguration', 'OwnershipControls', 'PublicAccessBlockConfiguration',
    ]);
  });
});

describe('with nothing stated, the delivery stream', () => {
  test('takes records from producers, and encrypts what it buffers', () => {
    expect(deliveryWith().stream).toMatchObject({ DeliveryStreamType: 'DirectPut', DeliveryStreamEncryptionConfigurationInput: { KeyType: 'AWS_OWNED_CMK' } });
    expect(deliveryWith().stream).not.toHaveProperty('KinesisStreamSourceConfiguration');
    expect(deliveryWith().stream).not.toHaveProperty('DeliveryStreamName');
  });

  test('writes to the bucket by its role, after five minutes or 128 MiB, compressed, in folders side by side, a line for each record', () => {
    const { CloudWatchLoggingOptions: _, ...destination } = destinationWith();
    expect(destination).toEqual({
      BucketARN: AT_BUCKET,
      RoleARN: attribute('OrdersRole'),
      Prefix: 'data/',
      ErrorOutputPrefix: 'errors/!{firehose:error-output-type}/',
      CompressionFormat: 'GZIP',
      BufferingHints: { IntervalInSeconds: 300, SizeInMBs: 128 },
      ProcessingConfiguration: { Enabled: true, Processors: [{ Type: 'AppendDelimiterToRecord' }] },
    });
  });

  test('logs what it cannot deliver, for a month', () => {
    const { stack } = deliveryWith();
    expect(destinationWith().CloudWatchLoggingOptions).toEqual({ Enabled: true, LogGroupName: ref('OrdersLogs'), LogStreamName: ref('OrdersDeliveryLog') });
    expect(resourceOf(stack, 'AWS::Logs::LogGroup')).toMatchObject({ Properties: { RetentionInDays: 30 }, DeletionPolicy: 'Delete' });
    expect(resourceOf(stack, 'AWS::Logs::LogStream')).toMatchObject({ Properties: { LogGroupName: ref('OrdersLogs') }, DeletionPolicy: 'Delete' });
    expect(Object.keys(resourcesOf(stack, 'AWS::Logs::LogStream'))).toHaveLength(1);
  });

  test('waits for what its role may do', () => {
    expect(resourceOf(deliveryWith().stack, STREAM).DependsOn).toEqual([expect.stringMatching(/^OrdersRoleDefaultPolicy/)]);
  });
});

describe('with a transformation', () => {
  test('the function transforms records before they are told apart', () => {
    expect(destinationWith(withTransform).ProcessingConfiguration).toEqual({
      Enabled: true,
      Processors: [
        { Type: 'Lambda', Parameters: [{ ParameterName: 'LambdaArn', ParameterValue: attribute('Handler') }, { ParameterName: 'RoleArn', ParameterValue: attribute('OrdersRole') }] },
        { Type: 'AppendDelimiterToRecord' },
      ],
    });
  });

  test('the records are kept as they came', () => {
    expect(destinationWith(withTransform)).toMatchObject({
      S3BackupMode: 'Enabled',
      S3BackupConfiguration: {
        BucketARN: AT_BUCKET,
        RoleARN: attribute('OrdersRole'),
        Prefix: 'source/',
        CompressionFormat: 'GZIP',
        BufferingHints: { IntervalInSeconds: 300, SizeInMBs: 128 },
        CloudWatchLoggingOptions: { Enabled: true, LogGroupName: ref('OrdersLogs'), LogStreamName: ref('OrdersBackupLog') },
      },
    });
  });

  test('and without one, nothing is kept twice', () => {
    expect(Object.keys(destinationWith())).not.toContain('S3BackupMode');
    expect(Object.keys(destinationWith())).not.toContain('S3BackupConfiguration');
  });
});

describe('what is stated', () => {
  test('the prefixes', () => {
    const props = (stack: Stack) => ({ ...withTransform(stack), prefix: 'clicks/!{timestamp:yyyy}/!{firehose:random-string}/', errorPrefix: 'failed/', backupPrefix: 'raw/' });
    expect(destinationWith(props)).toMatchObject({
      Prefix: 'clicks/!{timestamp:yyyy}/!{firehose:random-string}/', ErrorOutputPrefix: 'failed/!{firehose:error-output-type}/', S3BackupConfiguration: { Prefix: 'raw/' },
    });
    const { delivery, stack } = deliveryWith(props);
    expect(delivery.failureStore.prefix).toBe('failed/');
    expect(resourceOf(stack, RULE).Properties.EventPattern.detail.object).toEqual({ key: [{ prefix: 'failed/' }] });
    expect((resourceOf(stack, BUCKET).Properties.LifecycleConfiguration.Rules as { Prefix?: string }[]).map(({ Prefix }) => Prefix)).toEqual([undefined, 'failed/', 'raw/']);
    expect(problemsAtSynth(stack)).toEqual([]);
  });

  test('the buffer, the compression and the delimiter', () => {
    const destination = destinationWith(() => ({
      bufferingInterval: Duration.seconds(60), bufferingSize: Size.mebibytes(1), compression: firehose.Compression.SNAPPY, newLineDelimiter: false,
    }));
    expect(destination).toMatchObject({ BufferingHints: { IntervalInSeconds: 60, SizeInMBs: 1 }, CompressionFormat: 'Snappy' });
    expect(destination).not.toHaveProperty('ProcessingConfiguration');
  });

  test('how long logs are kept', () => {
    expect(resourceOf(deliveryWith(() => ({ logRetention: logs.RetentionDays.ONE_WEEK })).stack, 'AWS::Logs::LogGroup').Properties.RetentionInDays).toBe(7);
  });

  test('a prefix that is a token', () => {
    const { stack } = deliveryWith((inStack) => ({ prefix: new CfnParameter(inStack, 'Prefix').valueAsString, errorPrefix: new CfnParameter(inStack, 'Errors').valueAsString }));
    expect(resourceOf(stack, STREAM).Properties.ExtendedS3DestinationConfiguration).toMatchObject({
      Prefix: { Ref: 'Prefix' }, ErrorOutputPrefix: { 'Fn::Join': ['', [{ Ref: 'Errors' }, '!{firehose:error-output-type}/']] },
    });
    expect(problemsAtSynth(stack)).toEqual([]);
  });

  test('everything goes with the stack', () => {
    const { stack, delivery } = deliveryWith(() => ({ removalPolicy: RemovalPolicy.DESTROY }));
    delivery.addFailureConsumer('Inspection', consumerIn(stack));
    expect(resourceOf(stack, BUCKET)).toMatchObject({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
    expect(resourceOf(stack, QUEUE, 'OrdersInspectionDeadLetterQueue')).toMatchObject({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
  });

  test('the key encrypts the bucket, what Firehose has buffered, and the dead letters of consumers', () => {
    const { stack, delivery } = deliveryWith((inStack) => ({ encryptionKey: new kms.Key(inStack, 'Key') }));
    delivery.addFailureConsumer('Inspection', consumerIn(stack));
    const key = attribute('Key');
    expect(resourceOf(stack, STREAM).Properties.DeliveryStreamEncryptionConfigurationInput).toEqual({ KeyType: 'CUSTOMER_MANAGED_CMK', KeyARN: key });
    expect(resourceOf(stack, BUCKET).Properties.BucketEncryption.ServerSideEncryptionConfiguration).toEqual([
      { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: key } },
    ]);
    expect(resourceOf(stack, QUEUE, 'OrdersInspectionDeadLetterQueue').Properties.KmsMasterKeyId).toEqual(key);
  });
});

describe('with a stream as source', () => {
  const fromStream = (stack: Stack) => ({ source: new kinesis.Stream(stack, 'Stream', { encryption: kinesis.StreamEncryption.UNENCRYPTED }) });

  test('the delivery stream reads it by its role, and encrypts nothing by itself', () => {
    const { stream } = deliveryWith(fromStream);
    expect(stream).toMatchObject({
      DeliveryStreamType: 'KinesisStreamAsSource', KinesisStreamSourceConfiguration: { KinesisStreamARN: attribute('Stream'), RoleARN: attribute('OrdersRole') },
    });
    expect(stream).not.toHaveProperty('DeliveryStreamEncryptionConfigurationInput');
  });

  test('the key is for the bucket alone', () => {
    const { stream, stack } = deliveryWith((inStack) => ({ ...fromStream(inStack), encryptionKey: new kms.Key(inStack, 'Key') }));
    expect(stream).not.toHaveProperty('DeliveryStreamEncryptionConfigurationInput');
    expect(JSON.stringify(resourceOf(stack, BUCKET).Properties.BucketEncryption)).toContain('aws:kms');
  });

  test('nobody can be allowed to put records beside it', () => {
    const { delivery, stack } = deliveryWith(fromStream);
    expect(() => delivery.grantPutRecords(handlerIn(stack))).toThrow(
      'records of BucketDelivery \'Stack/Orders\' come from stream \'Stack/Stream\', and Firehose refuses those that are put beside it: allow the producers to write to the stream (grantWrite of the stream)',
    );
  });
});

describe('the role', () => {
  const ON_OBJECTS = { Action: ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'], Effect: 'Allow', Resource: IN_BUCKET, Condition: OF_ACCOUNT };
  const ON_BUCKET = { Action: ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'], Effect: 'Allow', Resource: AT_BUCKET, Condition: OF_ACCOUNT };
  const inLog = (stream: string) => ({
    'Fn::Join': ['', [
      'arn:', { Ref: 'AWS::Partition' }, ':logs:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':log-group:', ref('OrdersLogs'), ':log-stream:', ref(stream),
    ]],
  });
  const ON_LOGS = { Action: 'logs:PutLogEvents', Effect: 'Allow', Resource: inLog('OrdersDeliveryLog') };

  test('is for Firehose', () => {
    expect(resourceOf(deliveryWith().stack, 'AWS::IAM::Role').Properties.AssumeRolePolicyDocument.Statement).toEqual([
      { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'firehose.amazonaws.com' } },
    ]);
  });

  test('may write to the bucket of this account and to its log, and nothing else', () => {
    expect(statementsWith().statements).toEqual([ON_OBJECTS, ON_BUCKET, ON_LOGS]);
  });

  test('may use the key through S3, for this bucket', () => {
    expect(statementsWith((stack) => ({ encryptionKey: new kms.Key(stack, 'Key') })).statements).toEqual([ON_OBJECTS, ON_BUCKET, {
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Effect: 'Allow',
      Resource: attribute('Key'),
      Condition: {
        StringEquals: { 'kms:ViaService': { 'Fn::Join': ['', ['s3.', { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }]] } },
        StringLike: { 'kms:EncryptionContext:aws:s3:arn': [AT_BUCKET, IN_BUCKET] },
      },
    }, ON_LOGS]);
  });

  test('may read the stream, and decrypt it through Kinesis', () => {
    const { statements } = statementsWith((stack) => ({ source: new kinesis.Stream(stack, 'Stream', { encryptionKey: new kms.Key(stack, 'Key') }) }));
    expect(statements.slice(3)).toEqual([
      { Action: ['kinesis:DescribeStream', 'kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:ListShards'], Effect: 'Allow', Resource: attribute('Stream') },
      {
        Action: 'kms:Decrypt',
        Effect: 'Allow',
        Resource: attribute('Key'),
        Condition: {
          StringEquals: { 'kms:ViaService': { 'Fn::Join': ['', ['kinesis.', { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }]] } },
          StringLike: { 'kms:EncryptionContext:aws:kinesis:arn': attribute('Stream') },
        },
      },
    ]);
  });

  test('may invoke the function that transforms, in the version that is meant', () => {
    const [, , logging, invoking] = statementsWith(withTransform).statements;
    expect(logging).toEqual({ ...ON_LOGS, Resource: [inLog('OrdersDeliveryLog'), inLog('OrdersBackupLog')] });
    expect(invoking).toEqual({
      Action: ['lambda:GetFunctionConfiguration', 'lambda:InvokeFunction'],
      Effect: 'Allow',
      Resource: [attribute('Handler'), { 'Fn::Join': ['', [attribute('Handler'), ':$LATEST']] }],
    });
    const alias = (stack: Stack) => ({
      transform: new lambda.Alias(stack, 'Alias', { aliasName: 'live', version: new lambda.Version(stack, 'Version', { lambda: handlerIn(stack) }) }),
    });
    expect(statementsWith(alias).statements[3]).toMatchObject({ Resource: ref('Alias') });
  });
});

describe('what could not be processed', () => {
  test('is counted by a rule without a target, on the default event bus', () => {
    const { stack, delivery } = deliveryWith();
    expect(resourceOf(stack, RULE).Properties).toEqual({
      EventPattern: {
        'source': ['aws.s3'], 'detail-type': ['Object Created'], 'detail': { bucket: { name: [ref('OrdersBucket')] }, object: { key: [{ prefix: 'errors/' }] } },
      },
      State: 'ENABLED',
    });
    expect(delivery.failureRule.node.path).toBe('Stack/Orders/FailureRule');
  });

  test('is in a failure store of its form', () => {
    const { delivery } = deliveryWith();
    const { bucket, ...store } = delivery.failureStore;
    expect(bucket).toBe(delivery.bucket);
    expect(store).toEqual({ prefix: 'errors/', form: FailureForm.FIREHOSE_RECORDS });
  });

  const withConsumer = (options?: FailureConsumerOptions) => {
    const { stack, delivery } = deliveryWith();
    const made = delivery.addFailureConsumer('Inspection', consumerIn(stack), options);
    return { stack, made, rule: resourceOf(stack, RULE, 'OrdersInspectionRule').Properties };
  };

  test('is told to a consumer, for 24 hours, and else set aside', () => {
    const { rule, made, stack } = withConsumer();
    expect(rule.EventPattern.detail.object).toEqual({ key: [{ prefix: 'errors/' }] });
    expect(rule.Targets).toMatchObject([{
      Arn: attribute('OrdersQueue'),
      DeadLetterConfig: { Arn: attribute('OrdersInspectionDeadLetterQueue') },
      RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
    }]);
    expect([made.rule, made.deadLetterQueue].map(({ node }) => node.path)).toEqual(['Stack/Orders/Inspection/Rule', 'Stack/Orders/Inspection/DeadLetterQueue']);
    expect(resourceOf(stack, QUEUE, 'OrdersInspectionDeadLetterQueue')).toMatchObject({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Retain' });
  });

  test('is told to a consumer that wants some of it', () => {
    expect(withConsumer({ prefix: 'errors/processing-failed/' }).rule.EventPattern.detail.object).toEqual({ key: [{ prefix: 'errors/processing-failed/' }] });
  });

  test('can be read by the handler of a consumer, or by who is named in its place', () => {
    for (const named of [false, true]) {
      const { stack, delivery } = deliveryWith();
      const consumer = new QueueFedFunction(stack, 'Inspection', { handler: handlerIn(stack) });
      const reader = handlerIn(stack, {}, 'Reader');
      delivery.addFailureConsumer('Inspection', consumer, named ? { grantee: reader } : {});
      Template.fromStack(stack).hasResourceProperties(POLICY, {
        PolicyDocument: {
          Statement: Match.arrayWith([
            { Action: 's3:GetObject', Effect: 'Allow', Resource: { 'Fn::Join': ['', [Match.anyValue(), '/errors/*']] }, Condition: OF_ACCOUNT },
            Match.objectLike({ Action: 's3:ListBucket', Condition: { ...OF_ACCOUNT, StringLike: { 's3:prefix': 'errors/*' } } }),
          ]),
        },
        Roles: [stack.resolve((named ? reader : consumer.handler).role!.roleName)],
      });
    }
  });
});

test('a producer may put records, one by one and in batches', () => {
  const { stack, delivery } = deliveryWith();
  delivery.grantPutRecords(handlerIn(stack));
  Template.fromStack(stack).hasResourceProperties(POLICY, {
    PolicyDocument: { Statement: [{ Action: ['firehose:PutRecord', 'firehose:PutRecordBatch'], Effect: 'Allow', Resource: Match.objectLike({ 'Fn::GetAtt': Match.arrayWith(['Arn']) }) }] },
  });
});
