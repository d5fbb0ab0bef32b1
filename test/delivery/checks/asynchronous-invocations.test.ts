import type { Resources } from './check-defects';
import { checkDefects, found } from './check-defects';

const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const destinations = ({ Config }: Resources) => Config!.Properties.DestinationConfig;
const Role = 'arn:aws:iam::111122223333:role/Role';

/** A function that a rule invokes, with a destination for what fails. */
const clean = (): Resources => ({
  Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'orders' } },
  Failures: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1209600 } },
  Ordered: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true } },
  Done: { Type: 'AWS::SQS::Queue', Properties: {} },
  Topic: { Type: 'AWS::SNS::Topic', Properties: {} },
  Bucket: { Type: 'AWS::S3::Bucket', DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain', Properties: {} },
  Handler: { Type: 'AWS::Lambda::Function', Properties: { Timeout: 60, Role } },
  Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Handler' } } },
  Alias: { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: 'Handler' }, Name: 'live', FunctionVersion: { 'Fn::GetAtt': ['Version', 'Version'] } } },
  Config: {
    Type: 'AWS::Lambda::EventInvokeConfig',
    Properties: {
      FunctionName: { Ref: 'Handler' },
      Qualifier: 'live',
      DestinationConfig: { OnFailure: { Destination: arnOf('Failures') }, OnSuccess: { Destination: arnOf('Done') } },
    },
  },
  Rule: {
    Type: 'AWS::Events::Rule',
    Properties: {
      EventBusName: { Ref: 'Bus' },
      EventPattern: { source: ['shop'] },
      Targets: [{ Id: 'Handler', Arn: { Ref: 'Alias' }, DeadLetterConfig: { Arn: arnOf('Failures') } }],
    },
  },
});

const schedule = (target: object) => ({
  Type: 'AWS::Scheduler::Schedule',
  Properties: { GroupName: 'g', ScheduleExpression: 'rate(1 day)', Target: { Arn: target, RoleArn: Role, DeadLetterConfig: { Arn: arnOf('Failures') } } },
});
const feeds = (source: object, more: object = {}) => ({
  Type: 'AWS::Lambda::EventSourceMapping', Properties: { EventSourceArn: source, FunctionName: { Ref: 'Alias' }, ...more },
});
const settings = (Qualifier: unknown) => ({
  Type: 'AWS::Lambda::EventInvokeConfig',
  Properties: { FunctionName: { Ref: 'Handler' }, Qualifier, DestinationConfig: { OnFailure: { Destination: arnOf('Failures') } } },
});
const feedable = ({ Failures }: Resources) => {
  Failures!.Properties = { MessageRetentionPeriod: 345600, VisibilityTimeout: 360, RedrivePolicy: { deadLetterTargetArn: 'arn:aws:sqs:eu-west-1:111122223333:dead', maxReceiveCount: 5 } };
};

