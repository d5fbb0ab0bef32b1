import type { Resources } from './check-defects';
import { checkDefects, found } from './check-defects';

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
    Properties: { EventSourceArn: arnOf('Queue'), FunctionName: { Ref: 'Handler' }, BatchSize: 10, ScalingConfig: { MaximumConcurrency: 10 } },
  },
});

checkDefects(clean, {
  visibilityTimeoutTooShort: {
    breaks: {
      'a visibility timeout below the timeout of the function': ({ Queue }) => { Queue!.Properties.VisibilityTimeout = 59; },
      'the default visibility timeout': ({ Queue }) => { delete Queue!.Properties.VisibilityTimeout; },
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
    },
  },
  batchWithoutWindow: { breaks: { 'a batch of eleven': ({ EventSource }) => { EventSource!.Properties.BatchSize = 11; } } },
  deadLetterQueueMissing: {
    breaks: { 'no redrive policy': ({ Queue }) => { delete Queue!.Properties.RedrivePolicy; } },
    keeps: { 'one that only the deployment knows': ({ Queue }) => { Queue!.Properties.RedrivePolicy = { 'Fn::If': ['Some', { Ref: 'A' }, { Ref: 'AWS::NoValue' }] }; } },
  },
  deadLettersTooLate: { breaks: { 'as many receives as fill the retention period': ({ Queue }) => { Queue!.Properties.RedrivePolicy.maxReceiveCount = 960; } } },
  deadLetterQueueIsQueue: { breaks: { 'the queue itself': ({ Queue }) => { Queue!.Properties = { ...Queue!.Properties, MessageRetentionPeriod: 1209600, RedrivePolicy: { deadLetterTargetArn: arnOf('Queue'), maxReceiveCount: 5 } }; } } },
});

test.each([
  ['its ARN', arnOf('Handler')],
  ['its name', { Ref: 'Handler' }],
  ['an ARN with its name', { 'Fn::Sub': 'arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${Handler}' }],
  ['an alias', { Ref: 'Alias' }],
  ['a version', { Ref: 'Version' }],
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
