import { Annotations as AppAnnotations, App, CfnOutput, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaAction, SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import type { IConstruct } from 'constructs';
import { Alarms, AlarmSeverity, QueueFedFunction } from '../../src';
import { handlerIn, newStack, resourceOf, resourcesOf } from '../messaging/fixtures';

const ALARM = 'AWS::CloudWatch::Alarm';
const NOBODY = 'cdk-serverless-patterns:alarmsNotifyNobody';

/** An action that does nothing but be there. */
function action(alarmActionArn = 'arn:aws:sns:eu-west-1:111122223333:somebody'): cloudwatch.IAlarmAction {
  return { bind: () => ({ alarmActionArn }) };
}

function patternIn(stack: Stack, id = 'Orders'): QueueFedFunction {
  return new QueueFedFunction(stack, id, { handler: handlerIn(stack, {}, `${id}Handler`) });
}

/** The actions of each alarm in a stack, by the beginning of its logical id. */
function actionsIn(stack: Stack): Record<string, unknown> {
  return Object.fromEntries(Object.entries(resourcesOf(stack, ALARM)).map(([id, { Properties }]) => [id.slice(0, -8), Properties.AlarmActions]));
}

function nobodyWarnings(stack: Stack): string[] {
  return Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp(`\\[ack: ${NOBODY}\\]`)).map(({ id }) => id);
}

const IDS = ['OrdersDeadLettersAlarm', 'OrdersMoreDeadLettersAlarm', 'OrdersMessageAgeAlarm'];
const HANDLER_IDS = ['OrdersHandlerHandlerAlarmsErrors', 'OrdersHandlerHandlerAlarmsThrottles', 'OrdersHandlerHandlerAlarmsDuration'];
const all = (value: unknown) => Object.fromEntries([...IDS, ...HANDLER_IDS].map((id) => [id, value]));
const some = (ids: string[], value: unknown) => ({ ...all(undefined), ...Object.fromEntries(ids.map((id) => [id, value])) });

