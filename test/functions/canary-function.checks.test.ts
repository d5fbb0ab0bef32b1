import { App, CfnParameter, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { CanaryFunctionProps } from '../../src';
import { CanaryFunction } from '../../src';
import { handlerIn, newStack } from '../messaging/fixtures';

type Props = Partial<CanaryFunctionProps>;

/** The problems that the error lists, when a canary 'Billing' is made with these props. */
function problemsOf(props: Props | ((stack: Stack) => Props), stack = newStack()): string[] {
  try {
    const given = typeof props === 'function' ? props(stack) : props;
    new CanaryFunction(stack, 'Billing', { ...given, handler: given.handler ?? handlerIn(stack) });
  } catch (error) {
    const [title, ...problems] = (error as Error).message.split('\n  - ');
    expect(title).toBe('CanaryFunction \'Stack/Billing\' cannot be made:');
    expect(stack.node.tryFindChild('Billing')).toBeUndefined();
    return problems;
  }
  return [];
}

const OFF = { enabled: false };
const NOTHING_ON = { newVersionErrors: OFF, newVersionErrorRate: OFF, newVersionDuration: OFF };

describe('alarms', () => {
  test('a shift that nothing would stop is an error', () => {
    expect(problemsOf({ alarms: NOTHING_ON })).toEqual([
      'alarms.newVersionErrors, newVersionErrorRate and newVersionDuration are all off and rollbackAlarms is empty, so that nothing would stop a version that fails: ' +
      'leave one of them on, give rollbackAlarms, or state deploymentConfig: LambdaDeploymentConfig.ALL_AT_ONCE',
    ]);
    expect(problemsOf({ alarms: NOTHING_ON, rollbackAlarms: [] })).toHaveLength(1);
  });

  test.each(Object.keys(NOTHING_ON))('%s alone is enough', (prop) => {
    expect(problemsOf({ alarms: { ...NOTHING_ON, [prop]: {} } })).toEqual([]);
  });

  test('one that is given is enough', () => {
    expect(problemsOf((stack) => ({
      alarms: NOTHING_ON,
      rollbackAlarms: [handlerIn(stack, {}, 'Other').metricErrors().createAlarm(stack, 'Given', { threshold: 1, evaluationPeriods: 1 })],
    }))).toEqual([]);
  });

  test('all at once needs none', () => {
    expect(problemsOf({ alarms: NOTHING_ON, deploymentConfig: codedeploy.LambdaDeploymentConfig.ALL_AT_ONCE })).toEqual([]);
  });
});

describe('the handler', () => {
  const WHY = 'publishes no versions, because it is imported, an alias or a version: give the lambda.Function itself, in the stack where it is made';

  test('must not be imported', () => {
    expect(problemsOf((stack) => ({
      handler: lambda.Function.fromFunctionArn(stack, 'Imported', 'arn:aws:lambda:eu-west-1:111122223333:function:billing') as lambda.Function,
    }))).toEqual([`handler 'Stack/Imported' ${WHY}`]);
  });

  test('must not be a version', () => {
    expect(problemsOf((stack) => ({ handler: handlerIn(stack, {}, 'Other').currentVersion as unknown as lambda.Function }))).toEqual([`handler 'Stack/Other/CurrentVersion' ${WHY}`]);
  });

  test('must be made in the same stack', () => {
    const app = new App();
    const [stack, other] = [new Stack(app, 'Stack'), new Stack(app, 'Other')];
    expect(problemsOf({ handler: handlerIn(other) }, stack)).toEqual([
      'handler \'Other/Handler\' is made in another stack (Other), from which a new version could not be handed over, because each is an export that the other stack still uses: ' +
      'make the CanaryFunction in the stack of the function, and hand its alias over',
    ]);
  });

  test('may stand with it in a nested stack', () => {
    const nested = new NestedStack(newStack(), 'Nested');
    new CanaryFunction(nested, 'Billing', { handler: handlerIn(nested) });
    Template.fromStack(nested).resourceCountIs('AWS::Lambda::Alias', 1);
  });
});

describe('aliasName', () => {
  test.each(['12', 'a b', '', 'a'.repeat(129), 'a$'])('must not be \'%s\'', (aliasName) => {
    expect(problemsOf({ aliasName })).toEqual([`aliasName is '${aliasName}', but must have 1 to 128 letters, digits, hyphens and underscores, and not digits only: leave it out for 'live'`]);
  });

  test.each(['1a', 'Prod-1_x', 'a'.repeat(128)])('may be \'%s\'', (aliasName) => {
    expect(problemsOf({ aliasName })).toEqual([]);
  });

  test('may be a token', () => {
    expect(problemsOf((stack) => ({ aliasName: new CfnParameter(stack, 'Name').valueAsString }))).toEqual([]);
  });

  test('is there once for one function', () => {
    const stack = newStack();
    const handler = handlerIn(stack, {}, 'Shared');
    new CanaryFunction(stack, 'First', { handler });
    expect(problemsOf({ handler }, stack)).toEqual(['aliasName is \'live\', but \'Stack/First\' has made an alias of this name for handler \'Stack/Shared\' already: state another aliasName']);
    expect(problemsOf({ handler, aliasName: 'test' }, stack)).toEqual([]);
    Template.fromStack(stack).resourceCountIs('AWS::Lambda::Version', 1);
  });
});

describe('provisionedConcurrency', () => {
  test.each([
    [{ minimum: 0, maximum: 5 }, 'provisionedConcurrency.minimum is 0, but must be a whole number of at least 1: leave it out for 1'],
    [{ maximum: 0.5 }, 'provisionedConcurrency.maximum is 0.5, but must be a whole number of at least 1: state the most environments that may be kept ready'],
    [{ minimum: 6, maximum: 5 }, 'provisionedConcurrency.minimum is 6, which is more than provisionedConcurrency.maximum (5): raise maximum or lower minimum'],
    [{ maximum: 5, utilization: 0.95 }, 'provisionedConcurrency.utilization is 0.95, but must be from 0.1 to 0.9: leave it out for 0.7'],
    [{ maximum: 5, utilization: 0.05 }, 'provisionedConcurrency.utilization is 0.05, but must be from 0.1 to 0.9: leave it out for 0.7'],
  ])('%j is an error', (provisionedConcurrency, problem) => {
    expect(problemsOf({ provisionedConcurrency })).toContain(problem);
  });

  test.each([{ minimum: 5, maximum: 5, utilization: 0.1 }, { maximum: 1, utilization: 0.9 }])('%j is taken', (provisionedConcurrency) => {
    expect(problemsOf({ provisionedConcurrency })).toEqual([]);
  });

  test('takes tokens', () => {
    expect(problemsOf((stack) => {
      const number = new CfnParameter(stack, 'Number', { type: 'Number' }).valueAsNumber;
      return { provisionedConcurrency: { minimum: number, maximum: number, utilization: number } };
    })).toEqual([]);
  });
});

test('all problems are reported at once', () => {
  expect(problemsOf({ aliasName: '1', alarms: NOTHING_ON, provisionedConcurrency: { maximum: 0 } })).toHaveLength(4);
});
