import { App, CfnParameter, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { LambdaDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import type { CanaryFunctionProps } from '../../src';
import { CanaryFunction } from '../../src';
import { problemsAtSynthesis } from '../late-changes';
import { handlerIn, newStack, resourceOf } from '../messaging/fixtures';

/** The problems of a canary 'Billing', when it is made. */
function problemsOf(stack: Stack, props: CanaryFunctionProps): string[] {
  try {
    new CanaryFunction(stack, 'Billing', props);
  } catch (error) {
    return (error as Error).message.split('\n  - ').slice(1);
  }
  return [];
}

function warningsOf(stack: Stack, id: string): string[] {
  return Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp(`cdk-serverless-patterns:${id}`)).map(({ entry }) => String(entry.data));
}

describe('a second alias of the name', () => {
  const ALIASES: [how: string, make: (stack: Stack, handler: lambda.Function) => void, path: string][] = [
    ['by addAlias', (_, handler) => handler.addAlias('live'), 'Stack/Handler/Aliaslive'],
    ['by a construct', (stack, handler) => new lambda.Alias(stack, 'Other', { aliasName: 'live', version: handler.currentVersion }), 'Stack/Other'],
    ['on the latest version', (stack, handler) => new lambda.Alias(stack, 'Other', { aliasName: 'live', version: handler.latestVersion }), 'Stack/Other'],
    ['by its resource', (stack, handler) => new lambda.CfnAlias(stack, 'Other', { name: 'live', functionName: handler.functionName, functionVersion: '1' }), 'Stack/Other'],
    ['by the ARN of the function', (stack, handler) => new lambda.CfnAlias(stack, 'Other', { name: 'live', functionName: handler.functionArn, functionVersion: '1' }), 'Stack/Other'],
    ['in another stack', (stack, handler) => new lambda.CfnAlias(new Stack(stack.node.root as App, 'Far'), 'Other', { name: 'live', functionName: handler.functionName, functionVersion: '1' }), 'Far/Other'],
    ['by an override', (stack, handler) => {
      const other = new lambda.CfnAlias(stack, 'Other', { name: 'test', functionName: handler.functionName, functionVersion: '1' });
      other.addPropertyOverride('Name', 'live');
    }, 'Stack/Other'],
    ['of another function, but for an override', (stack, handler) => {
      const other = new lambda.CfnAlias(stack, 'Other', { name: 'live', functionName: handlerIn(stack, {}, 'Far').functionName, functionVersion: '1' });
      other.addPropertyOverride('FunctionName', handler.functionName);
    }, 'Stack/Other'],
  ];

  const text = (path: string) => (
    new RegExp(`aliasName is 'live', but handler 'Stack/Handler' has another alias of this name \\('${path}.*'\\): state another aliasName, or use the alias of the CanaryFunction there$`)
  );

  test.each(ALIASES)('that is there already is an error: %s', (_, make, path) => {
    const stack = newStack();
    const handler = handlerIn(stack);
    make(stack, handler);
    expect(problemsOf(stack, { handler })).toEqual([expect.stringMatching(text(path))]);
  });

  test.each(ALIASES)('that comes later is an error at synthesis: %s', (_, make, path) => {
    const stack = newStack();
    const handler = handlerIn(stack);
    new CanaryFunction(stack, 'Billing', { handler });
    make(stack, handler);
    expect(problemsAtSynthesis(stack)).toEqual([expect.stringMatching(text(path))]);
  });

  test('by the name of the function', () => {
    const stack = newStack();
    const handler = handlerIn(stack, { functionName: 'billing' });
    new lambda.CfnAlias(stack, 'Other', { name: 'live', functionName: 'billing', functionVersion: '1' });
    expect(problemsOf(stack, { handler })).toHaveLength(1);
  });

  test('by the same parameter', () => {
    const stack = newStack();
    const handler = handlerIn(stack);
    const aliasName = new CfnParameter(stack, 'Name').valueAsString;
    new lambda.Alias(stack, 'Other', { aliasName, version: handler.currentVersion });
    expect(problemsOf(stack, { handler, aliasName })).toHaveLength(1);
  });

  test('is none with another name, or of another function', () => {
    const stack = newStack();
    const handler = handlerIn(stack);
    handler.addAlias('test');
    handlerIn(stack, {}, 'Other').addAlias('live');
    expect(problemsOf(stack, { handler })).toEqual([]);
    expect(problemsAtSynthesis(stack)).toEqual([]);
  });
});

describe('two canaries of one function', () => {
  test('may differ in the name of the alias, and share the version', () => {
    const stack = newStack();
    const handler = handlerIn(stack);
    new CanaryFunction(stack, 'First', { handler });
    expect(problemsOf(stack, { handler, aliasName: 'test' })).toEqual([]);
    expect(problemsAtSynthesis(stack)).toEqual([]);
    Template.fromStack(stack).resourceCountIs('AWS::Lambda::Version', 1);
  });

  test('one that was taken out has no say any more', () => {
    const stack = newStack();
    const handler = handlerIn(stack);
    new CanaryFunction(stack, 'First', { handler });
    stack.node.tryRemoveChild('First');
    expect(problemsOf(stack, { handler, versionRemovalPolicy: RemovalPolicy.DESTROY })).toEqual([]);
    expect(problemsAtSynthesis(stack)).toEqual([]);
  });
});

describe('versionMadeElsewhere', () => {
  test.each<[string, (stack: Stack, handler: lambda.Function) => void, string]>([
    ['a construct', (stack, handler) => new lambda.Version(stack, 'Mine', { lambda: handler }), 'Stack/Mine/Resource'],
    ['a resource', (stack, handler) => new lambda.CfnVersion(stack, 'Mine', { functionName: handler.functionName }), 'Stack/Mine'],
  ])('%s', (_, make, path) => {
    const stack = newStack();
    const handler = handlerIn(stack);
    new CanaryFunction(stack, 'Billing', { handler });
    make(stack, handler);
    expect(warningsOf(stack, 'versionMadeElsewhere')).toEqual([
      `handler 'Stack/Handler' has versions that are made elsewhere ('${path}'), and Lambda publishes no second version of the same code, so a deployment of both fails: ` +
      'use version of the CanaryFunction, or currentVersion of the function [ack: cdk-serverless-patterns:versionMadeElsewhere]',
    ]);
  });

  test('not by the current version, nor by one of another function', () => {
    const stack = newStack();
    const handler = handlerIn(stack);
    new CanaryFunction(stack, 'Billing', { handler });
    handler.addAlias('test');
    new lambda.Version(stack, 'Mine', { lambda: handlerIn(stack, {}, 'Other') });
    expect(warningsOf(stack, 'versionMadeElsewhere')).toEqual([]);
  });
});

describe('currentVersionOptions of the function', () => {
  const withOptions = (currentVersionOptions: lambda.VersionOptions, props: Partial<CanaryFunctionProps> = {}) => {
    const stack = newStack();
    return { stack, problems: problemsOf(stack, { handler: handlerIn(stack, { currentVersionOptions }), ...props }) };
  };
  const policyIn = (stack: Stack) => resourceOf(stack, 'AWS::Lambda::Version').DeletionPolicy;

  test('may state the removal policy, which is then that of the canary', () => {
    const { stack, problems } = withOptions({ removalPolicy: RemovalPolicy.DESTROY });
    expect(problems).toEqual([]);
    expect(policyIn(stack)).toBe('Delete');
  });

  test('may state the same as the canary', () => {
    const { stack, problems } = withOptions({ removalPolicy: RemovalPolicy.RETAIN }, { versionRemovalPolicy: RemovalPolicy.RETAIN });
    expect(problems).toEqual([]);
    expect(policyIn(stack)).toBe('Retain');
  });

  test('must not contradict it', () => {
    expect(withOptions({ removalPolicy: RemovalPolicy.RETAIN }, { versionRemovalPolicy: RemovalPolicy.DESTROY }).problems).toEqual([
      'versionRemovalPolicy is \'destroy\', but currentVersionOptions of handler \'Stack/Handler\' states \'retain\': state it in one of them',
    ]);
  });

  test('must not keep environments ready for each version', () => {
    expect(withOptions({ provisionedConcurrentExecutions: 5 }).problems).toEqual([
      'handler \'Stack/Handler\' has provisionedConcurrentExecutions (5) in currentVersionOptions, which each version would keep and be charged for after it was superseded: ' +
      'take it out and state provisionedConcurrency here',
    ]);
  });
});

describe('rollbackAlarms', () => {
  test('have each alarm once', () => {
    const stack = newStack();
    const alarm = cloudwatch.Alarm.fromAlarmName(stack, 'Given', 'given');
    const again = cloudwatch.Alarm.fromAlarmName(stack, 'Again', 'given');
    const problem = (path: string) => [`the deployment group has '${path}' more than once, but CodeDeploy takes each alarm once: leave the others out`];
    expect(problemsOf(stack, { handler: handlerIn(stack, {}, 'One'), rollbackAlarms: [alarm, alarm] })).toEqual(problem('Stack/Given'));
    expect(problemsOf(stack, { handler: handlerIn(stack, {}, 'Two'), rollbackAlarms: [alarm, again] })).toEqual(problem('Stack/Again'));
  });

  test('must not be of another account', () => {
    const stack = new Stack(new App(), 'Stack', { env: { account: '111122223333', region: 'eu-west-1' } });
    const rollbackAlarms = [cloudwatch.Alarm.fromAlarmArn(stack, 'Given', 'arn:aws:cloudwatch:eu-west-1:444455556666:alarm:orders')];
    expect(problemsOf(stack, { handler: handlerIn(stack), rollbackAlarms })).toEqual([
      'rollback alarm \'Stack/Given\' is in account 444455556666 rather than 111122223333, but CodeDeploy finds only alarms of the account and region of the deployment group: ' +
      'give alarms of that account and region',
    ]);
  });

  test.each([true, false])('compositeRollbackAlarm: is documented by nobody (added later: %s)', (later) => {
    const stack = newStack();
    const handler = handlerIn(stack);
    const metric = new cloudwatch.Metric({ namespace: 'Shop', metricName: 'Orders', period: Duration.minutes(1) });
    const alarm = metric.createAlarm(stack, 'Given', { threshold: 1, evaluationPeriods: 1 });
    const composite = new cloudwatch.CompositeAlarm(stack, 'Composite', { alarmRule: cloudwatch.AlarmRule.fromAlarm(alarm, cloudwatch.AlarmState.ALARM) });
    const canary = new CanaryFunction(stack, 'Billing', { handler, rollbackAlarms: later ? [alarm] : [alarm, composite] });
    if (later) {
      canary.deploymentGroup.addAlarm(composite);
    }
    expect(warningsOf(stack, 'compositeRollbackAlarm')).toEqual([
      'the deployment group has composite alarms (\'Stack/Composite\'), but CodeDeploy documents alarms on metrics only: try whether they stop a deployment, or give the alarms that they are composed of ' +
      '[ack: cdk-serverless-patterns:compositeRollbackAlarm]',
    ]);
  });
});

describe('asyncSettingsOfOthers: settings for asynchronous invocations', () => {
  const warningsWith = (props: Partial<lambda.FunctionProps>, then: (canary: CanaryFunction) => void = () => undefined) => {
    const stack = newStack();
    then(new CanaryFunction(stack, 'Billing', { handler: handlerIn(stack, props) }));
    return warningsOf(stack, 'asyncSettingsOfOthers');
  };
  const text = (path: string) => [
    `the settings for asynchronous invocations of handler 'Stack/Handler' (${path}) do not hold for its alias, which callers invoke: state them with alias.configureAsyncInvoke of the ` +
    'CanaryFunction [ack: cdk-serverless-patterns:asyncSettingsOfOthers]',
  ];

  test('of the function do not hold for the alias', () => {
    expect(warningsWith({ retryAttempts: 1 })).toEqual(text('Stack/Handler/EventInvokeConfig/Resource'));
  });

  test('nor do those of a version', () => {
    expect(warningsWith({ currentVersionOptions: { maxEventAge: Duration.minutes(5) } })).toEqual(text('Stack/Handler/CurrentVersion/EventInvokeConfig/Resource'));
  });

  test('of the alias do', () => {
    expect(warningsWith({ retryAttempts: 1 }, ({ alias }) => alias.configureAsyncInvoke({ retryAttempts: 1 }))).toEqual([]);
    expect(warningsWith({}, ({ handler }) => new lambda.CfnEventInvokeConfig(handler, 'Settings', { functionName: handler.functionName, qualifier: 'live' }))).toEqual([]);
    expect(warningsWith({})).toEqual([]);
  });

  test('of a function whose results go to this one are none of this one', () => {
    expect(warningsWith({}, ({ handler }) => handlerIn(Stack.of(handler), { onSuccess: new LambdaDestination(handler) }, 'Other'))).toEqual([]);
  });
});
