import { App, CfnResource, NestedStack, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { CanaryFunction, QueueFedFunction } from '../../../src';
import { handlerIn } from '../../messaging/fixtures';

/** An app with a stack of so many resources among them a pattern, and its handler. */
function appWith(total: number, context: Record<string, unknown> = {}, fill: (stack: Stack) => Stack = (stack) => stack): { app: App; stack: Stack } {
  const app = new App({ context, treeMetadata: false, analyticsReporting: false });
  const stack = fill(new Stack(app, 'Stack'));
  new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack) });
  const made = stack.node.findAll().filter((construct) => CfnResource.isCfnResource(construct)).length;
  Array.from({ length: total - made }, (_, index) => new CfnResource(stack, `Other${index}`, { type: 'AWS::CloudFormation::WaitConditionHandle' }));
  return { app, stack };
}

const warningsOf = (stack: Stack) => Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('stackNearlyFull')).map(({ entry }) => entry.data);

const CURE = 'move some of the patterns to another stack or to a nested stack before they are deployed: a queue or a bucket that is moved later is replaced';

test.each([[450, false], [451, true], [500, true]])('a stack with %i resources is warned of: %s', (total, warned) => {
  expect(warningsOf(appWith(total).stack)).toEqual(warned ? [
    `stack 'Stack' has ${total} resources (8 in 1 QueueFedFunction), and CloudFormation allows 500: ${CURE} [ack: cdk-serverless-patterns:stackNearlyFull]`,
  ] : []);
});

test('one with more is an error, which takes the place of CDK\'s', () => {
  expect(() => appWith(501).app.synth()).toThrow(`stack 'Stack' has 501 resources (8 in 1 QueueFedFunction), and CloudFormation allows 500: ${CURE}`);
});

test('the patterns are named by their class, those with most resources first', () => {
  const { stack } = appWith(440);
  new CanaryFunction(stack, 'Billing', { handler: stack.node.findChild('Handler') as never });
  new CanaryFunction(stack, 'Test', { handler: stack.node.findChild('Handler') as never, aliasName: 'test' });
  expect(warningsOf(stack)).toEqual([expect.stringContaining('(18 in 2 CanaryFunction, 8 in 1 QueueFedFunction)')]);
});

test.each([[1000, 900, 0], [1000, 901, 1], [0, 600, 0]])('the limit that the app states counts: %i for %i resources', (limit, total, warnings) => {
  expect(warningsOf(appWith(total, { '@aws-cdk/core:stackResourceLimit': limit }).stack)).toHaveLength(warnings);
});

test('a nested stack counts by itself', () => {
  const { app, stack } = appWith(460, {}, (parent) => new NestedStack(parent, 'Nested'));
  Array.from({ length: 400 }, (_, index) => new CfnResource(app.node.findChild('Stack'), `Other${index}`, { type: 'AWS::CloudFormation::WaitConditionHandle' }));
  app.synth();
  expect(stack.node.metadata.map(({ data }) => String(data)).filter((data) => data.includes('stackNearlyFull'))).toEqual([expect.stringContaining('stack \'Stack/Nested\' has 460 resources')]);
  expect(app.node.findChild('Stack').node.metadata.filter(({ data }) => String(data).includes('stackNearlyFull'))).toEqual([]);
});

test('a policy that is not made does not count', () => {
  const { stack } = appWith(450);
  new iam.Policy(stack, 'Empty');
  expect(warningsOf(stack)).toEqual([]);
});

test('a stack without patterns is none of ours', () => {
  const { app } = appWith(20);
  const other = new Stack(app, 'Other');
  Array.from({ length: 460 }, (_, index) => new CfnResource(other, `Other${index}`, { type: 'AWS::CloudFormation::WaitConditionHandle' }));
  expect(warningsOf(other)).toEqual([]);
});
