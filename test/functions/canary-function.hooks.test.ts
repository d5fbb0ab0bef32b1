import { readFileSync } from 'node:fs';
import { App, CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { CanaryFunctionProps } from '../../src';
import { CanaryFunction } from '../../src';
import { handlerIn, newStack, resourcesOf } from '../messaging/fixtures';

const REPORT = 'codedeploy:PutLifecycleEventHookExecutionStatus';
const ENV = { account: '111122223333', region: 'eu-west-1' };
const HOOK_ARN = 'arn:aws:lambda:eu-west-1:111122223333:function:check';

type Hooks = Pick<CanaryFunctionProps, 'preHook' | 'postHook'>;

function makeIn(stack: Stack, hooks: Hooks): CanaryFunction {
  return new CanaryFunction(stack, 'Billing', { handler: handlerIn(stack), ...hooks });
}

function warningsOf(stack: Stack): string[] {
  return Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('cdk-serverless-patterns:(hook|role)')).map(({ entry }) => String(entry.data));
}

/** The policies that let somebody report, with whom. */
function reporters(stack: Stack): [id: string, roles: unknown][] {
  return Object.entries(resourcesOf(stack, 'AWS::IAM::Policy'))
    .filter(([, { Properties }]) => JSON.stringify(Properties.PolicyDocument).includes(REPORT))
    .map(([id, { Properties }]) => [id, Properties.Roles]);
}

test('a hook reports by a policy beside the group, for which the alias waits', () => {
  const stack = newStack();
  makeIn(stack, { preHook: handlerIn(stack, {}, 'Before'), postHook: handlerIn(stack, {}, 'After') });
  expect(reporters(stack)).toEqual([
    [expect.stringMatching(/^BillingPreHookPolicy/), [{ Ref: expect.stringMatching(/^BeforeServiceRole/) }]],
    [expect.stringMatching(/^BillingPostHookPolicy/), [{ Ref: expect.stringMatching(/^AfterServiceRole/) }]],
  ]);
  const [alias] = Object.values(resourcesOf(stack, 'AWS::Lambda::Alias'));
  expect(alias!.DependsOn).toEqual(expect.arrayContaining([expect.stringMatching(/^BillingPreHookPolicy/), expect.stringMatching(/^BillingPostHookPolicy/)]));
});

describe('one function as both hooks', () => {
  test('has one policy', () => {
    const stack = newStack();
    const hook = handlerIn(stack, {}, 'Hook');
    makeIn(stack, { preHook: hook, postHook: hook });
    expect(reporters(stack)).toEqual([[expect.stringMatching(/^BillingPreHookPolicy/), [{ Ref: expect.stringMatching(/^HookServiceRole/) }]]]);
    Template.fromStack(stack).hasResource('AWS::Lambda::Alias', {
      UpdatePolicy: {
        CodeDeployLambdaAliasUpdate: { BeforeAllowTrafficHook: { Ref: Match.stringLikeRegexp('^Hook') }, AfterAllowTrafficHook: { Ref: Match.stringLikeRegexp('^Hook') } },
      },
    });
  });

  test('so have two functions with one role', () => {
    const stack = newStack();
    const role = new iam.Role(stack, 'Shared', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    makeIn(stack, { preHook: handlerIn(stack, { role }, 'Before'), postHook: handlerIn(stack, { role }, 'After') });
    expect(reporters(stack)).toHaveLength(1);
  });
});

describe('a hook of another stack', () => {
  test.each([true, false])('has its policy in the stack of the canary, so that the stacks make no cycle (made first: %s)', (first) => {
    const app = new App();
    const stacks = first ? ['Hooks', 'Stack'] : ['Stack', 'Hooks'];
    const made = Object.fromEntries(stacks.map((id) => [id, new Stack(app, id)])) as { Stack: Stack; Hooks: Stack };
    makeIn(made.Stack, { preHook: handlerIn(made.Hooks, {}, 'Hook') });
    expect(reporters(made.Hooks)).toEqual([]);
    expect(reporters(made.Stack)).toEqual([[expect.stringMatching(/^BillingPreHookPolicy/), [{ 'Fn::ImportValue': expect.stringMatching(/HookServiceRole/) }]]]);
    expect(made.Stack.dependencies).toEqual([made.Hooks]);
    expect(made.Hooks.dependencies).toEqual([]);
    expect(warningsOf(made.Stack)).toEqual([]);
  });

  test('has a policy whose name is not too long for IAM, wherever the canary stands', () => {
    const app = new App();
    const [stack, hooks] = [new Stack(app, 'Stack'), new Stack(app, 'Hooks')];
    const scope = ['a', 'b', 'c'].reduce<Construct>((parent, letter) => new Construct(parent, letter.repeat(80)), stack);
    new CanaryFunction(scope, 'Billing', { handler: handlerIn(stack), preHook: handlerIn(hooks, {}, 'Hook') });
    const names = Object.values(resourcesOf(stack, 'AWS::IAM::Policy')).map(({ Properties }) => Properties.PolicyName as string);
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => name.length > 128)).toEqual([]);
  });

  test.each<[string, typeof ENV]>([
    ['region us-east-1', { ...ENV, region: 'us-east-1' }],
    ['account 444455556666', { ...ENV, account: '444455556666' }],
  ])('must not be of another environment: %s', (there, env) => {
    const app = new App();
    const [stack, other] = [new Stack(app, 'Stack', { env: ENV }), new Stack(app, 'Other', { env })];
    const here = there.startsWith('region') ? 'eu-west-1' : '111122223333';
    expect(() => makeIn(stack, { preHook: handlerIn(other, {}, 'Hook') })).toThrow(
      `preHook 'Other/Hook' is in ${there} rather than ${here}, but CodeDeploy finds only functions of the account and region of the deployment group: give a function of that account and region`,
    );
  });
});

