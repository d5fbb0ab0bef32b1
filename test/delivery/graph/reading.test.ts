import { fifoOf, placeOf } from '../../../src/delivery/graph/reading';
import { TemplateApp } from '../../../src/delivery/template/app';

const HERE = { region: 'eu-west-1', account: '111122223333' };

const app = new TemplateApp([{
  stack: 'Stack', ...HERE, template: { Resources: { Queue: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true } }, Unknown: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: { Ref: 'Fifo' } } } } },
}]);
const resourceOf = (logicalId: string) => app.resources.find((resource) => resource.logicalId === logicalId);

describe('the place', () => {
  test.each([
    ['of an ARN', 'arn:aws:sqs:us-east-1:999999999999:q', { region: 'us-east-1', account: '999999999999' }],
    ['of an ARN without one', 'arn:aws:s3:::bucket', {}],
    ['of an ARN with something unknown', 'arn:aws:sqs:⟦Region⟧:999999999999:q', { account: '999999999999' }],
    ['of a name', 'q', {}],
    ['of nothing', undefined, {}],
  ])('%s', (_, text, expected) => {
    expect(placeOf({ text })).toEqual(expected);
  });

  test('of a resource that is called by its name is that of its stack', () => {
    expect(placeOf({ text: 'q', resource: resourceOf('Queue') })).toEqual(HERE);
  });
});

describe('whether it is FIFO', () => {
  test.each([
    ['arn:aws:sqs:eu-west-1:111122223333:q.fifo', true],
    ['arn:aws:sns:eu-west-1:111122223333:t', false],
    ['arn:aws:sqs:⟦Region⟧:⟦Account⟧:q', false],
    ['arn:aws:sqs:eu-west-1:111122223333:⟪Stack|Name⟫', undefined],
    ['arn:aws:lambda:eu-west-1:111122223333:function:f', undefined],
    [undefined, undefined],
  ])('%s says: %s', (text, expected) => {
    expect(fifoOf({ text })).toBe(expected);
  });

  test.each([['Queue', true], ['Unknown', undefined]])('%s of the app says: %s', (logicalId, expected) => {
    expect(fifoOf({ text: 'arn:aws:sqs:eu-west-1:111122223333:q', resource: resourceOf(logicalId) })).toBe(expected);
  });
});
