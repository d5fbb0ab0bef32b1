import type { Changeable, Resources } from './check-defects';
import { checkDefects, found, foundIn, problemsIn } from './check-defects';

const attribute = (logicalId: string, name: string) => ({ 'Fn::GetAtt': [logicalId, name] });

const cloudWatch = () => ({ Effect: 'Allow', Principal: { Service: 'cloudwatch.amazonaws.com' } });
const OWNER = { Effect: 'Allow', Principal: { AWS: { 'Fn::Sub': 'arn:${AWS::Partition}:iam::${AWS::AccountId}:root' } }, Action: 'kms:*', Resource: '*' };
const TLS_ONLY = { Effect: 'Deny', Principal: '*', Action: 'sns:Publish', Resource: { Ref: 'OnCall' }, Condition: { Bool: { 'aws:SecureTransport': 'false' } } };

const metric = (namespace: string, name: string, dimensions: Record<string, unknown>) => ({
  Namespace: namespace, MetricName: name, Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
});

const alarm = (properties: object): Changeable => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    ComparisonOperator: 'GreaterThanThreshold', EvaluationPeriods: 1, Threshold: 0, TreatMissingData: 'notBreaching', AlarmActions: [{ Ref: 'OnCall' }], ...properties,
  },
});

/** A queue with its dead-letter queue, a rule of a custom bus, and alarms on them that an encrypted topic tells of. */
const clean = (): Resources => structuredClone({
  DeadLetters: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1209600 } },
  Queue: { Type: 'AWS::SQS::Queue', Properties: { RedrivePolicy: { deadLetterTargetArn: attribute('DeadLetters', 'Arn'), maxReceiveCount: 5 } } },
  Function: { Type: 'AWS::Lambda::Function', Properties: { Timeout: 10, Role: 'arn:aws:iam::111122223333:role/Handler' } },
  Key: { Type: 'AWS::KMS::Key', Properties: { EnableKeyRotation: true, KeyPolicy: { Statement: [OWNER, { ...cloudWatch(), Action: ['kms:Decrypt', 'kms:GenerateDataKey*'], Resource: '*' }] } } },
  OnCall: { Type: 'AWS::SNS::Topic', Properties: { KmsMasterKeyId: attribute('Key', 'Arn') } },
  OnCallPolicy: {
    Type: 'AWS::SNS::TopicPolicy',
    Properties: { Topics: [{ Ref: 'OnCall' }], PolicyDocument: { Statement: [TLS_ONLY, { ...cloudWatch(), Action: 'sns:Publish', Resource: { Ref: 'OnCall' } }] } },
  },
  DeadLettersAlarm: alarm({ ...metric('AWS/SQS', 'ApproximateNumberOfMessagesVisible', { QueueName: attribute('DeadLetters', 'QueueName') }), Period: 60, Statistic: 'Maximum' }),
  ErrorsAlarm: alarm({
    Metrics: [
      { Id: 'rate', Expression: '100 * errors / invocations' },
      { Id: 'errors', ReturnData: false, MetricStat: { Metric: metric('AWS/Lambda', 'Errors', { FunctionName: { Ref: 'Function' } }), Period: 60, Stat: 'Sum' } },
      { Id: 'invocations', ReturnData: false, MetricStat: { Metric: metric('AWS/Lambda', 'Invocations', { FunctionName: { Ref: 'Function' } }), Period: 60, Stat: 'Sum' } },
    ],
  }),
  LostAlarm: alarm({ ...metric('Shop', 'Lost', { Shop: 'A' }), Period: 10, Statistic: 'Sum' }),
});

const own = (resources: Resources): Changeable => resources.DeadLettersAlarm!.Properties;
const query = (resources: Resources, index: number): Changeable => resources.ErrorsAlarm!.Properties.Metrics[index];
const policyOf = (resources: Resources, logicalId: string): Changeable => resources[logicalId]!.Properties[logicalId === 'Key' ? 'KeyPolicy' : 'PolicyDocument'];

const RULE_ALARM = (dimensions: Record<string, unknown>): Resources => ({
  Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'shop' } },
  Rule: { Type: 'AWS::Events::Rule', Properties: { EventBusName: { Ref: 'Bus' }, EventPattern: { source: ['shop'] } } },
  RuleAlarm: alarm({ ...metric('AWS/Events', 'FailedInvocations', dimensions), Period: 60, Statistic: 'Sum' }),
});

