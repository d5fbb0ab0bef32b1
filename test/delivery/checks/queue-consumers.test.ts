import type { Resources } from './check-defects';
import { checkDefects, found, foundIn, whatOf } from './check-defects';

const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });

/** A queue, its dead-letter queue, and a function that the queue feeds, as people write them. */
const clean = (): Resources => ({
  DeadLetters: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1209600 } },
  Queue: {
    Type: 'AWS::SQS::Queue',
    Properties: { VisibilityTimeout: 360, RedrivePolicy: { deadLetterTargetArn: arnOf('DeadLetters'), maxReceiveCount: 5 } },
  },
  Handler: { Type: 'AWS::Lambda::Function', Properties: { Timeout: 60, Role: 'arn:aws:iam::111122223333:role/Handler' } },
  EventSource: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      EventSourceArn: arnOf('Queue'), FunctionName: { Ref: 'Handler' }, BatchSize: 10, FunctionResponseTypes: ['ReportBatchItemFailures'], ScalingConfig: { MaximumConcurrency: 10 },
    },
  },
});

checkDefects(clean, {
  visibilityTimeoutTooShort: {
    breaks: {
      'a visibility timeout below the timeout of the function': ({ Queue }) => { Queue!.Properties.VisibilityTimeout = 59; },
      'the default visibility timeout': ({ Queue }) => { delete Queue!.Properties.VisibilityTimeout; },
      'a default that is just too short': ({ Queue, Handler }) => {
        delete Queue!.Properties.VisibilityTimeout;
        Handler!.Properties.Timeout = 31;
      },
      'a number that is a text': ({ Queue }) => { Queue!.Properties.VisibilityTimeout = '30'; },
    },
    keeps: {
      'a function of another app': ({ EventSource }) => { EventSource!.Properties.FunctionName = 'arn:aws:lambda:eu-west-1:111122223333:function:other'; },
      'a visibility timeout that only a parameter says': ({ Queue }) => { Queue!.Properties.VisibilityTimeout = { Ref: 'Seconds' }; },
    },
  },
  visibilityTimeoutShort: {
    breaks: {
      'less than six times the timeout': ({ Queue }) => { Queue!.Properties.VisibilityTimeout = 359; },
      'no room for the batching window': ({ EventSource }) => { EventSource!.Properties.MaximumBatchingWindowInSeconds = 1; },
      'no room for a batching window that a parameter says': ({ EventSource }) => { EventSource!.Properties.MaximumBatchingWindowInSeconds = { Ref: 'Window' }; },
    },
  },
  durableExecutionTooLong: {
    breaks: {
      'an execution that takes a second too long': ({ Queue, Handler, EventSource }) => {
        Queue!.Properties.VisibilityTimeout = 5406;
        Handler!.Properties.DurableConfig = { ExecutionTimeout: 901 };
        EventSource!.Properties.FunctionName = { 'Fn::Sub': '${Handler.Arn}:live' };
      },
    },
  },
  durableFunctionUnqualified: { breaks: { 'a durable function by its name': ({ Handler }) => { Handler!.Properties.DurableConfig = { ExecutionTimeout: 60 }; } } },
  tenantIsolationFedByQueue: { breaks: { 'tenant isolation': ({ Handler }) => { Handler!.Properties.TenancyConfig = { TenantIsolationMode: 'PER_TENANT' }; } } },
  deadLetterRetentionEqual: { breaks: { 'as long as the queue keeps them': ({ DeadLetters }) => { delete DeadLetters!.Properties.MessageRetentionPeriod; } } },
  pausedFunctionFed: { breaks: { 'no concurrency': ({ Handler }) => { Handler!.Properties.ReservedConcurrentExecutions = 0; } } },
  handlerPaused: {
    breaks: {
      'no concurrency, and an event source that is disabled': ({ Handler, EventSource }) => {
        Handler!.Properties.ReservedConcurrentExecutions = 0;
        EventSource!.Properties.Enabled = false;
      },
    },
  },
  maxConcurrencyAboveReserved: {
    breaks: { 'less reserved than the event source may take': ({ Handler }) => { Handler!.Properties.ReservedConcurrentExecutions = 9; } },
    keeps: { 'just as much': ({ Handler }) => { Handler!.Properties.ReservedConcurrentExecutions = 10; } },
  },
  eventSourceUncapped: {
    breaks: {
      'all of what is reserved': ({ Handler, EventSource }) => {
        Handler!.Properties.ReservedConcurrentExecutions = 10;
        delete EventSource!.Properties.ScalingConfig;
      },
    },
  },
  batchWithoutWindow: { breaks: { 'a batch of eleven': ({ EventSource }) => { EventSource!.Properties.BatchSize = 11; } } },
  deadLetterQueueMissing: {
    breaks: { 'no redrive policy': ({ Queue }) => { delete Queue!.Properties.RedrivePolicy; } },
    keeps: {
      'one that only the deployment knows': ({ Queue }) => { Queue!.Properties.RedrivePolicy = { 'Fn::If': ['Some', { Ref: 'A' }, { Ref: 'AWS::NoValue' }] }; },
      'a queue of what was set aside before': ({ Queue, DeadLetters }) => {
        DeadLetters!.Properties = { RedrivePolicy: { ...Queue!.Properties.RedrivePolicy, deadLetterTargetArn: arnOf('Queue') } };
        Queue!.Properties = { VisibilityTimeout: 360, MessageRetentionPeriod: 1209600 };
      },
    },
  },
  deadLettersTooLate: { breaks: { 'as many receives as fill the retention period': ({ Queue }) => { Queue!.Properties.RedrivePolicy.maxReceiveCount = 960; } } },
  deadLetterQueueIsQueue: { breaks: { 'the queue itself': ({ Queue }) => { Queue!.Properties = { ...Queue!.Properties, MessageRetentionPeriod: 1209600, RedrivePolicy: { deadLetterTargetArn: arnOf('Queue'), maxReceiveCount: 5 } }; } } },
  deadLetterQueueRefuses: {
    breaks: {
      'a dead-letter queue for nobody': ({ DeadLetters }) => { DeadLetters!.Properties.RedriveAllowPolicy = { redrivePermission: 'denyAll' }; },
      'one for another queue': ({ DeadLetters }) => { DeadLetters!.Properties.RedriveAllowPolicy = { redrivePermission: 'byQueue', sourceQueueArns: [arnOf('DeadLetters')] }; },
      'one for no queue': ({ DeadLetters }) => { DeadLetters!.Properties.RedriveAllowPolicy = JSON.stringify({ redrivePermission: 'byQueue' }); },
    },
    keeps: {
      'one for this queue': ({ DeadLetters }) => {
        DeadLetters!.Properties.RedriveAllowPolicy = { redrivePermission: 'byQueue', sourceQueueArns: [arnOf('DeadLetters'), { 'Fn::Sub': '${Queue.Arn}' }] };
      },
      'one for all': ({ DeadLetters }) => { DeadLetters!.Properties.RedriveAllowPolicy = { redrivePermission: 'allowAll' }; },
      'one for an ARN that may be its': ({ DeadLetters }) => {
        DeadLetters!.Properties.RedriveAllowPolicy = { redrivePermission: 'byQueue', sourceQueueArns: ['arn:aws:sqs:eu-west-1:111122223333:queue'] };
      },
      'one that a parameter says': ({ DeadLetters }) => { DeadLetters!.Properties.RedriveAllowPolicy = { redrivePermission: { Ref: 'Permission' } }; },
      'a list that a parameter says': ({ DeadLetters }) => { DeadLetters!.Properties.RedriveAllowPolicy = { redrivePermission: 'byQueue', sourceQueueArns: { Ref: 'Sources' } }; },
    },
  },
  deadLetterQueueType: {
    breaks: { 'a FIFO queue outside this app': ({ Queue }) => { Queue!.Properties.RedrivePolicy.deadLetterTargetArn = 'arn:aws:sqs:eu-west-1:111122223333:dead.fifo'; } },
    keeps: {
      'a standard queue outside this app': ({ Queue }) => { Queue!.Properties.RedrivePolicy.deadLetterTargetArn = 'arn:aws:sqs:eu-west-1:111122223333:dead'; },
      'a queue of which only a parameter tells': ({ Queue }) => { Queue!.Properties.RedrivePolicy.deadLetterTargetArn = { Ref: 'DeadLetterArn' }; },
      'a queue that something else makes': ({ Queue }) => { Queue!.Properties.RedrivePolicy.deadLetterTargetArn = { 'Fn::GetAtt': ['Custom', 'Arn'] }; },
    },
  },
  receiveCountLow: {
    breaks: {
      'two receives': ({ Queue }) => { Queue!.Properties.RedrivePolicy.maxReceiveCount = 2; },
      'four, and a function that is throttled': ({ Queue, Handler }) => {
        Queue!.Properties.RedrivePolicy.maxReceiveCount = '4';
        Handler!.Properties.ReservedConcurrentExecutions = 10;
      },
    },
    keeps: {
      'three receives': ({ Queue }) => { Queue!.Properties.RedrivePolicy.maxReceiveCount = 3; },
      'five, and a function that is throttled': ({ Handler }) => { Handler!.Properties.ReservedConcurrentExecutions = 10; },
    },
  },
  partialBatchesOff: {
    breaks: {
      'no response types': ({ EventSource }) => { delete EventSource!.Properties.FunctionResponseTypes; },
      'no response types, and the default batch': ({ EventSource }) => {
        delete EventSource!.Properties.FunctionResponseTypes;
        delete EventSource!.Properties.BatchSize;
      },
    },
    keeps: {
      'batches of one': ({ EventSource }) => {
        EventSource!.Properties.BatchSize = 1;
        delete EventSource!.Properties.FunctionResponseTypes;
      },
      'response types that a parameter says': ({ EventSource }) => { EventSource!.Properties.FunctionResponseTypes = { Ref: 'Types' }; },
      'a response type that a parameter says': ({ EventSource }) => { EventSource!.Properties.FunctionResponseTypes = [{ Ref: 'Type' }]; },
    },
  },
  pollersWithMaxConcurrency: {
    breaks: { both: ({ EventSource }) => { EventSource!.Properties.ProvisionedPollerConfig = { MinimumPollers: 2 }; } },
    keeps: {
      'pollers only': ({ EventSource }) => {
        EventSource!.Properties.ProvisionedPollerConfig = { MinimumPollers: 2 };
        delete EventSource!.Properties.ScalingConfig;
      },
    },
  },
  fifoBatch: {
    breaks: {
      'FIFO queues': ({ Queue, DeadLetters }) => {
        Queue!.Properties.FifoQueue = true;
        DeadLetters!.Properties.FifoQueue = 'true';
      },
    },
    keeps: {
      'batches of one': ({ Queue, DeadLetters, EventSource }) => {
        Queue!.Properties.FifoQueue = true;
        DeadLetters!.Properties.FifoQueue = true;
        EventSource!.Properties.BatchSize = 1;
      },
    },
  },
  filterFieldUnknown: {
    breaks: { 'the field of a stream': ({ EventSource }) => { EventSource!.Properties.FilterCriteria = { Filters: [{ Pattern: '{"body":{"kind":["a"]}}' }, { Pattern: '{"data":{"kind":["b"]}}' }] }; } },
  },
  filterDeletesMessages: {
    breaks: {
      'a filter': ({ EventSource }) => { EventSource!.Properties.FilterCriteria = { Filters: [{ Pattern: '{"body":{"kind":["a"]}}' }] }; },
      'a filter with something unknown in it': ({ EventSource }) => { EventSource!.Properties.FilterCriteria = { Filters: [{ Pattern: { 'Fn::Sub': '{"body":{"kind":["${Kind}"]}}' } }] }; },
    },
    keeps: {
      'a filter that only a parameter says': ({ EventSource }) => { EventSource!.Properties.FilterCriteria = { Filters: [{ Pattern: '{"body":["a"]}' }, { Pattern: { Ref: 'Pattern' } }] }; },
      'filters that only a parameter says': ({ EventSource }) => { EventSource!.Properties.FilterCriteria = { Ref: 'Filters' }; },
      'no filter': ({ EventSource }) => { EventSource!.Properties.FilterCriteria = { Filters: [] }; },
    },
  },
  eventSourceDisabled: {
    breaks: { 'one that is off': ({ EventSource }) => { EventSource!.Properties.Enabled = false; } },
    keeps: { 'one that a parameter turns on': ({ EventSource }) => { EventSource!.Properties.Enabled = { Ref: 'Enabled' }; } },
  },
  competingConsumers: {
    breaks: {
      'another function': (resources) => { addOther(resources, {}); },
      'another function, with filters': (resources) => { addOther(resources, { FilterCriteria: { Filters: [{ Pattern: '{}' }] } }); },
      'two functions outside this app': (resources) => {
        addOther(resources, { FunctionName: 'arn:aws:lambda:eu-west-1:111122223333:function:other' });
        resources.EventSource!.Properties.FunctionName = 'arn:aws:lambda:eu-west-1:111122223333:function:handler';
      },
      'a function outside this app': (resources) => { addOther(resources, { FunctionName: 'arn:aws:lambda:eu-west-1:111122223333:function:other' }); },
    },
    keeps: {
      'the same function twice': (resources) => { addOther(resources, { FunctionName: arnOf('Handler') }); },
      'one of two by a condition': (resources) => {
        addOther(resources, {});
        resources.OtherSource!.Condition = 'Other';
      },
      'one that a parameter turns on': (resources) => { addOther(resources, { Enabled: { Ref: 'Enabled' } }); },
    },
  },
});

