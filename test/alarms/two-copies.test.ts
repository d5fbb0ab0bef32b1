import { App, Stack } from 'aws-cdk-lib';
import type * as library from '../../src';
import { QueueFedFunction, Alarms } from '../../src';
import { handlerIn, resourcesOf } from '../messaging/fixtures';

/** A second copy of the library, as npm installs one where an internal construct library depends on it too; the CDK is there once. */
function secondCopy(): typeof library {
  let copy: typeof library | undefined;
  jest.isolateModules(() => {
    for (const shared of ['aws-cdk-lib', 'constructs']) {
      const loaded: unknown = jest.requireActual(shared);
      jest.doMock(shared, () => loaded);
    }
    copy = jest.requireActual<typeof library>('../../src');
  });
  return copy!;
}

test('two copies of the library do not give one dead-letter queue to two consumers', () => {
  const copy = secondCopy();
  const stack = new Stack(new App(), 'Stack');
  const { deadLetterQueue } = new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack) });
  expect(() => new copy.QueueFedFunction(stack, 'Invoices', { handler: handlerIn(stack, {}, 'Other'), deadLetterQueue })).toThrow(
    "deadLetterQueue 'Stack/Orders/DeadLetterQueue' belongs to 'Stack/Orders' already",
  );
});

test('two copies of the library share the reserved concurrency of a handler', () => {
  const copy = secondCopy();
  const stack = new Stack(new App(), 'Stack');
  const handler = handlerIn(stack, { reservedConcurrentExecutions: 10 });
  new QueueFedFunction(stack, 'Orders', { handler });
  new copy.QueueFedFunction(stack, 'Invoices', { handler });
  const shares = Object.values(resourcesOf(stack, 'AWS::Lambda::EventSourceMapping')).map(({ Properties }) => Properties.ScalingConfig as unknown);
  expect(shares).toEqual([{ MaximumConcurrency: 5 }, { MaximumConcurrency: 5 }]);
});

test('two copies of the library have one set of alarms for a handler, and route all of them', () => {
  const copy = secondCopy();
  expect(copy.QueueFedFunction).not.toBe(QueueFedFunction);
  const app = new App();
  const stack = new Stack(app, 'Stack');
  const handler = handlerIn(stack);
  const orders = new QueueFedFunction(stack, 'Orders', { handler });
  const invoices = new copy.QueueFedFunction(stack, 'Invoices', { handler });
  Alarms.of(app).notify({ bind: () => ({ alarmActionArn: 'arn:a' }) });
  const alarms = Object.values(resourcesOf(stack, 'AWS::CloudWatch::Alarm'));
  expect(alarms).toHaveLength(9);
  expect(new Set(alarms.map(({ Properties }) => JSON.stringify(Properties.AlarmActions)))).toEqual(new Set(['["arn:a"]']));
  expect(invoices.alarms.handlerErrors).toBe(orders.alarms.handlerErrors);
});
