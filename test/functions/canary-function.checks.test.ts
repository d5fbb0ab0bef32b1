import { App, CfnParameter, Duration, NestedStack, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as appscaling from 'aws-cdk-lib/aws-applicationautoscaling';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
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

  test.each(['CANARY_10PERCENT_30MINUTES', 'LINEAR_10PERCENT_EVERY_1MINUTE'] as const)('so is one of %s', (name) => {
    expect(problemsOf({ alarms: NOTHING_ON, deploymentConfig: codedeploy.LambdaDeploymentConfig[name] })).toEqual([
      expect.stringContaining('nothing would stop a version that fails'),
    ]);
  });

  test('so is one of steps of one\'s own, and one that is not known', () => {
    const trafficRouting = codedeploy.TrafficRouting.timeBasedLinear({ interval: Duration.minutes(1), percentage: 25 });
    const configs = [
      (stack: Stack) => new codedeploy.LambdaDeploymentConfig(stack, 'Config', { trafficRouting }),
      (stack: Stack) => codedeploy.LambdaDeploymentConfig.fromLambdaDeploymentConfigName(stack, 'Imported', 'Ours'),
    ];
    for (const config of configs) {
      expect(problemsOf((stack) => ({ alarms: NOTHING_ON, deploymentConfig: config(stack) }))).toHaveLength(1);
    }
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

describe('alarms whose thresholds are not known', () => {
  const withTokenTimeout = (props: Props) => problemsOf((stack) => ({
    ...props,
    handler: handlerIn(stack, { timeout: Duration.seconds(new CfnParameter(stack, 'Timeout', { type: 'Number' }).valueAsNumber) }, 'Other'),
  }));
  const DURATION_ONLY = { newVersionErrors: OFF, newVersionErrorRate: OFF };

  test('stop nothing', () => {
    expect(withTokenTimeout({ alarms: DURATION_ONLY })).toHaveLength(1);
    expect(withTokenTimeout({ alarms: { ...DURATION_ONLY, newVersionDuration: { threshold: Duration.seconds(1) } } })).toEqual([]);
  });
});

describe('rollbackAlarms', () => {
  const given = (stack: Stack, count: number) => Array.from({ length: count }, (_, index) => cloudwatch.Alarm.fromAlarmName(stack, `Given${index}`, `given-${index}`));
  const tooMany = [expect.stringMatching(
    /^the deployment group has 11 alarms \('Stack\/.+'\), but CodeDeploy takes 10: leave some out, or make one alarm on an expression of several metrics$/,
  )];

  test('are at most ten with those that are made here', () => {
    expect(problemsOf((stack) => ({ rollbackAlarms: given(stack, 7) }))).toEqual([]);
    expect(problemsOf((stack) => ({ rollbackAlarms: given(stack, 8) }))).toEqual(tooMany);
    expect(problemsOf((stack) => ({ rollbackAlarms: given(stack, 8), alarms: { newVersionDuration: OFF } }))).toEqual([]);
    expect(problemsOf((stack) => ({ rollbackAlarms: given(stack, 11), alarms: NOTHING_ON }))).toEqual(tooMany);
    const allAtOnce = codedeploy.LambdaDeploymentConfig.ALL_AT_ONCE;
    expect(problemsOf((stack) => ({ rollbackAlarms: given(stack, 10), deploymentConfig: allAtOnce }))).toEqual([]);
  });

  describe('of another region are not found by CodeDeploy', () => {
    const inIreland = () => new Stack(new App(), 'Stack', { env: { region: 'eu-west-1' } });
    const arn = (region: string) => `arn:aws:cloudwatch:${region}:111122223333:alarm:orders`;

    test.each([
      ['by its ARN', arn('us-east-1'), 1],
      ['of the same region', arn('eu-west-1'), 0],
    ])('%s', (_, alarmArn, count) => {
      const problem = 'rollback alarm \'Stack/Given\' is in region us-east-1 rather than eu-west-1, but CodeDeploy finds only alarms of the account and region of the deployment group: give alarms of that account and region';
      const problems = problemsOf((stack) => ({ rollbackAlarms: [cloudwatch.Alarm.fromAlarmArn(stack, 'Given', alarmArn)] }), inIreland());
      expect(problems).toEqual(Array(count).fill(problem));
    });

    test('of another stack', () => {
      const stack = inIreland();
      const other = new Stack(stack.node.root as App, 'Other', { env: { region: 'us-east-1' } });
      const rollbackAlarms = [handlerIn(other).metricErrors().createAlarm(other, 'Given', { threshold: 1, evaluationPeriods: 1 })];
      expect(problemsOf({ rollbackAlarms }, stack)).toHaveLength(1);
    });

    test('unless a region is not known', () => {
      expect(problemsOf((stack) => ({ rollbackAlarms: [cloudwatch.Alarm.fromAlarmArn(stack, 'Given', arn('us-east-1'))] }))).toEqual([]);
      expect(problemsOf((stack) => ({ rollbackAlarms: given(stack, 1) }), inIreland())).toEqual([]);
    });
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

  test('must not be an alias, of whichever name', () => {
    expect(problemsOf((stack) => ({ handler: handlerIn(stack, {}, 'Other').addAlias('live') as unknown as lambda.Function }))).toHaveLength(1);
    expect(problemsOf((stack) => ({ handler: handlerIn(stack, {}, 'Other').addAlias('today') as unknown as lambda.Function }))).toEqual([
      `handler 'Stack/Other/Aliastoday' ${WHY}`,
    ]);
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

describe('warnings', () => {
  /** The texts of the warnings with this id. */
  function warningsOf(id: string, props: Props | ((stack: Stack) => Props), stack = newStack()): string[] {
    expect(problemsOf(props, stack)).toEqual([]);
    return Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp(`\\[ack: cdk-serverless-patterns:${id}\\]$`)).map(({ entry }) => String(entry.data));
  }

  test.each(['preHook', 'postHook'])('hookRoleUnknown: %s is imported without its role', (prop) => {
    const imported = { functionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:check', sameEnvironment: true };
    expect(warningsOf('hookRoleUnknown', (stack) => ({ [prop]: lambda.Function.fromFunctionAttributes(stack, 'Imported', imported) }))).toEqual([expect.stringMatching(
      /^the role of hook 'Stack\/Imported' is not known, so it cannot be allowed to report here: allow it codedeploy:PutLifecycleEventHookExecutionStatus on the deployment group, or import the function with its role/,
    )]);
    expect(warningsOf('hookRoleUnknown', (stack) => ({ [prop]: handlerIn(stack, {}, 'Hook') }))).toEqual([]);
  });

  test('rollbackAlarmsIgnored: ignoreAlarms is set', () => {
    expect(warningsOf('rollbackAlarmsIgnored', { ignoreAlarms: true })).toEqual([
      expect.stringMatching(/^ignoreAlarms is set, so nothing stops a version that fails: take it out again with the next deployment/),
    ]);
    expect(warningsOf('rollbackAlarmsIgnored', { ignoreAlarms: false })).toEqual([]);
  });

  describe('shiftShorterThanTimeout', () => {
    const warningsWith = (timeout: Duration, deploymentConfig?: codedeploy.ILambdaDeploymentConfig) => (
      warningsOf('shiftShorterThanTimeout', (stack) => ({ handler: handlerIn(stack, { timeout }, 'Slow'), deploymentConfig }))
    );

    test('a time-out may come to light after the shift', () => {
      expect(warningsWith(Duration.seconds(180))).toEqual([]);
      expect(warningsWith(Duration.seconds(181))).toEqual([expect.stringMatching(
        /^handler 'Stack\/Slow' may run for 181 seconds, but traffic goes to both versions for 300 seconds, so that an alarm may see a time-out too late: state a deploymentConfig that takes at least 301 seconds/,
      )]);
    });

    test('not in a longer shift, nor all at once', () => {
      expect(warningsWith(Duration.minutes(13), codedeploy.LambdaDeploymentConfig.CANARY_10PERCENT_15MINUTES)).toEqual([]);
      expect(warningsWith(Duration.minutes(15), codedeploy.LambdaDeploymentConfig.ALL_AT_ONCE)).toEqual([]);
    });

    test('nor when it cannot be known', () => {
      const imported = codedeploy.LambdaDeploymentConfig.fromLambdaDeploymentConfigName(newStack(), 'Imported', 'quick');
      expect(warningsWith(Duration.minutes(15), imported)).toEqual([]);
      expect(warningsOf('shiftShorterThanTimeout', (stack) => ({
        handler: handlerIn(stack, { timeout: Duration.seconds(new CfnParameter(stack, 'Timeout', { type: 'Number' }).valueAsNumber) }, 'Slow'),
      }))).toEqual([]);
    });
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
    expect(problemsOf({ handler }, stack)).toEqual([
      'aliasName is \'live\', but handler \'Stack/Shared\' has another alias of this name (\'Stack/First/Alias/Resource\'): state another aliasName, or use the alias of the CanaryFunction there',
    ]);
    expect(problemsOf({ handler, aliasName: 'test' }, stack)).toEqual([]);
    Template.fromStack(stack).resourceCountIs('AWS::Lambda::Version', 1);
  });
});

test('versionRemovalPolicy is one for all versions of a function', () => {
  const stack = newStack();
  const handler = handlerIn(stack, {}, 'Shared');
  new CanaryFunction(stack, 'First', { handler });
  expect(problemsOf({ handler, aliasName: 'test', versionRemovalPolicy: RemovalPolicy.DESTROY }, stack)).toEqual([
    'versionRemovalPolicy is \'destroy\', but \'Stack/First\' states \'retain-on-update-or-delete\' for the versions of handler \'Stack/Shared\', of which there is one set for all aliases: state the same in both',
  ]);
  expect(problemsOf({ handler, aliasName: 'test', versionRemovalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE }, stack)).toEqual([]);
});

describe('provisionedConcurrency', () => {
  test.each([
    [{ minCapacity: 0, maxCapacity: 5 }, 'provisionedConcurrency.minCapacity is 0, but must be a whole number of at least 1: leave it out for 1'],
    [{ maxCapacity: 0.5 }, 'provisionedConcurrency.maxCapacity is 0.5, but must be a whole number of at least 1: state the most environments that may be kept ready'],
    [{ minCapacity: 6, maxCapacity: 5 }, 'provisionedConcurrency.minCapacity is 6, which is more than provisionedConcurrency.maxCapacity (5): raise maxCapacity or lower minCapacity'],
    [{ maxCapacity: 5, utilizationTarget: 0.95 }, 'provisionedConcurrency.utilizationTarget is 0.95, but must be from 0.1 to 0.9: leave it out for 0.7'],
    [{ maxCapacity: 5, utilizationTarget: 0.05 }, 'provisionedConcurrency.utilizationTarget is 0.05, but must be from 0.1 to 0.9: leave it out for 0.7'],
  ])('%j is an error', (provisionedConcurrency, problem) => {
    expect(problemsOf({ provisionedConcurrency })).toContain(problem);
  });

  test.each([{ minCapacity: 5, maxCapacity: 5, utilizationTarget: 0.1 }, { maxCapacity: 1, utilizationTarget: 0.9 }])('%j is taken', (provisionedConcurrency) => {
    expect(problemsOf({ provisionedConcurrency })).toEqual([]);
  });

  test('must fit into the reserved concurrency', () => {
    const inReserved = (maxCapacity: number) => problemsOf((stack) => ({ handler: handlerIn(stack, { reservedConcurrentExecutions: 20 }, 'Limited'), provisionedConcurrency: { maxCapacity } }));
    expect(inReserved(20)).toEqual([]);
    expect(inReserved(21)).toEqual(['provisionedConcurrency.maxCapacity is 21, but must be at most the reserved concurrency of handler \'Stack/Limited\' (20): raise that or lower maxCapacity']);
  });

  test('must fit with that of the other aliases of the function', () => {
    const withAnother = (maxCapacity: number) => {
      const stack = newStack();
      const handler = handlerIn(stack, { reservedConcurrentExecutions: 20 }, 'Limited');
      const unknown = new CfnParameter(stack, 'Most', { type: 'Number' }).valueAsNumber;
      new CanaryFunction(stack, 'Test', { handler, aliasName: 'test', provisionedConcurrency: { maxCapacity: 10 } });
      new CanaryFunction(stack, 'Dev', { handler, aliasName: 'dev', provisionedConcurrency: { maxCapacity: unknown } });
      return problemsOf({ handler, provisionedConcurrency: { maxCapacity } }, stack);
    };
    expect(withAnother(10)).toEqual([]);
    expect(withAnother(11)).toEqual([
      'provisionedConcurrency.maxCapacity is 11, 21 together with other aliases, but must be at most the reserved concurrency of handler \'Stack/Limited\' (20): raise that or lower maxCapacity',
    ]);
  });

  test('does not share the reserved concurrency with what else is scaled beside a bare alias', () => {
    expect(problemsOf((stack) => {
      const handler = handlerIn(stack, { reservedConcurrentExecutions: 20 }, 'Limited');
      new lambda.CfnAlias(stack, 'Bare', { name: 'bare', functionName: handler.functionName, functionVersion: '1' });
      new appscaling.ScalableTarget(stack, 'Table', {
        serviceNamespace: appscaling.ServiceNamespace.DYNAMODB, scalableDimension: 'dynamodb:table:ReadCapacityUnits', resourceId: 'table/orders', minCapacity: 1, maxCapacity: 100,
      });
      return { handler, provisionedConcurrency: { maxCapacity: 20 } };
    })).toEqual([]);
  });

  test('takes tokens', () => {
    expect(problemsOf((stack) => {
      const number = new CfnParameter(stack, 'Number', { type: 'Number' }).valueAsNumber;
      return { provisionedConcurrency: { minCapacity: number, maxCapacity: number, utilizationTarget: number } };
    })).toEqual([]);
  });
});

test('all problems are reported at once', () => {
  expect(problemsOf({ aliasName: '1', alarms: NOTHING_ON, provisionedConcurrency: { maxCapacity: 0 } })).toHaveLength(3);
});

describe('Lambda as it is today', () => {
  const warningsOf = (stack: Stack, id: string) => (
    Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp(`\\[ack: cdk-serverless-patterns:${id}\\]$`)).map(({ entry }) => String(entry.data))
  );
  const provisionedConcurrency = { maxCapacity: 5 };
  const java = { runtime: lambda.Runtime.JAVA_21, code: lambda.Code.fromBucketV2(s3.Bucket.fromBucketName(newStack(), 'Bucket', 'releases'), 'billing-1.jar') };

  describe.each<[string, Partial<lambda.FunctionProps>, string, unknown]>([
    ['SnapStart', { ...java, snapStart: lambda.SnapStartConf.ON_PUBLISHED_VERSIONS }, 'SnapStart', { ApplyOn: 'PublishedVersions' }],
    ['tenant isolation', { tenancyConfig: lambda.TenancyConfig.PER_TENANT }, 'TenancyConfig', { TenantIsolationMode: 'PER_TENANT' }],
  ])('%s', (feature, props, property, value) => {
    const problem = `provisionedConcurrency is stated, but handler 'Stack/Other' has ${feature}, and Lambda does not take both: leave one of them out`;

    test('is no canary with provisioned concurrency', () => {
      expect(problemsOf((stack) => ({ handler: handlerIn(stack, props, 'Other'), provisionedConcurrency }))).toEqual([problem]);
      expect(problemsOf((stack) => ({ handler: handlerIn(stack, props, 'Other') }))).toEqual([]);
    });

    test('nor if it comes later', () => {
      const stack = newStack();
      const handler = handlerIn(stack, {}, 'Other');
      new CanaryFunction(stack, 'Billing', { handler, provisionedConcurrency });
      (handler.node.defaultChild as lambda.CfnFunction).addPropertyOverride(property, value);
      expect(() => Template.fromStack(stack)).toThrow(`[Stack/Billing] ${problem}`);
    });
  });

  test('SnapStart that is off may be with provisioned concurrency', () => {
    expect(problemsOf((stack) => {
      const handler = handlerIn(stack, {}, 'Other');
      (handler.node.defaultChild as lambda.CfnFunction).snapStart = { applyOn: 'None' };
      return { handler, provisionedConcurrency };
    })).toEqual([]);
  });

  test('provisionedManagedInstances: environments are ready anyway', () => {
    const warningsWith = (props: Props) => {
      const stack = newStack();
      const handler = handlerIn(stack, {}, 'Other');
      (handler.node.defaultChild as lambda.CfnFunction).addPropertyOverride('CapacityProviderConfig.LambdaManagedInstancesCapacityProviderConfig.CapacityProviderArn', 'arn');
      new CanaryFunction(stack, 'Billing', { handler, ...props });
      return warningsOf(stack, 'provisionedManagedInstances');
    };
    expect(warningsWith({ provisionedConcurrency })).toEqual([expect.stringMatching(/^handler 'Stack\/Other' runs on Managed Instances, which keep environments ready by themselves: leave provisionedConcurrency out/)]);
    expect(warningsWith({})).toEqual([]);
  });

  test.each([[RemovalPolicy.DESTROY, true, 1], [RemovalPolicy.DESTROY, false, 0], [undefined, true, 0]])(
    'durableVersionsDeleted: versions with the removal policy %s of a durable function (%s)',
    (versionRemovalPolicy, durable, count) => {
      const stack = newStack();
      const handler = handlerIn(stack, durable ? { durableConfig: { executionTimeout: Duration.hours(1) } } : {}, 'Other');
      new CanaryFunction(stack, 'Billing', { handler, versionRemovalPolicy });
      expect(warningsOf(stack, 'durableVersionsDeleted')).toEqual(Array(count).fill(expect.stringMatching(
        /^handler 'Stack\/Other' is durable: its executions go on with the version that they began with, which is deleted when it is superseded: leave versionRemovalPolicy out/,
      )));
    },
  );

  test.each([[0, 1], [1, 0], [undefined, 0]])('handlerPaused: a reserved concurrency of %s', (reservedConcurrentExecutions, count) => {
    const stack = newStack();
    new CanaryFunction(stack, 'Billing', { handler: handlerIn(stack, { reservedConcurrentExecutions }, 'Other') });
    expect(warningsOf(stack, 'handlerPaused')).toEqual(Array(count).fill(expect.stringMatching(/^the reserved concurrency of handler 'Stack\/Other' is 0, so nothing invokes it/)));
  });

  test('a paused function has no environments ready', () => {
    expect(problemsOf((stack) => ({ handler: handlerIn(stack, { reservedConcurrentExecutions: 0 }, 'Other'), provisionedConcurrency }))).toEqual([
      'provisionedConcurrency.maxCapacity is 5, but must be at most the reserved concurrency of handler \'Stack/Other\' (0): take provisionedConcurrency out as long as the function is paused',
    ]);
  });
});
