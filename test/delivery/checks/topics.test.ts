import type { Resources } from './check-defects';
import { checkDefects, found, whatOf } from './check-defects';

const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const setAside = (logicalId: string, maxReceiveCount?: number) => (
  { deadLetterTargetArn: arnOf(logicalId), ...maxReceiveCount === undefined ? {} : { maxReceiveCount } }
);
const deadLetters = () => ({ Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1209600 } });

/** A topic with a queue, a function and an endpoint on the web, as people and the CDK write it. */
const clean = (): Resources => ({
  Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'orders' } },
  DeadLetters: deadLetters(),
  Undelivered: deadLetters(),
  Queue: { Type: 'AWS::SQS::Queue', Properties: { RedrivePolicy: setAside('DeadLetters', 5) } },
  Other: { Type: 'AWS::SQS::Queue', Properties: { RedrivePolicy: setAside('OtherDeadLetters', 5) } },
  OtherDeadLetters: deadLetters(),
  Handler: { Type: 'AWS::Lambda::Function', Properties: { Role: 'arn:aws:iam::111122223333:role/Handler' } },
  ToQueue: {
    Type: 'AWS::SNS::Subscription',
    Properties: {
      TopicArn: { Ref: 'Topic' },
      Protocol: 'sqs',
      Endpoint: arnOf('Queue'),
      RawMessageDelivery: true,
      RedrivePolicy: setAside('DeadLetters'),
      FilterPolicy: { kind: ['order'] },
    },
  },
  ToOther: {
    Type: 'AWS::SNS::Subscription',
    Properties: { TopicArn: { 'Fn::GetAtt': ['Topic', 'TopicArn'] }, Protocol: 'sqs', Endpoint: { 'Fn::Sub': '${Other.Arn}' }, RedrivePolicy: setAside('OtherDeadLetters') },
  },
  ToHandler: {
    Type: 'AWS::SNS::Subscription',
    Properties: {
      TopicArn: { 'Fn::Sub': 'arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:orders' },
      Protocol: 'lambda',
      Endpoint: arnOf('Handler'),
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: 'arn:aws:sqs:eu-west-1:111122223333:undelivered' }),
    },
  },
  ToWeb: {
    Type: 'AWS::SNS::Subscription',
    Properties: { TopicArn: { Ref: 'Topic' }, Protocol: 'https', Endpoint: 'https://example.com/', RedrivePolicy: setAside('Undelivered') },
  },
});

const makeFifo = (resources: Resources, ...logicalIds: string[]) => logicalIds.forEach((id) => { resources[id]!.Properties.FifoQueue = true; });

/** As far as only queues are subscribed, which all a FIFO topic delivers to. */
function makeTopicFifo(resources: Resources): void {
  Object.assign(resources.Topic!.Properties, { FifoTopic: true, TopicName: 'orders.fifo' });
  ['ToHandler', 'ToWeb'].forEach((id) => delete resources[id]);
}

function toDeliveryStream({ ToWeb }: Resources): void {
  Object.assign(ToWeb!.Properties, {
    Protocol: 'firehose', Endpoint: 'arn:aws:firehose:eu-west-1:111122223333:deliverystream/s', SubscriptionRoleArn: 'arn:aws:iam::111122223333:role/ToDeliveryStream',
  });
}

