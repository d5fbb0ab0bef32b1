import type { Resources } from './check-defects';
import { checkDefects, found, problemsIn } from './check-defects';

const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const target = ({ Rule }: Resources) => Rule!.Properties.Targets[0];

/** A rule that delivers orders to a queue, and one that calls an API, with a bus and a subscriber of another bus. */
const clean = (): Resources => ({
  Key: { Type: 'AWS::KMS::Key', Properties: {} },
  Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'orders', KmsKeyIdentifier: arnOf('Key'), DeadLetterConfig: { Arn: arnOf('DeadLetters') } } },
  DeadLetters: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1209600 } },
  Queue: { Type: 'AWS::SQS::Queue', Properties: { SqsManagedSseEnabled: true } },
  Ordered: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true, ContentBasedDeduplication: true } },
  OrderedDeadLetters: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true } },
  Rule: {
    Type: 'AWS::Events::Rule',
    Properties: {
      EventBusName: { Ref: 'Bus' },
      EventPattern: { source: ['shop'] },
      Targets: [
        { Id: 'Queue', Arn: arnOf('Queue'), DeadLetterConfig: { Arn: arnOf('DeadLetters') } },
        { Id: 'Ordered', Arn: arnOf('Ordered'), SqsParameters: { MessageGroupId: 'orders' }, DeadLetterConfig: { Arn: { 'Fn::Sub': '${DeadLetters.Arn}' } } },
      ],
    },
  },
  Destination: { Type: 'AWS::Events::ApiDestination', Properties: {} },
  Calls: {
    Type: 'AWS::Events::Rule',
    Properties: { EventPattern: { source: ['shop'] }, Targets: [{ Id: 'Api', Arn: arnOf('Destination'), DeadLetterConfig: { Arn: arnOf('DeadLetters') } }] },
  },
  Newer: { Type: 'AWS::EventsV2::EventBus', Properties: {} },
  Subscriber: {
    Type: 'AWS::EventsV2::Subscriber',
    Properties: {
      EventBusArn: arnOf('Newer'),
      InvokeConfiguration: { TargetArn: arnOf('Queue'), RoleArn: 'arn:aws:iam::111122223333:role/Role' },
      OnFailureConfiguration: { Arn: arnOf('DeadLetters') },
      RetryPolicy: { MaxRetryAttempts: 185, MaxEventAgeInSeconds: 86400 },
    },
  },
});

const unknown = { 'Fn::If': ['Some', { Ref: 'A' }, { Ref: 'AWS::NoValue' }] };

/** A log group as a target, and a policy of CloudWatch Logs, if there is to be one. */
const toLogGroup = (different?: object) => (resources: Resources) => {
  resources.Logs = { Type: 'AWS::Logs::LogGroup', Properties: {} };
  resources.Calls!.Properties.Targets[0] = { Id: 'Logs', Arn: arnOf('Logs') };
  const statement = {
    Effect: 'Allow',
    Principal: { Service: ['events.amazonaws.com', 'delivery.logs.amazonaws.com'] },
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource: arnOf('Logs'),
    ...different,
  };
  if (different !== undefined) {
    resources.LogsPolicy = { Type: 'AWS::Logs::ResourcePolicy', Properties: { PolicyName: 'events', PolicyDocument: { Version: '2012-10-17', Statement: [statement] } } };
  }
};

