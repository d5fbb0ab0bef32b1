import { putRecords } from '../../integ/support/kinesis';

jest.mock('node:timers/promises', () => ({ setTimeout: async () => undefined }));

const records = ['a', 'b', 'c'].map((key) => ({ Data: key, PartitionKey: key }));
const requests: { headers: Record<string, string>; keys: string[] }[] = [];
let answers: ({ status?: number; body: unknown })[];

beforeEach(() => {
  requests.length = 0;
  jest.replaceProperty(process, 'env', { ...process.env, AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret', AWS_ENDPOINT_URL: undefined });
  jest.spyOn(globalThis, 'fetch').mockImplementation(async (_url, init) => {
    const { Records } = JSON.parse(init!.body as string) as { Records: { PartitionKey: string }[] };
    requests.push({ headers: init!.headers as Record<string, string>, keys: Records.map(({ PartitionKey }) => PartitionKey) });
    const { status = 200, body } = answers.shift()!;
    return new Response(JSON.stringify(body), { status });
  });
});

afterEach(() => jest.restoreAllMocks());

test('records are put with one signed request', async () => {
  answers = [{ body: { Records: [{ SequenceNumber: '1' }, { SequenceNumber: '2' }, { SequenceNumber: '3' }] } }];
  expect(await putRecords('orders', records)).toEqual(['1', '2', '3']);
  expect(requests).toMatchObject([{ headers: { 'x-amz-target': 'Kinesis_20131202.PutRecords' }, keys: ['a', 'b', 'c'] }]);
  expect(requests[0]!.headers.authorization).toContain('/eu-west-1/kinesis/aws4_request');
});

test('records that the shard had no room for are sent again, and no others', async () => {
  const full = { ErrorCode: 'ProvisionedThroughputExceededException' };
  answers = [{ body: { Records: [full, { SequenceNumber: '1' }, full] } }, { body: { Records: [{ SequenceNumber: '2' }, full] } }, { body: { Records: [{ SequenceNumber: '3' }] } }];
  expect(await putRecords('orders', records)).toEqual(['2', '1', '3']);
  expect(requests.map(({ keys }) => keys)).toEqual([['a', 'b', 'c'], ['a', 'c'], ['c']]);
});

test('what never finds room is not confirmed', async () => {
  answers = Array.from({ length: 8 }, () => ({ body: { Records: [{ ErrorCode: 'InternalFailure' }] } }));
  expect(await putRecords('orders', records.slice(0, 1))).toEqual([undefined]);
});

test('a request that is refused as a whole is an error', async () => {
  answers = [{ status: 400, body: { __type: 'com.amazonaws.kinesis#ResourceNotFoundException', message: 'no such stream' } }];
  await expect(putRecords('orders', records)).rejects.toMatchObject({ name: 'ResourceNotFoundException', message: 'no such stream', $fault: 'client' });
});