function addOther(resources: Resources, properties: object): void {
  resources.Other = { Type: 'AWS::Lambda::Function', Properties: { Timeout: 60, Role: 'arn:aws:iam::111122223333:role/Other' } };
  resources.OtherSource = {
    Type: 'AWS::Lambda::EventSourceMapping', Properties: { ...resources.EventSource!.Properties, FunctionName: { Ref: 'Other' }, ...properties },
  };
}

/** An event source that is all there is of a delivery in this app: its queue and its function are made elsewhere. */
const onlyEventSource = (): Resources => {
  const { EventSource } = clean();
  Object.assign(EventSource!.Properties, {
    EventSourceArn: 'arn:aws:sqs:eu-west-1:111122223333:queue', FunctionName: 'arn:aws:lambda:eu-west-1:111122223333:function:handler',
  });
  return { EventSource: EventSource! };
};

describe('of a FIFO queue', () => {
  const ROLE = 'arn:aws:iam::111122223333:role/Scheduler';
  const schedule = (group: unknown) => ({
    Type: 'AWS::Scheduler::Schedule',
    Properties: {
      ScheduleExpression: 'rate(1 hour)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: arnOf('Queue'), RoleArn: ROLE, SqsParameters: { MessageGroupId: group }, DeadLetterConfig: { Arn: arnOf('Failed') } },
    },
  });
  /** One schedule for each message group. */
  const of = (groups: readonly unknown[], change: (resources: Resources) => void = () => undefined): string[] => {
    const resources: Resources = {
      ...clean(),
      Failed: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1209600 } },
      ...Object.fromEntries(groups.map((group, index) => [`Schedule${index}`, schedule(group)])),
    };
    Object.assign(resources.DeadLetters!.Properties, { FifoQueue: true });
    Object.assign(resources.Queue!.Properties, { FifoQueue: true, ContentBasedDeduplication: true });
    Object.assign(resources.EventSource!.Properties, { BatchSize: 1, ScalingConfig: { MaximumConcurrency: 2 } });
    Object.assign(resources.Handler!.Properties, { ReservedConcurrentExecutions: 1 });
    change(resources);
    return found(resources).filter((finding) => /maxConcurrencyAboveReserved|eventSourceUncapped/.test(finding));
  };
  const ABOVE = ['maxConcurrencyAboveReserved at Handler'];
  const uncapped = ({ EventSource }: Resources) => { delete EventSource!.Properties.ScalingConfig; };

  test.each<[string, string[], string[]]>([
    ['that one schedule feeds', of(['runs']), []],
    ['that two schedules feed with one message group', of(['runs', 'runs']), []],
    ['with as many message groups as the function may be invoked at a time', of(['a', 'b'], ({ Handler }) => { Handler!.Properties.ReservedConcurrentExecutions = 2; }), []],
    ['that has more', of(['a', 'b']), ABOVE],
    ['that has more, of which the event source does not take all', of(['a', 'b', 'c'], ({ Handler }) => { Handler!.Properties.ReservedConcurrentExecutions = 2; }), []],
    ['a message group of which only the deployment knows', of(['runs', { Ref: 'Group' }]), ABOVE],
    ['that nothing here feeds', of([]), ABOVE],
    ['that something else feeds too', of(['runs'], (resources) => {
      resources.Rule = { Type: 'AWS::Events::Rule', Properties: { EventPattern: {}, Targets: [{ Id: 'T', Arn: arnOf('Queue'), SqsParameters: { MessageGroupId: 'runs' } }] } };
    }), ABOVE],
    ['and a standard queue', of(['runs'], ({ Queue }) => { delete Queue!.Properties.FifoQueue; }), ABOVE],
    ['that one schedule feeds, without a maximum', of(['runs'], uncapped), []],
    ['that nothing here feeds, without a maximum', of([], uncapped), ['eventSourceUncapped at EventSource']],
  ])('%s', (_, findings, expected) => {
    expect(findings).toEqual(expected);
  });
});