checkDefects(clean, {
  ruleTargetWithoutDeadLetterQueue: {
    breaks: {
      'a target without one': (resources) => { delete target(resources).DeadLetterConfig; },
      'an API destination without one': ({ Calls }) => { delete Calls!.Properties.Targets[0].DeadLetterConfig; },
      'a function of another app without one': ({ Calls }) => { Calls!.Properties.Targets[0] = { Id: 'F', Arn: 'arn:aws:lambda:eu-west-1:111122223333:function:f' }; },
    },
    keeps: {
      'one that only the deployment knows': (resources) => { target(resources).DeadLetterConfig = unknown; },
      'a queue of another app': (resources) => { target(resources).DeadLetterConfig.Arn = 'arn:aws:sqs:eu-west-1:111122223333:dead'; },
      'a log group': ({ Calls }) => { Calls!.Properties.Targets[0] = { Id: 'L', Arn: 'arn:aws:logs:eu-west-1:111122223333:log-group:l' }; },
      'a target that only a parameter says': ({ Calls }) => { Calls!.Properties.Targets[0] = { Id: 'P', Arn: { Ref: 'P' } }; },
      'targets that nobody knows': ({ Rule }) => { Rule!.Properties.Targets = { Ref: 'P' }; },
    },
  },
  logGroupTargetNotAllowed: {
    breaks: {
      'no policy': toLogGroup(),
      'a policy for another log group': toLogGroup({ Resource: 'arn:aws:logs:eu-west-1:111122223333:log-group:/aws/events/other:*' }),
      'a policy for another service': toLogGroup({ Principal: { Service: 'es.amazonaws.com' } }),
      'a policy without log streams': toLogGroup({ Action: 'logs:PutLogEvents' }),
      'a policy without log events': toLogGroup({ Action: 'logs:CreateLogStream' }),
      'a policy of the log group itself that denies': (resources) => {
        toLogGroup({})(resources);
        resources.Logs!.Properties.ResourcePolicyDocument = { Statement: [{ Effect: 'Deny', Principal: '*', Action: 'logs:PutLogEvents', Resource: '*' }] };
      },
      'a policy for the log group, and not for its streams': toLogGroup({ Resource: { 'Fn::Sub': 'arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:${Logs}' } }),
      'an ARN without an end': (resources) => {
        toLogGroup()(resources);
        resources.Calls!.Properties.Targets[0].Arn = { 'Fn::Sub': 'arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${Logs}' };
      },
      'a custom resource for something else': (resources) => { toLogGroup()(resources); resources.Custom = { Type: 'Custom::Something', Properties: { Create: 'putObject' } }; },
    },
    keeps: {
      'a policy': toLogGroup({}),
      'a policy for the account': toLogGroup({ Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } } }),
      'a policy for the rule': toLogGroup({ Condition: { ArnEquals: { 'aws:SourceArn': arnOf('Calls') } } }),
      'a policy of the log group itself': (resources) => {
        toLogGroup()(resources);
        resources.Logs!.Properties.ResourcePolicyDocument = { Statement: [{ Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'logs:*', Resource: '*' }] };
      },
      'a policy that only a parameter says': (resources) => { toLogGroup({})(resources); resources.LogsPolicy!.Properties.PolicyDocument = { Ref: 'P' }; },
      'a policy that the CDK makes by a custom resource': (resources) => {
        toLogGroup()(resources);
        resources.Custom = { Type: 'Custom::CloudwatchLogResourcePolicy', Properties: { Create: '{"service":"CloudWatchLogs","action":"putResourcePolicy"}' } };
      },
      'a part of the app that is not known': (resources) => {
        toLogGroup()(resources);
        resources.More = { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: 'https://example.com/more.json' } };
      },
    },
  },
  ruleTargetDeadLetterQueueType: {
    breaks: {
      'a FIFO queue': (resources) => { target(resources).DeadLetterConfig.Arn = arnOf('OrderedDeadLetters'); },
      'a FIFO queue of another app': (resources) => { target(resources).DeadLetterConfig.Arn = 'arn:aws:sqs:eu-west-1:111122223333:dead.fifo'; },
    },
  },
  ruleTargetDeadLetterQueueIsTarget: {
    breaks: { 'the target itself': (resources) => { target(resources).DeadLetterConfig.Arn = arnOf('Queue'); } },
  },
  ruleTargetWithoutRetries: {
    breaks: { 'no attempts': (resources) => { target(resources).RetryPolicy = { MaximumRetryAttempts: 0 }; } },
    keeps: {
      'some attempts': (resources) => { target(resources).RetryPolicy = { MaximumRetryAttempts: 1 }; },
      'attempts that only a parameter says': (resources) => { target(resources).RetryPolicy = { MaximumRetryAttempts: { Ref: 'P' } }; },
    },
  },
  ruleTargetRetriesBriefly: {
    breaks: { 'a minute': (resources) => { target(resources).RetryPolicy = { MaximumEventAgeInSeconds: 60 }; } },
    keeps: { 'an hour': (resources) => { target(resources).RetryPolicy = { MaximumEventAgeInSeconds: 3600 }; } },
  },
  eventPatternEmpty: {
    breaks: { 'a pattern of nothing': ({ Rule }) => { Rule!.Properties.EventPattern = {}; } },
    keeps: { 'a pattern that only a parameter says': ({ Rule }) => { Rule!.Properties.EventPattern = { Ref: 'P' }; } },
  },
  eventPatternWithEmptyField: {
    breaks: { 'a list of nothing': ({ Rule }) => { Rule!.Properties.EventPattern.detail = { kind: [] }; } },
    keeps: { 'a list that only a parameter says': ({ Rule }) => { Rule!.Properties.EventPattern.detail = { kind: { Ref: 'P' } }; } },
  },
  eventPatternTooLong: {
    breaks: { 'a long list': ({ Rule }) => { Rule!.Properties.EventPattern.detail = { kind: Array.from({ length: 300 }, (_, index) => `kind-${index}`) }; } },
    keeps: { 'a list of what only the deployment knows': ({ Rule }) => { Rule!.Properties.EventPattern.detail = { kind: Array.from({ length: 300 }, () => ({ Ref: 'Parameter' })) }; } },
  },
  awsEventsOnCustomBus: {
    breaks: { 'events of S3': ({ Rule }) => { Rule!.Properties.EventPattern.source = ['aws.s3']; } },
    keeps: {
      'events of S3 on the default bus': ({ Rule }) => { Object.assign(Rule!.Properties, { EventPattern: { source: ['aws.s3'] }, EventBusName: 'default' }); },
      'events of S3 on a bus of another app': ({ Rule }) => { Object.assign(Rule!.Properties, { EventPattern: { source: ['aws.s3'] }, EventBusName: 'other' }); },
      'events that a rule sends to the bus': ({ Rule, Calls }) => {
        Rule!.Properties.EventPattern.source = ['aws.s3'];
        Calls!.Properties.Targets[0] = { Id: 'Bus', Arn: arnOf('Bus'), DeadLetterConfig: { Arn: arnOf('DeadLetters') } };
      },
    },
  },
  eventTargetAwsManagedKey: { breaks: { 'a queue with the AWS-managed key': ({ Queue }) => { Queue!.Properties.KmsMasterKeyId = 'alias/aws/sqs'; } } },
  eventTargetWithoutMessageGroup: { breaks: { 'a FIFO queue without a group': ({ Rule }) => { delete Rule!.Properties.Targets[1].SqsParameters; } } },
  eventTargetWithoutDeduplication: { breaks: { 'a FIFO queue without deduplication': ({ Ordered }) => { delete Ordered!.Properties.ContentBasedDeduplication; } } },
  eventBusWithoutDeadLetterQueue: {
    breaks: { 'a bus with a key': ({ Bus }) => { delete Bus!.Properties.DeadLetterConfig; } },
    keeps: {
      'a bus without a key': ({ Bus }) => { delete Bus!.Properties.DeadLetterConfig; delete Bus!.Properties.KmsKeyIdentifier; },
      'a bus of which only a parameter says whether it has a key': ({ Bus }) => { delete Bus!.Properties.DeadLetterConfig; Bus!.Properties.KmsKeyIdentifier = { Ref: 'P' }; },
      'dead letters that only the deployment knows': ({ Bus }) => { Bus!.Properties.DeadLetterConfig = unknown; },
    },
  },
  eventBusDeadLetterQueueType: { breaks: { 'a FIFO queue': ({ Bus }) => { Bus!.Properties.DeadLetterConfig.Arn = arnOf('OrderedDeadLetters'); } } },
  subscriberWithoutDeadLetterQueue: { breaks: { 'a subscriber without one': ({ Subscriber }) => { delete Subscriber!.Properties.OnFailureConfiguration; } } },
  subscriberRetriesBriefly: {
    breaks: {
      'the default': ({ Subscriber }) => { delete Subscriber!.Properties.RetryPolicy; },
      'the default age': ({ Subscriber }) => { delete Subscriber!.Properties.RetryPolicy.MaxEventAgeInSeconds; },
      'the default attempts': ({ Subscriber }) => { delete Subscriber!.Properties.RetryPolicy.MaxRetryAttempts; },
    },
    keeps: { 'a policy that only a parameter says': ({ Subscriber }) => { Subscriber!.Properties.RetryPolicy = { Ref: 'P' }; } },
  },
});

