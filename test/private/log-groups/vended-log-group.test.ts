import { App, NestedStack, Stack } from 'aws-cdk-lib';
import type { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { newVendedLogGroup } from '../../../src/private/log-groups/vended-log-group';

/** The name of a log group below these ids, as it is in the template. */
function nameBelow(stack: Stack, ids: readonly string[]): unknown {
  const scope = ids.slice(0, -1).reduce<Construct>((parent, id) => new Construct(parent, id), stack);
  const group = newVendedLogGroup(scope, ids.at(-1) ?? '', 'states', RetentionDays.ONE_DAY);
  return stack.resolve((group.node.defaultChild as CfnLogGroup).logGroupName);
}

const nameOf = (...ids: readonly string[]) => nameBelow(new Stack(new App(), 'Stack'), ids);

test.each([['A', 'B'], ['A B', 'Ü'], ['x'.repeat(150), 'y'.repeat(150)]])('a log group below %j has a name that CloudWatch takes', (...ids) => {
  expect(nameOf(...ids)).toMatch(/^\/aws\/vendedlogs\/states\/Stack\/[\w.-]{1,200}-[0-9a-f]{8}$/);
});

test('different places have different names', () => {
  const places = [['A', 'B'], ['A-B'], ['A', 'C'], ['B'], ['A B'], ['A_B']];
  expect(new Set(places.map((ids) => nameOf(...ids))).size).toBe(places.length);
});

test('the same place has the same name', () => {
  expect(nameOf('A', 'B')).toBe(nameOf('A', 'B'));
});

test('in a stack within another the name is by that which it is deployed under', () => {
  const nested = new NestedStack(new Stack(new App(), 'Stack'), 'Nested');
  expect(nameBelow(nested, ['A'])).toEqual({ 'Fn::Join': ['', ['/aws/vendedlogs/states/', { Ref: 'AWS::StackName' }, expect.stringMatching(/^\/A-[0-9a-f]{8}$/)]] });
});

test('in a stack with a name of its own it is by that', () => {
  expect(nameBelow(new Stack(new App(), 'Stack', { stackName: 'shop-prod' }), ['A'])).toMatch(/^\/aws\/vendedlogs\/states\/shop-prod\/A-/);
});
