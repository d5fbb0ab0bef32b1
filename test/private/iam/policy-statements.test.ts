import { allowsAll } from '../../../src/private/iam/policy-statements';

const QUEUE = { 'Fn::GetAtt': ['Queue', 'Arn'] };
const TOPIC = { Ref: 'Topic' };

const sending = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: QUEUE, Principal: { Service: 'sns.amazonaws.com' }, Condition: { ArnEquals: { 'aws:SourceArn': TOPIC } } };

describe('statements allow', () => {
  test.each<[string, unknown, unknown]>([
    ['the same', [sending], sending],
    ['one that is merged with others', [{ ...sending, Action: ['sqs:SendMessage', 'sqs:GetQueueUrl'], Resource: [QUEUE, 'other'], Principal: { Service: ['sns.amazonaws.com', 'events.amazonaws.com'] } }], sending],
    ['a source among several', [{ ...sending, Condition: { ArnEquals: { 'aws:SourceArn': ['other', TOPIC] } } }], sending],
    ['actions in two statements', [{ ...sending, Action: 'a' }, { ...sending, Action: 'b' }], { ...sending, Action: ['a', 'b'] }],
    ['resources in two statements', [{ ...sending, Resource: 'a' }, { ...sending, Resource: 'b' }], { ...sending, Resource: ['a', 'b'] }],
    ['whatever is not named', [sending], { Effect: 'Allow', Action: 'sqs:SendMessage' }],
    ['several', [sending, { ...sending, Action: 'b' }], [sending, { ...sending, Action: 'b' }]],
    ['a single statement that is no list', sending, sending],
  ])('%s', (_, found, value) => {
    expect(allowsAll(found, value)).toBe(true);
  });

  test.each<[string, unknown]>([
    ['nothing if there is none', []],
    ['nothing if it is taken out', undefined],
    ['nothing if they deny', [{ ...sending, Effect: 'Deny' }]],
    ['no other action', [{ ...sending, Action: 'sqs:ReceiveMessage' }]],
    ['no other resource', [{ ...sending, Resource: 'other' }]],
    ['no other service', [{ ...sending, Principal: { Service: 'events.amazonaws.com' } }]],
    ['no service if an account is named', [{ ...sending, Principal: { AWS: 'arn' } }]],
    ['no service if everybody is named otherwise', [{ ...sending, Principal: '*' }]],
    ['no other source', [{ ...sending, Condition: { ArnEquals: { 'aws:SourceArn': 'other' } } }]],
    ['no source under another condition', [{ ...sending, Condition: { StringEquals: { 'aws:SourceAccount': '1' } } }]],
    ['no action of a service by the statement of another', [{ ...sending, Action: 'b' }, { ...sending, Principal: { Service: 'x' } }]],
  ])('%s', (_, found) => {
    expect(allowsAll(found, sending)).toBe(false);
  });
});