checkDefects(clean, {
  asynchronousInvocationWithoutDestination: {
    breaks: {
      'no settings': (resources) => { delete resources.Config; },
      'settings without a destination': (resources) => { delete destinations(resources).OnFailure; },
      'settings of another qualifier': ({ Config }) => { Config!.Properties.Qualifier = '$LATEST'; },
      'the function invoked without its alias': ({ Rule }) => { Rule!.Properties.Targets[0].Arn = arnOf('Handler'); },
      'a schedule without its alias': (resources) => { resources.Schedule = schedule(arnOf('Handler')); },
    },
    keeps: {
      'a dead-letter queue': (resources) => { delete resources.Config; resources.Handler!.Properties.DeadLetterConfig = { TargetArn: arnOf('Failures') }; },
      'a qualifier that only a parameter says': ({ Config }) => { Config!.Properties.Qualifier = { Ref: 'P' }; },
      'a destination that only a parameter says': ({ Config }) => { Config!.Properties.DestinationConfig = { Ref: 'P' }; },
      'a function of another app': ({ Rule }) => { Rule!.Properties.Targets[0].Arn = 'arn:aws:lambda:eu-west-1:111122223333:function:f'; },
      'nothing that invokes it': (resources) => { delete resources.Config; delete resources.Rule; },
    },
  },
  asynchronousFailuresToFifo: {
    breaks: {
      'a destination': (resources) => { destinations(resources).OnFailure.Destination = arnOf('Ordered'); },
      'a dead-letter queue': (resources) => { delete resources.Config; resources.Handler!.Properties.DeadLetterConfig = { TargetArn: arnOf('Ordered') }; },
    },
  },
  asynchronousFailuresTooLarge: {
    breaks: {
      'a destination': ({ Failures }) => { Failures!.Properties.MaximumMessageSize = 262144; },
      'a dead-letter queue': (resources) => {
        delete resources.Config;
        resources.Handler!.Properties.DeadLetterConfig = { TargetArn: arnOf('Failures') };
        resources.Failures!.Properties.MaximumMessageSize = 262144;
      },
    },
    keeps: {
      'a queue that takes as much as queues do': ({ Failures }) => { Failures!.Properties.MaximumMessageSize = 1048576; },
      'what only a parameter says': ({ Failures }) => { Failures!.Properties.MaximumMessageSize = { Ref: 'P' }; },
    },
  },
  asynchronousSettingsTwice: {
    breaks: { 'the same alias': (resources) => { resources.Again = settings('live'); } },
    keeps: {
      'another alias': (resources) => { resources.Again = settings('beta'); },
      'what only a parameter says': (resources) => { resources.Again = settings({ Ref: 'P' }); },
    },
  },
  asynchronousSettingsSplit: {
    breaks: { 'an alias and the function itself': (resources) => { resources.Again = settings('$LATEST'); } },
    keeps: { 'an alias and a version': (resources) => { resources.Again = settings({ 'Fn::GetAtt': ['Version', 'Version'] }); } },
  },
  asynchronousRetriesCutShort: {
    breaks: {
      'an age of three minutes': ({ Config }) => { Config!.Properties.MaximumEventAgeInSeconds = 180; },
      'an age of one minute for one retry': ({ Config }) => { Object.assign(Config!.Properties, { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 1 }); },
    },
    keeps: {
      'no retries': ({ Config }) => { Object.assign(Config!.Properties, { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 }); },
      'what only a parameter says': ({ Config }) => { Config!.Properties.MaximumEventAgeInSeconds = { Ref: 'P' }; },
    },
  },
  asynchronousHandlerPaused: {
    breaks: { 'a reserved concurrency of 0': ({ Handler }) => { Handler!.Properties.ReservedConcurrentExecutions = 0; } },
    keeps: { 'one of 1': ({ Handler }) => { Handler!.Properties.ReservedConcurrentExecutions = 1; } },
  },
  asynchronousHandlerUnqualified: {
    breaks: {
      'a rule': ({ Handler, Rule, Config }) => {
        Handler!.Properties.DurableConfig = { ExecutionTimeout: 60 };
        Rule!.Properties.Targets[0].Arn = arnOf('Handler');
        Config!.Properties.Qualifier = '$LATEST';
      },
      'a schedule': ({ Handler, Config, ...resources }) => {
        Handler!.Properties.DurableConfig = { ExecutionTimeout: 60 };
        Config!.Properties.Qualifier = '$LATEST';
        resources.Rule!.Type = 'AWS::Scheduler::Schedule';
        resources.Rule!.Properties = schedule(arnOf('Handler')).Properties;
      },
    },
    keeps: { 'an alias': ({ Handler }) => { Handler!.Properties.DurableConfig = { ExecutionTimeout: 60 }; } },
  },
  asynchronousHandlerTenantIsolation: { breaks: { 'a function with tenants': ({ Handler }) => { Handler!.Properties.TenancyConfig = { TenantIsolationMode: 'PER_TENANT' }; } } },
  destinationTriggersSource: {
    breaks: {
      'the queue that feeds the function': (resources) => { feedable(resources); resources.Feed = feeds(arnOf('Failures')); },
      'the dead-letter queue that feeds the function': (resources) => {
        feedable(resources);
        resources.Feed = feeds(arnOf('Failures'));
        delete resources.Config;
        resources.Handler!.Properties.DeadLetterConfig = { TargetArn: arnOf('Failures') };
      },
      'the bus of a rule for its failures': (resources) => {
        destinations(resources).OnFailure.Destination = arnOf('Bus');
        resources.Rule!.Properties.EventPattern = { source: ['lambda'] };
      },
      'the function itself': (resources) => { destinations(resources).OnSuccess.Destination = { Ref: 'Alias' }; },
    },
    keeps: {
      'a queue that feeds it by a filter': (resources) => { feedable(resources); resources.Feed = feeds(arnOf('Failures'), { FilterCriteria: { Filters: [] } }); },
      'a queue that feeds another function': (resources) => {
        feedable(resources);
        resources.Other = { Type: 'AWS::Lambda::Function', Properties: { Timeout: 60, Role } };
        resources.Feed = feeds(arnOf('Failures'), { FunctionName: { Ref: 'Other' } });
      },
      'the bus of a rule for other events': (resources) => { destinations(resources).OnFailure.Destination = arnOf('Bus'); },
      'the bus of a rule for some of its events': (resources) => {
        destinations(resources).OnFailure.Destination = arnOf('Bus');
        resources.Rule!.Properties.EventPattern = { 'source': ['lambda'], 'detail-type': ['Lambda Function Invocation Result - Success'] };
      },
    },
  },
  successDestinationIsBucket: {
    breaks: {
      'a bucket': (resources) => { destinations(resources).OnSuccess.Destination = arnOf('Bucket'); },
      'a bucket of another app': (resources) => { destinations(resources).OnSuccess.Destination = 'arn:aws:s3:::bucket'; },
    },
    keeps: { 'a bucket for failures': (resources) => { destinations(resources).OnFailure.Destination = arnOf('Bucket'); } },
  },
  successDestinationIsFifo: {
    breaks: {
      'a queue': (resources) => { destinations(resources).OnSuccess.Destination = arnOf('Ordered'); },
      'a topic of another app': (resources) => { destinations(resources).OnSuccess.Destination = 'arn:aws:sns:eu-west-1:111122223333:done.fifo'; },
    },
  },
  recursionAllowed: {
    breaks: { Allow: ({ Handler }) => { Handler!.Properties.RecursiveLoop = 'Allow'; } },
    keeps: {
      'Terminate': ({ Handler }) => { Handler!.Properties.RecursiveLoop = 'Terminate'; },
      'what only a parameter says': ({ Handler }) => { Handler!.Properties.RecursiveLoop = { Ref: 'P' }; },
    },
  },
});

test('what an event source of a stream discards does not come back to its function', () => {
  const resources = clean();
  feedable(resources);
  resources.Feed = feeds(arnOf('Failures'));
  delete destinations(resources).OnFailure;
  resources.Handler!.Properties.DeadLetterConfig = { TargetArn: arnOf('Done') };
  resources.Stream = { Type: 'AWS::Kinesis::Stream', Properties: {} };
  resources.OfStream = feeds(arnOf('Stream'), {
    StartingPosition: 'TRIM_HORIZON',
    MaximumRetryAttempts: 5,
    BisectBatchOnFunctionError: true,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    DestinationConfig: { OnFailure: { Destination: arnOf('Failures') } },
  });
  expect(found(resources)).toEqual(['destinationTriggersSource at OfStream']);
});