const ruleName = { 'Fn::Select': [1, { 'Fn::Split': ['|', { Ref: 'Rule' }] }] };

checkDefects(clean, {
  alarmWithoutAction: {
    breaks: {
      'no action': (resources) => { delete own(resources).AlarmActions; },
      'an empty list of actions': (resources) => { own(resources).AlarmActions = []; },
      'a composite alarm without one': (resources) => {
        resources.Composite = { Type: 'AWS::CloudWatch::CompositeAlarm', Properties: { AlarmRule: { 'Fn::Sub': 'ALARM("${DeadLettersAlarm}")' } } };
      },
      'a composite alarm of others': (resources) => {
        delete own(resources).AlarmActions;
        resources.Composite = { Type: 'AWS::CloudWatch::CompositeAlarm', Properties: { AlarmRule: { 'Fn::Sub': 'OK(${ErrorsAlarm})' }, AlarmActions: [{ Ref: 'OnCall' }] } };
      },
      'a rule for other events': (resources) => {
        delete own(resources).AlarmActions;
        resources.Rule = { Type: 'AWS::Events::Rule', Properties: { EventPattern: { source: ['aws.ec2'] } } };
      },
    },
    keeps: {
      'an action for the return to OK': (resources) => { own(resources).OKActions = own(resources).AlarmActions; delete own(resources).AlarmActions; },
      'an action that only a condition decides on': (resources) => { own(resources).AlarmActions = [{ 'Fn::If': ['Some', { Ref: 'OnCall' }, { Ref: 'AWS::NoValue' }] }]; },
      'actions that only the deployment knows': (resources) => { own(resources).AlarmActions = { Ref: 'Actions' }; },
      'a composite alarm that names it': (resources) => {
        delete own(resources).AlarmActions;
        resources.Composite = {
          Type: 'AWS::CloudWatch::CompositeAlarm', Properties: { AlarmRule: { 'Fn::Sub': 'ALARM("${ErrorsAlarm}") OR ALARM ( ${DeadLettersAlarm.Arn} )' }, AlarmActions: [{ Ref: 'OnCall' }] },
        };
      },
      'a service that rolls back by it': (resources) => {
        delete own(resources).AlarmActions;
        resources.Service = { Type: 'AWS::ECS::Service', Properties: { DeploymentConfiguration: { Alarms: { AlarmNames: [{ Ref: 'DeadLettersAlarm' }] } } } };
      },
      'a rule for all alarms': (resources) => {
        delete own(resources).AlarmActions;
        resources.Rule = { Type: 'AWS::Events::Rule', Properties: { EventPattern: { source: ['aws.cloudwatch'] } } };
      },
    },
  },
  alarmActionsDisabled: { breaks: { 'disabled actions': (resources) => { own(resources).ActionsEnabled = false; } } },
  metricNeverReported: {
    breaks: {
      'a name that is none': (resources) => { resources.LostAlarm!.Properties = { ...resources.LostAlarm!.Properties, ...metric('AWS/SQS', 'MessagesThere', { QueueName: attribute('Queue', 'QueueName') }), Period: 60 }; },
      'a slip in metric math': (resources) => { query(resources, 1).MetricStat.Metric.MetricName = 'Error'; },
    },
    keeps: { 'a name that only a parameter says': (resources) => { query(resources, 1).MetricStat.Metric.MetricName = { Ref: 'Metric' }; } },
  },
  metricDimensionsNeverReported: {
    breaks: {
      'a dimension by another name': (resources) => { query(resources, 1).MetricStat.Metric.Dimensions[0].Name = 'Function'; },
      'the name of a rule of a custom bus alone': (resources) => { Object.assign(resources, RULE_ALARM({ RuleName: ruleName })); },
    },
    keeps: {
      'the names of a rule and its bus': (resources) => { Object.assign(resources, RULE_ALARM({ RuleName: ruleName, EventBusName: { Ref: 'Bus' } })); },
      'the names in the Ref of a rule': (resources) => {
        Object.assign(resources, RULE_ALARM({ RuleName: ruleName, EventBusName: { 'Fn::Select': ['0', { 'Fn::Split': ['|', { Ref: 'Rule' }] }] } }));
      },
      'a rule of the default bus': (resources) => { Object.assign(resources, RULE_ALARM({ RuleName: { Ref: 'Rule' } })); resources.Rule!.Properties.EventBusName = 'default'; },
      'a rule of another app': (resources) => { Object.assign(resources, RULE_ALARM({ RuleName: 'other' })); },
      'dimensions that only the deployment knows': (resources) => { query(resources, 1).MetricStat.Metric.Dimensions = { Ref: 'Dimensions' }; },
      'a dimension whose name only the deployment knows': (resources) => { query(resources, 1).MetricStat.Metric.Dimensions = [{ Name: { Ref: 'Name' }, Value: 'A' }]; },
    },
  },
  metricDimensionMisnamed: {
    breaks: {
      'the Ref of a rule of a custom bus': (resources) => { Object.assign(resources, RULE_ALARM({ RuleName: { Ref: 'Rule' }, EventBusName: { Ref: 'Bus' } })); },
      'the ARN of a bus': (resources) => { Object.assign(resources, RULE_ALARM({ RuleName: ruleName, EventBusName: attribute('Bus', 'Arn') })); },
      'the ARN of a function': (resources) => { query(resources, 1).MetricStat.Metric.Dimensions[0].Value = attribute('Function', 'Arn'); query(resources, 2).MetricStat.Metric.Dimensions[0].Value = attribute('Function', 'Arn'); },
      'the name of something else': (resources) => { query(resources, 1).MetricStat.Metric.Dimensions[0].Value = { Ref: 'Key' }; query(resources, 2).MetricStat.Metric.Dimensions[0].Value = { Ref: 'Key' }; },
      'the ARN of a topic': (resources) => { resources.LostAlarm!.Properties = { ...resources.LostAlarm!.Properties, ...metric('AWS/SNS', 'PublishSize', { TopicName: { Ref: 'OnCall' } }), Period: 60 }; },
      'the ARN of a queue of another app': (resources) => {
        resources.LostAlarm!.Properties = { ...resources.LostAlarm!.Properties, ...metric('AWS/SQS', 'NumberOfMessagesSent', { QueueName: 'arn:aws:sqs:eu-west-1:111122223333:other' }), Period: 60 };
      },
      'the name of a state machine': (resources) => {
        resources.LostAlarm!.Properties = { ...resources.LostAlarm!.Properties, ...metric('AWS/States', 'ExecutionsFailed', { StateMachineArn: 'machine' }), Period: 60 };
      },
      'the id of an API': (resources) => {
        resources.Api = { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'shop' } };
        resources.LostAlarm!.Properties = { ...resources.LostAlarm!.Properties, ...metric('AWS/ApiGateway', '5XXError', { ApiName: { Ref: 'Api' } }), Period: 60 };
      },
    },
    keeps: {
      'a queue of another app': (resources) => {
        resources.LostAlarm!.Properties = { ...resources.LostAlarm!.Properties, ...metric('AWS/SQS', 'NumberOfMessagesSent', { QueueName: 'other' }), Period: 60 };
      },
      'a state machine of another app': (resources) => {
        resources.LostAlarm!.Properties = {
          ...resources.LostAlarm!.Properties, ...metric('AWS/States', 'ExecutionsFailed', { StateMachineArn: 'arn:aws:states:eu-west-1:111122223333:stateMachine:other' }), Period: 60,
        };
      },
      'the name of an API': (resources) => {
        resources.Api = { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'shop' } };
        resources.LostAlarm!.Properties = { ...resources.LostAlarm!.Properties, ...metric('AWS/ApiGateway', '5XXError', { ApiName: 'shop' }), Period: 60 };
      },
    },
  },
  alarmPeriodBelowResolution: {
    breaks: {
      'ten seconds': (resources) => { own(resources).Period = 10; },
      'thirty seconds in metric math': (resources) => { query(resources, 2).MetricStat.Period = '30'; },
    },
  },
  expressionIdUnknown: {
    breaks: { 'another id': (resources) => { query(resources, 2).Id = 'calls'; } },
    keeps: { 'an id that only the deployment knows': (resources) => { query(resources, 2).Id = { Ref: 'Id' }; } },
  },
  expressionOperandWithGaps: {
    breaks: {
      'metrics of two functions': (resources) => { query(resources, 1).MetricStat.Metric.Dimensions[0].Value = 'other'; },
      'a metric of failures beside another': (resources) => { query(resources, 1).MetricStat.Metric.MetricName = 'DeadLetterErrors'; },
    },
    keeps: {
      'one that is filled': (resources) => { query(resources, 1).MetricStat.Metric.MetricName = 'DeadLetterErrors'; query(resources, 0).Expression = '100 * FILL(errors, 0) / invocations'; },
      'one alone': (resources) => { query(resources, 1).MetricStat.Metric.MetricName = 'DeadLetterErrors'; query(resources, 0).Expression = '100 * errors'; },
      'a metric that people report themselves': (resources) => { query(resources, 1).MetricStat.Metric = metric('Shop', 'Errors', { Shop: 'A' }); },
    },
  },
  missingDataUnstated: {
    breaks: {
      'a count of failures': (resources) => {
        resources.LostAlarm!.Properties = { ...metric('AWS/SNS', 'NumberOfNotificationsFailed', { TopicName: attribute('OnCall', 'TopicName') }), Period: 60, AlarmActions: [{ Ref: 'OnCall' }] };
      },
    },
    keeps: { 'a metric that is always reported': (resources) => { delete own(resources).TreatMissingData; } },
  },
  alarmTopicKeyManaged: {
    breaks: {
      'its alias': ({ OnCall }) => { OnCall!.Properties.KmsMasterKeyId = 'alias/aws/sns'; },
      'the ARN of its alias': ({ OnCall }) => { OnCall!.Properties.KmsMasterKeyId = { 'Fn::Sub': 'arn:aws:kms:eu-west-1:111122223333:alias/aws/sns' }; },
      'the ARN of its alias as the CDK writes it': ({ OnCall }) => {
        OnCall!.Properties.KmsMasterKeyId = { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':kms:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':alias/aws/sns']] };
      },
    },
    keeps: { 'no key': ({ OnCall }) => { delete OnCall!.Properties.KmsMasterKeyId; }, 'a key of another app': ({ OnCall }) => { OnCall!.Properties.KmsMasterKeyId = 'alias/shop'; } },
  },
  alarmTopicKeyNotGranted: {
    breaks: {
      'a policy for the account only': (resources) => { policyOf(resources, 'Key').Statement.pop(); },
      'the default policy': ({ Key }) => { delete Key!.Properties.KeyPolicy; },
      'a key by its alias': (resources) => {
        policyOf(resources, 'Key').Statement.pop();
        resources.Alias = { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'alias/shop', TargetKeyId: attribute('Key', 'Arn') } };
        resources.OnCall!.Properties.KmsMasterKeyId = { Ref: 'Alias' };
      },
      'a statement that denies': (resources) => { policyOf(resources, 'Key').Statement[1].Effect = 'Deny'; },
    },
    keeps: {
      'a statement for anybody': (resources) => { policyOf(resources, 'Key').Statement[1].Principal = { AWS: '*' }; },
      'a statement for several services': (resources) => { policyOf(resources, 'Key').Statement[1].Principal = { Service: ['sns.amazonaws.com', 'cloudwatch.amazonaws.com'] }; },
      'a policy that only the deployment knows': ({ Key }) => { Key!.Properties.KeyPolicy = { Ref: 'Policy' }; },
      'a principal that only the deployment knows': (resources) => { policyOf(resources, 'Key').Statement[1].Principal = { Service: { Ref: 'Service' } }; },
      'everybody but some': (resources) => { const [, statement] = policyOf(resources, 'Key').Statement; statement.NotPrincipal = statement.Principal; delete statement.Principal; },
    },
  },
  alarmTopicPolicyWithoutCloudWatch: {
    breaks: {
      'a policy that only denies': (resources) => { policyOf(resources, 'OnCallPolicy').Statement.pop(); },
      'another service': (resources) => { policyOf(resources, 'OnCallPolicy').Statement[1].Principal.Service = 'events.amazonaws.com'; },
      'another action': (resources) => { policyOf(resources, 'OnCallPolicy').Statement[1].Action = ['sns:Subscribe']; },
    },
    keeps: {
      'the default statement': (resources) => {
        policyOf(resources, 'OnCallPolicy').Statement[1] = { Effect: 'Allow', Principal: { AWS: '*' }, Action: ['SNS:Publish'], Resource: { Ref: 'OnCall' }, Condition: { StringEquals: { 'AWS:SourceOwner': '111122223333' } } };
      },
      'the account': (resources) => { policyOf(resources, 'OnCallPolicy').Statement[1].Principal = OWNER.Principal; },
      'all actions': (resources) => { policyOf(resources, 'OnCallPolicy').Statement[1].Action = 'sns:*'; },
      'all actions but some': (resources) => { const [, statement] = policyOf(resources, 'OnCallPolicy').Statement; statement.NotAction = 'sns:Subscribe'; delete statement.Action; },
      'no policy': (resources) => { delete resources.OnCallPolicy; },
      'a second policy that allows it': (resources) => {
        resources.Another = structuredClone(resources.OnCallPolicy!);
        policyOf(resources, 'OnCallPolicy').Statement.pop();
      },
      'a policy of the topic alone': (resources) => {
        resources.OnCallPolicy!.Type = 'AWS::SNS::TopicInlinePolicy';
        resources.OnCallPolicy!.Properties = { TopicArn: { Ref: 'OnCall' }, PolicyDocument: policyOf(resources, 'OnCallPolicy') };
      },
    },
  },
  deadLettersUnwatched: {
    breaks: {
      'no alarm': (resources) => { delete resources.DeadLettersAlarm; },
      'an alarm on the queue itself': (resources) => { own(resources).Dimensions[0].Value = attribute('Queue', 'QueueName'); },
      'an alarm on another metric': (resources) => { own(resources).MetricName = 'NumberOfMessagesReceived'; },
      'an alarm on a queue of another app': (resources) => { own(resources).Dimensions[0].Value = 'other'; },
    },
    keeps: {
      'an alarm on the age of what is there': (resources) => { own(resources).MetricName = 'ApproximateAgeOfOldestMessage'; },
      'an alarm by metric math': (resources) => {
        const visible = metric('AWS/SQS', 'ApproximateNumberOfMessagesVisible', { QueueName: attribute('DeadLetters', 'QueueName') });
        resources.DeadLettersAlarm = alarm({ Metrics: [{ Id: 'growth', Expression: 'DIFF(visible)' }, { Id: 'visible', ReturnData: false, MetricStat: { Metric: visible, Period: 60, Stat: 'Maximum' } }] });
      },
      'a query of all queues': (resources) => { resources.DeadLettersAlarm = alarm({ Metrics: [{ Id: 'all', Expression: 'SELECT MAX(ApproximateNumberOfMessagesVisible) FROM SCHEMA("AWS/SQS", QueueName)' }] }); },
      'an alarm on a queue that only the deployment knows': (resources) => { own(resources).Dimensions[0].Value = { Ref: 'QueueName' }; },
      'dimensions that only the deployment knows': (resources) => { own(resources).Dimensions = { Ref: 'Dimensions' }; },
      'metrics that only the deployment knows': (resources) => { resources.DeadLettersAlarm = alarm({ Metrics: { Ref: 'Metrics' } }); },
      'a dead-letter queue of another app': (resources) => {
        delete resources.DeadLettersAlarm;
        resources.Queue!.Properties.RedrivePolicy.deadLetterTargetArn = 'arn:aws:sqs:eu-west-1:111122223333:other';
      },
      'a function that takes them out': (resources) => {
        delete resources.DeadLettersAlarm;
        resources.DeadLetters!.Properties = { VisibilityTimeout: 60, RedrivePolicy: { deadLetterTargetArn: 'arn:aws:sqs:eu-west-1:111122223333:other', maxReceiveCount: 5 }, MessageRetentionPeriod: 1209600 };
        resources.EventSource = {
          Type: 'AWS::Lambda::EventSourceMapping', Properties: { EventSourceArn: attribute('DeadLetters', 'Arn'), FunctionName: { Ref: 'Function' }, ScalingConfig: { MaximumConcurrency: 5 } },
        };
      },
    },
  },
  deadLettersWatchedAsSent: {
    breaks: { 'what is sent there': (resources) => { own(resources).MetricName = 'NumberOfMessagesSent'; } },
    keeps: {
      'what is sent there too': (resources) => {
        resources.Another = structuredClone(resources.DeadLettersAlarm!);
        own(resources).MetricName = 'NumberOfMessagesSent';
      },
    },
  },
});

