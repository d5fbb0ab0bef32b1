import { policySize } from '../../../src/private/iam/policy-size';

const PREFIX = 'arn:aws:sns:us-east-1:111122223333:';
const sizeOf = (value: unknown, stackName = 'Shop') => policySize({ Statement: [], value }, stackName, PREFIX).bytes - policySize({ Statement: [], value: '' }, stackName, PREFIX).bytes;

test.each<[string, unknown, string]>([
  ['text', 'abc', 'abc'],
  ['text beyond ASCII, in bytes', 'ü', 'xx'],
  ['a reference', { Ref: 'Topic' }, `${PREFIX}Shop-Topic-XXXXXXXXXXXX`],
  ['an attribute', { 'Fn::GetAtt': ['Queue', 'Arn'] }, `${PREFIX}Shop-Queue-XXXXXXXXXXXX`],
  ['an import', { 'Fn::ImportValue': 'Other:Topic' }, `${PREFIX}Shop-Other:Topic-XXXXXXXXXXXX`],
  ['a name that is cut', { Ref: 'T'.repeat(100) }, `${PREFIX}Shop-${'T'.repeat(46)}-XXXXXXXXXXXX`],
  ['the account', { Ref: 'AWS::AccountId' }, '111122223333'],
  ['a list', [{ Ref: 'AWS::Region' }], '["us-east-1"'],
  ['parts that are joined', { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['Bucket', 'Arn'] }, '/*']] }, `${PREFIX}Shop-Bucket-XXXXXXXXXXXX/*`],
  ['a name within an ARN', { 'Fn::Join': [':', ['arn', { Ref: 'AWS::Partition' }, 'sns', { Ref: 'Topic' }]] }, 'arn:aws:sns:Shop-Topic-XXXXXXXXXXXX'],
  ['parts of which nothing is known', { 'Fn::Join': ['', { 'Fn::Split': [',', 'x'] }] }, ''],
])('%s is counted', (_, value, text) => {
  expect(sizeOf(value)).toBe(text.length + (Array.isArray(value) ? -1 : 0));
});

test('statements are counted', () => {
  expect(policySize({ Statement: [{}, {}] }, 'Shop', PREFIX)).toEqual({ statements: 2, bytes: '{"Statement":[{},{}]}'.length });
  expect(policySize({ Statement: {} }, 'Shop', PREFIX).statements).toBe(1);
});
