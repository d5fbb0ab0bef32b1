import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { withRelease } from '../../integ/support/release-template';
import { CanaryFunction } from '../../src';

function templateOf(release: string, ignoreAlarms?: boolean): Record<string, unknown> {
  const stack = new Stack(new App(), 'Stack');
  const handler = new lambda.Function(stack, 'Handler', {
    runtime: lambda.Runtime.NODEJS_22_X, handler: 'index.handler', code: lambda.Code.fromInline('none'), environment: { RELEASE: release },
  });
  new CanaryFunction(stack, 'Canary', { handler, ...(ignoreAlarms === undefined ? {} : { ignoreAlarms }) });
  return Template.fromStack(stack).toJSON() as Record<string, unknown>;
}

/** The version's logical id is a hash that CDK alone makes. */
function comparable(template: string | object): unknown {
  const text = typeof template === 'string' ? template : JSON.stringify(template);
  return JSON.parse(text.replaceAll(/(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}/g, '$1'));
}

const ONE = JSON.stringify(templateOf('one'));

test.each([[false, undefined], [true, true]])('a release, with ignoreAlarms %s, is what CDK would make of it', (ignoreAlarms, prop) => {
  expect(comparable(withRelease(ONE, 'two', ignoreAlarms))).toEqual(comparable(templateOf('two', prop)));
});

test('alarms that were ignored are watched again', () => {
  expect(comparable(withRelease(withRelease(ONE, 'two', true), 'three', false))).toEqual(comparable(templateOf('three')));
});

test('each release has a version of its own, and a release the same one each time', () => {
  const versionIn = (template: string) => /CurrentVersion[0-9A-F]{8}[0-9a-f]{32}/.exec(template)![0];
  const [two, again, three] = ['two', 'two', 'three'].map((release) => versionIn(withRelease(ONE, release, false)));
  expect(two).toBe(again);
  expect(new Set([versionIn(ONE), two, three]).size).toBe(3);
});
