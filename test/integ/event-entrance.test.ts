import { sender } from '../../integ/support/entrances/event';

const message = (number: number, category?: string) => ({ number, body: JSON.stringify({ run: 'r', number }), mark: '', deduplicationId: '', ...category && { category } });
const requests: { target: string; authorization: string; entries: Record<string, string>[] }[] = [];
let answer: object;

beforeEach(() => {
  requests.length = 0;
  jest.replaceProperty(process, 'env', { ...process.env, AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret', AWS_ENDPOINT_URL: undefined });
  jest.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
    const headers = init!.headers as Record<string, string>;
    const { Entries: entries } = JSON.parse(init!.body as string) as { Entries: Record<string, string>[] };
    requests.push({ target: `${String(url)} ${headers['x-amz-target']}`, authorization: headers.authorization!, entries });
    return new Response(JSON.stringify(answer));
  });
});

afterEach(() => jest.restoreAllMocks());

test('messages are sent as events of the bus, with their category as the type', async () => {
  answer = { FailedEntryCount: 0, Entries: [{ EventId: 'a' }, { EventId: 'b' }] };
  expect(await sender.send('bus', [message(1, 'book'), message(2)])).toEqual({ confirmed: [{ number: 1, messageId: 'a' }, { number: 2, messageId: 'b' }], refused: [] });
  expect(requests).toMatchObject([{
    target: 'https://events.eu-west-1.amazonaws.com AWSEvents.PutEvents',
    authorization: expect.stringContaining('/eu-west-1/events/aws4_request'),
    entries: [
      { EventBusName: 'bus', Source: 'ledger', DetailType: 'book', Detail: '{"run":"r","number":1}' },
      { EventBusName: 'bus', Source: 'ledger', DetailType: 'message', Detail: '{"run":"r","number":2}' },
    ],
  }]);
});

test('an answer that is a success may refuse events; those on which the service failed are in neither list', async () => {
  answer = { FailedEntryCount: 3, Entries: [{ ErrorCode: 'MalformedDetail', ErrorMessage: 'no JSON' }, { ErrorCode: 'ThrottlingException' }, { ErrorCode: 'InternalFailure' }, { EventId: 'd' }] };
  expect(await sender.send('bus', [1, 2, 3, 4].map((number) => message(number)))).toEqual({
    confirmed: [{ number: 4, messageId: 'd' }],
    refused: [{ number: 1, reason: 'MalformedDetail: no JSON' }],
  });
});
