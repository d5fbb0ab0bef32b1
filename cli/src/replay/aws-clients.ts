import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { DescribeDeliveryStreamCommand, FirehoseClient, PutRecordBatchCommand } from '@aws-sdk/client-firehose';
import {
  GetEventSourceMappingCommand, InvokeCommand, LambdaClient, paginateListFunctionEventInvokeConfigs,
} from '@aws-sdk/client-lambda';
import { DeleteObjectCommand, GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import type { Aws, Invocation } from './aws';
import { AwsError } from './aws';
import { parsed, textAt } from './json-text';

/** A throttled call is tried so often, with growing distances. */
const MAX_ATTEMPTS = 6;

/** What is wrong with one event, and with no other. */
const OF_THE_EVENT: readonly string[] = ['RequestTooLargeException', 'InvalidRequestContentException'];

const SIGN_IN = 'set AWS_PROFILE or another part of the default chain, or sign in with `aws sso login`';

/** What is wrong and how it is mended, by the name of the error. */
const FIXES: Readonly<Record<string, string>> = {
  CredentialsProviderError: `there are no AWS credentials: ${SIGN_IN}`,
  TokenProviderError: `the session has ended: ${SIGN_IN}`,
  ExpiredToken: `the credentials have expired: ${SIGN_IN}`,
  ExpiredTokenException: `the credentials have expired: ${SIGN_IN}`,
  InvalidAccessKeyId: `the credentials are not valid: ${SIGN_IN}`,
  InvalidClientTokenId: `the credentials are not valid: ${SIGN_IN}`,
  UnrecognizedClientException: `the credentials are not valid: ${SIGN_IN}`,
  TooManyRequestsException: 'the function is throttled: go on later, or with a smaller --rate',
};

/** What the command asks of AWS, with credentials and region of the SDK's default chain. */
export function awsClients(): Aws {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const s3 = new S3Client({ followRegionRedirects: true });
  const lambda = new LambdaClient({ maxAttempts: MAX_ATTEMPTS });
  const cloudFormation = new CloudFormationClient({});
  const firehose = new FirehoseClient({ maxAttempts: MAX_ATTEMPTS });
  return {
    async *list({ bucket, prefix, owner }) {
      const pages = paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix, ExpectedBucketOwner: owner });
      for await (const { Contents = [] } of saying(`list s3://${bucket}/${prefix}`, 's3:ListBucket', pages)) {
        yield* Contents.map(({ Key = '', ETag = '', Size = 0, LastModified = new Date(0) }) => (
          { key: Key, etag: ETag.replaceAll('"', ''), bytes: Size, stored: LastModified }
        ));
      }
    },
    read: ({ bucket, owner }, key) => tried(`read s3://${bucket}/${key}`, 's3:GetObject, and kms:Decrypt on the key of the bucket if it has one of its own', async () => {
      try {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, ExpectedBucketOwner: owner }));
        return await Body?.transformToByteArray();
      } catch (error) {
        if ((error as Error).name === 'NoSuchKey') {
          return undefined;
        }
        throw error;
      }
    }),
    remove: ({ bucket, owner }, key) => tried(`delete s3://${bucket}/${key}`, 's3:DeleteObject', async () => {
      await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, ExpectedBucketOwner: owner }));
    }),
    invoke: (functionName, event) => tried(`invoke ${functionName}`, 'lambda:InvokeFunction', async (): Promise<Invocation> => {
      try {
        const { FunctionError, Payload } = await lambda.send(new InvokeCommand({
          FunctionName: functionName, InvocationType: 'RequestResponse', Payload: Buffer.from(event),
        }));
        const answer = Buffer.from(Payload ?? []).toString('utf8');
        return FunctionError === undefined ? { answer } : { error: errorOf(answer) };
      } catch (error) {
        const { name, message } = error as Error;
        if (OF_THE_EVENT.includes(name)) {
          return { error: `${name}: ${message}` };
        }
        throw error;
      }
    }),
    put: (deliveryStream, records) => tried(`put records into ${deliveryStream}`, 'firehose:PutRecordBatch', async () => {
      const { RequestResponses = [] } = await firehose.send(new PutRecordBatchCommand({
        DeliveryStreamName: deliveryStream, Records: records.map((record) => ({ Data: record })),
      }));
      return RequestResponses.map(({ ErrorCode, ErrorMessage }) => (ErrorCode === undefined ? undefined : `${ErrorCode}: ${ErrorMessage ?? ''}`));
    }),
    resources: (stack) => tried(`read the stack ${stack}`, 'cloudformation:ListStackResources', async () => {
      const found = [];
      for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client: cloudFormation }, { StackName: stack })) {
        found.push(...StackResourceSummaries);
      }
      return found.filter(({ ResourceStatus }) => ResourceStatus !== 'DELETE_COMPLETE').flatMap(({ ResourceType, LogicalResourceId, PhysicalResourceId }) => (
        ResourceType === undefined || LogicalResourceId === undefined || PhysicalResourceId === undefined
          ? [] : [{ type: ResourceType, logicalId: LogicalResourceId, physicalId: PhysicalResourceId }]
      ));
    }),
    mapping: (id) => tried(`read the event source mapping ${id}`, 'lambda:GetEventSourceMapping', async () => {
      const { FunctionArn = '', DestinationConfig } = await lambda.send(new GetEventSourceMappingCommand({ UUID: id }));
      return { functionArn: FunctionArn, destination: DestinationConfig?.OnFailure?.Destination };
    }),
    asyncSettings: (functionName) => tried(`read how ${functionName} is invoked asynchronously`, 'lambda:ListFunctionEventInvokeConfigs', async () => {
      const found = [];
      const pages = paginateListFunctionEventInvokeConfigs({ client: lambda }, { FunctionName: functionName });
      for await (const { FunctionEventInvokeConfigs = [] } of pages) {
        found.push(...FunctionEventInvokeConfigs);
      }
      return found.map(({ FunctionArn = '', DestinationConfig }) => ({ functionArn: FunctionArn, destination: DestinationConfig?.OnFailure?.Destination }));
    }),
    deliveryStream: (name) => tried(`read the Firehose stream ${name}`, 'firehose:DescribeDeliveryStream', async () => {
      const { DeliveryStreamDescription } = await firehose.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: name }));
      const { ExtendedS3DestinationDescription: s3Destination } = DeliveryStreamDescription?.Destinations?.[0] ?? {};
      return {
        arn: DeliveryStreamDescription?.DeliveryStreamARN ?? '',
        readsStream: DeliveryStreamDescription?.DeliveryStreamType === 'KinesisStreamAsSource',
        s3: s3Destination && { bucketArn: s3Destination.BucketARN ?? '', prefix: s3Destination.Prefix ?? '', errorPrefix: s3Destination.ErrorOutputPrefix ?? '' },
      };
    }),
  };
}

async function tried<T>(what: string, permission: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw said(error, what, permission);
  }
}

async function* saying<T>(what: string, permission: string, pages: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* pages;
  } catch (error) {
    throw said(error, what, permission);
  }
}

/** In one line what is wrong, and what mends it. */
function said(error: unknown, what: string, permission: string): AwsError {
  const { name, message } = error as Error;
  const text = message.replace(/\s+/g, ' ').trim();
  const why = FIXES[name] ?? (text === 'Region is missing' ? 'there is no region: set AWS_REGION, or a region in the profile' : `${name}: ${text}`);
  const isRefused = /AccessDenied|NotAuthorized|Forbidden|^403$/.test(name) || (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 403;
  return new AwsError(`cannot ${what}: ${why}${isRefused && FIXES[name] === undefined ? ` (it takes ${permission})` : ''}`);
}

/** What a function that failed says of it. */
function errorOf(answer: string): string {
  const error = parsed(answer);
  const [type, message] = [textAt(error, 'errorType'), textAt(error, 'errorMessage')];
  return [type, message].filter((part) => part !== undefined && part !== '').join(': ').replace(/\s+/g, ' ').slice(0, 300) || 'it failed and did not say why';
}
