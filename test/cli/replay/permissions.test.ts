import * as fs from 'node:fs';
import * as path from 'node:path';

const CLI = path.join(__dirname, '..', '..', '..', 'cli');

/**
 * Where the action has another name than the call. https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
 * and https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
 */
const ACTIONS: Readonly<Record<string, string>> = { ListObjectsV2: 'ListBucket', Invoke: 'InvokeFunction' };
/** S3 calls this one: it uses the key. */
const BY_SERVICES = ['kms:Decrypt'];

test('the README lists the permission of each call, and no other', () => {
  const clients = fs.readFileSync(path.join(CLI, 'src', 'replay', 'aws-clients.ts'), 'utf8');
  const calls = [...clients.matchAll(/\bnew (\w+)Command\(|\bpaginate(\w+)\(/g)].map(([, command, pages]) => command ?? pages ?? '');
  const [, table = ''] = /\*\*Permissions\.\*\*([^]*?)\n\*\*/.exec(fs.readFileSync(path.join(CLI, 'README.md'), 'utf8')) ?? [];
  const listed = [...table.matchAll(/`(\w+:(\w+))`/g)].flatMap(([, action = '', name = '']) => (BY_SERVICES.includes(action) ? [] : [name]));
  expect(listed.sort()).toEqual(calls.map((call) => ACTIONS[call] ?? call).sort());
  expect(listed.length).toBeGreaterThan(5);
});