describe('with a queue and a function of another app', () => {
  const toFifo = ({ EventSource }: Resources) => { EventSource!.Properties.EventSourceArn += '.fifo'; };

  checkDefects(onlyEventSource, {
    partialBatchesOff: { breaks: { 'no response types': ({ EventSource }) => { delete EventSource!.Properties.FunctionResponseTypes; } } },
    batchWithoutWindow: {
      breaks: { 'a batch of eleven': ({ EventSource }) => { EventSource!.Properties.BatchSize = 11; } },
      keeps: {
        'a queue that may be FIFO': ({ EventSource }) => {
          EventSource!.Properties.EventSourceArn = { 'Fn::Sub': 'arn:aws:sqs:eu-west-1:111122223333:${Name}' };
          EventSource!.Properties.BatchSize = 11;
        },
      },
    },
    pollersWithMaxConcurrency: {
      breaks: { both: ({ EventSource }) => { EventSource!.Properties.ProvisionedPollerConfig = { MinimumPollers: 2 }; } },
    },
    fifoBatch: { breaks: { 'a FIFO queue': toFifo } },
    filterFieldUnknown: { breaks: { 'the field of a stream': ({ EventSource }) => { EventSource!.Properties.FilterCriteria = { Filters: [{ Pattern: '{"data":{}}' }] }; } } },
    eventSourceDisabled: { breaks: { 'one that is off': ({ EventSource }) => { EventSource!.Properties.Enabled = false; } } },
    maxConcurrencyAboveReserved: {
      breaks: {
        'less reserved, for a function of this app, than the event source may take': (resources) => {
          resources.Handler = { Type: 'AWS::Lambda::Function', Properties: { ReservedConcurrentExecutions: 9 } };
          resources.EventSource!.Properties.FunctionName = { Ref: 'Handler' };
        },
      },
    },
    deadLetterQueueMissing: {
      breaks: {
        'a queue of this app that has none': (resources) => {
          resources.Queue = { Type: 'AWS::SQS::Queue' };
          resources.EventSource!.Properties.EventSourceArn = arnOf('Queue');
        },
      },
    },
  });

  test.each([
    ['queueRegion', 'EventSourceArn', 'arn:aws:sqs:us-east-1:111122223333:queue'],
    ['handlerRegion', 'FunctionName', 'arn:aws:lambda:us-east-1:111122223333:function:handler'],
    ['handlerAccount', 'FunctionName', 'arn:aws:lambda:eu-west-1:444455556666:function:handler'],
  ])('%s is found by an ARN', (id, property, arn) => {
    const resources = onlyEventSource();
    resources.EventSource!.Properties[property] = arn;
    expect(found(resources, { account: '111122223333', region: 'eu-west-1' })).toEqual([`${id} at EventSource`]);
  });
});

