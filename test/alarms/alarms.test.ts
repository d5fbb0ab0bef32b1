import { Annotations as AppAnnotations, App, CfnOutput, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaAction, SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import type { IConstruct } from 'constructs';
import { Construct } from 'constructs';
import { Alarms, AlarmSeverity, QueueFedFunction } from '../../src';
import { handlerIn, newStack, resourceOf, resourcesOf } from '../messaging/fixtures';

const ALARM = 'AWS::CloudWatch::Alarm';
const NOBODY = 'cdk-serverless-patterns:alarmsNotifyNobody';
const SOME = 'cdk-serverless-patterns:someAlarmsNotifyNobody';

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

function nobodyWarnings(stack: Stack, warning = NOBODY): string[] {
  return Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp(`\\[ack: ${warning}\\]`)).map(({ id }) => id);
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
    [AlarmSeverity.CRITICAL, IDS],
    [AlarmSeverity.WARNING, HANDLER_IDS],
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
    Alarms.of(stack).notifyOf(AlarmSeverity.CRITICAL, action('arn:pager'));
    Alarms.of(stack).notifyOf(AlarmSeverity.WARNING, action('arn:mail'));
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
      ['a pattern, with those of its handler', ({ orders }) => orders, { stack: [...IDS, ...HANDLER_IDS], other: [], outside: [] }],
      ['a handler', ({ orders }) => orders.handler, { stack: HANDLER_IDS, other: [], outside: [] }],
    ])('%s', (_, scopeOf, expected) => {
      const parts = app();
      Alarms.of(scopeOf(parts)).notify(action('arn:a'));
      for (const name of ['stack', 'other', 'outside'] as const) {
        expect(actionsIn(parts[name])).toEqual(some(expected[name], ['arn:a']));
      }
    });
  });

  test('of a pattern reaches the alarms of a handler that another pattern had first', () => {
    const stack = newStack();
    const handler = handlerIn(stack, {}, 'OrdersHandler');
    new QueueFedFunction(stack, 'Invoices', { handler });
    const orders = new QueueFedFunction(stack, 'Orders', { handler });
    Alarms.of(orders).notify(action('arn:a'));
    expect(actionsIn(stack)).toMatchObject(all(['arn:a']));
    expect(actionsIn(stack).InvoicesDeadLettersAlarm).toBeUndefined();
  });

  test('reaches a pattern that comes to share the alarms of a handler later', () => {
    const stack = newStack();
    const scope = new Construct(stack, 'Scope');
    Alarms.of(scope).notify(action('arn:a'));
    const handler = handlerIn(stack);
    new QueueFedFunction(stack, 'Invoices', { handler });
    new QueueFedFunction(scope, 'Orders', { handler });
    expect(actionsIn(stack)).toMatchObject({ HandlerHandlerAlarmsErrors: ['arn:a'], ScopeOrdersDeadLettersAlarm: ['arn:a'] });
    expect(actionsIn(stack).InvoicesDeadLettersAlarm).toBeUndefined();
  });

  test('for OK runs its actions when the alarms are over', () => {
    for (const before of [true, false]) {
      const stack = newStack();
      const steps = [() => Alarms.of(stack).notifyOk(action('arn:a'), action('arn:b')), () => patternIn(stack)];
      (before ? steps : steps.reverse()).forEach((step) => step());
      Alarms.of(stack).notifyOk(action('arn:b'));
      expect(actionsIn(stack)).toEqual(all(undefined));
      const ok = Object.values(resourcesOf(stack, ALARM)).map(({ Properties }) => Properties.OKActions);
      expect(ok).toEqual(Array.from({ length: 6 }, () => ['arn:a', 'arn:b']));
    }
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
    Alarms.of(stack).notifyOf(AlarmSeverity.CRITICAL, pager);
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
    expect(bind.mock.calls).toEqual(orders.allAlarms.map((alarm) => [alarm, alarm]));
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

  describe('of another account', () => {
    const [here, there] = [{ account: '111122223333', region: 'eu-west-1' }, { account: '444455556666', region: 'eu-west-1' }];
    const alarmsOf = (account: string) => expect.objectContaining({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:cloudwatch:eu-west-1:${account}:alarm:*`]] }) as unknown;

    test.each([true, false])('of this app lets the alarms of each account publish, with enforceSSL: %s', (enforceSSL) => {
      const app = new App();
      const central = new Stack(app, 'Central', { env: here });
      const topic = new sns.Topic(central, 'Topic', { topicName: 'on-call', enforceSSL });
      ['One', 'Two'].forEach((id) => patternIn(new Stack(app, id, { env: there })));
      patternIn(central);
      Alarms.of(app).notify(new SnsAction(topic));
      const sources = policyStatements(central).map((statement) => (statement as typeof MAY_PUBLISH).Condition.ArnLike['aws:SourceArn']);
      expect(sources).toEqual([[alarmsOf('111122223333'), alarmsOf('444455556666')]]);
    });

    test('that is imported is notified, with a warning that says what its policy must allow', () => {
      const app = new App();
      const stack = new Stack(app, 'Stack', { env: there });
      ['Orders', 'Invoices'].forEach((id) => patternIn(stack, id));
      Alarms.of(app).notify(new SnsAction(sns.Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:eu-west-1:111122223333:on-call')));
      expect(actionsIn(stack)).toMatchObject(all(['arn:aws:sns:eu-west-1:111122223333:on-call']));
      const warnings = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('topicOfAnotherAccount'));
      expect(warnings.map(({ id, entry }) => [id, entry.data])).toEqual([['/Stack',
        "topic 'arn:aws:sns:eu-west-1:111122223333:on-call' is in account 111122223333, but alarms that notify it are in 444455556666, and its policy cannot be changed here: " +
        'it must allow sns:Publish to the service principal cloudwatch.amazonaws.com where aws:SourceArn is like \'arn:aws:cloudwatch:eu-west-1:444455556666:alarm:*\'; ' +
        'if it is encrypted, so must its key [ack: cdk-serverless-patterns:topicOfAnotherAccount]']]);
    });
  });

  test.each<[string, (other: Stack, stack: Stack) => sns.ITopic, string]>([
    ['of this app', (other) => new sns.Topic(other, 'Topic'), 'Other/Topic'],
    ['that is imported', (_, stack) => sns.Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:us-east-1:111122223333:on-call'), 'arn:aws:sns:us-east-1:111122223333:on-call'],
  ])('of another region, %s, is an error at synthesis, once for a stack', (_, topicOf, name) => {
    const app = new App();
    const [stack, other] = [
      new Stack(app, 'Stack', { env: { account: '111122223333', region: 'eu-west-1' } }),
      new Stack(app, 'Other', { env: { account: '111122223333', region: 'us-east-1' } }),
    ];
    patternIn(stack);
    Alarms.of(stack).notify(new SnsAction(topicOf(other, stack)));
    expect(() => app.synth()).toThrow(
      `[Stack/Orders/DeadLettersAlarm] action '${name}' is in region us-east-1, but this alarm and others of its stack are in eu-west-1, and an alarm acts only in its own region: ` +
      'route the alarms of each region by itself, with Alarms.of(stack).notify and a topic of that region',
    );
    expect(() => app.synth()).not.toThrow(/Stack\/Orders\/MoreDeadLettersAlarm\]/);
  });

  test('in the stack of the pattern, with the handler in another, makes no cycle', () => {
    const app = new App();
    const [functions, queues] = [new Stack(app, 'Functions'), new Stack(app, 'Queues')];
    new QueueFedFunction(queues, 'Orders', { handler: handlerIn(functions) });
    Alarms.of(app).notify(new SnsAction(new sns.Topic(queues, 'OnCall')));
    app.synth();
    expect(functions.dependencies).toEqual([]);
  });

  test('that is imported is notified', () => {
    const stack = withTopic((scope) => sns.Topic.fromTopicArn(scope, 'Topic', 'arn:aws:sns:eu-west-1:111122223333:somebody'));
    expect(actionsIn(stack)).toEqual(all(['arn:aws:sns:eu-west-1:111122223333:somebody']));
    expect(keyWarnings(stack)).toEqual([]);
  });

  test('with a customer key: CloudWatch is granted the key, once', () => {
    const stack = withTopic((scope) => new sns.Topic(scope, 'Topic', { masterKey: new kms.Key(scope, 'Key') }));
    Alarms.of(stack).notifyOf(AlarmSeverity.CRITICAL, new SnsAction(stack.node.findChild('Topic') as sns.Topic));
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

  test.each<[string, (stack: Stack, key: kms.Key) => kms.IKey]>([
    ['of the app', (stack, targetKey) => new kms.Alias(stack, 'Alias', { aliasName: 'alias/team', targetKey })],
    ['of the app, of an alias', (stack, targetKey) => new kms.Alias(stack, 'Alias', {
      aliasName: 'alias/team', targetKey: new kms.Alias(stack, 'Inner', { aliasName: 'alias/inner', targetKey }),
    })],
    ['of the app, by its name', (stack, targetKey) => {
      new kms.Alias(stack, 'Alias', { aliasName: 'alias/team', targetKey });
      return kms.Alias.fromAliasName(stack, 'Named', 'alias/team');
    }],
  ])('with an alias %s: CloudWatch is granted the key', (_, keyOf) => {
    const stack = withTopic((scope) => new sns.Topic(scope, 'Topic', { masterKey: keyOf(scope, new kms.Key(scope, 'Key')) }));
    expect(JSON.stringify(resourceOf(stack, 'AWS::KMS::Key').Properties.KeyPolicy)).toContain('cloudwatch.amazonaws.com');
    expect(keyWarnings(stack)).toEqual([]);
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
    ['a route to some of them', (orders) => Alarms.of(orders).notifyOf(AlarmSeverity.CRITICAL, action())],
    ['an action added by hand', (orders) => orders.allAlarms[4]?.addAlarmAction(action())],
  ])('are no warning after %s', (_, act) => {
    const stack = newStack();
    act(patternIn(stack));
    expect(nobodyWarnings(stack)).toEqual([]);
  });

  describe('while others of the app do', () => {
    const someWarnings = (stack: Stack) => nobodyWarnings(stack, SOME);

    test.each<[string, (orders: QueueFedFunction) => void, string]>([
      ['a route of one severity', (orders) => Alarms.of(orders.node.root).notifyOf(AlarmSeverity.CRITICAL, action()), '/Stack/OrdersHandler/HandlerAlarms/Errors'],
      ['a route of one pattern', (orders) => Alarms.of(orders).notify(action()), '/Stack/Invoices/DeadLettersAlarm'],
      ['actions for OK alone', (orders) => { Alarms.of(orders).notify(action()); Alarms.of(orders.node.root).notifyOk(action()); }, '/Stack/Invoices/DeadLettersAlarm'],
    ])('are one warning that names them: %s', (_, act, first) => {
      const stack = newStack();
      const orders = patternIn(stack);
      patternIn(stack, 'Invoices');
      act(orders);
      expect(someWarnings(stack)).toEqual([first]);
      expect(nobodyWarnings(stack)).toEqual([]);
    });

    test('are named with their severities', () => {
      const stack = newStack();
      Alarms.of(patternIn(stack)).notifyOf(AlarmSeverity.CRITICAL, action());
      Annotations.fromStack(stack).hasWarning('/Stack/OrdersHandler/HandlerAlarms/Errors', '3 of 6 alarms of these patterns notify nobody: ' +
        'Stack/OrdersHandler/HandlerAlarms/Errors (WARNING), Stack/OrdersHandler/HandlerAlarms/Throttles (WARNING), Stack/OrdersHandler/HandlerAlarms/Duration (WARNING). ' +
        `Route them too, with Alarms.of(app).notify or notifyOf for their severity, or acknowledge this warning if they are only looked at [ack: ${SOME}]`);
    });

    test('are no warning if it is acknowledged, or each severity has its route', () => {
      const stack = newStack();
      patternIn(stack);
      Alarms.of(stack).notifyOf(AlarmSeverity.CRITICAL, action());
      AppAnnotations.of(stack).acknowledgeWarning(SOME);
      expect(someWarnings(stack)).toEqual([]);
      const other = newStack();
      patternIn(other);
      [AlarmSeverity.CRITICAL, AlarmSeverity.WARNING].forEach((severity) => Alarms.of(other).notifyOf(severity, action()));
      expect(someWarnings(other)).toEqual([]);
    });

    test('are no warning once their pattern has left the tree', () => {
      const stack = newStack();
      Alarms.of(patternIn(stack)).notify(action());
      patternIn(stack, 'Invoices');
      ['Invoices', 'InvoicesHandler'].forEach((id) => stack.node.tryRemoveChild(id));
      expect(someWarnings(stack)).toEqual([]);
    });
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