describe('a route', () => {
  test.each<[string, (route: () => void, make: () => void) => void]>([
    ['before', (route, make) => { route(); make(); }],
    ['after', (route, make) => { make(); route(); }],
  ])('made %s the alarms reaches them all', (_, inOrder) => {
    const stack = newStack();
    inOrder(() => Alarms.of(stack).notify(action('arn:a')), () => patternIn(stack));
    expect(actionsIn(stack)).toEqual(all(['arn:a']));
  });

  test('has several actions, in order', () => {
    const stack = newStack();
    Alarms.of(stack).notify(action('arn:a'), action('arn:b'));
    patternIn(stack);
    Alarms.of(stack).notify(action('arn:c'));
    expect(actionsIn(stack)).toEqual(all(['arn:a', 'arn:b', 'arn:c']));
  });

  test('with no action does nothing', () => {
    const stack = newStack();
    patternIn(stack);
    Alarms.of(stack).notify();
    expect(actionsIn(stack)).toEqual(all(undefined));
  });

  test.each([
    [AlarmSeverity.ACT_NOW, IDS],
    [AlarmSeverity.LOOK_SOON, HANDLER_IDS],
  ])('of severity %s reaches only those alarms', (severity, ids) => {
    for (const before of [true, false]) {
      const stack = newStack();
      const steps = [() => Alarms.of(stack).notifyOf(severity, action('arn:a')), () => patternIn(stack)];
      (before ? steps : steps.reverse()).forEach((step) => step());
      expect(actionsIn(stack)).toEqual(some(ids, ['arn:a']));
    }
  });

  test('of both severities reaches each by its own', () => {
    const stack = newStack();
    Alarms.of(stack).notifyOf(AlarmSeverity.ACT_NOW, action('arn:pager'));
    Alarms.of(stack).notifyOf(AlarmSeverity.LOOK_SOON, action('arn:mail'));
    patternIn(stack);
    expect(actionsIn(stack)).toEqual({ ...some(IDS, ['arn:pager']), ...Object.fromEntries(HANDLER_IDS.map((id) => [id, ['arn:mail']])) });
  });

  describe('reaches the alarms below its scope', () => {
    function app() {
      const root = new App();
      const stage = new Stage(root, 'Prod');
      const [stack, other] = [new Stack(stage, 'Stack'), new Stack(stage, 'Other')];
      const outside = new Stack(root, 'Outside');
      const orders = patternIn(stack);
      [other, outside].forEach((scope) => patternIn(scope));
      return { root, stage, stack, other, outside, orders };
    }

    test.each<[string, (parts: ReturnType<typeof app>) => IConstruct, { stack: string[]; other: string[]; outside: string[] }]>([
      ['an app', ({ root }) => root, { stack: [...IDS, ...HANDLER_IDS], other: [...IDS, ...HANDLER_IDS], outside: [...IDS, ...HANDLER_IDS] }],
      ['a stage', ({ stage }) => stage, { stack: [...IDS, ...HANDLER_IDS], other: [...IDS, ...HANDLER_IDS], outside: [] }],
      ['a stack', ({ stack }) => stack, { stack: [...IDS, ...HANDLER_IDS], other: [], outside: [] }],
      ['a pattern', ({ orders }) => orders, { stack: IDS, other: [], outside: [] }],
      ['a handler', ({ orders }) => orders.handler, { stack: HANDLER_IDS, other: [], outside: [] }],
    ])('%s', (_, scopeOf, expected) => {
      const parts = app();
      Alarms.of(scopeOf(parts)).notify(action('arn:a'));
      for (const name of ['stack', 'other', 'outside'] as const) {
        expect(actionsIn(parts[name])).toEqual(some(expected[name], ['arn:a']));
      }
    });
  });

  test('reaches a nested stack', () => {
    const stack = newStack();
    const nested = new NestedStack(stack, 'Nested');
    patternIn(nested);
    Alarms.of(stack).notify(action('arn:a'));
    expect(actionsIn(nested)).toEqual(all(['arn:a']));
  });

  test('adds an action once, where routes overlap', () => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    const pager = action('arn:a');
    Alarms.of(app).notify(pager);
    patternIn(stack);
    Alarms.of(stack).notify(pager, pager);
    Alarms.of(stack).notifyOf(AlarmSeverity.ACT_NOW, pager);
    expect(actionsIn(stack)).toEqual(all(['arn:a']));
  });

  test('adds a topic once, where two actions stand for it', () => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    const topic = new sns.Topic(stack, 'Topic');
    Alarms.of(app).notify(new SnsAction(topic));
    patternIn(stack);
    Alarms.of(stack).notify(new SnsAction(topic));
    expect(actionsIn(stack)).toEqual(all([{ Ref: stack.getLogicalId(topic.node.defaultChild as sns.CfnTopic) }]));
  });

  test('binds an action to each alarm once', () => {
    const stack = newStack();
    const bind = jest.fn(() => ({ alarmActionArn: 'arn:a' }));
    Alarms.of(stack).notify({ bind });
    const orders = patternIn(stack);
    Alarms.of(stack).notify({ bind: () => ({ alarmActionArn: 'arn:b' }) });
    expect(bind.mock.calls).toEqual(orders.alarms.map((alarm) => [alarm, alarm]));
  });

  test('takes a Lambda action, which gives each alarm its permission', () => {
    const stack = newStack();
    patternIn(stack);
    Alarms.of(stack).notify(new LambdaAction(handlerIn(stack, {}, 'Pager'), { useUniquePermissionId: true }));
    expect(Object.keys(resourcesOf(stack, 'AWS::Lambda::Permission'))).toHaveLength(6);
  });

  test('does not reach another app of the process', () => {
    const [one, two] = [newStack(), newStack()];
    Alarms.of(one.node.root).notify(action('arn:a'));
    [one, two].forEach((stack) => patternIn(stack));
    expect(actionsIn(one)).toEqual(all(['arn:a']));
    expect(actionsIn(two)).toEqual(all(undefined));
  });

  test('does not reach alarms of others', () => {
    const stack = newStack();
    patternIn(stack);
    Alarms.of(stack).notify(action('arn:a'));
    new cloudwatch.Alarm(stack, 'Foreign', { metric: new cloudwatch.Metric({ namespace: 'n', metricName: 'm' }), threshold: 1, evaluationPeriods: 1 });
    expect(actionsIn(stack)).toEqual({ ...all(['arn:a']), Foreign: undefined });
  });
});

