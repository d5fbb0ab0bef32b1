import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFormationClient, CreateStackCommand, DescribeStackResourceCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation';
import { LambdaClient, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Emulator } from '../emulator';
import { startEmulator } from '../emulator';

/*
 * The tool as it is published, against what it finds in a stack: batches, asynchronous invocations and records of Firehose that failed.
 */

const CLI = join(__dirname, '..', '..', 'cli');
const BUCKET = 'failures-of-the-shop';

/** Writes down what it is invoked with; says of records that they fail, or throws, while BAD names them. */
const HANDLER = `
const { appendFileSync } = require('node:fs');
exports.handler = async (event) => {
  appendFileSync(process.env.RECORD, JSON.stringify(event) + '\\n');
  const isBad = (id) => process.env.BAD.split(',').includes(id);
  if (isBad(event.id)) throw new TypeError('bad ' + event.id);
  const failed = (event.Records ?? []).map(({ kinesis }) => kinesis.sequenceNumber).find(isBad);
  return { batchItemFailures: failed === undefined ? [] : [{ itemIdentifier: failed }] };
};`;

let emulator: Emulator;
let folder: string;
let bin: string;
let record: string;
const settings = () => ({ endpoint: emulator.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });

beforeAll(async () => {
  emulator = await startEmulator();
  folder = mkdtempSync(join(tmpdir(), 'replay-'));
  [bin, record] = [join(folder, 'lib', 'cli.js'), join(folder, 'record')];
  execFileSync(process.execPath, ['--import', require.resolve('tsx'), 'build.ts', `--outfile=${bin}`], { cwd: CLI, stdio: 'pipe' });
}, 120_000);

afterAll(async () => {
  await emulator.stop();
  rmSync(folder, { recursive: true });
});

/** As npx runs it. */
function replay(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, 'replay', ...args], { cwd: folder, encoding: 'utf8', env: emulator.childEnv() });
  return { status, stdout, stderr };
}

async function deployed(): Promise<{ readonly functionArn: string; readonly mapping: string }> {
  const cloudFormation = new CloudFormationClient(settings());
  const bucketArn = { 'Fn::GetAtt': ['Bucket', 'Arn'] };
  const Resources = {
    Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: BUCKET } },
    Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [] } } },
    Stream: { Type: 'AWS::Kinesis::Stream', Properties: { ShardCount: 1 } },
    Orders: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: 'Orders',
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
        Code: { ZipFile: HANDLER },
        Environment: { Variables: { RECORD: record, BAD: '2,x' } },
      },
    },
    Source: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        FunctionName: { Ref: 'Orders' },
        EventSourceArn: { 'Fn::GetAtt': ['Stream', 'Arn'] },
        StartingPosition: 'TRIM_HORIZON',
        Enabled: false,
        DestinationConfig: { OnFailure: { Destination: bucketArn } },
      },
    },
    Async: {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: { FunctionName: { Ref: 'Orders' }, Qualifier: '$LATEST', DestinationConfig: { OnFailure: { Destination: bucketArn } } },
    },
    Archive: {
      Type: 'AWS::KinesisFirehose::DeliveryStream',
      Properties: {
        DeliveryStreamName: 'Archive',
        DeliveryStreamType: 'DirectPut',
        ExtendedS3DestinationConfiguration: {
          BucketARN: bucketArn, RoleARN: { 'Fn::GetAtt': ['Role', 'Arn'] }, Prefix: 'data/', ErrorOutputPrefix: 'errors/!{firehose:error-output-type}/',
        },
      },
    },
  };
  await cloudFormation.send(new CreateStackCommand({ StackName: 'Shop', TemplateBody: JSON.stringify({ Resources }), Capabilities: ['CAPABILITY_IAM'] }));
  await waitUntilStackCreateComplete({ client: cloudFormation, maxWaitTime: 60 }, { StackName: 'Shop' });
  const { StackResourceDetail } = await cloudFormation.send(new DescribeStackResourceCommand({ StackName: 'Shop', LogicalResourceId: 'Source' }));
  return { functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:Orders', mapping: StackResourceDetail?.PhysicalResourceId ?? '' };
}