/** A queue to which a topic sends, and which something outside this app consumes. */
const withoutFunction = (): Resources => ({
  DeadLetters: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1209600 } },
  Queue: { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout: 60, RedrivePolicy: { deadLetterTargetArn: arnOf('DeadLetters'), maxReceiveCount: 5 } } },
  Topic: { Type: 'AWS::SNS::Topic' },
  Subscription: {
    Type: 'AWS::SNS::Subscription',
    Properties: { TopicArn: { Ref: 'Topic' }, Protocol: 'sqs', Endpoint: arnOf('Queue'), RedrivePolicy: { deadLetterTargetArn: arnOf('DeadLetters') } },
  },
});

function setUndelivered(resources: Resources, retention: number): void {
  resources.Undelivered = { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: retention } };
  resources.Subscription!.Properties.RedrivePolicy.deadLetterTargetArn = arnOf('Undelivered');
}

/** Fed by something else than a topic, so that only SQS itself sets anything aside. */
function makeFifo(resources: Resources): void {
  delete resources.Subscription;
  ['Queue', 'DeadLetters'].forEach((id) => { resources[id]!.Properties.FifoQueue = true; });
}

describe('without a function', () => {
  checkDefects(withoutFunction, {
    queueSetsNothingAside: {
      breaks: { 'no redrive policy': ({ Queue }) => { delete Queue!.Properties.RedrivePolicy; } },
      keeps: {
        'one that a parameter says': ({ Queue }) => { Queue!.Properties.RedrivePolicy = { Ref: 'Redrive' }; },
        'a queue to which nothing sends': (resources) => {
          delete resources.Queue!.Properties.RedrivePolicy;
          delete resources.Subscription;
        },
        'a queue of what could not be delivered elsewhere': (resources) => {
          delete resources.Queue!.Properties.RedrivePolicy;
          resources.ByMail = {
            Type: 'AWS::SNS::Subscription',
            Properties: { TopicArn: { Ref: 'Topic' }, Protocol: 'email', Endpoint: 'a@example.com', RedrivePolicy: { deadLetterTargetArn: arnOf('Queue') } },
          };
        },
      },
    },
    deadLetterQueueType: {
      breaks: {
        'a FIFO dead-letter queue': ({ DeadLetters, Subscription }) => {
          DeadLetters!.Properties.FifoQueue = true;
          Subscription!.Properties.RedrivePolicy = { Ref: 'Redrive' };
        },
      },
    },
    deadLetterRetentionShort: {
      breaks: {
        'less than four days': ({ DeadLetters, Subscription }) => {
          DeadLetters!.Properties.MessageRetentionPeriod = 60;
          Subscription!.Properties.RedrivePolicy = { Ref: 'Redrive' };
        },
      },
    },
    deadLettersTooLate: { breaks: { 'receives that take too long': ({ Queue }) => { Queue!.Properties.VisibilityTimeout = 43200; Queue!.Properties.RedrivePolicy.maxReceiveCount = 8; } } },
    deadLettersExpireEarly: {
      breaks: {
        'an hour for what could not be delivered': (resources) => { setUndelivered(resources, 3600); },
        'a minute in a FIFO queue, where the age of a message starts anew': (resources) => {
          makeFifo(resources);
          resources.DeadLetters!.Properties.MessageRetentionPeriod = 60;
        },
        'an hour and a little less in the queue itself': ({ Queue, DeadLetters, Subscription }) => {
          Subscription!.Properties.RedrivePolicy = { Ref: 'Redrive' };
          Queue!.Properties.MessageRetentionPeriod = 3599;
          DeadLetters!.Properties.MessageRetentionPeriod = 3600;
        },
      },
      keeps: {
        'a retention that only a parameter says': ({ Queue, DeadLetters }) => {
          Queue!.Properties.MessageRetentionPeriod = { Ref: 'P' };
          DeadLetters!.Properties.MessageRetentionPeriod = { Ref: 'P' };
        },
      },
    },
    deadLettersKeptShort: {
      breaks: {
        'a day for what could not be delivered': (resources) => { setUndelivered(resources, 86_400); },
        'two days in a FIFO queue': (resources) => {
          makeFifo(resources);
          resources.DeadLetters!.Properties.MessageRetentionPeriod = 172_800;
        },
      },
      keeps: {
        'the default': (resources) => {
          resources.Undelivered = { Type: 'AWS::SQS::Queue' };
          resources.Subscription!.Properties.RedrivePolicy.deadLetterTargetArn = arnOf('Undelivered');
        },
      },
    },
  });

  test('a dead-letter queue must be in the region of its queue', () => {
    const resources = withoutFunction();
    resources.Queue!.Properties.RedrivePolicy.deadLetterTargetArn = 'arn:aws:sqs:us-east-1:111122223333:dead';
    expect(found(resources, { region: 'eu-west-1' })).toEqual(['deadLetterQueueRegion at Queue']);
  });
});

