import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { requireAccount } from '../../integ/support/aws-account';

const STACK = 'arn:aws:cloudformation:eu-west-1:111111111111:stack/CDKToolkit/4c7e';
const before = process.env;

/** A CloudFormation that knows the bootstrap stack, or answers that there is none. */
const server = createServer((_request, response) => {
  const [status, body] = answer;
  response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
});
let answer: [number, string];

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  process.env = before;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

beforeEach(() => {
  answer = [200, `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackId>${STACK}</StackId></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`];
  process.env = {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  };
});

test('the account that the credentials are for is accepted when it was stated', async () => {
  await expect(requireAccount('111111111111')).resolves.toEqual({ region: 'eu-west-1' });
});

test('another account than that of the credentials is refused', async () => {
  await expect(requireAccount('222222222222')).rejects.toThrow('the credentials are for account 111111111111, not for 222222222222: nothing was done');
});

test('an account that was not stated is refused', async () => {
  await expect(requireAccount(undefined)).rejects.toThrow('state the account that they may use, as in --account 123456789012');
});

test('what is no account number is refused', async () => {
  await expect(requireAccount('production')).rejects.toThrow("--account must have 12 digits, got 'production'");
});

test('no credentials are refused', async () => {
  delete process.env.AWS_ACCESS_KEY_ID;
  await expect(requireAccount('111111111111')).rejects.toThrow('no AWS credentials were found: set AWS_PROFILE or log in first');
});

test('no region is refused', async () => {
  delete process.env.AWS_REGION;
  await expect(requireAccount('111111111111')).rejects.toThrow('no region is set: set AWS_REGION, or choose a profile that has one');
});

test('an account that is not bootstrapped is refused', async () => {
  answer = [400, '<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id CDKToolkit does not exist</Message></Error></ErrorResponse>'];
  await expect(requireAccount('111111111111')).rejects.toThrow('stack CDKToolkit does not exist in eu-west-1: run npx cdk bootstrap there first');
});

test('an error of AWS is passed on', async () => {
  answer = [403, '<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>the token has expired</Message></Error></ErrorResponse>'];
  await expect(requireAccount('111111111111')).rejects.toThrow('the account of the credentials cannot be read: the token has expired');
});
