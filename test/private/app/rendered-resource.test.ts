import { CfnResource } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { renderedProperty, renderedResource } from '../../../src/private/app/rendered-resource';
import { newStack } from '../../messaging/fixtures';

test('a resource is rendered with its overrides, its attributes and its tokens resolved', () => {
  const stack = newStack();
  const other = new CfnResource(stack, 'Other', { type: 'AWS::SNS::Topic' });
  const resource = new CfnResource(stack, 'One', { type: 'AWS::SQS::Queue', properties: { QueueName: 'orders', DelaySeconds: 1 } });
  resource.addPropertyOverride('RedrivePolicy', other.ref);
  resource.addPropertyDeletionOverride('DelaySeconds');
  resource.addOverride('DeletionPolicy', 'Retain');
  expect(renderedResource(resource)).toEqual({ Type: 'AWS::SQS::Queue', Properties: { QueueName: 'orders', RedrivePolicy: { Ref: 'Other' } }, DeletionPolicy: 'Retain' });
});

test('one without properties has none', () => {
  expect(renderedResource(new CfnResource(newStack(), 'One', { type: 'AWS::SNS::Topic' }))).toEqual({ Type: 'AWS::SNS::Topic', Properties: {} });
});

test('one that will not be in the template has nothing but its type', () => {
  const policy = new iam.Policy(newStack(), 'Policy');
  expect(renderedResource(policy.node.defaultChild as iam.CfnPolicy)).toEqual({ Type: 'AWS::IAM::Policy', Properties: {} });
});

test('a single property is what it is in the resource, with its overrides', () => {
  const stack = newStack();
  const mapping = new lambda.CfnEventSourceMapping(stack, 'One', { functionName: 'orders', batchSize: 5, scalingConfig: { maximumConcurrency: 10 } });
  const both = (name: string) => [renderedProperty(mapping, name), renderedResource(mapping).Properties[name]];
  expect(both('BatchSize')).toEqual([5, 5]);
  expect(both('Enabled')).toEqual([undefined, undefined]);
  mapping.addPropertyOverride('ScalingConfig.MaximumConcurrency', 20);
  mapping.addPropertyDeletionOverride('BatchSize');
  expect(both('ScalingConfig')).toEqual([{ MaximumConcurrency: 20 }, { MaximumConcurrency: 20 }]);
  expect(both('BatchSize')).toEqual([undefined, undefined]);
});