async function keysBelow(prefix: string): Promise<object[]> {
  const { Contents = [] } = await new S3Client(settings()).send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: prefix }));
  return Contents;
}

/** Firehose collects for a while before it writes. */
async function untilThere(prefix: string): Promise<void> {
  for (let tries = 0; tries < 60 && (await keysBelow(prefix)).length === 0; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  expect(await keysBelow(prefix)).toHaveLength(1);
}

/** The events, by the id or the sequence numbers in them. */
function invokedWith(): string[] {
  return readFileSync(record, 'utf8').trimEnd().split('\n').map((line) => {
    const { id, Records = [] } = JSON.parse(line) as { id?: string; Records?: { kinesis: { sequenceNumber: string } }[] };
    return id ?? Records.map(({ kinesis }) => kinesis.sequenceNumber).join('');
  });
}

test('what a stack keeps is listed, replayed, left where it fails again, and replayed from there', async () => {
  const { functionArn, mapping } = await deployed();
  const requestContext = { functionArn, condition: 'RetryAttemptsExhausted' };
  const s3 = new S3Client(settings());
  const put = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
  await put(`aws/lambda/${mapping}/shard/2026/11/30/a`, JSON.stringify({
    requestContext, payload: JSON.stringify({ Records: ['1', '2', '3'].map((sequenceNumber) => ({ kinesis: { sequenceNumber, data: '' } })) }),
  }));
  await put('aws/lambda/async/Orders/2026/11/30/good', JSON.stringify({ requestContext: { functionArn: `${functionArn}:$LATEST`, condition: 'RetriesExhausted' }, requestPayload: { id: 'y' } }));
  await put('aws/lambda/async/Orders/2026/11/30/bad', JSON.stringify({ requestContext: { functionArn: `${functionArn}:$LATEST`, condition: 'RetriesExhausted' }, requestPayload: { id: 'x' } }));
  await put('errors/processing-failed/2026/11/30/12/c', `${JSON.stringify({ errorCode: 'Lambda.FunctionError', rawData: Buffer.from('{"n":1}\n').toString('base64') })}\n`);

  writeFileSync(record, '');
  const listed = replay('Shop');
  expect(listed.stderr).toBe('');
  expect(listed.stdout).toContain('batches that Source could not deliver to Orders');
  expect(listed.stdout).toContain('Shop: 4 to be replayed');
  expect(listed.status).toBe(1);
  expect(readFileSync(record, 'utf8')).toBe('');

  const first = replay('Shop', '--yes', '--rate', '100', '--delete');
  expect(first.stdout).toContain('it reports as failed: 2\n');
  expect(first.stdout).toContain(': TypeError: bad x\n');
  expect(first.stdout).toContain('Shop: 2 replayed, 2 still failing');
  expect(first.status).toBe(1);
  expect(invokedWith().sort()).toEqual(['123', '3', 'x', 'y']);
  expect(await keysBelow('aws/')).toHaveLength(2);
  expect(await keysBelow('errors/')).toHaveLength(0);
  await untilThere('data/');

  await new LambdaClient(settings()).send(new UpdateFunctionConfigurationCommand({
    FunctionName: 'Orders', Environment: { Variables: { RECORD: record, BAD: '-' } },
  }));
  writeFileSync(record, '');
  const second = replay('Shop', '--yes', '--rate', '100', '--delete');
  expect(second.stdout).toContain('Shop: 2 replayed');
  expect(second.status).toBe(0);
  expect(invokedWith().sort()).toEqual(['2', 'x']);
  expect(await keysBelow('aws/')).toHaveLength(0);
});

test('a bucket, a stack and a function that are not there are said in one line', () => {
  expect(replay('s3://nowhere-at-all/x', '--function', 'Orders')).toMatchObject({ status: 2, stderr: expect.stringMatching(/^[^\n]*cannot list s3:\/\/nowhere-at-all\/x: NoSuchBucket: [^\n]*\n$/) as string });
  expect(replay('Nope')).toMatchObject({ status: 2, stderr: expect.stringMatching(/^[^\n]*cannot read the stack Nope: ValidationError: [^\n]*\n$/) as string });
});
