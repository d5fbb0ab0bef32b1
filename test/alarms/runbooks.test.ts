import { App, Stack } from 'aws-cdk-lib';
import type { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { version } from '../../package.json';
import { Alarms, QueueFedFunction } from '../../src';
import { handlerIn, resourceOf } from '../messaging/fixtures';

const ALARM = 'AWS::CloudWatch::Alarm';

function appWithTwo() {
  const app = new App();
  const [one, two] = [new Stack(app, 'One'), new Stack(app, 'Two')];
  [one, two].forEach((stack) => new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack) }));
  const linkIn = (stack: Stack) => /Runbook: (\S+)$/.exec(String(resourceOf(stack, ALARM, 'OrdersDeadLettersAlarm').Properties.AlarmDescription))?.[1];
  return { app, one, two, linkIn };
}

test('the description of an alarm links to the runbook of this release', () => {
  const { one, linkIn } = appWithTwo();
  expect(linkIn(one)).toBe(`https://github.com/cdkserverlesspatterns/cdk-serverless-patterns/blob/v${version}/docs/runbooks/queue-fed.md#dead-letters`);
});

test('an organisation has its own runbooks, a scope its own again, whichever is said first', () => {
  const { app, one, two, linkIn } = appWithTwo();
  Alarms.of(one).useRunbooks('https://wiki.example.com/teams/one/');
  Alarms.of(app).useRunbooks('https://wiki.example.com/runbooks');
  expect(linkIn(one)).toBe('https://wiki.example.com/teams/one/queue-fed#dead-letters');
  expect(linkIn(two)).toBe('https://wiki.example.com/runbooks/queue-fed#dead-letters');
});

test.each(['', 'runbooks', 'ftp://example.com', 'https://example.com/a b', 'https://example.com/?page=', 'https://example.com/#x'])('%s is no base URL', (baseUrl) => {
  expect(() => Alarms.of(new App()).useRunbooks(baseUrl)).toThrow(
    `baseUrl is '${baseUrl}', but must be a URL without query and fragment that begins with https://, for example https://wiki.example.com/runbooks`,
  );
});

test('a description is cut to what CloudWatch takes, and what to do is kept', () => {
  const stack = new Stack(new App(), 'Stack');
  const id = 'x'.repeat(250);
  const scope = [id, `${id}2`, `${id}3`, `${id}4`].reduce<Construct>((parent, name) => new Construct(parent, name), stack);
  const orders = new QueueFedFunction(scope, 'Orders', { handler: handlerIn(stack) });
  const description = stack.resolve((orders.alarms.deadLetters?.node.defaultChild as CfnAlarm).alarmDescription) as string;
  expect(description).toHaveLength(1024);
  expect(description).toMatch(/^Messages of Stack\/x+.*… First: read one of them .* Runbook: \S+#dead-letters$/);
});