test('what may be made by a transform is not said to be missing', () => {
  const resources = clean();
  delete resources.DeadLettersAlarm;
  delete resources.ErrorsAlarm!.Properties.AlarmActions;
  expect(found(resources, { template: { Transform: 'AWS::Serverless-2016-10-31', Resources: resources } })).toEqual([]);
});

describe('across stacks', () => {
  const HERE = { account: '111122223333', region: 'eu-west-1' };
  const EXPORTED = { QueueName: { Value: attribute('DeadLetters', 'QueueName'), Export: { Name: 'Name' } }, Topic: { Value: { Ref: 'OnCall' }, Export: { Name: 'Topic' } } };

  function foundFrom(place: { readonly account: string; readonly region: string }, properties: object = {}): string[] {
    const { DeadLettersAlarm, ErrorsAlarm: _errors, LostAlarm: _lost, ...rest } = clean();
    DeadLettersAlarm!.Properties.Dimensions[0].Value = { 'Fn::ImportValue': 'Name' };
    DeadLettersAlarm!.Properties.AlarmActions = ['arn:aws:sns:eu-west-1:111122223333:on-call'];
    Object.assign(DeadLettersAlarm!.Properties, properties);
    return foundIn([
      { stack: 'Shop', template: { Resources: rest, Outputs: EXPORTED }, ...HERE },
      { stack: 'Alarms', template: { Resources: { DeadLettersAlarm } }, ...place },
    ]);
  }

  test('an alarm in another stack is found', () => {
    expect(foundFrom(HERE)).toEqual([]);
  });

  test('an alarm in another region does not see the metric, nor the topic', () => {
    expect(foundFrom({ ...HERE, region: 'us-east-1' })).toEqual(['alarmActionElsewhere at DeadLettersAlarm', 'metricElsewhere at DeadLettersAlarm']);
  });

  test('an alarm in another account does not see the metric, unless it says where it is', () => {
    expect(foundFrom({ ...HERE, account: '444455556666' })).toEqual(['metricElsewhere at DeadLettersAlarm']);
    const visible = metric('AWS/SQS', 'ApproximateNumberOfMessagesVisible', { QueueName: { 'Fn::ImportValue': 'Name' } });
    expect(foundFrom({ ...HERE, account: '444455556666' }, {
      MetricName: undefined, Namespace: undefined, Dimensions: undefined, Metrics: [{ Id: 'm', AccountId: HERE.account, MetricStat: { Metric: visible, Period: 60, Stat: 'Maximum' } }],
    })).toEqual([]);
  });

  test('one finding for a topic of many alarms', () => {
    const resources = clean();
    resources.OnCall!.Properties.KmsMasterKeyId = 'alias/aws/sns';
    expect(found(resources)).toEqual(['alarmTopicKeyManaged at OnCall']);
  });
});