describe('a topic as an action', () => {
  const KEY_POLICY_ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey*'];

  function withTopic(topicOf: (stack: Stack) => sns.ITopic) {
    const stack = newStack();
    patternIn(stack);
    Alarms.of(stack).notify(new SnsAction(topicOf(stack)));
    return stack;
  }

  const KEY_WARNING = Match.stringLikeRegexp('\\[ack: cdk-serverless-patterns:topicKeyNotGranted\\]');
  const keyWarnings = (stack: Stack) => Annotations.fromStack(stack).findWarning('*', KEY_WARNING);

  test('that is not encrypted is notified', () => {
    const stack = withTopic((scope) => new sns.Topic(scope, 'Topic'));
    expect(Object.keys(resourcesOf(stack, 'AWS::KMS::Key'))).toEqual([]);
    expect(keyWarnings(stack)).toEqual([]);
  });

  /** What lets CloudWatch publish, of the policies of topics. */
  function policyStatements(stack: Stack): unknown[] {
    const policies = Object.values(resourcesOf(stack, 'AWS::SNS::TopicPolicy')).map(({ Properties }) => Properties.PolicyDocument as { Statement: { Principal: { Service?: string } }[] });
    return policies.flatMap(({ Statement }) => Statement.filter(({ Principal }) => Principal.Service === 'cloudwatch.amazonaws.com'));
  }

  const MAY_PUBLISH = {
    Sid: 'AllowAlarms',
    Action: 'sns:Publish',
    Effect: 'Allow',
    Principal: { Service: 'cloudwatch.amazonaws.com' },
    Resource: { Ref: expect.stringMatching(/^Topic/) },
    Condition: { ArnLike: { 'aws:SourceArn': { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':cloudwatch:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':alarm:*']] } } },
  };

  test('without a policy keeps the one of SNS, which lets CloudWatch publish', () => {
    const stack = withTopic((scope) => new sns.Topic(scope, 'Topic'));
    expect(resourcesOf(stack, 'AWS::SNS::TopicPolicy')).toEqual({});
  });

  test('with a policy lets CloudWatch publish, once for all alarms and syntheses', () => {
    const stack = withTopic((scope) => new sns.Topic(scope, 'Topic', { enforceSSL: true }));
    (stack.node.root as App).synth();
    Alarms.of(stack).notify(new SnsAction(stack.node.findChild('Topic') as sns.Topic));
    (stack.node.root as App).synth({ force: true });
    expect(policyStatements(stack)).toEqual([MAY_PUBLISH]);
  });

  test('with a policy that is made after the route lets CloudWatch publish', () => {
    const stack = withTopic((scope) => new sns.Topic(scope, 'Topic'));
    (stack.node.findChild('Topic') as sns.Topic).grantPublish(new iam.ServicePrincipal('events.amazonaws.com'));
    expect(policyStatements(stack)).toEqual([MAY_PUBLISH]);
  });

  test('in another stack lets CloudWatch publish by its own policy', () => {
    const app = new App();
    const [topics, stack] = [new Stack(app, 'Topics'), new Stack(app, 'Stack')];
    patternIn(stack);
    Alarms.of(app).notify(new SnsAction(new sns.Topic(topics, 'Topic', { enforceSSL: true })));
    expect(policyStatements(topics)).toEqual([MAY_PUBLISH]);
  });

  test('that is imported is notified', () => {
    const stack = withTopic((scope) => sns.Topic.fromTopicArn(scope, 'Topic', 'arn:aws:sns:eu-west-1:111122223333:somebody'));
    expect(actionsIn(stack)).toEqual(all(['arn:aws:sns:eu-west-1:111122223333:somebody']));
    expect(keyWarnings(stack)).toEqual([]);
  });

  test('with a customer key: CloudWatch is granted the key, once', () => {
    const stack = withTopic((scope) => new sns.Topic(scope, 'Topic', { masterKey: new kms.Key(scope, 'Key') }));
    Alarms.of(stack).notifyOf(AlarmSeverity.ACT_NOW, new SnsAction(stack.node.findChild('Topic') as sns.Topic));
    const statements = resourceOf(stack, 'AWS::KMS::Key').Properties.KeyPolicy.Statement as { Principal: unknown }[];
    expect(statements).toHaveLength(2);
    expect(statements[1]).toEqual({
      Action: KEY_POLICY_ACTIONS,
      Effect: 'Allow',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Resource: '*',
    });
    expect(keyWarnings(stack)).toEqual([]);
  });

  test('with a customer key: the key is asked once, not by every alarm', () => {
    const stack = newStack();
    const key = new kms.Key(stack, 'Key');
    const grant = jest.spyOn(key, 'grant');
    Alarms.of(stack).notify(new SnsAction(new sns.Topic(stack, 'Topic', { masterKey: key })));
    patternIn(stack);
    patternIn(stack, 'Invoices');
    expect(grant).toHaveBeenCalledTimes(1);
  });

  test('with a customer key of another stack: that key is granted', () => {
    const app = new App();
    const [keys, stack] = [new Stack(app, 'Keys'), new Stack(app, 'Stack')];
    patternIn(stack);
    Alarms.of(app).notify(new SnsAction(new sns.Topic(stack, 'Topic', { masterKey: new kms.Key(keys, 'Key') })));
    Template.fromStack(keys).hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: { Statement: Match.arrayWith([Match.objectLike({ Action: KEY_POLICY_ACTIONS, Principal: { Service: 'cloudwatch.amazonaws.com' } })]) },
    });
  });

  test.each<[string, (stack: Stack) => kms.IKey]>([
    ['by name', (stack) => kms.Alias.fromAliasName(stack, 'Key', 'alias/aws/sns')],
    ['by ARN', (stack) => kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111122223333:alias/aws/sns')],
  ])('with the AWS-managed key, %s, is refused: CloudWatch may not use it', (_, keyOf) => {
    expect(() => withTopic((stack) => new sns.Topic(stack, 'Topic', { masterKey: keyOf(stack) }))).toThrow(
      "alarms cannot notify topic 'Stack/Topic': masterKey is the AWS-managed key 'alias/aws/sns', which CloudWatch may not use, so nobody would hear them: " +
      'give the topic a customer-managed key (new kms.Key) or none',
    );
  });

  test.each<[string, (stack: Stack) => kms.IKey]>([
    ['that is imported', (stack) => kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/1234')],
    ['that is a bare resource', (stack) => kms.Key.fromKeyArn(stack, 'Key', new kms.CfnKey(stack, 'Bare', { keyPolicy: {} }).attrArn)],
  ])('with a customer key %s is a warning that says what it needs', (_, keyOf) => {
    const stack = withTopic((scope) => new sns.Topic(scope, 'Topic', { masterKey: keyOf(scope) }));
    expect(keyWarnings(stack).map(({ id, entry }) => [id, entry.data])).toEqual([['/Stack/Topic/Resource', expect.stringContaining(
      "the key of topic 'Stack/Topic' is not made in this app, or is a bare CfnKey, so its policy cannot be changed here: " +
      'make sure that it allows kms:Decrypt and kms:GenerateDataKey* to the service principal cloudwatch.amazonaws.com',
    )]]);
  });
});

describe('alarms that notify nobody', () => {
  test('are one warning for the app', () => {
    const app = new App();
    const [one, two] = [new Stack(app, 'One'), new Stack(app, 'Two')];
    patternIn(one);
    patternIn(one, 'Invoices');
    patternIn(two);
    expect(nobodyWarnings(one)).toEqual(['/One/Orders/DeadLettersAlarm']);
    expect(nobodyWarnings(two)).toEqual([]);
    Annotations.fromStack(one).hasWarning('/One/Orders/DeadLettersAlarm', 'this alarm and all others of these patterns notify nobody: ' +
      `route them with Alarms.of(app).notify(new SnsAction(topic)), or acknowledge this warning if they are only looked at [ack: ${NOBODY}]`);
  });

  test('are one warning each time the app is synthesized', () => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    patternIn(stack);
    app.synth({ force: true });
    const { messages } = app.synth({ force: true }).getStackByName('Stack');
    expect(messages.map(({ entry }) => entry.data)).toEqual([expect.stringContaining(NOBODY)]);
  });

  test('are one warning in a nested stack too', () => {
    const stack = newStack();
    patternIn(new NestedStack(stack, 'Nested'));
    expect(nobodyWarnings(stack)).toEqual(['/Stack/Nested/Orders/DeadLettersAlarm']);
  });

  test.each<[string, (orders: QueueFedFunction) => void]>([
    ['a route to all of them', (orders) => Alarms.of(orders.node.root).notify(action())],
    ['a route to some of them', (orders) => Alarms.of(orders).notifyOf(AlarmSeverity.ACT_NOW, action())],
    ['an action added by hand', (orders) => orders.alarms[4]?.addAlarmAction(action())],
  ])('are no warning after %s', (_, act) => {
    const stack = newStack();
    act(patternIn(stack));
    expect(nobodyWarnings(stack)).toEqual([]);
  });

  test('are a warning in spite of a route that reaches none', () => {
    const stack = newStack();
    patternIn(stack);
    Alarms.of(new Stack(stack.node.root, 'Other')).notify(action());
    expect(nobodyWarnings(stack)).toEqual(['/Stack/Orders/DeadLettersAlarm']);
  });

  test('are no warning where there are none', () => {
    const stack = newStack();
    new CfnOutput(stack, 'Nothing', { value: 'x' });
    Alarms.of(stack).notify(action());
    expect(nobodyWarnings(stack)).toEqual([]);
  });

  const acknowledge = (scope: IConstruct) => AppAnnotations.of(scope).acknowledgeWarning(NOBODY);

  test.each<[string, (app: App, stack: Stack, make: () => void) => void]>([
    ['at the app', (app, _, make) => { make(); acknowledge(app); }],
    ['at the stack', (_, stack, make) => { make(); acknowledge(stack); }],
    ['at the stack, beforehand', (_, stack, make) => { acknowledge(stack); make(); }],
  ])('can be acknowledged %s', (_, inOrder) => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    inOrder(app, stack, () => patternIn(stack));
    expect(nobodyWarnings(stack)).toEqual([]);
  });

  test('are counted for each stage', () => {
    const app = new App();
    const [beta, prod] = ['Beta', 'Prod'].map((name) => new Stack(new Stage(app, name), 'Stack')) as [Stack, Stack];
    const own = new Stack(app, 'Own');
    [beta, prod, own].forEach((stack) => patternIn(stack));
    Alarms.of(prod).notify(action());
    expect([beta, prod, own].map((stack) => nobodyWarnings(stack))).toEqual([
      ['/Beta/Stack/Orders/DeadLettersAlarm'], [], ['/Own/Orders/DeadLettersAlarm'],
    ]);
  });
});