test.each([
  ['its ARN', arnOf('Handler')],
  ['its name', { Ref: 'Handler' }],
  ['an ARN with its name', { 'Fn::Sub': 'arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${Handler}' }],
  ['an alias', { Ref: 'Alias' }],
  ['a version', { Ref: 'Version' }],
  ['its name with a qualifier', { 'Fn::Join': [':', [{ Ref: 'Handler' }, 'live']] }],
  ['an ARN with a qualifier', { 'Fn::Join': [':', [arnOf('Handler'), 'live']] }],
])('a function is found by %s', (_, name) => {
  const resources: Resources = {
    ...clean(),
    Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Handler' } } },
    Alias: { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: 'Handler' }, Name: 'live', FunctionVersion: { 'Fn::GetAtt': ['Version', 'Version'] } } },
  };
  resources.EventSource!.Properties.FunctionName = name;
  resources.Handler!.Properties.Timeout = 900;
  expect(found(resources)).toEqual(['visibilityTimeoutTooShort at EventSource']);
});

test('a batch has ten messages where none are stated', () => {
  const resources = clean();
  delete resources.EventSource!.Properties.BatchSize;
  delete resources.EventSource!.Properties.FunctionResponseTypes;
  expect(whatOf('partialBatchesOff', resources)).toEqual([
    "event source 'Stack/EventSource' has a BatchSize of 10 and no FunctionResponseTypes, so one message that fails takes the rest of its batch with it",
  ]);
});

