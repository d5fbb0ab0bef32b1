import { CfnResource } from 'aws-cdk-lib';
import { changedValues, valuesIn } from '../../../src/private/checks/derived-values';
import { newStack } from '../../messaging/fixtures';

test.each([[298, ''], [299, '…']])('a text of %d letters is shown with its quotes, a longer one in part', (length, end) => {
  const resource = new CfnResource(newStack(), 'Resource', { type: 'AWS::SQS::Queue', properties: { QueueName: 'x'.repeat(length) } });
  const shown = JSON.stringify('x'.repeat(length)).slice(0, 300);
  expect(changedValues(valuesIn(resource, { 'Properties.QueueName': [undefined, 'leave it out'] }))).toEqual([
    `QueueName of 'Stack/Resource' was changed to ${shown}${end}, but must not be there: leave it out`,
  ]);
});
