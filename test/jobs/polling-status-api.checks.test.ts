import { CfnParameter, Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { handlerIn, make, makeWithQueue, newStack, problemsIn, resourceOf } from './fixtures';
import { FunctionEngine, PollingStatusApi } from '../../src';
import type { PollingStatusApiProps } from '../../src';

type Props = Partial<PollingStatusApiProps>;

const problemsOf = (props: Props) => problemsIn(() => make(props));

describe('numbers are held to what can work', () => {
  test.each<[string, Props[], Props[], string]>([
    ['timeout', [{ timeout: Duration.seconds(60) }, { timeout: Duration.days(30) }], [{ timeout: Duration.seconds(59) }, { timeout: Duration.seconds(2_592_001) }],
      'must be from 60 to 2592000 whole seconds: leave it out for 1 hour'],
    ['retentionPeriod', [{ timeout: Duration.seconds(60), retentionPeriod: Duration.seconds(61) }, { retentionPeriod: Duration.days(365) }],
      [{ timeout: Duration.seconds(60), retentionPeriod: Duration.seconds(60) }, { retentionPeriod: Duration.seconds(31_536_001) }],
      'must be from 61 to 31536000 whole seconds: leave it out for 7 days'],
    ['retryAfter', [{ retryAfter: Duration.seconds(1) }, { retryAfter: Duration.hours(1) }], [{ retryAfter: Duration.seconds(0) }, { retryAfter: Duration.seconds(3601) }],
      'must be from 1 to 3600 whole seconds: leave it out for 5 seconds'],
    ['throttlingRateLimit', [{ throttlingRateLimit: 1 }, { throttlingRateLimit: 10_000 }], [{ throttlingRateLimit: 0 }, { throttlingRateLimit: 10_001 }],
      'must be a whole number from 1 to 10000: leave it out for 100 requests a second'],
    ['throttlingBurstLimit', [{ throttlingBurstLimit: 1 }, { throttlingBurstLimit: 5_000 }], [{ throttlingBurstLimit: 0 }, { throttlingBurstLimit: 5_001 }],
      'must be a whole number from 1 to 5000: leave it out for 200 requests'],
    ['maxBodySize', [{ maxBodySize: Size.bytes(1) }, { maxBodySize: Size.kibibytes(120) }], [{ maxBodySize: Size.bytes(0) }, { maxBodySize: Size.bytes(122_881) }],
      'must be from 1 to 122880: leave it out for 122880 bytes, the most that the engine can work with, and send larger bodies by claim check (ClaimCheckBucket)'],
    ['alarms.serverErrors.threshold', [{ alarms: { serverErrors: { threshold: 0 } } }, { alarms: { serverErrors: { threshold: 99 } } }],
      [{ alarms: { serverErrors: { threshold: -1 } } }, { alarms: { serverErrors: { threshold: 100 } } }],
      'must be a percentage from 0 to below 100: leave it out for the default'],
  ])('%s', (prop, good, bad, rule) => {
    expect(good.flatMap(problemsOf)).toEqual([]);
    for (const props of bad) {
      expect(problemsOf(props)).toContainEqual(expect.stringMatching(new RegExp(`^${prop} is `)));
      expect(problemsOf(props).join()).toContain(rule);
    }
  });

  test('a queue takes bodies of up to 256 KiB', () => {
    expect(problemsIn(() => makeWithQueue({ maxBodySize: Size.kibibytes(256) }))).toEqual([]);
    expect(problemsIn(() => makeWithQueue({ maxBodySize: Size.bytes(262_145) }))).toEqual([expect.stringContaining('must be from 1 to 262144')]);
  });

  test('an engine that says it takes more does not raise the limit', () => {
    const stack = newStack();
    const engine = { maxBodySize: Size.mebibytes(1), bind: () => ({ targetArn: 'arn:aws:sqs:eu-west-1:111122223333:jobs' }) };
    expect(problemsIn(() => new PollingStatusApi(stack, 'Jobs', { engine, maxBodySize: Size.bytes(262_145) }))).toHaveLength(1);
  });
});

test.each([['deadLetters', 1], ['moreDeadLetters', 1], ['pipeFailed', 1], ['pipeThrottled', 5], ['serverErrors', 3], ['latency', 5]])('the alarm %s is held to its %d evaluation periods', (alarm, periods) => {
  expect(problemsOf({ alarms: { [alarm]: { datapointsToAlarm: periods } } })).toEqual([]);
  expect(problemsOf({ alarms: { [alarm]: { datapointsToAlarm: periods + 1 } } })).toEqual([expect.stringContaining(`which is ${periods} unless stated`)]);
});

test.each(['failed', 'timedOut', 'aborted'])('the alarm %s of the workflow is held to its one evaluation period', (alarm) => {
  const problemsWith = (datapointsToAlarm: number) => problemsIn(() => {
    const stack = newStack();
    new PollingStatusApi(stack, 'Jobs', { engine: new FunctionEngine(handlerIn(stack), { alarms: { [alarm]: { datapointsToAlarm } } }) });
  });
  expect(problemsWith(1)).toEqual([]);
  expect(problemsWith(2)).toEqual([expect.stringContaining('which is 1 unless stated')]);
});

test('a job must be readable for longer than it may take', () => {
  expect(problemsOf({ timeout: Duration.hours(2), retentionPeriod: Duration.hours(2) })).toEqual([
    'retentionPeriod is 7200 seconds, which is not longer than timeout (7200 seconds), so a job could be gone before anybody reads how it ended: raise retentionPeriod or lower timeout',
  ]);
  expect(problemsOf({ timeout: Duration.hours(2), retentionPeriod: Duration.seconds(7201) })).toEqual([]);
  // The default of one hour counts too.
  expect(problemsOf({ retentionPeriod: Duration.hours(1) })).toHaveLength(1);
});

test('the retention period grows with a long timeout', () => {
  const template = (props: Props) => JSON.stringify(resourceOf(make(props).stack, 'AWS::ApiGateway::Method', 'JobsApijobsPOST').Properties);
  expect(template({ timeout: Duration.days(3.5) })).toContain('$now + 604800');
  expect(template({ timeout: Duration.days(4) })).toContain('$now + 691200');
});

test('a table has no snapshot policy', () => {
  expect(problemsOf({ removalPolicy: RemovalPolicy.SNAPSHOT })).toEqual([
    'removalPolicy is snapshot, but CloudFormation makes none of a table: set RemovalPolicy.RETAIN or RemovalPolicy.DESTROY, or leave removalPolicy out',
  ]);
});

test('a table that goes with its stack cannot be protected from that', () => {
  expect(problemsOf({ removalPolicy: RemovalPolicy.DESTROY, deletionProtection: true })).toEqual([
    'deletionProtection is true, but removalPolicy is destroy, which a protected table does not let happen: leave out one of them',
  ]);
  expect(problemsOf({ removalPolicy: RemovalPolicy.DESTROY, deletionProtection: false })).toEqual([]);
  expect(problemsOf({ removalPolicy: RemovalPolicy.RETAIN, deletionProtection: true })).toEqual([]);
});

describe('authorization', () => {
  test.each([
    [{ authorizerId: 'a' }, 'unknown'],
    [{ authorizerId: 'a', authorizationType: apigateway.AuthorizationType.IAM }, 'AWS_IAM'],
    [{ authorizerId: 'a', authorizationType: apigateway.AuthorizationType.NONE }, 'NONE'],
  ])('an authorizer that tells no owner (%j) is refused', (authorizer, type) => {
    expect(problemsOf({ authorizer })).toEqual([
      `authorizer is of type ${type}, by which a job's owner cannot be told: ` +
      'give a CognitoUserPoolsAuthorizer, a TokenAuthorizer or a RequestAuthorizer, or leave authorizer out for IAM',
    ]);
  });

  test.each([undefined, { authorizerId: 'a', authorizationType: apigateway.AuthorizationType.CUSTOM }])('scopes are for Cognito, not for %j', (authorizer) => {
    expect(problemsOf({ ...(authorizer ? { authorizer } : {}), authorizationScopes: ['jobs/submit'] })).toEqual([
      'authorizationScopes is set, but only a Cognito authorizer looks at scopes: set authorizer to a CognitoUserPoolsAuthorizer, or leave authorizationScopes out',
    ]);
  });

  test('a Cognito authorizer may have scopes', () => {
    const { stack } = make((scope) => ({
      authorizer: new apigateway.CognitoUserPoolsAuthorizer(scope, 'Authorizer', { cognitoUserPools: [new cognito.UserPool(scope, 'Users')] }),
      authorizationScopes: ['jobs/submit'],
    }));
    for (const method of ['JobsApijobsPOST', 'JobsApijobsidGET', 'JobsApijobsidcancelPOST']) {
      expect(resourceOf(stack, 'AWS::ApiGateway::Method', method).Properties).toMatchObject({
        AuthorizationType: 'COGNITO_USER_POOLS', AuthorizerId: { Ref: expect.stringContaining('Authorizer') }, AuthorizationScopes: ['jobs/submit'],
      });
    }
  });
});

describe('tokens', () => {
  const parameter = (id: string) => new CfnParameter(newStack(), id, { type: 'Number' }).valueAsNumber;

  test.each<[string, string, (value: Duration) => Props]>([
    ['timeout', '1 hour', (timeout) => ({ timeout })],
    ['retentionPeriod', '7 days', (retentionPeriod) => ({ retentionPeriod })],
    ['retryAfter', '5 seconds', (retryAfter) => ({ retryAfter })],
  ])('%s cannot be one', (prop, byDefault, props) => {
    expect(problemsOf(props(Duration.seconds(parameter('Value'))))).toEqual([
      `${prop} is a token, but must be known, because a number in a mapping template cannot be a token: state it, or leave it out for ${byDefault}`,
    ]);
  });

  test('the times that are tokens are reported together', () => {
    const token = Duration.seconds(parameter('Value'));
    expect(problemsOf({ timeout: token, retentionPeriod: token, retryAfter: token })).toHaveLength(3);
  });

  test('maxBodySize cannot be one', () => {
    expect(problemsOf({ maxBodySize: Size.bytes(parameter('Value')) })).toEqual([
      'maxBodySize is a token, but must be known, because a number in a mapping template cannot be a token: ' +
      'state it, or leave it out for 122880 bytes, the most that the engine can work with, and send larger bodies by claim check (ClaimCheckBucket)',
    ]);
  });

  test('the threshold of an alarm in percent cannot be one', () => {
    expect(problemsOf({ alarms: { serverErrors: { threshold: parameter('Value') } } })).toEqual([
      'alarms.serverErrors.threshold is a token, but must be known, because CloudWatch needs it as a fraction: state it, or leave it out for the default',
    ]);
  });

  test('the threshold of the latency must be in milliseconds', () => {
    expect(problemsOf({ alarms: { latency: { threshold: Duration.seconds(parameter('Value')) } } })).toEqual([
      'alarms.latency.threshold is a token in seconds, which cannot be converted to milliseconds: state it with Duration.millis',
    ]);
  });

  test('limits, the origin and a latency in milliseconds can be', () => {
    const { stack } = make((scope) => ({
      throttlingRateLimit: new CfnParameter(scope, 'Rate', { type: 'Number' }).valueAsNumber,
      throttlingBurstLimit: new CfnParameter(scope, 'Burst', { type: 'Number' }).valueAsNumber,
      corsAllowOrigins: [new CfnParameter(scope, 'Origin').valueAsString],
      alarms: { latency: { threshold: Duration.millis(new CfnParameter(scope, 'Latency', { type: 'Number' }).valueAsNumber) } },
    }));
    expect(resourceOf(stack, 'AWS::ApiGateway::Stage').Properties.MethodSettings).toEqual([
      expect.objectContaining({ ThrottlingRateLimit: { Ref: 'Rate' }, ThrottlingBurstLimit: { Ref: 'Burst' } }),
    ]);
    expect(resourceOf(stack, 'AWS::CloudWatch::Alarm', 'JobsLatency').Properties.Threshold).toEqual({ Ref: 'Latency' });
    expect(resourceOf(stack, 'AWS::ApiGateway::GatewayResponse', 'JobsApiClientErrors').Properties.ResponseParameters['gatewayresponse.header.Access-Control-Allow-Origin']).toEqual({
      'Fn::Join': ['', ["'", { Ref: 'Origin' }, "'"]],
    });
  });
});

describe('alarms', () => {
  test.each(['serverErrors', 'latency', 'pipeFailed', 'pipeThrottled', 'deadLetters', 'moreDeadLetters'])('%s has a period that CloudWatch takes', (name) => {
    expect(problemsOf({ alarms: { [name]: { period: Duration.seconds(45) } } })).toEqual([
      `alarms.${name}.period is 45 seconds, but must be a multiple of 60, because its metric is reported once a minute: leave it out for 1 minute`,
    ]);
  });

  test.each(['failed', 'timedOut', 'aborted'])('%s of the engine has a period that CloudWatch takes', (name) => {
    const stack = newStack();
    const engine = new FunctionEngine(handlerIn(stack), { alarms: { [name]: { period: Duration.seconds(45) } } });
    expect(problemsIn(() => new PollingStatusApi(stack, 'Jobs', { engine }))).toEqual([
      `alarms.${name}.period is 45 seconds, but must be a multiple of 60, because its metric is reported once a minute: leave it out for 1 minute`,
    ]);
  });
});

test('all problems are reported at once, and nothing is left of the construct', () => {
  const stack = newStack();
  const problems = problemsIn(() => new PollingStatusApi(stack, 'Jobs', {
    engine: new FunctionEngine(handlerIn(stack)),
    timeout: Duration.seconds(1),
    corsAllowOrigins: ['x'],
    throttlingRateLimit: 0,
    alarms: { latency: { evaluationPeriods: 0 } },
  }));
  expect(problems).toHaveLength(4);
  expect(stack.node.tryFindChild('Jobs')).toBeUndefined();
});
