import { App, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { ClaimCheckBucket, FunctionEngine, PollingStatusApi, QueueFedFunction, TopicFanOut } from '../../../src';
import { handlerIn } from '../../messaging/fixtures';

describe.each<[string, string, (stack: Stack, encryptionKey: kms.IKey) => unknown]>([
  ['QueueFedFunction', 'SSE-SQS', (stack, encryptionKey) => new QueueFedFunction(stack, 'It', { handler: handlerIn(stack), encryptionKey })],
  ['TopicFanOut', 'no encryption by KMS', (stack, encryptionKey) => new TopicFanOut(stack, 'It', { encryptionKey })],
  ['ClaimCheckBucket', 'SSE-S3', (stack, encryptionKey) => new ClaimCheckBucket(stack, 'It', { encryptionKey })],
  ['PollingStatusApi', 'the keys of DynamoDB and SQS', (stack, encryptionKey) => new PollingStatusApi(stack, 'It', { engine: new FunctionEngine(handlerIn(stack)), encryptionKey })],
])('the encryptionKey of a %s', (pattern, otherwise, make) => {
  test('is not one that AWS manages', () => {
    const stack = new Stack(new App(), 'Stack');
    expect(() => make(stack, kms.Alias.fromAliasName(stack, 'Key', 'alias/aws/sqs'))).toThrow(
      `${pattern} 'Stack/It' cannot be made:\n  - encryptionKey is the AWS-managed key 'alias/aws/sqs', which services may not use for each other, ` +
      `but must be a customer-managed key: give one, or leave encryptionKey out for ${otherwise}`,
    );
  });

  test('may be an alias of one\'s own', () => {
    const stack = new Stack(new App(), 'Stack');
    expect(make(stack, kms.Alias.fromAliasName(stack, 'Key', 'alias/shop'))).toBeDefined();
  });
});
