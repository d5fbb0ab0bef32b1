import { App, Stack } from 'aws-cdk-lib';
import type { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { newVendedLogGroup } from '../../../src/private/log-groups/vended-log-group';

/** The end of the name of a log group below these ids: the beginning is by the service and the stack. */
function nameBelow(...ids: string[]): string {
  const stack = new Stack(new App(), 'Stack');
  const scope = ids.slice(0, -1).reduce<Construct>((parent, id) => new Construct(parent, id), stack);
  const group = newVendedLogGroup(scope, ids.at(-1) ?? '', 'states', RetentionDays.ONE_DAY);
  const { logGroupName } = group.node.defaultChild as CfnLogGroup;
  return (stack.resolve(logGroupName) as { 'Fn::Join': [string, string[]] })['Fn::Join'][1][2] ?? '';
}

test.each([['A', 'B'], ['A B', 'Ü'], ['x'.repeat(150), 'y'.repeat(150)]])('a log group below %j has a name that CloudWatch takes', (...ids) => {
  expect(nameBelow(...ids)).toMatch(/^\/[\w.-]{1,200}-[0-9a-f]{8}$/);
});

test('different places have different names', () => {
  const places = [['A', 'B'], ['A-B'], ['A', 'C'], ['B'], ['A B'], ['A_B']];
  expect(new Set(places.map((ids) => nameBelow(...ids))).size).toBe(places.length);
});

test('the same place has the same name', () => {
  expect(nameBelow('A', 'B')).toBe(nameBelow('A', 'B'));
});