describe('an imported hook', () => {
  const roleArn = 'arn:aws:iam::111122223333:role/hook';
  const imported = (stack: Stack, role?: iam.IRole, functionArn = HOOK_ARN) => lambda.Function.fromFunctionAttributes(stack, 'Imported', { functionArn, role });

  test.each([['eu-west-1', '111122223333', true], ['us-east-1', '111122223333', false], ['eu-west-1', '444455556666', false]])('of %s and %s (taken: %s)', (region, account, taken) => {
    const stack = new Stack(new App(), 'Stack', { env: ENV });
    const make = () => makeIn(stack, { postHook: lambda.Function.fromFunctionArn(stack, 'Imported', `arn:aws:lambda:${region}:${account}:function:check`) });
    if (taken) {
      expect(make).not.toThrow();
    } else {
      expect(make).toThrow('postHook \'Stack/Imported\' is in');
    }
  });

  test('may be of an environment that is not known', () => {
    const stack = newStack();
    makeIn(stack, { preHook: imported(stack) });
    const { Statement } = Object.values(resourcesOf(stack, 'AWS::IAM::Policy')).map(({ Properties }) => Properties.PolicyDocument as { Statement: unknown[] })[0]!;
    expect(Statement).toEqual([{ Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: [HOOK_ARN, `${HOOK_ARN}:*`] }]);
  });

  test('may be a token', () => {
    const stack = new Stack(new App(), 'Stack', { env: ENV });
    expect(() => makeIn(stack, { preHook: imported(stack, undefined, new CfnParameter(stack, 'Arn').valueAsString) })).not.toThrow();
  });

  test('with a role that may be changed reports', () => {
    const stack = newStack();
    makeIn(stack, { preHook: imported(stack, iam.Role.fromRoleArn(stack, 'Role', roleArn)) });
    expect(reporters(stack)).toEqual([[expect.stringMatching(/^BillingPreHookPolicy/), ['hook']]]);
    expect(warningsOf(stack)).toEqual([]);
  });

  const unchanged = (path: string) => [
    `role '${path}' may not be changed here (it is without policy updates, imported as not mutable, or of another account), so somebody else must allow it: ` +
    `${REPORT} on <ARN of 'Stack/Billing/DeploymentGroup'> [ack: cdk-serverless-patterns:roleNotChanged]`,
  ];

  test('with a role that must not be changed is warned of', () => {
    const stack = newStack();
    makeIn(stack, { preHook: imported(stack, iam.Role.fromRoleArn(stack, 'Role', roleArn, { mutable: false })) });
    expect(reporters(stack)).toEqual([]);
    expect(warningsOf(stack)).toEqual(unchanged('Stack/Role'));
  });

  test('with a role of another account is warned of', () => {
    const stack = new Stack(new App(), 'Stack', { env: ENV });
    makeIn(stack, { preHook: imported(stack, iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::444455556666:role/hook')) });
    expect(warningsOf(stack)).toEqual(unchanged('Stack/Role'));
  });

  test('without its role is warned of', () => {
    const stack = newStack();
    makeIn(stack, { preHook: imported(stack) });
    expect(warningsOf(stack)).toEqual([expect.stringMatching(/^the role of hook 'Stack\/Imported' is not known/)]);
  });

  test('a function made here whose role takes no more policies is warned of, once', () => {
    const stack = newStack();
    const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') }).withoutPolicyUpdates();
    const hook = handlerIn(stack, { role }, 'Hook');
    makeIn(stack, { preHook: hook, postHook: hook });
    expect(warningsOf(stack)).toEqual(unchanged('Stack/ImmutableRoleRole'));
  });
});

describe('a role that somebody else makes', () => {
  test.each([true, false])('is in the report of customizeRoles (in the stack of the canary: %s)', (here) => {
    const app = new App();
    const paths = ['Stack/Hook/ServiceRole', 'Hooks/Hook/ServiceRole', 'Stack/Handler/ServiceRole', 'Stack/Billing/DeploymentGroup/ServiceRole'];
    iam.Role.customizeRoles(app, { usePrecreatedRoles: Object.fromEntries(paths.map((path) => [path, 'theirs'])) });
    const stack = new Stack(app, 'Stack');
    const hooks = here ? stack : new Stack(app, 'Hooks');
    makeIn(stack, { preHook: handlerIn(hooks, {}, 'Hook') });
    const report = readFileSync(`${app.synth().directory}/iam-policy-report.txt`, 'utf8');
    const ofHook = report.split(/\n(?=<)/).find((role) => role.includes(`${hooks.node.id}/Hook/ServiceRole`));
    expect(ofHook).toContain(REPORT);
    expect(reporters(stack)).toEqual([]);
    expect(warningsOf(stack)).toEqual([]);
  });
});

test('one role of the handler and of the hook makes no cycle of resources', () => {
  const stack = newStack();
  const role = new iam.Role(stack, 'Shared', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  new CanaryFunction(stack, 'Billing', { handler: handlerIn(stack, { role }), preHook: handlerIn(stack, { role }, 'Hook') });
  expect(() => Template.fromStack(stack)).not.toThrow();
});

test('the policy of a hook counts towards the quota of its role', () => {
  const stack = new Stack(new App(), 'Stack', { env: ENV });
  const role = iam.Role.fromRoleArn(stack, 'Role', `arn:aws:iam::${ENV.account}:role/hook`);
  const hook = lambda.Function.fromFunctionAttributes(stack, 'Imported', { functionArn: HOOK_ARN, role });
  Array.from({ length: 60 }, (_, index) => new CanaryFunction(stack, `Billing${index}`, { handler: handlerIn(stack, {}, `Handler${index}`), preHook: hook }));
  expect(() => Template.fromStack(stack)).toThrow(/the inline policies of this role have at least \d+ characters in 60 policies, but IAM takes 10240 in all/);
});

test.each<[string, Partial<lambda.FunctionProps>, string]>([
  ['with tenant isolation', { tenancyConfig: lambda.TenancyConfig.PER_TENANT }, 'has tenant isolation, but CodeDeploy names no tenant'],
  ['that is a durable function', { durableConfig: { executionTimeout: Duration.minutes(5) } }, 'is a durable function, which is invoked by a version or an alias'],
])('a hook %s is refused', (_, props, text) => {
  const stack = newStack();
  const make = (hook: lambda.IFunction) => new CanaryFunction(stack, 'Canary', { handler: handlerIn(stack, {}, 'Work'), preHook: hook });
  expect(() => make(handlerIn(stack, props, 'Hook'))).toThrow(`hook 'Stack/Hook' ${text}, so Lambda would refuse the invocation, and every deployment would fail: give a function of its own`);
});