const HERE = { account: '111122223333', region: 'eu-west-1' };
const elsewhere = (region: string, account: string) => `arn:aws:sqs:${region}:${account}:queue`;

test.each([
  ['dead letters of a rule in another region', (resources: Resources) => { target(resources).DeadLetterConfig.Arn = elsewhere('eu-central-1', HERE.account); }, ['ruleTargetDeadLetterQueueRegion at Rule']],
  ['dead letters of a rule in another account', (resources: Resources) => { target(resources).DeadLetterConfig.Arn = elsewhere(HERE.region, '999999999999'); }, []],
  ['dead letters of a bus in another region', ({ Bus }: Resources) => { Bus!.Properties.DeadLetterConfig.Arn = elsewhere('eu-central-1', HERE.account); }, ['eventBusDeadLetterQueueRegion at Bus']],
])('the place of %s is read', (_, change, expected) => {
  const resources = clean();
  change(resources);
  expect(found(resources, HERE)).toEqual(expected);
});

test.each([
  ['in another region', 'eventTargetOtherRegion', { ...HERE, region: 'eu-central-1' }, undefined],
  ['in another account', 'eventTargetOtherAccount', { ...HERE, account: '999999999999' }, undefined],
  ['in another account, by a role', undefined, { ...HERE, account: '999999999999' }, 'arn:aws:iam::111122223333:role/Role'],
])('a queue %s', (_, id, place, role) => {
  const queues = { Resources: { Far: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'far' } } } };
  const resources = clean();
  resources.Calls!.Properties.Targets[0].Arn = `arn:aws:sqs:${place.region}:${place.account}:far`;
  resources.Calls!.Properties.Targets[0].RoleArn = role;
  const problems = problemsIn([{ stack: 'Stack', template: { Resources: resources }, ...HERE }, { stack: 'Far', template: queues, ...place }]);
  expect(problems.map((problem) => problem.id)).toEqual(id === undefined ? [] : [id]);
});
