import { App, CfnParameter, NestedStack, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { BUCKET, consumerIn, POLICY, problemsAtSynth, QUEUE_POLICY, RULE } from './fixtures';
import { BucketDelivery, QueueFedFunction, StreamFedFunction } from '../../src';
import { handlerIn, newStack, resourceOf, resourcesOf } from '../messaging/fixtures';

test('the rule of a consumer, and no other, may send to its queue', () => {
  const stack = newStack();
  new BucketDelivery(stack, 'Orders').addFailureConsumer('Inspection', consumerIn(stack));
  Template.fromStack(stack).hasResourceProperties(QUEUE_POLICY, {
    PolicyDocument: {
      Statement: Match.arrayWith([Match.objectLike({
        Action: 'sqs:SendMessage',
        Principal: { Service: 'events.amazonaws.com' },
        Condition: { ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [Match.stringLikeRegexp('^OrdersInspectionRule'), 'Arn'] } } },
      })]),
    },
  });
});

test('the stack of a consumer, and of a producer, depends on that of the delivery, never the reverse', () => {
  const app = new App();
  const [lake, workers] = [new Stack(app, 'Lake'), new Stack(app, 'Workers')];
  const delivery = new BucketDelivery(lake, 'Orders', { encryptionKey: new kms.Key(lake, 'Key') });
  delivery.addFailureConsumer('Inspection', new QueueFedFunction(workers, 'Inspection', { handler: handlerIn(workers) }));
  delivery.grantPutRecords(handlerIn(workers, {}, 'Producer'));
  app.synth();
  expect(workers.dependencies).toEqual([lake]);
  expect(lake.dependencies).toEqual([]);
});

test('the stack depends on those of the stream, the function and the key', () => {
  const app = new App();
  const [given, lake] = [new Stack(app, 'Given'), new Stack(app, 'Lake')];
  new BucketDelivery(lake, 'Orders', { source: new kinesis.Stream(given, 'Stream'), transform: handlerIn(given), encryptionKey: new kms.Key(given, 'Key') });
  app.synth();
  expect(lake.dependencies).toEqual([given]);
  expect(given.dependencies).toEqual([]);
});

test('a stream can feed a function and a bucket', () => {
  const stack = newStack();
  const { stream: source } = new StreamFedFunction(stack, 'Clicks', { handler: handlerIn(stack) });
  new BucketDelivery(stack, 'Lake', { source });
  expect(problemsAtSynth(stack)).toEqual([]);
  expect(resourceOf(stack, 'AWS::KinesisFirehose::DeliveryStream').Properties.KinesisStreamSourceConfiguration.KinesisStreamARN).toEqual(stack.resolve(source.streamArn));
});

test('the dead-letter queue of a consumer has the key of the bucket, whoever made it', () => {
  const stack = newStack();
  const encryptionKey = new kms.Key(stack, 'Key');
  const { bucket } = new BucketDelivery(stack, 'One', { encryptionKey });
  new BucketDelivery(stack, 'Two', { bucket, prefix: 'more/', errorPrefix: 'failed/' }).addFailureConsumer('Inspection', consumerIn(stack));
  expect(resourceOf(stack, 'AWS::SQS::Queue', 'TwoInspectionDeadLetterQueue').Properties.KmsMasterKeyId).toEqual(stack.resolve(encryptionKey.keyArn));
});

describe('it works', () => {
  test('twice in one stack, with one key and one function', () => {
    const stack = newStack();
    const [encryptionKey, transform] = [new kms.Key(stack, 'Key'), handlerIn(stack)];
    ['One', 'Two'].forEach((id) => new BucketDelivery(stack, id, { encryptionKey, transform }));
    expect([BUCKET, RULE].map((type) => Object.keys(resourcesOf(stack, type)).length)).toEqual([2, 2]);
    expect(problemsAtSynth(stack)).toEqual([]);
  });

  test('twice in one bucket, with other folders', () => {
    const stack = newStack();
    const { bucket } = new BucketDelivery(stack, 'One');
    new BucketDelivery(stack, 'Two', { bucket, prefix: 'more/', errorPrefix: 'failed/' });
    expect(Object.keys(resourcesOf(stack, BUCKET))).toHaveLength(1);
    expect(problemsAtSynth(stack)).toEqual([]);
  });

  test('in a nested stack', () => {
    const parent = newStack();
    const nested = new NestedStack(parent, 'Nested');
    new BucketDelivery(nested, 'Orders');
    Template.fromStack(nested).resourceCountIs(BUCKET, 1);
    Template.fromStack(parent).resourceCountIs(BUCKET, 0);
  });

  test('with an imported function, whose timeout is not known', () => {
    const stack = newStack();
    const transform = lambda.Function.fromFunctionArn(stack, 'Transform', 'arn:aws:lambda:eu-west-1:111122223333:function:transform');
    const { alarms } = new BucketDelivery(stack, 'Orders', { transform });
    expect(Object.keys(alarms)).toContain('transformFailures');
    expect(alarms.handlerDuration).toBeUndefined();
  });

  test('with a function whose timeout is a token', () => {
    const stack = newStack();
    const transform = handlerIn(stack);
    (transform.node.defaultChild as lambda.CfnFunction).timeout = new CfnParameter(stack, 'Timeout', { type: 'Number' }).valueAsNumber;
    expect(new BucketDelivery(stack, 'Orders', { transform }).alarms.handlerDuration).toBeUndefined();
    expect(problemsAtSynth(stack)).toEqual([]);
  });

  test('with roles that somebody else makes', () => {
    const stack = newStack();
    iam.Role.customizeRoles(stack, { preventSynthesis: false, usePrecreatedRoles: { 'Stack/Orders/Role': 'firehose' } });
    new BucketDelivery(stack, 'Orders');
    expect(problemsAtSynth(stack)).toEqual([]);
    expect(resourcesOf(stack, POLICY)).toEqual({});
  });
});