describe('in several stacks', () => {
  const HERE = { account: '111122223333', region: 'eu-west-1' };
  const NAMES: Readonly<Record<string, string>> = { DeadLetters: 'QueueName', Queue: 'QueueName', Handler: 'FunctionName' };
  const arnIn = (service: string, name: string, { account, region }: typeof HERE) => `arn:aws:${service}:${region}:${account}:${name}`;

  /** One of the resources is made in another place, and referred to by its ARN. */
  function foundWith(away: string, place: typeof HERE): string[] {
    const { [away]: moved, ...rest } = clean();
    moved!.Properties[NAMES[away]!] = 'away';
    if (away === 'DeadLetters') {
      rest.Queue!.Properties.RedrivePolicy.deadLetterTargetArn = arnIn('sqs', 'away', place);
    } else if (away === 'Queue') {
      moved!.Properties.RedrivePolicy.deadLetterTargetArn = arnIn('sqs', 'dead', place);
      rest.EventSource!.Properties.EventSourceArn = arnIn('sqs', 'away', place);
    } else {
      rest.EventSource!.Properties.FunctionName = arnIn('lambda', 'function:away', place);
    }
    return foundIn([{ stack: 'Here', template: { Resources: rest }, ...HERE }, { stack: 'Away', template: { Resources: { [away]: moved } }, ...place }]);
  }

  test.each([
    ['Handler', 'region', 'handlerRegion at EventSource'],
    ['Handler', 'account', 'handlerAccount at EventSource'],
    ['Queue', 'region', 'queueRegion at EventSource'],
    ['DeadLetters', 'region', 'deadLetterQueueRegion at EventSource'],
    ['DeadLetters', 'account', 'deadLetterQueueAccount at EventSource'],
  ])('%s in another %s', (away, part, expected) => {
    expect(foundWith(away, HERE)).toEqual([]);
    expect(foundWith(away, { ...HERE, ...(part === 'region' ? { region: 'us-east-1' } : { account: '444455556666' }) })).toContain(expected);
  });
});