test('a failure destination of a stream is a place of dead letters', () => {
  const { DeadLetters, Function } = clean();
  const EventSource = {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      EventSourceArn: 'arn:aws:kinesis:eu-west-1:111122223333:stream/orders',
      FunctionName: { Ref: 'Function' },
      StartingPosition: 'TRIM_HORIZON',
      DestinationConfig: { OnFailure: { Destination: attribute('DeadLetters', 'Arn') } },
    },
  };
  expect(problemsIn([{ stack: 'Stack', template: { Resources: { DeadLetters, Function, EventSource } } }]).filter(({ id }) => id === 'deadLettersUnwatched').map(({ what }) => what))
    .toEqual(['no alarm looks at what is in dead-letter queue \'Stack/DeadLetters\', where the event source \'Stack/EventSource\' sets messages aside, so they expire there unseen']);
});

test('a queue to which a rule sends the ends of executions that failed is one of dead letters', () => {
  const Ends = { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1209600 } };
  const EventPattern = { source: ['aws.states'], detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'] } };
  const Rule = { Type: 'AWS::Events::Rule', Properties: { EventPattern, Targets: [{ Id: 'Ends', Arn: { 'Fn::GetAtt': ['Ends', 'Arn'] } }] } };
  expect(problemsIn([{ stack: 'Stack', template: { Resources: { Ends, Rule } } }]).filter(({ id }) => id === 'deadLettersUnwatched').map(({ what }) => what))
    .toEqual(['no alarm looks at what is in dead-letter queue \'Stack/Ends\', where the target \'Ends\' of rule \'Stack/Rule\' sets messages aside, so they expire there unseen']);
});