checkDefects(clean, {
  subscriptionDeadLetterQueueMissing: {
    breaks: {
      'a queue': ({ ToQueue }) => { delete ToQueue!.Properties.RedrivePolicy; },
      'a function': ({ ToHandler }) => { delete ToHandler!.Properties.RedrivePolicy; },
      'the web': ({ ToWeb }) => { delete ToWeb!.Properties.RedrivePolicy; },
      'a delivery stream': (resources) => { toDeliveryStream(resources); delete resources.ToWeb!.Properties.RedrivePolicy; },
      'a subscription in the topic': ({ Topic }) => { Topic!.Properties.Subscription = [{ Protocol: 'https', Endpoint: 'https://example.com/other' }]; },
    },
    keeps: {
      'mail': ({ Topic }) => { Topic!.Properties.Subscription = [{ Protocol: 'email', Endpoint: 'a@example.com' }]; },
      'a redrive policy that a parameter says': ({ ToQueue }) => { ToQueue!.Properties.RedrivePolicy = { Ref: 'Redrive' }; },
      'a protocol that a parameter says': ({ Topic }) => { Topic!.Properties.Subscription = [{ Protocol: { Ref: 'Protocol' }, Endpoint: 'x' }]; },
      'a redrive policy without a queue that is known': ({ ToQueue }) => { ToQueue!.Properties.RedrivePolicy = { deadLetterTargetArn: { Ref: 'Arn' } }; },
    },
  },
  subscriptionDeadLetterQueueType: {
    breaks: {
      'a FIFO queue': (resources) => { makeFifo(resources, 'Undelivered'); },
      'a FIFO queue outside this app': ({ ToWeb }) => { ToWeb!.Properties.RedrivePolicy = { deadLetterTargetArn: 'arn:aws:sqs:eu-west-1:111122223333:undelivered.fifo' }; },
      'a FIFO queue behind a topic outside this app': (resources) => {
        makeFifo(resources, 'Undelivered');
        resources.ToWeb!.Properties.TopicArn = 'arn:aws:sns:eu-west-1:111122223333:orders';
      },
      'a standard queue behind a FIFO topic': (resources) => {
        makeTopicFifo(resources);
        makeFifo(resources, 'Queue', 'DeadLetters');
        resources.ToQueue!.Properties.RedrivePolicy = setAside('Undelivered');
      },
    },
    keeps: {
      'FIFO throughout': (resources) => {
        makeTopicFifo(resources);
        makeFifo(resources, 'Queue', 'DeadLetters');
      },
      'a topic that a parameter names': (resources) => {
        makeFifo(resources, 'Undelivered');
        resources.ToWeb!.Properties.TopicArn = { Ref: 'TopicArn' };
      },
      'a topic of which a parameter says the name': (resources) => {
        makeFifo(resources, 'Undelivered');
        resources.ToWeb!.Properties.TopicArn = { 'Fn::Sub': 'arn:aws:sns:eu-west-1:111122223333:${Name}' };
      },
    },
  },
  fifoTopicProtocol: {
    breaks: {
      'a function': (resources) => {
        const { ToHandler } = resources;
        makeTopicFifo(resources);
        resources.ToHandler = { ...ToHandler, Properties: { ...ToHandler!.Properties, TopicArn: { Ref: 'Topic' } } };
      },
    },
  },
  largeMessageProtocol: {
    breaks: { 'the web': ({ Topic }) => { Topic!.Properties.MaximumMessageSize = 262145; } },
    keeps: {
      'a size that all take': ({ Topic }) => { Topic!.Properties.MaximumMessageSize = 262144; },
      'what takes it': (resources) => {
        resources.Topic!.Properties.MaximumMessageSize = 1048576;
        delete resources.ToWeb;
      },
    },
  },
  firehoseSubscriptionWithoutRole: {
    breaks: {
      'no role': (resources) => { toDeliveryStream(resources); delete resources.ToWeb!.Properties.SubscriptionRoleArn; },
    },
    keeps: {
      'a role': toDeliveryStream,
      'a role that only a parameter says': (resources) => { toDeliveryStream(resources); resources.ToWeb!.Properties.SubscriptionRoleArn = { 'Fn::If': ['C', { Ref: 'R' }, { Ref: 'AWS::NoValue' }] }; },
    },
  },
  attributeFilterNested: {
    breaks: {
      'parts of an attribute': ({ ToQueue }) => { ToQueue!.Properties.FilterPolicy = { order: { kind: ['a'] } }; },
      'parts, as text': ({ ToQueue }) => { ToQueue!.Properties.FilterPolicy = '{"order":{"kind":["a"]}}'; },
      'a scope that is stated': ({ ToQueue }) => { Object.assign(ToQueue!.Properties, { FilterPolicy: { order: { kind: ['a'] } }, FilterPolicyScope: 'MessageAttributes' }); },
    },
    keeps: {
      'parts of the body': ({ ToQueue }) => { Object.assign(ToQueue!.Properties, { FilterPolicy: { order: { kind: ['a'] } }, FilterPolicyScope: 'MessageBody' }); },
      'a scope that a parameter says': ({ ToQueue }) => { Object.assign(ToQueue!.Properties, { FilterPolicy: { order: { kind: ['a'] } }, FilterPolicyScope: { Ref: 'Scope' } }); },
      'a value that a parameter says': ({ ToQueue }) => { ToQueue!.Properties.FilterPolicy = { order: { Ref: 'Values' }, none: null }; },
      'a policy that a parameter says': ({ ToQueue }) => { ToQueue!.Properties.FilterPolicy = { Ref: 'Policy' }; },
    },
  },
  filterPolicyKeys: {
    breaks: { 'six keys': ({ ToQueue }) => { ToQueue!.Properties.FilterPolicy = { a: ['1'], b: ['1'], c: ['1'], d: ['1'], e: ['1'], f: ['1'] }; } },
    keeps: {
      'five keys': ({ ToQueue }) => { ToQueue!.Properties.FilterPolicy = { a: ['1'], b: ['1'], c: ['1'], d: ['1'], e: ['1'] }; },
      'alternatives': ({ ToQueue }) => { ToQueue!.Properties.FilterPolicy = { a: ['1'], b: ['1'], c: ['1'], d: ['1'], e: ['1'], $or: [{ f: ['1'] }, { g: ['1'] }] }; },
    },
  },
  subscribedQueueType: {
    breaks: {
      'a FIFO queue outside this app': ({ ToOther }) => { Object.assign(ToOther!.Properties, { Endpoint: 'arn:aws:sqs:eu-west-1:111122223333:other.fifo', RedrivePolicy: { Ref: 'Redrive' } }); },
      'FIFO queues': (resources) => {
        makeFifo(resources, 'Queue', 'DeadLetters');
        resources.ToQueue!.Properties.RedrivePolicy = setAside('Undelivered');
      },
    },
    keeps: {
      'a topic that a parameter names': (resources) => {
        makeFifo(resources, 'Queue', 'DeadLetters');
        resources.ToQueue!.Properties.TopicArn = { Ref: 'TopicArn' };
      },
    },
  },
  queueSubscribedTwice: {
    breaks: {
      'the same again': (resources) => { resources.Again = resources.ToQueue!; },
      'the same again, in the topic': (resources) => {
        delete resources.ToQueue!.Properties.FilterPolicy;
        resources.Again = { ...resources.ToQueue, Properties: { ...resources.ToQueue!.Properties, TopicArn: { 'Fn::GetAtt': ['Topic', 'TopicArn'] } } };
      },
    },
    keeps: {
      'another topic': (resources) => {
        resources.OtherTopic = { Type: 'AWS::SNS::Topic' };
        resources.Again = { ...resources.ToQueue, Properties: { ...resources.ToQueue!.Properties, TopicArn: { Ref: 'OtherTopic' } } };
      },
      'two queues outside this app': ({ ToQueue, ToOther }) => {
        [ToQueue, ToOther].forEach((one, index) => Object.assign(one!.Properties, { Endpoint: `arn:aws:sqs:eu-west-1:111122223333:q${index}`, RedrivePolicy: { Ref: 'Redrive' } }));
      },
      'one of two by a condition': (resources) => {
        resources.ToQueue!.Condition = 'Some';
        resources.Again = { ...resources.ToQueue, Condition: 'Others' };
      },
    },
  },
  subscribedQueueKey: {
    breaks: {
      'the AWS-managed key': ({ Queue }) => { Queue!.Properties.KmsMasterKeyId = 'alias/aws/sqs'; },
      'its ARN, as the CDK writes it': ({ Queue }) => {
        const parts = ['arn:', { Ref: 'AWS::Partition' }, ':kms:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':alias/aws/sqs'];
        Queue!.Properties.KmsMasterKeyId = { 'Fn::Join': ['', parts] };
      },
    },
    keeps: {
      'a key of the app': (resources) => {
        resources.Key = { Type: 'AWS::KMS::Key' };
        resources.Queue!.Properties.KmsMasterKeyId = arnOf('Key');
      },
      'a key that a parameter says': ({ Queue }) => { Queue!.Properties.KmsMasterKeyId = { 'Fn::Sub': '${Prefix}alias/aws/sqs' }; },
    },
  },
  subscriptionDeadLetterQueueKey: { breaks: { 'the AWS-managed key': ({ DeadLetters }) => { DeadLetters!.Properties.KmsMasterKeyId = 'alias/aws/sqs'; } } },
  subscriptionDeadLetterQueueIsQueue: {
    breaks: {
      'the queue itself': ({ ToQueue, Queue }) => {
        ToQueue!.Properties.RedrivePolicy = setAside('Queue');
        Queue!.Properties.RedrivePolicy = { Ref: 'Redrive' };
      },
    },
  },
  deadLettersMixed: {
    breaks: {
      'that of another queue': ({ ToOther }) => { ToOther!.Properties.RedrivePolicy = setAside('DeadLetters'); },
      'one for two queues': ({ Other, ToOther }) => {
        Other!.Properties.RedrivePolicy = setAside('DeadLetters', 5);
        ToOther!.Properties.RedrivePolicy = { Ref: 'Redrive' };
      },
      'one for two subscriptions': ({ ToQueue, ToOther }) => {
        ToQueue!.Properties.RedrivePolicy = setAside('Undelivered');
        ToOther!.Properties.RedrivePolicy = setAside('Undelivered');
      },
    },
    keeps: {
      'one of its own': ({ ToQueue }) => { ToQueue!.Properties.RedrivePolicy = setAside('Undelivered'); },
      'that of a queue that may be missing': ({ Other, ToOther }) => {
        Other!.Condition = 'Some';
        ToOther!.Properties.RedrivePolicy = setAside('DeadLetters');
      },
    },
  },
  subscribedQueueMessageSize: { breaks: { 'a queue for less': ({ Queue }) => { Queue!.Properties.MaximumMessageSize = 262143; } } },
  subscriptionDeadLetterQueueMessageSize: {
    breaks: { 'a dead-letter queue for less': ({ DeadLetters }) => { DeadLetters!.Properties.MaximumMessageSize = 262143; } },
  },
});

describe('where something is', () => {
  const different = { region: 'eu-west-1', account: '111122223333' };
  const after = (change: (resources: Resources) => void) => {
    const resources = clean();
    change(resources);
    return found(resources, different);
  };

  test('nothing is found in one place', () => {
    expect(after(() => undefined)).toEqual([]);
  });

  test.each([
    ['subscriptionDeadLetterQueueRegion at ToWeb', 'arn:aws:sqs:us-east-1:111122223333:undelivered'],
    ['subscriptionDeadLetterQueueAccount at ToWeb', 'arn:aws:sqs:eu-west-1:999999999999:undelivered'],
  ])('%s', (id, deadLetterTargetArn) => {
    expect(after(({ ToWeb }) => { ToWeb!.Properties.RedrivePolicy = { deadLetterTargetArn }; })).toEqual([id]);
  });

  test('a subscription is in the region of its topic', () => {
    const inTopicRegion = 'arn:aws:sqs:us-east-1:111122223333:undelivered';
    expect(after(({ ToWeb }) => {
      Object.assign(ToWeb!.Properties, { TopicArn: 'arn:aws:sns:us-east-1:111122223333:orders', RedrivePolicy: { deadLetterTargetArn: inTopicRegion } });
    })).toEqual([]);
    expect(after(({ ToWeb }) => {
      Object.assign(ToWeb!.Properties, { TopicArn: { Ref: 'TopicArn' }, Region: 'us-east-1', RedrivePolicy: { deadLetterTargetArn: inTopicRegion } });
    })).toEqual([]);
    expect(after(({ ToWeb }) => { ToWeb!.Properties.TopicArn = 'arn:aws:sns:us-east-1:111122223333:orders'; })).toEqual(['subscriptionDeadLetterQueueRegion at ToWeb']);
  });

  test('a subscription to a topic that a parameter names is where it is made', () => {
    expect(after(({ ToWeb }) => {
      Object.assign(ToWeb!.Properties, { TopicArn: { Ref: 'TopicArn' }, RedrivePolicy: { deadLetterTargetArn: 'arn:aws:sqs:us-east-1:111122223333:undelivered' } });
    })).toEqual(['subscriptionDeadLetterQueueRegion at ToWeb']);
  });

  test('a queue of another account must be confirmed there', () => {
    expect(after(({ ToOther }) => {
      Object.assign(ToOther!.Properties, { Endpoint: 'arn:aws:sqs:eu-west-1:999999999999:other', RedrivePolicy: { Ref: 'Redrive' } });
    })).toEqual(['subscriptionUnconfirmed at ToOther']);
  });
});

describe('quotas', () => {
  const many = (count: number, properties: object): Resources => Object.fromEntries(Array.from({ length: count }, (_, index) => [`S${index}`, {
    Type: 'AWS::SNS::Subscription',
    Properties: {
      TopicArn: { Ref: 'Topic' },
      Protocol: 'lambda',
      Endpoint: `arn:aws:lambda:eu-west-1:111122223333:function:f${index}`,
      RedrivePolicy: { deadLetterTargetArn: 'arn:aws:sqs:eu-west-1:111122223333:undelivered' },
      ...properties,
    },
  }]));
  const manyInOrder = (count: number): Resources => Object.fromEntries(Array.from({ length: count }, (_, index) => [`S${index}`, {
    Type: 'AWS::SNS::Subscription',
    Properties: {
      TopicArn: { Ref: 'Topic' },
      Protocol: 'sqs',
      Endpoint: `arn:aws:sqs:eu-west-1:111122223333:q${index}.fifo`,
      RedrivePolicy: { deadLetterTargetArn: 'arn:aws:sqs:eu-west-1:111122223333:undelivered.fifo' },
    },
  }]));

  test.each([
    ['filter policies', 201, {}, { FilterPolicy: { a: ['1'] } }, ['filterPoliciesAboveQuota at S200']],
    ['filter policies that are just enough', 200, {}, { FilterPolicy: { a: ['1'] } }, []],
    ['subscriptions of a topic with large messages', 101, { MaximumMessageSize: 1048576 }, {}, ['tooManySubscriptions at S100']],
    ['subscriptions that are just enough', 100, { MaximumMessageSize: 1048576 }, {}, []],
  ])('%s', (_, count, topic, subscription, expected) => {
    expect(found({ Topic: { Type: 'AWS::SNS::Topic', Properties: topic }, ...many(count, subscription) })).toEqual(expected);
  });

  test.each([[100, []], [101, ['fifoSubscriptionsAboveQuota at S100']]])('%i subscriptions of a FIFO topic', (count, expected) => {
    expect(found({ Topic: { Type: 'AWS::SNS::Topic', Properties: { FifoTopic: true, TopicName: 'orders.fifo' } }, ...manyInOrder(count) })).toEqual(expected);
  });
});

test('what is outside this app is called by its ARN', () => {
  const [topic, undelivered] = ['arn:aws:sns:eu-west-1:111122223333:orders', 'arn:aws:sqs:eu-west-1:111122223333:dead.fifo'];
  const resources = clean();
  Object.assign(resources.ToWeb!.Properties, { TopicArn: topic, RedrivePolicy: { deadLetterTargetArn: undelivered } });
  expect(whatOf('subscriptionDeadLetterQueueType', resources)).toEqual([
    `RedrivePolicy of subscription 'Stack/ToWeb' names FIFO queue '${undelivered}', but topic '${topic}' is a standard topic, so SNS could not move anything there`,
  ]);
});

describe('a delivery stream that is subscribed', () => {
  const role = (service: string, action: string) => ({
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: service } }] },
      Policies: [{ PolicyName: 'Policy', PolicyDocument: { Statement: [{ Effect: 'Allow', Action: action, Resource: arnOf('Archive') }] } }],
    },
  });
  const foundWith = (service: string, action: string) => {
    const resources = clean();
    toDeliveryStream(resources);
    Object.assign(resources, { Archive: { Type: 'AWS::KinesisFirehose::DeliveryStream', Properties: {} }, Role: role(service, action) });
    Object.assign(resources.ToWeb!.Properties, { Endpoint: arnOf('Archive'), SubscriptionRoleArn: arnOf('Role') });
    return found(resources, {}, ['deliveryNotAllowed', 'roleNotAssumable']).filter((one) => one.endsWith('at ToWeb'));
  };

  test.each([
    ['sns.amazonaws.com', 'firehose:PutRecord*', []],
    ['sns.amazonaws.com', 'firehose:DescribeDeliveryStream', ['deliveryNotAllowed at ToWeb']],
    ['firehose.amazonaws.com', 'firehose:*', ['roleNotAssumable at ToWeb']],
  ])('takes records by a role that %s may assume and that allows %s: %j', (service, action, expected) => {
    expect(foundWith(service, action)).toEqual(expected);
  });
});