describe('a queue to which a rule sends the ends of executions', () => {
  /** What is found at the queue. */
  const foundWith = (pattern: object, queue: object = { MessageRetentionPeriod: 1209600 }) => {
    const target = { Id: 'Ends', Arn: arnOf('Ends'), DeadLetterConfig: { Arn: arnOf('Undelivered') } };
    const resources: Resources = {
      Ends: { Type: 'AWS::SQS::Queue', Properties: queue },
      Undelivered: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1209600 } },
      Rule: { Type: 'AWS::Events::Rule', Properties: { EventPattern: pattern, Targets: [target] } },
    };
    return found(resources).filter((one) => one.endsWith(' at Ends'));
  };
  const ofStatus = (...status: unknown[]) => ({ source: ['aws.states'], detail: { status } });

  test.each([[['FAILED']], [['FAILED', 'TIMED_OUT', 'ABORTED']]])('that are %s has what was set aside, and sets nothing aside itself', (status) => {
    expect(foundWith(ofStatus(...status))).toEqual([]);
  });

  test('that failed must keep them for people', () => {
    expect(foundWith(ofStatus('FAILED'), { MessageRetentionPeriod: 60 })).toEqual(['deadLettersExpireEarly at Ends']);
  });

  test.each<[string, object]>([
    ['some of which succeeded', ofStatus('FAILED', 'SUCCEEDED')],
    ['whatever their status', { source: ['aws.states'] }],
    ['of no status', ofStatus()],
    ['of a status that is matched otherwise', ofStatus({ 'anything-but': ['SUCCEEDED'] })],
    ['of another service', { source: ['aws.codebuild'], detail: { status: ['FAILED'] } }],
    ['of other services too', { source: ['aws.states', 'aws.codebuild'], detail: { status: ['FAILED'] } }],
    ['of any service', { detail: { status: ['FAILED'] } }],
  ])('%s is one like others, that sets aside what cannot be processed', (_, pattern) => {
    expect(foundWith(pattern)).toEqual(['queueSetsNothingAside at Ends']);
  });
});
